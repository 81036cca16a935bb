//! Olist.
