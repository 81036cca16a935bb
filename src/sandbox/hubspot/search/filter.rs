//! What a filter accepts: the operators, each by the property's type.

use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::hubspot::kind::Kind;
use crate::sandbox::hubspot::refusal::Refusal;
use crate::sandbox::hubspot::stamp;
use crate::sandbox::hubspot::store::Store;
use crate::sandbox::hubspot::store::objects::Row;
use crate::sandbox::hubspot::store::place::{Place, Virtual};
use crate::sandbox::hubspot::store::schema::ValueType;

/// Filters that must all accept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Group {
    pub(super) filters: Vec<Filter>,
}

/// One filter as it is asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    property_name: String,
    operator: String,
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    high_value: Option<Value>,
    #[serde(default)]
    values: Option<Vec<Value>>,
}

/// What a filter does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    Has,
    HasNot,
    ContainsToken,
    ContainsNoToken,
}

/// A filter made ready to be put to many records.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) property: String,
    pub(super) operator: Operator,
    /// As they were asked.
    pub(super) texts: Vec<String>,
    pub(super) on: On,
    wanted: Vec<Wanted>,
    value_type: ValueType,
}

/// What a filter looks at.
#[derive(Debug)]
pub(super) enum On {
    Property(Place),
    /// The ids of associated records of a kind.
    Associated(Kind),
}

#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Number(f64),
    Text(String),
}

/// All groups, checked and made ready.
pub(super) fn compile(store: &Store, kind: Kind, groups: &[Group]) -> Result<Vec<Vec<Test>>, Refusal> {
    groups
        .iter()
        .filter(|group| !group.filters.is_empty())
        .map(|group| group.filters.iter().map(|filter| test(store, kind, filter)).collect())
        .collect()
}

