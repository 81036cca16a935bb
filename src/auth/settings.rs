//! What the settings say about tokens.

use std::sync::Arc;

use secrecy::SecretString;

use crate::domain::masking::PseudonymKey;
use crate::domain::territory::Company;
use crate::domain::view::{Claims, Policy, View};
use crate::upstream::Url;

/// Everything an [`Authority`](super::Authority) needs to know.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// The only accepted `iss`.
    pub issuer: String,
    /// What `aud` must contain.
    pub audience: String,
    /// Accepted algorithms; a key without one of its own takes the first of its kind.
    pub algorithms: Vec<AlgorithmName>,
    /// Where the keys are.
    pub keys: IssuerKeys,
    /// The only accepted tenant, where one is set.
    pub tenant: Option<Arc<str>>,
    /// Under which names the issuer's tokens carry our claims.
    pub claims: ClaimNames,
    /// The views that can be chosen.
    pub views: Vec<Arc<Policy>>,
    /// Territories and teams.
    pub company: Arc<Company>,
    /// The secret for pseudonyms.
    pub pseudonym_key: Option<PseudonymKey>,
}

impl AuthSettings {
    /// The view of claims that were verified.
    pub(super) fn grant(&self, policy: &Arc<Policy>, claims: Claims) -> View {
        View::grant(policy.clone(), self.company.clone(), self.pseudonym_key.clone(), claims)
    }
}

/// Where the issuer's keys are.
#[derive(Clone, Debug)]
pub enum IssuerKeys {
    /// A shared secret of at least 32 bytes, for HS256.
    Secret(SecretString),
    /// The URL of a JWK set.
    Url(Url),
}

/// A signature algorithm we can check. `none` has no name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the registered name of RFC 7518 and RFC 8037")]
pub enum AlgorithmName {
    Hs256,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl AlgorithmName {
    /// Every algorithm.
    pub const ALL: [Self; 10] = [
        Self::Hs256,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The registered name, as in settings and tokens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn library(self) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm;
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// Where a claim is in a token: a member's name (a URL is a name too), or a JSON pointer (`/realm/team`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(Arc<str>);

impl ClaimPath {
    /// A path as the settings write it.
    pub fn new(path: impl AsRef<str>) -> Self {
        Self(Arc::from(path.as_ref()))
    }

    /// The path as the settings write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The members to descend through.
    pub(super) fn steps(&self) -> Vec<String> {
        match self.0.strip_prefix('/') {
            None => vec![self.0.to_string()],
            Some(rest) => rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
        }
    }
}

/// Under which names the issuer's tokens carry our claims.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the claim's own and says all there is")]
pub struct ClaimNames {
    pub tenant: ClaimPath,
    pub team: ClaimPath,
    pub role: ClaimPath,
    pub scope: ClaimPath,
    pub email: ClaimPath,
    pub territories: ClaimPath,
    pub regions: ClaimPath,
    pub owners: ClaimPath,
    pub campaigns: ClaimPath,
    pub pii: ClaimPath,
}

impl Default for ClaimNames {
    /// Our own names.
    fn default() -> Self {
        let own = ClaimPath::new;
        Self {
            tenant: own("tenant"),
            team: own("team"),
            role: own("role"),
            scope: own("scope"),
            email: own("email"),
            territories: own("territories"),
            regions: own("regions"),
            owners: own("owners"),
            campaigns: own("campaigns"),
            pii: own("pii"),
        }
    }
}
