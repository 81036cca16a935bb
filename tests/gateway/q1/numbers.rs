//! Every number that can be worked out by hand for this quarter, from the vendors' own rows through capture and facts to
//! the front door.

use serde_json::{Value, json};

use super::super::answer::{Answer, each};
use super::super::running::Running;

const Q1: &str = "period: {start: \"2025-01-01\", end: \"2025-03-31\"}";
const Q2: &str = "period: {start: \"2025-04-01\", end: \"2025-06-30\"}";

/// Asks for one number, options first, and what of it.
async fn metric(running: &Running, input: &str, what: &str) -> Value {
    asked(running, "revops", input, what).await.fine().at("/metric").clone()
}

async fn asked(running: &Running, view: &str, input: &str, what: &str) -> Answer {
    running.viewer(view).ask(&format!("{{ metric(input: {{{input}}}) {{ {what} }} }}")).await
}

/// A quotient as the tables write it: `2/4 = 0.500000`.
fn quotient(metric: &Value) -> String {
    let text = |name: &str| metric[name].as_str().unwrap_or("–").to_owned();
    format!("{}/{} = {}", text("numerator"), text("denominator"), text("value"))
}

/// Asks for several quotients of the quarter and compares each.
async fn quotients(running: &Running, expected: &[(&str, &str)]) {
    for (input, expected) in expected {
        let told = metric(running, &format!("{Q1}, {input}"), "value numerator denominator status").await;
        assert_eq!((quotient(&told).as_str(), &told["status"]), (*expected, &json!("OK")), "{input}");
    }
}

