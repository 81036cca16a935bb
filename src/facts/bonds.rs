//! What binds a captured record to others.

use std::sync::Arc;

use crate::domain::account::AccountRecord;
use crate::domain::email;
use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::record::RecordMeta;
use crate::domain::web_domain;
use crate::ledger::entry::{CapturedRecord, history_of_address};
use crate::unify::identity::accounts::domains_of_account;
use crate::unify::identity::rules::IdentityRules;

use super::web::Bond;

/// What binds a record to others; none for kinds that are looked up beside the web: campaigns, users, memberships.
/// Records that share no bond, directly or through others, can never be one person, one account or one opportunity,
/// and no fact of one is computed from the other.
pub(super) fn bonds_of(record: &CapturedRecord, rules: &IdentityRules) -> Option<Vec<Bond>> {
    let mut bonds = match record {
        CapturedRecord::Person(person) => of_person(person, rules),
        CapturedRecord::Account(account) => of_account(account),
        CapturedRecord::Opportunity(opportunity) => of_opportunity(opportunity),
        _ => return None,
    };
    let key = record.key();
    let decisions = rules.overrides.iter().filter(|decision| decision.records.contains(&key));
    bonds.extend(decisions.map(|decision| Bond::offers("decision", &decision.records)));
    Some(bonds)
}

fn of_person(person: &PersonRecord, rules: &IdentityRules) -> Vec<Bond> {
    let mut bonds = merges(&person.meta);
    if !is_live(&person.meta) {
        return bonds;
    }
    let address = person.email.as_deref().and_then(email::normalise);
    bonds.extend(
        address
            .as_ref()
            .filter(|it| !rules.is_blocked(it))
            .map(|it| Bond::offers("mailbox", &rules.mailbox(it))),
    );
    bonds.extend(person.cross_references.iter().chain(&person.account).map(names));
    if let Some(conversion) = &person.conversion {
        let became = [&conversion.contact, &conversion.account, &conversion.opportunity];
        bonds.extend(became.into_iter().flatten().map(names));
    }
    bonds.extend(histories_of_addresses(person).iter().map(names));
    let addresses = person.email.iter().chain(&person.other_emails);
    let domains = addresses.filter_map(|raw| web_domain::registrable(raw));
    bonds.extend(domains.filter(|it| !web_domain::is_free_mail(it)).map(|it| Bond::asks("domain", &it)));
    bonds
}

fn of_account(account: &AccountRecord) -> Vec<Bond> {
    let mut bonds = merges(&account.meta);
    if is_live(&account.meta) {
        bonds.extend(account.cross_references.iter().map(names));
        let domains: Vec<Arc<str>> = domains_of_account(account);
        bonds.extend(domains.iter().map(|domain| Bond::offers("domain", domain)));
    }
    bonds
}

fn of_opportunity(opportunity: &OpportunityRecord) -> Vec<Bond> {
    let mut bonds = merges(&opportunity.meta);
    if is_live(&opportunity.meta) {
        bonds.extend(opportunity.cross_references.iter().chain(&opportunity.account).map(names));
        bonds.extend(opportunity.contacts.iter().map(|contact| names(&contact.person)));
    }
    bonds
}

/// Whoever tells of a merge is bound to the others who tell of it, in both directions.
fn merges(meta: &RecordMeta) -> Vec<Bond> {
    let alias = |id: &Arc<str>| RecordKey { id: id.clone(), ..meta.key.clone() };
    let told = meta.merged_ids.iter().map(alias).chain(meta.merged_into.clone());
    told.map(|key| Bond::offers("key", &key)).collect()
}

/// The histories its source keeps by address.
pub(super) fn histories_of_addresses(person: &PersonRecord) -> Vec<RecordKey> {
    let addresses = person.email.iter().chain(&person.other_emails);
    let normal = addresses.filter_map(|raw| email::normalise(raw));
    normal.map(|address| history_of_address(&person.meta.key.source, &address)).collect()
}

pub(super) fn is_live(meta: &RecordMeta) -> bool {
    meta.deleted_at.is_none() && meta.merged_into.is_none()
}

fn names(key: &RecordKey) -> Bond {
    Bond::asks("key", key)
}
