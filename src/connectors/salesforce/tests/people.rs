use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::id::RecordKey;
use crate::domain::person::{PersonField, PersonSelect};
use crate::source::ask::{Ask, PersonLookup};

use super::fake::{Fake, Lacking, reading};

const LEAD: &str = "00Q5e000001AbCdEAK";
const CONTACT: &str = "0035e00000XyZaBAAV";

fn lead(id: &str, email: &str) -> Value {
    json!({
        "attributes": {"type": "Lead", "url": "/x"},
        "Id": id, "IsDeleted": false, "MasterRecordId": null, "Email": email,
        "CreatedDate": "2025-01-02T08:00:00.000+0000", "SystemModstamp": "2025-02-02T08:00:00.000+0000",
        "IsConverted": false, "ConvertedDate": null, "ConvertedAccountId": null, "ConvertedContactId": null,
        "ConvertedOpportunityId": null, "Title": "CTO", "LastModifiedDate": "2025-02-01T08:00:00.000+0000",
        "LastModifiedById": "005000000000001AAA", "Histories": null,
    })
}

fn contact(id: &str, email: &str) -> Value {
    json!({
        "Id": id, "IsDeleted": false, "MasterRecordId": null, "Email": email, "AccountId": null,
        "CreatedDate": "2025-01-02T08:00:00.000+0000", "SystemModstamp": "2025-02-02T08:00:00.000+0000",
    })
}

fn numbered(prefix: &str, number: usize) -> String {
    super::super::id::canonical(&format!("{prefix}{number:012}")).expect("an id").to_string()
}

/// As many leads as addresses were asked for, and one contact.
fn by_address(soql: &str) -> Vec<Value> {
    let addresses = soql.split('\'').skip(1).step_by(2);
    if soql.contains("ConvertedContactId IN (SELECT") {
        return Vec::new();
    }
    if soql.contains("FROM Contact") {
        return vec![contact(CONTACT, "Person7@Example.com")];
    }
    addresses.enumerate().map(|(number, address)| lead(&numbered("00Q", number), address)).collect()
}

fn people(fake: &Fake) -> Arc<dyn Ask<PersonLookup>> {
    fake.connection.people.clone().expect("people")
}

fn addresses(count: usize) -> Vec<PersonLookup> {
    (0..count).map(|number| PersonLookup::Email(Arc::from(format!("person{number}@example.com")))).collect()
}

#[tokio::test]
async fn twenty_addresses_are_one_call() {
    let fake = Fake::start(by_address, 2000, json!({})).await;
    let reading = reading();
    let found = people(&fake).ask(&addresses(20), &PersonSelect::default(), &reading).await.expect("people");
    assert_eq!(fake.calls().len(), 1);
    assert_eq!(reading.calls(), 1);
    // The contact brings along that no lead was converted into it.
    assert_eq!(found.len(), 21);
    assert_eq!(found[20], (PersonLookup::ConvertedInto(CONTACT.into()), Vec::new()));
    let counts = found.iter().map(|(_, people)| people.len()).collect::<Vec<_>>();
    assert_eq!(counts.iter().sum::<usize>(), 21);
    // The address is compared without regard to case.
    assert_eq!(counts[7], 2);
}

#[tokio::test]
async fn answers_are_whole_whatever_the_page_size() {
    for page in [1, 3, 7] {
        let fake = Fake::start(by_address, page, json!({})).await;
        let asked = addresses(20);
        let found = people(&fake).ask(&asked, &PersonSelect::default(), &reading()).await.expect("people");
        assert_eq!(found.iter().map(|(_, people)| people.len()).sum::<usize>(), 21, "pages of {page}");
        assert!(found.iter().zip(&asked).all(|((lookup, _), asked)| lookup == asked));
    }
}

