//! The examples of the domain guide, and the rules one by one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::event::{Detail, Direction, Event, EventKind, Precision};
use crate::domain::fact::PassOutcome;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage::{
    self, Customer, Inquiry, Mql, Opportunity, Recycled, Sal, Sql,
};
use crate::domain::opportunity::{Pipeline, Stage, StageCategory, StageSnapshot};
use crate::domain::person::PersonRecord;
use crate::unify::history::{Entry, timeline};
use crate::unify::identity::opportunities::link_opportunities;
use crate::unify::merge::opportunity::merge_opportunity;
use crate::unify::merge::same::Same;
use crate::unify::samples::{at, event, key, opportunity, person, sources};

use super::activity::{first_sales_activity, is_meaningful, last_engaged_at};
use super::lifecycle::{Journey, Sale, journey};
use super::stages::{entered_present_stage, stage_periods};
use super::touch::{first_touch, touches};

const LEAD: &str = "sales:Lead:L1";

fn now() -> DateTime<Utc> {
    at("2025-04-01")
}

/// A human moved the lead.
fn moved(when: &str, from: LifecycleStage, to: LifecycleStage) -> Event {
    let detail = Detail::Stage {
        from: Some(from),
        to,
        vendor_from: Some(Arc::from(from.name())),
        vendor_to: Arc::from(to.name()),
    };
    Event { actor: Some(key("sales:User:U1")), ..event(EventKind::StageChange, when, LEAD, detail) }
}

/// A rule of the company's own moved the lead.
fn by_rule(event: Event) -> Event {
    Event { actor: None, ..event }
}

fn copied(event: Event) -> Event {
    Event { by_integration: true, ..event }
}

fn lead(created: &str, stage: LifecycleStage) -> Arc<PersonRecord> {
    person(LEAD).created(created).with(|it| it.stage = Some(stage)).record()
}

fn entries(events: Vec<Event>) -> Vec<Entry> {
    timeline(events, &sources(), &Same::default(), &[])
}

fn walk(created: &str, stage: LifecycleStage, events: Vec<Event>, sales: &[Sale]) -> Journey {
    journey(&[&lead(created, stage)], &entries(events), &[], sales, now())
}

fn sale(created: &str, closed: Option<(StageCategory, &str)>) -> Sale {
    Sale { created_at: at(created), closed: closed.map(|(category, when)| (category, at(when))) }
}

/// Stage, day and whether it was filled in.
fn told(journey: &Journey) -> Vec<(LifecycleStage, String, bool)> {
    let day = |at: DateTime<Utc>| at.format("%m-%d").to_string();
    journey.periods.iter().map(|it| (it.stage, day(it.entered_at), it.is_inferred)).collect()
}

fn seen(stage: LifecycleStage, day: &str) -> (LifecycleStage, String, bool) {
    (stage, day.to_owned(), false)
}

fn filled(stage: LifecycleStage, day: &str) -> (LifecycleStage, String, bool) {
    (stage, day.to_owned(), true)
}

/// P3: rejected for want of a budget, nurtured, back in March, a sale under way.
fn p3() -> Journey {
    let events = vec![
        by_rule(moved("2025-01-20T09:00:00Z", Inquiry, Mql)),
        moved("2025-01-21T09:00:00Z", Mql, Recycled),
        by_rule(moved("2025-03-03T11:00:00Z", Recycled, Mql)),
        moved("2025-03-03T13:00:00Z", Mql, Sal),
        moved("2025-03-12", Sal, Sql),
        moved("2025-03-14", Sql, Opportunity),
    ];
    walk("2025-01-15", Opportunity, events, &[sale("2025-03-14", None)])
}

