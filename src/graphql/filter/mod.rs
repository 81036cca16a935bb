//! Filters and orders as clients write them, and the conditions they become.
//!
//! Every condition given must hold. What no single source can decide is refused by `unify` with `LEDGER_REQUIRED`.

mod conditions;
mod order;

use async_graphql::{ID, InputObject, Result};

use crate::domain::id::NodeKind;
use crate::domain::lead_source::Channel as DomainChannel;
use crate::source::walk::{Comparison, ConditionField, Operand};
use crate::unify::lists::ListAsk;
use crate::unify::live::Live;

use super::code::Code;
use super::object::history::DateTimeFilter;
use super::object::lead_source::Channel;
use super::object::opportunity::OpportunityStageCategory;
use super::scalars::{Date, Decimal};
use super::visible;
use conditions::{customs, days, instants, keys, numbers, push, texts};
pub use order::{
    AccountOrder, AccountOrderField, CampaignOrder, CampaignOrderField, OpportunityOrder,
    OpportunityOrderField, PersonOrder, PersonOrderField, order,
};

/// Ids that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IDFilter {
    /// This one.
    pub eq: Option<ID>,
    /// One of these, at most 100.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<ID>>,
}

/// Texts that satisfy every bound given. Case does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StringFilter {
    /// This text.
    pub eq: Option<String>,
    /// Any other text.
    pub neq: Option<String>,
    /// One of these, at most 100.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<String>>,
    /// Begins so.
    pub starts_with: Option<String>,
    /// Has this somewhere.
    pub contains: Option<String>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// Days that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateFilter {
    /// This day.
    pub eq: Option<Date>,
    /// After this day.
    pub gt: Option<Date>,
    /// This day or after.
    pub gte: Option<Date>,
    /// Before this day.
    pub lt: Option<Date>,
    /// This day or before.
    pub lte: Option<Date>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// Numbers that satisfy every bound given.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DecimalFilter {
    /// This number.
    pub eq: Option<Decimal>,
    /// More than this.
    pub gt: Option<Decimal>,
    /// This or more.
    pub gte: Option<Decimal>,
    /// Less than this.
    pub lt: Option<Decimal>,
    /// This or less.
    pub lte: Option<Decimal>,
    /// Without a value, or with any.
    pub is_null: Option<bool>,
}

/// A score of this name with such a value.
#[derive(Clone, Debug, InputObject)]
pub struct ScoreFilter {
    /// The vendor's name of the score.
    pub name: String,
    /// Its value.
    pub value: DecimalFilter,
}

/// A field of the company's own with such a value.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldFilter {
    /// The key in the settings.
    pub key: String,
    /// As text.
    pub text: Option<StringFilter>,
    /// As a number.
    pub number: Option<DecimalFilter>,
    /// As yes or no.
    pub boolean: Option<bool>,
    /// As an instant.
    pub instant: Option<DateTimeFilter>,
}

