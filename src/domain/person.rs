//! A person as one vendor record tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::custom::CustomValue;
use super::id::RecordKey;
use super::lead_source::LeadSource;
use super::lifecycle::LifecycleStage;
use super::record::{Edit, Record, RecordMeta};
use super::select::{Field, Select};

/// The fields of a person record that a question may ask for. Keys, stamps, e-mail, cross-references, merge and
/// conversion always travel, because identity needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PersonField {
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Primary e-mail address.
    Email,
    /// Further e-mail addresses.
    OtherEmails,
    /// Business phone.
    Phone,
    /// Mobile phone.
    Mobile,
    /// Job title.
    Title,
    /// The account the record names.
    Account,
    /// The owning user or queue.
    Owner,
    /// The vendor's lifecycle stage or lead status.
    LifecycleStage,
    /// How the record first came to be.
    OriginalSource,
    /// Opt-out, do-not-call, bounced.
    Consent,
    /// Scores.
    Scores,
    /// Country, state, industry, employees: what territories ask.
    Territory,
}

impl Field for PersonField {
    const ALL: &'static [Self] = &[
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::OtherEmails,
        Self::Phone,
        Self::Mobile,
        Self::Title,
        Self::Account,
        Self::Owner,
        Self::LifecycleStage,
        Self::OriginalSource,
        Self::Consent,
        Self::Scores,
        Self::Territory,
    ];

    fn bit(self) -> u32 {
        self as u32
    }
}

/// Which fields of people a question needs.
pub type PersonSelect = Select<PersonField>;

/// What part a vendor gives a record about a person. Identity guards differ: a source may hold several leads of one
/// person, because a person may ask again, but only one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PersonRole {
    /// An enquiry that sales has not made a contact of yet: a Salesforce lead.
    Lead,
    /// The one record of a person: a Salesforce contact, a HubSpot contact.
    Contact,
}

/// One vendor record about a person: a Salesforce lead or contact, a HubSpot contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// Key, stamps, merges.
    pub meta: RecordMeta,
    /// Whether it is an enquiry or the person's one record.
    pub role: PersonRole,
    /// Given name as the vendor holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Arc<str>>,
    /// Family name as the vendor holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Arc<str>>,
    /// Primary address as the vendor holds it, not yet normalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Arc<str>>,
    /// Further addresses of the same record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_emails: Vec<Arc<str>>,
    /// Business phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Arc<str>>,
    /// Mobile phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Arc<str>>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// The company's name as text, where the record has no account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<Arc<str>>,
    /// The account: a contact's account, a lead's converted account, a HubSpot contact's primary company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<RecordKey>,
    /// The owning user or queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<RecordKey>,
    /// The vendor's own stage, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_stage: Option<Arc<str>>,
    /// The vendor's stage mapped by the settings; `Other` where they do not map it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<LifecycleStage>,
    /// How the record first came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_source: Option<LeadSource>,
    /// The person asked not to be e-mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_opt_out: Option<bool>,
    /// The person asked not to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_call: Option<bool>,
    /// Mail to the primary address bounced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounced: Option<bool>,
    /// Scores the vendor keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<ScoreValue>,
    /// Country, where territories ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Arc<str>>,
    /// State or region within the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Arc<str>>,
    /// Industry of the person's company as this record tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<Arc<str>>,
    /// Employees of the person's company as this record tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<i64>,
    /// Where a converted lead went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// Records of other sources this record names as itself (HubSpot `salesforcecontactid`, …).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cross_references: Vec<RecordKey>,
    /// Custom fields asked for, by their configured key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<Arc<str>, CustomValue>,
    /// Last edits of the fields whose edits were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<PersonField, Edit>,
}

/// Where a converted lead went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// The contact it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<RecordKey>,
    /// The account of that contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<RecordKey>,
    /// The opportunity that was opened, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity: Option<RecordKey>,
    /// The day of the conversion in the vendor's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}

/// A score kept by a vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreValue {
    /// The vendor's name of it.
    pub name: Arc<str>,
    /// What kind of score it is.
    pub kind: ScoreKind,
    /// The value.
    pub value: Decimal,
    /// When it was last computed; the record's stamp where the vendor does not say.
    pub at: DateTime<Utc>,
}

/// What a score measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum ScoreKind {
    Fit,
    Behaviour,
    Combined,
    Predictive,
    Intent,
    ChurnRisk,
}

impl Record for PersonRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 600 + 80 * (self.edits.len() + self.custom.len())
    }
}
