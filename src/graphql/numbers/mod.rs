//! The shared numbers at the GraphQL door: metrics, plans, reviews, attribution.
//!
//! Nothing is computed here. A question's words become a question of `metrics` ([`input`], [`choices`]), which counts the rows of the
//! newest snapshot of `facts` that the caller's view sees; what it answers is shown with the formula, the variant and the
//! records behind it ([`metric`], [`contributor`]).
//!
//! What is always true: no vendor is asked; an id the caller may not see counts nothing; what the whole company spends
//! and wants is told only to views that see the whole company's rows; a number over fewer people than a view may learn of
//! is withheld; counting is done on threads of its own.

pub mod agreement;
pub mod attribution;
pub mod campaign;
pub mod choices;
pub mod contributor;
pub mod engagement;
pub mod funnel;
pub mod input;
pub mod metric;
pub mod plan;
pub mod review;
pub mod slice;
pub mod sourced;
pub mod touches;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Result};

use crate::domain::fact::{CampaignFact, Ix, OpportunityFact, PersonFact};
use crate::domain::id::{NodeId, NodeKind, RecordKey};
use crate::domain::view::{Aspect, Sight, View};
use crate::facts::keys::Row;
use crate::facts::visible::Visible;
use crate::facts::{Facts, Snapshot};
use crate::metrics::attribution::Agreement;
use crate::metrics::books::Books;
use crate::metrics::period::Calendar;
use crate::metrics::question::{Inputs, Whose};

use super::code::Code;
use super::request::request;

/// What numbers are made of: the read model, and what the settings add to it.
pub struct Numbers {
    facts: Option<Arc<Facts>>,
    books: Books,
    calendar: Calendar,
    /// The books with their names resolved, for one snapshot.
    resolved: Mutex<Option<(Arc<Snapshot>, Arc<Inputs>)>>,
}

impl Default for Numbers {
    fn default() -> Self {
        let calendar = Calendar { zone: chrono_tz::Tz::UTC, fiscal_start: 1 };
        Self::new(None, Books::new("USD"), calendar)
    }
}

impl Numbers {
    /// Numbers over these facts; without any there are only the books.
    pub fn new(facts: Option<Arc<Facts>>, books: Books, calendar: Calendar) -> Self {
        Self { facts, books, calendar, resolved: Mutex::default() }
    }

    /// The currency sums are given in.
    pub fn home(&self) -> &Arc<str> {
        self.books.rates.home()
    }

    /// Attribution agreements, oldest first.
    pub(super) fn agreements(&self) -> &[Agreement] {
        &self.books.agreements
    }

    /// The zone and year reports go by.
    pub(super) fn calendar(&self) -> Calendar {
        self.calendar
    }

    fn inputs(&self, snapshot: &Arc<Snapshot>) -> Arc<Inputs> {
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, inputs)) = resolved.as_ref().filter(|(own, _)| Arc::ptr_eq(own, snapshot)) {
            debug_assert_eq!(own.sequence(), snapshot.sequence(), "one snapshot has one sequence");
            return inputs.clone();
        }
        let inputs = Arc::new(self.books.inputs(
            snapshot.facts(),
            |source, id| snapshot.campaign_of(source, id),
            |name| snapshot.owner_named(name),
        ));
        *resolved = Some((snapshot.clone(), inputs.clone()));
        inputs
    }
}

/// Everything a question is counted over: one snapshot, the rows of it the caller sees, and the books as far as they
/// concern those.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) visible: Arc<Visible>,
    pub(super) inputs: Arc<Inputs>,
    pub(super) calendar: Calendar,
    pub(super) home: Arc<str>,
    pub(super) view: View,
}

/// The newest snapshot of everything.
///
/// # Errors
/// A sentence where nothing is captured, and until everything has been.
pub(super) fn snapshot(ctx: &Context<'_>) -> std::result::Result<Arc<Snapshot>, String> {
    facts(ctx)?.snapshot().ok_or_else(|| {
        "Everything is captured and is being made ready to be counted; ask again soon.".to_owned()
    })
}

