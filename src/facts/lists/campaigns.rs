//! Campaigns: which match, in which order.

use std::sync::Arc;

use crate::domain::fact::CampaignFact;
use crate::domain::lead_source::Channel;
use crate::domain::view::View;
use crate::facts::snapshot::Snapshot;

use super::ListRefusal;
use super::cursor::Value;
use super::filters::{DayFilter, InstantFilter, StringFilter};
use super::listing::{Listing, Nested, Test};
use super::page::{Ask, PageOfIds};

/// Which page of campaigns. Without an order they come by name.
pub type CampaignsAsk = Ask<CampaignFilter, CampaignOrder>;

/// Which campaigns; every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignFilter {
    /// All of these.
    pub and: Vec<CampaignFilter>,
    /// Any of these.
    pub or: Option<Vec<CampaignFilter>>,
    /// Not this.
    pub not: Option<Box<CampaignFilter>>,
    /// Its name.
    pub name: Option<StringFilter>,
    /// The channel the vendor's type maps to.
    pub channel: Option<Channel>,
    /// First day.
    pub starts_on: Option<DayFilter>,
    /// When the newest of what is known was read.
    pub observed_at: Option<InstantFilter>,
}

/// What campaigns are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the column's own")]
pub enum CampaignOrder {
    Name,
    StartsOn,
    /// What was spent, as it is, whatever its currency.
    Spend,
}

impl Nested for CampaignFilter {
    fn nested(&self) -> (&[Self], Option<&[Self]>, Option<&Self>) {
        (&self.and, self.or.as_deref(), self.not.as_deref())
    }
}

impl Snapshot {
    /// A page of campaigns.
    ///
    /// # Errors
    /// When a cursor is none of this list.
    pub fn campaigns(&self, view: &View, ask: &CampaignsAsk) -> Result<PageOfIds, ListRefusal> {
        let visible = self.visible(view);
        let value = |row: usize, field: CampaignOrder| {
            let line = &self.campaigns[row];
            match field {
                CampaignOrder::Name => line
                    .name
                    .as_ref()
                    .map_or(Value::Absent, |name| Value::Text(Arc::from(name.to_lowercase()))),
                CampaignOrder::StartsOn => line.starts_on.map_or(Value::Absent, Value::Day),
                CampaignOrder::Spend => {
                    line.spend.as_ref().map_or(Value::Absent, |spend| Value::Number(spend.amount))
                }
            }
        };
        let (keys, seen) = (&self.facts.campaign_keys, &visible.campaigns);
        Listing { name: "campaigns", keys, seen, usual: CampaignOrder::Name }.page(
            ask,
            |filter| Ok(self.campaign_tests(filter)),
            value,
        )
    }

    fn campaign_tests<'s>(&'s self, filter: &CampaignFilter) -> Vec<Test<'s>> {
        let mut all: Vec<Test<'s>> = Vec::new();
        let line = move |row: usize| &*self.campaigns[row];
        if let Some(text) = &filter.name {
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(line(row).name.as_deref())));
        }
        if let Some(channel) = filter.channel {
            all.push(Box::new(move |row| line(row).channel == Some(channel)));
        }
        if let Some(bounds) = filter.starts_on.clone() {
            all.push(Box::new(move |row| bounds.holds(line(row).starts_on.as_ref())));
        }
        if let Some(bounds) = filter.observed_at.clone() {
            let fact = move |row: usize| -> &CampaignFact { &self.facts.campaigns[row] };
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).observed_at))));
        }
        all
    }
}
