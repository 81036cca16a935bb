//! From a reference to the object it means, with just the fields that are selected of it.

use std::sync::Arc;

use async_graphql::{Context, Result};

use crate::domain::event::HistoryPart;
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::source::cached::Freshness;
use crate::unify::accounts::{Account as UnifiedAccount, AccountsWanted};
use crate::unify::campaigns::Campaign as KnownCampaign;
use crate::unify::identity::cluster::Warning;
use crate::unify::lists::ListAsk;
use crate::unify::live::Live;
use crate::unify::opportunities::{Found, OpportunitiesWanted};
use crate::unify::people::{PeopleWanted, Person as UnifiedPerson};

use super::object::account::Account;
use super::object::campaign::{Campaign, CampaignMember, CampaignMemberConnection};
use super::object::history::{Head, TimelineEvent};
use super::object::opportunity::{Opportunity, OpportunityConnection, OpportunityStage, Pipeline};
use super::object::person::Person;
use super::object::user::User;
use super::paging::{Page, Question, Window, page_size, slice};
use super::request::{refused, request};
use super::select;

/// The person a record belongs to, with what is selected here.
pub(super) async fn person_by_record(
    ctx: &Context<'_>,
    key: &RecordKey,
    freshness: Freshness,
) -> Result<Option<Person>> {
    let wanted = PeopleWanted { select: select::people(ctx, &[ctx.look_ahead()]), freshness };
    let request = request(ctx);
    let keys = std::slice::from_ref(key);
    let found = request.live.people_by_record(request.view, request.inquiry, keys, &wanted).await.pop();
    found.unwrap_or(Ok(None)).map(|person| person.map(Person::new)).map_err(|refusal| refused(&refusal))
}

/// The people of records, with what is selected of each under `field`; none where the view sees nobody.
pub(super) async fn people_by_record(
    ctx: &Context<'_>,
    keys: &[RecordKey],
    field: &str,
    freshness: Freshness,
) -> Result<Vec<Option<Person>>> {
    let look = ctx.look_ahead().field(field);
    let wanted = PeopleWanted { select: select::people(ctx, &[look]), freshness };
    let request = request(ctx);
    let found = request.live.people_by_record(request.view, request.inquiry, keys, &wanted).await;
    let one = |found: std::result::Result<Option<UnifiedPerson>, _>| {
        found.map(|person| person.map(Person::new)).map_err(|refusal| refused(&refusal))
    };
    found.into_iter().map(one).collect()
}

/// The account of a record, with what is selected here.
pub(super) async fn account_by_record(
    ctx: &Context<'_>,
    key: &RecordKey,
    freshness: Freshness,
) -> Result<Option<Account>> {
    let wanted = AccountsWanted { select: select::accounts(ctx, &[ctx.look_ahead()]), freshness };
    let request = request(ctx);
    let keys = std::slice::from_ref(key);
    let found = request.live.accounts_by_record(request.view, request.inquiry, keys, &wanted).await.pop();
    found.unwrap_or(Ok(None)).map(|account| account.map(Account::new)).map_err(|refusal| refused(&refusal))
}

/// The account a person works for, with what is selected here.
pub(super) async fn account_of_person(ctx: &Context<'_>, person: &UnifiedPerson) -> Result<Option<Account>> {
    let select = select::accounts(ctx, &[ctx.look_ahead()]);
    let wanted = AccountsWanted { select, freshness: person.freshness };
    let request = request(ctx);
    let found = request.live.account_of_person(request.view, request.inquiry, person, &wanted).await;
    found.map(|(account, _)| account.map(Account::new)).map_err(|refusal| refused(&refusal))
}

/// What somebody should look at where it is not clear which account a person works for.
pub(super) async fn account_warning(ctx: &Context<'_>, person: &UnifiedPerson) -> Option<Warning> {
    let request = request(ctx);
    request.live.account_warning(request.view, request.inquiry, person).await
}

/// The opportunity of a record, with what is selected here.
pub(super) async fn opportunity_by_record(
    ctx: &Context<'_>,
    key: &RecordKey,
    freshness: Freshness,
) -> Result<Option<Opportunity>> {
    let select = select::opportunities(ctx, &[ctx.look_ahead()]);
    let wanted = OpportunitiesWanted { select, freshness };
    let request = request(ctx);
    let keys = std::slice::from_ref(key);
    let found =
        request.live.opportunities_by_record(request.view, request.inquiry, keys, &wanted).await.pop();
    found.unwrap_or(Ok(None)).map(|it| it.map(Opportunity::new)).map_err(|refusal| refused(&refusal))
}

/// The opportunities a person belongs to.
pub(super) async fn opportunities_of_person(
    ctx: &Context<'_>,
    person: &UnifiedPerson,
    window: Window,
) -> Result<OpportunityConnection> {
    let wanted = opportunities_wanted(ctx, person.freshness);
    let request = request(ctx);
    let keys = person.cluster.keys();
    let found = request.live.opportunities_of_person(request.view, request.inquiry, keys, &wanted).await;
    opportunity_page(found, &window, &Question::new("person.opportunities", &person.id))
}

/// The opportunities of an account.
pub(super) async fn opportunities_of_account(
    ctx: &Context<'_>,
    account: &UnifiedAccount,
    window: Window,
) -> Result<OpportunityConnection> {
    let wanted = opportunities_wanted(ctx, account.freshness);
    let request = request(ctx);
    let keys = account.cluster.keys();
    let found = request.live.opportunities_of_account(request.view, request.inquiry, keys, &wanted).await;
    opportunity_page(found, &window, &Question::new("account.opportunities", &account.id))
}

