//! Fixture Q1 in memory, and a way to build small sets of facts. Source: domain guide §2.

#![expect(clippy::unwrap_used, reason = "a fixture that is wrong shall fail where it is wrong")]

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::period::Period;
use super::question::{Inputs, SpendKind, SpendLine, Target, Whose};
use super::{MetricKind, Question};
use crate::domain::event::EventKind;
use crate::domain::fact::{
    AccountFact, Amount, Currency, FactSet, Ix, Moment, OpportunityFact, PassFact, PassOutcome, PersonFact,
    Span, TouchFact,
};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;

/// A day, or an instant to the second: `2025-01-08`, `2025-01-08 10:00`, `2025-01-29 12:00:01`.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let full = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{}:00Z", text.replace(' ', "T")),
        _ => format!("{}Z", text.replace(' ', "T")),
    };
    full.parse().unwrap()
}

/// A day.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A day of which no more is known.
pub(crate) fn on(text: &str) -> Moment {
    Moment::day(day(text), at(&format!("{text} 23:59:59")))
}

/// Days, both included.
pub(crate) fn period(start: &str, end: &str) -> Period {
    Period { start: day(start), end: day(end) }
}

/// The first quarter of 2025.
pub(crate) fn q1(kind: MetricKind) -> Question {
    Question::new(kind, period("2025-01-01", "2025-03-31"))
}

/// A decimal.
pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Facts under construction: rows by their names in the guide.
pub(crate) struct Facts {
    pub(crate) set: FactSet,
    people: HashMap<String, Ix<PersonFact>>,
    passes: Vec<PassFact>,
    touches: Vec<TouchFact>,
}

impl Facts {
    pub(crate) fn as_of(as_of: &str) -> Self {
        let mut set = FactSet { as_of: at(as_of), ..FactSet::default() };
        set.currencies.push(Currency::new("USD"));
        Self { set, people: HashMap::new(), passes: Vec::new(), touches: Vec::new() }
    }

    /// A person with an account of its own.
    pub(crate) fn person(&mut self, name: &str, created: &str, source: &str) -> Ix<PersonFact> {
        let (channel, is_marketing) = match source {
            "WEB_FORM" => (Channel::Direct, true),
            "WEBINAR" => (Channel::Webinar, true),
            "CONTENT" => (Channel::Content, true),
            "EVENT" => (Channel::Event, true),
            "REFERRAL" => (Channel::Referral, false),
            _ => (Channel::Outbound, false),
        };
        let person = Ix::new(self.set.people.len());
        let account = self.account();
        let lead_source = Some(self.set.texts.intern(source));
        self.set.people.push(PersonFact {
            created_at: at(created),
            updated_at: at(created),
            observed_at: self.set.as_of,
            sequence: 0,
            first_touch: None,
            last_engaged_at: None,
            first_sales_activity_at: None,
            account: Some(account),
            owner: None,
            territory: None,
            lead_source,
            industry: None,
            passes: Span::EMPTY,
            periods: Span::EMPTY,
            touches: Span::EMPTY,
            opportunities: Span::EMPTY,
            campaigns: Span::EMPTY,
            channel,
            is_marketing,
            stage: None,
            company_size: None,
        });
        self.set.person_keys.push(RecordKey::new(&SourceName::new("sales"), "Lead", name));
        self.people.insert(name.to_owned(), person);
        person
    }

    fn account(&mut self) -> Ix<AccountFact> {
        self.set.accounts.push(AccountFact {
            created_at: self.set.as_of,
            updated_at: self.set.as_of,
            observed_at: self.set.as_of,
            sequence: 0,
            name: None,
            industry: None,
            owner: None,
            territory: None,
            people: Span::EMPTY,
            opportunities: Span::EMPTY,
            company_size: None,
            is_target: false,
        });
        Ix::new(self.set.accounts.len() - 1)
    }

    pub(crate) fn of(&self, name: &str) -> Ix<PersonFact> {
        self.people[name]
    }

    pub(crate) fn touch(&mut self, name: &str, when: Moment, channel: Channel) {
        self.touches.push(TouchFact {
            when,
            person: self.of(name),
            campaign: None,
            asset: None,
            kind: EventKind::FormSubmission,
            channel,
            is_eligible: true,
        });
    }

