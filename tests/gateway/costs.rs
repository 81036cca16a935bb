//! What a page of a list costs at the vendors, cold: a committed table of view against list.
//!
//! A page is decided as a whole, so that the calls grow with the vendors' pages it walks and never with its rows.

use std::collections::BTreeMap;

use serde_json::json;

use super::running::{Running, VIEWS, company};

/// The lists, each with a question that selects what a table on a screen shows.
const LISTS: [(&str, &str); 3] = [
    (
        "people",
        "{ people(first: 20) { gaps { code } nodes { id displayName title lifecycleStage owner { name } } } }",
    ),
    ("accounts", "{ accounts(first: 20) { gaps { code } nodes { id name industry owner { name } } } }"),
    ("opportunities", "{ opportunities(first: 20) { gaps { code } nodes { id closeDate } } }"),
];

/// At most so many calls of Salesforce and of HubSpot for the first twenty people, accounts and opportunities of a
/// company of 120 people. Tokens and metadata are not counted; everybody's users are, three calls where a question or
/// a view asks who owns what.
const MOST: [(&str, [(u64, u64); 3]); 7] = [
    ("sales_rep", [(9, 18), (4, 3), (9, 4)]),
    ("sales_manager", [(5, 12), (4, 5), (6, 2)]),
    ("marketing", [(3, 7), (3, 3), (1, 0)]),
    ("revops", [(3, 7), (3, 3), (1, 0)]),
    ("leadership", [(3, 7), (3, 3), (1, 0)]),
    ("bi", [(3, 7), (3, 3), (1, 0)]),
    ("agency", [(13, 18), (0, 0), (0, 0)]),
];

/// The calls made, of the sales side and of the marketing side.
fn of_vendors(calls: &BTreeMap<String, u64>) -> (u64, u64) {
    let of = |is_sales: bool| {
        calls.iter().filter(|(at, _)| at.contains("/services") == is_sales).map(|(_, calls)| calls).sum()
    };
    (of(true), of(false))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_list_costs_no_view_more_calls_than_the_table_allows() {
    let mut over = Vec::new();
    for (view, most) in MOST {
        for ((list, query), most) in LISTS.into_iter().zip(most) {
            // A gateway of its own: nothing that another page brought is remembered.
            let running = Running::over(company(120)).await;
            running.reset_calls();
            let answer = running.viewer(view).ask(query).await.fine();
            let calls = running.calls_by_endpoint();
            let made = of_vendors(&calls);
            let nodes = answer.at(&format!("/{list}/nodes")).as_array().unwrap().len();
            assert_eq!(
                answer.at(&format!("/{list}/gaps")).as_array().unwrap().len(),
                0,
                "{view} {list}: {calls:?}"
            );
            println!("{view} {list}: {nodes} rows, {made:?} of at most {most:?}: {calls:?}");
            if made.0 > most.0 || made.1 > most.1 {
                over.push(format!("{list} under {view}: {made:?} calls, more than {most:?}: {calls:?}"));
            }
        }
    }
    assert_eq!(MOST.map(|(view, _)| view), VIEWS, "every view has its row");
    assert!(over.is_empty(), "{}", over.join("\n"));
}

/// What a page of a screen asks of everybody.
const EVERYBODY: &str = "query($after: String) { people(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor } nodes { id displayName email title lifecycleStage owner { name } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn walking_everybody_costs_the_marketing_side_few_calls_for_a_hundred_people() {
    let running = Running::over(company(600)).await;
    running.reset_calls();
    let people = running.viewer("revops").walk("people", EVERYBODY, json!({})).await.len();
    let calls = running.calls_by_endpoint();
    let (sales, marketing) = of_vendors(&calls);
    println!("{people} people: {sales} and {marketing} calls: {calls:?}");
    let hundreds = u64::try_from(people).unwrap().div_ceil(100);
    // The vendor gives the history of a field for fifty records a call: two calls a hundred people are that alone. A
    // list also looks for everybody who names a sales record: two searches, and two reads of whom they find.
    assert!(marketing <= 9 * hundreds, "{marketing} calls for {people} people: {calls:?}");
}