fn test(store: &Store, kind: Kind, filter: &Filter) -> Result<Test, Refusal> {
    let property = filter.property_name.clone();
    let operator = operator(&filter.operator)?;
    let (on, value_type) = if let Some(name) = property.strip_prefix("associations.") {
        let to = Kind::named(name).ok_or_else(|| unknown(&property))?;
        if !matches!(operator, Operator::Eq | Operator::In) {
            return Err(Refusal::validation(format!("{property} can only be filtered by EQ and IN")));
        }
        (On::Associated(to), ValueType::Number)
    } else {
        let known = store.schema(kind).get(&property).ok_or_else(|| unknown(&property))?;
        (On::Property(store.objects(kind).place(&property)), known.value_type)
    };
    let texts: Vec<String> = match operator {
        Operator::Has | Operator::HasNot => Vec::new(),
        Operator::In | Operator::NotIn => {
            let values = filter.values.as_deref().filter(|values| !values.is_empty());
            values.ok_or_else(|| lacking(&property, &filter.operator, "values"))?.iter().map(text).collect()
        }
        Operator::Between => {
            let low = filter.value.as_ref().ok_or_else(|| lacking(&property, &filter.operator, "value"))?;
            let high = filter
                .high_value
                .as_ref()
                .ok_or_else(|| lacking(&property, &filter.operator, "highValue"))?;
            vec![text(low), text(high)]
        }
        _ => vec![text(filter.value.as_ref().ok_or_else(|| lacking(&property, &filter.operator, "value"))?)],
    };
    let token = matches!(operator, Operator::ContainsToken | Operator::ContainsNoToken);
    let wanted = texts
        .iter()
        .map(|text| {
            if token {
                Ok(Wanted::Text(text.to_lowercase()))
            } else {
                wanted(&property, value_type, operator, text)
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(Test { property, operator, texts, on, wanted, value_type })
}

fn wanted(property: &str, value_type: ValueType, operator: Operator, text: &str) -> Result<Wanted, Refusal> {
    let unreadable = || {
        Refusal::validation(format!(
            "{text} is not a valid value of the {} property {property}",
            value_type.name()
        ))
    };
    Ok(match value_type {
        ValueType::Number => Wanted::Number(text.trim().parse().map_err(|_| unreadable())?),
        ValueType::Date | ValueType::Datetime => {
            Wanted::Number(stamp::parse(text).ok_or_else(unreadable)? as f64)
        }
        ValueType::Enumeration => Wanted::Text(text.to_owned()),
        // The vendor wants these in lower case and finds nothing otherwise: it lowers only the record's side.
        ValueType::Text | ValueType::Phone if matches!(operator, Operator::In | Operator::NotIn) => {
            Wanted::Text(text.to_owned())
        }
        ValueType::Text | ValueType::Phone | ValueType::Bool => Wanted::Text(text.to_lowercase()),
    })
}

fn operator(name: &str) -> Result<Operator, Refusal> {
    Ok(match name {
        "EQ" => Operator::Eq,
        "NEQ" => Operator::Neq,
        "LT" => Operator::Lt,
        "LTE" => Operator::Lte,
        "GT" => Operator::Gt,
        "GTE" => Operator::Gte,
        "BETWEEN" => Operator::Between,
        "IN" => Operator::In,
        "NOT_IN" => Operator::NotIn,
        "HAS_PROPERTY" => Operator::Has,
        "NOT_HAS_PROPERTY" => Operator::HasNot,
        "CONTAINS_TOKEN" => Operator::ContainsToken,
        "NOT_CONTAINS_TOKEN" => Operator::ContainsNoToken,
        _ => {
            return Err(Refusal::validation(format!(
                "Cannot deserialize value of type `Operator` from \"{name}\""
            )));
        }
    })
}

fn unknown(property: &str) -> Refusal {
    Refusal::validation(format!("Property \"{property}\" does not exist"))
}

fn lacking(property: &str, operator: &str, member: &str) -> Refusal {
    Refusal::validation(format!("The filter on {property} with {operator} needs {member}"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Test {
    /// Whether a record passes.
    pub(super) fn accepts(&self, store: &Store, kind: Kind, row: &Row) -> bool {
        let place = match &self.on {
            On::Property(place) => place,
            On::Associated(to) => {
                return self
                    .texts
                    .iter()
                    .filter_map(|id| id.parse().ok())
                    .any(|id| store.links.are_linked((kind, row.id), (*to, id)));
            }
        };
        // The commonest ranges need no text at all.
        let number = match place.made {
            Some(Virtual::Id) => Some(row.id as f64),
            Some(Virtual::Created) => Some(row.created as f64),
            Some(Virtual::Modified) => Some(row.updated as f64),
            _ => None,
        };
        if let Some(number) = number {
            return self.judge(&Wanted::Number(number));
        }
        let value = store.value(kind, row, place).filter(|value| !value.is_empty());
        let Some(value) = value else { return self.operator == Operator::HasNot };
        match self.operator {
            Operator::Has => true,
            Operator::HasNot => false,
            Operator::ContainsToken => self.wanted.iter().any(|wanted| contains(&value, wanted)),
            Operator::ContainsNoToken => !self.wanted.iter().any(|wanted| contains(&value, wanted)),
            _ => match self.value_type {
                ValueType::Number => {
                    value.trim().parse().is_ok_and(|number| self.judge(&Wanted::Number(number)))
                }
                ValueType::Date | ValueType::Datetime => {
                    stamp::parse(&value).is_some_and(|at| self.judge(&Wanted::Number(at as f64)))
                }
                ValueType::Enumeration => {
                    // A value of several choices is met by any of them.
                    let negative = matches!(self.operator, Operator::Neq | Operator::NotIn);
                    let mut one = std::iter::once(&*value).chain(value.split(';'));
                    let mut judged = one.by_ref().map(|one| self.judge(&Wanted::Text(one.to_owned())));
                    if negative { judged.all(|met| met) } else { judged.any(|met| met) }
                }
                ValueType::Text | ValueType::Phone | ValueType::Bool => {
                    self.judge(&Wanted::Text(value.to_lowercase()))
                }
            },
        }
    }

    fn judge(&self, value: &Wanted) -> bool {
        let against = |wanted: &Wanted| match (value, wanted) {
            (Wanted::Number(value), Wanted::Number(wanted)) => value.partial_cmp(wanted),
            (Wanted::Text(value), Wanted::Text(wanted)) => Some(value.cmp(wanted)),
            _ => None,
        };
        let first = || self.wanted.first().and_then(against);
        match self.operator {
            Operator::Eq => first().is_some_and(std::cmp::Ordering::is_eq),
            Operator::Neq => first().is_some_and(std::cmp::Ordering::is_ne),
            Operator::Lt => first().is_some_and(std::cmp::Ordering::is_lt),
            Operator::Lte => first().is_some_and(std::cmp::Ordering::is_le),
            Operator::Gt => first().is_some_and(std::cmp::Ordering::is_gt),
            Operator::Gte => first().is_some_and(std::cmp::Ordering::is_ge),
            Operator::Between => {
                first().is_some_and(std::cmp::Ordering::is_ge)
                    && self.wanted.get(1).and_then(against).is_some_and(std::cmp::Ordering::is_le)
            }
            Operator::In => self.wanted.contains(value),
            Operator::NotIn => !self.wanted.contains(value),
            Operator::Has => true,
            Operator::HasNot | Operator::ContainsToken | Operator::ContainsNoToken => false,
        }
    }
}

/// Whether a value has the wanted words beside each other, or a part like the wanted pattern.
fn contains(value: &str, wanted: &Wanted) -> bool {
    let Wanted::Text(wanted) = wanted else { return false };
    let value = value.to_lowercase();
    if wanted.contains('*') {
        return is_like(&value, wanted)
            || value.split_whitespace().any(|part| is_like(part, wanted))
            || words(&value).any(|part| is_like(part, wanted));
    }
    let has: Vec<&str> = words(&value).collect();
    let wants: Vec<&str> = words(wanted).collect();
    !wants.is_empty() && has.windows(wants.len()).any(|window| window == wants)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a text is like a pattern in which `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A free-text query: every word must be somewhere in the properties a kind is searched by.
#[derive(Debug)]
pub(super) struct Words {
    kind: Kind,
    wanted: Vec<String>,
    places: Vec<Place>,
}

impl Words {
    pub(super) fn new(store: &Store, kind: Kind, query: Option<&str>) -> Self {
        Self {
            kind,
            wanted: query.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect(),
            places: kind.searched().iter().map(|name| store.objects(kind).place(name)).collect(),
        }
    }

    pub(super) fn are_in(&self, store: &Store, row: &Row) -> bool {
        self.wanted.is_empty() || {
            let values: Vec<String> = self
                .places
                .iter()
                .filter_map(|place| store.value(self.kind, row, place))
                .map(|value| value.to_lowercase())
                .collect();
            self.wanted.iter().all(|word| {
                let digits: String = word.chars().filter(char::is_ascii_digit).collect();
                values.iter().any(|value| {
                    // Telephone numbers are found however they are punctuated.
                    value.contains(word.as_str())
                        || (digits.len() >= 5
                            && digits.len() + 4 >= word.len()
                            && value
                                .chars()
                                .filter(char::is_ascii_digit)
                                .collect::<String>()
                                .contains(&digits))
                })
            })
        }
    }
}
