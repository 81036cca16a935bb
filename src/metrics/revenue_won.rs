//! M14: what was won.

use super::answer::Unit;
use super::pipeline_created::total;
use super::{Metric, MetricKind};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::RevenueWon,
    unit: Unit::Money,
    methods: &[],
    heeds: &[],
    is_snapshot: false,
    formula: |_, _| "sum of the amounts of opportunities won in the period".to_owned(),
    compute: |scene, slots| {
        total(scene, slots, |seen| seen.state.won().is_some_and(|won| scene.has_moment(won)))
    },
};
