//! The live path: every configured source, and the rules by which their records become one.

use std::time::Duration;

use crate::domain::clock::Clock;
use crate::domain::custom::CustomFieldInfo;
use crate::domain::id::SourceName;
use crate::domain::record::{Side, SourceInfo};
use crate::source::Source;

use super::identity::rules::IdentityRules;
use super::inquiry::Inquiry;

/// Everything a live answer is made of.
pub struct Live {
    pub(super) sources: Vec<Source>,
    pub(super) infos: Vec<SourceInfo>,
    pub(super) rules: IdentityRules,
    pub(super) fields: CustomFields,
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

impl Live {
    /// Puts sources and rules together. The sources are put in the order of every tie: sales side first, then the
    /// order given.
    pub fn new(
        mut sources: Vec<Source>,
        rules: IdentityRules,
        fields: CustomFields,
        clock: Clock,
        patience: Duration,
    ) -> Self {
        sources.sort_by_key(|source| (source.info.side != Side::Sales, source.info.rank));
        for (rank, source) in sources.iter_mut().enumerate() {
            source.info.rank = rank;
        }
        let infos = sources.iter().map(|source| source.info.clone()).collect();
        Self { sources, infos, rules, fields, clock, patience }
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

    /// The gateway's clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The source of that name.
    pub(super) fn source(&self, name: &SourceName) -> Option<&Source> {
        self.sources.iter().find(|source| source.info.name == *name)
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
