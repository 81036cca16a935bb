//! Which world the pretend vendors know.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::Args;

use leadline::sandbox::clock::Clock;
use leadline::sandbox::generate;
use leadline::sandbox::world::{SETTINGS, World};

/// As many people as a world may be made up of.
const MOST_PEOPLE: usize = 1_000_000;

/// Which world the pretend vendors know, and when it is there.
#[derive(Args, Debug)]
pub(crate) struct WorldArgs {
    /// How many people to make up, at most a million
    #[arg(long, default_value_t = 2000, value_name = "N")]
    people: usize,
    /// Makes up the same company for the same number
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// A folder with a world of one's own (see src/sandbox/README.md)
    #[arg(long, conflicts_with_all = ["people", "seed"], value_name = "DIR")]
    world: Option<PathBuf>,
    /// When the clock of gateway and vendors starts, e.g. 2025-04-01T00:00:00Z; otherwise now, or as the world says
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<DateTime<Utc>>,
}

/// A world and the instant at which its clock starts.
pub(crate) struct Begun {
    pub(crate) world: World,
    pub(crate) origin: DateTime<Utc>,
}

impl Begun {
    /// The clock of the pretend vendors.
    pub(crate) fn clock(&self) -> Clock {
        Clock::starting_at(self.origin)
    }
}

impl WorldArgs {
    /// The settings that the folder of the world carries, and their file; none where it has no such file.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(crate) fn settings(&self) -> anyhow::Result<Option<(PathBuf, String)>> {
        let Some(file) = self.world.as_ref().map(|folder| folder.join(SETTINGS)) else { return Ok(None) };
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some((file, text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// Reads or makes up the world.
    ///
    /// # Errors
    /// What is wrong with the folder or the options, in a sentence.
    pub(crate) fn begin(&self) -> anyhow::Result<Begun> {
        if let Some(folder) = &self.world {
            let world = World::load(folder)?;
            let origin = self.as_of.or(world.as_of).unwrap_or_else(Utc::now);
            return Ok(Begun { world, origin });
        }
        if self.people == 0 || self.people > MOST_PEOPLE {
            bail!("--people takes a number from 1 to {MOST_PEOPLE}; it is {}", self.people);
        }
        let origin = self.as_of.unwrap_or_else(Utc::now);
        Ok(Begun { world: generate::generate(self.people, self.seed, origin), origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_brings_its_settings_where_it_has_some() {
        let of = |world: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worlds/");
            let world = Some(PathBuf::from(format!("{folder}{world}")));
            let args = WorldArgs { people: 1, seed: 1, world, as_of: None };
            args.settings().expect("the file is readable")
        };
        let (file, text) = of("q1").expect("the quarter has settings");
        assert!(file.ends_with("q1/settings.toml") && text.contains("[stages.sales]"));
        assert_eq!(of("identity"), None);
    }
}
