//! One running portal: its data, who may come in, and how much they have asked already.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::body::Bytes;
use serde::de::DeserializeOwned;

use super::limits::Limits;
use super::options::Options;
use super::refusal::Refusal;
use super::stamp::Millis;
use super::store::Store;
use super::store::history::Origin;
use super::store::objects::Moment;
use super::tokens::Tokens;
use super::webhooks::Webhooks;
use crate::sandbox::clock::Clock;

/// The state behind every endpoint.
#[derive(Debug)]
pub(crate) struct Portal {
    pub(crate) options: Options,
    clock: Clock,
    store: RwLock<Store>,
    tokens: Mutex<Tokens>,
    limits: Mutex<Limits>,
    webhooks: Arc<Webhooks>,
}

impl Portal {
    pub(crate) fn new(store: Store, clock: Clock, options: Options, webhooks: Arc<Webhooks>) -> Self {
        let (tokens, limits) = (Mutex::default(), Mutex::default());
        Self { options, clock, store: RwLock::new(store), tokens, limits, webhooks }
    }

    /// The portal's present instant.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now().timestamp_millis()
    }

    /// When and by whom an API write happens.
    pub(crate) fn moment(&self) -> Moment {
        let at = self.now();
        Moment {
            at,
            searchable_at: at + self.options.indexing_delay.as_millis() as Millis,
            origin: Origin {
                source_type: "INTEGRATION".into(),
                source_id: Some("1160452".into()),
                user: None,
            },
        }
    }

    // A handler that panicked half-way cannot leave more than a half-written record: the data stays usable.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> Writing<'_> {
        Writing { portal: self, store: self.store.write().unwrap_or_else(PoisonError::into_inner) }
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store, to change it. Whoever subscribed is told what was changed when this is over.
pub(crate) struct Writing<'a> {
    portal: &'a Portal,
    store: RwLockWriteGuard<'a, Store>,
}

impl Deref for Writing<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let (news, linked) = (self.store.take_news(), std::mem::take(&mut self.store.links.news));
        self.portal.webhooks.tell(self.portal.options.portal_id, self.portal.now(), &news, &linked);
    }
}

/// A request's JSON body.
pub(crate) fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::validation(format!(
            "Invalid input JSON on line {}, column {}: {error}",
            error.line(),
            error.column()
        ))
    })
}
