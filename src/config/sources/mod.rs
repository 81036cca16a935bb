//! `[sources.X]`: one configured connection to a vendor each, and `[stages.X]`, `[channels.X]`: what its words mean.
//!
//! A connector reads its options with its own serde type and nobody else does. What the settings say once for
//! all vendors (stages, channels, own fields, machines among the users, the timeout) is put into those options
//! first, each value with the place where it was said.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use toml::Spanned;
use toml::de::DeValue;

use super::auth::is_loopback;
use super::fields::{CustomField, CustomFields, OWN_KEYS, type_name};
use super::gateway::{Identity, seconds};
use super::section::{Said, Section};
use crate::connectors::hubspot::HubspotOptions;
use crate::connectors::salesforce::SalesforceOptions;
use crate::domain::id::SourceName;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::record::{Side, SourceInfo, Vendor};
use crate::upstream::Url;

mod options;

use options::Tree;

/// One configured source.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// Name, label, vendor, side and place in the tie order.
    pub info: SourceInfo,
    /// Names it had before; ids made under them still resolve.
    pub previous_names: Vec<SourceName>,
    /// The longest one read of it may take, its retries included.
    pub timeout: Duration,
    /// How long what it answered stays fresh.
    pub cache: Duration,
    /// Whether anything may be written to it.
    pub writes: bool,
    /// What only its connector understands.
    pub options: Options,
}

/// The options of a source, as its vendor's connector reads them.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the vendor's own type")]
pub enum Options {
    Salesforce(Box<SalesforceOptions>),
    HubSpot(Box<HubspotOptions>),
}

const VENDORS: [Vendor; 2] = [Vendor::Salesforce, Vendor::HubSpot];

fn vendor_name(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Salesforce => "salesforce",
        Vendor::HubSpot => "hubspot",
        Vendor::Gateway => "gateway",
    }
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Sales => "sales",
        Side::Marketing => "marketing",
        Side::System => "system",
    }
}

/// The names of the sources, for sections that refer to them.
pub(super) fn names<'a>(root: &Section<'a>) -> Vec<&'a str> {
    match root.value("sources").map(Spanned::get_ref) {
        Some(DeValue::Table(all)) => all.keys().map(|key| &**key.get_ref()).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn read(root: &Section<'_>, fields: &CustomFields, identity: &Identity) -> Vec<SourceSettings> {
    let names = names(root);
    let stages = by_source(root, "stages", &names);
    let channels = by_source(root, "channels", &names);
    let Some(all) = root.section("sources") else {
        if !root.has("sources") {
            root.wrong_at("sources", "is missing; a gateway without sources has nothing to answer");
        }
        return Vec::new();
    };
    let mut taken: BTreeSet<&str> = names.iter().copied().collect();
    let mut sources = Vec::new();
    for (name, section) in all.sections() {
        check_name(&name, &section);
        let previous = section.texts("previous_names").unwrap_or_default();
        for said in &previous {
            if !taken.insert(said.text) {
                let message = format!("`{}` is the name of another source", said.text);
                section.wrong_there("previous_names", said.place.clone(), message);
            }
        }
        let shared = Shared {
            stages: stages.iter().find(|(source, _)| source.text == name.text).map(|(_, words)| words),
            channels: channels.iter().find(|(source, _)| source.text == name.text).map(|(_, words)| words),
            fields,
            identity,
            sources: &names,
        };
        sources.extend(source(&name, &section, previous, &shared));
    }
    sources.sort_by_key(|source| source.info.side);
    for (rank, source) in sources.iter_mut().enumerate() {
        source.info.rank = rank;
    }
    sources
}

/// What the settings say once for all vendors, as far as it is about one source.
struct Shared<'s, 'a> {
    stages: Option<&'s Section<'a>>,
    channels: Option<&'s Section<'a>>,
    fields: &'s CustomFields,
    identity: &'s Identity,
    sources: &'s [&'a str],
}

