//! Which properties a question needs: the selected fields' own, plus what identity always needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::account::{AccountField, AccountSelect};
use crate::domain::opportunity::{OpportunityField, OpportunitySelect};
use crate::domain::person::{PersonField, PersonSelect};
use crate::domain::select::{Field, Select};

use super::config::{HubspotField, HubspotOptions};
use super::map::history::tracked;
use super::object::Object;

/// What to ask of each record.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wish {
    /// Properties whose value is wanted, each once.
    pub(super) values: Vec<String>,
    /// Of those, the ones whose history is wanted too. Halves the size of a batch.
    pub(super) history: Vec<String>,
}

impl Wish {
    /// The properties of contacts.
    pub(super) fn people(select: &PersonSelect, options: &HubspotOptions) -> Self {
        let mut wish = Self::keys(Object::Contact, options);
        wish.add(&["email", "hs_additional_emails", "hs_calculated_merged_vids"]);
        wish.fields(select, |field| of_person(field, options));
        wish.custom(select, &options.fields.person);
        wish
    }

    /// The properties of companies.
    pub(super) fn accounts(select: &AccountSelect, options: &HubspotOptions) -> Self {
        let mut wish = Self::keys(Object::Company, options);
        wish.add(&["domain", "website", "hs_additional_domains"]);
        wish.fields(select, |field| of_account(field, options));
        wish.custom(select, &options.fields.account);
        wish
    }

    /// The properties of deals.
    pub(super) fn opportunities(select: &OpportunitySelect, options: &HubspotOptions) -> Self {
        let mut wish = Self::keys(Object::Deal, options);
        let always =
            ["pipeline", "dealstage", "hs_is_closed", "hs_is_closed_won", "closedate", "hubspot_owner_id"];
        wish.add(&always);
        wish.fields(select, of_opportunity);
        if select.has(OpportunityField::StageHistory) {
            wish.history = STAGE_HISTORY.map(str::to_owned).into();
        }
        wish.custom(select, &options.fields.opportunity);
        wish
    }

    /// Stamps, merges and cross-references.
    pub(super) fn keys(object: Object, options: &HubspotOptions) -> Self {
        let mut wish = Self::default();
        wish.add(&["createdate", object.modified(), "hs_merged_object_ids"]);
        wish.add(&cross_references(object, options));
        wish
    }

    /// Adds what the changes of a record are told from.
    pub(super) fn add_changes(&mut self, object: Object, options: &HubspotOptions) {
        match object {
            Object::Contact => self.add(&["hs_calculated_merged_vids"]),
            Object::Deal => self.add(&["pipeline", "dealstage", "amount", "deal_currency_code"]),
            Object::Company => {}
        }
        for tracked in tracked(object, options) {
            add_to(&mut self.history, &[tracked.property]);
        }
    }

    fn fields<'o, F: Field>(&mut self, select: &Select<F>, properties: impl Fn(F) -> Vec<&'o str>) {
        for field in select.fields() {
            let names = properties(field);
            self.add(&names);
            if select.has_edit(field) {
                add_to(&mut self.history, &names);
            }
        }
    }

    fn custom<F: Field>(&mut self, select: &Select<F>, mapped: &BTreeMap<Arc<str>, HubspotField>) {
        for property in select.custom().filter_map(|key| mapped.get(key)) {
            self.add(&[&property.property]);
        }
    }

    pub(super) fn add(&mut self, names: &[&str]) {
        add_to(&mut self.values, names);
    }
}

/// What makes up a stage's history.
pub(super) const STAGE_HISTORY: [&str; 2] = ["dealstage", "amount"];

/// The properties that name a record of the sales system, in the order contact, lead or account or opportunity.
pub(super) fn cross_references(object: Object, options: &HubspotOptions) -> Vec<&str> {
    let names = &options.cross_references;
    if names.source.is_none() {
        return Vec::new();
    }
    match object {
        Object::Contact => vec![&names.contact, &names.lead],
        Object::Company => vec![&names.account],
        Object::Deal => names.opportunity.as_deref().into_iter().collect(),
    }
}

