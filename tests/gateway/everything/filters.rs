//! Every filter against the same condition on what is shown of everything.

use serde_json::{Value, json};

use super::super::running::Running;
use super::{ids, listed, whole};

type Holds = Box<dyn Fn(&Value) -> bool>;

/// A filter, and the same as a condition on a node.
fn case(filter: Value, holds: impl Fn(&Value) -> bool + 'static) -> (Value, Holds) {
    (filter, Box::new(holds))
}

/// Asks for each filter and compares; each leaves somebody in and somebody out.
async fn compare(running: &Running, list: &str, what: &str, cases: Vec<(Value, Holds)>) {
    let revops = running.viewer("revops");
    let all = whole(&revops, list, json!({}), what).await;
    running.reset_calls();
    for (filter, holds) in cases {
        let found = ids(&whole(&revops, list, json!({ "filter": filter }), "").await);
        let expected: Vec<Value> = all.iter().filter(|node| holds(node)).cloned().collect();
        assert_eq!(found, ids(&expected), "{list} {filter}");
        assert!(
            !found.is_empty() && found.len() < all.len(),
            "{list} {filter} says nothing: {}",
            found.len()
        );
    }
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
}

fn text<'v>(node: &'v Value, place: &str) -> &'v str {
    node.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn some(node: &Value, list: &str, holds: impl Fn(&Value) -> bool) -> bool {
    node[list].as_array().unwrap().iter().any(holds)
}

fn score(node: &Value) -> Option<f64> {
    let scores = node["scores"].as_array().unwrap().iter();
    scores.filter(|it| it["name"] == "hubspotscore").map(|it| text(it, "/value").parse().unwrap()).next()
}

fn is_of(node: &Value, source: &str) -> bool {
    some(node, "records", |record| record["source"]["name"] == source)
}

