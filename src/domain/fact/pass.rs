//! One attempt of one person from MQL to an end. Source: domain guide §3.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Ix, OpportunityFact, PersonFact, stored};

/// One funnel pass. A stage the pass reached without passing through an earlier one gives the earlier one the same
/// instant and the flag that it was inferred; an inferred entry counts in no conversion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassFact {
    /// Whose attempt.
    pub person: Ix<PersonFact>,
    /// Entered marketing-qualified: the instant the handoff was offered. None when sales opened the pass.
    #[serde(with = "stored::maybe")]
    pub mql_at: Option<DateTime<Utc>>,
    /// Accepted by sales.
    #[serde(with = "stored::maybe")]
    pub sal_at: Option<DateTime<Utc>>,
    /// Qualified by sales.
    #[serde(with = "stored::maybe")]
    pub sql_at: Option<DateTime<Utc>>,
    /// An opportunity came of it.
    #[serde(with = "stored::maybe")]
    pub opportunity_at: Option<DateTime<Utc>>,
    /// Ended; none while the pass is open.
    #[serde(with = "stored::maybe")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The opportunity that came of it.
    pub opportunity: Option<Ix<OpportunityFact>>,
    /// Its number among the person's, from 1.
    pub number: u16,
    /// How it ended.
    pub outcome: PassOutcome,
    /// Opened at SQL, without an MQL before.
    pub is_sales_generated: bool,
    /// `mql_at` was inferred.
    pub mql_is_inferred: bool,
    /// `sal_at` was inferred.
    pub sal_is_inferred: bool,
    /// `sql_at` was inferred.
    pub sql_is_inferred: bool,
}

/// How a pass stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum PassOutcome {
    Open,
    Won,
    Lost,
    Recycled,
    Disqualified,
}

impl PassFact {
    /// When it was marketing-qualified, as somebody recorded it.
    pub fn mql(&self) -> Option<DateTime<Utc>> {
        self.mql_at.filter(|_| !self.mql_is_inferred)
    }

    /// When sales accepted it, as somebody recorded it.
    pub fn sal(&self) -> Option<DateTime<Utc>> {
        self.sal_at.filter(|_| !self.sal_is_inferred)
    }

    /// When sales qualified it, as somebody recorded it.
    pub fn sql(&self) -> Option<DateTime<Utc>> {
        self.sql_at.filter(|_| !self.sql_is_inferred)
    }

    /// When it was won.
    pub fn won(&self) -> Option<DateTime<Utc>> {
        self.ended_at.filter(|_| self.outcome == PassOutcome::Won)
    }
}
