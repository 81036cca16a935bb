//! A person as they were known at an instant.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::facts::as_of::PersonThen;
use crate::source::cached::Freshness;

use super::super::code::Code;
use super::super::numbers::facts;
use super::super::request::request;
use super::super::{load, visible};
use super::account::Account;
use super::history::LifecycleStage;
use super::person::Score;
use super::user::User;

/// A person as they were known at an instant: what their records held then, merged by the rules of today.
#[derive(Clone, Debug)]
pub struct PersonSnapshot(PersonThen);

/// A person at an instant; none before their first record.
pub(super) async fn person_as_of(
    ctx: &Context<'_>,
    key: &RecordKey,
    at: DateTime<Utc>,
) -> Result<Option<PersonSnapshot>> {
    let facts = facts(ctx).map_err(|why| Code::LedgerRequired.error(why))?;
    let told = facts.person_as_of(request(ctx).view, key, at).await.map_err(|error| {
        tracing::warn!(error = %error, "what was known of a person could not be read");
        Code::SourceUnavailable.error("What was captured cannot be read at present.")
    })?;
    Ok(told.map(PersonSnapshot))
}

#[Object]
impl PersonSnapshot {
    /// The instant.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Where they stood between stranger and customer.
    async fn lifecycle_stage(&self) -> Option<LifecycleStage> {
        self.0.stage.map(Into::into)
    }

    /// Who looked after them; as that user is known today.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        load::user_by_record(ctx, self.0.owner.as_ref()?, Freshness::captured()).await
    }

    /// The organisation their records named; as it is known today.
    async fn account(&self, ctx: &Context<'_>) -> Option<Result<Account>> {
        load::account_by_record(ctx, self.0.account.as_ref()?, Freshness::captured()).await.transpose()
    }

    /// The scores they had.
    #[graphql(visible = "visible::scores")]
    async fn scores(&self) -> Option<Vec<Score>> {
        Some(self.0.scores.iter().cloned().map(Score).collect())
    }

    /// False where the histories do not tell everything back to the instant.
    async fn complete(&self) -> bool {
        self.0.is_complete
    }
}
