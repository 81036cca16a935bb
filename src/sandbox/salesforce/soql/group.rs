//! Aggregates: rows gathered into groups, and what is computed from each.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use super::super::store::{Store, Value};
use super::Mistake;
use super::plan::{Cell, Groups, Plan, Subject};
use super::run;
use super::tree::Function;

/// Most groups one answer holds.
const MOST_GROUPS: usize = 2000;

/// One record a group, in the plan's order.
pub(super) fn groups(store: &Store, plan: &Plan, groups: &Groups) -> Result<Vec<Json>, Mistake> {
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    let mut gathered: Vec<(Vec<Value<'static>>, Vec<Tally>)> = Vec::new();
    let fresh = || groups.cells.iter().map(|_| Tally::default()).collect::<Vec<_>>();
    if groups.keys.is_empty() {
        places.insert(Vec::new(), 0);
        gathered.push((Vec::new(), fresh()));
    }
    for row in run::matching(store, plan) {
        let subject = Subject::Row(plan.object, row);
        let keys: Vec<Value<'static>> =
            groups.keys.iter().map(|key| key.value(store, subject).into_owned()).collect();
        let name =
            keys.iter().map(|key| format!("{}{}", u8::from(key.is_null()), key.to_string().to_lowercase()));
        let place = *places.entry(name.collect()).or_insert_with(|| {
            gathered.push((keys, fresh()));
            gathered.len() - 1
        });
        for (cell, tally) in groups.cells.iter().zip(&mut gathered[place].1) {
            match cell {
                Cell::Key(_) => {}
                Cell::Aggregate(_, None) => tally.count += 1,
                Cell::Aggregate(function, Some(path)) => {
                    tally.add(*function, &path.value(store, plan.object, row));
                }
            }
        }
    }
    let mut rows: Vec<Vec<Value<'static>>> = gathered
        .into_iter()
        .map(|(keys, tallies)| {
            groups
                .cells
                .iter()
                .zip(tallies)
                .map(|(cell, tally)| match cell {
                    Cell::Key(key) => keys[*key].clone(),
                    Cell::Aggregate(function, _) => tally.result(*function),
                })
                .collect()
        })
        .collect();
    if let Some(having) = &groups.having {
        rows.retain(|cells| having.holds(store, Subject::Group(cells)));
    }
    rows.sort_by(|left, right| {
        let keys = |cells: &[Value<'static>]| {
            plan.order
                .iter()
                .map(|sort| sort.by.value(store, Subject::Group(cells)).into_owned())
                .collect::<Vec<_>>()
        };
        run::compare_all(&plan.order, &keys(left), &keys(right))
    });
    let skip = usize::try_from(plan.offset).unwrap_or(usize::MAX);
    let most = plan.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let rows: Vec<_> = rows.into_iter().skip(skip).take(most).collect();
    if rows.len() > MOST_GROUPS {
        return Err(Mistake::new(
            "EXCEEDED_ID_LIMIT",
            0,
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
        ));
    }
    Ok(rows.iter().map(|cells| print(groups, cells)).collect())
}

fn print(groups: &Groups, cells: &[Value<'static>]) -> Json {
    let mut record = Map::new();
    record.insert("attributes".into(), json!({ "type": "AggregateResult" }));
    for (name, cell, kind) in &groups.shown {
        record.insert(name.clone(), cells[*cell].json(*kind));
    }
    Json::Object(record)
}

/// What is being added up for one cell of one group.
#[derive(Default)]
struct Tally {
    count: u64,
    sum: f64,
    least: Option<Value<'static>>,
    most: Option<Value<'static>>,
    different: HashSet<String>,
}

impl Tally {
    fn add(&mut self, function: Function, value: &Value<'_>) {
        if value.is_null() {
            return;
        }
        self.count += 1;
        match function {
            Function::CountDistinct => {
                self.different.insert(value.to_string().to_lowercase());
            }
            Function::Min
                if self
                    .least
                    .as_ref()
                    .is_none_or(|least| value.order(least).is_some_and(Ordering::is_lt)) =>
            {
                self.least = Some(value.clone().into_owned());
            }
            Function::Max
                if self.most.as_ref().is_none_or(|most| value.order(most).is_some_and(Ordering::is_gt)) =>
            {
                self.most = Some(value.clone().into_owned());
            }
            _ => {}
        }
        if let Value::Number(number) = value {
            self.sum += number;
        }
    }

    fn result(self, function: Function) -> Value<'static> {
        match function {
            Function::CountDistinct => Value::Number(self.different.len() as f64),
            Function::Sum if self.count > 0 => Value::Number(self.sum),
            Function::Avg if self.count > 0 => Value::Number(self.sum / self.count as f64),
            Function::Min => self.least.unwrap_or(Value::Null),
            Function::Max => self.most.unwrap_or(Value::Null),
            Function::Sum | Function::Avg => Value::Null,
            _ => Value::Number(self.count as f64),
        }
    }
}
