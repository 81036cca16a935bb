//! People: what an answer is made of, and what it costs at the vendors.

use std::collections::BTreeSet;

use leadline::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use serde_json::{Value, json};

use super::answer::each;
use super::running::{Running, company};
use super::tables::{entangled_addresses, live, plain_addresses};

/// What a marketing team asks of people.
const BY_EMAIL: &str = "query($emails: [EmailAddress!]!) {
  peopleByEmail(emails: $emails) {
    id displayName email title phone lifecycleStage originalSource { channel detail } scores { name value }
    consent { emailOptOut } records { source { name system } object externalId }
  }
}";

fn global_id(kind: NodeKind, source: &str, object: &str, id: &str) -> String {
    NodeId::new(kind, RecordKey::new(&SourceName::new(source), object, id)).encode()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_people_by_address_cost_one_call_a_vendor_and_then_none() {
    let running = Running::over(company(60)).await;
    let marketing = running.viewer("marketing");
    let emails = plain_addresses(&running.world, 20);

    running.reset_calls();
    let cold = marketing.ask_with(BY_EMAIL, json!({ "emails": emails })).await.fine();
    let calls = running.calls_by_endpoint();
    let people = cold.at("/peopleByEmail").as_array().unwrap();
    assert_eq!(people.len(), 20);
    for (person, email) in people.iter().zip(&emails) {
        assert_eq!(person["email"], json!(email.to_lowercase()));
        let systems: BTreeSet<&str> = person["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["source"]["system"].as_str().unwrap())
            .collect();
        assert_eq!(systems, BTreeSet::from(["HUBSPOT", "SALESFORCE"]), "{person:#}");
    }
    let of = |part: &str| {
        calls.iter().filter(|(endpoint, _)| endpoint.contains(part)).map(|(_, n)| n).sum::<u64>()
    };
    assert_eq!((of("/composite"), of("/batch/read"), running.calls()), (1, 1, 2), "{calls:?}");

    running.reset_calls();
    let warm = marketing.ask_with(BY_EMAIL, json!({ "emails": emails })).await.fine();
    assert_eq!(running.calls_by_endpoint().len(), 0, "what is known is not asked again");
    assert_eq!(warm.data(), cold.data());
    assert_eq!(each(&warm.books()["upstream"], "calls"), [0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_with_conversions_merges_and_references_are_read_in_at_most_three_rounds() {
    let running = Running::over(company(300)).await;
    let marketing = running.viewer("marketing");
    let emails = entangled_addresses(&running.world, 20);
    running.reset_calls();
    let answer = marketing.ask_with(BY_EMAIL, json!({ "emails": emails })).await.fine();
    let people = answer.at("/peopleByEmail").as_array().unwrap();
    assert!(people.iter().all(|person| !person.is_null()));
    let records: usize = people.iter().map(|person| person["records"].as_array().unwrap().len()).sum();
    let calls = running.calls_by_endpoint();
    println!("20 entangled people of {records} records: {calls:?}");
    let of = |part: &str| {
        calls.iter().filter(|(endpoint, _)| endpoint.contains(part)).map(|(_, n)| n).sum::<u64>()
    };
    assert!(running.calls() > 2, "one round was enough: these people are not entangled");
    // A round is one call to the sales side; to the marketing side a batch read, and from the second round on a search
    // for who refers to a sales record, which no batch read can answer.
    assert!(of("/services") <= 3, "{calls:?}");
    assert!(of("/batch/read") <= 3 && of("/search") <= 2, "{calls:?}");
    assert_eq!(of("/services") + of("/batch/read") + of("/search"), running.calls(), "{calls:?}");
    running.reset_calls();
    marketing.ask_with(BY_EMAIL, json!({ "emails": emails })).await.fine();
    assert_eq!(running.calls(), 0, "the same again costs nothing: {:?}", running.calls_by_endpoint());
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_asking_for_overlapping_people_share_the_vendors_batches() {
    const CLIENTS: usize = 64;
    const EACH: usize = 12;
    const DISTINCT: usize = 30;
    const BATCH: u64 = 100;
    const AT_ONCE: u64 = 8;
    let running = Running::over(company(60)).await;
    let marketing = running.viewer("marketing");
    let emails = plain_addresses(&running.world, DISTINCT);
    running.reset_calls();
    let asks = (0..CLIENTS).map(|client| {
        let own: Vec<&String> = (0..EACH).map(|n| &emails[(client * 7 + n) % DISTINCT]).collect();
        let marketing = &marketing;
        async move { (own.len(), marketing.ask_with(BY_EMAIL, json!({ "emails": own })).await.fine()) }
    });
    for (wanted, answer) in futures::future::join_all(asks).await {
        let people = answer.at("/peopleByEmail").as_array().unwrap();
        assert_eq!(people.iter().filter(|person| !person.is_null()).count(), wanted);
    }
    let calls = running.calls_by_endpoint();
    println!("{CLIENTS} clients, {DISTINCT} people: {calls:?}");
    let most = (DISTINCT as u64).div_ceil(BATCH) + AT_ONCE;
    for vendor in ["/services", "/crm"] {
        let made: u64 = calls.iter().filter(|(endpoint, _)| endpoint.contains(vendor)).map(|(_, n)| n).sum();
        assert!(made <= most, "{made} calls of {vendor}, more than {most}: {calls:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_gives_a_person_with_fields_provenance_and_history_of_both_vendors() {
    let running = Running::over(company(40)).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let query = format!(
        "{{ person(by: {{email: \"{email}\"}}) {{
            displayName title lifecycleStage owner {{ name }} account {{ name }}
            records {{ source {{ system }} object link {{ rule }} }}
            provenance(fields: [TITLE, LIFECYCLE_STAGE]) {{
              field strategy chosen {{ value source {{ source {{ name }} }} }} others {{ value }} inConflict }}
            history(first: 100) {{
              totalCount pageInfo {{ hasNextPage }}
              nodes {{ id kind occurredAt side summary source {{ source {{ system }} }} }} }} }} }}"
    );
    let answer = running.viewer("revops").ask(&query).await.fine();
    let person = answer.at("/person");
    assert!(person["displayName"].is_string() && person["lifecycleStage"].is_string(), "{person:#}");
    assert!(person["owner"]["name"].is_string(), "{person:#}");
    assert_eq!(person["records"].as_array().unwrap().len(), 2);
    let title = person["provenance"].as_array().unwrap().iter().find(|it| it["field"] == "TITLE").unwrap();
    assert_eq!(
        (&title["strategy"], &title["chosen"]["value"]),
        (&json!("MOST_RECENT_EDIT"), &person["title"])
    );
    let history = person["history"]["nodes"].as_array().unwrap();
    for system in ["SALESFORCE", "HUBSPOT"] {
        assert!(
            history.iter().any(|event| event["source"]["source"]["system"] == system),
            "nothing of {system}"
        );
    }
    for side in ["MARKETING", "SALES"] {
        assert!(history.iter().any(|event| event["side"] == side), "nothing of {side}");
    }
    let times: Vec<&str> = history.iter().map(|event| event["occurredAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, other| one >= other), "newest first: {times:?}");
    let ids: BTreeSet<&str> = history.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), history.len(), "every event has an id of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_history_comes_page_by_page_and_each_event_by_its_id() {
    let running = Running::over(company(40)).await;
    let revops = running.viewer("revops");
    let email = plain_addresses(&running.world, 1).remove(0);
    let whole = "query($e: EmailAddress!) { person(by: {email: $e}) { history(first: 100) { totalCount nodes { id kind } } } }";
    let whole = revops.ask_with(whole, json!({ "e": email })).await.fine();
    let all = whole.at("/person/history/nodes").as_array().unwrap().clone();
    assert_eq!(whole.at("/person/history/totalCount"), &json!(all.len()));
    let page = "query($e: EmailAddress!, $after: String) { person(by: {email: $e}) {
        history(first: 7, after: $after) { pageInfo { hasNextPage endCursor } nodes { id kind } } } }";
    let (mut seen, mut after): (Vec<Value>, Value) = (Vec::new(), Value::Null);
    loop {
        let answer = revops.ask_with(page, json!({ "e": email, "after": after })).await.fine();
        let history = answer.at("/person/history");
        seen.extend(history["nodes"].as_array().unwrap().iter().cloned());
        if history["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = history["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, all);
    let id = &all[all.len() / 2]["id"];
    let node = revops.ask_with(
        "query($id: ID!) { node(id: $id) { id ... on TimelineEvent { kind } } }",
        json!({ "id": id }),
    );
    let node = node.await.fine();
    assert_eq!(node.at("/node"), &all[all.len() / 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_found_by_id_by_address_and_by_any_record() {
    let running = Running::over(company(40)).await;
    let revops = running.viewer("revops");
    let email = plain_addresses(&running.world, 1).remove(0);
    let query = format!(
        "{{ person(by: {{email: \"{email}\"}}) {{
            id records {{ id object externalId source {{ name }} }} }} }}"
    );
    let found = revops.ask(&query).await.fine();
    let id = found.at("/person/id");
    let by_id = revops
        .ask(&format!("{{ person(by: {{id: {id}}}) {{ id }} node(id: {id}) {{ id __typename }} }}"))
        .await
        .fine();
    assert_eq!(by_id.at("/person/id"), id);
    assert_eq!(by_id.at("/node"), &json!({ "id": id, "__typename": "Person" }));
    for record in found.at("/person/records").as_array().unwrap() {
        let key = format!(
            "source: {}, object: {}, externalId: {}",
            record["source"]["name"], record["object"], record["externalId"]
        );
        let of_record = format!("{{ person(by: {{record: {{{key}}}}}) {{ id }} record({key}) {{ id }} }}");
        let of_record = revops.ask(&of_record).await.fine();
        assert_eq!((of_record.at("/person/id"), of_record.at("/record/id")), (id, &record["id"]));
        let kind = global_id(
            NodeKind::Person,
            record["source"]["name"].as_str().unwrap(),
            record["object"].as_str().unwrap(),
            record["externalId"].as_str().unwrap(),
        );
        let by_other_key =
            revops.ask_with("query($id: ID!) { node(id: $id) { id } }", json!({ "id": kind })).await.fine();
        assert_eq!(by_other_key.at("/node/id"), id, "every record's key means the person");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_converted_lead_and_its_contact_are_one_person_from_either_side() {
    let running = Running::over(company(60)).await;
    let revops = running.viewer("revops");
    let leads = live(&running.world, "salesforce", "Lead");
    let deleted: BTreeSet<&str> =
        live(&running.world, "salesforce", "Contact").iter().map(super::tables::Record::id).collect();
    let converted: Vec<(&str, &str)> = leads
        .iter()
        .filter_map(|lead| Some((lead.id(), lead.get("ConvertedContactId")?)))
        .filter(|(_, contact)| deleted.contains(contact))
        .take(5)
        .collect();
    assert_eq!(converted.len(), 5);
    for (lead, contact) in converted {
        let by = |object: &str, id: &str| {
            format!(
                "person(by: {{record: {{source: \"sales\", object: \"{object}\", externalId: \"{id}\"}}}}) {{ id createdAt records {{ externalId }} }}"
            )
        };
        let answer = revops
            .ask(&format!("{{ lead: {} contact: {} }}", by("Lead", lead), by("Contact", contact)))
            .await
            .fine();
        assert_eq!(answer.at("/lead"), answer.at("/contact"));
        let records = each(answer.at("/lead/records"), "externalId");
        assert!(records.contains(&&json!(lead)) && records.contains(&&json!(contact)), "{records:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_in_the_order_asked_with_null_for_the_unknown() {
    let running = Running::over(company(40)).await;
    let known = plain_addresses(&running.world, 2);
    let emails = [&known[1], "nobody@nowhere.example", &known[0], &known[1].to_uppercase()];
    let answer = running.viewer("marketing").ask_with(BY_EMAIL, json!({ "emails": emails })).await.fine();
    let found: Vec<&Value> = each(answer.at("/peopleByEmail"), "email");
    assert_eq!(found, [&json!(known[1]), &Value::Null, &json!(known[0]), &json!(known[1])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_read_live_for_ten_people_and_refused_at_its_place_beyond() {
    let running = Running::over(company(40)).await;
    let emails = plain_addresses(&running.world, 12);
    let query = "query($emails: [EmailAddress!]!) { peopleByEmail(emails: $emails) { email history(first: 1) { totalCount } } }";
    let answer = running.viewer("marketing").ask_with(query, json!({ "emails": emails })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.codes(), ["LEDGER_REQUIRED", "LEDGER_REQUIRED"], "{:#}", answer.body);
    let read = answer.at("/peopleByEmail").as_array().unwrap();
    assert_eq!(read.iter().filter(|person| person["history"].is_object()).count(), 10);
    assert!(read.iter().all(|person| person["email"].is_string()), "siblings are intact");
    for error in answer.errors() {
        let path = error["path"].as_array().unwrap();
        assert_eq!((&path[0], &path[2]), (&json!("peopleByEmail"), &json!("history")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_decides_how_old_an_answer_may_be() {
    let running = Running::over(company(40)).await;
    let marketing = running.viewer("marketing");
    let email = plain_addresses(&running.world, 1).remove(0);
    let ask = |freshness: &str| format!("{{ person(by: {{email: \"{email}\"}}{freshness}) {{ title }} }}");
    marketing.ask(&ask("")).await.fine();
    running.reset_calls();
    marketing.ask(&ask(", freshness: {maxAgeSeconds: 3600}")).await.fine();
    assert_eq!(running.calls(), 0);
    let anew = marketing.ask(&ask(", freshness: {maxAgeSeconds: 0}")).await.fine();
    assert_eq!(running.calls(), 2, "{:?}", running.calls_by_endpoint());
    let fresh = anew.books()["freshness"].as_array().unwrap();
    assert_eq!(fresh.len(), 2);
    assert!(fresh.iter().all(|it| it["stale"] == json!(false) && it["asOf"].is_string()), "{fresh:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_companys_own_are_read_by_their_key() {
    let running = Running::over(company(40)).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let query = format!(
        "{{ person(by: {{email: \"{email}\"}}) {{ some: customFields(keys: [\"tier\", \"none\"]) {{ key label type text }} all: customFields {{ key }} }} }}"
    );
    let answer = running.viewer("marketing").ask(&query).await.fine();
    let [tier] = answer.at("/person/some").as_array().unwrap().as_slice() else {
        panic!("{:#}", answer.body)
    };
    assert_eq!(
        (&tier["key"], &tier["label"], &tier["type"]),
        (&json!("tier"), &json!("Tier"), &json!("TEXT"))
    );
    assert!(["A", "B", "C"].contains(&tier["text"].as_str().unwrap()), "{tier}");
    assert_eq!(answer.at("/person/all"), &json!([{ "key": "tier" }]));
}
