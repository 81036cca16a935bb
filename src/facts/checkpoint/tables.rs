//! Rows and lines in a checkpoint. Which row a key means is found again from the lines.

use std::io;
use std::sync::Arc;

use crate::domain::fact::{FactSet, Table, Texts};
use crate::domain::id::RecordKey;

use super::super::keys::Row;
use super::super::line::{AccountLine, OpportunityLine, PersonLine};
use super::super::sharing::{Shared, share_anchor};
use super::super::tables::{Tables, keys_of};
use super::super::web::Web;
use super::{FrameReader, FrameWriter};

impl Tables {
    /// Writes them into a checkpoint.
    pub(in super::super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        out.put(&self.free)?;
        out.put(&self.ownerless)?;
        out.put_table(&self.people)?;
        out.put_table(&self.accounts)?;
        out.put_table(&self.opportunities)?;
        let facts = &self.facts;
        out.put_table(facts.texts.all())?;
        out.put(&facts.currencies)?;
        out.put_table(&facts.people)?;
        out.put_table(&facts.person_keys)?;
        out.put_table(&facts.passes)?;
        out.put_table(&facts.periods)?;
        out.put_table(&facts.touches)?;
        out.put_table(&facts.person_opportunities)?;
        out.put_table(&facts.person_campaigns)?;
        out.put_table(&facts.opportunities)?;
        out.put_table(&facts.opportunity_keys)?;
        out.put_table(&facts.opportunity_people)?;
        out.put_table(&facts.stages)?;
        out.put_table(&facts.accounts)?;
        out.put_table(&facts.account_keys)?;
        out.put_table(&facts.account_people)?;
        out.put_table(&facts.account_opportunities)
    }

    /// Reads them from a checkpoint. What is of the whole company comes with the next publication.
    pub(in super::super) fn restore(
        from: &mut FrameReader,
        shared: &mut Shared,
        web: &Web,
    ) -> io::Result<Self> {
        let mut tables = Self { free: from.take()?, ownerless: from.take()?, ..Self::default() };
        tables.people = from.take_table(|_, mut line: Option<PersonLine>| {
            if let Some(line) = &mut line {
                shared.person(line, web);
            }
            line.map(Arc::new)
        })?;
        tables.accounts = from.take_table(|_, mut line: Option<AccountLine>| {
            if let Some(line) = &mut line {
                shared.account(line, web);
            }
            line.map(Arc::new)
        })?;
        tables.opportunities = from.take_table(|_, mut line: Option<OpportunityLine>| {
            if let Some(line) = &mut line {
                shared.opportunity(line, web);
            }
            line.map(Arc::new)
        })?;
        let (people, accounts, opportunities) = (&tables.people, &tables.accounts, &tables.opportunities);
        let anchor = |row: Row, mut key: RecordKey| {
            share_anchor(&mut key, keys_of(row, people, accounts, opportunities));
            key
        };
        tables.facts = FactSet {
            texts: Texts::of(from.take_table(|_, text: Arc<str>| text)?),
            currencies: from.take()?,
            people: from.take_table(|_, row| row)?,
            person_keys: from.take_table(|at, key| anchor(Row::Person(at as u32), key))?,
            passes: from.take_table(|_, row| row)?,
            periods: from.take_table(|_, row| row)?,
            touches: from.take_table(|_, row| row)?,
            person_opportunities: from.take_table(|_, row| row)?,
            person_campaigns: from.take_table(|_, row| row)?,
            opportunities: from.take_table(|_, row| row)?,
            opportunity_keys: from.take_table(|at, key| anchor(Row::Opportunity(at as u32), key))?,
            opportunity_people: from.take_table(|_, row| row)?,
            stages: from.take_table(|_, row| row)?,
            accounts: from.take_table(|_, row| row)?,
            account_keys: from.take_table(|at, key| anchor(Row::Account(at as u32), key))?,
            account_people: from.take_table(|_, row| row)?,
            account_opportunities: from.take_table(|_, row| row)?,
            ..FactSet::default()
        };
        tables.know_keys();
        Ok(tables)
    }

    fn know_keys(&mut self) {
        let Self { people, accounts, opportunities, keys, .. } = self;
        for (at, line) in placed(people) {
            line.keys.iter().for_each(|key| keys.insert(key, Row::Person(at)));
        }
        for (at, line) in placed(accounts) {
            line.keys.iter().for_each(|key| keys.insert(key, Row::Account(at)));
        }
        for (at, line) in placed(opportunities) {
            line.keys.iter().for_each(|key| keys.insert(key, Row::Opportunity(at)));
        }
    }
}

/// The lines that are there, by place. Tables of lines hold rows of no owner, and so no place is left out.
fn placed<L>(lines: &Table<Option<Arc<L>>>) -> impl Iterator<Item = (u32, &Arc<L>)> {
    (0..).zip(lines.iter()).filter_map(|(at, line)| Some((at, line.as_ref()?)))
}
