//! Campaigns: which match, in which order.

use std::sync::Arc;

use crate::domain::fact::CampaignFact;
use crate::domain::lead_source::Channel;
use crate::domain::view::View;
use crate::facts::snapshot::Snapshot;

use super::ListRefusal;
use super::cursor::{Question, Value};
use super::filters::{DayFilter, InstantFilter, StringFilter};
use super::page::{Ask, List, PageOfIds};
use super::people::Test;

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

impl Snapshot {
    /// A page of campaigns.
    ///
    /// # Errors
    /// When a cursor is none of this list.
    pub fn campaigns(&self, view: &View, ask: &CampaignsAsk) -> Result<PageOfIds, ListRefusal> {
        let visible = self.visible(view);
        let test = ask.filter.as_ref().map(|filter| self.campaign_test(filter));
        let rows =
            visible.campaigns.places().filter(|row| test.as_ref().is_none_or(|test| test(*row))).collect();
        let fields: Vec<CampaignOrder> = match ask.order.as_slice() {
            [] => vec![CampaignOrder::Name],
            given => given.iter().map(|by| by.field).collect(),
        };
        let mut descending: Vec<bool> = ask.order.iter().map(|by| by.descending).collect();
        descending.resize(fields.len(), false);
        let value = |row: usize, nth: usize| {
            let line = &self.campaigns[row];
            match fields[nth] {
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
        let question = Question::new("campaigns", &(&ask.filter, &ask.order));
        List { question, keys: &self.facts.campaign_keys, descending, value }.page(ask, rows)
    }

    fn campaign_test<'s>(&'s self, filter: &CampaignFilter) -> Test<'s> {
        let mut all: Vec<Test<'s>> = filter.and.iter().map(|filter| self.campaign_test(filter)).collect();
        let line = move |row: usize| &*self.campaigns[row];
        if let Some(filters) = &filter.or {
            let any: Vec<Test<'s>> = filters.iter().map(|filter| self.campaign_test(filter)).collect();
            all.push(Box::new(move |row| any.iter().any(|test| test(row))));
        }
        if let Some(filter) = &filter.not {
            let test = self.campaign_test(filter);
            all.push(Box::new(move |row| !test(row)));
        }
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
        Box::new(move |row| all.iter().all(|test| test(row)))
    }
}
