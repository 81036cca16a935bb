//! The CRM objects' endpoints: one set for all kinds, under the classic and the date-based paths.

pub(crate) mod batch;
pub(crate) mod batch_write;
pub(crate) mod merge;
pub(crate) mod read;
pub(crate) mod record;
#[cfg(test)]
mod tests;
pub(crate) mod values;
pub(crate) mod write;
