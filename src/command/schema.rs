//! `leadline schema`: the contract as text, for code generation and review.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use leadline::app::contract;
use leadline::config::Settings;

use super::settings::{parse, print, read};

/// Options of `leadline schema`.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Only what this view may see, e.g. sales_rep
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// The settings whose views are meant, instead of the shipped ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Prints the schema.
///
/// # Errors
/// When there is no such view.
pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    let Some(name) = &args.view else {
        print(&contract(None));
        return Ok(());
    };
    let settings: Settings = match &args.config {
        Some(file) => read(file)?,
        None => shipped()?,
    };
    let found = settings.views().iter().find(|policy| *policy.key == **name).cloned();
    let Some(policy) = found else {
        let known: Vec<&str> = settings.views().iter().map(|policy| &*policy.key).collect();
        bail!("there is no view `{name}`; there are {}", known.join(", "));
    };
    print(&contract(Some(&policy)));
    Ok(())
}

/// The shipped views, which need no sources of anybody's own.
fn shipped() -> anyhow::Result<Settings> {
    let env = |name: &str| {
        Some(match name {
            "SALESFORCE_URL" | "HUBSPOT_URL" => "http://127.0.0.1:1".to_owned(),
            name if name.contains("LISTEN") => "127.0.0.1:0".to_owned(),
            "ADMIN" => "127.0.0.1:0".to_owned(),
            _ => "0123456789abcdef0123456789abcdef".to_owned(),
        })
    };
    let text = include_str!("../../deploy/demo.toml");
    parse(std::path::Path::new(""), "deploy/demo.toml", text, &env).context("the shipped settings are broken")
}
