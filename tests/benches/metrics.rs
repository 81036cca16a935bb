//! How long each metric takes and how much memory its facts need.
//!
//! `LEADLINE_BENCH_PEOPLE=1000000 cargo bench --bench metrics` asks every metric of the catalogue over a company of so
//! many people (100,000 without it) with ten touches each, and prints the resident memory of their facts.

#![expect(clippy::unwrap_used, reason = "a benchmark that meets the unexpected shall fail where it meets it")]
#![expect(clippy::print_stdout, reason = "the numbers are what it is for")]

use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::Criterion;
use leadline::domain::event::EventKind;
use leadline::domain::fact::{
    AccountFact, Amount, Currency, FactSet, Ix, Moment, OpportunityFact, OwnerFact, PassFact, PassOutcome,
    PersonFact, Sight, Span, Text, TouchFact,
};
use leadline::domain::id::{RecordKey, SourceName};
use leadline::domain::lead_source::Channel;
use leadline::domain::opportunity::StageCategory;
use leadline::metrics::attribution::{Model, Terms};
use leadline::metrics::period::{Bucket, Period};
use leadline::metrics::question::{Filter, Inputs, SpendKind, SpendLine};
use leadline::metrics::slots::Dimension;
use leadline::metrics::{CATALOGUE, MetricKind, Question, answer, by, series};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const TOUCHES: usize = 10;
const OWNERS: usize = 200;
const DAYS: i64 = 730;

fn main() {
    let people: usize = std::env::var("LEADLINE_BENCH_PEOPLE")
        .map_or(100_000, |text| text.parse().expect("a number of people"));
    let before = resident_mib();
    let facts = company(people);
    println!(
        "{people} people, {} touches, {} opportunities, {} passes: {} MiB of facts resident",
        facts.touches.len(),
        facts.opportunities.len(),
        facts.passes.len(),
        resident_mib() - before
    );
    let (sight, inputs) = (Sight::everything(&facts), inputs());
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for metric in CATALOGUE {
        let question = question(metric.kind);
        criterion.bench_function(&format!("{:?}", metric.kind), |bencher| {
            bencher.iter(|| answer(black_box(&facts), &sight, &inputs, &question));
        });
    }
    let credited =
        Question { terms: Some(Terms::of(Model::TimeDecay)), ..question(MetricKind::RevenuePerLeadSource) };
    criterion.bench_function("RevenuePerLeadSource by TIME_DECAY", |bencher| {
        bencher.iter(|| answer(black_box(&facts), &sight, &inputs, &credited));
    });
    for dimension in [Dimension::Owner, Dimension::Channel] {
        criterion.bench_function(&format!("MqlToSql by {dimension:?}"), |bencher| {
            bencher
                .iter(|| by(black_box(&facts), &sight, &inputs, &question(MetricKind::MqlToSql), dimension));
        });
    }
    let filter = Filter { channels: Some(vec![Channel::Webinar, Channel::Event]), ..Filter::default() };
    let filtered = Question { filter, ..question(MetricKind::MqlToSql) };
    criterion.bench_function("MqlToSql of two channels", |bencher| {
        bencher.iter(|| answer(black_box(&facts), &sight, &inputs, &filtered));
    });
    criterion.bench_function("WinRate by month", |bencher| {
        bencher.iter(|| {
            series(black_box(&facts), &sight, &inputs, &question(MetricKind::WinRate), Bucket::Month)
        });
    });
    criterion.final_summary();
}

fn question(kind: MetricKind) -> Question {
    let day = |text: &str| text.parse().unwrap();
    let period = Period { start: day("2024-01-01"), end: day("2024-12-31") };
    Question { target: Some(100_000_000.into()), ..Question::new(kind, period) }
}

fn inputs() -> Inputs {
    let mut inputs = Inputs::new("USD");
    let period = question(MetricKind::WinRate).period;
    inputs.spend.extend([SpendKind::Marketing, SpendKind::Sales].map(|kind| SpendLine {
        kind,
        days: period,
        minor: 900_000_000,
        currency: Currency::new("USD"),
        channel: None,
        campaign: None,
    }));
    inputs.rates.add("EUR", period.start, "1.08".parse().unwrap());
    inputs
}

/// A company of so many people over two years: five people an account, one opportunity for every five people.
fn company(people: usize) -> FactSet {
    let as_of: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().unwrap();
    let start = as_of - TimeDelta::days(DAYS);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut facts = FactSet { as_of, ..FactSet::default() };
    facts.currencies = ["USD", "EUR"].map(Currency::new).to_vec();
    let sources: Vec<Text> = Channel::ALL.iter().map(|channel| facts.texts.intern(channel.name())).collect();
    facts.owners = vec![OwnerFact { name: None, team: None, is_queue: false }; OWNERS];
    let source = SourceName::new("sales");
    let object: Arc<str> = Arc::from("Lead");
    for place in 0..people {
        let created = start + TimeDelta::seconds(random.random_range(0..DAYS * 86_400));
        let id = Arc::from(format!("00Q{place:015}"));
        facts.person_keys.push(RecordKey { source: source.clone(), object: object.clone(), id });
        if place % 5 == 0 {
            account(&mut facts, people);
        }
        let touches = touches(&mut facts, &mut random, place, created);
        let passes = pass(&mut facts, &mut random, place, created);
        let channel = Channel::ALL[random.random_range(0..Channel::ALL.len())];
        facts.people.push(PersonFact {
            created_at: created,
            updated_at: created,
            observed_at: as_of,
            sequence: place as i64,
            first_touch: touches.of(&facts.touches).first().map(|touch| touch.when),
            last_engaged_at: touches.of(&facts.touches).last().map(|touch| touch.when.at),
            first_sales_activity_at: Some(created + TimeDelta::days(3)),
            account: Some(Ix::new(place / 5)),
            owner: Some(Ix::new(random.random_range(0..OWNERS))),
            territory: None,
            lead_source: Some(sources[channel as usize]),
            industry: None,
            passes,
            periods: Span::EMPTY,
            touches,
            opportunities: Span::EMPTY,
            campaigns: Span::EMPTY,
            channel,
            is_marketing: random.random_bool(0.6),
            stage: None,
            company_size: None,
        });
        if place % 5 == 2 {
            opportunity(&mut facts, &mut random, place, created);
        }
    }
    facts
}

