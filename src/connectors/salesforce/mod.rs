//! Salesforce Sales Cloud: leads, contacts, accounts, opportunities, campaigns, users and their history, read with
//! SOQL over REST.
//!
//! What is always true here: an id has 18 characters, no text of a caller changes the structure of a query, an answer
//! is whole whatever page sizes the vendor chooses, and nothing is ever written. The vendor's oddities are in
//! `README.md`, each with what breaks if it is forgotten.

mod accounts;
mod auth;
mod campaigns;
mod changes;
mod conditions;
mod config;
mod describe;
mod dialect;
mod history;
mod id;
mod known;
mod listing;
mod map;
mod opportunities;
mod org;
mod people;
mod soql;
mod users;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::domain::record::SourceInfo;
use crate::source::Connection;
use crate::upstream::{Upstream, UpstreamConfig, Url};

use super::bridge::Shared;
use auth::Login;
pub use config::{
    ChannelName, LeadSourceMeaning, SalesforceField, SalesforceFields, SalesforceLimits, SalesforceOptions,
    StageName,
};
use dialect::SalesforceDialect;
use org::Org;

/// Why the options do not make a connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The login address cannot be used.
    #[error("login_url is not the address of an org, such as https://acme.my.salesforce.com")]
    LoginUrl,
    /// The version cannot be used.
    #[error("api_version is not a version from v46.0 on, such as v62.0")]
    Version,
    /// Not exactly one way to log in.
    #[error(
        "give exactly one way to log in: client_secret, or username with private_key or private_key_file, \
         or refresh_token"
    )]
    Credentials,
    /// The key file cannot be read.
    #[error("private_key_file cannot be read")]
    KeyFile(#[source] std::io::Error),
    /// The key is none.
    #[error("the private key is not an RSA key in PEM form")]
    Key,
}

/// One configured Salesforce org, ready to be asked. Nothing leaves before the first question.
pub fn connect(
    info: SourceInfo,
    options: SalesforceOptions,
    shared: &Shared,
) -> Result<Connection, ConnectError> {
    let options = options.with_canonical_ids();
    let base = Url::parse(&options.login_url).map_err(|_| ConnectError::LoginUrl)?;
    if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
        return Err(ConnectError::LoginUrl);
    }
    if !is_version(&options.api_version) {
        return Err(ConnectError::Version);
    }
    let login = Login::new(&options, &base, shared.clock)?;
    let mut wire = UpstreamConfig::new(info.name.as_str(), base);
    wire.base_hosts.clone_from(&options.instance_hosts);
    wire.concurrency = options.limits.concurrency.max(1);
    wire.daily = options.limits.daily;
    wire.call_timeout = Duration::from_secs(options.limits.call_timeout_seconds.max(1));
    let upstream = Upstream::new(&shared.wire, &wire, Arc::new(SalesforceDialect), Arc::new(login));
    let org = Arc::new(Org {
        name: info.name.clone(),
        options,
        upstream,
        clock: shared.clock,
        known: known::Known::default(),
        unusable: ArcSwapOption::empty(),
    });
    let mut connection = Connection::new(info, org.clone());
    connection.people = Some(org.clone());
    connection.all_people = Some(org.clone());
    connection.accounts = Some(org.clone());
    connection.all_accounts = Some(org.clone());
    connection.opportunities = Some(org.clone());
    connection.all_opportunities = Some(org.clone());
    connection.campaigns = Some(org.clone());
    connection.all_campaigns = Some(org.clone());
    connection.memberships = Some(org.clone());
    connection.all_memberships = Some(org.clone());
    connection.history = Some(org.clone());
    connection.users = Some(org.clone());
    connection.pipelines = Some(org.clone());
    connection.changes = Some(org);
    Ok(connection)
}

fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v').and_then(|version| version.strip_suffix(".0"));
    number.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| (46..1000).contains(&number))
}
