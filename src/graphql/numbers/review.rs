//! What sales and marketing look at together, and why opportunities are lost.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

use crate::domain::fact::{Ix, OpportunityFact};
use crate::domain::id::RecordKey;
use crate::metrics::MetricKind;
use crate::metrics::question::Question as Asked;
use crate::metrics::reasons::{ReasonCount as Counted, top_reasons};
use crate::metrics::review::{Cadence as How, Review as Made, review as made};
use crate::metrics::scene::Scene;

use super::super::code::Code;
use super::super::object::money::Money;
use super::super::object::opportunity::{OpportunityConnection, OpportunityEdge};
use super::super::paging::{Question, Window, slice};
use super::super::select;
use super::super::visible;
use super::contributor::read_opportunities;
use super::input::PeriodInput;
use super::metric::{Metric, Period};
use super::slice::shown;
use super::{Table, sees_amounts, table};

/// How often sales and marketing meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "How")]
pub enum Cadence {
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Every year.
    Annual,
}

/// What is on the table when sales and marketing meet.
#[derive(Clone)]
pub struct Review(Arc<Held>);

struct Held {
    table: Table,
    question: Asked,
    cadence: How,
    made: Made,
}

/// What is on the table for a period.
pub(in super::super) async fn review(
    ctx: &Context<'_>,
    cadence: Cadence,
    period: PeriodInput,
) -> Result<Review> {
    let table = table(ctx)?;
    // Every cadence has numbers made of amounts.
    sees_amounts(&table.view, "what opportunities are worth")?;
    let cadence = How::from(cadence);
    let question = table.plain(MetricKind::RevenueWon, period.days()?);
    let asked = question.clone();
    let counting = move |table: &Table| {
        made(table.snapshot.facts(), &table.visible.sight, &table.inputs, &asked, cadence)
    };
    let made = table.count(counting).await?;
    Ok(Review(Arc::new(Held { table, question, cadence, made })))
}

#[Object]
impl Review {
    /// The days it is about.
    async fn period(&self) -> Period {
        self.0.question.period.into()
    }

    /// How often this is looked at.
    async fn cadence(&self) -> Cadence {
        self.0.cadence.into()
    }

    /// The numbers on the table.
    async fn metrics(&self) -> Vec<Metric> {
        let held = &self.0;
        let number = |answer: &crate::metrics::answer::Answer| {
            let question = Asked { kind: answer.kind, ..held.question.clone() };
            held.table.shown(question, answer.clone())
        };
        held.made.metrics.iter().map(number).collect()
    }

    /// Why opportunities were lost in the period, the most frequent reason first.
    async fn top_loss_reasons(&self) -> Vec<ReasonCount> {
        let held = &self.0;
        held.made.loss_reasons.iter().filter_map(|counted| reason(&held.table, counted)).collect()
    }

    /// Open opportunities that have been in their stage for longer than three of four won ones were.
    async fn stalled(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: i32,
        after: Option<String>,
    ) -> Option<Result<OpportunityConnection>> {
        Some(self.0.page(ctx, "review.stalled", &self.0.made.stalled, first, after).await)
    }

    /// Opportunities won in the period.
    async fn wins(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: i32,
        after: Option<String>,
    ) -> Option<Result<OpportunityConnection>> {
        Some(self.0.page(ctx, "review.wins", &self.0.made.wins, first, after).await)
    }
}

impl Held {
    async fn page(
        &self,
        ctx: &Context<'_>,
        name: &str,
        rows: &[Ix<OpportunityFact>],
        first: i32,
        after: Option<String>,
    ) -> Result<OpportunityConnection> {
        let facts = self.table.snapshot.facts();
        let keys: Vec<RecordKey> =
            rows.iter().map(|row| facts.opportunity_keys[row.place()].clone()).collect();
        let question = Question::new(name, &self.question.period);
        let window = Window { first: Some(first), after, ..Window::default() };
        let page = slice(keys, &window, 20, &question, ToString::to_string)?;
        let keys: Vec<RecordKey> = page.entries.iter().map(|(_, key)| key.clone()).collect();
        let mut found = read_opportunities(ctx, &keys, &select::entries(ctx.look_ahead())).await?;
        let entries =
            page.entries.into_iter().filter_map(|(cursor, key)| Some((cursor, found.remove(&key)?)));
        let (edges, nodes) = OpportunityEdge::pair(entries.collect());
        Ok(OpportunityConnection {
            edges,
            nodes,
            page_info: page.info,
            total_count: Some(shown(page.total as u64)),
            gaps: Vec::new(),
        })
    }
}

