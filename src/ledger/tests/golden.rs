//! The stored form is for ever: what an older Leadline wrote must be read by every later one. Each line of
//! `golden/stored.ndjson` was written once and is only ever added to.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::account::{AccountField, AccountRecord};
use crate::domain::campaign::{CampaignMembership, CampaignRecord, SpendLine};
use crate::domain::custom::CustomValue;
use crate::domain::event::{Asset, Detail, Direction, Event, EventKind, HistoryPart, Precision};
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::money::Money;
use crate::domain::opportunity::{
    BuyingRole, OpportunityContactRole, OpportunityRecord, Pipeline, Stage, StageCategory, StageSnapshot,
};
use crate::domain::person::{Conversion, PersonField, PersonRecord, PersonRole, ScoreKind, ScoreValue};
use crate::domain::record::{Edit, RecordMeta};
use crate::domain::select::Field;
use crate::domain::user::UserRecord;

use super::fixtures::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ledger/tests/golden/stored.ndjson");

/// Compares with the committed lines, in order.
struct Golden {
    committed: Vec<String>,
    written: Vec<String>,
}

impl Golden {
    /// The value is stored as the next line says, and the line is read back as the value.
    fn stores<T: Serialize + DeserializeOwned + PartialEq + Debug>(&mut self, value: &T) {
        let text = serde_json::to_string(value).unwrap();
        let committed = self.committed.get(self.written.len()).cloned().unwrap_or_else(|| text.clone());
        let read: T = serde_json::from_str(&committed).unwrap_or_else(|error| panic!("{error}: {committed}"));
        assert_eq!(read, *value, "no longer read as it was: {committed}");
        assert_eq!(text, committed, "no longer written as it was");
        self.written.push(text);
    }
}

#[test]
fn what_is_stored_keeps_its_names() {
    let committed = fs::read_to_string(FILE).unwrap_or_default();
    let mut golden =
        Golden { committed: committed.lines().map(str::to_owned).collect(), written: Vec::new() };

    golden.stores(&whole_person());
    golden.stores(&unread(person("Contact", "0031", "")));
    golden.stores(&whole_account());
    golden.stores(&unread_account());
    golden.stores(&whole_opportunity());
    golden.stores(&whole_campaign());
    golden.stores(&CampaignMembership {
        responded_on: Some(day()),
        has_responded: true,
        ..membership("00v1", "7011", key("Lead", "00Q1"))
    });
    golden.stores(&whole_user());
    golden.stores(&whole_pipeline());
    for event in whole_events() {
        golden.stores(&event);
    }
    golden.stores(&EventKind::ALL.to_vec());
    golden.stores(&HistoryPart::ALL.to_vec());
    golden.stores(&Channel::ALL.to_vec());
    golden.stores(&LifecycleStage::ALL.to_vec());
    golden.stores(&PersonField::ALL.to_vec());
    golden.stores(&AccountField::ALL.to_vec());
    golden.stores(&vec![Precision::Millisecond, Precision::Second, Precision::Minute, Precision::Day]);
    golden.stores(&vec![PersonRole::Lead, PersonRole::Contact]);
    golden.stores(&vec![Direction::Inbound, Direction::Outbound]);
    golden.stores(&vec![
        StageCategory::Open,
        StageCategory::Won,
        StageCategory::Lost,
        StageCategory::Omitted,
    ]);
    golden.stores(&vec![
        ScoreKind::Fit,
        ScoreKind::Behaviour,
        ScoreKind::Combined,
        ScoreKind::Predictive,
        ScoreKind::Intent,
        ScoreKind::ChurnRisk,
    ]);
    golden.stores(&vec![
        BuyingRole::DecisionMaker,
        BuyingRole::EconomicBuyer,
        BuyingRole::Champion,
        BuyingRole::Influencer,
        BuyingRole::User,
        BuyingRole::Blocker,
        BuyingRole::Other,
    ]);

    if std::env::var_os("LEADLINE_WRITE_STORED").is_some() {
        fs::write(FILE, golden.written.join("\n") + "\n").unwrap();
    } else {
        assert_eq!(
            golden.committed.len(),
            golden.written.len(),
            "run with LEADLINE_WRITE_STORED=1 to add lines"
        );
    }
}

