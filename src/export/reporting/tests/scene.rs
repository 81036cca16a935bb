//! A small company in a ledger of its own in PostgreSQL, its reporting schema, and whoever reads it.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::domain::clock::Clock;
use crate::domain::event::{Detail, EventKind};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::masking::PseudonymKey;
use crate::domain::money::Money;
use crate::domain::opportunity::{OpportunityContactRole, StageCategory};
use crate::domain::territory::Company;
use crate::domain::view::{Claims, Extent, Pii, Policy, Sight, View};
use crate::export::reporting::{Reporter, cells};
use crate::export::{Ask, Dataset, Exports, Kind};
use crate::facts::{Facts, Rules};
use crate::ledger::Ledger;
use crate::ledger::entry::{Batch, CapturedRecord, Observation};
use crate::ledger::tests::Place;
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::CustomFields;
use crate::unify::samples::{Sample, account, at, change, event, key, opportunity, person, two_sources};

pub(super) struct Scene {
    pub(super) place: Place,
    pub(super) prefix: String,
    pub(super) ledger: Arc<dyn Ledger>,
    facts: Arc<Facts>,
}

/// Rows as text, in order.
pub(super) type Rows = Vec<Vec<Option<String>>>;

impl Scene {
    /// Five people of one account, an open and a won opportunity; none where there is no server.
    pub(super) async fn set(test: &str) -> Option<Self> {
        let place = Place::postgres(test).await?;
        let scene = Self::at(place).await;
        scene.told((0..5).flat_map(lead).chain(deals())).await;
        Some(scene)
    }

    pub(super) async fn at(place: Place) -> Self {
        let ledger = place.open().await;
        let rules = Rules {
            sources: two_sources(),
            identity: IdentityRules::default(),
            campaigns: Vec::new(),
            fields: CustomFields::default(),
            company: Company::default(),
            zone: Tz::UTC,
        };
        let facts = Facts::new(ledger.clone(), rules, Clock::starting_at(at("2025-04-01")));
        let prefix = format!("r{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        Self { place, prefix, ledger, facts: Arc::new(facts) }
    }

    pub(super) async fn told(&self, observations: impl IntoIterator<Item = Observation>) {
        let batch = Batch {
            source: key("sales:x:y").source,
            stream: "test".into(),
            observed_at: at("2025-04-01"),
            observations: observations.into_iter().collect(),
            progress: None,
        };
        self.ledger.append(batch).await.expect("it is written");
        self.refresh().await;
    }

    pub(super) async fn refresh(&self) {
        self.facts.refresh().await.expect("it is read");
    }

    pub(super) fn exports(&self) -> Exports {
        Exports::new(Some(self.facts.clone()), [].into(), Tz::UTC, Arc::new(|| None))
    }

    pub(super) fn reporter(&self, views: Vec<View>) -> Reporter {
        let reporting = self.ledger.reporting(&self.prefix).expect("the ledger is in PostgreSQL");
        Reporter::new(self.exports(), reporting, views, Duration::from_secs(86_400))
    }

    /// A connection of the ledger's own user.
    pub(super) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.place.url).await.expect("the server answers")
    }

    /// A connection with the rights of a view's role and no others.
    pub(super) async fn role(&self, view: &str) -> PgConnection {
        let mut connection = self.connection().await;
        run(&mut connection, &format!("SET ROLE {}_{view}", self.prefix))
            .await
            .expect("there is such a role");
        connection
    }

    /// What the export of a view gives, and what its role reads.
    pub(super) async fn both(&self, view: &View, dataset: Dataset) -> (Rows, Rows) {
        let opened = self.exports().open(view, Ask::of(dataset)).await;
        let mut reader = opened.expect("the view has the dataset").reader;
        let mut exported = Rows::new();
        while let Some(batch) = reader.next().await.expect("the ledger is read") {
            exported.extend(batch.rows.iter().map(|row| row.iter().map(cells::text).collect()));
        }
        let column = |column: &crate::export::ColumnInfo| match column.kind {
            Kind::Instant => format!(
                "to_char(\"{}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
                column.name
            ),
            _ => format!("\"{}\"::text", column.name),
        };
        let columns: Vec<String> = reader.columns().iter().map(column).collect();
        let sql =
            format!("SELECT {} FROM {}_{}.{}", columns.join(", "), self.prefix, view.key(), dataset.name());
        let mut role = self.role(view.key()).await;
        let read = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut role).await.expect("the role may read it");
        let row = |row: &sqlx::postgres::PgRow| (0..columns.len()).map(|nth| row.get(nth)).collect();
        let mut read: Rows = read.iter().map(row).collect();
        exported.sort();
        read.sort();
        (exported, read)
    }

    /// Every dataset of a view reads as it is exported.
    pub(super) async fn assert_alike(&self, view: &View) {
        for dataset in Dataset::ALL.into_iter().filter(|dataset| dataset.is_shown(view)) {
            let (exported, read) = self.both(view, dataset).await;
            assert_eq!(read, exported, "{} {}", view.key(), dataset.name());
        }
    }
}

/// Statements of a test.
pub(super) async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(drop)
}

/// One column of what a question finds, as text.
pub(super) async fn found(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
    found.fetch_all(connection).await.expect("it can be asked")
}

