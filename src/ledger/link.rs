//! By what a captured record is found: each link is an index of the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::{email, web_domain};

use super::entry::CapturedRecord;

/// What a record is looked up by. Most links find live records alone; those that keep the names of records alive that
/// went away find tombstones too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// Live people whose primary address is this one, and live users: normalised.
    Email(Arc<str>),
    /// Live people who have this address beside their primary one: normalised.
    OtherEmail(Arc<str>),
    /// Live records that name this record of another source as themselves.
    RefersTo(RecordKey),
    /// Leads that were converted into this contact; tombstones too.
    ConvertedInto(RecordKey),
    /// Records that say they were merged into this one; tombstones too.
    MergedInto(RecordKey),
    /// The record that says this key was merged into it; tombstones too.
    AliasOf(RecordKey),
    /// Live people and opportunities of this account.
    OfAccount(RecordKey),
    /// Live memberships of this person, and live opportunities whose buying group it belongs to.
    OfPerson(RecordKey),
    /// Live memberships of this campaign.
    OfCampaign(RecordKey),
    /// Leads whose conversion opened this opportunity; tombstones too.
    Opened(RecordKey),
    /// Live accounts with this registrable domain.
    Domain(Arc<str>),
    /// Memberships that the vendor gave this id at this source; tombstones too.
    Membership(SourceName, Arc<str>),
}

impl Link {
    /// The name of the relation in the tables; never changes.
    pub(super) fn relation(&self) -> &'static str {
        match self {
            Self::Email(_) => "EMAIL",
            Self::OtherEmail(_) => "OTHER_EMAIL",
            Self::RefersTo(_) => "REFERS_TO",
            Self::ConvertedInto(_) => "CONVERTED_INTO",
            Self::MergedInto(_) => "MERGED_INTO",
            Self::AliasOf(_) => "ALIAS_OF",
            Self::OfAccount(_) => "OF_ACCOUNT",
            Self::OfPerson(_) => "OF_PERSON",
            Self::OfCampaign(_) => "OF_CAMPAIGN",
            Self::Opened(_) => "OPENED",
            Self::Domain(_) => "DOMAIN",
            Self::Membership(..) => "MEMBERSHIP",
        }
    }

    /// What the relation points to.
    pub(super) fn target(&self) -> String {
        match self {
            Self::Email(text) | Self::OtherEmail(text) | Self::Domain(text) => text.to_string(),
            Self::RefersTo(key)
            | Self::ConvertedInto(key)
            | Self::MergedInto(key)
            | Self::AliasOf(key)
            | Self::OfAccount(key)
            | Self::OfPerson(key)
            | Self::OfCampaign(key)
            | Self::Opened(key) => key.to_string(),
            Self::Membership(source, id) => format!("{source}:{id}"),
        }
    }

    /// Whether it finds records that were deleted or merged away.
    pub(super) fn finds_tombstones(&self) -> bool {
        match self {
            Self::ConvertedInto(_)
            | Self::MergedInto(_)
            | Self::AliasOf(_)
            | Self::Opened(_)
            | Self::Membership(..) => true,
            Self::Email(_)
            | Self::OtherEmail(_)
            | Self::RefersTo(_)
            | Self::OfAccount(_)
            | Self::OfPerson(_)
            | Self::OfCampaign(_)
            | Self::Domain(_) => false,
        }
    }
}

/// By what a record is found, each link once.
pub(super) fn links_of(record: &CapturedRecord) -> BTreeSet<Link> {
    let mut links = BTreeSet::new();
    if let Some(meta) = record.meta() {
        links.extend(meta.merged_into.clone().map(Link::MergedInto));
        let aliases = meta.merged_ids.iter();
        links.extend(aliases.map(|id| Link::AliasOf(RecordKey::new(&meta.key.source, &meta.key.object, id))));
    }
    match record {
        CapturedRecord::Person(person) => {
            links.extend(person.email.as_deref().and_then(email::normalise).map(Link::Email));
            let others = person.other_emails.iter().filter_map(|raw| email::normalise(raw));
            links.extend(others.map(Link::OtherEmail));
            links.extend(person.cross_references.iter().cloned().map(Link::RefersTo));
            links.extend(person.account.clone().map(Link::OfAccount));
            if let Some(conversion) = &person.conversion {
                links.extend(conversion.contact.clone().map(Link::ConvertedInto));
                links.extend(conversion.opportunity.clone().map(Link::Opened));
            }
        }
        CapturedRecord::Account(account) => {
            links.extend(
                account.domains.iter().filter_map(|raw| web_domain::registrable(raw)).map(Link::Domain),
            );
            links.extend(account.cross_references.iter().cloned().map(Link::RefersTo));
        }
        CapturedRecord::Opportunity(opportunity) => {
            links.extend(opportunity.account.clone().map(Link::OfAccount));
            links.extend(opportunity.contacts.iter().map(|role| Link::OfPerson(role.person.clone())));
            links.extend(opportunity.cross_references.iter().cloned().map(Link::RefersTo));
        }
        CapturedRecord::Membership(membership) => {
            links.insert(Link::OfPerson(membership.person.clone()));
            links.insert(Link::OfCampaign(membership.campaign.clone()));
            if !membership.id.is_empty() {
                links.insert(Link::Membership(membership.campaign.source.clone(), membership.id.clone()));
            }
        }
        CapturedRecord::User(user) => {
            links.extend(user.email.as_deref().and_then(email::normalise).map(Link::Email));
        }
        CapturedRecord::Campaign(_) | CapturedRecord::Pipeline(_) => {}
    }
    links
}
