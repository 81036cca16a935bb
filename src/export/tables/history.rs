//! LEAD_HISTORY: every entry of the unified history of people, then of opportunities, as far as the view sees entries of
//! its kind. What a person's history tells already is not told again by their opportunity. Source: domain guide §13.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::event::{Detail, HistoryPart, Precision};
use crate::domain::fact::Ix;
use crate::domain::id::{NodeKind, RecordKey};
use crate::domain::identify::{field_of, new_value_of, old_value_of};
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::view::{EntryRow, Part};
use crate::facts::{FactsError, Table};
use crate::ledger::entry::Sequence;
use crate::unify::history::Entry;
use crate::unify::shown::{Shown, see_field};

use super::super::cell::{Cell, Kind};
use super::super::column::Column;
use super::super::reading::{Reading, id, side};
use super::{Spot, Stamp, Tabled, name, places, spot_at};

/// One entry of a history.
pub(in super::super) struct HistoryRow {
    pub(super) event_id: Arc<str>,
    pub(super) anchor_key: Arc<str>,
    pub(super) person: Option<Arc<str>>,
    pub(super) account: Option<Arc<str>>,
    pub(super) opportunity: Option<Arc<str>>,
    pub(super) campaign: Option<Arc<str>>,
    pub(super) asset: Option<Arc<str>>,
    pub(super) actor: Option<Arc<str>>,
    pub(super) system: Option<Arc<str>>,
    pub(super) entry: Entry,
    pub(super) stamp: Stamp,
    old_value: Option<Arc<str>>,
    new_value: Option<Arc<str>>,
    stage_from: Option<Arc<str>>,
    stage_to: Option<Arc<str>>,
    pass_number: Option<i64>,
}

/// How exactly an instant is known, by its name in the schema.
pub(super) fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Millisecond => "MILLISECOND",
        Precision::Second => "SECOND",
        Precision::Minute => "MINUTE",
        Precision::Day => "DAY",
    }
}

fn channel(entry: &Entry) -> Cell {
    match &entry.event.detail {
        Detail::Touch { channel, .. } => name(Some(Channel::name(*channel))),
        _ => Cell::Null,
    }
}

type Row = HistoryRow;

