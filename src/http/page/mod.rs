//! The page at `/`, in two views over one caller: `query.js` asks a question and reads its answer and the view's schema;
//! `pipeline.js` draws the shared numbers, each of which opens a panel with its formula and the records behind it. Plain
//! files inside the binary; nothing comes from another host, and it asks only what any client could ask.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Address, type and text of every file.
const FILES: [(&str, &str, &str); 20] = [
    ("/", HTML, include_str!("index.html")),
    ("/page.css", CSS, include_str!("page.css")),
    ("/pipeline.css", CSS, include_str!("pipeline.css")),
    ("/panel.css", CSS, include_str!("panel.css")),
    ("/page.js", SCRIPT, include_str!("page.js")),
    ("/session.js", SCRIPT, include_str!("session.js")),
    ("/query.js", SCRIPT, include_str!("query.js")),
    ("/answer.js", SCRIPT, include_str!("answer.js")),
    ("/schema.js", SCRIPT, include_str!("schema.js")),
    ("/pipeline.js", SCRIPT, include_str!("pipeline.js")),
    ("/period.js", SCRIPT, include_str!("period.js")),
    ("/questions.js", SCRIPT, include_str!("questions.js")),
    ("/funnel.js", SCRIPT, include_str!("funnel.js")),
    ("/money.js", SCRIPT, include_str!("money.js")),
    ("/figures.js", SCRIPT, include_str!("figures.js")),
    ("/sources.js", SCRIPT, include_str!("sources.js")),
    ("/panel.js", SCRIPT, include_str!("panel.js")),
    ("/records.js", SCRIPT, include_str!("records.js")),
    ("/dom.js", SCRIPT, include_str!("dom.js")),
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
    fn every_file_that_is_named_is_served() {
        let named = |text: &'static str| {
            let is_path = |part: &&str| part.starts_with('/') && part.contains('.') && !part.contains(' ');
            let paths = text.split('"').filter(is_path);
            paths.filter(|path| !matches!(*path, "/examples.json" | "/schema.graphql"))
        };
        for path in FILES.iter().flat_map(|(_, _, text)| named(text)) {
            assert!(FILES.iter().any(|(own, ..)| *own == path), "{path} is named and not served");
        }
        let served = FILES.iter().filter(|(path, ..)| *path != "/");
        for (path, ..) in served {
            let is_named = FILES.iter().any(|(_, _, text)| named(text).any(|one| one == *path));
            assert!(is_named, "{path} is served and not named");
        }
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for (path, _, text) in FILES.into_iter().filter(|(path, ..)| *path != "/icon.svg") {
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("\"//"), "{path}");
        }
    }
}
