//! Rows of the read model with every value they have: read again from the ledger, as it was when the snapshot was made,
//! and joined by the functions that made the row. For those who show whole rows of very many, a bounded number at a
//! time. Which rows a view sees is for the caller to ask of [`visible`](Snapshot::visible).

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::event::{Event, HistoryPart};
use crate::domain::id::RecordKey;
use crate::domain::record::Record;
use crate::ledger::entry::{RecordedEvent, Sequence};
use crate::unify::history::state::Current;
use crate::unify::history::{Entry, timeline};
use crate::unify::identity::accounts::link_accounts;
use crate::unify::identity::cluster::{Cluster, Reach};
use crate::unify::identity::opportunities::link_opportunities;
use crate::unify::identity::people::link;
use crate::unify::merge::account::{MergedAccount, merge_account};
use crate::unify::merge::opportunity::{MergedOpportunity, merge_opportunity};
use crate::unify::merge::person::{MergedPerson, merge_person};
use crate::unify::merge::same::Same;

use super::compose::stage_now;
use super::keeper::{Facts, FactsError};
use super::material::Material;
use super::reading::{Wanted, materials};
use super::snapshot::Snapshot;

/// A row with every value it has.
#[derive(Clone, Debug)]
pub struct Whole<M> {
    /// Its place in its table.
    pub place: usize,
    /// The values that won.
    pub merged: M,
    /// What happened, oldest first; as far as it was asked for.
    pub entries: Vec<Entry>,
    /// The place of each entry in the order of observation, by its id; an inferred one has none.
    pub observed: HashMap<Arc<str>, Sequence>,
}

impl Facts {
    /// The people at these places with these parts of their histories. Who was erased meanwhile is left out.
    ///
    /// # Errors
    /// When the ledger could not be read.
    pub async fn whole_people(
        &self,
        snapshot: &Snapshot,
        places: &[usize],
        parts: &[HistoryPart],
    ) -> Result<Vec<Whole<MergedPerson>>, FactsError> {
        let line = |place: &usize| snapshot.people[*place].as_ref().map(|it| (*place, &*it.keys));
        let rows: Vec<(usize, &[RecordKey])> = places.iter().filter_map(line).collect();
        let (rules, users) = (&snapshot.rules, snapshot.users());
        let person = |(place, material): (usize, Material)| {
            let clusters = link(&material.people, &rules.sources, &rules.identity, &Reach::default());
            let cluster = holding(&clusters, &snapshot.facts.person_keys[place])?;
            let mut same = Same::default();
            same.add_cluster(cluster);
            let ends = cluster.members.iter().filter(|_| parts.contains(&HistoryPart::Changes));
            let current: Vec<Current> = ends.filter_map(|it| stage_now(&it.record)).collect();
            let (events, observed) = told(&material.events);
            Some(Whole {
                place,
                merged: merge_person(cluster, &rules.sources, users, &[]),
                entries: timeline(events, &rules.sources, &same, &current),
                observed,
            })
        };
        Ok(self.read(snapshot, rows, parts).await?.into_iter().filter_map(person).collect())
    }

    /// The accounts at these places.
    ///
    /// # Errors
    /// When the ledger could not be read.
    pub async fn whole_accounts(
        &self,
        snapshot: &Snapshot,
        places: &[usize],
    ) -> Result<Vec<Whole<MergedAccount>>, FactsError> {
        let line = |place: &usize| snapshot.accounts[*place].as_ref().map(|it| (*place, &*it.keys));
        let rows: Vec<(usize, &[RecordKey])> = places.iter().filter_map(line).collect();
        let (rules, users) = (&snapshot.rules, snapshot.users());
        let account = |(place, material): (usize, Material)| {
            let clusters = link_accounts(&material.accounts, &rules.sources);
            let cluster = holding(&clusters, &snapshot.facts.account_keys[place])?;
            let merged = merge_account(cluster, &rules.sources, users);
            Some(Whole { place, merged, entries: Vec::new(), observed: HashMap::new() })
        };
        Ok(self.read(snapshot, rows, &[]).await?.into_iter().filter_map(account).collect())
    }

    /// The opportunities at these places with these parts of their histories.
    ///
    /// # Errors
    /// When the ledger could not be read.
    pub async fn whole_opportunities(
        &self,
        snapshot: &Snapshot,
        places: &[usize],
        parts: &[HistoryPart],
    ) -> Result<Vec<Whole<MergedOpportunity>>, FactsError> {
        let line = |place: &usize| snapshot.opportunities[*place].as_ref().map(|it| (*place, &*it.keys));
        let rows: Vec<(usize, &[RecordKey])> = places.iter().filter_map(line).collect();
        let (rules, users) = (&snapshot.rules, snapshot.users());
        let opportunity = |(place, material): (usize, Material)| {
            let clusters = link_opportunities(&material.opportunities, &rules.sources);
            let cluster = holding(&clusters, &snapshot.facts.opportunity_keys[place])?;
            let (events, observed) = told(&material.events);
            Some(Whole {
                place,
                merged: merge_opportunity(cluster, &rules.sources, users),
                entries: timeline(events, &rules.sources, &Same::default(), &[]),
                observed,
            })
        };
        Ok(self.read(snapshot, rows, parts).await?.into_iter().filter_map(opportunity).collect())
    }

    async fn read(
        &self,
        snapshot: &Snapshot,
        rows: Vec<(usize, &[RecordKey])>,
        parts: &[HistoryPart],
    ) -> Result<Vec<(usize, Material)>, FactsError> {
        let (places, groups): (Vec<usize>, Vec<&[RecordKey]>) = rows.into_iter().unzip();
        let wanted = Wanted { memberships: false, parts, until: Some(snapshot.sequence()) };
        let materials = materials(&**self.ledger(), &groups, wanted).await?;
        Ok(places.into_iter().zip(materials).collect())
    }
}

fn holding<'c, R: Record>(clusters: &'c [Cluster<R>], anchor: &RecordKey) -> Option<&'c Cluster<R>> {
    clusters.iter().find(|cluster| cluster.holds(anchor)).or_else(|| clusters.first())
}

fn told(recorded: &[RecordedEvent]) -> (Vec<Event>, HashMap<Arc<str>, Sequence>) {
    let mut recorded: Vec<&RecordedEvent> = recorded.iter().collect();
    recorded.sort_by_key(|event| event.sequence);
    let observed = recorded.iter().map(|event| (event.id.clone(), event.sequence)).collect();
    (recorded.into_iter().map(|event| (*event.event).clone()).collect(), observed)
}
