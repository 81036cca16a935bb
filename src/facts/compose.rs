//! From records that hang together to the people, accounts and opportunities they are.
//!
//! Pure: identity, survivorship, timeline and journey are the functions the live path uses, over exactly the records of
//! one component. Equal material gives equal rows, in whatever order it came.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::account::AccountRecord;
use crate::domain::fact::Moment;
use crate::domain::id::RecordKey;
use crate::domain::opportunity::{OpportunityRecord, Pipeline, StageCategory};
use crate::domain::person::PersonRecord;
use crate::domain::record::Record;
use crate::unify::history::state::Current;
use crate::unify::history::{Entry, timeline};
use crate::unify::identity::accounts::{
    AccountCandidate, AccountMatch, account_of, domains_of_account, domains_of_person, link_accounts,
};
use crate::unify::identity::cluster::{Cluster, Reach};
use crate::unify::identity::opportunities::link_opportunities;
use crate::unify::identity::people::link;
use crate::unify::journey::lifecycle::{Journey, Sale, journey};
use crate::unify::journey::stages::closed_at;
use crate::unify::merge::account::{MergedAccount, merge_account};
use crate::unify::merge::opportunity::{MergedOpportunity, merge_opportunity};
use crate::unify::merge::person::{MergedPerson, merge_person};
use crate::unify::merge::same::Same;

use super::line::{NewAccount, NewOpportunity, NewPerson};
use super::material::{Material, Seen};
use super::rules::Rules;
use super::told::Told;

/// What everybody shares while rows are made.
pub(super) struct Around<'a> {
    pub(super) rules: &'a Rules,
    /// Which keys of users mean the same user.
    pub(super) users: &'a Same,
    pub(super) pipelines: &'a [Arc<Pipeline>],
    /// Nothing later is told.
    pub(super) now: DateTime<Utc>,
}

/// The rows of one component.
#[derive(Clone, Debug, Default)]
pub(super) struct Composed {
    pub(super) people: Vec<NewPerson>,
    pub(super) accounts: Vec<NewAccount>,
    pub(super) opportunities: Vec<NewOpportunity>,
    /// When something that lies ahead will have happened.
    pub(super) changes_at: Option<DateTime<Utc>>,
}

/// Makes the rows of records that hang together.
pub(super) fn compose(material: &Material, around: &Around<'_>) -> Composed {
    let sources = &around.rules.sources;
    let people = link(&material.people, sources, &around.rules.identity, &Reach::default());
    let accounts = link_accounts(&material.accounts, sources);
    let deals = link_opportunities(&material.opportunities, sources);
    let work = Work {
        material,
        around,
        person_of: places(&people),
        account_of: places(&accounts),
        deal_of: places(&deals),
        people,
        accounts,
        deals,
    };
    work.rows()
}

/// One component while its rows are made; everything is named by its place.
pub(super) struct Work<'a> {
    pub(super) material: &'a Material,
    pub(super) around: &'a Around<'a>,
    pub(super) people: Vec<Cluster>,
    pub(super) accounts: Vec<Cluster<AccountRecord>>,
    pub(super) deals: Vec<Cluster<OpportunityRecord>>,
    pub(super) person_of: HashMap<RecordKey, usize>,
    pub(super) account_of: HashMap<RecordKey, usize>,
    pub(super) deal_of: HashMap<RecordKey, usize>,
}

/// An opportunity before its people are known.
pub(super) struct Deal {
    pub(super) merged: MergedOpportunity,
    pub(super) entries: Vec<Entry>,
    pub(super) seen: Seen,
    pub(super) account: Option<usize>,
    pub(super) people: Vec<usize>,
    pub(super) lead: Option<usize>,
    pub(super) closed: Option<Moment>,
    /// When it was won or lost, to the instant where the history has it.
    pub(super) ended_at: Option<DateTime<Utc>>,
}

/// A person before their journey is known.
pub(super) struct Body {
    pub(super) merged: MergedPerson,
    pub(super) entries: Vec<Entry>,
    pub(super) seen: Seen,
    pub(super) account: Option<usize>,
    pub(super) is_ambiguous: bool,
}

