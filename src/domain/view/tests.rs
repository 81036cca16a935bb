#![expect(clippy::unwrap_used, reason = "a test may fail")]

use super::super::custom::{CustomFieldInfo, CustomFieldType};
use super::super::id::SourceName;
use super::super::territory::{Belongs, Place, Team, Territory, TerritoryField};
use super::super::{event::EventKind, id::RecordKey};
use super::*;

fn set(names: &[&str]) -> BTreeSet<Arc<str>> {
    names.iter().map(|name| Arc::from(*name)).collect()
}

fn key(object: &str, id: &str) -> RecordKey {
    RecordKey::new(&SourceName::new("sales"), object, id)
}

fn user(id: &str, email: &str) -> Owner {
    Owner { keys: vec![key("User", id)], email: Some(Arc::from(email)), ..Owner::default() }
}

fn queue(id: &str) -> Owner {
    Owner { keys: vec![key("Group", id)], is_queue: true, ..Owner::default() }
}

fn country(name: &str) -> Place {
    Place { country: Some(Arc::from(name)), ..Place::default() }
}

/// `emea` over `dach` and `uk`, beside `us`; a team with a queue.
fn company() -> Arc<Company> {
    let territory = |name: &str, parent: Option<&str>, region: Option<&str>, countries: &[&str]| Territory {
        key: Arc::from(name),
        label: Arc::from(name),
        parent: parent.map(Arc::from),
        region: region.map(Arc::from),
        any: vec![Belongs::OneOf(TerritoryField::Country, set(countries))],
    };
    Arc::new(Company {
        territories: vec![
            territory("dach", Some("emea"), None, &["germany", "austria"]),
            territory("uk", Some("emea"), None, &["united kingdom"]),
            territory("us", None, Some("americas"), &["united states"]),
            territory("emea", None, Some("old-world"), &["france", "germany"]),
        ],
        teams: vec![Team {
            key: Arc::from("inside"),
            members: set(&["rep@x.io", "sales:005B"]),
            queues: set(&["sales:00G1"]),
            vendor_teams: set(&["Inside Sales"]),
        }],
    })
}

fn policy(rows: Rows) -> Policy {
    Policy {
        people: rows,
        accounts: rows,
        opportunities: rows,
        campaigns: Rows::All,
        raw_payload: Extent::ByScope,
        identity_override: Extent::ByScope,
        ..Policy::everything()
    }
}

fn granted(policy: Policy, claims: Claims) -> View {
    View::grant(Arc::new(policy), company(), Some(PseudonymKey::new(b"fixture-key")), claims)
}

fn rep() -> Claims {
    Claims { email: Some(Arc::from("rep@x.io")), territories: Some(set(&["dach"])), ..Claims::default() }
}

fn sees(view: &View, owner: Option<&Owner>, place: &Place) -> bool {
    view.sees_person(&PersonRow { owner, place: Some(place), campaigns: &[] })
}

#[test]
fn a_rep_sees_own_people_the_teams_queue_and_the_unassigned_in_the_territory() {
    let view = granted(policy(Rows::Own), rep());
    let nowhere = Place::default();
    assert!(sees(&view, Some(&user("005A", "rep@x.io")), &nowhere));
    assert!(sees(&view, Some(&queue("00G1")), &nowhere));
    assert!(sees(&view, None, &country(" Germany ")));
    assert!(!sees(&view, None, &country("United Kingdom")), "unassigned, but in another territory");
    assert!(!sees(&view, None, &nowhere), "unassigned, and nowhere");
    assert!(!sees(&view, Some(&user("005B", "other@x.io")), &country("Germany")), "a colleague's");
    assert!(!sees(&view, Some(&queue("00G2")), &country("Germany")), "another team's queue");
}

#[test]
fn a_claim_names_a_record_by_either_form_of_its_id() {
    let claims = Claims { owners: Some(set(&["sales:0055e00000XyZaB"])), ..rep() };
    let view = granted(policy(Rows::Own), claims);
    let nowhere = Place::default();
    let long = crate::domain::case_safe::canonical("0055e00000XyZaB").unwrap();
    assert!(sees(&view, Some(&user(&long, "any@x.io")), &nowhere));
    let other = crate::domain::case_safe::canonical("0055e00000XyZab").unwrap();
    assert!(!sees(&view, Some(&user(&other, "any@x.io")), &nowhere), "the case of a letter tells another");
}

