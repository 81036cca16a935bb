//! Finding records page by page without ever coming near the ten thousand a search ends at: every page is a search of
//! its own that begins behind the last one.
//!
//! By id that is simple. By modification stamp many records may share one stamp (an import does that), and the vendor
//! orders by one property only. So of a full page the records of its last stamp are left for the next search; where
//! they alone fill a page, they are read by id.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::connectors::hubspot::asking::Ask;
use crate::connectors::hubspot::map::value;
use crate::connectors::hubspot::object::is_record_id;
use crate::connectors::hubspot::search::{Filter, Sweep, Test};
use crate::connectors::hubspot::wire::{ObjectRecord, next_of};
use crate::source::changes::BAD_POSITION;
use crate::source::error::SourceError;

use super::Position;

/// Behind which record a pass goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Behind {
    /// By id.
    Id(String),
    /// By modification stamp, in milliseconds: everything up to it was told.
    Stamp(i64),
    /// Among those of one stamp, by id.
    Among {
        /// The stamp, in milliseconds.
        stamp: i64,
        /// The last id told; none at the beginning.
        id: Option<String>,
    },
}

/// What is swept: which objects, which of their properties come along.
pub(super) struct What<'a> {
    pub(super) plural: &'a str,
    /// The property that holds the modification stamp.
    pub(super) modified: &'a str,
    pub(super) properties: &'a [String],
    pub(super) limit: usize,
}

/// A page of what was found.
pub(super) struct Found {
    pub(super) records: Vec<ObjectRecord>,
    /// Behind what to go on; none where this was the last page.
    pub(super) next: Option<Behind>,
    pub(super) total: Option<u64>,
}

impl Ask<'_> {
    /// The next page of a pass.
    pub(super) async fn sweep(
        &self,
        what: &What<'_>,
        position: &Position<Behind>,
    ) -> Result<Found, SourceError> {
        let (filters, by_stamp) = filters(what, position.since, position.after.as_ref())
            .ok_or_else(|| self.refused(BAD_POSITION))?;
        let sort = if by_stamp { what.modified } else { "hs_object_id" };
        let sweep = Sweep { filters, sort, properties: what.properties, limit: what.limit };
        let page = self.search_for(what.plural, sweep.body()).await?;
        let more = next_of(page.paging.as_ref()).is_some() && !page.results.is_empty();
        let (records, next) = match (by_stamp, more) {
            (false, _) => by_id(page.results, more, position.after.as_ref()),
            (true, false) => (page.results, None),
            (true, true) => before_the_last_stamp(page.results, what.modified),
        };
        Ok(Found { records, next, total: page.total })
    }
}

/// The filters of a page, and whether it goes by stamp; none for a position of another kind of pass.
fn filters(
    what: &What<'_>,
    since: Option<DateTime<Utc>>,
    behind: Option<&Behind>,
) -> Option<(Vec<Filter>, bool)> {
    let id = |id: &str| is_record_id(id).then(|| Filter::new("hs_object_id", Test::Gt(id.to_owned())));
    let stamp = |test: fn(String) -> Test, at: i64| Filter::new(what.modified, test(at.to_string()));
    Some(match (since, behind) {
        (None, None) => (Vec::new(), false),
        (None, Some(Behind::Id(last))) => (vec![id(last)?], false),
        (Some(since), None) => (vec![stamp(Test::Gte, since.timestamp_millis())], true),
        (Some(_), Some(Behind::Stamp(at))) => (vec![stamp(Test::Gt, *at)], true),
        (Some(_), Some(Behind::Among { stamp: at, id: last })) => {
            let mut filters = vec![stamp(Test::Gte, *at), stamp(Test::Lte, *at)];
            if let Some(last) = last {
                filters.push(id(last)?);
            }
            (filters, false)
        }
        _ => return None,
    })
}

/// A page that goes by id: of all records, or of those of one stamp.
fn by_id(
    records: Vec<ObjectRecord>,
    more: bool,
    behind: Option<&Behind>,
) -> (Vec<ObjectRecord>, Option<Behind>) {
    let last = records.last().filter(|_| more).map(|record| record.id.clone());
    let next = match (behind, last) {
        (Some(Behind::Among { stamp, .. }), None) => Some(Behind::Stamp(*stamp)),
        (Some(Behind::Among { stamp, .. }), last) => Some(Behind::Among { stamp: *stamp, id: last }),
        (_, last) => last.map(Behind::Id),
    };
    (records, next)
}

/// A full page without the records of its last stamp, of which there may be more.
fn before_the_last_stamp(
    mut records: Vec<ObjectRecord>,
    modified: &str,
) -> (Vec<ObjectRecord>, Option<Behind>) {
    let stamp = |record: &ObjectRecord| {
        let stamp = record.value(modified).and_then(value::instant).unwrap_or(record.updated_at);
        stamp.timestamp_millis()
    };
    let Some(last) = records.iter().map(stamp).max() else { return (records, None) };
    records.retain(|record| stamp(record) < last);
    let next = match records.iter().map(stamp).max() {
        Some(told) => Behind::Stamp(told),
        None => Behind::Among { stamp: last, id: None },
    };
    (records, Some(next))
}
