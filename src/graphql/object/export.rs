//! An export into files, as whoever made it sees it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::export::format::Format;
use crate::export::jobs::{Export as Made, Jobs, Status, Trouble};

use super::super::query::ExportDataset;
use super::super::request::request;
use super::super::scalars::{ChangeCursor, Url};

/// The name under which exports are known in ids.
const EXPORTS: &str = "exports";

/// A dataset that is written into files while nobody waits, under the view of whoever asked for it.
#[derive(Clone, Debug)]
pub struct Export {
    made: Arc<Made>,
    jobs: Jobs,
}

/// What became of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum ExportStatus {
    /// It waits for its turn.
    Queued,
    /// Its files are being written.
    Running,
    /// Its files are whole.
    Completed,
    /// It broke off; `partialUrl` leads to the parts that are whole, where there are any.
    Failed,
    /// It was cancelled.
    Canceled,
    /// Its files are gone.
    Expired,
}

/// How files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Format")]
pub enum ExportFormat {
    /// One JSON object a line, gzipped.
    Ndjson,
    /// RFC 4180 in UTF-8 with a header, gzipped; nothing stands for null.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// A column of an export.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportColumn {
    /// Its name.
    name: String,
    /// What it holds: text, timestamp, date, integer, decimal or boolean.
    #[graphql(name = "type")]
    kind: String,
    /// Null stands in some rows.
    nullable: bool,
    /// Values are changed, replaced or left out for this view.
    masked: bool,
    /// What it says.
    description: String,
}

/// A file of an export.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportPart {
    /// Its name.
    name: String,
    /// The month of its rows (`2025-01`); null where rows are not divided by months, or have no instant.
    month: Option<String>,
    /// How many rows it has.
    rows: Option<i32>,
    /// How large it is; null from 2 GiB on, which the manifest tells.
    bytes: Option<i32>,
    /// SHA-256 of the file, in hexadecimal digits.
    sha256: String,
    /// Where it is fetched, without a token.
    url: Url,
}

/// The export of an id, as far as it is the caller's.
pub(in super::super) fn export_of(ctx: &Context<'_>, node: &NodeId) -> Option<Export> {
    let jobs = ctx.data_unchecked::<Option<Jobs>>().as_ref()?;
    let is_export = node.kind == NodeKind::Export && node.key.source.as_str() == EXPORTS;
    let made = is_export.then(|| jobs.find(request(ctx).view, &node.key.id)).flatten()?;
    Some(Export::new(made, jobs.clone()))
}

impl Export {
    /// One of these exports.
    pub(in super::super) fn new(made: Made, jobs: Jobs) -> Self {
        Self { made: Arc::new(made), jobs }
    }

    /// The address of its manifest, where there are files and it stands so.
    fn link(&self, status: Status) -> Option<Url> {
        let leads = self.made.status == status && self.made.has_files();
        leads.then(|| Url(self.jobs.link(&self.made).into()))
    }
}

#[Object]
impl Export {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        let key = RecordKey::new(&SourceName::new(EXPORTS), "", &self.made.id);
        NodeId::new(NodeKind::Export, key).encode().into()
    }

    /// What became of it.
    async fn status(&self) -> ExportStatus {
        self.made.status.into()
    }

    /// Which table.
    async fn dataset(&self) -> ExportDataset {
        self.made.wish.dataset.into()
    }

    /// How its files are written.
    async fn format(&self) -> ExportFormat {
        self.made.wish.format.into()
    }

    /// Rows in its files; while it is running, rows written so far. Null beyond 2,147,483,647.
    async fn rows(&self) -> Option<i32> {
        i32::try_from(self.made.rows).ok()
    }

    /// Bytes of its files together, once it has ended; null from 2 GiB on, which the manifest tells.
    async fn bytes(&self) -> Option<i32> {
        i32::try_from(self.made.bytes).ok().filter(|_| self.made.has_ended())
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.made.created_at
    }

    /// When its files go; null until it has ended.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.made.expires_at
    }

    /// Its manifest: a list of its files, which lie beside it, with rows, bytes and columns. Whoever has this address may
    /// fetch manifest and files, without a token, until they expire. Null unless it is COMPLETED. Without
    /// `server.public_url` in the settings, an address on this gateway.
    async fn url(&self) -> Option<Url> {
        self.link(Status::Completed)
    }

    /// The same for the parts that are whole of an export that has FAILED; null where there are none. Rows are missing.
    async fn partial_url(&self) -> Option<Url> {
        self.link(Status::Failed)
    }

    /// Behind everything it tells: as `updatedAfter` of the next export it brings what was observed since. For `changes`
    /// it is the `after` of the same dataset, or of all where the dataset has no changes of its own. Null unless it is
    /// COMPLETED.
    async fn next_cursor(&self) -> Option<ChangeCursor> {
        let told = self.made.told.as_ref().filter(|_| self.made.status == Status::Completed);
        told.map(|told| ChangeCursor(told.next_cursor.as_str().into()))
    }

    /// Why files are missing: DISK_FULL, NO_ROOM, NOT_WRITTEN, NOT_READ, VIEW_CHANGED, REFUSED, ERASED, LOST or INTERNAL.
    async fn error_code(&self) -> Option<&'static str> {
        self.made.trouble.map(Trouble::code)
    }

    /// The columns of every row, in order.
    async fn manifest(&self) -> Vec<ExportColumn> {
        let column = |column: &crate::export::jobs::ColumnEntry| ExportColumn {
            name: column.name.to_string(),
            kind: column.kind.to_string(),
            nullable: column.nullable,
            masked: column.masked,
            description: column.description.to_string(),
        };
        self.made.columns.iter().map(column).collect()
    }

    /// Its files; none until it has ended, and none once they have expired.
    async fn parts(&self) -> Vec<ExportPart> {
        let part = |part: &crate::export::jobs::Part| ExportPart {
            name: part.name.to_string(),
            month: part.month.as_ref().map(ToString::to_string),
            rows: i32::try_from(part.rows).ok(),
            bytes: i32::try_from(part.bytes).ok(),
            sha256: part.sha256.to_string(),
            url: Url(self.jobs.link_to(&self.made, &part.name).into()),
        };
        let shown = self.made.parts.iter().filter(|_| self.made.has_files());
        shown.map(part).collect()
    }
}
