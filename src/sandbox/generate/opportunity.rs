//! An opportunity: its stages over the weeks, the snapshots and changes they leave, and the deal that mirrors it.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Studio;
use super::layout::Sheet;
use super::person::{Person, between};
use super::sheet::{At, Day};

/// A stage of the sales CRM and its counterpart in the marketing platform.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) probability: i64,
    pub(super) forecast: &'static str,
    pub(super) in_deals: &'static str,
}

const fn stage(
    name: &'static str,
    probability: i64,
    forecast: &'static str,
    in_deals: &'static str,
) -> Stage {
    Stage { name, probability, forecast, in_deals }
}

/// The way to a signature; the last two are the ends.
pub(super) const STAGES: &[Stage] = &[
    stage("Prospecting", 10, "Pipeline", "appointmentscheduled"),
    stage("Qualification", 10, "Pipeline", "qualifiedtobuy"),
    stage("Needs Analysis", 20, "Pipeline", "qualifiedtobuy"),
    stage("Value Proposition", 50, "Pipeline", "presentationscheduled"),
    stage("Id. Decision Makers", 60, "Pipeline", "decisionmakerboughtin"),
    stage("Perception Analysis", 70, "BestCase", "decisionmakerboughtin"),
    stage("Proposal/Price Quote", 75, "BestCase", "contractsent"),
    stage("Negotiation/Review", 90, "Forecast", "contractsent"),
    stage("Closed Won", 100, "Closed", "closedwon"),
    stage("Closed Lost", 0, "Omitted", "closedlost"),
];

/// How the vendor shows a forecast category.
pub(super) fn forecast_name(category: &str) -> &'static str {
    match category {
        "BestCase" => "Best Case",
        "Forecast" => "Commit",
        "Closed" => "Closed",
        "Omitted" => "Omitted",
        _ => "Pipeline",
    }
}

/// One snapshot of an opportunity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) when: At,
    pub(super) stage: usize,
    pub(super) amount: i64,
    pub(super) close: Day,
}

/// An opportunity as it was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: Arc<str>,
    pub(super) name: String,
    /// At least the first; the last is the present.
    pub(super) steps: Vec<Step>,
    pub(super) lost_because: Option<&'static str>,
}

/// Writes an opportunity of a contact and account, created at an instant.
pub(super) fn write(
    studio: &mut Studio,
    person: &Person,
    (contact, account): (&Arc<str>, Option<&Arc<str>>),
    created: At,
    rng: &mut ChaCha8Rng,
) -> Written {
    let steps = steps(person, created, studio.setting.as_of, rng);
    let last = steps[steps.len() - 1];
    let name = match person.company {
        Some(company) => format!("{} – {}", studio.setting.companies[company].name, plan(last.amount)),
        None => format!("{} {} – {}", person.called, person.last, plan(last.amount)),
    };
    let reasons = ["Price", "No decision", "Competitor", "Timing"];
    let lost_because =
        (STAGES[last.stage].name == "Closed Lost").then(|| reasons[rng.random_range(0..reasons.len())]);
    let written = Written { id: studio.ids.salesforce("006"), name, steps, lost_because };
    row(studio, person, account, &written, rng);
    history(studio, person, &written);
    roles(studio, person, contact, &written, rng);
    if let (Some(company), "Closed Won") = (person.company, STAGES[last.stage].name) {
        studio.setting.companies[company].customer = true;
    }
    written
}

fn plan(amount: i64) -> &'static str {
    match amount {
        0..10_000 => "Starter",
        10_000..40_000 => "Team",
        _ => "Enterprise",
    }
}

fn steps(person: &Person, created: At, as_of: At, rng: &mut ChaCha8Rng) -> Vec<Step> {
    let closed = person.journey.closed.filter(|(when, _)| *when > created.plus(At::DAY));
    let until = closed.map_or(as_of.plus(-At::HOUR), |(when, _)| when);
    let close = created.plus(rng.random_range(30..100) * At::DAY).day();
    let amount = rng.random_range(6..240) * 500;
    let mut steps = vec![Step { when: created, stage: rng.random_range(0..2), amount, close }];
    let moves = rng.random_range(1..6);
    for n in 0..moves {
        let last = steps[steps.len() - 1];
        let from = created.0 + (until.0 - created.0) * n / (moves + 1);
        let to = created.0 + (until.0 - created.0) * (n + 1) / (moves + 1);
        let Some(when) = between(At(from).max(last.when.plus(At::MINUTE)), At(to), rng) else { break };
        let mut next =
            Step { when: when.second(), stage: (last.stage + rng.random_range(1..3)).min(7), ..last };
        if rng.random_bool(0.25) {
            next.amount = next.amount * rng.random_range(7..13) / 10;
        }
        if rng.random_bool(0.2) {
            next.close = Day(next.close.0 + rng.random_range(7..45));
        }
        if (next.stage, next.amount, next.close) != (last.stage, last.amount, last.close) {
            steps.push(next);
        }
    }
    let last = steps[steps.len() - 1];
    if let Some((when, won)) = closed {
        let when = when.max(last.when.plus(At::MINUTE)).second();
        let stage = if won { 8 } else { 9 };
        steps.push(Step { when, stage, close: when.day(), ..last });
    }
    steps
}

