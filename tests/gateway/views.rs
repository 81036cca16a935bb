//! What each team sees: every field under all seven views, what is hidden, what may be searched by.

use std::collections::BTreeSet;
use std::fmt::Write;

use futures::future::join_all;
use leadline::app::contract;
use serde_json::{Value, json};

use super::answer::{Answer, each, texts};
use super::running::{Running, VIEWS, Viewer, company};
use super::tables::{column, plain_addresses};

/// What the table asks about: one of each, seen by every view that sees any of its kind.
struct Subjects {
    person: String,
    email: String,
    opportunity: String,
    account: String,
    campaign: String,
    owner: String,
}

/// Types of the table and how a field of each is asked for.
const TYPES: [&str; 8] = [
    "Person",
    "Opportunity",
    "Account",
    "Campaign",
    "SalesActivity",
    "Touchpoint",
    "FieldProvenance",
    "FieldCandidate",
];

/// What to ask below fields that are objects, where a name says more than the type's.
const BELOW: [(&str, &str); 22] = [
    ("emails", "{ address }"),
    ("account", "{ id }"),
    ("owner", "{ name }"),
    ("amount", "{ amount }"),
    ("stage", "{ key }"),
    ("pipeline", "{ key }"),
    ("scores", "{ value }"),
    ("customFields", "{ text }"),
    ("provenance", "{ field }"),
    ("person", "{ displayName }"),
    ("spend", "{ amount }"),
    ("budget", "{ amount }"),
    ("opportunities", "{ nodes { id } }"),
    ("people", "{ nodes { id } }"),
    ("members", "{ nodes { status } }"),
    ("attribution", "{ total { amount } credits { amount { amount } } }"),
    ("touchpoints", "{ totalCount }"),
    ("results", "{ people opportunities }"),
    ("lifecycle", "{ stage }"),
    ("funnelPasses", "{ totalCount }"),
    ("asOf", "(at: \"2026-03-01T00:00:00Z\") { lifecycleStage }"),
    ("engagement", "{ touches }"),
];

