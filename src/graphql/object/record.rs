//! Vendor records, and why each belongs to its person or account.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::record::RecordMeta;
use crate::unify::identity::cluster::{Link, LinkRule as DomainRule};

use super::super::scalars::Url;
use super::source::{Source, source};

/// One vendor record that was folded into a unified object.
#[derive(Clone, Debug)]
pub struct SourceRecord {
    meta: Arc<RecordMeta>,
    link: Option<IdentityLink>,
}

impl SourceRecord {
    /// A record, with the reason it belongs where it is.
    pub fn new(meta: &RecordMeta, link: Option<&Link>) -> Self {
        Self { meta: Arc::new(meta.clone()), link: link.map(IdentityLink::of) }
    }

    /// The record's key.
    pub fn key(&self) -> &RecordKey {
        &self.meta.key
    }
}

#[Object]
impl SourceRecord {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        NodeId::new(NodeKind::SourceRecord, self.meta.key.clone()).encode().into()
    }

    /// The source it lives in.
    async fn source(&self, ctx: &Context<'_>) -> Source {
        source(ctx, &self.meta.key.source)
    }

    /// Vendor object name: `Lead`, `Contact`, `contact`, `Opportunity`, `deal` …
    async fn object(&self) -> &str {
        &self.meta.key.object
    }

    /// The vendor's id, in its canonical form.
    async fn external_id(&self) -> &str {
        &self.meta.key.id
    }

    /// The record's page in the vendor's own interface.
    async fn url(&self) -> Option<Url> {
        self.meta.url.clone().map(Url)
    }

    /// Creation as the vendor reports it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.meta.created_at
    }

    /// The vendor's modification stamp.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.meta.updated_at
    }

    /// When this gateway last read it.
    async fn fetched_at(&self) -> DateTime<Utc> {
        self.meta.fetched_at
    }

    /// When the vendor deleted it.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.meta.deleted_at
    }

    /// Vendor ids that the vendor merged into this record.
    async fn merged_ids(&self) -> Vec<&str> {
        self.meta.merged_ids.iter().map(AsRef::as_ref).collect()
    }

    /// Why the record belongs to its person or account.
    async fn link(&self) -> Option<IdentityLink> {
        self.link.clone()
    }
}

/// The rules that join records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum LinkRule {
    /// The oldest record, which the others were joined to.
    Anchor,
    /// One record names the other.
    VendorCrossReference,
    /// A lead was converted into this contact.
    LeadConversion,
    /// The vendor merged one into the other.
    VendorMerge,
    /// Equal primary addresses.
    PrimaryEmail,
    /// Somebody decided it.
    Manual,
    /// Equal registrable domains.
    Domain,
}

/// Why a record belongs to its person or account.
#[derive(Clone, Debug, SimpleObject)]
pub struct IdentityLink {
    /// The rule that joined it.
    rule: LinkRule,
    /// What the rule matched. Null where it is an address: that is told by the person's own fields.
    matched_on: Option<String>,
    /// From when on both records were there.
    since: DateTime<Utc>,
}

impl IdentityLink {
    fn of(link: &Link) -> Self {
        let rule = match link.rule {
            DomainRule::Anchor => LinkRule::Anchor,
            DomainRule::Manual => LinkRule::Manual,
            DomainRule::VendorMerge => LinkRule::VendorMerge,
            DomainRule::LeadConversion => LinkRule::LeadConversion,
            DomainRule::VendorCrossReference => LinkRule::VendorCrossReference,
            DomainRule::PrimaryEmail => LinkRule::PrimaryEmail,
            DomainRule::Domain => LinkRule::Domain,
        };
        let is_personal = link.rule == DomainRule::PrimaryEmail;
        let matched_on = link.matched_on.as_ref().filter(|_| !is_personal).map(ToString::to_string);
        Self { rule, matched_on, since: link.since }
    }
}
