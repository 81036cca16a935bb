//! Changes of a record out of the versions of its properties. A version has only the value from its instant on; the value
//! before is that of the next older version.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::connectors::hubspot::config::HubspotOptions;
use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::pipelines::stage;
use crate::connectors::hubspot::wire::{ObjectRecord, Version};
use crate::domain::event::{Detail, Event, EventKind, Floor, Precision, RecordHistory};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::{Pipeline, StageCategory};

use super::{Reader, merged_ids, value};

/// What belongs to the creation of a record, not to a change of it.
const CREATION: TimeDelta = TimeDelta::seconds(1);

/// Properties whose changes are told, with the field's own name.
const OF_CONTACTS: [(&str, &str); 12] = [
    ("firstname", "firstName"),
    ("lastname", "lastName"),
    ("email", "email"),
    ("phone", "phone"),
    ("mobilephone", "mobile"),
    ("jobtitle", "title"),
    ("associatedcompanyid", "account"),
    ("hubspot_owner_id", "owner"),
    ("lifecyclestage", "lifecycleStage"),
    ("hs_lead_status", "leadStatus"),
    ("hs_analytics_source", "originalSource"),
    ("hs_email_optout", "emailOptOut"),
];
const OF_COMPANIES: [(&str, &str); 8] = [
    ("name", "name"),
    ("domain", "domain"),
    ("industry", "industry"),
    ("numberofemployees", "employees"),
    ("annualrevenue", "annualRevenue"),
    ("country", "country"),
    ("hubspot_owner_id", "owner"),
    ("lifecyclestage", "lifecycleStage"),
];
const OF_DEALS: [(&str, &str); 6] = [
    ("dealname", "name"),
    ("dealstage", "stage"),
    ("amount", "amount"),
    ("closedate", "closeDate"),
    ("closed_lost_reason", "lossReason"),
    ("hubspot_owner_id", "owner"),
];

/// A property whose changes are told.
pub(in crate::connectors::hubspot) struct Tracked<'a> {
    pub(in crate::connectors::hubspot) property: &'a str,
    field: &'a str,
    kind: EventKind,
}

/// The properties of an object whose changes are told, the company's own among them.
pub(in crate::connectors::hubspot) fn tracked(object: Object, options: &HubspotOptions) -> Vec<Tracked<'_>> {
    let (fields, custom): (&[(&str, &str)], _) = match object {
        Object::Contact => (&OF_CONTACTS, &options.fields.person),
        Object::Company => (&OF_COMPANIES, &options.fields.account),
        Object::Deal => (&OF_DEALS, &options.fields.opportunity),
    };
    let known = fields.iter().map(|(property, field)| Tracked {
        property,
        field,
        kind: match (object, *property) {
            (_, "hubspot_owner_id") => EventKind::OwnerChange,
            (Object::Contact, "lifecyclestage") | (Object::Deal, "dealstage") => EventKind::StageChange,
            _ => EventKind::FieldChange,
        },
    });
    let scores = options.scores.iter().filter(|_| object == Object::Contact).map(|score| Tracked {
        property: &score.property,
        field: score.name(),
        kind: EventKind::ScoreChange,
    });
    let own = custom.iter().map(|(key, field)| Tracked {
        property: &field.property,
        field: key,
        kind: EventKind::FieldChange,
    });
    known.chain(scores).chain(own).collect()
}

/// Whose history is told.
#[derive(Clone)]
pub(in crate::connectors::hubspot) struct Subject {
    object: Object,
    pub(in crate::connectors::hubspot) key: RecordKey,
}