fn account(facts: &mut FactSet, people: usize) {
    let first = 5 * facts.accounts.len();
    let colleagues = facts.account_people.append((first..people.min(first + 5)).map(Ix::new));
    facts.accounts.push(AccountFact {
        created_at: facts.as_of,
        updated_at: facts.as_of,
        observed_at: facts.as_of,
        sequence: 0,
        name: None,
        industry: None,
        owner: None,
        territory: None,
        people: colleagues,
        opportunities: Span::EMPTY,
        company_size: None,
        is_target: false,
    });
}

fn touches(
    facts: &mut FactSet,
    random: &mut ChaCha8Rng,
    person: usize,
    created: DateTime<Utc>,
) -> Span<TouchFact> {
    let mut at = created - TimeDelta::days(2);
    let touches = (0..TOUCHES).map(|_| {
        at += TimeDelta::seconds(random.random_range(0..20 * 86_400));
        TouchFact {
            when: Moment::instant(at),
            person: Ix::new(person),
            campaign: None,
            asset: None,
            kind: EventKind::FormSubmission,
            channel: Channel::ALL[random.random_range(0..Channel::ALL.len())],
            is_eligible: random.random_bool(0.7),
        }
    });
    facts.touches.append(touches)
}

fn pass(
    facts: &mut FactSet,
    random: &mut ChaCha8Rng,
    person: usize,
    created: DateTime<Utc>,
) -> Span<PassFact> {
    let mql = created + TimeDelta::hours(random.random_range(1..500));
    let sql = random.random_bool(0.4).then(|| mql + TimeDelta::hours(random.random_range(1..900)));
    facts.passes.append([PassFact {
        person: Ix::new(person),
        mql_at: Some(mql),
        sal_at: Some(mql + TimeDelta::hours(5)),
        sql_at: sql,
        opportunity_at: None,
        ended_at: None,
        opportunity: None,
        number: 1,
        outcome: PassOutcome::Open,
        is_sales_generated: false,
        mql_is_inferred: false,
        sal_is_inferred: false,
        sql_is_inferred: false,
    }])
}

fn opportunity(facts: &mut FactSet, random: &mut ChaCha8Rng, person: usize, lead_created: DateTime<Utc>) {
    let created = lead_created + TimeDelta::days(10);
    let closed = created + TimeDelta::days(random.random_range(5..200));
    let category = match random.random_range(0..10) {
        _ if closed > facts.as_of => StageCategory::Open,
        0..3 => StageCategory::Won,
        3..8 => StageCategory::Lost,
        _ => StageCategory::Open,
    };
    let own = facts.person_opportunities.append([Ix::new(facts.opportunities.len())]);
    let row = &mut facts.people[person];
    row.opportunities = own;
    let (channel, is_marketing, lead_source, account) =
        (row.channel, row.is_marketing, row.lead_source, row.account);
    let contacts = facts.opportunity_people.append(person.is_multiple_of(2).then(|| Ix::new(person)));
    let id = format!("006{person:015}");
    facts.opportunity_keys.push(RecordKey::new(&SourceName::new("sales"), "Opportunity", id));
    facts.opportunities.push(OpportunityFact {
        created_at: created,
        updated_at: created,
        observed_at: facts.as_of,
        sequence: 0,
        closed: (category != StageCategory::Open).then(|| Moment::instant(closed)),
        close_date: Some(closed.date_naive()),
        stage_entered_at: Some(created),
        first_sales_activity_at: None,
        amount: Some(Amount {
            minor: random.random_range(100_000..9_000_000),
            currency: Ix::new(usize::from(random.random_bool(0.2))),
        }),
        account,
        owner: Some(Ix::new(random.random_range(0..OWNERS))),
        territory: None,
        lead: Some(Ix::new(person)),
        name: None,
        pipeline: None,
        stage: None,
        loss_reason: None,
        lead_source,
        product: None,
        people: contacts,
        stages: Span::EMPTY,
        probability: Some(3000),
        category,
        channel,
        is_marketing,
    });
}

/// Resident memory of this process: second number of `/proc/self/statm`, in pages of 4 KiB. 0 where there is none.
fn resident_mib() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm.split(' ').nth(1).map_or(0, |pages| pages.parse().unwrap());
    pages * 4 / 1024
}
