//! The orders a list may be asked in.

use async_graphql::{Enum, InputObject, Result};

use crate::source::walk::{ConditionField, Order};

use super::super::code::Code;
use super::super::object::history::OrderDirection;
use super::super::visible;

macro_rules! order_input {
    ($(#[doc = $doc:literal])+ $order:ident, $field:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, InputObject)]
        pub struct $order {
            /// What by.
            pub field: $field,
            /// Which way.
            pub direction: OrderDirection,
        }
    };
}

/// What people are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PersonOrderField {
    /// Creation of the oldest record.
    CreatedAt,
    /// Latest change of any record.
    UpdatedAt,
}

/// What accounts are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AccountOrderField {
    /// The organisation's name.
    Name,
    /// Creation of the oldest record.
    CreatedAt,
    /// Latest change of any record.
    UpdatedAt,
}

/// What opportunities are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OpportunityOrderField {
    /// Creation.
    CreatedAt,
    /// Latest change.
    UpdatedAt,
    /// The expected day of closing.
    CloseDate,
    /// What it is worth.
    #[graphql(visible = "visible::deal_figures")]
    Amount,
}

/// What campaigns are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CampaignOrderField {
    /// Its name.
    Name,
    /// First day.
    StartsOn,
}

order_input! {
    /// The order of people.
    PersonOrder, PersonOrderField
}
order_input! {
    /// The order of accounts.
    AccountOrder, AccountOrderField
}
order_input! {
    /// The order of opportunities.
    OpportunityOrder, OpportunityOrderField
}
order_input! {
    /// The order of campaigns.
    CampaignOrder, CampaignOrderField
}

/// The only order asked for.
///
/// # Errors
/// `LEDGER_REQUIRED` for more than one.
pub fn order<O>(
    orders: Option<&[O]>,
    one: impl Fn(&O) -> (ConditionField, OrderDirection),
) -> Result<Option<Order>> {
    match orders.unwrap_or_default() {
        [] => Ok(None),
        [only] => {
            let (field, direction) = one(only);
            Ok(Some(Order { field, descending: direction == OrderDirection::Desc }))
        }
        _ => Err(Code::LedgerRequired.error("Several orders at once need the ledger; ask for one.")),
    }
}
