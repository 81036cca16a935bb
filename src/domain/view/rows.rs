//! Which rows exist for a view. A row that is not seen behaves as if it did not exist.

use super::super::event::{EventKind, HistoryPart};
use super::super::id::RecordKey;
use super::super::territory::{Owner, Place};
use super::{Extent, Rows, View};

/// What decides whether a person exists for a view. What [`View::people_need`] does not ask for may stay empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonRow<'a> {
    /// The owner of the unified person; none when nobody owns it.
    pub owner: Option<&'a Owner>,
    /// Where the person is.
    pub place: Option<&'a Place>,
    /// The campaigns the person is a member of, by every key they have.
    pub campaigns: &'a [RecordKey],
}

/// What decides whether an account exists for a view.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountRow<'a> {
    /// The owner of the account.
    pub owner: Option<&'a Owner>,
    /// Owners of its open opportunities.
    pub team: &'a [Owner],
    /// Where it is.
    pub place: Option<&'a Place>,
}

/// What decides whether an opportunity exists for a view.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpportunityRow<'a> {
    /// The owner of the opportunity.
    pub owner: Option<&'a Owner>,
    /// The owner of its account and the owners of the account's open opportunities.
    pub account_team: &'a [Owner],
    /// Where its account is.
    pub place: Option<&'a Place>,
}

/// What decides how much of a history's entry a view sees.
#[derive(Clone, Copy, Debug)]
pub struct EntryRow<'a> {
    /// What happened.
    pub kind: EventKind,
    /// The campaign it belongs to, by every key it has.
    pub campaigns: &'a [RecordKey],
}

/// How much of an entry of a history is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The entry.
    Entry,
    /// That it is there: it counts in `totalCount` and is not shown.
    Counted,
    /// Nothing.
    Nothing,
}

/// What must be known of a row before a view can be asked about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowNeeds {
    /// Its owner.
    pub owner: bool,
    /// Its account's team.
    pub account_team: bool,
    /// Where it is.
    pub place: bool,
    /// The campaigns of the person.
    pub campaigns: bool,
}

impl View {
    /// Whether this person exists for the view.
    pub fn sees_person(&self, row: &PersonRow<'_>) -> bool {
        let rows = self.0.policy.people;
        let by_rule = match rows {
            Rows::All => true,
            Rows::None => false,
            Rows::GrantedCampaigns => {
                return self.is_granted(row.campaigns) && self.within(row.place, row.owner);
            }
            Rows::Territory => self.in_territory(row.place, row.owner),
            Rows::Own => match row.owner {
                Some(owner) => self.is(owner) || self.is_my_queue(owner),
                None => self.in_territory(row.place, None),
            },
        };
        by_rule
            && (rows != Rows::All || self.within(row.place, row.owner))
            && (self.0.claims.campaigns.is_none() || self.is_granted(row.campaigns))
    }

    /// Whether this account exists for the view.
    pub fn sees_account(&self, row: &AccountRow<'_>) -> bool {
        match self.0.policy.accounts {
            Rows::All => self.within(row.place, row.owner),
            Rows::None | Rows::GrantedCampaigns => false,
            Rows::Territory => self.in_territory(row.place, row.owner),
            Rows::Own => {
                row.owner.iter().copied().chain(row.team).any(|owner| self.is(owner))
                    || self.in_territory(row.place, row.owner)
            }
        }
    }

    /// Whether any account can exist for the view: false where no reading can find one.
    pub fn sees_any_account(&self) -> bool {
        !matches!(self.0.policy.accounts, Rows::None | Rows::GrantedCampaigns)
    }

    /// Whether any opportunity can exist for the view.
    pub fn sees_any_opportunity(&self) -> bool {
        !matches!(self.0.policy.opportunities, Rows::None | Rows::GrantedCampaigns)
    }

    /// Whether this opportunity exists for the view.
    pub fn sees_opportunity(&self, row: &OpportunityRow<'_>) -> bool {
        match self.0.policy.opportunities {
            Rows::All => self.within(row.place, row.owner),
            Rows::None | Rows::GrantedCampaigns => false,
            Rows::Territory => self.in_territory(row.place, row.owner),
            Rows::Own => row.owner.iter().copied().chain(row.account_team).any(|owner| self.is(owner)),
        }
    }

    /// Whether this campaign, by every key it has, exists for the view.
    pub fn sees_campaign(&self, keys: &[RecordKey]) -> bool {
        match self.0.policy.campaigns {
            Rows::None => false,
            Rows::GrantedCampaigns => self.is_granted(keys),
            _ => self.0.claims.campaigns.is_none() || self.is_granted(keys),
        }
    }

