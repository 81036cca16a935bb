//! The connector against the emulated vendor: whole lists, every order and condition, and history.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::connectors::bridge::Shared;
use crate::domain::account::{AccountRecord, AccountSelect};
use crate::domain::clock::Clock;
use crate::domain::event::{EventKind, HistoryPart};
use crate::domain::id::SourceName;
use crate::domain::opportunity::{OpportunityRecord, OpportunitySelect, StageCategory};
use crate::domain::person::{PersonField, PersonRecord, PersonSelect};
use crate::domain::record::{Record, Side, SourceInfo, Vendor};
use crate::domain::select::Field;
use crate::sandbox::{self, Sandbox, credentials};
use crate::source::Connection;
use crate::source::ask::{
    AccountLookup, CampaignLookup, HistoryLookup, MembershipLookup, OpportunityLookup, PersonLookup,
    PipelineLookup, UserLookup,
};
use crate::source::describe::Severity;
use crate::source::reading::Reading;
use crate::source::walk::{Comparison, Condition, ConditionField, Listed, Operand, Order, PageAsk, Walk};
use crate::upstream::Wire;

/// What a condition means, told by hand.
type Holds<'a> = Box<dyn Fn(&OpportunityRecord) -> bool + 'a>;

struct Company {
    sandbox: Sandbox,
    connection: Connection,
}

async fn company(people: usize) -> Company {
    let as_of: DateTime<Utc> = "2025-04-01T00:00:00Z".parse().expect("an instant");
    let world = sandbox::generate::generate(people, 7, as_of);
    let sandbox = sandbox::start(sandbox::Options::new(world)).await.expect("free ports");
    let options = json!({
        "login_url": sandbox.salesforce.url,
        "client_id": credentials::SALESFORCE_CLIENT_ID,
        "client_secret": credentials::SALESFORCE_CLIENT_SECRET,
    });
    let info = SourceInfo {
        name: SourceName::new("sales"),
        label: Arc::from("Sales"),
        vendor: Vendor::Salesforce,
        side: Side::Sales,
        rank: 0,
    };
    let wire = Wire::new(Duration::from_secs(1)).expect("a client");
    let shared = Shared { wire, clock: Clock::starting_at(as_of) };
    let options = serde_json::from_value(options).expect("options");
    let connection = super::super::connect(info, options, &shared).expect("a connection");
    Company { sandbox, connection }
}

fn reading() -> Reading {
    Reading::interactive(Duration::from_secs(60))
}

fn ask<S: Default>(object: &str) -> PageAsk<S> {
    PageAsk {
        object: Arc::from(object),
        after: None,
        first: 2000,
        select: S::default(),
        conditions: Vec::new(),
        order: None,
    }
}

/// Every record of a list, page by page.
async fn walked<R: Listed>(walk: &dyn Walk<R>, mut ask: PageAsk<R::Select>) -> Vec<R> {
    let mut records = Vec::new();
    loop {
        let page = walk.page(&ask, &reading()).await.expect("a page");
        ask.after = page.records.last().map(|(position, _)| position.clone()).or(ask.after);
        records.extend(page.records.into_iter().map(|(_, record)| record));
        if !page.has_more {
            return records;
        }
    }
}

fn ids<R: Record>(records: &[R]) -> Vec<Arc<str>> {
    records.iter().map(|record| record.meta().key.id.clone()).collect()
}

/// Walks with small pages and compares with the whole list: the same records, each once, in the order promised.
async fn assert_orders<R: Record + Listed, K: PartialOrd + Clone>(
    walk: &dyn Walk<R>,
    object: &str,
    select: R::Select,
    field: ConditionField,
    key: fn(&R) -> Option<K>,
) {
    let everything = ids(&walked(walk, ask(object)).await).into_iter().collect::<BTreeSet<_>>();
    for descending in [false, true] {
        let order = Order { field: field.clone(), descending };
        assert!(walk.can_order(&order), "{field:?}");
        let small = PageAsk { first: 7, select: select.clone(), order: Some(order), ..ask(object) };
        let found = walked(walk, small).await;
        let unique = ids(&found).into_iter().collect::<BTreeSet<_>>();
        assert_eq!((found.len(), &unique), (everything.len(), &everything), "{object} {field:?}");
        let place = |record: &R| (key(record), record.meta().key.id.clone());
        for pair in found.windows(2) {
            let ((before, first), (after, second)) = (place(&pair[0]), place(&pair[1]));
            let fits = match (before, after) {
                (None, after) => after.is_none() && first < second,
                (Some(_), None) => true,
                (Some(before), Some(after)) if before == after => first < second,
                (Some(before), Some(after)) => (before < after) != descending,
            };
            assert!(fits, "{object} {field:?} descending {descending}: {first} before {second}");
        }
    }
}

