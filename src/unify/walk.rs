//! Lists without a copy: page by page through one source after the other.
//!
//! Each source's objects are a leg of the walk; together the legs visit everything once, in an order that does not
//! depend on who asks. A request reads at most ten vendor pages; what is then found is the page, and its end is told
//! even where it holds nothing, so that the next request goes on from there. A source silent in its leg ends the page.

use crate::domain::id::SourceName;
use crate::source::cached::Freshness;
use crate::source::error::SourceError;
use crate::source::pages::Pages;
use crate::source::walk::{Condition, Listed, Order, PageAsk};

use super::inquiry::{Gap, Inquiry};

/// At most so many vendor pages a request.
const MOST_PAGES: usize = 10;

/// One object of one source.
pub(super) struct Leg<'a, R: Listed> {
    /// The source.
    pub source: &'a SourceName,
    /// Its list.
    pub pages: &'a Pages<R>,
    /// The vendor's object.
    pub object: &'static str,
    /// What must hold of each record, in this source's own ids.
    pub conditions: Vec<Condition>,
    /// Most records of this leg are shown elsewhere: larger pages find the rest sooner.
    pub is_sparse: bool,
}

/// Which page of a walk.
#[derive(Clone, Debug)]
pub(super) struct WalkAsk<S> {
    /// Behind this position; from the beginning when none.
    pub position: Option<String>,
    /// At most so many entries.
    pub first: usize,
    /// Which fields of each record.
    pub select: S,
    /// The order within each leg.
    pub order: Option<Order>,
    /// How old an answer may be.
    pub freshness: Freshness,
}

/// A page of a walk.
pub struct Walked<T> {
    /// The entries, each with the position behind it.
    pub entries: Vec<(String, T)>,
    /// Where the reading stopped; the page after this one begins here.
    pub end: Option<String>,
    /// There may be more.
    pub has_next: bool,
    /// What was missing.
    pub gaps: Vec<Gap>,
}

/// Why a position is refused: it names no leg of this walk.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownPosition;

/// Walks the legs from the position on. `join` turns a page's records into entries, `None` for a record that is shown
/// elsewhere or not at all; an error of it ends the page like a silent source.
pub(super) async fn walk<R, T, J>(
    inquiry: &Inquiry,
    legs: &[Leg<'_, R>],
    ask: WalkAsk<R::Select>,
    join: J,
) -> Result<Walked<T>, UnknownPosition>
where
    R: Listed,
    J: AsyncFn(&Leg<'_, R>, Vec<R>) -> Result<Vec<Option<T>>, Gap>,
{
    let (mut leg_number, mut after) = match &ask.position {
        None => (0, None),
        Some(position) => find(legs, position).ok_or(UnknownPosition)?,
    };
    let mut walked =
        Walked { entries: Vec::new(), end: ask.position.clone(), has_next: true, gaps: Vec::new() };
    for _page in 0..MOST_PAGES {
        let Some(leg) = legs.get(leg_number) else {
            walked.has_next = false;
            break;
        };
        let missing = ask.first - walked.entries.len();
        if missing == 0 {
            break;
        }
        let size = if leg.is_sparse { leg.pages.page_size() } else { ask.first.min(leg.pages.page_size()) };
        let page_ask = PageAsk {
            object: leg.object.into(),
            after: after.clone().map(Into::into),
            first: size,
            select: ask.select.clone(),
            conditions: leg.conditions.clone(),
            order: ask.order.clone(),
        };
        let read = leg.pages.page(page_ask, ask.freshness, &inquiry.reading(leg.source)).await;
        let page = match read {
            Ok(page) => page,
            Err(error) => {
                walked.gaps.push(note(inquiry, &error));
                break;
            }
        };
        let records: Vec<R> = page.records.iter().map(|(_, record)| record.clone()).collect();
        let joined = match join(leg, records).await {
            Ok(joined) => joined,
            Err(gap) => {
                walked.gaps.push(gap);
                break;
            }
        };
        for ((place, _), entry) in page.records.iter().zip(joined) {
            if walked.entries.len() == ask.first {
                return Ok(walked);
            }
            let position = position(leg, place);
            after = Some(place.to_string());
            walked.end = Some(position.clone());
            if let Some(entry) = entry {
                walked.entries.push((position, entry));
            }
        }
        if !page.has_more {
            leg_number += 1;
            after = None;
            walked.end = legs.get(leg_number).map_or(walked.end, |leg| Some(position(leg, "")));
        }
    }
    if leg_number >= legs.len() {
        walked.has_next = false;
    }
    Ok(walked)
}

fn note(inquiry: &Inquiry, error: &SourceError) -> Gap {
    inquiry.note_gap(error)
}

fn position<R: Listed>(leg: &Leg<'_, R>, place: &str) -> String {
    format!("{}|{}|{place}", leg.source, leg.object)
}

fn find<R: Listed>(legs: &[Leg<'_, R>], position: &str) -> Option<(usize, Option<String>)> {
    let mut parts = position.splitn(3, '|');
    let (source, object, place) = (parts.next()?, parts.next()?, parts.next()?);
    let number = legs.iter().position(|leg| leg.source.as_str() == source && leg.object == object)?;
    Some((number, (!place.is_empty()).then(|| place.to_owned())))
}
