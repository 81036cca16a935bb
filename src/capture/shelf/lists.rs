//! Lists of what was captured, in order of id.
//!
//! No condition is decided here but whose members are meant: what is filtered and ordered over everything is asked of
//! the read model.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::OpportunityRecord;
use crate::domain::person::PersonRecord;
use crate::ledger::entry::{CapturedRecord, RecordKind};
use crate::ledger::error::LedgerError;
use crate::ledger::link::Link;
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::pages::Pages;
use crate::source::reading::Reading;
use crate::source::walk::{
    Comparison, Condition, ConditionField, Listed, Operand, Order, Page, PageAsk, Walk,
};

use super::Shelf;

const OPERATION: &str = "listing what was captured";
/// The largest page.
const PAGE: usize = 500;

/// A list of a vendor, read from the shelf.
pub(super) struct ShelvedList {
    shelf: Arc<Shelf>,
    objects: &'static [&'static str],
}

impl ShelvedList {
    /// The list that stands for this one of the vendor's.
    pub(super) fn walk<R: Listed>(shelf: &Arc<Shelf>, vendor: &Pages<R>) -> Arc<dyn Walk<R>>
    where
        Self: Walk<R>,
    {
        Arc::new(Self { shelf: shelf.clone(), objects: vendor.objects() })
    }

    /// A page of the live records of an object.
    async fn stored<R: Stored>(&self, ask: &PageAsk<R::Select>) -> Result<Page<R>, SourceError> {
        if let Some(condition) = ask.conditions.first() {
            return Err(self.refused(condition));
        }
        let first = ask.first.clamp(1, PAGE);
        let limit = u32::try_from(first + 1).unwrap_or(u32::MAX);
        let shelf = &self.shelf;
        let walked = shelf.ledger().walk(&shelf.name, &ask.object, ask.after.as_deref(), limit).await;
        let mut walked = walked.map_err(|error| shelf.silent(OPERATION, error))?;
        let has_more = walked.len() > first;
        walked.truncate(first);
        let record = |it: crate::ledger::entry::Recorded| Some((it.key.id.clone(), R::of(it.record)?));
        Ok(Page { records: walked.into_iter().filter_map(record).collect(), has_more })
    }

    /// A page of the members of these campaigns. A member who is told of twice, as a lead and as the contact it became,
    /// stands once: as the contact, which sorts before.
    async fn members(
        &self,
        campaigns: BTreeSet<RecordKey>,
        after: Option<&str>,
        first: usize,
    ) -> Result<Page<CampaignMembership>, LedgerError> {
        let (campaign, member) = after.and_then(|after| after.split_once('|')).unwrap_or_default();
        let mut page = Page { records: Vec::new(), has_more: false };
        for key in campaigns.into_iter().filter(|key| &*key.id >= campaign) {
            let mut last = (*key.id == *campaign).then(|| self.shelf.key(CampaignMembership::OBJECT, member));
            let link = Link::OfCampaign(key.clone());
            loop {
                let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
                let some = self.shelf.ledger();
                let some = some.linked_page(&link, RecordKind::Membership, last.as_ref(), limit).await?;
                let is_end = some.len() < PAGE;
                for recorded in some {
                    let is_repeat =
                        last.as_ref().is_some_and(|last| membership_id(last) == membership_id(&recorded.key));
                    last = Some(recorded.key.clone());
                    let CapturedRecord::Membership(membership) = recorded.record else { continue };
                    if is_repeat {
                        continue;
                    }
                    if page.records.len() == first {
                        page.has_more = true;
                        return Ok(page);
                    }
                    let place = format!("{}|{}", key.id, recorded.key.id);
                    page.records.push((place.into(), Arc::unwrap_or_clone(membership)));
                }
                if is_end {
                    break;
                }
            }
        }
        Ok(page)
    }

    fn refused(&self, condition: &Condition) -> SourceError {
        let code = format!("UNSUPPORTED_CONDITION {:?}", condition.field);
        SourceError {
            source_name: self.shelf.name.clone(),
            operation: OPERATION,
            kind: SourceErrorKind::Rejected { code },
            cause: None,
        }
    }
}

/// The vendor's id of a membership, without the person it is told of.
fn membership_id(key: &RecordKey) -> Option<&str> {
    key.id.split_once('/').map(|(id, _)| id)
}

/// A record that is captured as it is listed.
trait Stored: Listed {
    fn of(record: CapturedRecord) -> Option<Self>;
}

macro_rules! stored {
    ($($record:ident as $kind:ident),*) => {$(
        impl Stored for $record {
            fn of(record: CapturedRecord) -> Option<Self> {
                match record {
                    CapturedRecord::$kind(record) => Some(Arc::unwrap_or_clone(record)),
                    _ => None,
                }
            }
        }

        #[async_trait]
        impl Walk<$record> for ShelvedList {
            fn objects(&self) -> &'static [&'static str] {
                self.objects
            }

            fn page_size(&self) -> usize {
                PAGE
            }

            fn can_filter(&self, _condition: &Condition) -> bool {
                false
            }

            fn can_order(&self, _order: &Order) -> bool {
                false
            }

            fn as_of(&self) -> Option<DateTime<Utc>> {
                self.shelf.as_of()
            }

            async fn page(
                &self,
                ask: &PageAsk<<$record as Listed>::Select>,
                _reading: &Reading,
            ) -> Result<Page<$record>, SourceError> {
                self.stored(ask).await
            }
        }
    )*};
}

stored!(
    PersonRecord as Person,
    AccountRecord as Account,
    OpportunityRecord as Opportunity,
    CampaignRecord as Campaign
);

#[async_trait]
impl Walk<CampaignMembership> for ShelvedList {
    fn objects(&self) -> &'static [&'static str] {
        self.objects
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        condition.field == ConditionField::Campaign && campaigns_of(condition).is_some()
    }

    fn can_order(&self, _order: &Order) -> bool {
        false
    }

    fn as_of(&self) -> Option<DateTime<Utc>> {
        self.shelf.as_of()
    }

    async fn page(
        &self,
        ask: &PageAsk<()>,
        _reading: &Reading,
    ) -> Result<Page<CampaignMembership>, SourceError> {
        let mut campaigns = BTreeSet::new();
        for condition in &ask.conditions {
            let ids = campaigns_of(condition).filter(|_| condition.field == ConditionField::Campaign);
            let ids = ids.ok_or_else(|| self.refused(condition))?;
            campaigns.extend(ids.iter().map(|id| self.shelf.key(self.shelf.campaign, id)));
        }
        let page = self.members(campaigns, ask.after.as_deref(), ask.first.clamp(1, PAGE)).await;
        page.map_err(|error| self.shelf.silent(OPERATION, error))
    }
}

fn campaigns_of(condition: &Condition) -> Option<&[Arc<str>]> {
    match (condition.comparison, &condition.operand) {
        (Comparison::In, Operand::Texts(ids)) => Some(ids),
        (Comparison::Eq, Operand::Text(id)) => Some(std::slice::from_ref(id)),
        _ => None,
    }
}
