//! Lists of everything: complete, nothing twice, filters and orders as the vendors' own tables have them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answer::each;
use super::running::{Running, company};
use super::tables::{Record, live, live_people};

const EVERYBODY: &str = "query($after: String, $first: Int, $filter: PersonFilter) {
  people(first: $first, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor } gaps { code } nodes { id records { source { name } object externalId } } } }";

const DEALS: &str = "query($after: String, $filter: OpportunityFilter, $order: [OpportunityOrder!]) {
  opportunities(first: 30, after: $after, filter: $filter, order: $order) {
    pageInfo { hasNextPage endCursor } nodes {
      id stageCategory closeDate amount { amount } records { externalId } } } }";

/// The record of a person as `source:object:id`.
fn key(record: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    format!("{}:{}:{}", text(&record["source"]["name"]), text(&record["object"]), text(&record["externalId"]))
}

/// How often each record appears among the people.
fn shown(people: &[Value]) -> BTreeMap<String, usize> {
    let mut shown = BTreeMap::new();
    for record in people.iter().flat_map(|person| person["records"].as_array().unwrap()) {
        *shown.entry(key(record)).or_default() += 1;
    }
    shown
}

fn ids(nodes: &[Value]) -> BTreeSet<&str> {
    nodes.iter().map(|node| node["id"].as_str().unwrap()).collect()
}

/// The vendor's ids of opportunities, in the order of the list.
fn deals(nodes: &[Value]) -> Vec<&str> {
    nodes.iter().map(|node| node["records"][0]["externalId"].as_str().unwrap()).collect()
}

