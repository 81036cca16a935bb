//! Everybody who owns or changes records.

use async_graphql::{Context, Result};

use super::super::object::user::{User, UserConnection};
use super::super::paging::{Page, Question, Window, slice};
use super::super::request::request;

/// A page of users.
pub(super) async fn users_page(ctx: &Context<'_>, window: Window) -> Result<UserConnection> {
    let request = request(ctx);
    let (users, gaps) = request.live.users(request.view, request.inquiry).await;
    let question = Question::new("users", &());
    let slice = slice(users, &window, 50, &question, |user| user.anchor.to_string())?;
    Ok(Page::cut(slice, &gaps, User).into())
}
