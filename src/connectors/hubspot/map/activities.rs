//! Sellers' work: calls, e-mails, meetings, notes and tasks, each an object of its own.

use std::sync::Arc;

use crate::connectors::hubspot::wire::ObjectRecord;
use crate::domain::event::{Detail, Direction, Event, EventKind};

use super::history::Subject;
use super::{Reader, value};

/// A kind of activity: where it is and what is read of it.
pub(in crate::connectors::hubspot) struct ActivityKind {
    pub(in crate::connectors::hubspot) plural: &'static str,
    pub(in crate::connectors::hubspot) object: &'static str,
    event: EventKind,
    properties: &'static [&'static str],
}

/// Every kind.
pub(in crate::connectors::hubspot) const ACTIVITIES: [ActivityKind; 5] = [
    ActivityKind {
        plural: "calls",
        object: "call",
        event: EventKind::Call,
        properties: &[
            "hs_call_title",
            "hs_call_body",
            "hs_call_direction",
            "hs_call_duration",
            "hs_call_status",
        ],
    },
    ActivityKind {
        plural: "emails",
        object: "email",
        event: EventKind::SalesEmail,
        properties: &["hs_email_subject", "hs_email_text", "hs_email_direction", "hs_email_status"],
    },
    ActivityKind {
        plural: "meetings",
        object: "meeting",
        event: EventKind::Meeting,
        properties: &[
            "hs_meeting_title",
            "hs_meeting_body",
            "hs_meeting_start_time",
            "hs_meeting_end_time",
            "hs_meeting_outcome",
        ],
    },
    ActivityKind { plural: "notes", object: "note", event: EventKind::Note, properties: &["hs_note_body"] },
    ActivityKind {
        plural: "tasks",
        object: "task",
        event: EventKind::Task,
        properties: &["hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_completion_date"],
    },
];

/// What is read of every activity.
const ALWAYS: [&str; 4] = ["hs_timestamp", "hs_createdate", "hubspot_owner_id", "hs_object_source"];
/// Sources of records that no human made.
const MACHINES: [&str; 2] = ["AUTOMATION_PLATFORM", "WORKFLOWS"];

impl ActivityKind {
    /// Every property that is read.
    pub(in crate::connectors::hubspot) fn properties(&self) -> Vec<String> {
        ALWAYS.iter().chain(self.properties).map(|name| (*name).to_owned()).collect()
    }
}

impl Reader<'_> {
    /// An activity as an event of the record it is associated with.
    pub(in crate::connectors::hubspot) fn activity(
        &self,
        subject: &Subject,
        kind: &ActivityKind,
        record: &ObjectRecord,
    ) -> Event {
        let text = |property: &str| record.value(property).map(Arc::<str>::from);
        let instant = |property: &str| record.value(property).and_then(value::instant);
        let (planned, created) =
            (instant("hs_timestamp"), instant("hs_createdate").unwrap_or(record.created_at));
        let (at, subject_line, body, outcome) = match kind.event {
            EventKind::Call => (planned, text("hs_call_title"), text("hs_call_body"), text("hs_call_status")),
            EventKind::SalesEmail => {
                (planned, text("hs_email_subject"), text("hs_email_text"), text("hs_email_status"))
            }
            EventKind::Meeting => (
                instant("hs_meeting_start_time").or(planned),
                text("hs_meeting_title"),
                text("hs_meeting_body"),
                text("hs_meeting_outcome"),
            ),
            // A task's own time is when it is due. It happened when it was done, or else when it was set.
            EventKind::Task => (
                instant("hs_task_completion_date").or(Some(created)),
                text("hs_task_subject"),
                text("hs_task_body"),
                text("hs_task_status"),
            ),
            _ => (planned, None, text("hs_note_body"), None),
        };
        let made_by = record.value("hs_object_source").unwrap_or_default();
        let detail = Detail::Activity {
            direction: direction(record),
            outcome,
            duration_seconds: duration_seconds(record),
            automated: MACHINES.contains(&made_by),
            subject: subject_line,
            body,
        };
        let event = self.event(subject, kind.event, at.unwrap_or(created), detail);
        Event {
            recorded_at: Some(created),
            source: self.key(kind.object, &record.id),
            vendor_id: Some(Arc::from(record.id.as_str())),
            actor: self.owner(record),
            by_integration: self.options.integration_source_types.contains(made_by),
            ..event
        }
    }
}