impl Work<'_> {
    fn rows(&self) -> Composed {
        let events = Told::of(self);
        let mut deals: Vec<Deal> = (0..self.deals.len()).map(|place| self.deal(place, &events)).collect();
        let merged: Vec<MergedAccount> = self
            .accounts
            .iter()
            .map(|it| merge_account(it, &self.around.rules.sources, self.around.users))
            .collect();
        let candidates: Vec<AccountCandidate> =
            (0..self.accounts.len()).map(|place| self.candidate(place, &deals)).collect();
        let bodies: Vec<Body> =
            (0..self.people.len()).map(|place| self.body(place, &events, &candidates)).collect();
        let journeys = self.journeys(&bodies, &mut deals);
        let people = self.new_people(&bodies, journeys, &deals);
        let opportunities = self.new_opportunities(&deals, &people);
        let accounts = self.new_accounts(&merged, &people, &opportunities);
        Composed { people, accounts, opportunities, changes_at: self.changes_at() }
    }

    fn deal(&self, place: usize, events: &Told<'_>) -> Deal {
        let (cluster, rules) = (&self.deals[place], self.around.rules);
        let mut same = Same::default();
        cluster.members.iter().flat_map(|it| &it.record.contacts).for_each(|contact| {
            if let Some(person) = self.person_of.get(&contact.person) {
                same.add(contact.person.clone(), self.people[*person].anchor.clone());
            }
        });
        let merged = merge_opportunity(cluster, &rules.sources, &same);
        let entries = timeline(events.of_deals[place].clone(), &rules.sources, &Same::default(), &[]);
        let mut people: Vec<usize> = Vec::new();
        let by_rank = merged.contacts.iter().filter(|it| it.is_primary);
        for contact in by_rank.chain(merged.contacts.iter().filter(|it| !it.is_primary)) {
            if let Some(person) = self.person_of.get(&contact.person)
                && !people.contains(person)
            {
                people.push(*person);
            }
        }
        let ended = matches!(merged.category, StageCategory::Won | StageCategory::Lost);
        let told = closed_at(&entries, merged.category);
        let closed = ended.then(|| match (merged.closed_at, merged.close_date) {
            (Some(at), _) => Moment::instant(at),
            (None, Some(day)) => Moment::day(day, end_of(day, rules.zone)),
            (None, None) => Moment::instant(told.unwrap_or(merged.updated_at)),
        });
        Deal {
            account: merged.account.as_ref().and_then(|key| self.account_of.get(key)).copied(),
            lead: self.converted_into(cluster).or_else(|| people.first().copied()),
            seen: self
                .seen(cluster.members.iter().map(|it| &it.record.meta.key), &events.seen_of_deals[place]),
            ended_at: closed.map(|closed| told.unwrap_or(closed.at)),
            merged,
            entries,
            people,
            closed,
        }
    }

    /// The person whose lead was converted into an opportunity.
    fn converted_into(&self, deal: &Cluster<OpportunityRecord>) -> Option<usize> {
        let opened = |record: &PersonRecord| {
            let key = record.conversion.as_ref()?.opportunity.as_ref()?;
            Some(deal.holds(key))
        };
        let is_lead = |person: &Cluster| person.members.iter().any(|it| opened(&it.record) == Some(true));
        self.people.iter().position(is_lead)
    }

    /// An account as one of several that may be a person's.
    fn candidate(&self, place: usize, deals: &[Deal]) -> AccountCandidate {
        let own = || deals.iter().filter(|deal| deal.account == Some(place));
        let cluster = &self.accounts[place];
        AccountCandidate {
            account: cluster.anchor.clone(),
            has_open_opportunity: own().any(|deal| deal.merged.category == StageCategory::Open),
            is_customer: own().any(|deal| deal.merged.category == StageCategory::Won),
            latest_activity: cluster.members.iter().map(|it| it.record.meta.updated_at).max(),
        }
    }

    fn body(&self, place: usize, events: &Told<'_>, candidates: &[AccountCandidate]) -> Body {
        let (cluster, rules) = (&self.people[place], self.around.rules);
        let domains = domains_of_person(cluster);
        let by_domain: Vec<AccountCandidate> = self
            .accounts
            .iter()
            .zip(candidates)
            .filter(|(account, _)| {
                let mut own = account.members.iter().flat_map(|it| domains_of_account(&it.record));
                own.any(|domain| domains.contains(&domain))
            })
            .map(|(_, candidate)| candidate.clone())
            .collect();
        let (account, is_ambiguous) = match account_of(cluster, &rules.sources, &by_domain) {
            AccountMatch::Named(key) | AccountMatch::ByDomain(key) => {
                (self.account_of.get(&key).copied(), false)
            }
            AccountMatch::Ambiguous(_) => (None, true),
            AccountMatch::Unknown => (None, false),
        };
        let mut same = Same::default();
        same.add_cluster(cluster);
        let current: Vec<Current> = cluster.members.iter().filter_map(|it| stage_now(&it.record)).collect();
        Body {
            merged: merge_person(cluster, &rules.sources, self.around.users, &[]),
            entries: timeline(events.of_people[place].clone(), &rules.sources, &same, &current),
            seen: self
                .seen(cluster.members.iter().map(|it| &it.record.meta.key), &events.seen_of_people[place]),
            account,
            is_ambiguous,
        }
    }

    /// Walks everybody, then finds for opportunities that name nobody the person of their account whose pass was open
    /// when they were created, and walks those people again.
    fn journeys(&self, bodies: &[Body], deals: &mut [Deal]) -> Vec<Journey> {
        let mut journeys: Vec<Journey> =
            (0..bodies.len()).map(|person| self.walk(person, &bodies[person], deals)).collect();
        let mut again: BTreeSet<usize> = BTreeSet::new();
        for deal in deals.iter_mut().filter(|deal| deal.lead.is_none() && deal.account.is_some()) {
            let created = deal.merged.created_at;
            let opened = |person: usize| {
                let open = journeys[person].passes.iter().find(|pass| pass.is_open_at(created))?;
                Some((open.opened_at()?, std::cmp::Reverse(person)))
            };
            let colleagues = (0..bodies.len()).filter(|person| bodies[*person].account == deal.account);
            let latest = colleagues.filter_map(|person| Some((opened(person)?, person))).max();
            deal.lead = latest.map(|(_, person)| person);
            again.extend(deal.lead);
        }
        for person in again {
            journeys[person] = self.walk(person, &bodies[person], deals);
        }
        journeys
    }

    fn walk(&self, person: usize, body: &Body, deals: &[Deal]) -> Journey {
        let records: Vec<&PersonRecord> = self.people[person].members.iter().map(|it| &*it.record).collect();
        let own = deals_of(person, deals);
        let sale = |place: &usize| {
            let deal = &deals[*place];
            let closed = deal.ended_at.map(|at| (deal.merged.category, at));
            Sale { created_at: deal.merged.created_at, closed }
        };
        let sales: Vec<Sale> = own.iter().map(sale).collect();
        let mut told = journey(&records, &body.entries, &[], &sales, self.around.now);
        for pass in &mut told.passes {
            pass.sale = pass.sale.map(|sale| own[sale]);
        }
        told
    }

    pub(super) fn seen<'k>(&self, keys: impl Iterator<Item = &'k RecordKey>, events: &Seen) -> Seen {
        keys.map(|key| self.material.seen(key)).fold(*events, Seen::latest)
    }

    /// When the first thing that lies ahead happens.
    fn changes_at(&self) -> Option<DateTime<Utc>> {
        let ahead = self.material.events.iter().map(|event| event.event.occurred_at);
        ahead.filter(|at| *at > self.around.now).min()
    }
}

