//! A handful of captured records, and a model that is kept current by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::event::{Detail, Event, EventKind};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::{OpportunityContactRole, StageCategory};
use crate::domain::record::RecordMeta;
use crate::domain::territory::Company;
use crate::domain::user::UserRecord;
use crate::facts::material::Material;
use crate::facts::model::{Model, Open};
use crate::facts::rules::Rules;
use crate::facts::snapshot::Snapshot;
use crate::ledger::entry::{CapturedRecord, Recorded, RecordedEvent, Sequence};
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::CustomFields;
use crate::unify::samples::{self, at, key};

pub(super) fn rules() -> Rules {
    Rules {
        sources: samples::two_sources(),
        identity: IdentityRules::default(),
        campaigns: Vec::new(),
        fields: CustomFields::default(),
        company: Company::default(),
        zone: Tz::UTC,
    }
}

pub(super) fn now() -> DateTime<Utc> {
    at("2025-04-01")
}

/// What was captured so far.
#[derive(Clone, Default)]
pub(super) struct World {
    records: BTreeMap<RecordKey, Recorded>,
    events: BTreeMap<(Arc<str>, RecordKey), RecordedEvent>,
    sequence: Sequence,
}

/// One thing that was captured.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Record(CapturedRecord),
    Event(Box<Event>),
    Erased(RecordKey),
}

impl World {
    /// Takes the step, and tells a model of it.
    pub(super) fn take(&mut self, step: Step, model: Option<&mut Model>) {
        self.sequence += 1;
        let observed_at = at("2025-03-31") + chrono::TimeDelta::seconds(self.sequence);
        match step {
            Step::Record(record) => {
                let deleted_at = record.meta().and_then(|meta| meta.deleted_at);
                let key = record.key();
                let recorded =
                    Recorded { sequence: self.sequence, observed_at, deleted_at, key: key.clone(), record };
                if let Some(model) = model {
                    model.note(&recorded);
                }
                self.records.insert(key, recorded);
            }
            Step::Event(event) => {
                let Some(of) = event.person.clone().or_else(|| event.opportunity.clone()) else { return };
                let id: Arc<str> =
                    Arc::from(format!("{:?} {} {:?}", event.kind, event.occurred_at, event.detail));
                if let Some(model) = model {
                    model.note_history(&of);
                }
                let event = Arc::new(*event);
                let recorded = RecordedEvent {
                    sequence: self.sequence,
                    id: id.clone(),
                    of: of.clone(),
                    event,
                    restated: false,
                };
                self.events.insert((id, of), recorded);
            }
            Step::Erased(key) => {
                self.records.remove(&key);
                self.events.retain(|(_, of), _| *of != key);
                if let Some(model) = model {
                    model.forget(&key);
                }
            }
        }
    }

    /// A model of everything, made at once.
    pub(super) fn model_of_everything(&self) -> Model {
        let mut model = Model::new(Arc::new(rules()), now());
        let mut records: Vec<&Recorded> = self.records.values().collect();
        records.sort_by_key(|recorded| recorded.sequence);
        for recorded in records {
            model.note(recorded);
        }
        model
    }

    /// Makes what a model has open, and publishes it. Gives the number of components too.
    pub(super) fn publish(&self, model: &mut Model) -> (Snapshot, usize) {
        let open = model.open(usize::MAX);
        (self.publish_open(model, &open), open.len())
    }

    pub(super) fn publish_open(&self, model: &mut Model, open: &[Open]) -> Snapshot {
        for component in open {
            model.put(component, &self.material(&component.keys));
        }
        model.moved();
        model.publish(self.sequence)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.publish(&mut self.model_of_everything()).0
    }

    pub(super) fn people(&self) -> Vec<Arc<crate::domain::person::PersonRecord>> {
        let person = |recorded: &Recorded| match &recorded.record {
            CapturedRecord::Person(person) => Some(person.clone()),
            _ => None,
        };
        self.records.values().filter_map(person).collect()
    }

    fn material(&self, keys: &[RecordKey]) -> Material {
        let mut material = Material::default();
        keys.iter()
            .filter_map(|key| self.records.get(key))
            .for_each(|recorded| material.add(recorded.clone()));
        let people = material.keys_of_people();
        for recorded in self.records.values() {
            if let CapturedRecord::Membership(membership) = &recorded.record
                && people.contains(&membership.person)
            {
                material.add(recorded.clone());
            }
        }
        let histories: BTreeSet<RecordKey> = material.histories().into_iter().collect();
        let told = self.events.values().filter(|event| histories.contains(&event.of));
        material.events = told.cloned().collect();
        material
    }
}

