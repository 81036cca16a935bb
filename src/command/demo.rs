//! `leadline demo`: pretend vendors, the gateway in front of them, a token for each team, and a first question.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use serde_json::{Value, json};

use leadline::app::{Circumstances, Gateway};
use leadline::auth::{Minted, mint};
use leadline::config::Settings;
use leadline::domain::clock::Clock;
use leadline::domain::view::Policy;
use leadline::http::OfferedToken;
use leadline::sandbox::world::World;
use leadline::sandbox::{self, Sandbox, credentials, generate};

use super::sandbox::addresses;
use super::settings::{parse, print, until_told_to_end};
use super::world::WorldArgs;

/// The settings of the demo, built into the binary.
const SETTINGS: &str = include_str!("../../deploy/demo.toml");
/// How long the demo's tokens are valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// Campaigns the demo's agency works for.
const AGENCY_CAMPAIGNS: usize = 3;

/// Options of `leadline demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    world: WorldArgs,
    /// Print one JSON object on the first line of standard output, for scripts; logs go to standard error
    #[arg(long)]
    json: bool,
    /// Port of the gateway; 0 picks free ports for everything
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    port: u16,
    /// Address of the gateway; 0.0.0.0 in a container. Whoever reaches it can read the tokens off its page
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// Settings instead of those built in and of the settings.toml of a world
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the demo until told to end.
///
/// # Errors
/// What hinders it, in a sentence.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let begun = args.world.begin()?;
    let (origin, clock) = (begun.origin, begun.clock());
    let showcase = generate::showcase_emails(&begun.world, 3);
    let integration_user = generate::integration_user(&begun.world);
    let claims = Claims::of(&begun.world);
    let mut options = sandbox::Options::new(begun.world);
    options.clock = clock;
    let vendors = sandbox::start(options).await?;

    // Removed when the demo ends, however it ends.
    let folder = Folder::new()?;
    let admin_port = if args.port == 0 { 0 } else { 9090 };
    let filled: BTreeMap<&str, String> = BTreeMap::from([
        ("LISTEN", SocketAddr::from((args.host, args.port)).to_string()),
        ("ADMIN", format!("127.0.0.1:{admin_port}")),
        ("DEMO_SECRET", secret()?),
        ("SALESFORCE_URL", vendors.salesforce.url.clone()),
        ("SALESFORCE_CLIENT_ID", credentials::SALESFORCE_CLIENT_ID.to_owned()),
        ("SALESFORCE_CLIENT_SECRET", credentials::SALESFORCE_CLIENT_SECRET.to_owned()),
        ("HUBSPOT_URL", vendors.hubspot.url.clone()),
        ("HUBSPOT_TOKEN", credentials::HUBSPOT_TOKEN.to_owned()),
        ("LEDGER_FILE", folder.0.join("ledger.db").display().to_string()),
        ("EXPORTS", folder.0.join("exports").display().to_string()),
    ]);
    let env = |name: &str| match name {
        "SALESFORCE_INTEGRATION_USER" => integration_user.as_ref().map(ToString::to_string),
        name => filled.get(name).cloned().or_else(|| std::env::var(name).ok()),
    };
    let given = match &args.config {
        None => args.world.settings()?,
        Some(file) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            Some((file.clone(), text))
        }
    };
    let settings = match given {
        None => parse(Path::new(""), "deploy/demo.toml", SETTINGS, &env)?,
        Some((file, text)) => {
            let folder = file.parent().unwrap_or(Path::new(""));
            parse(folder, &file.display().to_string(), &text, &env)?
        }
    };
    let tokens = tokens(&settings, &claims);
    let offered =
        tokens.iter().map(|(view, token)| OfferedToken { view: view.clone(), token: token.clone() });
    let circumstances = Circumstances {
        clock: Some(Clock::starting_at(origin)),
        offered_tokens: offered.collect(),
        offered_emails: showcase.clone(),
        ..Circumstances::default()
    };
    let gateway = Gateway::start(settings, circumstances).await?;
    if args.json {
        print(&format!("{}\n", for_scripts(&gateway, &vendors, &tokens)));
    } else {
        print(&for_people(&gateway, &vendors, &tokens, showcase.first()));
    }
    until_told_to_end().await?;
    gateway.stop().await;
    vendors.stop().await;
    Ok(())
}

/// A folder for what a demo keeps, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("leadline-demo-{}", secret()?));
        std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to be told that it stays.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// 32 random bytes as text.
fn secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).ok().context("the system gives no random numbers")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Who the demo's tokens are for, in the words of the world.
struct Claims {
    seller: Option<String>,
    manager: Option<String>,
    campaigns: Vec<String>,
}

