//! From records that hang together to the people, accounts and opportunities they are.
//!
//! Pure: identity, survivorship, timeline and journey are the functions the live path uses, over exactly the records of
//! one component. Equal material gives equal rows, in whatever order it came.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::account::AccountRecord;
use crate::domain::event::Event;
use crate::domain::fact::Moment;
use crate::domain::id::RecordKey;
use crate::domain::lead_source::LeadSource;
use crate::domain::opportunity::{OpportunityRecord, Pipeline, StageCategory};
use crate::domain::person::PersonRecord;
use crate::domain::record::Record;
use crate::domain::territory::Place;
use crate::domain::web_domain;
use crate::unify::history::state::Current;
use crate::unify::history::{Entry, timeline};
use crate::unify::identity::accounts::{
    AccountCandidate, AccountMatch, account_of, domains_of_account, domains_of_person, link_accounts,
};
use crate::unify::identity::cluster::{Cluster, Reach, WarningCode};
use crate::unify::identity::opportunities::link_opportunities;
use crate::unify::identity::people::link;
use crate::unify::journey::activity::{first_sales_activity, last_engaged_at};
use crate::unify::journey::lifecycle::{Journey, Sale, journey};
use crate::unify::journey::stages::{closed_at, stage_periods};
use crate::unify::journey::touch::{first_touch, touches};
use crate::unify::merge::account::{MergedAccount, merge_account};
use crate::unify::merge::opportunity::{MergedOpportunity, merge_opportunity};
use crate::unify::merge::person::{MergedPerson, MergedPersonField, merge_person, person_provenance};
use crate::unify::merge::same::Same;

use super::bonds::histories_of_addresses;
use super::line::{
    AccountLine, Customs, NewAccount, NewOpportunity, NewPerson, NewTouch, OpportunityLine, PersonLine,
};
use super::material::{Material, Seen};
use super::rules::Rules;

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
struct Work<'a> {
    material: &'a Material,
    around: &'a Around<'a>,
    people: Vec<Cluster>,
    accounts: Vec<Cluster<AccountRecord>>,
    deals: Vec<Cluster<OpportunityRecord>>,
    person_of: HashMap<RecordKey, usize>,
    account_of: HashMap<RecordKey, usize>,
    deal_of: HashMap<RecordKey, usize>,
}

/// An opportunity before its people are known.
struct Deal {
    merged: MergedOpportunity,
    entries: Vec<Entry>,
    seen: Seen,
    account: Option<usize>,
    people: Vec<usize>,
    lead: Option<usize>,
    closed: Option<Moment>,
    /// When it was won or lost, to the instant where the history has it.
    ended_at: Option<DateTime<Utc>>,
}

/// A person before their journey is known.
struct Body {
    merged: MergedPerson,
    entries: Vec<Entry>,
    seen: Seen,
    account: Option<usize>,
    is_ambiguous: bool,
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

