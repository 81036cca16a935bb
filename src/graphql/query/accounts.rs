//! Accounts: one, and all or those a filter names.

use async_graphql::{Context, ID, OneofObject, Result};
use async_trait::async_trait;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::View;
use crate::facts::Snapshot;
use crate::facts::lists::{ListRefusal, PageOfIds};
use crate::source::cached::Freshness;
use crate::unify::accounts::AccountsWanted;

use super::super::code::Code;
use super::super::filter::{AccountFilter, AccountOrder};
use super::super::load::decode;
use super::super::object::account::Account;
use super::super::paging::Page;
use super::super::request::{FreshnessInput, Request, freshness, refused, request};
use super::super::select;
use super::list::{AskOf, Asked, Found, Listed};
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

#[async_trait]
impl Listed for Account {
    const NAME: &'static str = "accounts";
    type Filter = AccountFilter;
    type Order = AccountOrder;
    type Wanted = AccountsWanted;

    fn wanted(ctx: &Context<'_>, freshness: Freshness) -> AccountsWanted {
        AccountsWanted { select: select::accounts(ctx, &select::entries(ctx.look_ahead())), freshness }
    }

    fn chosen(snapshot: &Snapshot, view: &View, ask: &AskOf<Self>) -> Result<PageOfIds, ListRefusal> {
        snapshot.accounts(view, ask)
    }

    async fn read(request: &Request<'_>, keys: &[RecordKey], wanted: &AccountsWanted) -> Found<Self> {
        let found = request.live.accounts_by_record(request.view, request.inquiry, keys, wanted).await;
        found.into_iter().map(|one| one.map(|one| one.map(Account::new))).collect()
    }

    fn node_id(&self) -> &NodeId {
        &self.0.id
    }

    async fn live(ctx: &Context<'_>, asked: &Asked<'_, Self>, freshness: Freshness) -> Result<Page<Self>> {
        let mut ask = asked.of_walk(&asked.question())?;
        asked.filter.apply(request(ctx).live, &mut ask)?;
        let (wanted, request) = (Self::wanted(ctx, freshness), request(ctx));
        let walked = request.live.accounts_page(request.view, request.inquiry, &ask, &wanted).await;
        Ok(Page::walked(walked.map_err(|refusal| refused(&refusal))?, &asked.question(), Account::new))
    }
}