/// Questions that are not fields of a type: histories by side, and what may be searched by.
const QUESTIONS: [(&str, &str, &str); 26] = [
    (
        "history of marketing: entries",
        "Person",
        "history(first: 100, filter: {kinds: [FORM_SUBMISSION, EMAIL_SENT, EMAIL_DELIVERED, EMAIL_OPENED, EMAIL_CLICKED, CAMPAIGN_JOINED, CAMPAIGN_RESPONDED]}) { nodes { id } }",
    ),
    (
        "history of marketing: count",
        "Person",
        "history(first: 0, filter: {kinds: [FORM_SUBMISSION, EMAIL_SENT, EMAIL_DELIVERED, EMAIL_OPENED, EMAIL_CLICKED, CAMPAIGN_JOINED, CAMPAIGN_RESPONDED]}) { totalCount }",
    ),
    (
        "history of sales: entries",
        "Person",
        "history(first: 100, filter: {kinds: [CALL, MEETING, SALES_EMAIL, TASK, NOTE]}) { nodes { id } }",
    ),
    (
        "history of sales: count",
        "Person",
        "history(first: 0, filter: {kinds: [CALL, MEETING, SALES_EMAIL, TASK, NOTE]}) { totalCount }",
    ),
    (
        "history of sales: summaries",
        "Person",
        "history(first: 100, filter: {kinds: [CALL, MEETING, SALES_EMAIL, TASK, NOTE]}) { nodes { summary } }",
    ),
    (
        "history of changes: count",
        "Person",
        "history(first: 0, filter: {kinds: [FIELD_CHANGE, STAGE_CHANGE, OWNER_CHANGE, RECORD_CREATED]}) { totalCount }",
    ),
    ("search: person by address", "", "person(by: {email: \"EMAIL\"}) { id }"),
    ("search: peopleByEmail", "", "peopleByEmail(emails: [\"EMAIL\"]) { id }"),
    ("search: people by address", "", "people(filter: {email: {eq: \"EMAIL\"}}) { nodes { id } }"),
    ("search: people by name", "", "people(filter: {name: {contains: \"a\"}}) { nodes { id } }"),
    (
        "search: people by score",
        "",
        "people(first: 0, filter: {score: {name: \"hubspotscore\", value: {gte: \"1\"}}}) { nodes { id } }",
    ),
    (
        "search: people by own field",
        "",
        "people(first: 0, filter: {custom: [{key: \"tier\", text: {eq: \"A\"}}]}) { nodes { id } }",
    ),
    ("search: people by conflict", "", "people(first: 0, filter: {hasConflict: true}) { totalCount }"),
    (
        "search: people by when they became qualified",
        "",
        "people(first: 0, filter: {lifecycle: {eq: MQL, enteredAt: {isNull: false}}}) { totalCount }",
    ),
    ("list: whom to look at", "", "identityReview(first: 0) { totalCount }"),
    ("search: account by domain", "", "account(by: {domain: \"nobody.example\"}) { id }"),
    (
        "search: opportunities by amount",
        "",
        "opportunities(first: 0, filter: {amount: {gte: \"1\"}}) { nodes { id } }",
    ),
    (
        "search: opportunities by stage",
        "",
        "opportunities(first: 0, filter: {stage: {eq: \"Closed Won\"}}) { nodes { id } }",
    ),
    (
        "search: opportunities by category",
        "",
        "opportunities(first: 0, filter: {stageCategory: WON}) { nodes { id } }",
    ),
    (
        "order: opportunities by amount",
        "",
        "opportunities(first: 0, order: [{field: AMOUNT, direction: ASC}]) { nodes { id } }",
    ),
    (
        "number: of people",
        "",
        "metric(input: {kind: LEAD_QUALITY, period: {start: \"2024-01-01\", end: \"2026-12-31\"}}) { status sample }",
    ),
    (
        "number: of amounts",
        "",
        "metric(input: {kind: PIPELINE_CREATED, period: {start: \"2024-01-01\", end: \"2026-12-31\"}}) { status sample }",
    ),
    (
        "number: by owner",
        "",
        "metric(input: {kind: LEAD_QUALITY, period: {start: \"2024-01-01\", end: \"2026-12-31\"}}) { by(dimension: OWNER) { label } }",
    ),
    (
        "number: of an owner",
        "",
        "metric(input: {kind: LEAD_QUALITY, owners: [], period: {start: \"2024-01-01\", end: \"2026-12-31\"}}) { status }",
    ),
    (
        "number: why sales were lost",
        "",
        "topReasons(period: {start: \"2024-01-01\", end: \"2026-12-31\"}) { label count }",
    ),
    (
        "number: review",
        "",
        "review(cadence: WEEKLY, period: {start: \"2024-01-01\", end: \"2026-12-31\"}) { cadence wins { totalCount } }",
    ),
];

