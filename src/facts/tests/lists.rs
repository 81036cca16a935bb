//! Lists over a small world, under views.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::domain::id::RecordKey;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::opportunity::{BuyingRole, OpportunityContactRole, StageCategory, StageSnapshot};
use crate::domain::view::{Claims, Extent, Pii, Policy, Rows, Sight, View};
use crate::facts::lists::{
    AccountFilter, AccountOrder, AccountsAsk, By, CampaignsAsk, InstantFilter, LifecycleFilter, ListRefusal,
    OpportunitiesAsk, OpportunityFilter, OpportunityOrder, PageOfIds, PeopleAsk, PersonFilter, PersonOrder,
    StringFilter, Take,
};
use crate::facts::snapshot::Snapshot;
use crate::ledger::entry::CapturedRecord;
use crate::unify::samples::{self, at, key, person};

use super::world::{Step, World, campaign, form, membership, now, small, user};

/// A view that sees everything but what the change takes away.
fn view(change: impl FnOnce(&mut Policy), claims: Claims) -> View {
    let mut policy = View::system().policy().clone();
    change(&mut policy);
    View::grant(Arc::new(policy), Arc::default(), None, claims)
}

fn everything() -> View {
    View::system()
}

fn ids(page: &PageOfIds) -> Vec<String> {
    page.entries.iter().map(|entry| entry.key.to_string()).collect()
}

fn people(snapshot: &Snapshot, filter: PersonFilter) -> Vec<String> {
    let ask = PeopleAsk { filter: Some(filter), ..PeopleAsk::default() };
    ids(&snapshot.people(&everything(), &ask).expect("a page"))
}

#[expect(clippy::unnecessary_wraps, reason = "a condition is optional where it is put")]
fn is(text: &str) -> Option<StringFilter> {
    Some(StringFilter { eq: Some(text.into()), ..StringFilter::default() })
}

const ANN: &str = "sales:Lead:L1";
const BOB: &str = "marketing:contact:7";

#[test]
fn people_are_found_by_what_all_of_their_records_together_say() {
    let snapshot = small().snapshot();
    assert_eq!(people(&snapshot, PersonFilter::default()), [ANN, BOB], "the oldest first");
    let both = PersonFilter {
        or: Some(vec![
            PersonFilter { email: is("ANN@acme.example"), ..PersonFilter::default() },
            PersonFilter { missing_from: Some("sales".into()), ..PersonFilter::default() },
        ]),
        ..PersonFilter::default()
    };
    assert_eq!(people(&snapshot, both.clone()), [ANN, BOB]);
    let neither = PersonFilter { not: Some(Box::new(both.clone())), ..PersonFilter::default() };
    assert!(people(&snapshot, neither).is_empty());
    let one = PersonFilter {
        and: vec![both, PersonFilter { domain: is("acme.example"), ..PersonFilter::default() }],
        lifecycle: Some(LifecycleFilter { eq: Some(LifecycleStage::Sql), ..LifecycleFilter::default() }),
        ..PersonFilter::default()
    };
    assert_eq!(people(&snapshot, one), [ANN]);
    let nobody = PersonFilter { or: Some(Vec::new()), ..PersonFilter::default() };
    assert!(people(&snapshot, nobody).is_empty(), "any of none is none");
    let at_account =
        PersonFilter { accounts: Some(vec![key("sales:Account:A1")]), ..PersonFilter::default() };
    assert_eq!(
        people(&snapshot, at_account),
        [ANN, BOB],
        "named by a contact, and by the domain of an address"
    );
    let entered = |day: &str| PersonFilter {
        lifecycle: Some(LifecycleFilter {
            eq: Some(LifecycleStage::Mql),
            entered_at: Some(InstantFilter { gte: Some(at(day)), ..InstantFilter::default() }),
            ..LifecycleFilter::default()
        }),
        ..PersonFilter::default()
    };
    assert_eq!(
        people(&snapshot, entered("2025-01-10")),
        [ANN],
        "they have moved on since, but entered it then"
    );
    assert!(people(&snapshot, entered("2025-01-11")).is_empty());
}

