//! Which model the company has agreed on, since when, and until when nobody may change it. Source: domain guide §7.

use std::sync::Arc;

use chrono::{DateTime, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use super::Terms;

/// A model both teams agreed on for a span of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Its key in the settings.
    pub key: Arc<str>,
    /// What was agreed.
    pub terms: Terms,
    /// When it was agreed.
    pub agreed_at: DateTime<Utc>,
    /// In force from this instant.
    pub effective_from: DateTime<Utc>,
    /// In force until, not including, this instant; none while it lasts.
    pub effective_to: Option<DateTime<Utc>>,
    /// The last day on which it cannot be changed.
    pub locked_until: NaiveDate,
}

impl Agreement {
    /// Whether it is in force at an instant.
    pub fn is_in_force(&self, at: DateTime<Utc>) -> bool {
        self.effective_from <= at && self.effective_to.is_none_or(|end| at < end)
    }

    /// Whether a change on this day is refused.
    pub fn is_locked(&self, on: NaiveDate) -> bool {
        on <= self.locked_until
    }

    /// Whether the lock is as long as it must be: two quarters after the first day at least.
    pub fn lock_is_long_enough(&self, zone: Tz) -> bool {
        self.locked_until >= self.effective_from.with_timezone(&zone).date_naive() + Months::new(6)
    }
}

/// The agreement in force at an instant; of several the one that took effect last.
pub fn in_force(agreements: &[Agreement], at: DateTime<Utc>) -> Option<&Agreement> {
    agreements.iter().filter(|one| one.is_in_force(at)).max_by_key(|one| one.effective_from)
}

/// Whether these terms are the ones agreed on at an instant: the opportunity's close, or the as-of instant for an open
/// one.
pub fn is_official(agreements: &[Agreement], terms: &Terms, at: DateTime<Utc>) -> bool {
    in_force(agreements, at).is_some_and(|one| one.terms == *terms)
}

/// Whether an agreement was made no later than a campaign's first day.
pub fn agreed_before_start(agreement: &Agreement, starts_on: NaiveDate, zone: Tz) -> bool {
    agreement.agreed_at.with_timezone(&zone).date_naive() <= starts_on
}

#[cfg(test)]
mod tests {
    use super::super::Model;
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn agreement(model: Model, from: &str, to: Option<&str>) -> Agreement {
        Agreement {
            key: Arc::from(from),
            terms: Terms::of(model),
            agreed_at: instant(from),
            effective_from: instant(from),
            effective_to: to.map(instant),
            locked_until: day("2025-07-01"),
        }
    }

    #[test]
    fn the_model_in_force_is_the_official_one() {
        let all = [
            agreement(Model::WShaped, "2025-01-01T00:00:00Z", Some("2025-03-01T00:00:00Z")),
            agreement(Model::Linear, "2025-03-01T00:00:00Z", None),
        ];
        let official = |model, at| is_official(&all, &Terms::of(model), instant(at));
        assert!(official(Model::WShaped, "2025-02-28T23:59:59Z"));
        assert!(!official(Model::WShaped, "2025-03-01T00:00:00Z"));
        assert!(official(Model::Linear, "2025-03-01T00:00:00Z"));
        assert!(!official(Model::Linear, "2024-12-31T00:00:00Z"), "nothing was agreed yet");
    }

    #[test]
    fn other_terms_of_the_same_model_are_not_official() {
        let all = [agreement(Model::TimeDecay, "2025-01-01T00:00:00Z", None)];
        let slower = Terms { half_life_seconds: 30 * 86_400, ..Terms::of(Model::TimeDecay) };
        assert!(!is_official(&all, &slower, instant("2025-02-01T00:00:00Z")));
    }

    #[test]
    fn a_change_before_the_lock_ends_is_refused() {
        let one = agreement(Model::WShaped, "2025-01-01T00:00:00Z", None);
        assert!(one.is_locked(day("2025-07-01")) && !one.is_locked(day("2025-07-02")));
        assert!(one.lock_is_long_enough(Tz::UTC));
        let short = Agreement { locked_until: day("2025-06-30"), ..one };
        assert!(!short.lock_is_long_enough(Tz::UTC));
    }

    #[test]
    fn agreed_on_the_first_day_in_the_reporting_zone_is_before_the_start() {
        let one = agreement(Model::WShaped, "2025-01-02T03:00:00Z", None);
        assert!(agreed_before_start(&one, day("2025-01-02"), Tz::UTC));
        assert!(!agreed_before_start(&one, day("2025-01-01"), Tz::UTC));
        let zone: Tz = "America/New_York".parse().expect("a zone");
        assert!(agreed_before_start(&one, day("2025-01-01"), zone), "still the first in New York");
    }
}