#[test]
fn a_new_mql_after_a_return_opens_the_second_pass() {
    let journey = p3();
    let [first, second] = journey.passes.as_slice() else { panic!("two passes: {:?}", journey.passes) };
    assert_eq!((first.number, first.outcome), (1, PassOutcome::Recycled));
    assert_eq!(first.mql_at, Some(at("2025-01-20T09:00:00Z")));
    assert_eq!(first.ended_at, Some(at("2025-01-21T09:00:00Z")));
    assert_eq!((second.number, second.outcome), (2, PassOutcome::Open));
    assert_eq!(second.mql_at, Some(at("2025-03-03T11:00:00Z")));
    assert_eq!(second.sal_at, Some(at("2025-03-03T13:00:00Z")));
    assert_eq!(second.sql_at, Some(at("2025-03-12")));
    assert_eq!((second.opportunity_at, second.sale), (Some(at("2025-03-14")), Some(0)));
    assert_eq!(
        told(&journey),
        [
            seen(Inquiry, "01-15"),
            seen(Mql, "01-20"),
            seen(Recycled, "01-21"),
            seen(Mql, "03-03"),
            seen(Sal, "03-03"),
            seen(Sql, "03-12"),
            seen(Opportunity, "03-14"),
        ]
    );
    assert_eq!(journey.periods.iter().map(|it| it.pass).collect::<Vec<_>>(), [0, 1, 1, 2, 2, 2, 2]);
    assert_eq!(journey.periods[1].exited_at, Some(at("2025-01-21T09:00:00Z")));
    assert_eq!(journey.periods[6].exited_at, None);
}

#[test]
fn a_pass_that_sales_opened_gets_no_inferred_mql() {
    let events = vec![moved("2025-02-24", Inquiry, Sql)];
    let journey = walk("2025-02-17", Sql, events, &[sale("2025-02-26", None)]);
    let [pass] = journey.passes.as_slice() else { panic!("one pass: {:?}", journey.passes) };
    assert!(pass.is_sales_generated && !pass.mql_is_inferred && !pass.sql_is_inferred);
    assert_eq!((pass.mql_at, pass.sql_at), (None, Some(at("2025-02-24"))));
    assert_eq!((pass.opportunity_at, pass.outcome), (Some(at("2025-02-26")), PassOutcome::Open));
    assert_eq!(told(&journey), [seen(Inquiry, "02-17"), seen(Sql, "02-24"), seen(Opportunity, "02-26")]);
}

#[test]
fn a_second_mql_inside_an_open_pass_changes_nothing() {
    let once = vec![by_rule(moved("2025-01-10", Inquiry, Mql)), moved("2025-01-12", Mql, Sql)];
    let mut twice = once.clone();
    twice.push(by_rule(moved("2025-01-20", Sql, Mql)));
    assert_eq!(walk("2025-01-01", Sql, once, &[]), walk("2025-01-01", Sql, twice, &[]));
}

#[test]
fn a_later_stage_fills_in_the_earlier_ones_at_its_instant() {
    let journey =
        walk("2025-01-01", Sal, vec![by_rule(moved("2025-01-10", LifecycleStage::Other, Sal))], &[]);
    assert_eq!(told(&journey), [filled(Inquiry, "01-10"), filled(Mql, "01-10"), seen(Sal, "01-10")]);
    let mql = &journey.periods[1];
    assert_eq!(mql.exited_at, Some(mql.entered_at), "what is filled in has length 0");
    assert!(journey.passes[0].mql_is_inferred);
    assert_eq!(journey.passes[0].mql_at, Some(at("2025-01-10")));

    let sold = walk(
        "2025-01-01",
        Inquiry,
        Vec::new(),
        &[sale("2025-01-05", Some((StageCategory::Won, "2025-02-01")))],
    );
    assert_eq!(
        told(&sold),
        [seen(Inquiry, "01-01"), filled(Sql, "01-05"), seen(Opportunity, "01-05"), seen(Customer, "02-01")]
    );
    assert!(sold.passes[0].sql_is_inferred && sold.passes[0].is_sales_generated);
}

#[test]
fn automatic_updates_only_move_forward_and_a_human_may_move_back() {
    let forward = by_rule(moved("2025-01-10", Inquiry, Mql));
    let back = moved("2025-01-12", Mql, Inquiry);
    let ignored = walk("2025-01-01", Mql, vec![forward.clone(), by_rule(back.clone())], &[]);
    assert_eq!(told(&ignored).last(), Some(&seen(Mql, "01-10")));
    let regressed = walk("2025-01-01", Mql, vec![forward, back], &[]);
    assert_eq!(told(&regressed).last(), Some(&seen(Inquiry, "01-12")));
}