impl Subjects {
    /// The first person who has something of everything and is known to every team.
    async fn find(running: &Running) -> Self {
        let revops = running.viewer("revops");
        let query =
            "query($after: String) { people(first: 50, after: $after) { pageInfo { hasNextPage endCursor }
            nodes { id email mobile phone title owner { email } account { id }
              opportunities(first: 5) { nodes { id amount { amount } owner { email } } } } } }";
        let people = revops.walk("people", query, json!({})).await;
        let campaigns =
            revops.ask("{ campaigns(first: 50) { nodes { id records { source { name } } } } }").await.fine();
        let campaign = campaigns.at("/campaigns/nodes").as_array().unwrap().iter();
        let campaign =
            campaign.clone().find(|it| it["records"][0]["source"]["name"] == "sales").unwrap()["id"].clone();
        let agency = running.viewer_with("agency", claims(running, "agency", ""));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for person in &people {
            let has_all = ["email", "mobile", "phone", "title", "owner", "account"]
                .iter()
                .all(|field| !person[field].is_null());
            let owner = &person["owner"]["email"];
            let deals = person["opportunities"]["nodes"].as_array().unwrap();
            let deal =
                deals.iter().find(|deal| deal["owner"]["email"] == *owner && !deal["amount"].is_null());
            let (true, Some(deal)) = (has_all && owner.is_string(), deal) else { continue };
            let by_id = json!({ "id": person["id"] });
            let granted = agency
                .ask_with("query($id: ID!) { person(by: {id: $id}) { id } }", by_id.clone())
                .await
                .fine();
            let history = "query($id: ID!) { person(by: {id: $id}) { history(first: 100) { nodes { ... on SalesActivity { body } } } } }";
            let history = revops.ask_with(history, by_id).await.fine();
            let bodies = history.at("/person/history/nodes").as_array().unwrap();
            if granted.at("/person").is_null() || !bodies.iter().any(|entry| entry["body"].is_string()) {
                continue;
            }
            return Self {
                person: text(&person["id"]),
                email: text(&person["email"]),
                opportunity: text(&deal["id"]),
                account: text(&person["account"]["id"]),
                campaign: text(&campaign),
                owner: text(owner),
            };
        }
        panic!("nobody in this world has something of everything");
    }

    /// A question for one field of a type, and where its value stands in the answer.
    fn ask(&self, of: &str, field: &str) -> (String, String) {
        let person = format!("person(by: {{id: \"{}\"}})", self.person);
        let entries = |inner: &str| {
            format!("{{ asked: {person} {{ history(first: 100) {{ nodes {{ __typename {inner} }} }} }} }}")
        };
        match of {
            "" => (format!("{{ asked: {} }}", field.replace("EMAIL", &self.email)), "/asked".to_owned()),
            "Person" => (format!("{{ asked: {person} {{ it: {field} }} }}"), "/asked/it".to_owned()),
            "Opportunity" => (
                format!("{{ asked: opportunity(id: \"{}\") {{ it: {field} }} }}", self.opportunity),
                "/asked/it".to_owned(),
            ),
            "Account" => (
                format!("{{ asked: account(by: {{id: \"{}\"}}) {{ it: {field} }} }}", self.account),
                "/asked/it".to_owned(),
            ),
            "Campaign" => (
                format!("{{ asked: campaign(id: \"{}\") {{ it: {field} }} }}", self.campaign),
                "/asked/it".to_owned(),
            ),
            "SalesActivity" | "Touchpoint" => {
                (entries(&format!("... on {of} {{ it: {field} }}")), "/asked/history/nodes".to_owned())
            }
            "FieldProvenance" => (
                format!("{{ asked: {person} {{ provenance(fields: [EMAIL, TITLE]) {{ it: {field} }} }} }}"),
                "/asked/provenance".to_owned(),
            ),
            "FieldCandidate" => (
                format!(
                    "{{ asked: {person} {{ provenance(fields: [EMAIL]) {{ chosen {{ it: {field} }} }} }} }}"
                ),
                "/asked/provenance".to_owned(),
            ),
            _ => unreachable!("{of} is no type of the table"),
        }
    }
}

/// Claims that make each view as wide as its rules allow; a rep is the owner.
fn claims(running: &Running, view: &str, owner: &str) -> Value {
    let everywhere = json!(["dach", "uki", "emea", "americas", "apac"]);
    match view {
        "sales_rep" | "sales_manager" => json!({ "email": owner, "territories": everywhere }),
        "revops" => json!({ "scope": "raw:read identity:write" }),
        "agency" => {
            let all = column(&running.world, "salesforce", "Campaign", "Id");
            json!({ "campaigns": all.iter().map(|id| format!("sales:{id}")).collect::<Vec<_>>() })
        }
        _ => json!({}),
    }
}

