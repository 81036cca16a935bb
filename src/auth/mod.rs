//! Who asks: token to claims to View.
