//! An account as lists and metrics count it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Ix, OpportunityFact, OwnerFact, PersonFact, Span, TerritoryFact, Text, stored};

/// One account. The anchor key is in [`FactSet::account_keys`](super::FactSet::account_keys) at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountFact {
    /// When it was created.
    #[serde(with = "stored")]
    pub created_at: DateTime<Utc>,
    /// Latest modification of its records.
    #[serde(with = "stored")]
    pub updated_at: DateTime<Utc>,
    /// When the newest of what is known was read.
    #[serde(with = "stored")]
    pub observed_at: DateTime<Utc>,
    /// Place in the order of observation of the newest of what is known.
    pub sequence: i64,
    /// The organisation's name.
    pub name: Option<Text>,
    /// Industry, as the vendor holds it.
    pub industry: Option<Text>,
    /// Who owns it.
    pub owner: Option<Ix<OwnerFact>>,
    /// The territory it belongs to.
    pub territory: Option<Ix<TerritoryFact>>,
    /// Its people, in [`FactSet::account_people`](super::FactSet::account_people).
    pub people: Span<Ix<PersonFact>>,
    /// Its opportunities, in [`FactSet::account_opportunities`](super::FactSet::account_opportunities).
    pub opportunities: Span<Ix<OpportunityFact>>,
    /// How large it is.
    pub company_size: Option<CompanySize>,
    /// Marked as a target of account-based marketing.
    pub is_target: bool,
}

/// How large a company is, by its employees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the labels say what each band is")]
pub enum CompanySize {
    UpTo10,
    UpTo50,
    UpTo200,
    UpTo1000,
    UpTo5000,
    Over5000,
}

impl CompanySize {
    /// Every band, smallest first.
    pub const ALL: [Self; 6] =
        [Self::UpTo10, Self::UpTo50, Self::UpTo200, Self::UpTo1000, Self::UpTo5000, Self::Over5000];

    /// The band of a number of employees; none for a number no company has.
    pub fn of(employees: i64) -> Option<Self> {
        match employees {
            ..=0 => None,
            1..=10 => Some(Self::UpTo10),
            11..=50 => Some(Self::UpTo50),
            51..=200 => Some(Self::UpTo200),
            201..=1000 => Some(Self::UpTo1000),
            1001..=5000 => Some(Self::UpTo5000),
            _ => Some(Self::Over5000),
        }
    }

    /// What people call the band.
    pub fn label(self) -> &'static str {
        match self {
            Self::UpTo10 => "1-10",
            Self::UpTo50 => "11-50",
            Self::UpTo200 => "51-200",
            Self::UpTo1000 => "201-1000",
            Self::UpTo5000 => "1001-5000",
            Self::Over5000 => "5001+",
        }
    }
}