#[tokio::test]
async fn lists_are_whole_in_every_order() {
    let company = company(120).await;
    let connection = &company.connection;
    let people = connection.all_people.as_deref().expect("people");
    for object in people.objects() {
        let whole = ids(&walked(people, ask(object)).await);
        let small = ids(&walked(people, PageAsk { first: 13, ..ask(object) }).await);
        assert_eq!(whole, small);
        assert!(!whole.is_empty());
        let select = PersonSelect::default();
        let created = |person: &PersonRecord| Some(person.meta.created_at);
        assert_orders(people, object, select.clone(), ConditionField::CreatedAt, created).await;
        let updated = |person: &PersonRecord| Some(person.meta.updated_at);
        assert_orders(people, object, select, ConditionField::UpdatedAt, updated).await;
    }
    let deals = connection.all_opportunities.as_deref().expect("opportunities");
    let select = OpportunitySelect::everything();
    let amount = |deal: &OpportunityRecord| deal.amount.as_ref().map(|money| money.amount);
    assert_orders(deals, "Opportunity", select.clone(), ConditionField::Amount, amount).await;
    assert_orders(deals, "Opportunity", select, ConditionField::CloseDate, |deal| deal.close_date).await;
    let accounts = connection.all_accounts.as_deref().expect("accounts");
    let name = |account: &AccountRecord| account.name.as_ref().map(|name| name.to_lowercase());
    assert_orders(accounts, "Account", AccountSelect::everything(), ConditionField::Name, name).await;
    company.sandbox.stop().await;
}

#[tokio::test]
async fn conditions_mean_what_they_say() {
    let company = company(150).await;
    let deals = company.connection.all_opportunities.as_deref().expect("opportunities");
    let everything = PageAsk { select: OpportunitySelect::everything(), ..ask("Opportunity") };
    let all = walked(deals, everything.clone()).await;
    let some = all.iter().find(|deal| deal.amount.is_some()).expect("an amount");
    let amount = some.amount.as_ref().expect("an amount").amount;
    let account = some.account.as_ref().expect("an account").id.clone();
    let day = some.meta.created_at;
    let number = Operand::Number(amount);
    let name = |text: &str| Operand::Text(Arc::from(text));
    let start = some.name.as_deref().expect("a name").chars().take(3).collect::<String>().to_uppercase();
    let category = Operand::Category(StageCategory::Lost);
    let money = |deal: &OpportunityRecord| deal.amount.as_ref().map(|money| money.amount);
    let cases: Vec<(ConditionField, Comparison, Operand, Holds<'_>)> = vec![
        (ConditionField::Amount, Comparison::Gt, number.clone(), Box::new(|d| money(d) > Some(amount))),
        (
            ConditionField::Amount,
            Comparison::Neq,
            number,
            Box::new(|d| money(d).is_some_and(|it| it != amount)),
        ),
        (ConditionField::Amount, Comparison::IsNull, Operand::None, Box::new(|d| d.amount.is_none())),
        (
            ConditionField::Account,
            Comparison::Eq,
            name(&account),
            Box::new(|d| d.account.as_ref().is_some_and(|key| key.id == account)),
        ),
        (
            ConditionField::Account,
            Comparison::Neq,
            name(&account),
            Box::new(|d| d.account.as_ref().is_some_and(|key| key.id != account)),
        ),
        (
            ConditionField::Name,
            Comparison::StartsWith,
            name(&start),
            Box::new(|d| d.name.as_deref().is_some_and(|it| it.to_uppercase().starts_with(&start))),
        ),
        (ConditionField::Name, Comparison::Contains, name("%_'"), Box::new(|_| false)),
        (
            ConditionField::StageCategory,
            Comparison::Eq,
            category,
            Box::new(|d| d.category == StageCategory::Lost),
        ),
        (
            ConditionField::CreatedAt,
            Comparison::Gte,
            Operand::Instant(day),
            Box::new(|d| d.meta.created_at >= day),
        ),
    ];
    for (field, comparison, operand, holds) in cases {
        let condition = Condition { field, comparison, operand };
        assert!(deals.can_filter(&condition), "{condition:?}");
        let expected = ids(&all.iter().filter(|deal| holds(deal)).cloned().collect::<Vec<_>>());
        let conditions = vec![condition.clone()];
        let found = walked(deals, PageAsk { conditions, first: 5, ..everything.clone() }).await;
        assert_eq!(ids(&found), expected, "{condition:?}");
    }
    company.sandbox.stop().await;
}

