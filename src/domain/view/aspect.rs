//! How a view sees each column.

use super::super::custom::CustomFieldInfo;
use super::super::masking;
use super::{Extent, SCOPE_IDENTITY_OVERRIDE, SCOPE_RAW_PAYLOAD, Sight, View};

/// A column, or a group of columns that are always seen alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// A person's names.
    Name,
    /// A person's addresses.
    Email,
    /// A person's business phone.
    Phone,
    /// A person's mobile phone.
    Mobile,
    /// Text in which a person may be named: fields of the company's own, values of unknown fields.
    FreeText,
    /// The connection of marketing's touches as a whole; it stays where only counts are seen.
    MarketingHistory,
    /// The single touches: `nodes` and `edges`.
    MarketingEntries,
    /// The connection of sellers' activities as a whole; it stays where only counts are seen.
    SalesActivities,
    /// The single activities: `nodes` and `edges`.
    SalesEntries,
    /// Subject and text of an activity.
    ActivityBody,
    /// What changed on records.
    Changes,
    /// Amount, stage and loss reason of an opportunity.
    DealFigures,
    /// Private and forecast notes.
    Notes,
    /// The single lines of a campaign's spend; the sum stays.
    SpendLines,
    /// Numbers of single sellers.
    RepNumbers,
    /// Scores.
    Scores,
    /// Where a value came from.
    Provenance,
    /// What it was chosen from: `others`, `inConflict`, `conflicts`.
    ProvenanceOthers,
    /// The vendor's own payload.
    RawPayload,
    /// Joining and splitting people by hand.
    IdentityOverride,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Self; 20] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Mobile,
        Self::FreeText,
        Self::MarketingHistory,
        Self::MarketingEntries,
        Self::SalesActivities,
        Self::SalesEntries,
        Self::ActivityBody,
        Self::Changes,
        Self::DealFigures,
        Self::Notes,
        Self::SpendLines,
        Self::RepNumbers,
        Self::Scores,
        Self::Provenance,
        Self::ProvenanceOthers,
        Self::RawPayload,
        Self::IdentityOverride,
    ];

    /// The aspect that decides how the values of a changed field are seen, by the field's canonical name
    /// (`PersonField`, `AccountField`, `OpportunityField` of the schema in camel case). None for a field every view
    /// sees; [`Aspect::FreeText`] for one that is not known here.
    pub fn of_field(field: &str) -> Option<Self> {
        match field {
            "displayName" | "firstName" | "lastName" => Some(Self::Name),
            "email" | "emails" | "otherEmails" => Some(Self::Email),
            "phone" => Some(Self::Phone),
            "mobile" => Some(Self::Mobile),
            "amount" | "probability" | "stage" | "lossReason" => Some(Self::DealFigures),
            "scores" | "score" => Some(Self::Scores),
            "title" | "account" | "owner" | "lifecycleStage" | "originalSource" | "consent"
            | "emailOptOut" | "doNotCall" | "bounced" | "createdAt" | "updatedAt" | "name" | "domains"
            | "industry" | "employees" | "annualRevenue" | "region" | "territory" | "country" | "state"
            | "isTargetAccount" | "closeDate" | "leadSource" | "status" => None,
            _ => Some(Self::FreeText),
        }
    }
}

/// A text as a view sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// As it is.
    Plain(&'a str),
    /// Masked or a pseudonym.
    Changed(String),
    /// Null by masking, without an error.
    Blank,
    /// Null, with the error `FIELD_DENIED`. A hidden column is never asked for; if it were, it would be this.
    Denied,
}

impl View {
    /// How this view sees a column.
    pub fn sight(&self, aspect: Aspect) -> Sight {
        let policy = &self.0.policy;
        let personal = self.0.pii.sight();
        match aspect {
            Aspect::Name | Aspect::Email | Aspect::Phone | Aspect::FreeText => personal,
            Aspect::Mobile => policy.mobile.min(personal),
            Aspect::MarketingHistory => policy.marketing_history.whole(),
            Aspect::MarketingEntries => policy.marketing_history.pieces(),
            Aspect::SalesActivities => policy.sales_activities.whole(),
            Aspect::SalesEntries => policy.sales_activities.pieces(),
            Aspect::ActivityBody => policy.activity_body.min(policy.sales_activities.whole()).min(personal),
            Aspect::Changes => policy.changes.whole(),
            Aspect::DealFigures => policy.deal_figures,
            Aspect::Notes => policy.notes.whole(),
            Aspect::SpendLines => policy.spend_lines.pieces(),
            Aspect::RepNumbers => policy.rep_numbers.whole(),
            Aspect::Scores => policy.scores,
            Aspect::Provenance => policy.provenance.whole(),
            Aspect::ProvenanceOthers => policy.provenance.pieces(),
            Aspect::RawPayload => self.by_scope(policy.raw_payload, SCOPE_RAW_PAYLOAD),
            Aspect::IdentityOverride => self.by_scope(policy.identity_override, SCOPE_IDENTITY_OVERRIDE),
        }
    }

    /// A text of this column as this view sees it. An address is given normalised.
    pub fn see<'a>(&self, aspect: Aspect, text: &'a str) -> Seen<'a> {
        let changed = match self.sight(aspect) {
            Sight::Full => return Seen::Plain(text),
            Sight::Hidden | Sight::Denied => return Seen::Denied,
            Sight::Masked => match aspect {
                Aspect::Name => masking::mask_name(text),
                Aspect::Email => masking::mask_email(text),
                Aspect::Phone | Aspect::Mobile => masking::mask_phone(text),
                _ => None,
            },
            Sight::Pseudonym => match (aspect, &self.0.pseudonym_key) {
                (Aspect::Email, Some(key)) => masking::pseudonym(key, text),
                _ => None,
            },
        };
        changed.map_or(Seen::Blank, Seen::Changed)
    }

    /// Whether lists may be filtered, sorted or grouped by this column. A column not fully seen would be told by
    /// what a filter leaves.
    pub fn may_filter_by(&self, aspect: Aspect) -> bool {
        self.sight(aspect) == Sight::Full
    }

    /// Whether people may be looked up by their address, by any door.
    pub fn may_look_up_by_email(&self) -> bool {
        self.may_filter_by(Aspect::Email)
    }

    /// Whether a field of the company's own exists for this view; one that does not behaves as an unknown key.
    pub fn knows(&self, field: &CustomFieldInfo) -> bool {
        !field.hidden_from.contains(self.key())
    }

    /// Whether the values of a field of the company's own are seen; they are null where not.
    pub fn sees_values_of(&self, field: &CustomFieldInfo) -> bool {
        self.knows(field) && (!field.is_personal || self.sight(Aspect::FreeText) == Sight::Full)
    }

    fn by_scope(&self, extent: Extent, scope: &str) -> Sight {
        match extent {
            Extent::ByScope if self.has_scope(scope) => Sight::Full,
            other => other.whole(),
        }
    }
}
