//! The `leadline` command.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use serde_json::json;

use leadline::sandbox::clock::Clock;
use leadline::sandbox::world::World;
use leadline::sandbox::{self, credentials, generate};

/// One GraphQL schema over the sales and marketing systems a company already runs.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run pretend vendors on loopback.
    Sandbox(Vendors),
}

/// Which world the pretend vendors know, and how to say where they are.
#[derive(Args)]
struct Vendors {
    /// Print one JSON object on the first line of standard output, for scripts.
    #[arg(long)]
    json: bool,
    /// How many people to make up.
    #[arg(long, default_value_t = 2000)]
    people: usize,
    /// Makes up the same people for the same number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder with a world of one's own.
    #[arg(long, conflicts_with_all = ["people", "seed"])]
    world: Option<PathBuf>,
    /// When the vendors' clock starts.
    #[arg(long)]
    as_of: Option<DateTime<Utc>>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command { verb: Verb::Sandbox(vendors) } = Command::parse();
    match run_vendors(vendors).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone; then there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run_vendors(vendors: Vendors) -> anyhow::Result<()> {
    let world = match &vendors.world {
        Some(folder) => World::load(folder)?,
        None => generate::generate(vendors.people, vendors.seed, vendors.as_of.unwrap_or_else(Utc::now)),
    };
    let mut options = sandbox::Options::new(world);
    if let Some(as_of) = vendors.as_of {
        options.clock = Clock::starting_at(as_of);
    }
    let running = sandbox::start(options).await?;
    let (salesforce, hubspot) = (&running.salesforce, &running.hubspot);
    let mut out = std::io::stdout();
    if vendors.json {
        let line = json!({
            "sandboxes": {
                "salesforce": { "url": salesforce.url, "admin": salesforce.admin },
                "hubspot": { "url": hubspot.url, "admin": hubspot.admin },
            },
            "credentials": {
                "salesforce": {
                    "client_id": credentials::SALESFORCE_CLIENT_ID,
                    "client_secret": credentials::SALESFORCE_CLIENT_SECRET,
                    "refresh_token": credentials::SALESFORCE_REFRESH_TOKEN,
                    "username": credentials::SALESFORCE_USERNAME,
                    "password": credentials::SALESFORCE_PASSWORD,
                },
                "hubspot": {
                    "token": credentials::HUBSPOT_TOKEN,
                    "client_id": credentials::HUBSPOT_CLIENT_ID,
                    "client_secret": credentials::HUBSPOT_CLIENT_SECRET,
                    "refresh_token": credentials::HUBSPOT_REFRESH_TOKEN,
                },
            },
        });
        writeln!(out, "{line}")
    } else {
        writeln!(out, "Salesforce  {}  (admin {})", salesforce.url, salesforce.admin)
            .and_then(|()| writeln!(out, "HubSpot     {}  (admin {})", hubspot.url, hubspot.admin))
    }
    .and_then(|()| out.flush())
    .context("standard output is closed")?;
    tokio::signal::ctrl_c().await.context("cannot listen for Ctrl-C")?;
    running.stop().await;
    Ok(())
}
