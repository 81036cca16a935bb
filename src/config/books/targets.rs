//! `[[targets]]`: what is to be won in some days, by everybody, a team or a seller.

use std::sync::Arc;

use super::super::section::Section;
use super::{amount, days, required};
use crate::metrics::books::{NamedWhose, TargetEntry};

pub(super) fn read(root: &Section<'_>) -> Vec<TargetEntry> {
    let teams: Vec<String> = root
        .section("teams")
        .map(|all| all.entries().iter().map(|(key, _)| key.text.to_owned()).collect())
        .unwrap_or_default();
    let one = |section: &Section<'_>| {
        let days = days(section, ["from", "to"]);
        let amount = required(section, "amount", amount);
        let whose = match (section.text("owner"), section.text("team")) {
            (Some(_), Some(_)) => {
                section.wrong_at("team", "give either owner or team, not both");
                return None;
            }
            (Some(owner), None) => {
                let is_address = owner.text.contains('@');
                if !is_address && owner.text.split_once(':').is_none() {
                    let message = format!("`{}` is neither an e-mail address nor source:id", owner.text);
                    section.wrong_at("owner", message);
                }
                let name = if is_address { owner.text.trim().to_lowercase() } else { owner.text.to_owned() };
                NamedWhose::Owner(Arc::from(name))
            }
            (None, Some(team)) => {
                if !teams.iter().any(|key| key == team.text) {
                    section.wrong_at("team", format!("there is no team `{}`", team.text));
                }
                NamedWhose::Team(Arc::from(team.text))
            }
            (None, None) => NamedWhose::Company,
        };
        Some(TargetEntry { days: days?, amount: amount?, whose })
    };
    root.list_of_sections("targets").iter().filter_map(one).collect()
}
