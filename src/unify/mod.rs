//! Many sources, one answer, always under a View.

pub mod history;
pub mod identity;
pub mod inquiry;
pub mod merge;
mod source_order;
