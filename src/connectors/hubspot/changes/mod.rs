//! Everything the account has, and then what changed, as capture reads it.
//!
//! Records are found by searches (by id in a first pass, by modification stamp in later ones; `sweep`), because a listing
//! goes on behind a locator of the vendor's only, and then read by id with the history of their properties. What a
//! search never sees is found in listings: archived records (`archived`), owners, pipelines, campaigns. E-mail events
//! are a feed of the whole account, which names addresses (`mail`); activities are objects that hang on records
//! (`activities`); forms come with the contact that sent them in.

mod activities;
mod archived;
mod mail;
mod records;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use crate::connectors::position;
use crate::source::ask::{self, UserLookup};
use crate::source::changes::{BAD_POSITION, Change, ChangeBatch, Changes, Pace, Stream, UNKNOWN_STREAM};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::asking::Ask;
use super::map::activities::{ACTIVITIES, ActivityKind};
use super::object::Object;
use super::portal::Portal;
use super::users::Users;

const OPERATION: &str = "reading changes";

/// The changes of one account.
pub(super) struct Told(pub(super) Arc<Portal>);

/// Where a reader stands, behind whatever its stream counts by.
type Position<K> = position::Position<K>;

/// How a stream is read.
#[derive(Clone, Copy)]
enum Way {
    Owners,
    Pipelines,
    Campaigns,
    Records(Object),
    Archived(Object),
    Activities(&'static ActivityKind),
    ArchivedActivities,
    Mail,
}

fn stream(name: &'static str, what: &'static str, way: Way) -> (Stream, Way) {
    let pace = match way {
        Way::Records(_) | Way::Activities(_) | Way::Mail => Pace::Changes,
        _ => Pace::Listing,
    };
    (Stream { name, what, pace }, way)
}

impl Told {
    /// Every stream. What others name comes first. Deals only where the settings say that they count.
    fn known(&self) -> Vec<(Stream, Way)> {
        let mut known = vec![
            stream("owners", "owners", Way::Owners),
            stream("campaigns", "campaigns", Way::Campaigns),
            stream("companies", "companies", Way::Records(Object::Company)),
            stream("contacts", "contacts", Way::Records(Object::Contact)),
        ];
        if self.0.options.opportunities {
            known.insert(1, stream("pipelines", "pipelines", Way::Pipelines));
            known.push(stream("deals", "deals", Way::Records(Object::Deal)));
        }
        known.extend(ACTIVITIES.iter().map(|kind| stream(kind.plural, kind.plural, Way::Activities(kind))));
        known.push(stream("email_events", "e-mail events", Way::Mail));
        known.push(stream("archived_companies", "archived companies", Way::Archived(Object::Company)));
        known.push(stream("archived_contacts", "archived contacts", Way::Archived(Object::Contact)));
        if self.0.options.opportunities {
            known.push(stream("archived_deals", "archived deals", Way::Archived(Object::Deal)));
        }
        known.push(stream("archived_activities", "archived activities", Way::ArchivedActivities));
        known
    }
}

#[async_trait]
impl Changes for Told {
    fn streams(&self) -> Vec<Stream> {
        self.known().into_iter().map(|(stream, _)| stream).collect()
    }

    async fn read(
        &self,
        stream: &str,
        after: Option<&str>,
        reading: &Reading,
    ) -> Result<ChangeBatch, SourceError> {
        let ask = self.0.ask(OPERATION, reading);
        let known = self.known().into_iter().find(|(known, _)| known.name == stream);
        let (stream, way) = known.ok_or_else(|| ask.refused(UNKNOWN_STREAM))?;
        match way {
            Way::Owners => {
                let (position, users) = (ask.position(stream, after)?, Users(self.0.clone()));
                let users = ask::Ask::ask(&users, &[UserLookup], &(), reading).await?;
                let users = users.into_iter().flat_map(|(_, users)| users);
                let told = users.map(|user| Change::User(Box::new(Arc::unwrap_or_clone(user))));
                Ok(whole(told.collect(), position))
            }
            Way::Pipelines => {
                let position = ask.position(stream, after)?;
                let pipelines = ask.pipelines().await?;
                let told = pipelines.iter().map(|it| Change::Pipeline(Box::new((**it).clone())));
                Ok(whole(told.collect(), position))
            }
            Way::Campaigns => {
                let position = ask.position(stream, after)?;
                ask.details().await?;
                let campaigns = ask.every_campaign().await?.into_iter();
                let told = campaigns.map(|it| Change::Campaign(Box::new(it)));
                Ok(whole(told.collect(), position))
            }
            Way::Records(object) => Box::pin(ask.read_records(object, ask.position(stream, after)?)).await,
            Way::Archived(object) => Box::pin(ask.read_archived(object, ask.position(stream, after)?)).await,
            Way::Activities(kind) => Box::pin(ask.read_activities(kind, ask.position(stream, after)?)).await,
            Way::ArchivedActivities => ask.read_archived_activities(ask.position(stream, after)?).await,
            Way::Mail => ask.read_mail(ask.position(stream, after)?).await,
        }
    }
}

impl Ask<'_> {
    fn position<K: serde::Serialize + for<'de> serde::Deserialize<'de>>(
        &self,
        stream: Stream,
        text: Option<&str>,
    ) -> Result<Position<K>, SourceError> {
        let position = Position::read(stream.name, text, self.portal.clock.now());
        position.ok_or_else(|| self.refused(BAD_POSITION))
    }
}

/// A pass that is one batch.
fn whole(changes: Vec<Change>, position: Position<()>) -> ChangeBatch {
    let rows = changes.len() as u64;
    ChangeBatch { changes, position: position.through().text(), caught_up: true, rows, total: Some(rows) }
}
