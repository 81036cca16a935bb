//! Where exports lie: a folder for each, with `export.json`, the manifest and the parts. One process at a time works in
//! a directory; what nobody owns goes when it begins.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::manifest::Manifest;
use super::record::{Export, MANIFEST, Status, Trouble};

/// What is known of an export.
const RECORD: &str = "export.json";
/// How a file is called until it is whole.
pub(super) const UNFINISHED: &str = "unfinished";
const LOCK: &str = ".lock";
/// Letters of an export's name.
const LONG: usize = 32;

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works in it.
    #[error("another process has {0}; each needs a directory of its own")]
    Taken(PathBuf),
    /// It cannot be made, read or written.
    #[error("cannot use {0}: {1}")]
    Unusable(PathBuf, #[source] io::Error),
}

/// The directory of exports, held by this process.
pub struct Folder {
    path: PathBuf,
    lock: Mutex<Option<File>>,
}

impl Folder {
    /// Opens a directory, and makes it where there is none; its owner alone may look into it.
    ///
    /// # Errors
    /// When another process has it, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let unusable = |cause| OpenError::Unusable(path.to_owned(), cause);
        make(path).map_err(unusable)?;
        let lock = File::create(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock: Mutex::new(Some(lock)) }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Taken(path.to_owned())),
            Err(TryLockError::Error(cause)) => Err(unusable(cause)),
        }
    }

    /// Lets another process have it.
    pub(super) fn release(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The folder of an export.
    pub(super) fn of(&self, id: &str) -> PathBuf {
        self.path.join(id)
    }

    /// Every export there is. What broke off with the process that wrote it waits again; files of nobody's are removed.
    pub(super) fn load(&self) -> io::Result<Vec<Export>> {
        let mut exports = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(id) = name.to_str().filter(|name| is_id(name)) else { continue };
            let record = fs::read(entry.path().join(RECORD)).ok();
            let read = record.and_then(|bytes| serde_json::from_slice::<Export>(&bytes).ok());
            let Some(mut export) = read.filter(|export| &*export.id == id) else {
                fs::remove_dir_all(entry.path())?;
                continue;
            };
            if export.status == Status::Running {
                export.wait();
            }
            let is_there = |name: &str| entry.path().join(name).is_file();
            if export.has_files() && !export.parts.iter().all(|part| is_there(&part.name)) {
                export.expire(Some(Trouble::Lost));
            }
            self.clear(&export)?;
            self.save(&export)?;
            exports.push(export);
        }
        Ok(exports)
    }

    /// Makes the folder of a new export and writes down what is known of it.
    pub(super) fn begin(&self, export: &Export) -> io::Result<()> {
        make(&self.of(&export.id))?;
        let begun = self.save(export);
        if begun.is_err() {
            // It is not known of, so nothing may stay of it.
            self.remove(&export.id)?;
        }
        begun
    }

    /// Writes down what is known of an export, as a whole or not at all.
    pub(super) fn save(&self, export: &Export) -> io::Result<()> {
        self.write(&export.id, RECORD, &serde_json::to_vec(export)?)
    }

    /// Writes the manifest of an export that has ended.
    pub(super) fn write_manifest(&self, export: &Export) -> io::Result<()> {
        self.write(&export.id, MANIFEST, &serde_json::to_vec_pretty(&Manifest::of(export))?)
    }

    fn write(&self, id: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.of(id);
        let unfinished = folder.join(format!("{name}.{UNFINISHED}"));
        let written = fs::write(&unfinished, bytes)
            .and_then(|()| File::open(&unfinished)?.sync_all())
            .and_then(|()| fs::rename(&unfinished, folder.join(name)));
        if written.is_err() {
            let _was_never_there = fs::remove_file(&unfinished);
        }
        written?;
        File::open(&folder)?.sync_all()
    }

    /// Removes every file of an export that it does not tell of.
    pub(super) fn clear(&self, export: &Export) -> io::Result<()> {
        let is_own = |name: &str| {
            name == RECORD
                || (export.has_files()
                    && (name == MANIFEST || export.parts.iter().any(|part| *part.name == *name)))
        };
        for entry in fs::read_dir(self.of(&export.id))? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(is_own) {
                fs::remove_file(entry.path())?;
            }
        }
        File::open(self.of(&export.id))?.sync_all()
    }

    /// Removes an export and all that is known of it.
    pub(super) fn remove(&self, id: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.of(id)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Removes the files of every export, because somebody was erased while no gateway ran over the directory.
    ///
    /// # Errors
    /// When one could not be removed.
    pub fn erase(&self) -> io::Result<()> {
        for mut export in self.load()? {
            if export.has_files() {
                export.expire(Some(Trouble::Erased));
                self.clear(&export)?;
                self.save(&export)?;
            }
        }
        Ok(())
    }
}

/// What exports are called; other things in the directory are somebody else's.
fn is_id(name: &str) -> bool {
    name.len() == LONG && name.bytes().all(|letter| letter.is_ascii_digit() || matches!(letter, b'a'..=b'f'))
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
