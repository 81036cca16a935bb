//! The example questions of `schema/queries`: the demo answers each of them with the values written above it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::answer::Answer;
use super::running::{Running, company, root};

/// The demo's usual size: the values above the questions name people of it.
const DEMO: usize = 2_000;
/// As many people as numbers need to say something.
const FEW: usize = 200;
/// Questions that are answered from what was captured.
const COUNTED: [&str; 9] = [
    "attribution",
    "changes",
    "engaged_accounts",
    "export",
    "funnel",
    "identity_review",
    "lifecycle",
    "metric",
    "people_filtered",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_answers_every_example_question() {
    let running = Running::over(company(DEMO)).await;
    answers(&running, questions().into_iter().filter(|path| !is_counted(path))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_answers_every_example_question_about_numbers() {
    let running = Running::capturing(company(FEW)).await;
    running.wait_until_counted().await;
    answers(&running, questions().into_iter().filter(|path| is_counted(path))).await;
}

/// Whether a question is answered from what was captured.
fn is_counted(path: &Path) -> bool {
    COUNTED.iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name))
}

async fn answers(running: &Running, questions: impl Iterator<Item = PathBuf>) {
    let revops = running.viewer("revops");
    for path in questions {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let variables = variables(&text);
        let answer = revops.ask_with(&text, variables.clone()).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (200, &[] as &[Value]),
            "{name} {variables}: {:#}",
            answer.body
        );
        let data = answer.data().as_object().unwrap();
        let tells = data.values().all(|value| !value.is_null() && value["nodes"] != Value::Array(Vec::new()));
        assert!(tells, "{name} {variables} answers nothing: {:#}", answer.body);
        shape(name, &answer);
    }
}

/// What an example answers must not change unnoticed: which fields it has, and which of them hold something.
fn shape(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("query_{name}"), outline(answer.data(), 0).trim_end());
    });
}

/// Names and kinds of values, of lists only the first entry.
fn outline(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            let lines = members.iter().map(|(name, value)| match value {
                Value::Object(_) => format!("{indent}{name}\n{}", outline(value, depth + 1)),
                Value::Array(items) => {
                    let first = items.first().map_or(String::new(), |item| outline(item, depth + 1));
                    format!("{indent}{name} [list]\n{first}")
                }
                other => format!("{indent}{name}: {}\n", kind(other)),
            });
            lines.collect()
        }
        Value::Array(items) => items.first().map_or(String::new(), |item| outline(item, depth)),
        other => format!("{indent}{}\n", kind(other)),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) | Value::Object(_) => "more",
    }
}

fn questions() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("schema/queries")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    files.sort();
    assert!(files.len() > 10, "the questions are not where they were");
    files
}

/// The values of the variables: the comment above the question.
fn variables(text: &str) -> Value {
    let line = text.lines().find_map(|line| line.strip_prefix("# variables: "));
    line.map_or(Value::Object(serde_json::Map::new()), |line| serde_json::from_str(line).unwrap())
}
