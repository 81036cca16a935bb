//! Reading a settings file for a command.

use std::path::Path;

use anyhow::{Context, bail};
use leadline::config::{self, Settings};

/// Reads settings from a file.
///
/// # Errors
/// Every mistake with its line.
pub(crate) fn read(file: &Path) -> anyhow::Result<Settings> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    parse(folder, &file.display().to_string(), &text, &|name| std::env::var(name).ok())
}

/// Reads settings from a text that lies in a folder; `name` is what people call it.
///
/// # Errors
/// Every mistake with its line.
pub(crate) fn parse(
    folder: &Path,
    name: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Settings> {
    match config::load_beside(folder, text, env) {
        Ok(settings) => Ok(settings),
        Err(mistakes) => {
            let count = mistakes.len();
            let lines: Vec<String> = mistakes.iter().map(|mistake| format!("  {mistake}")).collect();
            let noun = if count == 1 { "mistake" } else { "mistakes" };
            bail!("{name} has {count} {noun}:\n{}", lines.join("\n"));
        }
    }
}

/// Prints to standard output; a reader that has gone away is no mistake of ours.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout();
    let _reader_gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Waits for Ctrl-C or a polite request to end.
///
/// # Errors
/// When the system cannot tell us of signals.
pub(crate) async fn until_told_to_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        told = tokio::signal::ctrl_c() => told.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
