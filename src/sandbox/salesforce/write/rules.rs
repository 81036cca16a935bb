//! What the vendor computes and insists on beyond single fields.

use super::super::error::Refusal;
use super::super::schema::ObjectNo;
use super::super::store::{DERIVED, RowNo, Value};
use super::history::Before;
use super::{Changes, Writer};

impl Writer<'_> {
    /// Fields that follow from others, unless the caller set them.
    pub(super) fn derive(&mut self, object: ObjectNo, row: RowNo, changes: &Changes) {
        let name = self.shape(object).name.clone();
        if let Some(field) = self.field(object, "Name").filter(|_| self.field(object, "LastName").is_some()) {
            let value = self.store.full_name(object, row);
            self.store.set(object, row, field, &value);
        }
        let stage_given = self.given(object, changes, "StageName");
        for (_, derived) in DERIVED.iter().filter(|(of, _)| *of == name) {
            let given = self.given(object, changes, derived);
            // A stage sets its probability only when it is entered.
            if given || (*derived == "Probability" && !stage_given) {
                continue;
            }
            let value = self.store.derived(object, row, derived);
            self.store.set_named(object, row, derived, &value);
        }
        if name == "Task" {
            let done = self.store.named(object, row, "IsClosed") == Value::Bool(true);
            let since = self.store.named(object, row, "CompletedDateTime").into_owned();
            let value = match (done, since.is_null()) {
                (true, true) => Value::instant(self.now),
                (true, false) => since,
                _ => Value::Null,
            };
            self.store.set_named(object, row, "CompletedDateTime", &value);
        }
        if matches!(name.as_str(), "Task" | "Event") {
            let account = self.account_of_activity(object, row);
            self.store.set_named(object, row, "AccountId", &account);
        }
        if name == "CampaignMember" {
            let responded = self.store.named(object, row, "Status").same(&Value::text("Responded"));
            self.store.set_named(object, row, "HasResponded", &Value::Bool(responded));
            let first = self.store.named(object, row, "FirstRespondedDate").is_null();
            if responded && first {
                let today = Value::date(self.now.date_naive());
                self.store.set_named(object, row, "FirstRespondedDate", &today);
            }
        }
    }

    fn given(&self, object: ObjectNo, changes: &Changes, name: &str) -> bool {
        self.field(object, name).is_some_and(|field| changes.iter().any(|(given, _)| *given == field))
    }

    /// The account of what, or else of whom, an activity is about.
    fn account_of_activity(&self, object: ObjectNo, row: RowNo) -> Value<'static> {
        for reference in ["WhatId", "WhoId"] {
            let Value::Id(id) = self.store.named(object, row, reference) else { continue };
            let Some((target, of)) = self.store.find(&id) else { continue };
            if self.shape(target).name == "Account" {
                return Value::Id(id);
            }
            let account = self.store.named(target, of, "AccountId").into_owned();
            if !account.is_null() {
                return account;
            }
        }
        Value::Null
    }

    /// What a new row must satisfy as a whole.
    pub(super) fn rules_of_creation(&mut self, object: ObjectNo, row: RowNo) -> Result<(), Refusal> {
        match self.shape(object).name.as_str() {
            "CampaignMember" => self.check_member(object, row),
            "Opportunity" => {
                let now = Value::instant(self.now);
                self.store.set_named(object, row, "LastStageChangeDate", &now);
                Ok(())
            }
            _ => self.check_activity(object, row),
        }
    }

    /// What a changed row must satisfy as a whole.
    pub(super) fn rules_of_change(
        &mut self,
        object: ObjectNo,
        row: RowNo,
        before: &Before,
    ) -> Result<(), Refusal> {
        if self.shape(object).name == "Opportunity" && before.moved(self.store, object, row, "StageName") {
            let now = Value::instant(self.now);
            self.store.set_named(object, row, "LastStageChangeDate", &now);
        }
        self.check_activity(object, row)
    }

    fn check_activity(&self, object: ObjectNo, row: RowNo) -> Result<(), Refusal> {
        if !matches!(self.shape(object).name.as_str(), "Task" | "Event") {
            return Ok(());
        }
        let about_lead =
            matches!(self.store.named(object, row, "WhoId"), Value::Id(id) if id.prefix() == "00Q");
        if about_lead && !self.store.named(object, row, "WhatId").is_null() {
            let message = "You can't relate this activity to a lead and another object at the same time";
            return Err(Refusal::bad("FIELD_INTEGRITY_EXCEPTION", message).about("WhatId"));
        }
        Ok(())
    }

    fn check_member(&self, object: ObjectNo, row: RowNo) -> Result<(), Refusal> {
        let lead = self.store.named(object, row, "LeadId");
        let contact = self.store.named(object, row, "ContactId");
        let (field, person) = match (lead.is_null(), contact.is_null()) {
            (false, true) => ("LeadId", lead),
            (true, false) => ("ContactId", contact),
            (true, true) => {
                let message = "Required fields are missing: [LeadId or ContactId]";
                return Err(Refusal::bad("REQUIRED_FIELD_MISSING", message));
            }
            (false, false) => {
                return Err(Refusal::bad(
                    "FIELD_INTEGRITY_EXCEPTION",
                    "Name either a lead or a contact, not both",
                ));
            }
        };
        let field = self.store.schema.known_field(object, field);
        let campaign = self.store.named(object, row, "CampaignId");
        let twin = self
            .holders(object, field, &person)
            .into_iter()
            .any(|other| other != row && self.store.named(object, other, "CampaignId") == campaign);
        if twin { Err(Refusal::bad("DUPLICATE_VALUE", "Already a campaign member.")) } else { Ok(()) }
    }
}
