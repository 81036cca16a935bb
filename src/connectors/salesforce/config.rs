//! What the settings say about one Salesforce org: where to log in, how hard to ask, and what its words mean.
//!
//! Every organisation chooses its own lead statuses, lead sources and fields. What is not mapped here becomes
//! `OTHER`, never a guess; only the values Salesforce ships with are known beforehand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono_tz::Tz;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use crate::domain::custom::CustomFieldType;
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::lifecycle::LifecycleStage;

use super::id;
use super::soql::Name;

/// The options of one Salesforce source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesforceOptions {
    /// The org's own address (My Domain), e.g. `https://acme.my.salesforce.com`.
    pub login_url: String,
    /// The consumer key of the connected app.
    pub client_id: String,
    /// The consumer secret: logs in by client credentials, or goes with a refresh token.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// A refresh token, for apps a person has allowed.
    #[serde(default)]
    pub refresh_token: Option<SecretString>,
    /// The user to log in as by a signed assertion; needs a private key.
    #[serde(default)]
    pub username: Option<String>,
    /// The private key of that assertion, as PEM text.
    #[serde(default)]
    pub private_key: Option<SecretString>,
    /// The file that holds the private key.
    #[serde(default)]
    pub private_key_file: Option<PathBuf>,
    /// For whom the assertion is meant, where that is not the login address.
    #[serde(default)]
    pub audience: Option<String>,
    /// The version of the API to speak.
    #[serde(default = "default_version")]
    pub api_version: String,
    /// Hosts the vendor may name as the org's API after login: whole, or `.suffix` for any host below.
    #[serde(default = "default_hosts")]
    pub instance_hosts: Vec<String>,
    /// How hard the org may be asked.
    #[serde(default)]
    pub limits: SalesforceLimits,
    /// The currency of amounts whose record names none.
    #[serde(default = "default_currency")]
    pub currency: String,
    /// The org uses several currencies, so that records name theirs.
    #[serde(default)]
    pub multi_currency: bool,
    /// The zone of the org's dates.
    #[serde(default = "default_zone", deserialize_with = "zone")]
    pub time_zone: Tz,
    /// For how many months back the org keeps the history of fields.
    #[serde(default = "default_history")]
    pub field_history_months: u32,
    /// What each lead status means.
    #[serde(default)]
    pub stages: BTreeMap<String, StageName>,
    /// What each lead source means; the values Salesforce ships with are known.
    #[serde(default)]
    pub lead_sources: BTreeMap<String, LeadSourceMeaning>,
    /// The channel of each type of campaign; the values Salesforce ships with are known.
    #[serde(default)]
    pub campaign_types: BTreeMap<String, ChannelName>,
    /// Ids of users that are machines: what they write is a copy.
    #[serde(default)]
    pub integration_users: BTreeSet<String>,
    /// The field of opportunities that says why one was lost, e.g. `Loss_Reason__c`: the vendor ships none.
    #[serde(default, deserialize_with = "optional_field_name")]
    pub loss_reason: Option<Arc<str>>,
    /// Fields of the company's own.
    #[serde(default)]
    pub fields: SalesforceFields,
}

/// How hard the org may be asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SalesforceLimits {
    /// Calls in any 24 hours; none leaves it to what the org says.
    pub daily: Option<u64>,
    /// Calls under way at once.
    pub concurrency: usize,
    /// The longest one call may take.
    pub call_timeout_seconds: u64,
}

impl Default for SalesforceLimits {
    fn default() -> Self {
        Self { daily: None, concurrency: 8, call_timeout_seconds: 5 }
    }
}

/// Fields of the company's own, by the key clients use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SalesforceFields {
    /// On leads and contacts.
    pub person: BTreeMap<String, SalesforceField>,
    /// On accounts.
    pub account: BTreeMap<String, SalesforceField>,
    /// On opportunities.
    pub opportunity: BTreeMap<String, SalesforceField>,
}

/// One field of the company's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesforceField {
    /// The API name, e.g. `Tier__c`.
    #[serde(deserialize_with = "field_name")]
    pub field: Arc<str>,
    /// What kind of value it holds.
    #[serde(rename = "type", deserialize_with = "field_type")]
    pub kind: CustomFieldType,
}

impl SalesforceField {
    pub(super) fn name(&self) -> Name {
        Name::parse(&self.field).expect("the name was checked when the settings were read")
    }
}

/// What a lead source means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadSourceMeaning {
    /// The channel it stands for.
    pub channel: ChannelName,
    /// Whether it counts as marketing's work; by default what is usual for the channel.
    #[serde(default)]
    pub is_marketing: Option<bool>,
}

