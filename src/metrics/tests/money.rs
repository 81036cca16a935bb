//! M5, M7, M12, M14, M17.

use super::super::fixture::{decimal, facts, inputs, q1};
use super::super::lifetime_value::lifetime_value;
use super::super::money::Rates;
use super::super::question::{CostBasis, Inputs, Lifetime};
use super::super::ratio::Ratio;
use super::super::reasons::top_reasons;
use super::super::scene::Scene;
use super::super::slots::{Dimension, Key};
use super::super::{MetricKind, Question, answer, by};
use super::{Status, asked, figures, value};
use crate::domain::fact::{Amount, Currency, Ix, Sight};

fn ratio(num: i128, den: i128) -> Ratio {
    Ratio::new(num, den).unwrap()
}

#[test]
fn m5_a_customer_costs_9000_of_marketing_and_24000_in_all() {
    assert_eq!(figures(&asked(&q1(MetricKind::CostPerCustomer))), "27000/3 = 9000.00");
    let question = Question { cost_basis: CostBasis::Loaded, ..q1(MetricKind::CostPerCustomer) };
    assert_eq!(figures(&asked(&question)), "72000/3 = 24000.00");
}

#[test]
fn m5_a_cost_without_customers_has_a_zero_denominator_and_an_unknown_cost_no_data() {
    let facts = facts();
    let none = Sight { people: crate::domain::fact::Bits::none(facts.people.len()), ..nothing(&facts) };
    let answered = answer(&facts, &none, &inputs(), &q1(MetricKind::CostPerCustomer));
    assert_eq!((answered.status, answered.value), (Status::ZeroDenominator, None));
    let answered =
        answer(&facts, &Sight::everything(&facts), &Inputs::new("USD"), &q1(MetricKind::CostPerCustomer));
    assert_eq!((answered.status, answered.warnings[0].code), (Status::NoData, "NO_COST"));
}

fn nothing(facts: &crate::domain::fact::FactSet) -> Sight {
    use crate::domain::fact::Bits;
    Sight { people: Bits::none(facts.people.len()), opportunities: Bits::none(facts.opportunities.len()) }
}

#[test]
fn m5_a_cost_counts_with_the_days_it_shares_with_the_period() {
    let question = Question {
        period: super::super::fixture::period("2025-03-01", "2025-03-31"),
        ..q1(MetricKind::CostPerCustomer)
    };
    // 31 of 90 days, two customers.
    assert_eq!(value(&asked(&question)), "4650.00");
}

#[test]
fn m7_revenue_by_lead_source_and_per_lead_of_the_quarter() {
    let facts = facts();
    let question = q1(MetricKind::RevenuePerLeadSource);
    let slices = by(&facts, &Sight::everything(&facts), &inputs(), &question, Dimension::LeadSource);
    let of = |source: &str| {
        let key = Key::Text(facts.texts.find(source).unwrap());
        &slices.iter().find(|slice| slice.key == key).unwrap().answer
    };
    assert_eq!(figures(of("WEB_FORM")), "24000.00/3 = 24000.00");
    assert_eq!(of("WEB_FORM").part("perLead"), Some(decimal("8000.00")));
    assert_eq!(value(of("REFERRAL")), "12000.00");
    assert_eq!(value(of("EVENT")), "36000.00");
    assert_eq!(of("EVENT").part("perLead"), Some(decimal("0.00")), "O6's lead is older");
    assert_eq!(value(&asked(&question)), "72000.00");
}

#[test]
fn m12_lifetime_value() {
    let lifetime = |revenue: &str, margin, churn, horizon_months| Lifetime {
        monthly_revenue: decimal(revenue),
        margin,
        churn,
        horizon_months,
    };
    let usual = lifetime("1000", ratio(4, 5), ratio(1, 50), None);
    assert_eq!(lifetime_value(&usual), Some(Ratio::whole(40_000)));
    let loyal = lifetime("1000", ratio(4, 5), Ratio::ZERO, Some(60));
    assert_eq!(lifetime_value(&loyal), Some(Ratio::whole(48_000)));
    assert_eq!(lifetime_value(&Lifetime { horizon_months: None, ..loyal }), None);
    assert_eq!(
        lifetime_value(&lifetime("1500", ratio(4, 5), ratio(1, 20), None)),
        Some(Ratio::whole(24_000))
    );
    assert_eq!(
        lifetime_value(&lifetime("600", ratio(3, 4), ratio(1, 100), None)),
        Some(Ratio::whole(45_000))
    );
    let asked_with = |lifetime| asked(&Question { lifetime, ..q1(MetricKind::LifetimeValue) });
    assert_eq!(value(&asked_with(Some(usual))), "40000.00");
    let endless = asked_with(Some(Lifetime { horizon_months: None, ..loyal }));
    assert_eq!((endless.status, endless.value), (Status::ZeroDenominator, None));
    assert_eq!(asked_with(None).status, Status::NoData);
}

#[test]
fn m14_pipeline_created_and_revenue_won() {
    assert_eq!(value(&asked(&q1(MetricKind::PipelineCreated))), "142000.00");
    assert_eq!(value(&asked(&q1(MetricKind::RevenueWon))), "72000.00");
}

#[test]
fn m17_return_on_spend() {
    let answer = asked(&q1(MetricKind::ReturnOnSpend));
    assert_eq!(figures(&answer), "33000/27000 = 1.222222");
    assert_eq!(answer.part("sourcedRevenue"), Some(decimal("60000.00")));
}

#[test]
fn each_sale_is_converted_by_the_rate_of_the_day_it_closed() {
    let mut facts = facts();
    facts.currencies.push(Currency::new("EUR"));
    facts.opportunities[5].amount = Some(Amount { minor: 1_000_000, currency: Ix::new(1) });
    let mut inputs = inputs();
    let ask =
        |inputs: &Inputs| answer(&facts, &Sight::everything(&facts), inputs, &q1(MetricKind::RevenueWon));
    let without = ask(&inputs);
    assert_eq!((without.status, without.value), (Status::NoData, None), "never one to one");
    assert_eq!((without.warnings[0].code, without.warnings[0].examples[0].place()), ("NO_RATE", 5));
    let mut rates = Rates::new("USD");
    rates.add("EUR", super::super::fixture::day("2025-02-14"), decimal("1.0500"));
    rates.add("EUR", super::super::fixture::day("2025-02-15"), decimal("2"));
    inputs.rates = rates;
    // 24,000 + 12,000 + 10,500 for O6, closed on 14 February.
    assert_eq!(value(&ask(&inputs)), "46500.00");
}

#[test]
fn reasons_of_the_losses_come_with_counts_and_amounts() {
    let facts = facts();
    let (sight, inputs, question) = (Sight::everything(&facts), inputs(), q1(MetricKind::WinRate));
    let reasons = top_reasons(&Scene::new(&facts, &sight, &inputs, &question));
    let told: Vec<_> = reasons
        .iter()
        .map(|one| (&**facts.texts.text(one.reason.unwrap()), one.count, one.amount.unwrap().num()))
        .collect();
    assert_eq!(told, [("NO_DECISION", 1, 20_000), ("PRICE", 1, 18_000)]);
}
