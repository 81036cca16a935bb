//! Contacts.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::properties;
use crate::connectors::hubspot::wire::ObjectRecord;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::{PersonField, PersonRecord, PersonRole, PersonSelect, ScoreValue};
use crate::domain::select::Field;

use super::{Reader, custom_fields, value};

impl Reader<'_> {
    /// A contact as a person record.
    pub(in crate::connectors::hubspot) fn person(
        &self,
        record: &ObjectRecord,
        select: &PersonSelect,
    ) -> PersonRecord {
        let text = |property: &str| record.value(property).map(Arc::<str>::from);
        let vendor_stage = text("lifecyclestage");
        let references = &self.options.cross_references;
        PersonRecord {
            meta: self.meta(Object::Contact, record),
            role: PersonRole::Contact,
            first_name: text("firstname"),
            last_name: text("lastname"),
            email: text("email"),
            other_emails: other_emails(record).map(Arc::from).collect(),
            phone: text("phone"),
            mobile: text("mobilephone"),
            title: text("jobtitle"),
            company_name: text("company"),
            account: record.value("associatedcompanyid").map(|id| self.key("company", id)),
            owner: self.owner(record),
            stage: vendor_stage.as_deref().map(|stage| self.stage(stage)),
            vendor_stage,
            lead_source: self.lead_source(record),
            email_opt_out: record.value("hs_email_optout").and_then(value::flag),
            do_not_call: None,
            bounced: bounced(record),
            scores: self.scores(record),
            country: text("country"),
            state: text("state"),
            industry: text("industry"),
            employees: None,
            conversion: None,
            cross_references: self
                .cross_references(record, &[(&references.contact, "Contact"), (&references.lead, "Lead")]),
            custom: custom_fields(record, &self.options.fields.person),
            edits: self.edits(record, select),
        }
    }

    /// The unified stage; `Other` where the settings do not map the vendor's.
    pub(in crate::connectors::hubspot) fn stage(&self, vendor_stage: &str) -> LifecycleStage {
        self.options.stages.get(vendor_stage).copied().unwrap_or(LifecycleStage::Other)
    }

    fn scores(&self, record: &ObjectRecord) -> Vec<ScoreValue> {
        let score = |score: &crate::connectors::hubspot::config::ScoreProperty| {
            Some(ScoreValue {
                name: Arc::from(score.name()),
                kind: score.kind,
                value: value::number(record.value(&score.property)?)?,
                at: self.edit(Object::Contact, record, &[&score.property]).at,
            })
        };
        self.options.scores.iter().filter_map(score).collect()
    }

    fn edits(
        &self,
        record: &ObjectRecord,
        select: &PersonSelect,
    ) -> BTreeMap<PersonField, crate::domain::record::Edit> {
        PersonField::ALL
            .iter()
            .filter(|field| select.has_edit(**field))
            .map(|field| {
                let behind = properties::of_person(*field, self.options);
                (*field, self.edit(Object::Contact, record, &behind))
            })
            .collect()
    }
}

/// Every address of a contact that is not its primary one.
fn other_emails(record: &ObjectRecord) -> impl Iterator<Item = &str> {
    record.value("hs_additional_emails").into_iter().flat_map(value::choices)
}

/// Whether a contact has this address, as primary or further one. The vendor answers a question by address with either.
pub(in crate::connectors::hubspot) fn has_address(record: &ObjectRecord, address: &str) -> bool {
    record
        .value("email")
        .into_iter()
        .chain(other_emails(record))
        .any(|email| email.trim_matches(['<', '>']).to_lowercase() == address)
}

