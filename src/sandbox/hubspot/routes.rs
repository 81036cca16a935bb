//! Every path of the pretend vendor, in both spellings where there are two: `/crm/v3/objects/…` and the
//! date-based `/crm/objects/2026-03/…`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Router, middleware};

use super::objects::{batch_write, merge, read, write};
use super::portal::Portal;
use super::refusal::Refusal;
use super::segments::members;
use super::{
    account, associations, campaigns, events, forms, guard, marketing_emails, oauth, owners, pipelines,
    properties, search, segments,
};

type Routes = Router<Arc<Portal>>;

/// All routes, guarded where the vendor wants a token.
pub(super) fn all(portal: &Arc<Portal>) -> Router {
    let guarded = Router::new()
        .merge(objects("/crm/v3/objects"))
        .merge(objects("/crm/objects/2026-03"))
        .merge(linked_records("/crm/v4/objects"))
        .merge(linked_records("/crm/objects/2026-03"))
        .merge(associations("/crm/v4/associations"))
        .merge(associations("/crm/associations/2026-03"))
        .route("/crm/v3/associations/{from}/{to}/batch/read", post(associations::batch_read_v3))
        .route("/crm/associations/v4/{from}/{to}/labels", get(associations::labels))
        .merge(properties("/crm/v3/properties"))
        .merge(properties("/crm/properties/2026-03"))
        .merge(pipelines("/crm/v3/pipelines"))
        .merge(pipelines("/crm/pipelines/2026-03"))
        .merge(owners("/crm/v3/owners"))
        .merge(owners("/crm/owners/2026-03"))
        .merge(lists("/crm/v3/lists"))
        .merge(lists("/crm/lists/2026-03"))
        .merge(campaigns("/marketing/v3/campaigns"))
        .merge(campaigns("/marketing/campaigns/2026-03"))
        .merge(marketing())
        .route_layer(middleware::from_fn_with_state(Arc::clone(portal), guard::guard));
    Router::new()
        .merge(open())
        .merge(guarded)
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing_here)
        .with_state(Arc::clone(portal))
}

fn objects(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}/{{type}}{rest}");
    Router::new()
        .route(&at(""), get(read::list).post(write::create))
        .route(&at("/search"), post(search::search))
        .route(&at("/merge"), post(merge::merge))
        .route(&at("/gdpr-delete"), post(write::forget))
        .route(&at("/batch/read"), post(read::batch_read))
        .route(&at("/batch/create"), post(batch_write::create))
        .route(&at("/batch/update"), post(batch_write::update))
        .route(&at("/batch/upsert"), post(batch_write::upsert))
        .route(&at("/batch/archive"), post(batch_write::archive))
        .route(&at("/{id}"), get(read::get).patch(write::update).delete(write::archive))
}

fn linked_records(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}/{{type}}/{{id}}/associations{rest}");
    Router::new()
        .route(&at("/{to}"), get(associations::list))
        .route(&at("/{to}/{other}"), put(associations::create).delete(associations::delete))
        .route(&at("/default/{to}/{other}"), put(associations::create_default))
}

fn associations(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}/{{from}}/{{to}}{rest}");
    Router::new()
        .route(&at("/labels"), get(associations::labels))
        .route(&at("/batch/read"), post(associations::batch_read))
        .route(&at("/batch/create"), post(associations::batch_create))
        .route(&at("/batch/associate/default"), post(associations::batch_create_default))
        .route(&at("/batch/archive"), post(associations::batch_archive))
        .route(&at("/batch/labels/archive"), post(associations::batch_archive_labels))
}

fn properties(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}/{{type}}{rest}");
    Router::new()
        .route(&at(""), get(properties::list).post(properties::create))
        .route(&at("/batch/read"), post(properties::batch_read))
        .route(&at("/batch/create"), post(properties::batch_create))
        .route(&at("/batch/archive"), post(properties::batch_archive))
        .route(&at("/groups"), get(properties::groups).post(properties::create_group))
        .route(&at("/{property}"), get(properties::get).patch(properties::update).delete(properties::archive))
}

