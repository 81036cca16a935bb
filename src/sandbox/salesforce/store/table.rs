//! The rows of one object, kept in the order of their ids.

use std::sync::OnceLock;

use super::super::id::RecordId;
use super::super::schema::{FieldNo, Kind, Object};
use super::column::Column;
use super::index::Index;
use super::value::Value;

/// A row's place in its table. Rows never move: new ids are larger than all before them.
pub(in super::super) type RowNo = u32;

/// One object's rows.
#[derive(Debug)]
pub(in super::super) struct Table {
    pub(super) ids: Vec<RecordId>,
    pub(super) columns: Vec<Column>,
    pub(super) heap: String,
    indexes: Vec<Option<OnceLock<Index>>>,
    prefix: String,
}

impl Table {
    pub(super) fn new(object: &Object) -> Self {
        Self {
            ids: Vec::new(),
            columns: object.fields.iter().map(|field| Column::of(field.kind)).collect(),
            heap: String::new(),
            indexes: object
                .fields
                .iter()
                .map(|field| {
                    (matches!(field.kind, Kind::Reference | Kind::Email) || field.lookup).then(OnceLock::new)
                })
                .collect(),
            prefix: object.prefix.clone(),
        }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(in super::super) fn id(&self, row: RowNo) -> RecordId {
        self.ids[row as usize]
    }

    pub(in super::super) fn row_of(&self, id: &RecordId) -> Option<RowNo> {
        self.ids.binary_search(id).ok().map(|row| row as RowNo)
    }

    /// The rows whose ids lie after `id` (or at it, if `inclusive`), as the first of them.
    pub(in super::super) fn first_after(&self, id: &RecordId, inclusive: bool) -> RowNo {
        self.ids.partition_point(|other| if inclusive { other < id } else { other <= id }) as RowNo
    }

    pub(in super::super) fn get(&self, row: RowNo, field: FieldNo) -> Value<'_> {
        if field == 0 {
            return Value::Id(self.id(row));
        }
        self.columns[field].get(row as usize, &self.heap)
    }

    pub(super) fn set(&mut self, row: RowNo, field: FieldNo, value: &Value<'_>) {
        self.columns[field].set(row as usize, value, &mut self.heap);
        if let Some(Some(index)) = self.indexes.get_mut(field).map(|index| index.as_mut())
            && let Some(index) = index.get_mut()
            && !value.is_null()
        {
            index.add(value.fingerprint(), row);
        }
    }

    /// A new empty row with the next free id.
    pub(super) fn push(&mut self) -> RowNo {
        let id = self.ids.last().map_or_else(|| RecordId::numbered(&self.prefix, 1), |last| last.next());
        self.ids.push(id);
        (self.ids.len() - 1) as RowNo
    }

    /// Takes back the last row.
    pub(super) fn pop(&mut self) {
        self.ids.pop();
        let len = self.ids.len();
        self.columns.iter_mut().for_each(|column| column.truncate(len));
    }

    /// Rows that may hold one of the values, sorted and each once; none where the field has no index.
    pub(in super::super) fn candidates<'v>(
        &self,
        field: FieldNo,
        values: impl Iterator<Item = &'v Value<'v>>,
    ) -> Option<Vec<RowNo>> {
        let mut found = Vec::new();
        if field == 0 {
            found.extend(values.filter_map(|value| match value {
                Value::Id(id) => self.row_of(id),
                _ => None,
            }));
        } else {
            let index = self.indexes[field].as_ref()?.get_or_init(|| self.build(field));
            for value in values.filter(|value| !value.is_null()) {
                index.find(value.fingerprint(), &mut found);
            }
            found.retain(|row| (*row as usize) < self.ids.len());
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    fn build(&self, field: FieldNo) -> Index {
        Index::of((0..self.ids.len() as RowNo).filter_map(|row| {
            let value = self.get(row, field);
            (!value.is_null()).then(|| (value.fingerprint(), row))
        }))
    }
}
