//! The history objects: a row a tracked field changed, and a snapshot of an opportunity each time its forecast moves.

use super::super::schema::{FieldNo, Kind, ObjectNo};
use super::super::store::{RowNo, Store, Value};
use super::Writer;

/// History objects by the object they watch, with the field that leads back to it.
const HISTORIES: [(&str, &str, &str); 4] = [
    ("Lead", "LeadHistory", "LeadId"),
    ("Contact", "ContactHistory", "ContactId"),
    ("Account", "AccountHistory", "AccountId"),
    ("Opportunity", "OpportunityFieldHistory", "OpportunityId"),
];

/// Fields whose change takes a snapshot.
const SNAPSHOT: [&str; 5] = ["Amount", "Probability", "StageName", "CloseDate", "ForecastCategory"];

/// A row's watched fields before a change.
pub(super) struct Before(Vec<(FieldNo, Value<'static>)>);

impl Before {
    /// Whether a field's value is another than before.
    pub(super) fn moved(&self, store: &Store, object: ObjectNo, row: RowNo, name: &str) -> bool {
        store.schema.objects[object].field(name).is_some_and(|no| {
            self.0.iter().any(|(field, old)| *field == no && store.get(object, row, no) != *old)
        })
    }
}

impl Writer<'_> {
    /// Takes down what history may have to tell.
    pub(super) fn remember(&self, object: ObjectNo, row: RowNo) -> Before {
        let fields = self.shape(object).fields.iter().enumerate();
        Before(
            fields
                .filter(|(_, field)| field.tracked || SNAPSHOT.contains(&field.name.as_str()))
                .map(|(no, _)| (no, self.store.get(object, row, no).into_owned()))
                .collect(),
        )
    }

    /// The history of a row's beginning.
    pub(super) fn record_creation(&mut self, object: ObjectNo, row: RowNo) {
        self.history_row(object, row, "created", &Value::Null, &Value::Null, "Text");
        if self.shape(object).name == "Opportunity" {
            self.snapshot(object, row);
        }
    }

    /// The history of a change.
    pub(super) fn record_change(&mut self, object: ObjectNo, row: RowNo, before: &Before) {
        for (no, old) in &before.0 {
            let new = self.store.get(object, row, *no).into_owned();
            if new == *old || !self.shape(object).fields[*no].tracked {
                continue;
            }
            let field = self.shape(object).fields[*no].clone();
            // Long texts change without telling from what.
            if field.long {
                self.history_row(object, row, &field.name, &Value::Null, &Value::Null, "TextArea");
                continue;
            }
            if field.reference.is_some() {
                let title = field.name.strip_suffix("Id").unwrap_or(&field.name).to_owned();
                let (from, to) = (self.name_of(old), self.name_of(&new));
                self.history_row(object, row, &title, &from, &to, "Text");
                self.history_row(object, row, &title, old, &new, "EntityId");
                continue;
            }
            self.history_row(object, row, &field.name, old, &new, data_type(field.kind));
        }
        let forecast = SNAPSHOT.iter().any(|name| before.moved(self.store, object, row, name));
        if self.shape(object).name == "Opportunity" && forecast {
            self.snapshot(object, row);
        }
    }

    pub(super) fn name_of(&self, reference: &Value<'_>) -> Value<'static> {
        let Value::Id(id) = reference else { return Value::Null };
        self.store
            .find(id)
            .map_or(Value::Null, |(object, row)| self.store.named(object, row, "Name").into_owned())
    }

    pub(super) fn history_row(
        &mut self,
        object: ObjectNo,
        row: RowNo,
        field: &str,
        old: &Value<'_>,
        new: &Value<'_>,
        data_type: &str,
    ) {
        let watched = self.shape(object).name.clone();
        let Some((_, history, back)) = HISTORIES.iter().find(|(of, ..)| *of == watched) else { return };
        let history = self.store.schema.known(history);
        let of = Value::Id(self.store.table(object).id(row));
        let entry = self.store.insert(history);
        let as_text = |value: &Value<'_>| match value {
            Value::Null => Value::Null,
            value => Value::text(value.to_string()),
        };
        for (name, value) in [
            (*back, of),
            ("Field", Value::text(field)),
            ("DataType", Value::text(data_type)),
            ("OldValue", as_text(old)),
            ("NewValue", as_text(new)),
        ] {
            self.store.set_named(history, entry, name, &value);
        }
        self.stamp(history, entry, &["CreatedDate"], &["CreatedById"]);
    }

    fn snapshot(&mut self, object: ObjectNo, row: RowNo) {
        let history = self.store.schema.known("OpportunityHistory");
        let of = Value::Id(self.store.table(object).id(row));
        let entry = self.store.insert(history);
        self.store.set_named(history, entry, "OpportunityId", &of);
        for name in ["StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability", "ForecastCategory"]
        {
            let value = self.store.named(object, row, name).into_owned();
            self.store.set_named(history, entry, name, &value);
        }
        self.stamp(history, entry, &["CreatedDate", "SystemModstamp"], &["CreatedById"]);
    }
}

fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "Boolean",
        Kind::Int | Kind::Double => "Double",
        Kind::Currency => "Currency",
        Kind::Percent => "Percent",
        Kind::Date => "DateOnly",
        Kind::DateTime => "DateTime",
        Kind::Picklist => "DynamicEnum",
        Kind::Email => "Email",
        Kind::Phone => "PhoneNumber",
        Kind::Url => "Url",
        _ => "Text",
    }
}
