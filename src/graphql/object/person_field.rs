//! The fields of a person that have a provenance or may be masked.

use async_graphql::Enum;

use crate::domain::view::Aspect;
use crate::unify::merge::person::MergedPersonField as Merged;

/// A field of a person that has a provenance or may be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PersonField {
    /// `displayName`; its provenance is that of its two parts.
    DisplayName,
    /// `firstName`.
    FirstName,
    /// `lastName`.
    LastName,
    /// `email`.
    Email,
    /// `phone`.
    Phone,
    /// `mobile`.
    Mobile,
    /// `title`.
    Title,
    /// `account`.
    Account,
    /// `owner`.
    Owner,
    /// `lifecycleStage`.
    LifecycleStage,
    /// `originalSource`.
    OriginalSource,
    /// `consent`; its provenance is that of its parts.
    Consent,
    /// `createdAt`.
    CreatedAt,
    /// `updatedAt`.
    UpdatedAt,
}

impl PersonField {
    /// Every field, in the order of the schema.
    pub const ALL: [Self; 14] = [
        Self::DisplayName,
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
        Self::Consent,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// The enum's own name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DisplayName => "DISPLAY_NAME",
            Self::FirstName => "FIRST_NAME",
            Self::LastName => "LAST_NAME",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Mobile => "MOBILE",
            Self::Title => "TITLE",
            Self::Account => "ACCOUNT",
            Self::Owner => "OWNER",
            Self::LifecycleStage => "LIFECYCLE_STAGE",
            Self::OriginalSource => "ORIGINAL_SOURCE",
            Self::Consent => "CONSENT",
            Self::CreatedAt => "CREATED_AT",
            Self::UpdatedAt => "UPDATED_AT",
        }
    }

    /// The merged fields whose provenance answers for it.
    pub(super) fn merged(self) -> &'static [Merged] {
        match self {
            // Shown under its two parts; asking for all fields must not tell them twice.
            Self::DisplayName => &[],
            Self::FirstName => &[Merged::FirstName],
            Self::LastName => &[Merged::LastName],
            Self::Email => &[Merged::Email],
            Self::Phone => &[Merged::Phone],
            Self::Mobile => &[Merged::Mobile],
            Self::Title => &[Merged::Title],
            Self::Account => &[Merged::Account],
            Self::Owner => &[Merged::Owner],
            Self::LifecycleStage => &[Merged::LifecycleStage],
            Self::OriginalSource => &[Merged::OriginalSource],
            Self::Consent => &[Merged::EmailOptOut, Merged::DoNotCall, Merged::Bounced],
            Self::CreatedAt => &[Merged::CreatedAt],
            Self::UpdatedAt => &[Merged::UpdatedAt],
        }
    }

    /// How its values are seen; none where every view sees them.
    pub(super) fn aspect(self) -> Option<Aspect> {
        match self {
            Self::DisplayName | Self::FirstName | Self::LastName => Some(Aspect::Name),
            Self::Email => Some(Aspect::Email),
            Self::Phone => Some(Aspect::Phone),
            Self::Mobile => Some(Aspect::Mobile),
            _ => None,
        }
    }
}
