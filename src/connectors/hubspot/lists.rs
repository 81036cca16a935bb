//! Lists: contacts, companies and deals by id, ascending, page by page. A page starts behind the last id seen, so it is
//! never an offset and never ends at ten thousand; the price is that no other order is offered.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;

use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect};
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::source::error::SourceError;
use crate::source::reading::Reading;
use crate::source::walk::{Condition, ConditionField, Order, Page, PageAsk, Walk};

use super::asking::Ask;
use super::conditions::{Context, filters, optional_property};
use super::object::{Object, is_record_id};
use super::portal::Portal;
use super::properties::Wish;
use super::search::{LARGEST_PAGE, Search, fit_in_a_search};
use super::wire::{ObjectRecord, next_of};

/// The lists of one account.
pub(super) struct Lists(pub(super) Arc<Portal>);

#[async_trait]
impl Walk<PersonRecord> for Lists {
    fn objects(&self) -> &'static [&'static str] {
        &["contact"]
    }

    fn page_size(&self) -> usize {
        LARGEST_PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can(Object::Contact, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        is_by_id(order)
    }

    async fn page(
        &self,
        page: &PageAsk<PersonSelect>,
        reading: &Reading,
    ) -> Result<Page<PersonRecord>, SourceError> {
        let ask = self.0.ask("listing people", reading);
        let wish = Wish::people(&page.select, &self.0.options);
        let (records, has_more) = ask.page(Object::Contact, page, wish).await?;
        let reader = self.0.reader();
        let read = records.iter().map(|record| (position(record), reader.person(record, &page.select)));
        Ok(Page { records: read.collect(), has_more })
    }
}

#[async_trait]
impl Walk<AccountRecord> for Lists {
    fn objects(&self) -> &'static [&'static str] {
        &["company"]
    }

    fn page_size(&self) -> usize {
        LARGEST_PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can(Object::Company, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        is_by_id(order)
    }

    async fn page(
        &self,
        page: &PageAsk<AccountSelect>,
        reading: &Reading,
    ) -> Result<Page<AccountRecord>, SourceError> {
        let ask = self.0.ask("listing accounts", reading);
        let wish = Wish::accounts(&page.select, &self.0.options);
        let listed = ask.page(Object::Company, page, wish);
        let ((records, has_more), ()) = futures::try_join!(listed, ask.money_of_accounts(&page.select))?;
        let reader = self.0.reader();
        let read = records.iter().map(|record| (position(record), reader.account(record, &page.select)));
        Ok(Page { records: read.collect(), has_more })
    }
}

#[async_trait]
impl Walk<OpportunityRecord> for Lists {
    fn objects(&self) -> &'static [&'static str] {
        &["deal"]
    }

    fn page_size(&self) -> usize {
        LARGEST_PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can(Object::Deal, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        is_by_id(order)
    }

    async fn page(
        &self,
        page: &PageAsk<OpportunitySelect>,
        reading: &Reading,
    ) -> Result<Page<OpportunityRecord>, SourceError> {
        let ask = self.0.ask("listing opportunities", reading);
        let wish = Wish::opportunities(&page.select, &self.0.options);
        let (records, has_more) = ask.page(Object::Deal, page, wish).await?;
        let positions: Vec<Arc<str>> = records.iter().map(position).collect();
        let read = Box::pin(ask.opportunities(&records, &page.select)).await?;
        Ok(Page { records: positions.into_iter().zip(read).collect(), has_more })
    }
}

impl Lists {
    fn can(&self, object: Object, condition: &Condition) -> bool {
        let context = Context { options: &self.0.options, zone: Tz::UTC, pipelines: &[] };
        let optional = optional_property(object, &condition.field, &self.0.options);
        filters(object, condition, context).is_some()
            && optional.is_none_or(|property| self.0.has(object, property))
    }
}

impl Ask<'_> {
    /// One page of records, and whether there are more.
    async fn page<S>(
        &self,
        object: Object,
        page: &PageAsk<S>,
        wish: Wish,
    ) -> Result<(Vec<ObjectRecord>, bool), SourceError> {
        let is_ours = Object::named(&page.object) == Some(object);
        if !is_ours || page.after.as_ref().is_some_and(|after| !is_record_id(after)) {
            return Err(self.refused("BAD_POSITION"));
        }
        let wish = self.portal.granted(object, wish);
        let conditions = self.conditions(object, &page.conditions).await?;
        let mut search = Search {
            groups: if conditions.is_empty() { Vec::new() } else { vec![conditions] },
            properties: wish.values.clone(),
            limit: page.first.clamp(1, LARGEST_PAGE),
        };
        let whole = wish.history.is_empty() && fit_in_a_search(&wish.values) && search.fits();
        if !whole {
            search.properties.clear();
        }
        if !search.fits() {
            return Err(self.refused("TOO_MANY_CONDITIONS"));
        }
        let found = self.search(object, &search, page.after.as_deref()).await?;
        let has_more = next_of(found.paging.as_ref()).is_some() && !found.results.is_empty();
        if whole {
            return Ok((found.results, has_more));
        }
        let ids: Vec<&str> = found.results.iter().map(|record| record.id.as_str()).collect();
        let read = self.batch(object.plural(), &ids, None, &wish, false).await?;
        let mut read: HashMap<String, ObjectRecord> =
            read.into_iter().map(|record| (record.id.clone(), record)).collect();
        // Archived between the two calls: what the search said of it, keys alone, still holds its place.
        let in_order = found.results.into_iter().map(|found| read.remove(&found.id).unwrap_or(found));
        Ok((in_order.collect(), has_more))
    }

    async fn conditions(
        &self,
        object: Object,
        conditions: &[Condition],
    ) -> Result<Vec<super::search::Filter>, SourceError> {
        let asks = |field| conditions.iter().any(|condition| condition.field == field);
        let zone = if asks(ConditionField::CloseDate) { self.zone().await? } else { Tz::UTC };
        let pipelines =
            if asks(ConditionField::StageCategory) { self.pipelines().await? } else { Arc::default() };
        let context = Context { options: &self.portal.options, zone, pipelines: &pipelines };
        let mut all = Vec::new();
        for condition in conditions {
            let some =
                filters(object, condition, context).ok_or_else(|| self.refused("UNSUPPORTED_CONDITION"))?;
            all.extend(some);
        }
        Ok(all)
    }
}

/// The place behind a record.
fn position(record: &ObjectRecord) -> Arc<str> {
    Arc::from(record.id.as_str())
}

fn is_by_id(order: &Order) -> bool {
    order.field == ConditionField::Id && !order.descending
}
