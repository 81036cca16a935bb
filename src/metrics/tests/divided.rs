//! Dimensions, filters and the rows behind a number.

use super::super::attribution::{Model, Terms};
use super::super::fixture::{facts, inputs, q1};
use super::super::question::{Filter, SpendKind};
use super::super::slots::{Dimension, Key};
use super::super::{MetricKind, Question, answer, by};
use super::{Status, asked, figures, value};
use crate::domain::fact::{
    Bits, CampaignFact, CompanySize, FactSet, Ix, OwnerFact, Sight, Span, TeamFact, TerritoryFact,
};
use crate::domain::lead_source::Channel;

fn slices(question: &Question, dimension: Dimension) -> Vec<(Key, String)> {
    let facts = facts();
    let slices = by(&facts, &Sight::everything(&facts), &inputs(), question, dimension);
    slices.into_iter().map(|slice| (slice.key, figures(&slice.answer))).collect()
}

#[test]
fn a_rate_is_divided_by_channel() {
    let found = slices(&q1(MetricKind::LeadToOpportunity), Dimension::Channel);
    let expected = [
        (Key::Channel(Channel::Direct), "1/3 = 0.333333"),
        (Key::Channel(Channel::Webinar), "1/2 = 0.500000"),
        (Key::Channel(Channel::Content), "1/2 = 0.500000"),
        (Key::Channel(Channel::Event), "0/1 = 0.000000"),
        (Key::Channel(Channel::Referral), "1/1 = 1.000000"),
        (Key::Channel(Channel::Outbound), "1/1 = 1.000000"),
    ];
    assert_eq!(found.len(), expected.len());
    for (key, figures) in expected {
        assert!(found.contains(&(key, figures.to_owned())), "{key:?}: {found:?}");
    }
}

#[test]
fn by_a_model_revenue_goes_to_the_channels_of_the_touches_and_nothing_is_lost() {
    let question = Question { terms: Some(Terms::of(Model::Linear)), ..q1(MetricKind::RevenuePerLeadSource) };
    let facts = facts();
    let slices = by(&facts, &Sight::everything(&facts), &inputs(), &question, Dimension::Channel);
    let of = |channel| {
        let slice = slices.iter().find(|slice| slice.key == Key::Channel(channel)).unwrap();
        value(&slice.answer)
    };
    // O4 is shared by P5's touch and the colleague's webinar.
    assert_eq!(of(Channel::Webinar), "6000.00");
    assert_eq!(of(Channel::Referral), "6000.00");
    assert_eq!(of(Channel::Direct), "24000.00");
    assert_eq!(value(&asked(&question)), "72000.00");
    assert_eq!(asked(&question).variant, [("model", "LINEAR".to_owned())]);
}

#[test]
fn what_a_touch_earned_is_told_by_its_channel_and_campaign_though_nobody_came_through_them() {
    let mut facts = company();
    facts.people.iter_mut().for_each(|person| person.campaigns = Span::EMPTY);
    let person = facts.opportunities[0].people.of(&facts.opportunity_people)[0];
    let touches = facts.people[person.place()].touches.places();
    for place in touches {
        facts.touches[place].channel = Channel::Partner;
        facts.touches[place].campaign = Some(Ix::new(0));
    }
    let question = Question { terms: Some(Terms::of(Model::Linear)), ..q1(MetricKind::RevenuePerLeadSource) };
    for (dimension, key) in [
        (Dimension::Channel, Key::Channel(Channel::Partner)),
        (Dimension::Campaign, Key::Campaign(Ix::new(0))),
    ] {
        let slices = by(&facts, &Sight::everything(&facts), &inputs(), &question, dimension);
        let slice = slices.iter().find(|slice| slice.key == key).unwrap();
        assert_eq!(value(&slice.answer), "24000.00", "{dimension:?}");
    }
}

#[test]
fn spend_that_names_no_channel_is_not_divided_among_channels() {
    let facts = facts();
    let mut inputs = inputs();
    inputs.spend.retain(|line| line.kind == SpendKind::Marketing);
    inputs.spend[0].channel = Some(Channel::Event);
    let question = q1(MetricKind::ReturnOnSpend);
    let slices = by(&facts, &Sight::everything(&facts), &inputs, &question, Dimension::Channel);
    let event = slices.iter().find(|slice| slice.key == Key::Channel(Channel::Event)).unwrap();
    assert_eq!(figures(&event.answer), "9000/27000 = 0.333333");
    let direct = slices.iter().find(|slice| slice.key == Key::Channel(Channel::Direct)).unwrap();
    assert_eq!(direct.answer.status, Status::NoData);
    let by_owner = by(&facts, &Sight::everything(&facts), &inputs, &question, Dimension::Owner);
    assert!(by_owner.iter().all(|slice| slice.answer.warnings[0].code == "COST_NOT_DIVIDED"));
}

