//! One number for each value of a dimension, in the same pass: every row knows the slots it is counted in.

use super::question::Filter;
use crate::domain::fact::{
    Bits, CampaignFact, CompanySize, FactSet, Ix, OpportunityFact, OwnerFact, PersonFact, Sight, TeamFact,
    TerritoryFact, Text, TouchFact,
};
use crate::domain::lead_source::Channel;

/// By what a number is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Dimension {
    Channel,
    LeadSource,
    /// A person counts in each of its campaigns, an opportunity in each campaign of the person it came from.
    Campaign,
    Owner,
    Team,
    Territory,
    Region,
    Industry,
    CompanySize,
    /// Of opportunities; a person counts nowhere.
    Product,
}

/// One value of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name is the dimension's")]
pub enum Key {
    Channel(Channel),
    Text(Text),
    Campaign(Ix<CampaignFact>),
    Owner(Ix<OwnerFact>),
    Team(Ix<TeamFact>),
    Territory(Ix<TerritoryFact>),
    CompanySize(CompanySize),
    /// Rows that have no value.
    None,
}

/// In which slots rows are counted.
pub struct Slots {
    keys: Vec<Key>,
    dimension: Option<Dimension>,
    people: Of,
    opportunities: Of,
    /// The slot of each possible value of the dimension.
    of_value: Vec<u32>,
}

enum Of {
    One,
    Each(Vec<u32>),
    Many { starts: Vec<u32>, slots: Vec<u32> },
}

impl Of {
    fn slots(&self, place: usize) -> &[u32] {
        match self {
            Self::One => &[0],
            Self::Each(slots) => std::slice::from_ref(&slots[place]),
            Self::Many { starts, slots } => &slots[starts[place] as usize..starts[place + 1] as usize],
        }
    }
}

impl Slots {
    /// One slot for everything.
    pub fn one() -> Self {
        Self {
            keys: vec![Key::None],
            dimension: None,
            people: Of::One,
            opportunities: Of::One,
            of_value: Vec::new(),
        }
    }

    /// A slot for each value of a dimension that a row has, and one for rows without a value.
    pub fn by(dimension: Dimension, facts: &FactSet) -> Self {
        let mut slots = Self {
            keys: vec![Key::None],
            dimension: Some(dimension),
            people: Of::One,
            opportunities: Of::One,
            of_value: vec![0; values(dimension, facts) + 1],
        };
        if dimension == Dimension::Campaign {
            slots.many_campaigns(facts);
            slots.add_those_of_touches(facts);
            return slots;
        }
        let people = facts.people.iter().map(|person| slots.slot(person_key(dimension, facts, person)));
        let people = people.collect();
        let opportunities = facts.opportunities.iter();
        let opportunities =
            opportunities.map(|one| slots.slot(opportunity_key(dimension, facts, one))).collect();
        (slots.people, slots.opportunities) = (Of::Each(people), Of::Each(opportunities));
        if dimension == Dimension::Channel {
            slots.add_those_of_touches(facts);
        }
        slots
    }

    /// Channels and campaigns of touches that may earn credit, though no person and no opportunity has them.
    fn add_those_of_touches(&mut self, facts: &FactSet) {
        for touch in facts.touches.iter().filter(|touch| touch.is_eligible) {
            match self.dimension {
                Some(Dimension::Channel) => _ = self.slot(Key::Channel(touch.channel)),
                Some(Dimension::Campaign) => {
                    touch.campaign.into_iter().for_each(|one| _ = self.slot(Key::Campaign(one)));
                }
                _ => {}
            }
        }
    }

    fn many_campaigns(&mut self, facts: &FactSet) {
        let none = facts.campaigns.len();
        let mut add = |slots: &mut Vec<u32>, person: Option<&PersonFact>| {
            let campaigns = person.map_or(&[][..], |person| person.campaigns.of(&facts.person_campaigns));
            if campaigns.is_empty() {
                slots.push(self.of_value[none]);
            }
            for campaign in campaigns {
                let slot = self.slot(Key::Campaign(*campaign));
                slots.push(slot);
            }
        };
        let (mut starts, mut slots) = (vec![0], Vec::new());
        for person in facts.people.iter() {
            add(&mut slots, Some(person));
            starts.push(slots.len() as u32);
        }
        let people = Of::Many { starts, slots };
        let (mut starts, mut slots) = (vec![0], Vec::new());
        for opportunity in facts.opportunities.iter() {
            add(&mut slots, opportunity.lead.map(|lead| &facts.people[lead.place()]));
            starts.push(slots.len() as u32);
        }
        (self.people, self.opportunities) = (people, Of::Many { starts, slots });
    }