impl Reader<'_> {
    /// The record a history is of.
    pub(in crate::connectors::hubspot) fn subject(&self, object: Object, id: &str) -> Subject {
        Subject { object, key: self.key(object.name(), id) }
    }

    /// An event of a record, with what every event has.
    pub(in crate::connectors::hubspot) fn event(
        &self,
        subject: &Subject,
        kind: EventKind,
        at: DateTime<Utc>,
        detail: Detail,
    ) -> Event {
        let if_it_is = |object| (subject.object == object).then(|| subject.key.clone());
        Event {
            kind,
            occurred_at: at,
            precision: Precision::Millisecond,
            recorded_at: None,
            observed_at: self.fetched_at,
            source: subject.key.clone(),
            vendor_id: None,
            person: if_it_is(Object::Contact),
            account: if_it_is(Object::Company),
            opportunity: if_it_is(Object::Deal),
            campaign: None,
            actor: None,
            by_integration: false,
            detail,
        }
    }

    /// Creation, merges, deletion and every change of a tracked property.
    pub(in crate::connectors::hubspot) fn changes(
        &self,
        object: Object,
        record: &ObjectRecord,
        pipelines: &[Arc<Pipeline>],
    ) -> RecordHistory {
        let subject = self.subject(object, &record.id);
        let created = self.meta(object, record).created_at;
        let mut history = RecordHistory { events: self.lifetime(&subject, record, created), floor: None };
        for tracked in tracked(object, self.options) {
            let mut versions: Vec<&Version> = record.versions(tracked.property).iter().collect();
            versions.sort_by_key(|version| std::cmp::Reverse(version.timestamp));
            for (place, version) in versions.iter().enumerate() {
                let older = versions.get(place + 1).and_then(|older| older.text());
                let is_first = place + 1 == versions.len();
                if older == version.text() || (is_first && is_initial(&tracked, version, created)) {
                    continue;
                }
                let Some((kind, detail)) = self.change(&subject, record, &tracked, older, version, pipelines)
                else {
                    continue;
                };
                let event = self.event(&subject, kind, version.timestamp, detail);
                history.events.push(Event {
                    actor: self.actor(version),
                    by_integration: self.by_integration(version),
                    ..event
                });
            }
            history.floor = later(history.floor, floor(object, &versions, created));
        }
        history
    }

    fn lifetime(&self, subject: &Subject, record: &ObjectRecord, created: DateTime<Utc>) -> Vec<Event> {
        let bare = || Detail::Record { merged_ids: Vec::new(), converted_to: None };
        let mut events = Vec::new();
        // A deal is created with its first stage, which is told below.
        if subject.object != Object::Deal || record.versions("dealstage").is_empty() {
            let (kind, detail) = match subject.object {
                Object::Deal => (
                    EventKind::OpportunityCreated,
                    Detail::Opportunity {
                        from: None,
                        to: record.value("dealstage").map(Arc::from),
                        amount: self.amount_at(record, created),
                    },
                ),
                Object::Contact | Object::Company => (EventKind::RecordCreated, bare()),
            };
            events.push(self.event(subject, kind, created, detail));
        }
        let known = merged_ids(record);
        let merges = record.value("hs_calculated_merged_vids").into_iter().flat_map(value::stamped);
        for (id, at) in merges.filter(|(id, _)| known.contains(*id)) {
            let detail = Detail::Record { merged_ids: vec![Arc::from(id)], converted_to: None };
            events.push(self.event(subject, EventKind::RecordMerged, at, detail));
        }
        if record.archived {
            let at = record.archived_at.unwrap_or(record.updated_at);
            events.push(self.event(subject, EventKind::RecordDeleted, at, bare()));
        }
        events
    }

    fn change(
        &self,
        subject: &Subject,
        record: &ObjectRecord,
        tracked: &Tracked<'_>,
        older: Option<&str>,
        version: &Version,
        pipelines: &[Arc<Pipeline>],
    ) -> Option<(EventKind, Detail)> {
        let text = |value: Option<&str>| value.map(Arc::<str>::from);
        if tracked.kind != EventKind::StageChange {
            let (old, new) = (text(older), text(version.text()));
            return Some((
                tracked.kind,
                Detail::Field { field: Arc::from(tracked.field), old, new, withheld: false },
            ));
        }
        // A stage is cleared on the way back to an earlier one; the next version tells where it went.
        let to = version.text()?;
        if subject.object == Object::Contact {
            let detail = Detail::Stage {
                from: older.map(|stage| self.stage(stage)),
                to: self.stage(to),
                vendor_from: text(older),
                vendor_to: Arc::from(to),
            };
            return Some((EventKind::StageChange, detail));
        }
        let known = stage(pipelines, record.value("pipeline"), to);
        let kind = match (older, known.map(|stage| stage.category)) {
            (None, _) => EventKind::OpportunityCreated,
            (_, Some(StageCategory::Won)) => EventKind::OpportunityWon,
            (_, Some(StageCategory::Lost)) => EventKind::OpportunityLost,
            _ => EventKind::StageChange,
        };
        let amount = self.amount_at(record, version.timestamp);
        Some((kind, Detail::Opportunity { from: text(older), to: Some(Arc::from(to)), amount }))
    }
}

/// Whether a first version is what the record was created with, which is no change. First stages are told all the
/// same: a path through the stages begins with one.
fn is_initial(tracked: &Tracked<'_>, version: &Version, created: DateTime<Utc>) -> bool {
    tracked.kind != EventKind::StageChange && version.timestamp <= created + CREATION
}