/// The sections `[stages.X]` or `[channels.X]`, whose names must be sources.
fn by_source<'a>(root: &Section<'a>, key: &str, sources: &[&str]) -> Vec<(Said<'a>, Section<'a>)> {
    let Some(all) = root.section(key) else { return Vec::new() };
    let sections = all.sections();
    for (source, section) in &sections {
        if !sources.contains(&source.text) {
            section.entries();
            section.wrong(format!("there is no source `{}`", source.text));
        }
    }
    sections
}

fn check_name(name: &Said<'_>, section: &Section<'_>) {
    let well_formed = name.text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
    if !well_formed {
        section.wrong(
            "a source's name has only small letters, digits, _ and -, and begins with one of the first two",
        );
    }
    if OWN_KEYS.contains(&name.text) || name.text == "gateway" {
        section.wrong("is a name with a meaning of its own; choose another");
    }
}

fn source(
    name: &Said<'_>,
    section: &Section<'_>,
    previous: Vec<Said<'_>>,
    shared: &Shared<'_, '_>,
) -> Option<SourceSettings> {
    for key in ["vendor", "side"] {
        if !section.has(key) {
            section.wrong_at(key, "is missing");
        }
    }
    let vendor = section.choice("vendor", &VENDORS, vendor_name);
    let side = section.choice("side", &[Side::Sales, Side::Marketing], side_name);
    let label = section.text("label").map_or(name.text, |said| said.text);
    let timeout = section.duration("timeout", Duration::from_secs(5), seconds(1, 60));
    let cache = section.duration("cache", Duration::from_secs(120), seconds(0, 86_400));
    let writes = section.flag("writes", false);
    let mut tree = Tree::new(section);
    let options = vendor.and_then(|vendor| {
        say_shared(&mut tree, vendor, name.text, shared);
        let timeout_is_shared = section.has("timeout") && !tree.says("limits.call_timeout_seconds");
        match vendor {
            Vendor::Salesforce => {
                let mut options: SalesforceOptions = tree.read()?;
                check_address(&tree, "login_url", &options.login_url);
                if timeout_is_shared {
                    options.limits.call_timeout_seconds = timeout.as_secs();
                }
                Some(Options::Salesforce(Box::new(options)))
            }
            Vendor::HubSpot => {
                let mut options: HubspotOptions = tree.read()?;
                check_address(&tree, "base_url", &options.base_url);
                check_reference(&tree, options.cross_references.source.as_deref(), name.text, shared.sources);
                check_webhooks(&tree, &options, name.text);
                if timeout_is_shared {
                    options.limits.call_timeout_seconds = timeout.as_secs();
                }
                Some(Options::HubSpot(Box::new(options)))
            }
            Vendor::Gateway => None,
        }
    });
    Some(SourceSettings {
        info: SourceInfo {
            name: SourceName::new(name.text),
            label: Arc::from(label),
            vendor: vendor?,
            side: side?,
            rank: 0,
        },
        previous_names: previous.iter().map(|said| SourceName::new(said.text)).collect(),
        timeout,
        cache,
        writes,
        options: options?,
    })
}

/// Credentials travel to this address, so that it must be https, except on this machine.
fn check_address(tree: &Tree<'_, '_>, key: &str, address: &str) {
    match address.parse::<Url>() {
        Ok(url) if url.scheme() == "https" || is_loopback(&url) => {}
        Ok(_) => tree.wrong_at(key, "must be https"),
        Err(_) => tree.wrong_at(key, format!("`{address}` is no URL")),
    }
}

/// What is delivered is believed by its signature, which covers the address; and the address must lead to our door.
fn check_webhooks(tree: &Tree<'_, '_>, options: &HubspotOptions, source: &str) {
    let Some(webhooks) = &options.webhooks else { return };
    check_address(tree, "webhooks.url", &webhooks.url);
    let door = format!("/webhooks/{source}");
    if webhooks.url.parse::<Url>().is_ok_and(|url| !url.path().ends_with(&door)) {
        tree.wrong_at("webhooks.url", format!("must end with `{door}`, the door of this source"));
    }
    if options.webhook_secret().is_none_or(|secret| secret.expose_secret().is_empty()) {
        tree.wrong_at("webhooks.client_secret", "is missing: the secret of the app that delivers");
    }
    if options.client_id.is_some() && webhooks.portal_id.is_none() {
        let message = "is missing: an OAuth app delivers the events of every account that installed it";
        tree.wrong_at("webhooks.portal_id", message);
    }
}

