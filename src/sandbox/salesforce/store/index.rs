//! Finding rows by a field's value without reading them all.

/// Fingerprints of a column's values and the rows that hold them. Rows found here are candidates: the value may
/// have changed since, or merely share its fingerprint, so whoever asks looks at the row itself.
#[derive(Debug, Default)]
pub(super) struct Index {
    sorted: Vec<(u32, u32)>,
    /// Entries added since the last sort.
    recent: Vec<(u32, u32)>,
}

const SORT_AFTER: usize = 4096;

impl Index {
    pub(super) fn of(entries: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut sorted: Vec<_> = entries.collect();
        sorted.sort_unstable();
        Self { sorted, recent: Vec::new() }
    }

    pub(super) fn add(&mut self, fingerprint: u32, row: u32) {
        self.recent.push((fingerprint, row));
        if self.recent.len() >= SORT_AFTER {
            self.sorted.append(&mut self.recent);
            self.sorted.sort_unstable();
        }
    }

    /// Adds the candidate rows of one fingerprint.
    pub(super) fn find(&self, fingerprint: u32, found: &mut Vec<u32>) {
        let start = self.sorted.partition_point(|(entry, _)| *entry < fingerprint);
        let same = self.sorted[start..].iter().take_while(|(entry, _)| *entry == fingerprint);
        found.extend(same.chain(self.recent.iter().filter(|(entry, _)| *entry == fingerprint)).map(|e| e.1));
    }
}
