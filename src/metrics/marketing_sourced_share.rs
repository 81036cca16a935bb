//! M10: how much of what was won marketing created.

use super::answer::{Answer, Contributors, Unit};
use super::first_touch_to_close::first_touch;
use super::money::Sum;
use super::question::SourcedRule;
use super::ratio::Ratio;
use super::scene::{Scene, Seen};
use super::slots::Slots;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::{Ix, Moment};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::MarketingSourcedShare,
    unit: Unit::Ratio,
    methods: &[],
    heeds: &[Choice::SourcedRule],
    is_snapshot: false,
    formula: |question, _| {
        let rule = in_words(question.sourced_rule);
        format!(
            "amount won in the period of opportunities marketing sourced ({rule}) ÷ amount won in the \
            period; never to be added to the influenced share"
        )
    },
    compute: |scene, slots| share(scene, slots, is_sourced),
};

/// What it means that marketing created an opportunity.
pub(super) fn in_words(rule: SourcedRule) -> &'static str {
    match rule {
        SourcedRule::LeadSource => "the settings count its lead source as marketing's",
        SourcedRule::FirstTouch => "its first eligible touch was before it was created",
        SourcedRule::BeforeFirstSalesActivity => {
            "its first eligible touch was before it was created and before the first sales activity"
        }
    }
}

/// Whether marketing created an opportunity, by the question's rule.
pub fn is_sourced(scene: &Scene<'_>, seen: &Seen<'_>) -> bool {
    let zone = scene.question.calendar.zone;
    let was_touched_by =
        |moment: Moment| first_touch(scene, seen).is_some_and(|touch| touch.is_by(moment, zone));
    match scene.question.sourced_rule {
        SourcedRule::LeadSource => seen.row.is_marketing,
        SourcedRule::FirstTouch => was_touched_by(Moment::instant(seen.row.created_at)),
        SourcedRule::BeforeFirstSalesActivity => {
            let people = scene.facts.people_of(seen.row).iter();
            let activities =
                people.filter_map(|person| scene.facts.people[person.place()].first_sales_activity_at);
            let first = activities.chain(seen.row.first_sales_activity_at).min();
            let first = first.map_or(seen.row.created_at, |at| at.min(seen.row.created_at));
            was_touched_by(Moment::instant(first))
        }
    }
}

/// The share of the amount won in the period whose opportunities a rule admits.
pub(super) fn share(
    scene: &Scene<'_>,
    slots: &Slots,
    admits: impl Fn(&Scene<'_>, &Seen<'_>) -> bool,
) -> Vec<Answer> {
    let mut all = vec![(0_u64, Sum::default(), Sum::default(), Contributors::default()); slots.len()];
    for seen in scene.opportunities() {
        if !seen.state.won().is_some_and(|won| scene.has_moment(won)) {
            continue;
        }
        let is_admitted = admits(scene, &seen);
        for slot in slots.of_opportunity(seen.place) {
            let (count, part, whole, rows) = &mut all[*slot as usize];
            *count += 1;
            scene.add_amount(whole, &seen);
            if is_admitted {
                scene.add_amount(part, &seen);
            }
            if scene.keeps_rows {
                rows.opportunities.push(Ix::new(seen.place));
            }
        }
    }
    let answers = all.into_iter().map(|(count, part, whole, contributors)| {
        let [above, below] = [part.minor, whole.minor].map(|minor| scene.units(Ratio::whole(minor)));
        Answer { contributors, ..scene.checked(scene.quotient(above, below, count), &[&whole]) }
    });
    answers.collect()
}
