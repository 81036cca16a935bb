//! A column: its name, what it holds, and how a view sees it.

use std::sync::Arc;

use crate::domain::custom::{CustomFieldInfo, CustomFieldType, CustomValue};
use crate::domain::view::{Aspect, Sight, View};
use crate::unify::shown::{Shown, see, see_custom};

use super::cell::{Cell, Kind};

/// How a view sees a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// Every view as it is.
    Always,
    /// As everything of this aspect.
    As(Aspect),
    /// Value by value, as the field it is of; the row has seen to that.
    ByField,
}

/// Aspects a changed field may be of.
const OF_FIELDS: [Aspect; 7] = [
    Aspect::Name,
    Aspect::Email,
    Aspect::Phone,
    Aspect::Mobile,
    Aspect::FreeText,
    Aspect::DealFigures,
    Aspect::Scores,
];

/// A column of rows of type `R`.
pub(super) struct Column<R> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) shows: Shows,
    pub(super) about: &'static str,
    /// The value, whatever the view.
    pub(super) of: fn(&R) -> Cell,
}

impl<R> Column<R> {
    /// A column that every row has a value in and every view sees.
    pub(super) const fn new(name: &'static str, kind: Kind, about: &'static str, of: fn(&R) -> Cell) -> Self {
        Self { name, kind, nullable: false, shows: Shows::Always, about, of }
    }

    /// The same, null in some rows.
    pub(super) const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, seen like this aspect, and null where it is not seen.
    pub(super) const fn shown_as(self, aspect: Aspect) -> Self {
        Self { nullable: true, shows: Shows::As(aspect), ..self }
    }

    /// The same, seen value by value.
    pub(super) const fn shown_by_field(self) -> Self {
        Self { nullable: true, shows: Shows::ByField, ..self }
    }
}

impl Shows {
    /// How the view sees the column as a whole.
    pub(super) fn sight(self, view: &View) -> Sight {
        match self {
            Self::Always => Sight::Full,
            Self::As(aspect) => view.sight(aspect),
            Self::ByField if OF_FIELDS.iter().all(|aspect| view.sight(*aspect) == Sight::Full) => Sight::Full,
            Self::ByField => Sight::Masked,
        }
    }

    /// A value as the view sees it.
    pub(super) fn seen(self, view: &View, cell: Cell) -> Cell {
        let Self::As(aspect) = self else { return cell };
        match (view.sight(aspect), cell) {
            (Sight::Full, cell) => cell,
            (Sight::Masked | Sight::Pseudonym, Cell::Text(text)) => match see(view, aspect, Some(&text)) {
                Shown::Value(value) => value.into(),
                Shown::Denied => Cell::Null,
            },
            _ => Cell::Null,
        }
    }
}

/// A column as a view knows it, for manifests and for whoever writes rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: Arc<str>,
    /// What it holds.
    pub kind: Kind,
    /// Null in some rows.
    pub nullable: bool,
    /// How its values are seen: never hidden, since such a column is not there.
    pub sight: Sight,
    /// What it says.
    pub about: Arc<str>,
}

impl ColumnInfo {
    /// Values are changed, replaced or left out for this view.
    pub fn is_masked(&self) -> bool {
        self.sight != Sight::Full
    }

    pub(super) fn of<R>(column: &Column<R>, view: &View) -> Self {
        Self {
            name: Arc::from(column.name),
            kind: column.kind,
            nullable: column.nullable,
            sight: column.shows.sight(view),
            about: Arc::from(column.about),
        }
    }

    /// The column of a field of the company's own.
    pub(super) fn of_custom(field: &CustomFieldInfo, view: &View) -> Self {
        let kind = match field.kind {
            CustomFieldType::Text | CustomFieldType::Values => Kind::Text,
            CustomFieldType::Number => Kind::Decimal,
            CustomFieldType::Boolean => Kind::Boolean,
            CustomFieldType::Date => Kind::Day,
            CustomFieldType::Instant => Kind::Instant,
        };
        Self {
            name: Arc::from(format!("custom_{}", field.key)),
            kind,
            nullable: true,
            sight: if view.sees_values_of(field) { Sight::Full } else { Sight::Masked },
            about: field.label.clone(),
        }
    }
}

/// The value of a field of the company's own as the view sees it.
pub(super) fn custom_cell(view: &View, field: &CustomFieldInfo, value: Option<&CustomValue>) -> Cell {
    let seen = value.and_then(|value| see_custom(view, field, value));
    seen.as_ref().map_or(Cell::Null, Cell::from)
}
