//! One person from many records.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::custom::CustomValue;
use crate::domain::email;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::{PersonField, PersonRecord, ScoreValue};
use crate::domain::phone;
use crate::domain::record::SourceInfo;
use crate::unify::identity::cluster::Cluster;
use crate::unify::source_order::SourceOrder;

use super::believed::Believed;
use super::blank::{folded, said};
pub use super::person_field::{MergedPersonField, needs_edit, with_needed_edits};
use super::provenance::{Provenance, SurvivorshipStrategy};
use super::same::Same;
use super::stage::{self, Return};
use super::weigh::{Say, Weighed, earliest, most_recent_edit, put_first};

/// A person as the gateway shows them. A field that no record holds, or that was not asked for, is none.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedPerson {
    /// Given and family name together.
    pub display_name: Option<Arc<str>>,
    /// Given name.
    pub first_name: Option<Arc<str>>,
    /// Family name.
    pub last_name: Option<Arc<str>>,
    /// Primary address, normalised.
    pub email: Option<Arc<str>>,
    /// Every address of every record, the primary one first.
    pub emails: Vec<MergedEmail>,
    /// Business phone.
    pub phone: Option<Arc<str>>,
    /// Mobile phone.
    pub mobile: Option<Arc<str>>,
    /// Job title.
    pub title: Option<Arc<str>>,
    /// The account a record names; see [`account_of`](crate::unify::identity::accounts::account_of) for the whole rule.
    pub account: Option<RecordKey>,
    /// The owning user or queue.
    pub owner: Option<RecordKey>,
    /// Where they stand.
    pub lifecycle_stage: Option<LifecycleStage>,
    /// How they first came to be known.
    pub original_source: Option<LeadSource>,
    /// Every score of every record.
    pub scores: Vec<MergedScore>,
    /// What they allow.
    pub consent: MergedConsent,
    /// Country.
    pub country: Option<Arc<str>>,
    /// State or region within the country.
    pub state: Option<Arc<str>>,
    /// Industry of their company.
    pub industry: Option<Arc<str>>,
    /// Employees of their company.
    pub employees: Option<i64>,
    /// Fields of the company's own, by their configured key.
    pub custom: BTreeMap<Arc<str>, CustomValue>,
    /// Creation of the oldest record.
    pub created_at: DateTime<Utc>,
    /// Latest change of any record.
    pub updated_at: DateTime<Utc>,
}

/// One address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedEmail {
    /// Normalised.
    pub address: Arc<str>,
    /// The address the person is written to.
    pub is_primary: bool,
    /// The sources that hold it, in their order.
    pub sources: Vec<SourceName>,
}

/// One score of a person and the record that keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedScore {
    /// The score.
    pub score: ScoreValue,
    /// Where it is kept.
    pub record: RecordKey,
}

/// What a person allows: the strictest word of any record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergedConsent {
    /// Asked not to be e-mailed.
    pub email_opt_out: Option<bool>,
    /// Asked not to be called.
    pub do_not_call: Option<bool>,
    /// Mail bounced.
    pub bounced: Option<bool>,
    /// The record whose word it is, where one forbids something.
    pub strictest: Option<RecordKey>,
}

/// Merges the records of a person. `returns` are returns to nurture and disqualifications recorded outside the
/// vendors' records.
pub fn merge_person(
    cluster: &Cluster,
    sources: &[SourceInfo],
    same: &Same,
    returns: &[Return],
) -> MergedPerson {
    let order = SourceOrder::new(sources);
    let records = Records::of(cluster, &order, same);
    let first_name = records.first_name().value();
    let last_name = records.last_name().value();
    let primary = records.email().value();
    let names: Vec<&str> = [&first_name, &last_name].into_iter().flatten().map(AsRef::as_ref).collect();
    MergedPerson {
        display_name: (!names.is_empty()).then(|| Arc::from(names.join(" "))),
        emails: records.emails(primary.as_ref()),
        email: primary,
        first_name,
        last_name,
        phone: records.phone().value(),
        mobile: records.mobile().value(),
        title: records.title().value(),
        account: records.account().value(),
        owner: records.owner().value(),
        lifecycle_stage: records.stage(returns).value(),
        original_source: records.original_source().value(),
        scores: records.scores(),
        consent: records.consent(),
        country: records.believed.text(|it| it.country.as_ref()).value(),
        state: records.believed.text(|it| it.state.as_ref()).value(),
        industry: records.believed.text(|it| it.industry.as_ref()).value(),
        employees: records.believed.plain(|it| it.employees).value(),
        custom: records.believed.custom(|it| &it.custom),
        created_at: records.created_at().value().expect("a cluster has at least one record"),
        updated_at: records.updated_at().value().expect("a cluster has at least one record"),
    }
}

