//! A component's rows on their way into the tables: names become places, text is kept once, rows get their owners.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::custom::CustomValue;
use crate::domain::fact::{
    AccountFact, Amount, CompanySize, Currency, Ix, LifecyclePeriodFact, OpportunityFact,
    OpportunityStageFact, PassFact, PersonFact, TerritoryFact, TouchFact,
};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::money::Money;
use crate::domain::territory::{Owner, Place};

use super::around::Surroundings;
use super::line::{NewAccount, NewOpportunity, NewPerson};
use super::rules::Rules;
use super::tables::{Places, Tables};

/// One component on its way into the tables.
pub(super) struct Putting<'a> {
    pub(super) tables: &'a mut Tables,
    pub(super) around: &'a mut Surroundings,
    pub(super) rules: &'a Rules,
    pub(super) places: &'a Places,
}

impl Putting<'_> {
    pub(super) fn person(&mut self, nth: usize, new: &NewPerson) {
        let at = self.places.people[nth];
        let person = Ix::<PersonFact>::new(at as usize);
        let owner = new.owner.as_ref().map(|key| self.around.owner(key));
        let territory = self.territory(&new.line.place, owner);
        let account = new.account.map(|nth| Ix::<AccountFact>::new(self.places.accounts[nth] as usize));
        let of_account = account.map(|ix| self.tables.facts.accounts[ix.place()]);
        let campaigns: BTreeSet<usize> =
            new.line.campaigns.iter().map(|key| self.around.campaign(key, self.rules)).collect();
        let touched: Vec<Option<usize>> = new
            .touches
            .iter()
            .map(|touch| touch.campaign.as_ref().map(|key| self.around.campaign(key, self.rules)))
            .collect();
        let facts = &mut self.tables.facts;
        let own_industry = new.line.place.industry.as_ref().map(|text| facts.texts.intern(text));
        let opportunity = |nth: usize| Ix::<OpportunityFact>::new(self.places.opportunities[nth] as usize);
        let passes = new.passes.iter().map(|pass| PassFact {
            person,
            mql_at: pass.mql_at,
            sal_at: pass.sal_at,
            sql_at: pass.sql_at,
            opportunity_at: pass.opportunity_at,
            ended_at: pass.ended_at,
            opportunity: pass.sale.map(opportunity),
            number: pass.number,
            outcome: pass.outcome,
            is_sales_generated: pass.is_sales_generated,
            mql_is_inferred: pass.mql_is_inferred,
            sal_is_inferred: false,
            sql_is_inferred: pass.sql_is_inferred,
        });
        let passes = facts.passes.append(passes);
        let place_of = |record: &RecordKey| new.line.keys.iter().position(|key| key == record);
        let told_by = |record: &Option<RecordKey>| u16::try_from(place_of(record.as_ref()?)? + 1).ok();
        let periods = new.periods.iter().map(|period| LifecyclePeriodFact {
            person,
            entered_at: period.entered_at,
            exited_at: period.exited_at,
            stage: period.stage,
            is_inferred: period.is_inferred,
            pass: period.pass,
            told_by: told_by(&period.record).unwrap_or(0),
        });
        let periods = facts.periods.append(periods);
        let texts = &mut facts.texts;
        let touches = new.touches.iter().zip(touched).map(|(touch, campaign)| TouchFact {
            when: touch.when,
            person,
            campaign: campaign.map(Ix::new),
            asset: touch.asset.as_ref().map(|key| texts.intern(&key.to_string())),
            kind: touch.kind,
            channel: touch.channel,
            is_eligible: touch.is_eligible,
        });
        let touches = facts.touches.append(touches);
        facts.people[at as usize] = PersonFact {
            created_at: new.created_at,
            updated_at: new.updated_at,
            observed_at: new.seen.at,
            sequence: new.seen.sequence,
            first_touch: new.first_touch,
            last_engaged_at: new.last_engaged_at,
            first_sales_activity_at: new.first_sales_activity_at,
            account,
            owner: owner.map(Ix::new),
            territory,
            lead_source: source_text(new.source.as_ref()).map(|text| facts.texts.intern(text)),
            industry: of_account.and_then(|account| account.industry).or(own_industry),
            passes,
            periods,
            touches,
            opportunities: facts
                .person_opportunities
                .append(new.opportunities.iter().map(|nth| opportunity(*nth))),
            campaigns: facts.person_campaigns.append(campaigns.into_iter().map(Ix::new)),
            channel: channel(new.source.as_ref()),
            is_marketing: new.source.as_ref().is_some_and(|source| source.is_marketing),
            stage: new.stage,
            company_size: of_account
                .and_then(|account| account.company_size)
                .or_else(|| new.line.place.employees.and_then(CompanySize::of)),
        };
        facts.person_keys[at as usize] = new.anchor.clone();
    }

    pub(super) fn account(&mut self, nth: usize, new: &NewAccount) {
        let at = self.places.accounts[nth];
        let owner = new.owner.as_ref().map(|key| self.around.owner(key));
        let territory = self.territory(&new.line.place, owner);
        let facts = &mut self.tables.facts;
        let person = |nth: &usize| Ix::<PersonFact>::new(self.places.people[*nth] as usize);
        let opportunity = |nth: &usize| Ix::<OpportunityFact>::new(self.places.opportunities[*nth] as usize);
        facts.accounts[at as usize] = AccountFact {
            created_at: new.created_at,
            updated_at: new.updated_at,
            observed_at: new.seen.at,
            sequence: new.seen.sequence,
            name: new.name.as_ref().map(|name| facts.texts.intern(name)),
            industry: new.line.place.industry.as_ref().map(|text| facts.texts.intern(text)),
            owner: owner.map(Ix::new),
            territory,
            people: facts.account_people.append(new.people.iter().map(person)),
            opportunities: facts.account_opportunities.append(new.opportunities.iter().map(opportunity)),
            company_size: new.line.place.employees.and_then(CompanySize::of),
            is_target: new.is_target,
        };
        facts.account_keys[at as usize] = new.anchor.clone();
    }

    pub(super) fn opportunity(&mut self, nth: usize, new: &NewOpportunity) {
        let at = self.places.opportunities[nth];
        let own = Ix::<OpportunityFact>::new(at as usize);
        let owner = new.merged.owner.as_ref().map(|key| self.around.owner(key));
        let facts = &mut self.tables.facts;
        let account = new.account.map(|nth| Ix::<AccountFact>::new(self.places.accounts[nth] as usize));
        let person = |nth: usize| Ix::<PersonFact>::new(self.places.people[nth] as usize);
        let (texts, currencies) = (&mut facts.texts, &mut facts.currencies);
        let stages = new.stages.iter().map(|stage| OpportunityStageFact {
            opportunity: own,
            stage: texts.intern(&stage.stage),
            entered_at: stage.entered_at,
            exited_at: stage.exited_at,
            amount: stage.amount.as_ref().and_then(|amount| money(currencies, amount)),
            close_date: stage.close_date,
            probability: stage.probability.and_then(ten_thousandths),
            category: stage.category,
            is_entry: stage.is_entry,
        });
        let stages = facts.stages.append(stages);
        let product = new.merged.custom.get("product").and_then(|value| match value {
            CustomValue::Text(text) => Some(text),
            _ => None,
        });
        let mut text = |text: Option<&Arc<str>>| text.map(|text| facts.texts.intern(text));
        let merged = &new.merged;
        facts.opportunities[at as usize] = OpportunityFact {
            created_at: merged.created_at,
            updated_at: merged.updated_at,
            observed_at: new.seen.at,
            sequence: new.seen.sequence,
            closed: new.closed,
            close_date: merged.close_date,
            stage_entered_at: new.stages.iter().rev().find(|it| it.is_entry).map(|it| it.entered_at),
            first_sales_activity_at: new.first_sales_activity_at,
            amount: merged.amount.as_ref().and_then(|amount| money(&mut facts.currencies, amount)),
            account,
            owner: owner.map(Ix::new),
            territory: account.and_then(|ix| facts.accounts[ix.place()].territory),
            lead: new.lead.map(person),
            name: text(merged.name.as_ref()),
            pipeline: text(merged.pipeline.as_ref()),
            stage: text(merged.stage.as_ref()),
            loss_reason: text(merged.loss_reason.as_ref()),
            lead_source: text(source_text(new.source.as_ref())),
            product: text(product),
            people: facts.opportunity_people.append(new.people.iter().map(|nth| person(*nth))),
            stages,
            probability: merged.probability.and_then(ten_thousandths),
            category: merged.category,
            channel: channel(new.source.as_ref()),
            is_marketing: new.source.as_ref().is_some_and(|source| source.is_marketing),
        };
        facts.opportunity_keys[at as usize] = new.anchor.clone();
    }

    fn territory(&self, place: &Place, owner: Option<usize>) -> Option<Ix<TerritoryFact>> {
        let owner: Option<&Owner> = owner.map(|owner| self.around.owner_at(owner));
        let found = self.rules.company.territory_of(place, owner)?;
        self.rules.company.territories.iter().position(|it| it.key == found.key).map(Ix::new)
    }
}

/// An amount as facts keep it.
pub(super) fn money(currencies: &mut Vec<Currency>, money: &Money) -> Option<Amount> {
    let code = money.currency.to_uppercase();
    let place = currencies.iter().position(|it| *it.code == *code).unwrap_or_else(|| {
        currencies.push(Currency::new(&code));
        currencies.len() - 1
    });
    let minor = currencies[place].minor(money.amount)?;
    Some(Amount { minor, currency: Ix::new(place) })
}

fn ten_thousandths(share: Decimal) -> Option<u16> {
    (share * Decimal::from(10_000)).round().try_into().ok().filter(|share| *share <= 10_000)
}

fn source_text(source: Option<&LeadSource>) -> Option<&Arc<str>> {
    source.and_then(|source| source.sub_channel.as_ref())
}

fn channel(source: Option<&LeadSource>) -> Channel {
    source.map_or(Channel::Unknown, |source| source.channel)
}
