//! What became of rows since: for whoever keeps a copy. Nothing is decided here: `export` says what changed for the view.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::id::NodeKind;
use crate::export::{Change as Told, ChangesAsk, Dataset, Exports, Operation, Refusal};
use crate::source::cached::Freshness;

use super::super::code::Code;
use super::super::load;
use super::super::paging::PageInfo;
use super::super::request::request;
use super::super::scalars::ChangeCursor;
use super::Node;

/// The largest page of changes.
const LARGEST_PAGE: usize = 1_000;

/// A table of rows for BI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Dataset")]
pub enum ExportDataset {
    /// Every entry of the unified history of people and of opportunities.
    LeadHistory,
    /// One row a person.
    People,
    /// One row an account.
    Accounts,
    /// One row an opportunity.
    Opportunities,
    /// One row for each time an opportunity spent in a stage with the same figures.
    OpportunityStages,
    /// Marketing interactions of people.
    Touchpoints,
    /// What each touch earned of each opportunity, by each model.
    Attribution,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Operation")]
pub enum ChangeOperation {
    /// It is there as it is now: put it, whether it is known or not.
    Upsert,
    /// It is gone, erased, or no longer seen by this view: remove it and what hangs on it.
    Delete,
    /// It became part of the row in `node`: remove it, and lead what named it there.
    Merge,
    /// As UPSERT, and what had been told of its past is told otherwise: read its history anew.
    Restate,
}

/// One change of a row. Taking it twice does no harm.
#[derive(Clone, Debug)]
pub struct Change(Told);

#[Object]
impl Change {
    /// Behind this change, for `after`.
    async fn cursor(&self) -> ChangeCursor {
        ChangeCursor(self.0.cursor.clone().into())
    }

    /// What became of the row.
    async fn operation(&self) -> ChangeOperation {
        self.0.operation.into()
    }

    /// The row's id.
    async fn node_id(&self) -> ID {
        self.0.id.encode().into()
    }

    /// The row's type: `Person`, `Account` or `Opportunity`.
    async fn typename(&self) -> &str {
        match self.0.id.kind {
            NodeKind::Account => "Account",
            NodeKind::Opportunity => "Opportunity",
            _ => "Person",
        }
    }

    /// When the newest of what the row tells was read, or the row was found gone.
    async fn observed_at(&self) -> DateTime<Utc> {
        self.0.observed_at
    }

    /// The row as it is now, read from what was captured; for MERGE the row it became part of, for DELETE null.
    async fn node(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        let (key, captured) = (self.0.now.as_ref()?, Freshness::captured());
        let node = match self.0.id.kind {
            NodeKind::Account => {
                load::account_by_record(ctx, key, captured).await.map(|it| it.map(Node::Account))
            }
            NodeKind::Opportunity => {
                load::opportunity_by_record(ctx, key, captured).await.map(|it| it.map(Node::Opportunity))
            }
            _ => load::person_by_record(ctx, key, captured).await.map(|it| it.map(Node::Person)),
        };
        node.transpose()
    }
}

/// A page of changes.
#[derive(Clone, Debug, SimpleObject)]
pub struct ChangeConnection {
    /// The changes with their cursors.
    edges: Vec<ChangeEdge>,
    /// The changes alone.
    nodes: Vec<Change>,
    /// Where this page lies in the feed.
    page_info: PageInfo,
    /// Where to go on, also from a page without any change.
    next_cursor: ChangeCursor,
    /// Nothing follows at present; ask again with `nextCursor` later.
    caught_up: bool,
}

/// One change with its place.
#[derive(Clone, Debug, SimpleObject)]
pub struct ChangeEdge {
    /// The change's place, for `after`.
    cursor: ChangeCursor,
    /// The change.
    node: Change,
}

/// A page of changes as far as the caller sees them.
pub(super) fn changes(
    ctx: &Context<'_>,
    after: Option<ChangeCursor>,
    updated_since: Option<DateTime<Utc>>,
    datasets: Option<Vec<ExportDataset>>,
    first: i32,
) -> Result<ChangeConnection> {
    let first = usize::try_from(first).ok().filter(|first| *first <= LARGEST_PAGE);
    let first =
        first.ok_or_else(|| Code::BadInput.error(format!("first must lie between 0 and {LARGEST_PAGE}.")))?;
    let Some(exports) = ctx.data_unchecked::<Option<Exports>>() else {
        return Err(refused(&Refusal::NothingCaptured));
    };
    let ask = ChangesAsk {
        after: after.as_ref().map(|cursor| cursor.0.to_string()),
        updated_since,
        datasets: datasets.map(|datasets| datasets.into_iter().map(Into::into).collect()),
        first,
    };
    let page = exports.changes(request(ctx).view, ask).map_err(|refusal| refused(&refusal))?;
    let cursor = |change: &Told| ChangeCursor(change.cursor.clone().into());
    let page_info = PageInfo {
        has_next_page: !page.caught_up,
        has_previous_page: after.is_some(),
        start_cursor: page.changes.first().map(|change| change.cursor.clone()),
        end_cursor: Some(page.next.clone()),
    };
    let edges: Vec<ChangeEdge> = page
        .changes
        .into_iter()
        .map(|change| ChangeEdge { cursor: cursor(&change), node: Change(change) })
        .collect();
    Ok(ChangeConnection {
        nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
        edges,
        page_info,
        next_cursor: ChangeCursor(page.next.into()),
        caught_up: page.caught_up,
    })
}

/// The error a refusal becomes.
fn refused(refusal: &Refusal) -> async_graphql::Error {
    let code = match refusal {
        Refusal::BadInput(_) | Refusal::Unknown(_) => Code::BadInput,
        Refusal::StartOver(_) => Code::CursorExpired,
        Refusal::NothingCaptured | Refusal::NotYet(_) => Code::LedgerRequired,
        Refusal::Unreadable(_) => Code::Internal,
    };
    code.error(refusal.to_string())
}
