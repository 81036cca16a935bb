//! Records to try the pure functions on: two Salesforce organisations, two HubSpot portals, and whoever is in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};

use crate::domain::account::AccountRecord;
use crate::domain::event::{Detail, Event, EventKind, Precision};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::{OpportunityRecord, StageCategory};
use crate::domain::person::{Conversion, PersonField, PersonRecord, PersonRole};
use crate::domain::record::{Edit, RecordMeta, Side, SourceInfo, Vendor};

/// `sales` and `sales-emea` on the sales side, `marketing` and `marketing-emea` on the other.
pub(crate) fn sources() -> Vec<SourceInfo> {
    let source = |name: &str, vendor, side, rank| SourceInfo {
        name: SourceName::new(name),
        label: Arc::from(name),
        vendor,
        side,
        rank,
    };
    vec![
        source("sales", Vendor::Salesforce, Side::Sales, 0),
        source("sales-emea", Vendor::Salesforce, Side::Sales, 1),
        source("marketing", Vendor::HubSpot, Side::Marketing, 2),
        source("marketing-emea", Vendor::HubSpot, Side::Marketing, 3),
    ]
}

/// `sales` and `marketing` alone.
pub(crate) fn two_sources() -> Vec<SourceInfo> {
    sources().into_iter().filter(|source| !source.name.as_str().ends_with("emea")).collect()
}

/// Midnight of a day written `2025-01-31`, or the instant where a time is given.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Utc.from_utc_datetime(&day.and_time(chrono::NaiveTime::MIN)),
        Err(_) => text.parse().expect("a test writes days and instants correctly"),
    }
}

/// A key written `sales:Contact:C1`.
pub(crate) fn key(text: &str) -> RecordKey {
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().expect("a test writes keys in three parts");
    let source = SourceName::new(part());
    RecordKey::new(&source, part(), part())
}

fn meta(name: &str) -> RecordMeta {
    RecordMeta {
        key: key(name),
        created_at: at("2025-01-01"),
        updated_at: at("2025-01-01"),
        fetched_at: at("2025-04-01"),
        deleted_at: None,
        merged_into: None,
        merged_ids: Vec::new(),
        url: None,
    }
}

/// A person record under construction.
#[derive(Clone, Debug)]
pub(crate) struct Sample(PersonRecord);

/// A Salesforce lead, a Salesforce contact or a HubSpot contact by its key.
pub(crate) fn person(name: &str) -> Sample {
    let meta = meta(name);
    let role = if &*meta.key.object == "Lead" { PersonRole::Lead } else { PersonRole::Contact };
    Sample(PersonRecord {
        meta,
        role,
        first_name: None,
        last_name: None,
        email: None,
        other_emails: Vec::new(),
        phone: None,
        mobile: None,
        title: None,
        company_name: None,
        account: None,
        owner: None,
        vendor_stage: None,
        stage: None,
        lead_source: None,
        email_opt_out: None,
        do_not_call: None,
        bounced: None,
        scores: Vec::new(),
        country: None,
        state: None,
        industry: None,
        employees: None,
        conversion: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    })
}

impl Sample {
    pub(crate) fn email(self, address: &str) -> Self {
        self.with(|it| it.email = Some(Arc::from(address)))
    }

    pub(crate) fn created(self, when: &str) -> Self {
        self.with(|it| it.meta.created_at = at(when))
    }

    pub(crate) fn modified(self, when: &str) -> Self {
        self.with(|it| it.meta.updated_at = at(when))
    }

    pub(crate) fn deleted(self) -> Self {
        self.with(|it| it.meta.deleted_at = Some(at("2025-03-01")))
    }

    pub(crate) fn merged_into(self, survivor: &str) -> Self {
        self.deleted().with(|it| it.meta.merged_into = Some(key(survivor)))
    }

    pub(crate) fn merged_ids(self, ids: &[&str]) -> Self {
        self.with(|it| it.meta.merged_ids = ids.iter().map(|id| Arc::from(*id)).collect())
    }

    pub(crate) fn refers_to(self, name: &str) -> Self {
        self.with(|it| it.cross_references.push(key(name)))
    }

    pub(crate) fn converted_to(self, contact: &str) -> Self {
        self.with(|it| {
            it.conversion =
                Some(Conversion { contact: Some(key(contact)), account: None, opportunity: None, on: None });
        })
    }

    /// A human set the field then.
    pub(crate) fn edited(self, field: PersonField, when: &str) -> Self {
        let edit = Edit { at: at(when), by: None, by_integration: false };
        self.with(|it| it.edits.insert(field, edit))
    }

    /// A sync set the field then.
    pub(crate) fn synced(self, field: PersonField, when: &str) -> Self {
        let edit = Edit { at: at(when), by: None, by_integration: true };
        self.with(|it| it.edits.insert(field, edit))
    }

    pub(crate) fn with<T>(mut self, change: impl FnOnce(&mut PersonRecord) -> T) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) fn record(self) -> Arc<PersonRecord> {
        Arc::new(self.0)
    }
}

/// An account record with its domains and the record it names.
pub(crate) fn account(name: &str, domains: &[&str], refers_to: Option<&str>) -> AccountRecord {
    AccountRecord {
        meta: meta(name),
        name: None,
        domains: domains.iter().map(|domain| Arc::from(*domain)).collect(),
        industry: None,
        employees: None,
        annual_revenue: None,
        country: None,
        state: None,
        owner: None,
        is_target: None,
        cross_references: refers_to.map(key).into_iter().collect(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    }
}

/// An open opportunity record and the record it names.
pub(crate) fn opportunity(name: &str, refers_to: Option<&str>) -> OpportunityRecord {
    OpportunityRecord {
        meta: meta(name),
        name: None,
        account: None,
        owner: None,
        pipeline: None,
        stage: None,
        category: StageCategory::Open,
        amount: None,
        probability: None,
        close_date: None,
        closed_at: None,
        lead_source: None,
        loss_reason: None,
        contacts: Vec::new(),
        stage_history: Vec::new(),
        cross_references: refers_to.map(key).into_iter().collect(),
        custom: BTreeMap::new(),
    }
}

/// An event of a person's record.
pub(crate) fn event(kind: EventKind, when: &str, record: &str, detail: Detail) -> Event {
    Event {
        kind,
        occurred_at: at(when),
        precision: Precision::Second,
        recorded_at: None,
        observed_at: at("2025-04-01"),
        source: key(record),
        vendor_id: None,
        person: Some(key(record)),
        account: None,
        opportunity: None,
        campaign: None,
        actor: None,
        by_integration: false,
        detail,
    }
}

/// A change of a field of a person's record.
pub(crate) fn change(when: &str, record: &str, field: &str, old: &str, new: &str) -> Event {
    let value = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
    let detail = Detail::Field { field: Arc::from(field), old: value(old), new: value(new), withheld: false };
    event(EventKind::FieldChange, when, record, detail)
}
