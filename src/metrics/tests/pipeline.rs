//! M1, M11, M13, M16 and what stands still.

use super::super::fixture::{Facts, at, day, decimal, facts, inputs, period, q1};
use super::super::pipeline_coverage::Coverage;
use super::super::pipeline_velocity::velocity;
use super::super::plan::{Rates, Step, customers_for, measured, needed_by, plan};
use super::super::question::CycleAnchor;
use super::super::ratio::Ratio;
use super::super::review::{Cadence, review};
use super::super::stall::Pace;
use super::super::{MetricKind, Question};
use super::{Status, asked, value};
use crate::domain::fact::{FactSet, OpportunityStageFact, Sight, Span};
use crate::domain::opportunity::StageCategory;

fn ratio(num: i128, den: i128) -> Ratio {
    Ratio::new(num, den).unwrap()
}

fn whole(number: i128) -> Ratio {
    Ratio::whole(number)
}

fn q2() -> Question {
    Question { period: period("2025-04-01", "2025-06-30"), ..q1(MetricKind::PipelineCoverage) }
}

#[test]
fn m1_coverage_of_the_second_quarter() {
    let answer = asked(&q2());
    assert_eq!(value(&answer), "0.533333");
    assert_eq!(answer.numerator, Some(decimal("80000.00")));
    assert_eq!(answer.denominator, Some(decimal("150000.00")));
    assert_eq!(answer.part("required"), Some(decimal("1.666667")));
    assert_eq!(answer.part("needed"), Some(decimal("250000.00")));
    assert_eq!(answer.part("gap"), Some(decimal("170000.00")));
    let overdue = answer.warnings.iter().find(|warning| warning.code == "OVERDUE").unwrap();
    assert_eq!(overdue.examples.iter().map(|one| one.place()).collect::<Vec<_>>(), [7], "O8");
}

#[test]
fn m1_further_values() {
    let millions = |tenths: i128| whole(tenths * 100_000);
    let coverage = Coverage::of(millions(45), millions(20), millions(5), Some(ratio(1, 4)));
    assert_eq!(coverage.value, Some(whole(3)));
    assert_eq!(coverage.required, Some(whole(4)));
    assert_eq!(coverage.needed, Some(millions(60)));
    assert_eq!(coverage.gap, Some(millions(15)));
    let met = Coverage::of(whole(50), whole(100), whole(100), Some(ratio(1, 4)));
    assert_eq!((met.value, met.status), (None, Status::TargetMet));
}

#[test]
fn m1_a_target_that_is_met_has_no_coverage_and_a_missing_one_no_data() {
    let met = asked(&Question { target: Some(decimal("72000")), ..q1(MetricKind::PipelineCoverage) });
    assert_eq!((met.status, met.value), (Status::TargetMet, None));
    let missing = asked(&q1(MetricKind::PipelineCoverage));
    assert_eq!((missing.status, missing.value), (Status::NoData, None));
}

#[test]
fn m11_velocity_without_and_with_what_is_overdue() {
    let answer = asked(&q1(MetricKind::PipelineVelocity));
    assert_eq!(value(&answer), "467.03");
    assert_eq!(answer.part("averageWon"), Some(decimal("24000.00")));
    assert_eq!(answer.part("winRate"), Some(decimal("0.600000")));
    let question = Question { include_overdue: true, ..q1(MetricKind::PipelineVelocity) };
    assert_eq!(value(&asked(&question)), "700.54");
}

#[test]
fn m11_further_value() {
    assert_eq!(velocity(whole(80), whole(45_000), ratio(22, 100), whole(72)), Some(whole(11_000)));
}

#[test]
fn m13_works_back_and_rounds_up_at_each_step() {
    let rates = |sql_to_customer, mql_to_sql| Rates {
        sql_to_customer: Some(sql_to_customer),
        mql_to_sql: Some(mql_to_sql),
        ..Rates::default()
    };
    let even = plan(Step::given(10), &rates(ratio(1, 4), ratio(1, 5)));
    assert_eq!((even.sqls.count, even.mqls.count), (Some(40), Some(200)));
    let odd = plan(Step::given(10), &rates(ratio(22, 100), ratio(35, 100)));
    assert_eq!((odd.sqls.count, odd.mqls.count), (Some(46), Some(132)), "once at the end would give 130");
    assert_eq!(customers_for(whole(300_000), whole(24_000)), Step::given(13));
    let dead = plan(Step::given(10), &rates(ratio(1, 4), Ratio::ZERO));
    assert_eq!(dead.mqls, Step { count: None, status: Status::ZeroDenominator });
    assert_eq!(even.leads, Step { count: None, status: Status::NoData }, "leads to MQL is unknown");
}

