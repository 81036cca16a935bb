//! Who asks: which rows exist for them, and how they see each column. Source: domain guide §12.
//!
//! A [`View`] is what a team may see ([`Policy`], from the settings) narrowed by what one token claims ([`Claims`]).
//! Claims narrow and never widen; a claim that names what is not configured grants nothing. Every door and every
//! read asks the same two questions of it: may this view see this row (`sees_*`), and how does it see this column
//! ([`View::sight`], [`View::see`]). Only `auth` grants a view; `app` alone holds [`View::system`] for work nobody
//! asked for. The architecture test names both.

mod aspect;
mod policy;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use aspect::{Aspect, Seen};
pub use policy::{Extent, Pii, Policy, Rows, Sight, Write};
pub use rows::{AccountRow, EntryRow, OpportunityRow, Part, PersonRow, RowNeeds};

use super::hex::hex;
use super::masking::PseudonymKey;
use super::territory::{Company, Owner, key_is_named_in};

/// What a verified token says about its bearer. A list that is absent narrows nothing; an empty one leaves nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Who it is, as the issuer names them.
    pub subject: Arc<str>,
    /// The company, where the issuer serves several.
    pub tenant: Option<Arc<str>>,
    /// The team.
    pub team: Arc<str>,
    /// The role within the team.
    pub role: Arc<str>,
    /// What the token may be used for.
    pub scopes: BTreeSet<Arc<str>>,
    /// The bearer's own address, normalised.
    pub email: Option<Arc<str>>,
    /// The users the bearer is: addresses or `source:id`. Instead of `email`.
    pub owners: Option<BTreeSet<Arc<str>>>,
    /// Territories by key.
    pub territories: Option<BTreeSet<Arc<str>>>,
    /// Regions of territories.
    pub regions: Option<BTreeSet<Arc<str>>>,
    /// Campaigns: `source:id`.
    pub campaigns: Option<BTreeSet<Arc<str>>>,
    /// The most that may be seen of what identifies a person.
    pub pii: Option<Pii>,
}

impl Claims {
    /// The bearer as logs name them: the subject as the issuer says it, or a digest where that is an address.
    pub fn noted(&self) -> String {
        if !self.subject.contains('@') {
            return self.subject.to_string();
        }
        let digest: [u8; 32] = Sha256::digest(self.subject.as_bytes()).into();
        let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        format!("sha256:{:016x}", u64::from_be_bytes(*first))
    }
}

/// The scope a token must hold to see a vendor's own payload, where its view may at all.
pub const SCOPE_RAW_PAYLOAD: &str = "raw:read";
/// The scope a token must hold to join and split people by hand, where its view may at all.
pub const SCOPE_IDENTITY_OVERRIDE: &str = "identity:write";

/// Who asks, and what they may see. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View(Arc<Granted>);

#[derive(Debug)]
struct Granted {
    policy: Arc<Policy>,
    company: Arc<Company>,
    claims: Claims,
    pii: Pii,
    /// The names the caller goes by as an owner.
    self_names: BTreeSet<Arc<str>>,
    /// Keys of the caller's teams.
    teams: BTreeSet<Arc<str>>,
    /// Territories seen, with everything beneath them; none when territory does not narrow.
    territories: Option<BTreeSet<Arc<str>>>,
    pseudonym_key: Option<PseudonymKey>,
    fingerprint: Arc<str>,
}

impl View {
    /// The view a verified token is given: the policy chosen for its team and role, narrowed by its claims.
    /// For `auth` alone.
    pub fn grant(
        policy: Arc<Policy>,
        company: Arc<Company>,
        pseudonym_key: Option<PseudonymKey>,
        claims: Claims,
    ) -> Self {
        let pii = claims.pii.map_or(policy.pii, |claimed| claimed.min(policy.pii));
        let self_names = match (&claims.owners, &claims.email) {
            (Some(owners), _) => owners.clone(),
            (None, Some(email)) => BTreeSet::from([email.clone()]),
            (None, None) => BTreeSet::new(),
        };
        let teams = company
            .teams
            .iter()
            .filter(|team| team.key == claims.team || !team.members.is_disjoint(&self_names))
            .map(|team| team.key.clone())
            .collect();
        let territories = granted_territories(&policy, &company, &claims);
        let mut granted = Granted {
            policy,
            company,
            claims,
            pii,
            self_names,
            teams,
            territories,
            pseudonym_key,
            fingerprint: Arc::from(""),
        };
        granted.fingerprint = fingerprint(&granted);
        Self(Arc::new(granted))
    }

