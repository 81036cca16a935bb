//! What there is to know of a dataset before its rows are read.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::column::ColumnInfo;
use super::dataset::Dataset;
use super::reading::Reading;

/// A dataset as a view knows it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The dataset.
    pub dataset: Dataset,
    /// Its columns, in order.
    pub columns: Vec<ColumnInfo>,
    /// The view's key.
    pub view: String,
    /// What the view may see, as one word.
    pub policy_version: String,
    /// The present of the rows.
    pub as_of: DateTime<Utc>,
    /// The last sequence of the ledger that the rows tell.
    pub sequence: i64,
}

impl Manifest {
    pub(super) fn new(dataset: Dataset, reading: &Reading, columns: Vec<ColumnInfo>) -> Self {
        Self {
            dataset,
            columns,
            view: reading.view.key().to_string(),
            policy_version: reading.view.fingerprint().to_string(),
            as_of: reading.set().as_of,
            sequence: reading.snapshot.sequence(),
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        json!({
            "dataset": self.dataset.name(),
            "view": self.view,
            "policy_version": self.policy_version,
            "as_of": self.as_of.to_rfc3339_opts(SecondsFormat::Millis, true),
            "sequence": self.sequence,
            "time_column": self.dataset.time_column(),
            "columns": columns_json(&self.columns),
        })
    }
}

/// Columns as JSON: name, type, whether null may stand there, whether and how values are changed for the view.
pub(super) fn columns_json(columns: &[ColumnInfo]) -> Value {
    let column = |column: &ColumnInfo| {
        json!({
            "name": &*column.name,
            "type": column.kind.name(),
            "nullable": column.nullable || column.is_masked(),
            "masked": column.is_masked(),
            "sight": column.sight.name(),
            "description": &*column.about,
        })
    };
    columns.iter().map(column).collect()
}
