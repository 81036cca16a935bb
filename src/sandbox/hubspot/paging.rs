//! The `paging` member of every list: where the next page begins, and a link to it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde_json::{Value, json};

/// The address a call came to, for the link to the next page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here {
    url: String,
    query: String,
}

impl Here {
    /// `{"next": {"after", "link"}}`
    pub(crate) fn next(&self, after: &str) -> Value {
        let kept: Vec<&str> =
            self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after=")).collect();
        let joint = if kept.is_empty() { "" } else { "&" };
        json!({ "next": {
            "after": after,
            "link": format!("{}?{}{joint}after={after}", self.url, kept.join("&")),
        }})
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Ok(Self {
            url: format!("http://{host}{}", parts.uri.path()),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }
}

/// One page of a list that is held in memory, by offset: the items, and the next offset if there is more.
pub(crate) fn slice<T>(items: Vec<T>, offset: usize, limit: usize) -> (Vec<T>, Option<usize>) {
    let more = items.len() > offset.saturating_add(limit);
    let page = items.into_iter().skip(offset).take(limit).collect();
    (page, more.then(|| offset + limit))
}
