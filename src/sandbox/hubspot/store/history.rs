//! Every value a property ever had, as far as the portal remembers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::sandbox::hubspot::stamp::Millis;

/// Who or what wrote a value, in the vendor's words.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// `CRM_UI`, `INTEGRATION`, `FORM` and many more: an open list.
    pub(crate) source_type: Arc<str>,
    /// What stands behind the source type, such as `userId:123`.
    pub(crate) source_id: Option<Box<str>>,
    /// The user, by user id and not by owner id.
    pub(crate) user: Option<u64>,
}

/// A value, from its instant on.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) at: Millis,
    pub(crate) value: Box<str>,
    pub(crate) origin: Origin,
}

/// The versions of all records of one kind.
#[derive(Debug, Default)]
pub(crate) struct History {
    names: HashMap<Arc<str>, u16>,
    // By record and property, newest first: what the world came with.
    loaded: Vec<(u64, u16, Version)>,
    // What was written since, oldest first.
    written: HashMap<(u64, u16), Vec<Version>>,
}

impl History {
    /// Adds a version the world came with; `settle` must follow the last.
    pub(crate) fn load(&mut self, record: u64, property: &str, version: Version) {
        let name = self.name(property);
        self.loaded.push((record, name, version));
    }

    /// Puts what was loaded into its order.
    pub(crate) fn settle(&mut self) {
        self.loaded.sort_by(|a, b| (a.0, a.1, b.2.at).cmp(&(b.0, b.1, a.2.at)));
        self.loaded.shrink_to_fit();
    }

    /// Notes a new value.
    pub(crate) fn append(&mut self, record: u64, property: &str, version: Version) {
        let name = self.name(property);
        self.written.entry((record, name)).or_default().push(version);
    }

    /// All versions of one property of one record, newest first.
    pub(crate) fn versions(&self, record: u64, property: &str) -> Vec<&Version> {
        let Some(name) = self.names.get(property) else { return Vec::new() };
        let start = self.loaded.partition_point(|(id, other, _)| (*id, *other) < (record, *name));
        let loaded = self.loaded[start..]
            .iter()
            .take_while(|(id, other, _)| (*id, *other) == (record, *name))
            .map(|(_, _, version)| version);
        self.written
            .get(&(record, *name))
            .into_iter()
            .flat_map(|new| new.iter().rev())
            .chain(loaded)
            .collect()
    }

    /// Gives one record the versions of another: a merge into a new id keeps the past.
    pub(crate) fn copy(&mut self, from: u64, to: u64) {
        for name in self.names.values().copied().collect::<Vec<_>>() {
            let start = self.loaded.partition_point(|(id, other, _)| (*id, *other) < (from, name));
            let mut all: Vec<Version> = self.loaded[start..]
                .iter()
                .take_while(|(id, other, _)| (*id, *other) == (from, name))
                .map(|(_, _, version)| version.clone())
                .collect();
            all.reverse();
            all.extend(self.written.get(&(from, name)).into_iter().flatten().cloned());
            if !all.is_empty() {
                self.written.entry((to, name)).or_default().extend(all);
            }
        }
    }

    /// Forgets a record, as a privacy deletion does.
    pub(crate) fn forget(&mut self, record: u64) {
        self.loaded.retain(|(id, _, _)| *id != record);
        self.written.retain(|(id, _), _| *id != record);
    }

    fn name(&mut self, property: &str) -> u16 {
        if let Some(name) = self.names.get(property) {
            return *name;
        }
        let name = self.names.len() as u16;
        self.names.insert(property.into(), name);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(at: Millis, value: &str) -> Version {
        Version {
            at,
            value: value.into(),
            origin: Origin { source_type: "CRM_UI".into(), source_id: None, user: None },
        }
    }

    #[test]
    fn versions_come_newest_first_across_old_and_new() {
        let mut history = History::default();
        history.load(1, "stage", version(10, "a"));
        history.load(2, "stage", version(15, "x"));
        history.load(1, "stage", version(20, "b"));
        history.settle();
        history.append(1, "stage", version(30, "c"));
        let values: Vec<_> = history.versions(1, "stage").iter().map(|version| &*version.value).collect();
        assert_eq!(values, ["c", "b", "a"]);
        assert!(history.versions(1, "other").is_empty());
    }

    #[test]
    fn a_copy_keeps_the_order() {
        let mut history = History::default();
        history.load(1, "stage", version(10, "a"));
        history.load(1, "stage", version(20, "b"));
        history.settle();
        history.copy(1, 9);
        let values: Vec<_> = history.versions(9, "stage").iter().map(|version| &*version.value).collect();
        assert_eq!(values, ["b", "a"]);
    }
}
