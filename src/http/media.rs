//! Which of the two media types an answer is written in (GraphQL over HTTP).

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};

/// A media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status says whether the question ran.
    GraphqlResponse,
    /// `application/json`: 200 for every well-formed question.
    Json,
}

impl Media {
    /// What the client accepts best, and `application/json` where it has no preference. None when it accepts
    /// neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Some(Self::Json);
        }
        let mut best: Option<(Range, Self)> = None;
        for value in values {
            for part in value.to_str().unwrap_or_default().split(',') {
                let Some((range, media)) = read(part) else { continue };
                if best.as_ref().is_none_or(|(chosen, _)| range.is_better_than(chosen)) {
                    best = Some((range, media));
                }
            }
        }
        best.filter(|(range, _)| range.weight > 0).map(|(_, media)| media)
    }

    /// As [`Media::accepted`], for a refusal that must be told in any case.
    pub(super) fn for_refusal(headers: &HeaderMap) -> Self {
        Self::accepted(headers).unwrap_or(Self::Json)
    }

    /// The header `Content-Type` of the answer.
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// How well a part of `Accept` fits: its weight in thousandths, then how exactly it names us.
#[derive(Debug)]
struct Range {
    weight: u16,
    exactness: u8,
}

impl Range {
    /// The first of equals stays.
    fn is_better_than(&self, other: &Self) -> bool {
        (self.weight, self.exactness) > (other.weight, other.exactness)
    }
}

fn read(part: &str) -> Option<(Range, Media)> {
    let mut pieces = part.split(';').map(str::trim);
    let name = pieces.next()?.to_ascii_lowercase();
    let (exactness, media) = match name.as_str() {
        "application/graphql-response+json" => (2, Media::GraphqlResponse),
        "application/json" => (2, Media::Json),
        "application/*" => (1, Media::Json),
        "*/*" => (0, Media::Json),
        _ => return None,
    };
    let mut weight = 1000;
    for piece in pieces {
        let Some((key, value)) = piece.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        if key.trim().eq_ignore_ascii_case("q") {
            let share: f32 = value.parse().ok().filter(|share| (0.0..=1.0).contains(share))?;
            weight = (share * 1000.0).round() as u16;
        } else if key.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return None;
        }
    }
    Some((Range { weight, exactness }, media))
}

/// Whether a question's `Content-Type` is JSON in UTF-8.
pub(super) fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(text) = content_type.and_then(|value| value.to_str().ok()) else { return false };
    let mut pieces = text.split(';').map(str::trim);
    let name = pieces.next().unwrap_or_default();
    name.eq_ignore_ascii_case("application/json")
        && pieces.filter_map(|piece| piece.split_once('=')).all(|(key, value)| {
            !key.trim().eq_ignore_ascii_case("charset") || is_utf8(value.trim().trim_matches('"'))
        })
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &'static str) -> Option<Media> {
        Media::accepted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
    }

    #[test]
    fn without_a_preference_json_is_spoken() {
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(accepted("*/*"), Some(Media::Json));
        assert_eq!(accepted("application/*"), Some(Media::Json));
        assert_eq!(accepted("text/html, */*;q=0.1"), Some(Media::Json));
    }

    #[test]
    fn the_better_of_the_two_is_spoken() {
        let both = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(accepted(both), Some(Media::GraphqlResponse));
        let turned = "application/graphql-response+json;q=0.5, application/json";
        assert_eq!(accepted(turned), Some(Media::Json));
        assert_eq!(
            accepted("application/graphql-response+json; charset=utf-8, */*"),
            Some(Media::GraphqlResponse)
        );
        assert_eq!(accepted("application/json, application/graphql-response+json"), Some(Media::Json));
    }

    #[test]
    fn who_accepts_neither_is_told_so() {
        for accept in ["text/html", "application/json;q=0", "application/json; charset=utf-16", "", "*/*;q=2"]
        {
            assert_eq!(accepted(accept), None, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        let is = |text| is_json(Some(&HeaderValue::from_static(text)));
        assert!(is("application/json") && is("Application/JSON; charset=\"UTF-8\""));
        assert!(!is("text/plain") && !is("application/json; charset=latin1") && !is("application/jsonp"));
        assert!(!is_json(None));
    }
}
