//! Leads and contacts become person records: the split between the two ends here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::person::{Conversion, PersonField, PersonRecord, PersonRole, PersonSelect};
use crate::domain::select::Field;

use super::super::wire::{Contact, Lead};
use super::{Mapping, Stamps, count, custom};

/// What always travels of a lead: identity needs it.
pub(in super::super) const LEAD_ALWAYS: &[&str] = &[
    "Id",
    "IsDeleted",
    "MasterRecordId",
    "CreatedDate",
    "SystemModstamp",
    "Email",
    "IsConverted",
    "ConvertedDate",
    "ConvertedAccountId",
    "ConvertedContactId",
    "ConvertedOpportunityId",
];

/// What always travels of a contact.
pub(in super::super) const CONTACT_ALWAYS: &[&str] =
    &["Id", "IsDeleted", "MasterRecordId", "CreatedDate", "SystemModstamp", "Email", "AccountId"];

/// The columns of a lead that hold a field.
pub(in super::super) fn lead_columns(field: PersonField) -> &'static [&'static str] {
    match field {
        PersonField::FirstName => &["FirstName"],
        PersonField::LastName => &["LastName"],
        PersonField::Email => &["Email"],
        PersonField::Phone => &["Phone"],
        PersonField::Mobile => &["MobilePhone"],
        PersonField::Title => &["Title"],
        PersonField::Account => &["Company"],
        PersonField::Owner => &["OwnerId"],
        PersonField::LifecycleStage => &["Status"],
        PersonField::OriginalSource => &["LeadSource"],
        PersonField::Consent => &["HasOptedOutOfEmail", "DoNotCall", "EmailBouncedDate"],
        PersonField::Territory => &["Country", "State", "Industry", "NumberOfEmployees"],
        PersonField::OtherEmails | PersonField::Scores => &[],
    }
}

/// The columns of a contact that hold a field.
pub(in super::super) fn contact_columns(field: PersonField) -> &'static [&'static str] {
    match field {
        PersonField::FirstName => &["FirstName"],
        PersonField::LastName => &["LastName"],
        PersonField::Email => &["Email"],
        PersonField::Phone => &["Phone"],
        PersonField::Mobile => &["MobilePhone"],
        PersonField::Title => &["Title"],
        PersonField::Account => &["AccountId"],
        PersonField::Owner => &["OwnerId"],
        PersonField::OriginalSource => &["LeadSource"],
        PersonField::Consent => &["HasOptedOutOfEmail", "DoNotCall", "IsEmailBounced"],
        PersonField::Territory => &["MailingCountry", "MailingState"],
        PersonField::OtherEmails | PersonField::LifecycleStage | PersonField::Scores => &[],
    }
}

impl Mapping<'_> {
    /// A lead.
    pub(in super::super) fn lead(
        &self,
        row: &Value,
        select: &PersonSelect,
    ) -> Result<PersonRecord, serde_json::Error> {
        let lead = Lead::deserialize(row)?;
        let stamps = Stamps {
            id: &lead.id,
            is_deleted: lead.is_deleted,
            master: lead.master_record_id.as_ref(),
            created: lead.created_date,
            modified: lead.system_modstamp,
        };
        let account = self.optional_key("Account", lead.converted_account_id.as_ref());
        let conversion = lead.is_converted.then(|| Conversion {
            contact: self.optional_key("Contact", lead.converted_contact_id.as_ref()),
            account: account.clone(),
            opportunity: self.optional_key("Opportunity", lead.converted_opportunity_id.as_ref()),
            on: lead.converted_date,
        });
        let mut edits = BTreeMap::new();
        for field in PersonField::ALL.iter().copied().filter(|field| select.has_edit(*field)) {
            let columns = lead_columns(field);
            let (at, by) = (lead.last_modified_date, lead.last_modified_by_id.as_ref());
            let edit = self.edit(columns, lead.histories.as_ref(), at, by);
            edits.extend(edit.map(|edit| (field, edit)));
        }
        let custom = custom(&self.options.fields.person, select.custom(), row);
        Ok(PersonRecord {
            meta: self.meta("Lead", &stamps),
            role: PersonRole::Lead,
            first_name: lead.first_name,
            last_name: lead.last_name,
            email: lead.email,
            other_emails: Vec::new(),
            phone: lead.phone,
            mobile: lead.mobile_phone,
            title: lead.title,
            company_name: lead.company,
            account,
            owner: lead.owner_id.as_ref().map(|owner| self.user_key(owner)),
            stage: lead.status.as_deref().map(|status| self.options.stage(status)),
            vendor_stage: lead.status,
            lead_source: lead.lead_source.as_ref().and_then(|source| self.source_of(source)),
            email_opt_out: lead.has_opted_out_of_email,
            do_not_call: lead.do_not_call,
            bounced: select.has(PersonField::Consent).then_some(lead.email_bounced_date.is_some()),
            scores: Vec::new(),
            country: lead.country,
            state: lead.state,
            industry: lead.industry,
            employees: count(lead.number_of_employees),
            conversion,
            cross_references: Vec::new(),
            custom,
            edits,
        })
    }

    /// A contact.
    pub(in super::super) fn contact(
        &self,
        row: &Value,
        select: &PersonSelect,
    ) -> Result<PersonRecord, serde_json::Error> {
        let contact = Contact::deserialize(row)?;
        let stamps = Stamps {
            id: &contact.id,
            is_deleted: contact.is_deleted,
            master: contact.master_record_id.as_ref(),
            created: contact.created_date,
            modified: contact.system_modstamp,
        };
        let mut edits = BTreeMap::new();
        for field in PersonField::ALL.iter().copied().filter(|field| select.has_edit(*field)) {
            let columns = contact_columns(field);
            let (at, by) = (contact.last_modified_date, contact.last_modified_by_id.as_ref());
            let edit = self.edit(columns, contact.histories.as_ref(), at, by);
            edits.extend(edit.map(|edit| (field, edit)));
        }
        let custom = custom(&self.options.fields.person, select.custom(), row);
        Ok(PersonRecord {
            meta: self.meta("Contact", &stamps),
            role: PersonRole::Contact,
            first_name: contact.first_name,
            last_name: contact.last_name,
            email: contact.email,
            other_emails: Vec::new(),
            phone: contact.phone,
            mobile: contact.mobile_phone,
            title: contact.title,
            company_name: None,
            account: self.optional_key("Account", contact.account_id.as_ref()),
            owner: contact.owner_id.as_ref().map(|owner| self.user_key(owner)),
            vendor_stage: None,
            stage: None,
            lead_source: contact.lead_source.as_ref().and_then(|source| self.source_of(source)),
            email_opt_out: contact.has_opted_out_of_email,
            do_not_call: contact.do_not_call,
            bounced: contact.is_email_bounced,
            scores: Vec::new(),
            country: contact.mailing_country,
            state: contact.mailing_state,
            industry: None,
            employees: None,
            conversion: None,
            cross_references: Vec::new(),
            custom,
            edits,
        })
    }
}
