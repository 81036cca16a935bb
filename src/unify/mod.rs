//! Many sources, one answer, always under a View.
//!
//! Reading ([`live`], `gather`, [`walk`]) is kept apart from deciding ([`identity`], [`merge`], [`history`], [`journey`]),
//! which is pure. What is always true: identity and merge run over all records, then the
//! [`View`](crate::domain::view::View) decides whether a row exists and how each field is seen; a silent source leaves a
//! [`Gap`](inquiry::Gap), never a failed answer.

pub mod accounts;
pub mod campaigns;
pub mod directory;
mod gather;
pub mod history;
mod holds;
pub mod identity;
pub mod inquiry;
pub mod journey;
mod legs;
pub mod lists;
pub mod live;
pub mod merge;
pub mod opportunities;
pub mod people;
pub mod records;
pub mod refusal;
pub mod seen;
pub mod shown;
mod source_order;
pub mod timeline;
pub mod walk;

#[cfg(test)]
pub(crate) mod samples;
