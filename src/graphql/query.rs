//! Everything a client can ask for, by the name of the question.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Interface, Object, OneofObject, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::view::Pii;
use crate::source::walk::ConditionField;
use crate::unify::accounts::AccountsWanted;
use crate::unify::lists::ListAsk;
use crate::unify::live::Live;
use crate::unify::opportunities::OpportunitiesWanted;
use crate::unify::people::{PeopleWanted, Person as UnifiedPerson};
use crate::unify::refusal::Refusal;

use super::code::Code;
use super::filter::{
    AccountFilter, AccountOrder, AccountOrderField, CampaignFilter, CampaignOrder, CampaignOrderField,
    OpportunityFilter, OpportunityOrder, OpportunityOrderField, PersonFilter, PersonOrder, PersonOrderField,
    order,
};
use super::load::{Page, decode};
use super::object::account::{Account, AccountConnection, AccountEdge};
use super::object::campaign::{Campaign, CampaignConnection, CampaignEdge};
use super::object::history::{
    ContentAsset, FieldChange, OpportunityEvent, RecordEvent, SalesActivity, StageEvent, TimelineEvent,
    Touchpoint,
};
use super::object::opportunity::{Opportunity, OpportunityConnection, OpportunityEdge, Pipeline};
use super::object::person::{Person, PersonConnection, PersonEdge};
use super::object::record::SourceRecord;
use super::object::source::{Source, SourceStatus};
use super::object::user::{User, UserConnection, UserEdge};
use super::paging::{PageInfo, Question, Window, page_size, slice};
use super::request::{FreshnessInput, freshness, refused, request};
use super::scalars::EmailAddress;
use super::{load, select};

/// At most so many ids or addresses in one question.
const MOST_KEYS: usize = 100;

/// Every object that can be fetched again by its global id.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and lasting."))]
pub enum Node {
    /// A person.
    Person(Person),
    /// An account.
    Account(Account),
    /// An opportunity.
    Opportunity(Opportunity),
    /// A campaign.
    Campaign(Campaign),
    /// A user.
    User(User),
    /// A vendor record.
    SourceRecord(SourceRecord),
    /// A source.
    Source(Source),
    /// A changed field.
    FieldChange(FieldChange),
    /// A marketing interaction.
    Touchpoint(Touchpoint),
    /// Something a seller did.
    SalesActivity(SalesActivity),
    /// A record created, merged, converted or deleted.
    RecordEvent(RecordEvent),
    /// A changed lifecycle stage.
    StageEvent(StageEvent),
    /// A moved opportunity.
    OpportunityEvent(OpportunityEvent),
    /// A form, an e-mail, a page.
    ContentAsset(ContentAsset),
}

/// Who is asking and what the token lets them see.
#[derive(Clone, Debug, SimpleObject)]
pub struct Viewer {
    /// The key of the view in the settings.
    view: String,
    /// The team the token names.
    team: String,
    /// The role within the team.
    role: String,
    /// What the token may be used for.
    scopes: Vec<String>,
    /// How much of what identifies a person is seen.
    masking: MaskingLevel,
}

/// How much of what identifies a person is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MaskingLevel {
    /// Everything is seen as it is.
    None,
    /// Initials, the domain of the address, two digits of the phone.
    Masked,
    /// A keyed hash of the address, nothing else.
    Pseudonymised,
    /// Nothing is seen.
    Denied,
}

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

/// A vendor record by its own name.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "RecordKey")]
pub struct RecordInput {
    /// The source's name in the settings.
    pub source: String,
    /// The vendor's object name.
    pub object: String,
    /// The vendor's id.
    pub external_id: String,
}

impl RecordInput {
    fn key(&self, live: &Live) -> RecordKey {
        live.present(RecordKey::new(&SourceName::new(&self.source), &self.object, &self.external_id))
    }
}

/// The root of every question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query;

#[Object]
impl Query {
    /// Who is asking and what the token lets them see.
    async fn viewer(&self, ctx: &Context<'_>) -> Viewer {
        let view = request(ctx).view;
        let claims = view.claims();
        Viewer {
            view: view.key().to_string(),
            team: claims.team.to_string(),
            role: claims.role.to_string(),
            scopes: claims.scopes.iter().map(ToString::to_string).collect(),
            masking: match view.pii() {
                Pii::Full => MaskingLevel::None,
                Pii::Masked => MaskingLevel::Masked,
                Pii::Pseudonym => MaskingLevel::Pseudonymised,
                Pii::None => MaskingLevel::Denied,
            },
        }
    }

