//! Campaigns: by id with their money, and all of them. The vendor lists campaigns by a locator of its own alone, so a page
//! is cut from the whole list; a company has hundreds of them, not millions.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::campaign::{CampaignRecord, SpendLine};
use crate::domain::money::Money;
use crate::domain::record::RecordMeta;
use crate::source::ask::{self, CampaignLookup};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::source::walk::{Comparison, Condition, ConditionField, Operand, Order, Page, PageAsk, Walk};
use crate::upstream::encode_segment;

use super::asking::Ask;
use super::map::{Reader, value};
use super::portal::Portal;
use super::wire::marketing::{BudgetTotals, Campaign, SpendItem};

/// The campaigns of one account.
pub(super) struct Campaigns(pub(super) Arc<Portal>);

/// Properties come only when asked for.
const PROPERTIES: &str = "hs_name,hs_campaign_status,hs_start_date,hs_end_date,hs_currency_code,\
                          hs_budget_items_sum_amount,hs_spend_items_sum_amount";
/// The largest page of the listing.
const LARGEST_PAGE: usize = 100;

#[async_trait]
impl ask::Ask<CampaignLookup> for Campaigns {
    /// Each costs two calls: the campaign and its money.
    fn batch_size(&self) -> usize {
        10
    }

    async fn ask(
        &self,
        lookups: &[CampaignLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(CampaignLookup, Vec<Arc<CampaignRecord>>)>, SourceError> {
        let ask = self.0.ask("reading campaigns", reading);
        let reads = lookups.iter().map(async |lookup| {
            if !is_campaign_id(&lookup.0) {
                return Ok(None);
            }
            let path = ask.campaign_path(&lookup.0);
            let (campaign, totals) = futures::try_join!(
                ask.get_if_there::<Campaign>("campaigns.get", path, &[("properties", PROPERTIES)]),
                ask.totals(&lookup.0),
            )?;
            Ok(campaign.map(|campaign| (campaign, totals)))
        });
        let read: Vec<Option<(Campaign, Option<BudgetTotals>)>> =
            futures::future::try_join_all(reads).await?;
        let reader = self.0.reader();
        let record = |(campaign, totals): &(Campaign, Option<BudgetTotals>)| {
            Arc::new(reader.campaign(campaign, totals.as_ref()))
        };
        let answers = lookups.iter().zip(&read);
        Ok(answers.map(|(lookup, found)| (lookup.clone(), found.iter().map(record).collect())).collect())
    }
}

#[async_trait]
impl Walk<CampaignRecord> for Campaigns {
    fn objects(&self) -> &'static [&'static str] {
        &["campaign"]
    }

    fn page_size(&self) -> usize {
        LARGEST_PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        test(condition).is_some()
    }

    fn can_order(&self, order: &Order) -> bool {
        order.field == ConditionField::Id && !order.descending
    }

    async fn page(&self, page: &PageAsk<()>, reading: &Reading) -> Result<Page<CampaignRecord>, SourceError> {
        let ask = self.0.ask("listing campaigns", reading);
        if &*page.object != "campaign" || page.after.as_ref().is_some_and(|after| !is_campaign_id(after)) {
            return Err(ask.refused("BAD_POSITION"));
        }
        let mut tests = Vec::new();
        for condition in &page.conditions {
            tests.push(test(condition).ok_or_else(|| ask.refused("UNSUPPORTED_CONDITION"))?);
        }
        let mut all = ask.listed_campaigns().await?;
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let reader = self.0.reader();
        let behind =
            all.iter().filter(|campaign| page.after.as_deref().is_none_or(|after| *campaign.id > *after));
        let mut records = behind
            .map(|campaign| (Arc::<str>::from(campaign.id.as_str()), reader.campaign(campaign, None)))
            .filter(|(_, record)| tests.iter().all(|test| test(record)));
        let some: Vec<_> = records.by_ref().take(page.first.max(1)).collect();
        Ok(Page { records: some, has_more: records.next().is_some() })
    }
}

/// Ids of campaigns are UUIDs, unlike any other.
fn is_campaign_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a condition is true of a campaign.
type Test = Box<dyn Fn(&CampaignRecord) -> bool + Send + Sync>;

/// A condition as a test of a record: the whole list is at hand, so what text and days can be asked is exact.
fn test(condition: &Condition) -> Option<Test> {
    let comparison = condition.comparison;
    match (&condition.field, &condition.operand) {
        (ConditionField::Name, Operand::Text(text)) => {
            let (exact, folded) = (text.to_string(), text.to_lowercase());
            let holds: fn(&str, &str, &str) -> bool = match comparison {
                Comparison::Eq => |name, exact, _| name == exact,
                Comparison::StartsWith => |name, _, folded| name.to_lowercase().starts_with(folded),
                Comparison::Contains => |name, _, folded| name.to_lowercase().contains(folded),
                _ => return None,
            };
            Some(Box::new(move |record| {
                record.name.as_deref().is_some_and(|name| holds(name, &exact, &folded))
            }))
        }
        (ConditionField::StartsOn, Operand::Day(day)) => {
            let day = *day;
            let holds: fn(std::cmp::Ordering) -> bool = match comparison {
                Comparison::Eq => std::cmp::Ordering::is_eq,
                Comparison::Lt => std::cmp::Ordering::is_lt,
                Comparison::Lte => std::cmp::Ordering::is_le,
                Comparison::Gt => std::cmp::Ordering::is_gt,
                Comparison::Gte => std::cmp::Ordering::is_ge,
                _ => return None,
            };
            Some(Box::new(move |record| record.starts_on.is_some_and(|starts| holds(starts.cmp(&day)))))
        }
        (ConditionField::Name, Operand::None) => {
            let wanted = is_present(comparison)?;
            Some(Box::new(move |record| record.name.is_some() == wanted))
        }
        (ConditionField::StartsOn, Operand::None) => {
            let wanted = is_present(comparison)?;
            Some(Box::new(move |record| record.starts_on.is_some() == wanted))
        }
        _ => None,
    }
}

fn is_present(comparison: Comparison) -> Option<bool> {
    match comparison {
        Comparison::IsNull => Some(false),
        Comparison::IsNotNull => Some(true),
        _ => None,
    }
}

impl Ask<'_> {
    /// Every campaign with its money, one call each beside the listing.
    pub(super) async fn every_campaign(&self) -> Result<Vec<CampaignRecord>, SourceError> {
        let campaigns = self.listed_campaigns().await?;
        let totals = futures::future::try_join_all(campaigns.iter().map(|it| self.totals(&it.id))).await?;
        let reader = self.portal.reader();
        Ok(campaigns.iter().zip(&totals).map(|(it, totals)| reader.campaign(it, totals.as_ref())).collect())
    }