    fn new_people(&self, bodies: &[Body], journeys: Vec<Journey>, deals: &[Deal]) -> Vec<NewPerson> {
        let person = |(place, (body, journey)): (usize, (&Body, Journey))| {
            let (cluster, merged, now) = (&self.people[place], &body.merged, self.around.now);
            let touches = touches(&body.entries, now);
            let mut warnings: Vec<WarningCode> = cluster.warnings.iter().map(|it| it.code).collect();
            warnings.extend(body.is_ambiguous.then_some(WarningCode::AmbiguousAccount));
            NewPerson {
                anchor: cluster.anchor.clone(),
                created_at: merged.created_at,
                updated_at: merged.updated_at,
                seen: body.seen,
                first_touch: first_touch(&touches).map(|it| it.when),
                last_engaged_at: last_engaged_at(&body.entries, now),
                first_sales_activity_at: first_sales_activity(&body.entries, now),
                account: body.account,
                owner: merged.owner.clone(),
                source: merged.original_source.clone(),
                stage: merged.lifecycle_stage,
                opportunities: deals_of(place, deals),
                touches: touches
                    .iter()
                    .map(|it| NewTouch {
                        when: it.when,
                        campaign: it.event.campaign.clone(),
                        asset: asset(it.event),
                        kind: it.event.kind,
                        channel: it.channel,
                        is_eligible: it.is_eligible,
                    })
                    .collect(),
                line: PersonLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len(),
                    name: merged.display_name.clone(),
                    email: merged.email.clone(),
                    domains: distinct(
                        merged.emails.iter().filter_map(|it| web_domain::registrable(&it.address)),
                    ),
                    place: place_of_person(merged),
                    scores: merged.scores.iter().map(|it| it.score.clone()).collect(),
                    custom: customs(&merged.custom),
                    has_conflict: self.is_in_conflict(cluster),
                    warnings: distinct(warnings.into_iter()),
                    email_opt_out: merged.consent.email_opt_out,
                    campaigns: self.campaigns_of(place),
                    told_by: journey.periods.iter().map(|it| it.record.clone()).collect(),
                },
                passes: journey.passes,
                periods: journey.periods,
            }
        };
        bodies.iter().zip(journeys).enumerate().map(person).collect()
    }

    fn new_opportunities(&self, deals: &[Deal], people: &[NewPerson]) -> Vec<NewOpportunity> {
        let opportunity = |(place, deal): (usize, &Deal)| {
            let (cluster, now) = (&self.deals[place], self.around.now);
            let involved = deal.people.iter().chain(&deal.lead);
            let with_people = involved.filter_map(|person| people[*person].first_sales_activity_at).min();
            let on_itself = first_sales_activity(&deal.entries, now);
            let contacts = deal.merged.contacts.iter();
            let role = |person: &usize| {
                let of = |contact: &&_| self.person_of.get(&contact_key(contact)) == Some(person);
                contacts.clone().find(of).and_then(|contact| contact.role)
            };
            let of_lead = || deal.lead.and_then(|lead| people[lead].source.clone());
            NewOpportunity {
                anchor: cluster.anchor.clone(),
                line: OpportunityLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len(),
                    custom: customs(&deal.merged.custom),
                    roles: deal.people.iter().map(role).collect(),
                },
                seen: deal.seen,
                closed: deal.closed,
                first_sales_activity_at: with_people.into_iter().chain(on_itself).min(),
                account: deal.account,
                lead: deal.lead,
                source: deal.merged.lead_source.clone().filter(says_something).or_else(of_lead),
                people: deal.people.clone(),
                stages: stage_periods(&deal.merged, &deal.entries, self.around.pipelines, now),
                merged: deal.merged.clone(),
            }
        };
        deals.iter().enumerate().map(opportunity).collect()
    }

    fn new_accounts(
        &self,
        merged: &[MergedAccount],
        people: &[NewPerson],
        opportunities: &[NewOpportunity],
    ) -> Vec<NewAccount> {
        let account = |(place, merged): (usize, &MergedAccount)| {
            let cluster = &self.accounts[place];
            let own = |named: Option<usize>| named == Some(place);
            NewAccount {
                anchor: cluster.anchor.clone(),
                line: AccountLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len(),
                    domains: merged.domains.iter().cloned().collect(),
                    place: Place {
                        country: merged.country.clone(),
                        state: merged.state.clone(),
                        industry: merged.industry.clone(),
                        employees: merged.employees,
                    },
                    custom: customs(&merged.custom),
                },
                created_at: merged.created_at,
                updated_at: merged.updated_at,
                seen: self.seen(cluster.members.iter().map(|it| &it.record.meta.key), &Seen::NEVER),
                name: merged.name.clone(),
                owner: merged.owner.clone(),
                is_target: merged.is_target.unwrap_or(false),
                people: (0..people.len()).filter(|it| own(people[*it].account)).collect(),
                opportunities: (0..opportunities.len())
                    .filter(|it| own(opportunities[*it].account))
                    .collect(),
            }
        };
        merged.iter().enumerate().map(account).collect()
    }

    fn is_in_conflict(&self, cluster: &Cluster) -> bool {
        let mut sources = cluster.members.iter().map(|it| &it.record.meta.key.source);
        let first = sources.next();
        let several = sources.any(|source| Some(source) != first);
        several
            && MergedPersonField::ALL.into_iter().any(|field| {
                person_provenance(cluster, &self.around.rules.sources, self.around.users, &[], field)
                    .is_some_and(|told| told.in_conflict)
            })
    }

    fn campaigns_of(&self, person: usize) -> Box<[RecordKey]> {
        let own =
            self.material.memberships.iter().filter(|it| self.person_of.get(&it.person) == Some(&person));
        distinct(own.map(|membership| membership.campaign.clone()))
    }

    fn seen<'k>(&self, keys: impl Iterator<Item = &'k RecordKey>, events: &Seen) -> Seen {
        keys.map(|key| self.material.seen(key)).fold(*events, Seen::latest)
    }

    /// When the first thing that lies ahead happens.
    fn changes_at(&self) -> Option<DateTime<Utc>> {
        let ahead = self.material.events.iter().map(|event| event.event.occurred_at);
        ahead.filter(|at| *at > self.around.now).min()
    }
}

