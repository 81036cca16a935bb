//! What a campaign brought: who answered it, how far they came, and what it earned.

use super::attribution::{Model, Terms, in_force, journey_to, split, weigh};
use super::money::Sum;
use super::question::Inputs;
use super::question::SpendKind;
use super::ratio::Ratio;
use super::scene::{Scene, Seen};
use super::{MetricKind, Question};
use crate::domain::event::EventKind;
use crate::domain::fact::{CampaignFact, FactSet, Ix, Moment, PassFact, Sight};

/// What a campaign brought in a period, over the rows a caller sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignResults {
    /// Responses recorded.
    pub responses: u64,
    /// People who belong to it, whenever they joined.
    pub people: u64,
    /// Times one of them became marketing-qualified.
    pub mqls: u64,
    /// Opportunities created to which a touch of it led.
    pub opportunities: u64,
    /// Its part of what those are worth, in whole units of the question's currency; none without a rate.
    pub pipeline: Option<Ratio>,
    /// Its part of what was won; none without a rate.
    pub revenue: Option<Ratio>,
    /// (revenue − spend) ÷ spend; none where nothing is known to have been spent on it.
    pub return_on_spend: Option<Ratio>,
}

/// The terms by which a campaign is credited where nobody asks for others: those agreed on at the opportunity's close,
/// else the first touch.
fn terms(scene: &Scene<'_>, seen: &Seen<'_>) -> Terms {
    let at = seen.state.closed.map_or(scene.as_of, |closed| closed.at);
    let agreed = || in_force(&scene.inputs.agreements, at).map(|agreement| agreement.terms);
    scene.question.terms.or_else(agreed).unwrap_or(Terms::of(Model::FirstTouch))
}

/// What a campaign brought in the question's period. Spend is what the settings name for the campaign, by days; without
/// any, what its vendor keeps with it.
pub fn campaign_results(
    facts: &FactSet,
    sight: &Sight,
    inputs: &Inputs,
    question: &Question,
    campaign: Ix<CampaignFact>,
) -> CampaignResults {
    let asked = Question { kind: MetricKind::RevenueWon, ..question.clone() };
    let scene = Scene::new(facts, sight, inputs, &asked);
    let mut results = CampaignResults::default();
    for (_, person) in scene.people() {
        if person.campaigns.of(&facts.person_campaigns).contains(&campaign) {
            results.people += 1;
            let mqls = facts.passes_of(person).iter().filter_map(PassFact::mql);
            results.mqls += mqls.filter(|at| scene.has(*at)).count() as u64;
        }
        let touches = facts.touches_of(person).iter();
        let answered =
            touches.filter(|it| it.campaign == Some(campaign) && it.kind == EventKind::CampaignResponded);
        results.responses +=
            answered.filter(|it| scene.has_moment(it.when) && it.when.at <= scene.as_of).count() as u64;
    }
    let (mut created, mut won) = (Sum::default(), Sum::default());
    let (mut pipeline, mut revenue) = (0_i128, 0_i128);
    for seen in scene.opportunities() {
        let is_new = scene.has(seen.row.created_at);
        let is_won = seen.state.won().is_some_and(|at: Moment| scene.has_moment(at));
        if !is_new && !is_won {
            continue;
        }
        let terms = terms(&scene, &seen);
        let journey = journey_to(facts, seen.row, &seen.state, scene.as_of, &terms, question.calendar.zone);
        let of_campaign = |touch: &Ix<_>| facts.touches[Ix::place(*touch)].campaign == Some(campaign);
        if !journey.stops.iter().any(|stop| of_campaign(&stop.touch)) {
            continue;
        }
        let minor = scene.add_amount(if is_new { &mut created } else { &mut won }, &seen);
        let parts = journey.stops.iter().zip(split(minor, &weigh(&journey, &terms)));
        let own: i64 = parts.filter(|(stop, _)| of_campaign(&stop.touch)).map(|(_, part)| part).sum();
        if is_new {
            results.opportunities += 1;
            pipeline += i128::from(own);
        }
        if is_won {
            revenue += i128::from(own);
        }
    }
    let is_known = created.without_rate.is_empty() && won.without_rate.is_empty();
    let known = |minor: i128| is_known.then(|| scene.units(Ratio::whole(minor)));
    (results.pipeline, results.revenue) = (known(pipeline), known(revenue));
    let spend = spent(&scene, campaign);
    results.return_on_spend =
        results.revenue.zip(spend).and_then(|(revenue, spend)| revenue.minus(spend).by(spend));
    results
}

fn spent(scene: &Scene<'_>, campaign: Ix<CampaignFact>) -> Option<Ratio> {
    let mut lines = scene
        .inputs
        .spend
        .iter()
        .filter(|line| line.kind == SpendKind::Marketing && line.campaign == Some(campaign))
        .peekable();
    if lines.peek().is_none() {
        let fact = &scene.facts.campaigns[campaign.place()];
        let day = fact.ends_on.map_or(scene.today, |end| end.min(scene.today));
        let minor = scene.exchange().convert(fact.spend?, day)?;
        return Some(scene.units(Ratio::whole(i128::from(minor))));
    }
    lines.try_fold(Ratio::ZERO, |sum, line| {
        let Some(days) = line.days.shared(scene.question.period) else { return Some(sum) };
        let minor =
            scene.exchange().convert_from(line.minor, &line.currency, line.days.end.min(scene.today))?;
        let share = Ratio::new(i128::from(days.days()), i128::from(line.days.days()))?;
        Some(sum.plus(scene.units(Ratio::whole(i128::from(minor)).times(share))))
    })
}
