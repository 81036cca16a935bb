//! One marketing interaction. Source: domain guide §7.

use serde::{Deserialize, Serialize};

use super::super::event::EventKind;
use super::super::lead_source::Channel;
use super::{CampaignFact, Ix, Moment, PersonFact, Text};

/// One marketing interaction by a person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TouchFact {
    /// When.
    pub when: Moment,
    /// Whose.
    pub person: Ix<PersonFact>,
    /// The campaign it belongs to.
    pub campaign: Option<Ix<CampaignFact>>,
    /// The form, e-mail or page: the text of its key.
    pub asset: Option<Text>,
    /// What kind of interaction.
    pub kind: EventKind,
    /// Through which channel.
    pub channel: Channel,
    /// May earn credit: its kind is on the list and no machine made it.
    pub is_eligible: bool,
}

impl TouchFact {
    /// Whether interactions of this kind may earn credit: forms, ad clicks, e-mail clicks, page views of a tracked
    /// campaign, campaign responses, events attended, downloads. E-mail sent, delivered or opened is history only.
    pub fn kind_is_eligible(kind: EventKind, has_campaign: bool) -> bool {
        match kind {
            EventKind::FormSubmission
            | EventKind::AdClick
            | EventKind::EmailClicked
            | EventKind::CampaignResponded
            | EventKind::EventAttended
            | EventKind::ContentDownloaded => true,
            EventKind::PageView => has_campaign,
            _ => false,
        }
    }
}
