//! Which account a person belongs to: the contact's, else the one a lead was converted into, else the primary company's,
//! else the only one with the domain of an address.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::person::{PersonRecord, PersonRole};
use crate::domain::record::{Side, SourceInfo};
use crate::unify::identity::cluster::{Cluster, Warning, WarningCode};
use crate::unify::source_order::SourceOrder;

use super::link::own_domains;

/// An account that has the domain of a person's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCandidate {
    /// Its anchor.
    pub account: RecordKey,
    /// Something is being sold to it.
    pub has_open_opportunity: bool,
    /// It bought.
    pub is_customer: bool,
    /// When something last happened with it.
    pub latest_activity: Option<DateTime<Utc>>,
}

/// The account a person belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountMatch {
    /// A record names it: an account of the sales side or a company of the marketing side.
    Named(RecordKey),
    /// It alone has the domain of the person's address.
    ByDomain(RecordKey),
    /// Several have that domain; the warning names them, the likeliest first.
    Ambiguous(Warning),
    /// None is known.
    Unknown,
}

/// The account a record of the person names: the contact's, else the one a lead was converted into, else the primary
/// company on the marketing side.
pub fn account_named(cluster: &Cluster, sources: &[SourceInfo]) -> Option<RecordKey> {
    let order = SourceOrder::new(sources);
    let mut records: Vec<&PersonRecord> = cluster.members.iter().map(|member| &*member.record).collect();
    records.sort_by_key(|it| (order.rank(&it.meta.key.source), Reverse(it.meta.updated_at), &it.meta.key));
    let is_sales = |it: &&&PersonRecord| order.side(&it.meta.key.source) == Side::Sales;
    let of_contact = records
        .iter()
        .filter(is_sales)
        .filter(|it| it.role == PersonRole::Contact)
        .find_map(|it| it.account.as_ref());
    let of_conversion = || records.iter().find_map(|it| it.conversion.as_ref()?.account.as_ref());
    let of_company = || records.iter().find_map(|it| it.account.as_ref());
    of_contact.or_else(of_conversion).or_else(of_company).cloned()
}

/// The account a person belongs to: the one a record names, else the only one with the domain of an address.
pub fn account_of(cluster: &Cluster, sources: &[SourceInfo], by_domain: &[AccountCandidate]) -> AccountMatch {
    if let Some(named) = account_named(cluster, sources) {
        return AccountMatch::Named(named);
    }
    let order = SourceOrder::new(sources);
    let mut candidates: Vec<&AccountCandidate> = by_domain.iter().collect();
    candidates.sort_by(|a, b| {
        let likelihood =
            |it: &AccountCandidate| (it.has_open_opportunity, it.is_customer, it.latest_activity);
        likelihood(b).cmp(&likelihood(a)).then_with(|| order.place(&a.account).cmp(&order.place(&b.account)))
    });
    candidates.dedup_by(|a, b| a.account == b.account);
    match candidates.as_slice() {
        [] => AccountMatch::Unknown,
        [only] => AccountMatch::ByDomain(only.account.clone()),
        several => AccountMatch::Ambiguous(Warning {
            code: WarningCode::AmbiguousAccount,
            message: format!("{} accounts have the domain of this person's address", several.len()),
            records: several.iter().map(|it| it.account.clone()).collect(),
        }),
    }
}

/// The registrable domains of a person's addresses, in the order of sources, without free-mail ones.
pub fn domains_of_person(cluster: &Cluster) -> Vec<Arc<str>> {
    let records = cluster.members.iter().map(|member| &member.record);
    own_domains(records.flat_map(|it| it.email.iter().chain(&it.other_emails)).map(AsRef::as_ref))
}
