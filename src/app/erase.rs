//! Erasing a person: every record of theirs, from the ledger and from memory, for good.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::capture::Capture;
use crate::config::Settings;
use crate::domain::clock::Clock;
use crate::domain::email;
use crate::domain::id::{NodeId, NodeKind, RecordKey, SourceName};
use crate::domain::view::View;
use crate::export::jobs::{Folder, Jobs};
use crate::facts::{Facts, FactsError, remove_checkpoint};
use crate::http::admin::{EraseRefusal, Erased, Erasing};
use crate::ledger::Ledger;
use crate::ledger::entry::history_of_address;
use crate::source::cached::Freshness;
use crate::unify::live::Live;
use crate::unify::people::{PeopleWanted, Person};
use crate::unify::refusal::Refusal;
use crate::upstream::Wire;

use super::{CONNECT_TIMEOUT, StartError, keeping, live};

/// Erases people from a ledger and from the memory of a gateway.
pub struct Eraser {
    live: Arc<Live>,
    ledger: Arc<dyn Ledger>,
    capture: Option<Capture>,
    facts: Option<Arc<Facts>>,
    jobs: Option<Jobs>,
}

impl Eraser {
    /// Erases from this ledger, from what these sources remember, from the facts, and from these exports.
    pub fn new(
        live: Arc<Live>,
        ledger: Arc<dyn Ledger>,
        capture: Option<Capture>,
        facts: Option<Arc<Facts>>,
        jobs: Option<Jobs>,
    ) -> Self {
        Self { live, ledger, capture, facts, jobs }
    }

    /// Whom a text names: `source:object:id`, or an id of GraphQL's.
    fn key(&self, named: &str) -> Option<RecordKey> {
        let of_graphql = || NodeId::decode(named).filter(|id| id.kind == NodeKind::Person).map(|id| id.key);
        let mut parts = named.splitn(3, ':');
        let key = match (parts.next(), parts.next(), parts.next()) {
            (Some(source), Some(object), Some(id)) if !id.is_empty() => {
                Some(RecordKey::new(&SourceName::new(source), object, id))
            }
            _ => of_graphql(),
        };
        let key = self.live.present(key?);
        self.live.sources().iter().any(|info| info.name == key.source).then_some(key)
    }

    /// Every record of the person, as captured and as the vendors tell now, those that were merged away too, and every
    /// address they have. What was not captured yet stands for itself, so that it never will be.
    async fn keys(&self, key: &RecordKey) -> Result<Vec<RecordKey>, EraseRefusal> {
        let captured = self.person(key, Freshness::captured()).await;
        let captured = captured.map_err(|refusal| EraseRefusal::Failed(refusal.to_string()))?;
        // A silent vendor keeps nobody from being erased here.
        let live = self.person(key, Freshness::default()).await.ok().flatten();
        let mut keys = vec![key.clone()];
        for person in captured.iter().chain(&live) {
            keys.extend(person.cluster.keys().cloned());
            keys.extend(self.addresses(person));
        }
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    async fn person(&self, key: &RecordKey, freshness: Freshness) -> Result<Option<Person>, Refusal> {
        let wanted = PeopleWanted { freshness, ..PeopleWanted::default() };
        let (view, inquiry) = (View::system(), self.live.inquiry());
        let asked = std::slice::from_ref(key);
        self.live.people_by_record(&view, &inquiry, asked, &wanted).await.pop().unwrap_or(Ok(None))
    }

    /// The histories that are kept by an address of the person's, at any source.
    fn addresses(&self, person: &Person) -> Vec<RecordKey> {
        let members = person.cluster.members.iter().map(|member| &member.record);
        let raw = members.flat_map(|record| record.email.iter().chain(&record.other_emails));
        let normal: Vec<Arc<str>> = raw.filter_map(|raw| email::normalise(raw)).collect();
        let at = |info: &crate::domain::record::SourceInfo| {
            normal.iter().map(|address| history_of_address(&info.name, address)).collect::<Vec<_>>()
        };
        self.live.sources().iter().flat_map(at).collect()
    }
}

#[async_trait]
impl Erasing for Eraser {
    async fn erase(&self, named: &str) -> Result<Erased, EraseRefusal> {
        let key = self.key(named).ok_or(EraseRefusal::Unknown)?;
        let keys = self.keys(&key).await?;
        let now = self.live.clock().now();
        let erasure = self.ledger.erase(&keys, now).await;
        let erasure = erasure.map_err(|error| EraseRefusal::Failed(error.to_string()))?;
        self.live.forget_all();
        if let Some(capture) = &self.capture {
            capture.has_grown(erasure.last);
        }
        if let Some(facts) = &self.facts {
            // No answer after this one tells of the person.
            facts.forget_erased().await.map_err(|error| match error {
                FactsError::Checkpoint(cause) => files_stay(cause),
                other => EraseRefusal::Failed(other.to_string()),
            })?;
        }
        if let Some(jobs) = &self.jobs {
            jobs.erased(erasure.last).await.map_err(files_stay)?;
        }
        Ok(Erased { records: erasure.records, events: erasure.events })
    }
}

fn files_stay(error: io::Error) -> EraseRefusal {
    EraseRefusal::Failed(format!(
        "the ledger knows nothing of them any more, but files with data of theirs could not be removed: {error}"
    ))
}

/// Erases a person from the ledger of these settings, and every export with it; for when no gateway runs over it.
///
/// # Errors
/// What hinders opening the ledger; then what hinders erasing.
pub fn erase_without_gateway<'a>(
    settings: &'a Settings,
    named: &'a str,
) -> BoxFuture<'a, Result<Result<Erased, EraseRefusal>, StartError>> {
    Box::pin(erase_alone(settings, named))
}

async fn erase_alone(settings: &Settings, named: &str) -> Result<Result<Erased, EraseRefusal>, StartError> {
    let wire = Wire::new(CONNECT_TIMEOUT).map_err(StartError::Wire)?;
    let Some(ledger) = keeping::open(settings, None).await? else { return Ok(Err(EraseRefusal::NoLedger)) };
    let (live, ..) = keeping::shelved(live(settings, &wire, Clock::real())?, &ledger);
    // Held meanwhile, so that no gateway begins to write files of what is being erased.
    let directory = settings.exports.as_ref().map(|exports| &exports.directory);
    let files = directory.filter(|it| it.exists()).map(|it| Folder::open(it)).transpose()?;
    let erased = match Eraser::new(Arc::new(live), ledger, None, None, None).erase(named).await {
        Ok(erased) => erased,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let checkpoint = settings.ledger.as_ref().and_then(|ledger| ledger.checkpoint.as_ref());
    let without_files = files.map_or(Ok(()), |files| files.erase());
    let without_checkpoint = checkpoint.map_or(Ok(()), |file| remove_checkpoint(file));
    Ok(without_files.and(without_checkpoint).map(|()| erased).map_err(files_stay))
}
