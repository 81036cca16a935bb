//! CSV: RFC 4180, UTF-8, a header, nothing for null. A text that a spreadsheet would take for a formula begins with a `'`.

use crate::export::cell::Cell;
use crate::export::column::ColumnInfo;

use super::instant;

/// Writes a header and lines.
pub struct Sheet {
    /// The names, until they are written.
    header: Option<Vec<std::sync::Arc<str>>>,
}

impl Sheet {
    pub(super) fn new(columns: &[ColumnInfo]) -> Self {
        Self { header: Some(super::names(columns)) }
    }

    pub(super) fn write(&mut self, rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(rows.len() * 200);
        if let Some(names) = self.header.take() {
            line(&mut bytes, names.iter().map(|name| escaped(name)));
        }
        for row in rows {
            line(&mut bytes, row.iter().map(field));
        }
        bytes
    }
}

fn line(bytes: &mut Vec<u8>, fields: impl Iterator<Item = String>) {
    for (nth, field) in fields.enumerate() {
        if nth > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(field.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => escaped(&harmless(text)),
        Cell::Instant(at) => instant(*at),
        Cell::Day(day) => day.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) => number.to_string(),
        Cell::Boolean(boolean) => boolean.to_string(),
    }
}

/// Numbers, days and instants are ours and never a formula, though a number may begin with a minus.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// An empty text is quoted, so that it is not taken for null.
fn escaped(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rust_decimal::Decimal;

    use crate::domain::view::Sight;
    use crate::export::cell::Kind;

    use super::*;

    fn column(name: &str) -> ColumnInfo {
        let (name, about) = (Arc::from(name), Arc::from(""));
        ColumnInfo { name, kind: Kind::Text, nullable: true, sight: Sight::Full, about }
    }

    #[test]
    fn the_sheet_is_what_rfc_4180_says_and_no_formula_comes_through() {
        let mut sheet = Sheet::new(&[column("name"), column("amount")]);
        let row = |text: &str, amount: i64| vec![Cell::from(text), Cell::Decimal(Decimal::new(amount, 2))];
        let rows = [
            row("plain", 100),
            row("a, \"b\"\nc", -5),
            row("=1+1", 0),
            row("+44", 0),
            row("-x", 0),
            row("@cmd", 0),
            row("", 0),
            vec![Cell::Null, Cell::Null],
        ];
        let text = String::from_utf8(sheet.write(&rows)).expect("text");
        let expected = "name,amount\r\nplain,1.00\r\n\"a, \"\"b\"\"\nc\",-0.05\r\n'=1+1,0.00\r\n'+44,0.00\r\n'-x,0.00\r\n'@cmd,0.00\r\n\"\",0.00\r\n,\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_header_is_there_although_no_row_is() {
        let mut sheet = Sheet::new(&[column("id"), column("sequence")]);
        assert_eq!(sheet.write(&[]), b"id,sequence\r\n");
        assert_eq!(sheet.write(&[]), b"");
    }
}
