//! The table of the quarter: who came when and from where, what was handed over, what was sold. Instants are UTC; a day
//! alone is its midnight.

/// A person.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) email: &'static str,
    /// Creation of the oldest record.
    pub(super) created: &'static str,
    /// The lead source as the vendor has it, the channel and whose work the settings make of it.
    pub(super) source: &'static str,
    pub(super) channel: &'static str,
    pub(super) is_marketing: bool,
    pub(super) first_touch: Option<&'static str>,
    /// Where they stand at the end of the quarter; none for a contact who never was a lead.
    pub(super) stage: Option<&'static str>,
    /// The stages they entered, oldest first; that of their first record, INQUIRY, aside.
    pub(super) stages: &'static [(&'static str, &'static str)],
}

/// The people.
pub(super) const PEOPLE: [Person; 14] = [
    Person {
        id: "P0",
        email: "henrik.solberg@solberg-shipping.example",
        created: "2024-10-05",
        source: "EVENT",
        channel: "EVENT",
        is_marketing: true,
        first_touch: Some("2024-10-01"),
        stage: Some("CUSTOMER"),
        stages: &[
            ("2024-10-12", "MQL"),
            ("2024-10-25", "SQL"),
            ("2024-11-15", "OPPORTUNITY"),
            ("2025-02-14", "CUSTOMER"),
        ],
    },
    Person {
        id: "P00",
        email: "olivia.grant@grant-hale.example",
        created: "2024-11-20",
        source: "OUTBOUND",
        channel: "OUTBOUND",
        is_marketing: false,
        first_touch: None,
        stage: Some("OPPORTUNITY"),
        stages: &[("2024-11-25", "SQL"), ("2024-12-02", "OPPORTUNITY")],
    },
    Person {
        id: "P000",
        email: "teo.marin@marin-optics.example",
        created: "2024-12-20",
        source: "WEBINAR",
        channel: "WEBINAR",
        is_marketing: true,
        first_touch: Some("2024-12-18"),
        stage: Some("OPPORTUNITY"),
        stages: &[("2024-12-22", "MQL"), ("2024-12-29", "SQL"), ("2025-01-10", "OPPORTUNITY")],
    },
    Person {
        id: "P1",
        email: "ada.brenner@brenner-werke.example",
        created: "2025-01-06",
        source: "WEB_FORM",
        channel: "DIRECT",
        is_marketing: true,
        first_touch: Some("2025-01-02"),
        stage: Some("CUSTOMER"),
        stages: &[
            ("2025-01-08T10:00:00", "MQL"),
            ("2025-01-08T15:30:00", "SAL"),
            ("2025-01-15", "SQL"),
            ("2025-01-20", "OPPORTUNITY"),
            ("2025-03-10", "CUSTOMER"),
        ],
    },
    Person {
        id: "P2",
        email: "bruno.castel@castel-logistique.example",
        created: "2025-01-09",
        source: "WEBINAR",
        channel: "WEBINAR",
        is_marketing: true,
        first_touch: Some("2025-01-09"),
        stage: Some("OPPORTUNITY"),
        stages: &[
            ("2025-01-09T16:00:00", "MQL"),
            ("2025-01-10T09:00:00", "SAL"),
            ("2025-01-22", "SQL"),
            ("2025-01-27", "OPPORTUNITY"),
        ],
    },
    Person {
        id: "P3",
        email: "clara.dietz@dietz-pharma.example",
        created: "2025-01-15",
        source: "CONTENT",
        channel: "CONTENT",
        is_marketing: true,
        first_touch: Some("2025-01-14"),
        stage: Some("OPPORTUNITY"),
        stages: &[
            ("2025-01-20T09:00:00", "MQL"),
            ("2025-01-21T09:00:00", "RECYCLED"),
            ("2025-03-03T11:00:00", "MQL"),
            ("2025-03-03T13:00:00", "SAL"),
            ("2025-03-12", "SQL"),
            ("2025-03-14", "OPPORTUNITY"),
        ],
    },
    Person {
        id: "P4",
        email: "daniel.eng@eng-marine.example",
        created: "2025-01-20",
        source: "EVENT",
        channel: "EVENT",
        is_marketing: true,
        first_touch: Some("2025-01-20"),
        stage: Some("SAL"),
        stages: &[("2025-01-28T12:00:00", "MQL"), ("2025-01-29T12:00:01", "SAL")],
    },
    Person {
        id: "P5",
        email: "elena.ferri@ferri-tessuti.example",
        created: "2025-02-03",
        source: "REFERRAL",
        channel: "REFERRAL",
        is_marketing: false,
        first_touch: Some("2025-02-01"),
        stage: Some("CUSTOMER"),
        stages: &[
            ("2025-02-03T08:00:00", "MQL"),
            ("2025-02-03T08:20:00", "SAL"),
            ("2025-02-06", "SQL"),
            ("2025-02-10", "OPPORTUNITY"),
            ("2025-03-27", "CUSTOMER"),
        ],
    },
    Person {
        id: "P6",
        email: "felix.gruber@gruber-consulting.example",
        created: "2025-02-05",
        source: "WEB_FORM",
        channel: "DIRECT",
        is_marketing: true,
        first_touch: Some("2025-02-05"),
        stage: Some("DISQUALIFIED"),
        stages: &[("2025-02-12T14:00:00", "MQL"), ("2025-02-14T10:00:00", "DISQUALIFIED")],
    },
    Person {
        id: "P7",
        email: "grace.holm@holm-energy.example",
        created: "2025-02-17",
        source: "OUTBOUND",
        channel: "OUTBOUND",
        is_marketing: false,
        first_touch: None,
        stage: Some("OPPORTUNITY"),
        stages: &[("2025-02-24", "SQL"), ("2025-02-26", "OPPORTUNITY")],
    },
    Person {
        id: "P8",
        email: "hugo.ivers@ivers-packaging.example",
        created: "2025-02-20",
        source: "WEBINAR",
        channel: "WEBINAR",
        is_marketing: true,
        first_touch: Some("2025-02-20"),
        stage: Some("MQL"),
        stages: &[("2025-03-31T20:00:00", "MQL")],
    },
    Person {
        id: "P9",
        email: "irene.jansen@jansen-bloemen.example",
        created: "2025-03-04",
        source: "CONTENT",
        channel: "CONTENT",
        is_marketing: true,
        first_touch: Some("2025-03-01"),
        stage: Some("MQL"),
        stages: &[("2025-03-18T09:00:00", "MQL")],
    },
    Person {
        id: "P10",
        email: "jonas.keller@keller-druck.example",
        created: "2025-03-11",
        source: "WEB_FORM",
        channel: "DIRECT",
        is_marketing: true,
        first_touch: Some("2025-03-10"),
        stage: Some("SAL"),
        stages: &[("2025-03-25T17:00:00", "MQL"), ("2025-03-25T18:00:00", "SAL")],
    },
    Person {
        id: "P11",
        email: "katia.leone@ferri-tessuti.example",
        created: "2024-06-03",
        source: "REFERRAL",
        channel: "REFERRAL",
        is_marketing: false,
        // The vendor knows the day of a response: it stands at the day's end.
        first_touch: Some("2025-02-08T23:59:59.999"),
        stage: None,
        stages: &[],
    },
];

