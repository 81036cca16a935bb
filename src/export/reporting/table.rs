//! One dataset of one view in one round: read where it may be told otherwise, written where it is.

use std::sync::Arc;

use crate::domain::id::{NodeKind, RecordKey};
use crate::export::dataset::Dataset;
use crate::export::reader::{Hanging, Reader, columns_of, tables_of};
use crate::export::reading::Reading;
use crate::facts::{Snapshot, Table};
use crate::ledger::error::LedgerError;
use crate::ledger::reporting::{self, Open, Placed, Round, State, at_spot, spot_of};

use super::touched::Touched;
use super::{ReportingError, cells};

/// Places whose names are looked at together.
const PAGE: i64 = 5_000;

/// Where to look.
pub(super) enum Looking {
    /// At everything there is, and at everything that is stored.
    AtAll,
    /// At what was touched.
    At(Touched),
}

/// A table that is being written.
pub(super) struct Writing {
    dataset: Dataset,
    at: Open,
}

impl Writing {
    pub(super) async fn begin(
        round: &mut Round,
        reading: Reading,
        dataset: Dataset,
    ) -> Result<Self, LedgerError> {
        let columns = columns_of(&reading, dataset).iter().map(cells::column).collect();
        let (name, about) = (Arc::from(dataset.name()), Arc::from(dataset.about()));
        let at = round.open(reporting::Table { name, about, columns }).await?;
        Ok(Self { dataset, at })
    }

    /// It is filled from nothing.
    pub(super) fn is_new(&self) -> bool {
        self.at.is_new
    }

    /// What was torn by an erasure.
    pub(super) async fn torn(&self, round: &mut Round) -> Result<Vec<(Table, RecordKey)>, LedgerError> {
        Ok(round.torn(&self.at).await?.iter().filter_map(|spot| hanging_on(spot)).collect())
    }

    /// Brings the rows of these places up to the facts.
    pub(super) async fn look(
        &mut self,
        round: &mut Round,
        reading: impl Fn() -> Reading,
        looking: Looking,
    ) -> Result<(), ReportingError> {
        let (dataset, own) = (self.dataset, reading());
        let snapshot = own.snapshot.clone();
        let mut reader = match &looking {
            Looking::AtAll => {
                // Choosing and ordering a million places takes a while.
                let choosing = tokio::task::spawn_blocking(move || Reader::of_all(own, dataset));
                choosing.await.expect("choosing rows does not panic")
            }
            Looking::At(touched) => {
                let (there, gone) = touched.within(&snapshot, tables_of(dataset));
                let gone: Vec<String> = gone.iter().map(|(table, key)| spot_of(table.kind(), key)).collect();
                round.remove(&mut self.at, &gone).await?;
                Reader::at(own, dataset, there)
            }
        };
        while let Some(places) = reader.next_places().await? {
            let placed: Vec<Placed> = places.into_iter().map(placed).collect();
            round.put(&mut self.at, &placed).await?;
        }
        if let (Looking::AtAll, false) = (looking, self.at.is_new) {
            self.remove_the_gone(round, &snapshot).await?;
        }
        Ok(())
    }

    /// Takes away what hangs on nothing any more.
    async fn remove_the_gone(&mut self, round: &mut Round, snapshot: &Snapshot) -> Result<(), LedgerError> {
        let mut after = String::new();
        loop {
            let stored = round.spots(&self.at, &after, PAGE).await?;
            let is_gone = |spot: &&String| {
                hanging_on(spot).is_none_or(|(table, key)| snapshot.named(table, &key).is_none())
            };
            let gone: Vec<String> = stored.iter().filter(is_gone).cloned().collect();
            round.remove(&mut self.at, &gone).await?;
            match stored.last() {
                Some(last) => after.clone_from(last),
                None => return Ok(()),
            }
        }
    }

    /// It tells this state.
    pub(super) async fn end(self, round: &mut Round, state: State) -> Result<(), LedgerError> {
        round.close(self.at, state).await
    }
}

fn placed(hanging: Hanging) -> Placed {
    let row = |cells: &Vec<crate::export::cell::Cell>| cells.iter().map(cells::text).collect();
    Placed { spot: spot_of(hanging.table.kind(), &hanging.key), rows: hanging.rows.iter().map(row).collect() }
}

fn hanging_on(spot: &str) -> Option<(Table, RecordKey)> {
    let (kind, key) = at_spot(spot)?;
    let table = match kind {
        NodeKind::Person => Table::People,
        NodeKind::Account => Table::Accounts,
        NodeKind::Opportunity => Table::Opportunities,
        _ => return None,
    };
    Some((table, key))
}
