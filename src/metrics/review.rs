//! What sales and marketing look at together, by how often they meet.

use super::answer::Answer;
use super::question::Inputs;
use super::reasons::{ReasonCount, top_reasons};
use super::scene::Scene;
use super::stall::Pace;
use super::{MetricKind, Question, answer};
use crate::domain::fact::{FactSet, Ix, OpportunityFact, Sight};

/// How often they meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Cadence {
    Weekly,
    Monthly,
    Quarterly,
    Annual,
}

impl Cadence {
    /// The numbers on the table.
    pub fn metrics(self) -> &'static [MetricKind] {
        use MetricKind as Kind;
        match self {
            Self::Weekly => &[Kind::MqlToSal, Kind::MqlToSql, Kind::PipelineCreated, Kind::PipelineVelocity],
            Self::Monthly => &[
                Kind::LeadToOpportunity,
                Kind::MqlToSql,
                Kind::SqlToCustomer,
                Kind::WinRate,
                Kind::PipelineCoverage,
                Kind::PipelineCreated,
                Kind::RevenueWon,
            ],
            Self::Quarterly => &[
                Kind::MqlToSql,
                Kind::WinRate,
                Kind::SalesCycle,
                Kind::PipelineVelocity,
                Kind::PipelineCoverage,
                Kind::RevenueWon,
                Kind::MarketingSourcedShare,
                Kind::MarketingInfluencedShare,
                Kind::CostPerCustomer,
                Kind::ReturnOnSpend,
            ],
            Self::Annual => &[
                Kind::RevenueWon,
                Kind::RevenuePerLeadSource,
                Kind::CustomerAcquisitionRate,
                Kind::CostPerCustomer,
                Kind::WinRate,
                Kind::SalesCycle,
                Kind::FirstTouchToClose,
                Kind::MarketingSourcedShare,
                Kind::MarketingInfluencedShare,
                Kind::ReturnOnSpend,
            ],
        }
    }
}

/// What is on the table.
#[derive(Clone, Debug)]
pub struct Review {
    /// The numbers, in the order of the cadence.
    pub metrics: Vec<Answer>,
    /// Why opportunities were lost in the period.
    pub loss_reasons: Vec<ReasonCount>,
    /// Open opportunities that stand still.
    pub stalled: Vec<Ix<OpportunityFact>>,
    /// Opportunities won in the period.
    pub wins: Vec<Ix<OpportunityFact>>,
}

/// What is on the table for the period of a question, over the rows a caller sees.
pub fn review(
    facts: &FactSet,
    sight: &Sight,
    inputs: &Inputs,
    question: &Question,
    cadence: Cadence,
) -> Review {
    let scene = Scene::new(facts, sight, inputs, question);
    let asked = |kind: &MetricKind| Question { kind: *kind, ..question.clone() };
    let metrics = cadence.metrics().iter().map(|kind| answer(facts, sight, inputs, &asked(kind))).collect();
    let wins = scene.opportunities().filter(|seen| seen.state.won().is_some_and(|won| scene.has_moment(won)));
    Review {
        metrics,
        loss_reasons: top_reasons(&scene),
        stalled: Pace::measured(facts, scene.as_of).stalled(facts, &scene.sight, scene.as_of),
        wins: wins.map(|seen| Ix::new(seen.place)).collect(),
    }
}
