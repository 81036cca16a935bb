//! What marketing's campaigns did with a person: joining one, and answering it.

use crate::domain::event::{Detail, Event, EventKind, Precision};
use crate::domain::lead_source::Channel;

use super::super::super::wire::CampaignMember;
use super::super::Mapping;
use super::Subject;

impl Mapping<'_> {
    /// The events of one membership, as part of a person's history.
    pub(in super::super::super) fn touches(&self, member: &CampaignMember, subject: &Subject) -> Vec<Event> {
        let kind = member.campaign.as_ref().and_then(|campaign| campaign.r#type.as_deref());
        let channel = kind.map_or(Channel::Unknown, |kind| self.options.campaign_channel(kind));
        let told = |kind: EventKind| {
            let detail = Detail::Touch { channel, asset: None, url: None };
            let event = self.event(subject, kind, member.created_date.0, detail);
            Event {
                source: self.key("CampaignMember", &member.id),
                vendor_id: Some(member.id.0.clone()),
                campaign: Some(self.key("Campaign", &member.campaign_id)),
                ..event
            }
        };
        let mut events = vec![self.by(told(EventKind::CampaignJoined), member.created_by_id.as_ref())];
        if member.has_responded {
            // The person answered; whoever wrote it down did not.
            let event = told(EventKind::CampaignResponded);
            events.push(match member.first_responded_date {
                Some(day) => self.on_day(event, day),
                None => Event { precision: Precision::Day, ..event },
            });
        }
        events
    }
}
