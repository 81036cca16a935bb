//! People one by one: by id, by address, by a vendor record.

use std::sync::Arc;

use async_graphql::{Context, ID, OneofObject, Result};

use crate::domain::id::NodeKind;
use crate::unify::people::{PeopleWanted, Person as Unified};
use crate::unify::refusal::Refusal;

use super::super::code::Code;
use super::super::load::decode;
use super::super::object::person::Person;
use super::super::request::{FreshnessInput, freshness, refused, request};
use super::super::scalars::EmailAddress;
use super::super::select;
use super::at_most;
use super::node::RecordInput;

/// How a person is named; exactly one way.
#[derive(Clone, Debug, OneofObject)]
pub enum PersonKey {
    /// By id.
    Id(ID),
    /// By address.
    Email(EmailAddress),
    /// By a vendor record.
    Record(RecordInput),
}

/// One person.
pub(super) async fn one_person(
    ctx: &Context<'_>,
    by: &PersonKey,
    age: Option<&FreshnessInput>,
) -> Result<Option<Person>> {
    let wanted =
        PeopleWanted { select: select::people(ctx, &[ctx.look_ahead()]), freshness: freshness(ctx, age)? };
    let request = request(ctx);
    let mut found = match by {
        PersonKey::Email(email) => {
            let addresses = [email.0.clone()];
            let found =
                request.live.people_by_email(request.view, request.inquiry, &addresses, &wanted).await;
            found.map_err(|refusal| refused(&refusal))?
        }
        PersonKey::Id(id) => {
            let node = decode(request.live, "id", id)?;
            if !matches!(node.kind, NodeKind::Person | NodeKind::SourceRecord) {
                return Err(Code::BadInput.error("id is the id of another kind of object, not of a person."));
            }
            request.live.people_by_record(request.view, request.inquiry, &[node.key], &wanted).await
        }
        PersonKey::Record(record) => {
            request
                .live
                .people_by_record(request.view, request.inquiry, &[record.key(request.live)], &wanted)
                .await
        }
    };
    let found = found.pop().unwrap_or(Ok(None));
    found.map(|person| person.map(Person::new)).map_err(|refusal| refused(&refusal))
}

/// People by their addresses, in the order asked.
pub(super) async fn people_by_email(
    ctx: &Context<'_>,
    emails: Vec<EmailAddress>,
    age: Option<&FreshnessInput>,
) -> Result<Vec<Option<Result<Person>>>> {
    at_most(&emails, "emails")?;
    let addresses: Vec<Arc<str>> = emails.into_iter().map(|email| email.0).collect();
    let wanted =
        PeopleWanted { select: select::people(ctx, &[ctx.look_ahead()]), freshness: freshness(ctx, age)? };
    let request = request(ctx);
    let found = request.live.people_by_email(request.view, request.inquiry, &addresses, &wanted).await;
    let shown = |person: std::result::Result<Option<Unified>, Refusal>| match person {
        Ok(person) => person.map(|person| Ok(Person::new(person))),
        Err(refusal) => Some(Err(refused(&refusal))),
    };
    Ok(found.map_err(|refusal| refused(&refusal))?.into_iter().map(shown).collect())
}
