//! M6: how many leads become customers, and who is a new customer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::answer::{Answer, Unit};
use super::cohort::{Cohort, Counts};
use super::lead_to_opportunity::leads_created;
use super::scene::{Scene, Seen};
use super::slots::Slots;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::{Ix, PersonFact};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::CustomerAcquisitionRate,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::MaturityDays],
    is_snapshot: false,
    formula: |_, method| {
        match method {
            Method::Cohort => {
                "leads created in the period that are customers by the as-of instant ÷ leads \
            created in the period"
            }
            Method::Period => "customers won for the first time in the period ÷ leads created in the period",
        }
        .to_owned()
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    match scene.method() {
        Method::Cohort => cohort(scene, slots),
        Method::Period => period(scene, slots),
    }
}

fn cohort(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let won = |person: &PersonFact| {
        let rows = scene.facts.opportunities_of(person).iter();
        let won = rows.filter_map(|row| scene.opportunity(row.place())?.state.won());
        // What is won has been won by the as-of instant, however late its closing day ends.
        won.map(|won| won.at.min(scene.as_of)).min()
    };
    Cohort::of_people(scene, slots, |person| Some(person.created_at), won)
}

fn period(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut counts = leads_created(scene, slots);
    for place in new_customers(scene) {
        for slot in slots.of_opportunity(place) {
            let counts = &mut counts[*slot as usize];
            counts.above += 1;
            if scene.keeps_rows {
                counts.rows.opportunities.push(Ix::new(place));
            }
        }
    }
    Counts::answers(counts, scene)
}

/// Who buys: the account; without one, the person the opportunity came from; without either, the opportunity itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Buyer {
    Account(usize),
    Person(usize),
    Opportunity(usize),
}

impl Buyer {
    fn of(seen: &Seen<'_>) -> Self {
        match (seen.row.account, seen.row.lead) {
            (Some(account), _) => Self::Account(account.place()),
            (None, Some(lead)) => Self::Person(lead.place()),
            (None, None) => Self::Opportunity(seen.place),
        }
    }
}

/// The first won opportunity of each buyer who bought for the first time in the period, in the order of the table.
pub(super) fn new_customers(scene: &Scene<'_>) -> Vec<usize> {
    let mut first: HashMap<Buyer, (DateTime<Utc>, usize, bool)> = HashMap::new();
    for seen in scene.opportunities() {
        let Some(won) = seen.state.won() else { continue };
        let this = (won.at, seen.place, scene.has_moment(won));
        let known = first.entry(Buyer::of(&seen)).or_insert(this);
        if (this.0, this.1) < (known.0, known.1) {
            *known = this;
        }
    }
    let mut places: Vec<usize> =
        first.into_values().filter(|(_, _, is_new)| *is_new).map(|(_, place, _)| place).collect();
    places.sort_unstable();
    places
}
