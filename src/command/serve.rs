//! `leadline serve`: the gateway in front of real vendors.

use std::path::PathBuf;

use clap::Args;
use leadline::app::{Circumstances, Gateway};
use leadline::config::LogFormat;
use leadline::telemetry::{self, Format};

use super::settings::{read, until_told_to_end};

/// Options of `leadline serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// The settings (see deploy/leadline.toml)
    #[arg(long, env = "LEADLINE_CONFIG", default_value = "leadline.toml", value_name = "FILE")]
    config: PathBuf,
}

/// Runs the gateway until told to end.
///
/// # Errors
/// Every mistake of the settings with its line, or what hinders the start.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let settings = read(&args.config)?;
    let format = match settings.log.format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    telemetry::start(format, &settings.log.filter)?;
    let gateway = Gateway::start(settings, Circumstances::default()).await?;
    tracing::info!("answering at http://{}/graphql, health at http://{}", gateway.address, gateway.admin);
    until_told_to_end().await?;
    tracing::info!("stopping: new questions are turned away, those under way are answered");
    gateway.stop().await;
    Ok(())
}