/// A lead handed over to sales.
pub(super) struct Handoff {
    pub(super) id: &'static str,
    pub(super) person: &'static str,
    pub(super) offered: &'static str,
    /// When sales answered, and the stage the answer led to.
    pub(super) response: Option<(&'static str, &'static str)>,
}

const fn handoff(
    id: &'static str,
    person: &'static str,
    offered: &'static str,
    response: Option<(&'static str, &'static str)>,
) -> Handoff {
    Handoff { id, person, offered, response }
}

/// The handoffs.
pub(super) const HANDOFFS: [Handoff; 10] = [
    handoff("H1", "P1", "2025-01-08T10:00:00", Some(("2025-01-08T15:30:00", "SAL"))),
    handoff("H2", "P2", "2025-01-09T16:00:00", Some(("2025-01-10T09:00:00", "SAL"))),
    handoff("H3", "P3", "2025-01-20T09:00:00", Some(("2025-01-21T09:00:00", "RECYCLED"))),
    handoff("H4", "P4", "2025-01-28T12:00:00", Some(("2025-01-29T12:00:01", "SAL"))),
    handoff("H5", "P5", "2025-02-03T08:00:00", Some(("2025-02-03T08:20:00", "SAL"))),
    handoff("H6", "P6", "2025-02-12T14:00:00", Some(("2025-02-14T10:00:00", "DISQUALIFIED"))),
    handoff("H7", "P3", "2025-03-03T11:00:00", Some(("2025-03-03T13:00:00", "SAL"))),
    handoff("H8", "P9", "2025-03-18T09:00:00", None),
    handoff("H9", "P10", "2025-03-25T17:00:00", Some(("2025-03-25T18:00:00", "SAL"))),
    handoff("H10", "P8", "2025-03-31T20:00:00", None),
];

