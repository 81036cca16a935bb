//! A dotted path looked up: which references to follow, and which field stands at the end.

use super::super::schema::{FieldNo, Kind, ObjectNo, Schema};
use super::super::store::{RowNo, Store, Value};
use super::Mistake;
use super::tree::Name;

/// Fields that every target of a reference with several targets is known by.
const NAME_FIELDS: [&str; 13] = [
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Type",
    "Email",
    "Phone",
    "Title",
    "Username",
    "Alias",
    "IsActive",
    "ProfileId",
    "UserRoleId",
];

/// One reference followed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) field: FieldNo,
    pub(super) targets: Vec<ObjectNo>,
}

/// The field at the end, which may be another one on each kind of target.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// None stands for `Type`, the name of the target's object.
    pub(super) fields: Option<Vec<(ObjectNo, FieldNo)>>,
    pub(super) filterable: bool,
}

/// References and the field behind them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

impl Step {
    /// The record this reference of a record leads to.
    pub(super) fn follow(&self, store: &Store, object: ObjectNo, row: RowNo) -> Option<(ObjectNo, RowNo)> {
        let Value::Id(id) = store.get(object, row, self.field) else { return None };
        self.targets.iter().find_map(|target| Some((*target, store.table(*target).row_of(&id)?)))
    }
}

impl End {
    pub(super) fn value<'s>(&self, store: &'s Store, object: ObjectNo, row: RowNo) -> Value<'s> {
        match &self.fields {
            None => Value::text(store.schema.objects[object].name.clone()),
            Some(fields) => fields
                .iter()
                .find(|(of, _)| *of == object)
                .map_or(Value::Null, |(_, field)| store.get(object, row, *field)),
        }
    }
}

impl Path {
    pub(super) fn value<'s>(&self, store: &'s Store, object: ObjectNo, row: RowNo) -> Value<'s> {
        let mut place = (object, row);
        for step in &self.steps {
            match step.follow(store, place.0, place.1) {
                Some(next) => place = next,
                None => return Value::Null,
            }
        }
        self.end.value(store, place.0, place.1)
    }

    /// The field of the row's own object, where no reference is followed.
    pub(super) fn own_field(&self) -> Option<FieldNo> {
        match (&self.steps[..], &self.end.fields) {
            ([], Some(fields)) => fields.first().map(|(_, field)| *field),
            _ => None,
        }
    }
}

/// Looks up the references before the last name of a path.
pub(super) fn steps(
    schema: &Schema,
    object: ObjectNo,
    names: &[&str],
    at: usize,
) -> Result<Vec<Step>, Mistake> {
    if names.len() > 5 {
        return Err(Mistake::malformed(at, "Only 5 levels of child-to-parent relationships are allowed"));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut here = vec![object];
    for name in names {
        let found = match here[..] {
            [only] => schema.objects[only].relationship(name).map(|field| (only, field)),
            _ => None,
        };
        let Some((of, field)) = found else {
            return Err(Mistake::field(
                at,
                format!(
                    "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom \
                     relationship, be sure to append the '__r' after the custom relationship name. Please \
                     reference your WSDL or the describe call for the appropriate names."
                ),
            ));
        };
        let reference =
            schema.objects[of].fields[field].reference.as_ref().expect("a relationship is a reference");
        here.clone_from(&reference.targets);
        steps.push(Step { name: reference.relationship.clone(), field, targets: here.clone() });
    }
    Ok(steps)
}

/// Looks up the field at the end of a path.
pub(super) fn end(schema: &Schema, here: &[ObjectNo], name: &str, at: usize) -> Result<End, Mistake> {
    if let [only] = *here {
        let object = &schema.objects[only];
        let no = object.field(name).ok_or_else(|| no_such_column(name, &object.name, at))?;
        let field = &object.fields[no];
        return Ok(End {
            name: field.name.clone(),
            kind: field.kind,
            fields: Some(vec![(only, no)]),
            filterable: field.filterable(),
        });
    }
    let known = NAME_FIELDS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| no_such_column(name, "Name", at))?;
    if *known == "Type" {
        return Ok(End { name: "Type".into(), kind: Kind::Picklist, fields: None, filterable: true });
    }
    let fields: Vec<_> =
        here.iter().filter_map(|object| Some((*object, schema.objects[*object].field(known)?))).collect();
    let kind =
        fields.first().map_or(Kind::String, |(object, field)| schema.objects[*object].fields[*field].kind);
    Ok(End { name: (*known).into(), kind, fields: Some(fields), filterable: true })
}

/// Looks up a whole path of an object, which may begin with the object's own name or alias.
pub(super) fn path(
    schema: &Schema,
    object: ObjectNo,
    alias: Option<&str>,
    name: &Name,
) -> Result<Path, Mistake> {
    let mut names: Vec<&str> = name.text.split('.').collect();
    let own = |first: &str| {
        alias.is_some_and(|alias| alias.eq_ignore_ascii_case(first))
            || (first.eq_ignore_ascii_case(&schema.objects[object].name)
                && schema.objects[object].relationship(first).is_none())
    };
    if names.len() > 1 && own(names[0]) {
        names.remove(0);
    }
    let last = names.pop().unwrap_or_default();
    let steps = steps(schema, object, &names, name.at)?;
    let here = steps.last().map_or_else(|| vec![object], |step| step.targets.clone());
    let end = end(schema, &here, last, name.at)?;
    Ok(Path { steps, end })
}

fn no_such_column(name: &str, object: &str, at: usize) -> Mistake {
    Mistake::field(
        at,
        format!(
            "No such column '{name}' on entity '{object}'. If you are attempting to use a custom field, be sure to \
             append the '__c' after the custom field name. Please reference your WSDL or the describe call for \
             the appropriate names."
        ),
    )
}