#[test]
fn stored_names_are_those_of_the_schema() {
    let stored = |kind: &EventKind| serde_json::to_value(kind).unwrap();
    for kind in EventKind::ALL {
        assert_eq!(stored(&kind), kind.name());
    }
    for channel in Channel::ALL {
        assert_eq!(serde_json::to_value(channel).unwrap(), channel.name());
    }
    for stage in LifecycleStage::ALL {
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
    }
    for part in HistoryPart::ALL {
        assert_eq!(serde_json::to_value(part).unwrap(), part.name());
    }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 3, 1).unwrap()
}

fn money() -> Money {
    Money { amount: Decimal::new(123_450, 2), currency: "EUR".into() }
}

/// Without what is kept beside the text.
fn unread(record: PersonRecord) -> PersonRecord {
    PersonRecord { meta: RecordMeta { fetched_at: DateTime::default(), ..record.meta }, ..record }
}

fn unread_account() -> AccountRecord {
    let record = account("0011", "example.com");
    AccountRecord { meta: RecordMeta { fetched_at: DateTime::default(), ..record.meta }, ..record }
}

fn whole_meta(object: &str, id: &str) -> RecordMeta {
    RecordMeta {
        fetched_at: DateTime::default(),
        deleted_at: Some(at(1)),
        merged_into: Some(key(object, "other")),
        merged_ids: vec!["older".into()],
        url: Some("https://example.com/r".into()),
        ..meta(object, id)
    }
}

fn edit() -> Edit {
    Edit { at: at(2), by: Some(key("User", "0051")), by_integration: true }
}

fn lead_source() -> LeadSource {
    LeadSource {
        channel: Channel::PaidSearch,
        sub_channel: Some("Google".into()),
        detail: Some("brand".into()),
        is_marketing: true,
    }
}

fn custom() -> BTreeMap<Arc<str>, CustomValue> {
    [
        ("boolean", CustomValue::Boolean(true)),
        ("date", CustomValue::Date(day())),
        ("instant", CustomValue::Instant(at(3))),
        ("number", CustomValue::Number(Decimal::new(15, 1))),
        ("text", CustomValue::Text("gold".into())),
        ("values", CustomValue::Values(vec!["a".into(), "b".into()])),
    ]
    .map(|(name, value)| (name.into(), value))
    .into()
}

fn whole_person() -> PersonRecord {
    PersonRecord {
        meta: whole_meta("Lead", "00Q1"),
        role: PersonRole::Lead,
        first_name: Some("Jane".into()),
        last_name: Some("Doe".into()),
        email: Some("jane@example.com".into()),
        other_emails: vec!["j@example.com".into()],
        phone: Some("1".into()),
        mobile: Some("2".into()),
        title: Some("Buyer".into()),
        company_name: Some("Example".into()),
        account: Some(key("Account", "0011")),
        owner: Some(key("User", "0051")),
        vendor_stage: Some("Working".into()),
        stage: Some(LifecycleStage::Sal),
        lead_source: Some(lead_source()),
        email_opt_out: Some(false),
        do_not_call: Some(true),
        bounced: Some(false),
        scores: vec![ScoreValue {
            name: "fit".into(),
            kind: ScoreKind::Fit,
            value: Decimal::new(875, 1),
            at: at(4),
        }],
        country: Some("DE".into()),
        state: Some("BE".into()),
        industry: Some("Mining".into()),
        employees: Some(40),
        conversion: Some(Conversion {
            contact: Some(key("Contact", "0031")),
            account: Some(key("Account", "0011")),
            opportunity: Some(key("Opportunity", "0061")),
            on: Some(day()),
        }),
        cross_references: vec![key("contact", "a:b")],
        custom: custom(),
        edits: [(PersonField::OriginalSource, edit())].into(),
    }
}

fn whole_account() -> AccountRecord {
    AccountRecord {
        meta: whole_meta("Account", "0011"),
        name: Some("Example".into()),
        domains: vec!["example.com".into()],
        industry: Some("Mining".into()),
        employees: Some(40),
        annual_revenue: Some(money()),
        country: Some("DE".into()),
        state: Some("BE".into()),
        owner: Some(key("User", "0051")),
        is_target: Some(true),
        cross_references: vec![key("company", "9")],
        custom: custom(),
        edits: [(AccountField::TargetAccount, edit())].into(),
    }
}

