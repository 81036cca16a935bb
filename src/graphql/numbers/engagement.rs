//! How far an account takes part.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::domain::id::RecordKey;
use crate::domain::view::{Aspect, Sight};
use crate::facts::engagement::Engagement;
use crate::metrics::period::midnight;

use super::super::object::opportunity::BuyingRole;
use super::super::request::denied;
use super::super::scalars::Decimal;
use super::input::PeriodInput;
use super::slice::shown;
use super::table;

/// How far an account takes part: what its people did, and who of the buying group is known.
#[derive(Clone, Debug)]
pub struct AccountEngagement(Engagement);

/// The engagement of an account, over everything known or within whole days of the reporting zone.
pub(in super::super) fn engagement(
    ctx: &Context<'_>,
    key: &RecordKey,
    window: Option<PeriodInput>,
) -> Result<Option<AccountEngagement>> {
    let table = table(ctx)?;
    if !matches!(table.view.sight(Aspect::MarketingHistory), Sight::Full) {
        return Err(denied("engagement"));
    }
    let zone = table.calendar.zone;
    let days = window.map(PeriodInput::days).transpose()?;
    let window = days.map(|days| {
        let end = days.end.succ_opt().unwrap_or(days.end);
        (midnight(days.start, zone), midnight(end, zone))
    });
    Ok(table.snapshot.engagement(&table.view, key, window).map(AccountEngagement))
}

#[Object]
impl AccountEngagement {
    /// Touches that may earn credit, each counting half for every full 30 days it lies before the present, to four
    /// decimals.
    async fn score(&self) -> Option<Decimal> {
        Some(Decimal(self.0.score))
    }

    /// People of the account who did something.
    async fn people(&self) -> i32 {
        shown(self.0.people as u64)
    }

    /// Touches that may earn credit.
    async fn touches(&self) -> i32 {
        shown(self.0.touches as u64)
    }

    /// Parts of the buying group that a contact of its opportunities plays.
    async fn roles_covered(&self) -> Vec<BuyingRole> {
        self.0.roles_covered.iter().copied().map(Into::into).collect()
    }

    /// Parts that nobody plays.
    async fn roles_missing(&self) -> Vec<BuyingRole> {
        self.0.roles_missing.iter().copied().map(Into::into).collect()
    }

    /// The latest of the touches.
    async fn last_touch_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_touch_at
    }
}
