//! Filters and orders as clients write them, and what they become: conditions that vendors are asked (`live`), or
//! conditions on every row of the read model (`facts`).
//!
//! Every condition given must hold. What no single source can decide is refused with `LEDGER_REQUIRED` where lists are
//! read live, and never half-applied.

mod conditions;
mod facts;
mod live;
mod order;
mod values;

use async_graphql::{InputObject, Result};

use super::code::Code;
use super::object::history::DateTimeFilter;
use super::object::lead_source::Channel;
use super::object::opportunity::OpportunityStageCategory;
use super::visible;
pub use facts::OfFacts;
pub use live::live_order;
pub use order::{
    AccountOrder, AccountOrderField, CampaignOrder, CampaignOrderField, OpportunityOrder,
    OpportunityOrderField, Ordered, PersonOrder, PersonOrderField,
};
pub use values::{
    CustomFieldFilter, DateFilter, DecimalFilter, IDFilter, LifecycleFilter, ScoreFilter, StringFilter,
};

/// At most so many filters within one, itself included.
const MOST_FILTERS: usize = 100;

/// A filter that may hold others of its kind.
pub trait Nested: Sized {
    /// All of these, any of these, not this; as far as they are given.
    fn nested(&self) -> (Option<&[Self]>, Option<&[Self]>, Option<&Self>);

    /// Refuses what would be asked of every row too often.
    ///
    /// # Errors
    /// `BAD_INPUT` beyond a hundred filters in one.
    fn is_modest(&self) -> Result<()> {
        if self.count() > MOST_FILTERS {
            return Err(Code::BadInput.error(format!("A filter may hold at most {MOST_FILTERS} others.")));
        }
        Ok(())
    }

    /// How many filters it is, itself included.
    fn count(&self) -> usize {
        let (and, or, not) = self.nested();
        let held = and.into_iter().chain(or).flatten().chain(not);
        1 + held.map(Self::count).sum::<usize>()
    }
}

/// Which people; every condition given must hold. Without the ledger lists are filtered by what one vendor can decide
/// for all; anything else answers `LEDGER_REQUIRED`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonFilter {
    /// All of these.
    pub and: Option<Vec<PersonFilter>>,
    /// Any of these.
    pub or: Option<Vec<PersonFilter>>,
    /// Not this.
    pub not: Option<Box<PersonFilter>>,
    /// Primary address; `eq` and `in` find by any address of theirs, and are answered live too.
    pub email: Option<StringFilter>,
    /// Registrable domain of any address of theirs.
    pub domain: Option<StringFilter>,
    /// Where they stand, or when they came there.
    pub lifecycle: Option<LifecycleFilter>,
    /// Who looks after them.
    pub owner: Option<IDFilter>,
    /// The account they work for.
    pub account: Option<IDFilter>,
    /// Members of one of these campaigns; of one alone where it is read live.
    pub campaign: Option<IDFilter>,
    /// In one of these territories or beneath it, by their keys in the settings.
    pub territory: Option<IDFilter>,
    /// The region of their territory.
    pub region: Option<StringFilter>,
    /// Creation of the oldest record.
    pub created_at: Option<DateTimeFilter>,
    /// Latest change of any record.
    pub updated_at: Option<DateTimeFilter>,
    /// Systems disagree on a field.
    #[graphql(visible = "visible::provenance_others")]
    pub has_conflict: Option<bool>,
    /// A source that has a record of them, by name.
    pub source: Option<StringFilter>,
    /// A source that has none, by name.
    pub missing_from: Option<String>,
    /// How they first came to be known.
    pub channel: Option<Channel>,
    /// A score.
    #[graphql(visible = "visible::scores")]
    pub score: Option<ScoreFilter>,
    /// Asked not to be e-mailed; who was never asked did not.
    pub email_opt_out: Option<bool>,
    /// When this gateway read the newest of what it knows of them.
    pub observed_at: Option<DateTimeFilter>,
    /// Full name.
    pub name: Option<StringFilter>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which accounts; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AccountFilter {
    /// All of these.
    pub and: Option<Vec<AccountFilter>>,
    /// Any of these.
    pub or: Option<Vec<AccountFilter>>,
    /// Not this.
    pub not: Option<Box<AccountFilter>>,
    /// The organisation's name.
    pub name: Option<StringFilter>,
    /// One of its registrable domains.
    pub domain: Option<StringFilter>,
    /// The industry.
    pub industry: Option<StringFilter>,
    /// Who looks after it.
    pub owner: Option<IDFilter>,
    /// Marked as a target of account-based marketing.
    pub is_target_account: Option<bool>,
    /// In one of these territories or beneath it, by their keys in the settings.
    pub territory: Option<IDFilter>,
    /// The region of its territory, or state and country of its address.
    pub region: Option<StringFilter>,
    /// When this gateway read the newest of what it knows of it.
    pub observed_at: Option<DateTimeFilter>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which opportunities; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OpportunityFilter {
    /// All of these.
    pub and: Option<Vec<OpportunityFilter>>,
    /// Any of these.
    pub or: Option<Vec<OpportunityFilter>>,
    /// Not this.
    pub not: Option<Box<OpportunityFilter>>,
    /// What sellers call it.
    pub name: Option<StringFilter>,
    /// The vendor's key of its stage.
    #[graphql(visible = "visible::deal_figures")]
    pub stage: Option<StringFilter>,
    /// Whether it is still in play.
    pub stage_category: Option<OpportunityStageCategory>,
    /// How it came to be.
    pub channel: Option<Channel>,
    /// Who works on it.
    pub owner: Option<IDFilter>,
    /// The account it is with.
    pub account: Option<IDFilter>,
    /// What it is worth, whatever its currency.
    #[graphql(visible = "visible::deal_figures")]
    pub amount: Option<DecimalFilter>,
    /// The expected day of closing.
    pub close_date: Option<DateFilter>,
    /// Creation.
    pub created_at: Option<DateTimeFilter>,
    /// Latest change.
    pub updated_at: Option<DateTimeFilter>,
    /// When this gateway read the newest of what it knows of it.
    pub observed_at: Option<DateTimeFilter>,
    /// In its stage for longer than three of four that were won; one of which nobody can tell is neither.
    #[graphql(visible = "visible::deal_figures")]
    pub is_stalled: Option<bool>,
    /// Fields of the company's own.
    pub custom: Option<Vec<CustomFieldFilter>>,
}

/// Which campaigns; every condition given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CampaignFilter {
    /// All of these.
    pub and: Option<Vec<CampaignFilter>>,
    /// Any of these.
    pub or: Option<Vec<CampaignFilter>>,
    /// Not this.
    pub not: Option<Box<CampaignFilter>>,
    /// Its name.
    pub name: Option<StringFilter>,
    /// First day.
    pub starts_on: Option<DateFilter>,
    /// The channel the settings map the vendor's type to.
    pub channel: Option<Channel>,
    /// When this gateway read the newest of what it knows of it.
    pub observed_at: Option<DateTimeFilter>,
}

macro_rules! nested {
    ($($filter:ident),+) => {
        $(
            impl Nested for $filter {
                fn nested(&self) -> (Option<&[Self]>, Option<&[Self]>, Option<&Self>) {
                    (self.and.as_deref(), self.or.as_deref(), self.not.as_deref())
                }
            }
        )+
    };
}

nested!(PersonFilter, AccountFilter, OpportunityFilter, CampaignFilter);
