//! Instants as the vendor writes and reads them; inside they are milliseconds since 1970.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};

/// Milliseconds since 1970.
pub(crate) type Millis = i64;

/// Reads an ISO date or instant, or a number of milliseconds.
pub(crate) fn parse(text: &str) -> Option<Millis> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_millis());
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    }
    if let Ok(local) = text.trim_end_matches('Z').replace(' ', "T").parse::<NaiveDateTime>() {
        return Some(local.and_utc().timestamp_millis());
    }
    text.parse().ok()
}

/// The form of every instant in the vendor's JSON: `2024-01-02T03:04:05.678Z`.
pub(crate) fn iso(millis: Millis) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The calendar day of an instant: `2024-01-02`.
pub(crate) fn day(millis: Millis) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().date_naive().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_read() {
        let expected = Some(1_704_164_645_000);
        assert_eq!(parse("2024-01-02T03:04:05Z"), expected);
        assert_eq!(parse("2024-01-02T03:04:05.000Z"), expected);
        assert_eq!(parse("2024-01-02T04:04:05+01:00"), expected);
        assert_eq!(parse("2024-01-02 03:04:05"), expected);
        assert_eq!(parse("1704164645000"), expected);
        assert_eq!(parse("2024-01-02"), Some(1_704_153_600_000));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn instants_are_written_with_milliseconds() {
        assert_eq!(iso(1_704_164_645_000), "2024-01-02T03:04:05.000Z");
        assert_eq!(day(1_704_164_645_000), "2024-01-02");
    }
}
