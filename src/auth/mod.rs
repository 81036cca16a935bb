//! Who asks: a token in, a [`View`] out, or one of two refusals.
//!
//! [`Authority`] checks a token against RFC 8725 and RFC 9068, chooses the view that its team and role name, and
//! narrows it by its claims. Uses `upstream` for the issuer's keys and `domain` for the view. Always true of it: no
//! view is granted without a verified signature by a configured algorithm; what is read from a token is verified
//! first; every reason for a 401 looks alike to the caller, and none of it is logged with the token.
//!
//! Time here is the machine's own, not the gateway's `--as-of`: an issuer outside sets the expiry.

mod bearer;
mod claims;
mod jwks;
mod keys;
mod mint;
mod remembered;
mod settings;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::domain::view::{Claims, Policy, View};
use crate::upstream::Wire;

pub use bearer::bearer;
pub use keys::Pace;
pub use mint::{Minted, mint};
pub use settings::{AlgorithmName, AuthSettings, ClaimNames, ClaimPath, IssuerKeys};

use keys::{Keys, RemoteKeys};
use remembered::Remembered;

/// What the header `WWW-Authenticate` of every 401 says.
pub const CHALLENGE: &str = "Bearer";

/// Why no view was granted. The text is for the log; a caller is told the kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No valid token: 401, always worded alike.
    #[error("no valid token: {0}")]
    Unauthenticated(&'static str),
    /// A valid token that names no view: 403.
    #[error("no view for this token: {0}")]
    Forbidden(&'static str),
}

/// Checks tokens and grants views. Cheap to clone.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    settings: AuthSettings,
    keys: Keys,
    remembered: Remembered,
}

impl Authority {
    /// An authority over these settings. Keys at a URL are fetched when first needed, or before by
    /// [`Authority::keep_keys_fresh`].
    pub fn new(settings: AuthSettings, wire: &Wire) -> Self {
        Self::with_pace(settings, wire, Pace::default())
    }

    /// As [`Authority::new`], with another pace of fetching keys.
    pub fn with_pace(settings: AuthSettings, wire: &Wire, pace: Pace) -> Self {
        let keys = match &settings.keys {
            IssuerKeys::Secret(secret) => Keys::secret(secret),
            IssuerKeys::Url(url) => Keys::Remote(Box::new(RemoteKeys::new(
                wire.clone(),
                url.clone(),
                settings.algorithms.clone(),
                pace,
            ))),
        };
        Self(Arc::new(Inner { settings, keys, remembered: Remembered::default() }))
    }

    /// The view of a caller who sent this token.
    pub async fn view(&self, token: &str) -> Result<View, Refusal> {
        self.view_at(token, now()).await
    }

    /// The view of a caller, from the values of every `Authorization` header of the request.
    pub async fn view_of_headers<'a>(
        &self,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<View, Refusal> {
        self.view(bearer(authorization)?).await
    }

    /// Fetches the issuer's keys before they are asked for, for as long as it is polled. Returns at once where no
    /// URL is configured.
    pub async fn keep_keys_fresh(&self) {
        if let Keys::Remote(keys) = &self.0.keys {
            keys.keep_fresh().await;
        }
    }

    /// Whether a token could be checked now: always with a secret, and with a URL once its keys were fetched.
    pub fn is_ready(&self) -> bool {
        self.0.keys.generation().is_some()
    }

    /// The view that claims are granted which a token of before had told, for work that outlives it; none where the
    /// settings have no such view any more.
    pub fn again(&self, claims: Claims) -> Option<View> {
        let settings = &self.0.settings;
        let policy = choose(&settings.views, &claims.team, &claims.role).ok()?;
        let is_of_tenant = settings.tenant.is_none() || settings.tenant == claims.tenant;
        is_of_tenant.then(|| settings.grant(policy, claims))
    }

    async fn view_at(&self, token: &str, now: u64) -> Result<View, Refusal> {
        let Inner { settings, keys, remembered } = &*self.0;
        if token.len() > bearer::MAX_TOKEN {
            return Err(Refusal::Unauthenticated("the token is too long"));
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(view) = remembered.view(&digest, keys.generation(), now) {
            return Ok(view);
        }
        let header = token::read_header(token).map_err(Refusal::Unauthenticated)?;
        let key = keys.find(&header).await.ok_or(Refusal::Unauthenticated("no key for it"))?;
        let verified =
            token::verify(token, &header, &key, settings, now).map_err(Refusal::Unauthenticated)?;
        let claims = claims::read(&settings.claims, &verified).map_err(Refusal::Unauthenticated)?;
        if settings.tenant.is_some() && settings.tenant != claims.tenant {
            return Err(Refusal::Unauthenticated("it is for another tenant"));
        }
        let view = settings.grant(choose(&settings.views, &claims.team, &claims.role)?, claims);
        remembered.remember(digest, key.generation, verified.expires_at + token::LEEWAY, view.clone());
        Ok(view)
    }
}

/// Chooses the crypto behind every signature, first thing in `main`. A second call changes nothing.
pub fn install_crypto() {
    let _already_installed = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// The one view for this team and role.
fn choose<'a>(views: &'a [Arc<Policy>], team: &str, role: &str) -> Result<&'a Arc<Policy>, Refusal> {
    let mut matching = views.iter().filter(|policy| &*policy.team == team && &*policy.role == role);
    match (matching.next(), matching.next()) {
        (Some(policy), None) => Ok(policy),
        (None, _) => Err(Refusal::Forbidden("no view for its team and role")),
        (Some(_), Some(_)) => Err(Refusal::Forbidden("several views for its team and role")),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