    /// The slot of a value, which gets one when it is first met.
    fn slot(&mut self, key: Key) -> u32 {
        let Some(value) = value(key) else { return 0 };
        if self.of_value[value] == 0 {
            self.of_value[value] = self.keys.len() as u32;
            self.keys.push(key);
        }
        self.of_value[value]
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True without a slot; there is always one.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The value each slot is for.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// By what the number is divided; none for one slot.
    pub fn dimension(&self) -> Option<Dimension> {
        self.dimension
    }

    /// The slots a person is counted in.
    pub fn of_person(&self, place: usize) -> &[u32] {
        self.people.slots(place)
    }

    /// The slots an opportunity is counted in.
    pub fn of_opportunity(&self, place: usize) -> &[u32] {
        self.opportunities.slots(place)
    }

    /// The slots what a touch earned is counted in: its own channel or campaign, its person's lead source, and for
    /// every other dimension those of the opportunity it earned it for.
    pub fn of_touch(&self, touch: &TouchFact, opportunity: usize) -> &[u32] {
        let value = match self.dimension {
            Some(Dimension::Channel) => value(Key::Channel(touch.channel)),
            Some(Dimension::Campaign) => touch.campaign.and_then(|one| value(Key::Campaign(one))),
            Some(Dimension::LeadSource) => return self.of_person(touch.person.place()),
            _ => return self.of_opportunity(opportunity),
        };
        value.map_or(&[0], |value| std::slice::from_ref(&self.of_value[value]))
    }
}

fn values(dimension: Dimension, facts: &FactSet) -> usize {
    match dimension {
        Dimension::Channel => Channel::ALL.len(),
        Dimension::LeadSource | Dimension::Region | Dimension::Industry | Dimension::Product => {
            facts.texts.len()
        }
        Dimension::Campaign => facts.campaigns.len(),
        Dimension::Owner => facts.owners.len(),
        Dimension::Team => facts.teams.len(),
        Dimension::Territory => facts.territories.len(),
        Dimension::CompanySize => CompanySize::ALL.len(),
    }
}

fn value(key: Key) -> Option<usize> {
    Some(match key {
        Key::Channel(channel) => channel as usize,
        Key::Text(text) => text.place(),
        Key::Campaign(campaign) => campaign.place(),
        Key::Owner(owner) => owner.place(),
        Key::Team(team) => team.place(),
        Key::Territory(territory) => territory.place(),
        Key::CompanySize(size) => size as usize,
        Key::None => return None,
    })
}

fn owned(dimension: Dimension, facts: &FactSet, owner: Option<Ix<OwnerFact>>) -> Key {
    match (dimension, owner) {
        (Dimension::Owner, Some(owner)) => Key::Owner(owner),
        (_, Some(owner)) => facts.owners[owner.place()].team.map_or(Key::None, Key::Team),
        (_, None) => Key::None,
    }
}

fn placed(dimension: Dimension, facts: &FactSet, territory: Option<Ix<TerritoryFact>>) -> Key {
    match (dimension, territory) {
        (Dimension::Territory, Some(territory)) => Key::Territory(territory),
        (_, Some(territory)) => facts.territories[territory.place()].region.map_or(Key::None, Key::Text),
        (_, None) => Key::None,
    }
}

fn person_key(dimension: Dimension, facts: &FactSet, person: &PersonFact) -> Key {
    match dimension {
        Dimension::Channel => Key::Channel(person.channel),
        Dimension::LeadSource => person.lead_source.map_or(Key::None, Key::Text),
        Dimension::Owner | Dimension::Team => owned(dimension, facts, person.owner),
        Dimension::Territory | Dimension::Region => placed(dimension, facts, person.territory),
        Dimension::Industry => person.industry.map_or(Key::None, Key::Text),
        Dimension::CompanySize => person.company_size.map_or(Key::None, Key::CompanySize),
        Dimension::Campaign | Dimension::Product => Key::None,
    }
}

fn opportunity_key(dimension: Dimension, facts: &FactSet, opportunity: &OpportunityFact) -> Key {
    let account = opportunity.account.map(|account| &facts.accounts[account.place()]);
    let lead = opportunity.lead.map(|lead| &facts.people[lead.place()]);
    match dimension {
        Dimension::Channel => Key::Channel(opportunity.channel),
        Dimension::LeadSource => opportunity.lead_source.map_or(Key::None, Key::Text),
        Dimension::Owner | Dimension::Team => owned(dimension, facts, opportunity.owner),
        Dimension::Territory | Dimension::Region => placed(dimension, facts, opportunity.territory),
        Dimension::Industry => account
            .and_then(|account| account.industry)
            .or(lead.and_then(|lead| lead.industry))
            .map_or(Key::None, Key::Text),
        Dimension::CompanySize => account
            .and_then(|account| account.company_size)
            .or(lead.and_then(|lead| lead.company_size))
            .map_or(Key::None, Key::CompanySize),
        Dimension::Product => opportunity.product.map_or(Key::None, Key::Text),
        Dimension::Campaign => Key::None,
    }
}

/// The rows of a sight that a filter admits.
pub fn admitted(facts: &FactSet, sight: &Sight, filter: &Filter) -> Sight {
    let owners = filter.owners.as_ref().map(|owners| set(facts.owners.len(), owners));
    let teams = filter.teams.as_ref().map(|teams| set(facts.teams.len(), teams));
    let campaigns = filter.campaigns.as_ref().map(|campaigns| set(facts.campaigns.len(), campaigns));
    let territories = filter.territories.as_ref().map(|roots| beneath(facts, roots));
    let is_owned = |owner: Option<Ix<OwnerFact>>| {
        owners.as_ref().is_none_or(|set| owner.is_some_and(|owner| set.holds(owner)))
            && teams.as_ref().is_none_or(|set| {
                let team = owner.and_then(|owner| facts.owners[owner.place()].team);
                team.is_some_and(|team| set.holds(team))
            })
    };
    let is_placed = |place: Option<Ix<TerritoryFact>>| {
        territories.as_ref().is_none_or(|set| place.is_some_and(|place| set.holds(place)))
    };
    let is_through =
        |channel: Channel| filter.channels.as_ref().is_none_or(|channels| channels.contains(&channel));
    let is_member = |person: &PersonFact| {
        campaigns.as_ref().is_none_or(|set| {
            person.campaigns.of(&facts.person_campaigns).iter().any(|campaign| set.holds(*campaign))
        })
    };
    let people = Bits::from_fn(facts.people.len(), |place| {
        let person = &facts.people[place];
        sight.people.has(place)
            && is_owned(person.owner)
            && is_placed(person.territory)
            && is_through(person.channel)
            && is_member(person)
    });
    let opportunities = Bits::from_fn(facts.opportunities.len(), |place| {
        let opportunity = &facts.opportunities[place];
        sight.opportunities.has(place)
            && is_owned(opportunity.owner)
            && is_placed(opportunity.territory)
            && is_through(opportunity.channel)
            && (campaigns.is_none()
                || opportunity
                    .lead
                    .iter()
                    .chain(facts.people_of(opportunity))
                    .any(|person| is_member(&facts.people[person.place()])))
    });
    Sight { people, opportunities }
}

fn set<T>(len: usize, rows: &[Ix<T>]) -> Bits {
    let mut bits = Bits::none(len);
    for row in rows {
        bits.insert(row.place());
    }
    bits
}

/// Territories and all that are part of them.
fn beneath(facts: &FactSet, roots: &[Ix<TerritoryFact>]) -> Bits {
    let mut found = set(facts.territories.len(), roots);
    loop {
        let before = found.count();
        for (place, territory) in facts.territories.iter().enumerate() {
            if territory.parent.is_some_and(|parent| found.holds(parent)) {
                found.insert(place);
            }
        }
        if found.count() == before {
            return found;
        }
    }
}
