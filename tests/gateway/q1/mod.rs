//! A first quarter of fourteen people and eight opportunities, told by two vendors, row by row as its table has it: what
//! the numbers computed from this world rest on. The world is `tests/worlds/q1`; its README says which record is who.

mod numbers;
mod people;
mod table;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::each;
use super::running::{Running, committed, world_settings};
use table::{HANDOFFS, OPPORTUNITIES, PEOPLE, Person, instant};

/// Kinds of entries that count as a marketing touch where touches are credited.
const ELIGIBLE: [&str; 7] = [
    "FORM_SUBMISSION",
    "AD_CLICK",
    "EMAIL_CLICKED",
    "CAMPAIGN_RESPONDED",
    "EVENT_ATTENDED",
    "CONTENT_DOWNLOADED",
    "PAGE_VIEW",
];

const EVERYBODY: &str = "query($after: String) { people(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { email createdAt lifecycleStage originalSource { subChannel channel isMarketing } account { name }
            identityWarnings { code } records { source { name } createdAt } } } }";

const OPEN_AND_CLOSED: &str = "query($after: String) { opportunities(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id createdAt amount { amount currency } stageCategory closeDate closeDatePassed probability lossReason
            leadSource { subChannel isMarketing } account { name } records { externalId }
            contacts { person { email } isPrimary }
            stageHistory { stageKey enteredAt exitedAt amount { amount } stage { category } } } } }";

const HISTORY: &str = "query($email: EmailAddress!, $filter: TimelineFilter) { person(by: {email: $email}) {
    history(first: 100, filter: $filter, order: {field: OCCURRED_AT, direction: ASC}) {
      completeFrom { from } gaps { code }
      nodes { kind occurredAt precision isInferred echoes { externalId }
        ... on StageEvent { stageTo }
        ... on SalesActivity { isAutomated outcome } } } } }";

/// The world under the settings it carries.
async fn quarter() -> Running {
    let settings = world_settings("q1");
    Running::with(committed("q1"), |_| settings.clone()).await
}

/// What happened to a person, oldest first.
async fn history(running: &Running, person: &Person, filter: Value) -> Vec<Value> {
    let given = json!({ "email": person.email, "filter": filter });
    let answer = running.viewer("revops").ask_with(HISTORY, given).await.fine();
    assert_eq!(
        answer.at("/person/history/completeFrom"),
        &json!([]),
        "{} has a history with a floor",
        person.id
    );
    assert_eq!(answer.at("/person/history/gaps"), &json!([]));
    answer.at("/person/history/nodes").as_array().unwrap().clone()
}

