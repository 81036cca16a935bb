//! Campaigns, and who belongs to them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::source::ask::{Ask, CampaignLookup, MembershipLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;
use crate::source::walk::{Condition, Order, Page, PageAsk, Walk};

use super::id::canonical;
use super::listing::PAGE;
use super::map::campaign::{CAMPAIGN_COLUMNS, MEMBER_COLUMNS};
use super::org::{KEYS_PER_QUERY, Org, Query};
use super::soql::{Filter, Soql};
use super::wire::CampaignMember;

const CAMPAIGNS: &str = "reading campaigns";
const MEMBERSHIPS: &str = "reading campaign memberships";
/// What is read of a member beside, for the history of the person.
pub(super) const MEMBER_EVENT_COLUMNS: &[&str] = &["CreatedById", "Campaign.Type"];
const CAMPAIGN: &[&str] = &["Campaign"];
const MEMBER: &[&str] = &["CampaignMember"];

impl Org {
    pub(super) fn campaign_query(&self) -> Soql {
        let mut soql = Soql::from("Campaign", CAMPAIGN_COLUMNS);
        if self.options.multi_currency {
            soql.also("CurrencyIsoCode");
        }
        soql
    }

    pub(super) fn campaign(&self, row: &Value) -> Result<CampaignRecord, SourceError> {
        self.mapping().campaign(row).map_err(|_| self.unreadable(CAMPAIGNS))
    }
}

#[async_trait]
impl Ask<CampaignLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    async fn ask(
        &self,
        lookups: &[CampaignLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(CampaignLookup, Vec<Arc<CampaignRecord>>)>, SourceError> {
        let ids = lookups.iter().filter_map(|lookup| canonical(&lookup.0)).collect::<BTreeSet<_>>();
        let ids = ids.into_iter().collect::<Vec<_>>();
        let queries = ids
            .chunks(KEYS_PER_QUERY)
            .map(|chunk| Query::all_rows(self.campaign_query().filtered(Filter::one_id_of("Id", chunk))));
        let mut found = HashMap::new();
        let answers = self.rows(CAMPAIGNS, &queries.collect::<Vec<_>>(), reading).await?;
        for row in answers.iter().flatten() {
            let campaign = Arc::new(self.campaign(row)?);
            found.insert(campaign.meta.key.id.clone(), campaign);
        }
        let answer = |lookup: &CampaignLookup| canonical(&lookup.0).and_then(|id| found.get(&id)).cloned();
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup).into_iter().collect())).collect())
    }
}

#[async_trait]
impl Walk<CampaignRecord> for Org {
    fn objects(&self) -> &'static [&'static str] {
        CAMPAIGN
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can_filter_all(CAMPAIGN, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        self.can_order_all(CAMPAIGN, order)
    }

    async fn page(&self, ask: &PageAsk<()>, reading: &Reading) -> Result<Page<CampaignRecord>, SourceError> {
        self.listed(CAMPAIGNS, self.campaign_query(), ask, reading, |row| self.campaign(row)).await
    }
}

#[async_trait]
impl Ask<MembershipLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    async fn ask(
        &self,
        lookups: &[MembershipLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(MembershipLookup, Vec<Arc<CampaignMembership>>)>, SourceError> {
        let people = lookups.iter().filter_map(|lookup| canonical(&lookup.id)).collect::<BTreeSet<_>>();
        let queries = member_queries(&people, MEMBER_COLUMNS);
        let mut found: HashMap<Arc<str>, Vec<Arc<CampaignMembership>>> = HashMap::new();
        let mut seen = BTreeSet::new();
        for row in self.rows(MEMBERSHIPS, &queries, reading).await?.iter().flatten() {
            let member: CampaignMember = self.typed(MEMBERSHIPS, row)?;
            if !seen.insert(member.id.0.clone()) {
                continue;
            }
            let people = [member.lead_id.clone(), member.contact_id.clone()];
            let Some(membership) = self.mapping().membership(member) else { continue };
            let membership = Arc::new(membership);
            for person in people.into_iter().flatten() {
                found.entry(person.0).or_default().push(membership.clone());
            }
        }
        let answer = |lookup: &MembershipLookup| {
            canonical(&lookup.id).and_then(|id| found.get(&id)).cloned().unwrap_or_default()
        };
        Ok(lookups.iter().map(|lookup| (lookup.clone(), answer(lookup))).collect())
    }
}

/// The members who are one of these leads and contacts.
pub(super) fn member_queries(people: &BTreeSet<Arc<str>>, columns: &[&'static str]) -> Vec<Query> {
    let people = people.iter().collect::<Vec<_>>();
    let mut queries = Vec::new();
    for chunk in people.chunks(KEYS_PER_QUERY) {
        let of = |prefix: &str| chunk.iter().filter(|id| id.starts_with(prefix)).collect::<Vec<_>>();
        let mut ways = Vec::new();
        for (column, ids) in [("LeadId", of("00Q")), ("ContactId", of("003"))] {
            if !ids.is_empty() {
                ways.push(Filter::one_id_of(column, ids));
            }
        }
        if !ways.is_empty() {
            let soql = Soql::from("CampaignMember", columns);
            queries.push(Query::live(soql.filtered(Filter::Any(ways))));
        }
    }
    queries
}

#[async_trait]
impl Walk<CampaignMembership> for Org {
    fn objects(&self) -> &'static [&'static str] {
        MEMBER
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can_filter_all(MEMBER, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        self.can_order_all(MEMBER, order)
    }

    async fn page(
        &self,
        ask: &PageAsk<()>,
        reading: &Reading,
    ) -> Result<Page<CampaignMembership>, SourceError> {
        let soql = Soql::from("CampaignMember", MEMBER_COLUMNS);
        let read = |row: &Value| {
            let member: CampaignMember = self.typed(MEMBERSHIPS, row)?;
            Ok(self.mapping().membership(member))
        };
        let page = self.listed(MEMBERSHIPS, soql, ask, reading, read).await?;
        let records = page.records.into_iter().filter_map(|(at, member)| Some((at, member?)));
        Ok(Page { records: records.collect(), has_more: page.has_more })
    }
}
