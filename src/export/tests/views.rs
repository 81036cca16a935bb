//! What is exported under a view is exactly what the view may see: rows, columns and values, for views made up at random.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::masking::{PseudonymKey, mask_email, mask_name, mask_phone, pseudonym};
use crate::domain::opportunity::StageCategory;
use crate::domain::person::{ScoreKind, ScoreValue};
use crate::domain::territory::{Belongs, Company, Owner, Place, Territory, TerritoryField};
use crate::domain::view::{
    AccountRow, Claims, Extent, OpportunityRow, PersonRow, Pii, Policy, Rows, Sight, View,
};
use crate::export::{Ask, Cell, ColumnInfo, Dataset};
use crate::ledger::entry::{CapturedRecord, Observation};
use crate::unify::samples::{account, at, key, opportunity, person};

use super::world::Facts;

const COUNTRIES: [&str; 3] = ["Germany", "France", "United States"];
const OWNERS: [&str; 3] = ["sales:User:U1", "sales:User:U2", "sales:User:U3"];
pub(super) const CAMPAIGNS: [&str; 2] = ["sales:Campaign:K1", "sales:Campaign:K2"];

/// A person of a number, an account and an opportunity of theirs.
#[derive(Clone, Debug)]
pub(super) struct Made {
    owner: Option<usize>,
    country: Option<usize>,
    campaign: Option<usize>,
    account_owner: Option<usize>,
    pub(super) deal: Option<(Option<usize>, bool)>,
}

prop_compose! {
    pub(super) fn made()(
        owner in proptest::option::of(0_usize..3),
        country in proptest::option::of(0_usize..3),
        campaign in proptest::option::of(0_usize..2),
        account_owner in proptest::option::of(0_usize..3),
        deal in proptest::option::of((proptest::option::of(0_usize..3), any::<bool>())),
    ) -> Made {
        Made { owner, country, campaign, account_owner, deal }
    }
}

fn sight() -> impl Strategy<Value = Sight> {
    select(&Sight::ALL[..])
}

pub(super) fn extent() -> impl Strategy<Value = Extent> {
    select(vec![Extent::Full, Extent::Counts, Extent::Denied, Extent::Hidden, Extent::GrantedCampaigns])
}

fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Option<BTreeSet<Arc<str>>>> {
    let some = proptest::sample::subsequence(names.to_vec(), 0..=names.len());
    proptest::option::of(some.prop_map(|names| names.into_iter().map(Arc::from).collect()))
}

prop_compose! {
    pub(super) fn view()(
        people in select(&Rows::ALL[..]),
        accounts in select(vec![Rows::All, Rows::Territory, Rows::Own, Rows::None]),
        opportunities in select(vec![Rows::All, Rows::Territory, Rows::Own, Rows::None]),
        pii in select(&Pii::ALL[..]),
        mobile in sight(),
        deal_figures in sight(),
        scores in sight(),
        marketing_history in extent(),
        owners in some_of(&["sales:U1", "sales:U2", "sales:U3"]),
        campaigns in some_of(&["sales:K1", "sales:K2"]),
        territories in some_of(&["emea", "americas"]),
        claimed in proptest::option::weighted(0.3, select(&Pii::ALL[..])),
    ) -> View {
        let policy = Policy {
            people, accounts, opportunities, pii, mobile, marketing_history, deal_figures, scores,
            ..View::system().policy().clone()
        };
        let claims = Claims { owners, campaigns, territories, pii: claimed, ..Claims::default() };
        View::grant(Arc::new(policy), Arc::new(company()), Some(PseudonymKey::new(b"fixture-key")), claims)
    }
}

pub(super) fn company() -> Company {
    let territory = |name: &str, countries: &[&str]| Territory {
        key: name.into(),
        label: name.into(),
        parent: None,
        region: None,
        any: vec![Belongs::OneOf(
            TerritoryField::Country,
            countries.iter().map(|it| Arc::from(it.to_lowercase())).collect(),
        )],
    };
    let territories =
        vec![territory("emea", &["Germany", "France"]), territory("americas", &["United States"])];
    Company { territories, teams: Vec::new() }
}

