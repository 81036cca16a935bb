//! Every order, both ways; what has no value comes last.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{ids, listed, whole};

/// What a node has in a column.
type Column = Box<dyn Fn(&Value) -> Value>;

/// Compares as lists do: numbers by value, texts without regard to case, instants and days as they are written.
fn compare(one: &Value, other: &Value) -> Ordering {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.as_str().map(str::to_lowercase).cmp(&other.as_str().map(str::to_lowercase)),
    }
}

fn highest_score(node: &Value) -> Value {
    let scores = node["scores"].as_array().unwrap().iter().map(|it| it["value"].clone());
    scores.max_by(compare).unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_in_the_order_asked_for() {
    let running = listed(120).await;
    let revops = running.viewer("revops");
    let at = |place: &'static str| move |node: &Value| node.pointer(place).cloned().unwrap_or(Value::Null);
    let orders: [(&str, &str, &str, Column); 12] = [
        ("people", "CREATED_AT", "createdAt", Box::new(at("/createdAt"))),
        ("people", "UPDATED_AT", "updatedAt", Box::new(at("/updatedAt"))),
        ("people", "SCORE", "scores { value }", Box::new(highest_score)),
        ("accounts", "NAME", "name", Box::new(at("/name"))),
        (
            "accounts",
            "UPDATED_AT",
            "records { updatedAt }",
            Box::new(|node| {
                let records = node["records"].as_array().unwrap().iter().map(|it| it["updatedAt"].clone());
                records.max_by(compare).unwrap()
            }),
        ),
        ("opportunities", "CREATED_AT", "createdAt", Box::new(at("/createdAt"))),
        ("opportunities", "UPDATED_AT", "updatedAt", Box::new(at("/updatedAt"))),
        ("opportunities", "CLOSE_DATE", "closeDate", Box::new(at("/closeDate"))),
        ("opportunities", "AMOUNT", "amount { amount }", Box::new(at("/amount/amount"))),
        ("campaigns", "NAME", "name", Box::new(at("/name"))),
        ("campaigns", "STARTS_ON", "startsOn", Box::new(at("/startsOn"))),
        ("campaigns", "SPEND", "spend { amount }", Box::new(at("/spend/amount"))),
    ];
    for (list, field, what, column) in orders {
        let everything = ids(&whole(&revops, list, json!({}), "").await);
        for direction in ["ASC", "DESC"] {
            let order = json!({ "order": [{ "field": field, "direction": direction }] });
            let nodes = whole(&revops, list, order, what).await;
            assert_eq!(ids(&nodes), everything, "{list} by {field}: an order leaves nobody out");
            let values: Vec<Value> = nodes.iter().map(&column).collect();
            let told = values.iter().filter(|value| !value.is_null()).count();
            assert!(
                values[told..].iter().all(Value::is_null),
                "{list} by {field}: what is not there is last"
            );
            let is_sorted = values[..told].is_sorted_by(|one, other| {
                let order = compare(one, other);
                if direction == "ASC" { order.is_le() } else { order.is_ge() }
            });
            assert!(is_sorted && told > 1, "{list} by {field} {direction}: {values:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_order_decides_where_the_first_does_not() {
    let running = listed(120).await;
    let order = json!({ "order": [
        { "field": "CLOSE_DATE", "direction": "DESC" },
        { "field": "AMOUNT", "direction": "ASC" },
    ] });
    let nodes = whole(&running.viewer("revops"), "opportunities", order, "closeDate amount { amount }").await;
    let mut decided = 0;
    for pair in nodes.windows(2) {
        let by_day = compare(&pair[1]["closeDate"], &pair[0]["closeDate"]);
        let [one, other] = [&pair[0]["amount"]["amount"], &pair[1]["amount"]["amount"]];
        let is_ordered =
            by_day.is_lt() || (by_day.is_eq() && (other.is_null() || compare(one, other).is_le()));
        assert!(is_ordered, "{pair:?}");
        decided += usize::from(by_day.is_eq());
    }
    println!("{decided} of {} places were decided by the amount", nodes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_engaged_last_comes_first() {
    let running = listed(60).await;
    let order = json!({ "order": [{ "field": "LAST_ENGAGED_AT", "direction": "DESC" }] });
    let kinds = "[FORM_SUBMISSION, EMAIL_CLICKED, CAMPAIGN_RESPONDED, EVENT_ATTENDED, CONTENT_DOWNLOADED]";
    let what = format!("history(first: 1, filter: {{kinds: {kinds}}}) {{ nodes {{ occurredAt }} }}");
    let people = whole(&running.viewer("revops"), "people", order, &what).await;
    let touched: Vec<bool> =
        people.iter().map(|it| it["history"]["nodes"].as_array().unwrap().is_empty()).collect();
    let (first, last) = touched.split_at(touched.len() / 2);
    let idle = |half: &[bool]| half.iter().filter(|is_idle| **is_idle).count();
    assert!(idle(first) < idle(last), "{} and {}", idle(first), idle(last));
}
