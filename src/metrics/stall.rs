//! Which open opportunities stand still. Source: domain guide §6, stall.

use std::collections::HashMap;

use chrono::{DateTime, Months, Utc};

use super::ratio::{Ratio, percentile};
use crate::domain::fact::{FactSet, Ix, OpportunityFact, OpportunityState, Sight, Text};

/// How many won opportunities a stage must have seen before it can be judged.
const LEAST: usize = 10;

/// A stage of a pipeline.
type Stage = (Option<Text>, Text);

/// How long won opportunities stayed in each stage: the 75th percentile over those won in the last twelve months.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    seconds: HashMap<Stage, Ratio>,
}

impl Pace {
    /// Measured over every opportunity there is, as of an instant. It is the same for everybody who asks, and a quartile
    /// of ten or more names none of them.
    pub fn measured(facts: &FactSet, as_of: DateTime<Utc>) -> Self {
        let mut stays: HashMap<Stage, Vec<i64>> = HashMap::new();
        let year_ago = as_of - Months::new(12);
        for opportunity in facts.opportunities.iter() {
            let Some(state) = facts.opportunity_at(opportunity, as_of) else { continue };
            if state.won().is_none_or(|won| won.at <= year_ago) {
                continue;
            }
            let rows = facts.stages_of(opportunity);
            let mut here: HashMap<Text, i64> = HashMap::new();
            for (row, exited) in rows.iter().filter_map(|row| Some((row, row.exited_at?))) {
                *here.entry(row.stage).or_default() += (exited - row.entered_at).num_seconds();
            }
            for (stage, seconds) in here {
                stays.entry((opportunity.pipeline, stage)).or_default().push(seconds);
            }
        }
        let share = Ratio::new(3, 4).unwrap_or(Ratio::ONE);
        let enough = stays.into_iter().filter(|(_, seconds)| seconds.len() >= LEAST);
        let seconds = enough.filter_map(|(stage, mut seconds)| {
            seconds.sort_unstable();
            Some((stage, percentile(&seconds, share)?))
        });
        Self { seconds: seconds.collect() }
    }

    /// Whether an open opportunity has been in its stage for longer than three of four won ones were; none where too
    /// few were won to tell, or it is not open.
    pub fn is_stalled(
        &self,
        facts: &FactSet,
        opportunity: &OpportunityFact,
        as_of: DateTime<Utc>,
    ) -> Option<bool> {
        let state = facts.opportunity_at(opportunity, as_of).filter(OpportunityState::is_open)?;
        let usual = self.seconds.get(&(opportunity.pipeline, state.stage?))?;
        let stay = (as_of - state.stage_entered_at?).num_seconds();
        Some(Ratio::whole(i128::from(stay)) > *usual)
    }

    /// The stalled opportunities a caller sees, in the order of the table.
    pub fn stalled(&self, facts: &FactSet, sight: &Sight, as_of: DateTime<Utc>) -> Vec<Ix<OpportunityFact>> {
        let places = sight.opportunities.places();
        let stalled =
            places.filter(|place| self.is_stalled(facts, &facts.opportunities[*place], as_of) == Some(true));
        stalled.map(Ix::new).collect()
    }
}
