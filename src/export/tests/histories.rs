//! What is exported of histories is what the view may see of them: entries, what they refer to, and their values, for views
//! and histories made up at random.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;

use crate::domain::event::{Asset, Detail, Event, EventKind, HistoryPart};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::identify::id_of;
use crate::domain::lead_source::Channel;
use crate::domain::masking::{PseudonymKey, mask_email, mask_phone};
use crate::domain::view::{Extent, Policy, Rows, Sight, View};
use crate::export::{Cell, Dataset};
use crate::ledger::entry::Observation;
use crate::unify::samples::{at, event, key};

use super::views::{
    CAMPAIGNS, Made, account_name, company, deal_name, exported, extent, lead_name, made, observations,
    sees_account, sees_deal, sees_person, shown, view,
};
use super::world::Facts;

/// What happened, and in whose history it is told.
#[derive(Clone, Copy, Debug)]
enum What {
    /// A field of the person changed.
    Field(&'static str),
    /// They filled in a form, of a campaign or of none.
    Form(Option<usize>),
    /// Somebody called them; about their opportunity, where they have one, it is told there too.
    Call { about_deal: bool },
    /// Their opportunity, where they have one, moved.
    Moved,
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        select(vec!["title", "email", "phone", "mobile", "score", "nickname"]).prop_map(What::Field),
        proptest::option::of(0_usize..2).prop_map(What::Form),
        any::<bool>().prop_map(|about_deal| What::Call { about_deal }),
        Just(What::Moved),
    ]
}

prop_compose! {
    /// A view that also differs in what it sees of histories and campaigns.
    fn reader()(
        view in view(),
        changes in extent(),
        sales_activities in extent(),
        campaigns in select(vec![Rows::All, Rows::GrantedCampaigns, Rows::None]),
    ) -> View {
        let policy = Policy { campaigns, sales_activities, changes, ..view.policy().clone() };
        let key = PseudonymKey::new(b"fixture-key");
        View::grant(Arc::new(policy), Arc::new(company()), Some(key), view.claims().clone())
    }
}

/// One thing that happened to a person of a number.
#[derive(Clone, Debug)]
struct Happened {
    nth: usize,
    what: What,
    event: Event,
    /// The records in whose histories it stands.
    of: Vec<RecordKey>,
}

/// An old and a new value of a field.
const VALUES: (&str, &str) = ("jane.old@example.com", "jane.new@example.com");

fn happened(made: &[Made], whats: &[(usize, What)]) -> Vec<Happened> {
    let mut all = Vec::new();
    for (minutes, (nth, what)) in whats.iter().enumerate() {
        let nth = nth % made.len();
        let (person, deal) = (lead_name(nth), made[nth].deal.map(|_| key(&deal_name(nth))));
        let (kind, detail) = match what {
            What::Field(field) => {
                let (old, new) = (Some(VALUES.0.into()), Some(VALUES.1.into()));
                (EventKind::FieldChange, Detail::Field { field: (*field).into(), old, new, withheld: false })
            }
            What::Form(_) => {
                let form =
                    Asset { key: key("marketing:form:1"), title: Some("Form".into()), kind: "form".into() };
                (
                    EventKind::FormSubmission,
                    Detail::Touch { channel: Channel::Email, asset: Some(form), url: None },
                )
            }
            What::Call { .. } => {
                let detail = Detail::Activity {
                    direction: None,
                    outcome: None,
                    duration_seconds: None,
                    automated: false,
                    subject: None,
                    body: None,
                };
                (EventKind::Call, detail)
            }
            What::Moved => {
                let (from, to) = (Some("Prospecting".into()), Some("Proposal".into()));
                (EventKind::StageChange, Detail::Opportunity { from, to, amount: None })
            }
        };
        let mut event = event(kind, "2025-01-10", &person, detail);
        event.occurred_at = at("2025-01-10") + TimeDelta::minutes(i64::try_from(minutes).unwrap_or(0) * 97);
        event.vendor_id = Some(format!("E{minutes}").into());
        event.account = Some(key(&account_name(nth)));
        let of = match (what, &deal) {
            (What::Moved, None) => continue,
            (What::Moved, Some(deal)) => {
                (event.source, event.person, event.opportunity) = (deal.clone(), None, Some(deal.clone()));
                vec![deal.clone()]
            }
            (What::Call { about_deal: true }, Some(deal)) => {
                event.opportunity = Some(deal.clone());
                vec![key(&person), deal.clone()]
            }
            _ => vec![key(&person)],
        };
        if let What::Form(campaign) = what {
            event.campaign = campaign.map(|campaign| key(CAMPAIGNS[campaign]));
        }
        all.push(Happened { nth, what: *what, event, of });
    }
    all
}

/// The view shows this entry one by one.
fn sees(view: &View, it: &Happened) -> bool {
    let policy = view.policy();
    let granted = view.claims().campaigns.as_ref().map(|granted| {
        let name = |campaign: usize| CAMPAIGNS[campaign].replace(":Campaign", "");
        matches!(it.what, What::Form(Some(campaign)) if granted.contains(&*name(campaign)))
    });
    let extent = match it.event.kind.part() {
        HistoryPart::Changes => policy.changes,
        HistoryPart::Touches => policy.marketing_history,
        HistoryPart::Activities => policy.sales_activities,
    };
    match extent {
        Extent::Full => it.event.kind.part() != HistoryPart::Touches || granted != Some(false),
        Extent::GrantedCampaigns => granted == Some(true),
        _ => false,
    }
}

