//! Pages of lists: out of the read model where everything is captured, else as far as the vendors can be walked.
//!
//! Out of the read model, facts choose, order and count ids under the caller's view, and the page's nodes are read from
//! what was captured: no vendor is asked. Which of the two ways a page takes is decided here for every list
//! ([`way`]); a kind of object says how it is filtered, read and shown ([`Listed`]).
//!
//! What is always true: who goes on behind a cursor goes on the way the cursor came from; what the vendors cannot answer
//! says how far the ledger is that could.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;

use async_graphql::{Context, Error, Result};
use async_trait::async_trait;

use crate::domain::id::{NodeId, RecordKey};
use crate::domain::view::View;
use crate::facts::Snapshot;
use crate::facts::lists::{Ask, ListRefusal, PageOfIds, Take, is_cursor};
use crate::source::cached::Freshness;
use crate::unify::lists::ListAsk;
use crate::unify::refusal::Refusal;

use super::super::code::Code;
use super::super::filter::{Nested, OfFacts, Ordered, live_order};
use super::super::numbers::snapshot;
use super::super::paging::{Page, PageInfo, Question, Window, page_size};
use super::super::request::{FreshnessInput, Request, freshness, refused, request};

/// A page holds so many entries where nobody says how many.
const USUAL: usize = 20;
/// At most so many orders in one question.
const MOST_ORDERS: usize = 10;

/// A kind of object that is listed.
#[async_trait]
pub(super) trait Listed: Sized + Clone + Send + Sync + 'static {
    /// The list's name.
    const NAME: &'static str;
    /// Which of them.
    type Filter: OfFacts<Filter: Debug + Send + Sync + 'static> + Nested + Debug + Sync;
    /// In which order.
    type Order: Ordered<Fact: Debug + Send + Sync + 'static> + Debug + Sync;
    /// What is wanted of each.
    type Wanted: Send + Sync;

    /// What is selected of them here.
    fn wanted(ctx: &Context<'_>, freshness: Freshness) -> Self::Wanted;

    /// The page of ids that facts choose.
    fn chosen(snapshot: &Snapshot, view: &View, ask: &AskOf<Self>) -> Result<PageOfIds, ListRefusal>;

    /// Those of these ids, in their order; none where the view sees nothing.
    async fn read(request: &Request<'_>, keys: &[RecordKey], wanted: &Self::Wanted) -> Found<Self>;

    /// The id of one.
    fn node_id(&self) -> &NodeId;

    /// A page as far as the vendors can be walked.
    async fn live(ctx: &Context<'_>, asked: &Asked<'_, Self>, freshness: Freshness) -> Result<Page<Self>>;
}

/// What is read of a page.
pub(super) type Found<T> = Vec<std::result::Result<Option<T>, Refusal>>;
/// What facts are asked.
pub(super) type AskOf<T> =
    Ask<<<T as Listed>::Filter as OfFacts>::Filter, <<T as Listed>::Order as Ordered>::Fact>;

/// Which page of which list.
pub(super) struct Asked<'a, T: Listed> {
    pub(super) filter: &'a T::Filter,
    pub(super) orders: Option<&'a [T::Order]>,
    pub(super) window: Window,
    pub(super) age: Option<&'a FreshnessInput>,
}

impl<T: Listed> Asked<'_, T> {
    /// The question of live cursors.
    pub(super) fn question(&self) -> Question {
        Question::new(T::NAME, &(self.filter, self.orders))
    }

    /// What every walk is asked with; its cursors are those of the question. Walking back needs the ledger.
    pub(super) fn of_walk(&self, question: &Question) -> Result<ListAsk> {
        let window = &self.window;
        if window.last.is_some() || window.before.is_some() {
            let message = "Paging backwards needs the ledger. Use first and after.";
            return Err(Code::LedgerRequired.error(message));
        }
        Ok(ListAsk {
            order: live_order(self.orders)?,
            first: page_size("first", window.first, USUAL)?,
            position: question.position("after", window.after.as_deref())?,
            ..ListAsk::default()
        })
    }

    fn of_facts(&self, request: &Request<'_>) -> Result<AskOf<T>> {
        let orders = self.orders.unwrap_or_default();
        if orders.len() > MOST_ORDERS {
            return Err(Code::BadInput.error(format!("order takes at most {MOST_ORDERS} entries.")));
        }
        let order = orders.iter().map(Ordered::by).collect();
        Ok(Ask { order, ..ask(self.filter.of_facts(request.live)?, &self.window, USUAL)? })
    }
}

/// What facts are asked for a window of what a filter leaves.
pub(super) fn ask<F, O>(filter: F, window: &Window, usual: usize) -> Result<Ask<F, O>> {
    let take = match (window.first, window.last) {
        (None, Some(last)) => Take::Last(page_size("last", Some(last), usual)?),
        (first, _) => Take::First(page_size("first", first, usual)?),
    };
    let (after, before) = (window.after.clone(), window.before.clone());
    Ok(Ask { filter: Some(filter), order: Vec::new(), take, after, before })
}