static COLUMNS: [Column<HistoryRow>; 31] = [
    Column::new(
        "event_id",
        Kind::Text,
        "The entry's id, as GraphQL knows it; the key of the table.",
        |it: &Row| (&it.event_id).into(),
    ),
    Column::new(
        "person_id",
        Kind::Text,
        "The person whose history it stands in, or whom it is about.",
        |it: &Row| it.person.as_ref().into(),
    )
    .or_null(),
    Column::new(
        "anchor_key",
        Kind::Text,
        "source:object:id of the record that history is named by.",
        |it: &Row| (&it.anchor_key).into(),
    ),
    Column::new("account_id", Kind::Text, "The account it is about.", |it: &Row| it.account.as_ref().into())
        .or_null(),
    Column::new("opportunity_id", Kind::Text, "The opportunity it is about.", |it: &Row| {
        it.opportunity.as_ref().into()
    })
    .or_null(),
    Column::new("kind", Kind::Text, "What happened.", |it: &Row| it.entry.event.kind.name().into()),
    Column::new("side", Kind::Text, "Whose system it happened in.", |it: &Row| side(it.entry.side).into()),
    Column::new("occurred_at", Kind::Instant, "When it happened; a day stands at its end.", |it: &Row| {
        it.entry.event.occurred_at.into()
    }),
    Column::new("precision", Kind::Text, "How exactly that is known.", |it: &Row| {
        precision(it.entry.event.precision).into()
    }),
    Column::new(
        "recorded_at",
        Kind::Instant,
        "When the vendor wrote it down, where that differs.",
        |it: &Row| it.entry.event.recorded_at.into(),
    )
    .or_null(),
    Column::new(
        "observed_at",
        Kind::Instant,
        "When it was read; what updated_since is about.",
        |it: &Row| it.stamp.observed_at.into(),
    ),
    Column::new("sequence", Kind::Integer, "Place in the order of observation.", |it: &Row| {
        it.stamp.sequence.into()
    }),
    Column::new("source", Kind::Text, "The configured source that tells it.", |it: &Row| {
        it.entry.event.source.source.as_str().into()
    }),
    Column::new("source_system", Kind::Text, "The product behind that source.", |it: &Row| {
        it.system.as_ref().into()
    })
    .or_null(),
    Column::new(
        "source_object",
        Kind::Text,
        "The vendor's object of the record that tells it.",
        |it: &Row| (&it.entry.event.source.object).into(),
    ),
    Column::new("source_id", Kind::Text, "The vendor's id of that record.", |it: &Row| {
        (&it.entry.event.source.id).into()
    }),
    Column::new("channel", Kind::Text, "Where a touch came from.", |it: &Row| channel(&it.entry)).or_null(),
    Column::new("campaign_id", Kind::Text, "The campaign it belongs to.", |it: &Row| {
        it.campaign.as_ref().into()
    })
    .or_null(),
    Column::new("asset_id", Kind::Text, "The form, e-mail or page of a touch.", |it: &Row| {
        it.asset.as_ref().into()
    })
    .or_null(),
    Column::new("field", Kind::Text, "The field that changed.", |it: &Row| {
        field_of(&it.entry.event.detail).map(Arc::<str>::from).into()
    })
    .or_null(),
    Column::new("old_value", Kind::Text, "Its value before, in the vendor's words.", |it: &Row| {
        it.old_value.as_ref().into()
    })
    .shown_by_field(),
    Column::new("new_value", Kind::Text, "Its value after.", |it: &Row| it.new_value.as_ref().into())
        .shown_by_field(),
    Column::new(
        "stage_from",
        Kind::Text,
        "The lifecycle stage, or the key of the sales stage, before.",
        |it: &Row| it.stage_from.as_ref().into(),
    )
    .shown_by_field(),
    Column::new("stage_to", Kind::Text, "The same after.", |it: &Row| it.stage_to.as_ref().into())
        .shown_by_field(),
    Column::new("pass_number", Kind::Integer, "The funnel pass it falls into, from 1.", |it: &Row| {
        it.pass_number.into()
    })
    .or_null(),
    Column::new(
        "definition_version",
        Kind::Text,
        "The version of the qualification definition that applied; null while there are none.",
        |_: &Row| Cell::Null,
    )
    .or_null(),
    Column::new("actor_id", Kind::Text, "The user who did it.", |it: &Row| it.actor.as_ref().into())
        .or_null(),
    Column::new("is_late", Kind::Boolean, "Written down more than an hour after it happened.", |it: &Row| {
        it.entry.is_late.into()
    }),
    Column::new(
        "is_inferred",
        Kind::Boolean,
        "No vendor recorded it: the record holds another value than its history ends with.",
        |it: &Row| it.entry.is_inferred.into(),
    ),
    Column::new("echo_count", Kind::Integer, "Records of other systems that tell the same.", |it: &Row| {
        i64::try_from(it.entry.echoes.len()).unwrap_or(i64::MAX).into()
    }),
    Column::new(
        "policy_version",
        Kind::Text,
        "Tells what the view may see: equal in rows seen by equal rules.",
        |it: &Row| (&it.stamp.policy_version).into(),
    ),
];

impl Tabled for HistoryRow {
    const TABLES: &'static [Table] = &[Table::People, Table::Opportunities];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn part(&self) -> &str {
        &self.entry.id
    }

    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let parts = &HistoryPart::ALL;
        let people = places(spots, Table::People);
        let mut rows = of_people(reading, &people, parts).await?;
        let opportunities = places(spots, Table::Opportunities);
        for it in reading.facts.whole_opportunities(&reading.snapshot, &opportunities, parts).await? {
            let fact = &reading.set().opportunities[it.place];
            let at = Place {
                spot: spot_at(Table::Opportunities, it.place),
                kind: NodeKind::Opportunity,
                anchor: &reading.set().opportunity_keys[it.place],
                observed: &it.observed,
                otherwise: (fact.observed_at, fact.sequence),
            };
            let is_told = |entry: &Entry| {
                entry.event.kind.part() == HistoryPart::Activities
                    && reading.id_of(NodeKind::Person, entry.event.person.as_ref()).is_some()
            };
            let own = it.entries.into_iter().filter(|entry| !is_told(entry));
            rows.extend(own.filter_map(|entry| row(reading, &at, entry)));
        }
        Ok(rows)
    }
}

