//! Whether a body may be written: known fields, of the right type, within their limits.

use serde_json::{Map, Value as Json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::schema::{Field, Kind, ObjectNo};
use super::super::store::{RowNo, Value, read_instant};
use super::{Changes, Writer};

impl Writer<'_> {
    /// The changes a body asks for; `row` is the row to be updated, if it exists.
    pub(super) fn check(
        &self,
        object: ObjectNo,
        body: &Map<String, Json>,
        row: Option<RowNo>,
    ) -> Result<Changes, Refusal> {
        let shape = self.shape(object);
        let mut changes = Changes::new();
        for (name, json) in body {
            if name == "attributes" {
                continue;
            }
            if json.is_object()
                && let Some(field) = shape.relationship(name)
            {
                let id = self.look_up(object, field, json)?;
                changes.push((field, Value::Id(id)));
                continue;
            }
            let Some(no) = shape.field(name) else {
                return Err(Refusal::bad(
                    "INVALID_FIELD",
                    format!("No such column '{name}' on sobject of type {}", shape.name),
                ));
            };
            let field = &shape.fields[no];
            if field.kind == Kind::Id {
                return Err(Refusal::bad(
                    "INVALID_FIELD",
                    format!(
                        "The Id field should not be specified in the sobject data. No such column '{name}'"
                    ),
                ));
            }
            let allowed = if row.is_some() { field.updateable } else { field.createable };
            if !allowed {
                let message = format!(
                    "Unable to create/update fields: {}. Please check the security settings of this field and verify \
                     that it is read/write for your profile or permission set.",
                    field.name
                );
                return Err(Refusal::bad("INVALID_FIELD_FOR_INSERT_UPDATE", message).about(&field.name));
            }
            let value = typed(field, json)?;
            self.check_value(field, &value)?;
            if field.external {
                self.check_unique(object, no, &value, row)?;
            }
            changes.push((no, value));
        }
        Ok(changes)
    }

    fn check_value(&self, field: &Field, value: &Value<'_>) -> Result<(), Refusal> {
        match value {
            Value::Text(text) => {
                let length = text.chars().count();
                if field.length > 0 && length > field.length as usize {
                    let message = format!(
                        "{}: data value too large: {text} (max length={})",
                        field.label, field.length
                    );
                    return Err(Refusal::bad("STRING_TOO_LONG", message).about(&field.name));
                }
                if field.kind == Kind::Email && !is_email(text) {
                    let message = format!("{}: invalid email address: {text}", field.label);
                    return Err(Refusal::bad("INVALID_EMAIL_ADDRESS", message).about(&field.name));
                }
                let known =
                    |text: &str| field.picklist.iter().any(|choice| choice.value.eq_ignore_ascii_case(text));
                if field.restricted && !field.picklist.is_empty() && !known(text) {
                    let message = format!("{}: bad value for restricted picklist field: {text}", field.label);
                    return Err(
                        Refusal::bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message).about(&field.name)
                    );
                }
                Ok(())
            }
            Value::Id(id) => {
                let Some(reference) = &field.reference else { return Ok(()) };
                let wrong = || {
                    let message = format!("{}: id value of incorrect type: {id}", field.label);
                    Refusal::bad("FIELD_INTEGRITY_EXCEPTION", message).about(&field.name)
                };
                let objects = &self.store.schema.objects;
                if !reference.targets.iter().any(|target| objects[*target].prefix == id.prefix()) {
                    return Err(wrong());
                }
                match self.store.find(id) {
                    Some((target, row)) if self.store.is_deleted(target, row) => {
                        Err(Refusal::bad("ENTITY_IS_DELETED", "entity is deleted").about(&field.name))
                    }
                    Some((target, row))
                        if field.name == "OwnerId"
                            && objects[target].name == "User"
                            && self.store.named(target, row, "IsActive") == Value::Bool(false) =>
                    {
                        let message =
                            "operation performed with inactive user [".to_owned() + &id.to_string() + "]";
                        Err(Refusal::bad("INACTIVE_OWNER_OR_USER", message).about(&field.name))
                    }
                    Some(_) => Ok(()),
                    None => Err(Refusal::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
                        .about(&field.name)),
                }
            }
            _ => Ok(()),
        }
    }

    fn check_unique(
        &self,
        object: ObjectNo,
        field: usize,
        value: &Value<'_>,
        row: Option<RowNo>,
    ) -> Result<(), Refusal> {
        let twin = self.holders(object, field, value).into_iter().find(|other| Some(*other) != row);
        let Some(twin) = twin else { return Ok(()) };
        let id = self.store.table(object).id(twin);
        let name = &self.shape(object).fields[field].name;
        let message = format!("duplicate value found: {name} duplicates value on record with id: {id}");
        Err(Refusal::bad("DUPLICATE_VALUE", message))
    }

    /// The living rows that hold a value.
    pub(in super::super) fn holders(&self, object: ObjectNo, field: usize, value: &Value<'_>) -> Vec<RowNo> {
        let value = value.clone().into_owned();
        let table = self.store.table(object);
        let rows = match table.candidates(field, std::iter::once(&value)) {
            Some(rows) => rows,
            None => (0..table.len() as RowNo).collect(),
        };
        rows.into_iter()
            .filter(|row| {
                !value.is_null()
                    && table.get(*row, field).same(&value)
                    && !self.store.is_deleted(object, *row)
            })
            .collect()
    }

    /// `{"Account": {"Ext__c": "42"}}`: a reference named by the target's own key.
    fn look_up(&self, object: ObjectNo, field: usize, key: &Json) -> Result<RecordId, Refusal> {
        let shape = self.shape(object);
        let reference = shape.fields[field].reference.as_ref().expect("only references have relationships");
        let keys: Vec<(&String, &Json)> =
            key.as_object().into_iter().flatten().filter(|(name, _)| *name != "attributes").collect();
        let [(name, value)] = keys[..] else {
            return Err(Refusal::malformed_json("A nested reference names exactly one external id field"));
        };
        for target in &reference.targets {
            let of = &self.store.schema.objects[*target];
            let Some(no) = of.field(name).filter(|no| of.fields[*no].lookup) else { continue };
            let value = typed(&of.fields[no], value)?;
            match self.holders(*target, no, &value)[..] {
                [row] => return Ok(self.store.table(*target).id(row)),
                [] => {
                    let message = format!(
                        "Foreign key external ID: {value} not found for field {} in entity {}",
                        of.fields[no].name, of.name
                    );
                    return Err(Refusal::bad("INVALID_FIELD", message));
                }
                _ => {
                    return Err(Refusal::bad(
                        "DUPLICATE_EXTERNAL_ID",
                        "more than one record has this external id",
                    ));
                }
            }
        }
        Err(Refusal::bad("INVALID_FIELD", format!("{name} is not an External ID or indexed field")))
    }
}

