//! M12: what a customer is worth over its lifetime.

use super::answer::{Answer, DataWarning, Status, Unit};
use super::question::Lifetime;
use super::ratio::Ratio;
use super::scene::Scene;
use super::slots::Slots;
use super::{Metric, MetricKind};

pub(super) static METRIC: Metric = Metric {
    kind: MetricKind::LifetimeValue,
    unit: Unit::Money,
    methods: &[],
    heeds: &[],
    is_snapshot: false,
    formula: |question, _| match question.lifetime {
        Some(Lifetime { churn, horizon_months: Some(months), .. }) if churn.is_zero() => format!(
            "average revenue per account per month × gross margin × {months} months, because nobody is lost"
        ),
        _ => "average revenue per account per month × gross margin ÷ monthly churn".to_owned(),
    },
    compute,
};

fn compute(scene: &Scene<'_>, slots: &Slots) -> Vec<Answer> {
    let answers = slots.keys().iter().map(|_| {
        let mut answer = scene.blank();
        // The figures are the caller's and of the whole company: a slice has none of its own.
        let Some(lifetime) = scene.question.lifetime.filter(|_| slots.dimension().is_none()) else {
            let message = "A lifetime value needs monthly revenue, margin and churn.".to_owned();
            answer.warnings.push(DataWarning { code: "NO_INPUT", message, count: 0, examples: Vec::new() });
            return answer;
        };
        let value = lifetime_value(&lifetime);
        answer.status = if value.is_some() { Status::Ok } else { Status::ZeroDenominator };
        answer.value = value.and_then(|value| scene.money(value));
        let margin = Ratio::of(lifetime.monthly_revenue).times(lifetime.margin);
        (answer.numerator, answer.denominator) = (scene.money(margin), lifetime.churn.decimal(6));
        answer
    });
    answers.collect()
}

/// Average revenue per account per month × gross margin ÷ monthly churn. Where nobody is lost it is counted over the
/// horizon; none without one.
pub(super) fn lifetime_value(lifetime: &Lifetime) -> Option<Ratio> {
    let margin = Ratio::of(lifetime.monthly_revenue).times(lifetime.margin);
    if lifetime.churn.is_zero() {
        return lifetime.horizon_months.map(|months| margin.times(Ratio::whole(i128::from(months))));
    }
    margin.by(lifetime.churn)
}
