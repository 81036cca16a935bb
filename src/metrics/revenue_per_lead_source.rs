//! M7: what each source of leads brought in.

use super::answer::{Answer, Contributors, Status, Unit};
use super::credit::{give, terms};
use super::lead_to_opportunity::leads_created;
use super::money::Sum;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::{Choice, Metric, MetricKind};
use crate::domain::fact::Ix;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::RevenuePerLeadSource,
    unit: Unit::Money,
    methods: &[],
    heeds: &[Choice::Model],
    is_snapshot: false,
    formula: |question, _| {
        let credited = match question.terms {
            Some(terms) => format!("by {}", terms.model.name()),
            None => "by the agreement in force at its close, without one to its lead source".to_owned(),
        };
        format!(
            "amount won in the period, credited {credited}; per lead: what leads created in the \
            period won in it (numerator) ÷ leads created in the period (denominator)"
        )
    },
    compute,
};

#[derive(Clone, Default)]
struct Revenue {
    credited: i128,
    /// Of leads created in the period, by lead source.
    of_cohort: i128,
    count: u64,
    sum: Sum,
    rows: Contributors,
}

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let mut all = vec![Revenue::default(); slots.len()];
    for seen in scene.opportunities() {
        if !seen.state.won().is_some_and(|won| scene.has_moment(won)) {
            continue;
        }
        let lead = seen.row.lead.map(|lead| &scene.facts.people[lead.place()]);
        let is_of_cohort = lead.is_some_and(|lead| scene.has(lead.created_at));
        let is_by_touch = terms(scene, &seen).is_some();
        let mut minor = 0;
        for slot in slots.of_opportunity(seen.place) {
            let revenue = &mut all[*slot as usize];
            minor = scene.add_amount(&mut revenue.sum, &seen);
            revenue.of_cohort += if is_of_cohort { i128::from(minor) } else { 0 };
            if !is_by_touch {
                revenue.count += 1;
            }
            if scene.keeps_rows {
                revenue.rows.opportunities.push(Ix::new(seen.place));
            }
        }
        let mut last = None;
        give(scene, slots, &seen, minor, |slot, part| {
            let revenue = &mut all[slot as usize];
            revenue.credited += i128::from(part);
            // An opportunity that credits a slot by several touches is one row behind its number.
            if is_by_touch && last.replace(slot) != Some(slot) {
                revenue.count += 1;
            }
        });
    }
    let answers = all.into_iter().zip(leads_created(scene, slots)).map(|(revenue, leads)| {
        let mut answer = scene.blank();
        answer.sample = revenue.count + leads.below;
        if answer.sample > 0 {
            let [credited, of_cohort] =
                [revenue.credited, revenue.of_cohort].map(|minor| scene.units(Ratio::whole(minor)));
            let leads = Ratio::whole(i128::from(leads.below));
            answer.status = Status::Ok;
            answer.value = scene.money(credited);
            (answer.numerator, answer.denominator) = (scene.money(of_cohort), leads.decimal(0));
            answer.parts = vec![scene.part("perLead", of_cohort.by(leads), Unit::Money)];
        }
        let answer = scene.checked(answer, &[&revenue.sum]).made_of(&[revenue.count, leads.below]);
        Answer { contributors: revenue.rows, ..answer }
    });
    answers.collect()
}
