//! Does the history lead to what the record holds now? Where not, one change is missing from it.

use std::sync::Arc;

use crate::domain::event::{Detail, Event, EventKind, Precision};
use crate::domain::lifecycle::LifecycleStage;
use crate::unify::merge::folded;

use super::order::in_order;
use super::state::Current;
use crate::domain::identify::{field_of, is_withheld, new_value_of};

/// One change for every value that the newest entry of its history does not lead to, at the instant at which the
/// record was last modified. A field without history says nothing, nor does one whose newest values are withheld.
pub(super) fn missing_changes(events: &[Event], current: &[Current]) -> Vec<Event> {
    current.iter().filter_map(|now| missing_change(events, now)).collect()
}

fn missing_change(events: &[Event], now: &Current) -> Option<Event> {
    let told = in_order(
        events
            .iter()
            .filter(|event| event.source == now.record && field_of(&event.detail) == Some(&*now.field)),
    );
    let newest = told.last()?;
    let leads_to = new_value_of(&newest.detail).as_deref().map(folded);
    if is_withheld(&newest.detail) || leads_to == now.value.as_deref().map(folded) {
        return None;
    }
    Some(Event {
        kind: newest.kind,
        // A record cannot have been modified before its last change; where clocks disagree the change stays last.
        occurred_at: now.modified_at.max(newest.occurred_at),
        precision: Precision::Second,
        recorded_at: None,
        observed_at: newest.observed_at,
        source: now.record.clone(),
        vendor_id: None,
        person: newest.person.clone(),
        account: newest.account.clone(),
        opportunity: newest.opportunity.clone(),
        campaign: None,
        actor: None,
        by_integration: false,
        detail: change(newest, now)?,
    })
}

fn change(model: &Event, now: &Current) -> Option<Detail> {
    let old: Option<Arc<str>> = new_value_of(&model.detail).map(Arc::from);
    match &model.detail {
        Detail::Field { field, .. } => {
            Some(Detail::Field { field: field.clone(), old, new: now.value.clone(), withheld: false })
        }
        Detail::Stage { to, .. } => Some(Detail::Stage {
            from: Some(*to),
            to: now.stage.unwrap_or(LifecycleStage::Other),
            vendor_from: old,
            vendor_to: now.value.clone()?,
        }),
        Detail::Opportunity { .. } if model.kind != EventKind::OpportunityCreated => {
            Some(Detail::Opportunity { from: old, to: now.value.clone(), amount: None })
        }
        _ => None,
    }
}
