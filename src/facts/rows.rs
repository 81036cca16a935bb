//! What was found out about a component, as rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::custom::CustomValue;
use crate::domain::event::{Detail, Event};
use crate::domain::id::RecordKey;
use crate::domain::lead_source::{Channel, LeadSource};
use crate::domain::territory::Place;
use crate::domain::web_domain;
use crate::unify::identity::cluster::{Cluster, WarningCode};
use crate::unify::journey::activity::{first_sales_activity, last_engaged_at};
use crate::unify::journey::lifecycle::Journey;
use crate::unify::journey::stages::stage_periods;
use crate::unify::journey::touch::{first_touch, touches};
use crate::unify::merge::account::MergedAccount;
use crate::unify::merge::person::{MergedPerson, MergedPersonField, person_provenance};

use super::compose::{Body, Deal, Work, deals_of};
use super::line::{
    AccountLine, Customs, NewAccount, NewOpportunity, NewPerson, NewTouch, OpportunityLine, PersonLine,
};
use super::material::Seen;

impl Work<'_> {
    pub(super) fn new_people(
        &self,
        bodies: &[Body],
        journeys: Vec<Journey>,
        deals: &[Deal],
    ) -> Vec<NewPerson> {
        let person = |(place, (body, journey)): (usize, (&Body, Journey))| {
            let (cluster, merged, now) = (&self.people[place], &body.merged, self.around.now);
            let touches = touches(&body.entries, now);
            let mut warnings: Vec<WarningCode> = cluster.warnings.iter().map(|it| it.code).collect();
            warnings.extend(body.is_ambiguous.then_some(WarningCode::AmbiguousAccount));
            NewPerson {
                anchor: cluster.anchor.clone(),
                created_at: merged.created_at,
                updated_at: merged.updated_at,
                seen: body.seen,
                first_touch: first_touch(&touches).map(|it| it.when),
                last_engaged_at: last_engaged_at(&body.entries, now),
                first_sales_activity_at: first_sales_activity(&body.entries, now),
                account: body.account,
                owner: merged.owner.clone(),
                source: merged.original_source.clone(),
                stage: merged.lifecycle_stage,
                opportunities: deals_of(place, deals),
                touches: touches
                    .iter()
                    .map(|it| NewTouch {
                        when: it.when,
                        campaign: it.event.campaign.clone(),
                        asset: asset(it.event),
                        kind: it.event.kind,
                        channel: it.channel,
                        is_eligible: it.is_eligible,
                    })
                    .collect(),
                line: PersonLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len() as u32,
                    name: merged.display_name.clone(),
                    email: merged.email.clone(),
                    further_emails: distinct(
                        merged
                            .emails
                            .iter()
                            .map(|it| &it.address)
                            .filter(|it| merged.email.as_ref() != Some(*it))
                            .cloned(),
                    ),
                    domains: distinct(
                        merged.emails.iter().filter_map(|it| web_domain::registrable(&it.address)),
                    )
                    .into(),
                    place: place_of_person(merged).into(),
                    scores: merged.scores.iter().map(|it| it.score.clone()).collect(),
                    custom: customs(&merged.custom),
                    has_conflict: self.is_in_conflict(cluster),
                    warnings: distinct(warnings.into_iter()),
                    email_opt_out: merged.consent.email_opt_out,
                    campaigns: self.campaigns_of(place),
                },
                passes: journey.passes,
                periods: journey.periods,
            }
        };
        bodies.iter().zip(journeys).enumerate().map(person).collect()
    }

    pub(super) fn new_opportunities(&self, deals: &[Deal], people: &[NewPerson]) -> Vec<NewOpportunity> {
        let opportunity = |(place, deal): (usize, &Deal)| {
            let (cluster, now) = (&self.deals[place], self.around.now);
            let involved = deal.people.iter().chain(&deal.lead);
            let with_people = involved.filter_map(|person| people[*person].first_sales_activity_at).min();
            let on_itself = first_sales_activity(&deal.entries, now);
            let contacts = deal.merged.contacts.iter();
            let role = |person: &usize| {
                let of = |contact: &&_| self.person_of.get(&contact_key(contact)) == Some(person);
                contacts.clone().find(of).and_then(|contact| contact.role)
            };
            let of_lead = || deal.lead.and_then(|lead| people[lead].source.clone());
            NewOpportunity {
                anchor: cluster.anchor.clone(),
                line: OpportunityLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len() as u32,
                    custom: customs(&deal.merged.custom),
                    roles: deal.people.iter().map(role).collect(),
                },
                seen: deal.seen,
                closed: deal.closed,
                first_sales_activity_at: with_people.into_iter().chain(on_itself).min(),
                account: deal.account,
                lead: deal.lead,
                source: deal.merged.lead_source.clone().filter(says_something).or_else(of_lead),
                people: deal.people.clone(),
                stages: stage_periods(&deal.merged, &deal.entries, self.around.pipelines, now),
                merged: deal.merged.clone(),
            }
        };
        deals.iter().enumerate().map(opportunity).collect()
    }

    pub(super) fn new_accounts(
        &self,
        merged: &[MergedAccount],
        people: &[NewPerson],
        opportunities: &[NewOpportunity],
    ) -> Vec<NewAccount> {
        let account = |(place, merged): (usize, &MergedAccount)| {
            let cluster = &self.accounts[place];
            let own = |named: Option<usize>| named == Some(place);
            NewAccount {
                anchor: cluster.anchor.clone(),
                line: AccountLine {
                    keys: cluster.keys().cloned().collect(),
                    records: cluster.members.len() as u32,
                    domains: merged.domains.iter().cloned().collect(),
                    place: Arc::new(Place {
                        country: merged.country.clone(),
                        state: merged.state.clone(),
                        industry: merged.industry.clone(),
                        employees: merged.employees,
                    }),
                    custom: customs(&merged.custom),
                },
                created_at: merged.created_at,
                updated_at: merged.updated_at,
                seen: self.seen(cluster.members.iter().map(|it| &it.record.meta.key), &Seen::NEVER),
                name: merged.name.clone(),
                owner: merged.owner.clone(),
                is_target: merged.is_target.unwrap_or(false),
                people: (0..people.len()).filter(|it| own(people[*it].account)).collect(),
                opportunities: (0..opportunities.len())
                    .filter(|it| own(opportunities[*it].account))
                    .collect(),
            }
        };
        merged.iter().enumerate().map(account).collect()
    }

    fn is_in_conflict(&self, cluster: &Cluster) -> bool {
        let mut sources = cluster.members.iter().map(|it| &it.record.meta.key.source);
        let first = sources.next();
        let several = sources.any(|source| Some(source) != first);
        several
            && MergedPersonField::ALL.into_iter().any(|field| {
                person_provenance(cluster, &self.around.rules.sources, self.around.users, &[], field)
                    .is_some_and(|told| told.in_conflict)
            })
    }

    fn campaigns_of(&self, person: usize) -> Box<[RecordKey]> {
        let own =
            self.material.memberships.iter().filter(|it| self.person_of.get(&it.person) == Some(&person));
        distinct(own.map(|membership| membership.campaign.clone()))
    }
}

fn place_of_person(merged: &MergedPerson) -> Place {
    Place {
        country: merged.country.clone(),
        state: merged.state.clone(),
        industry: merged.industry.clone(),
        employees: merged.employees,
    }
}

fn asset(event: &Event) -> Option<RecordKey> {
    match &event.detail {
        Detail::Touch { asset, .. } => asset.as_ref().map(|asset| asset.key.clone()),
        _ => None,
    }
}

fn contact_key(contact: &crate::domain::opportunity::OpportunityContactRole) -> RecordKey {
    contact.person.clone()
}

fn says_something(source: &LeadSource) -> bool {
    source.sub_channel.is_some() || source.channel != Channel::Unknown
}

fn customs(merged: &BTreeMap<Arc<str>, CustomValue>) -> Customs {
    merged.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Box<[T]> {
    values.collect::<BTreeSet<T>>().into_iter().collect()
}