/// An opportunity.
pub(super) struct Opportunity {
    pub(super) id: &'static str,
    /// The vendor's id of it.
    pub(super) record: &'static str,
    pub(super) person: &'static str,
    pub(super) created: &'static str,
    /// US dollars.
    pub(super) amount: &'static str,
    pub(super) category: &'static str,
    /// When it was won or lost.
    pub(super) closed: Option<&'static str>,
    pub(super) close_date: &'static str,
    pub(super) probability: &'static str,
    pub(super) loss_reason: Option<&'static str>,
}

const fn won(
    id: &'static str,
    record: &'static str,
    person: &'static str,
    created: &'static str,
    amount: &'static str,
    on: &'static str,
) -> Opportunity {
    Opportunity {
        id,
        record,
        person,
        created,
        amount,
        category: "WON",
        closed: Some(on),
        close_date: on,
        probability: "1.000000",
        loss_reason: None,
    }
}

const fn lost(won: Opportunity, reason: &'static str) -> Opportunity {
    Opportunity { category: "LOST", probability: "0.000000", loss_reason: Some(reason), ..won }
}

const fn open(won: Opportunity, probability: &'static str) -> Opportunity {
    Opportunity { category: "OPEN", closed: None, probability, ..won }
}

/// The opportunities.
pub(super) const OPPORTUNITIES: [Opportunity; 8] = [
    won("O1", "006000000000001AAA", "P1", "2025-01-20", "24000", "2025-03-10"),
    lost(won("O2", "006000000000002AAA", "P2", "2025-01-27", "18000", "2025-03-05"), "PRICE"),
    open(won("O3", "006000000000003AAA", "P3", "2025-03-14", "30000", "2025-05-20"), "0.400000"),
    won("O4", "006000000000004AAA", "P5", "2025-02-10", "12000", "2025-03-27"),
    open(won("O5", "006000000000005AAA", "P7", "2025-02-26", "50000", "2025-04-25"), "0.250000"),
    won("O6", "006000000000006AAA", "P0", "2024-11-15", "36000", "2025-02-14"),
    lost(won("O7", "006000000000007AAA", "P00", "2024-12-02", "20000", "2025-01-31"), "NO_DECISION"),
    open(won("O8", "006000000000008AAA", "P000", "2025-01-10", "8000", "2025-03-15"), "0.100000"),
];

/// An instant of the table as the gateway writes it.
pub(super) fn instant(of: &str) -> String {
    if of.contains('T') { format!("{of}+00:00") } else { format!("{of}T00:00:00+00:00") }
}
