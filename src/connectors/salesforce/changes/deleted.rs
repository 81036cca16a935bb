//! Deletions: soft ones come with the rows themselves; what left the recycle bin is in listings of their own, which
//! reach back fifteen days.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::future::try_join_all;

use crate::connectors::salesforce::org::Org;
use crate::connectors::salesforce::wire::DeletedRows;
use crate::source::changes::{Change, ChangeBatch};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::upstream::Call;

use super::{OPERATION, Position};

/// Objects whose deletions are told.
const OBJECTS: [&str; 8] =
    ["Lead", "Contact", "Account", "Opportunity", "Campaign", "CampaignMember", "Task", "Event"];

/// How far back the listings reach, less the time a call takes.
const REACH: TimeDelta = TimeDelta::hours(15 * 24 - 1);

impl Org {
    pub(super) async fn read_deleted(
        &self,
        position: Position,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        let now = self.now();
        let earliest = now - REACH;
        let start = position.since.unwrap_or(earliest).max(earliest);
        let listings = OBJECTS.iter().map(|object| self.deletions(object, start, now, reading));
        let listings = try_join_all(listings).await?;
        let mut next = position.through();
        let mut changes = Vec::new();
        for (object, listing) in OBJECTS.iter().zip(listings) {
            let Some(listing) = listing else { continue };
            // The vendor knows all deletions up to an instant of its own choice.
            next.since = next.since.map(|since| since.min(listing.latest_date_covered.0));
            changes.extend(listing.deleted_records.into_iter().map(|row| Change::Gone {
                key: self.mapping().key(object, &row.id),
                at: row.deleted_date.0,
            }));
        }
        let rows = changes.len() as u64;
        Ok(ChangeBatch { changes, position: next.text(), caught_up: true, rows, total: Some(rows) })
    }

    /// One listing; none for an object that has none.
    async fn deletions(
        &self,
        object: &str,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        reading: &Reading,
    ) -> Result<Option<DeletedRows>, SourceError> {
        let path = self.path(&format!("/sobjects/{object}/deleted/"));
        let mut call = Call::get("deleted", "api", path, reading.deadline);
        // Seconds are ignored, so the end is a minute later than now.
        for (name, at) in [("start", start), ("end", end + TimeDelta::minutes(1))] {
            call.query.push((name.into(), at.to_rfc3339_opts(SecondsFormat::Secs, false)));
        }
        match self.call::<DeletedRows>(OPERATION, call, reading).await {
            Ok(listing) => Ok(Some(listing)),
            Err(error) if has_no_listing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn has_no_listing(error: &SourceError) -> bool {
    let codes = ["INVALID_TYPE_FOR_OPERATION", "INVALID_TYPE", "NOT_FOUND"];
    matches!(&error.kind, SourceErrorKind::Rejected { code } if codes.contains(&code.as_str()))
}
