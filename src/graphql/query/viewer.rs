//! Who asks, as the gateway understands their token.

use async_graphql::{Enum, SimpleObject};

use crate::domain::view::{Pii, View};

/// Who is asking and what the token lets them see.
#[derive(Clone, Debug, SimpleObject)]
pub struct Viewer {
    /// The key of the view in the settings.
    view: String,
    /// The team the token names.
    team: String,
    /// The role within the team.
    role: String,
    /// What the token may be used for.
    scopes: Vec<String>,
    /// How much of what identifies a person is seen.
    masking: MaskingLevel,
}

/// How much of what identifies a person is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MaskingLevel {
    /// Everything is seen as it is.
    None,
    /// Initials, the domain of the address, two digits of the phone.
    Masked,
    /// A keyed hash of the address, nothing else.
    Pseudonymised,
    /// Nothing is seen.
    Denied,
}

impl Viewer {
    /// The caller of this view.
    pub(super) fn of(view: &View) -> Self {
        let claims = view.claims();
        Self {
            view: view.key().to_string(),
            team: claims.team.to_string(),
            role: claims.role.to_string(),
            scopes: claims.scopes.iter().map(ToString::to_string).collect(),
            masking: match view.pii() {
                Pii::Full => MaskingLevel::None,
                Pii::Masked => MaskingLevel::Masked,
                Pii::Pseudonym => MaskingLevel::Pseudonymised,
                Pii::None => MaskingLevel::Denied,
            },
        }
    }
}
