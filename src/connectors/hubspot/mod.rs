//! HubSpot: contacts, companies, deals and marketing's touches.
//!
//! [`connect`] turns the options of one source into a [`Connection`]. `portal` knows how to ask the account anything;
//! each capability has a file that decides what to ask and in how many calls; `map` turns what came back into
//! the domain's words. Always true: a batch is one call for as many records as the vendor takes, lists go on behind
//! the last id seen and never at an offset, and only requested properties travel. What is odd about the vendor is
//! in this folder's `README.md`, each oddity with what breaks when it is forgotten.

mod accounts;
mod asking;
mod auth;
mod campaigns;
mod changes;
mod conditions;
mod config;
mod describe;
mod dialect;
#[cfg(test)]
mod fake;
mod history;
mod lists;
mod map;
mod object;
mod opportunities;
mod paths;
mod people;
mod pipelines;
mod portal;
mod properties;
mod remembered;
mod search;
#[cfg(test)]
mod tests;
mod users;
mod webhooks;
mod wire;

pub use config::{
    CrossReferences, HubspotField, HubspotFields, HubspotLimits, HubspotOptions, HubspotWebhooks,
    ScoreProperty,
};

use std::sync::Arc;
use std::time::Duration;

use crate::connectors::bridge::Shared;
use crate::domain::record::SourceInfo;
use crate::source::Connection;
use crate::source::notices::Notices;
use crate::upstream::{Bucket, Upstream, UpstreamConfig, Url};

use accounts::Accounts;
use campaigns::Campaigns;
use changes::Told;
use dialect::{BURST, BURST_WINDOW, HubspotDialect, SEARCH, SEARCH_WINDOW};
use history::Histories;
use lists::Lists;
use opportunities::Opportunities;
use paths::Paths;
use people::People;
use pipelines::Pipelines;
use portal::Portal;
use users::Users;
use webhooks::Webhooks;

/// Why options do not make a connection, in a sentence for whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// No credentials, half of them, or two kinds at once.
    #[error("give either `access_token`, or `client_id`, `client_secret` and `refresh_token` together")]
    Credentials,
    /// The address of the API is none.
    #[error("`base_url` is no address: {0}")]
    BaseUrl(String),
    /// No version of the API is called so.
    #[error("`api_version` is `v3` or a date such as `2026-03`, not `{0}`")]
    Version(String),
    /// What is delivered could not be believed.
    #[error("`webhooks` needs `client_secret`, the secret of the app that sends them")]
    WebhookSecret,
    /// A limit that would let nothing through.
    #[error("every limit must be at least 1")]
    Limits,
}

/// A connection to one HubSpot account. Opens nothing and asks for nothing yet.
///
/// # Errors
/// When the options contradict each other.
pub fn connect(
    info: SourceInfo,
    options: HubspotOptions,
    shared: &Shared,
) -> Result<Connection, ConnectError> {
    let portal = portal(info.clone(), options, shared)?;
    let mut connection = Connection::new(info, portal.clone());
    let lists = Arc::new(Lists(portal.clone()));
    connection.people = Some(Arc::new(People(portal.clone())));
    connection.all_people = Some(lists.clone());
    connection.accounts = Some(Arc::new(Accounts(portal.clone())));
    connection.all_accounts = Some(lists.clone());
    let campaigns = Arc::new(Campaigns(portal.clone()));
    connection.campaigns = Some(campaigns.clone());
    connection.all_campaigns = Some(campaigns);
    connection.history = Some(Arc::new(Histories(portal.clone())));
    connection.users = Some(Arc::new(Users(portal.clone())));
    connection.changes = Some(Arc::new(Told(portal.clone())));
    connection.notices = notices(&portal)?;
    if portal.options.opportunities {
        connection.opportunities = Some(Arc::new(Opportunities(portal.clone())));
        connection.all_opportunities = Some(lists);
        connection.pipelines = Some(Arc::new(Pipelines(portal)));
    }
    Ok(connection)
}

/// The door for what the account delivers; none where the options name no address.
fn notices(portal: &Portal) -> Result<Option<Arc<dyn Notices>>, ConnectError> {
    let options = &portal.options;
    if options.webhooks.is_none() {
        return Ok(None);
    }
    let secret = options.webhook_secret().ok_or(ConnectError::WebhookSecret)?;
    let webhooks = Webhooks::of(&portal.info.name, options, secret);
    Ok(webhooks.map(|webhooks| Arc::new(webhooks) as Arc<dyn Notices>))
}

fn portal(info: SourceInfo, options: HubspotOptions, shared: &Shared) -> Result<Arc<Portal>, ConnectError> {
    let base = Url::parse(&options.base_url).map_err(|_| ConnectError::BaseUrl(options.base_url.clone()))?;
    let paths =
        Paths::of(&options.api_version).ok_or_else(|| ConnectError::Version(options.api_version.clone()))?;
    let token_url = base.join(&paths.token()).map_err(|_| ConnectError::BaseUrl(options.base_url.clone()))?;
    let tokens = auth::tokens(&options, token_url)?;
    let pace = pace(&info, &options, base)?;
    let upstream = Upstream::new(&shared.wire, &pace, Arc::new(HubspotDialect), tokens);
    Ok(Arc::new(Portal::new(info, options, paths, upstream, shared.clock)))
}

/// How hard the account is asked: its burst, its searches and its day are three separate counts.
fn pace(info: &SourceInfo, options: &HubspotOptions, base: Url) -> Result<UpstreamConfig, ConnectError> {
    let limits = &options.limits;
    if limits.burst == 0 || limits.searches == 0 || limits.daily == 0 || limits.concurrency == 0 {
        return Err(ConnectError::Limits);
    }
    Ok(UpstreamConfig {
        concurrency: limits.concurrency,
        buckets: vec![
            Bucket { name: BURST, max: limits.burst, per: BURST_WINDOW },
            Bucket { name: SEARCH, max: limits.searches, per: SEARCH_WINDOW },
        ],
        daily: Some(limits.daily),
        call_timeout: Duration::from_secs(limits.call_timeout_seconds.max(1)),
        ..UpstreamConfig::new(info.name.as_str(), base)
    })
}