/// A value that some nodes have, below a place.
async fn any(running: &Running, list: &str, what: &str, place: &str) -> Value {
    let nodes = whole(&running.viewer("revops"), list, json!({}), what).await;
    let mut found: Vec<Value> =
        nodes.iter().filter_map(|node| node.pointer(place)).filter(|it| !it.is_null()).cloned().collect();
    found.sort_by_key(ToString::to_string);
    found[found.len() / 2].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_filtered_by_what_both_sides_know() {
    let running = listed(120).await;
    let what =
        "displayName email emails { address } lifecycleStage createdAt updatedAt owner { id } account { id }
        originalSource { channel } scores { name value } consent { emailOptOut } conflicts { field }
        records { source { name } } customFields { key text }";
    let owner = any(&running, "people", "owner { id }", "/owner/id").await;
    let account = any(&running, "people", "account { id }", "/account/id").await;
    let middle = any(&running, "people", "createdAt", "/createdAt").await;
    let email = any(&running, "people", "emails { address }", "/emails/0/address").await;
    let stage = any(&running, "people", "lifecycleStage", "/lifecycleStage").await;
    let channel = any(&running, "people", "originalSource { channel }", "/originalSource/channel").await;
    let domain = email.as_str().unwrap().split('@').nth(1).unwrap().to_owned();
    let (own_owner, own_account, from) =
        (owner.clone(), account.clone(), middle.as_str().unwrap().to_owned());
    let (before, address, own_stage, own_channel) =
        (from.clone(), email.clone(), stage.clone(), channel.clone());
    let owner_and_score = owner.clone();
    let cases = vec![
        case(
            json!({ "score": { "name": "hubspotscore", "value": { "gte": "40" } }, "source": { "eq": "sales" } }),
            |it| score(it).is_some_and(|score| score >= 40.0) && is_of(it, "sales"),
        ),
        case(json!({ "score": { "name": "hubspotscore", "value": { "isNull": true } } }), |it| {
            score(it).is_none()
        }),
        case(
            json!({ "or": [{ "owner": { "eq": owner } }, { "score": { "name": "hubspotscore", "value": { "lt": "10" } } }] }),
            move |it| it["owner"]["id"] == owner_and_score || score(it).is_some_and(|score| score < 10.0),
        ),
        case(json!({ "owner": { "in": [owner] } }), move |it| it["owner"]["id"] == own_owner),
        case(json!({ "account": { "eq": account } }), move |it| it["account"]["id"] == own_account),
        case(json!({ "name": { "contains": "AN" } }), |it| {
            text(it, "/displayName").to_lowercase().contains("an")
        }),
        case(json!({ "email": { "startsWith": "a" } }), |it| text(it, "/email").starts_with('a')),
        case(
            json!({ "email": { "eq": format!(" {} ", email.as_str().unwrap().to_uppercase()) } }),
            move |it| some(it, "emails", |it| it["address"] == address),
        ),
        case(json!({ "domain": { "eq": domain } }), move |it| {
            some(it, "emails", |it| text(it, "/address").ends_with(&format!("@{domain}")))
        }),
        case(json!({ "lifecycle": { "in": [stage] } }), move |it| it["lifecycleStage"] == own_stage),
        case(json!({ "createdAt": { "gte": middle } }), move |it| text(it, "/createdAt") >= from.as_str()),
        case(json!({ "not": { "createdAt": { "gte": middle } }, "emailOptOut": false }), move |it| {
            text(it, "/createdAt") < before.as_str() && it["consent"]["emailOptOut"] != json!(true)
        }),
        case(json!({ "emailOptOut": true }), |it| it["consent"]["emailOptOut"] == json!(true)),
        case(json!({ "hasConflict": true }), |it| some(it, "conflicts", |_| true)),
        case(json!({ "missingFrom": "marketing" }), |it| !is_of(it, "marketing")),
        case(
            json!({ "and": [{ "source": { "eq": "sales" } }, { "source": { "eq": "marketing" } }] }),
            |it| is_of(it, "sales") && is_of(it, "marketing"),
        ),
        case(json!({ "channel": channel }), move |it| it["originalSource"]["channel"] == own_channel),
        case(json!({ "custom": [{ "key": "tier", "text": { "eq": "a" } }] }), |it| {
            some(it, "customFields", |it| it["key"] == "tier" && it["text"] == "A")
        }),
    ];
    compare(&running, "people", what, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_filtered_by_campaign_and_by_territory() {
    let running = listed(80).await;
    let revops = running.viewer("revops");
    let campaigns =
        whole(&revops, "campaigns", json!({}), "members(first: 100) { nodes { person { id } } }").await;
    let mut asked = 0;
    for campaign in campaigns {
        let members = campaign["members"]["nodes"].as_array().unwrap();
        let people: std::collections::BTreeSet<String> =
            members.iter().filter_map(|it| it["person"]["id"].as_str()).map(str::to_owned).collect();
        let filter = json!({ "filter": { "campaign": { "eq": campaign["id"] } } });
        assert_eq!(ids(&whole(&revops, "people", filter, "").await), people, "{}", campaign["id"]);
        asked += usize::from(!people.is_empty());
    }
    assert!(asked > 2, "hardly any campaign has members");
    for territory in ["emea", "uki", "americas"] {
        let manager = running.viewer_with("sales_manager", json!({ "territories": [territory] }));
        let filter = json!({ "filter": { "territory": { "eq": territory } } });
        for list in ["people", "accounts"] {
            let within = ids(&whole(&revops, list, filter.clone(), "").await);
            assert_eq!(within, ids(&whole(&manager, list, json!({}), "").await), "{list} in {territory}");
            assert!(!within.is_empty(), "{list} in {territory}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_opportunities_and_campaigns_are_filtered_by_what_they_show() {
    let running = listed(120).await;
    let industry = any(&running, "accounts", "industry", "/industry").await;
    let domain = any(&running, "accounts", "domains", "/domains/0").await;
    let (own_industry, own_domain) = (industry.clone(), domain.clone());
    let accounts = vec![
        case(json!({ "industry": { "eq": industry } }), move |it| {
            text(it, "/industry").to_lowercase() == own_industry.as_str().unwrap().to_lowercase()
        }),
        case(json!({ "domain": { "in": [domain] } }), move |it| some(it, "domains", |it| *it == own_domain)),
        case(json!({ "name": { "startsWith": "b" } }), |it| {
            text(it, "/name").to_lowercase().starts_with('b')
        }),
        case(json!({ "not": { "name": { "contains": "a" } } }), |it| {
            !text(it, "/name").to_lowercase().contains('a')
        }),
    ];
    compare(&running, "accounts", "name industry domains isTargetAccount", accounts).await;

    let amount = any(&running, "opportunities", "amount { amount }", "/amount/amount").await;
    let account = any(&running, "opportunities", "account { id }", "/account/id").await;
    let channel = any(&running, "opportunities", "leadSource { channel }", "/leadSource/channel").await;
    let day = any(&running, "opportunities", "closeDate", "/closeDate").await;
    let least: f64 = amount.as_str().unwrap().parse().unwrap();
    let (own_account, own_channel) = (account.clone(), channel.clone());
    let until = day.as_str().unwrap().to_owned();
    let worth = |it: &Value| it["amount"]["amount"].as_str().map(|it| it.parse::<f64>().unwrap());
    let opportunities = vec![
        case(json!({ "amount": { "gte": amount } }), move |it| worth(it).is_some_and(|it| it >= least)),
        case(json!({ "account": { "eq": account } }), move |it| it["account"]["id"] == own_account),
        case(json!({ "channel": channel }), move |it| it["leadSource"]["channel"] == own_channel),
        case(json!({ "closeDate": { "lte": day } }), move |it| {
            it["closeDate"].as_str().is_some_and(|day| day <= until.as_str())
        }),
        case(json!({ "stageCategory": "OPEN" }), |it| it["stageCategory"] == "OPEN"),
        case(json!({ "or": [{ "stageCategory": "WON" }, { "stageCategory": "LOST" }] }), |it| {
            it["stageCategory"] == "WON" || it["stageCategory"] == "LOST"
        }),
        case(json!({ "stage": { "neq": "Closed Won" } }), |it| it["stage"]["key"] != "Closed Won"),
    ];
    let what = "amount { amount } account { id } leadSource { channel } closeDate stageCategory stage { key } isStalled";
    compare(&running, "opportunities", what, opportunities).await;

    let channel = any(&running, "campaigns", "channel", "/channel").await;
    let starts = any(&running, "campaigns", "startsOn", "/startsOn").await;
    let name = any(&running, "campaigns", "name", "/name").await;
    let own_name = name.clone();
    let (own_channel, from) = (channel.clone(), starts.as_str().unwrap().to_owned());
    let campaigns = vec![
        case(json!({ "channel": channel }), move |it| it["channel"] == own_channel),
        case(json!({ "startsOn": { "gte": starts } }), move |it| {
            it["startsOn"].as_str().is_some_and(|day| day >= from.as_str())
        }),
        case(json!({ "not": { "name": { "eq": name } } }), move |it| it["name"] != own_name),
    ];
    compare(&running, "campaigns", "name channel startsOn", campaigns).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_view_does_not_see_it_may_neither_filter_nor_order_by() {
    let running = listed(30).await;
    let (denied, hidden) = (["FILTER_DENIED"], ["VALIDATION_FAILED"]);
    for (view, arguments, codes) in [
        ("bi", "people(filter: {name: {contains: \"a\"}})", denied),
        ("bi", "people(filter: {email: {isNull: true}})", denied),
        ("bi", "people(filter: {domain: {eq: \"acme.example\"}})", denied),
        ("bi", "people(filter: {not: {or: [{email: {eq: \"a@b.example\"}}]}})", denied),
        ("bi", "accounts(filter: {domain: {eq: \"acme.example\"}})", denied),
        ("agency", "opportunities(filter: {stageCategory: WON})", denied),
        ("agency", "opportunities(filter: {isStalled: true})", hidden),
        ("agency", "opportunities(order: [{field: STAGE_AGE, direction: ASC}])", hidden),
        ("agency", "people(order: [{field: SCORE, direction: ASC}])", hidden),
        ("agency", "people(filter: {hasConflict: true})", hidden),
        ("agency", "people(order: [{field: LAST_ENGAGED_AT, direction: ASC}])", denied),
        ("agency", "people(filter: {lifecycle: {enteredAt: {isNull: false}}})", hidden),
    ] {
        let answer = running.viewer(view).ask(&format!("{{ {arguments} {{ totalCount }} }}")).await;
        assert_eq!(answer.codes(), codes, "{view} {arguments}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_make_no_sense_are_refused() {
    let running = listed(30).await;
    let many: Vec<Value> = (0..101).map(|_| json!({ "emailOptOut": true })).collect();
    for filter in [
        json!({ "or": many }),
        json!({ "owner": { "eq": "nonsense" } }),
        json!({ "custom": [{ "key": "nobody_knows", "text": { "eq": "A" } }] }),
        json!({ "name": { "in": vec!["a"; 101] } }),
    ] {
        let query = "query($filter: PersonFilter) { people(filter: $filter) { totalCount } }";
        let answer = running.viewer("revops").ask_with(query, json!({ "filter": filter })).await;
        assert_eq!(answer.codes(), ["BAD_INPUT"], "{filter}: {:#}", answer.body);
    }
}