fn campaigns(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}{rest}");
    Router::new()
        .route(root, get(campaigns::list))
        .route(&at("/"), get(campaigns::list))
        .route(&at("/batch/read"), post(campaigns::batch_read))
        .route(&at("/{campaign}"), get(campaigns::get))
        .route(&at("/{campaign}/assets/{assetType}"), get(campaigns::assets_of_type))
        .route(&at("/{campaign}/budget/totals"), get(campaigns::budget))
}

fn pipelines(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}/{{type}}{rest}");
    Router::new()
        .route(&at(""), get(pipelines::list))
        .route(&at("/{pipeline}"), get(pipelines::get))
        .route(&at("/{pipeline}/stages"), get(pipelines::list_stages))
        .route(&at("/{pipeline}/stages/{stage}"), get(pipelines::get_stage))
}

fn owners(root: &str) -> Routes {
    // Client libraries end the list's path with a slash, people do not.
    Router::new()
        .route(root, get(owners::list))
        .route(&format!("{root}/"), get(owners::list))
        .route(&format!("{root}/{{owner}}"), get(owners::get))
}

fn lists(root: &str) -> Routes {
    let at = |rest: &str| format!("{root}{rest}");
    Router::new()
        .route(root, get(segments::many).post(segments::create))
        .route(&at("/"), get(segments::many).post(segments::create))
        .route(&at("/search"), post(segments::search))
        .route(&at("/object-type-id/{type}/name/{name}"), get(segments::named))
        .route(&at("/records/{type}/{record}/memberships"), get(members::lists_of))
        .route(&at("/{list}"), get(segments::get).delete(segments::delete))
        .route(&at("/{list}/restore"), put(segments::restore))
        .route(&at("/{list}/memberships"), get(members::list))
        .route(&at("/{list}/memberships/join-order"), get(members::by_joining))
        .route(&at("/{list}/memberships/add"), put(members::add))
        .route(&at("/{list}/memberships/remove"), put(members::remove))
        .route(&at("/{list}/memberships/add-and-remove"), put(members::add_and_remove))
}

fn marketing() -> Routes {
    Router::new()
        .route("/account-info/v3/details", get(account::details))
        .route("/account-info/v3/api-usage/daily/private-apps", get(account::usage))
        .route("/marketing/v3/emails", get(marketing_emails::list))
        .route("/marketing/v3/emails/", get(marketing_emails::list))
        .route("/marketing/v3/emails/statistics/list", get(marketing_emails::statistics_of))
        .route("/marketing/v3/emails/{email}", get(marketing_emails::get))
        .route("/marketing/v3/forms", get(forms::list))
        .route("/marketing/v3/forms/", get(forms::list))
        .route("/marketing/v3/forms/{form}", get(forms::get))
        .route("/form-integrations/v1/submissions/forms/{form}", get(forms::submissions))
        .route("/email/public/v1/events", get(events::list))
        .route("/email/public/v1/campaigns/by-id", get(events::mailings))
        .route("/email/public/v1/campaigns/{mailing}", get(events::mailing))
}

/// What needs no token: getting one.
fn open() -> Routes {
    Router::new()
        .route("/oauth/v1/token", post(oauth::token))
        .route("/oauth/v3/token", post(oauth::token))
        .route("/oauth/2026-03/token", post(oauth::token))
        .route("/oauth/v1/access-tokens/{token}", get(oauth::access_token))
        .route(
            "/oauth/v1/refresh-tokens/{token}",
            get(oauth::refresh_token).delete(oauth::revoke_refresh_token),
        )
        .route("/oauth/v3/token/introspect", post(oauth::introspect))
        .route("/oauth/v3/token/revoke", post(oauth::revoke))
}

async fn nothing_here() -> Response {
    Refusal::not_found().into_response()
}

async fn wrong_method() -> Response {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "method not allowed").into_response()
}
