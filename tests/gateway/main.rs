//! The whole gateway in process, against the sandbox vendors.

mod view_schemas;
