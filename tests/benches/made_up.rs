//! Made-up people, as many as one likes, and a ledger that makes its rows up when it is asked for them: what the read
//! model costs, without what a database costs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use leadline::domain::account::AccountRecord;
use leadline::domain::event::{Detail, Event, EventKind, HistoryPart, Precision};
use leadline::domain::id::{RecordKey, SourceName};
use leadline::domain::identify;
use leadline::domain::lead_source::{Channel, LeadSource};
use leadline::domain::lifecycle::LifecycleStage;
use leadline::domain::money::Money;
use leadline::domain::opportunity::{
    OpportunityContactRole, OpportunityRecord, StageCategory, StageSnapshot,
};
use leadline::domain::person::{PersonRecord, PersonRole};
use leadline::domain::record::RecordMeta;
use leadline::ledger::Ledger;
use leadline::ledger::entry::{
    Appended, Batch, CapturedRecord, Entry, RecordKind, Recorded, RecordedEvent, Sequence,
};
use leadline::ledger::error::LedgerError;
use leadline::ledger::link::Link;
use leadline::ledger::state::{
    CaptureLock, CapturedFloor, Decision, DecisionDraft, Erasure, Merge, MergeDraft, Position, Tally,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EVENTS: usize = 10;
const DAYS: i64 = 730;
/// Sequences of one person: more than they have rows.
const ROWS: usize = 16;

/// The instant everything is told at.
pub(crate) fn as_of() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

/// A ledger of so many people, which the facts alone ask.
pub(crate) struct MadeUp {
    people: usize,
    /// How often the person in the middle was written again.
    written: AtomicUsize,
}

impl MadeUp {
    pub(crate) fn new(people: usize) -> Self {
        Self { people, written: AtomicUsize::new(0) }
    }

    /// Writes the lead in the middle once more.
    pub(crate) fn write(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    fn last(&self) -> Sequence {
        (self.people * ROWS + self.written.load(Ordering::Relaxed)) as Sequence
    }

    fn recorded(place: usize) -> impl Iterator<Item = Recorded> {
        records(place).into_iter().enumerate().map(move |(nth, record)| Recorded {
            sequence: (place * ROWS + nth + 1) as Sequence,
            observed_at: as_of(),
            deleted_at: None,
            key: record.key(),
            record,
        })
    }
}

/// The place of the person who comes with a record.
fn place_of(key: &RecordKey) -> Option<usize> {
    let number: usize = key.id.parse().ok()?;
    match &*key.object {
        "Lead" | "contact" => Some(number),
        "Account" => Some(number * 5),
        "Opportunity" => Some(number * 5 + 2),
        _ => None,
    }
}

#[async_trait]
impl Ledger for MadeUp {
    fn id(&self) -> &'static str {
        "made up"
    }

    async fn last_sequence(&self) -> Result<Sequence, LedgerError> {
        Ok(self.last())
    }

    async fn heads(
        &self,
        kind: RecordKind,
        after: Sequence,
        limit: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        let places = after as usize / ROWS..self.people;
        let all = places.flat_map(Self::recorded);
        let wanted = all.filter(|it| it.sequence > after && it.record.kind() == kind);
        Ok(wanted.take(limit as usize).collect())
    }

    async fn heads_of(&self, keys: &[RecordKey]) -> Result<Vec<Recorded>, LedgerError> {
        let of = |key: &RecordKey| Self::recorded(place_of(key)?).find(|it| it.key == *key);
        Ok(keys.iter().filter_map(of).collect())
    }

    async fn linked(&self, _: &[Link], _: RecordKind) -> Result<Vec<(Link, Recorded)>, LedgerError> {
        Ok(Vec::new())
    }

    async fn events_of(
        &self,
        histories: &[RecordKey],
        parts: &[HistoryPart],
    ) -> Result<Vec<RecordedEvent>, LedgerError> {
        let mut told = Vec::new();
        for of in histories.iter().filter(|of| *of.object == *"contact") {
            let Some(place) = place_of(of) else { continue };
            for (event, nth) in events(place).into_iter().zip(5..) {
                if parts.contains(&event.kind.part()) {
                    told.push(RecordedEvent {
                        sequence: (place * ROWS + nth) as Sequence,
                        id: identify::id_of(&event),
                        of: of.clone(),
                        event: Arc::new(event),
                        restated: false,
                    });
                }
            }
        }
        told.sort_by_key(|event| event.sequence);
        Ok(told)
    }

    async fn changes(&self, after: Sequence, _: u32) -> Result<Vec<Entry>, LedgerError> {
        let last = self.last();
        let written = Self::recorded(self.people / 2).next().filter(|_| last > after);
        Ok(written.map(|it| Entry::Record(Recorded { sequence: last, ..it })).into_iter().collect())
    }

    async fn versions(&self, _: &RecordKey, _: Sequence, _: u32) -> Result<Vec<Recorded>, LedgerError> {
        Ok(Vec::new())
    }

    async fn log_merges(&self, _: &[MergeDraft]) -> Result<Vec<Merge>, LedgerError> {
        Ok(Vec::new())
    }

    async fn merges(&self, _: Sequence, _: u32) -> Result<Vec<Merge>, LedgerError> {
        Ok(Vec::new())
    }

    async fn decisions(&self) -> Result<Vec<Decision>, LedgerError> {
        Ok(Vec::new())
    }

    async fn append(&self, _: Batch) -> Result<Appended, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn erase(&self, _: &[RecordKey], _: DateTime<Utc>) -> Result<Erasure, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn drop_events_before(&self, _: DateTime<Utc>) -> Result<u64, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn walk(
        &self,
        _: &SourceName,
        _: &str,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn linked_page(
        &self,
        _: &Link,
        _: RecordKind,
        _: Option<&RecordKey>,
        _: u32,
    ) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn heads_as_of(&self, _: &[RecordKey], _: DateTime<Utc>) -> Result<Vec<Recorded>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn events(&self, _: Sequence, _: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn events_between(
        &self,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: Option<(DateTime<Utc>, Sequence)>,
        _: u32,
    ) -> Result<Vec<RecordedEvent>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn positions(&self) -> Result<Vec<Position>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn position(&self, _: &SourceName, _: &str) -> Result<Option<Position>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn forget_position(&self, _: &SourceName, _: &str) -> Result<(), LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn floors(&self, _: &[RecordKey]) -> Result<Vec<CapturedFloor>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn tallies(&self) -> Result<Vec<Tally>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn decide(&self, _: DecisionDraft) -> Result<Decision, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn capture_lock(&self) -> Result<Option<CaptureLock>, LedgerError> {
        unimplemented!("no read model asks for it")
    }

    async fn backup(&self, _: &Path) -> Result<(), LedgerError> {
        unimplemented!("no read model asks for it")
    }
}

pub(crate) fn key(source: &str, object: &str, place: usize) -> RecordKey {
    RecordKey::new(&SourceName::new(source), object, format!("{place:015}"))
}

fn meta(key: RecordKey, at: DateTime<Utc>, changed: DateTime<Utc>) -> RecordMeta {
    RecordMeta {
        key,
        created_at: at,
        updated_at: changed,
        fetched_at: as_of(),
        deleted_at: None,
        merged_into: None,
        merged_ids: Vec::new(),
        url: None,
    }
}

/// When the person at a place came, and how.
fn origin(place: usize) -> (ChaCha8Rng, DateTime<Utc>, Channel) {
    let mut random = ChaCha8Rng::seed_from_u64(place as u64);
    let created = as_of() - TimeDelta::seconds(random.random_range(86_400..DAYS * 86_400));
    let channel = Channel::ALL[random.random_range(0..Channel::ALL.len())];
    (random, created, channel)
}

/// The records of the person at a place, and the account or opportunity that comes with every fifth.
pub(crate) fn records(place: usize) -> Vec<CapturedRecord> {
    let (mut random, created, channel) = origin(place);
    let company = place / 5;
    let (lead, contact) = (key("sales", "Lead", place), key("marketing", "contact", place));
    let record = |own: &RecordKey, role, changed| PersonRecord {
        meta: meta(own.clone(), created, changed),
        role,
        first_name: Some(format!("Given{}", place % 997).into()),
        last_name: Some(format!("Family{}", place % 9_973).into()),
        email: Some(format!("p{place}@company{company}.example").into()),
        other_emails: Vec::new(),
        phone: Some(format!("+1555{place:07}").into()),
        mobile: None,
        title: Some("Head of Operations".into()),
        company_name: Some(format!("Company {company}").into()),
        account: None,
        owner: Some(key("sales", "User", place % 200)),
        vendor_stage: Some("MQL".into()),
        stage: Some(LifecycleStage::Mql),
        lead_source: Some(LeadSource {
            channel,
            sub_channel: Some(channel.name().into()),
            detail: None,
            is_marketing: place % 5 < 3,
        }),
        email_opt_out: Some(false),
        do_not_call: None,
        bounced: None,
        scores: Vec::new(),
        country: Some("DE".into()),
        state: None,
        industry: Some("Software".into()),
        employees: Some(250),
        conversion: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    };
    let changed = created + TimeDelta::seconds(random.random_range(0..80_000));
    let mut told = vec![
        record(&lead, PersonRole::Lead, changed),
        record(&contact, PersonRole::Contact, created + TimeDelta::hours(1)),
    ]
    .into_iter()
    .map(|it| CapturedRecord::Person(Arc::new(it)))
    .collect::<Vec<_>>();
    if place.is_multiple_of(5) {
        told.push(account(company, created));
    }
    if place % 5 == 2 {
        told.push(opportunity(&mut random, company, &lead, created));
    }
    told
}

/// What happened with the person at a place; it stands in the history of their contact.
pub(crate) fn events(place: usize) -> Vec<Event> {
    let (mut random, created, channel) = origin(place);
    let of = key("marketing", "contact", place);
    let event = |nth| {
        let at = created + TimeDelta::seconds(random.random_range(0..40 * 86_400));
        event(&of, place * EVENTS + nth, nth, at.min(as_of()), channel)
    };
    (0..EVENTS).map(event).collect()
}

fn event(of: &RecordKey, number: usize, nth: usize, at: DateTime<Utc>, channel: Channel) -> Event {
    let (kind, detail, source) = match nth {
        0 => {
            let to = LifecycleStage::Mql;
            let stage = Detail::Stage { from: None, to, vendor_from: None, vendor_to: "MQL".into() };
            (EventKind::StageChange, stage, of.clone())
        }
        1..=6 => {
            let touch = Detail::Touch { channel, asset: None, url: None };
            (EventKind::FormSubmission, touch, key("marketing", "form", number))
        }
        _ => {
            let call = Detail::Activity {
                direction: None,
                outcome: Some("Connected".into()),
                duration_seconds: Some(300),
                automated: false,
                subject: Some("Call about the offer".into()),
                body: None,
            };
            (EventKind::Call, call, key("marketing", "call", number))
        }
    };
    Event {
        kind,
        occurred_at: at,
        precision: Precision::Second,
        recorded_at: None,
        observed_at: as_of(),
        source,
        vendor_id: Some(number.to_string().into()),
        person: Some(of.clone()),
        account: None,
        opportunity: None,
        campaign: None,
        actor: None,
        by_integration: false,
        detail,
    }
}

fn account(company: usize, created: DateTime<Utc>) -> CapturedRecord {
    let record = AccountRecord {
        meta: meta(key("sales", "Account", company), created, created),
        name: Some(format!("Company {company}").into()),
        domains: vec![format!("company{company}.example").into()],
        industry: Some("Software".into()),
        employees: Some(250),
        annual_revenue: None,
        country: Some("DE".into()),
        state: None,
        owner: Some(key("sales", "User", company % 200)),
        is_target: None,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
        edits: BTreeMap::new(),
    };
    CapturedRecord::Account(Arc::new(record))
}

fn opportunity(
    random: &mut ChaCha8Rng,
    company: usize,
    lead: &RecordKey,
    created: DateTime<Utc>,
) -> CapturedRecord {
    let opened = created + TimeDelta::days(20);
    let closed = opened + TimeDelta::days(random.random_range(10..120));
    let category = match random.random_range(0..4) {
        _ if closed > as_of() => StageCategory::Open,
        0 => StageCategory::Won,
        1 | 2 => StageCategory::Lost,
        _ => StageCategory::Open,
    };
    let mark = |stage: &str, at| StageSnapshot {
        stage: stage.into(),
        at,
        amount: None,
        probability: None,
        by: None,
    };
    let mut stage_history = vec![mark("Discovery", opened)];
    if category != StageCategory::Open {
        stage_history.push(mark(if category == StageCategory::Won { "Won" } else { "Lost" }, closed));
    }
    let record = OpportunityRecord {
        meta: meta(key("sales", "Opportunity", company), opened, closed.min(as_of())),
        name: Some(format!("Offer {company}").into()),
        account: Some(key("sales", "Account", company)),
        owner: Some(key("sales", "User", company % 200)),
        pipeline: None,
        stage: stage_history.last().map(|mark| mark.stage.clone()),
        category,
        amount: Some(Money { amount: random.random_range(1_000..90_000).into(), currency: "USD".into() }),
        probability: None,
        close_date: Some(closed.date_naive()),
        closed_at: None,
        lead_source: None,
        loss_reason: None,
        contacts: vec![OpportunityContactRole { person: lead.clone(), role: None, is_primary: true }],
        stage_history,
        cross_references: Vec::new(),
        custom: BTreeMap::new(),
    };
    CapturedRecord::Opportunity(Arc::new(record))
}
