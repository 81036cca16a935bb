//! Which rows exist for a view: the same questions the live path asks, over all rows at once.

use std::collections::HashMap;

use crate::domain::fact::{Bits, FactSet, Ix, OpportunityFact, OwnerFact, Sight};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::StageCategory;
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{AccountRow, OpportunityRow, PersonRow, View};

use super::snapshot::Snapshot;

/// Rows that exist for a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    /// People and opportunities: what metrics count.
    pub sight: Sight,
    /// Accounts.
    pub accounts: Bits,
    /// Campaigns.
    pub campaigns: Bits,
}

impl Visible {
    pub(super) fn of(snapshot: &Snapshot, view: &View) -> Self {
        let asking = Asking { snapshot, facts: &snapshot.facts, view };
        Self {
            sight: Sight { people: asking.people(), opportunities: asking.opportunities() },
            accounts: asking.accounts(),
            campaigns: Bits::from_fn(snapshot.campaigns.len(), |place| {
                let campaign = &snapshot.campaigns[place];
                campaign.is_known && view.sees_campaign(&campaign.keys)
            }),
        }
    }
}

struct Asking<'a> {
    snapshot: &'a Snapshot,
    facts: &'a FactSet,
    view: &'a View,
}

impl<'a> Asking<'a> {
    fn people(&self) -> Bits {
        let needs = self.view.people_need();
        // Where campaigns do not matter, equal owners and places are seen alike.
        let mut known: HashMap<(Option<Ix<OwnerFact>>, &Place), bool> = HashMap::new();
        Bits::from_fn(self.snapshot.people.len(), |nth| {
            let Some(line) = &self.snapshot.people[nth] else { return false };
            let owner = self.facts.people[nth].owner;
            let see = |campaigns: &[RecordKey]| {
                let row = PersonRow { owner: self.owner(owner), place: Some(&line.place), campaigns };
                self.view.sees_person(&row)
            };
            if needs.campaigns {
                return see(&self.campaigns_of(nth));
            }
            if !needs.owner && !needs.place {
                return *known.entry((None, &line.place)).or_insert_with(|| see(&[]));
            }
            *known.entry((owner, &line.place)).or_insert_with(|| see(&[]))
        })
    }

    fn accounts(&self) -> Bits {
        Bits::from_fn(self.snapshot.accounts.len(), |nth| {
            let Some(line) = &self.snapshot.accounts[nth] else { return false };
            let team = self.team_of(nth);
            let row = AccountRow {
                owner: self.owner(self.facts.accounts[nth].owner),
                team: &team,
                place: Some(&line.place),
            };
            self.view.sees_account(&row)
        })
    }

    fn opportunities(&self) -> Bits {
        let needs = self.view.opportunities_need();
        let nowhere = Place::default();
        Bits::from_fn(self.snapshot.opportunities.len(), |nth| {
            if self.snapshot.opportunities[nth].is_none() {
                return false;
            }
            let fact: &OpportunityFact = &self.facts.opportunities[nth];
            let account = fact.account.map(Ix::place);
            let line = account.and_then(|account| self.snapshot.accounts[account].as_ref());
            let mut account_team = Vec::new();
            if let Some(account) = account.filter(|_| needs.account_team) {
                account_team = self.team_of(account);
                account_team.extend(self.owner(self.facts.accounts[account].owner).cloned());
            }
            self.view.sees_opportunity(&OpportunityRow {
                owner: self.owner(fact.owner),
                account_team: &account_team,
                place: Some(line.map_or(&nowhere, |line| &line.place)),
            })
        })
    }

    /// Owners of the open opportunities of an account.
    fn team_of(&self, account: usize) -> Vec<Owner> {
        if !self.view.accounts_need().account_team && !self.view.opportunities_need().account_team {
            return Vec::new();
        }
        let own = self.facts.accounts[account].opportunities.of(&self.facts.account_opportunities);
        let open = own.iter().map(|ix| &self.facts.opportunities[ix.place()]);
        let open = open.filter(|opportunity| opportunity.category == StageCategory::Open);
        open.filter_map(|opportunity| self.owner(opportunity.owner).cloned()).collect()
    }

    fn owner(&self, owner: Option<Ix<OwnerFact>>) -> Option<&'a Owner> {
        owner.map(|owner| &self.snapshot.owners[owner.place()])
    }

    fn campaigns_of(&self, person: usize) -> Vec<RecordKey> {
        let own = self.facts.people[person].campaigns.of(&self.facts.person_campaigns);
        own.iter().flat_map(|ix| self.snapshot.campaigns[ix.place()].keys.iter().cloned()).collect()
    }
}
