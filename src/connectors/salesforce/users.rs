//! Users and queues: few, and needed together.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::user::UserRecord;
use crate::source::ask::{Ask, UserLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::map::user::{QUEUE_COLUMNS, USER_COLUMNS};
use super::org::{Org, Query};
use super::soql::{Filter, Literal, Soql};

const OPERATION: &str = "reading users";

#[async_trait]
impl Ask<UserLookup> for Org {
    fn batch_size(&self) -> usize {
        1
    }

    async fn ask(
        &self,
        lookups: &[UserLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(UserLookup, Vec<Arc<UserRecord>>)>, SourceError> {
        let users = Soql::from("User", USER_COLUMNS);
        let queues =
            Soql::from("Group", QUEUE_COLUMNS).filtered(Filter::equal("Type", Literal::text("Queue")));
        let answers = self.rows(OPERATION, &[Query::live(users), Query::live(queues)], reading).await?;
        let mut found = Vec::new();
        for (rows, is_queue) in answers.iter().zip([false, true]) {
            for row in rows {
                let user = self.mapping().user(row, is_queue).map_err(|_| self.unreadable(OPERATION))?;
                found.push(Arc::new(user));
            }
        }
        Ok(lookups.iter().map(|lookup| (*lookup, found.clone())).collect())
    }
}
