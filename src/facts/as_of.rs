//! What was known of a person at an instant: every record's values then, merged by the rules of today.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::event::{Event, Floor};
use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::person::{PersonRecord, ScoreValue};
use crate::unify::history::state::{Current, Held, state_at};
use crate::unify::identity::accounts::account_named;
use crate::unify::identity::cluster::Cluster;
use crate::unify::journey::lifecycle::journey;
use crate::unify::merge::person::{MergedScore, merge_person};
use crate::unify::merge::same::Same;

use super::compose::stage_now;
use super::rules::Rules;

/// A person as known at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonThen {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Where they stood.
    pub stage: Option<LifecycleStage>,
    /// Who looked after them.
    pub owner: Option<RecordKey>,
    /// The account their records named.
    pub account: Option<RecordKey>,
    /// Their scores.
    pub scores: Vec<MergedScore>,
    /// False where the histories do not tell everything back to the instant.
    pub is_complete: bool,
}

/// A person at an instant, out of their present records, everything that happened with them, and the floors of those
/// histories. None before their first record was created.
pub fn person_as_of(
    cluster: &Cluster,
    events: &[Event],
    floors: &[Floor],
    rules: &Rules,
    users: &Same,
    at: DateTime<Utc>,
) -> Option<PersonThen> {
    let records: Vec<&PersonRecord> =
        cluster.members.iter().map(|it| &*it.record).filter(|it| it.meta.created_at <= at).collect();
    if records.is_empty() {
        return None;
    }
    let current: Vec<Current> = records.iter().flat_map(|record| asked(record)).collect();
    let then = state_at(&current, events, floors, at);
    let mut held: BTreeMap<(&RecordKey, &str), &Held> = BTreeMap::new();
    for value in &then.values {
        held.insert((&value.record, &value.field), value);
    }
    let mut past = cluster.clone();
    past.members.retain(|it| it.record.meta.created_at <= at);
    for member in &mut past.members {
        member.record = Arc::new(as_held(&member.record, &held));
    }
    let mut same = Same::default();
    same.add_cluster(cluster);
    let stages: Vec<Current> = cluster.members.iter().filter_map(|it| stage_now(&it.record)).collect();
    let entries = crate::unify::history::timeline(events.to_vec(), &rules.sources, &same, &stages);
    let walked = journey(&records, &entries, &[], &[], at);
    let merged = merge_person(&past, &rules.sources, users, &[]);
    Some(PersonThen {
        at,
        stage: walked.periods.last().map(|period| period.stage),
        owner: merged.owner,
        account: account_named(&past, &rules.sources),
        scores: merged.scores,
        is_complete: then.is_complete,
    })
}

/// The fields asked of a record, with what it holds now, written as histories write them.
fn asked(record: &PersonRecord) -> Vec<Current> {
    let now = |field: &str, value: Option<Arc<str>>| Current {
        record: record.meta.key.clone(),
        field: field.into(),
        value,
        stage: None,
        modified_at: record.meta.updated_at,
    };
    let id = |key: &Option<RecordKey>| key.as_ref().map(|key| key.id.clone());
    let mut asked = vec![now("owner", id(&record.owner)), now("account", id(&record.account))];
    let score = |score: &ScoreValue| now(&score.name, Some(Arc::from(score.value.to_string())));
    asked.extend(record.scores.iter().map(score));
    asked
}

/// A record with the values it held then.
fn as_held(record: &PersonRecord, held: &BTreeMap<(&RecordKey, &str), &Held>) -> PersonRecord {
    let key = &record.meta.key;
    let value = |field: &str| held.get(&(key, field)).and_then(|held| held.value.as_ref());
    // A key now says of what object the id was then, where there is one; an owner or an account that is gone since is
    // named by the object its kind usually has.
    let named = |field: &str, now: &Option<RecordKey>, object: &str| {
        let id = value(field)?;
        let object = now.as_ref().map_or(object, |now| &*now.object);
        Some(RecordKey::new(&key.source, object, id))
    };
    let scores = record.scores.iter().filter_map(|score| {
        let text = value(&score.name)?;
        let value: Decimal = text.parse().ok()?;
        Some(ScoreValue { value, ..score.clone() })
    });
    PersonRecord {
        owner: named("owner", &record.owner, "owner"),
        account: named("account", &record.account, "account"),
        scores: scores.collect(),
        ..record.clone()
    }
}
