//! Calls, e-mails, meetings and notes: written by sellers, some of them logged on both sides.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Studio;
use super::layout::Sheet;
use super::person::Person;
use super::sales::InSales;
use super::sheet::At;

/// What sellers do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Email,
    Call,
    Meeting,
    Todo,
}

/// One activity as it happened.
struct Activity {
    kind: Kind,
    when: At,
    subject: String,
    minutes: i64,
}

/// Writes a person's activities on the sides that know the person.
pub(super) fn write(
    studio: &mut Studio,
    person: &Person,
    known: Option<&InSales>,
    contact: Option<&Arc<str>>,
    rng: &mut ChaCha8Rng,
) {
    for activity in activities(studio, person, known, rng) {
        if let Some(known) = known {
            in_sales(studio, person, known, &activity);
        }
        if let Some(contact) = contact
            && (known.is_none() || activity.kind != Kind::Todo && (person.rich() || rng.random_bool(0.4)))
        {
            in_marketing(studio, person, contact, &activity, rng);
        }
    }
    if let Some(contact) = contact
        && (person.rich() || rng.random_bool(0.04 * studio.detail))
    {
        note(studio, person, contact);
    }
}

fn activities(
    studio: &Studio,
    person: &Person,
    known: Option<&InSales>,
    rng: &mut ChaCha8Rng,
) -> Vec<Activity> {
    let journey = &person.journey;
    let topic = studio.setting.companies[person.company.unwrap_or(0)].name.clone();
    let heard = person.in_sales.max(person.in_marketing);
    let mut activities = Vec::new();
    let mut add = |kind, when: Option<At>, subject: String, minutes, rng: &mut ChaCha8Rng| {
        let likely = if person.rich() { 1.0 } else { 0.6 * studio.detail };
        let when = when.map(|when| when.max(heard.plus(At::MINUTE)).second());
        if let Some(when) = when.filter(|when| *when < studio.setting.as_of && rng.random_bool(likely)) {
            activities.push(Activity { kind, when, subject, minutes });
        }
    };
    if known.is_some() {
        let later = |when: Option<At>, hours: i64| when.map(|when| when.plus(hours * At::HOUR));
        add(Kind::Email, journey.sal, format!("Your question to us, {}", person.first), 0, rng);
        add(Kind::Call, later(journey.sal, 26), "Discovery call".into(), rng.random_range(3..40), rng);
        add(Kind::Meeting, later(journey.sql, -3), format!("Demo for {topic}"), 45, rng);
        add(Kind::Email, later(journey.sql, 5), "Notes from our demo".into(), 0, rng);
        add(Kind::Todo, later(journey.sql, 20), "Send the proposal".into(), 0, rng);
        add(Kind::Meeting, later(journey.opportunity, 50), format!("Review with {topic}"), 60, rng);
        add(Kind::Call, later(journey.opportunity, 90), "Open points".into(), rng.random_range(3..30), rng);
    } else if rng.random_bool(0.08) {
        add(Kind::Call, journey.mql, "First call".into(), rng.random_range(1..15), rng);
    }
    activities
}

fn in_sales(studio: &mut Studio, person: &Person, known: &InSales, activity: &Activity) {
    let owner = &studio.setting.colleagues[person.owner].user;
    let what = known
        .opportunity
        .as_ref()
        .filter(|written| written.steps[0].when <= activity.when)
        .map(|written| &written.id);
    let account = known.account.as_ref();
    if activity.kind == Kind::Meeting {
        let created = activity.when.plus(-2 * At::DAY).max(person.in_sales);
        studio
            .book
            .row(Sheet::Event)
            .set("Id", studio.ids.salesforce("00U"))
            .set("WhoId", known.who())
            .set("WhatId", what)
            .set("AccountId", account)
            .set("Subject", &*activity.subject)
            .set("StartDateTime", activity.when)
            .set("EndDateTime", activity.when.plus(activity.minutes * At::MINUTE))
            .set("DurationInMinutes", activity.minutes)
            .set("ActivityDateTime", activity.when)
            .set("IsAllDayEvent", false)
            .set("Location", "Video")
            .set("EventSubtype", "Event")
            .set("OwnerId", owner)
            .set("IsArchived", studio.setting.archives(activity.when))
            .set("IsDeleted", false)
            .set("CreatedById", owner)
            .set("CreatedDate", created)
            .set("LastModifiedById", owner)
            .set("LastModifiedDate", created)
            .set("SystemModstamp", created)
            .put();
        return;
    }
    let (subtype, open) = match activity.kind {
        Kind::Call => ("Call", false),
        Kind::Email => ("Email", false),
        // Some promises are still to be kept.
        _ => ("Task", person.n.is_multiple_of(3)),
    };
    let call = activity.kind == Kind::Call;
    studio
        .book
        .row(Sheet::Task)
        .set("Id", studio.ids.salesforce("00T"))
        .set("WhoId", known.who())
        .set("WhatId", what)
        .set("AccountId", account)
        .set("Subject", &*activity.subject)
        .set("ActivityDate", activity.when.day())
        .set("Status", if open { "Not Started" } else { "Completed" })
        .set("IsClosed", !open)
        .set("Priority", "Normal")
        .set("OwnerId", owner)
        .set("Description", call.then_some("Spoke about timing and who decides."))
        .set("TaskSubtype", subtype)
        .set("CallType", call.then_some("Outbound"))
        .set("CallDurationInSeconds", call.then_some(activity.minutes * 60))
        .set("CallDisposition", call.then_some("Connected"))
        .set("CompletedDateTime", (!open).then_some(activity.when))
        .set("IsArchived", !open && studio.setting.archives(activity.when))
        .set("IsDeleted", false)
        .set("CreatedById", owner)
        .set("CreatedDate", activity.when)
        .set("LastModifiedById", owner)
        .set("LastModifiedDate", activity.when)
        .set("SystemModstamp", activity.when)
        .put();
}

