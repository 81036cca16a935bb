//! The page at `/`: ask a question, read its answer and the view's schema. Plain files inside the binary; nothing
//! comes from another host, and it asks only what any client could ask.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

/// Address, type and text of every file.
const FILES: [(&str, &str, &str); 6] = [
    ("/", "text/html; charset=utf-8", include_str!("index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
    ("/answer.js", "text/javascript; charset=utf-8", include_str!("answer.js")),
    ("/schema.js", "text/javascript; charset=utf-8", include_str!("schema.js")),
    ("/icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// The example questions, in the order they are offered.
const EXAMPLES: [&str; 13] = [
    include_str!("../../../schema/queries/person.graphql"),
    include_str!("../../../schema/queries/people_by_email.graphql"),
    include_str!("../../../schema/queries/people.graphql"),
    include_str!("../../../schema/queries/person_touches.graphql"),
    include_str!("../../../schema/queries/person_conflicts.graphql"),
    include_str!("../../../schema/queries/account.graphql"),
    include_str!("../../../schema/queries/open_opportunities.graphql"),
    include_str!("../../../schema/queries/opportunities.graphql"),
    include_str!("../../../schema/queries/campaigns.graphql"),
    include_str!("../../../schema/queries/campaign_members.graphql"),
    include_str!("../../../schema/queries/record.graphql"),
    include_str!("../../../schema/queries/sources.graphql"),
    include_str!("../../../schema/queries/viewer.graphql"),
];

/// Scripts, styles and requests of this origin alone; the page cannot be framed.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An example question as the page offers it.
#[derive(Debug, Serialize)]
struct Example {
    title: &'static str,
    query: &'static str,
    variables: Value,
}

/// The page and its files.
pub(super) fn router() -> Router {
    let mut router = Router::new().route("/examples.json", get(async || Json(EXAMPLES.map(example))));
    for (path, content_type, text) in FILES {
        router = router.route(path, get(async move || file(content_type, text)));
    }
    router
}

fn file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &'static str); 3] =
        [(CONTENT_TYPE, content_type), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, text)
}

/// An example begins with its title and the values of its variables, each in a comment; the page shows what follows.
fn example(text: &'static str) -> Example {
    let (head, query) = text.split_once("\n\n").unwrap_or(("", text));
    let mut comments = head.lines().filter_map(|line| line.strip_prefix("# "));
    let title = comments.next().unwrap_or_default();
    let variables = comments.find_map(|line| line.strip_prefix("variables: "));
    let variables = variables.and_then(|text| serde_json::from_str(text).ok());
    Example { title, query, variables: variables.unwrap_or_else(|| Value::Object(serde_json::Map::new())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_a_title_and_values_for_its_variables() {
        for query in EXAMPLES {
            let example = example(query);
            assert!(!example.title.is_empty());
            for used in query.lines().filter(|line| line.starts_with("query ")) {
                for name in used.split('$').skip(1).filter_map(|rest| rest.split(':').next()) {
                    assert!(example.variables.get(name).is_some(), "{}: ${name}", example.title);
                }
            }
        }
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for (path, _, text) in FILES.into_iter().filter(|(path, ..)| *path != "/icon.svg") {
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("\"//"), "{path}");
        }
    }
}
