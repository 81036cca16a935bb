//! Who earned what, through the front door: every model over the journeys of `tests/worlds/attribution`.

use serde_json::{Value, json};

use super::answer::each;
use super::running::Running;

const EVERY: &str = "query($model: AttributionModelKind, $agreement: ID) { opportunities(first: 20) { nodes { name
    attribution(model: $model, agreement: $agreement) { model official agreement { key } total { amount currency }
      credits { amount { amount } share positions occurredAt } unattributed { amount } } } } }";

/// What every opportunity's touches earned, by the opportunity's name.
async fn attributions(running: &Running, given: Value) -> Vec<(String, Value)> {
    let answer = running.viewer("revops").ask_with(EVERY, given).await.fine();
    let nodes = answer.at("/opportunities/nodes").as_array().unwrap();
    let name = |node: &Value| node["name"].as_str().unwrap().trim_end_matches(" - Order").to_owned();
    nodes.iter().map(|node| (name(node), node["attribution"].clone())).collect()
}

async fn attribution(running: &Running, name: &str, given: Value) -> Value {
    attributions(running, given).await.into_iter().find(|(own, _)| own == name).unwrap().1
}

fn amounts(attribution: &Value) -> Vec<String> {
    let credits = each(&attribution["credits"], "amount").into_iter();
    credits.map(|amount| amount["amount"].as_str().unwrap().to_owned()).collect()
}

