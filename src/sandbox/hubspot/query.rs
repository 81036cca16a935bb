//! The query string, with both of the vendor's ways to write a list: repeats and commas.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawQuery};
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// The pairs of a query string, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string or a form body.
    pub(crate) fn parse(text: &str) -> Self {
        let decode =
            |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(key), decode(value))
                })
                .collect(),
        )
    }

    /// The last value of a key; an empty one counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| &**value)
    }

    /// All values of a key, whether repeated or separated by commas.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(name, _)| name == key)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether a key says `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number, or a refusal naming the parameter.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Result<Option<T>, Refusal> {
        self.get(key)
            .map(|value| {
                value.parse().map_err(|_| {
                    Refusal::validation(format!(
                        "Cannot deserialize value of type `int` from String \"{value}\" ({key})"
                    ))
                })
            })
            .transpose()
    }

    /// A page size: the default where none is given, refused above the endpoint's maximum.
    pub(crate) fn limit(&self, default: usize, maximum: usize) -> Result<usize, Refusal> {
        match self.number::<usize>("limit")? {
            None => Ok(default),
            Some(limit) if (1..=maximum).contains(&limit) => Ok(limit),
            Some(limit) => {
                Err(Refusal::validation(format!("Invalid limit {limit}: it must be between 1 and {maximum}")))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let RawQuery(text) = RawQuery::from_request_parts(parts, state).await?;
        Ok(Self::parse(text.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_may_repeat_or_use_commas() {
        let query = Query::parse("properties=a,b&properties=c&limit=5&archived=TRUE&name=a%20b+c");
        assert_eq!(query.list("properties"), ["a", "b", "c"]);
        assert!(query.flag("archived"));
        assert_eq!(query.get("name"), Some("a b c"));
    }

    #[test]
    fn a_page_too_large_is_refused() {
        assert!(Query::parse("limit=101").limit(10, 100).is_err());
        assert!(Query::parse("limit=x").limit(10, 100).is_err());
        assert!(matches!(Query::parse("").limit(10, 100), Ok(10)));
    }
}
