//! The orders a list may be asked in.

use async_graphql::{Enum, InputObject};

use crate::facts::lists as facts;
use crate::facts::lists::By;
use crate::source::walk::ConditionField;

use super::super::object::history::OrderDirection;
use super::super::visible;

/// An order as clients write it, and as it is asked of vendors and of facts.
pub trait Ordered {
    /// The columns of the read model.
    type Fact;

    /// Which way.
    fn direction(&self) -> OrderDirection;

    /// What vendors call the column; none where no vendor has it of everybody.
    fn column(&self) -> Option<ConditionField>;

    /// What the read model calls the column.
    fn fact(&self) -> Self::Fact;

    /// The order as the read model takes it.
    fn by(&self) -> By<Self::Fact> {
        By { field: self.fact(), descending: self.direction() == OrderDirection::Desc }
    }
}

macro_rules! order_input {
    (
        $(#[doc = $doc:literal])+
        $order:ident, $field:ident, $fact:ty,
        $($name:ident => $column:expr),+ $(,)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, InputObject)]
        pub struct $order {
            /// What by.
            pub field: $field,
            /// Which way.
            pub direction: OrderDirection,
        }

        impl Ordered for $order {
            type Fact = $fact;

            fn direction(&self) -> OrderDirection {
                self.direction
            }

            fn column(&self) -> Option<ConditionField> {
                match self.field {
                    $($field::$name => $column,)+
                }
            }

            fn fact(&self) -> $fact {
                match self.field {
                    $($field::$name => <$fact>::$name,)+
                }
            }
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
    /// The last thing they did, or that was done with them.
    LastEngagedAt,
    /// The largest of their scores.
    #[graphql(visible = "visible::scores")]
    Score,
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
    /// The score of `engagement` over everything known.
    Engagement,
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
    /// The time in its present stage.
    #[graphql(visible = "visible::deal_figures")]
    StageAge,
}

/// What campaigns are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CampaignOrderField {
    /// Its name.
    Name,
    /// First day.
    StartsOn,
    /// What was spent, whatever its currency.
    Spend,
}

order_input! {
    /// The order of people. Who has no value comes last, whichever way.
    PersonOrder, PersonOrderField, facts::PersonOrder,
    CreatedAt => Some(ConditionField::CreatedAt),
    UpdatedAt => Some(ConditionField::UpdatedAt),
    LastEngagedAt => None,
    Score => None,
}
order_input! {
    /// The order of accounts. What has no value comes last, whichever way.
    AccountOrder, AccountOrderField, facts::AccountOrder,
    Name => Some(ConditionField::Name),
    CreatedAt => Some(ConditionField::CreatedAt),
    UpdatedAt => Some(ConditionField::UpdatedAt),
    Engagement => None,
}
order_input! {
    /// The order of opportunities. What has no value comes last, whichever way.
    OpportunityOrder, OpportunityOrderField, facts::OpportunityOrder,
    CreatedAt => Some(ConditionField::CreatedAt),
    UpdatedAt => Some(ConditionField::UpdatedAt),
    CloseDate => Some(ConditionField::CloseDate),
    Amount => Some(ConditionField::Amount),
    StageAge => None,
}
order_input! {
    /// The order of campaigns. What has no value comes last, whichever way.
    CampaignOrder, CampaignOrderField, facts::CampaignOrder,
    Name => Some(ConditionField::Name),
    StartsOn => Some(ConditionField::StartsOn),
    Spend => None,
}
