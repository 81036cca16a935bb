//! M4 and M8.

use super::super::fixture::{Facts, at, inputs, on, q1};
use super::super::question::CycleAnchor;
use super::super::{MetricKind, Question, answer};
use super::asked;
use crate::domain::fact::{Moment, Sight};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;

#[test]
fn m4_first_touch_to_close_takes_67_54_and_136_days() {
    let answer = asked(&q1(MetricKind::FirstTouchToClose));
    assert_eq!(answer.value.unwrap().to_string(), "85.67");
    assert_eq!(answer.median.unwrap().to_string(), "67.00");
    assert_eq!(answer.p90.unwrap().to_string(), "122.20");
    assert_eq!((answer.sample, answer.numerator.unwrap().to_string()), (3, "257.00".to_owned()));
    assert!(answer.warnings.is_empty());
}

#[test]
fn m8_from_the_opportunity_takes_49_45_and_91_days() {
    let answer = asked(&q1(MetricKind::SalesCycle));
    assert_eq!(answer.value.unwrap().to_string(), "61.67");
    assert_eq!(answer.median.unwrap().to_string(), "49.00");
    assert_eq!(answer.numerator.unwrap().to_string(), "185.00");
}

#[test]
fn m8_from_the_lead_takes_63_52_and_132_days() {
    let question = Question { cycle_anchor: CycleAnchor::Lead, ..q1(MetricKind::SalesCycle) };
    let answer = asked(&question);
    assert_eq!(answer.value.unwrap().to_string(), "82.33");
    assert_eq!(answer.median.unwrap().to_string(), "63.00");
    assert_eq!(answer.variant, [("cycleAnchor", "LEAD".to_owned())]);
}

#[test]
fn a_deal_won_before_its_first_touch_is_counted_kept_and_told() {
    let mut facts = Facts::as_of("2025-04-01");
    facts.person("early", "2025-01-10", "EVENT");
    facts.person("late", "2025-01-10", "EVENT");
    facts.touch("early", on("2025-01-01"), Channel::Event);
    facts.touch("late", on("2025-03-10"), Channel::Event);
    facts.opportunity("A", "early", "2025-01-15", 10, StageCategory::Won, "2025-01-31", 10_000);
    facts.opportunity("B", "late", "2025-01-15", 10, StageCategory::Won, "2025-03-05", 10_000);
    let facts = facts.built();
    let answer = answer(&facts, &Sight::everything(&facts), &inputs(), &q1(MetricKind::FirstTouchToClose));
    assert_eq!(answer.value.unwrap().to_string(), "12.50", "30 days and minus 5");
    assert_eq!(answer.sample, 2);
    let warning = &answer.warnings[0];
    assert_eq!((warning.code, warning.count), ("WON_BEFORE_FIRST_TOUCH", 1));
    assert_eq!(warning.examples[0].place(), 1);
}

#[test]
fn instants_are_measured_to_the_second_and_days_shown_with_two_decimals() {
    let mut facts = Facts::as_of("2025-04-01");
    facts.person("one", "2025-01-10", "EVENT");
    facts.opportunity("A", "one", "2025-01-15 06:00", 10, StageCategory::Won, "2025-01-31", 10_000).closed =
        Some(Moment::instant(at("2025-01-31 15:00")));
    let facts = facts.built();
    let answer = answer(&facts, &Sight::everything(&facts), &inputs(), &q1(MetricKind::SalesCycle));
    assert_eq!(answer.value.unwrap().to_string(), "16.38", "16.375 days, half to even");
}
