//! The CRM objects' endpoints: one set for all kinds, under the classic and the date-based paths.

pub(crate) mod batch;
pub(crate) mod read;
pub(crate) mod record;
