//! Every rule of domain guide §10.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::domain::event::{Detail, Direction, Event, EventKind, Floor, Precision};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::record::Side;
use crate::unify::merge::same::Same;
use crate::unify::samples::{at, change, event, key, sources};

use super::state::{Current, state_at};
use super::{Entry, timeline};

/// The records `sales:Lead:L1`, `sales:Contact:C1`, `marketing:contact:H1` and `marketing-emea:contact:M1` are one
/// person.
fn same() -> Same {
    let mut same = Same::default();
    for name in ["sales:Lead:L1", "sales:Contact:C1", "marketing:contact:H1", "marketing-emea:contact:M1"] {
        same.add(key(name), key("sales:Lead:L1"));
    }
    same
}

fn told(events: Vec<Event>) -> Vec<Entry> {
    timeline(events, &sources(), &same(), &[])
}

fn by_sync(mut event: Event) -> Event {
    event.by_integration = true;
    event
}

fn activity(kind: EventKind, when: &str, record: &str, subject: &str) -> Event {
    let detail = Detail::Activity {
        direction: Some(Direction::Outbound),
        outcome: None,
        duration_seconds: None,
        automated: false,
        subject: Some(Arc::from(subject)),
        body: None,
    };
    event(kind, when, record, detail)
}

fn touch(when: &str, record: &str) -> Event {
    let detail = Detail::Touch { channel: Channel::Content, asset: None, url: None };
    event(EventKind::FormSubmission, when, record, detail)
}

fn created(when: &str, record: &str) -> Event {
    event(
        EventKind::RecordCreated,
        when,
        record,
        Detail::Record { merged_ids: Vec::new(), converted_to: None },
    )
}

fn stage(when: &str, record: &str, from: &str, to: &str) -> Event {
    let detail = Detail::Stage {
        from: None,
        to: LifecycleStage::Sal,
        vendor_from: (!from.is_empty()).then(|| Arc::from(from)),
        vendor_to: Arc::from(to),
    };
    event(EventKind::StageChange, when, record, detail)
}

fn now(record: &str, field: &str, value: &str) -> Current {
    Current {
        record: key(record),
        field: Arc::from(field),
        value: Some(Arc::from(value)),
        stage: None,
        modified_at: at("2025-03-10"),
    }
}

fn new_values(entries: &[Entry]) -> Vec<String> {
    entries.iter().filter_map(|entry| crate::domain::identify::new_value_of(&entry.event.detail)).collect()
}

#[test]
fn an_event_has_the_same_id_whenever_it_is_read() {
    let mut first = change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "CTO", "CEO");
    let mut again = first.clone();
    again.observed_at = at("2025-06-01");
    again.recorded_at = Some(at("2025-02-02"));
    assert_eq!(told(vec![first.clone()])[0].id, told(vec![again])[0].id);

    let mut other = first.clone();
    other.source = key("sales:Lead:L2");
    assert_ne!(told(vec![first.clone()])[0].id, told(vec![other.clone()])[0].id);
    first.vendor_id = Some(Arc::from("017x"));
    other.vendor_id = Some(Arc::from("017x"));
    assert_eq!(told(vec![first.clone()])[0].id, told(vec![other.clone()])[0].id);
    other.source = key("sales-emea:Lead:L2");
    assert_ne!(told(vec![first])[0].id, told(vec![other])[0].id);
}

#[test]
fn an_event_read_twice_appears_once() {
    let once = change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "CTO", "CEO");
    assert_eq!(told(vec![once.clone(), once]).len(), 1);
}

#[test]
fn timeline_keeps_both_sources_in_order() {
    let entries = told(vec![
        touch("2025-02-03", "marketing:contact:H1"),
        change("2025-02-02", "sales:Lead:L1", "title", "", "CTO"),
        touch("2025-02-01", "marketing:contact:H1"),
    ]);
    let sides: Vec<Side> = entries.iter().map(|entry| entry.side).collect();
    assert_eq!(sides, [Side::Marketing, Side::Sales, Side::Marketing]);
}

