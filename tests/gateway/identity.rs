//! The identity cases of the domain guide, told by two vendors and asked through the front door. The world is
//! `tests/worlds/identity`; its README says which records are which case.

use serde_json::{Value, json};

use super::answer::{Answer, each};
use super::running::{Running, committed};

async fn identity() -> Running {
    Running::over(committed("identity")).await
}

/// The person a record belongs to.
async fn person(running: &Running, source: &str, object: &str, id: &str) -> Value {
    let query = "query($key: RecordKey!) { person(by: {record: $key}) {
        id displayName emails { address isPrimary } identityWarnings { code message records { externalId } }
        records { object externalId mergedIds link { rule matchedOn } } } }";
    let key = json!({ "source": source, "object": object, "externalId": id });
    let answer = running.viewer("revops").ask_with(query, json!({ "key": key })).await.fine();
    answer.at("/person").clone()
}

async fn lead(running: &Running, id: &str) -> Value {
    person(running, "sales", "Lead", id).await
}

async fn contact(running: &Running, id: &str) -> Value {
    person(running, "sales", "Contact", id).await
}

async fn marketing(running: &Running, id: &str) -> Value {
    person(running, "marketing", "contact", id).await
}

/// The ids of a person's records, sorted.
fn records(person: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> =
        each(&person["records"], "externalId").into_iter().map(|id| id.as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

fn warnings(person: &Value) -> Vec<&str> {
    each(&person["identityWarnings"], "code").into_iter().map(|code| code.as_str().unwrap()).collect()
}

/// The rule by which a record belongs to its person.
fn rule<'p>(person: &'p Value, id: &str) -> &'p str {
    let record =
        person["records"].as_array().unwrap().iter().find(|record| record["externalId"] == id).unwrap();
    record["link"]["rule"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_a_lead_and_a_marketing_contact_with_one_address_are_one_person_anchored_at_the_lead() {
    let running = identity().await;
    let of_lead = lead(&running, "00Q000000001001EAA").await;
    let of_contact = marketing(&running, "1101").await;
    assert_eq!(of_lead, of_contact);
    assert_eq!(records(&of_lead), ["00Q000000001001EAA", "1101"]);
    assert_eq!(rule(&of_lead, "00Q000000001001EAA"), "ANCHOR");
    assert_eq!(rule(&of_lead, "1101"), "PRIMARY_EMAIL");
    assert_eq!(warnings(&of_lead), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_a_converted_lead_is_the_same_person_with_three_records() {
    let running = identity().await;
    let of_lead = lead(&running, "00Q000000002001EAA").await;
    assert_eq!(of_lead, contact(&running, "003000000002001AAA").await);
    assert_eq!(of_lead, marketing(&running, "1201").await);
    assert_eq!(records(&of_lead), ["003000000002001AAA", "00Q000000002001EAA", "1201"]);
    assert_eq!(rule(&of_lead, "00Q000000002001EAA"), "ANCHOR");
    assert_eq!(rule(&of_lead, "003000000002001AAA"), "LEAD_CONVERSION");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_cross_reference_is_stronger_than_an_address() {
    let running = identity().await;
    let first = marketing(&running, "1301").await;
    assert_eq!(records(&first), ["003000000003001AAA", "1301"]);
    assert_eq!(rule(&first, "1301"), "VENDOR_CROSS_REFERENCE");
    assert_eq!(warnings(&first), ["EMAIL_POINTS_ELSEWHERE"], "{first:#}");
    // By the address, the side asked first is meant: C2.
    let query = "{ person(by: {email: \"c.crane@i3.example\"}) { records { externalId } identityWarnings { code } } }";
    let second = running.viewer("revops").ask(query).await.fine();
    assert_eq!(records(second.at("/person")), ["003000000003002AAA"]);
    assert_eq!(warnings(second.at("/person")), ["EMAIL_POINTS_ELSEWHERE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_asked_from_a_far_end_is_the_same_and_says_that_three_rounds_were_not_enough() {
    // From C1 it takes a round for its address, one for who refers to it, and one more for that record's address; from
    // C2 one for its address, one for whom the record found there refers to, and one more for who refers to C2.
    let running = identity().await;
    let first = contact(&running, "003000000003001AAA").await;
    assert_eq!(records(&first), ["003000000003001AAA", "1301"]);
    assert_eq!(warnings(&first), ["CLUSTER_LIMIT"]);
    let second = contact(&running, "003000000003002AAA").await;
    assert_eq!(records(&second), ["003000000003002AAA"]);
    assert_eq!(warnings(&second), ["EMAIL_POINTS_ELSEWHERE", "CLUSTER_LIMIT"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_of_two_contacts_with_one_address_the_later_modified_is_joined() {
    let running = identity().await;
    let joined = marketing(&running, "1401").await;
    assert_eq!(records(&joined), ["003000000004002AAA", "1401"]);
    assert_eq!(warnings(&joined), ["DUPLICATE_IN_SYSTEM"]);
    let alone = contact(&running, "003000000004001AAA").await;
    assert_eq!(records(&alone), ["003000000004001AAA"]);
    assert_eq!(warnings(&alone), ["DUPLICATE_IN_SYSTEM"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_a_record_merged_away_resolves_to_its_survivor_by_key_and_by_node() {
    let running = identity().await;
    let survivor = marketing(&running, "1501").await;
    assert_eq!(records(&survivor), ["1501"]);
    assert_eq!(survivor["records"][0]["mergedIds"], json!(["1502"]));
    assert_eq!(marketing(&running, "1502").await, survivor);
    let by_old_address =
        running.viewer("revops").ask("{ person(by: {email: \"eli.old@i5.example\"}) { id } }").await.fine();
    assert_eq!(by_old_address.at("/person/id"), &survivor["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_events_under_the_old_address_are_the_survivors() {
    let running = identity().await;
    let query = "{ person(by: {record: {source: \"marketing\", object: \"contact\", externalId: \"1501\"}}) {
        history(first: 50) { nodes { kind occurredAt person { id } } } id } }";
    let answer: Answer = running.viewer("revops").ask(query).await.fine();
    let kinds: Vec<&Value> = each(answer.at("/person/history/nodes"), "kind");
    for kind in ["FORM_SUBMISSION", "EMAIL_OPENED"] {
        assert!(kinds.contains(&&json!(kind)), "no {kind} among {kinds:?}");
    }
    for event in answer.at("/person/history/nodes").as_array().unwrap() {
        assert_eq!(&event["person"]["id"], answer.at("/person/id"), "{event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i6_losers_told_by_two_properties_are_aliases_once() {
    let running = identity().await;
    let survivor = marketing(&running, "1601").await;
    let mut merged = each(&survivor["records"], "mergedIds")[0].as_array().unwrap().clone();
    merged.sort_by_key(ToString::to_string);
    assert_eq!(merged, [json!("1611"), json!("1612")]);
    assert_eq!(marketing(&running, "1611").await, survivor);
    assert_eq!(marketing(&running, "1612").await, survivor);
}

#[tokio::test(flavor = "multi_thread")]
async fn i7_an_address_of_a_role_links_nobody() {
    let running = identity().await;
    let of_lead = lead(&running, "00Q000000007001EAA").await;
    let of_contact = marketing(&running, "1701").await;
    assert_eq!((records(&of_lead), records(&of_contact)), (vec!["00Q000000007001EAA"], vec!["1701"]));
    assert_eq!((warnings(&of_lead), warnings(&of_contact)), (vec!["BLOCKED_EMAIL"], vec!["BLOCKED_EMAIL"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_a_reference_to_a_deleted_record_dangles() {
    let running = identity().await;
    let alone = marketing(&running, "1801").await;
    assert_eq!(records(&alone), ["1801"]);
    assert_eq!(warnings(&alone), ["CROSS_REFERENCE_DANGLING"]);
    let unrelated = lead(&running, "00Q000000008001EAA").await;
    assert_eq!((records(&unrelated), warnings(&unrelated)), (vec!["00Q000000008001EAA"], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_three_leads_and_a_contact_with_one_address_are_one_person() {
    let running = identity().await;
    let all = ["003000000011001AAA", "00Q000000011001EAA", "00Q000000011002EAA", "00Q000000011003EAA"];
    let person = contact(&running, all[0]).await;
    assert_eq!(records(&person), all);
    for id in &all[1..] {
        assert_eq!(lead(&running, id).await, person);
    }
    assert_eq!(rule(&person, "00Q000000011001EAA"), "ANCHOR");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_everybody_tells_the_same_people() {
    let running = identity().await;
    let query = "query($after: String) { people(first: 4, after: $after) { pageInfo { hasNextPage endCursor } nodes { id records { externalId } } } }";
    let people = running.viewer("revops").walk("people", query, json!({})).await;
    let mut clusters: Vec<Vec<&str>> = people.iter().map(records).collect();
    clusters.sort();
    assert_eq!(
        clusters,
        [
            vec!["003000000002001AAA", "00Q000000002001EAA", "1201"],
            vec!["003000000003001AAA", "1301"],
            vec!["003000000003002AAA"],
            vec!["003000000004001AAA"],
            vec!["003000000004002AAA", "1401"],
            vec!["003000000011001AAA", "00Q000000011001EAA", "00Q000000011002EAA", "00Q000000011003EAA"],
            vec!["00Q000000001001EAA", "1101"],
            vec!["00Q000000007001EAA"],
            vec!["00Q000000008001EAA"],
            vec!["00Q000000012001EAA", "2202"],
            vec!["1501"],
            vec!["1601"],
            vec!["1701"],
            vec!["1801"],
            vec!["2201"],
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_tells_who_refers_to_a_lead_from_who_shares_its_address() {
    let running = identity().await;
    let query = "{ people(first: 100) { nodes { id records { externalId } identityWarnings { code } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let people = answer.at("/people/nodes").as_array().unwrap();
    let of = |id: &str| people.iter().filter(|it| records(it).contains(&id)).collect::<Vec<_>>();
    let [together] = of("2202")[..] else { panic!("2202 is listed {} times", of("2202").len()) };
    let [alone] = of("2201")[..] else { panic!("2201 is listed {} times", of("2201").len()) };
    assert_eq!(records(together), ["00Q000000012001EAA", "2202"]);
    assert_eq!(records(alone), ["2201"]);
    assert_eq!(warnings(alone), ["EMAIL_POINTS_ELSEWHERE"]);
}
