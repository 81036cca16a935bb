//! `leadline token`: development tokens for a gateway whose settings hold a shared secret.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use leadline::auth::{Minted, mint};
use serde_json::Value;

use super::settings::{print, read};

/// Options of `leadline token`.
#[derive(Args, Debug)]
pub(crate) struct TokenArgs {
    /// The settings whose secret signs the token
    #[arg(long, env = "LEADLINE_CONFIG", default_value = "leadline.toml", value_name = "FILE")]
    config: PathBuf,
    /// The view it is for, e.g. sales_rep
    #[arg(long, value_name = "NAME")]
    view: String,
    /// Whom it names
    #[arg(long, default_value = "developer", value_name = "TEXT")]
    subject: String,
    /// How many hours it is valid
    #[arg(long, default_value_t = 12, value_name = "N")]
    hours: u64,
    /// A further claim as name=value; the value is JSON, or text where it is none. May be given several times
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,
}

/// Prints a token.
///
/// # Errors
/// When the view is unknown, a claim makes no sense, or the settings hold no secret.
pub(crate) fn run(args: &TokenArgs) -> anyhow::Result<()> {
    let settings = read(&args.config)?;
    let found = settings.views().iter().find(|policy| *policy.key == *args.view).cloned();
    let Some(policy) = found else {
        let known: Vec<&str> = settings.views().iter().map(|policy| &*policy.key).collect();
        bail!("there is no view `{}`; there are {}", args.view, known.join(", "));
    };
    let claims: anyhow::Result<BTreeMap<String, Value>> =
        args.claims.iter().map(|claim| read_claim(claim)).collect();
    let minted = Minted {
        subject: args.subject.clone(),
        team: policy.team.to_string(),
        role: policy.role.to_string(),
        lifetime: Duration::from_secs(args.hours.saturating_mul(3600)),
        claims: claims?,
    };
    let token = mint(&settings.auth, &minted)
        .context("these settings check tokens by the issuer's keys; ask the issuer for a token")?;
    print(&format!("{token}\n"));
    Ok(())
}

fn read_claim(claim: &str) -> anyhow::Result<(String, Value)> {
    let (name, value) =
        claim.split_once('=').with_context(|| format!("--claim {claim}: write it as name=value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}
