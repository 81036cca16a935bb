//! Where a property's value comes from: a stored cell, the record itself, or its past.

use super::history::Version;
use super::objects::{Objects, Row};
use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::stamp::{self, Millis};

/// Where to look for a property.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) cell: Option<usize>,
    pub(crate) made: Option<Virtual>,
}

/// A property that needs no cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Virtual {
    Id,
    Created,
    Modified,
    /// When the record last entered a stage.
    Entered(String),
    /// When the record last left a stage.
    Exited(String),
    /// The ids merged into this record.
    MergedIds,
    /// The same with the instants, as contacts tell it.
    MergedVids,
    /// The contact's own id and all merged into it.
    AllVids,
    /// How many records of a kind are associated.
    Linked(Kind),
    /// The company under the primary label.
    PrimaryCompany,
    /// What a deal takes from its stage.
    IsClosed,
    IsWon,
    Probability,
}

impl Virtual {
    /// What a property name of a kind stands for, if it is not simply stored.
    pub(crate) fn of(kind: Kind, property: &str) -> Option<Virtual> {
        match property {
            "hs_object_id" => Some(Virtual::Id),
            "hs_merged_object_ids" => Some(Virtual::MergedIds),
            "hs_calculated_merged_vids" if kind == Kind::CONTACTS => Some(Virtual::MergedVids),
            "hs_all_contact_vids" if kind == Kind::CONTACTS => Some(Virtual::AllVids),
            "num_associated_contacts" => Some(Virtual::Linked(Kind::CONTACTS)),
            "num_associated_deals" => Some(Virtual::Linked(Kind::DEALS)),
            "associatedcompanyid" if kind == Kind::CONTACTS => Some(Virtual::PrimaryCompany),
            "hs_is_closed" if kind == Kind::DEALS => Some(Virtual::IsClosed),
            "hs_is_closed_won" if kind == Kind::DEALS => Some(Virtual::IsWon),
            "hs_deal_stage_probability" if kind == Kind::DEALS => Some(Virtual::Probability),
            _ if property == kind.created() => Some(Virtual::Created),
            _ if property == kind.modified() => Some(Virtual::Modified),
            _ => {
                if let Some(stage) = property.strip_prefix("hs_v2_date_entered_") {
                    return Some(Virtual::Entered(stage.into()));
                }
                if let Some(stage) = property.strip_prefix("hs_v2_date_exited_") {
                    return Some(Virtual::Exited(stage.into()));
                }
                let stage = property.strip_prefix("hs_lifecyclestage_")?.strip_suffix("_date")?;
                Some(Virtual::Entered(stage.into()))
            }
        }
    }

    /// The value, where neither the row nor a cell has it.
    pub(super) fn derive(&self, objects: &Objects, row: &Row) -> Option<String> {
        match self {
            // The row itself has the first three, and only the store knows associations.
            Virtual::Id
            | Virtual::Created
            | Virtual::Modified
            | Virtual::Linked(_)
            | Virtual::PrimaryCompany => None,
            Virtual::IsClosed => stage_fact(objects, row).map(|fact| fact.is_closed.to_string()),
            Virtual::IsWon => stage_fact(objects, row).map(|fact| fact.is_won().to_string()),
            Virtual::Probability => stage_fact(objects, row).map(|fact| fact.probability.clone()),
            Virtual::Entered(stage) => stays(objects, row, stage).last().map(|(start, _)| stamp::iso(*start)),
            Virtual::Exited(stage) => {
                stays(objects, row, stage).last().and_then(|(_, end)| end.map(stamp::iso))
            }
            Virtual::MergedIds => join(objects.absorbed(row.id).iter().map(|(id, _)| id.to_string())),
            Virtual::MergedVids => join(objects.absorbed(row.id).iter().map(|(id, at)| format!("{id}:{at}"))),
            Virtual::AllVids => {
                let absorbed = objects.absorbed(row.id).iter().map(|(id, _)| id.to_string());
                join(std::iter::once(row.id.to_string()).chain(absorbed))
            }
        }
    }
}

/// What a pipeline says about one of its stages.
#[derive(Clone, Debug)]
pub(crate) struct StageFact {
    /// As the vendor writes it, `0.2` or `1.0`.
    pub(crate) probability: String,
    pub(crate) is_closed: bool,
}

impl StageFact {
    fn is_won(&self) -> bool {
        self.is_closed && self.probability.parse() == Ok(1.0)
    }
}

fn stage_fact<'a>(objects: &'a Objects, row: &Row) -> Option<&'a StageFact> {
    let stage = objects.value(row, &objects.place(stage_property(objects.kind)?))?;
    objects.stages.get(&*stage)
}

/// The property that says in which stage a record of this kind is.
pub(crate) fn stage_property(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::CONTACTS | Kind::COMPANIES => Some("lifecyclestage"),
        Kind::DEALS => Some("dealstage"),
        Kind::TICKETS | Kind::LEADS => Some("hs_pipeline_stage"),
        _ => None,
    }
}

/// Each stay in a stage, oldest first, as entry and exit.
fn stays(objects: &Objects, row: &Row, stage: &str) -> Vec<(Millis, Option<Millis>)> {
    let Some(property) = stage_property(objects.kind) else { return Vec::new() };
    let mut versions: Vec<&Version> = objects.history.versions(row.id, property);
    versions.reverse();
    if versions.is_empty() {
        // No past is known, so the record has been in its stage since it exists.
        let now = objects.value(row, &objects.place(property));
        return now.filter(|now| now == stage).map(|_| (row.created, None)).into_iter().collect();
    }
    let mut stays: Vec<(Millis, Option<Millis>)> = Vec::new();
    let mut inside = false;
    for version in versions {
        let is_stage = &*version.value == stage;
        if is_stage && !inside {
            stays.push((version.at, None));
        } else if let Some(stay) = stays.last_mut().filter(|_| inside && !is_stage) {
            stay.1 = Some(version.at);
        }
        inside = is_stage;
    }
    stays
}

fn join(parts: impl Iterator<Item = String>) -> Option<String> {
    let joined = parts.collect::<Vec<_>>().join(";");
    (!joined.is_empty()).then_some(joined)
}
