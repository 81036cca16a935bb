//! Text that many rows share, kept once: names of sources, stages, industries, reasons.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Ix, Table};

/// A text of [`Texts`]: equal texts have equal places, so that a loop compares numbers.
pub type Text = Ix<str>;

/// Interned text, in the order it was first met.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    all: Table<Arc<str>>,
    places: Arc<HashMap<Arc<str>, Text>>,
}

impl Texts {
    /// The texts of a table in which each is once.
    pub fn of(all: Table<Arc<str>>) -> Self {
        let places = all.iter().enumerate().map(|(place, text)| (text.clone(), Text::new(place)));
        let places = Arc::new(places.collect());
        Self { all, places }
    }

    /// Every text by its place.
    pub fn all(&self) -> &Table<Arc<str>> {
        &self.all
    }

    /// The place of this text, which is kept if it is new.
    pub fn intern(&mut self, text: &str) -> Text {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let (place, text) = (Text::new(self.all.len()), Arc::<str>::from(text));
        self.all.push(text.clone());
        Arc::make_mut(&mut self.places).insert(text, place);
        place
    }

    /// The place of this text; none if no row has it.
    pub fn find(&self, text: &str) -> Option<Text> {
        self.places.get(text).copied()
    }

    /// The text itself.
    pub fn text(&self, text: Text) -> &Arc<str> {
        &self.all[text.place()]
    }

    /// How many texts are kept.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// True without any text.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