/// A view of everybody, that sees as it is told.
pub(super) fn view(name: &str, change: impl FnOnce(&mut Policy)) -> View {
    let mut policy = View::system().policy().clone();
    (policy.key, policy.team, policy.role) = (name.into(), name.into(), "member".into());
    change(&mut policy);
    assert!(policy.sees_every_row());
    let key = Some(PseudonymKey::new(b"fixture-key"));
    View::grant(Arc::new(policy), Arc::default(), key, Claims::default())
}

/// As it is, masked, as pseudonyms, and with less of it.
pub(super) fn views() -> Vec<View> {
    vec![
        view("marketing", |it| it.mobile = Sight::Denied),
        view("leadership", |it| {
            it.pii = Pii::Masked;
            (it.marketing_history, it.sales_activities) = (Extent::Counts, Extent::Counts);
        }),
        view("bi", |it| it.pii = Pii::Pseudonym),
    ]
}

/// A lead of a number, a touch, a change of title, and the text somebody typed.
pub(super) fn lead(nth: usize) -> Vec<Observation> {
    let name = lead_name(nth);
    let made = person(&name).email(&format!("Jane{nth}@Example{nth}.com")).created("2025-01-02");
    let made = made.with(|it| {
        it.first_name = Some("Jane".into());
        it.last_name = Some(format!("Doe \"{nth}\"\t\\N\n'x'").into());
        it.phone = Some("+44 20 7946 0958".into());
        it.mobile = Some("+44 7700 900123".into());
        it.account = Some(key("sales:Account:A1"));
    });
    let touch = Detail::Touch { channel: Channel::Content, asset: None, url: Some("/a,b".into()) };
    vec![
        Observation::Record(CapturedRecord::Person(made.record())),
        told(event(EventKind::FormSubmission, "2025-01-03", &name, touch)),
        told(change("2025-01-04", &name, "title", "", &format!("Head of {nth}"))),
        told(change("2025-01-05", &name, "email", "old@example.com", "new@example.com")),
    ]
}

fn told(event: crate::domain::event::Event) -> Observation {
    Observation::Event { of: event.source.clone(), event: Arc::new(event) }
}

pub(super) fn lead_name(nth: usize) -> String {
    format!("sales:Lead:L{nth}")
}

/// The account everybody works for, and two opportunities with it: one open, one won.
fn deals() -> Vec<Observation> {
    vec![company("Example & Sons"), deal("O1", None, &[0, 1]), deal("O2", Some("1200.50"), &[2, 1])]
}

fn company(name: &str) -> Observation {
    let mut company = account("sales:Account:A1", &["example.com"], None);
    company.name = Some(name.into());
    company.meta.updated_at = at("2025-03-10");
    Observation::Record(CapturedRecord::Account(Arc::new(company)))
}

/// An opportunity of these people, won for an amount or open.
fn deal(id: &str, won: Option<&str>, people: &[usize]) -> Observation {
    let mut deal = opportunity(&format!("sales:Opportunity:{id}"), None);
    deal.account = Some(key("sales:Account:A1"));
    let amount = won.unwrap_or("800").parse().expect("a number");
    deal.amount = Some(Money { amount, currency: "USD".into() });
    let contact = |nth: &usize| OpportunityContactRole {
        person: key(&lead_name(*nth)),
        role: None,
        is_primary: *nth == people[0],
    };
    deal.contacts = people.iter().map(contact).collect();
    if won.is_some() {
        deal.category = StageCategory::Won;
        deal.closed_at = Some(at("2025-03-01"));
    }
    Observation::Record(CapturedRecord::Opportunity(Arc::new(deal)))
}

/// What may happen to the company, one after the other.
pub(super) fn happenings() -> Vec<(&'static str, Vec<Observation>)> {
    let record = |it: Sample| Observation::Record(CapturedRecord::Person(it.record()));
    let lead = |nth: usize| person(&lead_name(nth)).created("2025-01-02").modified("2025-03-20");
    let touch = Detail::Touch { channel: Channel::Webinar, asset: None, url: None };
    let gone = |name: &str| {
        let mut gone = opportunity(name, None);
        gone.meta.deleted_at = Some(at("2025-03-30"));
        Observation::Record(CapturedRecord::Opportunity(Arc::new(gone)))
    };
    vec![
        ("a touch", vec![told(event(EventKind::FormSubmission, "2025-02-03", &lead_name(2), touch))]),
        (
            "an address of two systems",
            vec![record(person("marketing:contact:C0").email("jane0@example0.com"))],
        ),
        ("another name of the account", vec![company("Example, Sons & Daughters")]),
        ("another amount, fewer people", vec![deal("O2", Some("99.99"), &[2])]),
        ("one more opportunity", vec![deal("O3", Some("10"), &[0, 3])]),
        ("a merge", vec![record(lead(3).merged_into(&lead_name(2)))]),
        ("somebody gone", vec![record(lead(2).deleted())]),
        ("an opportunity gone", vec![gone("sales:Opportunity:O1")]),
        ("an opportunity lost again", vec![deal("O3", None, &[0])]),
    ]
}

/// The record of a lead.
pub(super) fn lead_key(nth: usize) -> RecordKey {
    key(&lead_name(nth))
}
