//! What any vendor can offer, whoever it is.
//!
//! A [`Source`] is one configured connection with one optional handle per capability. What a vendor cannot do is
//! `None`: never a method that fails. A capability is asked in batches, speaks domain types and answers
//! `Result<_, SourceError>`. Five shapes serve every capability: [`Ask`] (point reads by key), [`Walk`] (lists, in keyset
//! order), [`Changes`] (everything, and then what changed), [`Notices`] (what the vendor tells unasked) and [`Describe`]
//! (is it well, does it have the fields we need). Uses `domain` alone.

pub mod ask;
pub mod cached;
pub mod changes;
pub mod describe;
pub mod error;
pub mod notices;
mod outdated;
pub mod pages;
pub mod reading;
pub mod walk;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::account::AccountRecord;
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::record::SourceInfo;

use ask::{
    AccountLookup, Ask, CampaignLookup, HistoryLookup, MembershipLookup, OpportunityLookup, PersonLookup,
    PipelineLookup, UserLookup,
};
use cached::{Cached, Lifetimes};
use changes::Changes;
use describe::Describe;
use notices::Notices;
use outdated::Outdated;
use pages::Pages;
use walk::{Listed, Walk};

/// What one connector offers for one configured connection, before any cache.
pub struct Connection {
    /// Name, vendor, side, rank.
    pub info: SourceInfo,
    /// Health and checks; every connector has them.
    pub describe: Arc<dyn Describe>,
    /// People by id, e-mail or cross-reference.
    pub people: Option<Arc<dyn Ask<PersonLookup>>>,
    /// All people, in keyset order.
    pub all_people: Option<Arc<dyn Walk<PersonRecord>>>,
    /// Accounts by id, domain or cross-reference.
    pub accounts: Option<Arc<dyn Ask<AccountLookup>>>,
    /// All accounts, in keyset order.
    pub all_accounts: Option<Arc<dyn Walk<AccountRecord>>>,
    /// Opportunities by id, account or person.
    pub opportunities: Option<Arc<dyn Ask<OpportunityLookup>>>,
    /// All opportunities, in keyset order.
    pub all_opportunities: Option<Arc<dyn Walk<OpportunityRecord>>>,
    /// Campaigns by id.
    pub campaigns: Option<Arc<dyn Ask<CampaignLookup>>>,
    /// All campaigns, in keyset order.
    pub all_campaigns: Option<Arc<dyn Walk<CampaignRecord>>>,
    /// Campaign memberships of people.
    pub memberships: Option<Arc<dyn Ask<MembershipLookup>>>,
    /// The members of one campaign, in keyset order (condition on [`ConditionField::Campaign`](walk::ConditionField)).
    pub all_memberships: Option<Arc<dyn Walk<CampaignMembership>>>,
    /// The history of a record, part by part.
    pub history: Option<Arc<dyn Ask<HistoryLookup>>>,
    /// Users and queues.
    pub users: Option<Arc<dyn Ask<UserLookup>>>,
    /// Pipelines and their stages.
    pub pipelines: Option<Arc<dyn Ask<PipelineLookup>>>,
    /// Everything, and then what changed, stream by stream.
    pub changes: Option<Arc<dyn Changes>>,
    /// What the vendor tells unasked.
    pub notices: Option<Arc<dyn Notices>>,
}

impl Connection {
    /// A connection that offers nothing yet; the connector adds what its vendor can do.
    pub fn new(info: SourceInfo, describe: Arc<dyn Describe>) -> Self {
        Self {
            info,
            describe,
            people: None,
            all_people: None,
            accounts: None,
            all_accounts: None,
            opportunities: None,
            all_opportunities: None,
            campaigns: None,
            all_campaigns: None,
            memberships: None,
            all_memberships: None,
            history: None,
            users: None,
            pipelines: None,
            changes: None,
            notices: None,
        }
    }
}

/// How much one source's answers may occupy, how long they live, and how many batches may be under way.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// At most so many bytes, shared out over the capabilities.
    pub bytes: u64,
    /// How long records stay fresh; when zero, nothing is kept. Users and pipelines, which change rarely, stay five
    /// times as long.
    pub fresh: Duration,
    /// At most so many batches of one capability at once.
    pub slots: usize,
}