#[tokio::test]
async fn a_record_reads_the_same_by_id_and_in_a_list() {
    let company = company(150).await;
    let connection = &company.connection;
    let mut select = PersonSelect::everything();
    for field in PersonField::ALL {
        select.add_with_edit(*field);
    }
    let walk = connection.all_people.as_deref().expect("people");
    let people = connection.people.as_deref().expect("people");
    for object in walk.objects() {
        let listed = walked(walk, PageAsk { select: select.clone(), ..ask(object) }).await;
        let lookups = listed
            .iter()
            .map(|person| PersonLookup::Id { object: Arc::from(*object), id: person.meta.key.id.clone() });
        let lookups = lookups.collect::<Vec<_>>();
        let found = people.ask(&lookups, &select, &reading()).await.expect("people");
        for (person, (_, found)) in listed.iter().zip(found) {
            let mut found = PersonRecord::clone(&found[0]);
            found.meta.fetched_at = person.meta.fetched_at;
            assert_eq!(&found, person);
        }
        assert!(listed.iter().any(|person| !person.edits.is_empty()));
    }
    let deals = walked(connection.all_opportunities.as_deref().expect("deals"), ask("Opportunity")).await;
    let accounts = deals.iter().filter_map(|deal| deal.account.as_ref());
    let lookups = accounts.map(|account| OpportunityLookup::OfAccount(account.id.clone()));
    let lookups = lookups.collect::<HashSet<_>>().into_iter().collect::<Vec<_>>();
    let asked = connection.opportunities.as_deref().expect("deals");
    let found = asked.ask(&lookups, &OpportunitySelect::everything(), &reading()).await.expect("deals");
    let with_account = deals.iter().filter(|deal| deal.account.is_some()).count();
    assert_eq!(found.iter().map(|(_, deals)| deals.len()).sum::<usize>(), with_account);
    let roles = found.iter().flat_map(|(_, deals)| deals).flat_map(|deal| &deal.contacts);
    let contact = roles.map(|role| role.person.clone()).next().expect("somebody in a buying group");
    let of_person = OpportunityLookup::OfPerson { object: contact.object, id: contact.id };
    let found = asked.ask(&[of_person], &OpportunitySelect::default(), &reading()).await.expect("deals");
    assert!(!found[0].1.is_empty());
    company.sandbox.stop().await;
}

#[tokio::test]
async fn every_part_of_a_history_is_told() {
    let company = company(200).await;
    let connection = &company.connection;
    let people = connection.all_people.as_deref().expect("people");
    let mut subjects = Vec::new();
    for object in people.objects() {
        subjects.extend(walked(people, ask(object)).await.into_iter().map(|person| person.meta.key));
    }
    let deals = walked(connection.all_opportunities.as_deref().expect("deals"), ask("Opportunity")).await;
    let wins = deals.iter().filter(|deal| deal.category == StageCategory::Won).count();
    subjects.extend(deals.into_iter().map(|deal| deal.meta.key));
    let mut lookups = Vec::new();
    for key in &subjects {
        for part in HistoryPart::ALL {
            lookups.push(HistoryLookup {
                object: key.object.clone(),
                id: key.id.clone(),
                part,
                address: None,
            });
        }
    }
    let reading = reading();
    let history = connection.history.as_deref().expect("history");
    let found = history.ask(&lookups, &(), &reading).await.expect("history");
    assert_eq!(found.len(), lookups.len());
    let mut kinds = BTreeSet::new();
    let mut won = 0;
    for (lookup, histories) in &found {
        let [history] = histories.as_slice() else { panic!("one history of {lookup:?}") };
        assert!(history.events.iter().all(|event| event.kind.part() == lookup.part), "{lookup:?}");
        kinds.extend(history.events.iter().map(|event| event.kind));
        won += history.events.iter().filter(|event| event.kind == EventKind::OpportunityWon).count();
    }
    for kind in [
        EventKind::RecordCreated,
        EventKind::LeadConverted,
        EventKind::StageChange,
        EventKind::FieldChange,
        EventKind::CampaignJoined,
        EventKind::CampaignResponded,
        EventKind::Call,
        EventKind::Meeting,
        EventKind::SalesEmail,
        EventKind::OpportunityCreated,
        EventKind::OpportunityWon,
        EventKind::OpportunityLost,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} among {kinds:?}");
    }
    assert_eq!(won, wins);
    company.sandbox.stop().await;
}

