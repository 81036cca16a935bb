use async_graphql::parser::parse_schema;

use super::*;

const SCHEMA: &str = r"
schema { query: Query }
type Query { person(id: ID!): Person people(first: Int, filter: PersonFilter, order: Order): [Person!]! }
type Person { id: ID! name: String friends(first: Int = 20): [Person!]! }
input PersonFilter { and: [PersonFilter!] name: String order: Order }
enum Order { NAME AGE }
";

fn vocabulary() -> Vocabulary {
    Vocabulary::of(&parse_schema(SCHEMA).expect("the test's schema parses"))
}

fn ask(text: &str) -> Result<Admitted, Vec<Refusal>> {
    ask_with(text, "{}")
}

fn ask_with(text: &str, variables: &str) -> Result<Admitted, Vec<Refusal>> {
    let variables =
        Variables::from_json(serde_json::from_str(variables).expect("the test's variables parse"));
    admit(text, None, &variables, &vocabulary(), &Limits::default())
}

fn refusal(text: &str) -> (Code, String) {
    let refusal = ask(text).expect_err("the document is refused").remove(0);
    (refusal.code, refusal.message)
}

#[test]
fn an_ordinary_document_is_admitted_with_its_cost() {
    let admitted = ask("{ people(first: 10) { name friends(first: 5) { name } } }").expect("it is fine");
    assert_eq!(admitted.size.selections, 4);
    assert_eq!(admitted.size.cost, 1 + 10 * (1 + (1 + 5)));
}

#[test]
fn a_fragment_bomb_is_refused_at_once() {
    let mut text = String::from("{ person(id: 1) { ...f0 } } ");
    for level in 0..40 {
        let next = level + 1;
        text += &[
            "fragment f",
            &level.to_string(),
            " on Person { ...f",
            &next.to_string(),
            " ...f",
            &next.to_string(),
            " } ",
        ]
        .concat();
    }
    text += "fragment f40 on Person { name }";
    assert_eq!(refusal(&text).0, Code::TooComplex);
}

#[test]
fn a_fragment_containing_itself_is_refused() {
    let (code, message) = refusal("{ person(id: 1) { ...a } } fragment a on Person { friends { ...a } }");
    assert_eq!((code, message.as_str()), (Code::ValidationFailed, "Fragment \"a\" contains itself."));
}

#[test]
fn a_page_size_that_would_overflow_counts_as_too_much() {
    let text = "{ people(first: 2147483647) { friends(first: 2147483647) { friends(first: 2147483647) { name } } } }";
    assert_eq!(refusal(text).0, Code::TooComplex);
}

#[test]
fn page_sizes_in_variables_count_too() {
    let text = "query($n: Int) { people(first: $n) { friends(first: $n) { name } } }";
    assert!(ask_with(text, r#"{"n": 10}"#).is_ok());
    assert!(ask_with(text, r#"{"n": 1000}"#).is_err());
}

#[test]
fn deep_brackets_many_tokens_many_directives_and_long_texts_are_refused_before_parsing() {
    let deep = "{ a".repeat(31) + &"}".repeat(31);
    assert_eq!(refusal(&deep).0, Code::TooComplex);
    assert_eq!(refusal(&format!("{{ {} }}", "a ".repeat(2_100))).0, Code::TooComplex);
    assert_eq!(
        refusal(&format!("{{ person(id: 1) {{ name {} }} }}", "@skip(if: false) ".repeat(21))).0,
        Code::TooComplex
    );
    assert_eq!(refusal(&format!("{{ a }} # {}", "x".repeat(40_000))).0, Code::TooComplex);
}

#[test]
fn a_list_of_an_unknown_type_with_a_default_is_a_refusal_and_no_panic() {
    let (code, message) = refusal("query($a:[Nope]=1){__typename}");
    assert_eq!((code, message.as_str()), (Code::ValidationFailed, "Unknown type \"Nope\""));
}

#[test]
fn every_unknown_name_is_refused_wherever_it_stands() {
    assert_eq!(refusal("{ person(id: 1) { salary } }").1, "Unknown field \"salary\" on type \"Person\".");
    assert_eq!(
        refusal("{ person(id: 1, age: 3) { name } }").1,
        "Unknown argument \"age\" on field \"person\" of type \"Query\"."
    );
    assert_eq!(
        refusal("{ people(filter: {and: [{salary: 1}]}) { name } }").1,
        "Unknown field \"salary\" on input type \"PersonFilter\"."
    );
    assert_eq!(refusal("{ people(order: SALARY) { name } }").1, "Enum \"Order\" has no value \"SALARY\".");
    assert_eq!(
        refusal("{ person(id: 1) { ...f } } fragment f on Person { ... { salary } }").1,
        "Unknown field \"salary\" on type \"Person\"."
    );
}

#[test]
fn unknown_names_in_variables_are_refused_too() {
    let text = "query($f: PersonFilter, $o: Order) { people(filter: $f, order: $o) { name } }";
    let refused = ask_with(text, r#"{"f": {"and": [{"salary": 1}]}}"#).expect_err("it is refused");
    assert_eq!(refused[0].message, "Unknown field \"salary\" on input type \"PersonFilter\".");
    let refused = ask_with(text, r#"{"f": {"order": "SALARY"}}"#).expect_err("it is refused");
    assert_eq!(refused[0].message, "Enum \"Order\" has no value \"SALARY\".");
}

#[test]
fn introspection_has_a_budget_of_its_own() {
    let standard = "{ __schema { types { name fields { name args { name type { name ofType { name ofType { name \
                    ofType { name ofType { name ofType { name ofType { name } } } } } } } } } } } }";
    assert!(ask(standard).is_ok());
    let explosive = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(refusal(explosive).0, Code::TooComplex);
}

#[test]
fn a_long_name_does_not_come_back_in_full() {
    let name = "x".repeat(20_000);
    assert!(refusal(&format!("{{ {name} }}")).1.len() < 200);
}

#[test]
fn at_most_ten_refusals_are_told() {
    let fields = (0..100).map(|number| format!("x{number}")).collect::<Vec<_>>().join(" ");
    assert_eq!(ask(&format!("{{ {fields} }}")).expect_err("it is refused").len(), 10);
}

#[test]
fn several_operations_need_a_name() {
    assert_eq!(refusal("query a { __typename } query b { __typename }").0, Code::ValidationFailed);
}