/// The read model.
///
/// # Errors
/// A sentence where nothing is captured, and until everything has been.
pub(super) fn facts<'a>(ctx: &Context<'a>) -> std::result::Result<&'a Arc<Facts>, String> {
    let request = request(ctx);
    let facts = ctx.data_unchecked::<Arc<Numbers>>().facts.as_ref();
    let facts = facts.ok_or("This needs captured records; these settings capture nothing.")?;
    if !request.live.is_captured() {
        return Err(request
            .outlook()
            .unwrap_or_else(|| "Not every source has been captured yet.".to_owned()));
    }
    Ok(facts)
}

/// What the caller's questions are counted over.
///
/// # Errors
/// `LEDGER_REQUIRED` where nothing is captured, and until everything has been.
pub(super) fn table(ctx: &Context<'_>) -> Result<Table> {
    let snapshot = snapshot(ctx).map_err(|why| Code::LedgerRequired.error(why))?;
    let request = request(ctx);
    let numbers = ctx.data_unchecked::<Arc<Numbers>>();
    let visible = snapshot.visible(request.view);
    let inputs = numbers.inputs(&snapshot);
    let inputs = if snapshot.is_seen_wholly(&visible) {
        inputs
    } else {
        Arc::new(concerning(request.view, &snapshot, &inputs))
    };
    Ok(Table {
        snapshot,
        visible,
        inputs,
        calendar: numbers.calendar,
        home: numbers.home().clone(),
        view: request.view.clone(),
    })
}

/// The books of a caller who sees a part of the company: what the whole spends and wants says nothing about a part.
fn concerning(view: &View, snapshot: &Snapshot, inputs: &Inputs) -> Inputs {
    let is_seen = |campaign: Ix<CampaignFact>| view.sees_spend_lines(snapshot.campaign_keys(campaign));
    let of_seller = |whose: Whose| match whose {
        Whose::Company => false,
        Whose::Owner(owner) => view.sees_numbers_of(snapshot.owner(owner)),
        Whose::Team(_) => true,
    };
    Inputs {
        spend: inputs.spend.iter().filter(|line| line.campaign.is_some_and(is_seen)).cloned().collect(),
        targets: inputs.targets.iter().filter(|target| of_seller(target.whose)).cloned().collect(),
        ..inputs.clone()
    }
}

impl Table {
    /// Counts on a thread of its own.
    pub(super) async fn count<T: Send + 'static>(
        &self,
        counting: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T> {
        let table = self.clone();
        let counted = tokio::task::spawn_blocking(move || counting(&table)).await;
        counted.map_err(|_panicked| Code::Internal.error("The number could not be counted."))
    }

    /// The person of a record, where the caller sees them.
    pub(super) fn person(&self, key: &RecordKey) -> Option<Ix<PersonFact>> {
        let Row::Person(place) = self.snapshot.row_of(key)? else { return None };
        let place = place as usize;
        self.visible.sight.people.has(place).then(|| Ix::new(place))
    }

    /// The opportunity of a record, where the caller sees it.
    pub(super) fn opportunity(&self, key: &RecordKey) -> Option<Ix<OpportunityFact>> {
        let Row::Opportunity(place) = self.snapshot.row_of(key)? else { return None };
        let place = place as usize;
        self.visible.sight.opportunities.has(place).then(|| Ix::new(place))
    }

    /// The id clients hold of an opportunity.
    pub(super) fn opportunity_id(&self, opportunity: Ix<OpportunityFact>) -> String {
        let key = self.snapshot.facts().opportunity_keys[opportunity.place()].clone();
        NodeId::new(NodeKind::Opportunity, key).encode()
    }

    /// The campaign of a record, where the caller sees it.
    pub(super) fn campaign(&self, key: &RecordKey) -> Option<Ix<CampaignFact>> {
        let campaign = self.snapshot.campaign_of(&key.source, &key.id)?;
        self.visible.campaigns.holds(campaign).then_some(campaign)
    }
}

/// Refuses what is made of amounts to a view that does not see them.
pub(super) fn sees_amounts(view: &View, what: &str) -> Result<()> {
    if view.sight(Aspect::DealFigures) == Sight::Full {
        return Ok(());
    }
    Err(super::request::denied(what))
}
