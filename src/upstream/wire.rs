//! One HTTP exchange over the one shared client: no redirects, no proxy, no hidden retries, a cap on every body.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use super::call::{Body, Call, Expect, Reply};
use super::error::{ErrorKind, Fault, UpstreamError};

/// The shared HTTP client. Cheap to clone; one for the whole process, so that connections are shared.
#[derive(Debug, Clone)]
pub struct Wire {
    client: Client,
}

/// What one exchange may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) deadline: Instant,
    pub(super) max_body: usize,
    pub(super) expect: Expect,
}

impl Wire {
    /// A client that gives up connecting after `connect_timeout`. Fails when the TLS set-up of the machine is unusable.
    pub fn new(connect_timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("leadline/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(connect_timeout)
            .tcp_keepalive(Duration::from_secs(60))
            // One dead HTTP/2 connection would otherwise take every call to that host with it.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(50))
            .build()?;
        Ok(Self { client })
    }

    /// Reads a document from a fixed, configured address, such as a key set. Unpaced and without credentials.
    pub async fn get(
        &self,
        label: &'static str,
        url: Url,
        max_body: usize,
        deadline: Instant,
    ) -> Result<Reply, UpstreamError> {
        let bounds = Bounds { deadline, max_body, expect: Expect::Json };
        let host: Arc<str> = Arc::from(url.host_str().unwrap_or_default());
        let request = Request::new(Method::GET, url);
        let reply = self.exchange(request, bounds, |_| ()).await.and_then(|reply| {
            let failed = ErrorKind::Failed { status: reply.status.as_u16() };
            if reply.status.is_success() { Ok(reply) } else { Err(failed.into()) }
        });
        reply.map_err(|fault| fault.at(&host, label))
    }

    /// Writes a call down as a request below `base`.
    pub(super) fn describe(
        &self,
        call: &Call,
        base: &Url,
        authorization: &HeaderValue,
    ) -> Result<Request, Fault> {
        let request = self.client.request(call.method.clone(), below(base, &call.path)?).query(&call.query);
        let request = match &call.body {
            Body::None => request,
            Body::Json(value) => request.json(value),
            Body::Form(fields) => request.form(fields),
        };
        let mut request = request.build().map_err(unsendable)?;
        let headers = request.headers_mut();
        headers.extend(call.headers.clone());
        headers.insert(AUTHORIZATION, authorization.clone());
        if call.expect == Expect::Json {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }

    /// Writes down the posting of a form, without credentials but those in it.
    pub(super) fn describe_form(&self, url: Url, fields: &[(&str, &str)]) -> Result<Request, Fault> {
        let request = self.client.post(url).header(ACCEPT, "application/json").form(fields);
        request.build().map_err(unsendable)
    }

    /// One exchange, whole body included. `answered` is told the headers as soon as the vendor has spoken: from
    /// then on it has certainly counted the call.
    pub(super) async fn exchange(
        &self,
        request: Request,
        bounds: Bounds,
        answered: impl FnOnce(&HeaderMap),
    ) -> Result<Reply, Fault> {
        let whole = async {
            let response = self.client.execute(request).await.map_err(no_answer)?;
            answered(response.headers());
            read(response, bounds).await
        };
        timeout_at(bounds.deadline, whole).await.unwrap_or_else(|_| Err(ErrorKind::Timeout.into()))
    }
}

async fn read(mut response: Response, bounds: Bounds) -> Result<Reply, Fault> {
    let status = response.status();
    if is_redirect(status) {
        return Err(ErrorKind::Redirected { status: status.as_u16() }.into());
    }
    // The length the vendor announces is only known for bodies that are not compressed.
    if response.content_length().is_some_and(|length| length > bounds.max_body as u64) {
        return Err(ErrorKind::TooLarge.into());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(cut)? {
        if body.len() + chunk.len() > bounds.max_body {
            return Err(ErrorKind::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    let headers = std::mem::take(response.headers_mut());
    let reply = Reply { status, headers, body: Bytes::from(body) };
    let usable = bounds.expect == Expect::Anything || reply.body.is_empty() || is_json(&reply.headers);
    if status.is_success() && !usable {
        return Err(ErrorKind::NotJson.into());
    }
    Ok(reply)
}

/// The address of `path` below `base`. Refuses whatever could lead anywhere else once it is read as an address.
fn below(base: &Url, path: &str) -> Result<Url, Fault> {
    let leaves = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    let strange = |c: char| c.is_control() || matches!(c, '\\' | '?' | '#');
    if !path.starts_with('/') || path.contains(strange) || path.split('/').any(leaves) {
        return Err(ErrorKind::BadCall.into());
    }
    let mut url = base.clone();
    // Nothing else of the base travels, least of all a name and password in it.
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    Ok(url)
}

/// A request that cannot be written down. The cause might quote it, so it is left out.
fn unsendable(_: reqwest::Error) -> Fault {
    ErrorKind::BadCall.into()
}

fn no_answer(error: reqwest::Error) -> Fault {
    // A connection that is not there in time was never a slow answer.
    let kind =
        if error.is_timeout() && !error.is_connect() { ErrorKind::Timeout } else { ErrorKind::Unreachable };
    Fault::because(kind, error.without_url())
}

fn cut(error: reqwest::Error) -> Fault {
    Fault::because(ErrorKind::Damaged, error.without_url())
}

/// Statuses that point elsewhere. 300 and 304 do not: vendors answer them with meaning.
fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Longer pauses than a day are a vendor's mistake, and would overflow arithmetic.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// `Retry-After` in both forms. A date is read against the vendor's own `Date`, so that no clock has to agree.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let theirs = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let wait = then.duration_since(theirs.unwrap_or_else(SystemTime::now)).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (name.parse().expect("a header name"), value.parse().expect("a header value"))
            })
            .collect()
    }

    #[test]
    fn a_path_stays_below_the_base() {
        let base: Url = "https://vendor.example/api/".parse().expect("an address");
        let address = |path: &str| below(&base, path).map(|url| url.to_string()).map_err(|fault| fault.kind);
        assert_eq!(address("/a%2Fb/~c"), Ok("https://vendor.example/api/a%2Fb/~c".to_owned()));
        assert_eq!(address("//evil.example/x"), Ok("https://vendor.example/api//evil.example/x".to_owned()));
        for path in ["a", "", "/a/../b", "/%2e%2E/b", "/.", "/a?b", "/a#b", "/a\\b", "/a\r\nb"] {
            assert_eq!(address(path), Err(ErrorKind::BadCall), "{path}");
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let seconds =
            |pairs: &[(&'static str, &'static str)]| retry_after(&headers(pairs)).map(|w| w.as_secs());
        assert_eq!(seconds(&[("retry-after", " 7 ")]), Some(7));
        let date = ("date", "Sun, 01 Nov 2026 10:00:00 GMT");
        assert_eq!(seconds(&[date, ("retry-after", "Sun, 01 Nov 2026 10:01:30 GMT")]), Some(90));
        assert_eq!(seconds(&[date, ("retry-after", "Sun, 01 Nov 2026 09:00:00 GMT")]), Some(0));
        assert_eq!(seconds(&[("retry-after", "99999999999999999999999")]), Some(86_400));
        assert_eq!(seconds(&[("retry-after", "soon")]), None);
        assert_eq!(seconds(&[("retry-after", "")]), None);
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn json_is_told_by_its_media_type() {
        for text in ["application/json", "Application/JSON; charset=UTF-8", "application/problem+json"] {
            assert!(is_json(&headers(&[("content-type", text)])), "{text}");
        }
        for text in ["text/html", "text/json+html", "application/jsonp", ""] {
            assert!(!is_json(&headers(&[("content-type", text)])), "{text}");
        }
    }
}
