//! Many sources, one answer, always under a View.

pub mod inquiry;
