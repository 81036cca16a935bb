//! Days, and the instants between which they lie. Source: domain guide §11.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Whole days in a zone, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
}

/// The zone days are days of, and the month the fiscal year starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Local midnights are in this zone.
    pub zone: Tz,
    /// First month of the fiscal year, 1 to 12.
    pub fiscal_start: u32,
}

/// How a series divides its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum Bucket {
    Day,
    /// Starts on Monday.
    Week,
    Month,
    Quarter,
    /// Three months of the fiscal year.
    FiscalQuarter,
    /// Twelve months from the first month of the settings.
    FiscalYear,
}

impl Period {
    /// True for a day within.
    pub fn has(self, day: NaiveDate) -> bool {
        self.start <= day && day <= self.end
    }

    /// How many days; none where it ends before it starts.
    pub fn days(self) -> i64 {
        ((self.end - self.start).num_days() + 1).max(0)
    }

    /// The days both have; none if they have none in common.
    pub fn shared(self, other: Self) -> Option<Self> {
        let shared = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (shared.start <= shared.end).then_some(shared)
    }

    /// From the first local midnight to the one after the last day, which is no longer in the period.
    pub fn instants(self, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        (midnight(self.start, zone), midnight(self.end + Days::new(1), zone))
    }

    /// The buckets of the period in order, the first and last cut to it.
    pub fn buckets(self, bucket: Bucket, calendar: Calendar) -> Vec<Self> {
        let mut buckets = Vec::new();
        let mut start = self.start;
        while start <= self.end {
            let next = bucket.after(start, calendar.fiscal_start);
            buckets.push(Self { start, end: self.end.min(next - Days::new(1)) });
            start = next;
        }
        buckets
    }
}

impl Bucket {
    /// The first day of the bucket after the one this day lies in.
    fn after(self, day: NaiveDate, fiscal_start: u32) -> NaiveDate {
        let months = |length: u32, first: u32| {
            let into = (day.month() + 12 - first) % 12 % length;
            let start = day.with_day(1).expect("every month has a first day") - Months::new(into);
            start + Months::new(length)
        };
        match self {
            Self::Day => day + Days::new(1),
            Self::Week => day + Days::new(7 - u64::from(day.weekday().num_days_from_monday())),
            Self::Month => months(1, 1),
            Self::Quarter => months(3, 1),
            Self::FiscalQuarter => months(3, fiscal_start),
            Self::FiscalYear => months(12, fiscal_start),
        }
    }
}

/// The instant a local day begins: its midnight, or the first instant after it where clocks skip midnight.
pub fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut local = day.and_time(NaiveTime::MIN);
    loop {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.with_timezone(&Utc);
        }
        local += TimeDelta::minutes(15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn buckets(from: &str, to: &str, bucket: Bucket, fiscal_start: u32) -> Vec<String> {
        let calendar = Calendar { zone: Tz::UTC, fiscal_start };
        let period = Period { start: day(from), end: day(to) };
        let all = period.buckets(bucket, calendar);
        all.iter().map(|bucket| format!("{}..{}", bucket.start, bucket.end)).collect()
    }

    #[test]
    fn borders_are_local_midnights() {
        let zone: Tz = "America/New_York".parse().expect("a zone");
        let december = Period { start: day("2024-12-01"), end: day("2024-12-31") };
        let (start, end) = december.instants(zone);
        let instant: DateTime<Utc> = "2025-01-01T04:30:00Z".parse().expect("an instant");
        assert!(start <= instant && instant < end, "still December in New York");
        assert_eq!(end.to_rfc3339(), "2025-01-01T05:00:00+00:00");
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_after_it() {
        let zone: Tz = "America/Sao_Paulo".parse().expect("a zone");
        assert_eq!(midnight(day("2018-11-04"), zone).to_rfc3339(), "2018-11-04T03:00:00+00:00");
    }

    #[test]
    fn weeks_start_on_monday_and_the_ends_are_cut() {
        assert_eq!(
            buckets("2025-01-01", "2025-01-14", Bucket::Week, 1),
            ["2025-01-01..2025-01-05", "2025-01-06..2025-01-12", "2025-01-13..2025-01-14"]
        );
    }

    #[test]
    fn months_and_quarters_follow_the_calendar() {
        assert_eq!(buckets("2025-01-31", "2025-03-01", Bucket::Month, 1).len(), 3);
        assert_eq!(
            buckets("2024-11-15", "2025-02-01", Bucket::Quarter, 1),
            ["2024-11-15..2024-12-31", "2025-01-01..2025-02-01"]
        );
    }

    #[test]
    fn the_fiscal_year_starts_in_its_own_month() {
        assert_eq!(
            buckets("2025-01-01", "2025-08-01", Bucket::FiscalQuarter, 2),
            [
                "2025-01-01..2025-01-31",
                "2025-02-01..2025-04-30",
                "2025-05-01..2025-07-31",
                "2025-08-01..2025-08-01"
            ]
        );
        assert_eq!(
            buckets("2025-01-01", "2026-03-31", Bucket::FiscalYear, 4),
            ["2025-01-01..2025-03-31", "2025-04-01..2026-03-31"]
        );
    }
}
