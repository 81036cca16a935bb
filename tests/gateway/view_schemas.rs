//! What a view can name: introspection and the view's own SDL tell the same, and the committed files are current.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use leadline::config::{self, Settings};
use leadline::domain::clock::Clock;
use leadline::domain::view::{Claims, View};
use leadline::graphql::engine::{Bounds, Engine, Method, Question};
use leadline::graphql::schema::schema;
use leadline::unify::identity::rules::IdentityRules;
use leadline::unify::live::{Arrangements, Live};
use serde_json::{Map, Value};

const INTROSPECTION: &str = "
    { __schema { types {
        name
        fields(includeDeprecated: true) { name args { name } }
        inputFields { name }
        enumValues(includeDeprecated: true) { name }
        possibleTypes { name }
    } } }";

fn demo_settings() -> Settings {
    let text = include_str!("../../deploy/demo.toml");
    let filled = |name: &str| match name {
        "LISTEN" | "ADMIN" => None,
        other => Some(format!("https://{}.example.com/0123456789abcdef", other.to_lowercase())),
    };
    config::load(text, &filled).expect("the demo's settings can be read")
}

fn views() -> Vec<View> {
    let settings = demo_settings();
    let grant = |policy| View::grant(policy, settings.company().clone(), None, Claims::default());
    settings.views().iter().cloned().map(grant).collect()
}

fn engine() -> Engine {
    let live = Live::new(Vec::new(), IdentityRules::default(), Arrangements::default(), Clock::real());
    Engine::new(schema(), Arc::new(live), Bounds::default())
}

/// Every place of the schema as introspection tells it.
async fn introspected(engine: &Engine, view: &View) -> BTreeSet<String> {
    let question = Question {
        query: INTROSPECTION.to_owned(),
        operation_name: None,
        variables: Map::new(),
        method: Method::Post,
        request_id: Arc::from("test"),
    };
    let body = engine.answer(view, question).await.json();
    let mut places = BTreeSet::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    for ty in list(&body["data"]["__schema"]["types"]) {
        let own = name(&ty);
        if own.starts_with("__") || ["String", "Int", "Float", "Boolean", "ID"].contains(&own.as_str()) {
            continue;
        }
        for field in list(&ty["fields"]) {
            for argument in list(&field["args"]) {
                places.insert(format!("{own}.{}({})", name(&field), name(&argument)));
            }
            places.insert(format!("{own}.{}", name(&field)));
        }
        for member in list(&ty["inputFields"]).iter().chain(&list(&ty["enumValues"])) {
            places.insert(format!("{own}.{}", name(member)));
        }
        for member in list(&ty["possibleTypes"]) {
            places.insert(format!("{} is {own}", name(&member)));
        }
        places.insert(own);
    }
    places
}

/// Every place of the schema as its text tells it.
fn written(sdl: &str) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    let mut fields = |own: &str, field: &FieldDefinition| {
        for argument in &field.arguments {
            places.insert(format!("{own}.{}({})", field.name.node, argument.node.name.node));
        }
        places.insert(format!("{own}.{}", field.name.node));
    };
    let document = parse_schema(sdl).expect("a view's schema parses");
    let mut others = BTreeSet::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let own = ty.node.name.node.to_string();
        match &ty.node.kind {
            TypeKind::Object(object) => {
                object.fields.iter().for_each(|field| fields(&own, &field.node));
                others
                    .extend(object.implements.iter().map(|interface| format!("{own} is {}", interface.node)));
            }
            TypeKind::Interface(interface) => {
                interface.fields.iter().for_each(|field| fields(&own, &field.node));
            }
            TypeKind::Union(union) => {
                others.extend(union.members.iter().map(|member| format!("{} is {own}", member.node)));
            }
            TypeKind::Enum(values) => {
                others.extend(values.values.iter().map(|value| format!("{own}.{}", value.node.value.node)));
            }
            TypeKind::InputObject(input) => {
                others.extend(input.fields.iter().map(|field| format!("{own}.{}", field.node.name.node)));
            }
            TypeKind::Scalar => {}
        }
        others.insert(own);
    }
    places.extend(others);
    places
}

#[tokio::test]
async fn introspection_and_the_written_schema_name_the_same_for_every_view() {
    let engine = engine();
    let views = views();
    assert_eq!(views.len(), 7);
    for view in views {
        let (told, text) = (introspected(&engine, &view).await, written(&engine.sdl(&view)));
        let only_told: Vec<_> = told.difference(&text).collect();
        let only_written: Vec<_> = text.difference(&told).collect();
        assert!(
            only_told.is_empty() && only_written.is_empty(),
            "{}: only in introspection {only_told:?}, only in the text {only_written:?}",
            view.key()
        );
    }
}

#[test]
fn an_agency_cannot_name_what_it_may_not_see() {
    let agency = views().into_iter().find(|view| &**view.key() == "agency").expect("there is such a view");
    let places = written(&engine().sdl(&agency));
    for hidden in
        ["Person.scores", "Person.provenance", "Person.conflicts", "Opportunity.amount", "SalesActivity"]
    {
        assert!(!places.contains(hidden), "{hidden}");
    }
    assert!(places.contains("Person.displayName"));
}

/// Set `LEADLINE_WRITE_SCHEMA` to write the files instead of comparing them.
#[test]
fn the_committed_schemas_are_current() {
    let engine = engine();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut files = vec![(folder.join("schema.graphql"), engine.whole_sdl())];
    for view in views() {
        files.push((folder.join(format!("views/{}.graphql", view.key())), engine.sdl(&view).to_string()));
    }
    let write = std::env::var_os("LEADLINE_WRITE_SCHEMA").is_some();
    for (path, text) in files {
        if write {
            std::fs::write(&path, &text).expect("the file can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "{} is not current; LEADLINE_WRITE_SCHEMA=1 cargo test --test gateway the_committed writes it",
            path.display()
        );
    }
}
