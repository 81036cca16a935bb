//! The records behind a number, in the caller's view.

use std::collections::HashMap;

use async_graphql::{Context, Lookahead, Result, Union};

use crate::domain::fact::{Ix, OpportunityFact, PassFact, PersonFact};
use crate::domain::id::RecordKey;
use crate::source::cached::Freshness;
use crate::unify::opportunities::OpportunitiesWanted;
use crate::unify::people::PeopleWanted;

use super::super::object::opportunity::Opportunity;
use super::super::object::person::Person;
use super::super::paging::{PageInfo, Question, connection, page_size};
use super::super::request::{refused, request};
use super::super::select;
use super::Table;
use super::funnel::FunnelPass;
use super::metric::Asked;
use super::slice::shown;

/// A record behind a number.
#[derive(Clone, Union)]
pub enum Contributor {
    /// A person that was counted.
    Person(Person),
    /// An opportunity that was counted.
    Opportunity(Opportunity),
    /// A funnel pass that was counted.
    FunnelPass(FunnelPass),
}

connection! {
    /// A page of the records behind a number.
    ContributorConnection, ContributorEdge, Contributor
}

/// A row behind a number.
#[derive(Clone, Copy)]
enum Row {
    Person(Ix<PersonFact>),
    Pass(Ix<PassFact>),
    Opportunity(Ix<OpportunityFact>),
}

/// A page of the records behind a number: people, then funnel passes, then opportunities, each in the order of the facts.
pub(super) async fn contributors(
    ctx: &Context<'_>,
    asked: &Asked,
    first: i32,
    after: Option<String>,
) -> Result<ContributorConnection> {
    let (table, behind) = (&asked.table, &asked.answer.contributors);
    let people = behind.people.iter().copied().map(Row::Person);
    let passes = behind.passes.iter().copied().map(Row::Pass);
    let opportunities = behind.opportunities.iter().copied().map(Row::Opportunity);
    let rows: Vec<Row> = people.chain(passes).chain(opportunities).collect();
    let question = Question::new("contributors", &(&asked.question, table.snapshot.sequence()));
    let size = page_size("first", Some(first), 50)?;
    let start = match question.position("after", after.as_deref())? {
        None => 0,
        Some(position) => position.parse::<usize>().map_or(rows.len(), |place| place + 1).min(rows.len()),
    };
    let page: Vec<(usize, Row)> = rows.iter().copied().enumerate().skip(start).take(size).collect();
    let nodes = load(ctx, table, &page).await?;
    let cursor = |place: usize| question.cursor(&place.to_string());
    let page_info = PageInfo {
        has_next_page: start + page.len() < rows.len(),
        has_previous_page: start > 0,
        start_cursor: page.first().map(|(place, _)| cursor(*place)),
        end_cursor: page.last().map(|(place, _)| cursor(*place)),
    };
    let entries = nodes.into_iter().map(|(place, node)| (cursor(place), node)).collect();
    let (edges, nodes) = ContributorEdge::pair(entries);
    Ok(ContributorConnection { edges, nodes, page_info, total_count: Some(shown(rows.len() as u64)) })
}

/// The objects of the rows of a page, read from what was captured; one that is gone since is left out.
async fn load(ctx: &Context<'_>, table: &Table, page: &[(usize, Row)]) -> Result<Vec<(usize, Contributor)>> {
    let facts = table.snapshot.facts();
    let (mut people, mut opportunities): (Vec<RecordKey>, Vec<RecordKey>) = (Vec::new(), Vec::new());
    for (_, row) in page {
        match row {
            Row::Person(person) => people.push(facts.person_keys[person.place()].clone()),
            Row::Opportunity(one) => opportunities.push(facts.opportunity_keys[one.place()].clone()),
            Row::Pass(_) => {}
        }
    }
    let look = select::entries(ctx.look_ahead());
    let mut found_people = read_people(ctx, &people, &look).await?;
    let mut found_opportunities = read_opportunities(ctx, &opportunities, &look).await?;
    let node = |(place, row): &(usize, Row)| {
        let node = match row {
            Row::Person(person) => {
                found_people.remove(&facts.person_keys[person.place()]).map(Contributor::Person)
            }
            Row::Opportunity(one) => {
                found_opportunities.remove(&facts.opportunity_keys[one.place()]).map(Contributor::Opportunity)
            }
            Row::Pass(pass) => Some(Contributor::FunnelPass(FunnelPass::new(table.clone(), *pass))),
        };
        Some((*place, node?))
    };
    Ok(page.iter().filter_map(node).collect())
}

async fn read_people(
    ctx: &Context<'_>,
    keys: &[RecordKey],
    look: &[Lookahead<'_>],
) -> Result<HashMap<RecordKey, Person>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = PeopleWanted { select: select::people(ctx, look), freshness: Freshness::captured() };
    let request = request(ctx);
    let found = request.live.people_by_record(request.view, request.inquiry, keys, &wanted).await;
    let mut people = HashMap::new();
    for (key, person) in keys.iter().zip(found) {
        if let Some(person) = person.map_err(|refusal| refused(&refusal))? {
            people.insert(key.clone(), Person::new(person));
        }
    }
    Ok(people)
}

/// Opportunities by their keys, with what is selected at these places, from what was captured.
pub(super) async fn read_opportunities(
    ctx: &Context<'_>,
    keys: &[RecordKey],
    look: &[Lookahead<'_>],
) -> Result<HashMap<RecordKey, Opportunity>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let select = select::opportunities(ctx, look);
    let wanted = OpportunitiesWanted { select, freshness: Freshness::captured() };
    let request = request(ctx);
    let found = request.live.opportunities_by_record(request.view, request.inquiry, keys, &wanted).await;
    let mut opportunities = HashMap::new();
    for (key, opportunity) in keys.iter().zip(found) {
        if let Some(opportunity) = opportunity.map_err(|refusal| refused(&refusal))? {
            opportunities.insert(key.clone(), Opportunity::new(opportunity));
        }
    }
    Ok(opportunities)
}
