//! From fixtures in the vendor's shape to the words of the domain.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::custom::CustomValue;
use crate::domain::event::{Detail, Direction, Event, EventKind, Precision};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::{OpportunitySelect, StageCategory};
use crate::domain::person::{PersonField, PersonSelect};

use super::super::config::{SalesforceOptions, options};
use super::super::wire::{self, CampaignMember, Changed, OpportunityStage, Task};
use super::Mapping;
use super::event::Subject;
use super::event::opportunity::stage_categories;

const LEAD: &str = "00Q5e000001AbCdEAK";

fn settings() -> SalesforceOptions {
    options(json!({
        "stages": {"Working - Contacted": "SAL", "Closed - Converted": "SQL"},
        "integration_users": ["005000000000002"],
        "time_zone": "Europe/Berlin",
        "loss_reason": "Loss_Reason__c",
        "fields": {"person": {
            "tier": {"field": "Tier__c", "type": "TEXT"},
            "budget": {"field": "Budget__c", "type": "NUMBER"},
            "interests": {"field": "Interests__c", "type": "VALUES"},
        }},
    }))
}

fn mapped<T>(map: impl FnOnce(Mapping<'_>) -> T) -> T {
    let (source, options) = (SourceName::new("sales"), settings());
    map(Mapping { source: &source, options: &options, read_at: DateTime::UNIX_EPOCH })
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey::new(&SourceName::new("sales"), object, id)
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> T {
    serde_json::from_str(text).expect("a fixture in the vendor's shape")
}

fn typed<T: for<'de> Deserialize<'de>>(value: Value) -> T {
    serde_json::from_value(value).expect("a row in the vendor's shape")
}

#[test]
fn a_lead_keeps_its_words_and_gets_ours() {
    let row: Value = read(include_str!("../fixtures/lead.json"));
    let mut select = PersonSelect::everything();
    for key in ["tier", "budget", "interests"] {
        select.add_custom(key);
    }
    let lead = mapped(|mapping| mapping.lead(&row, &select).expect("a lead"));
    assert_eq!(lead.meta.key, key("Lead", LEAD));
    assert_eq!(lead.meta.created_at.to_rfc3339(), "2025-01-06T09:30:00+00:00");
    // What is blank is decided where records are merged.
    assert_eq!(lead.last_name.as_deref(), Some("[not provided]"));
    assert_eq!(lead.owner, Some(key("Group", "00G5e000001AbCdEAK")));
    assert_eq!(lead.stage, Some(LifecycleStage::Sql));
    let source = lead.lead_source.expect("a lead source");
    assert_eq!((source.channel, source.is_marketing), (Channel::Event, true));
    assert_eq!((lead.email_opt_out, lead.do_not_call, lead.bounced), (Some(true), Some(false), Some(true)));
    assert_eq!(lead.employees, Some(250));
    let conversion = lead.conversion.expect("a conversion");
    assert_eq!(conversion.contact, Some(key("Contact", "0035e00000XyZaBAAV")));
    assert_eq!((conversion.opportunity, lead.account), (None, Some(key("Account", "001D000000IqhSLIAZ"))));
    assert_eq!(lead.custom["tier"], CustomValue::Text("Gold".into()));
    assert_eq!(lead.custom["budget"], CustomValue::Number("1200.5".parse().expect("a number")));
    assert_eq!(lead.custom["interests"], CustomValue::Values(vec!["Billing".into(), "Support".into()]));
}

#[test]
fn an_edit_without_a_row_was_the_last_modification() {
    let mut row: Value = read(include_str!("../fixtures/lead.json"));
    row["LastModifiedDate"] = json!("2025-02-01T10:00:00.000+0000");
    row["LastModifiedById"] = json!("005000000000002AAA");
    row["Histories"] = json!({"done": true, "records": [
        {"Field": "Owner", "CreatedDate": "2025-01-07T09:00:00.000+0000", "CreatedById": "005000000000001AAA"},
    ]});
    let mut select = PersonSelect::default();
    select.add_with_edit(PersonField::Owner);
    select.add_with_edit(PersonField::Title);
    let edits = mapped(|mapping| mapping.lead(&row, &select).expect("a lead")).edits;
    assert_eq!(edits[&PersonField::Owner].at.to_rfc3339(), "2025-01-07T09:00:00+00:00");
    assert!(!edits[&PersonField::Owner].by_integration);
    assert_eq!(edits[&PersonField::Title].at.to_rfc3339(), "2025-02-01T10:00:00+00:00");
    assert!(edits[&PersonField::Title].by_integration);
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn every_change_of_a_lead_is_told_once() {
    let record: Changed = read(include_str!("../fixtures/lead_changes.json"));
    let mut loser: Value = read(include_str!("../fixtures/lead_changes.json"));
    loser["Id"] = json!("00Q000000000009");
    loser["MasterRecordId"] = json!(LEAD);
    let events = mapped(|mapping| mapping.changes(&record, "Lead", &[typed(loser)]));
    let expected = [
        EventKind::RecordCreated,
        EventKind::LeadConverted,
        EventKind::RecordMerged,
        EventKind::OwnerChange,
        EventKind::StageChange,
        EventKind::FieldChange,
        EventKind::FieldChange,
    ];
    assert_eq!(kinds(&events), expected);
    assert!(events[0].by_integration);
    assert_eq!(events[1].occurred_at.to_rfc3339(), "2025-01-31T14:15:16+00:00");
    let Detail::Record { converted_to, .. } = &events[1].detail else { panic!("a conversion") };
    assert_eq!(*converted_to, Some(key("Contact", "0035e00000XyZaBAAV")));
    let Detail::Record { merged_ids, .. } = &events[2].detail else { panic!("a merge") };
    assert_eq!(*merged_ids, ["00Q000000000009EAA".into()]);
    let Detail::Field { field, old, new, withheld } = &events[3].detail else { panic!("a change") };
    assert_eq!((&**field, *withheld), ("owner", false));
    assert_eq!((old.as_deref(), new.as_deref()), (Some("005000000000001AAA"), Some("005000000000003AAA")));
    let Detail::Stage { from, to, vendor_from, .. } = &events[4].detail else { panic!("a stage") };
    assert_eq!((*from, *to), (Some(LifecycleStage::Other), LifecycleStage::Sal));
    assert_eq!(vendor_from.as_deref(), Some("Open - Not Contacted"));
    let Detail::Field { field, withheld, .. } = &events[6].detail else { panic!("a change") };
    assert_eq!((&**field, *withheld), ("Description", true));
}

#[test]
fn a_conversion_without_its_row_is_known_to_the_day() {
    let mut record: Changed = read(include_str!("../fixtures/lead_changes.json"));
    record.histories = None;
    let events = mapped(|mapping| mapping.changes(&record, "Lead", &[]));
    assert_eq!(kinds(&events), [EventKind::RecordCreated, EventKind::LeadConverted]);
    assert_eq!(events[1].precision, Precision::Day);
    // Berlin is an hour ahead.
    assert_eq!(events[1].occurred_at.to_rfc3339(), "2025-01-31T22:59:59.999+00:00");
}

#[test]
fn why_an_opportunity_was_lost_is_in_the_field_the_settings_name_and_so_is_its_history() {
    let row = json!({"Id": "006000000000001AAA", "IsDeleted": false, "CreatedDate": "2025-01-01T00:00:00.000+0000",
        "SystemModstamp": "2025-02-01T00:00:00.000+0000", "Loss_Reason__c": "PRICE",
        "Histories": {"done": true, "records": [{"Field": "Loss_Reason__c", "NewValue": "PRICE",
            "CreatedDate": "2025-02-01T00:00:00.000+0000"}]}});
    let lost = mapped(|mapping| mapping.opportunity(&row, &OpportunitySelect::everything()));
    assert_eq!(lost.expect("an opportunity").loss_reason.as_deref(), Some("PRICE"));
    let events = mapped(|mapping| mapping.opportunity_changes(&typed(row), &stage_categories(Vec::new())));
    let Some(Detail::Field { field, new, .. }) = events.last().map(|event| &event.detail) else {
        panic!("a change")
    };
    assert_eq!((&**field, new.as_deref()), ("lossReason", Some("PRICE")));
}

#[test]
fn an_opportunity_is_told_by_its_snapshots() {
    let record: Changed = read(include_str!("../fixtures/opportunity_changes.json"));
    let stage = |name: &str, is_closed: bool, is_won: bool| -> OpportunityStage {
        typed(json!({"MasterLabel": name, "ApiName": name, "IsClosed": is_closed, "IsWon": is_won}))
    };
    let stages = stage_categories(vec![stage("Prospecting", false, false), stage("Closed Won", true, true)]);
    let events = mapped(|mapping| mapping.opportunity_changes(&record, &stages));
    let expected = [
        EventKind::OpportunityCreated,
        EventKind::FieldChange,
        EventKind::OpportunityWon,
        EventKind::FieldChange,
    ];
    assert_eq!(kinds(&events), expected);
    let Detail::Opportunity { from, to, amount } = &events[2].detail else { panic!("a move") };
    assert_eq!((from.as_deref(), to.as_deref()), (Some("Prospecting"), Some("Closed Won")));
    assert_eq!(
        amount.as_ref().map(|money| (money.amount.to_string(), &*money.currency)),
        Some(("24000".into(), "USD"))
    );
    let Detail::Field { field, .. } = &events[3].detail else { panic!("a change") };
    assert_eq!(&**field, "closeDate");
    assert_eq!(events[2].account, Some(key("Account", "001D000000IqhSLIAZ")));
}

#[test]
fn the_pipeline_has_the_stages_in_their_order() {
    let stages = json!([
        {"MasterLabel": "Won!", "ApiName": "Closed Won", "SortOrder": 2, "IsClosed": true, "IsWon": true,
         "ForecastCategoryName": "Closed", "DefaultProbability": 100.0},
        {"MasterLabel": "Parked", "ApiName": null, "SortOrder": 1, "IsClosed": false, "IsWon": false,
         "ForecastCategoryName": "Omitted", "DefaultProbability": 5},
    ]);
    let pipeline = mapped(|mapping| mapping.pipeline(typed(stages)));
    let told = pipeline.stages.iter().map(|stage| {
        (&*stage.key, stage.position, stage.category, stage.probability.map(|share| share.to_string()))
    });
    let expected = [
        ("Parked", 0, StageCategory::Omitted, Some("0.05".to_owned())),
        ("Closed Won", 1, StageCategory::Won, Some("1".to_owned())),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

fn subject() -> Subject {
    Subject { key: key("Lead", LEAD), account: None }
}

#[test]
fn a_response_is_known_to_the_day() {
    let member: CampaignMember = typed(json!({
        "Id": "00v000000000001", "CampaignId": "701000000000001", "LeadId": LEAD, "ContactId": null,
        "Status": "Responded", "HasResponded": true, "FirstRespondedDate": "2025-02-03",
        "CreatedDate": "2025-02-01T08:00:00.000+0000", "Campaign": {"Type": "Webinar"},
    }));
    let events = mapped(|mapping| mapping.touches(&member, &subject()));
    assert_eq!(kinds(&events), [EventKind::CampaignJoined, EventKind::CampaignResponded]);
    assert_eq!((events[0].precision, events[1].precision), (Precision::Second, Precision::Day));
    assert_eq!(events[1].occurred_at.to_rfc3339(), "2025-02-03T22:59:59.999+00:00");
    assert!(matches!(events[0].detail, Detail::Touch { channel: Channel::Webinar, .. }));
    assert_eq!(events[0].person, Some(key("Lead", LEAD)));
}

#[test]
fn a_task_is_a_call_an_email_or_a_task() {
    let task = |more: Value| {
        let mut row = json!({
            "Id": "00T000000000001", "WhoId": LEAD, "WhatId": null, "OwnerId": "005000000000001AAA",
            "CreatedById": "005000000000001AAA", "CreatedDate": "2025-02-01T08:00:00.000+0000",
            "Subject": "Hello", "Status": "Completed", "IsClosed": true, "ActivityDate": "2025-02-02",
        });
        for (name, value) in more.as_object().expect("members") {
            row[name] = value.clone();
        }
        let task: Task = typed(row);
        mapped(|mapping| mapping.task(&task, &subject()))
    };
    let call = json!({"TaskSubtype": "Call", "CallType": "Inbound", "CallDurationInSeconds": 90, "CallDisposition": "Reached",
        "CompletedDateTime": "2025-02-01T09:00:00.000+0000"});
    let call = task(call);
    assert_eq!((call.kind, call.precision), (EventKind::Call, Precision::Second));
    assert_eq!(call.recorded_at.map(|at| at.to_rfc3339()).as_deref(), Some("2025-02-01T08:00:00+00:00"));
    let Detail::Activity { direction, outcome, duration_seconds, .. } = &call.detail else {
        panic!("a call")
    };
    assert_eq!(
        (*direction, outcome.as_deref(), *duration_seconds),
        (Some(Direction::Inbound), Some("Reached"), Some(90))
    );
    let mailing = task(json!({"TaskSubtype": "ListEmail"}));
    assert_eq!((mailing.kind, mailing.precision), (EventKind::SalesEmail, Precision::Day));
    assert!(matches!(mailing.detail, Detail::Activity { automated: true, .. }));
    let open = task(json!({"Status": "Not Started", "IsClosed": false}));
    assert_eq!((open.kind, open.precision), (EventKind::Task, Precision::Second));
    assert_eq!(open.occurred_at.to_rfc3339(), "2025-02-01T08:00:00+00:00");
}

#[test]
fn a_meeting_starts_when_it_starts() {
    let meeting: wire::Event = typed(json!({
        "Id": "00U000000000001", "WhoId": LEAD, "WhatId": "006000000000001", "OwnerId": "005000000000001AAA",
        "CreatedById": "005000000000002AAA", "CreatedDate": "2025-02-01T08:00:00.000+0000", "Subject": "Demo",
        "StartDateTime": "2025-02-10T10:00:00.000+0000", "DurationInMinutes": 30, "IsAllDayEvent": false,
    }));
    let event = mapped(|mapping| mapping.meeting(&meeting, &subject()));
    assert_eq!(
        (event.kind, event.occurred_at.to_rfc3339().as_str()),
        (EventKind::Meeting, "2025-02-10T10:00:00+00:00")
    );
    assert_eq!(event.opportunity, Some(key("Opportunity", "006000000000001AAA")));
    assert!(event.by_integration);
    assert!(matches!(event.detail, Detail::Activity { duration_seconds: Some(1800), .. }));
}