/// The id of an agreement of the settings.
async fn agreement(running: &Running, key: &str) -> Value {
    let answer = running.viewer("revops").ask("{ attributionAgreements { id key } }").await.fine();
    let all = answer.at("/attributionAgreements").as_array().unwrap();
    all.iter().find(|one| one["key"] == key).unwrap()["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_model_divides_ten_thousand_as_the_table_says() {
    let running = Running::counting("attribution").await;
    for (model, expected) in [
        ("FIRST_TOUCH", ["10000.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
        ("LEAD_CREATION", ["0.00", "0.00", "10000.00", "0.00", "0.00", "0.00"]),
        ("LAST_TOUCH", ["0.00", "0.00", "0.00", "0.00", "0.00", "10000.00"]),
        ("LINEAR", ["1666.67", "1666.67", "1666.67", "1666.67", "1666.66", "1666.66"]),
        ("POSITION_BASED", ["4000.00", "500.00", "500.00", "500.00", "500.00", "4000.00"]),
        ("U_SHAPED", ["4000.00", "500.00", "4000.00", "500.00", "500.00", "500.00"]),
        ("U_SHAPED_EVEN", ["5000.00", "0.00", "5000.00", "0.00", "0.00", "0.00"]),
        ("W_SHAPED", ["3000.00", "333.34", "3000.00", "333.33", "3000.00", "333.33"]),
        ("FULL_PATH", ["2250.00", "500.00", "2250.00", "500.00", "2250.00", "2250.00"]),
        ("TIME_DECAY", ["26.49", "39.36", "64.57", "173.81", "570.34", "9125.43"]),
        ("J_SHAPED", ["2000.00", "500.00", "500.00", "500.00", "500.00", "6000.00"]),
        ("INVERSE_J_SHAPED", ["6000.00", "500.00", "500.00", "500.00", "500.00", "2000.00"]),
        ("CUSTOM", ["1000.00", "1000.00", "2000.00", "1000.00", "3000.00", "2000.00"]),
    ] {
        let told = attribution(&running, "Long Road", json!({ "model": model })).await;
        assert_eq!(amounts(&told), expected, "{model}");
        assert_eq!(told["total"], json!({ "amount": "10000.00", "currency": "USD" }), "{model}");
        assert_eq!(told["unattributed"]["amount"], "0.00", "{model}");
        assert_eq!(told["official"], json!(model == "U_SHAPED"), "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_of_an_agreement_are_its_own() {
    let running = Running::counting("attribution").await;
    for (key, expected) in [
        ("slow-decay", ["922.98", "1012.34", "1136.32", "1431.67", "1889.10", "3607.59"]),
        ("between", ["3000.00", "500.00", "3000.00", "500.00", "3000.00", "0.00"]),
        ("own", ["1000.00", "1000.00", "2000.00", "1000.00", "3000.00", "2000.00"]),
    ] {
        let given = json!({ "agreement": agreement(&running, key).await });
        let told = attribution(&running, "Long Road", given).await;
        assert_eq!(amounts(&told), expected, "{key}");
        assert_eq!((&told["agreement"]["key"], &told["official"]), (&json!(key), &json!(false)));
    }
    let told = attribution(&running, "Long Road", json!({})).await;
    let expected = [&json!("U_SHAPED"), &json!(true), &json!("u-shaped")];
    assert_eq!(
        [&told["model"], &told["official"], &told["agreement"]["key"]],
        expected,
        "in force at the close"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_every_model_are_as_the_guide_says() {
    let running = Running::counting("attribution").await;
    for model in [
        "FIRST_TOUCH",
        "LEAD_CREATION",
        "LAST_TOUCH",
        "LINEAR",
        "POSITION_BASED",
        "U_SHAPED",
        "U_SHAPED_EVEN",
        "W_SHAPED",
        "FULL_PATH",
        "TIME_DECAY",
        "J_SHAPED",
        "INVERSE_J_SHAPED",
        "CUSTOM",
    ] {
        let all = attributions(&running, json!({ "model": model })).await;
        let told = |name: &str| &all.iter().find(|(own, _)| own == name).unwrap().1;
        assert_eq!(amounts(told("One Touch")), ["100.00"], "{model}");
        assert_eq!(told("No Touch")["unattributed"]["amount"], "100.00", "{model}");
        assert_eq!(told("No Touch")["credits"], json!([]), "{model}");
    }
    for (name, model, expected) in [
        ("Three Anchors", "W_SHAPED", vec!["33.34", "33.33", "33.33"]),
        ("Two In One", "W_SHAPED", vec!["60.00", "10.00", "30.00"]),
        ("Old Lead", "W_SHAPED", vec!["45.00", "10.00", "45.00"]),
        ("Two Touches", "POSITION_BASED", vec!["50.00", "50.00"]),
        ("Two Touches", "J_SHAPED", vec!["25.00", "75.00"]),
        ("One Cent", "LINEAR", vec!["0.01", "0.00", "0.00"]),
    ] {
        let told = attribution(&running, name, json!({ "model": model })).await;
        assert_eq!(amounts(&told), expected, "{name}, {model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_shows_its_touches_and_the_places_they_take() {
    let running = Running::counting("attribution").await;
    let query = "{ opportunities(first: 20) { nodes { name
        attribution(model: LINEAR) { credits { touchpoint { campaign { name } } } }
        touchpoints { totalCount edges { isEligible positions node { occurredAt campaign { name } } } } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let nodes = answer.at("/opportunities/nodes").as_array().unwrap();
    let long = nodes.iter().find(|node| node["name"] == "Long Road - Order").unwrap();
    let edges = long["touchpoints"]["edges"].as_array().unwrap();
    let places: Vec<&Value> = edges.iter().map(|edge| &edge["positions"]).collect();
    let expected = [
        json!(["FIRST_TOUCH"]),
        json!(["MIDDLE"]),
        json!(["LEAD_CREATION"]),
        json!(["MIDDLE"]),
        json!(["OPPORTUNITY_CREATION"]),
        json!(["CLOSED_WON", "LAST_TOUCH"]),
    ];
    assert_eq!(places, expected.iter().collect::<Vec<_>>());
    let campaigns: Vec<&Value> = edges.iter().map(|edge| &edge["node"]["campaign"]["name"]).collect();
    let expected =
        ["Search ads", "Buyer guide", "Contact form", "January webinar", "Price form", "Spring fair"];
    assert_eq!(campaigns, expected);
    let credits = long["attribution"]["credits"].as_array().unwrap();
    let campaigns: Vec<&Value> =
        credits.iter().map(|credit| &credit["touchpoint"]["campaign"]["name"]).collect();
    assert_eq!(campaigns, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_tells_what_it_brought_and_whether_its_model_was_agreed_in_time() {
    let running = Running::counting("attribution").await;
    let query = "{ campaigns(first: 20) { nodes { name agreedBeforeStart agreement { key }
        results(model: FIRST_TOUCH) { responses people opportunities pipeline { amount } revenue { amount } returnOnSpend } } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    let nodes = answer.at("/campaigns/nodes").as_array().unwrap();
    let named = |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap();
    let search = named("Search ads");
    // 10,000.00 and five times 100.00 and a cent began with it; the vendor keeps 500 as its cost.
    let expected = json!({
        "responses": 7, "people": 7, "opportunities": 7, "pipeline": { "amount": "10500.01" },
        "revenue": { "amount": "10500.01" }, "returnOnSpend": "20.000020",
    });
    assert_eq!(search["results"], expected);
    assert_eq!(
        (&search["agreement"]["key"], &search["agreedBeforeStart"]),
        (&json!("u-shaped"), &json!(true))
    );
    assert_eq!(named("Old fair")["agreedBeforeStart"], json!(false));
    assert_eq!(named("Old fair")["results"]["people"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn agreements_are_told_with_their_terms_their_span_and_their_lock() {
    let running = Running::counting("attribution").await;
    let query = "{ attributionAgreements { id key model status lookbackDays halfLifeDays agreedAt effectiveFrom effectiveTo
        lockedUntil weights { firstTouch middle } } at: attributionAgreements(at: \"2025-03-01T00:00:00Z\") { key } }";
    let answer = running.viewer("marketing").ask(query).await.fine();
    let all = answer.at("/attributionAgreements");
    let keys: Vec<&Value> = each(all, "key");
    assert_eq!(keys, ["slow-decay", "between", "u-shaped", "own"]);
    assert_eq!(each(all, "status"), ["SUPERSEDED", "SUPERSEDED", "AGREED", "AGREED"]);
    assert_eq!((&all[0]["halfLifeDays"], &all[0]["weights"]), (&json!("30"), &Value::Null));
    assert_eq!(all[2]["weights"], json!({ "firstTouch": "0.400000", "middle": "0.200000" }));
    assert_eq!((&all[2]["lockedUntil"], &all[2]["lookbackDays"]), (&json!("2025-07-01"), &Value::Null));
    assert_eq!(answer.at("/at"), &json!([{ "key": "u-shaped" }]));
    let query = "query($id: ID!) { node(id: $id) { ... on AttributionAgreement { key } } }";
    let node = running.viewer("marketing").ask_with(query, json!({ "id": all[3]["id"] })).await.fine();
    assert_eq!(node.at("/node/key"), "own");
}
