//! What happened to each marketing e-mail at each recipient: the one feed that names recipients.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

use super::portal::Portal;
use super::query::Query;
use super::refusal::Refusal;
use super::stamp::{self, Millis};
use super::store::index::{self, Index};
use super::store::sheet::{Line, Sheet};

/// All events, newest first, and the mailings they belong to.
#[derive(Debug)]
pub(crate) struct Events {
    sheet: Sheet,
    /// When and in which line, newest first.
    newest_first: Vec<(Millis, u32)>,
    /// Positions in the list above by recipient.
    by_recipient: Index,
    pub(crate) mailings: Sheet,
}

impl Events {
    pub(crate) fn load(sheet: Sheet, mailings: Sheet) -> Self {
        let mut newest_first: Vec<(Millis, u32)> = sheet
            .lines()
            .enumerate()
            .filter_map(|(line, event)| Some((event.get("created").and_then(stamp::parse)?, line as u32)))
            .collect();
        newest_first.sort_unstable_by_key(|event| std::cmp::Reverse(*event));
        let by_recipient =
            Index::build(newest_first.iter().enumerate().filter_map(|(position, (_, line))| {
                let recipient = sheet.line(*line as usize).get("recipient")?;
                Some((index::key(recipient), position as u32))
            }));
        Self { sheet, newest_first, by_recipient, mailings }
    }

    /// The events by type, for a mailing's statistics.
    pub(crate) fn counts(&self, mailing: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for event in self.sheet.lines().filter(|event| event.get("email_campaign_id") == Some(mailing)) {
            *counts.entry(event.get("type").unwrap_or_default().to_owned()).or_default() += 1;
        }
        counts
    }

    fn mailing(&self, id: &str) -> Option<Line<'_>> {
        self.mailings.lines().find(|line| line.get("id") == Some(id))
    }
}

/// `GET /email/public/v1/events`
pub(crate) async fn list(State(portal): State<Arc<Portal>>, query: Query) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(10, 1000)?;
    // The offset is opaque to callers; here it is the position at which to go on.
    let offset: usize = query.number("offset")?.unwrap_or_default();
    let from: Millis = query.number("startTimestamp")?.unwrap_or(Millis::MIN);
    let to: Millis = query.number("endTimestamp")?.unwrap_or(Millis::MAX);
    let store = portal.read();
    let events = &store.events;
    let positions: Box<dyn Iterator<Item = u32>> = match query.get("recipient") {
        Some(recipient) => {
            let mut rows: Vec<u32> = events.by_recipient.rows(index::key(recipient)).collect();
            rows.sort_unstable();
            Box::new(rows.into_iter())
        }
        None => Box::new(0..events.newest_first.len() as u32),
    };
    let wanted = |event: Line| {
        let is = |parameter: &str, column: &str| {
            query
                .get(parameter)
                .is_none_or(|asked| event.get(column).is_some_and(|value| value.eq_ignore_ascii_case(asked)))
        };
        let filtered = event.get("filtered_event") == Some("true");
        is("recipient", "recipient")
            && is("eventType", "type")
            && is("campaignId", "email_campaign_id")
            && is("appId", "app_id")
            && !(filtered && query.flag("excludeFilteredEvents"))
    };
    let mut found = positions
        .skip_while(|position| (*position as usize) < offset)
        .filter(|position| (from..=to).contains(&events.newest_first[*position as usize].0))
        .filter(|position| wanted(events.sheet.line(events.newest_first[*position as usize].1 as usize)));
    let page: Vec<u32> = found.by_ref().take(limit).collect();
    let next = found.next();
    let shown: Vec<Value> = page
        .iter()
        .map(|position| {
            let (created, line) = events.newest_first[*position as usize];
            event(events, events.sheet.line(line as usize), created, portal.options.portal_id)
        })
        .collect();
    let offset =
        next.map_or_else(|| page.last().map_or(offset, |last| *last as usize + 1), |next| next as usize);
    Ok(Json(json!({ "events": shown, "hasMore": next.is_some(), "offset": offset.to_string() })))
}

fn event(events: &Events, line: Line, created: Millis, portal_id: u64) -> Value {
    let number = |column: &str| line.get(column).and_then(|value| value.parse::<u64>().ok());
    let mailing = line.get("email_campaign_id").and_then(|id| events.mailing(id));
    let mut shown = Map::new();
    let mut put = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown.insert(member.into(), value);
        }
    };
    put("id", line.get("id").map(Value::from));
    put("created", Some(created.into()));
    put("type", line.get("type").map(Value::from));
    put("recipient", line.get("recipient").map(Value::from));
    put("portalId", Some(portal_id.into()));
    let app_id = number("app_id").or_else(|| mailing?.get("app_id")?.parse().ok());
    put("appId", app_id.map(Value::from));
    put("appName", Some(mailing.and_then(|mailing| mailing.get("app_name")).unwrap_or("Batch").into()));
    put("emailCampaignId", number("email_campaign_id").map(Value::from));
    put("filteredEvent", Some((line.get("filtered_event") == Some("true")).into()));
    if let (Some(id), Some(at)) = (line.get("sent_id"), line.get("sent_created").and_then(stamp::parse)) {
        put("sentBy", Some(json!({ "id": id, "created": at })));
    }
    for (member, column) in [
        ("url", "url"),
        ("userAgent", "user_agent"),
        ("deviceType", "device_type"),
        ("response", "response"),
        ("category", "category"),
        ("dropReason", "drop_reason"),
        ("subject", "subject"),
        ("source", "source"),
    ] {
        put(member, line.get(column).map(Value::from));
    }
    Value::Object(shown)
}

/// `GET /email/public/v1/campaigns/by-id`
pub(crate) async fn mailings(
    State(portal): State<Arc<Portal>>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(10, 1000)?;
    let offset: usize = query.number("offset")?.unwrap_or_default();
    let store = portal.read();
    let mailings = &store.events.mailings;
    let page: Vec<Value> = mailings
        .lines()
        .skip(offset)
        .take(limit)
        .map(|mailing| {
            json!({
                "id": mailing.get("id").and_then(|id| id.parse::<u64>().ok()),
                "appId": mailing.get("app_id").and_then(|id| id.parse::<u64>().ok()),
                "appName": mailing.get("app_name").unwrap_or("Batch"),
                "lastUpdatedTime": mailing.get("updated_at").and_then(stamp::parse).unwrap_or(store.since),
            })
        })
        .collect();
    let end = offset.saturating_add(page.len());
    Ok(Json(json!({
        "campaigns": page,
        "hasMore": end < mailings.lines().len(),
        "offset": end.to_string(),
    })))
}

/// `GET /email/public/v1/campaigns/{id}`
pub(crate) async fn mailing(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let mailing = store.events.mailing(&id).ok_or_else(Refusal::not_found)?;
    let number = |column: &str| mailing.get(column).and_then(|value| value.parse::<u64>().ok());
    let counters: Map<String, Value> = store
        .events
        .counts(&id)
        .into_iter()
        .map(|(kind, count)| (kind.to_lowercase(), count.into()))
        .collect();
    Ok(Json(json!({
        "id": number("id"),
        "appId": number("app_id"),
        "appName": mailing.get("app_name").unwrap_or("Batch"),
        "contentId": number("content_id"),
        "name": mailing.get("name"),
        "subject": mailing.get("subject"),
        "counters": counters,
        "type": "BATCH_EMAIL",
    })))
}
