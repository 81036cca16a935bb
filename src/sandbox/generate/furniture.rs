//! The rows that belong to no person: colleagues, companies, campaigns, forms, and how both vendors are set up.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Studio;
use super::business::TRADES;
use super::layout::Sheet;
use super::mail::APP;
use super::names::CULTURES;
use super::opportunity::{STAGES, forecast_name};
use super::setting::{FORMS, HISTORY, INTEGRATION, MANAGER, MARKETER};
use super::sheet::At;
use crate::sandbox::credentials::SALESFORCE_USERNAME;

/// Writes what was there before the first person.
pub(super) fn write(studio: &mut Studio) {
    let founded = studio.setting.as_of.plus(-HISTORY - 300 * At::DAY).second();
    colleagues(studio, founded);
    picklists(studio);
    sales_campaigns(studio);
    for (id, name) in &studio.setting.queues {
        studio
            .book
            .row(Sheet::Group)
            .set("Id", id)
            .set("Name", *name)
            .set("DeveloperName", name.replace(' ', "_"))
            .set("Type", "Queue")
            .set("CreatedDate", founded)
            .set("SystemModstamp", founded)
            .put();
    }
    for (id, name, _) in FORMS {
        studio
            .book
            .row(Sheet::Forms)
            .set("id", *id)
            .set("name", *name)
            .set("form_type", "hubspot")
            .set("created_at", founded)
            .set("updated_at", founded)
            .put();
    }
    for (id, name) in &studio.setting.lists {
        studio
            .book
            .row(Sheet::Lists)
            .set("id", id)
            .set("name", *name)
            .set("object_type_id", "0-1")
            .set("processing_type", "DYNAMIC")
            .set("created_at", founded)
            .set("updated_at", founded)
            .put();
    }
    mailings(studio);
}

fn colleagues(studio: &mut Studio, founded: At) {
    let colleagues = &studio.setting.colleagues;
    for (n, colleague) in colleagues.iter().enumerate() {
        let gone = n + 1 == colleagues.len() && n > 20;
        studio
            .book
            .row(Sheet::User)
            .set("Id", &colleague.user)
            .set("Username", if n == INTEGRATION { SALESFORCE_USERNAME } else { &colleague.email })
            .set("Email", &*colleague.email)
            .set("FirstName", &*colleague.first)
            .set("LastName", &*colleague.last)
            .set("Name", colleague.name())
            .set("Title", colleague.title)
            .set("IsActive", !gone)
            .set("UserType", "Standard")
            .set("ManagerId", (n > MARKETER).then_some(&colleagues[MANAGER].user))
            .set("TimeZoneSidKey", "UTC")
            .set("CreatedById", &colleagues[INTEGRATION].user)
            .set("CreatedDate", founded)
            .set("LastModifiedById", &colleagues[INTEGRATION].user)
            .set("LastModifiedDate", founded)
            .set("SystemModstamp", founded)
            .put();
        if n == INTEGRATION {
            continue;
        }
        studio
            .book
            .row(Sheet::Owners)
            .set("id", &colleague.owner)
            .set("email", &*colleague.email)
            .set("type", "PERSON")
            .set("firstName", &*colleague.first)
            .set("lastName", &*colleague.last)
            .set("userId", &colleague.owner_user)
            .set("createdAt", founded)
            .set("updatedAt", founded)
            .set("archived_at", gone.then_some(studio.setting.as_of.plus(-30 * At::DAY)))
            .put();
    }
}

