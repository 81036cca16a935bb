//! What is not of one component but of everybody: users, campaigns, pipelines.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;

use crate::domain::campaign::CampaignRecord;
use crate::domain::fact::{CampaignFact, FactSet, Ix, OwnerFact, Table, TeamFact, TerritoryFact};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::Pipeline;
use crate::domain::territory::{Company, Owner};
use crate::domain::user::UserRecord;
use crate::ledger::entry::{CapturedRecord, Recorded};
use crate::unify::directory::Directory;
use crate::unify::merge::same::Same;

use super::checkpoint::{FrameReader, FrameWriter};
use super::line::CampaignLine;
use super::material::Seen;
use super::putting::money;
use super::rules::Rules;

/// Users, campaigns and pipelines, and their places among the facts. A place once given stays.
#[derive(Default)]
pub(super) struct Surroundings {
    users: BTreeMap<RecordKey, Arc<UserRecord>>,
    campaign_records: BTreeMap<RecordKey, (Arc<CampaignRecord>, Seen)>,
    pipeline_records: BTreeMap<RecordKey, Arc<Pipeline>>,
    directory: Directory,
    same_users: Same,
    all_pipelines: Vec<Arc<Pipeline>>,
    owners: Vec<(RecordKey, Owner)>,
    owner_of: HashMap<(SourceName, Arc<str>), usize>,
    campaigns: Vec<RecordKey>,
    campaign_of: HashMap<(SourceName, Arc<str>), usize>,
    is_stale: bool,
}

impl Surroundings {
    /// Takes note of a record; false for a kind that belongs to a component.
    pub(super) fn note(&mut self, recorded: &Recorded) -> bool {
        let key = recorded.key.clone();
        let is_here = recorded.is_live();
        match &recorded.record {
            CapturedRecord::User(user) => {
                self.users.insert(key, user.clone());
                self.is_stale = true;
            }
            CapturedRecord::Campaign(campaign) if is_here => {
                let seen = Seen { sequence: recorded.sequence, at: recorded.observed_at };
                self.campaign_records.insert(key, (campaign.clone(), seen));
            }
            CapturedRecord::Campaign(_) => {
                self.campaign_records.remove(&key);
            }
            CapturedRecord::Pipeline(pipeline) => {
                self.pipeline_records.insert(key, pipeline.clone());
                self.is_stale = true;
            }
            _ => return false,
        }
        true
    }

    /// Forgets a record that was erased.
    pub(super) fn forget(&mut self, key: &RecordKey) {
        self.is_stale |= self.users.remove(key).is_some();
        self.campaign_records.remove(key);
    }

    /// Brings directory and pipelines up to what was noted. True when rows that were made before may now be made
    /// otherwise: somebody who owns something is somebody else, or a stage means something else.
    pub(super) fn settle(&mut self, rules: &Rules) -> bool {
        if !std::mem::take(&mut self.is_stale) {
            return false;
        }
        let users_before = std::mem::take(&mut self.same_users);
        let pipelines_before = std::mem::take(&mut self.all_pipelines);
        self.look_up(rules);
        // A record may name an owner who does not win the field and is compared all the same: a conflict needs both known.
        let owners_changed = users_before != self.same_users
            || self.owners.iter().any(|(key, known)| self.directory.owner(key) != *known);
        if owners_changed {
            self.owners.clear();
            self.owner_of.clear();
        }
        owners_changed || pipelines_before != self.all_pipelines
    }

    fn look_up(&mut self, rules: &Rules) {
        let mut records: Vec<&Arc<UserRecord>> = self.users.values().collect();
        records.sort_by_key(|user| (rules.place_of_source(&user.meta.key), &user.meta.key));
        self.directory = Directory::of(records.into_iter().cloned(), Vec::new());
        self.same_users = self.directory.same();
        self.all_pipelines = self.pipeline_records.values().cloned().collect();
    }

