//! What sellers did: calls, e-mails and tasks are all tasks to the vendor, meetings are its events.

use chrono::{DateTime, Utc};

use crate::domain::event::{Detail, Direction, Event, EventKind};

use super::super::super::wire::{self, Id, Task};
use super::super::Mapping;
use super::Subject;

/// The parts tasks and meetings have in common.
struct Links<'a> {
    who: Option<&'a Id>,
    what: Option<&'a Id>,
    account: Option<&'a Id>,
    owner: Option<&'a Id>,
    author: Option<&'a Id>,
}

impl Mapping<'_> {
    /// A call, an e-mail or a task.
    pub(in super::super::super) fn task(&self, task: &Task, subject: &Subject) -> Event {
        let subtype = task.task_subtype.as_deref().unwrap_or_default();
        let is_call = subtype == "Call" || task.call_type.is_some();
        let kind = match subtype {
            _ if is_call => EventKind::Call,
            "Email" | "ListEmail" => EventKind::SalesEmail,
            _ => EventKind::Task,
        };
        let direction = match (kind, task.call_type.as_deref()) {
            (EventKind::Call, Some("Inbound")) => Some(Direction::Inbound),
            (EventKind::Call, Some("Outbound")) | (EventKind::SalesEmail, _) => Some(Direction::Outbound),
            _ => None,
        };
        let by_machine = task.created_by_id.as_ref().is_some_and(|by| self.options.is_integration(&by.0));
        let is_mailing = subtype == "ListEmail";
        let detail = Detail::Activity {
            direction,
            outcome: task.call_disposition.clone().filter(|_| is_call).or_else(|| task.status.clone()),
            duration_seconds: task.call_duration_in_seconds.filter(|_| is_call),
            automated: is_mailing || (kind == EventKind::SalesEmail && by_machine),
            subject: task.subject.clone(),
            body: task.description.clone(),
        };
        let written = task.created_date.0;
        let links = Links {
            who: task.who_id.as_ref(),
            what: task.what_id.as_ref(),
            account: task.account_id.as_ref(),
            owner: task.owner_id.as_ref(),
            author: task.created_by_id.as_ref(),
        };
        let done = task.completed_date_time.map(|at| at.0);
        let event = self.event(subject, kind, done.unwrap_or(written), detail);
        let event = match (done, task.activity_date) {
            // Done on its day, as far as is known; what is not done happened when it was written down.
            (None, Some(day)) if task.is_closed => self.on_day(event, day),
            _ => event,
        };
        self.linked(event, "Task", &task.id, &links, written)
    }

    /// A meeting.
    pub(in super::super::super) fn meeting(&self, meeting: &wire::Event, subject: &Subject) -> Event {
        let kind = match meeting.event_subtype.as_deref() {
            Some("Call") => EventKind::Call,
            _ => EventKind::Meeting,
        };
        let detail = Detail::Activity {
            direction: None,
            outcome: None,
            duration_seconds: meeting.duration_in_minutes.map(|minutes| minutes * 60),
            automated: false,
            subject: meeting.subject.clone(),
            body: meeting.description.clone(),
        };
        let written = meeting.created_date.0;
        let links = Links {
            who: meeting.who_id.as_ref(),
            what: meeting.what_id.as_ref(),
            account: meeting.account_id.as_ref(),
            owner: meeting.owner_id.as_ref(),
            author: meeting.created_by_id.as_ref(),
        };
        let starts = meeting.start_date_time.filter(|_| !meeting.is_all_day_event);
        let event = self.event(subject, kind, starts.map_or(written, |at| at.0), detail);
        let event = match (starts, meeting.activity_date) {
            (None, Some(day)) => self.on_day(event, day),
            _ => event,
        };
        self.linked(event, "Event", &meeting.id, &links, written)
    }

    fn linked(
        &self,
        event: Event,
        object: &str,
        id: &Id,
        links: &Links<'_>,
        written: DateTime<Utc>,
    ) -> Event {
        let by_prefix = |id: Option<&Id>, objects: &[&str]| id.and_then(|id| self.key_by_prefix(id, objects));
        let account =
            || by_prefix(links.what, &["Account"]).or_else(|| by_prefix(links.account, &["Account"]));
        let author = links.author.is_some_and(|by| self.options.is_integration(&by.0));
        let recorded_at = (written != event.occurred_at).then_some(written);
        Event {
            source: self.key(object, id),
            vendor_id: Some(id.0.clone()),
            recorded_at,
            person: event.person.or_else(|| by_prefix(links.who, &["Lead", "Contact"])),
            account: event.account.or_else(account),
            opportunity: event.opportunity.or_else(|| by_prefix(links.what, &["Opportunity"])),
            actor: links.owner.map(|owner| self.user_key(owner)),
            by_integration: author,
            ..event
        }
    }
}
