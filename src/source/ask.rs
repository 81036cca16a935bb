//! Point reads: many keys in, their records out, in as few calls as the vendor allows.
//!
//! Every lookup belongs to one capability and names the records it stands for. The keys carry the vendor's object
//! and id without the source's name: the handle they are put to is the source.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::campaign::{CampaignMembership, CampaignRecord};
use crate::domain::event::{HistoryPart, RecordHistory};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect, Pipeline};
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::domain::user::UserRecord;

use super::error::SourceError;
use super::reading::Reading;

/// A key one point read answers.
pub trait Lookup: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// What it finds; a lookup may find several.
    type Found: Clone + Debug + Send + Sync + 'static;
    /// Which fields are wanted of what it finds; `()` where records travel whole.
    type Select: Wanted;

    /// The lookup by id that would find this very record, so that it is read once however it was found.
    fn by_id(found: &Self::Found) -> Option<Self>;
    /// About how many bytes it occupies in a cache.
    fn weight(found: &Self::Found) -> usize;
    /// Whether it is about one of the records whose ids are `any`: by what it names, or by what it found.
    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool;

    /// Whether it names what it finds, so that no other record can come to belong to its answer.
    fn is_by_id(&self) -> bool {
        true
    }
}

/// A choice of fields that can be widened.
pub trait Wanted: Clone + Default + Debug + Eq + Hash + Send + Sync + 'static {
    /// True when everything `other` wants is in here.
    fn covers(&self, other: &Self) -> bool;
    /// What either wants.
    #[must_use]
    fn union(&self, other: &Self) -> Self;
}

impl Wanted for () {
    fn covers(&self, (): &Self) -> bool {
        true
    }

    fn union(&self, (): &Self) -> Self {}
}

impl<F: crate::domain::select::Field + Debug + Eq + Hash> Wanted for crate::domain::select::Select<F> {
    fn covers(&self, other: &Self) -> bool {
        Self::covers(self, other)
    }

    fn union(&self, other: &Self) -> Self {
        Self::union(self, other)
    }
}

/// A capability that answers lookups.
#[async_trait]
pub trait Ask<L: Lookup>: Send + Sync {
    /// How many lookups one vendor call takes. A larger batch is split by the connector.
    fn batch_size(&self) -> usize;

    /// Whether the vendor can answer this kind of lookup at all (not every vendor knows cross-references).
    fn can_answer(&self, _lookup: &L) -> bool {
        true
    }

    /// As of when its answers are true, where that is not the instant of asking: what was captured is as old as the
    /// last capture.
    fn as_of(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// Answers every lookup exactly once, in any order; nothing found is an empty list. Calls that do not need
    /// each other run at the same time. Answers to lookups that were not asked may be added where the same calls
    /// brought them; they are kept for whoever asks next.
    ///
    /// # Errors
    /// When any part of the batch could not be read.
    async fn ask(
        &self,
        lookups: &[L],
        select: &L::Select,
        reading: &Reading,
    ) -> Result<Vec<(L, Vec<L::Found>)>, SourceError>;
}

/// Which people are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PersonLookup {
    /// A record by the vendor's object and id; also finds tombstones, and merged-away ids by their survivor
    /// or their own tombstone with `merged_into`.
    Id {
        /// `Lead`, `Contact`, `contact` …
        object: Arc<str>,
        /// In canonical form.
        id: Arc<str>,
    },
    /// Live records whose primary address is this one, normalised.
    Email(Arc<str>),
    /// Live records that name this record of another source as themselves.
    ReferringTo(RecordKey),
    /// Leads that were converted into this contact id, and records merged into it: what names it from the same source.
    ConvertedInto(Arc<str>),
}

impl Lookup for PersonLookup {
    type Found = Arc<PersonRecord>;
    type Select = PersonSelect;

    fn by_id(found: &Self::Found) -> Option<Self> {
        Some(Self::Id { object: found.meta.key.object.clone(), id: found.meta.key.id.clone() })
    }

    fn weight(found: &Self::Found) -> usize {
        crate::domain::record::Record::weight(&**found)
    }

    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        let named = match self {
            Self::Id { id, .. } | Self::ConvertedInto(id) => any(id),
            // The one is no id, the other that of another source.
            Self::Email(_) | Self::ReferringTo(_) => false,
        };
        named || found.iter().any(|record| any(&record.meta.key.id))
    }

    fn is_by_id(&self) -> bool {
        matches!(self, Self::Id { .. })
    }
}

/// Which accounts are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AccountLookup {
    /// A record by the vendor's object and id.
    Id {
        /// `Account`, `company`.
        object: Arc<str>,
        /// In canonical form.
        id: Arc<str>,
    },
    /// Live records whose website or domain has this registrable domain.
    Domain(Arc<str>),
    /// Live records that name this record of another source as themselves.
    ReferringTo(RecordKey),
}