#[test]
fn changes_at_one_instant_are_linked_by_their_values() {
    let ten = "2025-02-01T10:00:00Z";
    let entries = told(vec![
        stage(ten, "sales:Lead:L1", "Working", "Qualified"),
        stage(ten, "sales:Lead:L1", "Open", "Working"),
    ]);
    assert_eq!(new_values(&entries), ["Working", "Qualified"]);
}

#[test]
fn changes_at_one_instant_that_go_back_and_forth_are_all_used() {
    let ten = "2025-02-01T10:00:00Z";
    let step = |from, to| change(ten, "sales:Lead:L1", "status", from, to);
    let entries = told(vec![step("Open", "Closed"), step("Working", "Open"), step("Open", "Working")]);
    assert_eq!(new_values(&entries), ["Working", "Open", "Closed"]);
}

#[test]
fn at_one_instant_creation_comes_before_fields_stages_activities_and_the_close() {
    let when = "2025-02-01T10:00:00Z";
    let opportunity = Detail::Opportunity { from: None, to: None, amount: None };
    let entries = told(vec![
        event(EventKind::OpportunityWon, when, "sales:Lead:L1", opportunity),
        activity(EventKind::Call, when, "sales:Lead:L1", "Intro"),
        stage(when, "sales:Lead:L1", "Open", "Working"),
        change(when, "sales:Lead:L1", "title", "", "CTO"),
        created(when, "sales:Lead:L1"),
    ]);
    let kinds: Vec<EventKind> = entries.iter().map(|entry| entry.event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::RecordCreated,
            EventKind::FieldChange,
            EventKind::StageChange,
            EventKind::Call,
            EventKind::OpportunityWon
        ]
    );
}

#[test]
fn at_one_instant_the_sales_side_comes_first_then_the_order_of_the_settings_then_the_id() {
    let when = "2025-02-01T10:00:00Z";
    let records = ["marketing-emea:contact:M1", "marketing:contact:H1", "sales:Lead:L2", "sales:Lead:L1"];
    let entries = told(records.map(|record| touch(when, record)).to_vec());
    let order: Vec<String> = entries.iter().map(|entry| entry.event.source.to_string()).collect();
    let expected = ["sales:Lead:L1", "sales:Lead:L2", "marketing:contact:H1", "marketing-emea:contact:M1"];
    assert_eq!(order, expected);
}

#[test]
fn a_day_stands_at_its_end() {
    let mut day = touch("2025-02-01T23:59:59.999Z", "sales:Lead:L1");
    day.precision = Precision::Day;
    let entries = told(vec![day, touch("2025-02-01T18:00:00Z", "marketing:contact:H1")]);
    assert_eq!(entries[1].event.precision, Precision::Day);
}

#[test]
fn a_change_copied_by_a_sync_is_folded_into_the_first() {
    let entries = told(vec![
        by_sync(change("2025-02-01T10:03:00Z", "marketing:contact:H1", "title", "", " cto ")),
        change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO"),
    ]);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event.source, key("sales:Lead:L1"));
    assert_eq!(entries[0].echoes, [key("marketing:contact:H1")]);
}

#[test]
fn a_human_typing_the_same_value_is_not_an_echo() {
    let entries = told(vec![
        change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO"),
        change("2025-02-01T10:03:00Z", "marketing:contact:H1", "title", "", "CTO"),
    ]);
    assert_eq!(entries.len(), 2);
}

#[test]
fn a_field_echo_comes_within_thirty_minutes() {
    let after = |when| {
        told(vec![
            change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO"),
            by_sync(change(when, "marketing:contact:H1", "title", "", "CTO")),
        ])
        .len()
    };
    assert_eq!(after("2025-02-01T10:00:00Z"), 1);
    assert_eq!(after("2025-02-01T10:30:00Z"), 1);
    assert_eq!(after("2025-02-01T10:30:01Z"), 2);
    assert_eq!(after("2025-02-01T09:59:59Z"), 2);
}

