//! Everybody who owns or changes records: users of all sources, joined by their address.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;

use crate::domain::email;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::territory::Owner;
use crate::domain::user::UserRecord;
use crate::domain::view::View;
use crate::source::ask::UserLookup;
use crate::source::cached::Freshness;

use super::inquiry::{Gap, Inquiry};
use super::live::Live;
use super::merge::same::Same;

/// One user or queue, as all sources know it.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The first record in the order of sources; the id clients hold is made from its key.
    pub anchor: RecordKey,
    /// Full name, or the queue's name.
    pub name: Option<Arc<str>>,
    /// Address, normalised.
    pub email: Option<Arc<str>>,
    /// Can still log in somewhere.
    pub is_active: bool,
    /// A queue, not a person.
    pub is_queue: bool,
    /// The records it is made of, in the order of sources.
    pub records: Vec<Arc<UserRecord>>,
}

impl User {
    /// What views ask about an owner.
    pub fn as_owner(&self) -> Owner {
        Owner {
            keys: self.records.iter().map(|record| record.meta.key.clone()).collect(),
            email: self.email.clone(),
            is_queue: self.is_queue,
            teams: self.records.iter().flat_map(|record| record.teams.iter().cloned()).collect(),
        }
    }
}

/// All users, found by any key a source knows them by.
#[derive(Debug, Default)]
pub struct Directory {
    users: Vec<Arc<User>>,
    /// By source and id. The object's name does not matter: an owner's key may name a user, a queue, or a vendor's
    /// other id of the same user.
    by_id: HashMap<(SourceName, Arc<str>), usize>,
    /// Sources that did not tell their users.
    pub gaps: Vec<Gap>,
}

impl Directory {
    /// Joins the users of all sources, given in the order of sources.
    pub fn of(records: impl IntoIterator<Item = Arc<UserRecord>>, gaps: Vec<Gap>) -> Self {
        let mut directory = Self { gaps, ..Self::default() };
        let mut by_email: HashMap<Arc<str>, usize> = HashMap::new();
        for record in records {
            let address = record.email.as_deref().and_then(email::normalise);
            let known = address.as_ref().and_then(|address| by_email.get(address)).copied();
            let place = known.unwrap_or_else(|| {
                directory.users.push(Arc::new(User {
                    anchor: record.meta.key.clone(),
                    name: record.name.clone(),
                    email: address.clone(),
                    is_active: false,
                    is_queue: record.is_queue,
                    records: Vec::new(),
                }));
                directory.users.len() - 1
            });
            if let Some(address) = address {
                by_email.insert(address, place);
            }
            let key = &record.meta.key;
            for id in record.other_ids.iter().chain([&key.id]) {
                directory.by_id.insert((key.source.clone(), id.clone()), place);
            }
            let user = Arc::make_mut(&mut directory.users[place]);
            user.is_active |= record.is_active;
            user.name = user.name.take().or_else(|| record.name.clone());
            user.records.push(record);
        }
        directory
    }

    /// The user a source knows by this key.
    pub fn get(&self, key: &RecordKey) -> Option<&Arc<User>> {
        let place = self.by_id.get(&(key.source.clone(), key.id.clone()))?;
        self.users.get(*place)
    }

    /// What views ask about the owner with this key. A key nobody tells about is still an owner.
    pub fn owner(&self, key: &RecordKey) -> Owner {
        let unknown = || Owner { keys: vec![key.clone()], ..Owner::default() };
        self.get(key).map_or_else(unknown, |user| user.as_owner())
    }

    /// Which keys mean the same user.
    pub fn same(&self) -> Same {
        let mut same = Same::default();
        for user in &self.users {
            for record in &user.records {
                same.add(record.meta.key.clone(), user.anchor.clone());
            }
        }
        same
    }

    /// Everybody, in the order of sources.
    pub fn users(&self) -> &[Arc<User>] {
        &self.users
    }
}

impl Live {
    /// The user a source knows by this key. Every view sees who owns what it sees.
    pub async fn user(
        &self,
        _view: &View,
        inquiry: &Inquiry,
        key: &RecordKey,
        freshness: Freshness,
    ) -> Option<Arc<User>> {
        self.directory(inquiry, freshness).await.get(key).cloned()
    }

    /// Everybody, and what is missing because a source is silent.
    pub async fn users(&self, _view: &View, inquiry: &Inquiry) -> (Vec<Arc<User>>, Vec<Gap>) {
        let directory = self.directory(inquiry, Freshness::default()).await;
        (directory.users().to_vec(), directory.gaps.clone())
    }

    /// Everybody of every source that speaks, read once a request; once more for those who ask for what was captured.
    pub(super) async fn directory(&self, inquiry: &Inquiry, freshness: Freshness) -> Arc<Directory> {
        let kept = &inquiry.directories[usize::from(freshness.captured)];
        // Whatever age of people is asked for, who owns them changes rarely.
        let freshness = Freshness { captured: freshness.captured, ..Freshness::default() };
        kept.get_or_init(|| self.read_directory(inquiry, freshness)).await.clone()
    }

    /// The same where it is needed; else nobody.
    pub(super) async fn directory_if(
        &self,
        inquiry: &Inquiry,
        is_needed: bool,
        freshness: Freshness,
    ) -> Arc<Directory> {
        if is_needed { self.directory(inquiry, freshness).await } else { Arc::default() }
    }

    async fn read_directory(&self, inquiry: &Inquiry, freshness: Freshness) -> Arc<Directory> {
        let asks = self.reading_all(freshness).filter_map(|source| {
            let users = source.users.as_ref()?;
            let reading = inquiry.reading(&source.info.name);
            let name = source.info.name.clone();
            Some(async move { (name, users.find(&[UserLookup], &(), freshness, &reading).await) })
        });
        let (mut records, mut gaps) = (Vec::new(), Vec::new());
        for (name, outcome) in join_all(asks).await {
            match outcome {
                Ok(answers) => {
                    for answer in &answers {
                        inquiry.note_answer(&name, answer);
                    }
                    records.extend(answers.iter().flat_map(|answer| answer.found.records.clone()));
                }
                Err(error) => gaps.push(inquiry.note_gap(&error)),
            }
        }
        Arc::new(Directory::of(records, gaps))
    }
}
