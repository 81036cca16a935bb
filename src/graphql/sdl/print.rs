//! Writes a schema for people: roots first, then by name, with every description.

use std::fmt::Write as _;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    ConstDirective, DirectiveDefinition, DirectiveLocation, FieldDefinition, InputValueDefinition,
    ServiceDocument, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql_value::ConstValue;

use super::root_names;

/// The longest line that is not broken up.
const WIDTH: usize = 100;

/// Directives every GraphQL tool knows without being told.
const KNOWN: [&str; 4] = ["skip", "include", "deprecated", "specifiedBy"];

/// The schema as text. The same schema always gives the same text.
pub fn print(schema: &ServiceDocument) -> String {
    let roots = root_names(schema);
    let mut directives: Vec<&DirectiveDefinition> = Vec::new();
    let mut types: Vec<&TypeDefinition> = Vec::new();
    for definition in &schema.definitions {
        match definition {
            TypeSystemDefinition::Type(ty) => types.push(&ty.node),
            TypeSystemDefinition::Directive(directive)
                if !KNOWN.contains(&directive.node.name.node.as_str()) =>
            {
                directives.push(&directive.node);
            }
            TypeSystemDefinition::Directive(_) | TypeSystemDefinition::Schema(_) => {}
        }
    }
    directives.sort_by_key(|directive| directive.name.node.as_str());
    types.sort_by_key(|ty| {
        let name = ty.name.node.as_str();
        (roots.iter().position(|root| *root == name).unwrap_or(roots.len()), name)
    });
    let mut out = String::new();
    for (operation, usual, name) in
        [("query", "Query"), ("mutation", "Mutation"), ("subscription", "Subscription")]
            .into_iter()
            .zip(&roots)
            .map(|((operation, usual), name)| (operation, usual, *name))
    {
        // A root of the usual name needs no saying.
        if name != usual {
            let _ = writeln!(out, "schema {{\n  {operation}: {name}\n}}\n");
        }
    }
    for directive in directives {
        write_directive_definition(&mut out, directive);
        out.push('\n');
    }
    for ty in types {
        write_type(&mut out, ty);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn write_type(out: &mut String, ty: &TypeDefinition) {
    write_description(out, "", ty.description.as_ref());
    let name = &ty.name.node;
    let directives = directives(&ty.directives);
    match &ty.kind {
        TypeKind::Scalar => {
            let _ = writeln!(out, "scalar {name}{directives}");
        }
        TypeKind::Object(object) => {
            let implements = implements(&object.implements);
            let _ = writeln!(out, "type {name}{implements}{directives} {{");
            write_fields(out, &object.fields);
            out.push_str("}\n");
        }
        TypeKind::Interface(interface) => {
            let implements = implements(&interface.implements);
            let _ = writeln!(out, "interface {name}{implements}{directives} {{");
            write_fields(out, &interface.fields);
            out.push_str("}\n");
        }
        TypeKind::Union(union) => {
            let members: Vec<&str> = union.members.iter().map(|member| member.node.as_str()).collect();
            let line = format!("union {name}{directives} = {}", members.join(" | "));
            if line.len() <= WIDTH {
                let _ = writeln!(out, "{line}");
            } else {
                let _ = writeln!(out, "union {name}{directives} =\n  | {}", members.join("\n  | "));
            }
        }
        TypeKind::Enum(values) => {
            let _ = writeln!(out, "enum {name}{directives} {{");
            for value in &values.values {
                write_description(out, "  ", value.node.description.as_ref());
                let directives = self::directives(&value.node.directives);
                let _ = writeln!(out, "  {}{directives}", value.node.value.node);
            }
            out.push_str("}\n");
        }
        TypeKind::InputObject(input) => {
            let _ = writeln!(out, "input {name}{directives} {{");
            for field in &input.fields {
                write_description(out, "  ", field.node.description.as_ref());
                let _ = writeln!(out, "  {}", input_value(&field.node));
            }
            out.push_str("}\n");
        }
    }
}

fn write_fields(out: &mut String, fields: &[Positioned<FieldDefinition>]) {
    for field in fields {
        let field = &field.node;
        write_description(out, "  ", field.description.as_ref());
        let _ = write!(out, "  {}", field.name.node);
        write_arguments(out, "  ", &field.arguments);
        let _ = writeln!(out, ": {}{}", field.ty.node, directives(&field.directives));
    }
}

fn write_arguments(out: &mut String, indent: &str, arguments: &[Positioned<InputValueDefinition>]) {
    if arguments.is_empty() {
        return;
    }
    let line: Vec<String> = arguments.iter().map(|argument| input_value(&argument.node)).collect();
    let line = line.join(", ");
    let described = arguments.iter().any(|argument| argument.node.description.is_some());
    if !described && line.len() <= WIDTH {
        let _ = write!(out, "({line})");
        return;
    }
    out.push_str("(\n");
    let within = format!("{indent}  ");
    for argument in arguments {
        write_description(out, &within, argument.node.description.as_ref());
        let _ = writeln!(out, "{within}{}", input_value(&argument.node));
    }
    let _ = write!(out, "{indent})");
}

fn write_directive_definition(out: &mut String, directive: &DirectiveDefinition) {
    write_description(out, "", directive.description.as_ref());
    let _ = write!(out, "directive @{}", directive.name.node);
    write_arguments(out, "", &directive.arguments);
    // The parser takes every directive for a repeatable one; the schema has none.
    let places: Vec<&str> = directive.locations.iter().map(|place| location(place.node)).collect();
    let _ = writeln!(out, " on {}", places.join(" | "));
}

fn write_description(out: &mut String, indent: &str, description: Option<&Positioned<String>>) {
    let Some(text) = description.map(|text| text.node.trim()).filter(|text| !text.is_empty()) else { return };
    let text = text.replace("\"\"\"", "\\\"\"\"");
    let fits = !text.contains('\n') && indent.len() + text.len() + 6 <= WIDTH;
    if fits && !text.ends_with(['"', '\\']) && !text.starts_with('"') {
        let _ = writeln!(out, "{indent}\"\"\"{text}\"\"\"");
        return;
    }
    let _ = writeln!(out, "{indent}\"\"\"");
    for line in text.lines() {
        let line = format!("{indent}{line}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = writeln!(out, "{indent}\"\"\"");
}

fn implements(interfaces: &[Positioned<async_graphql::Name>]) -> String {
    if interfaces.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = interfaces.iter().map(|interface| interface.node.as_str()).collect();
    format!(" implements {}", names.join(" & "))
}

fn input_value(input: &InputValueDefinition) -> String {
    let default = input.default_value.as_ref().map(|value| format!(" = {}", constant(&value.node)));
    let default = default.unwrap_or_default();
    format!("{}: {}{default}{}", input.name.node, input.ty.node, directives(&input.directives))
}

fn directives(directives: &[Positioned<ConstDirective>]) -> String {
    let mut out = String::new();
    for directive in directives {
        let _ = write!(out, " @{}", directive.node.name.node);
        if !directive.node.arguments.is_empty() {
            let arguments: Vec<String> = directive
                .node
                .arguments
                .iter()
                .map(|(name, value)| format!("{}: {}", name.node, constant(&value.node)))
                .collect();
            let _ = write!(out, "({})", arguments.join(", "));
        }
    }
    out
}

fn constant(value: &ConstValue) -> String {
    match value {
        ConstValue::List(items) => {
            let items: Vec<String> = items.iter().map(constant).collect();
            format!("[{}]", items.join(", "))
        }
        ConstValue::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}: {}", constant(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn location(place: DirectiveLocation) -> &'static str {
    match place {
        DirectiveLocation::Query => "QUERY",
        DirectiveLocation::Mutation => "MUTATION",
        DirectiveLocation::Subscription => "SUBSCRIPTION",
        DirectiveLocation::Field => "FIELD",
        DirectiveLocation::FragmentDefinition => "FRAGMENT_DEFINITION",
        DirectiveLocation::FragmentSpread => "FRAGMENT_SPREAD",
        DirectiveLocation::InlineFragment => "INLINE_FRAGMENT",
        DirectiveLocation::Schema => "SCHEMA",
        DirectiveLocation::Scalar => "SCALAR",
        DirectiveLocation::Object => "OBJECT",
        DirectiveLocation::FieldDefinition => "FIELD_DEFINITION",
        DirectiveLocation::ArgumentDefinition => "ARGUMENT_DEFINITION",
        DirectiveLocation::Interface => "INTERFACE",
        DirectiveLocation::Union => "UNION",
        DirectiveLocation::Enum => "ENUM",
        DirectiveLocation::EnumValue => "ENUM_VALUE",
        DirectiveLocation::InputObject => "INPUT_OBJECT",
        DirectiveLocation::InputFieldDefinition => "INPUT_FIELD_DEFINITION",
        DirectiveLocation::VariableDefinition => "VARIABLE_DEFINITION",
    }
}
