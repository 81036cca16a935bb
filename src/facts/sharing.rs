//! What many lines say, kept once: every record and event read from the ledger brings its own copy of its source's
//! name, its place and its domains.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::id::{RecordKey, SourceName};
use crate::domain::territory::Place;

use super::compose::Composed;
use super::line::{AccountLine, OpportunityLine, PersonLine};
use super::web::Web;

/// Texts and names of sources that lines share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    texts: HashSet<Arc<str>>,
    places: HashSet<Arc<Place>>,
    domains: HashSet<Arc<[Arc<str>]>>,
    sources: Vec<SourceName>,
}

impl Shared {
    /// Lets the rows of a component share what others have said already, and their keys with the web.
    pub(super) fn share(&mut self, composed: &mut Composed, web: &Web) {
        for person in &mut composed.people {
            self.person(&mut person.line, web);
            share_anchor(&mut person.anchor, &person.line.keys);
        }
        for account in &mut composed.accounts {
            self.account(&mut account.line, web);
            share_anchor(&mut account.anchor, &account.line.keys);
        }
        for opportunity in &mut composed.opportunities {
            self.opportunity(&mut opportunity.line, web);
            share_anchor(&mut opportunity.anchor, &opportunity.line.keys);
        }
    }

    /// Forgets what nobody says any more.
    pub(super) fn sweep(&mut self) {
        self.texts.retain(|text| Arc::strong_count(text) > 1);
        self.places.retain(|place| Arc::strong_count(place) > 1);
        self.domains.retain(|domains| Arc::strong_count(domains) > 1);
    }

    /// The same for one line that is read back.
    pub(super) fn person(&mut self, line: &mut PersonLine, web: &Web) {
        line.keys.iter_mut().for_each(|key| self.key(key, web));
        self.domains(&mut line.domains);
        line.scores.iter_mut().for_each(|score| self.text(&mut score.name));
        line.custom.iter_mut().for_each(|(name, _)| self.text(name));
        self.place(&mut line.place);
        for campaign in &mut line.campaigns {
            self.key(campaign, web);
            self.text(&mut campaign.id);
        }
    }

    /// The same for an account's.
    pub(super) fn account(&mut self, line: &mut AccountLine, web: &Web) {
        line.keys.iter_mut().for_each(|key| self.key(key, web));
        self.domains(&mut line.domains);
        line.custom.iter_mut().for_each(|(name, _)| self.text(name));
        self.place(&mut line.place);
    }

    /// The same for an opportunity's.
    pub(super) fn opportunity(&mut self, line: &mut OpportunityLine, web: &Web) {
        line.keys.iter_mut().for_each(|key| self.key(key, web));
        line.custom.iter_mut().for_each(|(name, _)| self.text(name));
    }

    fn key(&mut self, key: &mut RecordKey, web: &Web) {
        if let Some(node) = web.find(key) {
            *key = web.key(node);
            return;
        }
        self.text(&mut key.object);
        match self.sources.iter().find(|known| **known == key.source) {
            Some(known) => key.source = known.clone(),
            None => self.sources.push(key.source.clone()),
        }
    }

    fn place(&mut self, place: &mut Arc<Place>) {
        match self.places.get(&**place) {
            Some(known) => *place = known.clone(),
            None => _ = self.places.insert(place.clone()),
        }
    }

    fn domains(&mut self, domains: &mut Arc<[Arc<str>]>) {
        match self.domains.get(&**domains) {
            Some(known) => *domains = known.clone(),
            None => _ = self.domains.insert(domains.clone()),
        }
    }

    fn text(&mut self, text: &mut Arc<str>) {
        match self.texts.get(&**text) {
            Some(known) => *text = known.clone(),
            None => _ = self.texts.insert(text.clone()),
        }
    }
}

/// Lets a row's anchor be the very key the row has.
pub(super) fn share_anchor(anchor: &mut RecordKey, keys: &[RecordKey]) {
    if let Some(own) = keys.iter().find(|key| *key == anchor) {
        *anchor = own.clone();
    }
}