fn whole_opportunity() -> OpportunityRecord {
    OpportunityRecord {
        meta: whole_meta("Opportunity", "0061"),
        name: Some("Big".into()),
        account: Some(key("Account", "0011")),
        owner: Some(key("User", "0051")),
        pipeline: Some("default".into()),
        stage: Some("Won".into()),
        category: StageCategory::Won,
        amount: Some(money()),
        probability: Some(Decimal::ONE),
        close_date: Some(day()),
        closed_at: Some(at(5)),
        lead_source: Some(lead_source()),
        loss_reason: Some("price".into()),
        contacts: vec![OpportunityContactRole {
            person: key("Contact", "0031"),
            role: Some(BuyingRole::Champion),
            is_primary: true,
        }],
        stage_history: vec![StageSnapshot {
            stage: "Open".into(),
            at: at(6),
            amount: Some(money()),
            probability: Some(Decimal::new(5, 1)),
            by: Some(key("User", "0051")),
        }],
        cross_references: vec![key("deal", "5")],
        custom: custom(),
    }
}

fn whole_campaign() -> CampaignRecord {
    let line = SpendLine { on: day(), amount: money(), note: Some("print".into()) };
    CampaignRecord {
        meta: whole_meta("Campaign", "7011"),
        name: Some("Spring".into()),
        channel: Some(Channel::Webinar),
        status: Some("Active".into()),
        starts_on: Some(day()),
        ends_on: Some(day()),
        spend: Some(money()),
        budget: Some(money()),
        spend_lines: vec![line],
    }
}

fn whole_user() -> UserRecord {
    UserRecord {
        meta: whole_meta("User", "0051"),
        name: Some("Olivia".into()),
        email: Some("olivia@example.com".into()),
        is_active: true,
        is_queue: false,
        other_ids: vec!["7".into()],
        teams: vec!["EMEA".into()],
    }
}

fn whole_pipeline() -> Pipeline {
    let stage = Stage {
        key: "s1".into(),
        label: "Open".into(),
        position: 0,
        category: StageCategory::Open,
        probability: Some(Decimal::new(1, 1)),
    };
    Pipeline { key: "default".into(), label: "Sales".into(), source: sales(), stages: vec![stage] }
}

/// One event with each kind of detail.
fn whole_events() -> Vec<Event> {
    let event = |kind, detail| Event {
        kind,
        occurred_at: at(7),
        precision: Precision::Day,
        recorded_at: Some(at(8)),
        observed_at: DateTime::default(),
        source: key("Lead", "00Q1"),
        vendor_id: Some("v1".into()),
        person: Some(key("Lead", "00Q1")),
        account: Some(key("Account", "0011")),
        opportunity: Some(key("Opportunity", "0061")),
        campaign: Some(key("Campaign", "7011")),
        actor: Some(key("User", "0051")),
        by_integration: true,
        detail,
    };
    let asset = Asset { key: key("form", "f1"), title: Some("Demo".into()), kind: "form".into() };
    vec![
        event(
            EventKind::FieldChange,
            Detail::Field {
                field: "title".into(),
                old: Some("a".into()),
                new: Some("b".into()),
                withheld: false,
            },
        ),
        event(
            EventKind::StageChange,
            Detail::Stage {
                from: Some(LifecycleStage::Mql),
                to: LifecycleStage::Sal,
                vendor_from: Some("Open".into()),
                vendor_to: "Working".into(),
            },
        ),
        event(
            EventKind::FormSubmission,
            Detail::Touch {
                channel: Channel::Content,
                asset: Some(asset),
                url: Some("https://example.com/x".into()),
            },
        ),
        event(
            EventKind::Call,
            Detail::Activity {
                direction: Some(Direction::Outbound),
                outcome: Some("Connected".into()),
                duration_seconds: Some(60),
                automated: false,
                subject: Some("Hello".into()),
                body: Some("World".into()),
            },
        ),
        event(
            EventKind::LeadConverted,
            Detail::Record { merged_ids: vec!["older".into()], converted_to: Some(key("Contact", "0031")) },
        ),
        event(
            EventKind::OpportunityWon,
            Detail::Opportunity { from: Some("Open".into()), to: Some("Won".into()), amount: Some(money()) },
        ),
        touch("v2", &key("Lead", "00Q1"), "/", 1).unread(),
    ]
}

impl Event {
    fn unread(self) -> Self {
        Self { observed_at: DateTime::default(), ..self }
    }
}
