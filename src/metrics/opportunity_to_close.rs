//! M3: how many of the opportunities created are won.

use super::answer::{Answer, Unit};
use super::cohort::Cohort;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::OpportunityToClose,
    unit: Unit::Ratio,
    methods: &[],
    heeds: &[Choice::MaturityDays],
    is_snapshot: false,
    formula: |_, _| {
        "opportunities created in the period and won by the as-of instant ÷ opportunities \
        created in the period"
            .to_owned()
    },
    compute,
};

pub(super) fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut cohorts = Cohort::each(slots.len());
    for seen in scene.opportunities().filter(|seen| scene.has(seen.row.created_at)) {
        for slot in slots.of_opportunity(seen.place) {
            let cohort = &mut cohorts[*slot as usize];
            // What is won has been won by the as-of instant, however late its closing day ends.
            cohort.add(scene, seen.row.created_at, seen.state.won().map(|won| won.at.min(scene.as_of)));
            if scene.keeps_rows {
                cohort.rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    Cohort::answers(cohorts, scene)
}