    async fn listed_campaigns(&self) -> Result<Vec<Campaign>, SourceError> {
        let query = [("limit", "100"), ("properties", PROPERTIES)];
        self.list("campaigns.list", &self.portal.paths.campaigns(), &query).await
    }

    fn campaign_path(&self, id: &str) -> String {
        format!("{}/{}", self.portal.paths.campaigns(), encode_segment(id))
    }

    async fn totals(&self, id: &str) -> Result<Option<BudgetTotals>, SourceError> {
        let path = format!("{}/budget/totals", self.campaign_path(id));
        self.get_if_allowed("campaigns.budget", path).await
    }

    /// Money needs a scope of its own; without it a campaign is told without its items.
    async fn get_if_allowed<T: serde::de::DeserializeOwned>(
        &self,
        endpoint: &'static str,
        path: String,
    ) -> Result<Option<T>, SourceError> {
        match self.get(endpoint, path, &[]).await {
            Ok(answer) => Ok(Some(answer)),
            Err(SourceError { kind: SourceErrorKind::Rejected { .. }, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Reader<'_> {
    fn campaign(&self, campaign: &Campaign, totals: Option<&BudgetTotals>) -> CampaignRecord {
        let property = |name: &str| {
            let value = campaign.properties.get(name)?.as_deref()?.trim();
            (!value.is_empty()).then_some(value)
        };
        let currency =
            totals.and_then(|totals| totals.currency_code.as_deref()).or(property("hs_currency_code"));
        let sum = |name: &str| self.money(property(name)?, currency);
        let total = |amount: Option<rust_decimal::Decimal>| self.money(&amount?.to_string(), currency);
        let items = totals.map_or(&[][..], |totals| &totals.spend_items);
        CampaignRecord {
            meta: RecordMeta {
                key: self.key("campaign", &campaign.id),
                created_at: campaign.created_at,
                updated_at: campaign.updated_at,
                fetched_at: self.fetched_at,
                deleted_at: None,
                merged_into: None,
                merged_ids: Vec::new(),
                url: None,
            },
            name: property("hs_name").map(Arc::from),
            channel: None,
            status: property("hs_campaign_status").map(Arc::from),
            starts_on: property("hs_start_date").and_then(value::day),
            ends_on: property("hs_end_date").and_then(value::day),
            spend: total(totals.and_then(|totals| totals.spend_total))
                .or_else(|| sum("hs_spend_items_sum_amount")),
            budget: total(totals.and_then(|totals| totals.budget_total))
                .or_else(|| sum("hs_budget_items_sum_amount")),
            spend_lines: items.iter().filter_map(|item| self.spend_line(item, currency)).collect(),
        }
    }

    fn spend_line(&self, item: &SpendItem, currency: Option<&str>) -> Option<SpendLine> {
        let amount: Money = self.money(&item.amount?.to_string(), currency)?;
        let booked: DateTime<Utc> = DateTime::from_timestamp_millis(item.created_at)?;
        let words: Vec<&str> =
            [&item.name, &item.description].into_iter().flatten().map(String::as_str).collect();
        let note = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
        Some(SpendLine { on: booked.date_naive(), amount, note: (!note.is_empty()).then(|| Arc::from(note)) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, Seen, reading};

    fn campaign(id: &str, name: &str, starts: &str) -> Value {
        json!({
            "id": id, "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z",
            "properties": {"hs_name": name, "hs_start_date": starts, "hs_currency_code": "USD", "hs_spend_items_sum_amount": "10"},
        })
    }

    fn vendor(seen: &Seen) -> (u16, Value) {
        let answer = match (seen.path.as_str(), seen.query.contains("after=")) {
            ("/marketing/v3/campaigns", false) => json!({
                "results": [campaign("c-3", "Spring", "2025-03-01"), campaign("c-1", "Spring sale", "2025-02-01")],
                "paging": {"next": {"after": "x"}}
            }),
            ("/marketing/v3/campaigns", true) => {
                json!({"results": [campaign("c-2", "Autumn", "2025-09-01")]})
            }
            ("/marketing/v3/campaigns/c-1", _) => campaign("c-1", "Spring sale", "2025-02-01"),
            ("/marketing/v3/campaigns/c-1/budget/totals", _) => json!({
                "currencyCode": "EUR", "budgetTotal": 900, "spendTotal": 270.1, "remainingBudget": 629.9,
                "spendItems": [{"id": "1", "name": "Ads", "amount": 270.10, "description": "March", "createdAt": 1_740_000_000_000_i64}]
            }),
            _ => return (404, json!({"category": "OBJECT_NOT_FOUND"})),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn a_campaign_has_its_money_exactly_as_written() {
        let fake = Fake::start(vendor).await;
        let campaigns = Campaigns(fake.portal(""));
        let lookups = ["c-1", "c-9", "../c"].map(|id| CampaignLookup(id.into()));
        let answers = ask::Ask::ask(&campaigns, &lookups, &(), &reading()).await.expect("an answer");
        let found = &answers[0].1[0];
        let spend = found.spend.as_ref().expect("spent");
        assert_eq!((spend.amount.to_string().as_str(), &*spend.currency), ("270.1", "EUR"));
        assert_eq!(found.spend_lines[0].note.as_deref(), Some("Ads: March"));
        assert_eq!(found.spend_lines[0].on.to_string(), "2025-02-19");
        assert!(answers[1].1.is_empty() && answers[2].1.is_empty());
        assert_eq!(fake.seen().len(), 4, "two for each campaign, none for what can be no id");
    }

    #[tokio::test]
    async fn pages_are_cut_from_the_whole_list_in_the_order_of_ids() {
        let fake = Fake::start(vendor).await;
        let campaigns = Campaigns(fake.portal(""));
        let mut page = PageAsk {
            object: "campaign".into(),
            after: None,
            first: 2,
            select: (),
            conditions: Vec::new(),
            order: None,
        };
        let first = campaigns.page(&page, &reading()).await.expect("a page");
        assert_eq!(first.records.iter().map(|(at, _)| &**at).collect::<Vec<_>>(), ["c-1", "c-2"]);
        assert!(first.has_more);
        page.after = Some("c-2".into());
        let last = campaigns.page(&page, &reading()).await.expect("a page");
        assert_eq!(last.records.len(), 1);
        assert!(!last.has_more);
        page.after = None;
        page.conditions = vec![Condition {
            field: ConditionField::Name,
            comparison: Comparison::StartsWith,
            operand: Operand::Text("spring".into()),
        }];
        let springs = campaigns.page(&page, &reading()).await.expect("a page");
        assert_eq!(springs.records.len(), 2);
        assert!(!springs.has_more);
    }
}