/// Where a page comes from.
pub(super) enum Way {
    /// Facts choose, and what was captured is shown.
    Facts(Arc<Snapshot>),
    /// The vendors are walked; with the reason why facts are not asked, where that is news.
    Live(Option<String>),
}

/// A page of a list.
pub(super) async fn page<T: Listed>(ctx: &Context<'_>, asked: Asked<'_, T>) -> Result<Page<T>> {
    asked.filter.is_modest()?;
    match way(ctx, &asked.window, asked.age)? {
        Way::Facts(snapshot) => chosen(ctx, snapshot, asked.of_facts(&request(ctx))?).await,
        Way::Live(reason) => {
            let freshness = freshness(ctx, asked.age)?;
            T::live(ctx, &asked, freshness).await.map_err(|error| explained(error, reason.as_deref()))
        }
    }
}

/// Which way a page is read.
///
/// # Errors
/// `LEDGER_REQUIRED` behind a cursor of facts while there are none.
pub(super) fn way(ctx: &Context<'_>, window: &Window, age: Option<&FreshnessInput>) -> Result<Way> {
    let cursors = || [&window.after, &window.before].into_iter().flatten();
    if cursors().any(|cursor| is_cursor(cursor)) {
        return snapshot(ctx).map(Way::Facts).map_err(|why| Code::LedgerRequired.error(why));
    }
    // A cursor of a walk, or a text that is none: the walk knows.
    if window.after.is_some() || age.is_some_and(|age| age.captured == Some(false)) {
        return Ok(Way::Live(None));
    }
    let request = request(ctx);
    let Some(capture) = request.capture else { return Ok(Way::Live(None)) };
    let snapshot = match snapshot(ctx) {
        Ok(snapshot) => snapshot,
        Err(why) => return Ok(Way::Live(Some(why))),
    };
    let Some(most) = age.map(FreshnessInput::max_age).transpose()?.flatten() else {
        return Ok(Way::Facts(snapshot));
    };
    let captured_at = capture.status().as_of().unwrap_or(snapshot.facts().as_of);
    let old = (request.inquiry.now() - captured_at).to_std().unwrap_or_default();
    if old <= most {
        return Ok(Way::Facts(snapshot));
    }
    Ok(Way::Live(Some(format!(
        "What is captured is {} s old, older than maxAgeSeconds allows.",
        old.as_secs()
    ))))
}

/// Adds to what the vendors cannot answer why the ledger did not.
fn explained(error: Error, reason: Option<&str>) -> Error {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    let needs_ledger = code == Some(&Code::LedgerRequired.as_str().into());
    match reason {
        Some(reason) if needs_ledger => Error { message: format!("{} {reason}", error.message), ..error },
        _ => error,
    }
}

/// A page that facts choose, with its nodes read from what was captured.
pub(super) async fn chosen<T: Listed>(
    ctx: &Context<'_>,
    snapshot: Arc<Snapshot>,
    ask: AskOf<T>,
) -> Result<Page<T>> {
    let request = request(ctx);
    let view = request.view.clone();
    let chosen = tokio::task::spawn_blocking(move || T::chosen(&snapshot, &view, &ask)).await;
    let chosen = chosen.map_err(|_panicked| Code::Internal.error("The list could not be made."))?;
    let chosen = chosen.map_err(|refusal| denied(&refusal))?;
    let keys: Vec<RecordKey> = chosen.entries.iter().map(|entry| entry.key.clone()).collect();
    let read = T::read(&request, &keys, &T::wanted(ctx, Freshness::captured())).await;
    let info = PageInfo {
        has_next_page: chosen.has_next,
        has_previous_page: chosen.has_previous,
        start_cursor: chosen.entries.first().map(|entry| entry.cursor.clone()),
        end_cursor: chosen.entries.last().map(|entry| entry.cursor.clone()),
    };
    let mut entries = Vec::with_capacity(chosen.entries.len());
    let mut shown = HashSet::new();
    for (entry, found) in chosen.entries.into_iter().zip(read) {
        // What was captured a moment after the facts may have gone, or be one with another.
        let Some(node) = found.map_err(|refusal| refused(&refusal))? else { continue };
        if shown.insert(node.node_id().clone()) {
            entries.push((entry.cursor, node));
        }
    }
    Ok(Page { entries, info, total: Some(chosen.total), gaps: Vec::new() })
}

fn denied(refusal: &ListRefusal) -> Error {
    let code = match refusal {
        ListRefusal::FilterDenied(_) => Code::FilterDenied,
        ListRefusal::UnknownField(_) | ListRefusal::BadCursor(_) | ListRefusal::ForeignCursor(_) => {
            Code::BadInput
        }
    };
    code.error(refusal.to_string())
}
