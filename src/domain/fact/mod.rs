//! The read model: what lists, metrics and tables compute from, as rows of fixed width.
//!
//! A [`FactSet`] holds one row for each person, funnel pass, lifecycle period, opportunity, opportunity stage and
//! touch, and small tables of accounts, campaigns, owners, teams and territories. Rows name each other by [`Ix`], a
//! place in a table; text is interned in [`Texts`]; money is whole minor units of a [`Currency`]. Who has many rows
//! of another table keeps a [`Span`] of it, so that a person's touches are one slice. A [`Table`] shares what did not change with its copies, so that a
//! snapshot costs what changed.
//!
//! Who fills it (the module `facts`) has decided everything that takes identity, survivorship or settings: which
//! records are one person, which channel a source means, which territory a row lies in. Who reads it only counts.
//! What is always true: a table is reached through the spans and indexes of the rows that own its rows, so that a
//! row nobody points at does not exist; within a span rows are in order of time; personal data is not here.
//!
//! Which rows a caller may see is not a property of a fact but an argument beside them: [`Sight`].

mod account;
mod bits;
mod campaign;
mod currency;
mod index;
mod moment;
mod opportunity;
mod owner;
mod pass;
mod person;
mod set;
mod stored;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod touch;

pub use account::{AccountFact, CompanySize};
pub use bits::{Bits, Sight};
pub use campaign::CampaignFact;
pub use currency::{Amount, Currency};
pub use index::{Ix, Span};
pub use moment::Moment;
pub use opportunity::{OpportunityFact, OpportunityStageFact, OpportunityState};
pub use owner::{OwnerFact, TeamFact, TerritoryFact};
pub use pass::{PassFact, PassOutcome};
pub use person::{LifecyclePeriodFact, PersonFact};
pub use set::FactSet;
pub use table::Table;
pub use text::{Text, Texts};
pub use touch::TouchFact;