/// The entries of people's histories that the view sees.
pub(super) async fn of_people(
    reading: &Reading,
    people: &[usize],
    parts: &[HistoryPart],
) -> Result<Vec<HistoryRow>, FactsError> {
    let mut rows = Vec::new();
    for it in reading.facts.whole_people(&reading.snapshot, people, parts).await? {
        let fact = &reading.set().people[it.place];
        let at = Place {
            spot: spot_at(Table::People, it.place),
            kind: NodeKind::Person,
            anchor: &reading.set().person_keys[it.place],
            observed: &it.observed,
            otherwise: (fact.observed_at, fact.sequence),
        };
        rows.extend(it.entries.into_iter().filter_map(|entry| row(reading, &at, entry)));
    }
    Ok(rows)
}

/// Whose history is read.
struct Place<'a> {
    spot: Spot,
    kind: NodeKind,
    anchor: &'a RecordKey,
    observed: &'a HashMap<Arc<str>, Sequence>,
    /// When what no vendor recorded was observed.
    otherwise: (DateTime<Utc>, Sequence),
}

fn row(reading: &Reading, at: &Place<'_>, entry: Entry) -> Option<HistoryRow> {
    let (view, event) = (&reading.view, &entry.event);
    let campaigns: Vec<RecordKey> = event.campaign.iter().cloned().collect();
    if view.sees_entry(&EntryRow { kind: event.kind, campaigns: &campaigns }) != Part::Entry {
        return None;
    }
    let seen = |field: &str, value: Option<Arc<str>>| match see_field(view, field, value.as_ref()) {
        Shown::Value(value) => value,
        Shown::Denied => None,
    };
    let field = field_of(&event.detail);
    let old_value = field.and_then(|field| seen(field, old_value_of(&event.detail).map(Arc::from)));
    let new_value = field.and_then(|field| seen(field, new_value_of(&event.detail).map(Arc::from)));
    let (stage_from, stage_to) = match &event.detail {
        Detail::Stage { from, to, .. } => {
            (from.map(|from| Arc::from(LifecycleStage::name(from))), Some(Arc::from(to.name())))
        }
        Detail::Opportunity { from, to, .. } => (seen("stage", from.clone()), seen("stage", to.clone())),
        _ => (None, None),
    };
    let place = at.spot.place as usize;
    let (person, opportunity) = match at.spot.table {
        Table::People => (
            reading.person_id(Some(Ix::new(place))),
            reading.id_of(NodeKind::Opportunity, event.opportunity.as_ref()),
        ),
        _ => (
            reading.id_of(NodeKind::Person, event.person.as_ref()),
            reading.opportunity_id(Some(Ix::new(place))),
        ),
    };
    let observed = match at.observed.get(&entry.id) {
        Some(sequence) => (event.observed_at, *sequence),
        None => at.otherwise,
    };
    Some(HistoryRow {
        stamp: Stamp::told_by(reading, at.spot, event.occurred_at, &event.source.source, observed),
        event_id: entry.node(at.kind, at.anchor).encode().into(),
        anchor_key: at.anchor.to_string().into(),
        person,
        account: reading.id_of(NodeKind::Account, event.account.as_ref()),
        opportunity,
        campaign: reading.id_of_campaign(event.campaign.as_ref()),
        asset: asset(&event.detail).map(|asset| id(NodeKind::SourceRecord, &asset.key)),
        actor: reading.id_of_user(event.actor.as_ref()),
        system: reading.system(&event.source.source),
        pass_number: pass_at(reading, at.spot, event.occurred_at),
        old_value,
        new_value,
        stage_from,
        stage_to,
        entry,
    })
}

/// The form, e-mail or page of a touch.
pub(super) fn asset(detail: &Detail) -> Option<&crate::domain::event::Asset> {
    match detail {
        Detail::Touch { asset, .. } => asset.as_ref(),
        _ => None,
    }
}

/// The funnel pass of a person at an instant.
fn pass_at(reading: &Reading, spot: Spot, at: DateTime<Utc>) -> Option<i64> {
    if spot.table != Table::People {
        return None;
    }
    let facts = reading.set();
    let periods = facts.periods_of(&facts.people[spot.place as usize]);
    let period = periods.iter().rev().find(|period| period.entered_at <= at)?;
    (period.pass > 0).then_some(i64::from(period.pass))
}
