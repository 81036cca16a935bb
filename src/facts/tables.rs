//! The rows themselves: facts and what lists need beside them, by place.
//!
//! A component's rows are taken out and put in whole. Rows of one component name each other and nobody else's but
//! owners, campaigns and territories, so that its places may be given to others. What rows own in other tables
//! (touches, passes, stages) is appended; what nobody owns any more is swept when it outweighs the rest.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::custom::CustomValue;
use crate::domain::fact::{
    AccountFact, Amount, CompanySize, Currency, FactSet, Ix, LifecyclePeriodFact, OpportunityFact,
    OpportunityStageFact, PassFact, PersonFact, Span, TerritoryFact, TouchFact,
};
use crate::domain::id::{RecordKey, SourceName};
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::money::Money;
use crate::domain::opportunity::StageCategory;
use crate::domain::territory::{Owner, Place};

use super::around::Surroundings;
use super::compose::Composed;
use super::keys::{Keys, Row};
use super::line::{AccountLine, NewAccount, NewOpportunity, NewPerson, OpportunityLine, PersonLine};
use super::rules::Rules;

/// Rows that nobody owns are swept when there are more than this, and more than half.
const FEW: usize = 100_000;

/// Where a component's rows are.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) people: Vec<u32>,
    pub(super) accounts: Vec<u32>,
    pub(super) opportunities: Vec<u32>,
}

/// The rows, and the places that are free.
#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) facts: FactSet,
    pub(super) people: Vec<Option<Arc<PersonLine>>>,
    pub(super) accounts: Vec<Option<Arc<AccountLine>>>,
    pub(super) opportunities: Vec<Option<Arc<OpportunityLine>>>,
    pub(super) keys: Keys,
    free: Places,
    ownerless: usize,
}

