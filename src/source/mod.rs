//! What any vendor can offer, whoever it is.
//!
//! A [`Source`] is one configured connection with one optional handle per capability. What a vendor cannot do is
//! `None`: never a method that fails. A capability is asked in batches, speaks domain types and answers
//! `Result<_, SourceError>`. Three shapes serve every capability: [`Ask`](ask::Ask) (point reads by key),
//! [`Walk`](walk::Walk) (lists, in keyset order) and [`Describe`](describe::Describe) (is it well, does it have the
//! fields we need). Uses `domain` alone.

pub mod ask;
pub mod describe;
pub mod error;
pub mod reading;
pub mod walk;

use std::sync::Arc;

use crate::domain::account::AccountRecord;
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::domain::record::SourceInfo;

use ask::{
    AccountLookup, Ask, CampaignLookup, HistoryLookup, MembershipLookup, OpportunityLookup, PersonLookup,
    PipelineLookup, UserLookup,
};
use describe::Describe;
use walk::Walk;

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
        }
    }
}
