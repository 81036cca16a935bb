//! Lists over everything: filtered, ordered, counted and paged, as far as a view sees.
//!
//! What is always true: only rows the view sees are filtered and counted; a filter or an order by a column the view does
//! not fully see is refused, because it would be told by what is left; a cursor is the values and the id of the row it
//! stands behind, so that it keeps its place while rows come and go. Rows of equal values follow in the order of their
//! keys; a row without a value stands last, whichever way the order goes.

mod accounts;
mod campaigns;
mod cursor;
mod filters;
mod listing;
mod opportunities;
mod page;
mod people;

pub use accounts::{AccountFilter, AccountOrder, AccountsAsk};
pub use campaigns::{CampaignFilter, CampaignOrder, CampaignsAsk};
pub use cursor::is_cursor;
pub use filters::{Bounds, CustomFilter, DayFilter, InstantFilter, NumberFilter, ScoreFilter, StringFilter};
pub use opportunities::{OpportunitiesAsk, OpportunityFilter, OpportunityOrder};
pub use page::{Ask, By, Entry, PageOfIds, Take};
pub use people::{LifecycleFilter, PeopleAsk, PersonFilter, PersonOrder};

/// Why a list cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListRefusal {
    /// The view may not search by this.
    #[error("This view may not search by {0}.")]
    FilterDenied(&'static str),
    /// No such field of the company's own, as far as this view knows.
    #[error("There is no field `{0}`.")]
    UnknownField(String),
    /// The text is no cursor of this gateway.
    #[error("{0} is no cursor of this gateway.")]
    BadCursor(&'static str),
    /// The cursor belongs to another filter or order.
    #[error("{0} is a cursor of another question; cursors belong to the filter and order they came from.")]
    ForeignCursor(&'static str),
}
