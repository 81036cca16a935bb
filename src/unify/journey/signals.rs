//! What moves a person: stages that vendors recorded, and what became of their sales.

use chrono::{DateTime, Utc};

use crate::domain::event::Detail;
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::StageCategory;
use crate::domain::person::PersonRecord;
use crate::unify::history::Entry;
use crate::unify::merge::stage::Return;

use super::lifecycle::Sale;

/// Something that may move a person.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    pub(super) at: DateTime<Utc>,
    pub(super) what: What,
    /// The record that tells it.
    pub(super) record: Option<RecordKey>,
}

/// What a signal says.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// Somebody, or a rule of the company's own, put the person into a stage.
    Stage { to: LifecycleStage, told: Told },
    /// A sale began, by its place among the person's.
    SaleBegan(usize),
    /// A sale was won or lost.
    SaleEnded { sale: usize, is_won: bool },
}

/// Who speaks of a stage. The later ones are believed more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// A record was created in it, or a sync copied it: it says where the person stands, not that they came back.
    Copy,
    /// A rule of the company's own in one of its systems.
    Rule,
    /// A human.
    Human,
}

/// Every signal up to an instant, in order.
pub(super) fn signals(
    records: &[&PersonRecord],
    entries: &[Entry],
    returns: &[Return],
    sales: &[Sale],
    until: DateTime<Utc>,
) -> Vec<Signal> {
    let mut all: Vec<Signal> = records.iter().filter_map(|record| initial(record, entries)).collect();
    all.extend(entries.iter().filter_map(of_entry));
    all.extend(returns.iter().map(|it| Signal {
        at: it.at,
        what: What::Stage { to: it.stage, told: Told::Human },
        record: Some(it.record.clone()),
    }));
    for (place, sale) in sales.iter().enumerate() {
        all.push(Signal { at: sale.created_at, what: What::SaleBegan(place), record: None });
        if let Some((category, at)) = sale.closed {
            let is_won = category == StageCategory::Won;
            let at = at.max(sale.created_at);
            all.push(Signal { at, what: What::SaleEnded { sale: place, is_won }, record: None });
        }
    }
    all.retain(|signal| signal.at <= until);
    // A stable sort: at one instant the order is that in which they were gathered, which is that of the timeline.
    all.sort_by_key(|signal| (signal.at, rank(signal.what)));
    all
}

/// At one instant: stages, then the sale they lead to, then its end.
fn rank(what: What) -> u8 {
    match what {
        What::Stage { to, .. } if to < LifecycleStage::Opportunity => 0,
        What::SaleBegan(_) => 1,
        What::Stage { .. } => 2,
        What::SaleEnded { .. } => 3,
    }
}

/// The stage a record was created with: what its first change left, or what it still holds.
fn initial(record: &PersonRecord, entries: &[Entry]) -> Option<Signal> {
    let own = entries
        .iter()
        .filter(|entry| entry.event.source == record.meta.key || entry.echoes.contains(&record.meta.key));
    let first = own.filter_map(|entry| match &entry.event.detail {
        Detail::Stage { from, .. } => Some((*from, entry.event.source == record.meta.key)),
        _ => None,
    });
    let to = match first.into_iter().next() {
        Some((from, true)) => from?,
        // Its first change repeats that of another record: what it held before is not told.
        Some((_, false)) => return None,
        None => record.stage?,
    };
    Some(Signal {
        at: record.meta.created_at,
        what: What::Stage { to, told: Told::Copy },
        record: Some(record.meta.key.clone()),
    })
}

fn of_entry(entry: &Entry) -> Option<Signal> {
    let Detail::Stage { to, .. } = &entry.event.detail else { return None };
    let told = match (entry.event.by_integration, &entry.event.actor) {
        (true, _) => Told::Copy,
        (false, None) => Told::Rule,
        (false, Some(_)) => Told::Human,
    };
    Some(Signal {
        at: entry.event.occurred_at,
        what: What::Stage { to: *to, told },
        record: Some(entry.event.source.clone()),
    })
}