#[test]
fn a_copy_neither_returns_a_person_nor_brings_them_back() {
    let mql = by_rule(moved("2025-01-10", Inquiry, Mql));
    let returned = copied(moved("2025-01-12", Mql, Recycled));
    assert_eq!(
        walk("2025-01-01", Mql, vec![mql.clone(), returned], &[]).passes[0].outcome,
        PassOutcome::Open
    );
    let events = vec![mql, moved("2025-01-12", Mql, Recycled), copied(moved("2025-01-20", Recycled, Mql))];
    let journey = walk("2025-01-01", Mql, events, &[]);
    assert_eq!((journey.passes.len(), journey.passes[0].outcome), (1, PassOutcome::Recycled));
}

#[test]
fn a_pass_ends_with_its_last_sale_and_a_new_mql_begins_another() {
    let lost = Some((StageCategory::Lost, "2025-02-01"));
    let won = Some((StageCategory::Won, "2025-02-10"));
    let mql = || vec![by_rule(moved("2025-01-10", Inquiry, Mql))];
    let one_lost = walk("2025-01-01", Mql, mql(), &[sale("2025-01-15", lost)]);
    assert_eq!(
        (one_lost.passes[0].outcome, one_lost.passes[0].ended_at),
        (PassOutcome::Lost, Some(at("2025-02-01")))
    );
    let other_open = walk("2025-01-01", Mql, mql(), &[sale("2025-01-15", lost), sale("2025-01-20", None)]);
    assert_eq!(other_open.passes[0].outcome, PassOutcome::Open);
    let other_won = walk("2025-01-01", Mql, mql(), &[sale("2025-01-15", lost), sale("2025-01-20", won)]);
    assert_eq!((other_won.passes[0].outcome, other_won.passes[0].sale), (PassOutcome::Won, Some(1)));

    let mut again = mql();
    again.push(by_rule(moved("2025-03-01", Opportunity, Mql)));
    let again = walk("2025-01-01", Mql, again, &[sale("2025-01-15", lost)]);
    assert_eq!(
        again.passes.iter().map(|it| it.outcome).collect::<Vec<_>>(),
        [PassOutcome::Lost, PassOutcome::Open]
    );
    assert_eq!(again.passes[1].mql_at, Some(at("2025-03-01")));
}

#[test]
fn nothing_later_than_the_instant_asked_for_is_told() {
    let events = vec![by_rule(moved("2025-01-10", Inquiry, Mql)), moved("2025-04-02", Mql, Sql)];
    let journey = walk("2025-01-01", Sql, events, &[sale("2025-04-03", None)]);
    assert_eq!(told(&journey), [seen(Inquiry, "01-01"), seen(Mql, "01-10")]);
}

fn touch(kind: EventKind, when: &str) -> Event {
    event(kind, when, LEAD, Detail::Touch { channel: Channel::Email, asset: None, url: None })
}

#[test]
fn only_kinds_of_the_list_may_earn_credit_and_a_day_stands_at_its_end() {
    let day = Event {
        precision: Precision::Day,
        campaign: Some(key("sales:Campaign:K1")),
        ..touch(EventKind::CampaignResponded, "2025-01-10T23:59:59.999Z")
    };
    let events = vec![
        touch(EventKind::EmailSent, "2025-01-01"),
        touch(EventKind::EmailOpened, "2025-01-02"),
        touch(EventKind::PageView, "2025-01-03"),
        day,
        touch(EventKind::FormSubmission, "2025-01-10T10:00:00Z"),
        touch(EventKind::EmailClicked, "2025-04-02"),
    ];
    let entries = entries(events);
    let touches = touches(&entries, now());
    let eligible: Vec<_> = touches.iter().filter(|it| it.is_eligible).map(|it| it.event.kind).collect();
    assert_eq!(eligible, [EventKind::FormSubmission, EventKind::CampaignResponded]);
    assert_eq!(touches.len(), 5, "what lies ahead has not happened");
    let responded = touches.last().expect("a touch").when;
    assert_eq!(responded.day, Some("2025-01-10".parse().expect("a day")));
    assert_eq!(first_touch(&touches).map(|it| it.when.at), Some(at("2025-01-10T10:00:00Z")));
    assert_eq!(last_engaged_at(&entries, now()), Some(at("2025-01-10T23:59:59.999Z")));
}

