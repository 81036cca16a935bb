//! Cells in PostgreSQL's own writing.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};

use crate::export::cell::{Cell, Kind};
use crate::export::column::ColumnInfo;
use crate::ledger::reporting;

/// A value as PostgreSQL reads it; none for null.
pub(super) fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(text.to_string()),
        Cell::Instant(at) => Some(instant(*at)),
        Cell::Day(day) => Some(date(*day)),
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Decimal(number) => Some(number.to_string()),
        Cell::Boolean(boolean) => Some(boolean.to_string()),
    }
}

/// Vendors keep what people typed: years of five digits are written without a sign, years before the first as such.
fn date(day: NaiveDate) -> String {
    let year = day.year();
    if year > 0 {
        format!("{year:04}-{:02}-{:02}", day.month(), day.day())
    } else {
        format!("{:04}-{:02}-{:02} BC", 1 - year, day.month(), day.day())
    }
}

fn instant(at: DateTime<Utc>) -> String {
    let year = at.year();
    if (1..=9999).contains(&year) {
        return at.to_rfc3339_opts(SecondsFormat::Millis, true);
    }
    let (day, time) = (date(at.date_naive()), at.time().format("%H:%M:%S%.3f"));
    match day.strip_suffix(" BC") {
        Some(day) => format!("{day} {time}Z BC"),
        None => format!("{day} {time}Z"),
    }
}

/// A column as the reporting schema has it; what the view does not see as it is says so.
pub(super) fn column(info: &ColumnInfo) -> reporting::Column {
    let kind = match info.kind {
        Kind::Text => reporting::Kind::Text,
        Kind::Instant => reporting::Kind::Instant,
        Kind::Day => reporting::Kind::Day,
        Kind::Integer => reporting::Kind::Integer,
        Kind::Decimal => reporting::Kind::Decimal,
        Kind::Boolean => reporting::Kind::Boolean,
    };
    let about = if info.is_masked() {
        format!("{} Seen {} by this view.", info.about, info.sight.name()).into()
    } else {
        info.about.clone()
    };
    reporting::Column { name: info.name.clone(), kind, about }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_of_any_year_are_written_as_postgresql_reads_them() {
        let day = |year| NaiveDate::from_ymd_opt(year, 3, 4).expect("a day");
        assert_eq!(date(day(2025)), "2025-03-04");
        assert_eq!(date(day(20_250)), "20250-03-04");
        assert_eq!(date(day(-43)), "0044-03-04 BC");
        let at = |year| day(year).and_hms_milli_opt(5, 6, 7, 8).expect("an instant").and_utc();
        assert_eq!(instant(at(2025)), "2025-03-04T05:06:07.008Z");
        assert_eq!(instant(at(20_250)), "20250-03-04 05:06:07.008Z");
        assert_eq!(instant(at(-43)), "0044-03-04 05:06:07.008Z BC");
    }
}