#[tokio::test]
async fn keys_of_every_kind_share_one_call() {
    fn script(soql: &str) -> Vec<Value> {
        if soql.contains("FROM Contact") {
            return Vec::new();
        }
        let mut merged = lead(&numbered("00Q", 1), "old@example.com");
        merged["IsDeleted"] = json!(true);
        merged["MasterRecordId"] = json!(LEAD);
        let mut converted = lead(&numbered("00Q", 2), "b@example.com");
        converted["IsConverted"] = json!(true);
        converted["ConvertedContactId"] = json!("0035e00000XyZaB");
        converted["ConvertedDate"] = json!("2025-02-01");
        vec![lead(LEAD, "a@example.com"), merged, converted]
    }
    let fake = Fake::start(script, 2000, json!({})).await;
    let id = |object: &str, id: &str| PersonLookup::Id { object: Arc::from(object), id: Arc::from(id) };
    let asked = [
        id("Lead", &LEAD[..15]),
        id("Lead", &numbered("00Q", 1)),
        PersonLookup::Email(Arc::from("old@example.com")),
        PersonLookup::ConvertedInto(Arc::from(CONTACT)),
        PersonLookup::ConvertedInto(Arc::from(LEAD)),
        id("Contact", CONTACT),
        id("Lead", "x' OR Id != '"),
    ];
    let found = people(&fake).ask(&asked, &PersonSelect::default(), &reading()).await.expect("people");
    assert_eq!(fake.calls().len(), 1);
    assert!(!fake.calls()[0].contains("!="), "{}", fake.calls()[0]);
    let ids = |place: usize| found[place].1.iter().map(|person| &*person.meta.key.id).collect::<Vec<_>>();
    assert_eq!(ids(0), [LEAD]);
    let tombstone = &found[1].1[0];
    assert!(tombstone.meta.deleted_at.is_some());
    assert_eq!(tombstone.meta.merged_into, Some(RecordKey::new(&fake.source, "Lead", LEAD)));
    assert!(ids(2).is_empty(), "an address finds live records only");
    assert_eq!(ids(3), [numbered("00Q", 2)]);
    let conversion = found[3].1[0].conversion.clone().expect("a conversion");
    assert_eq!(conversion.contact, Some(RecordKey::new(&fake.source, "Contact", CONTACT)));
    assert_eq!(ids(4), [numbered("00Q", 1)]);
    assert!(ids(5).is_empty() && ids(6).is_empty());
}

#[tokio::test]
async fn only_what_is_asked_for_travels() {
    let fake = Fake::start(by_address, 2000, json!({})).await;
    let select = PersonSelect::of(&[PersonField::Title]);
    people(&fake).ask(&addresses(1), &select, &reading()).await.expect("people");
    let call = &fake.calls()[0];
    assert!(call.contains("Title FROM Lead"), "{call}");
    for column in ["FirstName", "Phone", "LastModified", "Histories", "OwnerId"] {
        assert!(!call.contains(column), "{column} in {call}");
    }
}

#[tokio::test]
async fn the_last_edit_is_the_newest_row_or_the_last_modification() {
    fn script(soql: &str) -> Vec<Value> {
        if soql.contains("FROM Contact") {
            return Vec::new();
        }
        let row = |field: &str, day: u32, by: &str| {
            let at = format!("2025-01-{day:02}T08:00:00.000+0000");
            json!({"Field": field, "CreatedDate": at, "CreatedById": by})
        };
        let mut lead = lead(LEAD, "person0@example.com");
        let (human, machine) = ("005000000000001AAA", "005000000000002AAA");
        let rows = [row("Title", 1, human), row("Title", 20, machine), row("Phone", 9, human)];
        lead["Histories"] = json!({"totalSize": 3, "done": true, "records": rows});
        vec![lead]
    }
    // The children come in pages too.
    let fake = Fake::start(script, 1, json!({"integration_users": ["005000000000002"]})).await;
    let mut select = PersonSelect::default();
    select.add_with_edit(PersonField::Title);
    select.add_with_edit(PersonField::Email);
    let found = people(&fake).ask(&addresses(1), &select, &reading()).await.expect("people");
    let edits = &found[0].1[0].edits;
    let title = &edits[&PersonField::Title];
    assert_eq!((title.at.to_rfc3339().as_str(), title.by_integration), ("2025-01-20T08:00:00+00:00", true));
    assert_eq!(title.by, Some(RecordKey::new(&fake.source, "User", "005000000000002AAA")));
    let email = &edits[&PersonField::Email];
    assert_eq!((email.at.to_rfc3339().as_str(), email.by_integration), ("2025-02-01T08:00:00+00:00", false));
}

#[tokio::test]
async fn a_field_the_org_lacks_is_left_out_and_asked_for_once() {
    let fields = |names: &[&str]| {
        let fields = names.iter().map(|name| json!({"name": name, "type": "string"})).collect::<Vec<_>>();
        json!({"fields": fields, "childRelationships": []})
    };
    let lead = [super::super::map::person::LEAD_ALWAYS, &["Title"]].concat();
    let contact = [super::super::map::person::CONTACT_ALWAYS, &["Title"]].concat();
    let describes = BTreeMap::from([("Lead", fields(&lead)), ("Contact", fields(&contact))]);
    let options = json!({"fields": {"person": {"tier": {"field": "Tier__c", "type": "TEXT"}}}});
    let lacking = Lacking { field: Some("Tier__c"), describes };
    let fake = Fake::lacking(by_address, 2000, options, lacking).await;
    let mut select = PersonSelect::of(&[PersonField::Title]);
    select.add_custom("tier");
    for _ in 0..2 {
        let found = people(&fake).ask(&addresses(1), &select, &reading()).await.expect("people");
        assert_eq!(found[0].1[0].title.as_deref(), Some("CTO"));
    }
    // Refused, two descriptions, again; then once more without a refusal.
    assert_eq!(fake.calls().len(), 5, "{:#?}", fake.calls());
}
