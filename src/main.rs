//! The `leadline` command.

mod command;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use leadline::auth::install_crypto;
use leadline::telemetry::{self, Format};

use command::{check, demo, erase, ledger, sandbox, schema, serve, token};

/// Making the read model frees as much as it keeps, on every thread: the system's allocator would hold on to that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One GraphQL schema over the sales and marketing systems a company already runs.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Try it: pretend vendors with a made-up company, the gateway, and a token for each team
    Demo(demo::DemoArgs),
    /// Run the gateway in front of the configured vendors
    Serve(serve::ServeArgs),
    /// Run the pretend vendors alone
    Sandbox(sandbox::SandboxArgs),
    /// Say what is wrong with the settings and, with --connect, with the vendors' side
    Check(check::CheckArgs),
    /// Print the schema, whole or as one view sees it
    Schema(schema::SchemaArgs),
    /// Print a development token
    Token(token::TokenArgs),
    /// Copy the ledger, or say what is in it
    Ledger(ledger::LedgerArgs),
    /// Erase a person from the ledger, from memory and from every table built of it
    Erase(erase::EraseArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    install_crypto();
    let command = Command::parse();
    match run(command.verb).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone; then there is nobody left to tell.
            let _nobody_listens = writeln!(std::io::stderr(), "leadline: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(verb: Verb) -> anyhow::Result<()> {
    if matches!(verb, Verb::Demo(_) | Verb::Sandbox(_) | Verb::Check(_)) {
        let filter = std::env::var("LEADLINE_LOG")
            .unwrap_or_else(|_| "warn,leadline=info,audit=info,access=info".to_owned());
        telemetry::start(Format::Text, &filter)?;
    }
    match verb {
        Verb::Demo(args) => demo::run(args).await,
        Verb::Serve(args) => serve::run(args).await,
        Verb::Sandbox(args) => sandbox::run(args).await,
        Verb::Check(args) => check::run(args).await,
        Verb::Schema(args) => schema::run(&args),
        Verb::Token(args) => token::run(&args),
        Verb::Ledger(args) => ledger::run(args).await,
        Verb::Erase(args) => erase::run(args).await,
    }
}
