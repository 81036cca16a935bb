//! Marketing's touches: form submissions from the contact's own property, e-mail events by recipient.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;

use crate::connectors::hubspot::wire::ObjectRecord;
use crate::connectors::hubspot::wire::marketing::EmailEvent;
use crate::domain::event::{Asset, Detail, Event, EventKind};
use crate::domain::lead_source::Channel;

use super::history::Subject;
use super::{Reader, value};

/// Titles of forms or e-mails by the id that events name them by.
pub(in crate::connectors::hubspot) type Titles = HashMap<String, Arc<str>>;

impl Reader<'_> {
    /// Every form the contact sent in.
    pub(in crate::connectors::hubspot) fn submissions(
        &self,
        subject: &Subject,
        record: &ObjectRecord,
        titles: &Titles,
    ) -> Vec<Event> {
        let entries = record.value("hs_calculated_form_submissions").into_iter().flat_map(value::stamped);
        let event = |(form, at): (&str, _)| {
            let detail = Detail::Touch {
                channel: self.options.form_channel,
                asset: Some(self.asset("form", form, titles)),
                url: None,
            };
            let event = self.event(subject, EventKind::FormSubmission, at, detail);
            Event { vendor_id: Some(Arc::from(format!("{form}:{}", at.timestamp_millis()))), ..event }
        };
        entries.map(event).collect()
    }

    /// An e-mail event; none for a robot's and for what says nothing about the person.
    pub(in crate::connectors::hubspot) fn email_event(
        &self,
        subject: &Subject,
        event: &EmailEvent,
        titles: &Titles,
    ) -> Option<Event> {
        let kind = kind(event).filter(|_| !event.filtered_event)?;
        let detail = Detail::Touch {
            channel: Channel::Email,
            asset: event.email_campaign_id.as_ref().map(|id| self.asset("email", id, titles)),
            url: event.url.as_deref().map(Arc::from),
        };
        let at = DateTime::from_timestamp_millis(event.created)?;
        let read = self.event(subject, kind, at, detail);
        // The id alone is shared by an event and those it caused.
        Some(Event { vendor_id: Some(Arc::from(format!("{}:{}", event.id, event.created))), ..read })
    }

    fn asset(&self, kind: &str, id: &str, titles: &Titles) -> Asset {
        Asset { key: self.key(kind, id), title: titles.get(id).cloned(), kind: Arc::from(kind) }
    }
}

fn kind(event: &EmailEvent) -> Option<EventKind> {
    Some(match event.kind.as_str() {
        "SENT" => EventKind::EmailSent,
        "DELIVERED" => EventKind::EmailDelivered,
        "OPEN" => EventKind::EmailOpened,
        "CLICK" => EventKind::EmailClicked,
        "BOUNCE" => EventKind::EmailBounced,
        "STATUSCHANGE" if event.unsubscribes() => EventKind::Unsubscribed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::connectors::hubspot::config::HubspotOptions;
    use crate::connectors::hubspot::object::Object;
    use crate::connectors::hubspot::wire::marketing::EmailEvents;
    use crate::domain::id::SourceName;

    #[test]
    fn robots_and_machinery_are_left_out() {
        let page: EmailEvents =
            serde_json::from_str(include_str!("../fixtures/email_events.json")).expect("the fixture is read");
        let (source, options) = (SourceName::new("marketing"), HubspotOptions::default());
        let fetched_at = DateTime::<Utc>::UNIX_EPOCH;
        let reader = Reader { source: &source, options: &options, details: None, fetched_at };
        let subject = reader.subject(Object::Contact, "501");
        let titles = Titles::from([("7001".to_owned(), Arc::from("March news"))]);
        let events: Vec<Event> =
            page.events.iter().filter_map(|event| reader.email_event(&subject, event, &titles)).collect();
        assert_eq!(
            events.iter().map(|event| event.kind).collect::<Vec<_>>(),
            [EventKind::EmailSent, EventKind::EmailOpened, EventKind::EmailClicked, EventKind::Unsubscribed]
        );
        assert_eq!(events[1].vendor_id.as_deref(), Some("e-2:1740000060000"));
        let Detail::Touch { channel, asset, url } = &events[2].detail else { panic!("a touch") };
        assert_eq!(*channel, Channel::Email);
        assert_eq!(asset.as_ref().and_then(|asset| asset.title.as_deref()), Some("March news"));
        assert_eq!(url.as_deref(), Some("https://www.example.com/pricing"));
    }
}