/// One configured connection, read through memory. What the vendor cannot do is `None`.
#[expect(missing_docs, reason = "each capability is documented on Connection")]
pub struct Source {
    pub info: SourceInfo,
    pub describe: Arc<dyn Describe>,
    pub people: Option<Cached<PersonLookup>>,
    pub all_people: Option<Pages<PersonRecord>>,
    pub accounts: Option<Cached<AccountLookup>>,
    pub all_accounts: Option<Pages<AccountRecord>>,
    pub opportunities: Option<Cached<OpportunityLookup>>,
    pub all_opportunities: Option<Pages<OpportunityRecord>>,
    pub campaigns: Option<Cached<CampaignLookup>>,
    pub all_campaigns: Option<Pages<CampaignRecord>>,
    pub memberships: Option<Cached<MembershipLookup>>,
    pub all_memberships: Option<Pages<CampaignMembership>>,
    pub history: Option<Cached<HistoryLookup>>,
    pub users: Option<Cached<UserLookup>>,
    pub pipelines: Option<Cached<PipelineLookup>>,
    pub changes: Option<Arc<dyn Changes>>,
    pub notices: Option<Arc<dyn Notices>>,
    outdated: Arc<Outdated>,
}

impl Source {
    /// Puts memory before a connection. The shares follow what is asked most: people, then history.
    pub fn new(connection: Connection, memory: Memory) -> Self {
        let name = connection.info.name.clone();
        let outdated = Arc::new(Outdated::default());
        let percent = |share: u64| memory.bytes / 100 * share;
        let lifetimes = |times: u32| Lifetimes {
            fresh: memory.fresh * times,
            negative: memory.fresh / 4,
            // Without freshness nothing is kept: reads are batched, and every one asks anew.
            stale: if memory.fresh.is_zero() {
                Duration::ZERO
            } else {
                memory.fresh.saturating_mul(30).max(Duration::from_secs(3600))
            },
        };
        macro_rules! cached {
            ($capability:ident, $operation:literal, $share:literal, $times:literal) => {
                connection.$capability.map(|vendor| {
                    let (name, share) = (name.clone(), percent($share));
                    let lifetimes = lifetimes($times);
                    Cached::new(name, $operation, vendor, lifetimes, share, memory.slots, outdated.clone())
                })
            };
        }
        Self {
            people: cached!(people, "reading people", 35, 1),
            accounts: cached!(accounts, "reading accounts", 10, 1),
            opportunities: cached!(opportunities, "reading opportunities", 15, 1),
            campaigns: cached!(campaigns, "reading campaigns", 2, 1),
            memberships: cached!(memberships, "reading campaign memberships", 5, 1),
            history: cached!(history, "reading history", 20, 1),
            users: cached!(users, "reading users", 2, 5),
            pipelines: cached!(pipelines, "reading pipelines", 1, 5),
            all_people: pages(&name, connection.all_people, memory, percent(4), 1_000, &outdated),
            all_accounts: pages(&name, connection.all_accounts, memory, percent(2), 800, &outdated),
            all_opportunities: pages(
                &name,
                connection.all_opportunities,
                memory,
                percent(2),
                1_000,
                &outdated,
            ),
            all_campaigns: pages(&name, connection.all_campaigns, memory, percent(1), 600, &outdated),
            all_memberships: pages(&name, connection.all_memberships, memory, percent(1), 300, &outdated),
            changes: connection.changes,
            notices: connection.notices,
            outdated,
            describe: connection.describe,
            info: connection.info,
        }
    }

    /// Takes note that these records changed at the vendor: no read that starts now is answered by what was asked
    /// before, also where that is still under way. With `found_otherwise` they may now be found by what did not find
    /// them before. Costs no call and no look at what is remembered.
    pub fn outdate(&self, ids: &[Arc<str>], found_otherwise: bool) {
        self.outdated.note(ids, found_otherwise);
    }

    /// Forgets every answer that is kept: something was erased and must not be told from memory.
    pub fn forget_all(&self) {
        // First, so that what lands meanwhile is outdated.
        self.outdated.forget_all();
        macro_rules! forget {
            ($($capability:ident),*) => { $(if let Some(kept) = &self.$capability { kept.forget_all(); })* };
        }
        forget!(people, accounts, opportunities, campaigns, memberships, history, users, pipelines);
        forget!(all_people, all_accounts, all_opportunities, all_campaigns, all_memberships);
    }
}

fn pages<R: Listed>(
    name: &crate::domain::id::SourceName,
    vendor: Option<Arc<dyn Walk<R>>>,
    memory: Memory,
    bytes: u64,
    record_bytes: u32,
    outdated: &Arc<Outdated>,
) -> Option<Pages<R>> {
    let outdated = outdated.clone();
    vendor.map(|vendor| Pages::new(name.clone(), vendor, memory.fresh, bytes, record_bytes, outdated))
}