fn check_reference(tree: &Tree<'_, '_>, named: Option<&str>, own: &str, sources: &[&str]) {
    if let Some(named) = named.filter(|named| *named == own || !sources.contains(named)) {
        tree.wrong_at("cross_references.source", format!("`{named}` is no other configured source"));
    }
}

/// Puts what was said once for all vendors where this vendor's connector looks for it.
fn say_shared(tree: &mut Tree<'_, '_>, vendor: Vendor, source: &str, shared: &Shared<'_, '_>) {
    if let Some(stages) = shared.stages {
        for (word, _) in stages.entries() {
            let said = stages.text(word.text);
            let stage = said
                .and_then(|said| stages.chosen(word.text, &said, &LifecycleStage::ALL, LifecycleStage::name));
            if let Some(stage) = stage {
                tree.put_text(&["stages", word.text], word.place, stage.name());
            }
        }
    }
    if let Some(channels) = shared.channels {
        say_channels(tree, vendor, channels);
    }
    for (object, fields) in [
        ("person", &shared.fields.person),
        ("account", &shared.fields.account),
        ("opportunity", &shared.fields.opportunity),
    ] {
        for field in fields {
            say_field(tree, vendor, object, source, field);
        }
    }
    let machines: Vec<&Arc<str>> = shared
        .identity
        .integration_users
        .iter()
        .filter(|(of, _)| of.as_str() == source)
        .map(|(_, id)| id)
        .collect();
    if !machines.is_empty() {
        tree.put_texts("integration_users", machines.iter().map(|id| &***id));
    }
}

/// `"value" = "CHANNEL"`, or `"value" = { channel = "CHANNEL", marketing = true }`.
fn say_channels(tree: &mut Tree<'_, '_>, vendor: Vendor, channels: &Section<'_>) {
    let mut not_marketing = BTreeSet::from(["OFFLINE"]);
    for (word, value) in channels.entries() {
        let (said, marketing) = match value.get_ref() {
            DeValue::Table(_) => {
                let Some(meaning) = channels.as_section(word.text, value) else { continue };
                let marketing = meaning.has("marketing").then(|| meaning.flag("marketing", true));
                (meaning.required_text("channel"), marketing)
            }
            _ => (channels.text(word.text), None),
        };
        let channel = said.and_then(|said| channels.chosen(word.text, &said, &Channel::ALL, Channel::name));
        let Some(channel) = channel else { continue };
        if vendor == Vendor::Salesforce {
            tree.put_text(&["lead_sources", word.text, "channel"], word.place.clone(), channel.name());
            if let Some(marketing) = marketing {
                tree.put_flag(&["lead_sources", word.text, "is_marketing"], word.place, marketing);
            }
        } else {
            tree.put_text(&["channels", word.text], word.place, channel.name());
            match marketing {
                Some(true) => not_marketing.remove(word.text),
                Some(false) => not_marketing.insert(word.text),
                None => false,
            };
        }
    }
    if vendor == Vendor::HubSpot && not_marketing != BTreeSet::from(["OFFLINE"]) {
        tree.put_texts("not_marketing", not_marketing.into_iter());
    }
}

fn say_field(tree: &mut Tree<'_, '_>, vendor: Vendor, object: &str, source: &str, field: &CustomField) {
    let Some(vendor_field) = field.sources.get(source) else { return };
    let place = field.places[source].clone();
    let called = if vendor == Vendor::Salesforce { "field" } else { "property" };
    let key = &*field.info.key;
    tree.put_text(&["fields", object, key, called], place.clone(), vendor_field);
    tree.put_text(&["fields", object, key, "type"], place, type_name(field.info.kind));
}