/// A channel by its name, e.g. `PAID_SEARCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelName(pub Channel);

impl<'de> Deserialize<'de> for ChannelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let channel = Channel::from_name(&name);
        channel.map(Self).ok_or_else(|| de::Error::custom(format!("{name} is no channel")))
    }
}

/// A lifecycle stage by its name, e.g. `SAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageName(pub LifecycleStage);

impl<'de> Deserialize<'de> for StageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let stage = LifecycleStage::from_name(&name);
        stage.map(Self).ok_or_else(|| de::Error::custom(format!("{name} is no lifecycle stage")))
    }
}

fn field_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let name = Name::parse(&text).filter(|name| !name.as_str().contains('.'));
    name.map(|name| Arc::from(name.as_str()))
        .ok_or_else(|| de::Error::custom(format!("{text} is no name of a field")))
}

fn optional_field_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<str>>, D::Error> {
    field_name(deserializer).map(Some)
}

fn field_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CustomFieldType, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(match text.as_str() {
        "TEXT" => CustomFieldType::Text,
        "NUMBER" => CustomFieldType::Number,
        "BOOLEAN" => CustomFieldType::Boolean,
        "DATE" => CustomFieldType::Date,
        "INSTANT" => CustomFieldType::Instant,
        "VALUES" => CustomFieldType::Values,
        _ => return Err(de::Error::unknown_variant(&text, FIELD_TYPES)),
    })
}

const FIELD_TYPES: &[&str] = &["TEXT", "NUMBER", "BOOLEAN", "DATE", "INSTANT", "VALUES"];

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| de::Error::custom(format!("{name} is no time zone")))
}

fn default_version() -> String {
    "v62.0".to_owned()
}

fn default_hosts() -> Vec<String> {
    vec![".salesforce.com".to_owned(), ".force.com".to_owned()]
}

fn default_currency() -> String {
    "USD".to_owned()
}

fn default_history() -> u32 {
    24
}

fn default_zone() -> Tz {
    Tz::UTC
}

/// The lead sources Salesforce ships with, old and new.
const LEAD_SOURCES: &[(&str, Channel)] = &[
    ("Advertisement", Channel::PaidSearch),
    ("Customer Event", Channel::Event),
    ("Employee Referral", Channel::Referral),
    ("External Referral", Channel::Referral),
    ("Google AdWords", Channel::PaidSearch),
    ("Partner Referral", Channel::Partner),
    ("Phone Inquiry", Channel::Direct),
    ("Public Relations", Channel::Content),
    ("Purchased List", Channel::Outbound),
    ("Seminar - Internal", Channel::Event),
    ("Seminar - Partner", Channel::Partner),
    ("Trade Show", Channel::Event),
    ("Web", Channel::Direct),
    ("Web Form", Channel::Direct),
    ("WEB_FORM", Channel::Direct),
    ("Word of mouth", Channel::Referral),
];

/// The types of campaign Salesforce ships with.
const CAMPAIGN_TYPES: &[(&str, Channel)] = &[
    ("Advertisement", Channel::PaidSearch),
    ("Banner Ads", Channel::PaidSocial),
    ("Conference", Channel::Event),
    ("Direct Mail", Channel::Offline),
    ("Email", Channel::Email),
    ("Partners", Channel::Partner),
    ("Public Relations", Channel::Content),
    ("Referral Program", Channel::Referral),
    ("Seminar / Conference", Channel::Event),
    ("Seminar/Conference", Channel::Event),
    ("Telemarketing", Channel::Outbound),
    ("Trade Show", Channel::Event),
    ("Webinar", Channel::Webinar),
];

impl SalesforceOptions {
    /// The stage a lead status stands for.
    pub(super) fn stage(&self, status: &str) -> LifecycleStage {
        self.stages.get(status).map_or(LifecycleStage::Other, |stage| stage.0)
    }

    /// What a lead source stands for, with the vendor's own words kept.
    pub(super) fn lead_source(&self, value: &Arc<str>) -> LeadSource {
        let meaning = self.lead_sources.get(&**value);
        let channel = meaning.map_or_else(|| shipped(LEAD_SOURCES, value), |meaning| meaning.channel.0);
        let said = meaning.and_then(|meaning| meaning.is_marketing);
        LeadSource {
            channel,
            sub_channel: Some(value.clone()),
            detail: None,
            is_marketing: said.unwrap_or_else(|| is_usually_marketing(channel)),
        }
    }

