//! M10: how much of what was won marketing touched.

use chrono::TimeDelta;

use super::answer::Unit;
use super::marketing_sourced_share::share;
use super::scene::{Scene, Seen};
use super::{Choice, Metric, MetricKind};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::MarketingInfluencedShare,
    unit: Unit::Ratio,
    methods: &[],
    heeds: &[Choice::InfluenceDays],
    is_snapshot: false,
    formula: |question, _| {
        format!(
            "amount won in the period of opportunities with at least one eligible touch by a contact (without \
            contact roles, by somebody of the account) from {} days before creation to closing ÷ amount \
            won in the period; never to be added to the sourced share",
            question.influence_days
        )
    },
    compute: |scene, slots| share(scene, slots, is_influenced),
};

/// Whether somebody of the opportunity was touched from so many days before its creation to its closing, or to the
/// as-of instant while it is open.
pub fn is_influenced(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let from = seen.row.created_at - TimeDelta::days(i64::from(scene.question.influence_days));
    let until = seen.state.closed.map_or(scene.as_of, |closed| closed.at.min(scene.as_of));
    scene.facts.people_of(seen.row).iter().any(|person| {
        let touches = scene.facts.touches_of(&scene.facts.people[person.place()]);
        let start = touches.partition_point(|touch| touch.when.at < from);
        let within = touches[start..].iter().take_while(|touch| touch.when.at <= until);
        within.into_iter().any(|touch| touch.is_eligible)
    })
}
