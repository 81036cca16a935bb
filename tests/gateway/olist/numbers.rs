//! What became of a real marketplace's leads, at the front door. The expected numbers were computed from the two files
//! alone, by another program.

use serde_json::{Value, json};

use super::super::answer::each;
use super::super::running::Running;
use super::olist;

/// From the first lead to the last deal.
const QUESTION: &str = "{
  rate: metric(input: {
    kind: CUSTOMER_ACQUISITION_RATE, period: {start: \"2017-06-01\", end: \"2018-05-31\"}
  }) {
    value numerator denominator status formula
    by(dimension: LEAD_SOURCE) { key denominator numerator value }
    series(bucket: MONTH) { start denominator numerator value }
  }
  close: metric(input: {
    kind: FIRST_TOUCH_TO_CLOSE, period: {start: \"2017-06-01\", end: \"2018-11-30\"}
  }) {
    value median p90 sample status formula
    warnings { code count message examples }
  }
}";

/// Leads, deals, deals ÷ leads of each `origin`, as `collections.Counter` counts them; the empty one is nobody's note.
const BY_ORIGIN: [[&str; 4]; 11] = [
    ["organic_search", "2296", "271", "0.118031"],
    ["paid_search", "1586", "195", "0.122951"],
    ["social", "1350", "75", "0.055556"],
    // `unknown` in the files. Sales' word for knowing nothing gives way to the marketing platform's.
    ["OTHER_CAMPAIGNS", "1099", "179", "0.162875"],
    ["direct_traffic", "499", "56", "0.112224"],
    ["email", "493", "15", "0.030426"],
    ["referral", "284", "24", "0.084507"],
    ["other", "150", "4", "0.026667"],
    ["display", "118", "6", "0.050847"],
    ["other_publicities", "65", "3", "0.046154"],
    ["", "60", "14", "0.233333"],
];

/// The same of each month of `first_contact_date`, whenever the deal was won.
const BY_MONTH: [[&str; 4]; 12] = [
    ["2017-06-01", "4", "0", "0.000000"],
    ["2017-07-01", "239", "2", "0.008368"],
    ["2017-08-01", "386", "9", "0.023316"],
    ["2017-09-01", "312", "7", "0.022436"],
    ["2017-10-01", "416", "14", "0.033654"],
    ["2017-11-01", "445", "18", "0.040449"],
    ["2017-12-01", "200", "11", "0.055000"],
    ["2018-01-01", "1141", "152", "0.133216"],
    ["2018-02-01", "1028", "149", "0.144942"],
    ["2018-03-01", "1174", "167", "0.142249"],
    ["2018-04-01", "1352", "183", "0.135355"],
    ["2018-05-01", "1303", "130", "0.099770"],
];

/// Slices or points as the tables have them.
fn rows(list: &Value, name: &str) -> Vec<[String; 4]> {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| [name, "denominator", "numerator", "value"].map(|field| text(row, field));
    list.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_marketplaces_leads_deals_and_days_to_the_deal_are_what_its_files_say() {
    let Some(olist) = olist() else { return };
    let running = Running::capturing(olist.pour()).await;
    running.wait_until_counted().await;
    let revops = running.viewer("revops");
    let answer = revops.ask(QUESTION).await.fine();
    println!("{QUESTION}\n{:#}", answer.body);

    let rate = answer.at("/rate");
    assert_eq!(
        (&rate["denominator"], &rate["numerator"], &rate["value"]),
        (&json!("8000"), &json!("842"), &json!("0.105250"))
    );
    assert_eq!(rows(&rate["by"], "key"), BY_ORIGIN);
    assert_eq!(rows(&rate["series"], "start"), BY_MONTH);

    // A first contact and a closing are days, so each deal took `(won_date.date() - first_contact_date).days`: their
    // mean, `statistics.median`, and `numpy.percentile(days, 90)`, which interpolates between neighbours.
    let close = answer.at("/close");
    let told = [&close["value"], &close["median"], &close["p90"], &close["sample"]];
    assert_eq!(told, [&json!("48.44"), &json!("14.00"), &json!("161.90"), &json!(842)]);

    // One deal was won two days before its first contact: it counts as it is, and the reader is told.
    let warnings = close["warnings"].as_array().unwrap();
    assert_eq!(each(&close["warnings"], "code"), [&json!("WON_BEFORE_FIRST_TOUCH")]);
    assert_eq!(warnings[0]["count"], 1);
    let early = olist.deals.iter().find(|deal| olist.is_won_before_first_contact(deal)).unwrap();
    let query = "query($id: ID!) { opportunity(id: $id) { closeDate contacts { person {
        history(first: 1, filter: {kinds: [FORM_SUBMISSION]}) { nodes { occurredAt } } } } } }";
    let deal = revops.ask_with(query, json!({ "id": warnings[0]["examples"][0] })).await.fine();
    assert_eq!(deal.at("/opportunity/closeDate"), early.won_on());
    let first = deal.at("/opportunity/contacts/0/person/history/nodes/0/occurredAt").as_str().unwrap();
    assert!(&first[..10] > early.won_on(), "{first}");
}