#[test]
fn a_copy_whose_clock_is_coarser_is_still_an_echo() {
    let mut typed = change("2025-02-01T10:00:00.700Z", "marketing:contact:H1", "title", "", "CTO");
    typed.precision = Precision::Millisecond;
    let entries =
        told(vec![typed, by_sync(change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO"))]);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event.source, key("marketing:contact:H1"));
}

#[test]
fn another_value_field_person_or_the_same_source_is_no_echo() {
    let first = || change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO");
    let copy = |record, field, value| by_sync(change("2025-02-01T10:01:00Z", record, field, "", value));
    for other in [
        copy("marketing:contact:H1", "title", "CEO"),
        copy("marketing:contact:H1", "phone", "CTO"),
        copy("marketing:contact:H9", "title", "CTO"),
        copy("sales:Contact:C1", "title", "CTO"),
    ] {
        assert_eq!(told(vec![first(), other]).len(), 2);
    }
}

#[test]
fn echoes_of_phones_and_addresses_are_compared_in_their_own_way() {
    for (field, value, copy) in [
        ("phone", "+44 20 7946 0958", "0044-2079460958"),
        ("email", "Jane@Example.com", "<jane@example.com>"),
    ] {
        let entries = told(vec![
            change("2025-02-01T10:00:00Z", "sales:Lead:L1", field, "", value),
            by_sync(change("2025-02-01T10:01:00Z", "marketing:contact:H1", field, "", copy)),
        ]);
        assert_eq!(entries.len(), 1, "{field}");
    }
}

#[test]
fn a_withheld_change_is_no_echo_because_its_value_is_not_known() {
    let withheld = |when, record| {
        let mut event = by_sync(change(when, record, "description", "", ""));
        event.detail =
            Detail::Field { field: Arc::from("description"), old: None, new: None, withheld: true };
        event
    };
    let entries = told(vec![
        withheld("2025-02-01T10:00:00Z", "sales:Lead:L1"),
        withheld("2025-02-01T10:01:00Z", "marketing:contact:H1"),
    ]);
    assert_eq!(entries.len(), 2);
}

#[test]
fn an_activity_seen_in_two_systems_appears_once() {
    let entries = told(vec![
        activity(EventKind::SalesEmail, "2025-02-01T10:00:00Z", "marketing:contact:H1", "Your offer"),
        activity(EventKind::SalesEmail, "2025-02-01T10:02:00Z", "sales:Lead:L1", "RE: Fwd: your  Offer"),
    ]);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].event.source, key("marketing:contact:H1"));
    assert_eq!(entries[0].echoes, [key("sales:Lead:L1")]);
}

#[test]
fn an_activity_of_another_kind_time_direction_or_subject_stays() {
    let first = || activity(EventKind::Call, "2025-02-01T10:00:00Z", "marketing:contact:H1", "Intro");
    let mut inbound = activity(EventKind::Call, "2025-02-01T10:00:10Z", "sales:Lead:L1", "Intro");
    if let Detail::Activity { direction, .. } = &mut inbound.detail {
        *direction = Some(Direction::Inbound);
    }
    for other in [
        activity(EventKind::Meeting, "2025-02-01T10:00:10Z", "sales:Lead:L1", "Intro"),
        activity(EventKind::Call, "2025-02-01T10:02:01Z", "sales:Lead:L1", "Intro"),
        activity(EventKind::Call, "2025-02-01T10:00:10Z", "sales:Lead:L1", "Follow-up"),
        activity(EventKind::Call, "2025-02-01T10:00:10Z", "marketing:contact:H1", "Intro"),
        inbound,
    ] {
        assert_eq!(told(vec![first(), other]).len(), 2);
    }
}

#[test]
fn two_calls_in_a_row_and_their_copies_are_two_calls() {
    let entries = told(vec![
        activity(EventKind::Call, "2025-02-01T10:00:00Z", "marketing:contact:H1", "Call"),
        activity(EventKind::Call, "2025-02-01T10:01:00Z", "marketing:contact:H1", "Call"),
        activity(EventKind::Call, "2025-02-01T10:00:05Z", "sales:Lead:L1", "Call"),
        activity(EventKind::Call, "2025-02-01T10:01:05Z", "sales:Lead:L1", "Call"),
    ]);
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry.echoes.len() == 1));
}

