//! Is the org well, and does it have what we need?
//!
//! A field identity cannot do without makes the source unusable; any other that is missing is left out of every
//! later query, and said once here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use tokio::time::Instant;

use crate::connectors::bridge;
use crate::domain::account::AccountField;
use crate::domain::custom::CustomFieldType;
use crate::domain::opportunity::OpportunityField;
use crate::domain::person::PersonField;
use crate::domain::select::Field;
use crate::source::describe::{Describe, Finding, Health, HealthReport, Severity};
use crate::source::error::SourceError;
use crate::source::reading::{Reading, Urgency};
use crate::upstream::Call;

use super::config::SalesforceField;
use super::id::canonical;
use super::known::Described;
use super::map::account::{ACCOUNT_ALWAYS, account_columns};
use super::map::campaign::{CAMPAIGN_COLUMNS, MEMBER_COLUMNS};
use super::map::opportunity::{OPPORTUNITY_ALWAYS, opportunity_columns};
use super::map::person::{CONTACT_ALWAYS, LEAD_ALWAYS, contact_columns, lead_columns};
use super::map::user::{QUEUE_COLUMNS, USER_COLUMNS};
use super::org::{Org, Query};
use super::soql::Soql;
use super::wire::{LeadStatus, Limits, Version};

const OPERATION: &str = "checking the org";

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is needed of one object.
struct Needed {
    object: &'static str,
    /// What goes missing with it; none for an object we cannot do without.
    without: Option<&'static str>,
    required: &'static [&'static str],
    optional: Vec<&'static str>,
}

/// Every object that is read, and what of it.
fn needed() -> Vec<Needed> {
    fn all<F: Field>(columns: fn(F) -> &'static [&'static str]) -> Vec<&'static str> {
        F::ALL.iter().flat_map(|field| columns(*field)).copied().collect()
    }
    let main = |object, required, optional| Needed { object, without: None, required, optional };
    let side =
        |object, without, required| Needed { object, without: Some(without), required, optional: Vec::new() };
    let history: &[&str] = &["Field", "OldValue", "NewValue", "CreatedById", "CreatedDate"];
    vec![
        main("Lead", LEAD_ALWAYS, all::<PersonField>(lead_columns)),
        main("Contact", CONTACT_ALWAYS, all::<PersonField>(contact_columns)),
        main("Account", ACCOUNT_ALWAYS, all::<AccountField>(account_columns)),
        main("Opportunity", OPPORTUNITY_ALWAYS, all::<OpportunityField>(opportunity_columns)),
        main("User", &["Id"], USER_COLUMNS.to_vec()),
        side("Group", "queues", QUEUE_COLUMNS),
        side("Campaign", "campaigns", CAMPAIGN_COLUMNS),
        side("CampaignMember", "campaign memberships and touches", MEMBER_COLUMNS),
        side("OpportunityStage", "pipelines", &["MasterLabel", "IsClosed", "IsWon"]),
        side("OpportunityContactRole", "the people of opportunities", &["ContactId"]),
        side("OpportunityHistory", "the stage history of opportunities", &["StageName", "CreatedDate"]),
        side("LeadHistory", "changes of leads", history),
        side("ContactHistory", "changes of contacts", history),
        side("AccountHistory", "changes of accounts", history),
        side("OpportunityFieldHistory", "changes of opportunities beside stage and amount", history),
        side("Task", "calls, e-mails and tasks", &["Id", "WhoId", "CreatedDate"]),
        side("Event", "meetings", &["Id", "WhoId", "CreatedDate"]),
    ]
}

#[async_trait]
impl Describe for Org {
    fn health(&self) -> HealthReport {
        let report = bridge::health(&self.upstream, self.clock);
        match self.unusable.load_full() {
            Some(reason) => {
                HealthReport { health: Health::Down, message: Some(String::clone(&reason)), ..report }
            }
            None => report,
        }
    }

    async fn check(&self) -> Result<Vec<Finding>, SourceError> {
        let reading = Reading::until(Instant::now() + PATIENCE, Urgency::Background);
        let mut findings = self.check_version(&reading).await?;
        if findings.iter().all(|finding| finding.severity < Severity::Error) {
            findings.extend(self.check_limits(&reading).await?);
            findings.extend(self.check_objects(&reading).await?);
            findings.extend(self.check_statuses(&reading).await?);
            findings.extend(self.check_integration_users());
        }
        let error = findings.iter().find(|finding| finding.severity == Severity::Error);
        self.unusable.store(error.map(|finding| Arc::new(finding.message.clone())));
        Ok(findings)
    }
}

impl Org {
    async fn check_version(&self, reading: &Reading) -> Result<Vec<Finding>, SourceError> {
        let call = Call::get("versions", "api", "/services/data", reading.deadline);
        let versions: Vec<Version> = self.call(OPERATION, call, reading).await?;
        let ours = &self.options.api_version;
        let is_spoken = versions.iter().any(|version| ours.strip_prefix('v') == Some(&version.version));
        let newest = versions.last().map_or("none", |version| &version.version);
        let message = format!("The org does not speak api_version {ours}; its newest is v{newest}.");
        Ok(if is_spoken { Vec::new() } else { vec![error(message)] })
    }

