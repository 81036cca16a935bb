//! What the settings may say about one HubSpot account: `[sources.NAME.options]` with `vendor = "hubspot"`.
//!
//! Everything has a default but the credentials. What is left out of a map keeps its default: a company that renames
//! one lifecycle stage writes one line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use crate::domain::custom::CustomFieldType;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::ScoreKind;

/// The options of one HubSpot account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubspotOptions {
    /// Where the API is.
    pub base_url: String,
    /// The token of a private app or a service key.
    pub access_token: Option<SecretString>,
    /// The client of an OAuth app, instead of a fixed token.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<SecretString>,
    /// The refresh token the account gave it.
    pub refresh_token: Option<SecretString>,
    /// `v3` for the classic paths, or a dated version such as `2026-03`.
    pub api_version: String,
    /// What is needed to believe what the account delivers; without it there is no door for that.
    pub webhooks: Option<HubspotWebhooks>,
    /// How hard the account may be asked.
    pub limits: HubspotLimits,
    /// Which records of the sales system this account's records name as themselves.
    pub cross_references: CrossReferences,
    /// Whether deals count as opportunities. Off where the sales system is another one.
    pub opportunities: bool,
    /// Lifecycle stages by the vendor's value; custom stages have numbers for names.
    #[serde(deserialize_with = "stages_by_value")]
    pub stages: BTreeMap<String, LifecycleStage>,
    /// Channels by the value of `hs_analytics_source`.
    #[serde(deserialize_with = "channels_by_value")]
    pub channels: BTreeMap<String, Channel>,
    /// Values of `hs_analytics_source` that are not marketing's work.
    pub not_marketing: BTreeSet<String>,
    /// The channel of a form submission: the vendor does not keep where the visitor came from that time.
    #[serde(deserialize_with = "channel")]
    pub form_channel: Channel,
    /// User ids (not owner ids) of users that are machines: what they write is a copy.
    pub integration_users: BTreeSet<String>,
    /// Values of `sourceType` in a property's history that mean a sync wrote it.
    pub integration_source_types: BTreeSet<String>,
    /// Properties of contacts that are scores.
    pub scores: Vec<ScoreProperty>,
    /// The property of companies that marks a target of account-based marketing.
    pub target_account_property: String,
    /// Fields of the company's own.
    pub fields: HubspotFields,
}

impl Default for HubspotOptions {
    fn default() -> Self {
        Self {
            base_url: "https://api.hubapi.com".to_owned(),
            access_token: None,
            client_id: None,
            client_secret: None,
            refresh_token: None,
            api_version: "v3".to_owned(),
            webhooks: None,
            limits: HubspotLimits::default(),
            cross_references: CrossReferences::default(),
            opportunities: false,
            stages: default_stages(),
            channels: default_channels(),
            not_marketing: BTreeSet::from(["OFFLINE".to_owned()]),
            form_channel: Channel::Direct,
            integration_users: BTreeSet::new(),
            integration_source_types: ["INTEGRATION", "INTEGRATIONS_PLATFORM"].map(str::to_owned).into(),
            scores: vec![ScoreProperty::default()],
            target_account_property: "hs_is_target_account".to_owned(),
            fields: HubspotFields::default(),
        }
    }
}

impl HubspotOptions {
    /// The secret under which the app signs what it delivers: that of the webhooks, or else of the OAuth app.
    pub fn webhook_secret(&self) -> Option<&SecretString> {
        self.webhooks.as_ref()?.client_secret.as_ref().or(self.client_secret.as_ref())
    }
}

/// Deliveries of an app to `POST /webhooks/{source}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubspotWebhooks {
    /// The address it delivers to, letter for letter as in its own settings: it is part of what is signed. Ends with
    /// `/webhooks/` and the name of the source.
    pub url: String,
    /// The app's client secret; that of the OAuth app if left out.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// The account whose events are meant. An OAuth app delivers those of every account that installed it.
    #[serde(default)]
    pub portal_id: Option<u64>,
}

/// Properties that hold ids of another source's records. The vendor's own Salesforce integration fills them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossReferences {
    /// The name of the source the ids belong to; without it the properties are not read.
    pub source: Option<String>,
    /// On contacts, the id of a `Contact`.
    pub contact: String,
    /// On contacts, the id of a `Lead`.
    pub lead: String,
    /// On companies, the id of an `Account`.
    pub account: String,
    /// On deals, the id of an `Opportunity`. There is no property for it by default.
    pub opportunity: Option<String>,
}

impl Default for CrossReferences {
    fn default() -> Self {
        Self {
            source: None,
            contact: "salesforcecontactid".to_owned(),
            lead: "salesforceleadid".to_owned(),
            account: "salesforceaccountid".to_owned(),
            opportunity: None,
        }
    }
}

/// How hard the account may be asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubspotLimits {
    /// Calls in any ten seconds, searches aside. 190 for Pro and Enterprise, 100 below, 110 for a public OAuth app.
    pub burst: u32,
    /// Calls a day; the account's own limit is shared by all its private apps.
    pub daily: u64,
    /// Searches in any second; the account's own limit is 5.
    pub searches: u32,
    /// Calls under way at once.
    pub concurrency: usize,
    /// The longest one call may take.
    pub call_timeout_seconds: u64,
}

impl Default for HubspotLimits {
    fn default() -> Self {
        Self { burst: 190, daily: 625_000, searches: 5, concurrency: 8, call_timeout_seconds: 5 }
    }
}

/// A property that is a score.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreProperty {
    /// The vendor's property.
    pub property: String,
    /// What to call the score; the property's name if left out.
    #[serde(default)]
    pub name: Option<String>,
    /// What it measures.
    #[serde(deserialize_with = "score_kind")]
    pub kind: ScoreKind,
}

