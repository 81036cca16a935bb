//! What holds whatever the data.

use proptest::prelude::*;

use super::super::attribution::{Model, Terms};
use super::super::fixture::{Facts, at, inputs, q1};
use super::super::question::{CohortUnit, Method};
use super::super::slots::Dimension;
use super::super::{CATALOGUE, MetricKind, Question, answer, by};
use crate::domain::fact::{FactSet, Moment, PassOutcome, Sight};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;

const SOURCES: [&str; 6] = ["WEB_FORM", "WEBINAR", "CONTENT", "EVENT", "REFERRAL", "OUTBOUND"];

/// A person: the day of the lead, its source, days until MQL and SQL, an opportunity, days of touches.
#[derive(Clone, Debug)]
struct Lead {
    created: u32,
    source: usize,
    mql: Option<u32>,
    sql: Option<u32>,
    deal: Option<(u32, i64, u8, u32)>,
    touches: Vec<u32>,
}

fn lead() -> impl Strategy<Value = Lead> {
    let deal = (0_u32..40, 0_i64..100_000, 0_u8..3, 1_u32..60);
    (
        0_u32..100,
        0_usize..6,
        prop::option::of(0_u32..20),
        prop::option::of(0_u32..40),
        prop::option::of(deal),
        prop::collection::vec(0_u32..120, 0..5),
    )
        .prop_map(|(created, source, mql, sql, deal, touches)| Lead {
            created,
            source,
            mql,
            sql,
            deal,
            touches,
        })
}

fn text(days: u32) -> String {
    (at("2024-12-15") + chrono::TimeDelta::days(i64::from(days))).format("%Y-%m-%d").to_string()
}

fn built(leads: &[Lead]) -> FactSet {
    let mut facts = Facts::as_of("2025-04-01");
    for (number, lead) in leads.iter().enumerate() {
        let name = format!("P{number}");
        facts.person(&name, &text(lead.created), SOURCES[lead.source]);
        for touch in &lead.touches {
            facts.touch(&name, Moment::instant(at(&text(*touch))), Channel::ALL[(*touch % 7) as usize]);
        }
        let reached = |days: Option<u32>| days.map_or(String::new(), |days| text(lead.created + days));
        if lead.mql.is_some() || lead.sql.is_some() {
            facts.pass(&name, [&reached(lead.mql), "", &reached(lead.sql), ""], PassOutcome::Open);
        }
        if let Some((after, units, outcome, length)) = lead.deal {
            let created = lead.created + after;
            let category =
                [StageCategory::Open, StageCategory::Won, StageCategory::Lost][usize::from(outcome)];
            // Nothing is closed later than the facts speak of.
            let is_past = category == StageCategory::Open || created + length < 107;
            let category = if is_past { category } else { StageCategory::Open };
            facts.opportunity(&name, &name, &text(created), units, category, &text(created + length), 3000);
        }
    }
    facts.built()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_number_depends_on_the_order_of_rows(leads in prop::collection::vec(lead(), 1..12), turn in 0_usize..12) {
        let mut turned = leads.clone();
        turned.rotate_left(turn % leads.len());
        turned.reverse();
        let (one, two) = (built(&leads), built(&turned));
        for metric in CATALOGUE {
            for terms in [None, Some(Terms::of(Model::WShaped))] {
                let question = Question { terms, ..q1(metric.kind) };
                let ask = |facts: &FactSet| answer(facts, &Sight::everything(facts), &inputs(), &question);
                let (one, two) = (ask(&one), ask(&two));
                prop_assert_eq!(
                    (one.value, one.status, one.numerator, one.denominator, one.sample, one.median, one.p90),
                    (two.value, two.status, two.numerator, two.denominator, two.sample, two.median, two.p90)
                );
            }
        }
    }

    #[test]
    fn a_cohort_never_has_more_successes_than_members(leads in prop::collection::vec(lead(), 0..20), window in prop::option::of(0_u32..60)) {
        let facts = built(&leads);
        for metric in CATALOGUE.into_iter().filter(|metric| metric.methods.contains(&Method::Cohort)) {
            for cohort_unit in [CohortUnit::Pass, CohortUnit::Person] {
                let question = Question { cohort_unit, maturity_days: window, ..q1(metric.kind) };
                let answer = answer(&facts, &Sight::everything(&facts), &inputs(), &question);
                prop_assert!(answer.numerator <= answer.denominator, "{:?}", metric.kind);
                prop_assert!(answer.sample as usize <= leads.len());
            }
        }
    }

    #[test]
    fn slices_of_revenue_add_up_to_the_whole_in_every_model(leads in prop::collection::vec(lead(), 0..15), model in 0_usize..14) {
        let facts = built(&leads);
        let terms = Model::ALL.get(model).map(|model| Terms::of(*model));
        let question = Question { terms, ..q1(MetricKind::RevenuePerLeadSource) };
        let sight = Sight::everything(&facts);
        let whole = answer(&facts, &sight, &inputs(), &question).value.unwrap_or_default();
        for dimension in [Dimension::Channel, Dimension::LeadSource, Dimension::Owner] {
            let slices = by(&facts, &sight, &inputs(), &question, dimension);
            let sum: rust_decimal::Decimal = slices.iter().filter_map(|slice| slice.answer.value).sum();
            prop_assert_eq!(sum, whole, "{:?}", dimension);
        }
    }
}
