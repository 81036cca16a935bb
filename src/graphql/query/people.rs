//! Everybody, or those a filter names.

use std::sync::Arc;

use async_graphql::{Context, Result};

use crate::source::walk::ConditionField;
use crate::unify::lists::ListAsk;
use crate::unify::people::{PeopleWanted, Person as Unified};

use super::super::code::Code;
use super::super::filter::{PersonFilter, PersonOrder, PersonOrderField, order};
use super::super::load::Page;
use super::super::object::person::{Person, PersonConnection, PersonEdge};
use super::super::paging::{Question, Window, slice};
use super::super::request::{FreshnessInput, freshness, refused, request};
use super::super::select;
use super::{at_most, list_ask};

/// A page of people.
pub(super) async fn people_page(
    ctx: &Context<'_>,
    filter: &PersonFilter,
    orders: Option<&[PersonOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<PersonConnection> {
    let question = Question::new("people", &(filter, orders));
    let wanted = PeopleWanted {
        select: select::people(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(ctx, age)?,
    };
    if let Some(addresses) = filter.addresses()? {
        return people_of_addresses(ctx, filter, addresses, window, &question, &wanted).await;
    }
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            PersonOrderField::CreatedAt => ConditionField::CreatedAt,
            PersonOrderField::UpdatedAt => ConditionField::UpdatedAt,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    if let Some(accounts) = ask.accounts.take() {
        ask.accounts = Some(request.live.keys_of_accounts(request.view, request.inquiry, &accounts).await);
    }
    let walked = request.live.people_page(request.view, request.inquiry, &ask, &wanted).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Person::new);
    let (edges, nodes) = PersonEdge::pair(page.entries);
    Ok(PersonConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}

/// People named by their addresses are few and known: the list is whole.
async fn people_of_addresses(
    ctx: &Context<'_>,
    filter: &PersonFilter,
    addresses: Vec<String>,
    window: &Window,
    question: &Question,
    wanted: &PeopleWanted,
) -> Result<PersonConnection> {
    at_most(&addresses, "in")?;
    let mut rest = ListAsk::default();
    PersonFilter { email: None, ..filter.clone() }.apply(request(ctx).live, &mut rest)?;
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
    let slice = slice(people, window, 20, question, |person| person.id.encode())?;
    let total = gaps.is_empty().then(|| i32::try_from(slice.total).unwrap_or(i32::MAX));
    let entries = slice.entries.into_iter().map(|(cursor, person)| (cursor, Person::new(person))).collect();
    let (edges, nodes) = PersonEdge::pair(entries);
    let gaps = gaps.iter().map(Into::into).collect();
    Ok(PersonConnection { edges, nodes, page_info: slice.info, total_count: total, gaps })
}
