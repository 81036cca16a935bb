//! Accounts: by domain, by record, of a person.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::opportunity::{OpportunityRecord, StageCategory};
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{AccountRow, View};
use crate::domain::web_domain;
use crate::source::ask::{AccountLookup, OpportunityLookup};
use crate::source::cached::Freshness;

use super::gather::Seeds;
use super::identity::accounts::{
    AccountCandidate, AccountMatch, account_named, account_of, domains_of_person,
};
use super::identity::cluster::{Cluster, Warning};
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::account::{MergedAccount, MergedAccountField, account_provenance, merge_account};
use super::merge::provenance::Provenance;
use super::merge::same::Same;
use super::people::Person;
use super::refusal::Refusal;
use super::seen::{Row, Seen, Wanted};

/// What is wanted of accounts, and how old it may be.
pub type AccountsWanted = Wanted<AccountSelect>;

/// One account as a view sees it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The id clients hold.
    pub id: NodeId,
    /// The records and why they belong together.
    pub cluster: Cluster<AccountRecord>,
    /// The unified values.
    pub merged: MergedAccount,
    /// What is missing because a source is silent.
    pub gaps: Vec<Gap>,
    /// How old answers below this account may be.
    pub freshness: Freshness,
    /// The key of its territory, where the settings have territories.
    pub territory: Option<Arc<str>>,
}

impl Live {
    /// Accounts by any record of theirs, in the order asked.
    pub async fn accounts_by_record(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
        wanted: &AccountsWanted,
    ) -> Vec<Result<Option<Account>, Refusal>> {
        self.seen_by_record(view, inquiry, keys, wanted).await
    }