/// Where a field's value came from; none where no record holds one.
pub fn person_provenance(
    cluster: &Cluster,
    sources: &[SourceInfo],
    same: &Same,
    returns: &[Return],
    field: MergedPersonField,
) -> Option<Provenance<MergedPersonField>> {
    let order = SourceOrder::new(sources);
    let records = Records::of(cluster, &order, same);
    match field {
        MergedPersonField::FirstName => records.first_name().provenance(field),
        MergedPersonField::LastName => records.last_name().provenance(field),
        MergedPersonField::Email => records.email().provenance(field),
        MergedPersonField::Phone => records.phone().provenance(field),
        MergedPersonField::Mobile => records.mobile().provenance(field),
        MergedPersonField::Title => records.title().provenance(field),
        MergedPersonField::Account => records.account().provenance(field),
        MergedPersonField::Owner => records.owner().provenance(field),
        MergedPersonField::LifecycleStage => records.stage(returns).provenance(field),
        MergedPersonField::OriginalSource => records.original_source().provenance(field),
        MergedPersonField::EmailOptOut => records.strictest(|it| it.email_opt_out).provenance(field),
        MergedPersonField::DoNotCall => records.strictest(|it| it.do_not_call).provenance(field),
        MergedPersonField::Bounced => records.strictest(|it| it.bounced).provenance(field),
        MergedPersonField::CreatedAt => records.created_at().provenance(field),
        MergedPersonField::UpdatedAt => records.updated_at().provenance(field),
    }
}

/// The records of a person; within a source contacts come before open leads and those before converted ones, and the
/// record that was modified last comes first.
struct Records<'a> {
    believed: Believed<'a, PersonRecord>,
    same: &'a Same,
}

impl<'a> Records<'a> {
    fn of(cluster: &'a Cluster, order: &SourceOrder<'_>, same: &'a Same) -> Self {
        let believed = Believed::of(cluster, order, |it: &PersonRecord| {
            (Reverse(it.role), it.conversion.is_some(), Reverse(it.meta.updated_at))
        });
        Self { believed, same }
    }

    /// Adds when each record's field was last set.
    fn edited<T>(&self, field: PersonField, mut says: Vec<Say<T>>) -> Vec<Say<T>> {
        for say in &mut says {
            let record = self.believed.records.iter().find(|it| it.meta.key == say.record);
            say.edit = record.and_then(|it| it.edits.get(&field)).cloned();
        }
        says
    }

    fn latest_text(
        &self,
        field: PersonField,
        text: impl Fn(&PersonRecord) -> Option<&Arc<str>>,
        compare: impl Fn(&str) -> String,
    ) -> Weighed<Arc<str>> {
        let says = self.believed.says(|it| {
            let value = said(text(it))?;
            let compared = compare(&value);
            Some((value.clone(), value, Some(compared)))
        });
        most_recent_edit(self.edited(field, says))
    }

    fn first_name(&self) -> Weighed<Arc<str>> {
        self.latest_text(PersonField::FirstName, |it| it.first_name.as_ref(), folded)
    }

    fn last_name(&self) -> Weighed<Arc<str>> {
        self.latest_text(PersonField::LastName, |it| it.last_name.as_ref(), folded)
    }

    fn title(&self) -> Weighed<Arc<str>> {
        self.latest_text(PersonField::Title, |it| it.title.as_ref(), folded)
    }

    fn phone(&self) -> Weighed<Arc<str>> {
        self.latest_text(PersonField::Phone, |it| it.phone.as_ref(), compared_phone)
    }

    fn mobile(&self) -> Weighed<Arc<str>> {
        self.latest_text(PersonField::Mobile, |it| it.mobile.as_ref(), compared_phone)
    }

    fn email(&self) -> Weighed<Arc<str>> {
        let says = self.believed.says(|it| {
            let address = email::normalise(it.email.as_deref()?)?;
            Some((address.clone(), address.clone(), Some(address.to_string())))
        });
        most_recent_edit(self.edited(PersonField::Email, says))
    }

