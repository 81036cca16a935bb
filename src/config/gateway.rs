//! The gateway's own settings: where it listens, what it logs, keeps and allows, and how it counts.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;

use super::section::Section;
use crate::domain::id::SourceName;
use crate::upstream::Url;

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where operators connect: health and metrics.
    pub admin: SocketAddr,
    /// Under which address clients know the gateway.
    pub public_url: Option<Url>,
    /// Origins of other hosts whose pages may ask.
    pub allowed_origins: Vec<String>,
    /// The longest one request may take.
    pub request_timeout: Duration,
    /// How long requests under way are waited for when the gateway stops.
    pub drain: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin: SocketAddr::from(([127, 0, 0, 1], 9090)),
            public_url: None,
            allowed_origins: Vec::new(),
            request_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(25),
        }
    }
}

pub(super) fn server(root: &Section<'_>) -> Server {
    let default = Server::default();
    let Some(section) = root.section("server") else { return default };
    let address = "address such as \"127.0.0.1:8080\"";
    Server {
        listen: section.parsed("listen", address).unwrap_or(default.listen),
        admin: section.parsed("admin", address).unwrap_or(default.admin),
        public_url: section.parsed("public_url", "URL"),
        allowed_origins: texts(&section, "allowed_origins"),
        request_timeout: section.duration("request_timeout", default.request_timeout, seconds(1, 120)),
        drain: section.duration("drain", default.drain, seconds(0, 300)),
    }
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Text for people, JSON for machines.
    pub format: LogFormat,
    /// What is logged, e.g. `info,leadline::upstream=debug`.
    pub filter: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl LogFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

pub(super) fn log(root: &Section<'_>) -> Log {
    let default = Log::default();
    let Some(section) = root.section("log") else { return default };
    Log {
        format: section
            .choice("format", &[LogFormat::Text, LogFormat::Json], LogFormat::name)
            .unwrap_or(default.format),
        filter: section.text("filter").map_or(default.filter, |said| said.text.to_owned()),
    }
}

/// `[identity]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Further local parts that belong to a role; lower-case.
    pub blocked: BTreeSet<Arc<str>>,
    /// Addresses that stand for "none"; lower-case.
    pub placeholders: BTreeSet<Arc<str>>,
    /// Domains that ignore what follows a `+`.
    pub ignore_tags: BTreeSet<Arc<str>>,
    /// Domains that ignore dots in the local part.
    pub ignore_dots: BTreeSet<Arc<str>>,
    /// Users that are machines: source and the vendor's id.
    pub integration_users: BTreeSet<(SourceName, Arc<str>)>,
}

pub(super) fn identity(root: &Section<'_>, sources: &[&str]) -> Identity {
    let Some(section) = root.section("identity") else { return Identity::default() };
    let lower = |key| {
        section
            .texts(key)
            .unwrap_or_default()
            .iter()
            .map(|said| Arc::from(said.text.to_lowercase()))
            .collect()
    };
    let mut integration_users = BTreeSet::new();
    for said in section.texts("integration_users").unwrap_or_default() {
        let user =
            said.text.split_once(':').filter(|(source, id)| sources.contains(source) && !id.is_empty());
        if let Some((source, id)) = user {
            integration_users.insert((SourceName::new(source), Arc::from(id)));
        } else {
            let message = format!("`{}` is no source:id of a configured source", said.text);
            section.wrong_there("integration_users", said.place, message);
        }
    }
    Identity {
        blocked: lower("blocked"),
        placeholders: lower("placeholders"),
        ignore_tags: lower("ignore_tags"),
        ignore_dots: lower("ignore_dots"),
        integration_users,
    }
}

/// One campaign that several sources have: `[campaigns] "Spring webinar" = ["sales:701…", "marketing:123"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignGroup {
    /// What people call it.
    pub name: Arc<str>,
    /// Source and the vendor's id of each.
    pub records: Vec<(SourceName, Arc<str>)>,
}

