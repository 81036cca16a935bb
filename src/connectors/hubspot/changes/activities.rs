//! Sellers' work: an activity is an object of its own and stands in the history of every record it hangs on.

use std::collections::{BTreeSet, HashMap};

use futures::future::try_join_all;

use crate::connectors::hubspot::asking::Ask;
use crate::connectors::hubspot::map::activities::ActivityKind;
use crate::connectors::hubspot::object::Object;
use crate::connectors::hubspot::wire::ObjectRecord;
use crate::source::changes::{Change, ChangeBatch};
use crate::source::error::SourceError;

use super::Position;
use super::sweep::{Behind, What};

/// Activities in one search. Their texts may be long, so fewer than a search could give.
const PAGE: usize = 100;
/// Searches in one batch: as many as fill the calls that read what activities hang on.
const PAGES: usize = 10;
/// The modification stamp of every activity.
pub(super) const MODIFIED: &str = "hs_lastmodifieddate";

impl Ask<'_> {
    /// The next activities of a kind, up to a thousand.
    pub(super) async fn read_activities(
        &self,
        kind: &ActivityKind,
        mut position: Position<Behind>,
    ) -> Result<ChangeBatch, SourceError> {
        let mut properties = kind.properties();
        properties.push(MODIFIED.to_owned());
        let what = What { plural: kind.plural, modified: MODIFIED, properties: &properties, limit: PAGE };
        let first = position.clone();
        let (mut activities, mut total, mut next) = (Vec::new(), None, None);
        for page in 0..PAGES {
            let found = self.sweep(&what, &position).await?;
            if page == 0 {
                total = found.total;
            }
            activities.extend(found.records);
            next = found.next;
            let Some(behind) = next.clone() else { break };
            position = position.behind(behind, 0);
        }
        let changes = self.tell_activities(kind, &activities).await?;
        Ok(first.batch(changes, activities.len() as u64, next, total))
    }

    async fn tell_activities(
        &self,
        kind: &ActivityKind,
        activities: &[ObjectRecord],
    ) -> Result<Vec<Change>, SourceError> {
        let ids: Vec<&str> = activities.iter().map(|record| record.id.as_str()).collect();
        let objects = [Object::Contact, Object::Company, Object::Deal];
        let objects =
            objects.into_iter().filter(|it| *it != Object::Deal || self.portal.options.opportunities);
        let links = objects.map(async |object| {
            let linked = self.associations(kind.plural, object.plural(), &ids).await?;
            Ok::<_, SourceError>((object, linked))
        });
        let links: Vec<(Object, HashMap<String, _>)> = try_join_all(links).await?;
        let reader = self.portal.reader();
        let mut told = Vec::new();
        for activity in activities {
            for (object, linked) in &links {
                let records = linked.get(&activity.id).into_iter().flatten();
                // One record may be linked in several ways.
                let records: BTreeSet<&str> = records.map(|to| to.to_object_id.as_str()).collect();
                for id in records {
                    let subject = reader.subject(*object, id);
                    let event = Box::new(reader.activity(&subject, kind, activity));
                    told.push(Change::Event { of: subject.key, event });
                }
            }
        }
        Ok(told)
    }
}
