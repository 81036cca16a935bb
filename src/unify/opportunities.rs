//! Opportunities: by record, of an account, of a person; and the pipelines they move through.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;

use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect, Pipeline, Stage};
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{OpportunityRow, View};
use crate::source::ask::{OpportunityLookup, PipelineLookup};
use crate::source::cached::Freshness;

use super::accounts::place_of;
use super::gather::Seeds;
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::account::merge_account;
use super::merge::opportunity::{MergedOpportunity, merge_opportunity};
use super::merge::same::Same;
use super::refusal::Refusal;
use super::seen::{Row, Seen, Wanted};

/// What is wanted of opportunities, and how old it may be.
pub type OpportunitiesWanted = Wanted<OpportunitySelect>;

/// One opportunity as a view sees it.
#[derive(Clone, Debug)]
pub struct Opportunity {
    /// The id clients hold.
    pub id: NodeId,
    /// The records and why they belong together.
    pub cluster: Cluster<OpportunityRecord>,
    /// The unified values.
    pub merged: MergedOpportunity,
    /// What is missing because a source is silent.
    pub gaps: Vec<Gap>,
    /// How old answers below this opportunity may be.
    pub freshness: Freshness,
}

/// Opportunities, and what is missing among them.
pub type Found = (Vec<Opportunity>, Vec<Gap>);

impl Live {
    /// Opportunities by any record of theirs, in the order asked.
    pub async fn opportunities_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
        wanted: &OpportunitiesWanted,
    ) -> Vec<Result<Option<Opportunity>, Refusal>> {
        self.seen_by_record(view, inquiry, keys, wanted).await
    }

    /// The opportunities of these person records, the latest created first.
    pub async fn opportunities_of_person(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: impl Iterator<Item = &RecordKey>,
        wanted: &OpportunitiesWanted,
    ) -> Found {
        let lookup =
            |key: &RecordKey| OpportunityLookup::OfPerson { object: key.object.clone(), id: key.id.clone() };
        let ask = records.map(|key| (key.source.clone(), lookup(key))).collect();
        self.opportunities_found(view, inquiry, ask, wanted).await
    }

    /// The opportunities of these account records, the latest created first.
    pub async fn opportunities_of_account(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: impl Iterator<Item = &RecordKey>,
        wanted: &OpportunitiesWanted,
    ) -> Found {
        let ask =
            records.map(|key| (key.source.clone(), OpportunityLookup::OfAccount(key.id.clone()))).collect();
        self.opportunities_found(view, inquiry, ask, wanted).await
    }

    async fn opportunities_found(
        &self,
        view: &View,
        inquiry: &Inquiry,
        mut ask: Vec<(SourceName, OpportunityLookup)>,
        wanted: &OpportunitiesWanted,
    ) -> Found {
        ask.retain(|(source, _)| self.source(source).is_some_and(|source| source.opportunities.is_some()));
        if ask.is_empty() {
            return Found::default();
        }
        let gathered = self.gather_seen::<Opportunity>(view, inquiry, Seeds::ask(ask), wanted).await;
        let clusters: Vec<&Cluster<OpportunityRecord>> = gathered.clusters.iter().collect();
        let seen = self.see(view, inquiry, &clusters, &gathered.gaps, wanted).await;
        let mut seen: Vec<Opportunity> = seen.into_iter().flatten().collect();
        seen.sort_by(|one, other| {
            other.merged.created_at.cmp(&one.merged.created_at).then_with(|| one.id.key.cmp(&other.id.key))
        });
        (seen, gathered.gaps)
    }

    /// What a view asks about the accounts of opportunities: where each is and, where `with_teams`, who works on it.
    /// Rows are decided over all records, whatever of an account the view may see.
    async fn accounts_behind(
        &self,
        inquiry: &Inquiry,
        accounts: &[RecordKey],
        with_teams: bool,
        freshness: Freshness,
    ) -> HashMap<RecordKey, (Place, Vec<Owner>)> {
        let seeds = Seeds::ask(self.by_keys::<AccountRecord>(accounts));
        let gathered = self.gather(inquiry, seeds, &AccountSelect::everything(), freshness).await;
        let found = accounts.iter().filter_map(|key| Some((key, gathered.cluster_of(key)?)));
        let mut distinct: BTreeMap<&RecordKey, &Cluster<AccountRecord>> = BTreeMap::new();
        distinct.extend(found.clone().map(|(_, cluster)| (&cluster.anchor, cluster)));
        let clusters: Vec<&Cluster<AccountRecord>> = distinct.into_values().collect();
        let teams = if with_teams {
            self.account_teams(inquiry, &clusters, freshness).await
        } else {
            vec![Vec::new(); clusters.len()]
        };
        let directory = self.directory_if(inquiry, with_teams, freshness).await;
        let mut behind: HashMap<&RecordKey, (Place, Vec<Owner>)> = HashMap::new();
        for (cluster, mut team) in clusters.into_iter().zip(teams) {
            let merged = merge_account(cluster, &self.infos, &Same::default());
            team.extend(merged.owner.as_ref().filter(|_| with_teams).map(|key| directory.owner(key)));
            behind.insert(&cluster.anchor, (place_of(&merged), team));
        }
        found.filter_map(|(key, cluster)| Some((key.clone(), behind.get(&cluster.anchor)?.clone()))).collect()
    }

    /// Every pipeline of every source that has any, in the order of sources, and what is missing.
    pub async fn pipelines(
        &self,
        _view: &View,
        inquiry: &Inquiry,
        freshness: Freshness,
    ) -> (Vec<Arc<Pipeline>>, Vec<Gap>) {
        let asks = self.reading_all(freshness).filter_map(|source| {
            let pipelines = source.pipelines.as_ref()?;
            let reading = inquiry.reading(&source.info.name);
            let name = source.info.name.clone();
            let ask = async move { pipelines.find(&[PipelineLookup], &(), freshness, &reading).await };
            Some(async move { (name, ask.await) })
        });
        let (mut all, mut gaps) = (Vec::new(), Vec::new());
        for (name, outcome) in join_all(asks).await {
            match outcome {
                Ok(answers) => {
                    for answer in &answers {
                        inquiry.note_answer(&name, answer);
                    }
                    all.extend(answers.iter().flat_map(|answer| answer.found.records.clone()));
                }
                Err(error) => gaps.push(inquiry.note_gap(&error)),
            }
        }
        (all, gaps)
    }

    /// The stage a record of this source means by a key, and its pipeline. A pipeline not named is any that has it.
    pub async fn stage(
        &self,
        view: &View,
        inquiry: &Inquiry,
        source: &SourceName,
        pipeline: Option<&str>,
        stage: &str,
        freshness: Freshness,
    ) -> Option<(Arc<Pipeline>, Stage)> {
        let (pipelines, _) = self.pipelines(view, inquiry, freshness).await;
        let own = pipelines.into_iter().filter(|it| it.source == *source);
        own.filter(|it| pipeline.is_none_or(|key| *it.key == *key)).find_map(|it| {
            let found = it.stages.iter().find(|own| *own.key == *stage)?.clone();
            Some((it, found))
        })
    }
}