impl Claims {
    fn of(world: &World) -> Self {
        let emails: Vec<String> = column(world, "User", "Email");
        let known = |name: &str| emails.iter().find(|email| email.starts_with(name)).cloned();
        let first = || emails.iter().find(|email| !email.starts_with("integration")).cloned();
        let campaigns = column(world, "Campaign", "Id").into_iter().take(AGENCY_CAMPAIGNS);
        Self {
            seller: known("dana.whitfield").or_else(first),
            manager: known("morgan.hale").or_else(first),
            campaigns: campaigns.map(|id| format!("sales:{id}")).collect(),
        }
    }

    fn for_view(&self, policy: &Policy) -> BTreeMap<String, Value> {
        let mut claims = BTreeMap::new();
        match &*policy.key {
            "sales_rep" => {
                claims.insert("email".to_owned(), json!(self.seller));
                claims.insert("territories".to_owned(), json!(["emea", "americas", "apac"]));
            }
            "sales_manager" => {
                claims.insert("email".to_owned(), json!(self.manager));
                claims.insert("territories".to_owned(), json!(["emea"]));
            }
            "revops" => {
                claims.insert("scope".to_owned(), json!("raw:read identity:write"));
            }
            "agency" => {
                claims.insert("campaigns".to_owned(), json!(self.campaigns));
            }
            _ => {}
        }
        claims
    }
}

fn column(world: &World, table: &str, name: &str) -> Vec<String> {
    let Some(table) = world.table("salesforce", table) else { return Vec::new() };
    table.rows.iter().filter_map(|row| table.value(row, name)).map(ToString::to_string).collect()
}

/// A token for each view of the settings, in their order.
fn tokens(settings: &Settings, claims: &Claims) -> Vec<(String, String)> {
    let token = |policy: &Policy| {
        let minted = Minted {
            subject: format!("demo-{}", policy.key),
            team: policy.team.to_string(),
            role: policy.role.to_string(),
            lifetime: TOKEN_LIFETIME,
            claims: claims.for_view(policy),
        };
        Some((policy.key.to_string(), mint(&settings.auth, &minted)?))
    };
    settings.views().iter().filter_map(|policy| token(policy)).collect()
}

fn for_scripts(gateway: &Gateway, vendors: &Sandbox, tokens: &[(String, String)]) -> Value {
    let tokens: BTreeMap<&str, &str> =
        tokens.iter().map(|(view, token)| (view.as_str(), token.as_str())).collect();
    json!({
        "graphql": format!("http://{}/graphql", gateway.address),
        "admin": format!("http://{}", gateway.admin),
        "sandboxes": addresses(vendors),
        "tokens": tokens,
    })
}

fn for_people(
    gateway: &Gateway,
    vendors: &Sandbox,
    tokens: &[(String, String)],
    showcase: Option<&String>,
) -> String {
    let address = gateway.address;
    let mut text = format!(
        "Leadline answers at  http://{address}/graphql\n\
         Try it in a browser  http://{address}/\n\
         Health and metrics   http://{}/livez /readyz /metrics\n\
         Pretend Salesforce   {}  (admin {})\n\
         Pretend HubSpot      {}  (admin {})\n\n\
         A token for each team's view, valid for 12 hours:\n",
        gateway.admin,
        vendors.salesforce.url,
        vendors.salesforce.admin,
        vendors.hubspot.url,
        vendors.hubspot.admin
    );
    for (view, token) in tokens {
        let _infallible = writeln!(text, "\n{view}\n{token}");
    }
    let revops = tokens.iter().find(|(view, _)| view == "revops").or_else(|| tokens.first());
    if let (Some((_, token)), Some(email)) = (revops, showcase) {
        let query = format!(
            "{{ person(by: {{email: \"{email}\"}}) {{ displayName title lifecycleStage records {{ source {{ system }} object }} \
             provenance(fields: [TITLE]) {{ chosen {{ value source {{ source {{ name }} }} }} others {{ value }} inConflict }} \
             history(first: 5) {{ nodes {{ kind occurredAt side summary }} }} }} }}"
        );
        let body = json!({ "query": query }).to_string().replace('\'', "'\\''");
        let _infallible = writeln!(
            text,
            "\nA first question, answered from both vendors:\n\ncurl -s http://{address}/graphql -H 'content-type: \
             application/json' -H 'authorization: Bearer {token}' -d '{body}'"
        );
    }
    text + "\nCtrl-C ends everything.\n"
}