#[tokio::test]
async fn campaigns_users_accounts_and_stages_are_read() {
    let company = company(150).await;
    let connection = &company.connection;
    let campaigns = walked(connection.all_campaigns.as_deref().expect("campaigns"), ask("Campaign")).await;
    let lookups = ids(&campaigns).into_iter().map(CampaignLookup).collect::<Vec<_>>();
    let found = connection.campaigns.as_deref().expect("campaigns").ask(&lookups, &(), &reading()).await;
    assert!(found.expect("campaigns").iter().all(|(_, found)| found.len() == 1));
    let members = connection.all_memberships.as_deref().expect("members");
    let of = |id: &Arc<str>| Condition {
        field: ConditionField::Campaign,
        comparison: Comparison::Eq,
        operand: Operand::Text(id.clone()),
    };
    let mut counted = 0;
    for campaign in &campaigns {
        let conditions = vec![of(&campaign.meta.key.id)];
        let page = PageAsk { conditions, first: 11, ..ask("CampaignMember") };
        let found = walked(members, page).await;
        assert!(found.iter().all(|member| member.campaign == campaign.meta.key));
        counted += found.len();
    }
    let all = walked(members, ask("CampaignMember")).await;
    assert_eq!(counted, all.len());
    let person = all[0].person.clone();
    let lookup = MembershipLookup { object: person.object, id: person.id };
    let found = connection.memberships.as_deref().expect("members").ask(&[lookup], &(), &reading()).await;
    assert!(found.expect("memberships")[0].1.iter().any(|member| **member == all[0]));
    let people = connection.all_people.as_deref().expect("people");
    let page = PageAsk { conditions: vec![of(&all[0].campaign.id)], ..ask("Lead") };
    assert!(walked(people, page).await.len() <= all.len());
    let users = connection.users.as_deref().expect("users").ask(&[UserLookup], &(), &reading()).await;
    assert!(users.expect("users")[0].1.iter().any(|user| !user.is_queue && user.email.is_some()));
    let stages =
        connection.pipelines.as_deref().expect("stages").ask(&[PipelineLookup], &(), &reading()).await;
    assert!(stages.expect("a pipeline")[0].1[0].stages.len() > 3);
    let accounts = walked(connection.all_accounts.as_deref().expect("accounts"), ask("Account")).await;
    let domain =
        accounts.iter().find_map(|account| crate::domain::web_domain::registrable(account.domains.first()?));
    let lookup = AccountLookup::Domain(domain.expect("a domain"));
    let found = connection.accounts.as_deref().expect("accounts");
    let found = found.ask(&[lookup], &AccountSelect::everything(), &reading()).await.expect("accounts");
    assert!(!found[0].1.is_empty());
    company.sandbox.stop().await;
}

#[tokio::test]
async fn a_check_finds_nothing_wrong_with_a_healthy_org() {
    let company = company(20).await;
    let findings = company.connection.describe.check().await.expect("a check");
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).collect::<Vec<_>>();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(!findings.iter().any(|finding| finding.message.contains("lacks")), "{findings:#?}");
    let report = company.connection.describe.health();
    assert!(report.quota_remaining.is_some());
    let now = report.last_answer_at.expect("an answer");
    let as_of: DateTime<Utc> = "2025-04-01T00:00:00Z".parse().expect("an instant");
    assert!((now - as_of).abs() < TimeDelta::minutes(5));
    company.sandbox.stop().await;
}
