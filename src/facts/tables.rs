//! The rows themselves: facts and what lists need beside them, by place.
//!
//! A component's rows are taken out and put in whole. Rows of one component name each other and nobody else's but
//! owners, campaigns and territories, so that its places may be given to others. What rows own in other tables
//! (touches, passes, stages) is appended; what nobody owns any more is swept when it outweighs the rest.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::fact::{AccountFact, FactSet, OpportunityFact, PersonFact, Span, Table};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;

use super::around::Surroundings;
use super::compose::Composed;
use super::keys::{Keys, Row};
use super::line::{AccountLine, OpportunityLine, PersonLine};
use super::putting::Putting;
use super::rules::Rules;

/// Rows that nobody owns are swept when there are more than this, and more than half.
const FEW: usize = 100_000;

/// Where a component's rows are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Places {
    pub(super) people: Box<[u32]>,
    pub(super) accounts: Box<[u32]>,
    pub(super) opportunities: Box<[u32]>,
}

/// Places of rows that were taken out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Free {
    people: Vec<u32>,
    accounts: Vec<u32>,
    opportunities: Vec<u32>,
}

/// The rows, and the places that are free.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) facts: FactSet,
    pub(super) people: Table<Option<Arc<PersonLine>>>,
    pub(super) accounts: Table<Option<Arc<AccountLine>>>,
    pub(super) opportunities: Table<Option<Arc<OpportunityLine>>>,
    pub(super) keys: Keys,
    pub(super) free: Free,
    pub(super) ownerless: usize,
}

impl Tables {
    /// The row a key means.
    pub(super) fn row_of(&self, key: &RecordKey) -> Option<Row> {
        self.keys.get(key, |row| keys_of(row, &self.people, &self.accounts, &self.opportunities))
    }

    /// Takes a component's rows out. Gives the people that were among them, by anchor, with their keys.
    pub(super) fn remove(&mut self, places: &Places) -> Vec<(RecordKey, Arc<PersonLine>)> {
        let mut gone = Vec::with_capacity(places.people.len());
        for place in &places.people {
            let at = *place as usize;
            if let Some(line) = self.people[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Person(*place)));
                gone.push((self.facts.person_keys[at].clone(), line));
            }
            let fact = std::mem::replace(&mut self.facts.people[at], blank_person());
            self.ownerless += fact.passes.len() + fact.periods.len() + fact.touches.len();
            self.free.people.push(*place);
        }
        for place in &places.accounts {
            let at = *place as usize;
            if let Some(line) = self.accounts[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Account(*place)));
            }
            let fact = std::mem::replace(&mut self.facts.accounts[at], blank_account());
            self.ownerless += fact.people.len() + fact.opportunities.len();
            self.free.accounts.push(*place);
        }
        for place in &places.opportunities {
            let at = *place as usize;
            if let Some(line) = self.opportunities[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Opportunity(*place)));
            }
            let fact = std::mem::replace(&mut self.facts.opportunities[at], blank_opportunity());
            self.ownerless += fact.people.len() + fact.stages.len();
            self.free.opportunities.push(*place);
        }
        gone
    }

    /// Puts a component's rows in.
    pub(super) fn insert(&mut self, composed: Composed, around: &mut Surroundings, rules: &Rules) -> Places {
        let places = Places {
            people: composed.people.iter().map(|_| self.place_for_person()).collect(),
            accounts: composed.accounts.iter().map(|_| self.place_for_account()).collect(),
            opportunities: composed.opportunities.iter().map(|_| self.place_for_opportunity()).collect(),
        };
        let mut put = Putting { tables: self, around, rules, places: &places };
        for (nth, account) in composed.accounts.iter().enumerate() {
            put.account(nth, account);
        }
        for (nth, person) in composed.people.iter().enumerate() {
            put.person(nth, person);
        }
        for (nth, opportunity) in composed.opportunities.iter().enumerate() {
            put.opportunity(nth, opportunity);
        }
        for (nth, person) in composed.people.into_iter().enumerate() {
            let place = places.people[nth];
            person.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Person(place)));
            self.people[place as usize] = Some(Arc::new(person.line));
        }
        for (nth, account) in composed.accounts.into_iter().enumerate() {
            let place = places.accounts[nth];
            account.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Account(place)));
            self.accounts[place as usize] = Some(Arc::new(account.line));
        }
        for (nth, opportunity) in composed.opportunities.into_iter().enumerate() {
            let place = places.opportunities[nth];
            opportunity.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Opportunity(place)));
            self.opportunities[place as usize] = Some(Arc::new(opportunity.line));
        }
        places
    }

    /// Sweeps out what nobody owns, once there is enough of it.
    pub(super) fn sweep(&mut self) {
        let facts = &mut self.facts;
        let owned = facts.touches.len() + facts.periods.len() + facts.passes.len() + facts.stages.len();
        if self.ownerless < FEW || self.ownerless * 2 < owned {
            return;
        }
        self.ownerless = 0;
        let old = facts.clone();
        facts.passes = Table::default();
        facts.periods = Table::default();
        facts.touches = Table::default();
        facts.person_opportunities = Table::default();
        facts.person_campaigns = Table::default();
        for person in facts.people.iter_mut() {
            person.passes = facts.passes.append_of(person.passes, &old.passes);
            person.periods = facts.periods.append_of(person.periods, &old.periods);
            person.touches = facts.touches.append_of(person.touches, &old.touches);
            person.opportunities =
                facts.person_opportunities.append_of(person.opportunities, &old.person_opportunities);
            person.campaigns = facts.person_campaigns.append_of(person.campaigns, &old.person_campaigns);
        }
        facts.opportunity_people = Table::default();
        facts.stages = Table::default();
        for opportunity in facts.opportunities.iter_mut() {
            opportunity.people =
                facts.opportunity_people.append_of(opportunity.people, &old.opportunity_people);
            opportunity.stages = facts.stages.append_of(opportunity.stages, &old.stages);
        }
        facts.account_people = Table::default();
        facts.account_opportunities = Table::default();
        for account in facts.accounts.iter_mut() {
            account.people = facts.account_people.append_of(account.people, &old.account_people);
            account.opportunities =
                facts.account_opportunities.append_of(account.opportunities, &old.account_opportunities);
        }
    }

    fn place_for_person(&mut self) -> u32 {
        self.free.people.pop().unwrap_or_else(|| {
            self.facts.people.push(blank_person());
            self.facts.person_keys.push(nobody());
            self.people.push(None);
            place_of_last(self.people.len())
        })
    }

    fn place_for_account(&mut self) -> u32 {
        self.free.accounts.pop().unwrap_or_else(|| {
            self.facts.accounts.push(blank_account());
            self.facts.account_keys.push(nobody());
            self.accounts.push(None);
            place_of_last(self.accounts.len())
        })
    }

    fn place_for_opportunity(&mut self) -> u32 {
        self.free.opportunities.pop().unwrap_or_else(|| {
            self.facts.opportunities.push(blank_opportunity());
            self.facts.opportunity_keys.push(nobody());
            self.opportunities.push(None);
            place_of_last(self.opportunities.len())
        })
    }
}

