//! Everything the org has, and then what changed, as capture reads it.
//!
//! A stream is an object. Its first pass goes through all rows by id, later ones through what was modified since by
//! modification stamp and id, deleted and archived rows included, 2,000 rows a call. A row brings its history with it
//! (the rows below it), so that a stream tells the record as it is and every event its history gives, out of the same
//! answer and by the same mapping as a live reading. `rows` says what a row tells.

mod deleted;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::connectors::position;
use crate::source::ask::{Ask, PipelineLookup, UserLookup};
use crate::source::changes::{BAD_POSITION, Change, ChangeBatch, Changes, Pace, Stream, UNKNOWN_STREAM};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;

use super::listing::{Keyset, PAGE};
use super::org::{Org, Query};
use super::soql::{Filter, Literal, Operator};
use rows::Of;

const OPERATION: &str = "reading changes";
/// Rows in a page where a full one is too large.
const SMALL_PAGE: usize = 200;

/// Where a reader stands: behind a row, as the keyset of the pass writes it.
type Position = position::Position<String>;

/// How a stream is read.
#[derive(Clone, Copy)]
enum Way {
    /// Row by row.
    Rows(Of),
    Users,
    Pipelines,
    /// Opportunities whose buying group changed: that touches no stamp of theirs.
    BuyingGroups,
    /// Rows that left the recycle bin before anybody saw them there.
    Deleted,
    /// Every row again, where the org computes fields of it: their changes leave no stamp.
    Computed(Of),
}

const fn stream(name: &'static str, what: &'static str, way: Way) -> (Stream, Way) {
    let pace = match way {
        Way::Rows(_) | Way::BuyingGroups => Pace::Changes,
        Way::Users | Way::Pipelines | Way::Deleted => Pace::Listing,
        Way::Computed(_) => Pace::Computed,
    };
    (Stream { name, what, pace }, way)
}

/// Every stream. What others name comes first.
const STREAMS: [(Stream, Way); 16] = [
    stream("users", "users and queues", Way::Users),
    stream("pipelines", "stages", Way::Pipelines),
    stream("accounts", "accounts", Way::Rows(Of::Accounts)),
    stream("contacts", "contacts", Way::Rows(Of::Contacts)),
    stream("leads", "leads", Way::Rows(Of::Leads)),
    stream("opportunities", "opportunities", Way::Rows(Of::Opportunities)),
    stream("campaigns", "campaigns", Way::Rows(Of::Campaigns)),
    stream("members", "campaign members", Way::Rows(Of::Members)),
    stream("tasks", "tasks", Way::Rows(Of::Tasks)),
    stream("events", "meetings", Way::Rows(Of::Meetings)),
    stream("buying_groups", "contact roles", Way::BuyingGroups),
    stream("deleted", "deletions", Way::Deleted),
    stream("computed_accounts", "computed fields of accounts", Way::Computed(Of::Accounts)),
    stream("computed_contacts", "computed fields of contacts", Way::Computed(Of::Contacts)),
    stream("computed_leads", "computed fields of leads", Way::Computed(Of::Leads)),
    stream("computed_opportunities", "computed fields of opportunities", Way::Computed(Of::Opportunities)),
];

#[async_trait]
impl Changes for Org {
    fn streams(&self) -> Vec<Stream> {
        STREAMS.iter().map(|(stream, _)| *stream).collect()
    }

    async fn read(
        &self,
        stream: &str,
        after: Option<&str>,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        let known = STREAMS.iter().find(|(known, _)| known.name == stream);
        let (stream, way) = known.ok_or_else(|| self.refused(UNKNOWN_STREAM))?;
        let position = Position::read(stream.name, after, self.now());
        let position = position.ok_or_else(|| self.refused(BAD_POSITION))?;
        match way {
            Way::Rows(of) => Box::pin(self.read_rows(*of, position.since, position, reading)).await,
            Way::Computed(of) => Box::pin(self.read_computed(*of, position, reading)).await,
            Way::Users => {
                let users = Ask::<UserLookup>::ask(self, &[UserLookup], &(), reading).await?;
                let users = users.into_iter().flat_map(|(_, users)| users);
                let told = users.map(|user| Change::User(Box::new(Arc::unwrap_or_clone(user))));
                Ok(whole(told.collect(), position))
            }
            Way::Pipelines => {
                let pipelines = Ask::<PipelineLookup>::ask(self, &[PipelineLookup], &(), reading).await?;
                let pipelines = pipelines.into_iter().flat_map(|(_, pipelines)| pipelines);
                let told = pipelines.map(|it| Change::Pipeline(Box::new(Arc::unwrap_or_clone(it))));
                Ok(whole(told.collect(), position))
            }
            Way::BuyingGroups => Box::pin(self.read_buying_groups(position, reading)).await,
            Way::Deleted => self.read_deleted(position, reading).await,
        }
    }
}

