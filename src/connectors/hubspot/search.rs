//! Searches as values: a filter is a property, an operator and operands, never a piece of text, so that no input can
//! change a search's structure. Everything here keeps the vendor's limits: at most 5 groups of at most 6 filters, 18
//! filters in all, pages of at most 200, a body of at most 3,000 characters.

use serde_json::{Value, json};

/// The longest body the vendor reads.
pub(super) const LONGEST_BODY: usize = 3_000;
/// The largest page.
pub(super) const LARGEST_PAGE: usize = 200;
/// The most filters of one group.
pub(super) const MOST_FILTERS: usize = 6;
/// The most values we put into one `IN`.
const MOST_VALUES: usize = 100;
/// Property lists longer than this are read by id afterwards, so that room for values remains.
const LONGEST_PROPERTIES: usize = 1_500;

/// One condition on one property.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    property: String,
    test: Test,
}

/// How a property is tested.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Eq(String),
    Lt(String),
    Lte(String),
    Gt(String),
    Gte(String),
    /// One of these; values of a text property must be in lower case.
    In(Vec<String>),
    HasProperty,
    NotHasProperty,
}

impl Filter {
    pub(super) fn new(property: impl Into<String>, test: Test) -> Self {
        Self { property: property.into(), test }
    }

    fn body(&self) -> Value {
        let (operator, operand) = match &self.test {
            Test::Eq(value) => ("EQ", Some(("value", json!(value)))),
            Test::Lt(value) => ("LT", Some(("value", json!(value)))),
            Test::Lte(value) => ("LTE", Some(("value", json!(value)))),
            Test::Gt(value) => ("GT", Some(("value", json!(value)))),
            Test::Gte(value) => ("GTE", Some(("value", json!(value)))),
            Test::In(values) => ("IN", Some(("values", json!(values)))),
            Test::HasProperty => ("HAS_PROPERTY", None),
            Test::NotHasProperty => ("NOT_HAS_PROPERTY", None),
        };
        let mut filter = json!({ "propertyName": self.property, "operator": operator });
        if let Some((key, value)) = operand {
            filter[key] = value;
        }
        filter
    }
}

/// One search, ascending by id so that it can go on behind the last record seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Search {
    /// Any of these groups; all filters of a group.
    pub(super) groups: Vec<Vec<Filter>>,
    pub(super) properties: Vec<String>,
    pub(super) limit: usize,
}

impl Search {
    /// The body of the call that reads what lies behind the record `after`.
    pub(super) fn body(&self, after: Option<&str>) -> Value {
        let mut groups = self.groups.clone();
        if let Some(id) = after {
            if groups.is_empty() {
                groups.push(Vec::new());
            }
            for group in &mut groups {
                group.push(Filter::new("hs_object_id", Test::Gt(id.to_owned())));
            }
        }
        let groups = groups
            .iter()
            .map(|filters| json!({ "filters": filters.iter().map(Filter::body).collect::<Vec<_>>() }))
            .collect::<Vec<_>>();
        json!({
            "filterGroups": groups,
            "sorts": [{ "propertyName": "hs_object_id", "direction": "ASCENDING" }],
            "properties": self.properties,
            "limit": self.limit.clamp(1, LARGEST_PAGE),
        })
    }

    /// Whether the vendor takes it, with room for the id to go on behind.
    pub(super) fn fits(&self) -> bool {
        let filters: usize = self.groups.iter().map(|group| group.len() + 1).sum();
        self.groups.len() <= 5
            && filters <= 18
            && self.groups.iter().all(|group| group.len() < MOST_FILTERS)
            && length(&self.body(Some("9999999999999999999"))) <= LONGEST_BODY
    }
}

/// One page of a search in an order of choice, without a place to go on behind: that is one of the filters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sweep<'a> {
    /// All of them hold.
    pub(super) filters: Vec<Filter>,
    /// The property the page is ordered by, ascending.
    pub(super) sort: &'a str,
    pub(super) properties: &'a [String],
    pub(super) limit: usize,
}

impl Sweep<'_> {
    /// The body of the call.
    pub(super) fn body(&self) -> Value {
        let filters = self.filters.iter().map(Filter::body).collect::<Vec<_>>();
        let groups = if filters.is_empty() { json!([]) } else { json!([{ "filters": filters }]) };
        json!({
            "filterGroups": groups,
            "sorts": [{ "propertyName": self.sort, "direction": "ASCENDING" }],
            "properties": self.properties,
            "limit": self.limit.clamp(1, LARGEST_PAGE),
        })
    }
}