fn sees_campaign(view: &View, campaign: usize) -> bool {
    let name = CAMPAIGNS[campaign].replace(":Campaign", "");
    let granted = view.claims().campaigns.as_ref().map(|granted| granted.contains(&*name));
    match view.policy().campaigns {
        Rows::None => false,
        Rows::GrantedCampaigns => granted == Some(true),
        _ => granted != Some(false),
    }
}

/// A value of a changed field as the view shows it.
fn value(view: &View, field: &str, text: &str) -> Cell {
    let personal = view.pii().sight();
    match field {
        "title" => text.into(),
        "email" => shown(personal, text, mask_email, true),
        "phone" => shown(personal, text, mask_phone, false),
        "mobile" => shown(view.policy().mobile.min(personal), text, mask_phone, false),
        "score" => shown(view.policy().scores, text, |_| None, false),
        _ => shown(personal, text, |_| None, false),
    }
}

fn id(kind: NodeKind, record: &str, is_seen: bool) -> Cell {
    if is_seen { NodeId::new(kind, key(record)).encode().as_str().into() } else { Cell::Null }
}

/// What the view is told: for every entry the columns in which views differ.
fn expected(view: &View, made: &[Made], all: &[Happened]) -> BTreeMap<String, BTreeMap<&'static str, Cell>> {
    let mut rows = BTreeMap::new();
    for it in all.iter().filter(|it| sees(view, it)) {
        let own = &made[it.nth];
        let (person, deal) = (sees_person(view, own), sees_deal(view, own));
        let is_of_person = person && it.of[0].object.as_ref() == "Lead";
        let is_of_deal = deal && it.of.last().is_some_and(|of| of.object.as_ref() == "Opportunity");
        let (letter, anchor) = match (is_of_person, is_of_deal) {
            (true, _) => ('p', lead_name(it.nth)),
            // What a person's history tells is not told again by their opportunity.
            (false, true) => ('o', deal_name(it.nth)),
            (false, false) => continue,
        };
        let part = Some(format!("{letter}{}", id_of(&it.event)).into());
        let node = NodeId { kind: NodeKind::Event, key: key(&anchor), part };
        let mut row = BTreeMap::from([
            ("kind", it.event.kind.name().into()),
            ("anchor_key", anchor.as_str().into()),
            ("person_id", id(NodeKind::Person, &lead_name(it.nth), person && it.event.person.is_some())),
            ("account_id", id(NodeKind::Account, &account_name(it.nth), sees_account(view, own))),
            (
                "opportunity_id",
                id(NodeKind::Opportunity, &deal_name(it.nth), deal && it.event.opportunity.is_some()),
            ),
            ("campaign_id", Cell::Null),
            ("old_value", Cell::Null),
            ("new_value", Cell::Null),
            ("stage_to", Cell::Null),
        ]);
        match it.what {
            What::Form(Some(campaign)) => {
                row.insert(
                    "campaign_id",
                    id(NodeKind::Campaign, CAMPAIGNS[campaign], sees_campaign(view, campaign)),
                );
            }
            What::Field(field) => {
                row.insert("old_value", value(view, field, VALUES.0));
                row.insert("new_value", value(view, field, VALUES.1));
            }
            What::Moved => {
                let figure = |text: &str| shown(view.policy().deal_figures, text, |_| None, false);
                row.insert("old_value", figure("Prospecting"));
                row.insert("new_value", figure("Proposal"));
                row.insert("stage_to", figure("Proposal"));
            }
            What::Form(None) | What::Call { .. } => {}
        }
        rows.insert(node.encode(), row);
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_export_of_histories_is_exactly_the_entries_and_values_its_view_may_see(
        made in proptest::collection::vec(made(), 1..5),
        whats in proptest::collection::vec((0_usize..5, what()), 0..25),
        views in proptest::collection::vec(reader(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let all = happened(&made, &whats);
            let told = all.iter().flat_map(|it| {
                it.of.iter().map(|of| Observation::Event { of: of.clone(), event: Arc::new(it.event.clone()) })
            });
            let facts = Facts::of_company(company(), observations(&made).into_iter().chain(told)).await;
            let system = View::system();
            prop_assert_eq!(expected(&system, &made, &all).len(), all.len(), "who sees everything is told all");
            for view in views.iter().chain([&system]) {
                let expected = expected(view, &made, &all);
                let (_, rows) = exported(&facts, view, Dataset::LeadHistory).await;
                for (id, row) in &expected {
                    let own = rows.get(id);
                    prop_assert!(own.is_some(), "{:?} is missing", row);
                    for (column, cell) in row {
                        prop_assert_eq!(own.map(|own| &own[*column]), Some(cell), "{} of {:?}", column, row);
                    }
                }
                prop_assert_eq!(rows.len(), expected.len(), "nothing else is told: {:?}", rows);

                let pieces = view.policy().marketing_history.pieces();
                prop_assert_eq!(Dataset::Touchpoints.is_shown(view), pieces == Sight::Full);
                if pieces == Sight::Full {
                    let (_, touches) = exported(&facts, view, Dataset::Touchpoints).await;
                    let form = Cell::from("FORM_SUBMISSION");
                    let forms = expected.iter().filter(|(_, row)| row["kind"] == form);
                    let forms: BTreeMap<&String, &Cell> =
                        forms.map(|(id, row)| (id, &row["campaign_id"])).collect();
                    let told: BTreeMap<&String, &Cell> =
                        touches.iter().map(|(id, row)| (id, &row["campaign_id"])).collect();
                    prop_assert_eq!(told, forms);
                }
            }
            Ok(())
        })?;
    }
}
