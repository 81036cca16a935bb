//! What a view hides: absent from introspection and from the view's own SDL, and unusable.
//!
//! Every hidden place of the schema is listed once, in [`places`]; the `visible` attributes beside the fields name
//! the same functions, and a test compares what introspection shows with this list for every view.

use async_graphql::Context;

use crate::domain::view::{Aspect, Sight, View};

/// Whether a view shows a place.
pub type Shows = fn(&View) -> bool;

/// Every place a view may hide, with the question that decides it.
pub fn places() -> Vec<(&'static str, Shows)> {
    vec![
        ("Person.scores", shows_scores),
        ("PersonFilter.score", shows_scores),
        ("PersonOrderField.SCORE", shows_scores),
        ("TimelineEventKind.SCORE_CHANGE", shows_scores),
        ("Person.lifecycle", shows_changes),
        ("Person.funnelPasses", shows_changes),
        ("Person.asOf", shows_changes),
        ("PersonSnapshot.scores", shows_scores),
        ("Person.firstTouch", shows_marketing_entries),
        ("Query.identityReview", shows_provenance_others),
        ("LifecycleFilter.enteredAt", shows_changes),
        ("Person.provenance", shows_provenance),
        ("Account.provenance", shows_provenance),
        ("Person.conflicts", shows_provenance_others),
        ("PersonFilter.hasConflict", shows_provenance_others),
        ("FieldProvenance.others", shows_provenance_others),
        ("FieldProvenance.inConflict", shows_provenance_others),
        ("SalesActivity", shows_sales_activities),
        ("SalesActivity.body", shows_activity_body),
        ("TimelineConnection.nodes", shows_timeline_entries),
        ("TimelineConnection.edges", shows_timeline_entries),
        ("Opportunity.amount", shows_deal_figures),
        ("Opportunity.probability", shows_deal_figures),
        ("Opportunity.stage", shows_deal_figures),
        ("Opportunity.stageHistory", shows_deal_figures),
        ("Opportunity.stageAge", shows_deal_figures),
        ("Opportunity.lossReason", shows_deal_figures),
        ("OpportunityFilter.amount", shows_deal_figures),
        ("OpportunityFilter.stage", shows_deal_figures),
        ("OpportunityFilter.isStalled", shows_deal_figures),
        ("OpportunityOrderField.AMOUNT", shows_deal_figures),
        ("OpportunityOrderField.STAGE_AGE", shows_deal_figures),
        ("OpportunityEvent.amount", shows_deal_figures),
        ("OpportunityEvent.stageFrom", shows_deal_figures),
        ("OpportunityEvent.stageTo", shows_deal_figures),
        ("Campaign.spendLines", shows_spend_lines),
        ("MetricKind.PIPELINE_COVERAGE", shows_deal_figures),
        ("MetricKind.PIPELINE_VELOCITY", shows_deal_figures),
        ("MetricKind.PIPELINE_CREATED", shows_deal_figures),
        ("MetricKind.REVENUE_WON", shows_deal_figures),
        ("MetricKind.REVENUE_PER_LEAD_SOURCE", shows_deal_figures),
        ("MetricKind.COST_PER_CUSTOMER", shows_deal_figures),
        ("MetricKind.MARKETING_SOURCED_SHARE", shows_deal_figures),
        ("MetricKind.MARKETING_INFLUENCED_SHARE", shows_deal_figures),
        ("MetricKind.RETURN_ON_SPEND", shows_deal_figures),
        ("MetricKind.WEIGHTED_PIPELINE", shows_deal_figures),
        ("WinRateBasis.AMOUNT", shows_deal_figures),
        ("Opportunity.attribution", shows_deal_figures),
        ("CampaignResults.pipeline", shows_deal_figures),
        ("CampaignResults.revenue", shows_deal_figures),
        ("CampaignResults.returnOnSpend", shows_deal_figures),
        ("ReasonCount.amount", shows_deal_figures),
        ("Query.topReasons", shows_deal_figures),
        ("Query.review", shows_deal_figures),
        ("OpportunityTouchConnection.nodes", shows_marketing_entries),
        ("OpportunityTouchConnection.edges", shows_marketing_entries),
        ("AttributionCredit.touchpoint", shows_marketing_entries),
        ("MetricInput.owners", shows_rep_numbers),
        ("Dimension.OWNER", shows_rep_numbers),
    ]
}

fn shows(view: &View, aspect: Aspect) -> bool {
    view.sight(aspect) != Sight::Hidden
}

fn shows_scores(view: &View) -> bool {
    shows(view, Aspect::Scores)
}

fn shows_changes(view: &View) -> bool {
    shows(view, Aspect::Changes)
}

fn shows_provenance(view: &View) -> bool {
    shows(view, Aspect::Provenance)
}

fn shows_provenance_others(view: &View) -> bool {
    shows(view, Aspect::ProvenanceOthers)
}

fn shows_sales_activities(view: &View) -> bool {
    shows(view, Aspect::SalesActivities)
}

fn shows_activity_body(view: &View) -> bool {
    shows(view, Aspect::ActivityBody)
}

/// A view that sees only counts of both sides' entries has no use for the entries of a timeline.
fn shows_timeline_entries(view: &View) -> bool {
    shows(view, Aspect::MarketingEntries) || shows(view, Aspect::SalesEntries)
}

fn shows_deal_figures(view: &View) -> bool {
    shows(view, Aspect::DealFigures)
}

fn shows_marketing_entries(view: &View) -> bool {
    shows(view, Aspect::MarketingEntries)
}

fn shows_rep_numbers(view: &View) -> bool {
    shows(view, Aspect::RepNumbers)
}

fn shows_spend_lines(view: &View) -> bool {
    shows(view, Aspect::SpendLines)
}

/// The same questions, asked of the view of the running request. A schema printed without a view shows everything.
macro_rules! for_introspection {
    ($($name:ident: $question:ident),+ $(,)?) => {
        $(
            pub(super) fn $name(ctx: &Context<'_>) -> bool {
                ctx.data_opt::<View>().is_none_or($question)
            }
        )+
    };
}

for_introspection! {
    scores: shows_scores,
    changes: shows_changes,
    provenance: shows_provenance,
    provenance_others: shows_provenance_others,
    sales_activities: shows_sales_activities,
    activity_body: shows_activity_body,
    timeline_entries: shows_timeline_entries,
    deal_figures: shows_deal_figures,
    marketing_entries: shows_marketing_entries,
    rep_numbers: shows_rep_numbers,
    spend_lines: shows_spend_lines,
}
