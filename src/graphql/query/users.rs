//! Everybody who owns or changes records.

use async_graphql::{Context, Result};

use super::super::object::user::{User, UserConnection, UserEdge};
use super::super::paging::{PageInfo, Question, Window, slice};
use super::super::request::request;

/// A page of users.
pub(super) async fn users_page(ctx: &Context<'_>, window: Window) -> Result<UserConnection> {
    let request = request(ctx);
    let (users, gaps) = request.live.users(request.view, request.inquiry).await;
    let question = Question::new("users", &());
    let slice = slice(users, &window, 50, &question, |user| user.anchor.to_string())?;
    let total = gaps.is_empty().then(|| i32::try_from(slice.total).unwrap_or(i32::MAX));
    let entries = slice.entries.into_iter().map(|(cursor, user)| (cursor, User(user))).collect();
    let (edges, nodes) = UserEdge::pair(entries);
    let info: PageInfo = slice.info;
    Ok(UserConnection { edges, nodes, page_info: info, total_count: total })
}