    /// Sees everything. For `app` alone, and work nobody asked for.
    pub fn system() -> Self {
        let everything = Policy::everything();
        let claims = Claims {
            subject: everything.key.clone(),
            team: everything.team.clone(),
            role: everything.role.clone(),
            scopes: BTreeSet::from([Arc::from(SCOPE_RAW_PAYLOAD), Arc::from(SCOPE_IDENTITY_OVERRIDE)]),
            ..Claims::default()
        };
        Self::grant(Arc::new(everything), Arc::default(), None, claims)
    }

    /// The view's key in the settings, e.g. `sales_rep`.
    pub fn key(&self) -> &Arc<str> {
        &self.0.policy.key
    }

    /// What the bearer's token says of them.
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// What the view may see, before the token narrowed it.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// How the company is divided.
    pub fn company(&self) -> &Company {
        &self.0.company
    }

    /// How much of what identifies a person is seen: the lower of view and claim.
    pub fn pii(&self) -> Pii {
        self.0.pii
    }

    /// Keys of the territories that narrow what is seen, with everything beneath them; none when territory does
    /// not narrow it.
    pub fn territories(&self) -> Option<&BTreeSet<Arc<str>>> {
        self.0.territories.as_ref()
    }

    /// Keys of the caller's teams.
    pub fn teams(&self) -> &BTreeSet<Arc<str>> {
        &self.0.teams
    }

    /// True when the token holds the scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.claims.scopes.contains(scope)
    }

    /// Whether this kind of change may be asked for.
    pub fn may(&self, write: Write) -> bool {
        self.0.policy.writes.contains(&write)
    }

    /// Aggregates over fewer people than this are withheld.
    pub fn suppress_below(&self) -> u32 {
        self.0.policy.suppress_below
    }

    /// The caller is this owner.
    pub fn is(&self, owner: &Owner) -> bool {
        owner.is_named_in(&self.0.self_names)
    }

    /// The owner is a member or a queue of one of the caller's teams, or the caller.
    pub fn is_of_my_team(&self, owner: &Owner) -> bool {
        self.is(owner) || self.my_teams().any(|team| team.has(owner) || owner.is_named_in(&team.queues))
    }

    /// The owner is a queue of one of the caller's teams.
    pub fn is_my_queue(&self, owner: &Owner) -> bool {
        self.my_teams().any(|team| owner.is_named_in(&team.queues))
    }

    /// A hash of everything that decides what this view sees: equal for two tokens that see the same.
    pub fn fingerprint(&self) -> &Arc<str> {
        &self.0.fingerprint
    }

    fn my_teams(&self) -> impl Iterator<Item = &super::territory::Team> {
        self.0.company.teams.iter().filter(|team| self.0.teams.contains(&team.key))
    }

    fn is_granted(&self, campaigns: &[super::id::RecordKey]) -> bool {
        self.0
            .claims
            .campaigns
            .as_ref()
            .is_some_and(|granted| campaigns.iter().any(|campaign| key_is_named_in(campaign, granted)))
    }
}

/// The territories a view sees, or none when territory does not narrow it. A view by territory whose token claims
/// none sees what its settings name, and without either nothing.
fn granted_territories(policy: &Policy, company: &Company, claims: &Claims) -> Option<BTreeSet<Arc<str>>> {
    let allowed = policy.territories.as_ref().map(|roots| company.subtree(roots));
    let claimed = match (&claims.territories, &claims.regions) {
        (None, None) => None,
        (territories, None) => territories.as_ref().map(|roots| company.subtree(roots)),
        (None, Some(regions)) => Some(company.subtree(&company.of_regions(regions))),
        (Some(territories), Some(regions)) => {
            let by_region = company.subtree(&company.of_regions(regions));
            Some(company.subtree(territories).intersection(&by_region).cloned().collect())
        }
    };
    match (allowed, claimed) {
        (Some(allowed), Some(claimed)) => Some(allowed.intersection(&claimed).cloned().collect()),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => {
            let by_territory = [policy.people, policy.accounts, policy.opportunities]
                .iter()
                .any(|rows| matches!(rows, Rows::Territory | Rows::Own));
            by_territory.then(BTreeSet::new)
        }
    }
}

fn fingerprint(granted: &Granted) -> Arc<str> {
    let Granted { policy, company, claims, pii, self_names, teams, territories, .. } = granted;
    let scopes = [SCOPE_RAW_PAYLOAD, SCOPE_IDENTITY_OVERRIDE].map(|scope| claims.scopes.contains(scope));
    // Who the caller is matters only where a rule asks for it.
    let asks_who = [policy.people, policy.accounts, policy.opportunities].contains(&Rows::Own)
        || [policy.notes, policy.rep_numbers].iter().any(|e| matches!(e, Extent::Own | Extent::Team));
    let who = asks_who.then_some((self_names, teams));
    let all =
        format!("{policy:?} {company:?} {pii:?} {who:?} {territories:?} {:?} {scopes:?}", claims.campaigns);
    hex(&Sha256::digest(all.as_bytes())[..16]).into()
}