async fn user(running: &Running, email: &str) -> String {
    let users = running.viewer("revops").ask("{ users(first: 100) { nodes { id email } } }").await.fine();
    let users = users.at("/users/nodes").as_array().unwrap().clone();
    users.iter().find(|user| user["email"] == email).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn walking_everybody_shows_every_live_record_once_and_nobody_twice() {
    let running = Running::over(company(120)).await;
    let people = running.viewer("revops").walk("people", EVERYBODY, json!({ "first": 25 })).await;
    assert_eq!(ids(&people).len(), people.len(), "a person is shown twice");
    let shown = shown(&people);
    let live = live_people(&running.world);
    let missing: Vec<&String> = live.iter().filter(|record| !shown.contains_key(*record)).collect();
    let twice: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    let dead: Vec<&String> = shown.keys().filter(|record| !live.contains(*record)).collect();
    assert_eq!((missing, twice, dead), (vec![], vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_the_pages_does_not_change_who_is_listed() {
    let running = Running::over(company(60)).await;
    let revops = running.viewer("revops");
    let large = revops.walk("people", EVERYBODY, json!({ "first": 100 })).await;
    let small = revops.walk("people", EVERYBODY, json!({ "first": 3 })).await;
    let order = |people: &[Value]| people.iter().map(|person| person["id"].clone()).collect::<Vec<_>>();
    assert_eq!(order(&large), order(&small));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listed_person_is_the_person_asked_for_alone() {
    let running = Running::over(company(40)).await;
    let revops = running.viewer("revops");
    let people = revops.walk("people", EVERYBODY, json!({ "first": 50 })).await;
    for chunk in people.chunks(50) {
        let ids: Vec<&Value> = chunk.iter().map(|person| &person["id"]).collect();
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Person { records { source { name } object externalId } } } }";
        let alone = revops.ask_with(query, json!({ "ids": ids })).await.fine();
        assert_eq!(alone.at("/nodes"), &json!(chunk));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_opportunity_account_and_campaign_is_listed_once() {
    let running = Running::over(company(120)).await;
    let revops = running.viewer("revops");
    let opportunities = revops.walk("opportunities", DEALS, json!({})).await;
    let listed: BTreeSet<&str> = deals(&opportunities).into_iter().collect();
    let table: BTreeSet<&str> =
        live(&running.world, "salesforce", "Opportunity").iter().map(Record::id).collect();
    assert_eq!((listed.len(), listed), (opportunities.len(), table));

    let accounts = "query($after: String) { accounts(first: 20, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { id records { source { name } object externalId } } } }";
    let accounts = revops.walk("accounts", accounts, json!({})).await;
    let listed = shown(&accounts);
    let of = |vendor, table, prefix: &'static str| {
        live(&running.world, vendor, table).into_iter().map(move |record| format!("{prefix}:{}", record.id()))
    };
    let table: BTreeSet<String> = of("salesforce", "Account", "sales:Account")
        .chain(of("hubspot", "companies", "marketing:company"))
        .collect();
    assert!(listed.values().all(|times| *times == 1), "{listed:?}");
    assert_eq!(listed.keys().cloned().collect::<BTreeSet<_>>(), table);
    assert_eq!(ids(&accounts).len(), accounts.len());

    let campaigns = "query($after: String) { campaigns(first: 3, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { id records { source { name } object externalId } } } }";
    let campaigns = revops.walk("campaigns", campaigns, json!({})).await;
    let listed = shown(&campaigns);
    for campaign in live(&running.world, "salesforce", "Campaign") {
        assert_eq!(listed.get(&format!("sales:Campaign:{}", campaign.id())), Some(&1));
    }
    assert_eq!(ids(&campaigns).len(), campaigns.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_a_campaign_is_listed_with_their_person() {
    let running = Running::over(company(60)).await;
    let revops = running.viewer("revops");
    let campaigns = revops
        .ask("{ campaigns(first: 50) { nodes { id records { source { name } externalId } } } }")
        .await
        .fine();
    let members = live(&running.world, "salesforce", "CampaignMember");
    let mut walked = 0;
    for campaign in campaigns.at("/campaigns/nodes").as_array().unwrap() {
        if campaign["records"][0]["source"]["name"] != "sales" {
            continue;
        }
        let id = campaign["records"][0]["externalId"].as_str().unwrap();
        let of_table = members.iter().filter(|member| member.get("CampaignId") == Some(id)).count();
        let (mut listed, mut after) = (0, Value::Null);
        loop {
            let query = "query($id: ID!, $after: String) { campaign(id: $id) { members(first: 20, after: $after) {
                pageInfo { hasNextPage endCursor } nodes { status hasResponded person { id displayName } } } } }";
            let page = revops.ask_with(query, json!({ "id": campaign["id"], "after": after })).await.fine();
            let page = page.at("/campaign/members").clone();
            let nodes = page["nodes"].as_array().unwrap();
            listed += nodes.len();
            walked += nodes.iter().filter(|member| member["person"]["id"].is_string()).count();
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(listed, of_table, "campaign {id}");
    }
    assert!(walked > 0, "nobody is a member of anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_filtered_by_owner_are_those_with_a_record_of_theirs() {
    let running = Running::over(company(120)).await;
    let owner = user(&running, "dana.whitfield@leadline.example").await;
    let filter = json!({ "first": 25, "filter": { "owner": { "eq": owner } } });
    let people = running.viewer("revops").walk("people", EVERYBODY, filter).await;
    let world = &running.world;
    let of = |vendor, table, column: &str, email: &str| {
        live(world, vendor, table)
            .iter()
            .find(|row| row.get(column) == Some(email))
            .map(|row| row.id().to_owned())
    };
    let email = "dana.whitfield@leadline.example";
    let (sales, marketing) =
        (of("salesforce", "User", "Email", email).unwrap(), of("hubspot", "owners", "email", email));
    let mut owned: BTreeSet<String> = BTreeSet::new();
    for (table, object) in [("Lead", "sales:Lead"), ("Contact", "sales:Contact")] {
        let rows = live(world, "salesforce", table);
        let theirs = rows.iter().filter(|row| row.get("OwnerId") == Some(&sales));
        owned.extend(theirs.map(|row| format!("{object}:{}", row.id())));
    }
    let rows = live(world, "hubspot", "contacts");
    let theirs =
        rows.iter().filter(|row| marketing.is_some() && row.get("hubspot_owner_id") == marketing.as_deref());
    owned.extend(theirs.map(|row| format!("marketing:contact:{}", row.id())));
    assert!(owned.len() > 5, "nobody is theirs");

    assert_eq!(ids(&people).len(), people.len());
    let shown = shown(&people);
    let missing: Vec<&String> = owned.iter().filter(|record| shown.get(*record) != Some(&1)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    for person in &people {
        let is_theirs =
            person["records"].as_array().unwrap().iter().any(|record| owned.contains(&key(record)));
        assert!(is_theirs, "not theirs: {person:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_filtered_by_a_score_are_those_whose_vendor_says_so() {
    let running = Running::over(company(120)).await;
    let filter =
        json!({ "first": 25, "filter": { "score": { "name": "hubspotscore", "value": { "gte": "40" } } } });
    let people = running.viewer("marketing").walk("people", EVERYBODY, filter).await;
    let high = |row: &&Record<'_>| {
        row.get("hubspotscore").is_some_and(|score| score.parse::<f64>().unwrap() >= 40.0)
    };
    let rows = live(&running.world, "hubspot", "contacts");
    let table: BTreeSet<String> =
        rows.iter().filter(high).map(|row| format!("marketing:contact:{}", row.id())).collect();
    assert!(table.len() > 3 && table.len() < rows.len());
    let listed: BTreeSet<String> =
        shown(&people).into_keys().filter(|record| record.starts_with("marketing")).collect();
    assert_eq!((listed, ids(&people).len()), (table, people.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_filtered_by_a_field_only_one_side_keeps_are_those_with_a_record_that_says_so() {
    let running =
        Running::with(company(120), |settings| settings.replace("marketing = \"icp_tier\"\n", "")).await;
    let filter = json!({ "first": 25, "filter": { "custom": [{ "key": "tier", "text": { "eq": "a" } }] } });
    let people = running.viewer("revops").walk("people", EVERYBODY, filter).await;
    let mut table: BTreeSet<String> = BTreeSet::new();
    for (name, object) in [("Lead", "sales:Lead"), ("Contact", "sales:Contact")] {
        let rows = live(&running.world, "salesforce", name);
        let high = rows.iter().filter(|row| row.get("Tier__c") == Some("A"));
        table.extend(high.map(|row| format!("{object}:{}", row.id())));
    }
    assert!(table.len() > 3);
    assert_eq!(ids(&people).len(), people.len());
    let shown = shown(&people);
    let missing: Vec<&String> = table.iter().filter(|record| shown.get(*record) != Some(&1)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    for person in &people {
        let says_so = person["records"].as_array().unwrap().iter().any(|record| table.contains(&key(record)));
        assert!(says_so, "{person:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_people_and_opportunities_of_an_account_are_those_the_sales_side_has() {
    let running = Running::over(company(120)).await;
    let revops = running.viewer("revops");
    let contacts = live(&running.world, "salesforce", "Contact");
    let deals_of_table = live(&running.world, "salesforce", "Opportunity");
    let mut accounts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for contact in &contacts {
        accounts.entry(contact.get("AccountId").unwrap_or("none")).or_default().insert(contact.id());
    }
    accounts.remove("none");
    let query = "query($id: String!, $after: String) { account(by: {record: {source: \"sales\", object: \"Account\", externalId: $id}}) {
        id opportunities(first: 100) { nodes { records { externalId } } }
        people(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id records { externalId } } } } }";
    for (account, contacts) in accounts.iter().take(8) {
        let (mut listed, mut after): (BTreeSet<String>, Value) = (BTreeSet::new(), Value::Null);
        let deals = loop {
            let answer = revops.ask_with(query, json!({ "id": account, "after": after })).await.fine();
            let people = answer.at("/account/people");
            for person in people["nodes"].as_array().unwrap() {
                let own = each(&person["records"], "externalId")
                    .into_iter()
                    .map(|id| id.as_str().unwrap().to_owned());
                listed.extend(own);
            }
            if people["pageInfo"]["hasNextPage"] == json!(false) {
                break answer.at("/account/opportunities/nodes").clone();
            }
            after = people["pageInfo"]["endCursor"].clone();
        };
        let missing: Vec<&&str> = contacts.iter().filter(|id| !listed.contains(**id)).collect();
        assert_eq!(missing, Vec::<&&str>::new(), "of account {account}");
        let listed: BTreeSet<&str> = self::deals(deals.as_array().unwrap()).into_iter().collect();
        let table: BTreeSet<&str> = deals_of_table
            .iter()
            .filter(|deal| deal.get("AccountId") == Some(account))
            .map(Record::id)
            .collect();
        assert_eq!(listed, table, "of account {account}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_filtered_by_campaign_are_its_members() {
    let running = Running::over(company(120)).await;
    let revops = running.viewer("revops");
    let members = live(&running.world, "salesforce", "CampaignMember");
    let campaigns = revops
        .ask("{ campaigns(first: 50) { nodes { id records { source { name } externalId } } } }")
        .await
        .fine();
    for campaign in campaigns.at("/campaigns/nodes").as_array().unwrap() {
        let id = campaign["records"][0]["externalId"].as_str().unwrap();
        let theirs: BTreeSet<&str> = members
            .iter()
            .filter(|member| member.get("CampaignId") == Some(id))
            .flat_map(|member| [member.get("LeadId"), member.get("ContactId")])
            .flatten()
            .collect();
        if theirs.is_empty() {
            continue;
        }
        let filter = json!({ "first": 50, "filter": { "campaign": { "eq": campaign["id"] } } });
        let people = revops.walk("people", EVERYBODY, filter).await;
        assert_eq!(ids(&people).len(), people.len());
        let shown = shown(&people);
        let live = live_people(&running.world);
        let missing: Vec<&&str> = theirs
            .iter()
            .filter(|id| {
                live.contains(&format!("sales:Lead:{id}")) || live.contains(&format!("sales:Contact:{id}"))
            })
            .filter(|id| !shown.keys().any(|key| key.ends_with(**id)))
            .collect();
        assert_eq!(missing, Vec::<&&str>::new(), "of campaign {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opportunities_are_filtered_and_ordered_as_the_sales_side_has_them() {
    let running = Running::over(company(120)).await;
    let revops = running.viewer("revops");
    let rows = live(&running.world, "salesforce", "Opportunity");
    let category = |row: &Record<'_>| match row.get("StageName").unwrap() {
        "Closed Won" => "WON",
        "Closed Lost" => "LOST",
        _ => "OPEN",
    };
    for wanted in ["OPEN", "WON", "LOST"] {
        let found =
            revops.walk("opportunities", DEALS, json!({ "filter": { "stageCategory": wanted } })).await;
        let table: BTreeSet<&str> =
            rows.iter().filter(|row| category(row) == wanted).map(Record::id).collect();
        assert_eq!(deals(&found).into_iter().collect::<BTreeSet<_>>(), table, "{wanted}");
        assert_eq!(found.len(), table.len());
        assert!(found.iter().all(|deal| deal["stageCategory"] == wanted));
    }
    let amount = |row: &Record<'_>| row.get("Amount").map(|amount| amount.parse::<f64>().unwrap());
    let mut amounts: Vec<f64> = rows.iter().filter_map(amount).collect();
    amounts.sort_by(f64::total_cmp);
    let middle = amounts[amounts.len() / 2];
    let found = revops
        .walk("opportunities", DEALS, json!({ "filter": { "amount": { "gte": middle.to_string() } } }))
        .await;
    let table: BTreeSet<&str> = rows
        .iter()
        .filter(|row| amount(row).is_some_and(|amount| amount >= middle))
        .map(Record::id)
        .collect();
    assert_eq!(deals(&found).into_iter().collect::<BTreeSet<_>>(), table);

    for direction in ["ASC", "DESC"] {
        let order = json!({ "order": [{ "field": "AMOUNT", "direction": direction }] });
        let found = revops.walk("opportunities", DEALS, order).await;
        assert_eq!(ids(&found).len(), rows.len(), "ordered lists are complete too");
        let read: Vec<f64> = found
            .iter()
            .filter_map(|deal| deal["amount"]["amount"].as_str())
            .map(|amount| amount.parse().unwrap())
            .collect();
        let is_sorted = if direction == "ASC" { read.is_sorted() } else { read.is_sorted_by(|a, b| a >= b) };
        assert!(is_sorted, "{direction}: {read:?}");
    }
    let order = json!({ "order": [{ "field": "CLOSE_DATE", "direction": "ASC" }], "filter": { "stageCategory": "OPEN" } });
    let found = revops.walk("opportunities", DEALS, order).await;
    let days: Vec<&str> = found.iter().map(|deal| deal["closeDate"].as_str().unwrap()).collect();
    assert!(days.is_sorted() && !days.is_empty(), "{days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_single_vendor_can_decide_needs_the_ledger() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    for arguments in [
        "filter: {name: {contains: \"a\"}}",
        "filter: {createdAt: {gte: \"2026-01-01T00:00:00Z\"}}",
        "filter: {updatedAt: {lt: \"2026-01-01T00:00:00Z\"}}",
        "filter: {emailOptOut: true}",
        "filter: {email: {contains: \"a\"}}",
        "filter: {custom: [{key: \"tier\", text: {eq: \"A\"}}]}",
        "order: [{field: CREATED_AT, direction: ASC}]",
        "order: [{field: UPDATED_AT, direction: DESC}]",
        "last: 5",
        "first: 5, before: \"anything\"",
    ] {
        let answer = revops.ask(&format!("{{ people({arguments}) {{ nodes {{ id }} }} now }}")).await;
        assert_eq!(
            (answer.status, answer.code()),
            (200, "LEDGER_REQUIRED"),
            "{arguments}: {:#}",
            answer.body
        );
        assert!(
            answer.message().ends_with('.') && answer.message().len() > 20,
            "a sentence: {}",
            answer.message()
        );
        assert!(answer.at("/people").is_null() && answer.at("/now").is_string(), "siblings are intact");
    }
    let twice = "{ opportunities(order: [{field: AMOUNT, direction: ASC}, {field: CLOSE_DATE, direction: ASC}]) { nodes { id } } }";
    assert_eq!(revops.ask(twice).await.code(), "LEDGER_REQUIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_belongs_to_its_question() {
    let running = Running::over(company(40)).await;
    let revops = running.viewer("revops");
    let page = revops
        .ask("{ people(first: 3) { pageInfo { endCursor hasNextPage hasPreviousPage } totalCount } }")
        .await
        .fine();
    assert_eq!(page.at("/people/totalCount"), &Value::Null, "nobody counts everybody live");
    let cursor = page.at("/people/pageInfo/endCursor");
    for elsewhere in [
        format!("{{ accounts(first: 3, after: {cursor}) {{ nodes {{ id }} }} }}"),
        format!("{{ opportunities(first: 3, after: {cursor}) {{ nodes {{ id }} }} }}"),
        format!(
            "{{ people(after: {cursor}, filter: {{score: {{name: \"hubspotscore\", value: {{gte: \"1\"}}}}}}) {{ nodes {{ id }} }} }}"
        ),
        "{ people(after: \"nonsense\") { nodes { id } } }".to_owned(),
        "{ people(after: \"\") { nodes { id } } }".to_owned(),
    ] {
        let answer = revops.ask(&elsewhere).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{elsewhere}: {:#}", answer.body);
        assert!(answer.message().contains("cursor"), "{}", answer.message());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_between_none_and_a_hundred_entries() {
    let running = Running::over(company(20)).await;
    let revops = running.viewer("revops");
    for list in ["people", "accounts", "opportunities", "campaigns", "users"] {
        for first in [-1, 101, 1_000_000] {
            let answer = revops.ask(&format!("{{ {list}(first: {first}) {{ nodes {{ id }} }} }}")).await;
            let code = answer.code();
            assert!(
                code == "BAD_INPUT" || (code == "TOO_COMPLEX" && first > 10_000),
                "{list} {first}: {:#}",
                answer.body
            );
        }
        let none = revops.ask(&format!("{{ {list}(first: 0) {{ nodes {{ id }} }} }}")).await.fine();
        assert_eq!(none.at(&format!("/{list}/nodes")), &json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_named_by_their_addresses_are_a_whole_list() {
    let running = Running::over(company(40)).await;
    let emails = super::tables::plain_addresses(&running.world, 5);
    let query = "query($emails: [String!]) { people(filter: {email: {in: $emails}}, first: 3) { totalCount pageInfo { hasNextPage } nodes { email } } }";
    let answer = running.viewer("marketing").ask_with(query, json!({ "emails": emails })).await.fine();
    assert_eq!(answer.at("/people/totalCount"), &json!(5));
    assert_eq!(answer.at("/people/pageInfo/hasNextPage"), &json!(true));
    assert_eq!(each(answer.at("/people/nodes"), "email").len(), 3);
}
