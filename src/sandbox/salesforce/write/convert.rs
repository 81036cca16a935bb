//! Converting a lead: an account, a contact and perhaps an opportunity come of it, and it can be changed no more.

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Map, Value as Json, json};

use super::super::error::Refusal;
use super::super::id::RecordId;
use super::super::schema::ObjectNo;
use super::super::store::{RowNo, Value};
use super::Writer;

/// What to make of a lead.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Conversion {
    pub(in super::super) lead: String,
    pub(in super::super) status: String,
    pub(in super::super) account: Option<String>,
    pub(in super::super) contact: Option<String>,
    pub(in super::super) owner: Option<String>,
    pub(in super::super) opportunity_name: Option<String>,
    pub(in super::super) without_opportunity: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Converted {
    pub(in super::super) account: RecordId,
    pub(in super::super) contact: RecordId,
    pub(in super::super) opportunity: Option<RecordId>,
}

impl Writer<'_> {
    /// Converts a lead, or changes nothing.
    pub(in super::super) fn convert(&mut self, conversion: &Conversion) -> Result<Converted, Refusal> {
        let before = self.store.savepoint();
        let outcome = self.try_convert(conversion);
        if outcome.is_err() {
            self.store.roll_back(before);
        }
        outcome
    }

    fn try_convert(&mut self, conversion: &Conversion) -> Result<Converted, Refusal> {
        let leads = self.store.schema.known("Lead");
        let lead = self.existing(leads, &conversion.lead)?;
        if self.store.named(leads, lead, "IsConverted") == Value::Bool(true) {
            return Err(Refusal::bad("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"));
        }
        self.check_status(&conversion.status)?;
        let text = |writer: &Self, field: &str| writer.store.named(leads, lead, field).to_string();
        let owner = conversion.owner.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| {
            let owner = text(self, "OwnerId");
            // A queue can own a lead but nothing that comes of it.
            if owner.starts_with("005") { owner } else { self.user.to_string() }
        });

        let account = if let Some(id) = conversion.account.as_deref().filter(|id| !id.is_empty()) {
            let accounts = self.store.schema.known("Account");
            let row = self.existing(accounts, id)?;
            self.store.table(accounts).id(row)
        } else {
            let fields =
                [("Name", "Company"), ("Industry", "Industry"), ("Website", "Website"), ("Phone", "Phone")];
            let body = self.body_from(leads, lead, &fields, [("OwnerId", json!(owner))]);
            self.create(self.store.schema.known("Account"), &body)?
        };
        let contact = if let Some(id) = conversion.contact.as_deref().filter(|id| !id.is_empty()) {
            let contacts = self.store.schema.known("Contact");
            let row = self.existing(contacts, id)?;
            self.store.table(contacts).id(row)
        } else {
            let same = ["FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "LeadSource"];
            let mut fields: Vec<(&str, &str)> = same.iter().map(|name| (*name, *name)).collect();
            fields.extend([("MailingCity", "City"), ("MailingCountry", "Country")]);
            let set = [("OwnerId", json!(owner)), ("AccountId", json!(account.to_string()))];
            let body = self.body_from(leads, lead, &fields, set);
            self.create(self.store.schema.known("Contact"), &body)?
        };
        let opportunity = if conversion.without_opportunity {
            None
        } else {
            let name = conversion.opportunity_name.clone().filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| format!("{}-", text(self, "Company")));
            Some(self.open_opportunity(leads, lead, &name, &owner, account, contact)?)
        };
        self.close_lead(leads, lead, &conversion.status, Converted { account, contact, opportunity });
        self.hand_over(leads, lead, contact);
        Ok(Converted { account, contact, opportunity })
    }

    fn existing(&self, object: ObjectNo, id: &str) -> Result<RowNo, Refusal> {
        let id =
            RecordId::parse(id).ok_or_else(|| Refusal::bad("MALFORMED_ID", format!("malformed id {id}")))?;
        let row = self.store.table(object).row_of(&id);
        let row =
            row.ok_or_else(|| Refusal::bad("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))?;
        self.alive(object, row)?;
        Ok(row)
    }

    fn check_status(&self, status: &str) -> Result<(), Refusal> {
        let statuses = self.store.schema.known("LeadStatus");
        let wanted = Value::text(status);
        let known = (0..self.store.table(statuses).len() as RowNo).any(|row| {
            self.store.named(statuses, row, "ApiName").same(&wanted)
                && self.store.named(statuses, row, "IsConverted") == Value::Bool(true)
        });
        if known {
            Ok(())
        } else {
            Err(Refusal::bad("INVALID_STATUS", format!("invalid convertedStatus: {status}")))
        }
    }

    /// A new row's body: fields of the lead under their new names, and some more.
    fn body_from<const N: usize>(
        &self,
        leads: ObjectNo,
        lead: RowNo,
        fields: &[(&str, &str)],
        more: [(&str, Json); N],
    ) -> Map<String, Json> {
        let mut body = Map::new();
        for (name, from) in fields {
            let value = self.store.named(leads, lead, from);
            if !value.is_null() {
                body.insert((*name).to_owned(), json!(value.to_string()));
            }
        }
        body.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        body
    }

    fn open_opportunity(
        &mut self,
        leads: ObjectNo,
        lead: RowNo,
        name: &str,
        owner: &str,
        account: RecordId,
        contact: RecordId,
    ) -> Result<RecordId, Refusal> {
        let object = self.store.schema.known("Opportunity");
        let stage = self.store.schema.known_field(object, "StageName");
        let first = self.shape(object).fields[stage].picklist.first().map(|choice| choice.value.clone());
        let body = self.body_from(
            leads,
            lead,
            &[("LeadSource", "LeadSource")],
            [
                ("Name", json!(name)),
                ("StageName", json!(first)),
                ("CloseDate", json!(end_of_quarter(self.now.date_naive()).to_string())),
                ("AccountId", json!(account.to_string())),
                ("OwnerId", json!(owner)),
            ],
        );
        let opportunity = self.create(object, &body)?;
        let role = json!({
            "OpportunityId": opportunity.to_string(), "ContactId": contact.to_string(), "IsPrimary": true,
        });
        let roles = self.store.schema.known("OpportunityContactRole");
        self.create(roles, role.as_object().expect("it was written as an object"))?;
        Ok(opportunity)
    }

    fn close_lead(&mut self, leads: ObjectNo, lead: RowNo, status: &str, into: Converted) {
        let before = self.remember(leads, lead);
        let today = Value::date(self.now.date_naive());
        for (field, value) in [
            ("IsConverted", Value::Bool(true)),
            ("Status", Value::text(status)),
            ("ConvertedDate", today),
            ("ConvertedAccountId", Value::Id(into.account)),
            ("ConvertedContactId", Value::Id(into.contact)),
            ("ConvertedOpportunityId", into.opportunity.map_or(Value::Null, Value::Id)),
        ] {
            self.store.set_named(leads, lead, field, &value);
        }
        self.stamp(leads, lead, &["LastModifiedDate", "SystemModstamp"], &["LastModifiedById"]);
        self.record_change(leads, lead, &before);
        for made in [Some(into.account), Some(into.contact), into.opportunity].into_iter().flatten() {
            let new = self.name_of(&Value::Id(made));
            self.history_row(leads, lead, "leadConverted", &Value::Null, &new, "Text");
        }
    }

    /// Memberships and activities of the lead become the contact's.
    fn hand_over(&mut self, leads: ObjectNo, lead: RowNo, contact: RecordId) {
        let id = Value::Id(self.store.table(leads).id(lead));
        for (object, from, to) in [
            ("CampaignMember", "LeadId", "ContactId"),
            ("Task", "WhoId", "WhoId"),
            ("Event", "WhoId", "WhoId"),
        ] {
            let object = self.store.schema.known(object);
            let from = self.store.schema.known_field(object, from);
            for row in self.holders(object, from, &id) {
                self.store.set_named(object, row, to, &Value::Id(contact));
                self.stamp(object, row, &["SystemModstamp"], &[]);
                self.derive(object, row, &Vec::new());
            }
        }
    }
}

fn end_of_quarter(day: NaiveDate) -> NaiveDate {
    let (year, month) = match day.month0() / 3 {
        3 => (day.year() + 1, 1),
        quarter => (day.year(), quarter * 3 + 4),
    };
    NaiveDate::from_ymd_opt(year, month, 1)
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(day)
}
