//! Where a person stands between stranger and customer. Source: domain guide §3.

use serde::{Deserialize, Serialize};

/// A stage of the unified lifecycle. The order of the first nine is the order of the funnel; the last three are
/// off the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LifecycleStage {
    /// Opted in to hear more.
    Subscriber,
    /// Raised a hand.
    Inquiry,
    /// Marketing-qualified.
    Mql,
    /// Sales-accepted.
    Sal,
    /// Sales-qualified.
    Sql,
    /// Actively buying.
    SalesReady,
    /// Has an opportunity.
    Opportunity,
    /// Bought.
    Customer,
    /// Recommends us.
    Evangelist,
    /// Returned to marketing for nurture.
    Recycled,
    /// Not to be pursued.
    Disqualified,
    /// A vendor stage the settings do not map.
    Other,
}

impl LifecycleStage {
    /// Every stage, in funnel order, then the three off the line.
    pub const ALL: [Self; 12] = [
        Self::Subscriber,
        Self::Inquiry,
        Self::Mql,
        Self::Sal,
        Self::Sql,
        Self::SalesReady,
        Self::Opportunity,
        Self::Customer,
        Self::Evangelist,
        Self::Recycled,
        Self::Disqualified,
        Self::Other,
    ];

    /// True for the nine stages of the funnel, where "further" has a meaning.
    pub fn is_on_the_line(self) -> bool {
        self <= Self::Evangelist
    }

    /// The name in settings and in the schema, e.g. `SALES_READY`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subscriber => "SUBSCRIBER",
            Self::Inquiry => "INQUIRY",
            Self::Mql => "MQL",
            Self::Sal => "SAL",
            Self::Sql => "SQL",
            Self::SalesReady => "SALES_READY",
            Self::Opportunity => "OPPORTUNITY",
            Self::Customer => "CUSTOMER",
            Self::Evangelist => "EVANGELIST",
            Self::Recycled => "RECYCLED",
            Self::Disqualified => "DISQUALIFIED",
            Self::Other => "OTHER",
        }
    }

    /// The stage of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}
