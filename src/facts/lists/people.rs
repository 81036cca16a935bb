//! People: who matches, in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::fact::{PersonFact, Text};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::Channel;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::view::{Aspect, View};
use crate::facts::keys::Row;
use crate::facts::line::{PersonLine, highest_score};
use crate::facts::snapshot::Snapshot;
use crate::facts::visible::Visible;

use super::ListRefusal;
use super::cursor::Value;
use super::filters::{CustomFilter, InstantFilter, ScoreFilter, StringFilter};
use super::listing::{Listing, Nested, Test, Tests};
use super::page::{Ask, PageOfIds};

/// Which page of people.
pub type PeopleAsk = Ask<PersonFilter, PersonOrder>;

/// Which people; every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonFilter {
    /// All of these.
    pub and: Vec<PersonFilter>,
    /// Any of these.
    pub or: Option<Vec<PersonFilter>>,
    /// Not this.
    pub not: Option<Box<PersonFilter>>,
    /// Primary address; whole addresses find by any address of theirs.
    pub email: Option<StringFilter>,
    /// Registrable domain of any address.
    pub domain: Option<StringFilter>,
    /// Where they stand, or ever stood.
    pub lifecycle: Option<LifecycleFilter>,
    /// Owned by one of these users, by any key of theirs.
    pub owners: Option<Vec<RecordKey>>,
    /// Of one of these accounts, by any key of theirs.
    pub accounts: Option<Vec<RecordKey>>,
    /// Members of one of these campaigns, by any key of theirs.
    pub campaigns: Option<Vec<RecordKey>>,
    /// In one of these territories or beneath it, by key.
    pub territories: Option<Vec<Arc<str>>>,
    /// The region of the territory.
    pub region: Option<StringFilter>,
    /// Creation of the oldest record.
    pub created_at: Option<InstantFilter>,
    /// Latest change of any record.
    pub updated_at: Option<InstantFilter>,
    /// When the newest of what is known was read.
    pub observed_at: Option<InstantFilter>,
    /// Two sources hold different values of a field.
    pub has_conflict: Option<bool>,
    /// Somebody should look: a warning about identity, or a conflict.
    pub needs_review: Option<bool>,
    /// A source that has a record of them.
    pub source: Option<StringFilter>,
    /// A source that has none.
    pub missing_from: Option<Arc<str>>,
    /// The channel of the original source.
    pub channel: Option<Channel>,
    /// A score.
    pub score: Option<ScoreFilter>,
    /// Asked not to be e-mailed.
    pub email_opt_out: Option<bool>,
    /// Full name.
    pub name: Option<StringFilter>,
    /// Fields of the company's own.
    pub custom: Vec<CustomFilter>,
}

/// People in one of these stages; with `entered_at`, people who entered one of them then, wherever they stand now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifecycleFilter {
    /// This stage.
    pub eq: Option<LifecycleStage>,
    /// One of these.
    pub one_of: Option<Vec<LifecycleStage>>,
    /// When they entered it; what was filled in does not count.
    pub entered_at: Option<InstantFilter>,
}

impl LifecycleFilter {
    fn is_about(&self, stage: LifecycleStage) -> bool {
        self.eq.is_none_or(|it| it == stage)
            && self.one_of.as_ref().is_none_or(|several| several.contains(&stage))
    }
}

/// What people are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the column's own")]
pub enum PersonOrder {
    CreatedAt,
    UpdatedAt,
    LastEngagedAt,
    /// The largest of their scores.
    Score,
}

impl Nested for PersonFilter {
    fn nested(&self) -> (&[Self], Option<&[Self]>, Option<&Self>) {
        (&self.and, self.or.as_deref(), self.not.as_deref())
    }
}

impl Snapshot {
    /// A page of people.
    ///
    /// # Errors
    /// When the view may not filter or order so, or a cursor is none of this list.
    pub fn people(&self, view: &View, ask: &PeopleAsk) -> Result<PageOfIds, ListRefusal> {
        for by in &ask.order {
            match by.field {
                PersonOrder::Score => deny(view, Aspect::Scores, "scores")?,
                PersonOrder::LastEngagedAt => {
                    deny(view, Aspect::MarketingHistory, "marketing history")?;
                    deny(view, Aspect::SalesActivities, "sales activities")?;
                }
                PersonOrder::CreatedAt | PersonOrder::UpdatedAt => {}
            }
        }
        let visible = self.visible(view);
        let (keys, seen) = (&self.facts.person_keys, &visible.sight.people);
        Listing { name: "people", keys, seen, usual: PersonOrder::CreatedAt }.page(
            ask,
            |filter| self.person_tests(view, &visible, filter),
            |row, field| self.person_value(row, field),
        )
    }

