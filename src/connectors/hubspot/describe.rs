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
use crate::source::describe::{Describe, Finding, Health, HealthReport, Severity};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::{Reading, Urgency};

use super::asking::Ask;
use super::config::{HubspotField, HubspotOptions};
use super::object::Object;
use super::portal::Portal;
use super::properties::{Wish, cross_references};
use super::wire::account::PropertyDefinition;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What else is read, a cheap question to find out whether it may be, and the scope that allows it.
const PROBES: [(&str, &str, &str); 4] = [
    ("users", "/crm/v3/owners", "crm.objects.owners.read"),
    ("titles of forms", "/marketing/v3/forms", "forms"),
    ("titles of marketing e-mails", "/marketing/v3/emails", "marketing-email"),
    ("marketing e-mail events", "/email/public/v1/events", "content"),
];

#[async_trait]
impl Describe for Portal {
    fn health(&self) -> HealthReport {
        let seen = bridge::health(&self.upstream, self.clock);
        match self.unusable() {
            Some(why) => HealthReport { health: Health::Down, message: Some(why), ..seen },
            None => seen,
        }
    }

    async fn check(&self) -> Result<Vec<Finding>, SourceError> {
        let reading = Reading::until(Instant::now() + PATIENCE, Urgency::Background);
        let ask = self.ask("checking the account", &reading);
        let details = ask.details().await?;
        let currency = details.company_currency.as_deref().unwrap_or("no currency");
        let mut findings = vec![info(format!("account {} in {currency}", details.portal_id))];
        for object in [Object::Contact, Object::Company, Object::Deal] {
            if object != Object::Deal || self.options.opportunities {
                findings.extend(ask.check_object(object).await?);
            }
        }
        let campaigns = self.paths.campaigns();
        let campaigns = [("campaigns", campaigns.as_str(), "marketing.campaigns.read")];
        for (what, path, scope) in PROBES.into_iter().chain(campaigns) {
            if let Some(code) = ask.refusal(path).await? {
                findings.push(warning(format!("{what} may not be read ({code}): grant the scope `{scope}`")));
            }
        }
        let worst = findings.iter().find(|finding| finding.severity == Severity::Error);
        self.call_unusable(worst.map(|finding| finding.message.clone()));
        Ok(findings)
    }
}

impl Ask<'_> {
    /// Whether an object and its properties may be read, and which of them are there.
    async fn check_object(&self, object: Object) -> Result<Vec<Finding>, SourceError> {
        let plural = object.plural();
        if let Some(code) = self.refusal(&self.portal.paths.object(plural)).await? {
            let scope = format!("crm.objects.{plural}.read");
            return Ok(vec![error(format!("{plural} may not be read ({code}): grant the scope `{scope}`"))]);
        }
        let path = self.portal.paths.properties(plural);
        let definitions = match self.list::<PropertyDefinition>("properties.list", &path, &[]).await {
            Ok(definitions) => definitions,
            Err(SourceError { kind: SourceErrorKind::Rejected { code }, .. }) => {
                let scope = format!("crm.schemas.{plural}.read");
                let message =
                    format!("the properties of {plural} are not checked ({code}): grant the scope `{scope}`");
                return Ok(vec![warning(message)]);
            }
            Err(error) => return Err(error),
        };
        let (findings, missing) = compare(object, &definitions, &self.portal.options);
        self.portal.leave_out(object, missing);
        Ok(findings)
    }

    /// The code the vendor refuses a listing with; none where it answers.
    async fn refusal(&self, path: &str) -> Result<Option<String>, SourceError> {
        match self.get::<serde_json::Value>("check.probe", path.to_owned(), &[("limit", "1")]).await {
            Ok(_) => Ok(None),
            Err(SourceError { kind: SourceErrorKind::Rejected { code }, .. }) => Ok(Some(code)),
            Err(error) => Err(error),
        }
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
        } else if is_left_to_the_account(&property) {
            findings.push(info(format!("{plural} have no property `{property}`; nothing is read from it")));
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

/// Standard properties that an account has only once it uses what they are for. Missing, they say that it does not;
/// a property that the settings name instead is expected to be there.
fn is_left_to_the_account(property: &str) -> bool {
    property == HubspotOptions::default().target_account_property
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, Seen};

    fn property(name: &str, kind: &str) -> Value {
        json!({"name": name, "label": name, "type": kind, "fieldType": "text", "options": []})
    }

    /// An account without job titles, with a tier that is a number and a lifecycle stage of its own.
    fn vendor(seen: &Seen) -> (u16, Value) {
        let answer = match seen.path.as_str() {
            "/account-info/v3/details" => json!({"portalId": 4242, "companyCurrency": "USD"}),
            "/crm/v3/properties/contacts" => {
                let options = HubspotOptions::default();
                let mut all: Vec<Value> = everything(Object::Contact, &options)
                    .iter()
                    .filter(|name| *name != "jobtitle" && *name != "lifecyclestage")
                    .map(|name| property(name, "string"))
                    .collect();
                all.push(property("tier", "string"));
                let mut stages = property("lifecyclestage", "enumeration");
                stages["options"] =
                    json!([{"label": "Lead", "value": "lead"}, {"label": "Trial", "value": "51234"}]);
                all.push(stages);
                json!({"results": all})
            }
            "/crm/v3/properties/companies" => json!({"results": [property("createdate", "datetime")]}),
            "/marketing/v3/campaigns" => return (403, json!({"category": "MISSING_SCOPES"})),
            _ => json!({"results": []}),
        };
        (200, answer)
    }

    #[tokio::test]
    async fn a_check_says_what_is_missing_and_reads_go_without_it() {
        let fake = Fake::start(vendor).await;
        let portal = fake.portal("[fields.person.tier]\nproperty = \"tier\"\ntype = \"NUMBER\"");
        let findings = portal.check().await.expect("an answer");
        let said = |severity, words: &str| {
            findings.iter().any(|finding| finding.severity == severity && finding.message.contains(words))
        };
        assert!(said(Severity::Info, "account 4242 in USD"));
        assert!(said(Severity::Warning, "contacts have no property `jobtitle`"));
        assert!(said(Severity::Warning, "`tier` is declared Number"));
        assert!(said(Severity::Warning, "the lifecycle stage `51234` is not mapped"));
        assert!(said(Severity::Warning, "grant the scope `marketing.campaigns.read`"));
        assert!(said(Severity::Error, "companies have no property `domain`"));
        assert_eq!(portal.health().health, Health::Down, "it lacks something we cannot do without");
        let wish =
            portal.granted(Object::Contact, Wish::people(&PersonSelect::everything(), &portal.options));
        assert!(!wish.values.contains(&"jobtitle".to_owned()) && wish.values.contains(&"phone".to_owned()));
    }

    #[test]
    fn a_custom_field_is_checked_against_its_property() {
        assert!(holds("enumeration", CustomFieldType::Values) && holds("number", CustomFieldType::Number));
        assert!(!holds("string", CustomFieldType::Instant) && !holds("string", CustomFieldType::Values));
    }
}
