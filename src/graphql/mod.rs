//! The schema: resolvers, paging, error codes, limits.

pub mod code;
pub mod document;
pub mod paging;
pub mod scalars;
pub mod visible;
