//! Does the history lead to what the record holds now? Where not, one change is missing from it.

use std::sync::Arc;

use crate::domain::event::{Detail, Event, EventKind, Precision};
use crate::domain::lifecycle::LifecycleStage;

use super::identify::{field_of, is_withheld, new_value_of};
use super::state::Current;

/// One change for every value that the newest entry of its history does not lead to, at the instant at which the
/// record was last modified. A field without history says nothing, nor does one whose newest values are withheld.
pub(super) fn missing_changes(events: &[Event], current: &[Current]) -> Vec<Event> {
    current.iter().filter_map(|now| missing_change(events, now)).collect()
}

fn missing_change(events: &[Event], now: &Current) -> Option<Event> {
    let told = events
        .iter()
        .filter(|event| event.source == now.record && field_of(&event.detail) == Some(&*now.field));
    let last = told.clone().map(|event| event.occurred_at).max()?;
    let newest: Vec<&Event> = told.filter(|event| event.occurred_at == last).collect();
    if newest.iter().any(|event| is_withheld(&event.detail)) {
        return None;
    }
    // Several changes at one instant end with the value that none of them leaves again.
    let leads_there =
        newest.iter().any(|event| new_value_of(&event.detail).as_deref() == now.value.as_deref());
    if leads_there {
        return None;
    }
    let model = newest.first()?;
    Some(Event {
        kind: model.kind,
        occurred_at: now.modified_at.max(last),
        precision: Precision::Second,
        recorded_at: None,
        observed_at: model.observed_at,
        source: now.record.clone(),
        vendor_id: None,
        person: model.person.clone(),
        account: model.account.clone(),
        opportunity: model.opportunity.clone(),
        campaign: None,
        actor: None,
        by_integration: false,
        detail: change(model, now)?,
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