    fn person_value(&self, row: usize, field: PersonOrder) -> Value {
        let fact = &self.facts.people[row];
        match field {
            PersonOrder::CreatedAt => Value::Instant(fact.created_at.timestamp_micros()),
            PersonOrder::UpdatedAt => Value::Instant(fact.updated_at.timestamp_micros()),
            PersonOrder::LastEngagedAt => {
                fact.last_engaged_at.map_or(Value::Absent, |at| Value::Instant(at.timestamp_micros()))
            }
            PersonOrder::Score => self.people[row]
                .as_ref()
                .and_then(|line| highest_score(&line.scores))
                .map_or(Value::Absent, Value::Number),
        }
    }

    /// A filter's own conditions made ready, where the view may use them.
    fn person_tests<'s>(&'s self, view: &View, visible: &Visible, filter: &PersonFilter) -> Tests<'s> {
        let mut all: Vec<Test<'s>> = Vec::new();
        let line = move |row: usize| self.people[row].as_deref();
        let fact = move |row: usize| -> &PersonFact { &self.facts.people[row] };
        if let Some(text) = &filter.name {
            deny(view, Aspect::Name, "names")?;
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(line(row).and_then(|it| it.name.as_deref()))));
        }
        if let Some(text) = &filter.email {
            deny(view, Aspect::Email, "e-mail addresses")?;
            let text = text.folded();
            let by_any = text.is_about_whole_texts();
            all.push(Box::new(move |row| {
                let Some(line) = line(row) else { return false };
                let further = line.further_emails.iter().filter(|_| by_any);
                text.holds(line.email.as_deref()) || further.into_iter().any(|it| text.holds(Some(it)))
            }));
        }
        if let Some(text) = &filter.domain {
            deny(view, Aspect::Email, "domains")?;
            let text = text.folded();
            let domains =
                move |row: usize| line(row).into_iter().flat_map(|it| it.domains.iter().map(AsRef::as_ref));
            all.push(Box::new(move |row| text.holds_any(domains(row))));
        }
        if let Some(lifecycle) = &filter.lifecycle {
            if lifecycle.entered_at.is_some() {
                deny(view, Aspect::Changes, "changes")?;
            }
            all.push(self.lifecycle_test(lifecycle.clone()));
        }
        if let Some(owners) = &filter.owners {
            let owners = self.owner_places(owners);
            all.push(Box::new(move |row| {
                fact(row).owner.is_some_and(|owner| owners.contains(&owner.place()))
            }));
        }
        if let Some(accounts) = &filter.accounts {
            let accounts = self.account_places(accounts, visible);
            all.push(Box::new(move |row| fact(row).account.is_some_and(|ix| accounts.contains(&ix.place()))));
        }
        if let Some(campaigns) = &filter.campaigns {
            let campaigns = self.campaign_places(campaigns, visible);
            all.push(Box::new(move |row| {
                let own = fact(row).campaigns.of(&self.facts.person_campaigns);
                own.iter().any(|ix| campaigns.contains(&ix.place()))
            }));
        }
        if let Some(territories) = &filter.territories {
            let places = self.places_within(territories);
            all.push(Box::new(move |row| fact(row).territory.is_some_and(|ix| places.contains(&ix.place()))));
        }
        if let Some(text) = &filter.region {
            let text = text.folded();
            let places = self.territory_places(|_, region| text.holds(region));
            let is_null = text.holds(None);
            all.push(Box::new(move |row| {
                fact(row).territory.map_or(is_null, |ix| places.contains(&ix.place()))
            }));
        }
        if let Some(bounds) = filter.created_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).created_at))));
        }
        if let Some(bounds) = filter.updated_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).updated_at))));
        }
        if let Some(bounds) = filter.observed_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).observed_at))));
        }
        if let Some(wanted) = filter.has_conflict {
            deny(view, Aspect::ProvenanceOthers, "conflicts")?;
            all.push(Box::new(move |row| line(row).is_some_and(|it| it.has_conflict) == wanted));
        }
        if let Some(wanted) = filter.needs_review {
            deny(view, Aspect::ProvenanceOthers, "conflicts")?;
            all.push(Box::new(move |row| {
                line(row).is_some_and(|it| it.has_conflict || !it.warnings.is_empty()) == wanted
            }));
        }
        if let Some(text) = &filter.source {
            let text = text.folded();
            all.push(Box::new(move |row| text.holds_any(line(row).into_iter().flat_map(sources_of))));
        }
        if let Some(source) = filter.missing_from.clone() {
            all.push(Box::new(move |row| {
                line(row).is_some_and(|it| sources_of(it).all(|own| *own != *source))
            }));
        }
        if let Some(channel) = filter.channel {
            all.push(Box::new(move |row| fact(row).channel == channel));
        }
        if let Some(score) = filter.score.clone() {
            deny(view, Aspect::Scores, "scores")?;
            all.push(Box::new(move |row| {
                let own = line(row).into_iter().flat_map(|it| &it.scores).filter(|it| it.name == score.name);
                let mut values = own.map(|it| &it.value).peekable();
                if values.peek().is_none() {
                    return score.value.holds(None);
                }
                values.any(|value| score.value.holds(Some(value)))
            }));
        }
        if let Some(wanted) = filter.email_opt_out {
            all.push(Box::new(move |row| {
                line(row).is_some_and(|it| it.email_opt_out.unwrap_or(false)) == wanted
            }));
        }
        for custom in &filter.custom {
            custom.allow(view, &self.rules.fields.person)?;
            let custom = custom.folded();
            all.push(Box::new(move |row| line(row).is_some_and(|it| custom.holds(&it.custom))));
        }
        Ok(all)
    }

    fn lifecycle_test(&self, filter: LifecycleFilter) -> Test<'_> {
        Box::new(move |row| {
            let fact = &self.facts.people[row];
            match &filter.entered_at {
                None => fact.stage.is_some_and(|stage| filter.is_about(stage)),
                Some(bounds) => {
                    let told = self.facts.periods_of(fact).iter().filter(|period| !period.is_inferred);
                    told.filter(|it| filter.is_about(it.stage)).any(|it| bounds.holds(Some(&it.entered_at)))
                }
            }
        })
    }

    /// The places of owners, by any key of theirs.
    pub(super) fn owner_places(&self, keys: &[RecordKey]) -> BTreeSet<usize> {
        let is_own = |own: &RecordKey| keys.iter().any(|key| key.source == own.source && key.id == own.id);
        let places = 0..self.owners.len();
        places.filter(|place| self.owners[*place].keys.iter().any(is_own)).collect()
    }

    /// The places of accounts the view sees, by any key of theirs.
    pub(super) fn account_places(&self, keys: &[RecordKey], visible: &Visible) -> BTreeSet<usize> {
        let place = |key: &RecordKey| match self.row_of(key) {
            Some(Row::Account(place)) => Some(place as usize),
            _ => None,
        };
        keys.iter().filter_map(place).filter(|place| visible.accounts.has(*place)).collect()
    }

    /// The places of campaigns the view sees, by any key of theirs.
    pub(super) fn campaign_places(&self, keys: &[RecordKey], visible: &Visible) -> BTreeSet<usize> {
        let is_own = |own: &RecordKey| keys.iter().any(|key| key.source == own.source && key.id == own.id);
        let places = visible.campaigns.places();
        places.filter(|place| self.campaigns[*place].keys.iter().any(is_own)).collect()
    }

    /// The places of these territories and of everything beneath them.
    pub(super) fn places_within(&self, territories: &[Arc<str>]) -> BTreeSet<usize> {
        let within = self.rules.company.subtree(&territories.iter().cloned().collect());
        self.territory_places(|key, _| within.contains(key))
    }

    /// The places of territories by key and region.
    pub(super) fn territory_places(&self, wanted: impl Fn(&str, Option<&str>) -> bool) -> BTreeSet<usize> {
        let text = |text: Text| &**self.facts.texts.text(text);
        let territories = self.facts.territories.iter().enumerate();
        territories
            .filter(|(_, it)| wanted(text(it.key), it.region.map(text)))
            .map(|(place, _)| place)
            .collect()
    }
}

fn sources_of(line: &PersonLine) -> impl Iterator<Item = &str> {
    line.keys[..line.records as usize].iter().map(|key| key.source.as_str())
}

/// A column that is not fully seen would be told by what a filter leaves.
pub(super) fn deny(view: &View, aspect: Aspect, what: &'static str) -> Result<(), ListRefusal> {
    if view.may_filter_by(aspect) { Ok(()) } else { Err(ListRefusal::FilterDenied(what)) }
}
