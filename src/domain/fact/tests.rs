//! Rows stay small, days stay days, and the past is told from the history.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail where it meets it")]

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::super::lead_source::Channel;
use super::super::opportunity::StageCategory;
use super::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn rows_are_as_narrow_as_a_million_people_need() {
    assert!(size_of::<TouchFact>() <= 48, "{}", size_of::<TouchFact>());
    assert!(size_of::<PassFact>() <= 80, "{}", size_of::<PassFact>());
    assert!(size_of::<LifecyclePeriodFact>() <= 40, "{}", size_of::<LifecyclePeriodFact>());
    assert!(size_of::<PersonFact>() <= 176, "{}", size_of::<PersonFact>());
    assert!(size_of::<OpportunityFact>() <= 224, "{}", size_of::<OpportunityFact>());
    assert_eq!(size_of::<Option<Ix<PersonFact>>>(), 4);
    assert_eq!(size_of::<Option<Moment>>(), size_of::<Moment>());
}

#[test]
fn equal_texts_have_one_place() {
    let mut texts = Texts::default();
    let first = texts.intern("WEBINAR");
    assert_eq!(texts.intern("EVENT").place(), 1);
    assert_eq!(texts.intern("WEBINAR"), first);
    assert_eq!(texts.find("WEBINAR"), Some(first));
    assert_eq!(texts.find("CONTENT"), None);
    assert_eq!(&**texts.text(first), "WEBINAR");
}

#[test]
fn minor_units_follow_the_currency_and_round_half_to_even() {
    let minor = |code: &str, text: &str| Currency::new(code).minor(text.parse().unwrap());
    assert_eq!(minor("USD", "24000"), Some(2_400_000));
    assert_eq!(minor("USD", "0.125"), Some(12));
    assert_eq!(minor("USD", "0.135"), Some(14));
    assert_eq!(minor("JPY", "1500"), Some(1500));
    assert_eq!(minor("KWD", "1.5"), Some(1500));
    assert_eq!(minor("USD", "100000000000000000"), None);
    assert_eq!(Currency::new("USD").decimal(1050), "10.50".parse::<Decimal>().unwrap());
}

#[test]
fn a_day_is_never_shifted_by_a_zone() {
    let zone: Tz = "America/New_York".parse().unwrap();
    let known = Moment::day(day("2025-01-02"), instant("2025-01-02T23:59:59.999Z"));
    let exact = Moment::instant(instant("2025-01-01T04:30:00Z"));
    assert_eq!(known.day_in(zone), day("2025-01-02"));
    assert_eq!(exact.day_in(zone), day("2024-12-31"), "an instant is");
    assert_eq!(exact.until(known, zone), TimeDelta::days(2), "a day on one side: whole days");
    let later = Moment::instant(instant("2025-01-01T16:30:00Z"));
    assert_eq!(exact.until(later, zone), TimeDelta::hours(12), "two instants: exact");
    assert!(exact.is_by(known, zone) && !known.is_by(exact, zone));
}

#[test]
fn a_set_of_rows_remembers_every_row_put_in() {
    let mut bits = Bits::from_fn(130, |place| place % 63 == 0);
    bits.insert(129);
    assert_eq!(bits.places().collect::<Vec<_>>(), [0, 63, 126, 129]);
    assert_eq!((bits.count(), bits.len()), (4, 130));
    assert!(bits.has(63) && !bits.has(64));
    assert_eq!(Bits::all(70).count(), 70);
}

/// One opportunity: created on 1 March for 100, raised to 250 on the 5th, won on the 10th for 240, as of the 20th.
fn one_sale() -> FactSet {
    let mut facts = FactSet { as_of: instant("2025-03-20T00:00:00Z"), ..FactSet::default() };
    let (open, won) = (facts.texts.intern("proposal"), facts.texts.intern("won"));
    let usd = Ix::new(0);
    facts.currencies.push(Currency::new("USD"));
    let amount = |units: i64| Some(Amount { minor: units * 100, currency: usd });
    let row = |stage, entered: &str, exited: Option<&str>, units, probability, category, is_entry| {
        OpportunityStageFact {
            opportunity: Ix::new(0),
            stage,
            entered_at: instant(entered),
            exited_at: exited.map(instant),
            amount: amount(units),
            close_date: None,
            probability: Some(probability),
            category,
            is_entry,
        }
    };
    facts.stages = [
        row(open, "2025-03-01T00:00:00Z", None, 100, 1000, StageCategory::Open, true),
        row(open, "2025-03-05T00:00:00Z", None, 250, 6000, StageCategory::Open, false),
        row(won, "2025-03-10T12:00:00Z", None, 240, 10_000, StageCategory::Won, true),
    ]
    .into_iter()
    .collect();
    facts.opportunities.push(OpportunityFact {
        created_at: instant("2025-03-01T00:00:00Z"),
        updated_at: instant("2025-03-10T12:00:00Z"),
        observed_at: instant("2025-03-20T00:00:00Z"),
        sequence: 1,
        closed: Some(Moment::day(day("2025-03-10"), instant("2025-03-10T23:59:59Z"))),
        close_date: Some(day("2025-03-10")),
        stage_entered_at: Some(instant("2025-03-10T12:00:00Z")),
        first_sales_activity_at: None,
        amount: amount(240),
        account: None,
        owner: None,
        territory: None,
        lead: None,
        name: None,
        pipeline: None,
        stage: Some(won),
        loss_reason: None,
        lead_source: None,
        product: None,
        people: Span::EMPTY,
        stages: Span::new(0, 3),
        probability: Some(10_000),
        category: StageCategory::Won,
        channel: Channel::Unknown,
        is_marketing: false,
    });
    facts
}

#[test]
fn an_opportunity_is_told_as_it_stood_at_an_instant() {
    let facts = one_sale();
    let at = |text: &str| facts.opportunity_at(&facts.opportunities[0], instant(text));
    assert_eq!(at("2025-02-28T00:00:00Z"), None, "before it was created");
    let early = at("2025-03-04T00:00:00Z").unwrap();
    assert!(early.is_open());
    assert_eq!((early.amount.unwrap().minor, early.probability), (10_000, Some(1000)));
    let raised = at("2025-03-10T11:59:00Z").unwrap();
    assert!(raised.is_open() && raised.closed.is_none());
    assert_eq!((raised.amount.unwrap().minor, raised.probability), (25_000, Some(6000)));
    assert_eq!(raised.stage_entered_at, Some(instant("2025-03-01T00:00:00Z")), "a raise is no new stage");
    let now = at("2025-03-20T00:00:00Z").unwrap();
    assert_eq!(now.won().unwrap().day, Some(day("2025-03-10")));
    assert_eq!(now.amount.unwrap().minor, 24_000);
}

#[test]
fn without_stage_history_the_past_is_the_present_not_yet_closed() {
    let mut facts = one_sale();
    facts.opportunities[0].stages = Span::EMPTY;
    let past = facts.opportunity_at(&facts.opportunities[0], instant("2025-03-10T12:00:00Z")).unwrap();
    assert!(past.is_open() && past.closed.is_none());
    assert_eq!(past.amount.unwrap().minor, 24_000);
}
