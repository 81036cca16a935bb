//! M2, M3, M6, M15 and the steps between.

use super::super::fixture::{at, facts, inputs, period, q1};
use super::super::period::{Bucket, Period};
use super::super::question::{CohortUnit, Method};
use super::super::{MetricKind, Question, series};
use super::{Status, asked, figures};
use crate::domain::fact::Sight;

fn january() -> Period {
    period("2025-01-01", "2025-01-31")
}

fn february() -> Period {
    period("2025-02-01", "2025-02-28")
}

fn march() -> Period {
    period("2025-03-01", "2025-03-31")
}

fn mql_to_sql(period: Period) -> Question {
    Question { period, ..q1(MetricKind::MqlToSql) }
}

#[test]
fn m2_half_of_the_leads_created_have_an_opportunity() {
    assert_eq!(figures(&asked(&q1(MetricKind::LeadToOpportunity))), "5/10 = 0.500000");
}

#[test]
fn m2_by_period_six_opportunities_were_created_for_ten_leads() {
    let question = Question { method: Some(Method::Period), ..q1(MetricKind::LeadToOpportunity) };
    assert_eq!(figures(&asked(&question)), "6/10 = 0.600000");
}

#[test]
fn m3_two_of_the_six_opportunities_created_are_won() {
    assert_eq!(figures(&asked(&q1(MetricKind::OpportunityToClose))), "2/6 = 0.333333");
}

#[test]
fn m6_two_of_the_ten_leads_created_are_customers() {
    let answer = asked(&q1(MetricKind::CustomerAcquisitionRate));
    assert_eq!(figures(&answer), "2/10 = 0.200000");
    assert_eq!(answer.contributors.people.len(), 10);
}

#[test]
fn m6_by_period_three_customers_were_won_for_ten_leads() {
    let question = Question { method: Some(Method::Period), ..q1(MetricKind::CustomerAcquisitionRate) };
    assert_eq!(figures(&asked(&question)), "3/10 = 0.300000");
}

#[test]
fn m15_cohort_by_pass_month_by_month_and_in_the_quarter() {
    for (period, expected) in [
        (january(), "2/4 = 0.500000"),
        (february(), "1/2 = 0.500000"),
        (march(), "1/4 = 0.250000"),
        (period("2025-01-01", "2025-03-31"), "4/10 = 0.400000"),
    ] {
        assert_eq!(figures(&asked(&mql_to_sql(period))), expected, "{period:?}");
    }
}

#[test]
fn m15_cohort_by_person_counts_each_person_once_and_any_later_sql() {
    let question = Question { cohort_unit: CohortUnit::Person, ..q1(MetricKind::MqlToSql) };
    assert_eq!(figures(&asked(&question)), "4/9 = 0.444444");
}

#[test]
fn m15_by_period_counts_every_sql() {
    for (period, expected) in [
        (january(), "2/4 = 0.500000"),
        (february(), "2/2 = 1.000000"),
        (march(), "1/4 = 0.250000"),
        (period("2025-01-01", "2025-03-31"), "5/10 = 0.500000"),
    ] {
        let question = Question { method: Some(Method::Period), ..mql_to_sql(period) };
        assert_eq!(figures(&asked(&question)), expected, "{period:?}");
    }
}

#[test]
fn m15_by_period_without_sales_generated_passes() {
    for (period, expected) in [
        (january(), "2/4 = 0.500000"),
        (february(), "1/2 = 0.500000"),
        (march(), "1/4 = 0.250000"),
        (period("2025-01-01", "2025-03-31"), "4/10 = 0.400000"),
    ] {
        let question =
            Question { method: Some(Method::Period), include_sales_generated: false, ..mql_to_sql(period) };
        assert_eq!(figures(&asked(&question)), expected, "{period:?}");
    }
}

#[test]
fn m15_mature_cohort_leaves_the_young_out() {
    let question = Question { maturity_days: Some(30), ..q1(MetricKind::MqlToSql) };
    let answer = asked(&question);
    assert_eq!(figures(&answer), "3/6 = 0.500000");
    assert_eq!((answer.status, answer.sample), (Status::Ok, 6));
}

#[test]
fn a_cohort_too_young_for_its_window_is_immature_and_still_has_a_value() {
    let question = Question { maturity_days: Some(30), ..mql_to_sql(march()) };
    let answer = asked(&question);
    assert_eq!(figures(&answer), "1/4 = 0.250000");
    assert_eq!(answer.status, Status::Immature);
}

#[test]
fn six_of_ten_mqls_were_accepted_and_two_of_five_sqls_bought() {
    assert_eq!(figures(&asked(&q1(MetricKind::MqlToSal))), "6/10 = 0.600000");
    assert_eq!(figures(&asked(&q1(MetricKind::SqlToCustomer))), "2/5 = 0.400000");
    let question = Question { method: Some(Method::Period), ..q1(MetricKind::SqlToCustomer) };
    assert_eq!(figures(&asked(&question)), "3/5 = 0.600000", "P0 was won in the quarter too");
}

#[test]
fn half_of_the_leads_created_were_qualified_by_sales() {
    assert_eq!(figures(&asked(&q1(MetricKind::LeadQuality))), "5/10 = 0.500000");
}

#[test]
fn asked_as_of_an_earlier_instant_later_facts_do_not_exist() {
    let question = Question { as_of: Some(at("2025-03-01")), ..q1(MetricKind::MqlToSql) };
    assert_eq!(figures(&asked(&question)), "3/6 = 0.500000");
    let question = Question { as_of: Some(at("2025-03-01")), ..q1(MetricKind::CustomerAcquisitionRate) };
    assert_eq!(figures(&asked(&question)), "0/8 = 0.000000", "nobody of the quarter had bought yet");
}

#[test]
fn a_series_by_month_has_the_numbers_of_the_months() {
    let facts = facts();
    let sight = Sight::everything(&facts);
    let points = series(&facts, &sight, &inputs(), &q1(MetricKind::MqlToSql), Bucket::Month);
    let shown: Vec<String> = points.iter().map(|point| figures(&point.answer)).collect();
    assert_eq!(shown, ["2/4 = 0.500000", "1/2 = 0.500000", "1/4 = 0.250000"]);
    assert_eq!(points[1].period, february());
}

#[test]
fn the_zone_moves_a_lead_into_another_month() {
    let zone = "America/New_York".parse().unwrap();
    let mut question = Question { period: january(), ..q1(MetricKind::LeadQuality) };
    assert_eq!(asked(&question).sample, 4);
    // P5 was created at midnight UTC on 3 February; a midnight on the 1st would be January in New York.
    question.calendar.zone = zone;
    question.period = period("2025-02-02", "2025-02-02");
    assert_eq!(asked(&question).sample, 1, "the evening of the 2nd in New York");
}
