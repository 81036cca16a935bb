//! The connector against the pretend vendor, over a made-up company: what is asked comes whole, and in as few calls as
//! the README says.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::domain::account::{AccountField, AccountRecord, AccountSelect};
use crate::domain::event::{EventKind, HistoryPart, RecordHistory};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::opportunity::{OpportunityField, OpportunityRecord, OpportunitySelect, StageCategory};
use crate::domain::person::{PersonRecord, PersonSelect};
use crate::sandbox::clock::Clock;
use crate::sandbox::credentials::{
    HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET, HUBSPOT_REFRESH_TOKEN, HUBSPOT_TOKEN,
};
use crate::sandbox::faults::Faults;
use crate::sandbox::generate::generate;
use crate::sandbox::world::World;
use crate::source::Connection;
use crate::source::ask::{AccountLookup, HistoryLookup, OpportunityLookup, PersonLookup, UserLookup};
use crate::source::describe::{Health, Severity};
use crate::source::walk::{Comparison, Condition, ConditionField, Listed, Operand, PageAsk, Walk};

use super::fake::{info, reading, shared};

/// A running vendor and a connection to it. Ends when dropped.
struct Company {
    world: World,
    connection: Connection,
    faults: Arc<Faults>,
    server: JoinHandle<()>,
}

impl Company {
    async fn start(people: usize, credentials: &str, more: &str) -> Self {
        let as_of = "2026-03-31T08:00:00Z".parse().expect("an instant");
        let world = generate(people, 7, as_of);
        let faults = Arc::new(Faults::default());
        let router = crate::sandbox::hubspot::router(&world, Clock::starting_at(as_of), &faults);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let server =
            tokio::spawn(async move { axum::serve(listener, router).await.expect("the vendor runs") });
        let options = format!("base_url = \"{url}\"\n{credentials}\n{more}");
        let options = toml::from_str(&options).expect("good options");
        let connection = super::connect(info(), options, &shared()).expect("a connection");
        Self { world, connection, faults, server }
    }

    async fn with_deals() -> Self {
        let more = "opportunities = true\n[cross_references]\nsource = \"sales\"\nopportunity = \"salesforceopportunityid\"";
        Self::start(600, &format!("access_token = \"{HUBSPOT_TOKEN}\""), more).await
    }

    fn calls(&self) -> u64 {
        self.faults.calls().total
    }

    /// A column of a table with the ids of its rows, where both have a value.
    fn column(&self, table: &str, id: &str, name: &str) -> Vec<(String, String)> {
        let table = self.world.table("hubspot", table).expect("the world has the table");
        let cell = |row, column| table.value(row, column).map(str::to_owned);
        table.rows.iter().filter_map(|row| Some((cell(row, id)?, cell(row, name)?))).collect()
    }

    /// The ids of the rows that are live.
    fn live(&self, table: &str) -> BTreeSet<String> {
        let table = self.world.table("hubspot", table).expect("the world has the table");
        let live = table.rows.iter().filter(|row| table.value(row, "archived_at").is_none());
        live.filter_map(|row| table.value(row, "id").map(str::to_owned)).collect()
    }

