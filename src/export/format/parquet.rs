//! Apache Parquet: groups of at most ten thousand rows, compressed with snappy. Text is a string, an instant a timestamp in
//! UTC, a day a date, a decimal a decimal of 38 digits with six places.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use rust_decimal::Decimal;

use crate::export::cell::{Cell, Kind};
use crate::export::column::ColumnInfo;

/// Rows written together, and held until then.
const GROUP: usize = 10_000;
/// Digits of a decimal behind the point, and in all.
const PLACES: u32 = 6;
const SCALE: i32 = PLACES.cast_signed();
const DIGITS: i32 = 38;

const IN_MEMORY: &str = "cells are of their column's kind, and memory takes every byte";

/// Writes groups of rows.
pub struct Groups {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<ColumnInfo>,
    waiting: Vec<Vec<Cell>>,
}

impl Groups {
    pub(super) fn new(columns: &[ColumnInfo]) -> Self {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = schema(columns).expect("the names of columns are distinct");
        let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect(IN_MEMORY);
        Self { writer, columns: columns.to_vec(), waiting: Vec::new() }
    }

    pub(super) fn write(&mut self, rows: &[Vec<Cell>]) -> Vec<u8> {
        for row in rows {
            self.waiting.push(row.clone());
            if self.waiting.len() >= GROUP {
                self.group().expect(IN_MEMORY);
            }
        }
        self.whole()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Writes what waits as a group of its own.
    pub(super) fn settle(&mut self) -> Vec<u8> {
        if !self.waiting.is_empty() {
            self.group().expect(IN_MEMORY);
        }
        self.whole()
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        if !self.waiting.is_empty() {
            self.group().expect(IN_MEMORY);
        }
        self.writer.finish().expect(IN_MEMORY);
        self.whole()
    }

    /// What has been written since the last look.
    fn whole(&mut self) -> Vec<u8> {
        self.writer.flush().expect(IN_MEMORY);
        std::mem::take(self.writer.inner_mut())
    }

    fn group(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        let mut group = self.writer.next_row_group()?;
        for (nth, column) in self.columns.iter().enumerate() {
            let Some(mut writer) = group.next_column()? else { break };
            write_column(&mut writer, column, rows.iter().map(|row| &row[nth]))?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }
}

fn is_optional(column: &ColumnInfo) -> bool {
    column.nullable || column.is_masked()
}

fn schema(columns: &[ColumnInfo]) -> Result<TypePtr> {
    let field = |column: &ColumnInfo| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Instant => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Integer => (Physical::INT64, None),
            Kind::Decimal => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(SCALE, DIGITS))),
            Kind::Boolean => (Physical::BOOLEAN, None),
        };
        let repetition = if is_optional(column) { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let mut field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical);
        if column.kind == Kind::Decimal {
            field = field.with_length(16).with_precision(DIGITS).with_scale(SCALE);
        }
        Ok(Arc::new(field.build()?))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("rows").with_fields(fields).build()?))
}

fn write_column<'c>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &ColumnInfo,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<()> {
    match (column.kind, writer.untyped()) {
        (Kind::Text, ColumnWriter::ByteArrayColumnWriter(_)) => {
            values::<ByteArrayType>(writer, column, cells, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_bytes().to_vec())),
                _ => None,
            })
        }
        (Kind::Instant, _) => values::<Int64Type>(writer, column, cells, |cell| match cell {
            Cell::Instant(at) => Some(at.timestamp_millis()),
            _ => None,
        }),
        (Kind::Day, _) => values::<Int32Type>(writer, column, cells, |cell| match cell {
            Cell::Day(day) => Some(day.to_epoch_days()),
            _ => None,
        }),
        (Kind::Integer, _) => values::<Int64Type>(writer, column, cells, |cell| match cell {
            Cell::Integer(number) => Some(*number),
            _ => None,
        }),
        (Kind::Decimal, _) => values::<FixedLenByteArrayType>(writer, column, cells, |cell| match cell {
            Cell::Decimal(number) => Some(FixedLenByteArray::from(unscaled(*number).to_be_bytes().to_vec())),
            _ => None,
        }),
        (Kind::Boolean, _) => values::<BoolType>(writer, column, cells, |cell| match cell {
            Cell::Boolean(boolean) => Some(*boolean),
            _ => None,
        }),
        (Kind::Text, _) => Ok(()),
    }
}

fn values<'c, T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &ColumnInfo,
    cells: impl Iterator<Item = &'c Cell>,
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<()> {
    let cells: Vec<Option<T::T>> = cells.map(value).collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.into_iter().flatten().collect();
    writer.typed::<T>().write_batch(&values, is_optional(column).then_some(&levels), None)?;
    Ok(())
}

/// The decimal in units of the last place, rounded half to even.
fn unscaled(number: Decimal) -> i128 {
    let rounded = number.round_dp(PLACES);
    rounded.mantissa() * 10_i128.pow(PLACES - rounded.scale())
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use crate::domain::view::Sight;

    use super::*;

    fn column(name: &str, kind: Kind, nullable: bool) -> ColumnInfo {
        ColumnInfo { name: Arc::from(name), kind, nullable, sight: Sight::Full, about: Arc::from("") }
    }

    #[test]
    fn rows_are_read_back_and_come_in_groups_of_bounded_size() {
        let columns = [
            column("id", Kind::Text, false),
            column("at", Kind::Instant, true),
            column("amount", Kind::Decimal, true),
            column("is_won", Kind::Boolean, true),
        ];
        let mut groups = Groups::new(&columns);
        let at: chrono::DateTime<chrono::Utc> = "2025-01-31T08:00:00.250Z".parse().expect("an instant");
        let row = |nth: usize| {
            let amount =
                if nth.is_multiple_of(3) { Cell::Null } else { Cell::Decimal(Decimal::new(-1050, 2)) };
            vec![
                Cell::Text(nth.to_string().into()),
                Cell::Instant(at),
                amount,
                Cell::Boolean(nth.is_multiple_of(2)),
            ]
        };
        let rows: Vec<Vec<Cell>> = (0..GROUP + 5).map(row).collect();
        let mut bytes = Vec::new();
        for some in rows.chunks(777) {
            bytes.extend(groups.write(some));
            assert!(groups.waiting.len() < GROUP);
        }
        bytes.extend(groups.finish());
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a file of Parquet");
        assert_eq!(file.num_row_groups(), 2);
        let read: Vec<_> = file.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
        assert_eq!(read.len(), rows.len());
        assert_eq!(read[4].get_string(0).expect("text"), "4");
        assert_eq!(read[4].get_timestamp_millis(1).expect("an instant"), at.timestamp_millis());
        assert_eq!(
            read[4].to_string(),
            "{id: \"4\", at: 2025-01-31 08:00:00.250 +00:00, amount: -10.500000, is_won: true}"
        );
        assert!(read[3].to_string().contains("amount: null"));
    }

    #[test]
    fn a_file_without_rows_has_its_columns() {
        let mut groups = Groups::new(&[column("id", Kind::Text, false)]);
        let bytes = groups.finish();
        let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("a file of Parquet");
        assert_eq!(file.metadata().file_metadata().schema_descr().column(0).name(), "id");
        assert_eq!(file.metadata().file_metadata().num_rows(), 0);
    }
}