/// The fields of a type in the whole schema, each as it is asked for.
async fn fields(running: &Running, of: &str) -> Vec<(String, String)> {
    let query = "query($name: String!) { __type(name: $name) { fields { name type { ...t ofType { ...t ofType { ...t ofType { ...t } } } } } } }
        fragment t on __Type { kind name }";
    let answer = running.viewer("revops").ask_with(query, json!({ "name": of })).await.fine();
    let fields = answer.at("/__type/fields").as_array().unwrap().iter().map(|field| {
        let name = field["name"].as_str().unwrap().to_owned();
        let mut base = &field["type"];
        while base["ofType"].is_object() {
            base = &base["ofType"];
        }
        let below = match base["kind"].as_str().unwrap() {
            "SCALAR" | "ENUM" => "",
            _ => BELOW.iter().find(|(field, _)| *field == name).map_or("{ __typename }", |(_, below)| *below),
        };
        (name.clone(), format!("{name} {below}"))
    });
    fields.collect()
}

/// How a view answers, in a word, beside the answer of a view that sees everything.
fn outcome(answer: &Answer, whole: &Answer, place: &str) -> String {
    let codes: BTreeSet<&str> = answer.codes().into_iter().collect();
    match codes.iter().copied().collect::<Vec<_>>().as_slice() {
        [] => {}
        ["VALIDATION_FAILED"] => {
            let is_unknown =
                answer.message().starts_with("Unknown ") || answer.message().contains(" has no value ");
            assert!(is_unknown, "{:#}", answer.body);
            return "hidden".to_owned();
        }
        ["FIELD_DENIED"] => return "denied".to_owned(),
        others => return others.join(" ").to_lowercase(),
    }
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let asked = &answer.data()["asked"];
    let (own, all) = (answer.data().pointer(place), whole.data().pointer(place));
    let of_entries = |value: &Value| if place.ends_with("/nodes") { told(value) } else { value.clone() };
    let (Some(own), Some(all)) = (own.map(of_entries), all.map(of_entries)) else {
        return if asked.is_null() { "no row".to_owned() } else { "nothing".to_owned() };
    };
    let text = own.to_string();
    match leaves(&own).as_slice() {
        _ if own == all && empty(&all) => "value (none)".to_owned(),
        _ if own == all => "value".to_owned(),
        _ if asked.is_null() => "no row".to_owned(),
        _ if text.contains("\"h_") => "pseudonym".to_owned(),
        _ if text.contains("***") || text.contains(". ") || text.ends_with(".\"") => "masked".to_owned(),
        [] => "none".to_owned(),
        own if own.iter().all(|leaf| leaf.is_null()) && !leaves(&all).iter().all(|leaf| leaf.is_null()) => {
            "null".to_owned()
        }
        _ => "less".to_owned(),
    }
}

/// Of a list of entries what those of the type asked about tell.
fn told(value: &Value) -> Value {
    match value.as_array() {
        Some(entries) => entries.iter().filter_map(|entry| entry.get("it")).cloned().collect(),
        None => value.clone(),
    }
}

