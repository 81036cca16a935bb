//! The properties every portal has, as far as this one pretends to have them.
//!
//! Names by shape: the shape gives type, input and whether the API may write. Labels are made of the names.

use super::schema::ValueType::{self, Bool, Datetime, Enumeration, Number, Phone, Text};
use crate::sandbox::hubspot::kind::Kind;

/// Properties of one shape: type, form input, read-only, and their names.
pub(super) type Shape = (ValueType, &'static str, bool, &'static str);

/// An enumeration whose values are known: property name and `value=Label` pairs.
pub(super) type Choices = (&'static str, &'static str);

const ANY: &[Shape] = &[
    (Number, "number", true, "hs_object_id"),
    (Text, "text", true, "hs_object_source hs_object_source_id hs_object_source_label hs_merged_object_ids"),
    (Text, "text", true, "hs_created_by_user_id hs_updated_by_user_id hs_unique_creation_key"),
    (Datetime, "date", true, "hubspot_owner_assigneddate hs_lastmodifieddate hs_createdate"),
    (Enumeration, "select", false, "hubspot_owner_id hubspot_team_id"),
];

const CONTACT: &[Shape] = &[
    (Text, "text", false, "email firstname lastname jobtitle company website address city state zip country"),
    (Text, "text", false, "fax industry salutation degree school hs_additional_emails hs_language message"),
    (Text, "text", false, "salesforceleadid salesforcecontactid salesforceaccountid numemployees hs_persona"),
    (Phone, "phonenumber", false, "phone mobilephone"),
    (Enumeration, "radio", false, "lifecyclestage hs_lead_status hs_marketable_status"),
    (Number, "number", false, "hubspotscore"),
    (Number, "number", true, "hs_predictivecontactscore hs_predictivecontactscore_v2 num_conversion_events"),
    (
        Number,
        "number",
        true,
        "num_unique_conversion_events hs_analytics_num_page_views hs_analytics_num_visits",
    ),
    (Number, "number", true, "hs_analytics_num_event_completions hs_analytics_average_page_views"),
    (Number, "number", true, "hs_analytics_revenue num_contacted_notes num_notes num_associated_deals"),
    (Number, "number", true, "recent_deal_amount total_revenue days_to_close associatedcompanyid"),
    (
        Number,
        "number",
        true,
        "hs_email_delivered hs_email_open hs_email_click hs_email_bounce hs_email_replied",
    ),
    (Number, "number", true, "hs_email_sends_since_last_engagement hs_sequences_actively_enrolled_count"),
    (Number, "number", true, "hs_latest_sequence_enrolled hs_time_to_first_engagement"),
    (Text, "text", true, "hs_calculated_merged_vids hs_all_contact_vids hs_calculated_form_submissions"),
    (Text, "text", true, "first_conversion_event_name recent_conversion_event_name hs_email_domain"),
    (Text, "text", true, "hs_email_last_email_name hs_analytics_first_url hs_analytics_last_url"),
    (Text, "text", true, "hs_analytics_first_referrer hs_analytics_last_referrer"),
    (Text, "text", true, "hs_analytics_first_touch_converting_campaign"),
    (Text, "text", true, "hs_analytics_last_touch_converting_campaign"),
    (Text, "text", true, "hs_searchable_calculated_phone_number hs_searchable_calculated_mobile_number"),
    (Text, "text", true, "hs_predictivecontactscorebucket hs_predictivescoringtier"),
    (Enumeration, "select", true, "hs_analytics_source hs_latest_source hs_email_hard_bounce_reason_enum"),
    (Enumeration, "select", true, "hs_emailconfirmationstatus"),
    (Text, "text", true, "hs_analytics_source_data_1 hs_analytics_source_data_2"),
    (Text, "text", true, "hs_latest_source_data_1 hs_latest_source_data_2"),
    (Bool, "booleancheckbox", false, "hs_email_optout"),
    (Bool, "booleancheckbox", true, "hs_is_unworked hs_sequences_is_enrolled"),
    (Datetime, "date", true, "createdate lastmodifieddate hs_latest_source_timestamp first_conversion_date"),
    (
        Datetime,
        "date",
        true,
        "recent_conversion_date hs_analytics_first_timestamp hs_analytics_last_timestamp",
    ),
    (Datetime, "date", true, "hs_analytics_first_visit_timestamp hs_analytics_last_visit_timestamp"),
    (Datetime, "date", true, "hs_email_first_send_date hs_email_last_send_date hs_email_first_open_date"),
    (Datetime, "date", true, "hs_email_last_open_date hs_email_first_click_date hs_email_last_click_date"),
    (Datetime, "date", true, "hs_email_first_reply_date hs_email_last_reply_date"),
    (
        Datetime,
        "date",
        true,
        "hs_sales_email_last_opened hs_sales_email_last_clicked hs_sales_email_last_replied",
    ),
    (Datetime, "date", true, "hs_latest_sequence_enrolled_date notes_last_contacted notes_last_updated"),
    (Datetime, "date", true, "notes_next_activity_date hs_last_sales_activity_timestamp"),
    (Datetime, "date", true, "first_deal_created_date recent_deal_close_date closedate"),
];

