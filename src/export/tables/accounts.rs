//! ACCOUNTS: one row an account.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::id::NodeKind;
use crate::facts::whole::Whole;
use crate::facts::{FactsError, Table};
use crate::unify::merge::account::MergedAccount;

use super::super::cell::{Cell, Kind};
use super::super::column::Column;
use super::super::reading::{Reading, id};
use super::{Spot, Stamp, Tabled, observed_at, places, policy_version, sequence, source, spot_at};

/// One account.
pub(in super::super) struct AccountRow {
    id: Arc<str>,
    merged: MergedAccount,
    owner: Option<Arc<str>>,
    stamp: Stamp,
}

static COLUMNS: [Column<AccountRow>; 16] = [
    Column::new("id", Kind::Text, "The account's id, as GraphQL knows it.", |it: &AccountRow| {
        (&it.id).into()
    }),
    Column::new("name", Kind::Text, "The organisation's name.", |it: &AccountRow| {
        it.merged.name.as_ref().into()
    })
    .or_null(),
    Column::new("domain", Kind::Text, "The first of its registrable domains.", |it: &AccountRow| {
        it.merged.domains.first().into()
    })
    .or_null(),
    Column::new("industry", Kind::Text, "The industry it is in.", |it: &AccountRow| {
        it.merged.industry.as_ref().into()
    })
    .or_null(),
    Column::new("employees", Kind::Integer, "Number of employees.", |it: &AccountRow| {
        it.merged.employees.into()
    })
    .or_null(),
    Column::new("annual_revenue_amount", Kind::Decimal, "Revenue a year.", |it: &AccountRow| {
        it.merged.annual_revenue.as_ref().map(|money| money.amount).into()
    })
    .or_null(),
    Column::new("annual_revenue_currency", Kind::Text, "Its currency, ISO 4217.", |it: &AccountRow| {
        it.merged.annual_revenue.as_ref().map(|money| money.currency.clone()).into()
    })
    .or_null(),
    Column::new("region", Kind::Text, "State and country of its billing address.", |it: &AccountRow| {
        region(&it.merged)
    })
    .or_null(),
    Column::new("owner_id", Kind::Text, "Who looks after it.", |it: &AccountRow| it.owner.as_ref().into())
        .or_null(),
    Column::new(
        "is_target_account",
        Kind::Boolean,
        "Marked as a target of account-based marketing.",
        |it: &AccountRow| it.merged.is_target.into(),
    )
    .or_null(),
    Column::new("created_at", Kind::Instant, "Creation of the oldest record.", |it: &AccountRow| {
        it.merged.created_at.into()
    }),
    Column::new("updated_at", Kind::Instant, "Latest change of any record.", |it: &AccountRow| {
        it.merged.updated_at.into()
    }),
    source(),
    observed_at(),
    sequence(),
    policy_version(),
];

fn region(merged: &MergedAccount) -> Cell {
    let parts: Vec<&str> =
        [&merged.state, &merged.country].into_iter().flatten().map(AsRef::as_ref).collect();
    (!parts.is_empty()).then(|| Arc::<str>::from(parts.join(", "))).into()
}

impl Tabled for AccountRow {
    const TABLES: &'static [Table] = &[Table::Accounts];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn custom_fields(reading: &Reading) -> &[CustomFieldInfo] {
        &reading.snapshot.custom_fields().account
    }

    fn custom(&self) -> Option<&BTreeMap<Arc<str>, CustomValue>> {
        Some(&self.merged.custom)
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let places = places(spots, Table::Accounts);
        let whole = reading.facts.whole_accounts(&reading.snapshot, &places).await?;
        let row = |it: Whole<MergedAccount>| {
            let (fact, key) = (&reading.set().accounts[it.place], &reading.set().account_keys[it.place]);
            Self {
                id: id(NodeKind::Account, key),
                owner: reading.owner_id(fact.owner),
                stamp: Stamp::of(reading, spot_at(Table::Accounts, it.place), it.merged.created_at),
                merged: it.merged,
            }
        };
        Ok(whole.into_iter().map(row).collect())
    }
}