#[test]
fn a_filter_or_an_order_by_what_is_not_fully_seen_is_refused() {
    let snapshot = small().snapshot();
    let masked = view(|policy| policy.pii = Pii::Masked, Claims::default());
    let ask = |filter: PersonFilter| PeopleAsk { filter: Some(filter), ..PeopleAsk::default() };
    for (filter, what) in [
        (PersonFilter { name: is("Ann"), ..PersonFilter::default() }, "names"),
        (PersonFilter { email: is("a@b.example"), ..PersonFilter::default() }, "e-mail addresses"),
        (PersonFilter { domain: is("b.example"), ..PersonFilter::default() }, "domains"),
    ] {
        let nested = PersonFilter { not: Some(Box::new(filter.clone())), ..PersonFilter::default() };
        assert_eq!(snapshot.people(&masked, &ask(filter)), Err(ListRefusal::FilterDenied(what)));
        assert_eq!(
            snapshot.people(&masked, &ask(nested)),
            Err(ListRefusal::FilterDenied(what)),
            "however deep"
        );
    }
    let unscored = view(|policy| policy.scores = Sight::Hidden, Claims::default());
    let order = vec![By { field: PersonOrder::Score, descending: true }];
    let by_score = PeopleAsk { order, ..PeopleAsk::default() };
    assert_eq!(snapshot.people(&unscored, &by_score), Err(ListRefusal::FilterDenied("scores")));
    let no_figures = view(|policy| policy.deal_figures = Sight::Hidden, Claims::default());
    let open = OpportunityFilter { category: Some(StageCategory::Open), ..OpportunityFilter::default() };
    let open = OpportunitiesAsk { filter: Some(open), ..OpportunitiesAsk::default() };
    assert_eq!(snapshot.opportunities(&no_figures, &open), Err(ListRefusal::FilterDenied("stages")));
    let plain = view(|policy| policy.provenance = Extent::Hidden, Claims::default());
    let conflicts = PersonFilter { has_conflict: Some(true), ..PersonFilter::default() };
    assert_eq!(snapshot.people(&plain, &ask(conflicts)), Err(ListRefusal::FilterDenied("conflicts")));
}

#[test]
fn only_rows_the_view_sees_are_listed_counted_and_filtered_by() {
    let mut world = small();
    world.take(Step::Record(user("sales:User:U1", Some("u@own.example"))), None);
    let owned =
        person("sales:Lead:L4").created("2025-01-03").with(|it| it.owner = Some(key("sales:User:U1")));
    world.take(Step::Record(CapturedRecord::Person(owned.record())), None);
    let snapshot = world.snapshot();
    let claims = Claims { email: Some("u@own.example".into()), ..Claims::default() };
    let own = view(|policy| (policy.people, policy.accounts) = (Rows::Own, Rows::None), claims);
    let page = snapshot.people(&own, &PeopleAsk::default()).expect("a page");
    assert_eq!((ids(&page), page.total), (vec!["sales:Lead:L4".to_owned()], 1));
    assert_eq!(snapshot.visible(&own).sight.people.count(), 1);
    assert!(Arc::ptr_eq(&snapshot.visible(&own), &snapshot.visible(&own)), "remembered");
    let account = PersonFilter { accounts: Some(vec![key("sales:Account:A1")]), ..PersonFilter::default() };
    let blind = view(|policy| policy.accounts = Rows::None, Claims::default());
    let page = snapshot.people(&blind, &PeopleAsk { filter: Some(account), ..PeopleAsk::default() });
    assert_eq!(page.expect("a page").total, 0, "an account that is not seen is one that is not there");
    assert_eq!(snapshot.accounts(&blind, &AccountsAsk::default()).expect("a page").total, 0);
}

