//! Accounts: by domain, by record, of a person.

use std::sync::Arc;

use futures::future::join_all;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::opportunity::{OpportunitySelect, StageCategory};
use crate::domain::territory::{Owner, Place};
use crate::domain::view::{AccountRow, View};
use crate::domain::web_domain;
use crate::source::ask::{AccountLookup, OpportunityLookup};
use crate::source::cached::Freshness;

use super::directory::Directory;
use super::gather::{Gathered, Joined, Seeds};
use super::identity::accounts::{AccountCandidate, AccountMatch, account_of, domains_of_person};
use super::identity::cluster::{Cluster, Warning};
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::account::{MergedAccount, MergedAccountField, account_provenance, merge_account};
use super::merge::provenance::Provenance;
use super::merge::same::Same;
use super::people::Person;
use super::refusal::Refusal;

/// What is wanted of accounts, and how old it may be.
#[derive(Clone, Debug, Default)]
pub struct AccountsWanted {
    /// The fields.
    pub select: AccountSelect,
    /// How old answers may be.
    pub freshness: Freshness,
}

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
        let seeds = Seeds::ask(self.by_keys::<AccountRecord>(keys));
        let gathered = self.gather_accounts(view, inquiry, seeds, wanted).await;
        let one = async |key: &RecordKey| {
            let found = gathered.cluster_of(key).or_else(|| {
                gathered.clusters_found(&key.source, &AccountRecord::by_key(key)).into_iter().next()
            });
            match found {
                Some(cluster) => {
                    Ok(self.account(view, inquiry, cluster, &gathered.gaps, Some(key), wanted).await)
                }
                None => {
                    gathered.gap_of(&key.source).map_or(Ok(None), |gap| Err(Refusal::Silent(gap.clone())))
                }
            }
        };
        join_all(keys.iter().map(one)).await
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
        let gathered = self.gather_accounts(view, inquiry, seeds, wanted).await;
        let found = self.infos.iter().flat_map(|info| gathered.clusters_found(&info.name, &lookup)).next();
        match found {
            Some(cluster) => Ok(self.account(view, inquiry, cluster, &gathered.gaps, None, wanted).await),
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
        let gathered = self.gather_accounts(view, inquiry, seeds, wanted).await;
        let candidate = async |cluster: &Cluster<AccountRecord>| {
            let deals = self.deals_of(inquiry, cluster).await;
            AccountCandidate {
                account: cluster.anchor.clone(),
                has_open_opportunity: deals.iter().any(|deal| deal.category == StageCategory::Open),
                is_customer: deals.iter().any(|deal| deal.category == StageCategory::Won),
                latest_activity: cluster.members.iter().map(|member| member.record.meta.updated_at).max(),
            }
        };
        let candidates = match gathered.clusters.as_slice() {
            // One candidate needs no comparison.
            [only] => vec![AccountCandidate {
                account: only.anchor.clone(),
                has_open_opportunity: false,
                is_customer: false,
                latest_activity: None,
            }],
            several => join_all(several.iter().map(candidate)).await,
        };
        match account_of(&person.cluster, &self.infos, &candidates) {
            AccountMatch::ByDomain(key) => {
                let Some(cluster) = gathered.cluster_of(&key) else { return Ok((None, None)) };
                Ok((self.account(view, inquiry, cluster, &gathered.gaps, None, wanted).await, None))
            }
            AccountMatch::Ambiguous(warning) => Ok((None, Some(warning))),
            AccountMatch::Named(_) | AccountMatch::Unknown => Ok((None, None)),
        }
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

    /// The accounts whose records a list's page brought, one entry a record: `None` where `shows` says that the
    /// account is shown at another place.
    pub(super) async fn accounts_of_page(
        &self,
        view: &View,
        inquiry: &Inquiry,
        records: Vec<AccountRecord>,
        wanted: &AccountsWanted,
        shows: impl Fn(&Cluster<AccountRecord>, &RecordKey) -> bool,
    ) -> (Vec<Option<Account>>, Vec<Gap>) {
        let known: Vec<Arc<AccountRecord>> = records.into_iter().map(Arc::new).collect();
        let keys: Vec<RecordKey> = known.iter().map(|record| record.meta.key.clone()).collect();
        let gathered = self.gather_accounts(view, inquiry, Seeds::known(known), wanted).await;
        let one = async |key: &RecordKey| {
            let cluster = gathered.cluster_of(key).filter(|cluster| shows(cluster, key))?;
            self.account(view, inquiry, cluster, &gathered.gaps, None, wanted).await
        };
        (join_all(keys.iter().map(one)).await, gathered.gaps)
    }

    /// Where a field's value came from; none where no record holds one.
    pub fn account_provenance(
        &self,
        account: &Account,
        field: MergedAccountField,
    ) -> Option<Provenance<MergedAccountField>> {
        account_provenance(&account.cluster, &self.infos, &Same::default(), field)
    }

    async fn gather_accounts(
        &self,
        view: &View,
        inquiry: &Inquiry,
        seeds: Seeds<AccountRecord>,
        wanted: &AccountsWanted,
    ) -> Gathered<AccountRecord> {
        let select = accounts_select(view, &wanted.select);
        self.gather(inquiry, seeds, &select, wanted.freshness).await
    }

    async fn account(
        &self,
        view: &View,
        inquiry: &Inquiry,
        cluster: &Cluster<AccountRecord>,
        gaps: &[Gap],
        asked: Option<&RecordKey>,
        wanted: &AccountsWanted,
    ) -> Option<Account> {
        let merged = merge_account(cluster, &self.infos, &Same::default());
        let needs = view.accounts_need();
        let owner = match (&merged.owner, needs.owner || needs.account_team) {
            (Some(key), true) => Some(self.directory(inquiry).await.owner(key)),
            _ => None,
        };
        let team = if needs.account_team { self.account_team(inquiry, cluster).await } else { Vec::new() };
        let place = place_of(&merged);
        let row = AccountRow { owner: owner.as_ref(), team: &team, place: Some(&place) };
        if !view.sees_account(&row) {
            return None;
        }
        let key = if gaps.is_empty() { &cluster.anchor } else { asked.unwrap_or(&cluster.anchor) };
        let territory = view.company().territory_of(&place, owner.as_ref()).map(|it| it.key.clone());
        Some(Account {
            id: NodeId::new(NodeKind::Account, key.clone()),
            cluster: cluster.clone(),
            merged,
            gaps: gaps.to_vec(),
            freshness: wanted.freshness,
            territory,
        })
    }

    /// Owners of the open opportunities of an account.
    pub(super) async fn account_team(
        &self,
        inquiry: &Inquiry,
        cluster: &Cluster<AccountRecord>,
    ) -> Vec<Owner> {
        let deals = self.deals_of(inquiry, cluster).await;
        let directory: Arc<Directory> = self.directory(inquiry).await;
        let open = deals.iter().filter(|deal| deal.category == StageCategory::Open);
        open.filter_map(|deal| deal.owner.as_ref()).map(|key| directory.owner(key)).collect()
    }

    /// The opportunities of every record of an account, as their records tell them.
    async fn deals_of(
        &self,
        inquiry: &Inquiry,
        cluster: &Cluster<AccountRecord>,
    ) -> Vec<Arc<crate::domain::opportunity::OpportunityRecord>> {
        let asks = cluster.members.iter().filter_map(|member| {
            let key = &member.record.meta.key;
            let handle = self.source(&key.source)?.opportunities.as_ref()?;
            let (reading, lookup) =
                (inquiry.reading(&key.source), OpportunityLookup::OfAccount(key.id.clone()));
            Some(async move {
                let select = OpportunitySelect::default();
                handle.find(&[lookup], &select, Freshness::default(), &reading).await
            })
        });
        let mut deals = Vec::new();
        for outcome in join_all(asks).await {
            match outcome {
                Ok(answers) => deals.extend(answers.iter().flat_map(|answer| answer.found.records.clone())),
                Err(error) => {
                    inquiry.note_gap(&error);
                }
            }
        }
        deals
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

/// The fields to read so that these can be answered under this view.
pub(super) fn accounts_select(view: &View, wanted: &AccountSelect) -> AccountSelect {
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