    /// The configured sources and how each is doing.
    async fn sources(&self, ctx: &Context<'_>) -> Vec<SourceStatus> {
        let health = request(ctx).live.health();
        health.into_iter().map(|(info, report)| SourceStatus::of(info, report)).collect()
    }

    /// An object by its id. Null where it is unknown or this view may not see it.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Option<Result<Node>> {
        let node = match decode(request(ctx).live, "id", &id) {
            Ok(node) => node,
            Err(error) => return Some(Err(error)),
        };
        node_of(ctx, &node).await.transpose()
    }

    /// Objects by their ids, in the order asked, null where one is unknown. At most 100.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Result<Node>>>> {
        at_most(&ids, "ids")?;
        let nodes: Vec<NodeId> =
            ids.iter().map(|id| decode(request(ctx).live, "ids", id)).collect::<Result<_>>()?;
        let found = futures::future::join_all(nodes.iter().map(|node| node_of(ctx, node))).await;
        Ok(found.into_iter().map(Result::transpose).collect())
    }

    /// Finds by any vendor id, so that links from a CRM page work.
    async fn record(
        &self,
        ctx: &Context<'_>,
        source: String,
        object: String,
        external_id: String,
    ) -> Option<Result<SourceRecord>> {
        let key = RecordInput { source, object, external_id }.key(request(ctx).live);
        record_of(ctx, &key).await.transpose()
    }

    /// One person, by id, address or vendor record.
    async fn person(
        &self,
        ctx: &Context<'_>,
        by: PersonKey,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Person>> {
        one_person(ctx, &by, age.as_ref()).await.transpose()
    }

    /// By e-mail, in the order asked, null where nobody is known. At most 100.
    async fn people_by_email(
        &self,
        ctx: &Context<'_>,
        emails: Vec<EmailAddress>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Result<Vec<Option<Result<Person>>>> {
        at_most(&emails, "emails")?;
        let addresses: Vec<Arc<str>> = emails.into_iter().map(|email| email.0).collect();
        let wanted = PeopleWanted {
            select: select::people(ctx, &[ctx.look_ahead()]),
            freshness: freshness(age.as_ref())?,
        };
        let request = request(ctx);
        let found = request.live.people_by_email(request.view, request.inquiry, &addresses, &wanted).await;
        let shown = |person: std::result::Result<Option<UnifiedPerson>, Refusal>| match person {
            Ok(person) => person.map(|person| Ok(Person::new(person))),
            Err(refusal) => Some(Err(refused(&refusal))),
        };
        Ok(found.map_err(|refusal| refused(&refusal))?.into_iter().map(shown).collect())
    }

    /// Everybody, or those a filter names. Without the ledger a list runs through one source after the other, a page may
    /// be shorter than `first` though more follows, and `totalCount` is null.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        filter: Option<PersonFilter>,
        #[graphql(name = "order")] orders: Option<Vec<PersonOrder>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<PersonConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, last, before };
        Some(people_page(ctx, &filter, orders.as_deref(), &window, age.as_ref()).await)
    }

    /// One account, by id, domain or vendor record.
    async fn account(
        &self,
        ctx: &Context<'_>,
        by: AccountKey,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Account>> {
        one_account(ctx, &by, age.as_ref()).await.transpose()
    }

    /// All accounts, or those a filter names.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        filter: Option<AccountFilter>,
        #[graphql(name = "order")] orders: Option<Vec<AccountOrder>>,
        first: Option<i32>,
        after: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<AccountConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, ..Window::default() };
        Some(accounts_page(ctx, &filter, orders.as_deref(), &window, age.as_ref()).await)
    }

    /// One opportunity, by id.
    async fn opportunity(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Opportunity>> {
        one_opportunity(ctx, &id, age.as_ref()).await.transpose()
    }

    /// All opportunities, or those a filter names.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        filter: Option<OpportunityFilter>,
        #[graphql(name = "order")] orders: Option<Vec<OpportunityOrder>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<OpportunityConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, last, before };
        Some(opportunities_page(ctx, &filter, orders.as_deref(), &window, age.as_ref()).await)
    }

    /// One campaign, by id.
    async fn campaign(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(name = "freshness")] age: Option<FreshnessInput>,
    ) -> Option<Result<Campaign>> {
        one_campaign(ctx, &id, age.as_ref()).await.transpose()
    }

    /// All campaigns, or those a filter names.
    async fn campaigns(
        &self,
        ctx: &Context<'_>,
        filter: Option<CampaignFilter>,
        #[graphql(name = "order")] orders: Option<Vec<CampaignOrder>>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<CampaignConnection>> {
        let filter = filter.unwrap_or_default();
        let window = Window { first, after, ..Window::default() };
        Some(campaigns_page(ctx, &filter, orders.as_deref(), &window).await)
    }

    /// Everybody who owns or changes records, in all sources.
    async fn users(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Option<Result<UserConnection>> {
        Some(users_page(ctx, Window { first, after, ..Window::default() }).await)
    }

    /// The pipelines of every source that has opportunities.
    async fn pipelines(&self, ctx: &Context<'_>) -> Vec<Pipeline> {
        let request = request(ctx);
        let (pipelines, _gaps) = request.live.pipelines(request.view, request.inquiry).await;
        pipelines.into_iter().map(Pipeline).collect()
    }

    /// The gateway's clock: what "now" means in every answer.
    async fn now(&self, ctx: &Context<'_>) -> DateTime<Utc> {
        request(ctx).inquiry.now()
    }
}