impl Tables {
    /// Takes a component's rows out. Gives the people that were among them, by anchor, with their keys.
    pub(super) fn remove(&mut self, places: &Places) -> Vec<(RecordKey, Arc<PersonLine>)> {
        let mut gone = Vec::with_capacity(places.people.len());
        for place in &places.people {
            let at = *place as usize;
            if let Some(line) = self.people[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Person(*place)));
                gone.push((self.facts.person_keys[at].clone(), line));
            }
            let fact = std::mem::replace(&mut self.facts.people[at], blank_person());
            self.ownerless += fact.passes.len() + fact.periods.len() + fact.touches.len();
            self.free.people.push(*place);
        }
        for place in &places.accounts {
            let at = *place as usize;
            if let Some(line) = self.accounts[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Account(*place)));
            }
            let fact = std::mem::replace(&mut self.facts.accounts[at], blank_account());
            self.ownerless += fact.people.len() + fact.opportunities.len();
            self.free.accounts.push(*place);
        }
        for place in &places.opportunities {
            let at = *place as usize;
            if let Some(line) = self.opportunities[at].take() {
                line.keys.iter().for_each(|key| self.keys.remove(key, Row::Opportunity(*place)));
            }
            let fact = std::mem::replace(&mut self.facts.opportunities[at], blank_opportunity());
            self.ownerless += fact.people.len() + fact.stages.len();
            self.free.opportunities.push(*place);
        }
        gone
    }

    /// Puts a component's rows in.
    pub(super) fn insert(&mut self, composed: Composed, around: &mut Surroundings, rules: &Rules) -> Places {
        let places = Places {
            people: composed.people.iter().map(|_| self.place_for_person()).collect(),
            accounts: composed.accounts.iter().map(|_| self.place_for_account()).collect(),
            opportunities: composed.opportunities.iter().map(|_| self.place_for_opportunity()).collect(),
        };
        let mut put = Putting { tables: self, around, rules, places: &places };
        for (nth, account) in composed.accounts.iter().enumerate() {
            put.account(nth, account);
        }
        for (nth, person) in composed.people.iter().enumerate() {
            put.person(nth, person);
        }
        for (nth, opportunity) in composed.opportunities.iter().enumerate() {
            put.opportunity(nth, opportunity);
        }
        for (nth, person) in composed.people.into_iter().enumerate() {
            let place = places.people[nth];
            person.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Person(place)));
            self.people[place as usize] = Some(Arc::new(person.line));
        }
        for (nth, account) in composed.accounts.into_iter().enumerate() {
            let place = places.accounts[nth];
            account.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Account(place)));
            self.accounts[place as usize] = Some(Arc::new(account.line));
        }
        for (nth, opportunity) in composed.opportunities.into_iter().enumerate() {
            let place = places.opportunities[nth];
            opportunity.line.keys.iter().for_each(|key| self.keys.insert(key, Row::Opportunity(place)));
            self.opportunities[place as usize] = Some(Arc::new(opportunity.line));
        }
        places
    }

    /// Sweeps out what nobody owns, once there is enough of it.
    pub(super) fn sweep(&mut self) {
        let facts = &mut self.facts;
        let owned = facts.touches.len() + facts.periods.len() + facts.passes.len() + facts.stages.len();
        if self.ownerless < FEW || self.ownerless * 2 < owned {
            return;
        }
        self.ownerless = 0;
        let old = facts.clone();
        facts.passes.clear();
        facts.periods.clear();
        facts.touches.clear();
        facts.person_opportunities.clear();
        facts.person_campaigns.clear();
        for person in &mut facts.people {
            person.passes = moved(person.passes, &old.passes, &mut facts.passes);
            person.periods = moved(person.periods, &old.periods, &mut facts.periods);
            person.touches = moved(person.touches, &old.touches, &mut facts.touches);
            person.opportunities =
                moved(person.opportunities, &old.person_opportunities, &mut facts.person_opportunities);
            person.campaigns = moved(person.campaigns, &old.person_campaigns, &mut facts.person_campaigns);
        }
        facts.opportunity_people.clear();
        facts.stages.clear();
        for opportunity in &mut facts.opportunities {
            opportunity.people =
                moved(opportunity.people, &old.opportunity_people, &mut facts.opportunity_people);
            opportunity.stages = moved(opportunity.stages, &old.stages, &mut facts.stages);
        }
        facts.account_people.clear();
        facts.account_opportunities.clear();
        for account in &mut facts.accounts {
            account.people = moved(account.people, &old.account_people, &mut facts.account_people);
            account.opportunities =
                moved(account.opportunities, &old.account_opportunities, &mut facts.account_opportunities);
        }
    }

    fn place_for_person(&mut self) -> u32 {
        self.free.people.pop().unwrap_or_else(|| {
            self.facts.people.push(blank_person());
            self.facts.person_keys.push(nobody());
            self.people.push(None);
            place_of_last(self.people.len())
        })
    }

    fn place_for_account(&mut self) -> u32 {
        self.free.accounts.pop().unwrap_or_else(|| {
            self.facts.accounts.push(blank_account());
            self.facts.account_keys.push(nobody());
            self.accounts.push(None);
            place_of_last(self.accounts.len())
        })
    }

    fn place_for_opportunity(&mut self) -> u32 {
        self.free.opportunities.pop().unwrap_or_else(|| {
            self.facts.opportunities.push(blank_opportunity());
            self.facts.opportunity_keys.push(nobody());
            self.opportunities.push(None);
            place_of_last(self.opportunities.len())
        })
    }
}

/// One component on its way into the tables.
struct Putting<'a> {
    tables: &'a mut Tables,
    around: &'a mut Surroundings,
    rules: &'a Rules,
    places: &'a Places,
}

