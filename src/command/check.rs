//! `leadline check`: what is wrong with the settings, before anything runs.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use leadline::app::check_connections;
use leadline::source::describe::Severity;

use super::settings::{print, read};

/// Options of `leadline check`.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The settings (see deploy/leadline.toml)
    #[arg(long, env = "LEADLINE_CONFIG", default_value = "leadline.toml", value_name = "FILE")]
    config: PathBuf,
    /// Also log in to each vendor and compare scopes, fields and limits with the settings
    #[arg(long)]
    connect: bool,
}

/// Tells every mistake of the settings and, if asked, what the vendors say.
///
/// # Errors
/// When anything is wrong.
pub(crate) async fn run(args: CheckArgs) -> anyhow::Result<()> {
    let settings = read(&args.config)?;
    let views: Vec<&str> = settings.views().iter().map(|policy| &*policy.key).collect();
    let sources: Vec<&str> = settings.sources.iter().map(|source| source.info.name.as_str()).collect();
    print(&format!(
        "{} is fine: sources {}; views {}\n",
        args.config.display(),
        sources.join(", "),
        views.join(", ")
    ));
    if !args.connect {
        return Ok(());
    }
    let mut errors = 0;
    for (name, outcome) in check_connections(&settings).await? {
        let mut text = String::new();
        match outcome {
            Ok(findings) => {
                for finding in &findings {
                    let word = match finding.severity {
                        Severity::Info => "ok     ",
                        Severity::Warning => "warning",
                        Severity::Error => "error  ",
                    };
                    let _infallible = writeln!(text, "{name}: {word} {}", finding.message);
                }
                errors += findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            }
            Err(error) => {
                errors += 1;
                let _infallible = writeln!(text, "{name}: error   {error}");
            }
        }
        print(&text);
    }
    if errors > 0 {
        bail!("{errors} of the sources' checks failed");
    }
    Ok(())
}