fn picklists(studio: &mut Studio) {
    let statuses = [
        "Open - Not Contacted",
        "Working - Contacted",
        "Qualified",
        "Nurturing",
        "Closed - Converted",
        "Closed - Not Converted",
    ];
    for (n, status) in statuses.into_iter().enumerate() {
        studio
            .book
            .row(Sheet::LeadStatus)
            .set("Id", studio.ids.salesforce("01J"))
            .set("MasterLabel", status)
            .set("ApiName", status)
            .set("SortOrder", n as i64 + 1)
            .set("IsDefault", n == 0)
            .set("IsConverted", status == "Closed - Converted")
            .put();
    }
    for (n, stage) in STAGES.iter().enumerate() {
        studio
            .book
            .row(Sheet::OpportunityStage)
            .set("Id", studio.ids.salesforce("01J"))
            .set("MasterLabel", stage.name)
            .set("ApiName", stage.name)
            .set("IsActive", true)
            .set("SortOrder", n as i64 + 1)
            .set("IsClosed", n >= 8)
            .set("IsWon", n == 8)
            .set("ForecastCategory", stage.forecast)
            .set("ForecastCategoryName", forecast_name(stage.forecast))
            .set("DefaultProbability", stage.probability)
            .put();
    }
    let fields = [
        ("Lead", "Tier__c", "Tier", "picklist"),
        ("Contact", "Tier__c", "Tier", "picklist"),
        ("Account", "Segment__c", "Segment", "picklist"),
        ("Opportunity", "Loss_Reason__c", "Loss Reason", "picklist"),
    ];
    for (object, name, label, kind) in fields {
        studio
            .book
            .row(Sheet::SalesFields)
            .set("object", object)
            .set("name", name)
            .set("label", label)
            .set("type", kind)
            .set("externalId", false)
            .set("length", 255)
            .put();
    }
    let text = |object: &'static str, name, label| (object, name, label, "string", "text", Value::Null);
    let choice = |object: &'static str, name, label, options: &[&str]| {
        let options = options.iter().map(|option| json!({ "label": option, "value": option })).collect();
        (object, name, label, "enumeration", "select", options)
    };
    let properties: [(_, &str, &str, &str, &str, Value); 6] = [
        choice("contacts", "icp_tier", "ICP tier", &["A", "B", "C"]),
        choice("companies", "customer_segment", "Customer segment", &["SMB", "Mid-Market", "Enterprise"]),
        text("contacts", "salesforceleadid", "Salesforce lead ID"),
        text("contacts", "salesforcecontactid", "Salesforce contact ID"),
        text("companies", "salesforceaccountid", "Salesforce account ID"),
        text("deals", "salesforceopportunityid", "Salesforce opportunity ID"),
    ];
    for (object, name, label, kind, field, options) in properties {
        studio
            .book
            .row(Sheet::Properties)
            .set("object", object)
            .set("name", name)
            .set("label", label)
            .set("type", kind)
            .set("field_type", field)
            .set("options_json", (!options.is_null()).then(|| options.to_string()))
            .put();
    }
}

fn sales_campaigns(studio: &mut Studio) {
    let marketer = &studio.setting.colleagues[MARKETER];
    let today = studio.setting.as_of.day();
    for (n, campaign) in studio.setting.campaigns.iter().enumerate() {
        let created = At(campaign.start.0 * At::DAY).plus(-20 * At::DAY);
        let budget = (n as i64 % 7 + 2) * 2500;
        let status = match (campaign.start > today, campaign.end < today) {
            (true, _) => "Planned",
            (_, true) => "Completed",
            _ => "In Progress",
        };
        studio
            .book
            .row(Sheet::Campaign)
            .set("Id", &campaign.id)
            .set("Name", &*campaign.name)
            .set("Type", campaign.kind)
            .set("Status", status)
            .set("StartDate", campaign.start)
            .set("EndDate", campaign.end)
            .set("IsActive", status != "Completed")
            .set("BudgetedCost", budget)
            .set("ActualCost", budget * 9 / 10)
            .set("OwnerId", &marketer.user)
            .set("IsDeleted", false)
            .set("CreatedById", &marketer.user)
            .set("CreatedDate", created)
            .set("LastModifiedById", &marketer.user)
            .set("LastModifiedDate", created)
            .set("SystemModstamp", created)
            .put();
        if n % 3 == 2 {
            continue;
        }
        let id = uuid::Builder::from_random_bytes((0xcafe_u128 << 64 | n as u128).to_be_bytes()).into_uuid();
        studio
            .book
            .row(Sheet::MarketingCampaigns)
            .set("id", id.to_string())
            .set("hs_name", &*campaign.name)
            .set("hs_start_date", campaign.start)
            .set("hs_end_date", campaign.end)
            .set("hs_campaign_status", if status == "Completed" { "completed" } else { "in_progress" })
            .set("hs_utm", campaign.name.to_lowercase().replace([' ', ':', ','], "-"))
            .set("hs_owner", &marketer.owner)
            .set("hs_currency_code", "USD")
            .set("hs_budget_items_sum_amount", budget)
            .set("hs_spend_items_sum_amount", budget * 9 / 10)
            .set("created_at", created)
            .set("updated_at", created)
            .put();
    }
}

fn mailings(studio: &mut Studio) {
    for mailing in &studio.setting.mailings {
        let content = studio.ids.hubspot("marketing_emails");
        let written = mailing.sent.plus(-2 * At::DAY);
        studio
            .book
            .row(Sheet::MarketingEmails)
            .set("id", &content)
            .set("name", &*mailing.name)
            .set("subject", &*mailing.subject)
            .set("state", "PUBLISHED")
            .set("type", "BATCH_EMAIL")
            .set("primary_email_campaign_id", &mailing.id)
            .set("published_at", mailing.sent)
            .set("created_at", written)
            .set("updated_at", mailing.sent)
            .put();
        studio
            .book
            .row(Sheet::EmailCampaigns)
            .set("id", &mailing.id)
            .set("app_id", APP)
            .set("app_name", "Batch")
            .set("name", &*mailing.name)
            .set("subject", &*mailing.subject)
            .set("content_id", &content)
            .set("updated_at", mailing.sent)
            .put();
    }
}