    /// The next pass of a person; an empty text for a stage that was not reached.
    pub(crate) fn pass(&mut self, name: &str, [mql, sal, sql, ended]: [&str; 4], outcome: PassOutcome) {
        let person = self.of(name);
        let instant = |text: &str| (!text.is_empty()).then(|| at(text));
        let number = self.passes.iter().filter(|pass| pass.person == person).count() as u16 + 1;
        self.passes.push(PassFact {
            person,
            mql_at: instant(mql),
            sal_at: instant(sal),
            sql_at: instant(sql),
            opportunity_at: None,
            ended_at: instant(ended),
            opportunity: None,
            number,
            outcome,
            is_sales_generated: mql.is_empty(),
            mql_is_inferred: false,
            sal_is_inferred: false,
            sql_is_inferred: false,
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a line of the guide's table")]
    /// An opportunity that came from a person, and is with its account and of its source.
    pub(crate) fn opportunity(
        &mut self,
        name: &str,
        lead: &str,
        created: &str,
        units: i64,
        category: StageCategory,
        close: &str,
        probability: u16,
    ) -> &mut OpportunityFact {
        let lead = self.of(lead);
        let person = self.set.people[lead.place()];
        let is_closed = matches!(category, StageCategory::Won | StageCategory::Lost);
        self.set.opportunity_people.push(lead);
        self.set.opportunity_keys.push(RecordKey::new(&SourceName::new("sales"), "Opportunity", name));
        let name = Some(self.set.texts.intern(name));
        self.set.opportunities.push(OpportunityFact {
            created_at: at(created),
            updated_at: at(created),
            observed_at: self.set.as_of,
            sequence: 0,
            closed: is_closed.then(|| on(close)),
            close_date: Some(day(close)),
            stage_entered_at: None,
            first_sales_activity_at: None,
            amount: Some(Amount { minor: units * 100, currency: Ix::new(0) }),
            account: person.account,
            owner: None,
            territory: None,
            lead: Some(lead),
            name,
            pipeline: None,
            stage: None,
            loss_reason: None,
            lead_source: person.lead_source,
            product: None,
            people: Span::new(self.set.opportunity_people.len() - 1, 1),
            stages: Span::EMPTY,
            probability: Some(probability),
            category,
            channel: person.channel,
            is_marketing: person.is_marketing,
        });
        let last = self.set.opportunities.len() - 1;
        &mut self.set.opportunities[last]
    }

    /// Puts the rows of each owner together and tells the owners where they are.
    pub(crate) fn built(mut self) -> FactSet {
        let set = &mut self.set;
        self.passes.sort_by_key(|pass| (pass.person, pass.number));
        self.touches.sort_by_key(|touch| (touch.person, touch.when.at));
        for (place, person) in set.people.iter_mut().enumerate() {
            let this = Ix::new(place);
            person.passes = set.passes.append(self.passes.iter().filter(|it| it.person == this).copied());
            person.touches = set.touches.append(self.touches.iter().filter(|it| it.person == this).copied());
            person.first_touch = person
                .touches
                .of(&set.touches)
                .iter()
                .find(|touch| touch.is_eligible)
                .map(|touch| touch.when);
            let contacts = &set.opportunity_people;
            let is_own =
                |it: &OpportunityFact| it.lead == Some(this) || it.people.of(contacts).contains(&this);
            let own = set.opportunities.iter().enumerate().filter(|(_, it)| is_own(it));
            person.opportunities = set.person_opportunities.append(own.map(|(place, _)| Ix::new(place)));
        }
        for (place, account) in set.accounts.iter_mut().enumerate() {
            let this = Some(Ix::new(place));
            let people = set.people.iter().enumerate().filter(|(_, person)| person.account == this);
            account.people = set.account_people.append(people.map(|(place, _)| Ix::new(place)));
        }
        self.set
    }
}

/// The fixture as of 2025-04-01.
pub(crate) fn facts() -> FactSet {
    let mut facts = Facts::as_of("2025-04-01");
    people(&mut facts);
    passes(&mut facts);
    opportunities(&mut facts);
    facts.built()
}

fn people(facts: &mut Facts) {
    for (name, created, source, touch) in [
        ("P0", "2024-10-05", "EVENT", "2024-10-01"),
        ("P00", "2024-11-20", "OUTBOUND", ""),
        ("P000", "2024-12-20", "WEBINAR", "2024-12-18"),
        ("P1", "2025-01-06", "WEB_FORM", "2025-01-02"),
        ("P2", "2025-01-09", "WEBINAR", "2025-01-09"),
        ("P3", "2025-01-15", "CONTENT", "2025-01-14"),
        ("P4", "2025-01-20", "EVENT", "2025-01-20"),
        ("P5", "2025-02-03", "REFERRAL", "2025-02-01"),
        ("P6", "2025-02-05", "WEB_FORM", "2025-02-05"),
        ("P7", "2025-02-17", "OUTBOUND", ""),
        ("P8", "2025-02-20", "WEBINAR", "2025-02-20"),
        ("P9", "2025-03-04", "CONTENT", "2025-03-01"),
        ("P10", "2025-03-11", "WEB_FORM", "2025-03-10"),
        ("P11", "2024-06-03", "REFERRAL", ""),
    ] {
        let person = facts.person(name, created, source);
        if !touch.is_empty() {
            let channel = facts.set.people[person.place()].channel;
            facts.touch(name, Moment::instant(at(touch)), channel);
        }
    }
    // A colleague of P5 at the same account came to a webinar.
    let (colleague, same) = (facts.of("P11"), facts.set.people[facts.of("P5").place()].account);
    facts.set.people[colleague.place()].account = same;
    facts.touch("P11", Moment::instant(at("2025-02-08")), Channel::Webinar);
}

fn passes(facts: &mut Facts) {
    use PassOutcome as Outcome;
    for (name, instants, outcome) in [
        ("P0", ["2024-10-12", "", "2024-10-25", "2025-02-14"], Outcome::Won),
        ("P00", ["", "", "2024-11-25", "2025-01-31"], Outcome::Lost),
        ("P000", ["2024-12-22", "", "2024-12-29", ""], Outcome::Open),
        ("P1", ["2025-01-08 10:00", "2025-01-08 15:30", "2025-01-15", "2025-03-10"], Outcome::Won),
        ("P2", ["2025-01-09 16:00", "2025-01-10 09:00", "2025-01-22", "2025-03-05"], Outcome::Lost),
        ("P3", ["2025-01-20 09:00", "", "", "2025-01-21 09:00"], Outcome::Recycled),
        ("P4", ["2025-01-28 12:00", "2025-01-29 12:00:01", "", ""], Outcome::Open),
        ("P5", ["2025-02-03 08:00", "2025-02-03 08:20", "2025-02-06", "2025-03-27"], Outcome::Won),
        ("P6", ["2025-02-12 14:00", "", "", "2025-02-14 10:00"], Outcome::Disqualified),
        ("P3", ["2025-03-03 11:00", "2025-03-03 13:00", "2025-03-12", ""], Outcome::Open),
        ("P9", ["2025-03-18 09:00", "", "", ""], Outcome::Open),
        ("P10", ["2025-03-25 17:00", "2025-03-25 18:00", "", ""], Outcome::Open),
        ("P8", ["2025-03-31 20:00", "", "", ""], Outcome::Open),
        ("P7", ["", "", "2025-02-24", ""], Outcome::Open),
    ] {
        facts.pass(name, instants, outcome);
    }
}

fn opportunities(facts: &mut Facts) {
    use StageCategory::{Lost, Open, Won};
    facts.opportunity("O1", "P1", "2025-01-20", 24_000, Won, "2025-03-10", 10_000);
    facts.opportunity("O2", "P2", "2025-01-27", 18_000, Lost, "2025-03-05", 0);
    facts.opportunity("O3", "P3", "2025-03-14", 30_000, Open, "2025-05-20", 4000);
    facts.opportunity("O4", "P5", "2025-02-10", 12_000, Won, "2025-03-27", 10_000).people = Span::EMPTY;
    facts.opportunity("O5", "P7", "2025-02-26", 50_000, Open, "2025-04-25", 2500);
    facts.opportunity("O6", "P0", "2024-11-15", 36_000, Won, "2025-02-14", 10_000);
    facts.opportunity("O7", "P00", "2024-12-02", 20_000, Lost, "2025-01-31", 0);
    facts.opportunity("O8", "P000", "2025-01-10", 8000, Open, "2025-03-15", 1000);
    for (place, reason) in [(1, "PRICE"), (6, "NO_DECISION")] {
        facts.set.opportunities[place].loss_reason = Some(facts.set.texts.intern(reason));
    }
}

/// What the fixture's company spent and wants.
pub(crate) fn inputs() -> Inputs {
    let quarter = period("2025-01-01", "2025-03-31");
    let line = |kind, units: i64| SpendLine {
        kind,
        days: quarter,
        minor: units * 100,
        currency: Currency::new("USD"),
        channel: None,
        campaign: None,
    };
    let target = Target {
        kind: MetricKind::RevenueWon,
        start: day("2025-04-01"),
        end: day("2025-06-30"),
        value: decimal("150000"),
        whose: Whose::Company,
    };
    Inputs {
        spend: vec![line(SpendKind::Marketing, 27_000), line(SpendKind::Sales, 45_000)],
        targets: vec![target],
        ..Inputs::new("USD")
    }
}
