//! A ledger of made-up people, accounts and opportunities, and the facts over it.

use std::sync::Arc;

use chrono_tz::Tz;
use futures::FutureExt;

use crate::domain::clock::Clock;
use crate::domain::id::RecordKey;
use crate::domain::territory::Company;
use crate::export::Exports;
use crate::facts::{Facts as Model, Rules};
use crate::ledger::Ledger;
use crate::ledger::entry::{Batch, CapturedRecord, Observation, Sequence};
use crate::unify::identity::rules::IdentityRules;
use crate::unify::live::CustomFields;
use crate::unify::samples::{self, at, key};

/// Facts over a ledger of their own, gone with them.
pub(crate) struct Facts {
    ledger: Arc<dyn Ledger>,
    model: Arc<Model>,
    rules: Rules,
    folder: Arc<tempfile::TempDir>,
}

impl Facts {
    pub(crate) async fn of(observations: impl IntoIterator<Item = Observation>) -> Self {
        Self::of_company(Company::default(), observations).await
    }

    /// The same for a company that is divided.
    pub(crate) async fn of_company(
        company: Company,
        observations: impl IntoIterator<Item = Observation>,
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let ledger = crate::ledger::open(&url).await.expect("a new ledger");
        let rules = Rules {
            sources: samples::two_sources(),
            identity: IdentityRules::default(),
            campaigns: Vec::new(),
            fields: CustomFields::default(),
            company,
            zone: Tz::UTC,
        };
        let facts = Self { model: model(&ledger, &rules, &folder), ledger, rules, folder };
        facts.told(observations).await;
        facts
    }

    /// Has what there is written down for the next start.
    pub(crate) async fn kept(&self) {
        self.model.keep().await;
    }

    /// The same ledger after the gateway was started anew, with whatever was written down for it.
    pub(crate) async fn restarted(&self) -> Self {
        let (ledger, rules, folder) = (self.ledger.clone(), self.rules.clone(), self.folder.clone());
        let model = model(&ledger, &rules, &folder);
        model.refresh().await.expect("it is read");
        Self { ledger, model, rules, folder }
    }

    /// Has somebody erased.
    pub(crate) async fn erased(&self, key: &RecordKey) {
        self.erased_from_the_ledger(key).await;
        self.refreshed().await;
    }

    /// The same before the facts know of it; where it stands in the order of observation.
    pub(crate) async fn erased_from_the_ledger(&self, key: &RecordKey) -> Sequence {
        let erasure = self.ledger.erase(std::slice::from_ref(key), at("2025-04-01")).await;
        erasure.expect("it is erased").last
    }

    /// Brings the facts up to the ledger.
    pub(crate) async fn refreshed(&self) {
        self.model.refresh().await.expect("it is read");
    }

    /// Begins to bring the facts up to the ledger, and is broken off at once.
    pub(crate) fn broken_off(&self) {
        let refresh = self.model.refresh();
        assert!(refresh.now_or_never().is_none(), "there was nothing to wait for");
    }

    /// Has more captured, and the facts made of it.
    pub(crate) async fn told(&self, observations: impl IntoIterator<Item = Observation>) {
        let batch = Batch {
            source: key("sales:x:y").source,
            stream: "test".into(),
            observed_at: at("2025-04-01"),
            observations: observations.into_iter().collect(),
            progress: None,
        };
        self.ledger.append(batch).await.expect("it is written");
        self.model.refresh().await.expect("it is read");
    }

    pub(crate) fn exports(&self) -> Exports {
        Exports::new(Some(self.model.clone()), [].into(), Tz::UTC, Arc::new(|| None))
    }
}

fn model(ledger: &Arc<dyn Ledger>, rules: &Rules, folder: &tempfile::TempDir) -> Arc<Model> {
    let model = Model::new(ledger.clone(), rules.clone(), Clock::starting_at(at("2025-04-01")));
    Arc::new(model.with_checkpoint(folder.path().join("facts")))
}

/// A lead of a number, with an owner and a country.
pub(crate) fn person(nth: usize, owner: Option<&str>, country: Option<&str>) -> Observation {
    let sample = samples::person(&format!("sales:Lead:{nth:05}"))
        .email(&format!("lead{nth}@example{nth}.com"))
        .created("2025-01-02");
    let record = sample.with(|it| {
        it.first_name = Some("Jane".into());
        it.last_name = Some(format!("Doe {nth}").into());
        it.phone = Some("+44 20 7946 0958".into());
        it.mobile = Some("+44 7700 900123".into());
        it.owner = owner.map(key);
        it.country = country.map(Into::into);
    });
    Observation::Record(CapturedRecord::Person(record.record()))
}