/// Asks for several values of the quarter and compares each.
async fn values(running: &Running, expected: &[(&str, &str)]) {
    for (input, expected) in expected {
        let told = metric(running, &format!("{Q1}, {input}"), "value status").await;
        assert_eq!(told, json!({ "value": expected, "status": "OK" }), "{input}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m1_the_pipeline_covers_half_of_the_next_quarters_target() {
    let running = Running::counting("q1").await;
    let what = "value unit numerator denominator target status parts { name value unit }
        warnings { code count examples } contributors { totalCount nodes { ... on Opportunity { amount { amount } } } }";
    let told = metric(&running, &format!("kind: PIPELINE_COVERAGE, {Q2}"), what).await;
    assert_eq!(quotient(&told), "80000.00/150000.00 = 0.533333");
    assert_eq!((&told["unit"], &told["target"]), (&json!("MULTIPLE"), &json!("150000")));
    let part = |name: &str| {
        let parts = told["parts"].as_array().unwrap();
        parts.iter().find(|part| part["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(
        [part("winRate"), part("required"), part("needed"), part("gap")],
        ["0.600000", "1.666667", "250000.00", "170000.00"].map(Value::from)
    );
    let amounts: Vec<&Value> = each(&told["contributors"]["nodes"], "amount");
    assert_eq!(amounts, [&json!({ "amount": "30000" }), &json!({ "amount": "50000" })], "not O8");
    let overdue = &told["warnings"][0];
    assert_eq!((&overdue["code"], &overdue["count"]), (&json!("OVERDUE"), &json!(1)));
    let query = "query($id: ID!) { opportunity(id: $id) { records { externalId } } }";
    let o8 = running.viewer("revops").ask_with(query, json!({ "id": overdue["examples"][0] })).await.fine();
    assert_eq!(o8.at("/opportunity/records/0/externalId"), "006000000000008AAA");
    let met =
        metric(&running, &format!("kind: PIPELINE_COVERAGE, {Q1}, target: \"72000\""), "value status").await;
    assert_eq!(met, json!({ "value": null, "status": "TARGET_MET" }));
    let none = metric(&running, &format!("kind: PIPELINE_COVERAGE, {Q1}"), "status warnings { code }").await;
    assert_eq!((&none["status"], &none["warnings"][0]["code"]), (&json!("NO_DATA"), &json!("NO_TARGET")));
}

#[tokio::test(flavor = "multi_thread")]
async fn m2_m3_m6_leads_become_opportunities_and_customers() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: LEAD_TO_OPPORTUNITY", "5/10 = 0.500000"),
        ("kind: LEAD_TO_OPPORTUNITY, method: PERIOD", "6/10 = 0.600000"),
        ("kind: OPPORTUNITY_TO_CLOSE", "2/6 = 0.333333"),
        ("kind: CUSTOMER_ACQUISITION_RATE", "2/10 = 0.200000"),
        ("kind: CUSTOMER_ACQUISITION_RATE, method: PERIOD", "3/10 = 0.300000"),
        ("kind: MQL_TO_SAL", "6/10 = 0.600000"),
        ("kind: SQL_TO_CUSTOMER", "2/5 = 0.400000"),
        ("kind: SQL_TO_CUSTOMER, method: PERIOD", "3/5 = 0.600000"),
        ("kind: LEAD_QUALITY", "5/10 = 0.500000"),
    ];
    quotients(&running, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m4_m8_how_long_it_takes_to_win() {
    let running = Running::counting("q1").await;
    for (input, mean, median) in [
        ("kind: FIRST_TOUCH_TO_CLOSE", "85.67", "67.00"),
        ("kind: SALES_CYCLE", "61.67", "49.00"),
        ("kind: SALES_CYCLE, cycleAnchor: LEAD", "82.33", "63.00"),
    ] {
        let told = metric(&running, &format!("{Q1}, {input}"), "value median unit sample").await;
        let expected = json!({ "value": mean, "median": median, "unit": "DAYS", "sample": 3 });
        assert_eq!(told, expected, "{input}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m5_m17_what_a_customer_cost_and_what_the_spend_returned() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: COST_PER_CUSTOMER", "27000/3 = 9000.00"),
        ("kind: COST_PER_CUSTOMER, costBasis: LOADED", "72000/3 = 24000.00"),
        ("kind: RETURN_ON_SPEND", "33000/27000 = 1.222222"),
    ];
    quotients(&running, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m7_what_each_source_of_leads_brought_in() {
    let running = Running::counting("q1").await;
    let what = "value by(dimension: LEAD_SOURCE) { key value numerator denominator parts { name value } }";
    let told = metric(&running, &format!("kind: REVENUE_PER_LEAD_SOURCE, {Q1}"), what).await;
    assert_eq!(told["value"], "72000.00");
    let slice = |key: &str| told["by"].as_array().unwrap().iter().find(|slice| slice["key"] == key).unwrap();
    let revenue = |key: &str| slice(key)["value"].clone();
    assert_eq!(
        [revenue("WEB_FORM"), revenue("REFERRAL"), revenue("EVENT")],
        ["24000.00", "12000.00", "36000.00"].map(Value::from)
    );
    let per_lead = |key: &str| slice(key)["parts"][0].clone();
    assert_eq!(per_lead("WEB_FORM"), json!({ "name": "perLead", "value": "8000.00" }));
    assert_eq!(per_lead("EVENT"), json!({ "name": "perLead", "value": "0.00" }), "O6's lead is older");
    let leads = |key: &str| slice(key)["denominator"].clone();
    assert_eq!([leads("WEB_FORM"), leads("EVENT")], ["3", "1"].map(Value::from));
}

#[tokio::test(flavor = "multi_thread")]
async fn m9_the_win_rate_by_every_basis() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: WIN_RATE", "3/5 = 0.600000"),
        ("kind: WIN_RATE, winRateBasis: AMOUNT", "72000/110000 = 0.654545"),
        ("kind: WIN_RATE, winRateBasis: CREATED_COHORT", "2/6 = 0.333333"),
        ("kind: WIN_RATE, winRateBasis: SQL_COHORT", "2/5 = 0.400000"),
    ];
    quotients(&running, &expected).await;
    let amount = format!("kind: WIN_RATE, {Q1}, winRateBasis: AMOUNT");
    let told = metric(&running, &amount, "variant { name value }").await;
    assert_eq!(told["variant"], json!([{ "name": "winRateBasis", "value": "AMOUNT" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn m10_what_marketing_sourced_and_what_it_influenced() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: MARKETING_SOURCED_SHARE", "60000/72000 = 0.833333"),
        ("kind: MARKETING_SOURCED_SHARE, sourcedRule: FIRST_TOUCH", "72000/72000 = 1.000000"),
        ("kind: MARKETING_SOURCED_SHARE, sourcedRule: BEFORE_FIRST_SALES_ACTIVITY", "72000/72000 = 1.000000"),
        ("kind: MARKETING_INFLUENCED_SHARE", "72000/72000 = 1.000000"),
    ];
    quotients(&running, &expected).await;
    let query = "{ opportunities(first: 20) { nodes { records { externalId }
        isMarketingSourced isMarketingInfluenced isStalled } } }";
    let answer = running.viewer("revops").ask(query).await.fine();
    for opportunity in answer.at("/opportunities/nodes").as_array().unwrap() {
        let id = opportunity["records"][0]["externalId"].as_str().unwrap();
        let (sourced, influenced) = match &id[14..15] {
            "4" => (false, true),
            "5" | "7" => (false, false),
            _ => (true, true),
        };
        let told = [&opportunity["isMarketingSourced"], &opportunity["isMarketingInfluenced"]];
        assert_eq!(told, [&json!(sourced), &json!(influenced)], "O{}", &id[14..15]);
        assert_eq!(opportunity["isStalled"], Value::Null, "fewer than ten were won");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m11_m14_m16_the_pipeline_in_money() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: PIPELINE_VELOCITY", "467.03"),
        ("kind: PIPELINE_VELOCITY, includeOverdue: true", "700.54"),
        ("kind: PIPELINE_CREATED", "142000.00"),
        ("kind: REVENUE_WON", "72000.00"),
        ("kind: WEIGHTED_PIPELINE, includeOverdue: true", "25300.00"),
    ];
    values(&running, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m12_what_a_customer_brings_in_a_lifetime() {
    let running = Running::counting("q1").await;
    let expected = [
        (
            "kind: LIFETIME_VALUE, ltv: {monthlyRevenue: \"1000\", margin: \"0.8\", churn: \"0.02\"}",
            "40000.00",
        ),
        (
            "kind: LIFETIME_VALUE, ltv: {monthlyRevenue: \"1000\", margin: \"0.8\", churn: \"0\", horizonMonths: 60}",
            "48000.00",
        ),
        (
            "kind: LIFETIME_VALUE, ltv: {monthlyRevenue: \"1500\", margin: \"0.8\", churn: \"0.05\"}",
            "24000.00",
        ),
        (
            "kind: LIFETIME_VALUE, ltv: {monthlyRevenue: \"600\", margin: \"0.75\", churn: \"0.01\"}",
            "45000.00",
        ),
    ];
    values(&running, &expected).await;
    let input = format!(
        "kind: LIFETIME_VALUE, {Q1}, ltv: {{monthlyRevenue: \"1000\", margin: \"0.8\", churn: \"0\"}}"
    );
    let told = metric(&running, &input, "value status").await;
    assert_eq!(told, json!({ "value": null, "status": "ZERO_DENOMINATOR" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn m13_working_back_rounds_up_at_each_step() {
    let running = Running::counting("q1").await;
    let what = "customersNeeded sqlsNeeded mqlsNeeded status assumptions";
    for (arguments, customers, sqls, mqls) in [
        ("customers: 10, rates: {sqlToCustomer: \"0.25\", mqlToSql: \"0.20\"}", 10, 40, 200),
        ("customers: 10, rates: {sqlToCustomer: \"0.22\", mqlToSql: \"0.35\"}", 10, 46, 132),
        (
            "revenue: \"300000\", averageAmount: \"24000\", rates: {sqlToCustomer: \"0.25\", mqlToSql: \"0.20\"}",
            13,
            52,
            260,
        ),
    ] {
        let query = format!("{{ plan({arguments}, {Q2}) {{ {what} }} }}");
        let answer = running.viewer("revops").ask(&query).await.fine();
        let told =
            ["customersNeeded", "sqlsNeeded", "mqlsNeeded"].map(|name| answer.at("/plan")[name].clone());
        assert_eq!(told, [customers, sqls, mqls].map(Value::from), "{arguments}");
    }
    let query = format!("{{ plan(customers: 10, rates: {{sqlToCustomer: \"0\"}}, {Q2}) {{ {what} }} }}");
    let answer = running.viewer("revops").ask(&query).await.fine();
    assert_eq!(answer.at("/plan/sqlsNeeded"), &Value::Null);
    assert_eq!(answer.at("/plan/status"), "ZERO_DENOMINATOR");
}

#[tokio::test(flavor = "multi_thread")]
async fn m13_rates_that_nobody_gives_are_those_of_the_year_before() {
    let running = Running::counting("q1").await;
    let query = format!("{{ plan(revenue: \"150000\", {Q2}) {{
        customersNeeded opportunitiesNeeded sqlsNeeded mqlsNeeded leadsNeeded neededBy status assumptions }} }}");
    let answer = running.viewer("revops").ask(&query).await.fine();
    let plan = answer.at("/plan");
    // 72,000 for three customers make 24,000 each; 150,000 need 7; three of five closed were won.
    assert_eq!((&plan["customersNeeded"], &plan["opportunitiesNeeded"]), (&json!(7), &json!(12)));
    assert_eq!(plan["neededBy"], "2025-04-28", "63 days before the last of June");
    assert_eq!(
        (&plan["leadsNeeded"], &plan["status"]),
        (&Value::Null, &json!("NO_DATA")),
        "nobody gave leadToMql"
    );
    assert!(plan["assumptions"].as_array().unwrap().len() >= 4, "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn m15_mql_to_sql_by_every_variant_and_month_by_month() {
    let running = Running::counting("q1").await;
    let rows: [(&str, [&str; 3], &str); 3] = [
        ("", ["2/4 = 0.500000", "1/2 = 0.500000", "1/4 = 0.250000"], "4/10 = 0.400000"),
        (", method: PERIOD", ["2/4 = 0.500000", "2/2 = 1.000000", "1/4 = 0.250000"], "5/10 = 0.500000"),
        (
            ", method: PERIOD, includeSalesGenerated: false",
            ["2/4 = 0.500000", "1/2 = 0.500000", "1/4 = 0.250000"],
            "4/10 = 0.400000",
        ),
    ];
    let what = "value numerator denominator series(bucket: MONTH) { start value numerator denominator }";
    for (variant, months, quarter) in rows {
        let told = metric(&running, &format!("kind: MQL_TO_SQL, {Q1}{variant}"), what).await;
        assert_eq!(quotient(&told), quarter, "{variant}");
        let told: Vec<String> = told["series"].as_array().unwrap().iter().map(quotient).collect();
        assert_eq!(told, months, "{variant}");
    }
    let expected = [
        ("kind: MQL_TO_SQL, cohortUnit: PERSON", "4/9 = 0.444444"),
        ("kind: MQL_TO_SQL, maturityDays: 30", "3/6 = 0.500000"),
    ];
    quotients(&running, &expected).await;
    let march = "period: {start: \"2025-03-01\", end: \"2025-03-31\"}, kind: MQL_TO_SQL, maturityDays: 30";
    let told = metric(&running, march, "value status").await;
    assert_eq!(told, json!({ "value": "0.250000", "status": "IMMATURE" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_passes_behind_a_conversion_are_those_of_the_handoffs() {
    let running = Running::counting("q1").await;
    let what = "contributors(first: 100) { totalCount nodes { __typename ... on FunnelPass {
        id number outcome person { email } opportunity { closeDate } stages { stage enteredAt inferred } } } }";
    let told = metric(&running, &format!("kind: MQL_TO_SQL, {Q1}"), what).await;
    let passes = told["contributors"]["nodes"].as_array().unwrap();
    assert_eq!(passes.len(), 10, "one for each handoff");
    let of_clara = |number: i64| {
        let is_hers = |pass: &&Value| {
            pass["person"]["email"].as_str().unwrap().starts_with("clara") && pass["number"] == number
        };
        passes.iter().find(is_hers).unwrap()
    };
    assert_eq!((&of_clara(1)["outcome"], &of_clara(2)["outcome"]), (&json!("RECYCLED"), &json!("OPEN")));
    let stages: Vec<&Value> = each(&of_clara(2)["stages"], "stage");
    assert_eq!(stages, ["MQL", "SAL", "SQL", "OPPORTUNITY"]);
    assert_eq!(of_clara(2)["opportunity"]["closeDate"], "2025-05-20");
    let query = "query($id: ID!) { node(id: $id) { ... on FunnelPass { number outcome } } }";
    let answer = running.viewer("revops").ask_with(query, json!({ "id": of_clara(2)["id"] })).await.fine();
    assert_eq!(answer.at("/node"), &json!({ "number": 2, "outcome": "OPEN" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn why_opportunities_were_lost_and_what_is_on_the_table() {
    let running = Running::counting("q1").await;
    let query = format!("{{ topReasons({Q1}) {{ reason label count amount {{ amount currency }} }}
        review(cadence: QUARTERLY, {Q1}) {{ period {{ start end }} cadence metrics {{ kind value }}
          topLossReasons {{ reason }} wins {{ totalCount nodes {{ amount {{ amount }} }} }} stalled {{ totalCount }} }} }}");
    let answer = running.viewer("revops").ask(&query).await.fine();
    let reason = |name: &str, amount: &str| json!({ "reason": name, "label": name, "count": 1, "amount": { "amount": amount, "currency": "USD" } });
    assert_eq!(
        answer.at("/topReasons"),
        &json!([reason("NO_DECISION", "20000.00"), reason("PRICE", "18000.00")])
    );
    let review = answer.at("/review");
    assert_eq!((&review["wins"]["totalCount"], &review["stalled"]["totalCount"]), (&json!(3), &json!(0)));
    let value = |kind: &str| {
        let metrics = review["metrics"].as_array().unwrap();
        metrics.iter().find(|metric| metric["kind"] == kind).unwrap()["value"].clone()
    };
    assert_eq!(
        [value("WIN_RATE"), value("REVENUE_WON"), value("RETURN_ON_SPEND"), value("MQL_TO_SQL")],
        ["0.600000", "72000.00", "1.222222", "0.400000"].map(Value::from)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_says_how_it_was_made_and_costs_no_vendor_call() {
    let running = Running::counting("q1").await;
    running.reset_calls();
    let what = "kind method unit formula timeZone currency asOf period { start end } sample";
    let told = metric(&running, &format!("kind: MQL_TO_SQL, {Q1}"), what).await;
    assert!(told["formula"].as_str().unwrap().contains("pass"), "{told}");
    assert!(told["asOf"].as_str().unwrap().starts_with("2025-04-01T00:0"), "{told}");
    assert_eq!(
        [&told["method"], &told["unit"], &told["timeZone"], &told["currency"]],
        [&json!("COHORT"), &json!("RATIO"), &json!("UTC"), &json!("USD")]
    );
    let earlier = format!("kind: MQL_TO_SQL, {Q1}, asOf: \"2025-03-01T00:00:00Z\"");
    let told = metric(&running, &earlier, "value numerator denominator asOf").await;
    assert_eq!(quotient(&told), "3/6 = 0.500000");
    assert_eq!(told["asOf"], "2025-03-01T00:00:00+00:00");
    assert_eq!(running.calls(), 0, "{:?}", running.calls_by_endpoint());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_obey_the_view() {
    let running = Running::counting("q1").await;
    let refused = asked(&running, "agency", &format!("kind: REVENUE_WON, {Q1}"), "value").await;
    assert_eq!(refused.code(), "VALIDATION_FAILED", "amounts do not exist for an agency");
    let small = asked(
        &running,
        "bi",
        &format!("kind: WIN_RATE, {Q1}, winRateBasis: CREATED_COHORT, maturityDays: 3650"),
        "status",
    )
    .await;
    assert!(small.codes().is_empty(), "{:#}", small.body);
    let won = asked(
        &running,
        "bi",
        &format!("kind: REVENUE_WON, {Q1}"),
        "value status sample contributors { totalCount }",
    )
    .await;
    let withheld =
        json!({ "value": null, "status": "SUPPRESSED_SMALL_GROUP", "sample": 0, "contributors": null });
    assert_eq!(won.fine().at("/metric"), &withheld, "three opportunities are fewer than five people");
    for kind in ["REVENUE_PER_LEAD_SOURCE", "PIPELINE_VELOCITY", "WIN_RATE, winRateBasis: AMOUNT"] {
        let told =
            asked(&running, "bi", &format!("kind: {kind}, {Q1}"), "value numerator status").await.fine();
        let withheld = json!({ "value": null, "numerator": null, "status": "SUPPRESSED_SMALL_GROUP" });
        assert_eq!(told.at("/metric"), &withheld, "{kind} is made of the same three");
    }
    let by_owner = "value by(dimension: OWNER) { label value }";
    let denied = asked(&running, "marketing", &format!("kind: REVENUE_WON, {Q1}"), by_owner).await;
    assert_eq!(denied.code(), "FILTER_DENIED");
    assert_eq!(denied.at("/metric/value"), "72000.00", "the number itself stays");
    let seen = asked(&running, "revops", &format!("kind: REVENUE_WON, {Q1}"), by_owner).await.fine();
    assert!(!seen.at("/metric/by").as_array().unwrap().is_empty());
    let nobody = "owners: []";
    let none = metric(&running, &format!("kind: REVENUE_WON, {Q1}, {nobody}"), "value status").await;
    assert_eq!(none["status"], "NO_DATA");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_ledger_a_number_says_what_it_needs() {
    let running = super::quarter().await;
    let answer = asked(&running, "revops", &format!("kind: WIN_RATE, {Q1}"), "value").await;
    assert_eq!(answer.codes(), ["LEDGER_REQUIRED"]);
    assert_eq!(answer.at("/metric"), &Value::Null);
    assert!(answer.message().contains("capture nothing"), "{}", answer.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_and_the_other_numbers_stay() {
    let running = Running::counting("q1").await;
    for wrong in [
        "kind: WIN_RATE, period: {start: \"2025-03-31\", end: \"2025-01-01\"}".to_owned(),
        "kind: WIN_RATE, period: {start: \"0001-01-01\", end: \"2025-01-01\"}".to_owned(),
        format!("kind: WIN_RATE, {Q1}, timeZone: \"Mars/Base\""),
        format!("kind: WIN_RATE, {Q1}, currency: \"dollars\""),
        format!("kind: WIN_RATE, {Q1}, owners: [\"nobody\"]"),
        format!("kind: MQL_TO_SQL, {Q1}, maturityDays: -1"),
        format!("kind: REVENUE_PER_LEAD_SOURCE, {Q1}, model: CUSTOM"),
        format!("kind: LIFETIME_VALUE, {Q1}, ltv: {{monthlyRevenue: \"1\", margin: \"2\", churn: \"0.1\"}}"),
    ] {
        let answer = asked(&running, "revops", &wrong, "value").await;
        assert_eq!((answer.code(), answer.at("/metric")), ("BAD_INPUT", &Value::Null), "{wrong}");
        assert_eq!(answer.errors()[0]["path"], json!(["metric"]), "{wrong}");
    }
    let both = format!(
        "{{ metrics(inputs: [{{kind: WIN_RATE, {Q1}}}, {{kind: WIN_RATE, {Q1}, maturityDays: -1}}]) {{ value }} }}"
    );
    let answer = running.viewer("revops").ask(&both).await;
    assert_eq!(answer.at("/metrics"), &json!([{ "value": "0.600000" }, null]));
    assert_eq!((answer.code(), &answer.errors()[0]["path"]), ("BAD_INPUT", &json!(["metrics", 1])));
    let years = "kind: WIN_RATE, period: {start: \"2000-01-01\", end: \"2025-12-31\"}";
    let answer = asked(
        &running,
        "revops",
        years,
        "status series(bucket: DAY) { value } by(dimension: CHANNEL, first: 101) { key }",
    )
    .await;
    assert_eq!(answer.codes(), ["BAD_INPUT", "BAD_INPUT"]);
    assert_eq!(answer.at("/metric/status"), "OK", "the number stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_zones_and_currencies_are_heeded() {
    let running = Running::counting("q1").await;
    let expected = [
        ("kind: LEAD_TO_OPPORTUNITY, channels: [DIRECT]", "1/3 = 0.333333"),
        ("kind: WIN_RATE, channels: [DIRECT, EVENT]", "2/2 = 1.000000"),
        ("kind: LEAD_TO_OPPORTUNITY, timeZone: \"America/New_York\"", "5/10 = 0.500000"),
    ];
    quotients(&running, &expected).await;
    let euros = format!("kind: REVENUE_WON, {Q1}, currency: \"EUR\"");
    let told = metric(&running, &euros, "value status currency warnings { code count }").await;
    let missing = json!({ "value": null, "status": "NO_DATA", "currency": "EUR", "warnings": [{ "code": "NO_RATE", "count": 3 }] });
    assert_eq!(told, missing, "never one to one");
    let users = running.viewer("revops").ask("{ users(first: 20) { nodes { id name } } }").await.fine();
    let dana = users
        .at("/users/nodes")
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["name"] == "Dana Whitfield")
        .unwrap();
    let input = |more: &str| format!("kind: REVENUE_WON, {Q1}{more}");
    let whole =
        metric(&running, &input(""), "by(dimension: OWNER) { label value node { __typename id } }").await;
    let slice =
        whole["by"].as_array().unwrap().iter().find(|slice| slice["label"] == "Dana Whitfield").unwrap();
    assert_eq!(slice["node"], json!({ "__typename": "User", "id": dana["id"] }));
    let own = metric(&running, &input(&format!(", owners: [{}]", dana["id"])), "value").await;
    assert_eq!(own["value"], slice["value"], "the filter and the slice tell the same");
    let no_target = format!("kind: PIPELINE_COVERAGE, {Q2}, channels: [DIRECT]");
    let part = metric(&running, &no_target, "status target").await;
    assert_eq!(
        part,
        json!({ "status": "NO_DATA", "target": null }),
        "the company's target is nobody's part of it"
    );
}