#[test]
fn what_is_written_down_more_than_an_hour_later_is_late() {
    let is_late = |recorded: Option<&str>| {
        let mut event = touch("2025-02-01T10:00:00Z", "marketing:contact:H1");
        event.recorded_at = recorded.map(at);
        told(vec![event])[0].is_late
    };
    assert!(!is_late(None));
    assert!(!is_late(Some("2025-02-01T11:00:00Z")));
    assert!(is_late(Some("2025-02-01T11:00:01Z")));
}

#[test]
fn a_history_that_ends_with_another_value_gets_the_missing_change() {
    let events = vec![stage("2025-02-01", "sales:Lead:L1", "Open", "Working")];
    let mut current = now("sales:Lead:L1", "lifecycleStage", "Qualified");
    current.stage = Some(LifecycleStage::Sql);
    let entries = timeline(events, &sources(), &same(), &[current]);
    assert_eq!(entries.len(), 2);
    let added = &entries[1];
    assert!(added.is_inferred && !entries[0].is_inferred);
    assert_eq!((added.event.kind, added.event.occurred_at), (EventKind::StageChange, at("2025-03-10")));
    let expected = Detail::Stage {
        from: Some(LifecycleStage::Sal),
        to: LifecycleStage::Sql,
        vendor_from: Some(Arc::from("Working")),
        vendor_to: Arc::from("Qualified"),
    };
    assert_eq!(added.event.detail, expected);
}

#[test]
fn a_history_that_ends_with_the_current_value_or_has_no_such_field_gets_nothing() {
    let events = vec![
        stage("2025-02-01", "sales:Lead:L1", "Working", "Qualified"),
        stage("2025-02-01", "sales:Lead:L1", "Open", "Working"),
    ];
    let current = [now("sales:Lead:L1", "lifecycleStage", "Qualified"), now("sales:Lead:L1", "title", "CTO")];
    assert_eq!(timeline(events, &sources(), &same(), &current).len(), 2);
}

#[test]
fn the_state_at_an_instant_undoes_every_later_change() {
    let events = [
        change("2025-03-01", "sales:Lead:L1", "status", "Working", "Qualified"),
        change("2025-02-01", "sales:Lead:L1", "status", "Open", "Working"),
    ];
    let current = [now("sales:Lead:L1", "status", "Qualified")];
    let status = |when| state_at(&current, &events, &[], at(when)).values[0].value.clone();
    assert_eq!(status("2025-03-15").as_deref(), Some("Qualified"));
    assert_eq!(status("2025-03-01").as_deref(), Some("Qualified"));
    assert_eq!(status("2025-02-15").as_deref(), Some("Working"));
    assert_eq!(status("2025-01-15").as_deref(), Some("Open"));
    assert!(state_at(&current, &events, &[], at("2025-01-15")).is_complete);
}

#[test]
fn a_withheld_change_leaves_the_state_before_it_unknown() {
    let mut withheld = change("2025-03-01", "sales:Lead:L1", "status", "", "");
    withheld.detail = Detail::Field { field: Arc::from("status"), old: None, new: None, withheld: true };
    let current = [now("sales:Lead:L1", "status", "Qualified"), now("sales:Lead:L1", "title", "CTO")];
    let before = state_at(&current, &[withheld.clone()], &[], at("2025-02-15"));
    assert_eq!((before.values[0].value.clone(), before.is_complete), (None, false));
    assert_eq!(before.values[1].value.as_deref(), Some("CTO"));
    let after = state_at(&current, &[withheld], &[], at("2025-03-15"));
    assert!(after.is_complete);
}