/// The values within.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        other => vec![other],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_under_every_view_is_as_the_committed_table_says() {
    let running = Running::capturing(company(60)).await;
    running.wait_until_counted().await;
    let subjects = Subjects::find(&running).await;
    let viewers: Vec<Viewer<'_>> =
        VIEWS.iter().map(|view| running.viewer_with(view, claims(&running, view, &subjects.owner))).collect();
    let mut rows: Vec<(String, &str, String)> = Vec::new();
    for of in TYPES {
        for (name, question) in fields(&running, of).await {
            rows.push((format!("{of}.{name}"), of, question));
        }
    }
    rows.extend(
        QUESTIONS.iter().map(|(name, of, question)| ((*name).to_owned(), *of, (*question).to_owned())),
    );

    let mut table = format!("{:<38}", "");
    for view in VIEWS {
        write!(table, " | {view:<13}").unwrap();
    }
    for (name, of, question) in &rows {
        let (query, place) = subjects.ask(of, question);
        let (answers, outcomes) = answers_of_all(&viewers, &query, &place).await;
        write!(table, "\n{name:<38}").unwrap();
        for ((answer, outcome), viewer) in answers.iter().zip(outcomes).zip(&viewers) {
            if outcome == "hidden" {
                hides_as_if_unknown(viewer, &query, answer).await;
            }
            write!(table, " | {outcome:<13}").unwrap();
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}

/// What every view is answered, and what that is beside what revops is. An age in seconds may grow between two answers, so
/// where a view seems to be told less, all are asked once more.
async fn answers_of_all(viewers: &[Viewer<'_>], query: &str, place: &str) -> (Vec<Answer>, Vec<String>) {
    let ask = async || {
        let answers = join_all(viewers.iter().map(|viewer| viewer.ask(query))).await;
        let whole = answers[3].clone().fine_or_ledger();
        let outcomes: Vec<String> = answers.iter().map(|answer| outcome(answer, &whole, place)).collect();
        (answers, outcomes)
    };
    let first = ask().await;
    if first.1.iter().any(|outcome| outcome == "less") { ask().await } else { first }
}

/// The sentence about a hidden name is the sentence about a name that never was.
async fn hides_as_if_unknown(viewer: &Viewer<'_>, query: &str, answer: &Answer) {
    // `Unknown field "scores" on …`, `Enum "…" has no value "AMOUNT".`
    let named: Vec<&str> = answer.message().split('"').collect();
    let hidden = if named[0].starts_with("Unknown") { named[1] } else { named[3] };
    let made_up = format!("{hidden}zz");
    let other = viewer.ask(&replace_word(query, hidden, &made_up)).await;
    assert_eq!(answer.message().replace(hidden, "…"), other.message().replace(&made_up, "…"), "{query}");
    assert_eq!((answer.status, answer.codes()), (other.status, other.codes()));
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(place) = rest.find(word) {
        let before = rest[..place].chars().next_back();
        let after = rest[place + word.len()..].chars().next();
        let whole = !before.is_some_and(is_part) && !after.is_some_and(is_part);
        replaced.push_str(&rest[..place]);
        replaced.push_str(if whole { by } else { word });
        rest = &rest[place + word.len()..];
    }
    replaced + rest
}

#[tokio::test(flavor = "multi_thread")]
async fn introspection_of_the_agency_shows_nothing_it_may_not_name() {
    let running = Running::over(company(20)).await;
    let query = "{ person: __type(name: \"Person\") { fields { name } } deal: __type(name: \"Opportunity\") { fields { name } }
        activity: __type(name: \"SalesActivity\") { name } filter: __type(name: \"OpportunityFilter\") { inputFields { name } }
        order: __type(name: \"OpportunityOrderField\") { enumValues { name } }
        event: __type(name: \"TimelineEvent\") { possibleTypes { name } } __schema { types { name } } }";
    let agency = running.viewer("agency").ask(query).await.fine();
    let revops = running.viewer("revops").ask(query).await.fine();
    let names = |answer: &Answer, place: &str| -> BTreeSet<String> {
        each(answer.at(place), "name").iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    for (place, hidden) in [
        ("/person/fields", vec!["scores", "provenance", "conflicts"]),
        ("/deal/fields", vec!["amount", "probability", "stage", "stageHistory", "stageAge", "lossReason"]),
        ("/filter/inputFields", vec!["amount", "stage"]),
        ("/order/enumValues", vec!["AMOUNT"]),
        ("/event/possibleTypes", vec!["SalesActivity"]),
        ("/__schema/types", vec!["SalesActivity"]),
    ] {
        let (seen, all) = (names(&agency, place), names(&revops, place));
        for name in hidden {
            assert!(all.contains(name) && !seen.contains(name), "{place}: {name}");
        }
        assert!(seen.is_subset(&all) && !seen.is_empty(), "{place}");
    }
    assert_eq!(agency.at("/activity"), &Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_view_is_served_its_own_schema() {
    let running = Running::over(company(20)).await;
    for view in VIEWS {
        let policy = running.auth.views.iter().find(|policy| &*policy.key == view).unwrap();
        let token = running.token(view, json!({}));
        let url = running.url().replace("/graphql", "/schema.graphql");
        let served = running.http().get(url).bearer_auth(&token).send().await.unwrap().text().await.unwrap();
        assert!(served == contract(Some(policy)), "{view} is served another schema than is printed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_views_through_one_warm_cache_neither_leak_nor_lose() {
    let running = Running::over(company(40)).await;
    let emails = plain_addresses(&running.world, 10);
    let (revops, leadership, marketing) =
        (running.viewer("revops"), running.viewer("leadership"), running.viewer("marketing"));
    let found = revops
        .ask_with("query($e: [EmailAddress!]!) { peopleByEmail(emails: $e) { id } }", json!({ "e": emails }));
    let ids: Vec<String> = texts(&json!(each(found.await.fine().at("/peopleByEmail"), "id")))
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    let full =
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { email displayName phone mobile title } } }";
    let little = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Person { email displayName } } }";
    let given = json!({ "ids": ids });
    let whole = revops.ask_with(full, given.clone()).await.fine();
    let masked = leadership.ask_with(little, given.clone()).await.fine();
    assert_ne!(whole.data(), masked.data());
    let asks = (0..100).map(|turn| {
        let (viewer, query) = match turn % 4 {
            0 => (&revops, full),
            1 => (&leadership, little),
            2 => (&marketing, full),
            _ => (&leadership, full),
        };
        let given = given.clone();
        async move { (turn % 4, viewer.ask_with(query, given).await) }
    });
    for (who, answer) in join_all(asks).await {
        assert_eq!(answer.status, 200);
        let people = answer.at("/nodes").as_array().unwrap();
        for (person, whole) in people.iter().zip(whole.at("/nodes").as_array().unwrap()) {
            match who {
                0 => assert_eq!(person, whole, "a poorer copy"),
                2 => {
                    assert!(person["mobile"].is_null(), "marketing sees a mobile number");
                    assert_eq!((&person["email"], &person["phone"]), (&whole["email"], &whole["phone"]));
                }
                _ => {
                    assert!(person["email"].as_str().unwrap().contains("***@"), "{person}");
                    assert_ne!(person["displayName"], whole["displayName"]);
                    if let Some(phone) = person["phone"].as_str() {
                        assert!(phone.starts_with("***"), "{person}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_narrows_a_view_and_never_widens_it() {
    let running = Running::over(company(40)).await;
    let email = plain_addresses(&running.world, 1).remove(0);
    let id = running
        .viewer("revops")
        .ask(&format!("{{ person(by: {{email: \"{email}\"}}) {{ id }} }}"))
        .await
        .fine();
    let id = id.at("/person/id").clone();
    let shown = async |view: &str, pii: &str| {
        let viewer = running.viewer_with(view, json!({ "pii": pii }));
        let answer = viewer
            .ask_with(
                "query($id: ID!) { viewer { masking } person(by: {id: $id}) { email } }",
                json!({ "id": id }),
            )
            .await;
        (
            answer.at("/viewer/masking").as_str().unwrap().to_owned(),
            answer.at("/person/email").clone(),
            answer.codes().join(" "),
        )
    };
    assert_eq!(shown("revops", "full").await, ("NONE".into(), json!(email), String::new()));
    let (level, masked, _) = shown("revops", "masked").await;
    assert!(level == "MASKED" && masked.as_str().unwrap().contains("***@"));
    assert_eq!(shown("leadership", "full").await, (level, masked, String::new()), "a claim never widens");
    let (level, pseudonym, _) = shown("bi", "full").await;
    assert!(level == "PSEUDONYMISED" && pseudonym.as_str().unwrap().starts_with("h_"));
    assert_eq!(shown("marketing", "none").await, ("DENIED".into(), Value::Null, "FIELD_DENIED".into()));
}
