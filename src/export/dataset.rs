//! The tables there are. Source: domain guide §13.

use serde::{Deserialize, Serialize};

use crate::domain::view::{Aspect, Sight, View};

/// A table of rows for BI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    /// Every entry of the unified history of people and of opportunities.
    LeadHistory,
    /// One row a person.
    People,
    /// One row an account.
    Accounts,
    /// One row an opportunity.
    Opportunities,
    /// One row for each time an opportunity spent in a stage with the same figures.
    OpportunityStages,
    /// Marketing interactions of people.
    Touchpoints,
    /// What each touch earned of each opportunity, by each model.
    Attribution,
}

impl Dataset {
    /// Every dataset.
    pub const ALL: [Self; 7] = [
        Self::LeadHistory,
        Self::People,
        Self::Accounts,
        Self::Opportunities,
        Self::OpportunityStages,
        Self::Touchpoints,
        Self::Attribution,
    ];

    /// The name in addresses and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeadHistory => "lead_history",
            Self::People => "people",
            Self::Accounts => "accounts",
            Self::Opportunities => "opportunities",
            Self::OpportunityStages => "opportunity_stages",
            Self::Touchpoints => "touchpoints",
            Self::Attribution => "attribution",
        }
    }

    /// What its rows are.
    pub fn about(self) -> &'static str {
        match self {
            Self::LeadHistory => "Every entry of the unified history of people and of opportunities.",
            Self::People => "One row a person.",
            Self::Accounts => "One row an account.",
            Self::Opportunities => "One row an opportunity.",
            Self::OpportunityStages => {
                "One row for each time an opportunity spent in a stage with the same figures."
            }
            Self::Touchpoints => "Marketing interactions of people.",
            Self::Attribution => "What each touch earned of each opportunity, by each model.",
        }
    }

    /// The dataset of that name, in whatever case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name().eq_ignore_ascii_case(name))
    }

    /// The column that `from` and `to` are about.
    pub fn time_column(self) -> &'static str {
        match self {
            Self::LeadHistory | Self::Touchpoints => "occurred_at",
            Self::People | Self::Accounts | Self::Opportunities => "created_at",
            Self::OpportunityStages => "entered_at",
            Self::Attribution => "converted_at",
        }
    }

    /// Whether its rows are told month by month: what happened is, what there is comes whole.
    pub fn is_divided(self) -> bool {
        match self {
            Self::LeadHistory | Self::OpportunityStages | Self::Touchpoints | Self::Attribution => true,
            Self::People | Self::Accounts | Self::Opportunities => false,
        }
    }

    /// Whether the dataset exists for a view: one of which it may see nothing but counts, or no figure, does not.
    pub fn is_shown(self, view: &View) -> bool {
        let sees = |aspect| view.sight(aspect) == Sight::Full;
        match self {
            Self::LeadHistory | Self::People | Self::Accounts | Self::Opportunities => true,
            Self::OpportunityStages | Self::Attribution => sees(Aspect::DealFigures),
            Self::Touchpoints => sees(Aspect::MarketingEntries),
        }
    }
}
