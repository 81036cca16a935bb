//! The subscriber, the request span and the dictionary of field names.
