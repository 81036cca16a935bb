//! What objects and fields this org has: the standard ones of `objects.txt`, and the world's custom fields.
//!
//! Everything else asks here: queries resolve their names, writes check their values, describe prints it.

mod describe;
mod read;
mod standard;

use std::collections::HashMap;

pub(super) use self::describe::{describe, summary};
pub(super) use self::standard::table;

/// An object of the org, by its place in [`Schema::objects`].
pub(super) type ObjectNo = usize;
/// A field of an object, by its place in [`Object::fields`]; number 0 is always `Id`.
pub(super) type FieldNo = usize;

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) objects: Vec<Object>,
    by_name: HashMap<String, ObjectNo>,
}

/// One object and its fields.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) label: String,
    pub(super) plural: String,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) deletable: bool,
    pub(super) fields: Vec<Field>,
    pub(super) children: Vec<Child>,
    by_name: HashMap<String, FieldNo>,
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: Kind,
    pub(super) length: u32,
    pub(super) custom: bool,
    pub(super) required: bool,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) defaulted: bool,
    pub(super) naming: bool,
    pub(super) tracked: bool,
    pub(super) restricted: bool,
    pub(super) external: bool,
    pub(super) lookup: bool,
    pub(super) long: bool,
    /// Where a reference leads.
    pub(super) reference: Option<Reference>,
    /// What it is computed from, where nobody writes it.
    pub(super) formula: Option<Formula>,
    pub(super) picklist: Vec<Choice>,
}

/// A formula field that shows a field of the record a reference leads to.
#[derive(Clone, Debug)]
pub(super) struct Formula {
    /// As it is written: `Account.Segment__c`.
    pub(super) text: String,
    /// The reference.
    pub(super) through: FieldNo,
    /// The field behind it.
    pub(super) shows: (ObjectNo, FieldNo),
}

/// Where a reference field leads.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) relationship: String,
    pub(super) targets: Vec<ObjectNo>,
}

/// A child relationship, named from the parent's side.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) object: ObjectNo,
    pub(super) field: FieldNo,
}

/// One value of a picklist.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) default: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Reference,
    String,
    TextArea,
    Picklist,
    MultiPicklist,
    Email,
    Phone,
    Url,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    /// Made of other fields that share a prefix.
    Address,
    /// A history row's old and new value.
    Any,
}

impl Kind {
    /// The vendor's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Reference => "reference",
            Self::String => "string",
            Self::TextArea => "textarea",
            Self::Picklist => "picklist",
            Self::MultiPicklist => "multipicklist",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Address => "address",
            Self::Any => "anyType",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "string" | "text" | "combobox" | "encryptedstring" => Self::String,
            "textarea" | "longtextarea" | "html" => Self::TextArea,
            "picklist" => Self::Picklist,
            "multipicklist" | "multiselectpicklist" => Self::MultiPicklist,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "url" => Self::Url,
            "boolean" | "checkbox" => Self::Boolean,
            "int" | "integer" | "long" => Self::Int,
            "double" | "number" => Self::Double,
            "currency" => Self::Currency,
            "percent" => Self::Percent,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "reference" | "id" => Self::Reference,
            "anytype" => Self::Any,
            _ => return None,
        })
    }

    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::TextArea
                | Self::Picklist
                | Self::MultiPicklist
                | Self::Email
                | Self::Phone
                | Self::Url
                | Self::Any
        )
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Currency | Self::Percent)
    }
}

impl Field {
    /// Whether conditions and orders may name it.
    pub(super) fn filterable(&self) -> bool {
        !self.long && !matches!(self.kind, Kind::Address | Kind::Any)
    }
}

impl Object {
    /// A field by its name, whatever its case.
    pub(super) fn field(&self, name: &str) -> Option<FieldNo> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// The reference field that a relationship name walks along.
    pub(super) fn relationship(&self, name: &str) -> Option<FieldNo> {
        self.fields.iter().position(|field| {
            field.reference.as_ref().is_some_and(|to| to.relationship.eq_ignore_ascii_case(name))
        })
    }

    /// A child relationship by its name.
    pub(super) fn child(&self, name: &str) -> Option<&Child> {
        self.children.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    }

    fn add(&mut self, field: Field) {
        self.by_name.insert(field.name.to_ascii_lowercase(), self.fields.len());
        self.fields.push(field);
    }
}

impl Schema {
    /// An object by its name, whatever its case.
    pub(super) fn find(&self, name: &str) -> Option<ObjectNo> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// An object the program itself needs.
    pub(super) fn known(&self, name: &str) -> ObjectNo {
        self.find(name).expect("objects.txt has every object the program names")
    }

    /// The field of an object the program itself needs.
    pub(super) fn known_field(&self, object: ObjectNo, field: &str) -> FieldNo {
        self.objects[object].field(field).expect("objects.txt has every field the program names")
    }
}
