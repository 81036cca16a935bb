//! The live path: every configured source, and the rules by which their records become one.

use std::collections::HashMap;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::domain::clock::Clock;
use crate::domain::custom::CustomFieldInfo;
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::record::{Side, SourceInfo};
use crate::source::Source;
use crate::source::cached::Freshness;
use crate::source::describe::Health;

use super::identity::rules::IdentityRules;
use super::inquiry::Inquiry;

/// Everything a live answer is made of.
pub struct Live {
    pub(super) sources: Vec<Source>,
    /// What was captured of the sources that are captured.
    shelves: Vec<Source>,
    pub(super) infos: Vec<SourceInfo>,
    pub(super) rules: IdentityRules,
    pub(super) fields: CustomFields,
    pub(super) campaigns: Vec<Vec<RecordKey>>,
    renamed: HashMap<SourceName, SourceName>,
    zone: Tz,
    clock: Clock,
    patience: Duration,
}

/// The company's own fields as the settings declare them.
#[derive(Clone, Debug, Default)]
pub struct CustomFields {
    /// On people.
    pub person: Vec<CustomFieldInfo>,
    /// On accounts.
    pub account: Vec<CustomFieldInfo>,
    /// On opportunities.
    pub opportunity: Vec<CustomFieldInfo>,
}

/// What the settings say beside sources and rules.
#[derive(Clone, Debug)]
pub struct Arrangements {
    /// The company's own fields.
    pub fields: CustomFields,
    /// Records of several sources that are one campaign; the object's name in these keys does not matter.
    pub campaigns: Vec<Vec<RecordKey>>,
    /// Names a source had before; ids made of them still resolve.
    pub renamed: HashMap<SourceName, SourceName>,
    /// The zone days are counted in.
    pub zone: Tz,
    /// The longest one request may take.
    pub patience: Duration,
}

impl Default for Arrangements {
    fn default() -> Self {
        Self {
            fields: CustomFields::default(),
            campaigns: Vec::new(),
            renamed: HashMap::new(),
            zone: Tz::UTC,
            patience: Duration::from_secs(10),
        }
    }
}

impl Live {
    /// Puts sources and rules together. The sources are put in the order of every tie: sales side first, then the
    /// order given.
    pub fn new(
        mut sources: Vec<Source>,
        rules: IdentityRules,
        arrangements: Arrangements,
        clock: Clock,
    ) -> Self {
        let Arrangements { fields, campaigns, renamed, zone, patience } = arrangements;
        sources.sort_by_key(|source| (source.info.side != Side::Sales, source.info.rank));
        for (rank, source) in sources.iter_mut().enumerate() {
            source.info.rank = rank;
        }
        let infos = sources.iter().map(|source| source.info.clone()).collect();
        let shelves = Vec::new();
        Self { sources, shelves, infos, rules, fields, campaigns, renamed, zone, clock, patience }
    }

    /// The same, with what was captured of some of the sources: what is asked for as captured is read from there.
    #[must_use]
    pub fn with_shelves(self, shelves: Vec<Source>) -> Self {
        Self { shelves, ..self }
    }

    /// Everything that every source holds has been captured.
    pub fn is_captured(&self) -> bool {
        let is_whole = |shelf: &Source| shelf.describe.health().health == Health::Ok;
        self.shelves.len() == self.sources.len() && self.shelves.iter().all(is_whole)
    }

    /// How far it is until everything is captured, in a sentence; none where nothing is being captured, or all is.
    pub fn outlook(&self) -> Option<String> {
        self.shelves.iter().find_map(|shelf| shelf.describe.health().message)
    }

    /// Forgets every answer of every source: somebody was erased.
    pub fn forget_all(&self) {
        self.sources.iter().chain(&self.shelves).for_each(Source::forget_all);
    }

    /// Forgets every answer of one source: somebody was erased there.
    pub fn forget(&self, name: &SourceName) {
        let own = self.sources.iter().chain(&self.shelves).filter(|source| source.info.name == *name);
        own.for_each(Source::forget_all);
    }

    /// Begins a request.
    pub fn inquiry(&self) -> Inquiry {
        Inquiry::new(self.infos.iter().map(|info| &info.name), self.patience, self.clock)
    }

    /// The configured sources, in the order of every tie.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.infos
    }

    /// The company's own fields.
    pub fn custom_fields(&self) -> &CustomFields {
        &self.fields
    }

    /// The day it is, in the zone the settings count days in.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.zone).date_naive()
    }

    /// The same record under the present name of its source.
    pub fn present(&self, mut key: RecordKey) -> RecordKey {
        if let Some(name) = self.renamed.get(&key.source) {
            key.source = name.clone();
        }
        key
    }

    /// The gateway's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The source of that name.
    pub(super) fn source(&self, name: &SourceName) -> Option<&Source> {
        self.sources.iter().find(|source| source.info.name == *name)
    }

    /// The source of that name, or what was captured of it where that is asked for.
    pub(super) fn reading(&self, name: &SourceName, freshness: Freshness) -> Option<&Source> {
        self.reading_all(freshness).find(|source| source.info.name == *name)
    }

    /// Every source in the order of every tie, or what was captured of each where that is asked for.
    pub(super) fn reading_all(&self, freshness: Freshness) -> impl Iterator<Item = &Source> {
        self.sources.iter().map(move |source| {
            let is_its = |shelf: &&Source| shelf.info.name == source.info.name;
            let shelf = self.shelves.iter().find(is_its).filter(|_| freshness.captured);
            shelf.unwrap_or(source)
        })
    }

    /// How every source is doing, in their order.
    pub fn health(&self) -> Vec<(SourceInfo, crate::source::describe::HealthReport)> {
        self.sources.iter().map(|source| (source.info.clone(), source.describe.health())).collect()
    }

    /// The sources themselves, for checks.
    pub fn described(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }
}
