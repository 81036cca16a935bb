//! One running org: its data, who is logged in, what has been used of its limits, which queries are being paged.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::sandbox::clock::Clock;
use crate::sandbox::credentials::SALESFORCE_USERNAME;
use crate::sandbox::world::World;

use super::Options;
use super::error::Refusal;
use super::id::RecordId;
use super::soql::Plan;
use super::store::{RowNo, Store, Value};

/// How long an unread query result is kept.
const CURSOR_IDLE: Duration = Duration::from_secs(15 * 60);

/// The state behind every call.
#[derive(Debug)]
pub(super) struct Org {
    pub(super) store: RwLock<Store>,
    pub(super) clock: Clock,
    pub(super) options: Options,
    pub(super) id: RecordId,
    /// The user whose permissions client credentials run with.
    pub(super) runs_as: RecordId,
    /// When the schema last changed: never after the start.
    pub(super) described_at: DateTime<Utc>,
    used: AtomicU64,
    sessions: Mutex<HashMap<String, Session>>,
    cursors: Mutex<Cursors>,
}

/// One access token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) user: RecordId,
    ends: Instant,
}

/// A query result that is read a page at a time.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) plan: Arc<Plan>,
    pub(super) rows: Arc<Vec<RowNo>>,
    pub(super) size: usize,
    user: RecordId,
    read_at: Instant,
}

#[derive(Debug, Default)]
struct Cursors {
    opened: u64,
    open: VecDeque<(RecordId, Cursor)>,
}

impl Org {
    pub(super) fn new(world: &World, clock: Clock, options: Options) -> Self {
        let mut store = Store::of(world);
        let id = organization(&mut store, clock.now());
        let runs_as = integration_user(&mut store, clock.now());
        store.commit();
        Self {
            store: RwLock::new(store),
            clock,
            options,
            id,
            runs_as,
            described_at: clock.now(),
            used: AtomicU64::new(0),
            sessions: Mutex::default(),
            cursors: Mutex::default(),
        }
    }

    /// A new access token for a user.
    pub(super) fn log_in(&self, user: RecordId) -> String {
        let token = format!("{}!AQ.{}", self.id, uuid::Uuid::new_v4().simple());
        let mut sessions = self.sessions();
        let now = Instant::now();
        sessions.retain(|_, session| session.ends > now);
        sessions.insert(token.clone(), Session { user, ends: now + self.options.token_lifetime });
        token
    }

    /// The session of a token, whose life its use prolongs.
    pub(super) fn session(&self, token: &str) -> Option<Session> {
        let mut sessions = self.sessions();
        let now = Instant::now();
        let session = sessions.get_mut(token).filter(|session| session.ends > now)?;
        session.ends = now + self.options.token_lifetime;
        Some(*session)
    }

    /// Ends a session; whether there was one.
    pub(super) fn log_out(&self, token: &str) -> bool {
        self.sessions().remove(token).is_some()
    }

    /// Counts one call against the day's limit.
    pub(super) fn count(&self) -> Result<(), Refusal> {
        let used = self.used.fetch_add(1, Ordering::Relaxed);
        if used < self.options.daily_calls { Ok(()) } else { Err(Refusal::total_requests()) }
    }

    /// Calls used, and the day's limit.
    pub(super) fn usage(&self) -> (u64, u64) {
        (self.used.load(Ordering::Relaxed), self.options.daily_calls)
    }

    /// Keeps a result for paging; the user's oldest gives way when too many are open.
    pub(super) fn open_cursor(
        &self,
        user: RecordId,
        plan: Plan,
        rows: Vec<RowNo>,
        size: usize,
    ) -> (RecordId, Cursor) {
        let mut cursors = self.cursors();
        cursors.opened += 1;
        let id = RecordId::numbered("01g", cursors.opened);
        let cursor =
            Cursor { plan: Arc::new(plan), rows: Arc::new(rows), size, user, read_at: Instant::now() };
        let theirs = cursors.open.iter().filter(|(_, other)| other.user == user).count();
        if theirs >= self.options.open_cursors
            && let Some(oldest) = cursors.open.iter().position(|(_, other)| other.user == user)
        {
            cursors.open.remove(oldest);
        }
        cursors.open.push_back((id, cursor.clone()));
        (id, cursor)
    }

    /// A result that is still open.
    pub(super) fn cursor(&self, id: RecordId) -> Option<Cursor> {
        let mut cursors = self.cursors();
        cursors.open.retain(|(_, cursor)| cursor.read_at.elapsed() < CURSOR_IDLE);
        let (_, cursor) = cursors.open.iter_mut().find(|(other, _)| *other == id)?;
        cursor.read_at = Instant::now();
        Some(cursor.clone())
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().expect("nothing panics while it holds this lock")
    }

    fn cursors(&self) -> MutexGuard<'_, Cursors> {
        self.cursors.lock().expect("nothing panics while it holds this lock")
    }
}

/// The org's own record; a world says nothing about it.
fn organization(store: &mut Store, now: DateTime<Utc>) -> RecordId {
    let object = store.schema.known("Organization");
    let row = store.insert(object);
    for (field, value) in [
        ("Name", Value::text("Leadline Sandbox")),
        ("OrganizationType", Value::text("Developer Edition")),
        ("IsSandbox", Value::Bool(false)),
        ("InstanceName", Value::text("LL1")),
        ("DefaultLocaleSidKey", Value::text("en_US")),
        ("LanguageLocaleKey", Value::text("en_US")),
        ("TimeZoneSidKey", Value::text("GMT")),
        ("FiscalYearStartMonth", Value::Number(1.0)),
    ] {
        store.set_named(object, row, field, &value);
    }
    stamp(store, object, row, now);
    store.table(object).id(row)
}

/// The user that integrations run as: by name, or the first there is, or made up.
fn integration_user(store: &mut Store, now: DateTime<Utc>) -> RecordId {
    let object = store.schema.known("User");
    let name = store.schema.known_field(object, "Username");
    let wanted = Value::text(SALESFORCE_USERNAME);
    let named = store.table(object).candidates(name, std::iter::once(&wanted)).unwrap_or_default();
    if let Some(row) = named.first() {
        return store.table(object).id(*row);
    }
    if store.table(object).len() > 0 {
        return store.table(object).id(0);
    }
    let row = store.insert(object);
    for (field, value) in [
        ("Username", wanted.clone()),
        ("Email", wanted),
        ("LastName", Value::text("Integration")),
        ("Name", Value::text("Integration")),
        ("IsActive", Value::Bool(true)),
        ("UserType", Value::text("Standard")),
        ("TimeZoneSidKey", Value::text("GMT")),
    ] {
        store.set_named(object, row, field, &value);
    }
    stamp(store, object, row, now);
    store.table(object).id(row)
}

fn stamp(store: &mut Store, object: usize, row: RowNo, now: DateTime<Utc>) {
    for field in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
        store.set_named(object, row, field, &Value::instant(now));
    }
}
