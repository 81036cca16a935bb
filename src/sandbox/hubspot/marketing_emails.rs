//! Marketing e-mails and what became of them, counted from the events of their recipients.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::paging::{Here, slice};
use super::portal::Portal;
use super::query::Query;
use super::refusal::Refusal;
use super::stamp::{self, Millis};
use super::store::Store;
use super::store::sheet::Line;

fn shown(store: &Store, mail: Line, with_stats: bool) -> Value {
    let instant = |column: &str| mail.get(column).and_then(stamp::parse);
    let created = instant("created_at").unwrap_or(store.since);
    let updated = instant("updated_at").unwrap_or(created);
    let published = instant("published_at");
    let mailing = mail.get("primary_email_campaign_id");
    let mut shown = json!({
        "id": mail.get("id"),
        "name": mail.get("name"),
        "subject": mail.get("subject").unwrap_or_default(),
        "state": mail.get("state").unwrap_or("PUBLISHED"),
        "type": mail.get("type").unwrap_or("BATCH_EMAIL"),
        "isPublished": published.is_some(),
        "isAb": false,
        "activeDomain": "leadline.example",
        "archived": mail.get("archived_at").is_some(),
        "allEmailCampaignIds": mailing.into_iter().collect::<Vec<_>>(),
        "content": {},
        "from": { "fromName": "Leadline", "replyTo": "hello@leadline.example" },
        "to": {},
        "sendOnPublish": true,
        "subcategory": "batch",
        "createdAt": stamp::iso(created),
        "updatedAt": stamp::iso(updated),
    });
    if let Some(mailing) = mailing {
        shown["primaryEmailCampaignId"] = mailing.into();
    }
    if let Some(published) = published {
        shown["publishDate"] = stamp::iso(published).into();
        shown["publishedAt"] = stamp::iso(published).into();
    }
    if let Some(campaign) = mail.get("campaign") {
        shown["campaign"] = campaign.into();
        let of = store.campaigns.lines().find(|line| line.get("id") == Some(campaign));
        shown["campaignName"] = of.and_then(|campaign| campaign.get("hs_name")).into();
        shown["campaignUtm"] = of.and_then(|campaign| campaign.get("hs_utm")).into();
    }
    if with_stats {
        let counts = mailing.map(|id| store.events.counts(id)).unwrap_or_default();
        shown["stats"] = statistics(&counts);
    }
    shown
}

/// Counters and ratios, the latter in percent.
fn statistics(counts: &BTreeMap<String, u64>) -> Value {
    let count = |kind: &str| counts.get(kind).copied().unwrap_or_default();
    let [sent, delivered, open, click, bounce] = ["SENT", "DELIVERED", "OPEN", "CLICK", "BOUNCE"].map(count);
    let percent = |part: u64, whole: u64| if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 };
    json!({
        "counters": {
            "sent": sent, "delivered": delivered, "open": open, "click": click, "bounce": bounce,
            "unsubscribed": count("STATUSCHANGE"), "spamreport": count("SPAMREPORT"),
            "dropped": count("DROPPED"), "deferred": count("DEFERRED"),
        },
        "ratios": {
            "deliveredratio": percent(delivered, sent),
            "openratio": percent(open, delivered),
            "clickratio": percent(click, delivered),
            "clickthroughratio": percent(click, open),
            "bounceratio": percent(bounce, sent),
        },
        "deviceBreakdown": {},
        "qualifierStats": {},
    })
}

/// `GET /marketing/v3/emails`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(10, 100)?;
    let offset = query.number("after")?.unwrap_or_default();
    let archived = query.flag("archived");
    let store = portal.read();
    let instant = |parameter: &str| query.get(parameter).and_then(stamp::parse);
    let later = |mail: Line, column: &str, than: Option<Millis>| {
        than.is_none_or(|than| mail.get(column).and_then(stamp::parse).is_some_and(|at| at > than))
    };
    let found: Vec<Line> = store
        .marketing_emails
        .lines()
        .filter(|mail| mail.get("archived_at").is_some() == archived)
        .filter(|mail| later(*mail, "created_at", instant("createdAfter")))
        .filter(|mail| later(*mail, "updated_at", instant("updatedAfter")))
        .filter(|mail| later(*mail, "published_at", instant("publishedAfter")))
        .filter(|mail| query.get("type").is_none_or(|kind| mail.get("type").unwrap_or("BATCH_EMAIL") == kind))
        .filter(|mail| query.get("campaign").is_none_or(|campaign| mail.get("campaign") == Some(campaign)))
        .filter(|mail| {
            query
                .get("isPublished")
                .is_none_or(|asked| (asked == "true") == mail.get("published_at").is_some())
        })
        .collect();
    let total = found.len();
    let (page, next) = slice(found, offset, limit);
    let page: Vec<Value> =
        page.into_iter().map(|mail| shown(&store, mail, query.flag("includeStats"))).collect();
    let mut answer = json!({ "total": total, "results": page });
    if let Some(next) = next {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /marketing/v3/emails/{email}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let mail = store.marketing_emails.lines().find(|mail| mail.get("id") == Some(&id));
    let mail = mail.ok_or_else(Refusal::not_found)?;
    Ok(Json(shown(&store, mail, query.flag("includeStats"))))
}

/// `GET /marketing/v3/emails/statistics/list`
pub(crate) async fn statistics_of(
    State(portal): State<Arc<Portal>>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let instant = |parameter: &str| {
        query
            .get(parameter)
            .and_then(stamp::parse)
            .ok_or_else(|| Refusal::validation(format!("{parameter} is missing or no instant")))
    };
    let (from, to) = (instant("startTimestamp")?, instant("endTimestamp")?);
    let asked = query.list("emailIds");
    let store = portal.read();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut ids = Vec::new();
    for mail in store.marketing_emails.lines() {
        let (Some(id), Some(at)) = (mail.get("id"), mail.get("published_at").and_then(stamp::parse)) else {
            continue;
        };
        if !(from..=to).contains(&at) || !(asked.is_empty() || asked.iter().any(|one| one == id)) {
            continue;
        }
        ids.push(id.parse::<u64>().map_or_else(|_| Value::from(id), Value::from));
        for (kind, count) in
            mail.get("primary_email_campaign_id").map(|id| store.events.counts(id)).unwrap_or_default()
        {
            *counts.entry(kind).or_default() += count;
        }
    }
    Ok(Json(json!({ "aggregate": statistics(&counts), "emails": ids, "campaignAggregations": {} })))
}
