//! What is asked of a dataset.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::ledger::entry::Sequence;

use super::dataset::Dataset;
use super::refusal::Refusal;

/// The largest page.
const LARGEST_PAGE: usize = 10_000;
/// The parameters there are.
const PARAMETERS: &str = "from, to, updated_since, columns, cursor, limit";

/// Which rows of a dataset, which columns, from where on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The dataset.
    pub dataset: Dataset,
    /// Its time column is not earlier.
    pub from: Option<DateTime<Utc>>,
    /// Its time column is earlier.
    pub to: Option<DateTime<Utc>>,
    /// Observed then or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Observed after this place in the order of observation.
    pub after_sequence: Option<Sequence>,
    /// These columns in this order; all the view sees where none are named.
    pub columns: Option<Vec<Arc<str>>>,
    /// Behind this place.
    pub cursor: Option<Arc<str>>,
    /// At most so many rows.
    pub limit: Option<usize>,
}

impl Ask {
    /// Everything of a dataset.
    pub fn of(dataset: Dataset) -> Self {
        Self {
            dataset,
            from: None,
            to: None,
            updated_since: None,
            after_sequence: None,
            columns: None,
            cursor: None,
            limit: None,
        }
    }

    /// Reads the parameters of an address. A day means its beginning in this zone.
    ///
    /// # Errors
    /// A sentence for the first parameter that is unknown, said twice, or makes no sense.
    pub fn of_parameters(
        dataset: Dataset,
        parameters: &[(String, String)],
        zone: Tz,
    ) -> Result<Self, Refusal> {
        let mut ask = Self::of(dataset);
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in parameters {
            if seen.contains(&name.as_str()) {
                return Err(bad(format!("{} is given twice.", short(name))));
            }
            seen.push(name);
            match name.as_str() {
                "from" => ask.from = Some(instant("from", value, zone)?),
                "to" => ask.to = Some(instant("to", value, zone)?),
                "updated_since" => ask.updated_since = Some(instant("updated_since", value, zone)?),
                "columns" => {
                    ask.columns = Some(value.split(',').map(|name| Arc::from(name.trim())).collect());
                }
                "cursor" => ask.cursor = Some(Arc::from(value.as_str())),
                "limit" => ask.limit = Some(limit(value)?),
                _ => {
                    let name = short(name);
                    return Err(bad(format!("There is no parameter {name}; there are {PARAMETERS}.")));
                }
            }
        }
        if let (Some(from), Some(to)) = (ask.from, ask.to)
            && from >= to
        {
            return Err(bad("from must be earlier than to; to itself is not included.".into()));
        }
        Ok(ask)
    }

    /// Whether a row of this time and this observation is asked for. A row without a time is left out of any span.
    pub(super) fn wants(&self, at: Option<DateTime<Utc>>, observed: (DateTime<Utc>, Sequence)) -> bool {
        let in_span = match at {
            Some(at) => self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to),
            None => self.from.is_none() && self.to.is_none(),
        };
        in_span && self.is_new(observed)
    }

    /// Whether what was observed then was observed late enough.
    pub(super) fn is_new(&self, (observed_at, sequence): (DateTime<Utc>, Sequence)) -> bool {
        self.updated_since.is_none_or(|since| since <= observed_at)
            && self.after_sequence.is_none_or(|after| after < sequence)
    }
}

fn limit(value: &str) -> Result<usize, Refusal> {
    let limit = value.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    limit.ok_or_else(|| bad(format!("limit must be a whole number from 1 to {LARGEST_PAGE}.")))
}

fn instant(name: &str, value: &str, zone: Tz) -> Result<DateTime<Utc>, Refusal> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(value) {
        return Ok(instant.with_timezone(&Utc));
    }
    let day = value.parse::<NaiveDate>().ok();
    // Where clocks jump over midnight the day begins an hour later.
    let begins = day.and_then(|day| {
        let midnight = day.and_time(NaiveTime::MIN);
        let later = midnight + chrono::TimeDelta::hours(1);
        zone.from_local_datetime(&midnight).earliest().or_else(|| zone.from_local_datetime(&later).earliest())
    });
    begins.map(|at| at.with_timezone(&Utc)).ok_or_else(|| {
        bad(format!(
            "{name} must be an instant such as 2025-01-31T08:00:00Z or a day such as 2025-01-31; \
             in an address a + is written %2B."
        ))
    })
}

fn bad(message: String) -> Refusal {
    Refusal::BadInput(message)
}

/// A name of the caller's in a sentence of ours.
fn short(name: &str) -> String {
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(40).collect();
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(parameters: &[(&str, &str)]) -> Result<Ask, String> {
        let given: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ask::of_parameters(Dataset::People, &given, Tz::America__New_York).map_err(|it| it.to_string())
    }

    #[test]
    fn a_day_begins_in_the_zone_of_the_settings_and_an_instant_where_it_says() {
        let ask = asked(&[("from", "2025-01-01"), ("to", "2025-02-01T00:00:00+01:00")]).expect("a span");
        assert_eq!(ask.from, "2025-01-01T05:00:00Z".parse().ok());
        assert_eq!(ask.to, "2025-01-31T23:00:00Z".parse().ok());
    }

    #[test]
    fn every_parameter_that_makes_no_sense_is_told_with_what_would() {
        let says = |parameters: &[(&str, &str)], part: &str| {
            let told = asked(parameters).expect_err(part);
            assert!(told.contains(part), "{told}");
        };
        says(&[("since", "2025-01-01")], "there are from, to, updated_since, columns, cursor, limit");
        says(&[("from", "yesterday")], "such as 2025-01-31");
        says(&[("from", "2025-02-01"), ("to", "2025-02-01")], "earlier than to");
        says(&[("limit", "0")], "from 1 to 10000");
        says(&[("limit", "9"), ("limit", "9")], "given twice");
        says(&[("updated_since", "2025-01-01T00:00:00 01:00")], "%2B");
    }
}