pub(super) fn observations(made: &[Made]) -> Vec<Observation> {
    let mut all = Vec::new();
    for name in CAMPAIGNS {
        all.push(CapturedRecord::Campaign(Arc::new(crate::domain::campaign::CampaignRecord {
            meta: opportunity(name, None).meta,
            name: Some(name.into()),
            channel: None,
            status: None,
            starts_on: None,
            ends_on: None,
            spend: None,
            budget: None,
            spend_lines: Vec::new(),
        })));
    }
    for (nth, it) in made.iter().enumerate() {
        let lead = person(&lead(nth)).email(&email(nth)).created("2025-01-02").with(|record| {
            record.first_name = Some("Jane".into());
            record.last_name = Some(format!("Doe{nth}").into());
            record.phone = Some(PHONE.into());
            record.mobile = Some(MOBILE.into());
            record.owner = it.owner.map(|owner| key(OWNERS[owner]));
            record.country = it.country.map(|country| COUNTRIES[country].into());
            record.account = Some(key(&account_name(nth)));
            let value = 10.into();
            record.scores =
                vec![ScoreValue { name: "fit".into(), kind: ScoreKind::Fit, value, at: at("2025-01-02") }];
        });
        all.push(CapturedRecord::Person(lead.record()));
        let mut company = account(&account_name(nth), &[], None);
        company.owner = it.account_owner.map(|owner| key(OWNERS[owner]));
        company.country = it.country.map(|country| COUNTRIES[country].into());
        all.push(CapturedRecord::Account(Arc::new(company)));
        if let Some((owner, is_open)) = it.deal {
            let mut deal = opportunity(&deal_name(nth), None);
            deal.owner = owner.map(|owner| key(OWNERS[owner]));
            deal.account = Some(key(&account_name(nth)));
            deal.category = if is_open { StageCategory::Open } else { StageCategory::Won };
            deal.amount =
                Some(crate::domain::money::Money { amount: 2_400.into(), currency: Arc::from("USD") });
            all.push(CapturedRecord::Opportunity(Arc::new(deal)));
        }
        if let Some(campaign) = it.campaign {
            all.push(CapturedRecord::Membership(Arc::new(crate::domain::campaign::CampaignMembership {
                id: format!("M{nth}").into(),
                campaign: key(CAMPAIGNS[campaign]),
                person: key(&lead_name(nth)),
                status: None,
                has_responded: false,
                responded_on: None,
                joined_at: at("2025-01-03"),
            })));
        }
    }
    all.into_iter().map(Observation::Record).collect()
}

const PHONE: &str = "+44 20 7946 0958";
const MOBILE: &str = "+44 7700 900123";

fn lead(nth: usize) -> String {
    lead_name(nth)
}

pub(super) fn lead_name(nth: usize) -> String {
    format!("sales:Lead:L{nth:03}")
}

pub(super) fn account_name(nth: usize) -> String {
    format!("sales:Account:A{nth:03}")
}

pub(super) fn deal_name(nth: usize) -> String {
    format!("sales:Opportunity:O{nth:03}")
}

fn email(nth: usize) -> String {
    format!("jane{nth}@example{nth}.com")
}

/// Rows by their id, each a map of its columns.
pub(super) type Table = BTreeMap<String, BTreeMap<String, Cell>>;

pub(super) async fn exported(facts: &Facts, view: &View, dataset: Dataset) -> (Vec<ColumnInfo>, Table) {
    let mut opened = facts.exports().open(view, Ask::of(dataset)).await.expect("the view has the dataset");
    let columns = opened.reader.columns().to_vec();
    let mut table = Table::new();
    while let Some(batch) = opened.reader.next().await.expect("the ledger is read") {
        for row in batch.rows {
            let named = columns.iter().map(|it| it.name.to_string()).zip(row);
            let row: BTreeMap<String, Cell> = named.collect();
            let id = row.get("id").or(row.get("event_id"));
            let Some(Cell::Text(id)) = id else { panic!("a row without an id") };
            assert!(table.insert(id.to_string(), row.clone()).is_none(), "nothing comes twice");
        }
    }
    (columns, table)
}

pub(super) fn ids(kind: NodeKind, keys: impl Iterator<Item = RecordKey>) -> BTreeSet<String> {
    keys.map(|key| NodeId::new(kind, key).encode()).collect()
}

fn owner(nth: Option<usize>) -> Option<Owner> {
    nth.map(|nth| Owner { keys: vec![key(OWNERS[nth])], ..Owner::default() })
}

fn place(made: &Made) -> Place {
    Place { country: made.country.map(|nth| COUNTRIES[nth].into()), ..Place::default() }
}

pub(super) fn sees_person(view: &View, made: &Made) -> bool {
    let campaigns: Vec<RecordKey> = made.campaign.map(|nth| key(CAMPAIGNS[nth])).into_iter().collect();
    view.sees_person(&PersonRow {
        owner: owner(made.owner).as_ref(),
        place: Some(&place(made)),
        campaigns: &campaigns,
    })
}

pub(super) fn sees_account(view: &View, made: &Made) -> bool {
    let team: Vec<Owner> =
        made.deal.filter(|(_, is_open)| *is_open).and_then(|(nth, _)| owner(nth)).into_iter().collect();
    view.sees_account(&AccountRow {
        owner: owner(made.account_owner).as_ref(),
        team: &team,
        place: Some(&place(made)),
    })
}

pub(super) fn sees_deal(view: &View, made: &Made) -> bool {
    let Some((own, is_open)) = made.deal else { return false };
    let open = owner(own).filter(|_| is_open);
    let account_team: Vec<Owner> = owner(made.account_owner).into_iter().chain(open).collect();
    view.sees_opportunity(&OpportunityRow {
        owner: owner(own).as_ref(),
        account_team: &account_team,
        place: Some(&place(made)),
    })
}