#[test]
fn a_day_is_the_same_day_wherever_it_ended() {
    for end in [
        "2025-01-10T10:59:59.999Z",
        "2025-01-10T22:59:59.999Z",
        "2025-01-11T04:59:59.999Z",
        "2025-01-11T09:59:59.999Z",
    ] {
        let day = Event { precision: Precision::Day, ..touch(EventKind::CampaignResponded, end) };
        assert_eq!(super::touch::when(&day).day, Some("2025-01-10".parse().expect("a day")), "{end}");
    }
}

#[test]
fn machines_and_plans_are_no_sales_activity() {
    let activity = |kind, when: &str, automated, outcome: Option<&str>, direction| {
        let detail = Detail::Activity {
            direction,
            outcome: outcome.map(Arc::from),
            duration_seconds: None,
            automated,
            subject: None,
            body: None,
        };
        event(kind, when, LEAD, detail)
    };
    let sequence = activity(EventKind::SalesEmail, "2025-01-01", true, None, Some(Direction::Outbound));
    let planned = activity(EventKind::Call, "2025-01-02", false, Some("Not Started"), None);
    let theirs = activity(EventKind::SalesEmail, "2025-01-03", false, None, Some(Direction::Inbound));
    let task = activity(EventKind::Task, "2025-01-04", false, Some("Completed"), None);
    let call = activity(EventKind::Call, "2025-01-05", false, Some("Completed"), Some(Direction::Outbound));
    assert!([&sequence, &planned, &theirs, &task].into_iter().all(|it| !is_meaningful(it)));
    let entries = entries(vec![call, task, theirs, planned, sequence]);
    assert_eq!(first_sales_activity(&entries, now()), Some(at("2025-01-05")));
    assert_eq!(last_engaged_at(&entries, now()), Some(at("2025-01-03")));
}

#[test]
fn a_change_within_a_stage_begins_a_period_that_is_no_entry() {
    let mut record = opportunity("sales:Opportunity:O1", None);
    let mark = |stage: &str, when: &str| StageSnapshot {
        stage: Arc::from(stage),
        at: at(when),
        amount: None,
        probability: None,
        by: None,
    };
    record.stage_history = vec![
        mark("New", "2025-01-01"),
        mark("New", "2025-01-05"),
        mark("Talks", "2025-01-10"),
        mark("Won", "2025-02-01"),
    ];
    record.stage = Some(Arc::from("Won"));
    record.category = StageCategory::Won;
    let pipeline = Pipeline {
        key: Arc::from("p"),
        label: Arc::from("P"),
        source: key("sales:x:y").source,
        stages: vec![Stage {
            key: Arc::from("Talks"),
            label: Arc::from("Talks"),
            position: 1,
            category: StageCategory::Omitted,
            probability: None,
        }],
    };
    let clusters = link_opportunities(&[Arc::new(record)], &sources());
    let merged = merge_opportunity(&clusters[0], &sources(), &Same::default());
    let periods = stage_periods(&merged, &[], &[Arc::new(pipeline)], now());
    let told: Vec<(&str, bool, StageCategory)> =
        periods.iter().map(|it| (&*it.stage, it.is_entry, it.category)).collect();
    assert_eq!(
        told,
        [
            ("New", true, StageCategory::Open),
            ("New", false, StageCategory::Open),
            ("Talks", true, StageCategory::Omitted),
            ("Won", true, StageCategory::Won),
        ]
    );
    assert_eq!(periods[0].exited_at, Some(at("2025-01-05")));
    assert_eq!(entered_present_stage(&periods), Some(at("2025-02-01")));
}
