//! One folder per vendor.
