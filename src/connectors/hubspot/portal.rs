//! One HubSpot account as every capability sees it: how to ask it, in which spelling, and what was learnt about it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::OnceCell;

use crate::domain::clock::Clock;
use crate::domain::opportunity::Pipeline;
use crate::domain::record::SourceInfo;
use crate::source::reading::Reading;
use crate::upstream::Upstream;

use super::asking::Ask;
use super::config::HubspotOptions;
use super::map::Reader;
use super::map::touches::Titles;
use super::object::Object;
use super::paths::Paths;
use super::properties::Wish;
use super::remembered::Remembered;
use super::wire::account::AccountDetails;

/// One HubSpot account.
pub(super) struct Portal {
    pub(super) info: SourceInfo,
    pub(super) options: HubspotOptions,
    pub(super) paths: Paths,
    pub(super) upstream: Upstream,
    pub(super) clock: Clock,
    pub(super) pipelines: Remembered<Vec<Arc<Pipeline>>>,
    pub(super) forms: Remembered<Titles>,
    pub(super) emails: Remembered<Titles>,
    /// What the account says of itself, once it was asked.
    pub(super) details: OnceCell<AccountDetails>,
    /// Properties a check found missing: never asked for again.
    missing: RwLock<BTreeSet<(Object, String)>>,
    /// Why nothing can be done with the account, as the last check found.
    unusable: RwLock<Option<String>>,
}

impl Portal {
    pub(super) fn new(
        info: SourceInfo,
        options: HubspotOptions,
        paths: Paths,
        upstream: Upstream,
        clock: Clock,
    ) -> Self {
        Self {
            info,
            options,
            paths,
            upstream,
            clock,
            pipelines: Remembered::default(),
            forms: Remembered::default(),
            emails: Remembered::default(),
            details: OnceCell::new(),
            missing: RwLock::default(),
            unusable: RwLock::default(),
        }
    }

    /// What is needed to read records that come in now.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            source: &self.info.name,
            options: &self.options,
            details: self.details.get(),
            fetched_at: self.clock.now(),
        }
    }

    /// Remembers what a check found missing, instead of what it found before.
    pub(super) fn leave_out(&self, object: Object, properties: impl IntoIterator<Item = String>) {
        let mut missing = self.missing.write().unwrap_or_else(PoisonError::into_inner);
        missing.retain(|(of, _)| *of != object);
        missing.extend(properties.into_iter().map(|property| (object, property)));
    }

    /// Remembers that the account cannot be used, or that it can again.
    pub(super) fn call_unusable(&self, why: Option<String>) {
        *self.unusable.write().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why the account cannot be used, if so.
    pub(super) fn unusable(&self) -> Option<String> {
        self.unusable.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a property may be asked for, as far as we know.
    pub(super) fn has(&self, object: Object, property: &str) -> bool {
        let missing = self.missing.read().unwrap_or_else(PoisonError::into_inner);
        missing.is_empty() || !missing.contains(&(object, property.to_owned()))
    }

    /// A wish without the properties this account lacks.
    pub(super) fn granted(&self, object: Object, mut wish: Wish) -> Wish {
        wish.values.retain(|property| self.has(object, property));
        wish.history.retain(|property| self.has(object, property));
        wish
    }

    /// A read of this account.
    pub(super) fn ask<'a>(&'a self, operation: &'static str, reading: &'a Reading) -> Ask<'a> {
        Ask { portal: self, operation, reading }
    }
}