/// The keys of a row.
pub(super) fn keys_of<'r>(
    row: Row,
    people: &'r Table<Option<Arc<PersonLine>>>,
    accounts: &'r Table<Option<Arc<AccountLine>>>,
    opportunities: &'r Table<Option<Arc<OpportunityLine>>>,
) -> &'r [RecordKey] {
    let keys = match row {
        Row::Person(place) => people[place as usize].as_deref().map(|line| &*line.keys),
        Row::Account(place) => accounts[place as usize].as_deref().map(|line| &*line.keys),
        Row::Opportunity(place) => opportunities[place as usize].as_deref().map(|line| &*line.keys),
    };
    keys.unwrap_or_default()
}

fn place_of_last(rows: usize) -> u32 {
    u32::try_from(rows - 1).expect("a table holds fewer than 2^32 rows")
}

/// The key of a free place.
fn nobody() -> RecordKey {
    RecordKey::new(&SourceName::new(""), "", "")
}

fn blank_person() -> PersonFact {
    PersonFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        first_touch: None,
        last_engaged_at: None,
        first_sales_activity_at: None,
        account: None,
        owner: None,
        territory: None,
        lead_source: None,
        industry: None,
        passes: Span::EMPTY,
        periods: Span::EMPTY,
        touches: Span::EMPTY,
        opportunities: Span::EMPTY,
        campaigns: Span::EMPTY,
        channel: Channel::Unknown,
        is_marketing: false,
        stage: None,
        company_size: None,
    }
}

fn blank_account() -> AccountFact {
    AccountFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        name: None,
        industry: None,
        owner: None,
        territory: None,
        people: Span::EMPTY,
        opportunities: Span::EMPTY,
        company_size: None,
        is_target: false,
    }
}

fn blank_opportunity() -> OpportunityFact {
    OpportunityFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        closed: None,
        close_date: None,
        stage_entered_at: None,
        first_sales_activity_at: None,
        amount: None,
        account: None,
        owner: None,
        territory: None,
        lead: None,
        name: None,
        pipeline: None,
        stage: None,
        loss_reason: None,
        lead_source: None,
        product: None,
        people: Span::EMPTY,
        stages: Span::EMPTY,
        probability: None,
        category: StageCategory::Omitted,
        channel: Channel::Unknown,
        is_marketing: false,
    }
}
