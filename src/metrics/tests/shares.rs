//! M9 and M10.

use super::super::fixture::{at, facts, inputs, q1};
use super::super::question::{SourcedRule, WinRateBasis};
use super::super::{MetricKind, Question, answer};
use super::{asked, figures};
use crate::domain::fact::Sight;

fn win_rate(win_rate_basis: WinRateBasis) -> String {
    figures(&asked(&Question { win_rate_basis, ..q1(MetricKind::WinRate) }))
}

#[test]
fn m9_win_rate_on_every_basis() {
    assert_eq!(win_rate(WinRateBasis::Count), "3/5 = 0.600000");
    assert_eq!(win_rate(WinRateBasis::Amount), "72000/110000 = 0.654545");
    assert_eq!(win_rate(WinRateBasis::CreatedCohort), "2/6 = 0.333333");
    assert_eq!(win_rate(WinRateBasis::SqlCohort), "2/5 = 0.400000");
}

#[test]
fn m10_marketing_sourced_five_sixths_by_lead_source() {
    assert_eq!(figures(&asked(&q1(MetricKind::MarketingSourcedShare))), "60000/72000 = 0.833333");
}

#[test]
fn m10_by_first_touch_everything_was_touched_before_it_was_created() {
    let question =
        Question { sourced_rule: SourcedRule::FirstTouch, ..q1(MetricKind::MarketingSourcedShare) };
    assert_eq!(figures(&asked(&question)), "72000/72000 = 1.000000");
}

#[test]
fn m10_a_seller_who_was_there_first_takes_it_from_marketing() {
    let mut facts = facts();
    let question = Question {
        sourced_rule: SourcedRule::BeforeFirstSalesActivity,
        ..q1(MetricKind::MarketingSourcedShare)
    };
    let ask = |facts: &crate::domain::fact::FactSet| {
        figures(&answer(facts, &Sight::everything(facts), &inputs(), &question))
    };
    assert_eq!(ask(&facts), "72000/72000 = 1.000000");
    let lead = facts.opportunities[0].lead.unwrap();
    facts.people[lead.place()].first_sales_activity_at = Some(at("2025-01-01"));
    assert_eq!(ask(&facts), "48000/72000 = 0.666667");
}

#[test]
fn m10_marketing_influenced_everything_won() {
    let answer = asked(&q1(MetricKind::MarketingInfluencedShare));
    assert_eq!(figures(&answer), "72000/72000 = 1.000000");
    let question = Question { influence_days: 10, ..q1(MetricKind::MarketingInfluencedShare) };
    // O1's touch was 18 days before it was created, O6's 45; O4's account was touched two days before.
    assert_eq!(figures(&asked(&question)), "12000/72000 = 0.166667");
}

#[test]
fn o4_without_contact_roles_is_touched_through_its_account() {
    let facts = facts();
    let people = facts.people_of(&facts.opportunities[3]);
    let keys: Vec<&str> = people.iter().map(|one| &*facts.person_keys[one.place()].id).collect();
    assert_eq!(keys, ["P5", "P11"]);
}
