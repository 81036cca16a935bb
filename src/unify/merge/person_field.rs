//! The fields of a merged person that have a provenance, and those whose rule asks who set them last.

use crate::domain::person::{PersonField, PersonSelect};

/// The fields of a merged person that have a provenance. A display name has that of its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum MergedPersonField {
    FirstName,
    LastName,
    Email,
    Phone,
    Mobile,
    Title,
    Account,
    Owner,
    LifecycleStage,
    OriginalSource,
    EmailOptOut,
    DoNotCall,
    Bounced,
    CreatedAt,
    UpdatedAt,
}

impl MergedPersonField {
    /// Every field, in the order of the schema.
    pub const ALL: [Self; 15] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Phone,
        Self::Mobile,
        Self::Title,
        Self::Account,
        Self::Owner,
        Self::LifecycleStage,
        Self::OriginalSource,
        Self::EmailOptOut,
        Self::DoNotCall,
        Self::Bounced,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];
}

/// True for a field whose rule needs to know when and by whom it was last set.
pub fn needs_edit(field: PersonField) -> bool {
    matches!(
        field,
        PersonField::FirstName
            | PersonField::LastName
            | PersonField::Email
            | PersonField::Phone
            | PersonField::Mobile
            | PersonField::Title
            | PersonField::LifecycleStage
    )
}

/// The same choice of fields, with the edits that merging them needs.
#[must_use]
pub fn with_needed_edits(select: &PersonSelect) -> PersonSelect {
    let mut wide = select.clone();
    for field in select.fields().filter(|field| needs_edit(*field)) {
        wide.add_with_edit(field);
    }
    wide
}