/// A text of a person as a level shows it.
pub(super) fn shown(sight: Sight, text: &str, mask: fn(&str) -> Option<String>, is_email: bool) -> Cell {
    match sight {
        Sight::Full => text.into(),
        Sight::Masked => mask(text).map(Arc::<str>::from).into(),
        Sight::Pseudonym if is_email => {
            pseudonym(&PseudonymKey::new(b"fixture-key"), text).map(Arc::<str>::from).into()
        }
        _ => Cell::Null,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_export_is_exactly_the_rows_columns_and_values_its_view_may_see(
        made in proptest::collection::vec(made(), 1..7),
        views in proptest::collection::vec(view(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let facts = Facts::of_company(company(), observations(&made)).await;
            for view in &views {
                people(&facts, view, &made).await?;
                deals(&facts, view, &made).await?;
                let (_, accounts) = exported(&facts, view, Dataset::Accounts).await;
                let seen = made.iter().enumerate().filter(|(_, it)| sees_account(view, it));
                let expected = ids(NodeKind::Account, seen.map(|(nth, _)| key(&account_name(nth))));
                prop_assert_eq!(accounts.into_keys().collect::<BTreeSet<_>>(), expected);
            }
            Ok(())
        })?;
    }
}

async fn people(facts: &Facts, view: &View, made: &[Made]) -> Result<(), TestCaseError> {
    let (columns, people) = exported(facts, view, Dataset::People).await;
    let seen: Vec<usize> = (0..made.len()).filter(|nth| sees_person(view, &made[*nth])).collect();
    let expected = ids(NodeKind::Person, seen.iter().map(|nth| key(&lead_name(*nth))));
    prop_assert_eq!(people.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let personal = view.pii().sight();
    let mobile = view.policy().mobile.min(personal);
    let expected =
        [("email", personal), ("phone", personal), ("mobile", mobile), ("score", view.policy().scores)];
    for (name, sight) in expected {
        let column = columns.iter().find(|column| *column.name == *name);
        prop_assert_eq!(column.is_none(), sight == Sight::Hidden, "{} at {:?}", name, sight);
        prop_assert!(
            column.is_none_or(|column| column.sight == sight && column.is_masked() == (sight != Sight::Full))
        );
    }
    for nth in seen {
        let row = &people[&NodeId::new(NodeKind::Person, key(&lead_name(nth))).encode()];
        prop_assert_eq!(&row["email"], &shown(personal, &email(nth), mask_email, true));
        prop_assert_eq!(&row["display_name"], &shown(personal, &format!("Jane Doe{nth}"), mask_name, false));
        prop_assert_eq!(&row["phone"], &shown(personal, PHONE, mask_phone, false));
        if let Some(cell) = row.get("mobile") {
            prop_assert_eq!(cell, &shown(mobile, MOBILE, mask_phone, false));
        }
        if let Some(cell) = row.get("score") {
            prop_assert_eq!(cell == &Cell::Null, view.policy().scores != Sight::Full);
        }
        let account = NodeId::new(NodeKind::Account, key(&account_name(nth))).encode();
        let expected = if sees_account(view, &made[nth]) { account.as_str().into() } else { Cell::Null };
        prop_assert_eq!(&row["account_id"], &expected, "a reference to what is not seen is null");
    }
    Ok(())
}

async fn deals(facts: &Facts, view: &View, made: &[Made]) -> Result<(), TestCaseError> {
    let (columns, deals) = exported(facts, view, Dataset::Opportunities).await;
    let seen: Vec<usize> = (0..made.len()).filter(|nth| sees_deal(view, &made[*nth])).collect();
    let expected = ids(NodeKind::Opportunity, seen.iter().map(|nth| key(&deal_name(*nth))));
    prop_assert_eq!(deals.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let figures = view.policy().deal_figures;
    for name in ["amount_amount", "stage_key", "probability", "loss_reason"] {
        let is_there = columns.iter().any(|column| *column.name == *name);
        prop_assert_eq!(is_there, figures != Sight::Hidden, "{}", name);
    }
    for row in deals.values() {
        if let Some(cell) = row.get("amount_amount") {
            prop_assert_eq!(cell == &Cell::Null, figures != Sight::Full);
        }
    }
    let may_divide = figures == Sight::Full;
    prop_assert_eq!(Dataset::Attribution.is_shown(view), may_divide);
    if may_divide {
        let (_, credits) = exported(facts, view, Dataset::Attribution).await;
        let of: BTreeSet<String> = credits
            .values()
            .map(|row| match &row["opportunity_id"] {
                Cell::Text(id) => id.to_string(),
                _ => String::new(),
            })
            .collect();
        prop_assert_eq!(of, deals.into_keys().collect::<BTreeSet<_>>());
    }
    Ok(())
}
