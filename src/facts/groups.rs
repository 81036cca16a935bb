//! Records that were made into rows together, and where those rows are.

use std::io;

use serde::{Deserialize, Serialize};

use super::checkpoint::{FrameReader, FrameWriter};
use super::tables::Places;
use super::web::Node;

/// One component as it was when its rows were made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Group {
    /// Its records.
    pub(super) nodes: Box<[Node]>,
    /// Its rows; none while they are being made.
    pub(super) places: Places,
}

/// Every group, by a number from 1 that is given again once the group is gone.
#[derive(Debug, Default)]
pub(super) struct Groups {
    all: Vec<Option<Group>>,
    free: Vec<u32>,
}

impl Groups {
    /// Gives a group its number.
    pub(super) fn add(&mut self, nodes: Vec<Node>) -> u32 {
        let group = Some(Group { nodes: nodes.into(), places: Places::default() });
        if let Some(number) = self.free.pop() {
            self.all[number as usize - 1] = group;
            return number;
        }
        self.all.push(group);
        u32::try_from(self.all.len()).expect("fewer than 2^32 groups")
    }

    /// The group of this number.
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Group> {
        self.all.get_mut(number.checked_sub(1)? as usize)?.as_mut()
    }

    /// Takes a group away.
    pub(super) fn remove(&mut self, number: u32) -> Option<Group> {
        let group = self.all.get_mut(number.checked_sub(1)? as usize)?.take()?;
        self.free.push(number);
        Some(group)
    }

    /// The numbers of all groups.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let all = self.all.iter().zip(1..);
        all.filter(|(group, _)| group.is_some()).map(|(_, number)| number).collect()
    }

    /// Writes them into a checkpoint.
    pub(super) fn save(&self, out: &mut FrameWriter) -> io::Result<()> {
        out.put(&self.free)?;
        out.put_all(self.all.iter())
    }

    /// Reads them from a checkpoint.
    pub(super) fn restore(from: &mut FrameReader) -> io::Result<Self> {
        let (free, mut all) = (from.take()?, Vec::new());
        from.take_all(|group| all.push(group))?;
        Ok(Self { all, free })
    }
}
