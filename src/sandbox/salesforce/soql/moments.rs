//! Date literals such as `LAST_N_DAYS:30`: which days each means, counted in UTC, weeks from Sunday.

use chrono::{Datelike, Days, Months, NaiveDate};

/// The first day of a span and the first day after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: NaiveDate,
    pub(super) until: NaiveDate,
}

/// Whether an upper-case word is a date literal, with or without its `:n`.
pub(super) fn is_span(word: &str) -> bool {
    span(word, Some(1), NaiveDate::default()).is_some()
}

/// The days a date literal means.
pub(super) fn span(word: &str, count: Option<i64>, today: NaiveDate) -> Option<Stretch> {
    let n = count.unwrap_or(1).clamp(0, 10_000);
    match word {
        "YESTERDAY" => return Some(days(today, -1, 1)),
        "TODAY" => return Some(days(today, 0, 1)),
        "TOMORROW" => return Some(days(today, 1, 1)),
        "LAST_90_DAYS" => return Some(days(today, -90, 91)),
        "NEXT_90_DAYS" => return Some(days(today, 1, 90)),
        "LAST_N_DAYS" => return Some(days(today, -n, n + 1)),
        "NEXT_N_DAYS" => return Some(days(today, 1, n)),
        "N_DAYS_AGO" => return Some(days(today, -n, 1)),
        _ => {}
    }
    let word = word.replace("FISCAL_", "");
    let (from, len, unit) = if let Some(unit) = word.strip_prefix("LAST_N_") {
        (-n, n, unit.strip_suffix('S')?)
    } else if let Some(unit) = word.strip_prefix("NEXT_N_") {
        (1, n, unit.strip_suffix('S')?)
    } else if let Some(unit) = word.strip_prefix("N_").and_then(|rest| rest.strip_suffix("S_AGO")) {
        (-n, 1, unit)
    } else if let Some(unit) = word.strip_prefix("LAST_") {
        (-1, 1, unit)
    } else if let Some(unit) = word.strip_prefix("THIS_") {
        (0, 1, unit)
    } else {
        (1, 1, word.strip_prefix("NEXT_")?)
    };
    let start = |step: i64| {
        Some(match unit {
            "WEEK" => {
                let sunday = shift(today, -i64::from(today.weekday().num_days_from_sunday()));
                shift(sunday, step * 7)
            }
            "MONTH" => months(today.with_day(1)?, step),
            "QUARTER" => {
                months(NaiveDate::from_ymd_opt(today.year(), today.month0() / 3 * 3 + 1, 1)?, step * 3)
            }
            "YEAR" => months(NaiveDate::from_ymd_opt(today.year(), 1, 1)?, step * 12),
            _ => return None,
        })
    };
    Some(Stretch { from: start(from)?, until: start(from + len)? })
}

fn days(today: NaiveDate, from: i64, len: i64) -> Stretch {
    let from = shift(today, from);
    Stretch { from, until: shift(from, len) }
}

fn shift(day: NaiveDate, by: i64) -> NaiveDate {
    let distance = Days::new(by.unsigned_abs());
    let moved = if by < 0 { day.checked_sub_days(distance) } else { day.checked_add_days(distance) };
    moved.unwrap_or(day)
}

fn months(day: NaiveDate, by: i64) -> NaiveDate {
    let distance = Months::new(by.unsigned_abs() as u32);
    let moved = if by < 0 { day.checked_sub_months(distance) } else { day.checked_add_months(distance) };
    moved.unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::span;
    use chrono::NaiveDate;

    fn shown(word: &str, count: Option<i64>) -> String {
        let today = NaiveDate::from_ymd_opt(2026, 3, 31).expect("a day");
        let span = span(word, count, today).expect("a date literal");
        format!("{} to {}", span.from, span.until)
    }

    #[test]
    fn date_literals_mean_whole_days_weeks_months_quarters_and_years() {
        assert_eq!(shown("TODAY", None), "2026-03-31 to 2026-04-01");
        assert_eq!(shown("LAST_N_DAYS", Some(30)), "2026-03-01 to 2026-04-01");
        assert_eq!(shown("NEXT_N_DAYS", Some(2)), "2026-04-01 to 2026-04-03");
        assert_eq!(shown("THIS_WEEK", None), "2026-03-29 to 2026-04-05");
        assert_eq!(shown("LAST_MONTH", None), "2026-02-01 to 2026-03-01");
        assert_eq!(shown("THIS_FISCAL_QUARTER", None), "2026-01-01 to 2026-04-01");
        assert_eq!(shown("LAST_N_YEARS", Some(2)), "2024-01-01 to 2026-01-01");
    }
}
