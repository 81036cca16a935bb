//! The tables of a made-up world and their columns, in the order in which they are filled.

/// A table to write into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    User,
    Group,
    Account,
    Lead,
    Contact,
    Opportunity,
    OpportunityHistory,
    OpportunityFieldHistory,
    LeadHistory,
    ContactHistory,
    AccountHistory,
    OpportunityContactRole,
    Campaign,
    CampaignMember,
    Task,
    Event,
    LeadStatus,
    OpportunityStage,
    SalesFields,
    Contacts,
    Companies,
    Deals,
    Calls,
    Emails,
    Meetings,
    Notes,
    Tasks,
    Owners,
    Associations,
    PropertyHistory,
    Merges,
    Forms,
    FormSubmissions,
    MarketingEmails,
    EmailCampaigns,
    EmailEvents,
    MarketingCampaigns,
    Lists,
    ListMemberships,
    Properties,
}

/// Where a sheet goes, and what it holds.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sheet: Sheet,
    pub(super) vendor: &'static str,
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

const fn sales(sheet: Sheet, name: &'static str, columns: &'static [&'static str]) -> Layout {
    Layout { sheet, vendor: "salesforce", name, columns }
}

const fn marketing(sheet: Sheet, name: &'static str, columns: &'static [&'static str]) -> Layout {
    Layout { sheet, vendor: "hubspot", name, columns }
}

/// One layout a sheet, in the order of the sheets.
#[rustfmt::skip]
pub(super) const LAYOUTS: &[Layout] = &[
    sales(Sheet::User, "User", &[
        "Id", "Username", "Email", "FirstName", "LastName", "Name", "Title", "IsActive", "UserType", "ManagerId",
        "TimeZoneSidKey", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::Group, "Group", &["Id", "Name", "DeveloperName", "Type", "CreatedDate", "SystemModstamp"]),
    sales(Sheet::Account, "Account", &[
        "Id", "Name", "Type", "Industry", "AnnualRevenue", "NumberOfEmployees", "Website", "Phone", "BillingCity",
        "BillingState", "BillingCountry", "OwnerId", "AccountSource", "Segment__c", "MasterRecordId", "IsDeleted",
        "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::Lead, "Lead", &[
        "Id", "FirstName", "LastName", "Name", "Title", "Company", "Email", "Phone", "MobilePhone", "Website", "City",
        "State", "Country", "LeadSource", "Status", "Rating", "Industry", "NumberOfEmployees", "OwnerId",
        "HasOptedOutOfEmail", "DoNotCall", "EmailBouncedReason", "EmailBouncedDate", "IsConverted", "ConvertedDate",
        "ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId", "Tier__c", "LastActivityDate",
        "MasterRecordId", "IsDeleted", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate",
        "SystemModstamp",
    ]),
    sales(Sheet::Contact, "Contact", &[
        "Id", "AccountId", "FirstName", "LastName", "Name", "Title", "Email", "Phone", "MobilePhone", "MailingCity",
        "MailingState", "MailingCountry", "LeadSource", "OwnerId", "HasOptedOutOfEmail", "DoNotCall",
        "EmailBouncedReason", "EmailBouncedDate", "Tier__c", "LastActivityDate", "MasterRecordId", "IsDeleted",
        "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::Opportunity, "Opportunity", &[
        "Id", "Name", "AccountId", "StageName", "Amount", "Probability", "ExpectedRevenue", "CloseDate", "IsClosed",
        "IsWon", "ForecastCategory", "ForecastCategoryName", "Type", "LeadSource", "NextStep", "CampaignId", "OwnerId",
        "Loss_Reason__c", "LastStageChangeDate", "IsDeleted", "CreatedById", "CreatedDate", "LastModifiedById",
        "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::OpportunityHistory, "OpportunityHistory", &[
        "Id", "OpportunityId", "StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability",
        "ForecastCategory", "CreatedById", "CreatedDate", "SystemModstamp", "IsDeleted",
    ]),
    sales(Sheet::OpportunityFieldHistory, "OpportunityFieldHistory", &[
        "Id", "OpportunityId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate", "IsDeleted",
    ]),
    sales(Sheet::LeadHistory, "LeadHistory", &[
        "Id", "LeadId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate", "IsDeleted",
    ]),
    sales(Sheet::ContactHistory, "ContactHistory", &[
        "Id", "ContactId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate", "IsDeleted",
    ]),
    sales(Sheet::AccountHistory, "AccountHistory", &[
        "Id", "AccountId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate", "IsDeleted",
    ]),
    sales(Sheet::OpportunityContactRole, "OpportunityContactRole", &[
        "Id", "OpportunityId", "ContactId", "Role", "IsPrimary", "IsDeleted", "CreatedById", "CreatedDate",
        "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::Campaign, "Campaign", &[
        "Id", "Name", "Type", "Status", "StartDate", "EndDate", "IsActive", "BudgetedCost", "ActualCost", "OwnerId",
        "IsDeleted", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::CampaignMember, "CampaignMember", &[
        "Id", "CampaignId", "LeadId", "ContactId", "Status", "HasResponded", "FirstRespondedDate", "IsDeleted",
        "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::Task, "Task", &[
        "Id", "WhoId", "WhatId", "AccountId", "Subject", "ActivityDate", "Status", "IsClosed", "Priority", "OwnerId",
        "Description", "TaskSubtype", "CallType", "CallDurationInSeconds", "CallDisposition", "CompletedDateTime",
        "IsArchived", "IsDeleted", "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate",
        "SystemModstamp",
    ]),
    sales(Sheet::Event, "Event", &[
        "Id", "WhoId", "WhatId", "AccountId", "Subject", "StartDateTime", "EndDateTime", "DurationInMinutes",
        "ActivityDateTime", "IsAllDayEvent", "Location", "EventSubtype", "OwnerId", "IsArchived", "IsDeleted",
        "CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
    ]),
    sales(Sheet::LeadStatus, "LeadStatus", &["Id", "MasterLabel", "ApiName", "SortOrder", "IsDefault", "IsConverted"]),
    sales(Sheet::OpportunityStage, "OpportunityStage", &[
        "Id", "MasterLabel", "ApiName", "IsActive", "SortOrder", "IsClosed", "IsWon", "ForecastCategory",
        "ForecastCategoryName", "DefaultProbability",
    ]),
    sales(Sheet::SalesFields, "fields", &["object", "name", "label", "type", "externalId", "length"]),
    marketing(Sheet::Contacts, "contacts", &[
        "id", "email", "hs_additional_emails", "firstname", "lastname", "jobtitle", "company", "phone", "mobilephone",
        "website", "city", "state", "country", "lifecyclestage", "hs_lead_status", "hubspot_owner_id", "hubspotscore",
        "icp_tier", "hs_analytics_source", "hs_analytics_source_data_1", "hs_latest_source", "hs_analytics_first_url",
        "hs_analytics_first_timestamp", "hs_analytics_num_page_views", "first_conversion_date",
        "first_conversion_event_name", "recent_conversion_date", "recent_conversion_event_name",
        "num_conversion_events", "hs_calculated_form_submissions", "hs_email_optout", "hs_email_delivered",
        "hs_email_open", "hs_email_click", "hs_email_bounce", "hs_email_hard_bounce_reason_enum", "hs_object_source",
        "associatedcompanyid", "salesforceleadid", "salesforcecontactid", "hs_merged_object_ids",
        "hs_calculated_merged_vids", "createdate", "lastmodifieddate", "archived_at",
    ]),
    marketing(Sheet::Companies, "companies", &[
        "id", "name", "domain", "website", "industry", "numberofemployees", "annualrevenue", "city", "country",
        "phone", "lifecyclestage", "hubspot_owner_id", "customer_segment", "salesforceaccountid",
        "hs_merged_object_ids", "createdate", "hs_lastmodifieddate", "archived_at",
    ]),
    marketing(Sheet::Deals, "deals", &[
        "id", "dealname", "amount", "dealstage", "pipeline", "closedate", "dealtype", "hubspot_owner_id",
        "hs_analytics_source", "closed_lost_reason", "salesforceopportunityid", "createdate", "hs_lastmodifieddate",
        "archived_at",
    ]),
    marketing(Sheet::Calls, "calls", &[
        "id", "hs_timestamp", "hs_call_title", "hs_call_body", "hs_call_direction", "hs_call_duration",
        "hs_call_status", "hubspot_owner_id", "hs_object_source", "hs_createdate", "hs_lastmodifieddate",
    ]),
    marketing(Sheet::Emails, "emails", &[
        "id", "hs_timestamp", "hs_email_subject", "hs_email_text", "hs_email_direction", "hs_email_status",
        "hs_email_from_email", "hs_email_to_email", "hubspot_owner_id", "hs_object_source", "hs_createdate",
        "hs_lastmodifieddate",
    ]),
    marketing(Sheet::Meetings, "meetings", &[
        "id", "hs_timestamp", "hs_meeting_title", "hs_meeting_body", "hs_meeting_start_time", "hs_meeting_end_time",
        "hs_meeting_location", "hs_meeting_outcome", "hubspot_owner_id", "hs_object_source", "hs_createdate",
        "hs_lastmodifieddate",
    ]),
    marketing(Sheet::Notes, "notes", &[
        "id", "hs_timestamp", "hs_note_body", "hubspot_owner_id", "hs_object_source", "hs_createdate",
        "hs_lastmodifieddate",
    ]),
    marketing(Sheet::Tasks, "tasks", &[
        "id", "hs_timestamp", "hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_priority", "hs_task_type",
        "hs_task_completion_date", "hubspot_owner_id", "hs_object_source", "hs_createdate", "hs_lastmodifieddate",
    ]),
    marketing(Sheet::Owners, "owners", &[
        "id", "email", "type", "firstName", "lastName", "userId", "createdAt", "updatedAt", "archived_at",
    ]),
    marketing(Sheet::Associations, "associations", &["from_type", "from_id", "to_type", "to_id", "type_id"]),
    marketing(Sheet::PropertyHistory, "property_history", &[
        "object", "id", "property", "timestamp", "value", "source_type", "source_id", "user_id",
    ]),
    marketing(Sheet::Merges, "merges", &["object", "winner", "loser", "merged_at"]),
    marketing(Sheet::Forms, "forms", &["id", "name", "form_type", "created_at", "updated_at"]),
    marketing(Sheet::FormSubmissions, "form_submissions", &[
        "form_id", "submitted_at", "email", "page_url", "values_json",
    ]),
    marketing(Sheet::MarketingEmails, "marketing_emails", &[
        "id", "name", "subject", "state", "type", "campaign", "primary_email_campaign_id", "published_at",
        "created_at", "updated_at",
    ]),
    marketing(Sheet::EmailCampaigns, "email_campaigns", &[
        "id", "app_id", "app_name", "name", "subject", "content_id", "updated_at",
    ]),
    marketing(Sheet::EmailEvents, "email_events", &[
        "id", "created", "type", "recipient", "email_campaign_id", "app_id", "url", "filtered_event", "sent_id",
        "sent_created", "response",
    ]),
    marketing(Sheet::MarketingCampaigns, "campaigns", &[
        "id", "hs_name", "hs_start_date", "hs_end_date", "hs_campaign_status", "hs_utm", "hs_owner",
        "hs_currency_code", "hs_budget_items_sum_amount", "hs_spend_items_sum_amount", "created_at", "updated_at",
    ]),
    marketing(Sheet::Lists, "lists", &[
        "id", "name", "object_type_id", "processing_type", "created_at", "updated_at",
    ]),
    marketing(Sheet::ListMemberships, "list_memberships", &["list_id", "record_id", "added_at"]),
    marketing(Sheet::Properties, "properties", &["object", "name", "label", "type", "field_type", "options_json"]),
];
