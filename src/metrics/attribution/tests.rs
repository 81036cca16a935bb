//! Every model over the guide's example, and its edge cases. Source: domain guide §7.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail where it meets it")]

use chrono_tz::Tz;
use proptest::prelude::*;

use super::super::fixture::{Facts, at, facts, on};
use super::*;
use crate::domain::fact::Moment;
use crate::domain::lead_source::Channel;
use crate::domain::opportunity::StageCategory;

const DAYS: [&str; 6] = ["2025-01-01", "2025-01-05", "2025-01-10", "2025-01-20", "2025-02-01", "2025-03-01"];

/// The journey past lead, opportunity and sale, each a day or an empty text for none.
fn journey(days: &[&str], [lead, opportunity, won]: [&str; 3]) -> Journey {
    let moment = |text: &str| (!text.is_empty()).then(|| on(text));
    let milestones = Milestones {
        lead: moment(lead),
        opportunity: moment(opportunity),
        won: moment(won),
        conversion: moment(won).unwrap_or(on("2025-12-31")),
    };
    let touches = days.iter().enumerate().map(|(place, text)| (Ix::new(place), on(text))).collect();
    Journey::of(touches, &milestones, None, Tz::UTC)
}

/// The guide's example: lead created on 10 January, opportunity on 2 February, won on 3 March.
fn example() -> Journey {
    journey(&DAYS, ["2025-01-10", "2025-02-02", "2025-03-03"])
}

/// Credits as amounts with two decimals.
fn credits(units: i64, journey: &Journey, terms: &Terms) -> Vec<String> {
    let attribution = attribute(units * 100, journey, terms);
    assert_eq!(attribution.unattributed, 0);
    let shown = attribution.credits.iter();
    shown.map(|credit| format!("{}.{:02}", credit.minor / 100, credit.minor % 100)).collect()
}

fn of_example(terms: Terms) -> Vec<String> {
    credits(10_000, &example(), &terms)
}

#[test]
fn first_touch() {
    let expected = ["10000.00", "0.00", "0.00", "0.00", "0.00", "0.00"];
    assert_eq!(of_example(Terms::of(Model::FirstTouch)), expected);
}

#[test]
fn lead_creation() {
    let expected = ["0.00", "0.00", "10000.00", "0.00", "0.00", "0.00"];
    assert_eq!(of_example(Terms::of(Model::LeadCreation)), expected);
}

#[test]
fn last_touch() {
    let expected = ["0.00", "0.00", "0.00", "0.00", "0.00", "10000.00"];
    assert_eq!(of_example(Terms::of(Model::LastTouch)), expected);
}

#[test]
fn linear() {
    let expected = ["1666.67", "1666.67", "1666.67", "1666.67", "1666.66", "1666.66"];
    assert_eq!(of_example(Terms::of(Model::Linear)), expected);
}

#[test]
fn position_based() {
    let expected = ["4000.00", "500.00", "500.00", "500.00", "500.00", "4000.00"];
    assert_eq!(of_example(Terms::of(Model::PositionBased)), expected);
}

#[test]
fn u_shaped() {
    let expected = ["4000.00", "500.00", "4000.00", "500.00", "500.00", "500.00"];
    assert_eq!(of_example(Terms::of(Model::UShaped)), expected);
}

#[test]
fn u_shaped_even() {
    let expected = ["5000.00", "0.00", "5000.00", "0.00", "0.00", "0.00"];
    assert_eq!(of_example(Terms::of(Model::UShapedEven)), expected);
}

#[test]
fn w_shaped() {
    let expected = ["3000.00", "333.34", "3000.00", "333.33", "3000.00", "333.33"];
    assert_eq!(of_example(Terms::of(Model::WShaped)), expected);
}

#[test]
fn w_shaped_between_anchors() {
    let terms = Terms { middle: Middle::BetweenAnchors, ..Terms::of(Model::WShaped) };
    assert_eq!(of_example(terms), ["3000.00", "500.00", "3000.00", "500.00", "3000.00", "0.00"]);
}

#[test]
fn full_path() {
    let expected = ["2250.00", "500.00", "2250.00", "500.00", "2250.00", "2250.00"];
    assert_eq!(of_example(Terms::of(Model::FullPath)), expected);
}

#[test]
fn time_decay_with_a_half_life_of_seven_days() {
    let expected = ["26.49", "39.36", "64.57", "173.81", "570.34", "9125.43"];
    assert_eq!(of_example(Terms::of(Model::TimeDecay)), expected);
}

#[test]
fn time_decay_with_a_half_life_of_thirty_days() {
    let terms = Terms { half_life_seconds: 30 * 86_400, ..Terms::of(Model::TimeDecay) };
    assert_eq!(of_example(terms), ["922.98", "1012.34", "1136.32", "1431.67", "1889.10", "3607.59"]);
}