    /// The channel of a campaign of this type.
    pub(super) fn campaign_channel(&self, kind: &str) -> Channel {
        self.campaign_types.get(kind).map_or_else(|| shipped(CAMPAIGN_TYPES, kind), |channel| channel.0)
    }

    /// True for a user that is a machine.
    pub(super) fn is_integration(&self, user: &str) -> bool {
        self.integration_users.contains(user)
    }

    /// The name of the field that says why an opportunity was lost.
    pub(super) fn loss_reason_name(&self) -> Option<Name> {
        let field = self.loss_reason.as_ref()?;
        Some(Name::parse(field).expect("the name was checked when the settings were read"))
    }

    /// Brings the ids of the settings into the one form ids have in the gateway.
    pub(super) fn with_canonical_ids(mut self) -> Self {
        let users = std::mem::take(&mut self.integration_users);
        self.integration_users = users
            .iter()
            .map(|user| id::canonical(user).map_or_else(|| user.clone(), |id| id.to_string()))
            .collect();
        self
    }
}

/// The channel of a value: as Salesforce ships it, or a value that is the name of a channel in any spelling.
fn shipped(table: &[(&str, Channel)], value: &str) -> Channel {
    let known = table.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)).map(|(_, channel)| *channel);
    let named = || Channel::from_name(&value.trim().to_ascii_uppercase().replace([' ', '-'], "_"));
    known.or_else(named).unwrap_or(Channel::Other)
}

/// Whether what a channel brings is usually marketing's work.
fn is_usually_marketing(channel: Channel) -> bool {
    match channel {
        Channel::OrganicSearch
        | Channel::PaidSearch
        | Channel::OrganicSocial
        | Channel::PaidSocial
        | Channel::Email
        | Channel::Content
        | Channel::Webinar
        | Channel::Event
        | Channel::Direct => true,
        Channel::Referral
        | Channel::Partner
        | Channel::Outbound
        | Channel::Offline
        | Channel::Other
        | Channel::Unknown => false,
    }
}

#[cfg(test)]
pub(super) fn options(more: serde_json::Value) -> SalesforceOptions {
    try_options(more).expect("options of a test").with_canonical_ids()
}

#[cfg(test)]
fn try_options(more: serde_json::Value) -> Result<SalesforceOptions, serde_json::Error> {
    let mut text = serde_json::json!({"login_url": "https://acme.my.salesforce.com", "client_id": "app"});
    for (key, value) in more.as_object().expect("a table of options") {
        text[key] = value.clone();
    }
    serde_json::from_value(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_have_defaults_and_refuse_what_they_do_not_know() {
        let given = options(json!({}));
        assert_eq!(given.api_version, "v62.0");
        assert_eq!(given.limits.concurrency, 8);
        let wrong = |more| try_options(more).expect_err("a mistake").to_string();
        assert!(wrong(json!({"secret": 1})).contains("unknown field `secret`"));
        assert_eq!(wrong(json!({"stages": {"New": "mql"}})), "mql is no lifecycle stage");
        let field = json!({"fields": {"person": {"x": {"field": "a b", "type": "TEXT"}}}});
        assert_eq!(wrong(field), "a b is no name of a field");
        assert_eq!(wrong(json!({"time_zone": "Mars"})), "Mars is no time zone");
    }

    #[test]
    fn a_lead_source_keeps_its_words_and_gets_a_channel() {
        let meaning = json!({"Trade Show": {"channel": "OFFLINE", "is_marketing": true}});
        let given = options(json!({"lead_sources": meaning}));
        let source = given.lead_source(&Arc::from("Trade Show"));
        assert_eq!((source.channel, source.is_marketing), (Channel::Offline, true));
        for (value, channel, is_marketing) in [
            ("WEB_FORM", Channel::Direct, true),
            ("Paid Search", Channel::PaidSearch, true),
            ("REFERRAL", Channel::Referral, false),
            ("Partner Referral", Channel::Partner, false),
            ("Carrier pigeon", Channel::Other, false),
        ] {
            let source = given.lead_source(&Arc::from(value));
            assert_eq!((source.channel, source.is_marketing), (channel, is_marketing), "{value}");
            assert_eq!(source.sub_channel.as_deref(), Some(value));
        }
    }

    #[test]
    fn a_status_nobody_mapped_is_other() {
        let given = options(json!({"stages": {"Working - Contacted": "SAL"}}));
        assert_eq!(given.stage("Working - Contacted"), LifecycleStage::Sal);
        assert_eq!(given.stage("Parked"), LifecycleStage::Other);
    }
}
