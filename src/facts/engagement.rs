//! How far an account takes part: what its people did, and who of the buying group is known.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::event::EventKind;
use crate::domain::fact::{OpportunityFact, TouchFact};
use crate::domain::id::RecordKey;
use crate::domain::opportunity::BuyingRole;
use crate::domain::view::{EntryRow, Part, View};

use super::keys::Row;
use super::snapshot::Snapshot;
use super::visible::Visible;

/// After so many days a touch counts half, after twice as many a quarter.
const HALF_LIFE_DAYS: i64 = 30;

/// The parts a buying group should have.
const ROLES: [BuyingRole; 5] = [
    BuyingRole::DecisionMaker,
    BuyingRole::EconomicBuyer,
    BuyingRole::Champion,
    BuyingRole::Influencer,
    BuyingRole::User,
];

/// How far an account takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Engagement {
    /// Touches that may earn credit, each counting half for every full 30 days it lies before the present, to four
    /// decimals.
    pub score: Decimal,
    /// People of the account who did something.
    pub people: usize,
    /// Touches that may earn credit.
    pub touches: usize,
    /// Parts of the buying group that a contact of its opportunities plays.
    pub roles_covered: Vec<BuyingRole>,
    /// Parts that nobody plays.
    pub roles_missing: Vec<BuyingRole>,
    /// The latest of the touches.
    pub last_touch_at: Option<DateTime<Utc>>,
}

impl Snapshot {
    /// The engagement of an account within `[from, until)`, as far as the view sees its people and their touches; over
    /// everything known without a window. None for an account that is not seen.
    pub fn engagement(
        &self,
        view: &View,
        account: &RecordKey,
        window: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Option<Engagement> {
        let Some(Row::Account(place)) = self.row_of(account) else { return None };
        let visible = self.visible(view);
        if !visible.accounts.has(place as usize) {
            return None;
        }
        Some(self.counted(place as usize, &visible, window, &self.touches_seen(view)))
    }

    /// The score of every account by everything known, by place; of accounts that are not seen it is not told.
    pub(super) fn engagement_scores(&self, view: &View, visible: &Visible) -> Vec<Decimal> {
        let (seen, mut scores) = (self.touches_seen(view), vec![Decimal::ZERO; self.accounts.len()]);
        for place in visible.accounts.places() {
            scores[place] = self.counted(place, visible, None, &seen).score;
        }
        scores
    }

    /// Which touches a view may know of, by the campaign they belong to.
    fn touches_seen(&self, view: &View) -> impl Fn(&TouchFact) -> bool + use<> {
        let sees = |campaigns: &[RecordKey]| {
            view.sees_entry(&EntryRow { kind: EventKind::FormSubmission, campaigns }) != Part::Nothing
        };
        let of_none = sees(&[]);
        let of: Vec<bool> = self.campaigns.iter().map(|line| sees(&line.keys)).collect();
        move |touch| touch.campaign.map_or(of_none, |campaign| of[campaign.place()])
    }

    fn counted(
        &self,
        place: usize,
        visible: &Visible,
        window: Option<(DateTime<Utc>, DateTime<Utc>)>,
        sees: &impl Fn(&TouchFact) -> bool,
    ) -> Engagement {
        let (facts, account) = (&self.facts, &self.facts.accounts[place]);
        let within = |touch: &TouchFact| {
            window.is_none_or(|(from, until)| touch.when.at >= from && touch.when.at < until)
                && touch.when.at <= facts.as_of
                && touch.kind != EventKind::EmailSent
        };
        let (mut score, mut touches, mut last_touch_at) = (Decimal::ZERO, 0, None);
        let mut people = BTreeSet::new();
        let own =
            account.people.of(&facts.account_people).iter().filter(|ix| visible.sight.people.holds(**ix));
        for person in own {
            let touched = facts.touches_of(&facts.people[person.place()]).iter();
            for touch in touched.filter(|it| it.is_eligible && within(it) && sees(it)) {
                let halvings = (facts.as_of - touch.when.at).num_days() / HALF_LIFE_DAYS;
                score += Decimal::ONE / Decimal::from(1_u64 << halvings.clamp(0, 40));
                touches += 1;
                people.insert(*person);
                last_touch_at = last_touch_at.max(Some(touch.when.at));
            }
        }
        let played = self.roles_of(account.opportunities.of(&facts.account_opportunities), visible);
        let (roles_covered, roles_missing) = ROLES.into_iter().partition(|role| played.contains(role));
        Engagement {
            score: score.round_dp(4),
            people: people.len(),
            touches,
            roles_covered,
            roles_missing,
            last_touch_at,
        }
    }

    fn roles_of(
        &self,
        opportunities: &[crate::domain::fact::Ix<OpportunityFact>],
        visible: &Visible,
    ) -> Vec<BuyingRole> {
        let seen = opportunities.iter().filter(|ix| visible.sight.opportunities.holds(**ix));
        let lines = seen.filter_map(|ix| self.opportunities[ix.place()].as_deref());
        lines.flat_map(|line| line.roles.iter().flatten().copied()).collect()
    }
}
