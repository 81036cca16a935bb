//! OPPORTUNITY_STAGES: one row for each time an opportunity spent in a stage with the same figures.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::domain::fact::Ix;
use crate::domain::opportunity::StageCategory;
use crate::facts::{FactsError, Table};

use super::super::cell::Kind;
use super::super::column::Column;
use super::super::reading::Reading;
use super::opportunities::category;
use super::{Spot, Stamp, Tabled, observed_at, policy_version, sequence, source};

/// One time in one stage.
pub(in super::super) struct StageRow {
    part: String,
    opportunity: Arc<str>,
    stage: Arc<str>,
    category: StageCategory,
    entered_at: DateTime<Utc>,
    exited_at: Option<DateTime<Utc>>,
    amount: Option<(Decimal, Arc<str>)>,
    probability: Option<Decimal>,
    close_date: Option<NaiveDate>,
    is_entry: bool,
    stamp: Stamp,
}

static COLUMNS: [Column<StageRow>; 15] = [
    Column::new("id", Kind::Text, "The opportunity's id and the number of the row.", |it: &StageRow| {
        Arc::<str>::from(format!("{}:{}", it.opportunity, it.part)).into()
    }),
    Column::new("opportunity_id", Kind::Text, "Whose.", |it: &StageRow| (&it.opportunity).into()),
    Column::new("stage_key", Kind::Text, "The vendor's key of the stage.", |it: &StageRow| {
        (&it.stage).into()
    }),
    Column::new("stage_category", Kind::Text, "OPEN, WON, LOST, or OMITTED.", |it: &StageRow| {
        category(it.category).into()
    }),
    Column::new("entered_at", Kind::Instant, "From when on.", |it: &StageRow| it.entered_at.into()),
    Column::new("exited_at", Kind::Instant, "Until when; null while it lasts.", |it: &StageRow| {
        it.exited_at.into()
    })
    .or_null(),
    Column::new("amount_amount", Kind::Decimal, "The amount in that time.", |it: &StageRow| {
        it.amount.as_ref().map(|(amount, _)| *amount).into()
    })
    .or_null(),
    Column::new("amount_currency", Kind::Text, "Its currency, ISO 4217.", |it: &StageRow| {
        it.amount.as_ref().map(|(_, currency)| currency.clone()).into()
    })
    .or_null(),
    Column::new("probability", Kind::Decimal, "How likely it was to be won, 0 to 1.", |it: &StageRow| {
        it.probability.into()
    })
    .or_null(),
    Column::new("close_date", Kind::Day, "The day it was expected to close.", |it: &StageRow| {
        it.close_date.into()
    })
    .or_null(),
    Column::new(
        "is_entry",
        Kind::Boolean,
        "The stage was entered here, rather than a figure changed within it.",
        |it: &StageRow| it.is_entry.into(),
    ),
    source(),
    observed_at(),
    sequence(),
    policy_version(),
];

impl Tabled for StageRow {
    const TABLES: &'static [Table] = &[Table::Opportunities];

    fn columns() -> &'static [Column<Self>] {
        &COLUMNS
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    fn part(&self) -> &str {
        &self.part
    }

    /// The facts have all there is to say.
    async fn read(reading: &Reading, spots: &[Spot]) -> Result<Vec<Self>, FactsError> {
        let facts = reading.set();
        let mut rows = Vec::new();
        for spot in spots {
            let place = spot.place as usize;
            let fact = &facts.opportunities[place];
            let Some(opportunity) = reading.opportunity_id(Some(Ix::new(place))) else { continue };
            for (nth, stage) in facts.stages_of(fact).iter().enumerate() {
                let amount = stage.amount.map(|amount| {
                    let currency = &facts.currencies[amount.currency.place()];
                    (currency.decimal(amount.minor), currency.code.clone())
                });
                rows.push(Self {
                    part: nth.to_string(),
                    opportunity: opportunity.clone(),
                    stage: facts.texts.text(stage.stage).clone(),
                    category: stage.category,
                    entered_at: stage.entered_at,
                    exited_at: stage.exited_at,
                    amount,
                    probability: stage.probability.map(|share| Decimal::new(i64::from(share), 4)),
                    close_date: stage.close_date,
                    is_entry: stage.is_entry,
                    stamp: Stamp::of(reading, *spot, stage.entered_at),
                });
            }
        }
        Ok(rows)
    }
}