#[test]
fn j_shaped() {
    let expected = ["2000.00", "500.00", "500.00", "500.00", "500.00", "6000.00"];
    assert_eq!(of_example(Terms::of(Model::JShaped)), expected);
}

#[test]
fn inverse_j_shaped() {
    let expected = ["6000.00", "500.00", "500.00", "500.00", "500.00", "2000.00"];
    assert_eq!(of_example(Terms::of(Model::InverseJShaped)), expected);
}

#[test]
fn custom_weights_divide_as_they_say() {
    let custom = Weights {
        first_touch: 100_000,
        lead_creation: 200_000,
        opportunity_creation: 0,
        closed_won: 300_000,
        last_touch: 100_000,
        middle: 300_000,
    };
    assert!(custom.are_whole());
    assert!(!Weights { middle: 300_001, ..custom }.are_whole());
    let terms = Terms { custom, ..Terms::of(Model::Custom) };
    assert_eq!(of_example(terms), ["1000.00", "1000.00", "2000.00", "1000.00", "1000.00", "4000.00"]);
}

#[test]
fn the_anchors_of_the_example_are_where_the_guide_says() {
    let journey = example();
    let positions: Vec<Vec<Position>> = (0..6).map(|place| journey.positions(place)).collect();
    assert_eq!(positions[0], [Position::FirstTouch]);
    assert_eq!(positions[1], [Position::Middle]);
    assert_eq!(positions[2], [Position::LeadCreation]);
    assert_eq!(positions[4], [Position::OpportunityCreation]);
    assert_eq!(positions[5], [Position::ClosedWon, Position::LastTouch]);
}

#[test]
fn one_touch_earns_everything_in_every_model() {
    for model in Model::ALL {
        // Also a touch after lead and opportunity, which holds neither of their anchors.
        for milestones in
            [["2025-01-10", "2025-02-02", "2025-03-03"], ["2024-12-01", "2024-12-02", "2025-03-03"]]
        {
            let journey = journey(&DAYS[..1], milestones);
            assert_eq!(credits(100, &journey, &Terms::of(model)), ["100.00"], "{model:?}");
        }
    }
}

#[test]
fn w_shaped_of_three_touches_that_are_its_anchors() {
    let journey = journey(&[DAYS[0], DAYS[2], DAYS[4]], ["2025-01-10", "2025-02-02", "2025-03-03"]);
    assert_eq!(credits(100, &journey, &Terms::of(Model::WShaped)), ["33.34", "33.33", "33.33"]);
}

#[test]
fn a_touch_of_two_anchors_adds_their_shares() {
    let journey = journey(&[DAYS[0], DAYS[3], DAYS[4]], ["2025-01-01", "2025-02-02", "2025-03-03"]);
    assert_eq!(credits(100, &journey, &Terms::of(Model::WShaped)), ["60.00", "10.00", "30.00"]);
}

#[test]
fn an_unfilled_anchor_leaves_its_share_to_the_filled_ones() {
    let journey = journey(&[DAYS[0], DAYS[3], DAYS[4]], ["", "2025-02-02", "2025-03-03"]);
    assert_eq!(credits(100, &journey, &Terms::of(Model::WShaped)), ["45.00", "10.00", "45.00"]);
}

#[test]
fn two_touches_have_no_middle() {
    let journey = journey(&[DAYS[0], DAYS[5]], ["2025-01-10", "2025-02-02", "2025-03-03"]);
    assert_eq!(credits(100, &journey, &Terms::of(Model::PositionBased)), ["50.00", "50.00"]);
    assert_eq!(credits(100, &journey, &Terms::of(Model::JShaped)), ["25.00", "75.00"]);
}