const COMPANY: &[Shape] = &[
    (Text, "text", false, "name domain website industry address city state zip country description"),
    (Text, "text", false, "hs_additional_domains salesforceaccountid"),
    (Phone, "phonenumber", false, "phone"),
    (Enumeration, "radio", false, "lifecyclestage hs_lead_status type"),
    (Number, "number", false, "numberofemployees annualrevenue hs_parent_company_id"),
    (Number, "number", true, "hs_num_child_companies num_associated_contacts num_associated_deals"),
    (Number, "number", true, "hs_analytics_num_page_views hs_analytics_num_visits num_conversion_events"),
    (Enumeration, "select", true, "hs_analytics_source"),
    (Text, "text", true, "hs_analytics_source_data_1 hs_analytics_source_data_2"),
    (
        Datetime,
        "date",
        true,
        "createdate hs_analytics_first_timestamp notes_last_contacted notes_last_updated",
    ),
];

const DEAL: &[Shape] = &[
    (
        Text,
        "text",
        false,
        "dealname description closed_lost_reason closed_won_reason salesforceopportunityid",
    ),
    (Enumeration, "select", false, "dealstage pipeline dealtype hs_priority hs_manual_forecast_category"),
    (Enumeration, "select", false, "deal_currency_code"),
    (Number, "number", false, "amount hs_forecast_amount"),
    (Number, "number", true, "hs_closed_amount hs_deal_stage_probability hs_projected_amount days_to_close"),
    (
        Number,
        "number",
        true,
        "num_associated_contacts hs_num_of_associated_line_items amount_in_home_currency",
    ),
    (Bool, "booleancheckbox", true, "hs_is_closed hs_is_closed_won"),
    (Enumeration, "select", true, "hs_analytics_source"),
    (Text, "text", true, "hs_analytics_source_data_1 hs_analytics_source_data_2"),
    (Datetime, "date", false, "closedate createdate"),
    (Datetime, "date", true, "notes_last_contacted notes_last_updated"),
];

const TICKET: &[Shape] = &[
    (Text, "text", false, "subject content hs_ticket_id"),
    (Enumeration, "select", false, "hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category"),
    (Enumeration, "select", false, "source_type"),
    (Datetime, "date", false, "createdate closed_date"),
    (Number, "number", true, "time_to_close"),
];

const LEAD: &[Shape] = &[
    (Text, "text", false, "hs_lead_name"),
    (Enumeration, "select", false, "hs_lead_type hs_lead_label hs_pipeline hs_pipeline_stage"),
    (Number, "number", true, "hs_primary_contact_id hs_primary_company_id"),
    (Bool, "booleancheckbox", true, "hs_lead_is_open"),
    (Datetime, "date", true, "createdate"),
];

const ENGAGEMENT: &[Shape] = &[
    (Datetime, "date", false, "hs_timestamp"),
    (Text, "text", false, "hs_attachment_ids hs_activity_type"),
    (Number, "number", true, "hs_engagement_source_id"),
];

const CALL: &[Shape] = &[
    (Text, "text", false, "hs_call_title hs_call_body hs_call_from_number hs_call_to_number"),
    (Text, "text", false, "hs_call_recording_url hs_call_disposition"),
    (Number, "number", false, "hs_call_duration"),
    (Enumeration, "select", false, "hs_call_direction hs_call_status"),
    (Bool, "booleancheckbox", false, "hs_call_has_voicemail"),
];

const EMAIL: &[Shape] = &[
    (Text, "text", false, "hs_email_subject hs_email_text hs_email_html hs_email_headers"),
    (Text, "text", true, "hs_email_from_email hs_email_to_email hs_email_thread_id"),
    (Number, "number", true, "hs_email_open_count hs_email_click_count hs_email_reply_count"),
    (Enumeration, "select", false, "hs_email_direction hs_email_status"),
];