#[test]
fn an_agency_sees_the_members_of_its_campaigns() {
    let mut world = small();
    for name in ["sales:Campaign:K1", "sales:Campaign:K2"] {
        world.take(Step::Record(campaign(name, "Fair")), None);
    }
    world.take(Step::Record(membership("sales:Campaign:K1", "sales:Contact:C1")), None);
    let snapshot = world.snapshot();
    let claims = Claims { campaigns: Some(BTreeSet::from(["sales:K1".into()])), ..Claims::default() };
    let agency = view(
        |policy| (policy.people, policy.campaigns) = (Rows::GrantedCampaigns, Rows::GrantedCampaigns),
        claims,
    );
    assert_eq!(ids(&snapshot.people(&agency, &PeopleAsk::default()).expect("a page")), [ANN]);
    let campaigns = snapshot.campaigns(&agency, &CampaignsAsk::default()).expect("a page");
    assert_eq!(ids(&campaigns), ["sales:Campaign:K1"]);
    assert_eq!(snapshot.campaigns(&everything(), &CampaignsAsk::default()).expect("a page").total, 2);
    let members = PersonFilter { campaigns: Some(vec![key("sales:Campaign:K1")]), ..PersonFilter::default() };
    assert_eq!(people(&snapshot, members), [ANN]);
}

#[test]
fn pages_go_both_ways_and_their_cursors_belong_to_their_question() {
    let mut world = World::default();
    for nth in 1..=9 {
        let record = person(&format!("sales:Lead:L{nth}")).created(&format!("2025-01-{:02}", 1 + nth % 3));
        world.take(Step::Record(CapturedRecord::Person(record.record())), None);
    }
    let snapshot = world.snapshot();
    let order = vec![By { field: PersonOrder::CreatedAt, descending: true }];
    let ask = PeopleAsk { order, take: Take::First(4), ..PeopleAsk::default() };
    let first = snapshot.people(&everything(), &ask).expect("a page");
    assert_eq!(ids(&first), ["sales:Lead:L2", "sales:Lead:L5", "sales:Lead:L8", "sales:Lead:L1"]);
    assert_eq!((first.total, first.has_next, first.has_previous), (9, true, false));
    let after = first.entries.last().map(|entry| entry.cursor.clone());
    let second =
        snapshot.people(&everything(), &PeopleAsk { after: after.clone(), ..ask.clone() }).expect("a page");
    assert_eq!(ids(&second), ["sales:Lead:L4", "sales:Lead:L7", "sales:Lead:L3", "sales:Lead:L6"]);
    let before = second.entries.first().map(|entry| entry.cursor.clone());
    let back = PeopleAsk { before, take: Take::Last(2), ..ask.clone() };
    let back = snapshot.people(&everything(), &back).expect("a page");
    assert_eq!(ids(&back), ["sales:Lead:L8", "sales:Lead:L1"]);
    let other = PeopleAsk { after, ..PeopleAsk::default() };
    assert_eq!(snapshot.people(&everything(), &other), Err(ListRefusal::ForeignCursor("after")));
    let forged = PeopleAsk { after: Some("nonsense".into()), ..PeopleAsk::default() };
    assert_eq!(snapshot.people(&everything(), &forged), Err(ListRefusal::BadCursor("after")));
}

/// Twelve won opportunities that spent 1 to 12 days in talks, and one that is still there.
fn stalled(days: i64) -> Snapshot {
    let mut world = World::default();
    let mut take = |name: String, began: i64, lasted: Option<i64>| {
        let mut record = samples::opportunity(&format!("sales:Opportunity:{name}"), None);
        let begin = now() - TimeDelta::days(began);
        let mark = |stage: &str, at| StageSnapshot {
            stage: stage.into(),
            at,
            amount: None,
            probability: None,
            by: None,
        };
        record.meta.created_at = begin;
        record.stage_history = vec![mark("Talks", begin)];
        record.stage = Some("Talks".into());
        if let Some(lasted) = lasted {
            record.stage_history.push(mark("Won", begin + TimeDelta::days(lasted)));
            record.stage = Some("Won".into());
            record.category = StageCategory::Won;
            record.close_date = Some((begin + TimeDelta::days(lasted)).date_naive());
        }
        world.take(Step::Record(CapturedRecord::Opportunity(Arc::new(record))), None);
    };
    for nth in 1..=12 {
        take(format!("W{nth:02}"), 100, Some(nth));
    }
    take("O1".to_owned(), days, None);
    world.snapshot()
}

