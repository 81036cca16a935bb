//! What a filter or an order asks of the vendors, where a list is read live.

use async_graphql::Result;

use crate::domain::id::NodeKind;
use crate::domain::lead_source::Channel as DomainChannel;
use crate::source::walk::{Comparison, ConditionField, Operand, Order};
use crate::unify::lists::ListAsk;
use crate::unify::live::Live;

use super::super::code::Code;
use super::super::object::history::OrderDirection;
use super::conditions::{customs, days, instants, keys, numbers, push, texts};
use super::order::Ordered;
use super::{AccountFilter, CampaignFilter, Nested, OpportunityFilter, PersonFilter};

/// Refuses the conditions that only everything together can decide, if one of them is asked for.
fn refuse(asked: &[(&str, bool)]) -> Result<()> {
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((what, _)) => Err(Code::LedgerRequired.error(format!("Filtering by {what} needs the ledger."))),
    }
}

fn is_nested(filter: &impl Nested) -> bool {
    let (and, or, not) = filter.nested();
    and.is_some() || or.is_some() || not.is_some()
}

/// The only order asked for.
///
/// # Errors
/// `LEDGER_REQUIRED` for more than one, or for one that only everything together can be put in.
pub fn live_order<O: Ordered>(orders: Option<&[O]>) -> Result<Option<Order>> {
    match orders.unwrap_or_default() {
        [] => Ok(None),
        [only] => {
            let field =
                only.column().ok_or_else(|| Code::LedgerRequired.error("This order needs the ledger."));
            Ok(Some(Order { field: field?, descending: only.direction() == OrderDirection::Desc }))
        }
        _ => Err(Code::LedgerRequired.error("Several orders at once need the ledger; ask for one.")),
    }
}

impl PersonFilter {
    /// The addresses asked for, where people are meant by address alone.
    ///
    /// # Errors
    /// `LEDGER_REQUIRED` for parts of addresses.
    pub fn addresses(&self) -> Result<Option<Vec<String>>> {
        let Some(email) = &self.email else { return Ok(None) };
        match (&email.eq, &email.one_of) {
            (Some(one), None) => Ok(Some(vec![one.clone()])),
            (None, Some(several)) => Ok(Some(several.clone())),
            _ => Err(Code::LedgerRequired.error("People are found live by whole addresses: use eq or in.")),
        }
    }

    /// What the filter asks of a list.
    ///
    /// # Errors
    /// `LEDGER_REQUIRED` for what no vendor decides for all; `BAD_INPUT` for values that make no sense.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        refuse(&[
            ("and, or and not", is_nested(self)),
            ("domain", self.domain.is_some()),
            ("lifecycle", self.lifecycle.is_some()),
            ("territory", self.territory.is_some()),
            ("region", self.region.is_some()),
            ("hasConflict", self.has_conflict.is_some()),
            ("source", self.source.is_some()),
            ("missingFrom", self.missing_from.is_some()),
            ("channel", self.channel.is_some()),
            ("observedAt", self.observed_at.is_some()),
        ])?;
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
    ///
    /// # Errors
    /// `LEDGER_REQUIRED` for what no vendor decides for all; `BAD_INPUT` for values that make no sense.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        refuse(&[
            ("and, or and not", is_nested(self)),
            ("domain", self.domain.is_some()),
            ("isTargetAccount", self.is_target_account.is_some()),
            ("territory", self.territory.is_some()),
            ("region", self.region.is_some()),
            ("observedAt", self.observed_at.is_some()),
        ])?;
        ask.owners = keys(live, "owner", NodeKind::User, self.owner.as_ref())?;
        texts(&mut ask.conditions, &ConditionField::Name, self.name.as_ref())?;
        texts(&mut ask.conditions, &ConditionField::Industry, self.industry.as_ref())?;
        customs(&mut ask.conditions, self.custom.as_deref())
    }
}

impl OpportunityFilter {
    /// What the filter asks of a list.
    ///
    /// # Errors
    /// As for accounts.
    pub fn apply(&self, live: &Live, ask: &mut ListAsk) -> Result<()> {
        refuse(&[
            ("and, or and not", is_nested(self)),
            ("channel", self.channel.is_some()),
            ("observedAt", self.observed_at.is_some()),
            ("isStalled", self.is_stalled.is_some()),
        ])?;
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
    ///
    /// # Errors
    /// As for accounts.
    pub fn apply(&self, ask: &mut ListAsk) -> Result<()> {
        refuse(&[("and, or and not", is_nested(self)), ("observedAt", self.observed_at.is_some())])?;
        texts(&mut ask.conditions, &ConditionField::Name, self.name.as_ref())?;
        days(&mut ask.conditions, &ConditionField::StartsOn, self.starts_on.as_ref());
        if let Some(channel) = self.channel {
            let name = DomainChannel::from(channel).name();
            push(&mut ask.conditions, &ConditionField::Channel, Comparison::Eq, Operand::Text(name.into()));
        }
        Ok(())
    }
}
