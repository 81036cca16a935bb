use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_graphql::{Context, EmptySubscription, Enum, InputObject, Object, Result, SimpleObject};
use serde_json::{Value, json};

use super::*;
use crate::domain::clock::Clock;
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::Arrangements;

struct Query;

static SLOW_HAS_BEGUN: AtomicBool = AtomicBool::new(false);

/// Whether somebody has asked for `slow`.
pub(crate) fn slow_has_begun() -> bool {
    SLOW_HAS_BEGUN.load(Ordering::Acquire)
}

#[Object]
impl Query {
    async fn hello(&self, #[graphql(default_with = "\"you\".to_owned()")] name: String) -> String {
        format!("hello {name}")
    }

    async fn view(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<View>().key().to_string()
    }

    async fn person(&self, by: PersonBy) -> Option<Person> {
        by.id.map(|id| Person { name: id.to_string(), scores: vec![7] })
    }

    async fn known(&self) -> Option<Result<i32>> {
        Some(Err(Code::SourceUnavailable.error("sales is not reachable")))
    }

    async fn unknown(&self) -> Option<Result<i32>> {
        Some(Err("postgres://secret".into()))
    }

    async fn panics(&self) -> i32 {
        broken()
    }

    async fn hangs(&self) -> i32 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        1
    }

    async fn slow(&self) -> i32 {
        SLOW_HAS_BEGUN.store(true, Ordering::Release);
        tokio::time::sleep(Duration::from_millis(200)).await;
        1
    }

    async fn many(&self) -> Vec<Option<Result<i32>>> {
        (0..50).map(|_| Some(Err(Code::BadInput.error("no")))).collect()
    }
}

fn broken() -> i32 {
    panic!("on purpose")
}

/// Named as the schema's own, so that the table of hidden places applies.
#[derive(SimpleObject)]
struct Person {
    name: String,
    scores: Vec<i32>,
}

#[derive(InputObject)]
struct PersonBy {
    id: Option<i32>,
    order: Option<Order>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Order {
    Up,
    Down,
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> i32 {
        1
    }
}

/// An engine over a small schema.
pub(crate) fn engine() -> Engine {
    let schema = Schema::build(Query, Mutation, EmptySubscription).disable_suggestions().finish();
    let live = Live::new(Vec::new(), IdentityRules::default(), Arrangements::default(), Clock::real());
    Engine::new(schema, Arc::new(live), Bounds::default())
}

fn question(query: &str, variables: Value) -> Question {
    let Value::Object(variables) = variables else { panic!("variables are an object") };
    Question {
        query: query.to_owned(),
        operation_name: None,
        variables,
        method: Method::Post,
        request_id: Arc::from("r-1"),
    }
}

async fn ask_with(query: &str, variables: Value) -> (Outcome, Value) {
    let answer = engine().answer(&View::system(), question(query, variables)).await;
    (answer.outcome, answer.json())
}

async fn ask(query: &str) -> (Outcome, Value) {
    ask_with(query, json!({})).await
}

/// A view that sees no scores.
fn agency() -> View {
    use crate::domain::view::{Claims, Policy, Sight};
    let policy =
        Policy { key: Arc::from("agency"), scores: Sight::Hidden, ..View::system().policy().clone() };
    View::grant(Arc::new(policy), Arc::default(), None, Claims::default())
}

#[tokio::test]
async fn an_answer_has_data_and_the_books() {
    let (outcome, body) = ask("query Greeting { hello view }").await;
    assert_eq!(outcome, Outcome::Executed);
    assert_eq!(body["data"]["hello"], "hello you");
    assert_eq!(
        body["extensions"]["leadline"],
        json!({ "cost": 2, "upstream": [], "freshness": [], "gaps": [] })
    );
    assert!(body.get("errors").is_none());
}

#[tokio::test]
async fn an_answer_counts_its_parts_and_names_its_operation() {
    let asked = question("query Two { person(by: {id: 1}) { name } hello }", json!({}));
    let answer = engine().answer(&View::system(), asked).await;
    assert_eq!((answer.objects, answer.values, answer.operation.as_deref()), (2, 2, Some("Two")));
}

#[tokio::test]
async fn what_does_not_parse_or_fit_is_refused_without_data() {
    for (query, code) in [
        ("{", "PARSE_FAILED"),
        ("{ salary }", "VALIDATION_FAILED"),
        ("{ person { name } }", "VALIDATION_FAILED"),
        ("{ hello(name: 3) }", "VALIDATION_FAILED"),
        ("{ ...missing }", "VALIDATION_FAILED"),
        ("query($id: Int) { hello }", "VALIDATION_FAILED"),
        ("query($id: Int!) { person(by: {id: $id}) { name } }", "BAD_INPUT"),
    ] {
        let (outcome, body) = ask(query).await;
        assert_eq!(outcome, Outcome::Refused, "{query}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{query}: {body}");
        assert!(body.get("data").is_none(), "{query}");
    }
}

#[tokio::test]
async fn variables_of_a_wrong_kind_are_refused_without_data() {
    let query = "query($by: PersonBy!) { person(by: $by) { name } }";
    for by in [json!(null), json!({"id": "x"}), json!({"order": "SIDEWAYS"}), json!({"age": 3}), json!(7)] {
        let (outcome, body) = ask_with(query, json!({ "by": by })).await;
        assert_eq!(outcome, Outcome::Refused, "{by}: {body}");
        let code = body["errors"][0]["extensions"]["code"].as_str().expect("there is a code");
        assert!(["BAD_INPUT", "VALIDATION_FAILED"].contains(&code), "{by}: {body}");
    }
}

#[tokio::test]
async fn an_error_with_a_code_keeps_it_and_its_path() {
    let (outcome, body) = ask("{ known hello }").await;
    assert_eq!(outcome, Outcome::Executed);
    assert_eq!(body["data"], json!({ "known": null, "hello": "hello you" }));
    assert_eq!(body["errors"][0]["path"], json!(["known"]));
    assert_eq!(body["errors"][0]["extensions"], json!({ "code": "SOURCE_UNAVAILABLE" }));
}

#[tokio::test]
async fn an_error_without_a_code_tells_the_request_id_and_nothing_else() {
    let (_, body) = ask("{ unknown }").await;
    assert_eq!(body["errors"][0]["extensions"], json!({ "code": "INTERNAL", "requestId": "r-1" }));
    assert!(!body.to_string().contains("secret"));
}

#[tokio::test]
async fn a_panicking_resolver_costs_one_answer() {
    let engine = engine();
    let answer = engine.answer(&View::system(), question("{ panics }", json!({}))).await;
    assert_eq!((answer.outcome, answer.codes), (Outcome::Failed, vec!["INTERNAL"]));
    let answer = engine.answer(&View::system(), question("{ hello }", json!({}))).await;
    assert_eq!(answer.outcome, Outcome::Executed);
}

#[tokio::test(start_paused = true)]
async fn a_request_past_its_deadline_is_given_up() {
    let (outcome, body) = ask("{ hangs }").await;
    assert_eq!(outcome, Outcome::Executed);
    assert_eq!(body["data"], Value::Null);
    assert_eq!(body["errors"][0]["extensions"]["code"], "DEADLINE_EXCEEDED");
    assert!(body["extensions"]["leadline"].is_object());
}

#[tokio::test]
async fn at_most_ten_errors_are_told() {
    let (_, body) = ask("{ many }").await;
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(10));
}