/// Whether a list of properties is short enough to travel with a search.
pub(super) fn fit_in_a_search(properties: &[String]) -> bool {
    properties.iter().map(|name| name.len() + 3).sum::<usize>() <= LONGEST_PROPERTIES
}

/// As few searches as possible for records whose property holds one of the values, over several properties at once.
/// `wanted` has one entry a property; the values of one entry must be distinct.
pub(super) fn any_of(wanted: &[(&str, Vec<String>)], properties: &[String]) -> Vec<Search> {
    let empty = Search { groups: Vec::new(), properties: properties.to_vec(), limit: LARGEST_PAGE };
    let mut searches = vec![empty.clone()];
    for (property, values) in wanted {
        for value in values {
            let last = searches.last_mut().expect("there is always one search");
            let mut grown = last.clone();
            grown.add(property, value);
            if grown.fits() {
                *last = grown;
            } else {
                let mut next = empty.clone();
                next.add(property, value);
                searches.push(next);
            }
        }
    }
    searches.retain(|search| !search.groups.is_empty());
    searches
}

impl Search {
    fn add(&mut self, property: &str, value: &str) {
        for filter in self.groups.iter_mut().flatten() {
            if let Filter { property: name, test: Test::In(values) } = filter
                && name == property
                && values.len() < MOST_VALUES
            {
                values.push(value.to_owned());
                return;
            }
        }
        self.groups.push(vec![Filter::new(property, Test::In(vec![value.to_owned()]))]);
    }
}

/// How a property may hold an id of the sales system: the long form, or the short one the vendor also stores. In lower
/// case, as text values of an `IN` must be; who reads the answer compares again.
pub(super) fn spellings(id: &str) -> impl Iterator<Item = String> + use<> {
    let long = id.to_lowercase();
    let short = (long.len() == 18).then(|| long.get(..15).map(str::to_owned)).flatten();
    std::iter::once(long).chain(short)
}

fn length(body: &Value) -> usize {
    body.to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|n| format!("0035e00000{n:05}aav")).collect()
    }

    #[test]
    fn twenty_contacts_and_leads_fit_in_one_search() {
        let wanted = [("salesforcecontactid", ids(0..20)), ("salesforceleadid", ids(0..20))];
        let searches = any_of(&wanted, &["email".to_owned(), "firstname".to_owned()]);
        assert_eq!(searches.len(), 1);
        assert_eq!(searches[0].groups.len(), 2);
    }

    #[test]
    fn long_lists_are_split_without_losing_or_repeating_a_value() {
        let wanted = [("salesforcecontactid", ids(0..700)), ("salesforceleadid", ids(0..3))];
        let searches = any_of(&wanted, &[]);
        assert!(searches.len() > 1);
        assert!(searches.iter().all(Search::fits));
        let mut values: Vec<String> = Vec::new();
        for filter in searches.iter().flat_map(|search| search.groups.iter().flatten()) {
            let Test::In(some) = &filter.test else { panic!("only lists here") };
            values.extend(some.iter().cloned());
        }
        assert_eq!(values.len(), 703);
        assert_eq!(values.iter().filter(|value| **value == ids(0..1)[0]).count(), 2);
    }

    #[test]
    fn going_on_behind_a_record_restricts_every_group() {
        let search = Search {
            groups: vec![vec![], vec![Filter::new("email", Test::HasProperty)]],
            properties: vec![],
            limit: 500,
        };
        let body = search.body(Some("77"));
        assert_eq!(body["limit"], 200);
        assert_eq!(body["filterGroups"][0]["filters"][0]["operator"], "GT");
        assert_eq!(body["filterGroups"][1]["filters"][1]["value"], "77");
    }

    #[test]
    fn a_value_stays_a_value() {
        let evil = r#""}],"filters":[{"operator":"HAS_PROPERTY"#;
        let body = Search {
            groups: vec![vec![Filter::new("email", Test::Eq(evil.to_owned()))]],
            properties: vec![],
            limit: 1,
        }
        .body(None);
        let sent: Value = serde_json::from_str(&body.to_string()).expect("it is JSON");
        assert_eq!(sent["filterGroups"][0]["filters"][0]["value"], evil);
        assert_eq!(sent["filterGroups"][0]["filters"].as_array().map(Vec::len), Some(1));
    }
}
