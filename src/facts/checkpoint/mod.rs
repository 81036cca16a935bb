//! The read model in a file, so that a start need not make it from the whole ledger again.
//!
//! A checkpoint is written now and then, and at an orderly end; a start reads it and takes over what the ledger was told
//! since. It is a copy and never the truth: one that was made by another build of the program, of another ledger,
//! under other settings, or that is not whole, is as good as none. It holds personal data as the ledger does and goes
//! when somebody is erased.

mod frames;
mod program;
mod tables;

use std::fmt::Write;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::ledger::entry::Sequence;
use crate::unify::identity::rules::{IdentityRules, Override};

pub(super) use frames::{FrameReader, FrameWriter};

use super::journal::Journal;
use super::model::Model;
use super::rules::Rules;

/// Where the checkpoint of one ledger's read model is kept.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    file: PathBuf,
    /// The ledger it is of.
    ledger: String,
    /// The settings it is made under, as a digest of what they say.
    settings: [u8; 32],
}

/// What a checkpoint begins with.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    /// The build that wrote it: another one may store, or find, something else.
    program: [u8; 32],
    ledger: String,
    settings: [u8; 32],
}

/// What else it tells of.
#[derive(Debug, Serialize, Deserialize)]
struct Standing {
    sequence: Sequence,
    decisions: usize,
    overrides: Vec<Override>,
}

/// The read model as it was.
pub(super) struct Restored {
    pub(super) model: Model,
    pub(super) sequence: Sequence,
    /// Decisions about identity that it knows of.
    pub(super) decisions: usize,
    pub(super) journal: Journal,
}

impl Checkpoint {
    pub(super) fn new(file: PathBuf, ledger: &str, rules: &Rules) -> Self {
        let mut text = String::new();
        write!(text, "{rules:?}").expect("writing to a string cannot fail");
        let mut settings = [0; 32];
        settings.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self { file, ledger: ledger.to_owned(), settings }
    }

    /// Writes the read model, beside the checkpoint there was until all is on the disk.
    pub(super) fn write(
        &self,
        model: &Model,
        sequence: Sequence,
        decisions: usize,
        journal: &Journal,
    ) -> io::Result<()> {
        let beside = beside(&self.file);
        let written = self.write_to(&beside, model, sequence, decisions, journal);
        let done = written.and_then(|()| fs::rename(&beside, &self.file));
        if done.is_err() {
            // What is left of it would only take room.
            let _is_gone = fs::remove_file(&beside);
        }
        done
    }

    fn write_to(
        &self,
        file: &Path,
        model: &Model,
        sequence: Sequence,
        decisions: usize,
        journal: &Journal,
    ) -> io::Result<()> {
        let mut out = FrameWriter::new(private(file)?);
        out.put(&self.head()?)?;
        let overrides = model.rules().identity.overrides.clone();
        out.put(&Standing { sequence, decisions, overrides })?;
        journal.save(&mut out)?;
        model.save(&mut out)?;
        out.finish()
    }

    /// Reads the read model; none where there is none to go on from.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub(super) fn read(&self, rules: &Rules) -> io::Result<Option<Restored>> {
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut from = FrameReader::new(file)?;
        if from.take::<Head>()? != self.head()? {
            return Ok(None);
        }
        let Standing { sequence, decisions, overrides } = from.take()?;
        let identity = IdentityRules { overrides, ..rules.identity.clone() };
        let rules = Rules { identity, ..rules.clone() };
        let journal = Journal::restore(&mut from, sequence)?;
        let model = Model::restore(&mut from, Arc::new(rules))?;
        from.finish()?;
        Ok(Some(Restored { model, sequence, decisions, journal }))
    }

    /// Takes it away.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove_checkpoint(&self.file)
    }

    fn head(&self) -> io::Result<Head> {
        Ok(Head { program: program::build()?, ledger: self.ledger.clone(), settings: self.settings })
    }
}

/// The file while it is written.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(".new");
    name.into()
}

/// Takes the checkpoint in a file away, and what a broken end may have left of a newer one.
///
/// # Errors
/// When one is there and stays.
pub fn remove_checkpoint(file: &Path) -> io::Result<()> {
    remove(&beside(file)).and(remove(file))
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A new file for the owner's eyes.
fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}
