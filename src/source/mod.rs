//! What any vendor can offer.
