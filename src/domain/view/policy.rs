//! What a team's view may see, as the settings say it: one row of the table of domain guide §12 per field.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How a column is seen. Ordered from least to most, so that the smaller of two is the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sight {
    /// Not in the schema of this view.
    Hidden,
    /// Null, with an error that says so.
    Denied,
    /// Replaced by a keyed hash, or by null.
    Pseudonym,
    /// Changed so that the person is not told, or null.
    Masked,
    /// As it is.
    Full,
}

impl Sight {
    /// Every sight, from least to most.
    pub const ALL: [Self; 5] = [Self::Hidden, Self::Denied, Self::Pseudonym, Self::Masked, Self::Full];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Denied => "denied",
            Self::Pseudonym => "pseudonym",
            Self::Masked => "masked",
            Self::Full => "full",
        }
    }

    /// The sight of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sight| sight.name() == name)
    }
}

/// How much of what identifies a person is seen. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pii {
    /// Nothing.
    None,
    /// A keyed hash of the address, nothing else.
    Pseudonym,
    /// Initials, the domain of the address, two digits of the phone.
    Masked,
    /// Everything.
    Full,
}

impl Pii {
    /// Every level, from least to most.
    pub const ALL: [Self; 4] = [Self::None, Self::Pseudonym, Self::Masked, Self::Full];

    /// The name in settings and in the claim `pii`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pseudonym => "pseudonym",
            Self::Masked => "masked",
            Self::Full => "full",
        }
    }

    /// The level of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// How a column that identifies a person is seen at this level.
    pub fn sight(self) -> Sight {
        match self {
            Self::None => Sight::Denied,
            Self::Pseudonym => Sight::Pseudonym,
            Self::Masked => Sight::Masked,
            Self::Full => Sight::Full,
        }
    }
}

/// Which rows of an object exist for a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rows {
    /// All of them.
    All,
    /// Those in the granted territories and everything beneath them.
    Territory,
    /// A person: owned by the caller or by a queue of the caller's teams, or owned by nobody in a granted territory.
    /// An account or opportunity: owned by the caller, or on an account whose team the caller belongs to.
    Own,
    /// Those that belong to a granted campaign.
    GrantedCampaigns,
    /// None of them.
    None,
}

impl Rows {
    /// Every rule.
    pub const ALL: [Self; 5] = [Self::All, Self::Territory, Self::Own, Self::GrantedCampaigns, Self::None];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Territory => "territory",
            Self::Own => "own",
            Self::GrantedCampaigns => "granted_campaigns",
            Self::None => "none",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rows| rows.name() == name)
    }
}

/// How far something reaches that comes in pieces: a history, notes, numbers by person, lines of spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// All of it.
    Full,
    /// Only what belongs to the caller's teams.
    Team,
    /// Only what belongs to the caller.
    Own,
    /// Only what belongs to a granted campaign.
    GrantedCampaigns,
    /// How many pieces there are, but not the pieces.
    Counts,
    /// The sum of the pieces, but not the pieces.
    Total,
    /// The chosen value, but not what it was chosen from.
    ChosenOnly,
    /// All of it to a token that holds the scope; hidden from others.
    ByScope,
    /// Null, with an error that says so.
    Denied,
    /// Not in the schema of this view.
    Hidden,
}

impl Extent {
    /// Every extent.
    pub const ALL: [Self; 10] = [
        Self::Full,
        Self::Team,
        Self::Own,
        Self::GrantedCampaigns,
        Self::Counts,
        Self::Total,
        Self::ChosenOnly,
        Self::ByScope,
        Self::Denied,
        Self::Hidden,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Team => "team",
            Self::Own => "own",
            Self::GrantedCampaigns => "granted_campaigns",
            Self::Counts => "counts",
            Self::Total => "total",
            Self::ChosenOnly => "chosen_only",
            Self::ByScope => "by_scope",
            Self::Denied => "denied",
            Self::Hidden => "hidden",
        }
    }

    /// The extent of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extent| extent.name() == name)
    }

    /// How the thing as a whole is seen.
    pub fn whole(self) -> Sight {
        match self {
            Self::Denied => Sight::Denied,
            Self::Hidden | Self::ByScope => Sight::Hidden,
            _ => Sight::Full,
        }
    }

    /// How its single pieces are seen.
    pub fn pieces(self) -> Sight {
        match self {
            Self::Counts | Self::Total | Self::ChosenOnly => Sight::Hidden,
            other => other.whole(),
        }
    }
}