#[test]
fn an_opportunity_stalls_past_the_upper_quartile_of_those_that_were_won() {
    let is_stalled = |days| {
        let snapshot = stalled(days);
        snapshot.is_stalled(&everything(), &key("sales:Opportunity:O1"))
    };
    assert_eq!(is_stalled(9), Some(false), "the quartile is 9.25 days");
    assert_eq!(is_stalled(10), Some(true));
    let snapshot = stalled(10);
    assert_eq!(snapshot.is_stalled(&everything(), &key("sales:Opportunity:W01")), None, "it is not open");
    let filter = OpportunityFilter { is_stalled: Some(true), ..OpportunityFilter::default() };
    let order = vec![By { field: OpportunityOrder::StageAge, descending: true }];
    let ask = OpportunitiesAsk { filter: Some(filter), order, ..OpportunitiesAsk::default() };
    assert_eq!(ids(&snapshot.opportunities(&everything(), &ask).expect("a page")), ["sales:Opportunity:O1"]);
    let few = small().snapshot();
    assert_eq!(few.is_stalled(&everything(), &key("sales:Opportunity:O1")), None, "nobody can tell");
}

#[test]
fn an_account_is_engaged_by_what_its_people_did_lately() {
    let mut world = small();
    world.take(Step::Event(form("sales:Lead:L1", "2025-03-30").into()), None);
    let mut deal = samples::opportunity("sales:Opportunity:O1", None);
    deal.account = Some(key("sales:Account:A1"));
    let role = Some(BuyingRole::Champion);
    deal.contacts = vec![OpportunityContactRole { person: key("sales:Contact:C1"), role, is_primary: true }];
    world.take(Step::Record(CapturedRecord::Opportunity(Arc::new(deal))), None);
    let other = samples::account("sales:Account:A2", &["idle.example"], None);
    world.take(Step::Record(CapturedRecord::Account(Arc::new(other))), None);
    let snapshot = world.snapshot();
    let account: RecordKey = key("sales:Account:A1");
    let engagement = snapshot.engagement(&everything(), &account, None).expect("it is seen");
    assert_eq!((engagement.people, engagement.touches), (2, 2));
    assert_eq!(
        engagement.score.to_string(),
        "1.25",
        "one of this month, one of January that counts a quarter"
    );
    assert_eq!(engagement.last_touch_at, Some(at("2025-03-30")));
    assert_eq!(engagement.roles_covered, [BuyingRole::Champion]);
    assert_eq!(engagement.roles_missing.len(), 4);
    let march = Some((at("2025-03-01"), at("2025-04-01")));
    assert_eq!(snapshot.engagement(&everything(), &account, march).expect("it is seen").touches, 1);
    let order = vec![By { field: AccountOrder::Engagement, descending: true }];
    let ask = AccountsAsk { order, filter: Some(AccountFilter::default()), ..AccountsAsk::default() };
    let page = snapshot.accounts(&everything(), &ask).expect("a page");
    assert_eq!(ids(&page), ["sales:Account:A1", "sales:Account:A2"]);
}

#[test]
fn people_somebody_should_look_at_are_those_with_warnings_or_conflicts() {
    let mut world = small();
    let shared = person("sales:Lead:L8").email("info@acme.example").record();
    world.take(Step::Record(CapturedRecord::Person(shared)), None);
    let review = PersonFilter { needs_review: Some(true), ..PersonFilter::default() };
    assert_eq!(people(&world.snapshot(), review), ["sales:Lead:L8"]);
}
