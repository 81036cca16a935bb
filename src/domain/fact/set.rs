//! All facts of one instant.

use chrono::{DateTime, Utc};

use super::super::id::RecordKey;
use super::super::opportunity::StageCategory;
use super::{
    AccountFact, CampaignFact, Currency, Ix, LifecyclePeriodFact, Moment, OpportunityFact,
    OpportunityStageFact, OpportunityState, OwnerFact, PassFact, PersonFact, Table, TeamFact, TerritoryFact,
    Texts, TouchFact,
};

/// All facts as they were known at one instant.
#[derive(Clone, Debug, Default)]
pub struct FactSet {
    /// The instant the rows speak of: nothing in them is later, and "now" means this.
    pub as_of: DateTime<Utc>,
    /// Text that rows share.
    pub texts: Texts,
    /// Currencies of amounts.
    pub currencies: Vec<Currency>,
    /// People.
    pub people: Table<PersonFact>,
    /// The anchor key of each person.
    pub person_keys: Table<RecordKey>,
    /// Funnel passes, those of a person together and in order.
    pub passes: Table<PassFact>,
    /// Lifecycle periods, those of a person together and in order.
    pub periods: Table<LifecyclePeriodFact>,
    /// Touches, those of a person together and in order.
    pub touches: Table<TouchFact>,
    /// Opportunities of people, those of a person together.
    pub person_opportunities: Table<Ix<OpportunityFact>>,
    /// Campaigns of people, those of a person together.
    pub person_campaigns: Table<Ix<CampaignFact>>,
    /// Opportunities.
    pub opportunities: Table<OpportunityFact>,
    /// The anchor key of each opportunity.
    pub opportunity_keys: Table<RecordKey>,
    /// Contacts of opportunities, those of an opportunity together, the primary one first.
    pub opportunity_people: Table<Ix<PersonFact>>,
    /// Stages of opportunities, those of an opportunity together and in order.
    pub stages: Table<OpportunityStageFact>,
    /// Accounts.
    pub accounts: Table<AccountFact>,
    /// The anchor key of each account.
    pub account_keys: Table<RecordKey>,
    /// People of accounts, those of an account together.
    pub account_people: Table<Ix<PersonFact>>,
    /// Opportunities of accounts, those of an account together.
    pub account_opportunities: Table<Ix<OpportunityFact>>,
    /// Campaigns.
    pub campaigns: Vec<CampaignFact>,
    /// The anchor key of each campaign.
    pub campaign_keys: Table<RecordKey>,
    /// Users and queues that own rows.
    pub owners: Vec<OwnerFact>,
    /// The first key of each owner.
    pub owner_keys: Table<RecordKey>,
    /// Teams of the settings.
    pub teams: Vec<TeamFact>,
    /// Territories of the settings.
    pub territories: Vec<TerritoryFact>,
}

impl FactSet {
    /// The passes of a person.
    pub fn passes_of(&self, person: &PersonFact) -> &[PassFact] {
        person.passes.of(&self.passes)
    }

    /// The lifecycle periods of a person.
    pub fn periods_of(&self, person: &PersonFact) -> &[LifecyclePeriodFact] {
        person.periods.of(&self.periods)
    }

    /// The touches of a person.
    pub fn touches_of(&self, person: &PersonFact) -> &[TouchFact] {
        person.touches.of(&self.touches)
    }

    /// The opportunities a person is a contact of, and those that came from it.
    pub fn opportunities_of(&self, person: &PersonFact) -> &[Ix<OpportunityFact>] {
        person.opportunities.of(&self.person_opportunities)
    }

    /// The stages an opportunity went through.
    pub fn stages_of(&self, opportunity: &OpportunityFact) -> &[OpportunityStageFact] {
        opportunity.stages.of(&self.stages)
    }

    /// The people whose touches count for an opportunity: its contacts; without contact roles, the people of its
    /// account; without an account, the person it came from. Source: domain guide §7.
    pub fn people_of<'a>(&'a self, opportunity: &'a OpportunityFact) -> &'a [Ix<PersonFact>] {
        let contacts = opportunity.people.of(&self.opportunity_people);
        if !contacts.is_empty() {
            return contacts;
        }
        match opportunity.account {
            Some(account) => self.accounts[account.place()].people.of(&self.account_people),
            None => opportunity.lead.as_slice(),
        }
    }

    /// An opportunity as it stood at an instant; none before it was created. What its history does not tell is
    /// taken from its present.
    pub fn opportunity_at(
        &self,
        opportunity: &OpportunityFact,
        at: DateTime<Utc>,
    ) -> Option<OpportunityState> {
        if opportunity.created_at > at {
            return None;
        }
        let mut state = OpportunityState {
            category: opportunity.category,
            closed: opportunity.closed,
            close_date: opportunity.close_date,
            amount: opportunity.amount,
            probability: opportunity.probability,
            stage: opportunity.stage,
            stage_entered_at: opportunity.stage_entered_at,
        };
        let rows = self.stages_of(opportunity);
        let past = &rows[..rows.partition_point(|row| row.entered_at <= at)];
        let Some(row) = past.last().filter(|_| at < self.as_of) else {
            if at < self.as_of && state.closed.is_some_and(|closed| closed.at > at) {
                (state.category, state.closed) = (StageCategory::Open, None);
            }
            return Some(state);
        };
        if past.len() == rows.len() {
            return Some(state);
        }
        state.category = row.category;
        state.closed = match row.category {
            StageCategory::Won | StageCategory::Lost => Some(
                opportunity
                    .closed
                    .filter(|_| row.category == opportunity.category)
                    .unwrap_or(Moment::instant(row.entered_at)),
            ),
            StageCategory::Open | StageCategory::Omitted => None,
        };
        state.stage = Some(row.stage);
        state.stage_entered_at =
            past.iter().rev().find(|row| row.is_entry).map(|row| row.entered_at).or(Some(row.entered_at));
        state.amount = past.iter().rev().find_map(|row| row.amount).or(state.amount);
        state.probability = past.iter().rev().find_map(|row| row.probability).or(state.probability);
        state.close_date = past.iter().rev().find_map(|row| row.close_date).or(state.close_date);
        Some(state)
    }
}