fn opportunities_wanted(ctx: &Context<'_>, freshness: Freshness) -> OpportunitiesWanted {
    let select = select::opportunities(ctx, &select::entries(ctx.look_ahead()));
    OpportunitiesWanted { select, freshness }
}

fn opportunity_page(
    (all, gaps): Found,
    window: &Window,
    question: &Question,
) -> Result<OpportunityConnection> {
    let slice = slice(all, window, 20, question, |it| it.id.encode())?;
    Ok(Page::cut(slice, &gaps, Opportunity::new).into())
}

/// The campaign of a record.
pub(super) async fn campaign_by_record(
    ctx: &Context<'_>,
    key: &RecordKey,
    freshness: Freshness,
) -> Result<Option<Campaign>> {
    let request = request(ctx);
    let found = request.live.campaign_by_record(request.view, request.inquiry, key, freshness).await;
    found.map(|campaign| campaign.map(Campaign::new)).map_err(|refusal| refused(&refusal))
}

/// A page of a campaign's members.
pub(super) async fn members(
    ctx: &Context<'_>,
    campaign: &KnownCampaign,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<CampaignMemberConnection> {
    let question = Question::new("campaign.members", &campaign.id);
    let ask = ListAsk {
        first: page_size("first", first, 50)?,
        position: question.position("after", after)?,
        ..ListAsk::default()
    };
    let [nodes, edges] = select::entries(ctx.look_ahead());
    let select = select::people(ctx, &[nodes.field("person"), edges.field("person")]);
    let wanted = PeopleWanted { select, freshness: campaign.freshness };
    let request = request(ctx);
    let walked = request.live.members_page(request.view, request.inquiry, campaign, &ask, &wanted).await;
    let walked = walked.map_err(|refusal| refused(&refusal))?;
    Ok(Page::walked(walked, &question, |member| CampaignMember(Arc::new(member))).into())
}

/// The user a source knows by this key.
pub(super) async fn user_by_record(ctx: &Context<'_>, key: &RecordKey, freshness: Freshness) -> Option<User> {
    let request = request(ctx);
    request.live.user(request.view, request.inquiry, key, freshness).await.map(User)
}

/// The stage a record means by a key.
pub(super) async fn stage(
    ctx: &Context<'_>,
    record: &RecordKey,
    key: &str,
    freshness: Freshness,
) -> Option<OpportunityStage> {
    let request = request(ctx);
    let found = request.live.stage(request.view, request.inquiry, &record.source, None, key, freshness).await;
    found.map(|(_, stage)| OpportunityStage(stage))
}

/// The pipeline a record moves through.
pub(super) async fn pipeline(
    ctx: &Context<'_>,
    record: &RecordKey,
    pipeline: Option<&str>,
    stage: &str,
    freshness: Freshness,
) -> Option<Pipeline> {
    let request = request(ctx);
    let (live, view, inquiry) = (request.live, request.view, request.inquiry);
    let found = live.stage(view, inquiry, &record.source, pipeline, stage, freshness).await;
    found.map(|(pipeline, _)| Pipeline(pipeline))
}

/// One entry of a history, by its id. Reads the history it stands in.
pub(super) async fn event(ctx: &Context<'_>, node: &NodeId) -> Result<Option<TimelineEvent>> {
    let Some((of, hash)) = node.part.as_deref().and_then(|part| part.split_at_checked(1)) else {
        return Ok(None);
    };
    let request = request(ctx);
    let (live, view, inquiry) = (request.live, request.view, request.inquiry);
    let (keys, parts) = ([node.key.clone()], HistoryPart::ALL.into_iter().collect());
    let (kind, timeline) = match of {
        "p" => {
            let found = live.people_by_record(view, inquiry, &keys, &PeopleWanted::default()).await.pop();
            let Some(person) = found.and_then(Result::transpose).transpose().map_err(|it| refused(&it))?
            else {
                return Ok(None);
            };
            (NodeKind::Person, live.history_of_person(view, inquiry, &person, &parts).await)
        }
        "a" => {
            let found = live.accounts_by_record(view, inquiry, &keys, &AccountsWanted::default()).await.pop();
            let Some(account) = found.and_then(Result::transpose).transpose().map_err(|it| refused(&it))?
            else {
                return Ok(None);
            };
            (NodeKind::Account, live.history_of_account(view, inquiry, &account, &parts).await)
        }
        "o" => {
            let wanted = OpportunitiesWanted::default();
            let found = live.opportunities_by_record(view, inquiry, &keys, &wanted).await.pop();
            let Some(deal) = found.and_then(Result::transpose).transpose().map_err(|it| refused(&it))? else {
                return Ok(None);
            };
            (NodeKind::Opportunity, live.history_of_opportunity(view, inquiry, &deal, &parts).await)
        }
        _ => return Ok(None),
    };
    let timeline = timeline.map_err(|refusal| refused(&refusal))?;
    let (entries, freshness) = (timeline.entries, timeline.freshness);
    let found = entries.into_iter().find(|entry| *entry.id == *hash);
    Ok(found.map(|entry| TimelineEvent::of(Head::new(entry, kind, &node.key, freshness))))
}

/// Reads a global id a client sent.
///
/// # Errors
/// `BAD_INPUT` for a text that never was an id.
pub(super) fn decode(live: &Live, argument: &str, id: &str) -> Result<NodeId> {
    let mut node = NodeId::decode(id).ok_or_else(|| {
        super::code::Code::BadInput.error(format!("{argument} is no id of this gateway: {}", shorten(id)))
    })?;
    node.key = live.present(node.key);
    Ok(node)
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}