/// Why opportunities are lost, and what that cost.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReasonCount {
    /// The reason; OTHER for a vendor's reason that is none of these, and where nobody gave one.
    reason: FeedbackReason,
    /// The vendor's words; null where nobody gave a reason.
    label: Option<String>,
    /// How many opportunities were lost for it in the period.
    count: i32,
    /// What they were worth; null where an amount has no rate.
    #[graphql(visible = "visible::deal_figures")]
    amount: Option<Money>,
    /// Some of them.
    examples: Vec<ID>,
}

/// A reason as the table's view sees it; none for one too few opportunities were lost for.
fn reason(table: &Table, counted: &Counted) -> Option<ReasonCount> {
    if counted.count < u64::from(table.view.suppress_below()) {
        return None;
    }
    let label = counted.reason.map(|text| table.snapshot.facts().texts.text(text).to_string());
    let examples = counted.opportunities.iter().take(5).map(|one| table.opportunity_id(*one).into());
    Some(ReasonCount {
        reason: label.as_deref().map_or(FeedbackReason::Other, FeedbackReason::of),
        label,
        count: shown(counted.count),
        amount: counted.amount.map(|units| Money::of_units(units, table.home.clone())),
        examples: examples.collect(),
    })
}

/// Why opportunities were lost in a period.
pub(in super::super) async fn reasons(
    ctx: &Context<'_>,
    period: PeriodInput,
    limit: i32,
) -> Result<Vec<ReasonCount>> {
    let table = table(ctx)?;
    sees_amounts(&table.view, "why opportunities were lost")?;
    let most = usize::try_from(limit).ok().filter(|most| *most <= 100);
    let most = most.ok_or_else(|| Code::BadInput.error("limit must lie between 0 and 100."))?;
    let question = table.plain(MetricKind::RevenueWon, period.days()?);
    let counting = move |table: &Table| {
        top_reasons(&Scene::new(table.snapshot.facts(), &table.visible.sight, &table.inputs, &question))
    };
    let counted = table.count(counting).await?;
    Ok(counted.iter().filter_map(|counted| reason(&table, counted)).take(most).collect())
}

/// Why somebody was turned down, or an opportunity lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[expect(missing_docs, reason = "each name is the field's own term and says all there is")]
pub enum FeedbackReason {
    WrongCompanySize,
    WrongIndustry,
    WrongRole,
    WrongRegion,
    ExistingCustomer,
    Competitor,
    StudentOrResearcher,
    Duplicate,
    BadData,
    NoBudget,
    NoAuthority,
    NoNeed,
    NoTimeline,
    Unreachable,
    Price,
    MissingFeature,
    LostToCompetitor,
    NoDecision,
    BadTiming,
    Other,
}

impl FeedbackReason {
    /// The reason a vendor's words name: the same words, however they are written.
    fn of(words: &str) -> Self {
        use async_graphql::resolver_utils::EnumType;
        let name: String = words
            .trim()
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
            .collect();
        let found = Self::items().iter().find(|item| item.name == name);
        found.map_or(Self::Other, |item| item.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_words_are_the_reason_of_the_same_words() {
        assert_eq!(FeedbackReason::of("PRICE"), FeedbackReason::Price);
        assert_eq!(FeedbackReason::of("No decision"), FeedbackReason::NoDecision);
        assert_eq!(FeedbackReason::of("Lost to Competitor"), FeedbackReason::LostToCompetitor);
        assert_eq!(FeedbackReason::of("Gut feeling"), FeedbackReason::Other);
    }
}