/// The simplest world: two people, an account, an opportunity that came of one of them.
pub(super) fn small() -> World {
    let mut world = World::default();
    let lead = samples::person("sales:Lead:L1")
        .email("ann@acme.example")
        .created("2025-01-02")
        .converted_to("sales:Contact:C1")
        .with(|it| {
            it.stage = Some(LifecycleStage::Sql);
            it.first_name = Some("Ann".into());
            it.conversion.as_mut().expect("converted").opportunity = Some(key("sales:Opportunity:O1"));
        });
    let contact = samples::person("sales:Contact:C1")
        .email("ann@acme.example")
        .created("2025-02-01")
        .with(|it| it.account = Some(key("sales:Account:A1")));
    let other = samples::person("marketing:contact:7").email("bob@acme.example").created("2025-01-05");
    let mut deal = samples::opportunity("sales:Opportunity:O1", None);
    deal.account = Some(key("sales:Account:A1"));
    deal.meta.created_at = at("2025-02-01");
    for record in [
        CapturedRecord::Person(lead.record()),
        CapturedRecord::Person(contact.record()),
        CapturedRecord::Person(other.record()),
        CapturedRecord::Account(Arc::new(samples::account("sales:Account:A1", &["acme.example"], None))),
        CapturedRecord::Opportunity(Arc::new(deal)),
    ] {
        world.take(Step::Record(record), None);
    }
    for (when, from, to) in [
        ("2025-01-10", LifecycleStage::Inquiry, LifecycleStage::Mql),
        ("2025-01-20", LifecycleStage::Mql, LifecycleStage::Sql),
    ] {
        world.take(Step::Event(stage("sales:Lead:L1", when, from, to).into()), None);
    }
    world.take(Step::Event(form("marketing:contact:7", "2025-01-04").into()), None);
    world
}

pub(super) fn stage(record: &str, when: &str, from: LifecycleStage, to: LifecycleStage) -> Event {
    let detail = Detail::Stage {
        from: Some(from),
        to,
        vendor_from: Some(from.name().into()),
        vendor_to: to.name().into(),
    };
    let event = samples::event(EventKind::StageChange, when, record, detail);
    Event { actor: Some(key("sales:User:U1")), ..event }
}

pub(super) fn form(record: &str, when: &str) -> Event {
    let detail = Detail::Touch { channel: Channel::Direct, asset: None, url: None };
    samples::event(EventKind::FormSubmission, when, record, detail)
}

pub(super) fn membership(campaign: &str, person: &str) -> CapturedRecord {
    CapturedRecord::Membership(Arc::new(CampaignMembership {
        id: Arc::from(format!("{campaign}/{person}")),
        campaign: key(campaign),
        person: key(person),
        status: None,
        has_responded: true,
        responded_on: None,
        joined_at: at("2025-01-03"),
    }))
}

pub(super) fn campaign(name: &str, title: &str) -> CapturedRecord {
    CapturedRecord::Campaign(Arc::new(CampaignRecord {
        meta: meta(name),
        name: Some(title.into()),
        channel: Some(Channel::Webinar),
        status: None,
        starts_on: None,
        ends_on: None,
        spend: None,
        budget: None,
        spend_lines: Vec::new(),
    }))
}

pub(super) fn user(name: &str, address: Option<&str>) -> CapturedRecord {
    CapturedRecord::User(Arc::new(UserRecord {
        meta: meta(name),
        name: Some(Arc::from(format!("User {name}"))),
        email: address.map(Arc::from),
        is_active: true,
        is_queue: false,
        other_ids: Vec::new(),
        teams: Vec::new(),
    }))
}

pub(super) fn opportunity(
    name: &str,
    account: Option<&str>,
    contact: Option<&str>,
    category: StageCategory,
) -> CapturedRecord {
    let mut record = samples::opportunity(name, None);
    record.account = account.map(key);
    record.category = category;
    record.close_date = (category != StageCategory::Open).then(|| at("2025-03-01").date_naive());
    let role = |person: &str| OpportunityContactRole { person: key(person), role: None, is_primary: true };
    record.contacts = contact.map(role).into_iter().collect();
    CapturedRecord::Opportunity(Arc::new(record))
}

fn meta(name: &str) -> RecordMeta {
    samples::opportunity(name, None).meta
}
