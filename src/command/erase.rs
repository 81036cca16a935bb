//! `leadline erase`: a person goes, for good.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use leadline::app::erase_without_gateway;
use leadline::http::admin::Erased;
use serde_json::{Value, json};

use super::settings::{print, read};

/// Longer than this nobody waits for a running gateway: emptying the files of a large ledger takes a while.
const PATIENCE: Duration = Duration::from_secs(600);

/// Options of `leadline erase`.
#[derive(Args, Debug)]
pub(crate) struct EraseArgs {
    /// A record as source:object:id (sales:Lead:00Q5e000001AbCdEAK), or the id of a person from GraphQL
    #[arg(value_name = "PERSON-OR-RECORD")]
    person: String,
    /// The settings (see deploy/leadline.toml)
    #[arg(long, env = "LEADLINE_CONFIG", default_value = "leadline.toml", value_name = "FILE")]
    config: PathBuf,
}

/// Asks the gateway that runs over the ledger; opens the ledger itself when none does.
///
/// # Errors
/// When nobody was erased, in a sentence.
pub(crate) async fn run(args: EraseArgs) -> anyhow::Result<()> {
    let settings = read(&args.config)?;
    let url = format!("http://{}/erase", settings.server.admin);
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let erased = match http.post(&url).json(&json!({ "person": args.person })).send().await {
        Ok(response) if response.status().is_success() => response.json::<Erased>().await?,
        Ok(response) => {
            let status = response.status();
            let told: Value = response.json().await.unwrap_or_default();
            bail!("the gateway at {} refused ({status}): {}", settings.server.admin, told["message"])
        }
        Err(error) if error.is_connect() => {
            let erased = erase_without_gateway(&settings, &args.person).await?;
            erased.context("no gateway runs, and the ledger itself refused")?
        }
        Err(error) => return Err(error).context("the running gateway could not be asked"),
    };
    print(&format!(
        "erased {} records; {} entries of histories now tell of nobody\n",
        erased.records, erased.events
    ));
    Ok(())
}
