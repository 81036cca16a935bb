//! What the settings say about the read model.

use chrono_tz::Tz;

use crate::domain::id::RecordKey;
use crate::domain::record::SourceInfo;
use crate::domain::territory::Company;
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::CustomFields;

/// What the settings say about the read model: the same words the live path is given.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The configured sources, in the order of every tie.
    pub sources: Vec<SourceInfo>,
    /// Which addresses link.
    pub identity: IdentityRules,
    /// Records of several sources that are one campaign; the object's name in these keys does not matter.
    pub campaigns: Vec<Vec<RecordKey>>,
    /// The company's own fields.
    pub fields: CustomFields,
    /// How the company is divided.
    pub company: Company,
    /// The zone in which a day ends of which no more is known.
    pub zone: Tz,
}

impl Rules {
    /// The place of a source in the order of every tie; what is not configured comes last.
    pub(super) fn place_of_source(&self, key: &RecordKey) -> usize {
        self.sources.iter().position(|source| source.name == key.source).unwrap_or(usize::MAX)
    }
}
