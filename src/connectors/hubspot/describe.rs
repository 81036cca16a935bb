//! Whether the account is well, and whether it has the properties we need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::connectors::bridge;
use crate::domain::account::AccountSelect;
use crate::domain::custom::CustomFieldType;
use crate::domain::opportunity::OpportunitySelect;
use crate::domain::person::PersonSelect;
use crate::source::describe::{Describe, Finding, HealthReport, Severity};
use crate::source::error::SourceError;
use crate::source::reading::{Reading, Urgency};

use super::config::{HubspotField, HubspotOptions};
use super::object::Object;
use super::portal::{Ask, Portal};
use super::properties::{Wish, cross_references};
use super::wire::PropertyDefinition;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[async_trait]
impl Describe for Portal {
    fn health(&self) -> HealthReport {
        bridge::health(&self.upstream, self.clock)
    }

    async fn check(&self) -> Result<Vec<Finding>, SourceError> {
        let reading = Reading::until(Instant::now() + PATIENCE, Urgency::Background);
        let ask = self.ask("checking the account", &reading);
        let details = ask.details().await?;
        let currency = details.company_currency.as_deref().unwrap_or("no currency");
        let mut findings = vec![info(format!("account {} in {currency}", details.portal_id))];
        for object in [Object::Contact, Object::Company, Object::Deal] {
            if object == Object::Deal && !self.options.opportunities {
                continue;
            }
            let definitions = ask.definitions(object).await?;
            let (found, missing) = compare(object, &definitions, &self.options);
            findings.extend(found);
            self.leave_out(object, missing);
        }
        Ok(findings)
    }
}

impl Ask<'_> {
    /// The properties an object has.
    async fn definitions(&self, object: Object) -> Result<Vec<PropertyDefinition>, SourceError> {
        let path = self.portal.paths.properties(object.plural());
        self.list("properties.list", &path, &[]).await
    }
}

/// What a check finds out about one object, and the properties to leave out from now on.
fn compare(
    object: Object,
    definitions: &[PropertyDefinition],
    options: &HubspotOptions,
) -> (Vec<Finding>, Vec<String>) {
    let known: BTreeMap<&str, &PropertyDefinition> =
        definitions.iter().map(|definition| (definition.name.as_str(), definition)).collect();
    let mut findings = Vec::new();
    let mut missing = BTreeSet::new();
    for property in everything(object, options) {
        if known.contains_key(property.as_str()) {
            continue;
        }
        let plural = object.plural();
        if required(object).contains(&property.as_str()) {
            findings
                .push(error(format!("{plural} have no property `{property}`, which we cannot do without")));
        } else {
            let reference = cross_references(object, options).contains(&property.as_str());
            let meaning = if reference { "; they are matched without it" } else { "" };
            findings
                .push(warning(format!("{plural} have no property `{property}`: it is left out{meaning}")));
        }
        missing.insert(property);
    }
    for (key, field) in custom(object, options) {
        if let Some(definition) = known.get(field.property.as_str())
            && !holds(&definition.kind, field.kind)
        {
            let (property, kind) = (&field.property, &definition.kind);
            findings.push(warning(format!(
                "the custom field `{key}` is declared {:?}, but `{property}` of {} is of type `{kind}`",
                field.kind,
                object.plural()
            )));
        }
    }
    if object == Object::Contact
        && let Some(stages) = known.get("lifecyclestage")
    {
        let unmapped = stages.options.iter().filter(|option| !options.stages.contains_key(&option.value));
        for option in unmapped {
            findings
                .push(warning(format!("the lifecycle stage `{}` is not mapped: it is OTHER", option.value)));
        }
    }
    (findings, missing.into_iter().collect())
}

/// Every property any question may ask for.
fn everything(object: Object, options: &HubspotOptions) -> Vec<String> {
    let mut wish = match object {
        Object::Contact => Wish::people(&PersonSelect::everything(), options).values,
        Object::Company => Wish::accounts(&AccountSelect::everything(), options).values,
        Object::Deal => Wish::opportunities(&OpportunitySelect::everything(), options).values,
    };
    wish.extend(custom(object, options).values().map(|field| field.property.clone()));
    wish
}

fn custom(object: Object, options: &HubspotOptions) -> &BTreeMap<Arc<str>, HubspotField> {
    match object {
        Object::Contact => &options.fields.person,
        Object::Company => &options.fields.account,
        Object::Deal => &options.fields.opportunity,
    }
}

/// Properties without which records could not be matched or placed.
fn required(object: Object) -> &'static [&'static str] {
    match object {
        Object::Contact => &["email", "createdate", "lastmodifieddate"],
        Object::Company => &["domain", "createdate", "hs_lastmodifieddate"],
        Object::Deal => &["dealstage", "pipeline", "closedate", "createdate", "hs_lastmodifieddate"],
    }
}

/// Whether a property of this type can hold such values.
fn holds(kind: &str, declared: CustomFieldType) -> bool {
    match declared {
        CustomFieldType::Text => true,
        CustomFieldType::Number => kind == "number",
        CustomFieldType::Boolean => kind == "bool" || kind == "enumeration",
        CustomFieldType::Date => matches!(kind, "date" | "datetime"),
        CustomFieldType::Instant => kind == "datetime",
        CustomFieldType::Values => kind == "enumeration",
    }
}

fn info(message: String) -> Finding {
    Finding { severity: Severity::Info, message }
}

fn warning(message: String) -> Finding {
    Finding { severity: Severity::Warning, message }
}

fn error(message: String) -> Finding {
    Finding { severity: Severity::Error, message }
}
