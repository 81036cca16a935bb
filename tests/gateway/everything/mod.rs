//! Lists over everything that was captured: complete, counted exactly, in any order, by any filter, and at no vendor's
//! cost. What they show is compared with the lists that are read live.

mod filters;
mod fresh;
mod orders;
mod pages;
mod past;
mod rows;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::running::{Running, Viewer, company};

/// A company that is captured and ready to be listed.
async fn listed(people: usize) -> Running {
    let running = Running::capturing(company(people)).await;
    running.wait_until_counted().await;
    running
}

/// The arguments of a list, as its fields are named.
const ARGUMENTS: [(&str, &str); 4] = [
    ("people", "Person"),
    ("accounts", "Account"),
    ("opportunities", "Opportunity"),
    ("campaigns", "Campaign"),
];

/// A whole list, page by page, with what is asked of each node; the count of every page is that of the whole.
async fn whole(viewer: &Viewer<'_>, list: &str, given: Value, what: &str) -> Vec<Value> {
    let kind = ARGUMENTS.iter().find(|(name, _)| *name == list).unwrap().1;
    let query = format!(
        "query($after: String, $filter: {kind}Filter, $order: [{kind}Order!]) {{
            {list}(first: 37, after: $after, filter: $filter, order: $order) {{
                totalCount gaps {{ code }} pageInfo {{ hasNextPage endCursor }} nodes {{ id {what} }} }} }}"
    );
    let (mut nodes, mut after, mut totals) = (Vec::new(), Value::Null, BTreeSet::new());
    loop {
        let mut variables = given.clone();
        variables["after"] = after;
        let answer = viewer.ask_with(&query, variables).await.fine();
        let page = answer.at(&format!("/{list}")).clone();
        assert_eq!(page["gaps"], json!([]));
        totals.insert(page["totalCount"].as_u64());
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(totals, BTreeSet::from([Some(nodes.len() as u64)]), "{list} {given}: the exact count");
    assert_eq!(ids(&nodes).len(), nodes.len(), "{list} {given}: nothing twice");
    nodes
}

fn ids(nodes: &[Value]) -> BTreeSet<String> {
    order(nodes).into_iter().collect()
}

fn order(nodes: &[Value]) -> Vec<String> {
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}
