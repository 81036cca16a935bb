//! What was archived: no search sees it, and its listing has no order by time. So every pass goes through the whole
//! listing, which reaches back ninety days, and tells what was archived since the one before.

use chrono::{DateTime, Utc};
use futures::future::try_join_all;

use crate::connectors::hubspot::asking::Ask;
use crate::connectors::hubspot::map::activities::ACTIVITIES;
use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::wire::ObjectRecord;
use crate::source::changes::{Change, ChangeBatch};
use crate::source::error::SourceError;

use super::{Position, whole};

impl Ask<'_> {
    /// Archived records as tombstones, with the history that led there.
    pub(super) async fn read_archived(
        &self,
        object: Object,
        position: Position<()>,
    ) -> Result<ChangeBatch, SourceError> {
        let listed = self.archived(object.plural(), position.since).await?;
        let ids: Vec<&str> = listed.iter().map(|record| record.id.as_str()).collect();
        let records = self.batch(object.plural(), &ids, None, &self.whole_wish(object), true).await?;
        let changes = self.tell_records(object, &records).await?;
        Ok(ChangeBatch { rows: ids.len() as u64, ..whole(changes, position) })
    }

    /// Archived activities: they are told of nobody any more.
    pub(super) async fn read_archived_activities(
        &self,
        position: Position<()>,
    ) -> Result<ChangeBatch, SourceError> {
        let kinds = ACTIVITIES.iter().map(|kind| self.archived(kind.plural, position.since));
        let kinds = try_join_all(kinds).await?;
        let reader = self.portal.reader();
        let gone = ACTIVITIES.iter().zip(&kinds).flat_map(|(kind, records)| {
            records.iter().map(|record| Change::Gone {
                key: reader.key(kind.object, &record.id),
                at: record.archived_at.unwrap_or(record.updated_at),
            })
        });
        Ok(whole(gone.collect(), position))
    }

    /// The listing, keys alone, without what was archived before.
    async fn archived(
        &self,
        plural: &str,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<ObjectRecord>, SourceError> {
        let path = self.portal.paths.object(plural);
        let query = [("archived", "true"), ("limit", "100"), ("properties", "hs_object_id")];
        let mut listed: Vec<ObjectRecord> = self.list("objects.list", &path, &query).await?;
        listed.retain(|record| since.is_none_or(|since| record.archived_at.is_none_or(|at| at >= since)));
        Ok(listed)
    }
}
