//! Every path of the pretend vendor, in both spellings where there are two: `/crm/v3/objects/…` and the
//! date-based `/crm/objects/2026-03/…`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Router, middleware};

use super::objects::read;
use super::portal::Portal;
use super::refusal::Refusal;
use super::{events, forms, guard, oauth, owners, pipelines, search, segments};

type Routes = Router<Arc<Portal>>;

/// All routes, guarded where the vendor wants a token.
pub(super) fn all(portal: &Arc<Portal>) -> Router {
    let guarded = Router::new()
        .merge(objects("/crm/v3/objects"))
        .merge(objects("/crm/objects/2026-03"))
        .merge(pipelines("/crm/v3/pipelines"))
        .merge(pipelines("/crm/pipelines/2026-03"))
        .merge(owners("/crm/v3/owners"))
        .merge(owners("/crm/owners/2026-03"))
        .merge(lists("/crm/v3/lists"))
        .merge(lists("/crm/lists/2026-03"))
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
        .route(&at(""), get(read::list))
        .route(&at("/search"), post(search::search))
        .route(&at("/batch/read"), post(read::batch_read))
        .route(&at("/{id}"), get(read::get))
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
        .route(&at("/records/{type}/{record}/memberships"), get(segments::lists_of))
        .route(&at("/{list}"), get(segments::get).delete(segments::delete))
        .route(&at("/{list}/restore"), put(segments::restore))
        .route(&at("/{list}/memberships"), get(segments::members))
        .route(&at("/{list}/memberships/join-order"), get(segments::members_by_joining))
        .route(&at("/{list}/memberships/add"), put(segments::add))
        .route(&at("/{list}/memberships/remove"), put(segments::remove))
        .route(&at("/{list}/memberships/add-and-remove"), put(segments::add_and_remove))
}

fn marketing() -> Routes {
    Router::new()
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