async fn opportunities(running: &Running) -> BTreeMap<String, Value> {
    let found = running.viewer("revops").walk("opportunities", OPEN_AND_CLOSED, json!({})).await;
    let key = |it: &Value| it["records"][0]["externalId"].as_str().unwrap().to_owned();
    found.into_iter().map(|it| (key(&it), it)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_was_created_when_the_table_says_and_came_from_where_it_says() {
    let running = quarter().await;
    let people = running.viewer("revops").walk("people", EVERYBODY, json!({})).await;
    assert_eq!(people.len(), PEOPLE.len(), "nobody is there twice, and nobody else is there");
    for row in &PEOPLE {
        let person = people.iter().find(|person| person["email"] == row.email).unwrap();
        assert_eq!(person["createdAt"], instant(row.created), "{}", row.id);
        let oldest = each(&person["records"], "createdAt").into_iter().map(|at| at.as_str().unwrap()).min();
        assert_eq!(oldest, Some(&*instant(row.created)), "{}: the oldest record gives the instant", row.id);
        let source =
            json!({ "subChannel": row.source, "channel": row.channel, "isMarketing": row.is_marketing });
        assert_eq!(person["originalSource"], source, "{}", row.id);
        assert_eq!(person["lifecycleStage"], json!(row.stage), "{}", row.id);
        assert_eq!(person["identityWarnings"], json!([]), "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn most_people_are_in_both_systems_and_two_in_one() {
    let running = quarter().await;
    let people = running.viewer("revops").walk("people", EVERYBODY, json!({})).await;
    let alone = people
        .iter()
        .filter(|person| each(&person["records"], "source").iter().all(|source| source["name"] == "sales"));
    let mut alone: Vec<&str> = alone.map(|person| person["email"].as_str().unwrap()).collect();
    alone.sort_unstable();
    assert_eq!(alone, ["katia.leone@ferri-tessuti.example", "olivia.grant@grant-hale.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_marketing_touch_of_everybody_is_the_tables_and_some_have_none() {
    let running = quarter().await;
    for row in &PEOPLE {
        let touches = history(&running, row, json!({ "kinds": ELIGIBLE })).await;
        let first = touches.first().map(|touch| touch["occurredAt"].as_str().unwrap());
        assert_eq!(first, row.first_touch.map(instant).as_deref(), "{}: {touches:#?}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_had_no_touch_was_written_to_all_the_same() {
    let running = quarter().await;
    let p7 = PEOPLE.iter().find(|row| row.id == "P7").unwrap();
    let mails =
        history(&running, p7, json!({ "kinds": ["EMAIL_SENT", "EMAIL_DELIVERED", "EMAIL_OPENED"] })).await;
    assert_eq!(
        mails.len(),
        3,
        "sent, delivered and opened is no touch, and a robot's click is nothing at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_was_entered_at_the_instant_of_the_table_and_once() {
    let running = quarter().await;
    for row in &PEOPLE {
        let moves = history(&running, row, json!({ "kinds": ["STAGE_CHANGE"] })).await;
        let told = moves.iter().filter(|event| event["stageTo"] != "INQUIRY");
        let told: Vec<(String, &str)> = told
            .map(|event| {
                assert_eq!(event["isInferred"], false, "{}: a vendor recorded it: {event}", row.id);
                (event["occurredAt"].as_str().unwrap().to_owned(), event["stageTo"].as_str().unwrap())
            })
            .collect();
        let expected: Vec<(String, &str)> =
            row.stages.iter().map(|(at, stage)| (instant(at), *stage)).collect();
        assert_eq!(told, expected, "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platforms_wrote_to_each_other_is_an_echo() {
    let running = quarter().await;
    let p3 = PEOPLE.iter().find(|row| row.id == "P3").unwrap();
    let filter = json!({ "kinds": ["STAGE_CHANGE"], "includeEchoes": true });
    let moves = history(&running, p3, filter).await;
    let echoed: Vec<(&str, usize)> = moves
        .iter()
        .filter(|event| event["stageTo"] != "INQUIRY")
        .map(|event| (event["stageTo"].as_str().unwrap(), event["echoes"].as_array().unwrap().len()))
        .collect();
    // Sales' acceptance has no stage in the marketing platform.
    let expected = [("MQL", 1), ("RECYCLED", 1), ("MQL", 1), ("SAL", 0), ("SQL", 1), ("OPPORTUNITY", 1)];
    assert_eq!(echoed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_human_answered_a_handoff_before_its_response() {
    let running = quarter().await;
    let kinds = ["CALL", "MEETING", "SALES_EMAIL", "TASK"];
    for handoff in &HANDOFFS {
        let row = PEOPLE.iter().find(|row| row.id == handoff.person).unwrap();
        let stages: Vec<String> = row.stages.iter().map(|(at, stage)| format!("{stage} {at}")).collect();
        assert!(stages.contains(&format!("MQL {}", handoff.offered)), "{}: {stages:?}", handoff.id);
        let answered = handoff.response.map(|(at, stage)| format!("{stage} {at}"));
        assert!(answered.is_none_or(|answered| stages.contains(&answered)), "{}: {stages:?}", handoff.id);
        let until = handoff.response.map_or("2025-04-01", |(at, _)| at);
        let filter = json!({ "kinds": kinds, "occurredAt": { "gte": instant(handoff.offered), "lt": instant(until) } });
        for activity in history(&running, row, filter).await {
            let counts = activity["isAutomated"] == false
                && !(activity["kind"] == "TASK" && activity["outcome"] == "Not Started");
            assert!(!counts, "{}: {activity}", handoff.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_stop_the_clock_was_done_all_the_same() {
    let running = quarter().await;
    for (id, from) in [("P8", "2025-03-31T20:00:00"), ("P9", "2025-03-18T09:00:00")] {
        let row = PEOPLE.iter().find(|row| row.id == id).unwrap();
        let filter = json!({ "kinds": ["TASK", "SALES_EMAIL"], "occurredAt": { "gte": instant(from) } });
        let done = history(&running, row, filter).await;
        let told: Vec<(&str, bool)> = done
            .iter()
            .map(|it| (it["kind"].as_str().unwrap(), it["isAutomated"].as_bool().unwrap()))
            .collect();
        assert_eq!(told, [("TASK", false), ("SALES_EMAIL", true)], "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_opportunity_is_worth_and_stands_as_the_table_says() {
    let running = quarter().await;
    let found = opportunities(&running).await;
    assert_eq!(found.len(), OPPORTUNITIES.len());
    for row in &OPPORTUNITIES {
        let opportunity = &found[row.record];
        let person = PEOPLE.iter().find(|person| person.id == row.person).unwrap();
        let told = json!({
            "createdAt": opportunity["createdAt"], "amount": opportunity["amount"],
            "category": opportunity["stageCategory"], "closeDate": opportunity["closeDate"],
            "probability": opportunity["probability"], "lossReason": opportunity["lossReason"],
            "source": opportunity["leadSource"], "overdue": opportunity["closeDatePassed"],
        });
        let expected = json!({
            "createdAt": instant(row.created), "amount": { "amount": row.amount, "currency": "USD" },
            "category": row.category, "closeDate": row.close_date, "probability": row.probability,
            "lossReason": row.loss_reason, "overdue": row.id == "O8",
            "source": { "subChannel": person.source, "isMarketing": person.is_marketing },
        });
        assert_eq!(told, expected, "{}", row.id);
        let people: Vec<&Value> =
            each(&opportunity["contacts"], "person").iter().map(|person| &person["email"]).collect();
        let contacts = if row.id == "O4" { vec![] } else { vec![&person.email] };
        assert_eq!(people, contacts, "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_of_every_opportunity_begins_at_its_creation_and_ends_when_it_closed() {
    let running = quarter().await;
    let found = opportunities(&running).await;
    for row in &OPPORTUNITIES {
        let path = found[row.record]["stageHistory"].as_array().unwrap();
        assert_eq!(path[0]["enteredAt"], instant(row.created), "{}", row.id);
        for pair in path.windows(2) {
            assert_eq!(pair[0]["exitedAt"], pair[1]["enteredAt"], "{}", row.id);
            assert_eq!(pair[0]["stage"]["category"], "OPEN", "{}", row.id);
        }
        let last = path.last().unwrap();
        let stage = json!({ "category": row.category });
        assert_eq!((&last["stage"], &last["exitedAt"]), (&stage, &Value::Null), "{}", row.id);
        assert_eq!(last["amount"]["amount"], row.amount, "{}", row.id);
        if let Some(closed) = row.closed {
            assert_eq!(last["enteredAt"], instant(closed), "{}", row.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn winning_and_losing_are_events_at_their_instants() {
    let running = quarter().await;
    let found = opportunities(&running).await;
    let query = "query($id: ID!) { opportunity(id: $id) {
        history(first: 50, filter: {kinds: [OPPORTUNITY_CREATED, OPPORTUNITY_WON, OPPORTUNITY_LOST]}) {
          nodes { kind occurredAt } } } }";
    for row in &OPPORTUNITIES {
        let given = json!({ "id": found[row.record]["id"] });
        let answer = running.viewer("revops").ask_with(query, given).await.fine();
        let mut expected = vec![json!({ "kind": "OPPORTUNITY_CREATED", "occurredAt": instant(row.created) })];
        let closed = row
            .closed
            .map(|at| json!({ "kind": format!("OPPORTUNITY_{}", row.category), "occurredAt": instant(at) }));
        expected.splice(0..0, closed);
        assert_eq!(answer.at("/opportunity/history/nodes"), &json!(expected), "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_opportunity_without_contacts_has_an_account_with_a_colleague_at_a_webinar() {
    let running = quarter().await;
    let o4 = OPPORTUNITIES.iter().find(|row| row.id == "O4").unwrap();
    let query =
        "query($id: ID!) { opportunity(id: $id) { account { people(first: 10) { nodes { email } } } } }";
    let given = json!({ "id": opportunities(&running).await[o4.record]["id"] });
    let answer = running.viewer("revops").ask_with(query, given).await.fine();
    let mut colleagues: Vec<&str> = each(answer.at("/opportunity/account/people/nodes"), "email")
        .into_iter()
        .map(|email| email.as_str().unwrap())
        .collect();
    colleagues.sort_unstable();
    assert_eq!(colleagues, ["elena.ferri@ferri-tessuti.example", "katia.leone@ferri-tessuti.example"]);

    let query = "{ person(by: {email: \"katia.leone@ferri-tessuti.example\"}) {
        history(first: 10, filter: {kinds: [CAMPAIGN_RESPONDED]}) {
          nodes { precision campaign { name } ... on Touchpoint { channel } } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let webinar =
        json!([{ "precision": "DAY", "campaign": { "name": "Winter Webinars 2025" }, "channel": "WEBINAR" }]);
    assert_eq!(answer.at("/person/history/nodes"), &webinar);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_stands_at_the_end_of_the_quarter() {
    let running = quarter().await;
    let answer = running.viewer("revops").ask("{ now }").await.fine();
    assert!(answer.at("/now").as_str().unwrap().starts_with("2025-04-01T00:00:"), "{}", answer.at("/now"));
}