#[test]
fn one_cent_over_three_goes_to_the_first() {
    let journey = journey(&DAYS[..3], ["", "", "2025-03-03"]);
    let attribution = attribute(1, &journey, &Terms::of(Model::Linear));
    assert_eq!(attribution.credits.iter().map(|credit| credit.minor).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(attribution.credits[1].share, Ratio::new(1, 3).unwrap(), "the share is exact all the same");
}

#[test]
fn without_a_touch_everything_is_unattributed() {
    let attribution = attribute(10_000, &Journey::default(), &Terms::of(Model::WShaped));
    assert_eq!(attribution, Attribution { credits: Vec::new(), unattributed: 10_000 });
}

#[test]
fn touches_outside_the_look_back_or_after_the_conversion_do_not_count() {
    let milestones = Milestones { lead: None, opportunity: None, won: None, conversion: on("2025-02-01") };
    let touches: Vec<_> = DAYS.iter().enumerate().map(|(place, day)| (Ix::new(place), on(day))).collect();
    let journey = Journey::of(touches, &milestones, Some(22), Tz::UTC);
    let kept: Vec<usize> = journey.stops.iter().map(|stop| stop.touch.place()).collect();
    assert_eq!(kept, [2, 3, 4], "22 days back is 10 January");
}

#[test]
fn an_hour_counts_in_time_decay_between_instants() {
    let instant = |text: &str| Moment::instant(at(text));
    let milestones =
        Milestones { lead: None, opportunity: None, won: None, conversion: instant("2025-02-01 12:00") };
    let touches = vec![(Ix::new(0), instant("2025-01-25 12:00")), (Ix::new(1), instant("2025-02-01 12:00"))];
    let journey = Journey::of(touches, &milestones, None, Tz::UTC);
    assert_eq!(credits(30, &journey, &Terms::of(Model::TimeDecay)), ["10.00", "20.00"]);
    let touches = vec![(Ix::new(0), instant("2025-01-25 06:00")), (Ix::new(1), instant("2025-02-01 12:00"))];
    let journey = Journey::of(touches, &milestones, None, Tz::UTC);
    assert_eq!(credits(30, &journey, &Terms::of(Model::TimeDecay)), ["9.84", "20.16"]);
}

#[test]
fn o4_without_contact_roles_credits_the_people_of_its_account() {
    let facts = facts();
    let opportunity = &facts.opportunities[3];
    let state = facts.opportunity_at(opportunity, facts.as_of).unwrap();
    let terms = Terms::of(Model::UShaped);
    let journey = journey_to(&facts, opportunity, &state, facts.as_of, &terms, Tz::UTC);
    let people: Vec<&str> = journey
        .stops
        .iter()
        .map(|stop| &*facts.person_keys[facts.touches[stop.touch.place()].person.place()].id)
        .collect();
    assert_eq!(people, ["P5", "P11"]);
    // P5's touch of 1 February is the first and the one before P5's lead was created on the 3rd.
    assert_eq!(credits(12_000, &journey, &terms), ["9600.00", "2400.00"]);
}

#[test]
fn an_open_opportunity_is_credited_up_to_the_as_of_instant_without_a_sale() {
    let mut facts = Facts::as_of("2025-04-01");
    facts.person("one", "2025-01-10", "EVENT");
    facts.touch("one", on("2025-01-05"), Channel::Event);
    facts.touch("one", on("2025-03-20"), Channel::Webinar);
    facts.opportunity("A", "one", "2025-02-01", 100, StageCategory::Open, "2025-06-01", 5000);
    let facts = facts.built();
    let at_instant = |text: &str| {
        let state = facts.opportunity_at(&facts.opportunities[0], at(text)).unwrap();
        journey_to(&facts, &facts.opportunities[0], &state, at(text), &Terms::of(Model::FullPath), Tz::UTC)
    };
    let now = at_instant("2025-04-01");
    assert_eq!(now.anchors.closed_won, None);
    assert_eq!(credits(100, &now, &Terms::of(Model::FullPath)), ["90.00", "10.00"]);
    assert_eq!(at_instant("2025-03-01").stops.len(), 1, "the later touch had not happened");
}

proptest! {
    #[test]
    fn credits_add_up_to_the_amount_and_shares_to_one(
        minor in -10_000_000_000_i64..10_000_000_000,
        days in prop::collection::vec(0_u32..300, 0..12),
        marks in prop::array::uniform3(prop::option::of(0_u32..300)),
        model in 0_usize..13,
        between in any::<bool>(),
    ) {
        let day = |days: u32| Moment::instant(at("2025-01-01") + chrono::TimeDelta::hours(i64::from(days) * 7));
        let [lead, opportunity, won] = marks.map(|mark| mark.map(day));
        let milestones = Milestones { lead, opportunity, won, conversion: won.unwrap_or(day(300)) };
        let touches: Vec<_> = days.iter().enumerate().map(|(place, when)| (Ix::new(place), day(*when))).collect();
        let mut turned = touches.clone();
        turned.reverse();
        let journey = Journey::of(touches, &milestones, None, Tz::UTC);
        prop_assert_eq!(&journey, &Journey::of(turned, &milestones, None, Tz::UTC));
        let middle = if between { Middle::BetweenAnchors } else { Middle::WholeJourney };
        let terms = Terms { middle, ..Terms::of(Model::ALL[model]) };
        let attribution = attribute(minor, &journey, &terms);
        let credited: i64 = attribution.credits.iter().map(|credit| credit.minor).sum();
        prop_assert_eq!(credited + attribution.unattributed, minor);
        prop_assert_eq!(attribution.unattributed != 0 && !journey.stops.is_empty(), false);
        let weights = weigh(&journey, &terms);
        prop_assert_eq!(weights.is_empty(), journey.stops.is_empty());
        if terms.model != Model::TimeDecay && !weights.is_empty() {
            let shares = attribution.credits.iter().fold(Ratio::ZERO, |sum, credit| sum.plus(credit.share));
            prop_assert_eq!(shares, Ratio::ONE);
        }
    }
}
