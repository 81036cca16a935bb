//! Exports into files, on a disk of their own and over made-up people.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

// A full disk is a file of Linux.
#[cfg(target_os = "linux")]
mod disk;
mod parts;
mod turns;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use chrono_tz::Tz;
use flate2::read::GzDecoder;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::domain::clock::Clock;
use crate::domain::view::{Claims, View};
use crate::export::dataset::Dataset;
use crate::export::format::Format;
use crate::export::tests::world::{Facts, person};
use crate::unify::samples::at;

use super::*;

/// A view of somebody's that sees everything.
fn view(subject: &str) -> View {
    let claims = Claims { subject: subject.into(), ..Claims::default() };
    View::grant(Arc::new(View::system().policy().clone()), Arc::default(), None, claims)
}

fn wish(dataset: Dataset, format: Format) -> Wish {
    Wish { dataset, format, from: None, to: None, after_sequence: None, columns: None, zone: Tz::UTC }
}

/// Exports over a few people in a directory of their own.
struct Office {
    facts: Facts,
    jobs: Jobs,
    folder: Arc<TempDir>,
    at_work: Option<(CancellationToken, JoinHandle<()>)>,
}

const LIMITS: Limits = Limits { at_once: 1, per_subject: 100, bytes: 1 << 30, keep_for: TimeDelta::days(7) };

impl Office {
    async fn of(people: usize) -> Self {
        let facts = Facts::of((0..people).map(|nth| person(nth, None, None))).await;
        let folder = Arc::new(TempDir::new().unwrap());
        let jobs = Self::jobs(&facts, &folder, LIMITS);
        Self { facts, jobs, folder, at_work: None }
    }

    fn jobs(facts: &Facts, folder: &TempDir, limits: Limits) -> Jobs {
        let again: Again = Arc::new(|claims| Some(view(&claims.subject)));
        Self::jobs_with(facts, folder, limits, again)
    }

    fn jobs_with(facts: &Facts, folder: &TempDir, limits: Limits, again: Again) -> Jobs {
        let clock = Clock::starting_at(at("2025-04-01"));
        Jobs::open(facts.exports(), clock, again, folder.path(), limits, String::new()).unwrap()
    }

    fn begin(&mut self) {
        let stop = CancellationToken::new();
        self.at_work = Some((stop.clone(), tokio::spawn(self.jobs.clone().run(stop))));
    }

    async fn close(&mut self) {
        let (stop, running) = self.at_work.take().unwrap();
        stop.cancel();
        running.await.unwrap();
    }

    /// The export once it stands so.
    async fn until(&self, view: &View, id: &str, is_so: impl Fn(&Export) -> bool) -> Export {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            let found = self.jobs.find(view, id).unwrap();
            if is_so(&found) {
                return found;
            }
            assert!(Instant::now() < patience, "it never is so: {found:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn ended(&self, view: &View, id: &str) -> Export {
        self.until(view, id, Export::has_ended).await
    }

    /// The names of what lies in the folder of an export.
    fn files(&self, id: &str) -> Vec<String> {
        names(&self.folder.path().join(id))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        found.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The lines of a zipped file.
fn lines(file: &Path) -> Vec<String> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}