#[test]
fn before_a_sources_floor_the_state_is_not_complete() {
    let floor = Floor { from: at("2025-02-01"), reason: Arc::from("history is kept for eighteen months") };
    let current = [now("sales:Lead:L1", "status", "Qualified")];
    assert!(!state_at(&current, &[], std::slice::from_ref(&floor), at("2025-01-31")).is_complete);
    assert!(state_at(&current, &[], &[floor], at("2025-02-01")).is_complete);
}

#[test]
fn i5_an_event_that_names_a_record_merged_away_belongs_to_its_person() {
    let mut same = same();
    same.add(key("marketing:contact:H2"), key("sales:Lead:L1"));
    let entries = timeline(
        vec![
            change("2025-02-01T10:00:00Z", "sales:Lead:L1", "title", "", "CTO"),
            by_sync(change("2025-02-01T10:03:00Z", "marketing:contact:H2", "title", "", "CTO")),
        ],
        &sources(),
        &same,
        &[],
    );
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].echoes, [key("marketing:contact:H2")]);
}

/// Events of four records within a few minutes, so that echoes and equal instants are frequent.
fn arbitrary_event() -> impl Strategy<Value = Event> {
    let record = prop::sample::select(vec![
        "sales:Lead:L1",
        "sales:Contact:C1",
        "marketing:contact:H1",
        "marketing-emea:contact:M1",
    ]);
    let value = prop::sample::select(vec!["A", "B", "C"]);
    let precision = prop::sample::select(vec![Precision::Millisecond, Precision::Second, Precision::Minute]);
    (record, 0..4_u8, 0..240_i64, value.clone(), value, prop::bool::ANY, precision).prop_map(
        |(record, kind, seconds, old, new, by_integration, precision)| {
            let start = "2025-02-01T10:00:00Z";
            let mut event = match kind {
                0 => activity(EventKind::Call, start, record, new),
                1 => stage(start, record, old, new),
                2 => touch(start, record),
                _ => change(start, record, "title", old, new),
            };
            event.occurred_at += TimeDelta::seconds(seconds);
            event.by_integration = by_integration;
            event.precision = precision;
            event
        },
    )
}

/// Events that are all different, and the same ones in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    prop::collection::vec(arbitrary_event(), 0..40).prop_flat_map(|events| {
        let mut ids = BTreeSet::new();
        let distinct: Vec<Event> =
            events.into_iter().filter(|event| ids.insert(crate::domain::identify::id_of(event))).collect();
        (Just(distinct.clone()), Just(distinct).prop_shuffle())
    })
}

fn records<'e>(events: impl Iterator<Item = &'e RecordKey>) -> BTreeSet<RecordKey> {
    events.cloned().collect()
}

proptest! {
    #[test]
    fn the_order_does_not_depend_on_the_order_of_arrival((events, others) in shuffled()) {
        prop_assert_eq!(told(events), told(others));
    }

    #[test]
    fn entries_never_go_back_in_time((events, _) in shuffled()) {
        prop_assert!(told(events).windows(2).all(|pair| pair[0].event.occurred_at <= pair[1].event.occurred_at));
    }

    #[test]
    fn folding_never_loses_a_record((events, _) in shuffled()) {
        let before = records(events.iter().map(|event| &event.source));
        let entries = told(events);
        let after = records(
            entries.iter().flat_map(|entry| std::iter::once(&entry.event.source).chain(&entry.echoes)),
        );
        prop_assert_eq!(before, after);
    }

    #[test]
    fn no_entry_is_an_echo_of_its_own_source((events, _) in shuffled()) {
        for entry in told(events) {
            prop_assert!(entry.echoes.iter().all(|echo| echo.source != entry.event.source.source));
        }
    }
}
