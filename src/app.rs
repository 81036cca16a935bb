//! Composition root: settings in, a running gateway out.
