//! When something happened, as exactly as the vendor knows it. Source: domain guide §7 and §11.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::stored;

/// An instant, or a day of which no more is known. A day is never shifted by a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant; for a day its last instant in its own zone, which is its place in every order.
    #[serde(with = "stored")]
    pub at: DateTime<Utc>,
    /// The day, where only the day is known.
    pub day: Option<NaiveDate>,
}

impl Moment {
    /// A known instant.
    pub fn instant(at: DateTime<Utc>) -> Self {
        Self { at, day: None }
    }

    /// A day of which no more is known, ending at `end`, the last instant of it in its own zone.
    pub fn day(day: NaiveDate, end: DateTime<Utc>) -> Self {
        Self { at: end, day: Some(day) }
    }

    /// The day it fell on: its own, or the instant's in this zone.
    pub fn day_in(self, zone: Tz) -> NaiveDate {
        self.day.unwrap_or_else(|| self.at.with_timezone(&zone).date_naive())
    }

    /// The time from here to a later moment, negative if it was earlier: exact between two instants, whole days
    /// where one side is only a day.
    pub fn until(self, later: Self, zone: Tz) -> TimeDelta {
        match (self.day, later.day) {
            (None, None) => later.at - self.at,
            _ => later.day_in(zone) - self.day_in(zone),
        }
    }

    /// True when it happened at or before the other; by days where one side is only a day.
    pub fn is_by(self, other: Self, zone: Tz) -> bool {
        self.until(other, zone) >= TimeDelta::zero()
    }
}
