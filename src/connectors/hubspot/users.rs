//! Users: owners, archived ones too, because old records and history still name them.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::record::RecordMeta;
use crate::domain::user::UserRecord;
use crate::source::ask::{Ask, UserLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::map::Reader;
use super::portal::Portal;
use super::wire::account::Owner;

/// The owners of one account.
pub(super) struct Users(pub(super) Arc<Portal>);

#[async_trait]
impl Ask<UserLookup> for Users {
    fn batch_size(&self) -> usize {
        1
    }

    async fn ask(
        &self,
        lookups: &[UserLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(UserLookup, Vec<Arc<UserRecord>>)>, SourceError> {
        let ask = self.0.ask("reading users", reading);
        let page = |archived| {
            let query = [("limit", "100"), ("archived", archived)];
            async move { ask.list::<Owner>("owners.list", "/crm/v3/owners", &query).await }
        };
        let (active, archived) = futures::try_join!(page("false"), page("true"))?;
        let reader = self.0.reader();
        let users: Vec<_> =
            active.iter().chain(&archived).map(|owner| Arc::new(user(reader, owner))).collect();
        Ok(lookups.iter().map(|lookup| (*lookup, users.clone())).collect())
    }
}

fn user(reader: Reader<'_>, owner: &Owner) -> UserRecord {
    let names = [owner.first_name.as_deref(), owner.last_name.as_deref()];
    let name =
        names.into_iter().flatten().filter(|name| !name.trim().is_empty()).collect::<Vec<_>>().join(" ");
    // An archived owner has lost the one id and keeps the other.
    let mut other_ids: Vec<Arc<str>> = [&owner.user_id, &owner.user_id_including_inactive]
        .into_iter()
        .flatten()
        .map(|id| Arc::from(id.as_str()))
        .collect();
    other_ids.dedup();
    UserRecord {
        meta: RecordMeta {
            key: reader.key("owner", &owner.id),
            created_at: owner.created_at,
            updated_at: owner.updated_at,
            fetched_at: reader.fetched_at,
            deleted_at: None,
            merged_into: None,
            merged_ids: Vec::new(),
            url: None,
        },
        name: (!name.is_empty()).then(|| Arc::from(name)),
        email: owner.email.as_deref().map(Arc::from),
        is_active: !owner.archived,
        is_queue: owner.kind.as_deref() == Some("QUEUE"),
        other_ids,
        teams: owner.teams.iter().map(|team| Arc::from(team.name.as_str())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connectors::hubspot::fake::{Fake, reading};

    #[tokio::test]
    async fn owners_are_read_to_the_last_page_archived_ones_too() {
        let owner = |id: &str, user: serde_json::Value| {
            json!({
                "id": id, "email": format!("{id}@example.com"), "type": "PERSON", "firstName": "Jo", "lastName": "Lee",
                "userId": user, "userIdIncludingInactive": 900, "archived": user.is_null(),
                "createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-01T00:00:00Z",
                "teams": [{"id": "1", "name": "EMEA", "primary": true}],
            })
        };
        let fake = Fake::start(move |seen| {
            let page = match (seen.query.contains("archived=true"), seen.query.contains("after=")) {
                (true, _) => json!({"results": [owner("3", json!(null))]}),
                (false, false) => {
                    json!({"results": [owner("1", json!(900))], "paging": {"next": {"after": "x"}}})
                }
                (false, true) => json!({"results": [owner("2", json!(901))]}),
            };
            (200, page)
        })
        .await;
        let answers = Users(fake.portal("")).ask(&[UserLookup], &(), &reading()).await.expect("an answer");
        let mut users = answers[0].1.clone();
        users.sort_by(|a, b| a.meta.key.cmp(&b.meta.key));
        assert_eq!(users.iter().map(|user| &*user.meta.key.id).collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!(users[0].other_ids, [Arc::from("900")]);
        assert_eq!(users[1].other_ids, [Arc::from("901"), Arc::from("900")]);
        assert!(!users[2].is_active && users[0].is_active);
        assert_eq!(users[0].name.as_deref(), Some("Jo Lee"));
        assert_eq!(users[0].teams, [Arc::from("EMEA")]);
        assert_eq!(fake.seen().len(), 3);
    }
}
