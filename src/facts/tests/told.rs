//! A snapshot in words that do not depend on where its rows are.

use std::collections::BTreeSet;

use crate::domain::fact::{Ix, Table, Text};
use crate::domain::id::RecordKey;
use crate::facts::snapshot::Snapshot;

fn named<'a, T>(keys: &'a Table<RecordKey>) -> impl Fn(&Ix<T>) -> &'a RecordKey {
    move |ix: &Ix<T>| &keys[ix.place()]
}

/// Everything a snapshot says, row by row, in the order of keys.
pub(super) fn told(snapshot: &Snapshot) -> BTreeSet<String> {
    let facts = snapshot.facts();
    let mut rows = BTreeSet::new();
    let text = |text: Option<Text>| text.map(|text| facts.texts.text(text).clone());
    let all = |keys: Vec<&RecordKey>| keys.into_iter().cloned().collect::<BTreeSet<_>>();
    let amount = |amount: Option<crate::domain::fact::Amount>| {
        amount.map(|it| (it.minor, facts.currencies[it.currency.place()].code.clone()))
    };
    for (place, line) in
        snapshot.people.iter().enumerate().filter_map(|(place, line)| Some((place, line.as_ref()?)))
    {
        let fact = &facts.people[place];
        let own =
            |ix: Ix<crate::domain::fact::PersonFact>| assert_eq!(ix.place(), place, "rows name their person");
        let passes: Vec<_> = facts
            .passes_of(fact)
            .iter()
            .map(|it| {
                own(it.person);
                (
                    it.number,
                    it.outcome,
                    it.mql_at,
                    it.sal_at,
                    it.sql_at,
                    it.opportunity_at,
                    it.ended_at,
                    it.opportunity.as_ref().map(named(&facts.opportunity_keys)),
                    it.is_sales_generated,
                )
            })
            .collect();
        let periods: Vec<_> = facts
            .periods_of(fact)
            .iter()
            .map(|it| {
                own(it.person);
                (it.stage, it.entered_at, it.exited_at, it.is_inferred, it.pass)
            })
            .collect();
        let touches: Vec<_> = facts
            .touches_of(fact)
            .iter()
            .map(|it| {
                own(it.person);
                (
                    it.when,
                    it.kind,
                    it.channel,
                    it.is_eligible,
                    text(it.asset),
                    it.campaign.as_ref().map(named(&facts.campaign_keys)),
                )
            })
            .collect();
        rows.insert(format!(
            "person {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {passes:?} {periods:?} {touches:?} {:?} {:?}",
            facts.person_keys[place],
            line,
            (fact.created_at, fact.updated_at, fact.observed_at, fact.sequence),
            (fact.first_touch, fact.last_engaged_at, fact.first_sales_activity_at, fact.stage),
            fact.account.as_ref().map(named(&facts.account_keys)),
            fact.owner.as_ref().map(named(&facts.owner_keys)),
            (text(fact.lead_source), text(fact.industry), fact.channel, fact.is_marketing, fact.company_size),
            fact.territory.map(Ix::place),
            all(facts.opportunities_of(fact).iter().map(named(&facts.opportunity_keys)).collect()),
            all(fact.campaigns.of(&facts.person_campaigns).iter().map(named(&facts.campaign_keys)).collect()),
        ));
    }
    for (place, line) in
        snapshot.accounts.iter().enumerate().filter_map(|(place, line)| Some((place, line.as_ref()?)))
    {
        let fact = &facts.accounts[place];
        rows.insert(format!(
            "account {} {:?} {:?} {:?} {:?} {:?} {:?}",
            facts.account_keys[place],
            line,
            (fact.created_at, fact.updated_at, fact.observed_at, fact.sequence, fact.is_target),
            (text(fact.name), text(fact.industry)),
            fact.owner.as_ref().map(named(&facts.owner_keys)),
            all(fact.people.of(&facts.account_people).iter().map(named(&facts.person_keys)).collect()),
            all(fact
                .opportunities
                .of(&facts.account_opportunities)
                .iter()
                .map(named(&facts.opportunity_keys))
                .collect()),
        ));
    }
    for (place, line) in
        snapshot.opportunities.iter().enumerate().filter_map(|(place, line)| Some((place, line.as_ref()?)))
    {
        let fact = &facts.opportunities[place];
        let stages: Vec<_> = facts
            .stages_of(fact)
            .iter()
            .map(|it| {
                (
                    text(Some(it.stage)),
                    it.entered_at,
                    it.exited_at,
                    amount(it.amount),
                    it.category,
                    it.is_entry,
                )
            })
            .collect();
        let people = fact.people.of(&facts.opportunity_people).iter();
        rows.insert(format!(
            "opportunity {} {:?} {:?} {:?} {:?} {:?} {stages:?} {:?} {:?}",
            facts.opportunity_keys[place],
            line,
            (fact.created_at, fact.updated_at, fact.observed_at, fact.sequence, fact.closed, fact.close_date),
            (amount(fact.amount), text(fact.name), text(fact.stage), text(fact.lead_source), fact.category),
            fact.account.as_ref().map(named(&facts.account_keys)),
            fact.owner.as_ref().map(named(&facts.owner_keys)),
            fact.lead.as_ref().map(named(&facts.person_keys)),
            people.map(named(&facts.person_keys)).collect::<Vec<_>>(),
        ));
    }
    for campaign in snapshot.campaigns.iter().filter(|campaign| campaign.is_known) {
        rows.insert(format!("campaign {campaign:?}"));
    }
    rows
}