#[test]
fn m13_leads_are_needed_a_median_cycle_before_the_end() {
    let question = Question { cycle_anchor: CycleAnchor::Lead, ..q1(MetricKind::SalesCycle) };
    assert_eq!(needed_by(day("2025-06-30"), &asked(&question)), Some(day("2025-04-28")), "63 days");
    let nothing = Question { period: period("2031-01-01", "2031-01-31"), ..question };
    assert_eq!(needed_by(day("2025-06-30"), &asked(&nothing)), None);
}

#[test]
fn m13_measures_the_rates_nobody_gives() {
    let facts = facts();
    let question = q1(MetricKind::WinRate);
    let given = Rates { lead_to_mql: Some(ratio(1, 2)), ..Rates::default() };
    let (rates, sentences) = measured(&facts, &Sight::everything(&facts), &inputs(), &question, &given);
    assert_eq!(rates.win_rate, Some(ratio(3, 5)));
    assert_eq!(rates.sql_to_customer, Some(ratio(2, 5)));
    assert_eq!(rates.mql_to_sql, Some(ratio(2, 5)));
    assert_eq!(sentences.len(), 3);
    let plan = plan(Step::given(10), &rates);
    assert_eq!(plan.opportunities.count, Some(17));
    assert_eq!((plan.sqls.count, plan.mqls.count, plan.leads.count), (Some(25), Some(63), Some(126)));
}

#[test]
fn m16_weighted_pipeline() {
    let answer = asked(&q1(MetricKind::WeightedPipeline));
    assert_eq!(value(&answer), "25300.00");
    assert_eq!(answer.sample, 3);
    assert_eq!(answer.part("open"), Some(decimal("88000.00")));
}

#[test]
fn m16_as_of_an_earlier_instant_weighs_what_was_open_then() {
    let mut question = q1(MetricKind::WeightedPipeline);
    question.as_of = Some(at("2025-02-01"));
    let answer = asked(&question);
    // O1, O2, O6 and O8; without stage history the probabilities are today's.
    assert_eq!(answer.sample, 4);
    assert_eq!(answer.part("open"), Some(decimal("86000.00")));
}

/// `won` opportunities that took 1, 2, 3 … days in their stage, and one open for `open` days.
fn stages(won: usize, open: i64) -> FactSet {
    let mut facts = Facts::as_of("2025-04-01");
    facts.person("one", "2025-01-01", "EVENT");
    let stage = facts.set.texts.intern("proposal");
    for number in 0..=won {
        let category = if number == won { StageCategory::Open } else { StageCategory::Won };
        facts.opportunity(&format!("O{number}"), "one", "2025-01-01", 10, category, "2025-02-01", 5000);
    }
    let mut facts = facts.built();
    for place in 0..=won {
        let is_open = place == won;
        let entered =
            if is_open { at("2025-04-01") - chrono::TimeDelta::days(open) } else { at("2025-01-01") };
        let opportunity = &mut facts.opportunities[place];
        opportunity.stages = Span::new(facts.stages.len(), 1);
        (opportunity.stage, opportunity.stage_entered_at) = (Some(stage), Some(entered));
        facts.stages.push(OpportunityStageFact {
            opportunity: crate::domain::fact::Ix::new(place),
            stage,
            entered_at: entered,
            exited_at: (!is_open).then(|| entered + chrono::TimeDelta::days(place as i64 + 1)),
            amount: None,
            close_date: None,
            probability: None,
            category: StageCategory::Open,
            is_entry: true,
        });
    }
    facts
}

#[test]
fn an_opportunity_stalls_when_three_of_four_won_ones_had_moved_on() {
    let judge = |facts: &FactSet| {
        let pace = Pace::measured(facts, facts.as_of);
        pace.is_stalled(facts, facts.opportunities.iter().last().unwrap(), facts.as_of)
    };
    // The 75th percentile of 1 to 10 days is 7.75.
    assert_eq!(judge(&stages(10, 8)), Some(true));
    assert_eq!(judge(&stages(10, 7)), Some(false));
    assert_eq!(judge(&stages(9, 80)), None, "nine are too few to tell");
}

#[test]
fn a_review_has_its_numbers_its_wins_and_its_losses() {
    let facts = facts();
    let review =
        review(&facts, &Sight::everything(&facts), &inputs(), &q1(MetricKind::WinRate), Cadence::Quarterly);
    assert_eq!(review.metrics.len(), Cadence::Quarterly.metrics().len());
    assert_eq!(review.wins.iter().map(|one| one.place()).collect::<Vec<_>>(), [0, 3, 5]);
    assert_eq!(review.loss_reasons.len(), 2);
}
