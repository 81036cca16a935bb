//! Accounts: one, and all or those a filter names.

use async_graphql::{Context, ID, OneofObject, Result};

use crate::domain::id::NodeKind;
use crate::source::walk::ConditionField;
use crate::unify::accounts::AccountsWanted;

use super::super::code::Code;
use super::super::filter::{AccountFilter, AccountOrder, AccountOrderField, order};
use super::super::load::{Page, decode};
use super::super::object::account::{Account, AccountConnection, AccountEdge};
use super::super::paging::{Question, Window};
use super::super::request::{FreshnessInput, freshness, refused, request};
use super::super::select;
use super::list_ask;
use super::node::RecordInput;

/// How an account is named; exactly one way.
#[derive(Clone, Debug, OneofObject)]
pub enum AccountKey {
    /// By id.
    Id(ID),
    /// By domain.
    Domain(String),
    /// By a vendor record.
    Record(RecordInput),
}

/// One account.
pub(super) async fn one_account(
    ctx: &Context<'_>,
    by: &AccountKey,
    age: Option<&FreshnessInput>,
) -> Result<Option<Account>> {
    let wanted = AccountsWanted {
        select: select::accounts(ctx, &[ctx.look_ahead()]),
        freshness: freshness(ctx, age)?,
    };
    let request = request(ctx);
    let key = match by {
        AccountKey::Domain(domain) => {
            let found = request.live.account_by_domain(request.view, request.inquiry, domain, &wanted).await;
            return found.map(|account| account.map(Account::new)).map_err(|refusal| refused(&refusal));
        }
        AccountKey::Id(id) => {
            let node = decode(request.live, "id", id)?;
            if !matches!(node.kind, NodeKind::Account | NodeKind::SourceRecord) {
                return Err(
                    Code::BadInput.error("id is the id of another kind of object, not of an account.")
                );
            }
            node.key
        }
        AccountKey::Record(record) => record.key(request.live),
    };
    let mut found = request.live.accounts_by_record(request.view, request.inquiry, &[key], &wanted).await;
    let found = found.pop().unwrap_or(Ok(None));
    found.map(|account| account.map(Account::new)).map_err(|refusal| refused(&refusal))
}

/// A page of accounts.
pub(super) async fn accounts_page(
    ctx: &Context<'_>,
    filter: &AccountFilter,
    orders: Option<&[AccountOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<AccountConnection> {
    let question = Question::new("accounts", &(filter, orders));
    let wanted = AccountsWanted {
        select: select::accounts(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(ctx, age)?,
    };
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            AccountOrderField::Name => ConditionField::Name,
            AccountOrderField::CreatedAt => ConditionField::CreatedAt,
            AccountOrderField::UpdatedAt => ConditionField::UpdatedAt,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    let walked = request.live.accounts_page(request.view, request.inquiry, &ask, &wanted).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Account::new);
    let (edges, nodes) = AccountEdge::pair(page.entries);
    Ok(AccountConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}