/// Something a caller may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Write {
    Offer,
    Accept,
    Reject,
    Assign,
    Withdraw,
    Feedback,
    Propose,
    ApproveForSales,
    ApproveForMarketing,
}

impl Write {
    /// Every kind of change.
    pub const ALL: [Self; 9] = [
        Self::Offer,
        Self::Accept,
        Self::Reject,
        Self::Assign,
        Self::Withdraw,
        Self::Feedback,
        Self::Propose,
        Self::ApproveForSales,
        Self::ApproveForMarketing,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Assign => "assign",
            Self::Withdraw => "withdraw",
            Self::Feedback => "feedback",
            Self::Propose => "propose",
            Self::ApproveForSales => "approve_for_sales",
            Self::ApproveForMarketing => "approve_for_marketing",
        }
    }

    /// The change of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|write| write.name() == name)
    }
}

/// What one view may see, before a token narrows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The view's key, e.g. `sales_rep`.
    pub key: Arc<str>,
    /// The claim `team` it is for.
    pub team: Arc<str>,
    /// The claim `role` it is for.
    pub role: Arc<str>,
    /// Which people exist.
    pub people: Rows,
    /// Which accounts exist.
    pub accounts: Rows,
    /// Which opportunities exist.
    pub opportunities: Rows,
    /// Which campaigns exist.
    pub campaigns: Rows,
    /// The territories a token may be granted; none when any configured one may be.
    pub territories: Option<BTreeSet<Arc<str>>>,
    /// Name, e-mail, phone.
    pub pii: Pii,
    /// Mobile phone, where it is stricter than `pii`.
    pub mobile: Sight,
    /// Forms, e-mail events, page views, campaign responses.
    pub marketing_history: Extent,
    /// Calls, meetings, messages and tasks of sellers: kind, time and outcome.
    pub sales_activities: Extent,
    /// Subject and text of sellers' activities.
    pub activity_body: Sight,
    /// What changed on records: stages, owners, fields, merges.
    pub changes: Extent,
    /// Amount, stage and loss reason of opportunities.
    pub deal_figures: Sight,
    /// Private and forecast notes.
    pub notes: Extent,
    /// The single lines of a campaign's spend.
    pub spend_lines: Extent,
    /// Numbers of single sellers.
    pub rep_numbers: Extent,
    /// Scores.
    pub scores: Sight,
    /// Where values came from, and what other systems say.
    pub provenance: Extent,
    /// The vendor's own payload.
    pub raw_payload: Extent,
    /// Joining and splitting people by hand.
    pub identity_override: Extent,
    /// What may be changed.
    pub writes: BTreeSet<Write>,
    /// Aggregates over fewer people than this are withheld; 0 withholds none.
    pub suppress_below: u32,
}

impl Policy {
    /// Every row exists for everybody who has the view, whoever they are: no claim decides.
    pub fn sees_every_row(&self) -> bool {
        let rows = [self.people, self.accounts, self.opportunities, self.campaigns];
        let pieces = [self.marketing_history, self.sales_activities, self.changes];
        let by_claim = |it: &Extent| matches!(it, Extent::Team | Extent::Own | Extent::GrantedCampaigns);
        rows.iter().all(|rows| *rows == Rows::All) && !pieces.iter().any(by_claim)
    }

    /// Everything, for work nobody asked for.
    pub(super) fn everything() -> Self {
        Self {
            key: Arc::from("system"),
            team: Arc::from("system"),
            role: Arc::from("system"),
            people: Rows::All,
            accounts: Rows::All,
            opportunities: Rows::All,
            campaigns: Rows::All,
            territories: None,
            pii: Pii::Full,
            mobile: Sight::Full,
            marketing_history: Extent::Full,
            sales_activities: Extent::Full,
            activity_body: Sight::Full,
            changes: Extent::Full,
            deal_figures: Sight::Full,
            notes: Extent::Full,
            spend_lines: Extent::Full,
            rep_numbers: Extent::Full,
            scores: Sight::Full,
            provenance: Extent::Full,
            raw_payload: Extent::Full,
            identity_override: Extent::Full,
            writes: Write::ALL.into_iter().collect(),
            suppress_below: 0,
        }
    }
}