#[test]
fn own_follows_the_claim_owners_before_the_claim_email() {
    let claims = Claims { owners: Some(set(&["sales:005A"])), ..rep() };
    let view = granted(policy(Rows::Own), claims);
    let nowhere = Place::default();
    assert!(sees(&view, Some(&user("005A", "someone@x.io")), &nowhere));
    assert!(!sees(&view, Some(&user("005C", "rep@x.io")), &nowhere));
}

#[test]
fn a_rep_sees_opportunities_of_accounts_whose_team_they_belong_to() {
    let view = granted(policy(Rows::Own), rep());
    let (me, other) = (user("005A", "rep@x.io"), user("005C", "other@x.io"));
    let germany = country("Germany");
    let row =
        |owner, account_team| OpportunityRow { owner: Some(owner), account_team, place: Some(&germany) };
    assert!(view.sees_opportunity(&row(&me, &[])));
    assert!(view.sees_opportunity(&row(&other, std::slice::from_ref(&me))));
    assert!(!view.sees_opportunity(&row(&other, std::slice::from_ref(&other))));
}

#[test]
fn a_manager_sees_the_granted_territory_and_everything_beneath_it() {
    let claims = Claims { territories: Some(set(&["emea"])), ..Claims::default() };
    let view = granted(policy(Rows::Territory), claims);
    for seen in ["Germany", "United Kingdom", "France"] {
        assert!(sees(&view, None, &country(seen)), "{seen}");
    }
    assert!(!sees(&view, None, &country("United States")));
    assert!(!sees(&view, None, &country("Japan")));
}

#[test]
fn a_territory_claim_outside_the_view_or_the_settings_grants_nothing() {
    let narrow = Policy { territories: Some(set(&["uk"])), ..policy(Rows::Territory) };
    for claimed in ["us", "atlantis"] {
        let claims = Claims { territories: Some(set(&[claimed])), ..Claims::default() };
        let view = granted(narrow.clone(), claims);
        assert!(!sees(&view, None, &country("United States")), "{claimed}");
        assert!(!sees(&view, None, &country("United Kingdom")), "{claimed}");
    }
    let claims = Claims { territories: Some(set(&["emea"])), ..Claims::default() };
    let view = granted(narrow, claims);
    assert!(sees(&view, None, &country("United Kingdom")));
    assert!(!sees(&view, None, &country("Germany")), "the claim does not widen the view");
}

#[test]
fn a_view_by_territory_without_any_granted_sees_nothing() {
    let view = granted(policy(Rows::Territory), Claims::default());
    assert!(!sees(&view, None, &country("Germany")));
    assert!(!view.people_need().place, "and nobody needs to read where people are");
}

#[test]
fn a_region_grants_its_territories_and_narrows_even_a_view_of_everything() {
    let claims = Claims { regions: Some(set(&["americas"])), ..Claims::default() };
    let view = granted(policy(Rows::All), claims);
    assert!(sees(&view, None, &country("United States")));
    assert!(!sees(&view, None, &country("Germany")));
    assert!(sees(&granted(policy(Rows::All), Claims::default()), None, &country("Germany")));
}

#[test]
fn an_agency_sees_members_touches_and_spend_of_granted_campaigns_only() {
    let agency = Policy {
        people: Rows::GrantedCampaigns,
        accounts: Rows::None,
        opportunities: Rows::None,
        campaigns: Rows::GrantedCampaigns,
        marketing_history: Extent::GrantedCampaigns,
        sales_activities: Extent::Hidden,
        spend_lines: Extent::GrantedCampaigns,
        ..policy(Rows::None)
    };
    let claims = Claims { campaigns: Some(set(&["sales:701A"])), ..Claims::default() };
    let view = granted(agency.clone(), claims);
    let (mine, other) = ([key("Campaign", "701A")], [key("Campaign", "701B")]);
    assert!(view.sees_person(&PersonRow { campaigns: &mine, ..PersonRow::default() }));
    assert!(!view.sees_person(&PersonRow { campaigns: &other, ..PersonRow::default() }));
    assert!(!view.sees_person(&PersonRow::default()));
    assert!(view.sees_campaign(&mine) && view.sees_spend_lines(&mine));
    assert!(!view.sees_campaign(&other) && !view.sees_spend_lines(&other));
    assert!(!view.sees_opportunity(&OpportunityRow::default()));
    let entry = |kind, campaigns| view.sees_entry(&EntryRow { kind, campaigns });
    assert_eq!(entry(EventKind::FormSubmission, &mine), Part::Entry);
    assert_eq!(entry(EventKind::FormSubmission, &other), Part::Nothing);
    assert_eq!(entry(EventKind::Call, &mine), Part::Nothing);
    assert_eq!(entry(EventKind::OpportunityWon, &mine), Part::Nothing);

    let without = granted(agency, Claims::default());
    assert!(!without.sees_person(&PersonRow { campaigns: &mine, ..PersonRow::default() }));
    assert!(!without.sees_campaign(&mine));
}

