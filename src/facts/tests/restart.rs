//! A start that goes on from a checkpoint.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::clock::Clock;
use crate::facts::{Facts, FactsError, Rules};
use crate::ledger::Ledger;
use crate::unify::samples::{Sample, key, person};

use super::store::{happened, ledger, record, told};
use super::told::told as rows_of;
use super::world::{form, now, rules};

struct Restarted {
    folder: tempfile::TempDir,
    ledger: Arc<dyn Ledger>,
}

impl Restarted {
    /// A ledger with two people, and a checkpoint of what it tells.
    async fn with_two_people() -> Self {
        let (folder, ledger) = ledger().await;
        let ann = person("sales:Lead:L1").email("ann@x.example").created("2025-01-01");
        let bob = person("sales:Lead:L2").email("bob@y.example").created("2025-01-02");
        told(&ledger, vec![record(ann), record(bob), happened(form("sales:Lead:L1", "2025-01-01"))]).await;
        let it = Self { folder, ledger };
        let facts = it.start(rules());
        facts.refresh().await.expect("it is read");
        facts.keep().await;
        it
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("facts")
    }

    fn start(&self, rules: Rules) -> Facts {
        Facts::new(self.ledger.clone(), rules, Clock::starting_at(now())).with_checkpoint(self.file())
    }

    /// How many components a start has to make, and that it comes to what is made from the ledger alone.
    async fn made_at_a_start(&self, rules: Rules) -> usize {
        let facts = self.start(rules.clone());
        let made = facts.refresh().await.expect("it is read").components;
        let alone = Facts::new(self.ledger.clone(), rules, Clock::starting_at(now()));
        alone.refresh().await.expect("it is read");
        let snapshot = |facts: &Facts| facts.snapshot().expect("it was built");
        assert_eq!(rows_of(&snapshot(&facts)), rows_of(&snapshot(&alone)));
        made
    }
}

#[tokio::test]
async fn a_start_goes_on_from_its_checkpoint_and_makes_what_came_after() {
    let it = Restarted::with_two_people().await;
    assert_eq!(it.made_at_a_start(rules()).await, 0);
    told(&it.ledger, vec![record(person("marketing:contact:1").email("ann@x.example"))]).await;
    assert_eq!(it.made_at_a_start(rules()).await, 1);
}

#[tokio::test]
async fn a_checkpoint_under_other_settings_or_with_a_broken_byte_is_as_good_as_none() {
    let it = Restarted::with_two_people().await;
    let mut other = rules();
    other.identity.blocked_local_parts.insert("ann".into());
    assert_eq!(it.made_at_a_start(other).await, 2);

    let whole = fs::read(it.file()).expect("there is one");
    for place in [9, whole.len() / 2, whole.len() - 20] {
        let mut broken = whole.clone();
        broken[place] ^= 1;
        fs::write(it.file(), broken).expect("it is written");
        assert_eq!(it.made_at_a_start(rules()).await, 2, "byte {place}");
    }
    fs::write(it.file(), &whole[..whole.len() - 8]).expect("it is written");
    assert_eq!(it.made_at_a_start(rules()).await, 2, "cut off");
    fs::write(it.file(), &whole).expect("it is written");
    assert_eq!(it.made_at_a_start(rules()).await, 0);
}

#[tokio::test]
async fn a_checkpoint_of_another_or_of_a_later_ledger_is_as_good_as_none() {
    let it = Restarted::with_two_people().await;
    let (_folder, other) = ledger().await;
    told(&other, vec![record(person("sales:Lead:L9"))]).await;
    let facts = Facts::new(other, rules(), Clock::starting_at(now())).with_checkpoint(it.file());
    assert_eq!(facts.refresh().await.expect("it is read").components, 1);

    let earlier = it.folder.path().join("earlier.db");
    it.ledger.backup(&earlier).await.expect("it is copied");
    told(&it.ledger, vec![record(person("sales:Lead:L3").email("cem@z.example"))]).await;
    let facts = it.start(rules());
    facts.refresh().await.expect("it is read");
    facts.keep().await;
    let earlier = crate::ledger::open(&format!("sqlite:{}", earlier.display())).await.expect("a ledger");
    let restored = Facts::new(earlier, rules(), Clock::starting_at(now())).with_checkpoint(it.file());
    assert_eq!(restored.refresh().await.expect("it is read").components, 2);
    assert!(!it.file().exists(), "what is later than its ledger is of no use to anybody");
}

#[tokio::test]
async fn a_checkpoint_goes_with_whoever_is_erased() {
    let it = Restarted::with_two_people().await;
    let holds = |sample: &str| {
        let holds_it = |file: &Path| {
            let bytes = fs::read(file).expect("it is read");
            bytes.windows(sample.len()).any(|window| window == sample.as_bytes())
        };
        let files = fs::read_dir(it.folder.path()).expect("a folder");
        files.map(|file| file.expect("a file").path()).any(|file| holds_it(&file))
    };
    assert!(holds("ann@x.example") && holds("bob@y.example"));
    // While no gateway runs: the next start finds it in what the ledger was told since.
    it.ledger.erase(&[key("sales:Lead:L1")], now()).await.expect("it is erased");
    assert!(holds("ann@x.example"), "the checkpoint tells of her still");
    let facts = it.start(rules());
    facts.refresh().await.expect("it is read");
    assert!(!it.file().exists());
    facts.keep().await;
    assert!(!holds("ann@x.example") && holds("bob@y.example"));
}

#[tokio::test]
async fn a_checkpoint_goes_with_whoever_is_erased_although_nothing_is_made_of_it_yet() {
    let it = Restarted::with_two_people().await;
    let facts = Arc::new(it.start(rules()));
    facts.forget_erased().await.expect("it is forgotten");
    assert!(!it.file().exists() && facts.snapshot().is_none(), "nobody waited for the facts");
}

#[tokio::test]
async fn a_checkpoint_that_stays_is_no_erasure_and_goes_as_soon_as_it_can() {
    let it = Restarted::with_two_people().await;
    let facts = Arc::new(it.start(rules()));
    facts.refresh().await.expect("it is read");
    fs::remove_file(it.file()).expect("it was there");
    fs::create_dir(it.file()).expect("something that is no file");
    it.ledger.erase(&[key("sales:Lead:L1")], now()).await.expect("it is erased");
    let refused = facts.forget_erased().await;
    assert!(matches!(refused, Err(FactsError::Checkpoint(_))), "{refused:?}");
    fs::remove_dir(it.file()).expect("it is there");
    fs::write(it.file(), "what was there").expect("it is written");
    facts.refresh().await.expect("it is read");
    assert!(!it.file().exists());
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_written_leaves_nothing_behind_and_the_facts_as_they_are() {
    let (folder, ledger) = ledger().await;
    let ann = |at: Sample| record(at.email("ann@x.example"));
    told(&ledger, vec![ann(person("sales:Lead:L1"))]).await;
    let nowhere = folder.path().join("no such folder").join("facts");
    let facts = Facts::new(ledger.clone(), rules(), Clock::starting_at(now())).with_checkpoint(nowhere);
    facts.refresh().await.expect("it is read");
    facts.keep().await;
    told(&ledger, vec![ann(person("sales:Lead:L2"))]).await;
    assert_eq!(facts.refresh().await.expect("it is read").components, 1);
}
