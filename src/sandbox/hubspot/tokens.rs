//! Who is let in: private-app tokens, which never expire, and OAuth tokens, which do.

use std::collections::{HashMap, HashSet};

use super::scopes;
use super::stamp::Millis;
use crate::sandbox::credentials;

/// What a token allows, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) scopes: Vec<String>,
    /// None for a private app.
    pub(crate) expires_at: Option<Millis>,
}

/// All tokens ever issued.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Vec<String>>,
    used_codes: HashSet<String>,
    issued: u64,
}

impl Default for Tokens {
    fn default() -> Self {
        let every = scopes::all();
        let app = |scopes: &[String]| Grant { scopes: scopes.to_vec(), expires_at: None };
        let narrow = ["crm.objects.contacts.read".to_owned(), "oauth".to_owned()];
        Self {
            access: HashMap::from([
                (credentials::HUBSPOT_TOKEN.to_owned(), app(&every)),
                (credentials::HUBSPOT_NARROW_TOKEN.to_owned(), app(&narrow)),
            ]),
            refresh: HashMap::from([(credentials::HUBSPOT_REFRESH_TOKEN.to_owned(), every)]),
            used_codes: HashSet::new(),
            issued: 0,
        }
    }
}

impl Tokens {
    /// What an access token allows, expired or not.
    pub(crate) fn grant(&self, token: &str) -> Option<&Grant> {
        self.access.get(token)
    }

    /// The scopes behind a refresh token.
    pub(crate) fn refreshable(&self, refresh_token: &str) -> Option<&Vec<String>> {
        self.refresh.get(refresh_token)
    }

    /// A new access token.
    pub(crate) fn issue(&mut self, scopes: Vec<String>, expires_at: Millis) -> String {
        self.issued += 1;
        // Real ones are long and of no fixed length.
        let token = format!("CLeadlineSandbox{:08}{}", self.issued, "AAAAQAAAA".repeat(20));
        self.access.insert(token.clone(), Grant { scopes, expires_at: Some(expires_at) });
        token
    }

    /// Exchanges a one-time code for a refresh token; none the second time.
    pub(crate) fn redeem(&mut self, code: &str) -> Option<String> {
        if !self.used_codes.insert(code.to_owned()) {
            return None;
        }
        let refresh_token = credentials::HUBSPOT_REFRESH_TOKEN.to_owned();
        self.refresh.entry(refresh_token.clone()).or_insert_with(scopes::all);
        Some(refresh_token)
    }

    /// Revokes a refresh or access token.
    pub(crate) fn revoke(&mut self, token: &str) {
        self.refresh.remove(token);
        self.access.remove(token);
    }
}