#[test]
fn counts_keep_the_connection_and_hide_its_entries() {
    let view = granted(Policy { marketing_history: Extent::Counts, ..policy(Rows::All) }, Claims::default());
    assert_eq!(view.sight(Aspect::MarketingHistory), Sight::Full);
    assert_eq!(view.sight(Aspect::MarketingEntries), Sight::Hidden);
    let entry = EntryRow { kind: EventKind::EmailOpened, campaigns: &[] };
    assert_eq!(view.sees_entry(&entry), Part::Counted);
}

#[test]
fn personal_data_is_seen_at_the_lower_of_view_and_claim() {
    for view_level in Pii::ALL {
        for claimed in Pii::ALL {
            let claims = Claims { pii: Some(claimed), ..Claims::default() };
            let view = granted(Policy { pii: view_level, ..policy(Rows::All) }, claims);
            assert_eq!(view.pii(), view_level.min(claimed));
        }
    }
}

#[test]
fn values_are_masked_replaced_or_denied_as_the_level_says() {
    let at = |pii| granted(Policy { pii, ..policy(Rows::All) }, Claims::default());
    let changed = |text: &str| Seen::Changed(text.to_owned());
    let masked = at(Pii::Masked);
    assert_eq!(masked.see(Aspect::Email, "jane.doe@example.com"), changed("j***@example.com"));
    assert_eq!(masked.see(Aspect::Name, "Jane Doe"), changed("J. D."));
    assert_eq!(masked.see(Aspect::Mobile, "+44 20 7946 0958"), changed("***58"));
    assert_eq!(masked.see(Aspect::FreeText, "call Jane"), Seen::Blank);
    assert_eq!(masked.see(Aspect::ActivityBody, "call Jane"), Seen::Blank);
    let pseudonym = at(Pii::Pseudonym);
    assert_eq!(
        pseudonym.see(Aspect::Email, "jane.doe@example.com"),
        changed("h_6fe7ccbeff627e5a11f37c7e39936200")
    );
    assert_eq!(pseudonym.see(Aspect::Name, "Jane Doe"), Seen::Blank);
    assert_eq!(pseudonym.see(Aspect::Phone, "+44 20 7946 0958"), Seen::Blank);
    assert_eq!(at(Pii::None).see(Aspect::Email, "a@x.io"), Seen::Denied);
    assert_eq!(at(Pii::Full).see(Aspect::Email, "a@x.io"), Seen::Plain("a@x.io"));
}

#[test]
fn a_pseudonym_without_a_key_is_null() {
    let pseudonymous = Policy { pii: Pii::Pseudonym, ..policy(Rows::All) };
    let view = View::grant(Arc::new(pseudonymous), company(), None, Claims::default());
    assert_eq!(view.see(Aspect::Email, "a@x.io"), Seen::Blank);
}

#[test]
fn only_a_fully_seen_column_may_be_filtered_by() {
    let view = granted(Policy { pii: Pii::Masked, ..policy(Rows::All) }, Claims::default());
    assert!(!view.may_filter_by(Aspect::Email) && !view.may_look_up_by_email());
    assert!(view.may_filter_by(Aspect::DealFigures));
}

#[test]
fn a_custom_field_can_be_hidden_from_a_view_and_masked_as_personal() {
    let field = |is_personal, hidden_from: &[&str]| CustomFieldInfo {
        key: Arc::from("tier"),
        label: Arc::from("Tier"),
        kind: CustomFieldType::Text,
        is_personal,
        hidden_from: set(hidden_from),
    };
    let masked = granted(Policy { pii: Pii::Masked, ..policy(Rows::All) }, Claims::default());
    assert!(masked.sees_values_of(&field(false, &[])));
    assert!(masked.knows(&field(true, &[])) && !masked.sees_values_of(&field(true, &[])));
    assert!(!masked.knows(&field(false, &["system"])), "hidden from the view of that key");
    let full = granted(policy(Rows::All), Claims::default());
    assert!(full.sees_values_of(&field(true, &["agency"])));
}

