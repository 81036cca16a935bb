//! The words a view may use: types, fields, arguments, input fields and enum values, taken from the schema's own text
//! with what the view hides left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

/// A place in the schema: `Person.scores`, `PersonFilter.score`, `PersonOrderField.SCORE`.
pub type Coordinate = str;

/// What a view can name.
#[derive(Debug)]
pub struct Vocabulary {
    types: HashMap<String, Word>,
    root: HashMap<&'static str, String>,
}

/// One type of the schema as a view knows it.
#[derive(Debug)]
pub enum Word {
    /// A scalar.
    Scalar,
    /// An object or interface: its fields.
    Fields(HashMap<String, FieldWord>),
    /// A union has no fields of its own.
    Union,
    /// An enum: its values.
    Values(HashSet<String>),
    /// An input object: its fields and their types.
    Input(HashMap<String, String>),
}

/// One field of an object.
#[derive(Debug)]
pub struct FieldWord {
    /// The name of the type it gives, without list and non-null marks.
    pub gives: String,
    /// Arguments and the names of their types.
    pub arguments: BTreeMap<String, String>,
}

impl Vocabulary {
    /// The words of a schema document.
    pub fn of(schema: &ServiceDocument) -> Self {
        let mut types = HashMap::new();
        let mut root = HashMap::from([("query", "Query".to_owned())]);
        for definition in &schema.definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => {
                    let name = definition.node.name.node.to_string();
                    types.insert(name, word(&definition.node));
                }
                TypeSystemDefinition::Schema(definition) => {
                    let roots = [
                        ("query", &definition.node.query),
                        ("mutation", &definition.node.mutation),
                        ("subscription", &definition.node.subscription),
                    ];
                    for (operation, name) in roots {
                        if let Some(name) = name {
                            root.insert(operation, name.node.to_string());
                        }
                    }
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        for scalar in ["String", "Int", "Float", "Boolean", "ID"] {
            types.entry(scalar.to_owned()).or_insert(Word::Scalar);
        }
        Self { types, root }
    }

    /// The type of that name.
    pub fn get(&self, name: &str) -> Option<&Word> {
        self.types.get(name)
    }

    /// The root type of an operation: `query`, `mutation`, `subscription`.
    pub fn root(&self, operation: &str) -> Option<&str> {
        self.root.get(operation).map(String::as_str)
    }

    /// The field of an object or interface.
    pub fn field(&self, parent: &str, field: &str) -> Option<&FieldWord> {
        match self.types.get(parent) {
            Some(Word::Fields(fields)) => fields.get(field),
            _ => None,
        }
    }
}

fn word(definition: &TypeDefinition) -> Word {
    match &definition.kind {
        TypeKind::Scalar => Word::Scalar,
        TypeKind::Object(object) => {
            Word::Fields(object.fields.iter().map(|field| field_word(&field.node)).collect())
        }
        TypeKind::Interface(interface) => {
            Word::Fields(interface.fields.iter().map(|field| field_word(&field.node)).collect())
        }
        TypeKind::Union(_) => Word::Union,
        TypeKind::Enum(values) => {
            Word::Values(values.values.iter().map(|value| value.node.value.node.to_string()).collect())
        }
        TypeKind::InputObject(input) => {
            Word::Input(input.fields.iter().map(|field| argument_word(&field.node)).collect())
        }
    }
}

fn field_word(field: &FieldDefinition) -> (String, FieldWord) {
    let arguments = field.arguments.iter().map(|argument| argument_word(&argument.node)).collect();
    (field.name.node.to_string(), FieldWord { gives: base(&field.ty.node).to_owned(), arguments })
}

fn argument_word(argument: &InputValueDefinition) -> (String, String) {
    (argument.name.node.to_string(), base(&argument.ty.node).to_owned())
}

/// The named type within lists and non-null marks.
pub fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => base(inner),
    }
}
