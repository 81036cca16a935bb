//! What marketing e-mails did at their recipients: a feed of the whole account between two instants, in pages behind
//! locators. A batch is one window of time, read to its end; windows grow over quiet years and shrink in busy hours.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::connectors::hubspot::asking::Ask;
use crate::connectors::hubspot::history::EVENTS_PAGE;
use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::wire::marketing::{EmailEvent, EmailEvents};
use crate::domain::email;
use crate::source::changes::{BAD_POSITION, Change, ChangeBatch};
use crate::source::error::{SourceError, SourceErrorKind};

use super::Position;

/// Before the vendor was founded nobody sent anything: 2006-01-01, in milliseconds.
const BEGINNING: i64 = 1_136_073_600_000;
const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;
/// The most pages of one window; a window with more is made shorter.
const MOST_PAGES: usize = 10;
/// A window of more than this is given up at its second page.
const LONG: i64 = 30 * DAY;
/// A window is not made shorter than this, however many pages it has.
const SHORTEST: i64 = SECOND;

/// Where the next window begins and how long it is to be, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    from: i64,
    length: i64,
}

impl Ask<'_> {
    /// The events of the next window.
    pub(super) async fn read_mail(&self, position: Position<Window>) -> Result<ChangeBatch, SourceError> {
        let now = self.portal.clock.now();
        let end = position.began().unwrap_or(now).timestamp_millis();
        let first =
            Window { from: position.since.map_or(BEGINNING, |since| since.timestamp_millis()), length: DAY };
        let Window { from, mut length } = position.after.unwrap_or(first);
        if !(SHORTEST..=i64::MAX / 8).contains(&length) || from > end {
            return Err(self.refused(BAD_POSITION));
        }
        let (events, pages, until) = loop {
            let until = from.saturating_add(length).min(end);
            match self.window(from, until).await? {
                Some((events, pages)) => break (events, pages, until),
                None => length = ((until - from) / 8).max(SHORTEST),
            }
        };
        let rows = events.len() as u64;
        let changes = self.tell_mail(&events).await?;
        let next = if until >= end {
            position.through()
        } else {
            let length = match pages {
                _ if events.is_empty() => length.saturating_mul(4),
                0..=2 => length.saturating_mul(2),
                3..=6 => length,
                _ => length / 2,
            };
            let length = length.clamp(SHORTEST, TimeDelta::days(36_500).num_milliseconds());
            position.behind(Window { from: until, length }, rows)
        };
        Ok(ChangeBatch { changes, position: next.text(), caught_up: next.is_first(), rows, total: None })
    }

    /// Every event between two instants, and how many pages they took; none where they are too many at once.
    async fn window(&self, from: i64, until: i64) -> Result<Option<(Vec<EmailEvent>, usize)>, SourceError> {
        let (start, end) = (from.to_string(), until.to_string());
        let most = match until - from {
            ..=SHORTEST => usize::MAX,
            length if length > LONG => 1,
            _ => MOST_PAGES,
        };
        let mut events: Vec<EmailEvent> = Vec::new();
        let mut offset: Option<String> = None;
        for page in 1..=most {
            let mut query = vec![
                ("startTimestamp", start.as_str()),
                ("endTimestamp", end.as_str()),
                ("limit", EVENTS_PAGE),
                ("excludeFilteredEvents", "true"),
            ];
            if let Some(offset) = &offset {
                query.push(("offset", offset));
            }
            let path = "/email/public/v1/events".to_owned();
            let answer = match self.get::<EmailEvents>("email.events", path, &query).await {
                // Without the scope for marketing e-mails there are no such events for us.
                Err(SourceError { kind: SourceErrorKind::Rejected { code }, .. })
                    if code == "MISSING_SCOPES" =>
                {
                    return Ok(Some((Vec::new(), page)));
                }
                answer => answer?,
            };
            events.extend(answer.events);
            if !answer.has_more || answer.offset.is_none() || answer.offset == offset {
                return Ok(Some((events, page)));
            }
            offset = answer.offset;
        }
        Ok(None)
    }

    async fn tell_mail(&self, events: &[EmailEvent]) -> Result<Vec<Change>, SourceError> {
        let titles = self.titles_of_emails(!events.is_empty()).await?;
        let reader = self.portal.reader();
        let tell = |event: &EmailEvent| {
            let recipient = event.recipient.as_deref()?;
            let address = email::normalise(recipient)
                .unwrap_or_else(|| Arc::from(recipient.trim().to_lowercase().as_str()));
            let subject = reader.subject(Object::Contact, &address);
            let event = Box::new(reader.email_event(&subject, event, &titles)?);
            Some(Change::AddressEvent { address, event })
        };
        Ok(events.iter().filter_map(tell).collect())
    }
}
