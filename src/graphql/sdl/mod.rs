//! The schema as text, whole or as one view knows it.
//!
//! A view's schema is the whole one with every place the view hides taken out, and with everything taken out that
//! nothing refers to any more. What is written here is what introspection shows the same view; a test compares them.

mod print;

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, ServiceDocument, TypeDefinition, TypeKind, TypeSystemDefinition,
};

use crate::domain::view::View;

use super::document::vocabulary::base;
use super::visible;

pub use print::print;

/// Reads a schema the library wrote.
pub fn read(text: &str) -> ServiceDocument {
    parse_schema(text).expect("the library writes what it can read")
}

/// The places this view hides: `Type`, `Type.field`, `Enum.VALUE`, `Input.field`.
pub fn hidden_from(view: &View) -> Vec<&'static str> {
    visible::places().into_iter().filter(|(_, shows)| !shows(view)).map(|(place, _)| place).collect()
}

/// The schema without these places, and without what then nothing refers to.
pub fn without(schema: &ServiceDocument, hidden: &[&str]) -> ServiceDocument {
    let hidden: BTreeSet<&str> = hidden.iter().copied().collect();
    let mut schema = schema.clone();
    schema.definitions.retain(|definition| match definition {
        TypeSystemDefinition::Type(ty) => !hidden.contains(ty.node.name.node.as_str()),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => true,
    });
    for definition in &mut schema.definitions {
        if let TypeSystemDefinition::Type(ty) = definition {
            hide_within(&mut ty.node, &hidden);
        }
    }
    let reached = reached(&schema);
    schema.definitions.retain(|definition| match definition {
        TypeSystemDefinition::Type(ty) => reached.contains(ty.node.name.node.as_str()),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => true,
    });
    schema
}

fn hide_within(ty: &mut TypeDefinition, hidden: &BTreeSet<&str>) {
    let own = ty.name.node.clone();
    let shown = |member: &Name| !hidden.contains(format!("{own}.{member}").as_str());
    let shown_field =
        |field: &FieldDefinition| shown(&field.name.node) && !hidden.contains(base(&field.ty.node));
    let shown_input = |input: &InputValueDefinition| !hidden.contains(base(&input.ty.node));
    match &mut ty.kind {
        TypeKind::Object(object) => {
            object.implements.retain(|interface| !hidden.contains(interface.node.as_str()));
            object.fields.retain(|field| shown_field(&field.node));
            for field in &mut object.fields {
                field.node.arguments.retain(|argument| shown_input(&argument.node));
            }
        }
        TypeKind::Interface(interface) => {
            interface.implements.retain(|interface| !hidden.contains(interface.node.as_str()));
            interface.fields.retain(|field| shown_field(&field.node));
            for field in &mut interface.fields {
                field.node.arguments.retain(|argument| shown_input(&argument.node));
            }
        }
        TypeKind::Union(union) => union.members.retain(|member| !hidden.contains(member.node.as_str())),
        TypeKind::Enum(values) => values.values.retain(|value| shown(&value.node.value.node)),
        TypeKind::InputObject(input) => {
            input.fields.retain(|field| shown(&field.node.name.node) && shown_input(&field.node));
        }
        TypeKind::Scalar => {}
    }
}

/// The names of the types that can be met on the way from a root type.
fn reached(schema: &ServiceDocument) -> BTreeSet<String> {
    let mut types = BTreeMap::new();
    let mut implementors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut next: Vec<&str> = Vec::new();
    for definition in &schema.definitions {
        match definition {
            TypeSystemDefinition::Type(ty) => {
                let name = ty.node.name.node.as_str();
                types.insert(name, &ty.node);
                if let TypeKind::Object(object) = &ty.node.kind {
                    for interface in &object.implements {
                        implementors.entry(interface.node.as_str()).or_default().push(name);
                    }
                }
            }
            TypeSystemDefinition::Directive(directive) => {
                next.extend(directive.node.arguments.iter().map(|argument| base(&argument.node.ty.node)));
            }
            TypeSystemDefinition::Schema(_) => {}
        }
    }
    next.extend(root_names(schema));
    let mut reached = BTreeSet::new();
    while let Some(name) = next.pop() {
        if !reached.insert(name.to_owned()) {
            continue;
        }
        let Some(ty) = types.get(name) else { continue };
        match &ty.kind {
            TypeKind::Object(object) => {
                next.extend(object.implements.iter().map(|interface| interface.node.as_str()));
                next.extend(object.fields.iter().flat_map(|field| named_by(&field.node)));
            }
            TypeKind::Interface(interface) => {
                next.extend(implementors.get(name).into_iter().flatten());
                next.extend(interface.fields.iter().flat_map(|field| named_by(&field.node)));
            }
            TypeKind::Union(union) => next.extend(union.members.iter().map(|member| member.node.as_str())),
            TypeKind::InputObject(input) => {
                next.extend(input.fields.iter().map(|field| base(&field.node.ty.node)));
            }
            TypeKind::Enum(_) | TypeKind::Scalar => {}
        }
    }
    reached
}

fn named_by(field: &FieldDefinition) -> impl Iterator<Item = &str> {
    let arguments = field.arguments.iter().map(|argument| base(&argument.node.ty.node));
    arguments.chain([base(&field.ty.node)])
}

/// The names of the root types, in the order query, mutation, subscription.
fn root_names(schema: &ServiceDocument) -> Vec<&str> {
    let declared = schema.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Schema(declared) => Some(&declared.node),
        _ => None,
    });
    let Some(declared) = declared else { return vec!["Query"] };
    [&declared.query, &declared.mutation, &declared.subscription]
        .into_iter()
        .flatten()
        .map(|name| name.node.as_str())
        .collect()
}

#[cfg(test)]
mod tests;