fn at_most<T>(keys: &[T], argument: &str) -> Result<()> {
    if keys.len() > MOST_KEYS {
        return Err(Code::BadInput.error(format!("{argument} takes at most {MOST_KEYS} entries.")));
    }
    Ok(())
}

async fn node_of(ctx: &Context<'_>, node: &NodeId) -> Result<Option<Node>> {
    match node.kind {
        NodeKind::Person => Ok(load::person_by_record(ctx, &node.key).await?.map(Node::Person)),
        NodeKind::Account => Ok(load::account_by_record(ctx, &node.key).await?.map(Node::Account)),
        NodeKind::Opportunity => {
            Ok(load::opportunity_by_record(ctx, &node.key).await?.map(Node::Opportunity))
        }
        NodeKind::Campaign => Ok(load::campaign_by_record(ctx, &node.key).await?.map(Node::Campaign)),
        NodeKind::User => Ok(load::user_by_record(ctx, &node.key).await.map(Node::User)),
        NodeKind::SourceRecord => Ok(record_of(ctx, &node.key).await?.map(Node::SourceRecord)),
        NodeKind::Source => {
            let known = request(ctx).live.sources().iter().find(|info| info.name == node.key.source);
            Ok(known.cloned().map(|info| Node::Source(Source(info))))
        }
        NodeKind::Event => Ok(load::event(ctx, node).await?.map(event_node)),
    }
}

fn event_node(event: TimelineEvent) -> Node {
    match event {
        TimelineEvent::FieldChange(event) => Node::FieldChange(event),
        TimelineEvent::Touchpoint(event) => Node::Touchpoint(event),
        TimelineEvent::SalesActivity(event) => Node::SalesActivity(event),
        TimelineEvent::RecordEvent(event) => Node::RecordEvent(event),
        TimelineEvent::StageEvent(event) => Node::StageEvent(event),
        TimelineEvent::OpportunityEvent(event) => Node::OpportunityEvent(event),
    }
}

async fn record_of(ctx: &Context<'_>, key: &RecordKey) -> Result<Option<SourceRecord>> {
    let request = request(ctx);
    let found = request.live.record(request.view, request.inquiry, key).await;
    let found = found.map_err(|refusal| refused(&refusal))?;
    Ok(found.map(|(meta, link)| SourceRecord::new(&meta, link.as_ref())))
}

