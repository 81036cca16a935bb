//! Everybody, or those a filter names.

use std::sync::Arc;

use async_graphql::{Context, Result};
use async_trait::async_trait;

use crate::domain::id::{NodeId, RecordKey};
use crate::domain::view::View;
use crate::facts::Snapshot;
use crate::facts::lists as facts;
use crate::facts::lists::{ListRefusal, PageOfIds};
use crate::source::cached::Freshness;
use crate::unify::accounts::Account as UnifiedAccount;
use crate::unify::lists::ListAsk;
use crate::unify::people::{PeopleWanted, Person as Unified};

use super::super::code::Code;
use super::super::filter::{Nested, OfFacts, PersonFilter, PersonOrder};
use super::super::numbers::snapshot;
use super::super::object::person::{Person, PersonConnection};
use super::super::paging::{Page, Question, Window, slice};
use super::super::request::{FreshnessInput, Request, refused, request};
use super::super::select;
use super::at_most;
use super::list::{AskOf, Asked, Found, Listed, Way, ask, chosen, way};

#[async_trait]
impl Listed for Person {
    const NAME: &'static str = "people";
    type Filter = PersonFilter;
    type Order = PersonOrder;
    type Wanted = PeopleWanted;

    fn wanted(ctx: &Context<'_>, freshness: Freshness) -> PeopleWanted {
        PeopleWanted { select: select::people(ctx, &select::entries(ctx.look_ahead())), freshness }
    }

    fn chosen(snapshot: &Snapshot, view: &View, ask: &AskOf<Self>) -> Result<PageOfIds, ListRefusal> {
        snapshot.people(view, ask)
    }

    async fn read(request: &Request<'_>, keys: &[RecordKey], wanted: &PeopleWanted) -> Found<Self> {
        let found = request.live.people_by_record(request.view, request.inquiry, keys, wanted).await;
        found.into_iter().map(|one| one.map(|one| one.map(Person::new))).collect()
    }

    fn node_id(&self) -> &NodeId {
        &self.0.id
    }

    async fn live(ctx: &Context<'_>, asked: &Asked<'_, Self>, freshness: Freshness) -> Result<Page<Self>> {
        let wanted = Self::wanted(ctx, freshness);
        if let Some(addresses) = asked.filter.addresses()? {
            return of_addresses(ctx, asked, addresses, &wanted).await;
        }
        let mut ask = asked.of_walk(&asked.question())?;
        asked.filter.apply(request(ctx).live, &mut ask)?;
        let request = request(ctx);
        if let Some(accounts) = ask.accounts.take() {
            let keys = request.live.keys_of_accounts(request.view, request.inquiry, &accounts).await;
            ask.accounts = Some(keys);
        }
        let walked = request.live.people_page(request.view, request.inquiry, &ask, &wanted).await;
        Ok(Page::walked(walked.map_err(|refusal| refused(&refusal))?, &asked.question(), Person::new))
    }
}

/// The people of an account: out of the read model where the account was read as captured or a filter is given, once
/// everything is captured; else as far as the vendors can be walked.
pub(in super::super) async fn people_of_account(
    ctx: &Context<'_>,
    account: &UnifiedAccount,
    filter: Option<PersonFilter>,
    window: Window,
) -> Result<PersonConnection> {
    let is_live = !account.freshness.captured && filter.is_none();
    let filter = filter.unwrap_or_default();
    filter.is_modest()?;
    let age = FreshnessInput { max_age_seconds: None, allow_stale: true, captured: is_live.then_some(false) };
    if let Way::Facts(snapshot) = way(ctx, &window, Some(&age))? {
        let accounts = Some(vec![account.cluster.anchor.clone()]);
        let and = vec![filter.of_facts(request(ctx).live)?];
        let filter = facts::PersonFilter { and, accounts, ..facts::PersonFilter::default() };
        return chosen(ctx, snapshot, ask(filter, &window, 20)?).await.map(Page::into);
    }
    let asked = Asked::<Person> { filter: &filter, orders: None, window, age: None };
    let question = Question::new("account.people", &(&account.id, &filter));
    let mut walk = asked.of_walk(&question)?;
    filter.apply(request(ctx).live, &mut walk)?;
    if walk.accounts.replace(account.cluster.keys().cloned().collect()).is_some() {
        return Err(
            Code::LedgerRequired.error("Filtering the people of an account by account needs the ledger.")
        );
    }
    let wanted = <Person as Listed>::wanted(ctx, account.freshness);
    let request = request(ctx);
    let walked = request.live.people_page(request.view, request.inquiry, &walk, &wanted).await;
    Ok(Page::walked(walked.map_err(|refusal| refused(&refusal))?, &question, Person::new).into())
}

/// People somebody should look at.
pub(super) async fn identity_review(ctx: &Context<'_>, window: &Window) -> Result<PersonConnection> {
    let snapshot = snapshot(ctx).map_err(|why| Code::LedgerRequired.error(why))?;
    let filter = facts::PersonFilter { needs_review: Some(true), ..facts::PersonFilter::default() };
    chosen(ctx, snapshot, ask(filter, window, 50)?).await.map(Page::into)
}

/// People named by their addresses are few and known: the list is whole.
async fn of_addresses(
    ctx: &Context<'_>,
    asked: &Asked<'_, Person>,
    addresses: Vec<String>,
    wanted: &PeopleWanted,
) -> Result<Page<Person>> {
    at_most(&addresses, "in")?;
    let mut rest = ListAsk::default();
    PersonFilter { email: None, ..asked.filter.clone() }.apply(request(ctx).live, &mut rest)?;
    if rest.is_filtered() {
        return Err(Code::LedgerRequired.error("An address with further conditions needs the ledger."));
    }
    let addresses: Vec<Arc<str>> = addresses.into_iter().map(Into::into).collect();
    let request = request(ctx);
    let found = request.live.people_by_email(request.view, request.inquiry, &addresses, wanted).await;
    let mut people: Vec<Unified> = Vec::new();
    for person in found.map_err(|refusal| refused(&refusal))? {
        match person {
            Ok(Some(person)) if people.iter().all(|own| own.id != person.id) => people.push(person),
            Ok(_) => {}
            Err(refusal) => return Err(refused(&refusal)),
        }
    }
    let gaps = request.inquiry.gaps();
    let slice = slice(people, &asked.window, 20, &asked.question(), |person| person.id.encode())?;
    Ok(Page::cut(slice, &gaps, Person::new))
}