/// Who started it. A forwarded e-mail was logged by hand and may have gone either way.
fn direction(record: &ObjectRecord) -> Option<Direction> {
    match record.value("hs_call_direction").or_else(|| record.value("hs_email_direction"))? {
        "INBOUND" | "INCOMING_EMAIL" => Some(Direction::Inbound),
        "OUTBOUND" | "EMAIL" => Some(Direction::Outbound),
        _ => None,
    }
}

fn duration_seconds(record: &ObjectRecord) -> Option<i64> {
    if let Some(milliseconds) = record.value("hs_call_duration").and_then(value::whole) {
        return Some(milliseconds / 1000);
    }
    let instant = |property: &str| record.value(property).and_then(value::instant);
    let length = instant("hs_meeting_end_time")? - instant("hs_meeting_start_time")?;
    Some(length.num_seconds()).filter(|seconds| *seconds >= 0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::connectors::hubspot::config::HubspotOptions;
    use crate::connectors::hubspot::object::Object;
    use crate::domain::id::SourceName;

    fn read(plural: &str, properties: &str) -> Event {
        let text = format!(
            r#"{{"id": "88", "properties": {properties}, "createdAt": "2025-02-01T00:00:00Z", "updatedAt": "2025-02-01T00:00:00Z"}}"#
        );
        let record: ObjectRecord = serde_json::from_str(&text).expect("a record");
        let kind = ACTIVITIES.iter().find(|kind| kind.plural == plural).expect("a kind");
        let (source, options) = (SourceName::new("marketing"), HubspotOptions::default());
        let fetched_at = DateTime::<Utc>::UNIX_EPOCH;
        let reader = Reader { source: &source, options: &options, details: None, fetched_at };
        reader.activity(&reader.subject(Object::Contact, "501"), kind, &record)
    }

    #[test]
    fn a_call_has_its_direction_and_its_length_in_seconds() {
        let call = read(
            "calls",
            r#"{"hs_timestamp": "2025-02-01T10:00:00Z", "hs_call_direction": "OUTBOUND", "hs_call_duration": "65000",
                "hs_call_status": "COMPLETED", "hubspot_owner_id": "41", "hs_object_source": "CRM_UI"}"#,
        );
        assert_eq!(call.source.to_string(), "marketing:call:88");
        assert_eq!(call.person.as_ref().map(|key| &*key.id), Some("501"));
        assert_eq!(call.actor.as_ref().map(|key| &*key.object), Some("owner"));
        let Detail::Activity { direction, duration_seconds, automated, .. } = call.detail else {
            panic!("a call")
        };
        assert_eq!((direction, duration_seconds, automated), (Some(Direction::Outbound), Some(65), false));
    }

    #[test]
    fn a_task_happens_when_it_is_done_not_when_it_is_due() {
        let open = read(
            "tasks",
            r#"{"hs_timestamp": "2030-01-01T00:00:00Z", "hs_createdate": "2025-02-02T00:00:00Z", "hs_task_status": "NOT_STARTED"}"#,
        );
        assert_eq!(open.occurred_at.to_rfc3339(), "2025-02-02T00:00:00+00:00");
        let done = read(
            "tasks",
            r#"{"hs_timestamp": "2030-01-01T00:00:00Z", "hs_task_completion_date": "2025-02-05T00:00:00Z"}"#,
        );
        assert_eq!(done.occurred_at.to_rfc3339(), "2025-02-05T00:00:00+00:00");
    }

    #[test]
    fn a_meeting_lasts_from_start_to_end_and_a_workflows_mail_is_automated() {
        let meeting = read(
            "meetings",
            r#"{"hs_timestamp": "1738404000000", "hs_meeting_start_time": "2025-02-01T10:00:00Z", "hs_meeting_end_time": "2025-02-01T10:30:00Z"}"#,
        );
        assert!(matches!(meeting.detail, Detail::Activity { duration_seconds: Some(1800), .. }));
        let mail =
            read("emails", r#"{"hs_email_direction": "EMAIL", "hs_object_source": "AUTOMATION_PLATFORM"}"#);
        assert!(matches!(
            mail.detail,
            Detail::Activity { automated: true, direction: Some(Direction::Outbound), .. }
        ));
    }
}
