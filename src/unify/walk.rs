//! Lists without a copy: page by page through one source after the other.
//!
//! Each source's objects are a leg of the walk; together the legs visit everything once, in an order that does not
//! depend on who asks. A request reads at most ten vendor pages; what is then found is the page, and its end is told
//! even where it holds nothing, so that the next request goes on from there. A source silent in its leg ends the page.

use std::sync::Arc;

use crate::domain::id::SourceName;
use crate::source::cached::Freshness;
use crate::source::pages::Pages;
use crate::source::walk::{Condition, Listed, Order, Page, PageAsk};

use super::inquiry::{Gap, Inquiry};

/// At most so many vendor pages a request.
const MOST_PAGES: usize = 10;
/// At most so many records a page: each is joined with its partners, which costs calls of its own.
const MOST_RECORDS: usize = 200;

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
    /// Its pages bring keys alone: what is shown elsewhere is known from there, and whole records would cost calls.
    pub keys_alone: bool,
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

impl<T> Walked<T> {
    /// A list without anything in it.
    pub(super) fn nothing() -> Self {
        Self { entries: Vec::new(), end: None, has_next: false, gaps: Vec::new() }
    }
}

/// Why a position is refused: it names no leg of this walk.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownPosition;

/// A walk under way: read a page with [`Walker::next`], say what became of its records with [`Walker::take`], and so on
/// until there is no next.
pub(super) struct Walker<'a, R: Listed> {
    inquiry: &'a Inquiry,
    legs: &'a [Leg<'a, R>],
    ask: WalkAsk<R::Select>,
    leg_number: usize,
    after: Option<String>,
    pages_read: usize,
    page: Option<Arc<Page<R>>>,
    ended: bool,
}

impl<'a, R: Listed> Walker<'a, R> {
    /// Begins at the position asked for.
    ///
    /// # Errors
    /// When the position names no leg of this walk.
    pub(super) fn begin(
        inquiry: &'a Inquiry,
        legs: &'a [Leg<'a, R>],
        ask: WalkAsk<R::Select>,
    ) -> Result<Self, UnknownPosition> {
        let (leg_number, after) = match &ask.position {
            None => (0, None),
            Some(position) => find(legs, position).ok_or(UnknownPosition)?,
        };
        Ok(Self { inquiry, legs, ask, leg_number, after, pages_read: 0, page: None, ended: false })
    }

    /// An empty page that ends where the walk begins.
    pub(super) fn nothing_yet<T>(&self) -> Walked<T> {
        Walked { entries: Vec::new(), end: self.ask.position.clone(), has_next: true, gaps: Vec::new() }
    }

    /// The next page's records and their leg; none when the page asked for is full, the walk has ended, enough was
    /// read for one request, or the source is silent.
    pub(super) async fn next<T>(&mut self, walked: &mut Walked<T>) -> Option<(&'a Leg<'a, R>, Vec<R>)> {
        if self.leg_number >= self.legs.len() {
            walked.has_next = false;
            return None;
        }
        if self.ended || self.pages_read == MOST_PAGES || walked.entries.len() >= self.ask.first {
            return None;
        }
        let leg = &self.legs[self.leg_number];
        let largest = leg.pages.page_size().min(MOST_RECORDS);
        // A page that did not bring enough is followed by one twice as large.
        let enough = self.ask.first.saturating_mul(1 << self.pages_read).min(largest);
        self.pages_read += 1;
        let page_ask = PageAsk {
            object: leg.object.into(),
            after: self.after.clone().map(Into::into),
            first: if leg.is_sparse { largest } else { enough },
            select: if leg.keys_alone { R::Select::default() } else { self.ask.select.clone() },
            conditions: leg.conditions.clone(),
            order: self.ask.order.clone(),
        };
        let reading = self.inquiry.reading(leg.source);
        match leg.pages.page(page_ask, self.ask.freshness, &reading).await {
            Ok((page, read_at)) => {
                match leg.pages.as_of() {
                    Some(as_of) => self.inquiry.note_captured(leg.source, as_of),
                    None => self.inquiry.note_age(leg.source, read_at, false),
                }
                let records = page.records.iter().map(|(_, record)| record.clone()).collect();
                self.page = Some(page);
                Some((leg, records))
            }
            Err(error) => {
                walked.gaps.push(self.inquiry.note_gap(&error));
                None
            }
        }
    }

    /// Takes the entries of the page just read, one a record, `None` for a record shown elsewhere or not at all.
    pub(super) fn take<T>(&mut self, walked: &mut Walked<T>, entries: Vec<Option<T>>) {
        let Some(page) = self.page.take() else { return };
        let leg = &self.legs[self.leg_number];
        for ((place, _), entry) in page.records.iter().zip(entries) {
            if walked.entries.len() == self.ask.first {
                return;
            }
            let position = position(leg, place);
            self.after = Some(place.to_string());
            walked.end = Some(position.clone());
            walked.entries.extend(entry.map(|entry| (position, entry)));
        }
        if !page.has_more {
            self.leg_number += 1;
            self.after = None;
            walked.has_next = self.leg_number < self.legs.len();
            if let Some(leg) = self.legs.get(self.leg_number) {
                walked.end = Some(position(leg, ""));
            }
        }
    }

    /// Ends the page before the records just read: without the silent source nobody can tell where they are shown.
    pub(super) fn stop<T>(&mut self, walked: &mut Walked<T>, gap: Gap) {
        walked.gaps.push(gap);
        self.ended = true;
    }
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
