//! The org's data: one typed, packed table an object, loaded from the world and changed by writes.
//!
//! Rows are never removed, only marked deleted, as the vendor's recycle bin does. A journal makes several writes
//! one transaction.

mod column;
mod index;
mod load;
mod table;
mod value;

use super::id::RecordId;
use super::schema::{FieldNo, Formula, ObjectNo, Schema};

pub(super) use self::load::DERIVED;
pub(super) use self::table::{RowNo, Table};
pub(super) use self::value::{Value, read_instant};

/// All rows of all objects.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) schema: Schema,
    tables: Vec<Table>,
    journal: Vec<Change>,
}

/// A step that can be taken back.
#[derive(Debug)]
enum Change {
    Set { object: ObjectNo, row: RowNo, field: FieldNo, before: Value<'static> },
    Insert { object: ObjectNo },
}

/// A point to which [`Store::roll_back`] returns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Savepoint(usize);

impl Store {
    pub(super) fn table(&self, object: ObjectNo) -> &Table {
        &self.tables[object]
    }

    pub(super) fn get(&self, object: ObjectNo, row: RowNo, field: FieldNo) -> Value<'_> {
        match &self.schema.objects[object].fields[field].formula {
            None => self.tables[object].get(row, field),
            Some(formula) => self.computed(object, row, formula),
        }
    }

    /// What is stored behind the reference: a formula of a formula, which might lead back here, shows nothing.
    fn computed(&self, object: ObjectNo, row: RowNo, formula: &Formula) -> Value<'_> {
        let Value::Id(id) = self.tables[object].get(row, formula.through) else { return Value::Null };
        let (target, field) = formula.shows;
        let target = &self.tables[target];
        target.row_of(&id).map_or(Value::Null, |row| target.get(row, field))
    }

    /// A field the program itself knows by name.
    pub(super) fn named(&self, object: ObjectNo, row: RowNo, field: &str) -> Value<'_> {
        self.schema.objects[object].field(field).map_or(Value::Null, |field| self.get(object, row, field))
    }

    pub(super) fn is_deleted(&self, object: ObjectNo, row: RowNo) -> bool {
        self.named(object, row, "IsDeleted") == Value::Bool(true)
    }

    /// The record an id names, whatever its object.
    pub(super) fn find(&self, id: &RecordId) -> Option<(ObjectNo, RowNo)> {
        self.schema
            .objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.prefix == id.prefix())
            .find_map(|(no, _)| Some((no, self.tables[no].row_of(id)?)))
    }

    pub(super) fn set(&mut self, object: ObjectNo, row: RowNo, field: FieldNo, value: &Value<'_>) {
        let before = self.get(object, row, field).into_owned();
        self.journal.push(Change::Set { object, row, field, before });
        self.tables[object].set(row, field, value);
    }

    /// Sets a field the program itself knows by name.
    pub(super) fn set_named(&mut self, object: ObjectNo, row: RowNo, field: &str, value: &Value<'_>) {
        let field = self.schema.known_field(object, field);
        self.set(object, row, field, value);
    }

    pub(super) fn insert(&mut self, object: ObjectNo) -> RowNo {
        self.journal.push(Change::Insert { object });
        self.tables[object].push()
    }

    pub(super) fn savepoint(&self) -> Savepoint {
        Savepoint(self.journal.len())
    }

    /// Undoes every change since the savepoint.
    pub(super) fn roll_back(&mut self, to: Savepoint) {
        while self.journal.len() > to.0 {
            match self.journal.pop() {
                Some(Change::Set { object, row, field, before }) => {
                    self.tables[object].set(row, field, &before);
                }
                Some(Change::Insert { object }) => self.tables[object].pop(),
                None => return,
            }
        }
    }

    /// Makes every change so far final.
    pub(super) fn commit(&mut self) {
        self.journal.clear();
    }
}
