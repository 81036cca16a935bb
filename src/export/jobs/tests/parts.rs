//! Parts: every row in one, in the month it belongs to, whatever the order rows come in and however few may be open.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use proptest::sample::select;
use sha2::{Digest, Sha256};

use crate::domain::hex::hex;
use crate::domain::view::Sight;
use crate::export::cell::{Cell, Kind};
use crate::export::column::ColumnInfo;
use crate::export::reader::Batch;
use crate::ledger::entry::Observation;

use super::super::part::ending;
use super::super::parts::{Bounds, Parts};
use super::*;

/// Something that happened to each of so many people, in three months.
pub(super) fn happened(people: usize) -> Vec<Observation> {
    let event = |nth: usize| {
        let day = format!("2025-{:02}-1{}", nth % 3 + 1, nth % 9);
        let of = format!("sales:Lead:{nth:05}");
        let event = crate::unify::samples::change(&day, &of, "title", "old", "new");
        Observation::Event { of: crate::unify::samples::key(&of), event: Arc::new(event) }
    };
    (0..people).map(event).collect()
}

fn columns() -> Vec<ColumnInfo> {
    let column = |name: &str, kind| ColumnInfo {
        name: name.into(),
        kind,
        nullable: true,
        sight: Sight::Full,
        about: "".into(),
    };
    vec![column("id", Kind::Text), column("at", Kind::Instant)]
}

fn batches(months: &[Option<u32>], size: usize) -> Vec<Batch> {
    let rows: Vec<(Vec<Cell>, Option<DateTime<Utc>>)> = months
        .iter()
        .enumerate()
        .map(|(nth, month)| {
            let at: Option<DateTime<Utc>> =
                month.map(|month| format!("2024-{month:02}-15T12:00:00Z").parse().unwrap());
            (vec![Cell::Text(format!("row {nth}").into()), at.into()], at)
        })
        .collect();
    let batch = |rows: &[(Vec<Cell>, Option<DateTime<Utc>>)]| {
        let (rows, instants) = rows.iter().cloned().unzip();
        Batch { rows, instants, cursor: None }
    };
    rows.chunks(size).map(batch).collect()
}

/// The ids of the rows of each part, by the part's month.
fn read(folder: &Path, part: &Part, format: Format) -> Vec<String> {
    let file = folder.join(&*part.name);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), part.bytes);
    let sha256 = hex(&Sha256::digest(std::fs::read(&file).unwrap()));
    assert_eq!(*part.sha256, *sha256);
    let ids: Vec<String> = match format {
        Format::Parquet => {
            let file = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
            let rows = file.get_row_iter(None).unwrap().map(Result::unwrap);
            rows.map(|row| parquet::record::RowAccessor::get_string(&row, 0).unwrap().clone()).collect()
        }
        Format::Csv => {
            lines(&file).into_iter().skip(1).map(|it| it.split(',').next().unwrap().to_owned()).collect()
        }
        Format::Ndjson => {
            let id = |line: String| -> String {
                let row: serde_json::Value = serde_json::from_str(&line).unwrap();
                row["id"].as_str().unwrap().to_owned()
            };
            lines(&file).into_iter().map(id).collect()
        }
    };
    assert_eq!(ids.len() as u64, part.rows);
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_in_one_part_and_in_its_month(
        months in proptest::collection::vec(proptest::option::weighted(0.9, 1_u32..13), 0..120),
        size in 1_usize..40,
        open in 1_usize..5,
        rows in 1_u64..40,
        waiting in 0_usize..30,
        format in select(&Format::ALL[..]),
        is_divided in any::<bool>(),
    ) {
        let folder = TempDir::new().unwrap();
        let dataset = if is_divided { Dataset::Touchpoints } else { Dataset::People };
        let bounds = Bounds { open, rows, waiting };
        let mut parts = Parts::new(folder.path().to_owned(), dataset, format, &columns(), Tz::UTC, bounds);
        for batch in batches(&months, size) {
            parts.write(batch).unwrap();
            let unfinished = names(folder.path()).iter().filter(|name| name.ends_with("unfinished")).count();
            prop_assert!(unfinished <= open, "{} are open", unfinished);
            prop_assert!(parts.waiting() <= waiting);
        }
        parts.finish().unwrap();
        let whole = parts.whole();
        let of_files: Vec<String> = whole.iter().map(|part| part.name.to_string()).collect();
        prop_assert_eq!(names(folder.path()), of_files, "nothing but the parts is there");
        let mut told: BTreeMap<String, Option<Arc<str>>> = BTreeMap::new();
        for part in &whole {
            prop_assert!(part.name.ends_with(ending(format)) && part.name.starts_with(dataset.name()));
            for id in read(folder.path(), part, format) {
                prop_assert!(told.insert(id, part.month.clone()).is_none(), "nothing comes twice");
            }
        }
        let month = |month: &Option<u32>| {
            month.filter(|_| is_divided).map(|month| Arc::<str>::from(format!("2024-{month:02}")))
        };
        let expected: BTreeMap<String, Option<Arc<str>>> =
            months.iter().enumerate().map(|(nth, at)| (format!("row {nth}"), month(at))).collect();
        prop_assert_eq!(told, expected);
    }
}
