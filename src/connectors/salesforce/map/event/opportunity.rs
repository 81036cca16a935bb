//! The way of an opportunity: its snapshots tell of stage and amount and are always kept; the field history tells of
//! the rest, where it is switched on.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::event::{Detail, Event, EventKind};
use crate::domain::opportunity::StageCategory;

use super::super::super::wire::{Changed, OpportunityHistory, OpportunityStage};
use super::super::Mapping;
use super::super::opportunity::category;
use super::Subject;
use super::change::without_repeats;

/// What snapshots tell better.
const TOLD_BY_SNAPSHOTS: [&str; 4] = ["StageName", "Amount", "Probability", "created"];

/// What every stage means, by its key.
pub(in super::super::super) type StageCategories = HashMap<Arc<str>, StageCategory>;

/// What every stage means.
pub(in super::super::super) fn stage_categories(stages: Vec<OpportunityStage>) -> StageCategories {
    let entries = stages
        .into_iter()
        .map(|stage| (stage.api_name.unwrap_or(stage.master_label), category(stage.is_closed, stage.is_won)));
    entries.collect()
}

impl Mapping<'_> {
    /// The events of an opportunity.
    pub(in super::super::super) fn opportunity_changes(
        &self,
        record: &Changed,
        stages: &StageCategories,
    ) -> Vec<Event> {
        let subject = Subject {
            key: self.key("Opportunity", &record.id),
            account: self.optional_key("Account", record.account_id.as_ref()),
        };
        let snapshots = record.opportunity_histories.as_ref().map(|rows| rows.records.as_slice());
        let mut snapshots = snapshots.unwrap_or_default().iter().collect::<Vec<_>>();
        snapshots.sort_by_key(|snapshot| snapshot.created_date);
        let first = snapshots.first().copied();
        let mut events = vec![self.opened(record, first, &subject)];
        for pair in snapshots.windows(2) {
            let [before, after] = pair else { continue };
            events.extend(self.moved(record, before, after, stages, &subject));
        }
        events.extend(self.deletion(record, &subject));
        let rows = record.histories.as_ref().map(|rows| rows.records.as_slice()).unwrap_or_default();
        let told = without_repeats(rows).into_iter().filter(|row| !TOLD_BY_SNAPSHOTS.contains(&&*row.field));
        events.extend(told.map(|row| self.field_change(row, &subject)));
        events
    }

    fn opened(&self, record: &Changed, first: Option<&OpportunityHistory>, subject: &Subject) -> Event {
        let detail = Detail::Opportunity {
            from: None,
            to: first.map(|row| row.stage_name.clone()).or_else(|| record.stage_name.clone()),
            amount: self.money(first.and_then(|row| row.amount), record.currency_iso_code.as_ref()),
        };
        let event = self.event(subject, EventKind::OpportunityCreated, record.created_date.0, detail);
        self.by(event, record.created_by_id.as_ref())
    }

    /// What changed between two snapshots.
    fn moved(
        &self,
        record: &Changed,
        before: &OpportunityHistory,
        after: &OpportunityHistory,
        stages: &StageCategories,
        subject: &Subject,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        let at = after.created_date.0;
        if before.stage_name != after.stage_name {
            let kind = match stages.get(&after.stage_name) {
                Some(StageCategory::Won) => EventKind::OpportunityWon,
                Some(StageCategory::Lost) => EventKind::OpportunityLost,
                _ => EventKind::StageChange,
            };
            let detail = Detail::Opportunity {
                from: Some(before.stage_name.clone()),
                to: Some(after.stage_name.clone()),
                amount: self.money(after.amount, record.currency_iso_code.as_ref()),
            };
            events.push((kind, detail));
        }
        if before.amount != after.amount {
            let text = |row: &OpportunityHistory| row.amount.map(|amount| Arc::from(amount.to_string()));
            let (old, new) = (text(before), text(after));
            let detail = Detail::Field { field: "amount".into(), old, new, withheld: false };
            events.push((EventKind::FieldChange, detail));
        }
        let vendor_id = after.id.as_ref().map(|id| id.0.clone());
        let events = events.into_iter().map(|(kind, detail)| {
            let event = self.event(subject, kind, at, detail);
            self.by(Event { vendor_id: vendor_id.clone(), ..event }, after.created_by_id.as_ref())
        });
        events.collect()
    }
}
