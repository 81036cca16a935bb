//! History: what the vendor wrote down about a record becomes events.

pub(super) mod activity;
pub(in super::super) mod change;
pub(in super::super) mod opportunity;
pub(super) mod touch;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::domain::event::{Detail, Event, EventKind, Precision};
use crate::domain::id::RecordKey;

use super::super::id::object_of;
use super::super::wire::Id;
use super::Mapping;

/// Whose history is told.
#[derive(Clone, Debug)]
pub(in super::super) struct Subject {
    /// The record itself.
    pub(in super::super) key: RecordKey,
    /// The account of an opportunity.
    pub(in super::super) account: Option<RecordKey>,
}

impl Mapping<'_> {
    /// An event about a subject at an instant known to the second; what differs is set by the caller.
    fn event(&self, subject: &Subject, kind: EventKind, at: DateTime<Utc>, detail: Detail) -> Event {
        let is = |objects: &[&str]| objects.contains(&&*subject.key.object).then(|| subject.key.clone());
        Event {
            kind,
            occurred_at: at,
            precision: Precision::Second,
            recorded_at: None,
            observed_at: self.read_at,
            source: subject.key.clone(),
            vendor_id: None,
            person: is(&["Lead", "Contact"]),
            account: is(&["Account"]).or_else(|| subject.account.clone()),
            opportunity: is(&["Opportunity"]),
            campaign: None,
            actor: None,
            by_integration: false,
            detail,
        }
    }

    /// Says who did it.
    fn by(&self, event: Event, user: Option<&Id>) -> Event {
        Event {
            actor: user.map(|user| self.user_key(user)),
            by_integration: user.is_some_and(|user| self.options.is_integration(&user.0)),
            ..event
        }
    }

    /// Says that only the day is known: the event stands at its end.
    fn on_day(&self, event: Event, day: NaiveDate) -> Event {
        Event { occurred_at: end_of(day, self.options.time_zone), precision: Precision::Day, ..event }
    }

    /// The canonical name of a column, the one the settings name for reasons of loss among them.
    fn field_named(&self, object: &str, column: &str) -> Arc<str> {
        let is_loss_reason = object == "Opportunity" && self.options.loss_reason.as_deref() == Some(column);
        if is_loss_reason { Arc::from("lossReason") } else { canonical_field(object, column) }
    }

    /// The key of a record whose object its id tells.
    fn key_by_prefix(&self, id: &Id, objects: &[&str]) -> Option<RecordKey> {
        let object = object_of(&id.0).filter(|object| objects.contains(object))?;
        Some(self.key(object, id))
    }
}

/// The last millisecond of a day.
fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let local = zone.from_local_datetime(&midnight).earliest().map(|at| at.with_timezone(&Utc));
    // Where clocks jump over midnight, the offset of an hour later serves.
    let later = || zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest();
    let begun = local.or_else(|| later().map(|at| at.with_timezone(&Utc) - TimeDelta::hours(1)));
    begun.unwrap_or_else(|| midnight.and_utc()) - TimeDelta::milliseconds(1)
}

/// The canonical name of a column; a field Leadline does not know keeps the vendor's.
fn canonical_field(object: &str, column: &str) -> Arc<str> {
    let name = match (object, column) {
        (_, "FirstName") => "firstName",
        (_, "LastName") => "lastName",
        (_, "Email") => "email",
        (_, "Phone") => "phone",
        (_, "MobilePhone") => "mobile",
        (_, "Title") => "title",
        (_, "Owner" | "OwnerId" | "ownerAssignment" | "ownerAccepted") => "owner",
        (_, "Account" | "AccountId") => "account",
        ("Opportunity", "LeadSource") => "leadSource",
        (_, "LeadSource") => "originalSource",
        (_, "HasOptedOutOfEmail") => "emailOptOut",
        (_, "DoNotCall") => "doNotCall",
        (_, "EmailBouncedDate" | "IsEmailBounced") => "bounced",
        ("Account" | "Opportunity", "Name") => "name",
        (_, "Name") => "displayName",
        (_, "Website") => "domains",
        (_, "Industry") => "industry",
        (_, "NumberOfEmployees") => "employees",
        (_, "AnnualRevenue") => "annualRevenue",
        (_, "Country" | "MailingCountry" | "BillingCountry") => "country",
        (_, "State" | "MailingState" | "BillingState") => "state",
        (_, "Amount") => "amount",
        (_, "Probability") => "probability",
        (_, "CloseDate") => "closeDate",
        (_, other) => other,
    };
    Arc::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_in_its_own_zone() {
        let day = NaiveDate::from_ymd_opt(2025, 3, 30).expect("a day");
        assert_eq!(end_of(day, Tz::UTC).to_rfc3339(), "2025-03-30T23:59:59.999+00:00");
        assert_eq!(end_of(day, Tz::Europe__Berlin).to_rfc3339(), "2025-03-30T21:59:59.999+00:00");
        assert_eq!(end_of(day, Tz::America__New_York).to_rfc3339(), "2025-03-31T03:59:59.999+00:00");
    }
}