/// Writes the companies that somebody needed, on the sides where they were.
pub(super) fn companies(studio: &mut Studio, rng: &mut ChaCha8Rng) {
    for n in 0..studio.setting.companies.len() {
        account(studio, n, rng);
        marketing_company(studio, n, rng);
    }
}

fn account(studio: &mut Studio, n: usize, rng: &mut ChaCha8Rng) {
    let company = &studio.setting.companies[n];
    let Some((id, created)) = &company.in_sales else { return };
    let owner = &studio.setting.colleagues[company.owner].user;
    let place = &CULTURES[company.culture];
    // Now and then a colleague does not find the account and makes another one.
    let twin =
        (n > 40 && rng.random_bool(0.01)).then(|| (studio.ids.salesforce("001"), created.plus(At::DAY)));
    let resized = (rng.random_bool(0.1)).then(|| created.plus(3 * At::HOUR));
    let twin = twin.as_ref().map(|(id, created)| (id, *created, company.employees));
    for (id, created, employees) in std::iter::once((id, *created, company.employees)).chain(twin) {
        let modified = resized.unwrap_or(created).max(created).min(studio.setting.as_of);
        studio
            .book
            .row(Sheet::Account)
            .set("Id", id)
            .set("Name", &*company.name)
            .set("Type", if company.customer { "Customer" } else { "Prospect" })
            .set("Industry", TRADES[company.trade].1)
            .set("AnnualRevenue", employees * 120_000)
            .set("NumberOfEmployees", employees)
            .set("Website", format!("https://www.{}", company.domain))
            .set("BillingCity", place.cities[company.city].0)
            .set("BillingState", place.cities[company.city].1)
            .set("BillingCountry", place.country)
            .set("OwnerId", owner)
            .set("AccountSource", "Web")
            .set("Segment__c", company.segment())
            .set("IsDeleted", false)
            .set("CreatedById", owner)
            .set("CreatedDate", created)
            .set("LastModifiedById", owner)
            .set("LastModifiedDate", modified)
            .set("SystemModstamp", modified)
            .put();
    }
    if let Some(when) = resized {
        studio
            .book
            .row(Sheet::AccountHistory)
            .set("Id", studio.ids.salesforce("017"))
            .set("AccountId", id)
            .set("Field", "NumberOfEmployees")
            .set("OldValue", company.employees * 9 / 10)
            .set("NewValue", company.employees)
            .set("CreatedById", owner)
            .set("CreatedDate", when.min(studio.setting.as_of))
            .set("IsDeleted", false)
            .put();
    }
}

fn marketing_company(studio: &mut Studio, n: usize, rng: &mut ChaCha8Rng) {
    let company = &studio.setting.companies[n];
    let Some((id, created)) = &company.in_marketing else { return };
    let place = &CULTURES[company.culture];
    let account = company.in_sales.as_ref().filter(|_| n <= 40 || rng.random_bool(0.9)).map(|(id, _)| id);
    studio
        .book
        .row(Sheet::Companies)
        .set("id", id)
        .set("name", &*company.name)
        .set("domain", &*company.domain)
        .set("website", &*company.domain)
        .set("industry", TRADES[company.trade].2)
        .set("numberofemployees", company.employees)
        .set("annualrevenue", company.employees * 120_000)
        .set("city", place.cities[company.city].0)
        .set("country", place.country)
        .set("lifecyclestage", if company.customer { "customer" } else { "lead" })
        .set("hubspot_owner_id", &studio.setting.colleagues[company.owner].owner)
        .set("customer_segment", company.segment())
        .set("salesforceaccountid", account)
        .set("createdate", *created)
        .set("hs_lastmodifieddate", *created)
        .put();
}

/// The deal pipeline, as the marketing platform describes it.
pub(super) fn pipelines(as_of: At) -> Value {
    let stages = [
        ("appointmentscheduled", "Appointment scheduled", "0.2"),
        ("qualifiedtobuy", "Qualified to buy", "0.4"),
        ("presentationscheduled", "Presentation scheduled", "0.6"),
        ("decisionmakerboughtin", "Decision maker bought-in", "0.8"),
        ("contractsent", "Contract sent", "0.9"),
        ("closedwon", "Closed won", "1.0"),
        ("closedlost", "Closed lost", "0.0"),
    ];
    let created = as_of.plus(-HISTORY - 300 * At::DAY).second().text();
    let stages: Vec<Value> = stages
        .into_iter()
        .enumerate()
        .map(|(n, (id, label, probability))| {
            json!({
                "id": id, "label": label, "displayOrder": n, "archived": false,
                "metadata": { "probability": probability, "isClosed": (n > 4).to_string() },
                "createdAt": created, "updatedAt": created,
            })
        })
        .collect();
    json!({ "deals": [{
        "id": "default", "label": "Sales pipeline", "displayOrder": 0, "archived": false,
        "createdAt": created, "updatedAt": created, "stages": stages,
    }] })
}
