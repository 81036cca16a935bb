//! Every number the domain guide promises, over fixture Q1.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail where it meets it")]

mod cohorts;
mod divided;
mod money;
mod pipeline;
mod properties;
mod shares;
mod times;

use super::answer::{Answer, Status};
use super::fixture::{facts, inputs, q1};
use super::{MetricKind, Question, WinRateBasis, answer};
use crate::domain::fact::Sight;

/// The answer over everything in fixture Q1.
fn asked(question: &Question) -> Answer {
    let facts = facts();
    answer(&facts, &Sight::everything(&facts), &inputs(), question)
}

fn value(answer: &Answer) -> String {
    assert_eq!(answer.status, Status::Ok, "{answer:?}");
    answer.value.unwrap().to_string()
}

/// Value, numerator and denominator.
fn figures(answer: &Answer) -> String {
    let shown =
        |value: Option<rust_decimal::Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
    format!("{}/{} = {}", shown(answer.numerator), shown(answer.denominator), shown(answer.value))
}

#[test]
fn every_kind_answers_with_a_formula_in_words_and_its_variant() {
    for metric in super::CATALOGUE {
        let answer = asked(&q1(metric.kind));
        assert!(answer.formula.len() > 30, "{:?}", metric.kind);
        assert_eq!(answer.method.is_some(), !metric.methods.is_empty());
        assert_eq!(answer.kind, metric.kind);
    }
    let answer = asked(&q1(MetricKind::WinRate));
    assert_eq!(answer.variant, [("winRateBasis", "COUNT".to_owned())]);
}

#[test]
fn a_group_that_is_too_small_is_suppressed_for_a_view_that_says_so() {
    let answer = asked(&q1(MetricKind::OpportunityToClose));
    assert_eq!(answer.sample, 6);
    assert_eq!(answer.clone().seen_by_view_that_suppresses_below(5), answer);
    let hidden = answer.seen_by_view_that_suppresses_below(7);
    assert_eq!(hidden.status, Status::SuppressedSmallGroup);
    assert_eq!((hidden.value, hidden.numerator, hidden.denominator, hidden.sample), (None, None, None, 0));
    assert!(hidden.contributors.opportunities.is_empty());
}

#[test]
fn what_a_small_group_alone_does_not_tell_no_larger_number_tells() {
    let won = asked(&q1(MetricKind::RevenueWon));
    assert_eq!(won.seen_by_view_that_suppresses_below(5).status, Status::SuppressedSmallGroup);
    let by_amount = Question { win_rate_basis: WinRateBasis::Amount, ..q1(MetricKind::WinRate) };
    for question in [q1(MetricKind::RevenuePerLeadSource), q1(MetricKind::PipelineVelocity), by_amount] {
        let answer = asked(&question);
        assert!(answer.sample >= 5, "{:?}", question.kind);
        let hidden = answer.clone().seen_by_view_that_suppresses_below(5);
        assert_eq!(hidden.status, Status::SuppressedSmallGroup, "{:?}", question.kind);
        assert!(hidden.parts.is_empty());
        assert_eq!(answer.clone().seen_by_view_that_suppresses_below(2), answer);
    }
}

#[test]
fn without_rows_there_is_no_data_and_no_number() {
    let far = super::fixture::period("2031-01-01", "2031-03-31");
    for metric in super::CATALOGUE {
        let answer = asked(&Question { period: far, ..q1(metric.kind) });
        if !metric.is_snapshot {
            assert_eq!((answer.status, answer.value), (Status::NoData, None), "{:?}", metric.kind);
        }
    }
}
