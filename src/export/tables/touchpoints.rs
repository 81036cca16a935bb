//! TOUCHPOINTS: marketing interactions of people, as far as the view sees them one by one.

use crate::domain::event::{Detail, HistoryPart};
use crate::domain::fact::TouchFact;
use crate::domain::lead_source::Channel;
use crate::facts::{FactsError, Table};

use super::super::cell::{Cell, Kind};
use super::super::column::Column;
use super::super::reading::{Reading, side};
use super::history::{HistoryRow, asset, of_people, precision};
use super::{Spot, Stamp, Tabled, name, places};

/// One interaction.
pub(in super::super) struct TouchRow(HistoryRow);

type Row = TouchRow;

static COLUMNS: [Column<TouchRow>; 22] = [
    Column::new("id", Kind::Text, "The entry's id, as GraphQL knows it.", |it: &Row| (&it.0.event_id).into()),
    Column::new("person_id", Kind::Text, "Who interacted.", |it: &Row| it.0.person.as_ref().into()).or_null(),
    Column::new("account_id", Kind::Text, "The account it is about.", |it: &Row| {
        it.0.account.as_ref().into()
    })
    .or_null(),
    Column::new("opportunity_id", Kind::Text, "The opportunity it is about.", |it: &Row| {
        it.0.opportunity.as_ref().into()
    })
    .or_null(),
    Column::new("kind", Kind::Text, "What happened.", |it: &Row| it.0.entry.event.kind.name().into()),
    Column::new("side", Kind::Text, "Whose system it happened in.", |it: &Row| side(it.0.entry.side).into()),
    Column::new("occurred_at", Kind::Instant, "When; a day stands at its end.", |it: &Row| {
        it.0.entry.event.occurred_at.into()
    }),
    Column::new("precision", Kind::Text, "How exactly that is known.", |it: &Row| {
        precision(it.0.entry.event.precision).into()
    }),
    Column::new(
        "recorded_at",
        Kind::Instant,
        "When the vendor wrote it down, where that differs.",
        |it: &Row| it.0.entry.event.recorded_at.into(),
    )
    .or_null(),
    Column::new("is_late", Kind::Boolean, "Written down more than an hour after it happened.", |it: &Row| {
        it.0.entry.is_late.into()
    }),
    Column::new("channel", Kind::Text, "Where it came from.", |it: &Row| match &it.0.entry.event.detail {
        Detail::Touch { channel, .. } => name(Some(Channel::name(*channel))),
        _ => Cell::Null,
    })
    .or_null(),
    Column::new("campaign_id", Kind::Text, "The campaign it belongs to.", |it: &Row| {
        it.0.campaign.as_ref().into()
    })
    .or_null(),
    Column::new("asset_id", Kind::Text, "The form, e-mail or page.", |it: &Row| it.0.asset.as_ref().into())
        .or_null(),
    Column::new("asset_title", Kind::Text, "Its title or name.", |it: &Row| {
        asset(&it.0.entry.event.detail).and_then(|asset| asset.title.clone()).into()
    })
    .or_null(),
    Column::new("asset_type", Kind::Text, "What kind of thing it is.", |it: &Row| {
        asset(&it.0.entry.event.detail).map(|asset| asset.kind.clone()).into()
    })
    .or_null(),
    Column::new("url", Kind::Text, "The page it happened on.", |it: &Row| match &it.0.entry.event.detail {
        Detail::Touch { url, .. } => url.as_ref().into(),
        _ => Cell::Null,
    })
    .or_null(),
    Column::new("is_eligible", Kind::Boolean, "May earn credit.", |it: &Row| {
        TouchFact::kind_is_eligible(it.0.entry.event.kind, it.0.entry.event.campaign.is_some()).into()
    }),
    Column::new("actor_id", Kind::Text, "The user who entered it.", |it: &Row| it.0.actor.as_ref().into())
        .or_null(),
    Column::new("source", Kind::Text, "The configured source that tells it.", |it: &Row| {
        it.0.entry.event.source.source.as_str().into()
    }),
    Column::new(
        "observed_at",
        Kind::Instant,
        "When it was read; what updated_since is about.",
        |it: &Row| it.0.stamp.observed_at.into(),
    ),
    Column::new("sequence", Kind::Integer, "Place in the order of observation.", |it: &Row| {
        it.0.stamp.sequence.into()
    }),
    Column::new(
        "policy_version",
        Kind::Text,
        "Tells what the view may see: equal in rows seen by equal rules.",
        |it: &Row| (&it.0.stamp.policy_version).into(),
    ),
];

impl Tabled for TouchRow {
    const TABLES: &'static [Table] = &[Table::People];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn stamp(&self) -> &Stamp {
        &self.0.stamp
    }

    fn part(&self) -> &str {
        &self.0.entry.id
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let people = places(spots, Table::People);
        let told = of_people(reading, &people, &[HistoryPart::Touches]).await?;
        let is_touch = |row: &HistoryRow| matches!(row.entry.event.detail, Detail::Touch { .. });
        Ok(told.into_iter().filter(is_touch).map(TouchRow).collect())
    }
}
