//! Those who own and change records.

use std::sync::Arc;

use async_graphql::{ID, Object};

use crate::domain::id::{NodeId, NodeKind};
use crate::unify::directory::User as Known;

use super::super::paging::connection;
use super::super::scalars::EmailAddress;
use super::record::SourceRecord;

/// Someone of the company, or a queue, who owns or changes records; one object however many systems they work in.
#[derive(Clone, Debug)]
pub struct User(pub Arc<Known>);

#[Object]
impl User {
    /// Opaque and lasting.
    pub async fn id(&self) -> ID {
        NodeId::new(NodeKind::User, self.0.anchor.clone()).encode().into()
    }

    /// Full name, or the queue's name.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Their address at work.
    async fn email(&self) -> Option<EmailAddress> {
        self.0.email.clone().map(EmailAddress)
    }

    /// Can still log in somewhere.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// The vendor records this user is made of.
    async fn records(&self) -> Vec<SourceRecord> {
        self.0.records.iter().map(|record| SourceRecord::new(&record.meta, None)).collect()
    }
}

connection! {
    /// A page of users.
    UserConnection, UserEdge, User
}