    /// Writes them into a checkpoint; records as the ledger stores them.
    pub(super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        let campaigns: Vec<_> = self.campaign_records.iter().collect();
        out.put(&serde_json::to_string(&self.users.iter().collect::<Vec<_>>())?)?;
        out.put(&serde_json::to_string(&campaigns)?)?;
        out.put(&serde_json::to_string(&self.pipeline_records.iter().collect::<Vec<_>>())?)?;
        out.put(&(&self.owners, &self.owner_of))?;
        out.put(&(&self.campaigns, &self.campaign_of))
    }

    /// Reads them from a checkpoint.
    pub(super) fn restore(from: &mut FrameReader, rules: &Rules) -> io::Result<Self> {
        let users: Vec<(RecordKey, Arc<UserRecord>)> = serde_json::from_str(&from.take::<String>()?)?;
        let campaigns: Vec<(RecordKey, (Arc<CampaignRecord>, Seen))> =
            serde_json::from_str(&from.take::<String>()?)?;
        let pipelines: Vec<(RecordKey, Arc<Pipeline>)> = serde_json::from_str(&from.take::<String>()?)?;
        let (owners, owner_of) = from.take()?;
        let (campaign_places, campaign_of) = from.take()?;
        let mut around = Self {
            users: users.into_iter().collect(),
            campaign_records: campaigns.into_iter().collect(),
            pipeline_records: pipelines.into_iter().collect(),
            owners,
            owner_of,
            campaigns: campaign_places,
            campaign_of,
            ..Self::default()
        };
        around.look_up(rules);
        Ok(around)
    }

    pub(super) fn same_users(&self) -> &Same {
        &self.same_users
    }

    pub(super) fn pipelines(&self) -> &[Arc<Pipeline>] {
        &self.all_pipelines
    }

    /// The place of an owner, known or not.
    pub(super) fn owner(&mut self, key: &RecordKey) -> usize {
        let name = (key.source.clone(), key.id.clone());
        if let Some(place) = self.owner_of.get(&name) {
            return *place;
        }
        let owner = self.directory.owner(key);
        let first = self.directory.get(key).map_or_else(|| key.clone(), |user| user.anchor.clone());
        let known =
            owner.keys.iter().find_map(|own| self.owner_of.get(&(own.source.clone(), own.id.clone())));
        let place = known.copied().unwrap_or_else(|| {
            self.owners.push((first, owner.clone()));
            self.owners.len() - 1
        });
        for own in &owner.keys {
            self.owner_of.insert((own.source.clone(), own.id.clone()), place);
        }
        self.owner_of.insert(name, place);
        place
    }

    /// What views ask about the owner at a place.
    pub(super) fn owner_at(&self, place: usize) -> &Owner {
        &self.owners[place].1
    }

    /// The place of a campaign, captured or not; records the settings join have one place.
    pub(super) fn campaign(&mut self, key: &RecordKey, rules: &Rules) -> usize {
        let name = |key: &RecordKey| (key.source.clone(), key.id.clone());
        if let Some(place) = self.campaign_of.get(&name(key)) {
            return *place;
        }
        let joined = joined(key, rules);
        let place = self.campaigns.len();
        self.campaigns.push(joined[0].clone());
        for own in &joined {
            self.campaign_of.insert(name(own), place);
        }
        place
    }

