//! `[views.X]`: what each team may see. Seven views are shipped in `deploy/views.toml` and built in; a section of the
//! same name changes what it names, and a new view starts from the one it is `like`, or from nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Mistake;
use super::book::Book;
use super::section::{Said, Section};
use crate::domain::territory::Company;
use crate::domain::view::{Extent, Pii, Policy, Rows, Sight, Write};

const SHIPPED: &str = include_str!("../../deploy/views.toml");

/// The shipped views and those of the settings.
pub(super) fn read(root: &Section<'_>, company: &Company) -> Vec<Arc<Policy>> {
    let mut views = shipped().expect("a test reads the shipped views");
    if let Some(all) = root.section("views") {
        for (key, section) in all.sections() {
            let view = view(&key, &section, &views);
            check(&view, &section, company);
            match views.iter_mut().find(|shipped| shipped.key == view.key) {
                Some(shipped) => *shipped = view,
                None => views.push(view),
            }
            let view = views.iter().find(|one| &*one.key == key.text);
            let twin = views.iter().find(|one| {
                view.is_some_and(|view| one.key != view.key && one.team == view.team && one.role == view.role)
            });
            if let Some(twin) = twin {
                section.wrong(format!("has the team and role of the view {}", twin.key));
            }
        }
    }
    views.into_iter().map(Arc::new).collect()
}

/// The seven views of the domain guide.
pub(super) fn shipped() -> Result<Vec<Policy>, Vec<Mistake>> {
    let book = Book::new(SHIPPED);
    let table = book.parse();
    let views = {
        let root = book.section("", &table);
        let mut views = Vec::new();
        for (key, section) in root.sections() {
            views.push(view(&key, &section, &views));
        }
        views
    };
    book.verdict(Some(views))
}

fn view(key: &Said<'_>, section: &Section<'_>, known: &[Policy]) -> Policy {
    let like = section.text("like");
    let like_key = like.as_ref().map_or(key.text, |said| said.text);
    let base = known.iter().find(|policy| &*policy.key == like_key).cloned();
    if base.is_none() && like.is_some() {
        section.wrong_at("like", format!("there is no view `{like_key}`"));
    }
    let is_new = like.is_some() || base.is_none();
    let base = base.unwrap_or_else(closed);
    let name = |setting: &str, shipped: &Arc<str>| {
        let said = section.text(setting);
        if said.is_none() && is_new && !section.has(setting) {
            section.wrong_at(setting, "is missing");
        }
        said.map_or_else(|| shipped.clone(), |said| Arc::from(said.text))
    };
    let rows = |setting: &str, default: Rows, allowed: &[Rows]| {
        section.choice(setting, allowed, Rows::name).unwrap_or(default)
    };
    let sight = |setting: &str, default: Sight, allowed: &[Sight]| {
        section.choice(setting, allowed, Sight::name).unwrap_or(default)
    };
    let extent = |setting: &str, default: Extent, allowed: &[Extent]| {
        section.choice(setting, allowed, Extent::name).unwrap_or(default)
    };
    let own_rows = [Rows::All, Rows::Territory, Rows::Own, Rows::None];
    let shown = [Sight::Full, Sight::Denied, Sight::Hidden];
    let by_person = [Extent::Full, Extent::Team, Extent::Own, Extent::Denied, Extent::Hidden];
    let by_scope = [Extent::ByScope, Extent::Hidden];
    Policy {
        key: Arc::from(key.text),
        team: name("team", &base.team),
        role: name("role", &base.role),
        people: rows("people", base.people, &Rows::ALL),
        accounts: rows("accounts", base.accounts, &own_rows),
        opportunities: rows("opportunities", base.opportunities, &own_rows),
        campaigns: rows("campaigns", base.campaigns, &[Rows::All, Rows::GrantedCampaigns, Rows::None]),
        territories: match section.texts("territories") {
            Some(keys) => Some(keys.iter().map(|said| Arc::from(said.text)).collect()),
            None => base.territories,
        },
        pii: section.choice("pii", &Pii::ALL, Pii::name).unwrap_or(base.pii),
        mobile: sight("mobile", base.mobile, &[Sight::Full, Sight::Masked, Sight::Denied, Sight::Hidden]),
        marketing_history: extent(
            "marketing_history",
            base.marketing_history,
            &[Extent::Full, Extent::GrantedCampaigns, Extent::Counts, Extent::Hidden],
        ),
        sales_activities: extent(
            "sales_activities",
            base.sales_activities,
            &[Extent::Full, Extent::Counts, Extent::Hidden],
        ),
        activity_body: sight("activity_body", base.activity_body, &shown),
        changes: extent("changes", base.changes, &[Extent::Full, Extent::Hidden]),
        deal_figures: sight("deal_figures", base.deal_figures, &shown),
        notes: extent("notes", base.notes, &by_person),
        spend_lines: extent(
            "spend_lines",
            base.spend_lines,
            &[Extent::Full, Extent::GrantedCampaigns, Extent::Total],
        ),
        rep_numbers: extent("rep_numbers", base.rep_numbers, &by_person),
        scores: sight("scores", base.scores, &shown),
        provenance: extent(
            "provenance",
            base.provenance,
            &[Extent::Full, Extent::ChosenOnly, Extent::Hidden],
        ),
        raw_payload: extent("raw_payload", base.raw_payload, &by_scope),
        identity_override: extent("identity_override", base.identity_override, &by_scope),
        writes: match section.texts("writes") {
            Some(writes) => writes
                .iter()
                .filter_map(|said| section.chosen("writes", said, &Write::ALL, Write::name))
                .collect(),
            None => base.writes,
        },
        suppress_below: section.number("suppress_below", base.suppress_below.into(), 0..=1_000) as u32,
    }
}

/// What cannot be told from the view alone.
fn check(view: &Policy, section: &Section<'_>, company: &Company) {
    for key in view.territories.iter().flatten() {
        if !company.territories.iter().any(|territory| territory.key == *key) {
            section.wrong_at("territories", format!("there is no territory `{key}`"));
        }
    }
}

/// A view that sees nothing: what a new view starts from.
fn closed() -> Policy {
    Policy {
        key: Arc::default(),
        team: Arc::default(),
        role: Arc::default(),
        people: Rows::None,
        accounts: Rows::None,
        opportunities: Rows::None,
        campaigns: Rows::None,
        territories: None,
        pii: Pii::None,
        mobile: Sight::Full,
        marketing_history: Extent::Hidden,
        sales_activities: Extent::Hidden,
        activity_body: Sight::Hidden,
        changes: Extent::Hidden,
        deal_figures: Sight::Hidden,
        notes: Extent::Hidden,
        spend_lines: Extent::Total,
        rep_numbers: Extent::Hidden,
        scores: Sight::Hidden,
        provenance: Extent::Hidden,
        raw_payload: Extent::Hidden,
        identity_override: Extent::Hidden,
        writes: BTreeSet::new(),
        suppress_below: 0,
    }
}