const MEETING: &[Shape] = &[
    (Text, "text", false, "hs_meeting_title hs_meeting_body hs_internal_meeting_notes hs_meeting_location"),
    (Text, "text", false, "hs_meeting_external_url"),
    (Datetime, "date", false, "hs_meeting_start_time hs_meeting_end_time"),
    (Enumeration, "select", false, "hs_meeting_outcome"),
];

const NOTE: &[Shape] = &[(Text, "textarea", false, "hs_note_body")];

const TASK: &[Shape] = &[
    (Text, "text", false, "hs_task_subject hs_task_body hs_task_reminders"),
    (Enumeration, "select", false, "hs_task_status hs_task_priority hs_task_type"),
    (Datetime, "date", false, "hs_task_completion_date"),
];

const COMMUNICATION: &[Shape] =
    &[(Text, "textarea", false, "hs_communication_body hs_communication_channel_type")];

/// The standard shapes of a kind.
pub(super) fn shapes(kind: Kind) -> impl Iterator<Item = &'static Shape> {
    let own: &[Shape] = match kind.singular() {
        "contact" => CONTACT,
        "company" => COMPANY,
        "deal" => DEAL,
        "ticket" => TICKET,
        "lead" => LEAD,
        "call" => CALL,
        "email" => EMAIL,
        "meeting" => MEETING,
        "note" => NOTE,
        "task" => TASK,
        _ => COMMUNICATION,
    };
    let shared: &[Shape] = if kind.is_engagement() { ENGAGEMENT } else { &[] };
    ANY.iter().chain(shared).chain(own)
}

/// The values of the enumerations whose values an account cannot choose, and the usual ones of those it can.
pub(super) const CHOICES: &[Choices] = &[
    (
        "lifecyclestage",
        "subscriber=Subscriber lead=Lead marketingqualifiedlead=Marketing_Qualified_Lead \
         salesqualifiedlead=Sales_Qualified_Lead opportunity=Opportunity customer=Customer evangelist=Evangelist \
         other=Other",
    ),
    (
        "hs_lead_status",
        "NEW=New OPEN=Open IN_PROGRESS=In_Progress OPEN_DEAL=Open_Deal UNQUALIFIED=Unqualified \
         ATTEMPTED_TO_CONTACT=Attempted_to_Contact CONNECTED=Connected BAD_TIMING=Bad_Timing",
    ),
    (
        "hs_analytics_source",
        "ORGANIC_SEARCH=Organic_Search PAID_SEARCH=Paid_Search EMAIL_MARKETING=Email_Marketing \
         SOCIAL_MEDIA=Organic_Social PAID_SOCIAL=Paid_Social REFERRALS=Referrals OTHER_CAMPAIGNS=Other_Campaigns \
         DIRECT_TRAFFIC=Direct_Traffic OFFLINE=Offline_Sources AI_REFERRALS=AI_Referrals",
    ),
    ("dealtype", "newbusiness=New_Business existingbusiness=Existing_Business"),
    ("hs_priority", "low=Low medium=Medium high=High"),
    ("hs_lead_label", "HOT=Hot WARM=Warm COLD=Cold"),
    ("hs_call_direction", "INBOUND=Inbound OUTBOUND=Outbound"),
    (
        "hs_call_status",
        "BUSY=Busy CALLING_CRM_USER=Calling_CRM_User CANCELED=Canceled COMPLETED=Completed CONNECTING=Connecting \
         FAILED=Failed IN_PROGRESS=In_Progress NO_ANSWER=No_Answer QUEUED=Queued RINGING=Ringing",
    ),
    ("hs_email_direction", "EMAIL=Outgoing INCOMING_EMAIL=Incoming FORWARDED_EMAIL=Forwarded"),
    ("hs_email_status", "BOUNCED=Bounced FAILED=Failed SCHEDULED=Scheduled SENDING=Sending SENT=Sent"),
    (
        "hs_meeting_outcome",
        "SCHEDULED=Scheduled COMPLETED=Completed RESCHEDULED=Rescheduled NO_SHOW=No_Show CANCELED=Canceled",
    ),
    (
        "hs_task_status",
        "NOT_STARTED=Not_Started IN_PROGRESS=In_Progress WAITING=Waiting COMPLETED=Completed DEFERRED=Deferred",
    ),
    ("hs_task_priority", "NONE=None LOW=Low MEDIUM=Medium HIGH=High"),
    ("hs_task_type", "EMAIL=Email CALL=Call TODO=To_Do"),
    ("hs_ticket_priority", "LOW=Low MEDIUM=Medium HIGH=High URGENT=Urgent"),
];