/// Which people; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonFilter {
    /// Primary address; `eq` and `in` are answered live.
    pub email: Option<StringFilter>,
    /// Who looks after them.
    pub owner: Option<IDFilter>,
    /// The account their records name.
    pub account: Option<IDFilter>,
    /// Members of this campaign; `eq` only.
    pub campaign: Option<IDFilter>,
    /// Creation of the oldest record.
    pub created_at: Option<DateTimeFilter>,
    /// Latest change of any record.
    pub updated_at: Option<DateTimeFilter>,
    /// Full name.
    pub name: Option<StringFilter>,
    /// A score.
    #[graphql(visible = "visible::scores")]
    pub score: Option<ScoreFilter>,
    /// Asked not to be e-mailed.
    pub email_opt_out: Option<bool>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which accounts; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AccountFilter {
    /// The organisation's name.
    pub name: Option<StringFilter>,
    /// The industry.
    pub industry: Option<StringFilter>,
    /// Who looks after it.
    pub owner: Option<IDFilter>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which opportunities; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OpportunityFilter {
    /// What sellers call it.
    pub name: Option<StringFilter>,
    /// The vendor's key of its stage.
    #[graphql(visible = "visible::deal_figures")]
    pub stage: Option<StringFilter>,
    /// Whether it is still in play.
    pub stage_category: Option<OpportunityStageCategory>,
    /// Who works on it.
    pub owner: Option<IDFilter>,
    /// The account it is with.
    pub account: Option<IDFilter>,
    /// What it is worth.
    #[graphql(visible = "visible::deal_figures")]
    pub amount: Option<DecimalFilter>,
    /// The expected day of closing.
    pub close_date: Option<DateFilter>,
    /// Creation.
    pub created_at: Option<DateTimeFilter>,
    /// Latest change.
    pub updated_at: Option<DateTimeFilter>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which campaigns; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CampaignFilter {
    /// Its name.
    pub name: Option<StringFilter>,
    /// First day.
    pub starts_on: Option<DateFilter>,
    /// The channel the settings map the vendor's type to.
    pub channel: Option<Channel>,
}

impl PersonFilter {
    /// The addresses asked for, where people are meant by address alone.
    pub fn addresses(&self) -> Result<Option<Vec<String>>> {
        let Some(email) = &self.email else { return Ok(None) };
        match (&email.eq, &email.one_of) {
            (Some(one), None) => Ok(Some(vec![one.clone()])),
            (None, Some(several)) => Ok(Some(several.clone())),
            _ => Err(Code::LedgerRequired.error("People are found live by whole addresses: use eq or in.")),
        }
    }

    /// What the filter asks of a list.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        ask.owners = keys(live, "owner", NodeKind::User, self.owner.as_ref())?;
        ask.accounts = keys(live, "account", NodeKind::Account, self.account.as_ref())?;
        if let Some(campaigns) = keys(live, "campaign", NodeKind::Campaign, self.campaign.as_ref())? {
            match campaigns.as_slice() {
                [one] => ask.campaign = Some(vec![one.clone()]),
                _ => {
                    return Err(Code::LedgerRequired
                        .error("Members of several campaigns need the ledger; ask for one."));
                }
            }
        }
        let conditions = &mut ask.conditions;
        instants(conditions, &ConditionField::CreatedAt, self.created_at.as_ref());
        instants(conditions, &ConditionField::UpdatedAt, self.updated_at.as_ref());
        texts(conditions, &ConditionField::Name, self.name.as_ref())?;
        if let Some(score) = &self.score {
            numbers(conditions, &ConditionField::Score(score.name.as_str().into()), Some(&score.value));
        }
        if let Some(opt_out) = self.email_opt_out {
            push(conditions, &ConditionField::EmailOptOut, Comparison::Eq, Operand::Boolean(opt_out));
        }
        customs(conditions, self.custom.as_deref())
    }
}

impl AccountFilter {
    /// What the filter asks of a list.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        ask.owners = keys(live, "owner", NodeKind::User, self.owner.as_ref())?;
        texts(&mut ask.conditions, &ConditionField::Name, self.name.as_ref())?;
        texts(&mut ask.conditions, &ConditionField::Industry, self.industry.as_ref())?;
        customs(&mut ask.conditions, self.custom.as_deref())
    }
}

impl OpportunityFilter {
    /// What the filter asks of a list.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        ask.owners = keys(live, "owner", NodeKind::User, self.owner.as_ref())?;
        ask.accounts = keys(live, "account", NodeKind::Account, self.account.as_ref())?;
        let conditions = &mut ask.conditions;
        texts(conditions, &ConditionField::Name, self.name.as_ref())?;
        texts(conditions, &ConditionField::Stage, self.stage.as_ref())?;
        if let Some(category) = self.stage_category {
            let operand = Operand::Category(category.into());
            push(conditions, &ConditionField::StageCategory, Comparison::Eq, operand);
        }
        numbers(conditions, &ConditionField::Amount, self.amount.as_ref());
        days(conditions, &ConditionField::CloseDate, self.close_date.as_ref());
        instants(conditions, &ConditionField::CreatedAt, self.created_at.as_ref());
        instants(conditions, &ConditionField::UpdatedAt, self.updated_at.as_ref());
        customs(conditions, self.custom.as_deref())
    }
}

impl CampaignFilter {
    /// What the filter asks of a list.
    pub fn apply(&self, _live: &Live, ask: &mut ListAsk) -> Result<()> {
        texts(&mut ask.conditions, &ConditionField::Name, self.name.as_ref())?;
        days(&mut ask.conditions, &ConditionField::StartsOn, self.starts_on.as_ref());
        if let Some(channel) = self.channel {
            let name = DomainChannel::from(channel).name();
            push(&mut ask.conditions, &ConditionField::Channel, Comparison::Eq, Operand::Text(name.into()));
        }
        Ok(())
    }
}