/// The properties behind a field of a person.
pub(super) fn of_person(field: PersonField, options: &HubspotOptions) -> Vec<&str> {
    match field {
        PersonField::FirstName => vec!["firstname"],
        PersonField::LastName => vec!["lastname"],
        PersonField::Email => vec!["email"],
        PersonField::OtherEmails => vec!["hs_additional_emails"],
        PersonField::Phone => vec!["phone"],
        PersonField::Mobile => vec!["mobilephone"],
        PersonField::Title => vec!["jobtitle"],
        PersonField::Account => vec!["associatedcompanyid", "company"],
        PersonField::Owner => vec!["hubspot_owner_id"],
        PersonField::LifecycleStage => vec!["lifecyclestage"],
        PersonField::OriginalSource => {
            vec!["hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2"]
        }
        PersonField::Consent => {
            vec!["hs_email_optout", "hs_email_bounce", "hs_email_hard_bounce_reason_enum"]
        }
        PersonField::Scores => options.scores.iter().map(|score| score.property.as_str()).collect(),
        PersonField::Territory => vec!["country", "state", "industry"],
    }
}

/// The properties behind a field of an account.
pub(super) fn of_account(field: AccountField, options: &HubspotOptions) -> Vec<&str> {
    match field {
        AccountField::Name => vec!["name"],
        AccountField::Industry => vec!["industry"],
        AccountField::Employees => vec!["numberofemployees"],
        AccountField::AnnualRevenue => vec!["annualrevenue"],
        AccountField::Region => vec!["country", "state"],
        AccountField::Owner => vec!["hubspot_owner_id"],
        AccountField::TargetAccount => vec![&options.target_account_property],
    }
}

/// The properties behind a field of an opportunity. Contacts are associations, not properties.
fn of_opportunity(field: OpportunityField) -> Vec<&'static str> {
    match field {
        OpportunityField::Name => vec!["dealname"],
        OpportunityField::Amount => vec!["amount", "deal_currency_code"],
        OpportunityField::Probability => vec!["hs_deal_stage_probability"],
        OpportunityField::LeadSource => {
            vec!["hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2"]
        }
        OpportunityField::LossReason => vec!["closed_lost_reason"],
        OpportunityField::StageHistory => vec!["dealstage", "amount", "deal_currency_code"],
        OpportunityField::CloseDate | OpportunityField::Contacts => Vec::new(),
    }
}

fn add_to(list: &mut Vec<String>, names: &[&str]) {
    for name in names {
        if !list.iter().any(|known| known == name) {
            list.push((*name).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_selected_fields_and_keys_travel() {
        let options = HubspotOptions::default();
        let wish = Wish::people(&PersonSelect::of(&[PersonField::Title]), &options);
        assert_eq!(
            wish.values,
            [
                "createdate",
                "lastmodifieddate",
                "hs_merged_object_ids",
                "email",
                "hs_additional_emails",
                "hs_calculated_merged_vids",
                "jobtitle"
            ]
        );
        assert!(wish.history.is_empty());
    }

    #[test]
    fn an_edit_asks_for_the_history_of_that_field_alone() {
        let mut options = HubspotOptions::default();
        options.cross_references.source = Some("sales".to_owned());
        let mut select = PersonSelect::of(&[PersonField::Phone]);
        select.add_with_edit(PersonField::Title);
        let wish = Wish::people(&select, &options);
        assert_eq!(wish.history, ["jobtitle"]);
        assert!(wish.values.contains(&"salesforceleadid".to_owned()));
        assert!(wish.values.contains(&"phone".to_owned()));
    }

    #[test]
    fn a_property_behind_two_fields_is_asked_for_once() {
        let options = HubspotOptions::default();
        let fields = [OpportunityField::Amount, OpportunityField::StageHistory];
        let wish = Wish::opportunities(&OpportunitySelect::of(&fields), &options);
        assert_eq!(wish.values.iter().filter(|name| *name == "amount").count(), 1);
        assert_eq!(wish.history, STAGE_HISTORY);
    }
}
