//! What counts as no value, and when two values are the same.

use std::sync::Arc;

/// What vendors write where a field must not be empty.
const PLACEHOLDERS: [&str; 2] = ["[not provided]", "unknown"];

/// The text without surrounding spaces; none where it says nothing.
pub(super) fn said(text: Option<&Arc<str>>) -> Option<Arc<str>> {
    let text = text?;
    let trimmed = text.trim();
    if trimmed.is_empty() || PLACEHOLDERS.contains(&trimmed.to_lowercase().as_str()) {
        return None;
    }
    Some(if trimmed.len() == text.len() { text.clone() } else { Arc::from(trimmed) })
}

/// A text as it is compared: trimmed, runs of spaces collapsed, without regard to case.
pub(in crate::unify) fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
