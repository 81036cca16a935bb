//! Forms and what was submitted through them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::paging::{Here, slice};
use super::portal::Portal;
use super::query::Query;
use super::refusal::Refusal;
use super::stamp;
use super::store::sheet::{Line, Sheet};

/// All forms, and the submissions of each, newest first.
#[derive(Debug)]
pub(crate) struct Forms {
    all: Sheet,
    submissions: Sheet,
    by_form: HashMap<String, Vec<u32>>,
}

impl Forms {
    pub(crate) fn load(forms: Sheet, submissions: Sheet) -> Self {
        let mut dated: Vec<(&str, i64, u32)> = submissions
            .lines()
            .enumerate()
            .filter_map(|(position, line)| Some((line.get("form_id")?, submitted_at(line)?, position as u32)))
            .collect();
        dated.sort_by_key(|(_, at, position)| std::cmp::Reverse((*at, *position)));
        let mut by_form: HashMap<String, Vec<u32>> = HashMap::new();
        for (form, _, position) in dated {
            by_form.entry(form.to_owned()).or_default().push(position);
        }
        Self { all: forms, submissions, by_form }
    }

    fn form(&self, id: &str) -> Option<Line<'_>> {
        self.all.lines().find(|line| line.get("id") == Some(id))
    }
}

fn submitted_at(line: Line) -> Option<i64> {
    line.get("submitted_at").and_then(stamp::parse)
}

fn shown(form: Line, since: i64) -> Value {
    let created = form.get("created_at").and_then(stamp::parse).unwrap_or(since);
    let updated = form.get("updated_at").and_then(stamp::parse).unwrap_or(created);
    json!({
        "id": form.get("id"),
        "name": form.get("name"),
        "formType": form.get("form_type").unwrap_or("hubspot"),
        "createdAt": stamp::iso(created),
        "updatedAt": stamp::iso(updated),
        "archived": form.get("archived_at").is_some(),
        "fieldGroups": [],
        "configuration": {
            "language": "en", "cloneable": true, "editable": true, "archivable": true,
            "recaptchaEnabled": false, "notifyContactOwner": false, "notifyRecipients": [],
            "createNewContactForNewEmail": false, "prePopulateKnownValues": true,
            "allowLinkToResetKnownValues": false, "lifecycleStages": [],
            "postSubmitAction": { "type": "thank_you", "value": "Thank you." },
        },
        "displayOptions": {
            "renderRawHtml": false, "theme": "default_style", "submitButtonText": "Submit",
            "style": {
                "labelTextSize": "13px", "legalConsentTextColor": "#33475b", "fontFamily": "arial",
                "legalConsentTextSize": "14px", "backgroundWidth": "100%", "helpTextSize": "11px",
                "submitFontColor": "#ffffff", "labelTextColor": "#33475b", "submitAlignment": "left",
                "submitSize": "12px", "helpTextColor": "#7c98b6", "submitColor": "#ff7a59",
            },
        },
        "legalConsentOptions": { "type": "none" },
    })
}

/// `GET /marketing/v3/forms`
pub(crate) async fn list(
    State(portal): State<Arc<Portal>>,
    query: Query,
    here: Here,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(20, 500)?;
    let offset = query.number("after")?.unwrap_or_default();
    let kinds = query.list("formTypes");
    let archived = query.flag("archived");
    let store = portal.read();
    let forms = store
        .forms
        .all
        .lines()
        .filter(|form| form.get("archived_at").is_some() == archived)
        .filter(|form| {
            let kind = form.get("form_type").unwrap_or("hubspot");
            // Left out, the vendor shows only its own forms.
            if kinds.is_empty() {
                kind == "hubspot"
            } else {
                kinds.iter().any(|asked| asked == "all" || asked == kind)
            }
        })
        .collect();
    let (page, next) = slice(forms, offset, limit);
    let page: Vec<Value> = page.into_iter().map(|form| shown(form, store.since)).collect();
    let mut answer = json!({ "results": page });
    if let Some(next) = next {
        answer["paging"] = here.next(&next.to_string());
    }
    Ok(Json(answer))
}

/// `GET /marketing/v3/forms/{form}`
pub(crate) async fn get(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let store = portal.read();
    let form = store.forms.form(&id).ok_or_else(Refusal::not_found)?;
    if form.get("archived_at").is_some() != query.flag("archived") {
        return Err(Refusal::not_found());
    }
    Ok(Json(shown(form, store.since)))
}

/// `GET /form-integrations/v1/submissions/forms/{form}`: newest first, at most fifty a page.
pub(crate) async fn submissions(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, Refusal> {
    let limit = query.limit(20, 50)?;
    let offset: usize = query.number("after")?.unwrap_or_default();
    let store = portal.read();
    let forms = &store.forms;
    forms.form(&id).ok_or_else(Refusal::not_found)?;
    let positions = forms.by_form.get(&id).map(Vec::as_slice).unwrap_or_default();
    let page: Vec<Value> = positions
        .iter()
        .skip(offset)
        .take(limit)
        .map(|position| submission(*position, forms.submissions.line(*position as usize)))
        .collect();
    let mut answer = json!({ "results": page });
    if positions.len() > offset.saturating_add(limit) {
        answer["paging"] = json!({ "next": { "after": (offset + limit).to_string() } });
    }
    Ok(Json(answer))
}

fn submission(position: u32, line: Line) -> Value {
    let listed: Vec<Value> =
        line.get("values_json").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let mut values: Vec<Value> = Vec::new();
    let named_email = |value: &Value| value["name"] == "email";
    if let Some(email) = line.get("email").filter(|_| !listed.iter().any(named_email)) {
        values.push(json!({ "name": "email", "value": email, "objectTypeId": "0-1" }));
    }
    for mut value in listed {
        if let Some(members) = value.as_object_mut() {
            members.entry("objectTypeId").or_insert_with(|| "0-1".into());
        }
        values.push(value);
    }
    json!({
        "conversionId": format!("00000000-0000-4000-8000-{position:012x}"),
        "submittedAt": submitted_at(line),
        "values": values,
        "pageUrl": line.get("page_url").unwrap_or_default(),
    })
}