async fn one_person(
    ctx: &Context<'_>,
    by: &PersonKey,
    age: Option<&FreshnessInput>,
) -> Result<Option<Person>> {
    let wanted =
        PeopleWanted { select: select::people(ctx, &[ctx.look_ahead()]), freshness: freshness(age)? };
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

async fn people_page(
    ctx: &Context<'_>,
    filter: &PersonFilter,
    orders: Option<&[PersonOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<PersonConnection> {
    let question = Question::new("people", &(filter, orders));
    let wanted = PeopleWanted {
        select: select::people(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(age)?,
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
    let mut people: Vec<UnifiedPerson> = Vec::new();
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

/// What every walk is asked with. Walking back needs the ledger.
fn list_ask(window: &Window, usual: usize, question: &Question) -> Result<ListAsk> {
    if window.last.is_some() || window.before.is_some() {
        let message = "Paging backwards needs the ledger. Use first and after.";
        return Err(Code::LedgerRequired.error(message));
    }
    Ok(ListAsk {
        first: page_size("first", window.first, usual)?,
        position: question.position("after", window.after.as_deref())?,
        ..ListAsk::default()
    })
}

async fn one_account(
    ctx: &Context<'_>,
    by: &AccountKey,
    age: Option<&FreshnessInput>,
) -> Result<Option<Account>> {
    let wanted =
        AccountsWanted { select: select::accounts(ctx, &[ctx.look_ahead()]), freshness: freshness(age)? };
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

async fn accounts_page(
    ctx: &Context<'_>,
    filter: &AccountFilter,
    orders: Option<&[AccountOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<AccountConnection> {
    let question = Question::new("accounts", &(filter, orders));
    let wanted = AccountsWanted {
        select: select::accounts(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(age)?,
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

async fn one_opportunity(
    ctx: &Context<'_>,
    id: &ID,
    age: Option<&FreshnessInput>,
) -> Result<Option<Opportunity>> {
    let node = decode(request(ctx).live, "id", id)?;
    if !matches!(node.kind, NodeKind::Opportunity | NodeKind::SourceRecord) {
        return Err(Code::BadInput.error("id is the id of another kind of object, not of an opportunity."));
    }
    let select = select::opportunities(ctx, &[ctx.look_ahead()]);
    let wanted = OpportunitiesWanted { select, freshness: freshness(age)? };
    let request = request(ctx);
    let keys = [node.key];
    let found =
        request.live.opportunities_by_record(request.view, request.inquiry, &keys, &wanted).await.pop();
    found.unwrap_or(Ok(None)).map(|it| it.map(Opportunity::new)).map_err(|refusal| refused(&refusal))
}

async fn opportunities_page(
    ctx: &Context<'_>,
    filter: &OpportunityFilter,
    orders: Option<&[OpportunityOrder]>,
    window: &Window,
    age: Option<&FreshnessInput>,
) -> Result<OpportunityConnection> {
    let question = Question::new("opportunities", &(filter, orders));
    let wanted = OpportunitiesWanted {
        select: select::opportunities(ctx, &select::entries(ctx.look_ahead())),
        freshness: freshness(age)?,
    };
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            OpportunityOrderField::CreatedAt => ConditionField::CreatedAt,
            OpportunityOrderField::UpdatedAt => ConditionField::UpdatedAt,
            OpportunityOrderField::CloseDate => ConditionField::CloseDate,
            OpportunityOrderField::Amount => ConditionField::Amount,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    if let Some(accounts) = ask.accounts.take() {
        ask.accounts = Some(request.live.keys_of_accounts(request.view, request.inquiry, &accounts).await);
    }
    let walked = request.live.opportunities_page(request.view, request.inquiry, &ask, &wanted).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Opportunity::new);
    let (edges, nodes) = OpportunityEdge::pair(page.entries);
    Ok(OpportunityConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}

async fn one_campaign(ctx: &Context<'_>, id: &ID, age: Option<&FreshnessInput>) -> Result<Option<Campaign>> {
    let node = decode(request(ctx).live, "id", id)?;
    if !matches!(node.kind, NodeKind::Campaign | NodeKind::SourceRecord) {
        return Err(Code::BadInput.error("id is the id of another kind of object, not of a campaign."));
    }
    let request = request(ctx);
    let found =
        request.live.campaign_by_record(request.view, request.inquiry, &node.key, freshness(age)?).await;
    found.map(|campaign| campaign.map(Campaign::new)).map_err(|refusal| refused(&refusal))
}

async fn campaigns_page(
    ctx: &Context<'_>,
    filter: &CampaignFilter,
    orders: Option<&[CampaignOrder]>,
    window: &Window,
) -> Result<CampaignConnection> {
    let question = Question::new("campaigns", &(filter, orders));
    let mut ask = list_ask(window, 20, &question)?;
    ask.order = order(orders, |order| {
        let field = match order.field {
            CampaignOrderField::Name => ConditionField::Name,
            CampaignOrderField::StartsOn => ConditionField::StartsOn,
        };
        (field, order.direction)
    })?;
    filter.apply(request(ctx).live, &mut ask)?;
    let request = request(ctx);
    let walked = request.live.campaigns_page(request.view, request.inquiry, &ask, freshness(None)?).await;
    let page = Page::of(walked.map_err(|refusal| refused(&refusal))?, &question, Campaign::new);
    let (edges, nodes) = CampaignEdge::pair(page.entries);
    Ok(CampaignConnection { edges, nodes, page_info: page.info, total_count: None, gaps: page.gaps })
}

async fn users_page(ctx: &Context<'_>, window: Window) -> Result<UserConnection> {
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