/// The opportunities a person is a contact of or that came from them.
pub(super) fn deals_of(person: usize, deals: &[Deal]) -> Vec<usize> {
    let is_own = |deal: &Deal| deal.people.contains(&person) || deal.lead == Some(person);
    let mut own: Vec<usize> = (0..deals.len()).filter(|place| is_own(&deals[*place])).collect();
    own.sort_by_key(|place| (deals[*place].merged.created_at, *place));
    own
}

fn places<R: Record>(clusters: &[Cluster<R>]) -> HashMap<RecordKey, usize> {
    let keys = clusters.iter().enumerate();
    keys.flat_map(|(place, cluster)| cluster.keys().map(move |key| (key.clone(), place))).collect()
}

/// The stage a record holds now, as histories write it.
pub(super) fn stage_now(record: &PersonRecord) -> Option<Current> {
    Some(Current {
        record: record.meta.key.clone(),
        field: "lifecycleStage".into(),
        value: Some(record.vendor_stage.clone()?),
        stage: record.stage,
        modified_at: record.meta.updated_at,
    })
}

/// The last millisecond of a day.
pub(super) fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let local = zone.from_local_datetime(&midnight).earliest().map(|at| at.with_timezone(&Utc));
    // Where clocks jump over midnight, the next hour serves.
    let later = || zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest();
    local.or_else(|| later().map(|at| at.with_timezone(&Utc))).unwrap_or_else(|| midnight.and_utc())
        - TimeDelta::milliseconds(1)
}