impl Putting<'_> {
    fn person(&mut self, nth: usize, new: &NewPerson) {
        let at = self.places.people[nth];
        let person = Ix::<PersonFact>::new(at as usize);
        let owner = new.owner.as_ref().map(|key| self.around.owner(key));
        let territory = self.territory(&new.line.place, owner);
        let account = new.account.map(|nth| Ix::<AccountFact>::new(self.places.accounts[nth] as usize));
        let of_account = account.map(|ix| self.tables.facts.accounts[ix.place()]);
        let campaigns: std::collections::BTreeSet<usize> =
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
        let passes = appended(&mut facts.passes, passes);
        let periods = new.periods.iter().map(|period| LifecyclePeriodFact {
            person,
            entered_at: period.entered_at,
            exited_at: period.exited_at,
            stage: period.stage,
            is_inferred: period.is_inferred,
            pass: period.pass,
        });
        let periods = appended(&mut facts.periods, periods);
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
        let touches = appended(&mut facts.touches, touches);
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
            opportunities: appended(
                &mut facts.person_opportunities,
                new.opportunities.iter().map(|nth| opportunity(*nth)),
            ),
            campaigns: appended(&mut facts.person_campaigns, campaigns.into_iter().map(Ix::new)),
            channel: channel(new.source.as_ref()),
            is_marketing: new.source.as_ref().is_some_and(|source| source.is_marketing),
            stage: new.stage,
            company_size: of_account
                .and_then(|account| account.company_size)
                .or_else(|| new.line.place.employees.and_then(CompanySize::of)),
        };
        facts.person_keys[at as usize] = new.anchor.clone();
    }

    fn account(&mut self, nth: usize, new: &NewAccount) {
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
            people: appended(&mut facts.account_people, new.people.iter().map(person)),
            opportunities: appended(
                &mut facts.account_opportunities,
                new.opportunities.iter().map(opportunity),
            ),
            company_size: new.line.place.employees.and_then(CompanySize::of),
            is_target: new.is_target,
        };
        facts.account_keys[at as usize] = new.anchor.clone();
    }

    fn opportunity(&mut self, nth: usize, new: &NewOpportunity) {
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
        let stages = appended(&mut facts.stages, stages);
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
            people: appended(&mut facts.opportunity_people, new.people.iter().map(|nth| person(*nth))),
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

fn appended<T>(table: &mut Vec<T>, rows: impl Iterator<Item = T>) -> Span<T> {
    let start = table.len();
    table.extend(rows);
    Span::new(start, table.len() - start)
}

fn moved<T: Copy>(span: Span<T>, from: &[T], to: &mut Vec<T>) -> Span<T> {
    let start = to.len();
    to.extend_from_slice(span.of(from));
    Span::new(start, span.len())
}

fn place_of_last(rows: usize) -> u32 {
    u32::try_from(rows - 1).expect("a table holds fewer than 2^32 rows")
}

/// The key of a free place.
fn nobody() -> RecordKey {
    RecordKey::new(&SourceName::new(""), "", "")
}

fn blank_person() -> PersonFact {
    PersonFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        first_touch: None,
        last_engaged_at: None,
        first_sales_activity_at: None,
        account: None,
        owner: None,
        territory: None,
        lead_source: None,
        industry: None,
        passes: Span::EMPTY,
        periods: Span::EMPTY,
        touches: Span::EMPTY,
        opportunities: Span::EMPTY,
        campaigns: Span::EMPTY,
        channel: Channel::Unknown,
        is_marketing: false,
        stage: None,
        company_size: None,
    }
}

fn blank_account() -> AccountFact {
    AccountFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        name: None,
        industry: None,
        owner: None,
        territory: None,
        people: Span::EMPTY,
        opportunities: Span::EMPTY,
        company_size: None,
        is_target: false,
    }
}

fn blank_opportunity() -> OpportunityFact {
    OpportunityFact {
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        observed_at: DateTime::<Utc>::UNIX_EPOCH,
        sequence: 0,
        closed: None,
        close_date: None,
        stage_entered_at: None,
        first_sales_activity_at: None,
        amount: None,
        account: None,
        owner: None,
        territory: None,
        lead: None,
        name: None,
        pipeline: None,
        stage: None,
        loss_reason: None,
        lead_source: None,
        product: None,
        people: Span::EMPTY,
        stages: Span::EMPTY,
        probability: None,
        category: StageCategory::Omitted,
        channel: Channel::Unknown,
        is_marketing: false,
    }
}
