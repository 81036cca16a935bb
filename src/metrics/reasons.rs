//! Why opportunities are lost.

use super::money::Sum;
use super::ratio::Ratio;
use super::scene::Scene;
use crate::domain::fact::{Ix, OpportunityFact, Text};

/// A reason and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct ReasonCount {
    /// The reason, in the vendor's words; none where nobody gave one.
    pub reason: Option<Text>,
    /// How many opportunities were lost for it in the period.
    pub count: u64,
    /// What they were worth, in whole units of the question's currency; none where an amount has no rate.
    pub amount: Option<Ratio>,
    /// The opportunities.
    pub opportunities: Vec<Ix<OpportunityFact>>,
}

/// Reasons of the opportunities lost in the period, the most frequent first, then the costliest.
pub fn top_reasons(scene: &Scene<'_>) -> Vec<ReasonCount> {
    let mut places = vec![None; scene.facts.texts.len() + 1];
    let mut found: Vec<(Option<Text>, Sum, Vec<Ix<OpportunityFact>>)> = Vec::new();
    for seen in scene.opportunities() {
        if !seen.state.lost().is_some_and(|lost| scene.has_moment(lost)) {
            continue;
        }
        let reason = seen.row.loss_reason;
        let place = *places[reason.map_or(scene.facts.texts.len(), Ix::place)].get_or_insert_with(|| {
            found.push((reason, Sum::default(), Vec::new()));
            found.len() - 1
        });
        let (_, sum, opportunities) = &mut found[place];
        scene.add_amount(sum, &seen);
        opportunities.push(Ix::new(seen.place));
    }
    found.sort_by_key(|(_, sum, opportunities)| std::cmp::Reverse((opportunities.len(), sum.minor)));
    let counts = found.into_iter().map(|(reason, sum, opportunities)| ReasonCount {
        reason,
        count: opportunities.len() as u64,
        amount: sum.without_rate.is_empty().then(|| scene.units(Ratio::whole(sum.minor))),
        opportunities,
    });
    counts.collect()
}