/// Whether mail to the primary address bounced; unknown where no mail was ever counted.
fn bounced(record: &ObjectRecord) -> Option<bool> {
    if record.value("hs_email_hard_bounce_reason_enum").is_some() {
        return Some(true);
    }
    Some(value::number(record.value("hs_email_bounce")?)? > Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::connectors::hubspot::config::HubspotOptions;
    use crate::connectors::hubspot::wire::BatchAnswer;
    use crate::connectors::hubspot::wire::account::AccountDetails;
    use crate::domain::custom::CustomValue;
    use crate::domain::id::{RecordKey, SourceName};
    use crate::domain::lead_source::Channel;

    const CONTACTS: &str = include_str!("../fixtures/contacts.json");

    fn options() -> HubspotOptions {
        toml::from_str(
            r#"
            integration_users = ["900"]
            [cross_references]
            source = "sales"
            [fields.person.tier]
            property = "tier"
            type = "TEXT"
            [fields.person.interests]
            property = "interests"
            type = "VALUES"
            "#,
        )
        .expect("good settings")
    }

    fn people(select: &PersonSelect) -> Vec<PersonRecord> {
        let answer: BatchAnswer<ObjectRecord> = serde_json::from_str(CONTACTS).expect("the fixture is read");
        let (source, options) = (SourceName::new("marketing"), options());
        let details: AccountDetails =
            serde_json::from_str(r#"{"portalId": 4242, "uiDomain": "app.hubspot.com"}"#).expect("details");
        let reader = Reader {
            source: &source,
            options: &options,
            details: Some(&details),
            fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        };
        answer.results.iter().map(|record| reader.person(record, select)).collect()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_contact_becomes_a_person_in_the_words_of_the_domain() {
        let ada = &people(&PersonSelect::everything())[0];
        assert_eq!(ada.meta.key.to_string(), "marketing:contact:501");
        assert_eq!(ada.meta.created_at, at("2025-01-02T00:00:00Z"));
        assert_eq!(ada.meta.updated_at, at("2025-03-01T09:00:00Z"));
        assert_eq!(ada.meta.url.as_deref(), Some("https://app.hubspot.com/contacts/4242/record/0-1/501"));
        assert_eq!(ada.email.as_deref(), Some("ada@example.com"));
        assert_eq!(ada.other_emails, [Arc::from("ada@old.example"), Arc::from("a.l@example.org")]);
        assert_eq!(ada.account.as_ref().map(ToString::to_string).as_deref(), Some("marketing:company:77"));
        assert_eq!(ada.owner.as_ref().map(ToString::to_string).as_deref(), Some("marketing:owner:41"));
        assert_eq!(ada.stage, Some(LifecycleStage::Mql));
        assert_eq!(ada.email_opt_out, Some(true));
        assert_eq!(ada.bounced, Some(false));
        let source = ada.lead_source.as_ref().expect("a source");
        assert_eq!((source.channel, source.is_marketing), (Channel::PaidSearch, true));
        assert_eq!(source.detail.as_deref(), Some("spring-sale / crm software"));
        assert_eq!(ada.scores[0].value, Decimal::from(87));
        assert_eq!(ada.custom["tier"], CustomValue::Text("gold".into()));
        assert_eq!(ada.custom["interests"], CustomValue::Values(vec!["crm".into(), "bi".into()]));
    }

    #[test]
    fn merged_ids_come_from_both_markers() {
        // The identity rules' case I6: the losers are 11 and 12, and 11 is told twice.
        let ids = &people(&PersonSelect::default())[0].meta.merged_ids;
        assert_eq!(*ids, [Arc::from("11"), Arc::from("12")]);
    }

    #[test]
    fn cross_references_name_the_sales_source_in_canonical_form() {
        let sales = SourceName::new("sales");
        let references = &people(&PersonSelect::default())[0].cross_references;
        assert_eq!(
            *references,
            [
                RecordKey::new(&sales, "Contact", "0035e00000XyZaBAAV"),
                RecordKey::new(&sales, "Lead", "00Q5e000001AbCdEAK")
            ]
        );
    }

    #[test]
    fn an_edit_is_the_newest_version_and_knows_a_sync() {
        let mut select = PersonSelect::default();
        for field in [PersonField::Title, PersonField::Phone, PersonField::FirstName, PersonField::LastName] {
            select.add_with_edit(field);
        }
        let edits = &people(&select)[0].edits;
        assert_eq!(edits[&PersonField::Title].at, at("2025-03-01T08:00:00Z"));
        assert!(!edits[&PersonField::Title].by_integration);
        assert_eq!(edits[&PersonField::Title].by.as_ref().map(|user| &*user.id), Some("123"));
        assert!(edits[&PersonField::Phone].by_integration, "written by the sync");
        assert!(edits[&PersonField::LastName].by_integration, "written by an integration user");
        assert_eq!(edits[&PersonField::FirstName].at, at("2025-03-01T09:00:00Z"), "never tracked");
        assert_eq!(edits[&PersonField::FirstName].by, None);
    }

    #[test]
    fn a_bare_contact_has_nothing_but_its_keys() {
        let bare = &people(&PersonSelect::everything())[1];
        assert_eq!(bare.email, None);
        assert_eq!((bare.stage, bare.email_opt_out, bare.bounced), (None, None, None));
        assert!(bare.cross_references.is_empty() && bare.scores.is_empty() && bare.lead_source.is_none());
        assert_eq!(bare.meta.deleted_at, Some(at("2025-02-03T00:00:00Z")));
    }

    #[test]
    fn a_stage_nobody_mapped_is_other_and_keeps_its_name() {
        let odd = &people(&PersonSelect::everything())[2];
        assert_eq!((odd.stage, odd.vendor_stage.as_deref()), (Some(LifecycleStage::Other), Some("51234")));
        assert_eq!(odd.bounced, Some(true));
    }
}