    /// Whether the lines of this campaign's spend are seen, beside their sum.
    pub fn sees_spend_lines(&self, keys: &[RecordKey]) -> bool {
        self.sees_campaign(keys)
            && match self.0.policy.spend_lines {
                Extent::Full => true,
                Extent::GrantedCampaigns => self.is_granted(keys),
                _ => false,
            }
    }

    /// How much of this entry of a person's, account's or opportunity's history is seen. The values of a changed
    /// field follow [`Aspect::of_field`](super::Aspect::of_field), texts of activities
    /// [`Aspect::ActivityBody`](super::Aspect::ActivityBody).
    pub fn sees_entry(&self, row: &EntryRow<'_>) -> Part {
        let policy = &self.0.policy;
        if matches!(
            row.kind,
            EventKind::OpportunityCreated | EventKind::OpportunityWon | EventKind::OpportunityLost
        ) && policy.opportunities == Rows::None
        {
            return Part::Nothing;
        }
        let extent = match row.kind.part() {
            HistoryPart::Changes => policy.changes,
            HistoryPart::Touches => policy.marketing_history,
            HistoryPart::Activities => policy.sales_activities,
        };
        match extent {
            Extent::Full if row.kind.part() != HistoryPart::Touches => Part::Entry,
            Extent::Full if self.0.claims.campaigns.is_none() || self.is_granted(row.campaigns) => {
                Part::Entry
            }
            Extent::GrantedCampaigns if self.is_granted(row.campaigns) => Part::Entry,
            Extent::Counts => Part::Counted,
            _ => Part::Nothing,
        }
    }

    /// Whether a private or forecast note of this author is seen.
    pub fn sees_note_of(&self, author: &Owner) -> bool {
        self.reaches(self.0.policy.notes, author)
    }

    /// Whether numbers of this seller are seen.
    pub fn sees_numbers_of(&self, seller: &Owner) -> bool {
        self.reaches(self.0.policy.rep_numbers, seller)
    }

    /// What must be known of a person before [`View::sees_person`] is asked.
    pub fn people_need(&self) -> RowNeeds {
        let rows = self.0.policy.people;
        RowNeeds {
            owner: matches!(rows, Rows::Own) || self.place_needs_owner(rows),
            account_team: false,
            place: self.asks_place(rows),
            campaigns: rows == Rows::GrantedCampaigns || self.0.claims.campaigns.is_some(),
        }
    }

    /// What must be known of an account before [`View::sees_account`] is asked.
    pub fn accounts_need(&self) -> RowNeeds {
        let rows = self.0.policy.accounts;
        RowNeeds {
            owner: rows == Rows::Own || self.place_needs_owner(rows),
            account_team: rows == Rows::Own,
            place: self.asks_place(rows),
            campaigns: false,
        }
    }

    /// What must be known of an opportunity before [`View::sees_opportunity`] is asked.
    pub fn opportunities_need(&self) -> RowNeeds {
        let rows = self.0.policy.opportunities;
        RowNeeds {
            owner: rows == Rows::Own || self.place_needs_owner(rows),
            account_team: rows == Rows::Own,
            place: rows != Rows::Own && self.asks_place(rows),
            campaigns: false,
        }
    }

    /// The row lies in a granted territory. Nothing does when no territory is granted.
    fn in_territory(&self, place: Option<&Place>, owner: Option<&Owner>) -> bool {
        let Some(granted) = &self.0.territories else { return false };
        if granted.is_empty() {
            return false;
        }
        let nowhere = Place::default();
        self.0
            .company
            .territory_of(place.unwrap_or(&nowhere), owner)
            .is_some_and(|territory| granted.contains(&territory.key))
    }

    /// Where territory narrows a rule that does not itself ask for it.
    fn within(&self, place: Option<&Place>, owner: Option<&Owner>) -> bool {
        !self.is_narrowed_by_territory() || self.in_territory(place, owner)
    }

    fn is_narrowed_by_territory(&self) -> bool {
        self.0.claims.territories.is_some()
            || self.0.claims.regions.is_some()
            || self.0.policy.territories.is_some()
    }

    fn asks_place(&self, rows: Rows) -> bool {
        match rows {
            Rows::None => false,
            Rows::Territory | Rows::Own => {
                self.0.territories.as_ref().is_some_and(|granted| !granted.is_empty())
            }
            Rows::All | Rows::GrantedCampaigns => self.is_narrowed_by_territory(),
        }
    }

    fn place_needs_owner(&self, rows: Rows) -> bool {
        self.asks_place(rows) && self.0.company.asks_owner()
    }

    fn reaches(&self, extent: Extent, owner: &Owner) -> bool {
        match extent {
            Extent::Full => true,
            Extent::Team => self.is_of_my_team(owner),
            Extent::Own => self.is(owner),
            _ => false,
        }
    }
}
