//! The history of a person, an account or an opportunity, read live and seen through a view.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::event::{Event, EventKind, Floor, HistoryPart};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::view::{EntryRow, Part, View};
use crate::source::ask::HistoryLookup;
use crate::source::cached::Freshness;

use super::accounts::Account;
use super::history::state::Current;
use super::history::{Entry, timeline};
use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::same::Same;
use super::opportunities::Opportunity;
use super::people::Person;
use super::refusal::Refusal;

/// At most so many people's histories are read live in one request: each costs vendor calls of its own.
const MOST_HISTORIES: usize = 10;

/// A history as a view sees it.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// What the view sees, oldest first.
    pub entries: Vec<Entry>,
    /// The kinds of entries of which only the number is seen.
    pub counted: Vec<EventKind>,
    /// Where each source's history stops being complete.
    pub floors: Vec<(SourceName, Floor)>,
    /// What is missing because a source is silent.
    pub gaps: Vec<Gap>,
    /// How it was read; what its entries refer to is read likewise.
    pub freshness: Freshness,
}

/// A record whose history is read.
#[derive(Clone, Debug)]
pub struct Told {
    /// The record.
    pub key: RecordKey,
    /// Its primary address, for vendors that keep events by recipient.
    pub address: Option<Arc<str>>,
    /// Addresses it had before, or has beside: events that name them are its own too.
    pub further_addresses: Vec<Arc<str>>,
}

impl Told {
    fn new(key: &RecordKey) -> Self {
        Self { key: key.clone(), address: None, further_addresses: Vec::new() }
    }

    /// What is asked of its source.
    fn lookups(&self, parts: &BTreeSet<HistoryPart>) -> Vec<HistoryLookup> {
        let one = |part: HistoryPart, address: Option<Arc<str>>| HistoryLookup {
            object: self.key.object.clone(),
            id: self.key.id.clone(),
            part,
            address,
        };
        let mut lookups: Vec<HistoryLookup> =
            parts.iter().map(|part| one(*part, self.address.clone())).collect();
        if parts.contains(&HistoryPart::Touches) {
            let further = self.further_addresses.iter().filter(|it| Some(*it) != self.address.as_ref());
            lookups.extend(further.map(|address| one(HistoryPart::Touches, Some(address.clone()))));
        }
        lookups
    }
}

impl Live {
    /// The history of all records of a person.
    ///
    /// # Errors
    /// `LedgerRequired` beyond ten histories a request.
    pub async fn history_of_person(
        &self,
        view: &View,
        inquiry: &Inquiry,
        person: &Person,
        parts: &BTreeSet<HistoryPart>,
    ) -> Result<Timeline, Refusal> {
        let members = person.cluster.members.iter().map(|member| &member.record);
        let told: Vec<Told> = members
            .clone()
            .map(|record| Told {
                address: record.email.clone(),
                further_addresses: record.other_emails.clone(),
                ..Told::new(&record.meta.key)
            })
            .collect();
        let current: Vec<Current> = members
            .filter_map(|record| {
                Some(Current {
                    record: record.meta.key.clone(),
                    field: "lifecycleStage".into(),
                    value: Some(record.vendor_stage.clone()?),
                    stage: record.stage,
                    modified_at: record.meta.updated_at,
                })
            })
            .collect();
        let mut same = Same::default();
        same.add_cluster(&person.cluster);
        self.history_of(view, inquiry, told, parts, &same, &current, person.freshness).await
    }

    /// The history of the records of an account.
    ///
    /// # Errors
    /// `LedgerRequired` beyond ten histories a request.
    pub async fn history_of_account(
        &self,
        view: &View,
        inquiry: &Inquiry,
        account: &Account,
        parts: &BTreeSet<HistoryPart>,
    ) -> Result<Timeline, Refusal> {
        let members = account.cluster.members.iter().map(|member| &member.record.meta.key);
        let told = members.map(Told::new).collect();
        self.history_of(view, inquiry, told, parts, &Same::default(), &[], account.freshness).await
    }

    /// The history of the records of an opportunity.
    ///
    /// # Errors
    /// `LedgerRequired` beyond ten histories a request.
    pub async fn history_of_opportunity(
        &self,
        view: &View,
        inquiry: &Inquiry,
        opportunity: &Opportunity,
        parts: &BTreeSet<HistoryPart>,
    ) -> Result<Timeline, Refusal> {
        let members = opportunity.cluster.members.iter().map(|member| &member.record.meta.key);
        let told = members.map(Told::new).collect();
        self.history_of(view, inquiry, told, parts, &Same::default(), &[], opportunity.freshness).await
    }

    /// How yet another history of a request is read: live as long as few are, then from what was captured.
    fn history_is_read(&self, inquiry: &Inquiry, freshness: Freshness) -> Result<Freshness, Refusal> {
        if freshness.captured || inquiry.may_read_history(MOST_HISTORIES) {
            return Ok(freshness);
        }
        if self.is_captured() {
            return Ok(Freshness { captured: true, ..freshness });
        }
        let outlook = self.outlook().unwrap_or_else(|| "Ask for fewer, or switch the ledger on.".to_owned());
        Err(Refusal::LedgerRequired(format!(
            "History is read live for at most {MOST_HISTORIES} records a request. {outlook}"
        )))
    }

    /// The history of any records that are one thing.
    ///
    /// # Errors
    /// `LedgerRequired` beyond ten histories a request.
    #[expect(clippy::too_many_arguments, reason = "each is a fact of its own about the same question")]
    pub(super) async fn history_of(
        &self,
        view: &View,
        inquiry: &Inquiry,
        told: Vec<Told>,
        parts: &BTreeSet<HistoryPart>,
        same: &Same,
        current: &[Current],
        freshness: Freshness,
    ) -> Result<Timeline, Refusal> {
        let freshness = self.history_is_read(inquiry, freshness)?;
        let mut by_source: BTreeMap<SourceName, Vec<HistoryLookup>> = BTreeMap::new();
        for record in told {
            let lookups = record.lookups(parts);
            by_source.entry(record.key.source).or_default().extend(lookups);
        }
        let asks = by_source.into_iter().filter_map(|(name, lookups)| {
            let history = self.reading(&name, freshness)?.history.as_ref()?;
            let reading = inquiry.reading(&name);
            Some(async move { (name, history.find(&lookups, &(), freshness, &reading).await) })
        });
        let mut seen = Timeline { freshness, ..Timeline::default() };
        let mut events: Vec<Event> = Vec::new();
        for (name, outcome) in join_all(asks).await {
            match outcome {
                Ok(answers) => {
                    for answer in &answers {
                        inquiry.note_answer(&name, answer);
                        for history in &answer.found.records {
                            events.extend(history.events.iter().cloned());
                            seen.floors.extend(history.floor.iter().map(|it| (name.clone(), it.clone())));
                        }
                    }
                }
                Err(error) => seen.gaps.push(inquiry.note_gap(&error)),
            }
        }
        seen.floors.sort_by(|(one, a), (other, b)| (one, b.from).cmp(&(other, a.from)));
        seen.floors.dedup_by(|(one, _), (other, _)| one == other);
        let current = if parts.contains(&HistoryPart::Changes) { current } else { &[] };
        for entry in timeline(events, &self.infos, same, current) {
            let campaigns: Vec<RecordKey> = entry.event.campaign.iter().cloned().collect();
            match view.sees_entry(&EntryRow { kind: entry.event.kind, campaigns: &campaigns }) {
                Part::Entry => seen.entries.push(entry),
                Part::Counted => seen.counted.push(entry.event.kind),
                Part::Nothing => {}
            }
        }
        Ok(seen)
    }
}
