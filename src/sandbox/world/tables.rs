//! Which tables a world may have, and what must be in them.

/// One file of a world.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) vendor: &'static str,
    pub(super) name: &'static str,
    /// Columns that must be there and filled.
    pub(super) required: &'static [&'static str],
    /// How the first required column names the row, if it does.
    pub(super) id: IdForm,
}

/// The form of a vendor's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdForm {
    /// The table has no id of its own.
    None,
    /// Salesforce: 18 characters, the last three a checksum of the others.
    Salesforce,
    /// HubSpot's records: a positive number.
    Number,
    /// Any text.
    Text,
}

const fn table(
    vendor: &'static str,
    name: &'static str,
    id: IdForm,
    required: &'static [&'static str],
) -> Spec {
    Spec { vendor, name, required, id }
}

const SF: &str = "salesforce";
const HS: &str = "hubspot";

/// Every table of both vendors.
pub(super) const TABLES: &[Spec] = &[
    table(SF, "User", IdForm::Salesforce, &["Id"]),
    table(SF, "Group", IdForm::Salesforce, &["Id"]),
    table(SF, "Account", IdForm::Salesforce, &["Id", "CreatedDate"]),
    table(SF, "Lead", IdForm::Salesforce, &["Id", "LastName", "CreatedDate"]),
    table(SF, "Contact", IdForm::Salesforce, &["Id", "LastName", "CreatedDate"]),
    table(SF, "Opportunity", IdForm::Salesforce, &["Id", "Name", "StageName", "CloseDate", "CreatedDate"]),
    table(SF, "OpportunityHistory", IdForm::Salesforce, &["Id", "OpportunityId", "CreatedDate"]),
    table(
        SF,
        "OpportunityFieldHistory",
        IdForm::Salesforce,
        &["Id", "OpportunityId", "Field", "CreatedDate"],
    ),
    table(SF, "LeadHistory", IdForm::Salesforce, &["Id", "LeadId", "Field", "CreatedDate"]),
    table(SF, "ContactHistory", IdForm::Salesforce, &["Id", "ContactId", "Field", "CreatedDate"]),
    table(SF, "AccountHistory", IdForm::Salesforce, &["Id", "AccountId", "Field", "CreatedDate"]),
    table(
        SF,
        "OpportunityContactRole",
        IdForm::Salesforce,
        &["Id", "OpportunityId", "ContactId", "CreatedDate"],
    ),
    table(SF, "Campaign", IdForm::Salesforce, &["Id", "Name", "CreatedDate"]),
    table(SF, "CampaignMember", IdForm::Salesforce, &["Id", "CampaignId", "CreatedDate"]),
    table(SF, "Task", IdForm::Salesforce, &["Id", "CreatedDate"]),
    table(SF, "Event", IdForm::Salesforce, &["Id", "CreatedDate"]),
    table(SF, "LeadStatus", IdForm::Salesforce, &["Id", "ApiName"]),
    table(SF, "OpportunityStage", IdForm::Salesforce, &["Id", "ApiName"]),
    table(SF, "fields", IdForm::None, &["object", "name", "type"]),
    table(HS, "contacts", IdForm::Number, &["id", "createdate"]),
    table(HS, "companies", IdForm::Number, &["id", "createdate"]),
    table(HS, "deals", IdForm::Number, &["id", "createdate"]),
    table(HS, "calls", IdForm::Number, &["id"]),
    table(HS, "emails", IdForm::Number, &["id"]),
    table(HS, "meetings", IdForm::Number, &["id"]),
    table(HS, "notes", IdForm::Number, &["id"]),
    table(HS, "tasks", IdForm::Number, &["id"]),
    table(HS, "owners", IdForm::Number, &["id", "createdAt"]),
    table(HS, "associations", IdForm::None, &["from_type", "from_id", "to_type", "to_id", "type_id"]),
    table(HS, "property_history", IdForm::None, &["object", "id", "property", "timestamp"]),
    table(HS, "merges", IdForm::None, &["object", "winner", "loser", "merged_at"]),
    table(HS, "properties", IdForm::None, &["object", "name", "type"]),
    table(HS, "forms", IdForm::Text, &["id", "name"]),
    table(HS, "form_submissions", IdForm::None, &["form_id", "submitted_at"]),
    table(HS, "marketing_emails", IdForm::Number, &["id", "name"]),
    table(HS, "email_campaigns", IdForm::Number, &["id"]),
    table(HS, "email_events", IdForm::None, &["id", "created", "type", "recipient"]),
    table(HS, "campaigns", IdForm::Text, &["id", "hs_name"]),
    table(HS, "lists", IdForm::Number, &["id", "name"]),
    table(HS, "list_memberships", IdForm::None, &["list_id", "record_id"]),
];

/// The folders of a world.
pub(super) const VENDORS: [&str; 2] = [SF, HS];

/// Files that are no tables.
pub(super) const DOCUMENTS: &[(&str, &str)] = &[(HS, "pipelines")];

/// How a cell of a column must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Instant,
    Date,
    Truth,
    Json,
}

/// The form of a column, told by its name: a vendor means the same by it in every table.
pub(super) fn form(vendor: &str, column: &str) -> Form {
    match (vendor, column) {
        (
            SF,
            "CreatedDate"
            | "LastModifiedDate"
            | "SystemModstamp"
            | "CompletedDateTime"
            | "StartDateTime"
            | "EndDateTime"
            | "ActivityDateTime"
            | "LastStageChangeDate"
            | "EmailBouncedDate",
        )
        | (
            HS,
            "createdate"
            | "lastmodifieddate"
            | "hs_lastmodifieddate"
            | "hs_createdate"
            | "closedate"
            | "archived_at"
            | "timestamp"
            | "merged_at"
            | "submitted_at"
            | "created_at"
            | "updated_at"
            | "published_at"
            | "createdAt"
            | "updatedAt"
            | "created"
            | "sent_created"
            | "added_at"
            | "hs_timestamp"
            | "hs_meeting_start_time"
            | "hs_meeting_end_time"
            | "hs_task_completion_date"
            | "hs_analytics_first_timestamp"
            | "first_conversion_date"
            | "recent_conversion_date",
        ) => Form::Instant,
        (
            SF,
            "ConvertedDate" | "CloseDate" | "ActivityDate" | "StartDate" | "EndDate" | "FirstRespondedDate"
            | "LastActivityDate",
        )
        | (HS, "hs_start_date" | "hs_end_date") => Form::Date,
        (
            SF,
            "IsDeleted" | "IsConverted" | "IsActive" | "IsClosed" | "IsWon" | "IsPrimary" | "IsDefault"
            | "IsArchived" | "IsAllDayEvent" | "HasResponded" | "HasOptedOutOfEmail" | "DoNotCall"
            | "externalId",
        )
        | (HS, "filtered_event" | "hs_email_optout" | "unique") => Form::Truth,
        (HS, "values_json" | "options_json" | "teams_json") => Form::Json,
        _ => Form::Text,
    }
}