#[async_trait]
impl Seen for Opportunity {
    type Record = OpportunityRecord;

    /// Owner, account and stage always travel, so that the view needs nothing more.
    fn select(_view: &View, wanted: &OpportunitySelect) -> OpportunitySelect {
        wanted.clone()
    }

    async fn see(
        live: &Live,
        view: &View,
        inquiry: &Inquiry,
        rows: &[Row<'_, OpportunityRecord>],
        wanted: &OpportunitiesWanted,
    ) -> Vec<Option<Self>> {
        let needs = view.opportunities_need();
        let merge = |row: &Row<'_, _>| merge_opportunity(row.cluster, &live.infos, &Same::default());
        let merged: Vec<MergedOpportunity> = rows.iter().map(merge).collect();
        let directory = live.directory_if(inquiry, needs.owner, wanted.freshness).await;
        let named = merged.iter().filter(|_| needs.account_team || needs.place);
        let accounts: Vec<RecordKey> = named.filter_map(|it| it.account.clone()).collect();
        let behind = live.accounts_behind(inquiry, &accounts, needs.account_team, wanted.freshness).await;
        let one = |(row, merged): (&Row<'_, OpportunityRecord>, MergedOpportunity)| {
            let owner = merged.owner.as_ref().filter(|_| needs.owner).map(|key| directory.owner(key));
            let account = merged.account.as_ref().and_then(|key| behind.get(key));
            let (place, team) = account.cloned().unwrap_or_default();
            let asked = OpportunityRow { owner: owner.as_ref(), account_team: &team, place: Some(&place) };
            view.sees_opportunity(&asked).then(|| Opportunity {
                id: row.id(NodeKind::Opportunity),
                cluster: row.cluster.clone(),
                merged,
                gaps: row.gaps.to_vec(),
                freshness: wanted.freshness,
            })
        };
        rows.iter().zip(merged).map(one).collect()
    }
}
