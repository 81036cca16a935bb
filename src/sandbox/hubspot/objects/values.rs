//! Which values a write may set, and what the vendor says about those it may not.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::objects::{Change, State};
use crate::sandbox::hubspot::store::place::stage_property;
use crate::sandbox::hubspot::store::schema::{Property, ValueType};

struct Mistake {
    property: String,
    code: &'static str,
    message: String,
}

/// The changes a write asks for, or every mistake in it at once.
pub(crate) fn check(
    store: &Store,
    kind: Kind,
    properties: &Map<String, Value>,
) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::new();
    let mut mistakes = Vec::new();
    for (name, value) in properties {
        let checked = match store.schema(kind).get(name) {
            None => Err(("PROPERTY_DOESNT_EXIST", format!("Property \"{name}\" does not exist"))),
            Some(property) => checked(store, kind, property, value),
        };
        match checked {
            Ok(value) => changes.push((name.clone(), value)),
            Err((code, message)) => mistakes.push(Mistake { property: name.clone(), code, message }),
        }
    }
    if mistakes.is_empty() { Ok(changes) } else { Err(refuse(&mistakes)) }
}

/// One value in the form it is kept in; none clears the property.
fn checked(
    store: &Store,
    kind: Kind,
    property: &Property,
    value: &Value,
) -> Result<Option<String>, (&'static str, String)> {
    if property.read_only {
        return Err(("READ_ONLY_VALUE", format!("\"{}\" is a read only property", property.name)));
    }
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |code, what: &str| Err((code, format!("{text} was not {what}")));
    match property.value_type {
        ValueType::Number if text.parse::<f64>().is_err() => wrong("INVALID_NUMBER", "a valid number."),
        ValueType::Bool if text != "true" && text != "false" => {
            wrong("INVALID_BOOLEAN", "one of true, false.")
        }
        ValueType::Date => match stamp::parse(&text) {
            Some(at) => Ok(Some(stamp::day(at))),
            None => wrong("INVALID_DATE", "a valid date."),
        },
        ValueType::Datetime => match stamp::parse(&text) {
            Some(at) => Ok(Some(stamp::iso(at))),
            None => wrong("INVALID_DATE", "a valid long."),
        },
        ValueType::Enumeration => {
            let allowed: Vec<&str> =
                if stage_property(kind) == Some(&property.name) && property.options.is_empty() {
                    store.objects(kind).stages.keys().map(String::as_str).collect()
                } else {
                    property.options.iter().map(|(value, _)| value.as_str()).collect()
                };
            let choices =
                if property.field_type == "checkbox" { text.split(';').collect() } else { vec![&*text] };
            if allowed.is_empty()
                || choices.iter().all(|choice| choice.is_empty() || allowed.contains(choice))
            {
                Ok(Some(text))
            } else {
                wrong("INVALID_OPTION", &format!("one of the allowed options: {allowed:?}"))
            }
        }
        ValueType::Text if kind == Kind::CONTACTS && property.name == "email" => {
            if is_email(&text) {
                Ok(Some(text.to_lowercase()))
            } else {
                Err(("INVALID_EMAIL", format!("Email address {text} is invalid")))
            }
        }
        _ => Ok(Some(text)),
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// The vendor puts a list of mistakes, as JSON, into the sentence itself; and once more beside it.
fn refuse(mistakes: &[Mistake]) -> Refusal {
    let told: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            json!({
                "isValid": false,
                "message": mistake.message,
                "error": mistake.code,
                "name": mistake.property,
                "localizedErrorMessage": mistake.message,
                "portalId": 62_515,
            })
        })
        .collect();
    let errors: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            json!({
                "message": mistake.message,
                "code": mistake.code,
                "context": { "propertyName": [mistake.property] },
            })
        })
        .collect();
    Refusal::validation(format!("Property values were not valid: {}", Value::from(told)))
        .with("errors", errors.into())
}

/// Refuses a new record that lacks what its kind cannot be without.
pub(crate) fn check_required(store: &Store, kind: Kind, changes: &[Change]) -> Result<(), Refusal> {
    let several =
        store.pipelines.get(kind.plural()).and_then(Value::as_array).is_some_and(|all| all.len() > 1);
    let (any, all): (&[&str], &[&str]) = match kind.singular() {
        "contact" => (&["email", "firstname", "lastname"], &[]),
        "company" => (&["name", "domain"], &[]),
        "deal" if several => (&[], &["dealname", "dealstage", "pipeline"]),
        "deal" => (&[], &["dealname", "dealstage"]),
        "ticket" if several => (&[], &["subject", "hs_pipeline_stage", "hs_pipeline"]),
        "ticket" => (&[], &["subject", "hs_pipeline_stage"]),
        "lead" => (&[], &["hs_lead_name"]),
        "email" => (&[], &["hs_timestamp", "hs_email_direction"]),
        _ => (&[], &["hs_timestamp"]),
    };
    let has = |name: &&str| changes.iter().any(|(property, value)| property == name && value.is_some());
    let mut lacking: Vec<&str> = all.iter().filter(|name| !has(name)).copied().collect();
    if !any.is_empty() && !any.iter().any(has) {
        lacking.extend(any);
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "Error creating {}. Some required properties were not set.",
        kind.singular().to_uppercase()
    ))
    .with(
        "errors",
        json!([{
            "message": "one or more required properties are not set",
            "code": "REQUIRED_PROPERTIES_MISSING",
            "context": { "properties": lacking },
        }]),
    ))
}

/// Refuses a value that must be unique and belongs to another live record.
pub(crate) fn check_free(
    store: &Store,
    kind: Kind,
    changes: &[Change],
    own: Option<usize>,
) -> Result<(), Refusal> {
    for (name, value) in changes {
        let (Some(value), true) = (value, store.schema(kind).get(name).is_some_and(|known| known.unique))
        else {
            continue;
        };
        let objects = store.objects(kind);
        let taken = objects.find_by(name, value).filter(|position| Some(*position) != own);
        let Some(other) =
            taken.map(|position| &objects.rows()[position]).filter(|row| row.state == State::Live)
        else {
            continue;
        };
        if kind == Kind::CONTACTS && name == "email" {
            return Err(Refusal::conflict(format!("Contact already exists. Existing ID: {}", other.id)));
        }
        let message = format!(
            "Cannot set PropertyValueCoordinates{{propertyName={name}, value={value}}} on record. {} already has \
             that value.",
            other.id
        );
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
            .with("subCategory", "crm.CONFLICTING_UNIQUE_VALUE".into()));
    }
    Ok(())
}

/// Drops a step back along the lifecycle: the API moves it forward only, unless it was cleared first.
pub(crate) fn keep_lifecycle_forward(store: &Store, kind: Kind, position: usize, changes: &mut Vec<Change>) {
    if !matches!(kind, Kind::CONTACTS | Kind::COMPANIES) {
        return;
    }
    let Some(property) = store.schema(kind).get("lifecyclestage") else { return };
    let rank = |stage: &str| property.options.iter().position(|(value, _)| value == stage);
    let objects = store.objects(kind);
    let present = objects.value(&objects.rows()[position], &objects.place("lifecyclestage"));
    let present = present.as_deref().and_then(rank);
    changes.retain(|(name, value)| {
        name != "lifecyclestage" || value.as_deref().and_then(rank).is_none_or(|new| Some(new) >= present)
    });
}
