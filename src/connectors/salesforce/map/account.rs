//! Accounts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::select::Field;

use super::super::wire::Account;
use super::{Mapping, Stamps, count, custom};

/// What always travels of an account: identity needs it.
pub(in super::super) const ACCOUNT_ALWAYS: &[&str] =
    &["Id", "IsDeleted", "MasterRecordId", "CreatedDate", "SystemModstamp", "Website"];

/// The columns of an account that hold a field. The vendor has no mark of its own for target accounts.
pub(in super::super) fn account_columns(field: AccountField) -> &'static [&'static str] {
    match field {
        AccountField::Name => &["Name"],
        AccountField::Industry => &["Industry"],
        AccountField::Employees => &["NumberOfEmployees"],
        AccountField::AnnualRevenue => &["AnnualRevenue"],
        AccountField::Region => &["BillingCountry", "BillingState"],
        AccountField::Owner => &["OwnerId"],
        AccountField::TargetAccount => &[],
    }
}

impl Mapping<'_> {
    /// An account.
    pub(in super::super) fn account(
        &self,
        row: &Value,
        select: &AccountSelect,
    ) -> Result<AccountRecord, serde_json::Error> {
        let account = Account::deserialize(row)?;
        let stamps = Stamps {
            id: &account.id,
            is_deleted: account.is_deleted,
            master: account.master_record_id.as_ref(),
            created: account.created_date,
            modified: account.system_modstamp,
        };
        let mut edits = BTreeMap::new();
        for field in AccountField::ALL.iter().copied().filter(|field| select.has_edit(*field)) {
            let columns = account_columns(field);
            let (at, by) = (account.last_modified_date, account.last_modified_by_id.as_ref());
            let edit = self.edit(columns, account.histories.as_ref(), at, by);
            edits.extend(edit.map(|edit| (field, edit)));
        }
        Ok(AccountRecord {
            meta: self.meta("Account", &stamps),
            name: account.name,
            domains: account.website.into_iter().collect(),
            industry: account.industry,
            employees: count(account.number_of_employees),
            annual_revenue: self.money(account.annual_revenue, account.currency_iso_code.as_ref()),
            country: account.billing_country,
            state: account.billing_state,
            owner: account.owner_id.as_ref().map(|owner| self.user_key(owner)),
            is_target: None,
            cross_references: Vec::new(),
            custom: custom(&self.options.fields.account, select.custom(), row),
            edits,
        })
    }
}
