//! M5: what a new customer costs.

use super::answer::{Answer, Unit};
use super::cohort::Counts;
use super::customer_acquisition_rate::new_customers;
use super::question::CostBasis;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::spend::spend;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::CostPerCustomer,
    unit: Unit::Money,
    methods: &[],
    heeds: &[Choice::CostBasis],
    is_snapshot: false,
    formula: |question, _| {
        match question.cost_basis {
            CostBasis::Marketing => {
                "marketing spend of the period ÷ customers won for the first time in the \
            period"
            }
            CostBasis::Loaded => {
                "marketing spend and cost of sales of the period ÷ customers won for the \
            first time in the period"
            }
        }
        .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut customers = Counts::each(slots.len());
    for place in new_customers(scene) {
        for slot in slots.of_opportunity(place) {
            customers[*slot as usize].below += 1;
            if scene.keeps_rows {
                customers[*slot as usize].rows.opportunities.push(Ix::new(place));
            }
        }
    }
    let answers = spend(scene, slots).into_iter().zip(customers).map(|(spend, customers)| {
        let cost = match scene.question.cost_basis {
            CostBasis::Marketing => spend.marketing(),
            CostBasis::Loaded => spend.loaded(),
        };
        let Some(cost) = cost else {
            return Answer { sample: customers.below, ..spend.unknown(scene) };
        };
        let below = Ratio::whole(i128::from(customers.below));
        // A cost is something to divide: without customers the formula has no meaning, which is not "no data".
        let mut answer = scene.quotient(cost, below, customers.below.max(1));
        answer.sample = customers.below;
        answer.contributors = customers.rows;
        answer
    });
    answers.collect()
}
