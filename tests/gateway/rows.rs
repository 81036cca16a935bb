//! Which rows exist for a team: a seller's own, a manager's territories, the members of an agency's campaigns. A row that
//! is not seen behaves as if it did not exist.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answer::each;
use super::running::{Running, company};
use super::tables::live;

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_sees_their_own_people_and_nobody_elses() {
    let running = Running::over(company(80)).await;
    let query = "query($after: String) { people(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { id owner { email } } } }";
    let everybody = running.viewer("revops").walk("people", query, json!({})).await;
    let email = "dana.whitfield@leadline.example";
    let ids = |people: &[Value], keep: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        people.iter().filter(|it| keep(it)).map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let theirs = ids(&everybody, &|person| person["owner"]["email"] == email);
    assert!(!theirs.is_empty() && theirs.len() < everybody.len());
    let rep = running.viewer_with("sales_rep", json!({ "email": email }));
    let seen = rep.walk("people", query, json!({})).await;
    assert_eq!(ids(&seen, &|_| true), theirs);

    let in_territory = running
        .viewer_with("sales_rep", json!({ "email": email, "territories": ["emea", "americas", "apac"] }));
    let more = ids(&in_territory.walk("people", query, json!({})).await, &|_| true);
    assert!(more.is_superset(&theirs));
    let added: Vec<&Value> = everybody
        .iter()
        .filter(|it| more.contains(it["id"].as_str().unwrap()) && it["owner"]["email"] != email)
        .collect();
    assert!(added.iter().all(|person| person["owner"].is_null()), "of others only the unassigned: {added:?}");

    let foreign = everybody
        .iter()
        .find(|it| it["owner"]["email"].is_string() && it["owner"]["email"] != email)
        .unwrap();
    let by_id = "query($id: ID!) { person(by: {id: $id}) { id } node(id: $id) { id } }";
    let unseen = rep.ask_with(by_id, json!({ "id": foreign["id"] })).await.fine();
    assert_eq!(
        (unseen.at("/person"), unseen.at("/node")),
        (&Value::Null, &Value::Null),
        "a row not seen does not exist"
    );
    let nobody = running.viewer_with("sales_rep", json!({ "email": "nobody@leadline.example" }));
    assert_eq!(nobody.walk("people", query, json!({})).await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sees_the_territories_claimed_and_no_others() {
    let running = Running::over(company(80)).await;
    let people = "query($after: String) { people(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } } }";
    let seen = async |claims: Value| -> BTreeSet<String> {
        let people = running.viewer_with("sales_manager", claims).walk("people", people, json!({})).await;
        people.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let emea = seen(json!({ "territories": ["emea"] })).await;
    let uki = seen(json!({ "territories": ["uki"] })).await;
    let americas = seen(json!({ "territories": ["americas"] })).await;
    assert!(uki.is_subset(&emea) && uki.len() < emea.len(), "a territory holds those beneath it");
    assert!(emea.is_disjoint(&americas) && !americas.is_empty());
    assert_eq!(
        seen(json!({ "territories": ["atlantis"] })).await,
        BTreeSet::new(),
        "an unknown name grants nothing"
    );
    assert_eq!(seen(json!({})).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_sees_the_members_of_its_campaigns_and_no_opportunities() {
    let running = Running::over(company(60)).await;
    let members = live(&running.world, "salesforce", "CampaignMember");
    let mut by_campaign: BTreeMap<&str, usize> = BTreeMap::new();
    for member in &members {
        *by_campaign.entry(member.get("CampaignId").unwrap()).or_default() += 1;
    }
    let (granted, _) = by_campaign.iter().min_by_key(|(_, members)| **members).unwrap();
    let theirs: BTreeSet<&str> = members
        .iter()
        .filter(|member| member.get("CampaignId") == Some(granted))
        .flat_map(|member| [member.get("LeadId"), member.get("ContactId")])
        .flatten()
        .collect();
    let agency = running.viewer_with("agency", json!({ "campaigns": [format!("sales:{granted}")] }));
    let query = "query($after: String) { people(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes { id records { externalId } } } }";
    let seen = agency.walk("people", query, json!({})).await;
    assert!(!seen.is_empty());
    for person in &seen {
        let records = each(&person["records"], "externalId");
        assert!(records.iter().any(|id| theirs.contains(id.as_str().unwrap())), "no member: {person}");
    }
    let lists = agency.ask("{ opportunities { nodes { id } } accounts { nodes { id } } campaigns { nodes { records { externalId } } } }").await.fine();
    assert_eq!((lists.at("/opportunities/nodes"), lists.at("/accounts/nodes")), (&json!([]), &json!([])));
    let campaigns = lists.at("/campaigns/nodes").as_array().unwrap();
    assert!(campaigns.iter().all(|it| it["records"][0]["externalId"] == **granted), "{campaigns:?}");
    let none = running.viewer_with("agency", json!({}));
    assert_eq!(none.walk("people", query, json!({})).await, [] as [Value; 0]);
}
