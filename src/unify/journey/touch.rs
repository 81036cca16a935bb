//! Marketing's touches of a person, and which of them may earn credit. Source: domain guide §7.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::event::{Detail, Event, EventKind, HistoryPart, Precision};
use crate::domain::fact::{Moment, TouchFact};
use crate::domain::lead_source::Channel;
use crate::unify::history::Entry;

/// From the end of a day in its own zone back into that day wherever on earth it was: zones lie between 10 hours behind
/// and 13 hours before UTC, bar a few islands.
const INTO_THE_DAY: TimeDelta = TimeDelta::minutes(10 * 60 + 30);

/// One marketing interaction.
#[derive(Clone, Copy, Debug)]
pub struct Touch<'a> {
    /// When, as exactly as the vendor knows it.
    pub when: Moment,
    /// Where it came from.
    pub channel: Channel,
    /// May earn credit: its kind is on the list.
    pub is_eligible: bool,
    /// What happened.
    pub event: &'a Event,
}

/// The touches of a person up to an instant, in order. What machines do (robots that open and click) never becomes an
/// event.
pub fn touches(entries: &[Entry], until: DateTime<Utc>) -> Vec<Touch<'_>> {
    let told = entries.iter().map(|entry| &entry.event).filter(|event| event.occurred_at <= until);
    let touch = |event: &'_ Event| match &event.detail {
        Detail::Touch { channel, .. } if event.kind.part() == HistoryPart::Touches => {
            Some((*channel, event.kind))
        }
        _ => None,
    };
    told.filter_map(|event| {
        let (channel, kind) = touch(event)?;
        let is_eligible = TouchFact::kind_is_eligible(kind, event.campaign.is_some());
        Some(Touch { when: when(event), channel, is_eligible, event })
    })
    .collect()
}

/// The first touch that may earn credit.
pub fn first_touch<'t, 'a>(touches: &'t [Touch<'a>]) -> Option<&'t Touch<'a>> {
    touches.iter().find(|touch| touch.is_eligible)
}

/// When an event happened, as exactly as the vendor knows it.
pub fn when(event: &Event) -> Moment {
    match event.precision {
        Precision::Day => Moment::day(day_ending_at(event.occurred_at), event.occurred_at),
        _ => Moment::instant(event.occurred_at),
    }
}

/// The day whose last instant this is, in a zone that is not told.
fn day_ending_at(end: DateTime<Utc>) -> NaiveDate {
    (end - INTO_THE_DAY).date_naive()
}

/// Whether the person themselves did something; what was sent to them is not that.
pub fn is_engagement(event: &Event) -> bool {
    match event.kind {
        EventKind::FormSubmission
        | EventKind::PageView
        | EventKind::AdClick
        | EventKind::EmailOpened
        | EventKind::EmailClicked
        | EventKind::EmailReplied
        | EventKind::CampaignResponded
        | EventKind::EventRegistered
        | EventKind::EventAttended
        | EventKind::ContentDownloaded => true,
        EventKind::Call | EventKind::Meeting | EventKind::SalesEmail => super::activity::took_part(event),
        _ => false,
    }
}