/// A JSON value as its field wants it.
pub(in super::super) fn typed(field: &Field, json: &Json) -> Result<Value<'static>, Refusal> {
    let wrong = |kind: &str| {
        let (shape, shown) = match json {
            Json::String(text) => ("VALUE_STRING", text.clone()),
            Json::Number(number) if number.is_f64() => ("VALUE_NUMBER_FLOAT", number.to_string()),
            Json::Number(number) => ("VALUE_NUMBER_INT", number.to_string()),
            Json::Bool(value) => (if *value { "VALUE_TRUE" } else { "VALUE_FALSE" }, value.to_string()),
            Json::Array(_) => ("START_ARRAY", "[".into()),
            _ => ("START_OBJECT", "{".into()),
        };
        Refusal::malformed_json(&format!(
            "Cannot deserialize instance of {kind} from {shape} value {shown} or request may be missing a required \
             field at [line:1, column:1]"
        ))
    };
    let number = || match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(match (field.kind, json) {
        (Kind::Boolean, Json::Null) => Value::Bool(false),
        (_, Json::Null) => Value::Null,
        (Kind::Boolean, Json::Bool(value)) => Value::Bool(*value),
        (Kind::Boolean, _) => return Err(wrong("boolean")),
        (Kind::Int, _) => match number() {
            Some(number) if number.fract() == 0.0 => Value::Number(number),
            _ => return Err(wrong("int")),
        },
        (kind, _) if kind.is_number() => Value::Number(number().ok_or_else(|| wrong(kind.word()))?),
        (Kind::Date, Json::String(text)) => {
            let day = text.get(..10).and_then(|day| day.parse().ok()).ok_or_else(|| wrong("date"))?;
            Value::date(day)
        }
        (Kind::DateTime, Json::String(text)) => {
            Value::Instant(read_instant(text).ok_or_else(|| wrong("datetime"))?)
        }
        (Kind::Reference | Kind::Id, Json::String(text)) if text.is_empty() => Value::Null,
        (Kind::Reference | Kind::Id, Json::String(text)) => {
            Value::Id(RecordId::parse(text).ok_or_else(|| {
                let message = format!("{}: id value of incorrect type: {text}", field.label);
                Refusal::bad("MALFORMED_ID", message).about(&field.name)
            })?)
        }
        (_, Json::String(text)) if text.trim().is_empty() => Value::Null,
        (_, Json::String(text)) => Value::text(text.trim().to_owned()),
        (kind, _) => return Err(wrong(if kind.is_text() { "string" } else { kind.word() })),
    })
}

/// One `@`, something before it, a dotted name behind it, no spaces.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "@,;<>()\"".contains(c))
    };
    plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}