#[test]
fn raw_payload_and_identity_override_need_both_the_view_and_the_scope() {
    let scopes = set(&[SCOPE_RAW_PAYLOAD]);
    let view = granted(policy(Rows::All), Claims { scopes: scopes.clone(), ..Claims::default() });
    assert_eq!(view.sight(Aspect::RawPayload), Sight::Full);
    assert_eq!(view.sight(Aspect::IdentityOverride), Sight::Hidden);
    let never = Policy { raw_payload: Extent::Hidden, ..policy(Rows::All) };
    let view = granted(never, Claims { scopes, ..Claims::default() });
    assert_eq!(view.sight(Aspect::RawPayload), Sight::Hidden);
}

#[test]
fn notes_and_numbers_reach_oneself_or_the_team() {
    let (me, mate, stranger) =
        (user("005A", "rep@x.io"), user("005B", "mate@x.io"), user("005C", "stranger@x.io"));
    let by_vendor = Owner { teams: vec![Arc::from("Inside Sales")], ..user("005D", "new@x.io") };
    let own = granted(Policy { notes: Extent::Own, ..policy(Rows::Own) }, rep());
    assert!(own.sees_note_of(&me) && !own.sees_note_of(&mate));
    let team = granted(Policy { rep_numbers: Extent::Team, ..policy(Rows::Own) }, rep());
    assert!(team.sees_numbers_of(&me) && team.sees_numbers_of(&mate) && team.sees_numbers_of(&by_vendor));
    assert!(!team.sees_numbers_of(&stranger));
}

#[test]
fn the_fingerprint_tells_views_apart_exactly_when_they_see_different_things() {
    let all = |claims| granted(policy(Rows::All), claims).fingerprint().clone();
    let plain = all(Claims::default());
    assert_eq!(plain, all(Claims { subject: Arc::from("someone else"), ..Claims::default() }));
    assert_ne!(plain, all(Claims { pii: Some(Pii::Masked), ..Claims::default() }));
    assert_ne!(plain, all(Claims { campaigns: Some(set(&["sales:701A"])), ..Claims::default() }));
    let own = |email: &str| {
        granted(policy(Rows::Own), Claims { email: Some(Arc::from(email)), ..Claims::default() })
            .fingerprint()
            .clone()
    };
    assert_ne!(own("a@x.io"), own("b@x.io"));
}

#[test]
fn every_name_of_the_settings_leads_back_to_what_it_names() {
    assert!(Sight::ALL.iter().all(|one| Sight::from_name(one.name()) == Some(*one)));
    assert!(Pii::ALL.iter().all(|one| Pii::from_name(one.name()) == Some(*one)));
    assert!(Rows::ALL.iter().all(|one| Rows::from_name(one.name()) == Some(*one)));
    assert!(Extent::ALL.iter().all(|one| Extent::from_name(one.name()) == Some(*one)));
    assert!(Write::ALL.iter().all(|one| Write::from_name(one.name()) == Some(*one)));
}

#[test]
fn employees_and_owners_place_a_row_too_and_the_first_territory_wins() {
    let territory = |name: &str, any| Territory {
        key: Arc::from(name),
        label: Arc::from(name),
        parent: None,
        region: None,
        any,
    };
    let company = Company {
        territories: vec![
            territory("named", vec![Belongs::OwnedBy(set(&["sales:005A"]))]),
            territory("small", vec![Belongs::Employees { from: 1, to: Some(49) }]),
            territory("large", vec![Belongs::Employees { from: 50, to: None }]),
        ],
        teams: Vec::new(),
    };
    let sized = |count| Place { employees: Some(count), ..Place::default() };
    let found =
        |place: &Place, owner: Option<&Owner>| company.territory_of(place, owner).map(|t| t.key.to_string());
    assert_eq!(found(&sized(49), Some(&user("005A", "a@x.io"))).unwrap(), "named");
    assert_eq!(found(&sized(49), None).unwrap(), "small");
    assert_eq!(found(&sized(50), None).unwrap(), "large");
    assert_eq!(found(&sized(0), None), None);
}

#[test]
fn a_subject_that_is_an_address_is_noted_as_a_digest() {
    let noted = |subject: &str| Claims { subject: subject.into(), ..Claims::default() }.noted();
    assert_eq!(noted("user-17"), "user-17");
    let digest = noted("jane.doe@example.com");
    assert!(digest.starts_with("sha256:") && !digest.contains("jane"), "{digest}");
}
