//! What a filter asks of every row of the read model.

use std::sync::Arc;

use async_graphql::Result;

use crate::domain::email;
use crate::domain::id::NodeKind;
use crate::facts::lists as facts;
use crate::unify::live::Live;

use super::super::object::history::DateTimeFilter;
use super::conditions::{MOST_VALUES, ids, keys, too_many};
use super::{
    AccountFilter, CampaignFilter, CustomFieldFilter, DateFilter, DecimalFilter, IDFilter, LifecycleFilter,
    OpportunityFilter, PersonFilter, StringFilter,
};

/// A filter that the read model can be asked for.
pub trait OfFacts {
    /// The same in the words of the read model.
    type Filter;

    /// Translates it, with everything it holds.
    ///
    /// # Errors
    /// `BAD_INPUT` for values that make no sense.
    fn of_facts(&self, live: &Live) -> Result<Self::Filter>;
}

impl OfFacts for PersonFilter {
    type Filter = facts::PersonFilter;

    fn of_facts(&self, live: &Live) -> Result<facts::PersonFilter> {
        Ok(facts::PersonFilter {
            and: each(live, self.and.as_deref())?.unwrap_or_default(),
            or: each(live, self.or.as_deref())?,
            not: boxed(live, self.not.as_deref())?,
            email: self.email.as_ref().map(address).transpose()?,
            domain: texts(self.domain.as_ref())?,
            lifecycle: self.lifecycle.as_ref().map(lifecycle),
            owners: keys(live, "owner", NodeKind::User, self.owner.as_ref())?,
            accounts: keys(live, "account", NodeKind::Account, self.account.as_ref())?,
            campaigns: keys(live, "campaign", NodeKind::Campaign, self.campaign.as_ref())?,
            territories: names("territory", self.territory.as_ref())?,
            region: texts(self.region.as_ref())?,
            created_at: self.created_at.as_ref().map(instants),
            updated_at: self.updated_at.as_ref().map(instants),
            observed_at: self.observed_at.as_ref().map(instants),
            has_conflict: self.has_conflict,
            needs_review: None,
            source: texts(self.source.as_ref())?,
            missing_from: self.missing_from.as_deref().map(Arc::from),
            channel: self.channel.map(Into::into),
            score: self.score.as_ref().map(|score| facts::ScoreFilter {
                name: Arc::from(score.name.as_str()),
                value: numbers(&score.value),
            }),
            email_opt_out: self.email_opt_out,
            name: texts(self.name.as_ref())?,
            custom: customs(self.custom.as_deref())?,
        })
    }
}

impl OfFacts for AccountFilter {
    type Filter = facts::AccountFilter;

    fn of_facts(&self, live: &Live) -> Result<facts::AccountFilter> {
        Ok(facts::AccountFilter {
            and: each(live, self.and.as_deref())?.unwrap_or_default(),
            or: each(live, self.or.as_deref())?,
            not: boxed(live, self.not.as_deref())?,
            name: texts(self.name.as_ref())?,
            domain: texts(self.domain.as_ref())?,
            industry: texts(self.industry.as_ref())?,
            owners: keys(live, "owner", NodeKind::User, self.owner.as_ref())?,
            is_target: self.is_target_account,
            territories: names("territory", self.territory.as_ref())?,
            region: texts(self.region.as_ref())?,
            observed_at: self.observed_at.as_ref().map(instants),
            custom: customs(self.custom.as_deref())?,
        })
    }
}

impl OfFacts for OpportunityFilter {
    type Filter = facts::OpportunityFilter;

    fn of_facts(&self, live: &Live) -> Result<facts::OpportunityFilter> {
        Ok(facts::OpportunityFilter {
            and: each(live, self.and.as_deref())?.unwrap_or_default(),
            or: each(live, self.or.as_deref())?,
            not: boxed(live, self.not.as_deref())?,
            name: texts(self.name.as_ref())?,
            stage: texts(self.stage.as_ref())?,
            category: self.stage_category.map(Into::into),
            channel: self.channel.map(Into::into),
            owners: keys(live, "owner", NodeKind::User, self.owner.as_ref())?,
            accounts: keys(live, "account", NodeKind::Account, self.account.as_ref())?,
            amount: self.amount.as_ref().map(numbers),
            close_date: self.close_date.as_ref().map(days),
            created_at: self.created_at.as_ref().map(instants),
            updated_at: self.updated_at.as_ref().map(instants),
            observed_at: self.observed_at.as_ref().map(instants),
            is_stalled: self.is_stalled,
            custom: customs(self.custom.as_deref())?,
        })
    }
}