impl Default for ScoreProperty {
    /// The manual score every account has.
    fn default() -> Self {
        Self { property: "hubspotscore".to_owned(), name: None, kind: ScoreKind::Combined }
    }
}

impl ScoreProperty {
    /// What the score is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.property)
    }
}

/// Fields of the company's own, by the key clients use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubspotFields {
    /// On contacts.
    pub person: BTreeMap<Arc<str>, HubspotField>,
    /// On companies.
    pub account: BTreeMap<Arc<str>, HubspotField>,
    /// On deals.
    pub opportunity: BTreeMap<Arc<str>, HubspotField>,
}

/// One field of the company's own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubspotField {
    /// The vendor's property.
    pub property: String,
    /// What kind of value it holds.
    #[serde(rename = "type", deserialize_with = "field_type")]
    pub kind: CustomFieldType,
}

fn default_stages() -> BTreeMap<String, LifecycleStage> {
    [
        ("subscriber", LifecycleStage::Subscriber),
        ("lead", LifecycleStage::Inquiry),
        ("marketingqualifiedlead", LifecycleStage::Mql),
        ("salesqualifiedlead", LifecycleStage::Sql),
        ("opportunity", LifecycleStage::Opportunity),
        ("customer", LifecycleStage::Customer),
        ("evangelist", LifecycleStage::Evangelist),
        ("other", LifecycleStage::Other),
    ]
    .map(|(value, stage)| (value.to_owned(), stage))
    .into()
}

fn default_channels() -> BTreeMap<String, Channel> {
    [
        ("ORGANIC_SEARCH", Channel::OrganicSearch),
        ("PAID_SEARCH", Channel::PaidSearch),
        ("EMAIL_MARKETING", Channel::Email),
        ("SOCIAL_MEDIA", Channel::OrganicSocial),
        ("PAID_SOCIAL", Channel::PaidSocial),
        ("REFERRALS", Channel::Referral),
        ("AI_REFERRALS", Channel::Referral),
        ("OTHER_CAMPAIGNS", Channel::Other),
        ("DIRECT_TRAFFIC", Channel::Direct),
        ("OFFLINE", Channel::Offline),
    ]
    .map(|(value, channel)| (value.to_owned(), channel))
    .into()
}

fn stages_by_value<'de, D: Deserializer<'de>>(
    settings: D,
) -> Result<BTreeMap<String, LifecycleStage>, D::Error> {
    let mut stages = default_stages();
    for (value, name) in BTreeMap::<String, String>::deserialize(settings)? {
        let stage = LifecycleStage::from_name(&name)
            .ok_or_else(|| de::Error::custom(format!("`{name}` is no lifecycle stage such as `MQL`")))?;
        stages.insert(value, stage);
    }
    Ok(stages)
}

fn channels_by_value<'de, D: Deserializer<'de>>(settings: D) -> Result<BTreeMap<String, Channel>, D::Error> {
    let mut channels = default_channels();
    for (value, name) in BTreeMap::<String, String>::deserialize(settings)? {
        channels.insert(value, channel_named(&name)?);
    }
    Ok(channels)
}

fn channel<'de, D: Deserializer<'de>>(settings: D) -> Result<Channel, D::Error> {
    channel_named(&String::deserialize(settings)?)
}

fn channel_named<E: de::Error>(name: &str) -> Result<Channel, E> {
    Channel::from_name(name).ok_or_else(|| E::custom(format!("`{name}` is no channel such as `PAID_SEARCH`")))
}

fn score_kind<'de, D: Deserializer<'de>>(settings: D) -> Result<ScoreKind, D::Error> {
    let name = String::deserialize(settings)?;
    Ok(match name.as_str() {
        "FIT" => ScoreKind::Fit,
        "BEHAVIOUR" => ScoreKind::Behaviour,
        "COMBINED" => ScoreKind::Combined,
        "PREDICTIVE" => ScoreKind::Predictive,
        "INTENT" => ScoreKind::Intent,
        "CHURN_RISK" => ScoreKind::ChurnRisk,
        _ => return Err(de::Error::custom(format!("`{name}` is no kind of score such as `BEHAVIOUR`"))),
    })
}

fn field_type<'de, D: Deserializer<'de>>(settings: D) -> Result<CustomFieldType, D::Error> {
    let name = String::deserialize(settings)?;
    Ok(match name.as_str() {
        "TEXT" => CustomFieldType::Text,
        "NUMBER" => CustomFieldType::Number,
        "BOOLEAN" => CustomFieldType::Boolean,
        "DATE" => CustomFieldType::Date,
        "INSTANT" => CustomFieldType::Instant,
        "VALUES" => CustomFieldType::Values,
        _ => return Err(de::Error::custom(format!("`{name}` is no type of field such as `TEXT`"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<HubspotOptions, toml::de::Error> {
        toml::from_str(toml)
    }

    #[test]
    fn one_line_adds_to_the_default_stages() {
        let options = read("[stages]\n\"51234\" = \"SALES_READY\"").expect("good settings");
        assert_eq!(options.stages["51234"], LifecycleStage::SalesReady);
        assert_eq!(options.stages["lead"], LifecycleStage::Inquiry);
    }

    #[test]
    fn unknown_keys_and_unknown_names_are_refused() {
        assert!(read("acess_token = \"x\"").is_err());
        assert!(read("[cross_references]\nsauce = \"sales\"").is_err());
        let mistake = read("[channels]\nOFFLINE = \"OFFSIDE\"").expect_err("no such channel");
        assert!(mistake.to_string().contains("OFFSIDE"));
    }

    #[test]
    fn a_token_never_prints() {
        let options = read("access_token = \"pat-secret\"").expect("good settings");
        assert!(!format!("{options:?}").contains("pat-secret"));
    }
}