/// The vendor keeps only so many versions of a property; where that many came, older ones may be gone.
fn floor(object: Object, versions: &[&Version], created: DateTime<Utc>) -> Option<Floor> {
    let most = if object == Object::Contact { 45 } else { 20 };
    let oldest = versions.last().filter(|_| versions.len() >= most)?;
    (oldest.timestamp > created + CREATION).then(|| Floor {
        from: oldest.timestamp,
        reason: Arc::from("the vendor keeps only the latest versions of a property"),
    })
}

/// The floor that lies later: the history is whole from there on.
pub(in crate::connectors::hubspot) fn later(one: Option<Floor>, other: Option<Floor>) -> Option<Floor> {
    one.into_iter().chain(other).max_by_key(|floor| floor.from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::hubspot::wire::BatchAnswer;
    use crate::domain::id::SourceName;
    use crate::domain::lifecycle::LifecycleStage;

    fn changes(object: Object, fixture: &str) -> RecordHistory {
        let answer: BatchAnswer<ObjectRecord> = serde_json::from_str(fixture).expect("the fixture is read");
        let (source, options) = (SourceName::new("marketing"), HubspotOptions::default());
        let fetched_at = DateTime::<Utc>::UNIX_EPOCH;
        let reader = Reader { source: &source, options: &options, details: None, fetched_at };
        reader.changes(object, &answer.results[0], &[])
    }

    fn of_kind(history: &RecordHistory, kind: EventKind) -> Vec<&Event> {
        let mut events: Vec<&Event> = history.events.iter().filter(|event| event.kind == kind).collect();
        events.sort_by_key(|event| event.occurred_at);
        events
    }

    #[test]
    fn stages_are_told_from_the_first_with_the_value_before() {
        let history = changes(Object::Contact, include_str!("../fixtures/contact_history.json"));
        let stages: Vec<(Option<LifecycleStage>, LifecycleStage, bool)> =
            of_kind(&history, EventKind::StageChange)
                .into_iter()
                .map(|event| match &event.detail {
                    Detail::Stage { from, to, .. } => (*from, *to, event.by_integration),
                    other => panic!("no stage: {other:?}"),
                })
                .collect();
        assert_eq!(
            stages,
            [
                (None, LifecycleStage::Inquiry, false),
                (Some(LifecycleStage::Inquiry), LifecycleStage::Mql, false),
                (None, LifecycleStage::Subscriber, true),
            ],
            "the way back leads over an empty stage"
        );
    }

    #[test]
    fn the_value_before_is_that_of_the_older_version_and_what_a_record_began_with_is_no_change() {
        let history = changes(Object::Contact, include_str!("../fixtures/contact_history.json"));
        let fields: Vec<(&str, Option<&str>, Option<&str>)> = of_kind(&history, EventKind::FieldChange)
            .into_iter()
            .map(|event| match &event.detail {
                Detail::Field { field, old, new, .. } => (&**field, old.as_deref(), new.as_deref()),
                other => panic!("no field: {other:?}"),
            })
            .collect();
        assert_eq!(
            fields,
            [
                ("phone", None, Some("+44 1")),
                ("title", Some("Sales"), Some("VP Sales")),
                ("title", Some("VP Sales"), None)
            ]
        );
        let owners = of_kind(&history, EventKind::OwnerChange);
        assert_eq!(owners[0].actor.as_ref().map(ToString::to_string).as_deref(), Some("marketing:user:123"));
        assert_eq!(of_kind(&history, EventKind::ScoreChange).len(), 1);
    }

    #[test]
    fn creation_and_merges_are_told_at_their_instants() {
        let history = changes(Object::Contact, include_str!("../fixtures/contact_history.json"));
        let created = of_kind(&history, EventKind::RecordCreated);
        assert_eq!(created[0].occurred_at.to_rfc3339(), "2025-01-02T00:00:00+00:00");
        let merged = of_kind(&history, EventKind::RecordMerged);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].occurred_at.timestamp_millis(), 1_740_000_000_000);
        assert_eq!(history.floor, None);
    }

    #[test]
    fn a_deal_is_created_with_its_first_stage_and_moves_on() {
        let history = changes(Object::Deal, include_str!("../fixtures/deals.json"));
        assert_eq!(of_kind(&history, EventKind::OpportunityCreated).len(), 1);
        let moved = of_kind(&history, EventKind::StageChange);
        assert_eq!(moved.len(), 2, "no pipeline is known here, so nothing is won");
        let Detail::Opportunity { from, to, amount } = &moved[0].detail else { panic!("a deal's move") };
        assert_eq!((from.as_deref(), to.as_deref()), (Some("appointmentscheduled"), Some("contractsent")));
        assert_eq!(amount.as_ref().map(|money| money.amount.to_string()).as_deref(), Some("24000.50"));
    }
}
