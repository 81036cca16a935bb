//! Pipelines of deals. Whether a stage is open, won or lost is in its metadata, as texts.

use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::domain::id::SourceName;
use crate::domain::opportunity::{Pipeline, Stage, StageCategory};
use crate::source::ask::{self, PipelineLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;

use super::asking::Ask;
use super::map::value;
use super::portal::Portal;
use super::wire::ListAnswer;
use super::wire::account::{PipelineDefinition, StageDefinition};

/// The pipelines of one account.
pub(super) struct Pipelines(pub(super) Arc<Portal>);

#[async_trait]
impl ask::Ask<PipelineLookup> for Pipelines {
    fn batch_size(&self) -> usize {
        1
    }

    async fn ask(
        &self,
        lookups: &[PipelineLookup],
        (): &(),
        reading: &Reading,
    ) -> Result<Vec<(PipelineLookup, Vec<Arc<Pipeline>>)>, SourceError> {
        let pipelines = self.0.ask("reading pipelines", reading).pipelines().await?;
        Ok(lookups.iter().map(|lookup| (*lookup, pipelines.to_vec())).collect())
    }
}

impl Ask<'_> {
    /// The pipelines of deals, read anew every few minutes.
    pub(super) async fn pipelines(&self) -> Result<Arc<Vec<Arc<Pipeline>>>, SourceError> {
        let read = async {
            let path = "/crm/v3/pipelines/deals".to_owned();
            let answer: ListAnswer<PipelineDefinition> = self.get("pipelines.list", path, &[]).await?;
            let mut definitions = answer.results;
            definitions.sort_by_key(|definition| definition.display_order);
            let source = &self.portal.info.name;
            Ok(definitions.into_iter().map(|definition| Arc::new(pipeline(source, definition))).collect())
        };
        self.portal.pipelines.get(read).await
    }

    /// The account's own time zone.
    pub(super) async fn zone(&self) -> Result<Tz, SourceError> {
        let name = self.details().await?.time_zone.as_deref();
        Ok(name.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC))
    }
}

/// The stage of this key, preferably in this pipeline.
pub(super) fn stage<'a>(
    pipelines: &'a [Arc<Pipeline>],
    pipeline: Option<&str>,
    key: &str,
) -> Option<&'a Stage> {
    let in_any = |of: &dyn Fn(&Pipeline) -> bool| {
        let stages = pipelines.iter().filter(|pipeline| of(pipeline)).flat_map(|pipeline| &pipeline.stages);
        stages.into_iter().find(|stage| &*stage.key == key)
    };
    in_any(&|candidate| Some(&*candidate.key) == pipeline).or_else(|| in_any(&|_| true))
}

fn pipeline(source: &SourceName, definition: PipelineDefinition) -> Pipeline {
    let mut stages = definition.stages;
    stages.sort_by_key(|stage| stage.display_order);
    Pipeline {
        key: Arc::from(definition.id),
        label: Arc::from(definition.label),
        source: source.clone(),
        stages: stages
            .into_iter()
            .zip(0..)
            .map(|(definition, position)| stage_at(position, definition))
            .collect(),
    }
}

fn stage_at(position: i32, definition: StageDefinition) -> Stage {
    // Documented as texts; a JSON number or boolean says the same.
    let metadata = |name: &str| {
        definition
            .metadata
            .get(name)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let probability = metadata("probability").and_then(|text| value::number(&text));
    let closed = match metadata("isClosed").as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => probability.is_some_and(|value| value == Decimal::ONE || value == Decimal::ZERO),
    };
    let category = match (closed, probability) {
        (false, _) => StageCategory::Open,
        (true, Some(value)) if value == Decimal::ONE => StageCategory::Won,
        (true, _) => StageCategory::Lost,
    };
    Stage {
        key: Arc::from(definition.id),
        label: Arc::from(definition.label),
        position,
        category,
        probability,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_tells_open_won_and_lost_apart() {
        let answer: ListAnswer<PipelineDefinition> =
            serde_json::from_str(include_str!("fixtures/pipelines.json")).expect("the fixture is read");
        let read = pipeline(&SourceName::new("marketing"), answer.results.into_iter().next().expect("one"));
        let seen: Vec<(&str, i32, StageCategory)> =
            read.stages.iter().map(|stage| (&*stage.key, stage.position, stage.category)).collect();
        assert_eq!(
            seen,
            [
                ("appointmentscheduled", 0, StageCategory::Open),
                ("contractsent", 1, StageCategory::Open),
                ("closedwon", 2, StageCategory::Won),
                ("closedlost", 3, StageCategory::Lost)
            ]
        );
        assert_eq!(read.stages[0].probability, "0.2".parse().ok());
    }
}
