//! `[[attribution]]`: which model sales and marketing agreed on, from when on, and until when it cannot be changed.
//! Source of the rules: domain guide §7.

use std::sync::Arc;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::section::Section;
use super::{day, decimal, instant, required};
use crate::metrics::attribution::{Agreement, Middle, Model, Terms, Weights};

const MIDDLES: [Middle; 2] = [Middle::WholeJourney, Middle::BetweenAnchors];
const DAY: u32 = 86_400;

fn middle_name(middle: Middle) -> &'static str {
    match middle {
        Middle::WholeJourney => "whole_journey",
        Middle::BetweenAnchors => "between_anchors",
    }
}

pub(super) fn read(root: &Section<'_>, zone: Tz) -> Vec<Agreement> {
    let sections = root.list_of_sections("attribution");
    let mut read: Vec<(&Section<'_>, Agreement)> =
        sections.iter().filter_map(|section| Some((section, agreement(section, zone)?))).collect();
    read.sort_by_key(|(_, agreement)| agreement.effective_from);
    for (nth, (section, one)) in read.iter().enumerate() {
        let earlier = &read[..nth];
        if earlier.iter().any(|(_, other)| other.key == one.key) {
            section.wrong_at("key", format!("there is another agreement `{}`", one.key));
        }
        if let Some((_, other)) = earlier.iter().find(|(_, other)| other.is_in_force(one.effective_from)) {
            let message = format!(
                "`{}` is still in force then; give it an effective_to, so that one agreement is in force at a time",
                other.key
            );
            section.wrong_at("effective_from", message);
        }
    }
    read.into_iter().map(|(_, agreement)| agreement).collect()
}

fn agreement(section: &Section<'_>, zone: Tz) -> Option<Agreement> {
    let key = section.required_text("key");
    if !section.has("model") {
        section.wrong_at("model", "is missing");
    }
    let model = section.choice("model", &Model::ALL, Model::name);
    let custom = weights(section, model);
    let lookback = section.number("look_back_days", 0, 1..=36_500);
    let half_life = half_life(section, model);
    let middle = section.choice("middle", &MIDDLES, middle_name).unwrap_or_default();
    let of_zone = |section: &Section<'_>, key: &str| instant(section, key, zone);
    let agreed_at = required(section, "agreed_at", of_zone);
    let effective_from = required(section, "effective_from", of_zone);
    let effective_to = of_zone(section, "effective_to");
    let locked_until = required(section, "locked_until", day);
    let terms = Terms {
        custom: custom.unwrap_or(Terms::of(model?).custom),
        lookback_days: (lookback > 0).then_some(lookback as u32),
        half_life_seconds: half_life.unwrap_or(Terms::of(model?).half_life_seconds),
        middle,
        ..Terms::of(model?)
    };
    let agreement = Agreement {
        key: Arc::from(key?.text),
        terms,
        agreed_at: agreed_at?,
        effective_from: effective_from?,
        effective_to,
        locked_until: locked_until?,
    };
    if agreement.agreed_at > agreement.effective_from {
        section
            .wrong_at("effective_from", "lies before agreed_at; nothing is in force before it is agreed on");
    }
    if agreement.effective_to.is_some_and(|end| end <= agreement.effective_from) {
        section.wrong_at("effective_to", "does not lie after effective_from");
    }
    if !agreement.lock_is_long_enough(zone) {
        section.wrong_at("locked_until", "must lie at least two quarters after effective_from");
    }
    Some(agreement)
}

/// Shares in per cent; CUSTOM needs them, no other model has any.
fn weights(section: &Section<'_>, model: Option<Model>) -> Option<Weights> {
    let custom = model == Some(Model::Custom);
    let Some(own) = section.section("weights") else {
        if custom {
            section.wrong_at("weights", "is missing; the model CUSTOM has no weights of its own");
        }
        return None;
    };
    let share = |key: &str| {
        let percent = decimal(&own, key)?;
        let millionths = percent * Decimal::from(Weights::WHOLE / 100);
        let whole = millionths.is_integer().then(|| millionths.to_u32()).flatten();
        let whole = whole.filter(|share| *share <= Weights::WHOLE);
        if whole.is_none() {
            own.wrong_at(key, "must be per cent from 0 to 100, with at most four decimals");
        }
        whole
    };
    let weights = Weights {
        first_touch: share("first_touch").unwrap_or(0),
        lead_creation: share("lead_creation").unwrap_or(0),
        opportunity_creation: share("opportunity_creation").unwrap_or(0),
        closed_won: share("closed_won").unwrap_or(0),
        last_touch: share("last_touch").unwrap_or(0),
        middle: share("middle").unwrap_or(0),
    };
    if !custom {
        own.wrong("belongs to the model CUSTOM; the others have weights of their own");
    } else if !weights.are_whole() {
        own.wrong("must add up to exactly 100");
    }
    Some(weights)
}

fn half_life(section: &Section<'_>, model: Option<Model>) -> Option<u32> {
    let days = decimal(section, "half_life_days")?;
    if model.is_some_and(|model| model != Model::TimeDecay) {
        section.wrong_at("half_life_days", "belongs to the model TIME_DECAY");
    }
    let seconds = (days * Decimal::from(DAY)).round().to_u32().filter(|seconds| *seconds > 0);
    if seconds.is_none() || days > Decimal::from(3_650) {
        section.wrong_at("half_life_days", "must be greater than 0 and at most 3650");
        return None;
    }
    seconds
}
