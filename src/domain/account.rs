//! An account as one vendor record tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::custom::CustomValue;
use super::id::RecordKey;
use super::money::Money;
use super::record::{Edit, Record, RecordMeta};
use super::select::{Field, Select};

/// The fields of an account record that a question may ask for. Keys, stamps, domains and cross-references
/// always travel, because identity needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum AccountField {
    Name,
    Industry,
    Employees,
    AnnualRevenue,
    Region,
    Owner,
    TargetAccount,
}

impl Field for AccountField {
    const ALL: &'static [Self] = &[
        Self::Name,
        Self::Industry,
        Self::Employees,
        Self::AnnualRevenue,
        Self::Region,
        Self::Owner,
        Self::TargetAccount,
    ];

    fn bit(self) -> u32 {
        self as u32
    }
}

/// Which fields of accounts a question needs.
pub type AccountSelect = Select<AccountField>;

/// One vendor record about an organisation: a Salesforce account, a HubSpot company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Key, stamps, merges.
    pub meta: RecordMeta,
    /// The organisation's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Websites and domains as the vendor holds them, not yet normalised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Arc<str>>,
    /// Industry as the vendor holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<Arc<str>>,
    /// Number of employees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<i64>,
    /// Revenue a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annual_revenue: Option<Money>,
    /// Country of the billing address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Arc<str>>,
    /// State or region within the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Arc<str>>,
    /// The owning user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<RecordKey>,
    /// Marked as a target of account-based marketing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_target: Option<bool>,
    /// Records of other sources this record names as itself (HubSpot `salesforceaccountid`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cross_references: Vec<RecordKey>,
    /// Custom fields asked for, by their configured key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<Arc<str>, CustomValue>,
    /// Last edits of the fields whose edits were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<AccountField, Edit>,
}

impl Record for AccountRecord {
    fn meta(&self) -> &RecordMeta {
        &self.meta
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + 400 + 80 * (self.edits.len() + self.custom.len())
    }
}
