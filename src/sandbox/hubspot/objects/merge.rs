//! Two records become one. The vendor may give the result a new id; both old ids lead to it ever after.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value;

use super::batch::id_text;
use super::read::kind;
use super::write::written;
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::portal::{Portal, body};
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::news::News;
use crate::sandbox::hubspot::store::objects::{Change, Moment};
use crate::sandbox::hubspot::store::place::{Place, Virtual};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    #[serde(deserialize_with = "id_text")]
    primary_object_id: String,
    #[serde(deserialize_with = "id_text")]
    object_id_to_merge: String,
}

/// `POST /crm/v3/objects/{type}/merge`
pub(crate) async fn merge(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let kind = kind(&name)?;
    if !matches!(kind, Kind::CONTACTS | Kind::COMPANIES | Kind::DEALS | Kind::TICKETS) {
        return Err(Refusal::not_found());
    }
    let asked: Merge = body(&bytes)?;
    let moment = portal.moment();
    let mut store = portal.write();
    let live = |id: &str| {
        let objects = store.objects(kind);
        let id = objects.surviving(id.parse().ok()?);
        objects.find_live(id).map(|position| (id, position))
    };
    let primary = live(&asked.primary_object_id).ok_or_else(Refusal::not_found)?;
    let secondary = live(&asked.object_id_to_merge).ok_or_else(Refusal::not_found)?;
    if primary == secondary {
        return Err(Refusal::validation("A record cannot be merged with itself"));
    }
    let position = join(&mut store, kind, primary, secondary, &moment, portal.options.merge_makes_a_new_id);
    Ok(Json(written(&store, kind, position, std::iter::empty())))
}

/// Merges two live records, each given by id and position, and says where the result is.
fn join(
    store: &mut Store,
    kind: Kind,
    primary: (u64, usize),
    secondary: (u64, usize),
    moment: &Moment,
    makes_a_new_id: bool,
) -> usize {
    let mut moment = moment.clone();
    let source = if kind == Kind::CONTACTS { "MERGE_CONTACTS" } else { "MERGE_OBJECTS" };
    moment.origin.source_type = source.into();
    moment.origin.source_id = None;

    let [kept, given] = [primary, secondary].map(|(_, position)| stored(store, kind, position));
    let missing = given.iter().filter(|(name, _)| !kept.iter().any(|(other, _)| other == name)).cloned();
    let mut changes: Vec<Change> = missing.collect();
    let created = [primary, secondary].map(|(_, position)| store.objects(kind).rows()[position].created);
    changes.push((kind.created().into(), Some(created[0].min(created[1]).to_string())));
    if kind == Kind::CONTACTS {
        changes.extend(addresses(&kept, &given));
    }

    let objects = store.objects_mut(kind);
    let position = if makes_a_new_id {
        let id = objects.next_id();
        objects.history.copy(primary.0, id);
        // The primary record's own values are no change: their past was copied.
        let position = objects.insert_unseen(kept, &moment);
        objects.change(position, changes, &moment);
        objects.absorb(primary.0, id, moment.at);
        position
    } else {
        objects.change(primary.1, changes, &moment);
        primary.1
    };
    let id = objects.rows()[position].id;
    objects.absorb(secondary.0, id, moment.at);
    objects.news.push(News::Merged { primary: primary.0, merged: secondary.0, into: id });
    if makes_a_new_id {
        store.links.take_over((kind, primary.0), (kind, id));
    }
    store.links.take_over((kind, secondary.0), (kind, id));
    position
}

/// The values a record holds itself.
fn stored(store: &Store, kind: Kind, position: usize) -> Vec<Change> {
    let objects = store.objects(kind);
    let row = &objects.rows()[position];
    objects
        .columns()
        .filter_map(|name| {
            let place = objects.place(name);
            // The markers of earlier merges are made anew.
            let marker =
                matches!(place.made, Some(Virtual::MergedIds | Virtual::MergedVids | Virtual::AllVids));
            let value = objects.value(row, &Place { made: None, ..place }).filter(|_| !marker)?;
            Some((name.to_string(), Some(value.into_owned())))
        })
        .collect()
}

/// The merged contact answers to every address either had.
fn addresses(kept: &[Change], given: &[Change]) -> Option<Change> {
    let of = |values: &[Change], wanted: &str| -> Option<String> {
        values.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.clone())
    };
    let primary = of(kept, "email").or_else(|| of(given, "email"));
    let all: BTreeSet<String> =
        [of(kept, "hs_additional_emails"), of(given, "hs_additional_emails"), of(given, "email")]
            .into_iter()
            .flatten()
            .flat_map(|emails| emails.split(';').map(|email| email.trim().to_lowercase()).collect::<Vec<_>>())
            .filter(|email| !email.is_empty() && Some(email) != primary.as_ref())
            .collect();
    (!all.is_empty())
        .then(|| ("hs_additional_emails".into(), Some(all.into_iter().collect::<Vec<_>>().join(";"))))
}