impl OfFacts for CampaignFilter {
    type Filter = facts::CampaignFilter;

    fn of_facts(&self, live: &Live) -> Result<facts::CampaignFilter> {
        Ok(facts::CampaignFilter {
            and: each(live, self.and.as_deref())?.unwrap_or_default(),
            or: each(live, self.or.as_deref())?,
            not: boxed(live, self.not.as_deref())?,
            name: texts(self.name.as_ref())?,
            channel: self.channel.map(Into::into),
            starts_on: self.starts_on.as_ref().map(days),
            observed_at: self.observed_at.as_ref().map(instants),
        })
    }
}

fn each<F: OfFacts>(live: &Live, filters: Option<&[F]>) -> Result<Option<Vec<F::Filter>>> {
    filters.map(|filters| filters.iter().map(|filter| filter.of_facts(live)).collect()).transpose()
}

fn boxed<F: OfFacts>(live: &Live, filter: Option<&F>) -> Result<Option<Box<F::Filter>>> {
    filter.map(|filter| filter.of_facts(live).map(Box::new)).transpose()
}

fn texts(filter: Option<&StringFilter>) -> Result<Option<facts::StringFilter>> {
    filter.map(|filter| text(filter, |whole| Arc::from(whole))).transpose()
}

/// Whole addresses are compared as they are kept.
fn address(filter: &StringFilter) -> Result<facts::StringFilter> {
    let kept = text(filter, |whole| email::normalise(whole).unwrap_or_else(|| Arc::from(whole)))?;
    let part = |text: &Option<String>| text.as_deref().map(Arc::from);
    Ok(facts::StringFilter {
        starts_with: part(&filter.starts_with),
        contains: part(&filter.contains),
        ..kept
    })
}

fn text(filter: &StringFilter, kept: impl Fn(&str) -> Arc<str>) -> Result<facts::StringFilter> {
    if filter.one_of.as_ref().is_some_and(|several| several.len() > MOST_VALUES) {
        return Err(too_many("in"));
    }
    let one = |text: &Option<String>| text.as_deref().map(&kept);
    Ok(facts::StringFilter {
        eq: one(&filter.eq),
        neq: one(&filter.neq),
        one_of: filter.one_of.as_ref().map(|several| several.iter().map(|it| kept(it)).collect()),
        starts_with: one(&filter.starts_with),
        contains: one(&filter.contains),
        is_null: filter.is_null,
    })
}

/// Keys of the settings.
fn names(argument: &str, filter: Option<&IDFilter>) -> Result<Option<Vec<Arc<str>>>> {
    let given = filter.map(|filter| ids(argument, filter)).transpose()?.flatten();
    Ok(given.map(|given| given.iter().map(|id| Arc::from(id.as_str())).collect()))
}

fn instants(filter: &DateTimeFilter) -> facts::InstantFilter {
    let DateTimeFilter { gt, gte, lt, lte, is_null } = *filter;
    facts::Bounds { eq: None, gt, gte, lt, lte, is_null }
}

fn days(filter: &DateFilter) -> facts::DayFilter {
    let DateFilter { eq, gt, gte, lt, lte, is_null } = filter;
    let [eq, gt, gte, lt, lte] = [eq, gt, gte, lt, lte].map(|bound| bound.map(|day| day.0));
    facts::Bounds { eq, gt, gte, lt, lte, is_null: *is_null }
}

fn numbers(filter: &DecimalFilter) -> facts::NumberFilter {
    let DecimalFilter { eq, gt, gte, lt, lte, is_null } = filter;
    let [eq, gt, gte, lt, lte] = [eq, gt, gte, lt, lte].map(|bound| bound.map(|number| number.0));
    facts::Bounds { eq, gt, gte, lt, lte, is_null: *is_null }
}

fn lifecycle(filter: &LifecycleFilter) -> facts::LifecycleFilter {
    facts::LifecycleFilter {
        eq: filter.eq.map(Into::into),
        one_of: filter.one_of.as_ref().map(|several| several.iter().map(|it| (*it).into()).collect()),
        entered_at: filter.entered_at.as_ref().map(instants),
    }
}

fn customs(filters: Option<&[CustomFieldFilter]>) -> Result<Vec<facts::CustomFilter>> {
    let one = |filter: &CustomFieldFilter| {
        Ok(facts::CustomFilter {
            key: Arc::from(filter.key.as_str()),
            text: texts(filter.text.as_ref())?,
            number: filter.number.as_ref().map(numbers),
            boolean: filter.boolean,
            instant: filter.instant.as_ref().map(instants),
        })
    };
    filters.unwrap_or_default().iter().map(one).collect()
}
