//! What the company knows beside its records, as the settings name it: before anything of it has a place among facts.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::attribution::Agreement;
use super::money::Rates;
use super::period::Period;
use super::question::{Inputs, MetricKind, SpendKind, SpendLine, Target, Whose};
use crate::domain::fact::{CampaignFact, Currency, FactSet, Ix, OwnerFact};
use crate::domain::id::SourceName;
use crate::domain::lead_source::Channel;

/// Rates, costs, targets and agreements by name.
#[derive(Clone, Debug)]
pub struct Books {
    /// Dated exchange rates into the home currency.
    pub rates: Rates,
    /// What marketing and sales cost.
    pub spend: Vec<SpendEntry>,
    /// What is to be reached.
    pub targets: Vec<TargetEntry>,
    /// Attribution agreements, oldest first.
    pub agreements: Vec<Agreement>,
}

/// A cost of some days.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendEntry {
    /// Whose cost.
    pub kind: SpendKind,
    /// Over which days it is spread.
    pub days: Period,
    /// How much.
    pub amount: Decimal,
    /// ISO 4217 code.
    pub currency: Arc<str>,
    /// For which channel.
    pub channel: Option<Channel>,
    /// For which campaign: a source and the vendor's id.
    pub campaign: Option<(SourceName, Arc<str>)>,
}

/// What is to be won in some days, in the home currency.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetEntry {
    /// From the first day to the last.
    pub days: Period,
    /// How much.
    pub amount: Decimal,
    /// Who is to win it.
    pub whose: NamedWhose,
}

/// Who is to reach a target, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedWhose {
    /// Everybody together.
    Company,
    /// One seller: an address or `source:id`.
    Owner(Arc<str>),
    /// A team by its key in the settings.
    Team(Arc<str>),
}

impl Books {
    /// Nothing but the home currency.
    pub fn new(home: &str) -> Self {
        Self { rates: Rates::new(home), spend: Vec::new(), targets: Vec::new(), agreements: Vec::new() }
    }

    /// The same with every name in its place among these facts. A campaign nobody captured leaves its cost with the
    /// company; a target of somebody nobody knows is left out.
    pub fn inputs(
        &self,
        facts: &FactSet,
        campaign: impl Fn(&SourceName, &str) -> Option<Ix<CampaignFact>>,
        owner: impl Fn(&str) -> Option<Ix<OwnerFact>>,
    ) -> Inputs {
        let spend = self.spend.iter().filter_map(|entry| {
            let currency = Currency::new(&entry.currency);
            Some(SpendLine {
                kind: entry.kind,
                days: entry.days,
                minor: currency.minor(entry.amount)?,
                currency,
                channel: entry.channel,
                campaign: entry.campaign.as_ref().and_then(|(source, id)| campaign(source, id)),
            })
        });
        let whose = |named: &NamedWhose| match named {
            NamedWhose::Company => Some(Whose::Company),
            NamedWhose::Owner(name) => owner(name).map(Whose::Owner),
            NamedWhose::Team(key) => {
                let place = facts.teams.iter().position(|team| facts.texts.text(team.key) == key);
                place.map(|place| Whose::Team(Ix::new(place)))
            }
        };
        let targets = self.targets.iter().filter_map(|entry| {
            Some(Target {
                kind: MetricKind::RevenueWon,
                start: entry.days.start,
                end: entry.days.end,
                value: entry.amount,
                whose: whose(&entry.whose)?,
            })
        });
        Inputs {
            rates: self.rates.clone(),
            spend: spend.collect(),
            targets: targets.collect(),
            agreements: self.agreements.clone(),
        }
    }
}