    /// Writes owners, campaigns and how the company is divided into the facts, and gives what lists know of them.
    pub(super) fn fill(
        &mut self,
        facts: &mut FactSet,
        rules: &Rules,
    ) -> (Vec<Owner>, Vec<Arc<CampaignLine>>) {
        for user in self.directory.users().to_vec() {
            self.owner(&user.anchor);
        }
        for key in self.campaign_records.keys().cloned().collect::<Vec<_>>() {
            self.campaign(&key, rules);
        }
        fill_company(facts, &rules.company);
        facts.owners.clear();
        facts.owner_keys = Table::default();
        for (key, owner) in &self.owners {
            let name = self.directory.get(key).and_then(|user| user.name.clone());
            let team = rules
                .company
                .teams
                .iter()
                .position(|team| team.has(owner) || owner.is_named_in(&team.queues));
            facts.owners.push(OwnerFact {
                name: name.map(|name| facts.texts.intern(&name)),
                team: team.map(Ix::new),
                is_queue: owner.is_queue,
            });
            facts.owner_keys.push(key.clone());
        }
        facts.campaigns.clear();
        facts.campaign_keys = Table::default();
        let mut lines = Vec::with_capacity(self.campaigns.len());
        for first in &self.campaigns {
            let (line, seen) = self.campaign_line(first, rules);
            facts.campaigns.push(CampaignFact {
                observed_at: seen.at,
                sequence: seen.sequence,
                name: line.name.as_ref().map(|name| facts.texts.intern(name)),
                starts_on: line.starts_on,
                ends_on: line.ends_on,
                spend: line.spend.as_ref().and_then(|spend| money(&mut facts.currencies, spend)),
                channel: line.channel.unwrap_or(Channel::Unknown),
            });
            facts.campaign_keys.push(line.keys.first().unwrap_or(first).clone());
            lines.push(Arc::new(line));
        }
        (self.owners.iter().map(|(_, owner)| owner.clone()).collect(), lines)
    }

    fn campaign_line(&self, first: &RecordKey, rules: &Rules) -> (CampaignLine, Seen) {
        let own = joined(first, rules);
        let is_own = |key: &RecordKey| own.iter().any(|own| own.source == key.source && own.id == key.id);
        let mut records: Vec<&(Arc<CampaignRecord>, Seen)> =
            self.campaign_records.iter().filter(|(key, _)| is_own(key)).map(|(_, record)| record).collect();
        records.sort_by_key(|(record, _)| (rules.place_of_source(&record.meta.key), &record.meta.key));
        let keys: Box<[RecordKey]> = if records.is_empty() {
            own.clone().into()
        } else {
            records.iter().map(|(record, _)| record.meta.key.clone()).collect()
        };
        let line = CampaignLine {
            keys,
            is_known: !records.is_empty(),
            name: records.iter().find_map(|(record, _)| record.name.clone()),
            channel: records.iter().find_map(|(record, _)| record.channel),
            starts_on: records.iter().find_map(|(record, _)| record.starts_on),
            ends_on: records.iter().find_map(|(record, _)| record.ends_on),
            spend: records.iter().find_map(|(record, _)| record.spend.clone()),
        };
        (line, records.iter().map(|(_, seen)| *seen).fold(Seen::NEVER, Seen::latest))
    }
}

/// Every key of the campaign of a record, as the settings join them.
fn joined(key: &RecordKey, rules: &Rules) -> Vec<RecordKey> {
    let is_same = |own: &RecordKey| own.source == key.source && own.id == key.id;
    let group = rules.campaigns.iter().find(|group| group.iter().any(is_same));
    let mut keys: Vec<RecordKey> = group.cloned().unwrap_or_else(|| vec![key.clone()]);
    keys.sort_by_key(|own| (rules.place_of_source(own), own.clone()));
    keys
}

fn fill_company(facts: &mut FactSet, company: &Company) {
    let texts = &mut facts.texts;
    let teams = company.teams.iter().map(|team| {
        let key = texts.intern(&team.key);
        TeamFact { key, label: key }
    });
    facts.teams = teams.collect();
    let place = |key: &Arc<str>| company.territories.iter().position(|it| it.key == *key);
    let region = |nth: usize| {
        let mut at = Some(nth);
        // Settings that go round in a circle end the search.
        for _ in 0..company.territories.len() {
            let territory = &company.territories[at?];
            if territory.region.is_some() {
                return territory.region.clone();
            }
            at = territory.parent.as_ref().and_then(place);
        }
        None
    };
    let territories = company.territories.iter().enumerate().map(|(nth, territory)| TerritoryFact {
        key: texts.intern(&territory.key),
        label: texts.intern(&territory.label),
        parent: territory.parent.as_ref().and_then(place).map(Ix::new),
        region: region(nth).map(|region| texts.intern(&region)),
    });
    facts.territories = territories.collect();
}
