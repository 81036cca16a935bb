//! The people of the quarter over what was captured: their stages, their attempts, what was known of them when.

use serde_json::{Value, json};

use super::super::answer::each;
use super::super::running::Running;
use super::table::{PEOPLE, Person, instant};

/// Everybody with these fields, by address.
async fn everybody(running: &Running, fields: &str) -> Vec<(&'static Person, Value)> {
    let query = format!("{{ people(first: 100) {{ totalCount nodes {{ email {fields} }} }} }}");
    running.reset_calls();
    let answer = running.viewer("revops").ask(&query).await.fine();
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    assert_eq!(answer.at("/people/totalCount"), &json!(PEOPLE.len()));
    let nodes = answer.at("/people/nodes").as_array().unwrap();
    let node = |row: &'static Person| nodes.iter().find(|node| node["email"] == row.email).unwrap().clone();
    PEOPLE.iter().map(|row| (row, node(row))).collect()
}

/// How many people a filter leaves.
async fn count(running: &Running, filter: &str) -> Value {
    let query = format!("{{ people(filter: {{{filter}}}, first: 0) {{ totalCount }} }}");
    running.viewer("revops").ask(&query).await.fine().at("/people/totalCount").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_went_through_the_stages_of_the_table() {
    let running = Running::counting("q1").await;
    let fields = "lifecycle { stage enteredAt exitedAt inferred source { object } }";
    for (row, person) in everybody(&running, fields).await {
        let periods = person["lifecycle"].as_array().unwrap();
        let told = periods.iter().filter(|it| it["stage"] != "INQUIRY" && it["inferred"] == json!(false));
        let told: Vec<(String, &str)> =
            told.map(|it| (it["enteredAt"].to_string(), it["stage"].as_str().unwrap())).collect();
        let expected: Vec<(String, &str)> =
            row.stages.iter().map(|(at, stage)| (json!(instant(at)).to_string(), *stage)).collect();
        assert_eq!(told, expected, "{}", row.id);
        for pair in periods.windows(2) {
            assert_eq!(pair[0]["exitedAt"], pair[1]["enteredAt"], "{}: one after the other", row.id);
        }
        assert!(
            periods.last().is_none_or(|last| last["exitedAt"].is_null()),
            "{}: the last one lasts",
            row.id
        );
        let objects = each(&person["lifecycle"], "source");
        assert!(objects.iter().any(|it| it["object"].is_string()) || periods.is_empty(), "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_begin_and_end_as_the_table_says() {
    let running = Running::counting("q1").await;
    let fields = "funnelPasses { totalCount nodes { number outcome stages { stage } opportunity { id } person { email } } }";
    let people = everybody(&running, fields).await;
    let passes = |id: &str| {
        let (_, person) = people.iter().find(|(row, _)| row.id == id).unwrap();
        let passes = person["funnelPasses"]["nodes"].as_array().unwrap().iter();
        passes
            .map(|pass| {
                let stages: Vec<&str> =
                    each(&pass["stages"], "stage").into_iter().map(|stage| stage.as_str().unwrap()).collect();
                assert_eq!(pass["person"]["email"], person["email"]);
                format!("{} {} {}", pass["number"], pass["outcome"].as_str().unwrap(), stages.join(" "))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(passes("P3"), ["1 RECYCLED MQL RECYCLED", "2 OPEN MQL SAL SQL OPPORTUNITY"]);
    assert_eq!(passes("P7"), ["1 OPEN SQL OPPORTUNITY"], "sales began it: no MQL was filled in");
    assert_eq!(passes("P1"), ["1 WON MQL SAL SQL OPPORTUNITY CUSTOMER"]);
    assert_eq!(passes("P6")[0].split(' ').nth(1), Some("DISQUALIFIED"));
    assert_eq!(passes("P8"), ["1 OPEN MQL"]);
    let revops = running.viewer("revops");
    let first = revops.ask_with(
        "query($email: EmailAddress!) { person(by: {email: $email}) { funnelPasses(first: 1) {
            totalCount pageInfo { hasNextPage endCursor } nodes { id number } } } }",
        json!({ "email": people.iter().find(|(row, _)| row.id == "P3").unwrap().0.email }),
    );
    let first = first.await.fine();
    assert_eq!(first.at("/person/funnelPasses/totalCount"), &json!(2));
    assert_eq!(first.at("/person/funnelPasses/pageInfo/hasNextPage"), &json!(true));
    let id = first.at("/person/funnelPasses/nodes/0/id");
    let alone = format!("{{ node(id: {id}) {{ ... on FunnelPass {{ number outcome }} }} }}");
    let alone = running.viewer("revops").ask(&alone).await.fine();
    assert_eq!(alone.at("/node"), &json!({ "number": 1, "outcome": "RECYCLED" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_touch_of_everybody_is_the_tables() {
    let running = Running::counting("q1").await;
    for (row, person) in everybody(&running, "firstTouch { occurredAt kind }").await {
        let expected = row.first_touch.map_or(Value::Null, |at| json!(instant(at)));
        assert_eq!(person["firstTouch"]["occurredAt"], expected, "{}", row.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_known_as_they_stood_at_an_instant() {
    let running = Running::counting("q1").await;
    for at in ["2025-01-15T12:00:00", "2025-01-25T00:00:00", "2025-03-03T12:00:00", "2025-03-31T23:00:00"] {
        let fields = format!("asOf(at: \"{at}Z\") {{ at lifecycleStage complete }}");
        for (row, person) in everybody(&running, &fields).await {
            let then = &person["asOf"];
            assert_eq!(then.is_null(), instant(row.created) > instant(at), "{} at {at}", row.id);
            let mut past = row.stages.iter().filter(|(entered, _)| instant(entered) <= instant(at));
            if let (Some((_, stage)), false) = (past.next_back(), then.is_null()) {
                assert_eq!(then["lifecycleStage"], *stage, "{} at {at}", row.id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_count_the_quarter_as_its_table_does() {
    let running = Running::counting("q1").await;
    let quarter = "enteredAt: {gte: \"2025-01-01T00:00:00Z\", lt: \"2025-04-01T00:00:00Z\"}";
    for (filter, people) in [
        (format!("lifecycle: {{eq: MQL, {quarter}}}"), 9),
        (format!("lifecycle: {{eq: SQL, {quarter}}}"), 5),
        ("createdAt: {gte: \"2025-01-01T00:00:00Z\", lt: \"2025-04-01T00:00:00Z\"}".to_owned(), 10),
        ("lifecycle: {eq: CUSTOMER}".to_owned(), 3),
        ("lifecycle: {in: [MQL, SAL]}".to_owned(), 4),
        ("channel: OUTBOUND".to_owned(), 2),
        ("missingFrom: \"marketing\"".to_owned(), 2),
        (format!("lifecycle: {{eq: MQL, {quarter}}}, not: {{channel: DIRECT}}"), 6),
    ] {
        assert_eq!(count(&running, &filter).await, json!(people), "{filter}");
    }
    let deals = |filter: &str| {
        format!("{{ opportunities(filter: {{{filter}}}) {{ totalCount nodes {{ amount {{ amount }} }} }} }}")
    };
    for (filter, count, sum) in [
        ("stageCategory: WON", 3, 72_000),
        ("stageCategory: LOST", 2, 38_000),
        ("stageCategory: OPEN, closeDate: {gte: \"2025-04-01\"}", 2, 80_000),
        ("createdAt: {gte: \"2025-01-01T00:00:00Z\"}", 6, 142_000),
    ] {
        let answer = running.viewer("revops").ask(&deals(filter)).await.fine();
        assert_eq!(answer.at("/opportunities/totalCount"), &json!(count), "{filter}");
        let amounts = each(answer.at("/opportunities/nodes"), "amount").into_iter();
        let total: i64 = amounts.map(|it| it["amount"].as_str().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(total, sum, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_engaged_by_what_its_people_did() {
    let running = Running::counting("q1").await;
    let query = "{ accounts(order: [{field: ENGAGEMENT, direction: DESC}]) { nodes {
        people { nodes { email } }
        all: engagement { score people touches rolesCovered rolesMissing lastTouchAt }
        february: engagement(window: {start: \"2025-02-01\", end: \"2025-02-28\"}) { people touches lastTouchAt } } } }";
    running.reset_calls();
    let answer = running.viewer("revops").ask(query).await.fine();
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
    let accounts = answer.at("/accounts/nodes").as_array().unwrap();
    let scores: Vec<f64> =
        accounts.iter().map(|it| it["all"]["score"].as_str().unwrap().parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, other| one >= other) && scores[0] > 0.0, "{scores:?}");
    let p5 = PEOPLE.iter().find(|row| row.id == "P5").unwrap();
    let of_p5 = accounts.iter().find(|it| each(&it["people"]["nodes"], "email").contains(&&json!(p5.email)));
    let february = &of_p5.unwrap()["february"];
    assert_eq!(february["people"], json!(2), "P5 and the colleague at the webinar: {february}");
    // Of the webinar only the day is known, which stands at its end.
    assert!(february["lastTouchAt"].as_str().unwrap().starts_with("2025-02-08T23:59:59"), "{february}");
    for account in accounts {
        let roles = |name: &str| account["all"][name].as_array().unwrap().len();
        assert_eq!(roles("rolesCovered") + roles("rolesMissing"), 5);
        assert!(account["all"]["touches"].as_i64() >= account["february"]["touches"].as_i64());
    }
}