impl Lookup for AccountLookup {
    type Found = Arc<AccountRecord>;
    type Select = AccountSelect;

    fn by_id(found: &Self::Found) -> Option<Self> {
        Some(Self::Id { object: found.meta.key.object.clone(), id: found.meta.key.id.clone() })
    }

    fn weight(found: &Self::Found) -> usize {
        crate::domain::record::Record::weight(&**found)
    }

    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        let named = matches!(self, Self::Id { id, .. } if any(id));
        named || found.iter().any(|record| any(&record.meta.key.id))
    }

    fn is_by_id(&self) -> bool {
        matches!(self, Self::Id { .. })
    }
}

/// Which opportunities are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OpportunityLookup {
    /// A record by the vendor's id.
    Id(Arc<str>),
    /// Those of one account.
    OfAccount(Arc<str>),
    /// Those a person belongs to: by contact role, by association, by conversion.
    OfPerson {
        /// The person record's object.
        object: Arc<str>,
        /// The person record's id.
        id: Arc<str>,
    },
}

impl Lookup for OpportunityLookup {
    type Found = Arc<OpportunityRecord>;
    type Select = OpportunitySelect;

    fn by_id(found: &Self::Found) -> Option<Self> {
        Some(Self::Id(found.meta.key.id.clone()))
    }

    fn weight(found: &Self::Found) -> usize {
        crate::domain::record::Record::weight(&**found)
    }

    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        let (Self::Id(id) | Self::OfAccount(id) | Self::OfPerson { id, .. }) = self;
        any(id) || found.iter().any(|record| any(&record.meta.key.id))
    }

    fn is_by_id(&self) -> bool {
        matches!(self, Self::Id(_))
    }
}

/// Which campaigns are meant: one by the vendor's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CampaignLookup(pub Arc<str>);

impl Lookup for CampaignLookup {
    type Found = Arc<CampaignRecord>;
    type Select = ();

    fn by_id(found: &Self::Found) -> Option<Self> {
        Some(Self(found.meta.key.id.clone()))
    }

    fn weight(found: &Self::Found) -> usize {
        crate::domain::record::Record::weight(&**found)
    }

    fn rests_on(&self, _found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        any(&self.0)
    }
}

/// Whose campaign memberships are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MembershipLookup {
    /// The person record's object.
    pub object: Arc<str>,
    /// The person record's id.
    pub id: Arc<str>,
}

impl Lookup for MembershipLookup {
    type Found = Arc<CampaignMembership>;
    type Select = ();

    fn by_id(_found: &Self::Found) -> Option<Self> {
        None
    }

    fn weight(_found: &Self::Found) -> usize {
        300
    }

    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        any(&self.id) || found.iter().any(|member| any(&member.id) || any(&member.campaign.id))
    }

    fn is_by_id(&self) -> bool {
        false
    }
}

/// Whose history, and which part of it. Finds exactly one [`RecordHistory`], or nothing for an unknown record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryLookup {
    /// The record's object: a person's, an account's or an opportunity's.
    pub object: Arc<str>,
    /// The record's id.
    pub id: Arc<str>,
    /// The part asked for; each costs calls of its own.
    pub part: HistoryPart,
    /// The record's primary address, for vendors that keep events by recipient.
    pub address: Option<Arc<str>>,
}

impl Lookup for HistoryLookup {
    type Found = Arc<RecordHistory>;
    type Select = ();

    fn by_id(_found: &Self::Found) -> Option<Self> {
        None
    }

    fn weight(found: &Self::Found) -> usize {
        200 + 500 * found.events.len()
    }

    fn rests_on(&self, found: &[Self::Found], any: &dyn Fn(&str) -> bool) -> bool {
        any(&self.id) || found.iter().flat_map(|history| &history.events).any(|event| any(&event.source.id))
    }
}

/// Every user and queue of the source: they are few and needed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserLookup;

impl Lookup for UserLookup {
    type Found = Arc<UserRecord>;
    type Select = ();

    fn by_id(_found: &Self::Found) -> Option<Self> {
        None
    }

    fn weight(_found: &Self::Found) -> usize {
        400
    }

    fn rests_on(&self, _found: &[Self::Found], _any: &dyn Fn(&str) -> bool) -> bool {
        false
    }
}

/// Every pipeline of the source with its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PipelineLookup;

impl Lookup for PipelineLookup {
    type Found = Arc<Pipeline>;
    type Select = ();

    fn by_id(_found: &Self::Found) -> Option<Self> {
        None
    }

    fn weight(found: &Self::Found) -> usize {
        200 + 200 * found.stages.len()
    }

    fn rests_on(&self, _found: &[Self::Found], _any: &dyn Fn(&str) -> bool) -> bool {
        false
    }
}