fn in_marketing(
    studio: &mut Studio,
    person: &Person,
    contact: &Arc<str>,
    activity: &Activity,
    rng: &mut ChaCha8Rng,
) {
    // The other side notices within two minutes, and may call it an answer.
    let when = activity.when.plus(rng.random_range(0..110) * At::SECOND);
    let logged = when.plus(At::MINUTE);
    let reply = if activity.kind == Kind::Email && rng.random_bool(0.3) { "Re: " } else { "" };
    let subject = format!("{reply}{}", activity.subject);
    let seller = &studio.setting.colleagues[person.owner];
    let (object, sheet, kind) = match activity.kind {
        Kind::Email => ("emails", Sheet::Emails, "198"),
        Kind::Call => ("calls", Sheet::Calls, "194"),
        Kind::Meeting => ("meetings", Sheet::Meetings, "200"),
        Kind::Todo => return,
    };
    let id = studio.ids.hubspot(object);
    let draft = studio.book.row(sheet).set("id", &id).set("hs_timestamp", when);
    let draft = match activity.kind {
        Kind::Email => draft
            .set("hs_email_subject", subject)
            .set("hs_email_text", "Thank you for the time. Here is what we agreed on.")
            .set("hs_email_direction", "EMAIL")
            .set("hs_email_status", "SENT")
            .set("hs_email_from_email", &*seller.email)
            .set("hs_email_to_email", person.email.clone()),
        Kind::Call => draft
            .set("hs_call_title", subject)
            .set("hs_call_body", "Spoke about timing and who decides.")
            .set("hs_call_direction", "OUTBOUND")
            .set("hs_call_duration", activity.minutes * At::MINUTE)
            .set("hs_call_status", "COMPLETED"),
        _ => draft
            .set("hs_meeting_title", subject)
            .set("hs_meeting_start_time", when)
            .set("hs_meeting_end_time", when.plus(activity.minutes * At::MINUTE))
            .set("hs_meeting_location", "Video")
            .set("hs_meeting_outcome", "COMPLETED"),
    };
    draft
        .set("hubspot_owner_id", &seller.owner)
        .set("hs_object_source", "INTEGRATION")
        .set("hs_createdate", logged)
        .set("hs_lastmodifieddate", logged)
        .put();
    studio.associate((object, &id), ("contacts", contact), kind);
}

fn note(studio: &mut Studio, person: &Person, contact: &Arc<str>) {
    let id = studio.ids.hubspot("notes");
    let when = person.in_marketing.plus(At::HOUR).min(studio.setting.as_of);
    studio
        .book
        .row(Sheet::Notes)
        .set("id", &id)
        .set("hs_timestamp", when)
        .set("hs_note_body", "Asked for a reference customer in the same trade.")
        .set("hubspot_owner_id", &studio.setting.colleagues[super::setting::MARKETER].owner)
        .set("hs_object_source", "CRM_UI")
        .set("hs_createdate", when)
        .set("hs_lastmodifieddate", when)
        .put();
    studio.associate(("notes", &id), ("contacts", contact), "202");
    if person.n.is_multiple_of(2) {
        let id = studio.ids.hubspot("tasks");
        studio
            .book
            .row(Sheet::Tasks)
            .set("id", &id)
            .set("hs_timestamp", when.plus(3 * At::DAY))
            .set("hs_task_subject", "Find a reference customer")
            .set("hs_task_status", "NOT_STARTED")
            .set("hs_task_priority", "MEDIUM")
            .set("hs_task_type", "TODO")
            .set("hubspot_owner_id", &studio.setting.colleagues[super::setting::MARKETER].owner)
            .set("hs_object_source", "CRM_UI")
            .set("hs_createdate", when)
            .set("hs_lastmodifieddate", when)
            .put();
        studio.associate(("tasks", &id), ("contacts", contact), "204");
    }
}