pub(super) fn campaigns(root: &Section<'_>, sources: &[&str]) -> Vec<CampaignGroup> {
    let Some(section) = root.section("campaigns") else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for (name, _) in section.entries() {
        let mut records = Vec::new();
        for said in section.texts(name.text).unwrap_or_default() {
            let Some((source, id)) = said.text.split_once(':').filter(|(source, _)| sources.contains(source))
            else {
                let message = format!("`{}` is no source:id of a configured source", said.text);
                section.wrong_there(name.text, said.place, message);
                continue;
            };
            if !seen.insert(said.text) {
                section.wrong_there(name.text, said.place.clone(), format!("`{}` is named twice", said.text));
            }
            records.push((SourceName::new(source), Arc::from(id)));
        }
        groups.push(CampaignGroup { name: Arc::from(name.text), records });
    }
    groups
}

/// `[calendar]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The zone days and months are counted in.
    pub zone: Tz,
    /// The month the fiscal year starts with, 1 to 12.
    pub fiscal_start: u32,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { zone: Tz::UTC, fiscal_start: 1 }
    }
}

pub(super) fn calendar(root: &Section<'_>) -> Calendar {
    let default = Calendar::default();
    let Some(section) = root.section("calendar") else { return default };
    Calendar {
        zone: section.parsed("zone", "IANA time zone").unwrap_or(default.zone),
        fiscal_start: section.number("fiscal_start", 1, 1..=12) as u32,
    }
}

/// `[money]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// The currency sums are given in, ISO 4217.
    pub home: Arc<str>,
    /// The file of exchange rates, where there is one.
    pub rates_file: Option<PathBuf>,
}

impl Default for Money {
    fn default() -> Self {
        Self { home: Arc::from("USD"), rates_file: None }
    }
}

pub(super) fn money(root: &Section<'_>) -> Money {
    let default = Money::default();
    let Some(section) = root.section("money") else { return default };
    let home = match section.text("home") {
        None => default.home,
        Some(said) => {
            if said.text.len() != 3 || !said.text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                section.wrong_at("home", format!("`{}` is no currency code such as \"EUR\"", said.text));
            }
            Arc::from(said.text)
        }
    };
    Money { home, rates_file: section.text("rates_file").map(|said| PathBuf::from(said.text)) }
}

/// `[limits]`: what one request may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: u64,
    /// Bytes of a document.
    pub document: u64,
    /// Tokens of a document.
    pub tokens: u64,
    /// Directives of a document.
    pub directives: u64,
    /// Selected fields, counting a fragment at every spread.
    pub selections: u64,
    /// Fields within fields.
    pub depth: u64,
    /// Fields under another name, counting a fragment at every spread.
    pub aliases: u64,
    /// Objects the answer may hold.
    pub cost: u64,
    /// Requests under way at once.
    pub requests: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 256 * 1024,
            document: 32 * 1024,
            tokens: 2_000,
            directives: 20,
            selections: 1_000,
            depth: 15,
            aliases: 50,
            cost: 20_000,
            requests: 512,
        }
    }
}

pub(super) fn limits(root: &Section<'_>) -> Limits {
    let default = Limits::default();
    let Some(section) = root.section("limits") else { return default };
    Limits {
        body: section.size("body", default.body, 1024..=16 << 20),
        document: section.size("document", default.document, 256..=1 << 20),
        tokens: section.number("tokens", default.tokens, 10..=100_000),
        directives: section.number("directives", default.directives, 0..=1_000),
        selections: section.number("selections", default.selections, 10..=100_000),
        depth: section.number("depth", default.depth, 3..=100),
        aliases: section.number("aliases", default.aliases, 0..=10_000),
        cost: section.number("cost", default.cost, 100..=10_000_000),
        requests: section.number("requests", default.requests, 1..=100_000),
    }
}

/// `[cache]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Bytes all sources' answers may occupy.
    pub size: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self { size: 64 << 20 }
    }
}

pub(super) fn cache(root: &Section<'_>) -> Cache {
    let default = Cache::default();
    let Some(section) = root.section("cache") else { return default };
    Cache { size: section.size("size", default.size, 1 << 20..=1 << 40) }
}

fn texts(section: &Section<'_>, key: &str) -> Vec<String> {
    section.texts(key).unwrap_or_default().iter().map(|said| said.text.to_owned()).collect()
}

pub(super) fn seconds(from: u64, to: u64) -> std::ops::RangeInclusive<Duration> {
    Duration::from_secs(from)..=Duration::from_secs(to)
}
