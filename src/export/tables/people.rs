//! PEOPLE: one row a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::custom::{CustomFieldInfo, CustomValue};
use crate::domain::id::NodeKind;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::view::Aspect;
use crate::facts::whole::Whole;
use crate::facts::{FactsError, Table};
use crate::unify::merge::person::MergedPerson;

use super::super::cell::Kind;
use super::super::column::Column;
use super::super::reading::{Reading, id};
use super::{Spot, Stamp, Tabled, name, observed_at, places, policy_version, sequence, source, spot_at};

/// One person.
pub(in super::super) struct PersonRow {
    id: Arc<str>,
    merged: MergedPerson,
    account: Option<Arc<str>>,
    owner: Option<Arc<str>>,
    stamp: Stamp,
}

static COLUMNS: [Column<PersonRow>; 24] = [
    Column::new("id", Kind::Text, "The person's id, as GraphQL knows it.", |it: &PersonRow| (&it.id).into()),
    Column::new("display_name", Kind::Text, "Given and family name together.", |it: &PersonRow| {
        it.merged.display_name.as_ref().into()
    })
    .shown_as(Aspect::Name),
    Column::new("first_name", Kind::Text, "Given name.", |it: &PersonRow| {
        it.merged.first_name.as_ref().into()
    })
    .shown_as(Aspect::Name),
    Column::new("last_name", Kind::Text, "Family name.", |it: &PersonRow| {
        it.merged.last_name.as_ref().into()
    })
    .shown_as(Aspect::Name),
    Column::new("email", Kind::Text, "Primary address.", |it: &PersonRow| it.merged.email.as_ref().into())
        .shown_as(Aspect::Email),
    Column::new("phone", Kind::Text, "Business phone.", |it: &PersonRow| it.merged.phone.as_ref().into())
        .shown_as(Aspect::Phone),
    Column::new("mobile", Kind::Text, "Mobile phone.", |it: &PersonRow| it.merged.mobile.as_ref().into())
        .shown_as(Aspect::Mobile),
    Column::new("title", Kind::Text, "Job title.", |it: &PersonRow| it.merged.title.as_ref().into())
        .or_null(),
    Column::new("account_id", Kind::Text, "The organisation they work for.", |it: &PersonRow| {
        it.account.as_ref().into()
    })
    .or_null(),
    Column::new("owner_id", Kind::Text, "Who looks after them.", |it: &PersonRow| it.owner.as_ref().into())
        .or_null(),
    Column::new("lifecycle_stage", Kind::Text, "Where they stand.", |it: &PersonRow| {
        name(it.merged.lifecycle_stage.map(LifecycleStage::name))
    })
    .or_null(),
    Column::new(
        "original_source_channel",
        Kind::Text,
        "How they first came to be known.",
        |it: &PersonRow| name(it.merged.original_source.as_ref().map(|source| Channel::name(source.channel))),
    )
    .or_null(),
    Column::new(
        "original_source_sub_channel",
        Kind::Text,
        "The same in the vendor's word.",
        |it: &PersonRow| {
            it.merged.original_source.as_ref().and_then(|source| source.sub_channel.clone()).into()
        },
    )
    .or_null(),
    Column::new(
        "original_source_is_marketing",
        Kind::Boolean,
        "The settings count that source as marketing's work.",
        |it: &PersonRow| it.merged.original_source.as_ref().map(|source| source.is_marketing).into(),
    )
    .or_null(),
    Column::new("score", Kind::Decimal, "The largest of their scores.", |it: &PersonRow| {
        it.merged.scores.iter().map(|held| held.score.value).max().into()
    })
    .shown_as(Aspect::Scores),
    Column::new("email_opt_out", Kind::Boolean, "Asked not to be e-mailed.", |it: &PersonRow| {
        it.merged.consent.email_opt_out.into()
    })
    .or_null(),
    Column::new("do_not_call", Kind::Boolean, "Asked not to be called.", |it: &PersonRow| {
        it.merged.consent.do_not_call.into()
    })
    .or_null(),
    Column::new("bounced", Kind::Boolean, "Mail to them bounced.", |it: &PersonRow| {
        it.merged.consent.bounced.into()
    })
    .or_null(),
    Column::new("created_at", Kind::Instant, "Creation of the oldest record.", |it: &PersonRow| {
        it.merged.created_at.into()
    }),
    Column::new("updated_at", Kind::Instant, "Latest change of any record.", |it: &PersonRow| {
        it.merged.updated_at.into()
    }),
    source(),
    observed_at(),
    sequence(),
    policy_version(),
];

impl Tabled for PersonRow {
    const TABLES: &'static [Table] = &[Table::People];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn custom_fields(reading: &Reading) -> &[CustomFieldInfo] {
        &reading.snapshot.custom_fields().person
    }

    fn custom(&self) -> Option<&BTreeMap<Arc<str>, CustomValue>> {
        Some(&self.merged.custom)
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let places = places(spots, Table::People);
        let whole = reading.facts.whole_people(&reading.snapshot, &places, &[]).await?;
        let row = |it: Whole<MergedPerson>| {
            let (fact, key) = (&reading.set().people[it.place], &reading.set().person_keys[it.place]);
            Self {
                id: id(NodeKind::Person, key),
                account: reading.account_id(fact.account),
                owner: reading.owner_id(fact.owner),
                stamp: Stamp::of(reading, spot_at(Table::People, it.place), it.merged.created_at),
                merged: it.merged,
            }
        };
        Ok(whole.into_iter().map(row).collect())
    }
}
