//! The kinds of CRM object and every name a path may call them by.

/// One kind of CRM object, as an index into the table of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kind(u8);

struct Description {
    plural: &'static str,
    singular: &'static str,
    type_id: &'static str,
    created: &'static str,
    modified: &'static str,
    scope: &'static str,
    shown: &'static [&'static str],
    searched: &'static [&'static str],
}

const ENGAGEMENT: &[&str] = &["hs_createdate", "hs_lastmodifieddate", "hs_object_id"];

const fn engagement(plural: &'static str, singular: &'static str, type_id: &'static str) -> Description {
    Description {
        plural,
        singular,
        type_id,
        created: "hs_createdate",
        modified: "hs_lastmodifieddate",
        scope: "contacts",
        shown: ENGAGEMENT,
        searched: &[],
    }
}

const KINDS: &[Description] = &[
    Description {
        plural: "contacts",
        singular: "contact",
        type_id: "0-1",
        created: "createdate",
        modified: "lastmodifieddate",
        scope: "contacts",
        shown: &["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"],
        searched: &[
            "firstname",
            "lastname",
            "email",
            "phone",
            "hs_additional_emails",
            "fax",
            "mobilephone",
            "company",
        ],
    },
    Description {
        plural: "companies",
        singular: "company",
        type_id: "0-2",
        created: "createdate",
        modified: "hs_lastmodifieddate",
        scope: "companies",
        shown: &["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"],
        searched: &["website", "phone", "name", "domain"],
    },
    Description {
        plural: "deals",
        singular: "deal",
        type_id: "0-3",
        created: "createdate",
        modified: "hs_lastmodifieddate",
        scope: "deals",
        shown: &[
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ],
        searched: &["dealname", "pipeline", "dealstage", "description", "dealtype"],
    },
    Description {
        plural: "tickets",
        singular: "ticket",
        type_id: "0-5",
        created: "createdate",
        modified: "hs_lastmodifieddate",
        scope: "tickets",
        shown: &[
            "content",
            "createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "subject",
        ],
        searched: &["subject", "content", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_id"],
    },
    Description {
        plural: "leads",
        singular: "lead",
        type_id: "0-136",
        created: "createdate",
        modified: "hs_lastmodifieddate",
        scope: "leads",
        shown: &["createdate", "hs_lastmodifieddate", "hs_object_id"],
        searched: &["hs_lead_name"],
    },
    engagement("calls", "call", "0-48"),
    engagement("emails", "email", "0-49"),
    engagement("meetings", "meeting", "0-47"),
    engagement("notes", "note", "0-46"),
    engagement("tasks", "task", "0-27"),
    engagement("communications", "communication", "0-18"),
];

impl Kind {
    pub(crate) const CONTACTS: Kind = Kind(0);
    pub(crate) const COMPANIES: Kind = Kind(1);
    pub(crate) const DEALS: Kind = Kind(2);
    pub(crate) const TICKETS: Kind = Kind(3);
    pub(crate) const LEADS: Kind = Kind(4);

    /// Every kind this portal stores.
    pub(crate) fn all() -> impl Iterator<Item = Kind> {
        (0..KINDS.len()).map(|index| Kind(index as u8))
    }

    /// The kind a path segment means: plural, singular or numeric type id.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Kind::all().find(|kind| {
            let told = kind.description();
            told.plural.eq_ignore_ascii_case(name)
                || told.singular.eq_ignore_ascii_case(name)
                || told.type_id == name
        })
    }

    /// The position of this kind in tables kept one a kind.
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }

    pub(crate) fn plural(self) -> &'static str {
        self.description().plural
    }

    pub(crate) fn singular(self) -> &'static str {
        self.description().singular
    }

    /// The numeric id, such as `0-1` for contacts.
    pub(crate) fn type_id(self) -> &'static str {
        self.description().type_id
    }

    /// The property holding the instant of creation.
    pub(crate) fn created(self) -> &'static str {
        self.description().created
    }

    /// The property holding the instant of the last change: contacts spell it unlike all others.
    pub(crate) fn modified(self) -> &'static str {
        self.description().modified
    }

    /// The word in the middle of this kind's scopes; engagements are gated by the contacts' ones.
    pub(crate) fn scope(self) -> &'static str {
        self.description().scope
    }

    /// The properties a read shows when none is asked for.
    pub(crate) fn shown(self) -> &'static [&'static str] {
        self.description().shown
    }

    /// The properties a free-text search looks at.
    pub(crate) fn searched(self) -> &'static [&'static str] {
        self.description().searched
    }

    /// Whether this is a call, e-mail, meeting, note, task or message.
    pub(crate) fn is_engagement(self) -> bool {
        self.created() == "hs_createdate"
    }

    fn description(self) -> &'static Description {
        &KINDS[self.index()]
    }
}
