//! What marketing and sales cost in a period. Source: domain guide §6, M5 and M17.

use super::answer::{Answer, DataWarning};
use super::question::SpendKind;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::{Dimension, Key, Slots};

/// Costs of one slot, in whole units of the question's currency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spend {
    pub(super) marketing: Option<Ratio>,
    pub(super) sales: Option<Ratio>,
    without_rate: bool,
    undivided: bool,
}

/// Costs of each slot: a line counts with the share of its days that lies in the period, by the rate of its last day,
/// or of the as-of day if that is earlier. A filter or a dimension of channels or campaigns takes the lines that name
/// them; any other leaves costs unknown, because no line says whose they are.
pub(super) fn spend(scene: &Scene<'_>, slots: &Slots) -> Vec<Spend> {
    let filter = &scene.question.filter;
    let is_divided = filter.owners.is_none()
        && filter.teams.is_none()
        && filter.territories.is_none()
        && matches!(slots.dimension(), None | Some(Dimension::Channel | Dimension::Campaign));
    let of_slot = slots.keys().iter().map(|key| {
        let mut spend = Spend { marketing: None, sales: None, without_rate: false, undivided: !is_divided };
        for line in scene.inputs.spend.iter().filter(|_| is_divided) {
            let channel =
                line.channel.or(line.campaign.map(|one| scene.facts.campaigns[one.place()].channel));
            let is_admitted =
                filter.channels.as_ref().is_none_or(|all| channel.is_some_and(|one| all.contains(&one)))
                    && filter
                        .campaigns
                        .as_ref()
                        .is_none_or(|all| line.campaign.is_some_and(|one| all.contains(&one)));
            let is_here = match (slots.dimension(), key) {
                (Some(Dimension::Channel), key) => channel.map_or(Key::None, Key::Channel) == *key,
                (Some(Dimension::Campaign), key) => line.campaign.map_or(Key::None, Key::Campaign) == *key,
                _ => true,
            };
            let Some(days) = line.days.shared(scene.question.period).filter(|_| is_admitted && is_here)
            else {
                continue;
            };
            let Some(minor) =
                scene.exchange().convert_from(line.minor, &line.currency, line.days.end.min(scene.today))
            else {
                spend.without_rate = true;
                continue;
            };
            let share = Ratio::new(i128::from(days.days()), i128::from(line.days.days()));
            let part = scene.units(Ratio::whole(i128::from(minor)).times(share.unwrap_or(Ratio::ZERO)));
            let sum = match line.kind {
                SpendKind::Marketing => &mut spend.marketing,
                SpendKind::Sales => &mut spend.sales,
            };
            *sum = Some(sum.unwrap_or(Ratio::ZERO).plus(part));
        }
        spend
    });
    of_slot.collect()
}

impl Spend {
    /// The answer without a number, for want of costs, and why.
    pub(super) fn unknown(self, scene: &Scene<'_>) -> Answer {
        let (code, message) = if self.without_rate {
            ("NO_RATE", "A cost is in a currency without a rate on its day.")
        } else if self.undivided {
            ("COST_NOT_DIVIDED", "Costs are known by channel and campaign, not in this division.")
        } else {
            ("NO_COST", "The settings name no cost for this period.")
        };
        let mut answer = scene.blank();
        answer.warnings.push(DataWarning {
            code,
            message: message.to_owned(),
            count: 0,
            examples: Vec::new(),
        });
        answer
    }

    /// Marketing's spend, where it is known wholly.
    pub(super) fn marketing(self) -> Option<Ratio> {
        self.marketing.filter(|_| !self.without_rate)
    }

    /// Marketing's spend and the cost of sales, where both are known wholly.
    pub(super) fn loaded(self) -> Option<Ratio> {
        Some(self.marketing()?.plus(self.sales?))
    }
}
