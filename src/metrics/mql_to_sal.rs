//! How many marketing-qualified are accepted by sales.

use super::answer::Unit;
use super::mql_to_sql::from_mql;
use super::question::CohortUnit;
use super::{Choice, Method, Metric, MetricKind};
use crate::domain::fact::PassFact;

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::MqlToSal,
    unit: Unit::Ratio,
    methods: &[Method::Cohort, Method::Period],
    heeds: &[Choice::CohortUnit, Choice::MaturityDays],
    is_snapshot: false,
    formula: |question, method| {
        match (method, question.cohort_unit) {
            (Method::Cohort, CohortUnit::Pass) => {
                "funnel passes that became MQL in the period and were \
            accepted by the as-of instant ÷ funnel passes that became MQL in the period"
            }
            (Method::Cohort, CohortUnit::Person) => {
                "people whose first funnel pass became MQL in the period \
            and who were accepted in any pass by the as-of instant ÷ people whose first funnel pass \
            became MQL in the period"
            }
            (Method::Period, _) => {
                "funnel passes accepted in the period ÷ funnel passes that became MQL in \
            the period"
            }
        }
        .to_owned()
    },
    compute: |scene, slots| from_mql(scene, slots, PassFact::sal),
};