    fn emails(&self, primary: Option<&Arc<str>>) -> Vec<MergedEmail> {
        let mut emails: Vec<MergedEmail> = Vec::new();
        for record in &self.believed.records {
            let own = record.email.iter().chain(&record.other_emails);
            for address in own.filter_map(|raw| email::normalise(raw)) {
                let source = record.meta.key.source.clone();
                match emails.iter_mut().find(|it| it.address == address) {
                    Some(held) if held.sources.contains(&source) => {}
                    Some(held) => held.sources.push(source),
                    None => {
                        let is_primary = primary == Some(&address);
                        emails.push(MergedEmail { address, is_primary, sources: vec![source] });
                    }
                }
            }
        }
        emails.sort_by_key(|it| !it.is_primary);
        emails
    }

    fn account(&self) -> Weighed<RecordKey> {
        self.key(PersonField::Account, |it| it.account.as_ref())
    }

    fn owner(&self) -> Weighed<RecordKey> {
        self.key(PersonField::Owner, |it| it.owner.as_ref())
    }

    fn key(
        &self,
        field: PersonField,
        key: impl Fn(&PersonRecord) -> Option<&RecordKey>,
    ) -> Weighed<RecordKey> {
        let Weighed { strategy, says } = self.believed.key(self.same, key);
        Weighed { strategy, says: self.edited(field, says) }
    }

    fn stage(&self, returns: &[Return]) -> Weighed<LifecycleStage> {
        stage::furthest(&self.believed.records, returns)
    }

    fn original_source(&self) -> Weighed<LeadSource> {
        let says = self.believed.says(|it| {
            let source = it.lead_source.clone()?;
            let written = said(source.sub_channel.as_ref());
            if source.channel == Channel::Unknown && written.is_none() {
                return None;
            }
            // Two vendors never write alike: channels are what they have in common. A word that is mapped to none is
            // compared with nothing.
            let channel = source.channel;
            let is_mapped = channel != Channel::Unknown;
            let text = written.filter(|_| !is_mapped).unwrap_or_else(|| Arc::from(channel.name()));
            Some((source, text, is_mapped.then(|| channel.name().to_owned())))
        });
        earliest(self.edited(PersonField::OriginalSource, says))
    }

    fn scores(&self) -> Vec<MergedScore> {
        let kept = self.believed.records.iter().flat_map(|it| {
            it.scores.iter().map(|score| MergedScore { score: score.clone(), record: it.meta.key.clone() })
        });
        kept.collect()
    }

    /// MOST_RESTRICTIVE: the first record that forbids, else the first that says anything.
    fn strictest(&self, forbids: impl Fn(&PersonRecord) -> Option<bool>) -> Weighed<bool> {
        let says = self.believed.says(|it| {
            let forbids = forbids(it)?;
            Some((forbids, Arc::from(forbids.to_string()), Some(forbids.to_string())))
        });
        let says = self.edited(PersonField::Consent, says);
        let winner = says.iter().position(|say| say.value);
        put_first(SurvivorshipStrategy::MostRestrictive, says, winner)
    }

    fn consent(&self) -> MergedConsent {
        let words = [
            self.strictest(|it| it.email_opt_out),
            self.strictest(|it| it.do_not_call),
            self.strictest(|it| it.bounced),
        ];
        let strictest = words.iter().filter_map(|word| word.says.first()).find(|say| say.value);
        let strictest = strictest.map(|say| say.record.clone());
        let [email_opt_out, do_not_call, bounced] = words.map(Weighed::value);
        MergedConsent { email_opt_out, do_not_call, bounced, strictest }
    }

    /// The instants are never in conflict: every record has its own.
    fn created_at(&self) -> Weighed<DateTime<Utc>> {
        earliest(
            self.believed
                .says(|it| Some((it.meta.created_at, Arc::from(it.meta.created_at.to_rfc3339()), None))),
        )
    }

    fn updated_at(&self) -> Weighed<DateTime<Utc>> {
        let says = self
            .believed
            .says(|it| Some((it.meta.updated_at, Arc::from(it.meta.updated_at.to_rfc3339()), None)));
        let latest = says.iter().enumerate().max_by_key(|(nth, say)| (say.value, Reverse(*nth)));
        let latest = latest.map(|(nth, _)| nth);
        put_first(SurvivorshipStrategy::Latest, says, latest)
    }
}

/// A number is compared by its digits with the country code; a text that is none, as text.
fn compared_phone(text: &str) -> String {
    phone::comparable(text).unwrap_or_else(|| folded(text))
}
