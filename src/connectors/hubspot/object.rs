//! The kinds of records this connector reads, and how the vendor names each in paths, keys and properties.

/// A kind of CRM record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Object {
    Contact,
    Company,
    Deal,
}

impl Object {
    /// The kind a record key names; none for what is not ours.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Contact, Self::Company, Self::Deal].into_iter().find(|object| object.name() == name)
    }

    /// The name in record keys.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Deal => "deal",
        }
    }

    /// The name in paths.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Company => "companies",
            Self::Deal => "deals",
        }
    }

    /// The number in the addresses of the vendor's own interface.
    pub(super) fn type_id(self) -> &'static str {
        match self {
            Self::Contact => "0-1",
            Self::Company => "0-2",
            Self::Deal => "0-3",
        }
    }

    /// The modification stamp. Contacts name theirs unlike everything else.
    pub(super) fn modified(self) -> &'static str {
        match self {
            Self::Contact => "lastmodifieddate",
            Self::Company | Self::Deal => "hs_lastmodifieddate",
        }
    }
}

/// True for what can be a record id: digits that fit the vendor's 64 bits. Anything else is not asked for, because
/// one odd id fails a whole batch.
pub(super) fn is_record_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 19 && text.bytes().all(|byte| byte.is_ascii_digit())
}