/// The events of everything in a component.
struct Told<'a> {
    of_people: Vec<Vec<Event>>,
    of_deals: Vec<Vec<Event>>,
    seen_of_people: Vec<Seen>,
    seen_of_deals: Vec<Seen>,
    work: &'a Work<'a>,
}

impl<'a> Told<'a> {
    fn of(work: &'a Work<'a>) -> Self {
        let (people, deals) = (work.people.len(), work.deals.len());
        let mut told = Self {
            of_people: vec![Vec::new(); people],
            of_deals: vec![Vec::new(); deals],
            seen_of_people: vec![Seen::NEVER; people],
            seen_of_deals: vec![Seen::NEVER; deals],
            work,
        };
        let mut by_address: HashMap<RecordKey, BTreeSet<usize>> = HashMap::new();
        for (place, cluster) in work.people.iter().enumerate() {
            for history in cluster.members.iter().flat_map(|it| histories_of_addresses(&it.record)) {
                by_address.entry(history).or_default().insert(place);
            }
        }
        let mut events: Vec<_> = work.material.events.iter().collect();
        events.sort_by_key(|event| event.sequence);
        for recorded in events {
            let (event, seen) = (&recorded.event, Seen::of_event(recorded));
            let by_address = by_address.get(&recorded.of).into_iter().flatten();
            for place in told.work.person_of.get(&recorded.of).into_iter().chain(by_address) {
                told.of_people[*place].push((**event).clone());
                told.seen_of_people[*place] = told.seen_of_people[*place].latest(seen);
            }
            if let Some(place) = told.work.deal_of.get(&recorded.of) {
                told.of_deals[*place].push((**event).clone());
                told.seen_of_deals[*place] = told.seen_of_deals[*place].latest(seen);
            }
        }
        told
    }
}

/// The opportunities a person is a contact of or that came from them.
fn deals_of(person: usize, deals: &[Deal]) -> Vec<usize> {
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

fn place_of_person(merged: &MergedPerson) -> Place {
    Place {
        country: merged.country.clone(),
        state: merged.state.clone(),
        industry: merged.industry.clone(),
        employees: merged.employees,
    }
}

fn asset(event: &Event) -> Option<RecordKey> {
    match &event.detail {
        crate::domain::event::Detail::Touch { asset, .. } => asset.as_ref().map(|asset| asset.key.clone()),
        _ => None,
    }
}

fn contact_key(contact: &crate::domain::opportunity::OpportunityContactRole) -> RecordKey {
    contact.person.clone()
}

fn says_something(source: &LeadSource) -> bool {
    source.sub_channel.is_some() || source.channel != crate::domain::lead_source::Channel::Unknown
}

fn customs(merged: &BTreeMap<Arc<str>, crate::domain::custom::CustomValue>) -> Customs {
    merged.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Box<[T]> {
    values.collect::<BTreeSet<T>>().into_iter().collect()
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