    /// The account with this domain; `None` when there is none, or several and none is told apart.
    ///
    /// # Errors
    /// When the text is no domain, when the view may not look things up by domain, or when nothing was found while a
    /// source that might know is silent.
    pub async fn account_by_domain(
        &self,
        view: &View,
        inquiry: &Inquiry,
        domain: &str,
        wanted: &AccountsWanted,
    ) -> Result<Option<Account>, Refusal> {
        if !view.may_look_up_by_email() {
            return Err(Refusal::FilterDenied("domains"));
        }
        let domain = web_domain::registrable(domain).ok_or(Refusal::NoDomain)?;
        let lookup = AccountLookup::Domain(domain);
        let seeds = Seeds::ask(self.everywhere::<AccountRecord>(std::slice::from_ref(&lookup)));
        let gathered = self.gather_seen::<Account>(view, inquiry, seeds, wanted).await;
        let found = self.infos.iter().flat_map(|info| gathered.clusters_found(&info.name, &lookup)).next();
        match found {
            Some(cluster) => Ok(self.account(view, inquiry, cluster, &gathered.gaps, wanted).await),
            None => gathered.gaps.first().map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone()))),
        }
    }

    /// The account a person works for, and the warning when several might be it.
    ///
    /// # Errors
    /// When the source of the account is silent.
    pub async fn account_of_person(
        &self,
        view: &View,
        inquiry: &Inquiry,
        person: &Person,
        wanted: &AccountsWanted,
    ) -> Result<(Option<Account>, Option<Warning>), Refusal> {
        if let AccountMatch::Named(key) = account_of(&person.cluster, &self.infos, &[]) {
            let mut found = self.accounts_by_record(view, inquiry, &[key], wanted).await;
            return found.pop().unwrap_or(Ok(None)).map(|account| (account, None));
        }
        let domains = domains_of_person(&person.cluster);
        let lookups: Vec<AccountLookup> = domains.into_iter().map(AccountLookup::Domain).collect();
        if lookups.is_empty() {
            return Ok((None, None));
        }
        let seeds = Seeds::ask(self.everywhere::<AccountRecord>(&lookups));
        let gathered = self.gather_seen::<Account>(view, inquiry, seeds, wanted).await;
        let clusters: Vec<&Cluster<AccountRecord>> = gathered.clusters.iter().collect();
        // One candidate needs no comparison.
        let deals = if clusters.len() > 1 {
            self.deals_of(inquiry, &clusters, wanted.freshness).await
        } else {
            vec![Vec::new()]
        };
        let candidate = |(cluster, deals): (&&Cluster<AccountRecord>, &Vec<Arc<OpportunityRecord>>)| {
            let has = |category| deals.iter().any(|deal| deal.category == category);
            AccountCandidate {
                account: cluster.anchor.clone(),
                has_open_opportunity: has(StageCategory::Open),
                is_customer: has(StageCategory::Won),
                latest_activity: cluster.members.iter().map(|member| member.record.meta.updated_at).max(),
            }
        };
        let candidates: Vec<AccountCandidate> = clusters.iter().zip(&deals).map(candidate).collect();
        match account_of(&person.cluster, &self.infos, &candidates) {
            AccountMatch::ByDomain(key) => {
                let Some(cluster) = gathered.cluster_of(&key) else { return Ok((None, None)) };
                Ok((self.account(view, inquiry, cluster, &gathered.gaps, wanted).await, None))
            }
            AccountMatch::Ambiguous(warning) => Ok((None, Some(warning))),
            AccountMatch::Named(_) | AccountMatch::Unknown => Ok((None, None)),
        }
    }

    /// The warning that several accounts have the domain of a person whose records name none. Where accounts are not
    /// seen, nothing is told of them; a silent source leaves its gap in the request's books.
    pub async fn account_warning(&self, view: &View, inquiry: &Inquiry, person: &Person) -> Option<Warning> {
        if !view.sees_any_account() || account_named(&person.cluster, &self.infos).is_some() {
            return None;
        }
        let wanted = AccountsWanted { freshness: person.freshness, ..AccountsWanted::default() };
        self.account_of_person(view, inquiry, person, &wanted).await.ok()?.1
    }

    /// Every record of these accounts, as far as the view sees them: what a list of their opportunities is asked by.
    pub async fn keys_of_accounts(
        &self,
        view: &View,
        inquiry: &Inquiry,
        keys: &[RecordKey],
    ) -> Vec<RecordKey> {
        let found = self.accounts_by_record(view, inquiry, keys, &AccountsWanted::default()).await;
        let accounts = found.into_iter().filter_map(|account| account.ok().flatten());
        accounts.flat_map(|account| account.cluster.keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// Where a field's value came from; none where no record holds one.
    pub fn account_provenance(
        &self,
        account: &Account,
        field: MergedAccountField,
    ) -> Option<Provenance<MergedAccountField>> {
        account_provenance(&account.cluster, &self.infos, &Same::default(), field)
    }

    async fn account(
        &self,
        view: &View,
        inquiry: &Inquiry,
        cluster: &Cluster<AccountRecord>,
        gaps: &[Gap],
        wanted: &AccountsWanted,
    ) -> Option<Account> {
        self.see(view, inquiry, &[cluster], gaps, wanted).await.pop().flatten()
    }

    /// Of each of these accounts, the owners of its open opportunities; read at once.
    pub(super) async fn account_teams(
        &self,
        inquiry: &Inquiry,
        clusters: &[&Cluster<AccountRecord>],
        freshness: Freshness,
    ) -> Vec<Vec<Owner>> {
        let directory = self.directory(inquiry, freshness);
        let (directory, deals) = futures::join!(directory, self.deals_of(inquiry, clusters, freshness));
        let team = |deals: Vec<Arc<OpportunityRecord>>| {
            let open = deals.iter().filter(|deal| deal.category == StageCategory::Open);
            open.filter_map(|deal| deal.owner.as_ref()).map(|key| directory.owner(key)).collect()
        };
        deals.into_iter().map(team).collect()
    }

    /// Of each of these accounts, the opportunities of all its records, as their records tell them; read at once.
    async fn deals_of(
        &self,
        inquiry: &Inquiry,
        clusters: &[&Cluster<AccountRecord>],
        freshness: Freshness,
    ) -> Vec<Vec<Arc<OpportunityRecord>>> {
        let members = clusters.iter().flat_map(|cluster| &cluster.members);
        let records = members.map(|member| member.record.meta.key.clone()).collect();
        let lookup = |key: &RecordKey| OpportunityLookup::OfAccount(key.id.clone());
        let deals =
            self.had_by(inquiry, records, |source| source.opportunities.as_ref(), lookup, freshness).await;
        let of = |cluster: &&Cluster<AccountRecord>| {
            let members = cluster.members.iter();
            members.filter_map(|it| deals.get(&it.record.meta.key)).flatten().cloned().collect()
        };
        clusters.iter().map(of).collect()
    }
}

#[async_trait]
impl Seen for Account {
    type Record = AccountRecord;

    fn select(view: &View, wanted: &AccountSelect) -> AccountSelect {
        let mut select = wanted.clone();
        let needs = view.accounts_need();
        if needs.owner {
            select.add(AccountField::Owner);
        }
        if needs.place {
            select.add(AccountField::Region);
            select.add(AccountField::Industry);
            select.add(AccountField::Employees);
        }
        select
    }

    async fn see(
        live: &Live,
        view: &View,
        inquiry: &Inquiry,
        rows: &[Row<'_, AccountRecord>],
        wanted: &AccountsWanted,
    ) -> Vec<Option<Self>> {
        let needs = view.accounts_need();
        let clusters: Vec<&Cluster<AccountRecord>> = rows.iter().map(|row| row.cluster).collect();
        let freshness = wanted.freshness;
        let directory = live.directory_if(inquiry, needs.owner || needs.account_team, freshness).await;
        let teams = if needs.account_team {
            live.account_teams(inquiry, &clusters, freshness).await
        } else {
            Vec::new()
        };
        let one = |(place, row): (usize, &Row<'_, AccountRecord>)| {
            let merged = merge_account(row.cluster, &live.infos, &Same::default());
            let owner = merged.owner.as_ref().filter(|_| needs.owner || needs.account_team);
            let owner = owner.map(|key| directory.owner(key));
            let team = teams.get(place).map_or(&[][..], Vec::as_slice);
            let place = place_of(&merged);
            let asked = AccountRow { owner: owner.as_ref(), team, place: Some(&place) };
            let territory = || view.company().territory_of(&place, owner.as_ref()).map(|it| it.key.clone());
            view.sees_account(&asked).then(|| Account {
                id: row.id(NodeKind::Account),
                cluster: row.cluster.clone(),
                gaps: row.gaps.to_vec(),
                freshness: wanted.freshness,
                territory: territory(),
                merged,
            })
        };
        rows.iter().enumerate().map(one).collect()
    }
}

/// Where an account is, in the words territories ask.
pub(super) fn place_of(merged: &MergedAccount) -> Place {
    Place {
        country: merged.country.clone(),
        state: merged.state.clone(),
        industry: merged.industry.clone(),
        employees: merged.employees,
    }
}
