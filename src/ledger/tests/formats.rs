//! A ledger of an older format is brought up to date when it is opened, and loses nothing by it.

use std::sync::Arc;

use crate::domain::event::HistoryPart;
use crate::ledger::Ledger;
use crate::ledger::entry::{Batch, Observation, history_of_address};
use crate::ledger::error::LedgerError;
use crate::ledger::open::{MIGRATIONS, opening};
use crate::ledger::state::MergeDraft;

use super::fixtures::*;
use super::particular::everything;
use super::{Place, on_both};

on_both!(
    a_ledger_of_format_1_is_carried_over_with_every_row,
    a_binary_of_format_1_refuses_what_a_newer_one_brought_up_to_date,
);

/// People with events of theirs, one of them of an address and one in two histories, and a floor.
fn told_first() -> Vec<Observation> {
    let leads = ["00Q1", "00Q2", "00Q3"].map(|id| person("Lead", id, &format!("{id}@example.com")));
    let address = history_of_address(&sales(), "00q1@example.com");
    let mut opened = touch("opened", &key("contact", "00q1@example.com"), "", 3);
    opened.person = None;
    let call = task("00T1", &key("Lead", "00Q1"), "Call", 2);
    let shared = Observation::Event { of: key("Opportunity", "0061"), event: Arc::new(call.clone()) };
    let mut told_first = vec![told(call), shared, Observation::Floor(floor_of("Lead", "00Q1"))];
    told_first.push(Observation::Event { of: address, event: Arc::new(opened) });
    for lead in leads {
        told_first.push(told(touch(&format!("v{}", lead.meta.key.id), &lead.meta.key, "/pricing", 1)));
        told_first.push(seen(lead));
    }
    told_first
}

/// Fills a ledger with rows of every table, some of them superseded, gone or erased.
async fn fill(ledger: &dyn Ledger) {
    let progress = Some(progress("3", 3, None, false));
    ledger.append(Batch { progress, ..batch(1, told_first()) }).await.unwrap();
    let lead = key("Lead", "00Q2");
    let otherwise = told(touch("v00Q2", &lead, "/product", 1));
    let gone = Observation::Gone { key: key("Task", "00T1"), at: at(4) };
    ledger.append(batch(5, vec![otherwise, gone])).await.unwrap();
    let previous = key("Lead", "00Q2");
    let merge = MergeDraft { previous, current: key("Contact", "0031"), rule: "EMAIL".into(), at: at(6) };
    ledger.log_merges(&[merge]).await.unwrap();
    ledger.erase(&[key("Lead", "00Q3")], at(7)).await.unwrap();
}

async fn a_ledger_of_format_1_is_carried_over_with_every_row(place: Place) {
    let old = opening(&place.url, &MIGRATIONS[..1]).await.unwrap();
    fill(&*old).await;
    let before = everything(&old).await;
    drop(old);

    let ledger = place.open().await;
    assert_eq!(everything(&ledger).await, before);
    let address = history_of_address(&sales(), "00q1@example.com");
    let histories = [key("Lead", "00Q1"), key("Lead", "00Q2"), address];
    assert_eq!(ledger.events_of(&histories, &HistoryPart::ALL).await.unwrap().len(), 3);
    assert_eq!(ledger.floors(&[key("Lead", "00Q1")]).await.unwrap().len(), 1);

    // What is known is known, what was erased stays away, what is gone may come back.
    let again = ledger.append(batch(8, told_first())).await.unwrap();
    assert_eq!((again.repeated, again.refused), (4, 2));
    assert_eq!(again.entries.len(), 3, "the event told otherwise, and the call in both its histories");
    let erasure = ledger.erase(&[key("Lead", "00Q1")], at(9)).await.unwrap();
    assert_eq!((erasure.records, erasure.events), (1, 4));
    assert_eq!(ledger.drop_events_before(at(10)).await.unwrap(), 6);
}

async fn a_binary_of_format_1_refuses_what_a_newer_one_brought_up_to_date(place: Place) {
    drop(opening(&place.url, &MIGRATIONS[..1]).await.unwrap());
    drop(place.open().await);
    let refused = opening(&place.url, &MIGRATIONS[..1]).await.err();
    let newest = MIGRATIONS.len() as i64;
    assert!(
        matches!(refused, Some(LedgerError::Newer { found, known: 1, .. }) if found == newest),
        "{refused:?}"
    );
}
