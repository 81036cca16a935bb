//! Accounts: which match, in which order.

use std::sync::Arc;

use crate::domain::fact::AccountFact;
use crate::domain::id::RecordKey;
use crate::domain::view::{Aspect, View};
use crate::facts::snapshot::Snapshot;

use super::ListRefusal;
use super::cursor::Value;
use super::filters::{CustomFilter, InstantFilter, StringFilter};
use super::listing::{Listing, Nested, Test, Tests};
use super::page::{Ask, PageOfIds};
use super::people::deny;

/// Which page of accounts.
pub type AccountsAsk = Ask<AccountFilter, AccountOrder>;

/// Which accounts; every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountFilter {
    /// All of these.
    pub and: Vec<AccountFilter>,
    /// Any of these.
    pub or: Option<Vec<AccountFilter>>,
    /// Not this.
    pub not: Option<Box<AccountFilter>>,
    /// The organisation's name.
    pub name: Option<StringFilter>,
    /// A registrable domain.
    pub domain: Option<StringFilter>,
    /// Industry.
    pub industry: Option<StringFilter>,
    /// Owned by one of these users, by any key of theirs.
    pub owners: Option<Vec<RecordKey>>,
    /// Marked as a target of account-based marketing.
    pub is_target: Option<bool>,
    /// In one of these territories or beneath it, by key.
    pub territories: Option<Vec<Arc<str>>>,
    /// The region of the territory, or the state and country of its address.
    pub region: Option<StringFilter>,
    /// When the newest of what is known was read.
    pub observed_at: Option<InstantFilter>,
    /// Fields of the company's own.
    pub custom: Vec<CustomFilter>,
}

/// What accounts are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is the column's own")]
pub enum AccountOrder {
    Name,
    CreatedAt,
    UpdatedAt,
    /// The score of [`engagement`](Snapshot::engagement) over everything known.
    Engagement,
}

impl Nested for AccountFilter {
    fn nested(&self) -> (&[Self], Option<&[Self]>, Option<&Self>) {
        (&self.and, self.or.as_deref(), self.not.as_deref())
    }
}

impl Snapshot {
    /// A page of accounts.
    ///
    /// # Errors
    /// When the view may not filter or order so, or a cursor is none of this list.
    pub fn accounts(&self, view: &View, ask: &AccountsAsk) -> Result<PageOfIds, ListRefusal> {
        let visible = self.visible(view);
        let by_engagement = ask.order.iter().any(|by| by.field == AccountOrder::Engagement);
        if by_engagement {
            deny(view, Aspect::MarketingHistory, "marketing history")?;
        }
        let scores = if by_engagement { self.engagement_scores(view, &visible) } else { Vec::new() };
        let value = |row: usize, field: AccountOrder| {
            let fact = &self.facts.accounts[row];
            match field {
                AccountOrder::CreatedAt => Value::Instant(fact.created_at.timestamp_micros()),
                AccountOrder::UpdatedAt => Value::Instant(fact.updated_at.timestamp_micros()),
                AccountOrder::Name => self
                    .account_name(fact)
                    .map_or(Value::Absent, |name| Value::Text(Arc::from(name.to_lowercase()))),
                AccountOrder::Engagement => Value::Number(scores[row]),
            }
        };
        let (keys, seen) = (&self.facts.account_keys, &visible.accounts);
        Listing { name: "accounts", keys, seen, usual: AccountOrder::CreatedAt }.page(
            ask,
            |filter| self.account_tests(view, filter),
            value,
        )
    }

    fn account_name(&self, fact: &AccountFact) -> Option<&str> {
        fact.name.map(|name| &**self.facts.texts.text(name))
    }

    fn account_tests<'s>(&'s self, view: &View, filter: &AccountFilter) -> Tests<'s> {
        let mut all: Vec<Test<'s>> = Vec::new();
        let line = move |row: usize| self.accounts[row].as_deref();
        let fact = move |row: usize| -> &AccountFact { &self.facts.accounts[row] };
        if let Some(text) = &filter.name {
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(self.account_name(fact(row)))));
        }
        if let Some(text) = &filter.domain {
            if !view.may_look_up_by_email() {
                return Err(ListRefusal::FilterDenied("domains"));
            }
            let text = text.folded();
            let domains =
                move |row: usize| line(row).into_iter().flat_map(|it| it.domains.iter().map(AsRef::as_ref));
            all.push(Box::new(move |row| text.holds_any(domains(row))));
        }
        if let Some(text) = &filter.industry {
            let text = text.folded();
            all.push(Box::new(move |row| text.holds(line(row).and_then(|it| it.place.industry.as_deref()))));
        }
        if let Some(owners) = &filter.owners {
            let owners = self.owner_places(owners);
            all.push(Box::new(move |row| {
                fact(row).owner.is_some_and(|owner| owners.contains(&owner.place()))
            }));
        }
        if let Some(wanted) = filter.is_target {
            all.push(Box::new(move |row| fact(row).is_target == wanted));
        }
        if let Some(territories) = &filter.territories {
            let places = self.places_within(territories);
            all.push(Box::new(move |row| fact(row).territory.is_some_and(|ix| places.contains(&ix.place()))));
        }
        if let Some(text) = &filter.region {
            let text = text.folded();
            let places = self.territory_places(|_, region| text.holds(region));
            all.push(Box::new(move |row| {
                let own = line(row).and_then(|it| region(&it.place));
                fact(row).territory.is_some_and(|ix| places.contains(&ix.place()))
                    || text.holds(own.as_deref())
            }));
        }
        if let Some(bounds) = filter.observed_at.clone() {
            all.push(Box::new(move |row| bounds.holds(Some(&fact(row).observed_at))));
        }
        for custom in &filter.custom {
            custom.allow(view, &self.rules.fields.account)?;
            let custom = custom.folded();
            all.push(Box::new(move |row| line(row).is_some_and(|it| custom.holds(&it.custom))));
        }
        Ok(all)
    }
}

/// State and country, as the account shows them.
fn region(place: &crate::domain::territory::Place) -> Option<String> {
    let parts: Vec<&str> = [&place.state, &place.country].into_iter().flatten().map(AsRef::as_ref).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
