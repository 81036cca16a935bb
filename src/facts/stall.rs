//! Opportunities that take longer than those that were won. Source: domain guide §6.
//!
//! An open opportunity is stalled when its time in its stage exceeds the 75th percentile of the time that opportunities
//! won in the last 12 months spent in that stage; with fewer than ten of them nobody can tell.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::domain::fact::{FactSet, OpportunityFact, Text};
use crate::domain::opportunity::StageCategory;

use super::line::OpportunityLine;

/// Fewer won opportunities than this tell nothing.
const FEWEST: usize = 10;
/// Won within so many months.
const MONTHS: Months = Months::new(12);

/// How long is long, by pipeline and stage.
#[derive(Debug, Default)]
pub(super) struct StageTimes(HashMap<(Option<Text>, Text), TimeDelta>);

impl StageTimes {
    pub(super) fn of(facts: &FactSet, lines: &[Option<Arc<OpportunityLine>>]) -> Self {
        let since = facts.as_of - MONTHS;
        let mut spent: HashMap<(Option<Text>, Text), Vec<TimeDelta>> = HashMap::new();
        for (opportunity, _) in facts.opportunities.iter().zip(lines).filter(|(_, line)| line.is_some()) {
            let is_won = opportunity.category == StageCategory::Won;
            if is_won && opportunity.closed.is_some_and(|closed| closed.at > since) {
                for (stage, time) in time_in_stages(facts, opportunity) {
                    spent.entry((opportunity.pipeline, stage)).or_default().push(time);
                }
            }
        }
        let enough = spent.into_iter().filter(|(_, times)| times.len() >= FEWEST);
        Self(enough.map(|(stage, times)| (stage, upper_quartile(times))).collect())
    }

    /// Whether an opportunity has been in its stage for too long; none where nobody can tell, or it is not open.
    pub(super) fn is_stalled(&self, facts: &FactSet, opportunity: &OpportunityFact) -> Option<bool> {
        if opportunity.category != StageCategory::Open {
            return None;
        }
        let long = self.0.get(&(opportunity.pipeline, opportunity.stage?))?;
        Some(facts.as_of - opportunity.stage_entered_at? > *long)
    }
}

/// The time spent in each stage but the last, in all.
fn time_in_stages(facts: &FactSet, opportunity: &OpportunityFact) -> HashMap<Text, TimeDelta> {
    let mut spent: HashMap<Text, TimeDelta> = HashMap::new();
    for row in facts.stages_of(opportunity) {
        let left: Option<DateTime<Utc>> = row.exited_at;
        if let Some(left) = left {
            *spent.entry(row.stage).or_insert_with(TimeDelta::zero) += left - row.entered_at;
        }
    }
    spent
}

/// The 75th percentile by linear interpolation, to the second.
fn upper_quartile(mut times: Vec<TimeDelta>) -> TimeDelta {
    times.sort_unstable();
    // The place is (n - 1) * 3 / 4; its fraction is a number of quarters.
    let quarters = (times.len() - 1) * 3;
    let (below, part) = (quarters / 4, (quarters % 4) as i32);
    let low = times[below];
    let high = times.get(below + 1).copied().unwrap_or(low);
    low + (high - low) * part / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_quartile_lies_between_two_values_where_it_must() {
        let days = |days: &[i64]| upper_quartile(days.iter().map(|days| TimeDelta::days(*days)).collect());
        assert_eq!(days(&[1, 2, 3, 4, 5]), TimeDelta::days(4));
        assert_eq!(days(&[4, 1, 3, 2]), TimeDelta::hours(78), "3.25 days");
        assert_eq!(days(&[7]), TimeDelta::days(7));
    }
}
