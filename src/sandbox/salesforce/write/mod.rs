//! Changing rows as the vendor does: checked field by field, stamped, with the history that follows.

mod check;
mod convert;
mod history;
mod rules;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::error::Refusal;
use super::id::RecordId;
use super::schema::{FieldNo, Kind, Object, ObjectNo};
use super::store::{RowNo, Store, Value};

pub(super) use self::check::typed;
pub(super) use self::convert::Conversion;

/// Fields and their new values, checked.
type Changes = Vec<(FieldNo, Value<'static>)>;

/// One caller's hand on the store.
pub(super) struct Writer<'s> {
    pub(super) store: &'s mut Store,
    pub(super) now: DateTime<Utc>,
    pub(super) user: RecordId,
}

impl Writer<'_> {
    fn shape(&self, object: ObjectNo) -> &Object {
        &self.store.schema.objects[object]
    }

    fn field(&self, object: ObjectNo, name: &str) -> Option<FieldNo> {
        self.shape(object).field(name)
    }

    /// Makes a row.
    pub(super) fn create(&mut self, object: ObjectNo, body: &Map<String, Json>) -> Result<RecordId, Refusal> {
        if !self.shape(object).createable {
            return Err(self.unsupported(object, "create"));
        }
        let before = self.store.savepoint();
        let outcome = self.try_create(object, body);
        if outcome.is_err() {
            self.store.roll_back(before);
        }
        outcome
    }

    fn try_create(&mut self, object: ObjectNo, body: &Map<String, Json>) -> Result<RecordId, Refusal> {
        let mut changes = self.check(object, body, None)?;
        self.fill_defaults(object, &mut changes);
        self.check_required(object, &changes, true)?;
        let row = self.store.insert(object);
        for (field, value) in &changes {
            self.store.set(object, row, *field, value);
        }
        let stamps = ["CreatedDate", "LastModifiedDate", "SystemModstamp"];
        self.stamp(object, row, &stamps, &["CreatedById", "LastModifiedById"]);
        self.derive(object, row, &changes);
        self.rules_of_creation(object, row)?;
        self.record_creation(object, row);
        Ok(self.store.table(object).id(row))
    }

    /// Changes a row.
    pub(super) fn update(
        &mut self,
        object: ObjectNo,
        row: RowNo,
        body: &Map<String, Json>,
    ) -> Result<(), Refusal> {
        if !self.shape(object).updateable {
            return Err(self.unsupported(object, "update"));
        }
        self.alive(object, row)?;
        if self.store.named(object, row, "IsConverted") == Value::Bool(true)
            && self.shape(object).name == "Lead"
        {
            return Err(Refusal::bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"));
        }
        let before = self.store.savepoint();
        let outcome = self.try_update(object, row, body);
        if outcome.is_err() {
            self.store.roll_back(before);
        }
        outcome
    }

    fn try_update(&mut self, object: ObjectNo, row: RowNo, body: &Map<String, Json>) -> Result<(), Refusal> {
        let changes = self.check(object, body, Some(row))?;
        self.check_required(object, &changes, false)?;
        let old = self.remember(object, row);
        for (field, value) in &changes {
            self.store.set(object, row, *field, value);
        }
        self.stamp(object, row, &["LastModifiedDate", "SystemModstamp"], &["LastModifiedById"]);
        self.derive(object, row, &changes);
        self.rules_of_change(object, row, &old)?;
        self.record_change(object, row, &old);
        Ok(())
    }

    /// Puts a row into the recycle bin.
    pub(super) fn delete(&mut self, object: ObjectNo, row: RowNo) -> Result<(), Refusal> {
        if !self.shape(object).deletable {
            return Err(self.unsupported(object, "delete"));
        }
        self.alive(object, row)?;
        self.store.set_named(object, row, "IsDeleted", &Value::Bool(true));
        self.stamp(object, row, &["LastModifiedDate", "SystemModstamp"], &["LastModifiedById"]);
        Ok(())
    }

    fn alive(&self, object: ObjectNo, row: RowNo) -> Result<(), Refusal> {
        if self.store.is_deleted(object, row) {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "ENTITY_IS_DELETED", "entity is deleted"));
        }
        Ok(())
    }

    fn unsupported(&self, object: ObjectNo, verb: &str) -> Refusal {
        let name = &self.shape(object).name;
        Refusal::bad("INVALID_TYPE_FOR_OPERATION", format!("entity type {name} does not support {verb}"))
    }

    fn stamp(&mut self, object: ObjectNo, row: RowNo, dates: &[&str], users: &[&str]) {
        for name in dates {
            if let Some(field) = self.field(object, name) {
                // Most of the vendor's stamps are whole seconds.
                let second = Value::Instant(self.now.timestamp() * 1000);
                self.store.set(object, row, field, &second);
            }
        }
        for name in users {
            if let Some(field) = self.field(object, name) {
                let user = Value::Id(self.user);
                self.store.set(object, row, field, &user);
            }
        }
    }

    fn fill_defaults(&self, object: ObjectNo, changes: &mut Changes) {
        for (no, field) in self.shape(object).fields.iter().enumerate() {
            if !field.defaulted || changes.iter().any(|(given, value)| *given == no && !value.is_null()) {
                continue;
            }
            let chosen = field.picklist.iter().find(|choice| choice.default).or(field.picklist.first());
            let value = match (field.name.as_str(), field.kind) {
                ("OwnerId", _) => Value::Id(self.user),
                ("IsUnreadByOwner", _) => Value::Bool(true),
                ("IsActive", _) if self.shape(object).name == "User" => Value::Bool(true),
                ("TaskSubtype", _) => Value::text("Task"),
                ("EventSubtype", _) => Value::text("Event"),
                ("ShowAs", _) => Value::text("Busy"),
                ("Status", _) if self.shape(object).name == "CampaignMember" => Value::text("Sent"),
                (_, Kind::Picklist) => match chosen {
                    Some(choice) => Value::text(choice.value.clone()),
                    None => continue,
                },
                _ => continue,
            };
            changes.retain(|(given, _)| *given != no);
            changes.push((no, value));
        }
    }

    fn check_required(&self, object: ObjectNo, changes: &Changes, creating: bool) -> Result<(), Refusal> {
        let missing: Vec<String> = self
            .shape(object)
            .fields
            .iter()
            .enumerate()
            .filter(|(no, field)| {
                let given = changes.iter().find(|(given, _)| given == no).map(|(_, value)| value);
                field.required && given.map_or(creating, Value::is_null)
            })
            .map(|(_, field)| field.name.clone())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let message = format!("Required fields are missing: [{}]", missing.join(", "));
        Err(Refusal { fields: missing, ..Refusal::bad("REQUIRED_FIELD_MISSING", message) })
    }
}