    async fn check_limits(&self, reading: &Reading) -> Result<Vec<Finding>, SourceError> {
        let call = Call::get("limits", "api", self.path("/limits"), reading.deadline);
        let limits: Limits = self.call(OPERATION, call, reading).await?;
        let Some(daily) = limits.daily_api_requests else { return Ok(Vec::new()) };
        let message = format!("{} of {} calls of the day are left.", daily.remaining, daily.max);
        let severity = if daily.remaining < daily.max / 10 { Severity::Warning } else { Severity::Info };
        Ok(vec![Finding { severity, message }])
    }

    async fn check_objects(&self, reading: &Reading) -> Result<Vec<Finding>, SourceError> {
        let needed = needed();
        let described = needed.iter().map(|needed| self.describe(OPERATION, needed.object, reading));
        let described = try_join_all(described).await?;
        let mut findings = Vec::new();
        for (needed, described) in needed.iter().zip(&described) {
            findings.extend(check_object(needed, described));
        }
        let by_object: BTreeMap<_, _> =
            needed.iter().map(|needed| needed.object).zip(described.iter().map(Arc::as_ref)).collect();
        let fields = &self.options.fields;
        findings.extend(check_custom("person", &fields.person, &["Lead", "Contact"], &by_object));
        findings.extend(check_custom("account", &fields.account, &["Account"], &by_object));
        findings.extend(check_custom("opportunity", &fields.opportunity, &["Opportunity"], &by_object));
        findings.extend(check_loss_reason(self.options.loss_reason.as_deref(), &by_object));
        Ok(findings)
    }

    /// Lead statuses the settings do not map, which will all read as one.
    async fn check_statuses(&self, reading: &Reading) -> Result<Option<Finding>, SourceError> {
        let query = Query::live(Soql::from("LeadStatus", &["MasterLabel", "ApiName"]));
        let mut unmapped = Vec::new();
        for row in self.rows(OPERATION, &[query], reading).await?.iter().flatten() {
            let status: LeadStatus = self.typed(OPERATION, row)?;
            let name = status.api_name.unwrap_or(status.master_label);
            if !self.options.stages.contains_key(&name) {
                unmapped.push(name);
            }
        }
        let message = || {
            let names = unmapped.join(", ");
            format!("Lead statuses without a lifecycle stage read as OTHER; map them under stages: {names}.")
        };
        Ok((!unmapped.is_empty()).then(|| warning(message())))
    }

    fn check_integration_users(&self) -> Option<Finding> {
        let users = self.options.integration_users.iter();
        let wrong = users.filter(|user| canonical(user).is_none()).map(String::as_str).collect::<Vec<_>>();
        let message =
            || format!("integration_users must be user ids, and these are none: {}.", wrong.join(", "));
        (!wrong.is_empty()).then(|| warning(message()))
    }
}

fn error(message: String) -> Finding {
    Finding { severity: Severity::Error, message }
}

fn warning(message: String) -> Finding {
    Finding { severity: Severity::Warning, message }
}

fn check_object(needed: &Needed, described: &Described) -> Vec<Finding> {
    let object = needed.object;
    match needed.without {
        Some(without) if described.is_absent() => {
            return vec![warning(format!("{object} is not visible, so {without} are left out."))];
        }
        None if described.is_absent() => {
            return vec![error(format!("{object} is not visible to the user the gateway logs in as."))];
        }
        _ => {}
    }
    let missing = |columns: &[&'static str]| {
        let lacks = |column: &&&str| described.type_of(column).is_none();
        columns.iter().filter(lacks).copied().collect::<Vec<_>>().join(", ")
    };
    let mut findings = Vec::new();
    let required = missing(needed.required);
    if !required.is_empty() {
        let message =
            format!("{object} lacks fields the gateway cannot do without, or they are hidden: {required}.");
        let severity = if needed.without.is_some() { Severity::Warning } else { Severity::Error };
        findings.push(Finding { severity, message });
    }
    let optional = missing(&needed.optional);
    if !optional.is_empty() && required.is_empty() {
        findings.push(warning(format!("{object} lacks fields, which are left out: {optional}.")));
    }
    findings
}

/// Custom fields that are missing or hold something else than declared.
fn check_custom(
    kind: &str,
    fields: &BTreeMap<String, SalesforceField>,
    objects: &[&str],
    described: &BTreeMap<&str, &Described>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, field) in fields {
        for object in objects {
            let found = described.get(object).and_then(|described| described.type_of(&field.field));
            let place = format!("fields.{kind}.{key}: {object}.{}", field.field);
            match found {
                None => findings.push(warning(format!("{place} does not exist and is left out."))),
                Some(found) if !holds(field.kind, found) => {
                    findings
                        .push(warning(format!("{place} is of type {found}, which is declared otherwise.")));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// The field of reasons of loss, where the settings name one that is not there.
fn check_loss_reason(field: Option<&str>, described: &BTreeMap<&str, &Described>) -> Option<Finding> {
    let field = field?;
    let found = described.get("Opportunity").and_then(|described| described.type_of(field));
    let message = || format!("loss_reason: Opportunity.{field} does not exist and is left out.");
    found.is_none().then(|| warning(message()))
}

/// Whether a vendor type holds values of a declared kind.
fn holds(kind: CustomFieldType, found: &str) -> bool {
    match kind {
        CustomFieldType::Text => !matches!(found, "address" | "location" | "base64"),
        CustomFieldType::Number => matches!(found, "int" | "long" | "double" | "currency" | "percent"),
        CustomFieldType::Boolean => found == "boolean",
        CustomFieldType::Date => found == "date",
        CustomFieldType::Instant => found == "datetime",
        CustomFieldType::Values => found == "multipicklist",
    }
}
