//! Any object by its id, and any vendor record by its own name.

use async_graphql::{Context, ID, InputObject, Interface, Result};

use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::source::cached::Freshness;
use crate::unify::live::Live;

use super::super::load::{self, decode};
use super::super::numbers::agreement::{AttributionAgreement, agreement_of};
use super::super::numbers::funnel::{self, FunnelPass};
use super::super::object::account::Account;
use super::super::object::campaign::Campaign;
use super::super::object::export::{Export, export_of};
use super::super::object::history::{
    ContentAsset, FieldChange, OpportunityEvent, RecordEvent, SalesActivity, StageEvent, TimelineEvent,
    Touchpoint,
};
use super::super::object::opportunity::Opportunity;
use super::super::object::person::Person;
use super::super::object::record::SourceRecord;
use super::super::object::source::Source;
use super::super::object::user::User;
use super::super::request::{refused, request};
use super::at_most;

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
    /// An attempt from marketing-qualified to an end.
    FunnelPass(FunnelPass),
    /// An attribution agreement.
    AttributionAgreement(AttributionAgreement),
    /// An export into files.
    Export(Export),
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
    /// The same under the present name of its source.
    pub(super) fn key(&self, live: &Live) -> RecordKey {
        live.present(RecordKey::new(&SourceName::new(&self.source), &self.object, &self.external_id))
    }
}

/// Objects by their ids, in the order asked.
pub(super) async fn nodes(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Result<Node>>>> {
    at_most(ids, "ids")?;
    let nodes: Vec<NodeId> =
        ids.iter().map(|id| decode(request(ctx).live, "ids", id)).collect::<Result<_>>()?;
    let found = futures::future::join_all(nodes.iter().map(|node| node_of(ctx, node))).await;
    Ok(found.into_iter().map(Result::transpose).collect())
}

/// The object of an id.
pub(super) async fn node(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    node_of(ctx, &decode(request(ctx).live, "id", id)?).await
}

async fn node_of(ctx: &Context<'_>, node: &NodeId) -> Result<Option<Node>> {
    match node.kind {
        NodeKind::Person => {
            Ok(load::person_by_record(ctx, &node.key, Freshness::default()).await?.map(Node::Person))
        }
        NodeKind::Account => {
            Ok(load::account_by_record(ctx, &node.key, Freshness::default()).await?.map(Node::Account))
        }
        NodeKind::Opportunity => Ok(load::opportunity_by_record(ctx, &node.key, Freshness::default())
            .await?
            .map(Node::Opportunity)),
        NodeKind::Campaign => {
            Ok(load::campaign_by_record(ctx, &node.key, Freshness::default()).await?.map(Node::Campaign))
        }
        NodeKind::User => {
            Ok(load::user_by_record(ctx, &node.key, Freshness::default()).await.map(Node::User))
        }
        NodeKind::SourceRecord => Ok(record_of(ctx, &node.key).await?.map(Node::SourceRecord)),
        NodeKind::Source => {
            let known = request(ctx).live.sources().iter().find(|info| info.name == node.key.source);
            Ok(known.cloned().map(|info| Node::Source(Source(info))))
        }
        NodeKind::Event => Ok(load::event(ctx, node).await?.map(event_node)),
        NodeKind::FunnelPass => Ok(funnel::pass_of(ctx, node)?.map(Node::FunnelPass)),
        NodeKind::Agreement => Ok(agreement_of(ctx, &node.key).map(Node::AttributionAgreement)),
        NodeKind::Export => Ok(export_of(ctx, node).map(Node::Export)),
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

/// A vendor record, as far as the view sees what it belongs to.
pub(super) async fn record_of(ctx: &Context<'_>, key: &RecordKey) -> Result<Option<SourceRecord>> {
    let request = request(ctx);
    let found = request.live.record(request.view, request.inquiry, key).await;
    let found = found.map_err(|refusal| refused(&refusal))?;
    Ok(found.map(|(meta, link)| SourceRecord::new(&meta, link.as_ref())))
}