#[tokio::test]
async fn a_mutation_needs_post() {
    for query in ["mutation { unheard_of }", "subscription { unheard_of }", "mutation { change }"] {
        let mut asked = question(query, json!({}));
        asked.method = Method::Get;
        assert_eq!(engine().answer(&View::system(), asked).await.outcome, Outcome::NeedsPost, "{query}");
    }
    let mut asked = question("mutation { change }", json!({}));
    asked.method = Method::Post;
    let answer = engine().answer(&View::system(), asked).await;
    assert_eq!(answer.json()["data"], json!({ "change": 1 }));
}

#[tokio::test]
async fn a_hidden_field_and_an_unknown_one_are_told_apart_by_nothing() {
    let engine = engine();
    let ask = async |field: &str| {
        let query = format!("{{ person(by: {{id: 1}}) {{ {field} }} }}");
        let answer = engine.answer(&agency(), question(&query, json!({}))).await;
        answer.json()["errors"].to_string().replace(field, "x")
    };
    assert_eq!(ask("scores").await, ask("salary").await);
    assert!(!engine.sdl(&agency()).contains("scores"));
    assert!(engine.sdl(&View::system()).contains("scores"));
    assert!(engine.whole_sdl().contains("scores"));
}

#[tokio::test]
async fn a_question_about_the_schema_is_answered_once_for_those_who_see_the_same() {
    let engine = engine();
    let ask = async |view: &View, query: &str| {
        engine.answer(view, question(query, json!({}))).await.json()["data"].to_string()
    };
    let about = "query Tool { __type(name: \"Person\") { fields { name } } }";
    let (everything, less) = (View::system(), agency());
    let first = ask(&everything, about).await;
    assert!(first.contains("scores"));
    let document = parse_query(about).expect("it parses");
    let asked = introspection::asked(about, &document, None, &Variables::default()).expect("it asks so");
    let is_kept = |view: &View| engine.known(view).introspected.get(&asked).is_some();
    assert_eq!((is_kept(&everything), is_kept(&less)), (true, false), "another view's answer is another");
    assert_eq!(ask(&everything, about).await, first);
    let other = parse_query("{ hello __typename }").expect("it parses");
    assert!(introspection::asked("", &other, None, &Variables::default()).is_none(), "it asks for more");
}
