//! The reporting schema beside a ledger in PostgreSQL, written by the process that captures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::capture::Capture;
use crate::capture::status::Role;
use crate::config::Settings;
use crate::domain::view::{Claims, Policy, View};
use crate::export::Exports;
use crate::export::reporting::{Reporter, ReportingError};
use crate::ledger::Ledger;

/// How soon it is tried again while there is nothing to tell yet.
const SOON: Duration = Duration::from_secs(1);

/// Writes the reporting schema in rounds.
pub(super) struct Reporting {
    reporter: Reporter,
    every: Duration,
    note: Note,
}

/// What operators should know of it.
#[derive(Clone, Default)]
pub(super) struct Note(Arc<Mutex<Option<String>>>);

impl Note {
    /// What they should know now.
    pub(super) fn told(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes it; true when it is news.
    fn tell(&self, text: Option<String>) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = *told != text;
        *told = text;
        is_news
    }
}

impl Reporting {
    /// What the settings want told; none where they want nothing, or the ledger has no such schema.
    pub(super) fn of(settings: &Settings, ledger: &dyn Ledger, exports: &Exports) -> Option<Self> {
        let wanted = settings.reporting.as_ref()?;
        let door = ledger.reporting(&wanted.prefix)?;
        let auth = &settings.auth;
        let view = |policy: &Arc<Policy>| {
            let claims = Claims {
                subject: Arc::from("reporting"),
                team: policy.team.clone(),
                role: policy.role.clone(),
                ..Claims::default()
            };
            View::grant(policy.clone(), auth.company.clone(), auth.pseudonym_key.clone(), claims)
        };
        let views = auth.views.iter().filter(|policy| policy.sees_every_row()).map(view).collect();
        let reporter = Reporter::new(exports.clone(), door, views, wanted.whole_every);
        Some(Self { reporter, every: wanted.every, note: Note::default() })
    }

    /// What operators should know of it, as it goes on.
    pub(super) fn note(&self) -> Note {
        self.note.clone()
    }

    /// Goes round while this process captures. Whatever fails is told and tried again.
    pub(super) async fn keep(mut self, capture: Capture) {
        capture.is_through().await;
        if capture.status().role == Role::Capturing {
            self.note.tell(Some("reporting: every table is being compared with what is known".to_owned()));
        }
        loop {
            let mut pause = self.every;
            if capture.status().role == Role::Capturing {
                match self.reporter.round().await {
                    Ok(missing) => {
                        let note = missing.map(|missing| format!("reporting: {missing}"));
                        if self.note.tell(note.clone())
                            && let Some(note) = note
                        {
                            tracing::warn!("{note}");
                        }
                    }
                    Err(ReportingError::NotYet(_)) => pause = SOON.min(pause),
                    Err(error) => {
                        if self.note.tell(Some(error.to_string())) {
                            let cause = std::error::Error::source(&error).map(tracing::field::display);
                            tracing::error!(cause, "{error}; trying again every {} s", pause.as_secs());
                        }
                    }
                }
            }
            tokio::time::sleep(pause).await;
        }
    }
}