#[test]
fn a_row_no_view_sees_is_in_no_number() {
    let facts = facts();
    let mut sight = Sight::everything(&facts);
    sight.opportunities = Bits::from_fn(facts.opportunities.len(), |place| place != 0);
    let ask = |kind| answer(&facts, &sight, &inputs(), &q1(kind));
    assert_eq!(figures(&ask(MetricKind::WinRate)), "2/4 = 0.500000");
    assert_eq!(figures(&ask(MetricKind::LeadToOpportunity)), "4/10 = 0.400000");
    assert_eq!(figures(&ask(MetricKind::CustomerAcquisitionRate)), "1/10 = 0.100000");
}

/// The fixture with two owners in one team each, territories one within the other, and a campaign.
fn company() -> FactSet {
    let mut facts = facts();
    let words: Vec<_> = ["north", "south", "emea"].map(|word| facts.texts.intern(word)).to_vec();
    facts.teams = words[..2].iter().map(|word| TeamFact { key: *word, label: *word }).collect();
    facts.owners =
        (0..2).map(|team| OwnerFact { name: None, team: Some(Ix::new(team)), is_queue: false }).collect();
    let territory = |word: usize, parent: Option<usize>| TerritoryFact {
        key: words[word],
        label: words[word],
        parent: parent.map(Ix::new),
        region: Some(words[2]),
    };
    facts.territories = vec![territory(0, None), territory(1, Some(0))];
    facts.campaigns.push(CampaignFact {
        observed_at: facts.as_of,
        sequence: 0,
        name: None,
        starts_on: None,
        ends_on: None,
        spend: None,
        channel: Channel::Event,
    });
    facts.person_campaigns.push(Ix::new(0));
    for (place, person) in facts.people.iter_mut().enumerate() {
        person.owner = Some(Ix::new(place % 2));
        person.territory = (place > 3).then(|| Ix::new(place % 2));
        person.company_size = (place % 3 == 0).then_some(CompanySize::UpTo50);
        person.campaigns = if place == 4 { Span::new(0, 1) } else { Span::EMPTY };
    }
    for (place, opportunity) in facts.opportunities.iter_mut().enumerate() {
        opportunity.owner = (place < 4).then(|| Ix::new(0));
    }
    facts
}

#[test]
fn a_filter_admits_what_all_its_lists_admit() {
    let facts = company();
    let ask = |kind, filter: Filter| {
        answer(&facts, &Sight::everything(&facts), &inputs(), &Question { filter, ..q1(kind) })
    };
    let owner = Filter { owners: Some(vec![Ix::new(0)]), ..Filter::default() };
    assert_eq!(figures(&ask(MetricKind::WinRate, owner)), "2/3 = 0.666667");
    let team = Filter { teams: Some(vec![Ix::new(1)]), ..Filter::default() };
    assert_eq!(ask(MetricKind::WinRate, team).status, Status::NoData);
    let root = Filter { territories: Some(vec![Ix::new(0)]), ..Filter::default() };
    assert_eq!(ask(MetricKind::LeadQuality, root).sample, 9, "a territory has those beneath it");
    let leaf = Filter { territories: Some(vec![Ix::new(1)]), ..Filter::default() };
    assert_eq!(ask(MetricKind::LeadQuality, leaf).sample, 4);
    let channel = Filter { channels: Some(vec![Channel::Direct]), ..Filter::default() };
    assert_eq!(ask(MetricKind::LeadQuality, channel.clone()).sample, 3);
    let campaign = Filter { campaigns: Some(vec![Ix::new(0)]), ..Filter::default() };
    assert_eq!(figures(&ask(MetricKind::LeadToOpportunity, campaign.clone())), "1/1 = 1.000000");
    let both = Filter { campaigns: campaign.campaigns, ..channel };
    assert_eq!(ask(MetricKind::LeadQuality, both).status, Status::NoData);
    let nobody = Filter { owners: Some(Vec::new()), ..Filter::default() };
    assert_eq!(ask(MetricKind::WinRate, nobody).status, Status::NoData);
}

#[test]
fn every_dimension_divides_the_whole() {
    let facts = company();
    let question = q1(MetricKind::LeadQuality);
    for (dimension, slices_expected) in [
        (Dimension::Channel, 6),
        (Dimension::LeadSource, 6),
        (Dimension::Campaign, 2),
        (Dimension::Owner, 2),
        (Dimension::Team, 2),
        (Dimension::Territory, 3),
        (Dimension::Region, 2),
        (Dimension::Industry, 1),
        (Dimension::CompanySize, 2),
        (Dimension::Product, 1),
    ] {
        let slices = by(&facts, &Sight::everything(&facts), &inputs(), &question, dimension);
        assert_eq!(slices.len(), slices_expected, "{dimension:?}");
        assert_eq!(slices.iter().map(|slice| slice.answer.sample).sum::<u64>(), 10, "{dimension:?}");
    }
}

#[test]
fn the_rows_behind_a_number_are_its_sample() {
    let won = asked(&q1(MetricKind::RevenueWon));
    let places: Vec<usize> = won.contributors.opportunities.iter().map(|row| row.place()).collect();
    assert_eq!(places, [0, 3, 5], "O1, O4 and O6");
    let cohort = asked(&q1(MetricKind::MqlToSql));
    assert_eq!(cohort.contributors.passes.len() as u64, cohort.sample);
}
