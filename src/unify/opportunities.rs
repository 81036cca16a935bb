//! Opportunities: by record, of an account, of a person; and the pipelines they move through.

use std::sync::Arc;

use futures::future::join_all;

use crate::domain::account::AccountRecord;
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect, Pipeline, Stage};
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{OpportunityRow, View};
use crate::source::ask::{OpportunityLookup, PipelineLookup};
use crate::source::cached::Freshness;

use super::accounts::{accounts_select, place_of};
use super::gather::{Gathered, Joined, Seeds};
use super::identity::cluster::Cluster;
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::account::merge_account;
use super::merge::opportunity::{MergedOpportunity, merge_opportunity};
use super::merge::same::Same;
use super::refusal::Refusal;

/// What is wanted of opportunities, and how old it may be.
#[derive(Clone, Debug, Default)]
pub struct OpportunitiesWanted {
    /// The fields.
    pub select: OpportunitySelect,
    /// How old answers may be.
    pub freshness: Freshness,
}

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
        let seeds = Seeds::ask(self.by_keys::<OpportunityRecord>(keys));
        let gathered = self.gather_opportunities(inquiry, seeds, wanted).await;
        let one = async |key: &RecordKey| {
            let found = gathered.cluster_of(key).or_else(|| {
                gathered.clusters_found(&key.source, &OpportunityRecord::by_key(key)).into_iter().next()
            });
            match found {
                Some(cluster) => {
                    Ok(self.opportunity(view, inquiry, cluster, &gathered.gaps, Some(key), wanted).await)
                }
                None => {
                    gathered.gap_of(&key.source).map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone())))
                }
            }
        };
        join_all(keys.iter().map(one)).await
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
        let gathered = self.gather_opportunities(inquiry, Seeds::ask(ask), wanted).await;
        let all = gathered.clusters.iter();
        let seen = all.map(|cluster| self.opportunity(view, inquiry, cluster, &gathered.gaps, None, wanted));
        let mut seen: Vec<Opportunity> = join_all(seen).await.into_iter().flatten().collect();
        seen.sort_by(|one, other| {
            other.merged.created_at.cmp(&one.merged.created_at).then_with(|| one.id.key.cmp(&other.id.key))
        });
        (seen, gathered.gaps)
    }

    /// The opportunities whose records a list's page brought, one entry a record: `None` where the opportunity is
    /// shown at another record's place.
    pub(super) async fn opportunities_of_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: Vec<OpportunityRecord>,
        wanted: &OpportunitiesWanted,
        shows: impl Fn(&Cluster<OpportunityRecord>, &RecordKey) -> bool,
    ) -> (Vec<Option<Opportunity>>, Vec<Gap>) {
        let known: Vec<Arc<OpportunityRecord>> = records.into_iter().map(Arc::new).collect();
        let keys: Vec<RecordKey> = known.iter().map(|record| record.meta.key.clone()).collect();
        let gathered = self.gather_opportunities(inquiry, Seeds::known(known), wanted).await;
        let one = async |key: &RecordKey| {
            let cluster = gathered.cluster_of(key).filter(|cluster| shows(cluster, key))?;
            self.opportunity(view, inquiry, cluster, &gathered.gaps, None, wanted).await
        };
        (join_all(keys.iter().map(one)).await, gathered.gaps)
    }

    async fn gather_opportunities(
        &self,
        inquiry: &Inquiry,
        seeds: Seeds<OpportunityRecord>,
        wanted: &OpportunitiesWanted,
    ) -> Gathered<OpportunityRecord> {
        // Owner, account and stage always travel, so that the view needs nothing more.
        self.gather(inquiry, seeds, &wanted.select, wanted.freshness).await
    }

    async fn opportunity(
        &self,
        view: &View,
        inquiry: &Inquiry,
        cluster: &Cluster<OpportunityRecord>,
        gaps: &[Gap],
        asked: Option<&RecordKey>,
        wanted: &OpportunitiesWanted,
    ) -> Option<Opportunity> {
        let merged = merge_opportunity(cluster, &self.infos, &Same::default());
        if !self.sees_opportunity(view, inquiry, &merged).await {
            return None;
        }
        let key = if gaps.is_empty() { &cluster.anchor } else { asked.unwrap_or(&cluster.anchor) };
        Some(Opportunity {
            id: NodeId::new(NodeKind::Opportunity, key.clone()),
            cluster: cluster.clone(),
            merged,
            gaps: gaps.to_vec(),
            freshness: wanted.freshness,
        })
    }

    async fn sees_opportunity(&self, view: &View, inquiry: &Inquiry, merged: &MergedOpportunity) -> bool {
        let needs = view.opportunities_need();
        let owner: Option<Owner> = match &merged.owner {
            Some(key) if needs.owner => Some(self.directory(inquiry).await.owner(key)),
            _ => None,
        };
        let (mut team, mut place) = (Vec::new(), Place::default());
        if let Some(account) = merged.account.as_ref().filter(|_| needs.account_team || needs.place) {
            // Rows are decided over all records, whatever of the account this view may see.
            let select = accounts_select(view, &crate::domain::account::AccountSelect::everything());
            let seeds = Seeds::ask(self.by_keys::<AccountRecord>(std::slice::from_ref(account)));
            let gathered = self.gather(inquiry, seeds, &select, Freshness::default()).await;
            if let Some(cluster) = gathered.cluster_of(account) {
                let merged = merge_account(cluster, &self.infos, &Same::default());
                place = place_of(&merged);
                if needs.account_team {
                    team = self.account_team(inquiry, cluster).await;
                    if let Some(key) = &merged.owner {
                        team.push(self.directory(inquiry).await.owner(key));
                    }
                }
            }
        }
        let row = OpportunityRow { owner: owner.as_ref(), account_team: &team, place: Some(&place) };
        view.sees_opportunity(&row)
    }

    /// Every pipeline of every source that has any, in the order of sources, and what is missing.
    pub async fn pipelines(&self, _view: &View, inquiry: &Inquiry) -> (Vec<Arc<Pipeline>>, Vec<Gap>) {
        let asks = self.sources.iter().filter_map(|source| {
            let pipelines = source.pipelines.as_ref()?;
            let reading = inquiry.reading(&source.info.name);
            let name = source.info.name.clone();
            let ask =
                async move { pipelines.find(&[PipelineLookup], &(), Freshness::default(), &reading).await };
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
    ) -> Option<(Arc<Pipeline>, Stage)> {
        let (pipelines, _) = self.pipelines(view, inquiry).await;
        let own = pipelines.into_iter().filter(|it| it.source == *source);
        own.filter(|it| pipeline.is_none_or(|key| *it.key == *key)).find_map(|it| {
            let found = it.stages.iter().find(|own| *own.key == *stage)?.clone();
            Some((it, found))
        })
    }
}
