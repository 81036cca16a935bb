//! What is known of the org's objects and fields. Which exist differs from org to org, and what the logged-in user
//! may not see does not exist at all.
//!
//! Nothing is known at first and everything is asked for. Once an object was described, what it lacks is left out
//! of every later query.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::future::try_join_all;
use tokio::sync::Mutex;

use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::reading::Reading;
use crate::upstream::{Call, encode_segment};

use super::org::{Org, Query};
use super::soql::Name;
use super::wire;

/// One object as the org describes it.
#[derive(Debug, Default)]
pub(super) struct Described {
    /// The type of every field, by its name in small letters.
    fields: HashMap<String, String>,
    /// Those of the org's own that it computes, likewise.
    computed: HashSet<String>,
    relationships: HashSet<String>,
    /// The object does not exist for us.
    absent: bool,
}

impl Described {
    /// The vendor's type of a field, where it exists.
    pub(super) fn type_of(&self, field: &str) -> Option<&str> {
        self.fields.get(&field.to_ascii_lowercase()).map(String::as_str)
    }

    /// A field that changes without a new stamp: a formula of the org's, or what is read through a reference.
    pub(super) fn computes(&self, field: &Name) -> bool {
        let name = field.as_str().to_ascii_lowercase();
        name.ends_with("__c") && (name.contains('.') || self.computed.contains(&name))
    }

    pub(super) fn is_absent(&self) -> bool {
        self.absent
    }

    fn has(&self, field: &Name) -> bool {
        // A path leads to another object, which is not looked at here.
        field.as_str().contains('.') || self.type_of(field.as_str()).is_some()
    }
}

impl From<wire::Describe> for Described {
    fn from(described: wire::Describe) -> Self {
        let computed = described.fields.iter().filter(|field| field.calculated);
        let computed = computed.map(|field| field.name.to_ascii_lowercase()).collect();
        let fields =
            described.fields.into_iter().map(|field| (field.name.to_ascii_lowercase(), field.r#type));
        let children = described.child_relationships.into_iter();
        Self {
            fields: fields.collect(),
            computed,
            relationships: children.filter_map(|child| child.relationship_name).collect(),
            absent: false,
        }
    }
}

/// The objects described so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    objects: ArcSwap<BTreeMap<String, Arc<Described>>>,
    /// Held while objects are described, so that many refused readers learn from one reading.
    learning: Mutex<()>,
}

impl Known {
    /// False only where an object was described and lacks the field.
    pub(super) fn may_have(&self, object: &str, field: &Name) -> bool {
        self.objects.load().get(object).is_none_or(|described| described.has(field))
    }

    /// The vendor's type of a field, where its object was described and has it.
    pub(super) fn type_of(&self, object: &str, field: &Name) -> Option<String> {
        self.objects.load().get(object)?.type_of(field.as_str()).map(str::to_owned)
    }

    /// True where the org told that there is no such object for us.
    pub(super) fn is_absent(&self, object: &str) -> bool {
        self.objects.load().get(object).is_some_and(|described| described.absent)
    }

    /// The queries without what their objects are known to lack.
    pub(super) fn trimmed(&self, queries: &[Query]) -> Vec<Query> {
        let known = self.objects.load();
        let has = |object: &str, field: &Name| known.get(object).is_none_or(|described| described.has(field));
        let mut trimmed = queries.to_vec();
        for query in &mut trimmed {
            let soql = &mut query.soql;
            soql.fields.retain(|field| has(soql.object, field));
            let parent = known.get(soql.object);
            soql.children.retain(|child| {
                let related = parent.is_none_or(|parent| parent.relationships.contains(child.relationship));
                related && !known.get(child.object).is_some_and(|described| described.absent)
            });
            for child in &mut soql.children {
                child.fields.retain(|field| has(child.object, field));
            }
        }
        trimmed
    }

    /// An object described before.
    pub(super) fn described(&self, object: &str) -> Option<Arc<Described>> {
        self.objects.load().get(object).cloned()
    }

    pub(super) fn remember(&self, object: &str, described: Arc<Described>) {
        self.objects.rcu(|known| {
            let mut known = BTreeMap::clone(known);
            known.insert(object.to_owned(), described.clone());
            known
        });
    }
}

impl Org {
    /// Describes the objects of refused queries and returns what is left of them without what is missing.
    pub(super) async fn learn(
        &self,
        operation: &'static str,
        queries: &[Query],
        refused: &[Query],
        reading: &Reading,
    ) -> Result<Vec<Query>, SourceError> {
        let _turn = self.known.learning.lock().await;
        let known_meanwhile = self.known.trimmed(queries);
        if known_meanwhile != refused {
            return Ok(known_meanwhile);
        }
        let mut objects = queries
            .iter()
            .flat_map(|query| {
                let children = query.soql.children.iter().map(|child| child.object);
                children.chain([query.soql.object])
            })
            .collect::<Vec<_>>();
        objects.sort_unstable();
        objects.dedup();
        try_join_all(objects.into_iter().map(|object| self.describe(operation, object, reading))).await?;
        Ok(self.known.trimmed(queries))
    }

    /// Reads what the org says about one object and remembers it.
    pub(super) async fn describe(
        &self,
        operation: &'static str,
        object: &str,
        reading: &Reading,
    ) -> Result<Arc<Described>, SourceError> {
        let path = self.path(&format!("/sobjects/{}/describe", encode_segment(object)));
        let call = Call::get("describe", "api", path, reading.deadline);
        let described = match self.call::<wire::Describe>(operation, call, reading).await {
            Ok(described) => Described::from(described),
            Err(error) if is_not_found(&error) => Described { absent: true, ..Described::default() },
            Err(error) => return Err(error),
        };
        let described = Arc::new(described);
        self.known.remember(object, described.clone());
        Ok(described)
    }
}

fn is_not_found(error: &SourceError) -> bool {
    matches!(&error.kind, SourceErrorKind::Rejected { code } if code == "NOT_FOUND" || code == "INVALID_TYPE")
}
