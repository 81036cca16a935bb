//! `leadline sandbox`: pretend vendors alone.

use clap::Args;
use serde_json::{Value, json};

use leadline::sandbox::hubspot::webhooks::Target;
use leadline::sandbox::{self, Sandbox, credentials};

use super::settings::{print, until_told_to_end};
use super::world::WorldArgs;

/// Options of `leadline sandbox`.
#[derive(Args, Debug)]
pub(crate) struct SandboxArgs {
    #[command(flatten)]
    world: WorldArgs,
    /// Print one JSON object on the first line of standard output, for scripts
    #[arg(long)]
    json: bool,
    /// Port of the pretend Salesforce; 0 picks a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    salesforce_port: u16,
    /// Port of the pretend HubSpot; 0 picks a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    hubspot_port: u16,
    /// Where the pretend HubSpot delivers what happens there, such as http://127.0.0.1:8080/webhooks/marketing
    #[arg(long, value_name = "URL")]
    hubspot_webhooks: Option<Target>,
}

/// Runs pretend vendors until told to end.
///
/// # Errors
/// What hinders it, in a sentence.
pub(crate) async fn run(args: SandboxArgs) -> anyhow::Result<()> {
    let begun = args.world.begin()?;
    let clock = begun.clock();
    let mut options = sandbox::Options::new(begun.world);
    options.clock = clock;
    options.salesforce_port = args.salesforce_port;
    options.hubspot_port = args.hubspot_port;
    options.hubspot_webhooks = args.hubspot_webhooks;
    let running = sandbox::start(options).await?;
    if args.json {
        let line = json!({ "sandboxes": addresses(&running), "credentials": vendor_credentials() });
        print(&format!("{line}\n"));
    } else {
        let (salesforce, hubspot) = (&running.salesforce, &running.hubspot);
        print(&format!(
            "Salesforce  {}  (admin {})\nHubSpot     {}  (admin {})\nCtrl-C ends them.\n",
            salesforce.url, salesforce.admin, hubspot.url, hubspot.admin
        ));
    }
    until_told_to_end().await?;
    running.stop().await;
    Ok(())
}

/// Where the pretend vendors are, as scripts read it.
pub(crate) fn addresses(running: &Sandbox) -> Value {
    let (salesforce, hubspot) = (&running.salesforce, &running.hubspot);
    json!({
        "salesforce": { "url": salesforce.url, "admin": salesforce.admin },
        "hubspot": { "url": hubspot.url, "admin": hubspot.admin },
    })
}

fn vendor_credentials() -> Value {
    json!({
        "salesforce": {
            "client_id": credentials::SALESFORCE_CLIENT_ID,
            "client_secret": credentials::SALESFORCE_CLIENT_SECRET,
            "refresh_token": credentials::SALESFORCE_REFRESH_TOKEN,
            "username": credentials::SALESFORCE_USERNAME,
            "password": credentials::SALESFORCE_PASSWORD,
        },
        "hubspot": {
            "token": credentials::HUBSPOT_TOKEN,
            "narrow_token": credentials::HUBSPOT_NARROW_TOKEN,
            "client_id": credentials::HUBSPOT_CLIENT_ID,
            "client_secret": credentials::HUBSPOT_CLIENT_SECRET,
            "refresh_token": credentials::HUBSPOT_REFRESH_TOKEN,
        },
    })
}