    async fn people(&self, lookups: &[PersonLookup]) -> Vec<Vec<Arc<PersonRecord>>> {
        let people = self.connection.people.as_ref().expect("it offers people");
        let answers = people.ask(lookups, &PersonSelect::everything(), &reading()).await.expect("an answer");
        answers.into_iter().map(|(_, found)| found).collect()
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Walks a list to its end, in pages as large as they get.
async fn walk<R: Listed>(
    list: &dyn Walk<R>,
    object: &str,
    select: R::Select,
    conditions: Vec<Condition>,
) -> Vec<(Arc<str>, R)> {
    let mut page =
        PageAsk { object: object.into(), after: None, first: 1000, select, conditions, order: None };
    let mut seen = Vec::new();
    loop {
        let read = list.page(&page, &reading()).await.expect("a page");
        page.after = read.records.last().map(|(position, _)| position.clone());
        seen.extend(read.records);
        if !read.has_more {
            return seen;
        }
    }
}

fn id(id: &str) -> PersonLookup {
    PersonLookup::Id { object: "contact".into(), id: id.into() }
}

#[tokio::test]
async fn a_walk_over_all_people_misses_nobody_and_repeats_nobody() {
    let company = Company::with_deals().await;
    let list = company.connection.all_people.as_ref().expect("it lists people");
    let seen = walk(list.as_ref(), "contact", PersonSelect::default(), Vec::new()).await;
    let ids: BTreeSet<String> = seen.iter().map(|(_, person)| person.meta.key.id.to_string()).collect();
    assert_eq!(ids.len(), seen.len(), "nobody twice");
    assert_eq!(ids, company.live("contacts"));
    assert_eq!(company.calls(), seen.len().div_ceil(200) as u64, "one call a page");
}

#[tokio::test]
async fn twenty_people_by_address_are_one_call() {
    let company = Company::with_deals().await;
    let live = company.live("contacts");
    let addresses: Vec<(String, String)> = company.column("contacts", "id", "email");
    let some: Vec<_> = addresses.into_iter().filter(|(id, _)| live.contains(id)).take(20).collect();
    let lookups: Vec<_> =
        some.iter().map(|(_, email)| PersonLookup::Email(email.to_lowercase().into())).collect();
    let found = company.people(&lookups).await;
    assert_eq!(company.calls(), 1);
    for ((id, _), found) in some.iter().zip(found) {
        assert!(found.iter().any(|person| *person.meta.key.id == **id), "{id} is found by its address");
    }
}

#[tokio::test]
async fn merged_archived_and_unknown_ids_get_their_own_answers() {
    let company = Company::with_deals().await;
    let merges: Vec<_> = company.column("merges", "loser", "winner");
    let live = company.live("contacts");
    let (loser, winner) =
        merges.iter().find(|(_, winner)| live.contains(winner)).expect("somebody was merged");
    let archived = company.column("contacts", "id", "archived_at");
    let (archived, _) = archived.first().expect("somebody was archived");
    let found = company.people(&[id(loser), id(archived), id("1"), id("not an id")]).await;
    assert_eq!(*found[0][0].meta.key.id, **winner);
    assert!(found[0][0].meta.merged_ids.iter().any(|alias| **alias == **loser));
    assert!(found[1][0].meta.deleted_at.is_some());
    assert!(found[2].is_empty() && found[3].is_empty());
}

#[tokio::test]
async fn everybody_who_refers_to_the_sales_system_is_found_by_one_search() {
    let company = Company::with_deals().await;
    let sales = SourceName::new("sales");
    let live = company.live("contacts");
    let mut lookups = Vec::new();
    let mut expected = Vec::new();
    for (object, property) in [("Contact", "salesforcecontactid"), ("Lead", "salesforceleadid")] {
        let references = company.column("contacts", "id", property);
        for (id, reference) in references.into_iter().filter(|(id, _)| live.contains(id)).take(10) {
            lookups.push(PersonLookup::ReferringTo(RecordKey::new(&sales, object, reference)));
            expected.push(id);
        }
    }
    let found = company.people(&lookups).await;
    assert_eq!(company.calls(), 1);
    for (id, found) in expected.iter().zip(&found) {
        assert!(found.iter().any(|person| *person.meta.key.id == **id), "{id} refers to it");
    }
}

#[tokio::test]
async fn a_condition_pushed_down_keeps_exactly_those_it_is_true_of() {
    let company = Company::with_deals().await;
    let list = company.connection.all_people.as_ref().expect("it lists people");
    let all = walk(list.as_ref(), "contact", PersonSelect::everything(), Vec::new()).await;
    let some_owner = all.iter().find_map(|(_, person)| person.owner.clone()).expect("somebody is owned");
    let middle = all[all.len() / 2].1.meta.updated_at;
    let conditions = vec![
        Condition {
            field: ConditionField::Owner,
            comparison: Comparison::Eq,
            operand: Operand::Text(some_owner.id.clone()),
        },
        Condition {
            field: ConditionField::UpdatedAt,
            comparison: Comparison::Gte,
            operand: Operand::Instant(middle),
        },
    ];
    assert!(conditions.iter().all(|condition| list.can_filter(condition)));
    let kept = walk(list.as_ref(), "contact", PersonSelect::everything(), conditions).await;
    let expected = all
        .iter()
        .filter(|(_, person)| person.owner.as_ref() == Some(&some_owner) && person.meta.updated_at >= middle);
    let positions =
        |some: &[(Arc<str>, PersonRecord)]| some.iter().map(|(at, _)| at.clone()).collect::<Vec<_>>();
    assert_eq!(positions(&kept), expected.map(|(at, _)| at.clone()).collect::<Vec<_>>());
    assert!(!kept.is_empty());
}

#[tokio::test]
async fn accounts_are_found_by_domain_and_by_the_account_they_name() {
    let company = Company::with_deals().await;
    let accounts = company.connection.accounts.as_ref().expect("it offers accounts");
    let live = company.live("companies");
    let is_live = |(id, _): &(String, String)| live.contains(id);
    let domains = company.column("companies", "id", "domain");
    let references = company.column("companies", "id", "salesforceaccountid");
    let (by_domain, domain) = domains.into_iter().find(is_live).expect("a domain");
    let (by_reference, account) = references.into_iter().find(is_live).expect("a reference");
    let key = RecordKey::new(&SourceName::new("sales"), "Account", account);
    let lookups = [AccountLookup::Domain(domain.into()), AccountLookup::ReferringTo(key)];
    let select = AccountSelect::of(&[AccountField::Name]);
    let answers = accounts.ask(&lookups, &select, &reading()).await.expect("an answer");
    assert_eq!(company.calls(), 1, "both are one search");
    let has =
        |found: &[Arc<AccountRecord>], id: &str| found.iter().any(|account| *account.meta.key.id == *id);
    assert!(has(&answers[0].1, &by_domain) && has(&answers[1].1, &by_reference));
}

#[tokio::test]
async fn stage_categories_part_the_deals() {
    let company = Company::with_deals().await;
    let list = company.connection.all_opportunities.as_ref().expect("it lists opportunities");
    let fields = [OpportunityField::StageHistory, OpportunityField::Contacts, OpportunityField::Amount];
    let all = walk(list.as_ref(), "deal", OpportunitySelect::of(&fields), Vec::new()).await;
    assert_eq!(all.len(), company.live("deals").len());
    let mut parts = 0;
    for category in [StageCategory::Open, StageCategory::Won, StageCategory::Lost, StageCategory::Omitted] {
        let condition = Condition {
            field: ConditionField::StageCategory,
            comparison: Comparison::Eq,
            operand: Operand::Category(category),
        };
        let some = walk(list.as_ref(), "deal", OpportunitySelect::default(), vec![condition]).await;
        assert!(some.iter().all(|(_, deal)| deal.category == category));
        parts += some.len();
    }
    assert_eq!(parts, all.len());
    let with_account: Vec<&OpportunityRecord> =
        all.iter().map(|(_, deal)| deal).filter(|deal| deal.account.is_some()).collect();
    let deal = with_account.first().expect("some deal has a company");
    assert!(!deal.stage_history.is_empty());
    let account = deal.account.as_ref().expect("it has one").id.clone();
    let deals = company.connection.opportunities.as_ref().expect("it offers opportunities");
    let lookups = [OpportunityLookup::OfAccount(account)];
    let answers = deals.ask(&lookups, &OpportunitySelect::default(), &reading()).await.expect("an answer");
    assert!(answers[0].1.iter().any(|found| found.meta.key == deal.meta.key));
}

#[tokio::test]
async fn every_part_of_a_history_is_told() {
    let company = Company::with_deals().await;
    let histories = company.connection.history.as_ref().expect("it tells histories");
    let live = company.live("contacts");
    let forms = company.column("contacts", "id", "hs_calculated_form_submissions");
    let sent_a_form: BTreeSet<String> = forms.into_iter().map(|(id, _)| id).collect();
    let addresses = company.column("contacts", "id", "email");
    let wanted = |id: &String| live.contains(id) && sent_a_form.contains(id);
    let people: Vec<_> = addresses.into_iter().filter(|(id, _)| wanted(id)).take(10).collect();
    let mut kinds = BTreeSet::new();
    for part in HistoryPart::ALL {
        let lookups: Vec<HistoryLookup> = people
            .iter()
            .map(|(id, email)| HistoryLookup {
                object: "contact".into(),
                id: id.as_str().into(),
                part,
                address: Some(email.as_str().into()),
            })
            .collect();
        let before = company.calls();
        let answers = histories.ask(&lookups, &(), &reading()).await.expect("an answer");
        assert!(answers.iter().all(|(_, found)| found.len() == 1));
        let told: Vec<&RecordHistory> = answers.iter().map(|(_, found)| &*found[0]).collect();
        let events = || told.iter().flat_map(|history| &history.events);
        assert!(events().all(|event| event.kind.part() == part), "{part:?}");
        assert!(events().all(|event| event.person.is_some()));
        kinds.extend(events().map(|event| event.kind));
        let calls = company.calls() - before;
        match part {
            HistoryPart::Changes => assert_eq!(calls, 1),
            HistoryPart::Touches => assert!(calls <= 1 + 10 + 2, "{calls} calls"),
            HistoryPart::Activities => assert!(calls <= 10, "{calls} calls"),
        }
    }
    assert!(
        kinds.contains(&EventKind::RecordCreated) && kinds.contains(&EventKind::StageChange),
        "{kinds:?}"
    );
    assert!(kinds.contains(&EventKind::FormSubmission) && kinds.contains(&EventKind::EmailSent), "{kinds:?}");
}

#[tokio::test]
async fn the_account_is_well_and_what_it_lacks_is_left_out() {
    let company = Company::with_deals().await;
    let findings = company.connection.describe.check().await.expect("an answer");
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(company.connection.describe.health().health, Health::Ok);
}

#[tokio::test]
async fn users_and_campaigns_are_read_whole_through_an_app() {
    let credentials = format!(
        "client_id = \"{HUBSPOT_CLIENT_ID}\"\nclient_secret = \"{HUBSPOT_CLIENT_SECRET}\"\nrefresh_token = \"{HUBSPOT_REFRESH_TOKEN}\""
    );
    let company = Company::start(60, &credentials, "api_version = \"2026-03\"").await;
    let users = company.connection.users.as_ref().expect("it offers users");
    let answers = users.ask(&[UserLookup], &(), &reading()).await.expect("an answer");
    let owners = company.world.table("hubspot", "owners").expect("there are owners").rows.len();
    assert_eq!(answers[0].1.len(), owners);
    let list = company.connection.all_campaigns.as_ref().expect("it lists campaigns");
    let seen = walk(list.as_ref(), "campaign", (), Vec::new()).await;
    let campaigns = company.world.table("hubspot", "campaigns").expect("there are campaigns").rows.len();
    assert_eq!(seen.len(), campaigns);
    assert!(company.connection.opportunities.is_none(), "deals do not count unless the settings say so");
}