/// A pass that is one batch.
fn whole(changes: Vec<Change>, position: Position) -> ChangeBatch {
    let rows = changes.len() as u64;
    ChangeBatch { changes, position: position.through().text(), caught_up: true, rows, total: Some(rows) }
}

impl Org {
    /// The next page of an object with fields that the org computes, whatever its stamps say. The first pass has nothing
    /// to tell: rows come with theirs.
    async fn read_computed(
        &self,
        of: Of,
        position: Position,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        if position.since.is_none() || !self.computes(of, reading).await? {
            return Ok(whole(Vec::new(), position));
        }
        self.read_rows(of, None, position, reading).await
    }

    /// Whether the org computes any of the fields that are read.
    async fn computes(&self, of: Of, reading: &Reading) -> Result<bool, SourceError> {
        let soql = self.rows_query(of);
        let described = match self.known.described(soql.object) {
            Some(described) => described,
            None => self.describe(OPERATION, soql.object, reading).await?,
        };
        Ok(soql.fields.iter().any(|field| described.computes(field)))
    }

    /// The next page of an object, and everything its rows tell: those that changed since, or all.
    async fn read_rows(
        &self,
        of: Of,
        since: Option<DateTime<Utc>>,
        mut position: Position,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        let keyset = if since.is_some() { Keyset::by_modification() } else { Keyset::by_id() };
        let mut soql = self.rows_query(of);
        soql.filter = match (&position.after, since) {
            (Some(after), _) => Some(keyset.behind(after).ok_or_else(|| self.refused(BAD_POSITION))?),
            (None, Some(since)) => Some(Filter::is("SystemModstamp", Operator::Ge, Literal::Instant(since))),
            (None, None) => None,
        };
        soql.order = keyset.sorts();
        // Without a limit the vendor says how many rows there are, and keeps the answer open for a while; so once a
        // pass.
        soql.limit = (!position.is_first()).then_some(PAGE);
        let mut queries = vec![Query::all_rows(soql)];
        queries.extend(of.beside());
        let mut size = PAGE;
        let mut answers = match self.pages(OPERATION, &queries, reading).await {
            Err(error) if error.kind == SourceErrorKind::BadAnswer => {
                // Two thousand rows of long texts may be more than we take at once.
                size = SMALL_PAGE;
                queries[0].soql.limit = Some(size);
                self.pages(OPERATION, &queries, reading).await?.into_iter()
            }
            answers => answers?.into_iter(),
        };
        let page = answers.next().unwrap_or_default();
        let beside = answers.next().unwrap_or_default();
        let mut changes = Vec::new();
        if position.is_first() {
            position.left = page.total.filter(|_| size == PAGE);
            if position.since.is_none() {
                changes.extend(self.floor_of(of));
            }
        }
        changes.extend(self.tell_rows(of, &page.rows, &beside.rows, reading).await?);
        let (rows, total) = (page.rows.len() as u64, position.left);
        let is_last = !page.more && page.rows.len() < size;
        let next = match page.rows.last() {
            Some(last) if !is_last => {
                let after = keyset.position(last).ok_or_else(|| self.unreadable(OPERATION))?;
                position.behind(after.to_string(), rows)
            }
            _ => position.through(),
        };
        let caught_up = next.is_first();
        Ok(ChangeBatch { changes, position: next.text(), caught_up, rows, total })
    }

    /// Opportunities whose contact roles changed. A first pass has nothing to tell: opportunities come with theirs.
    async fn read_buying_groups(
        &self,
        position: Position,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        let Some(since) = position.since else { return Ok(whole(Vec::new(), position)) };
        let keyset = Keyset::by_modification();
        let filter = match &position.after {
            Some(after) => keyset.behind(after).ok_or_else(|| self.refused(BAD_POSITION))?,
            None => Filter::is("SystemModstamp", Operator::Ge, Literal::Instant(since)),
        };
        let (changes, roles) = self.changed_groups(filter, keyset.sorts(), reading).await?;
        let rows = roles.len() as u64;
        let next = match roles.last() {
            Some(last) if roles.len() == PAGE => {
                let after = keyset.position(last).ok_or_else(|| self.unreadable(OPERATION))?;
                position.behind(after.to_string(), rows)
            }
            _ => position.through(),
        };
        let caught_up = next.is_first();
        Ok(ChangeBatch { changes, position: next.text(), caught_up, rows, total: None })
    }

    fn refused(&self, code: &str) -> SourceError {
        self.error(OPERATION, SourceErrorKind::Rejected { code: code.to_owned() }, None)
    }
}