fn row(
    studio: &mut Studio,
    person: &Person,
    account: Option<&Arc<str>>,
    written: &Written,
    rng: &mut ChaCha8Rng,
) {
    let first = written.steps[0];
    let last = written.steps[written.steps.len() - 1];
    let stage = &STAGES[last.stage];
    let moved = written.steps.windows(2).rev().find(|pair| pair[0].stage != pair[1].stage);
    let owner = &studio.setting.colleagues[person.owner].user;
    let campaigns = &studio.setting.campaigns;
    let campaign = person.channel.inbound.then(|| &campaigns[rng.random_range(0..campaigns.len())]);
    studio
        .book
        .row(Sheet::Opportunity)
        .set("Id", &written.id)
        .set("Name", &*written.name)
        .set("AccountId", account)
        .set("StageName", stage.name)
        .set("Amount", last.amount)
        .set("Probability", stage.probability)
        .set("ExpectedRevenue", last.amount * stage.probability / 100)
        .set("CloseDate", last.close)
        .set("IsClosed", last.stage >= 8)
        .set("IsWon", last.stage == 8)
        .set("ForecastCategory", stage.forecast)
        .set("ForecastCategoryName", forecast_name(stage.forecast))
        .set("Type", "New Business")
        .set("LeadSource", person.channel.lead_source)
        .set("NextStep", (last.stage < 8).then_some("Agree on the next meeting"))
        .set("CampaignId", campaign.map(|campaign| &campaign.id))
        .set("OwnerId", owner)
        .set("Loss_Reason__c", written.lost_because)
        .set("LastStageChangeDate", moved.map(|pair| pair[1].when))
        .set("IsDeleted", false)
        .set("CreatedById", owner)
        .set("CreatedDate", first.when)
        .set("LastModifiedById", owner)
        .set("LastModifiedDate", last.when)
        .set("SystemModstamp", last.when)
        .put();
}

fn history(studio: &mut Studio, person: &Person, written: &Written) {
    let owner = &studio.setting.colleagues[person.owner].user;
    for step in &written.steps {
        let stage = &STAGES[step.stage];
        studio
            .book
            .row(Sheet::OpportunityHistory)
            .set("Id", studio.ids.salesforce("008"))
            .set("OpportunityId", &written.id)
            .set("StageName", stage.name)
            .set("Amount", step.amount)
            .set("ExpectedRevenue", step.amount * stage.probability / 100)
            .set("CloseDate", step.close)
            .set("Probability", stage.probability)
            .set("ForecastCategory", stage.forecast)
            .set("CreatedById", owner)
            .set("CreatedDate", step.when)
            .set("SystemModstamp", step.when)
            .set("IsDeleted", false)
            .put();
    }
    let mut change = |field: &'static str, old: &str, new: &str, when: At| {
        if old == new && field != "created" {
            return;
        }
        studio
            .book
            .row(Sheet::OpportunityFieldHistory)
            .set("Id", studio.ids.salesforce("017"))
            .set("OpportunityId", &written.id)
            .set("Field", field)
            .set("OldValue", old)
            .set("NewValue", new)
            .set("CreatedById", owner)
            .set("CreatedDate", when)
            .set("IsDeleted", false)
            .put();
    };
    change("created", "", "", written.steps[0].when);
    for pair in written.steps.windows(2) {
        let (old, new) = (pair[0], pair[1]);
        change("StageName", STAGES[old.stage].name, STAGES[new.stage].name, new.when);
        change("Amount", &old.amount.to_string(), &new.amount.to_string(), new.when);
    }
}

fn roles(studio: &mut Studio, person: &Person, contact: &Arc<str>, written: &Written, rng: &mut ChaCha8Rng) {
    let colleague = person
        .company
        .and_then(|company| studio.setting.companies[company].contact.clone())
        .filter(|_| rng.random_bool(0.6));
    let when = written.steps[0].when;
    let owner = &studio.setting.colleagues[person.owner].user;
    let mut role = |contact: &Arc<str>, role: &'static str, primary: bool| {
        studio
            .book
            .row(Sheet::OpportunityContactRole)
            .set("Id", studio.ids.salesforce("00K"))
            .set("OpportunityId", &written.id)
            .set("ContactId", contact)
            .set("Role", role)
            .set("IsPrimary", primary)
            .set("IsDeleted", false)
            .set("CreatedById", owner)
            .set("CreatedDate", when)
            .set("LastModifiedById", owner)
            .set("LastModifiedDate", when)
            .set("SystemModstamp", when)
            .put();
    };
    role(contact, "Decision Maker", true);
    if let Some(colleague) = colleague {
        role(&colleague, "Influencer", false);
    }
}
