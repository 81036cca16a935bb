//! `[exports]`: where files are written that are made while nobody waits, and how many. Without the section none are.

use std::path::PathBuf;
use std::time::Duration;

use super::section::Section;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// `[exports]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exports {
    /// Where the files are, relative to the working directory.
    pub directory: PathBuf,
    /// Exports written at once; others wait.
    pub at_once: usize,
    /// Exports kept for one subject; more are refused.
    pub per_subject: usize,
    /// Bytes all files together may take.
    pub size: u64,
    /// How long files stay.
    pub keep_for: Duration,
}

pub(super) fn exports(root: &Section<'_>) -> Option<Exports> {
    let section = root.section("exports")?;
    if !root.has("capture") {
        section.wrong("needs [capture]: exports are made of what is captured");
    }
    let directory = section.required_text("directory");
    let at_once = section.number("at_once", 2, 1..=64);
    let per_subject = section.number("per_subject", 100, 1..=100_000);
    let size = section.size("size", 10 << 30, 1 << 20..=1 << 50);
    let keep_for = section.duration("keep_for", DAY * 7, HOUR..=DAY * 365);
    Some(Exports {
        directory: PathBuf::from(directory?.text),
        at_once: at_once as usize,
        per_subject: per_subject as usize,
        size,
        keep_for,
    })
}
