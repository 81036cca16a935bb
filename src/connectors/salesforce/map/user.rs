//! Users, and queues, which own leads as users do.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::user::UserRecord;

use super::super::wire::User;
use super::{Mapping, Stamps};

/// What is read of a user.
pub(in super::super) const USER_COLUMNS: &[&str] =
    &["Id", "CreatedDate", "SystemModstamp", "Name", "Email", "IsActive"];

/// What is read of a queue.
pub(in super::super) const QUEUE_COLUMNS: &[&str] = &["Id", "CreatedDate", "SystemModstamp", "Name", "Email"];

impl Mapping<'_> {
    /// A user, or a queue.
    pub(in super::super) fn user(
        &self,
        row: &Value,
        is_queue: bool,
    ) -> Result<UserRecord, serde_json::Error> {
        let user = User::deserialize(row)?;
        let stamps = Stamps {
            id: &user.id,
            is_deleted: false,
            master: None,
            created: user.created_date,
            modified: user.system_modstamp,
        };
        Ok(UserRecord {
            meta: self.meta(if is_queue { "Group" } else { "User" }, &stamps),
            name: user.name,
            email: user.email,
            is_active: user.is_active.unwrap_or(true),
            is_queue,
            other_ids: Vec::new(),
            teams: Vec::new(),
        })
    }
}
