//! `leadline ledger`: a backup while it is in use, and what is in it.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use leadline::ledger::state::{Counted, Position};
use leadline::ledger::{Ledger, open};
use secrecy::ExposeSecret;

use super::settings::{print, read};

/// Options of `leadline ledger`.
#[derive(Args, Debug)]
pub(crate) struct LedgerArgs {
    /// The settings whose [ledger] is meant
    #[arg(
        long,
        env = "LEADLINE_CONFIG",
        default_value = "leadline.toml",
        value_name = "FILE",
        global = true
    )]
    config: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a whole copy to a new file, while the gateway runs; to restore it, put it in the ledger's place
    Backup {
        /// The file to write; must not exist
        file: PathBuf,
    },
    /// Say what is in the ledger and how far each stream has been read
    Status,
}

/// Does what was asked of the configured ledger.
///
/// # Errors
/// When no ledger is configured, or it cannot be opened, read or copied.
pub(crate) async fn run(args: LedgerArgs) -> anyhow::Result<()> {
    let settings = read(&args.config)?;
    let settings = settings
        .ledger
        .with_context(|| format!("{} has no [ledger]: the gateway is live only", args.config.display()))?;
    let ledger = open(settings.url.expose_secret()).await?;
    match args.verb {
        Verb::Backup { file } => {
            ledger.backup(&file).await?;
            print(&format!("wrote {}\n", file.display()));
        }
        Verb::Status => print(&status(&ledger).await?),
    }
    Ok(())
}

async fn status(ledger: &Arc<dyn Ledger>) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(text, "ledger {}, sequence {}", ledger.id(), ledger.last_sequence().await?)?;
    let tallies = ledger.tallies().await?;
    if tallies.is_empty() {
        writeln!(text, "nothing captured yet")?;
    }
    for tally in tallies {
        let what = match tally.of {
            Counted::Records(kind) => kind.name(),
            Counted::Versions => "versions of records",
            Counted::Events => "events",
        };
        writeln!(text, "{}: {} {}", tally.source, tally.rows, what.to_lowercase())?;
    }
    for position in ledger.positions().await? {
        writeln!(text, "{}", line(&position))?;
    }
    Ok(text)
}

fn line(position: &Position) -> String {
    let Position { source, stream, rows, total, caught_up_at, moved_at, .. } = position;
    let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
    let time = |at: &chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let so_far = match caught_up_at {
        Some(at) => format!("caught up at {}", time(at)),
        None => "first pass under way".to_owned(),
    };
    format!("{source}/{stream}: {rows}{of} rows in this pass, {so_far}, last moved at {}", time(moved_at))
}
