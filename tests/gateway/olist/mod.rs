//! Real data through the whole gateway: 8,000 leads of a marketplace and the 842 deals that came of them.
//!
//! The data may be used and not copied, so that it is no part of the package: it is looked for at `$LEADLINE_OLIST`, or
//! beside the package in `../shared/data/olist`, and the tests say that they were skipped where it is in neither place.

mod numbers;
mod pour;

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;

use leadline::sandbox::world::World;
use serde_json::{Value, json};

use super::running::{Running, root};
use pour::Olist;

const LEADS: usize = 8_000;
const DEALS: usize = 842;
/// Leads of which nobody noted where they came from.
const WITHOUT_ORIGIN: usize = 60;

const PEOPLE: &str = "query($after: String) { people(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } gaps { code message }
  nodes { id displayName originalSource { channel } records { object externalId } } } }";

const OPPORTUNITIES: &str = "query($after: String) { opportunities(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } gaps { code message }
  nodes { id stageCategory closeDate records { externalId } } } }";

/// The data, where it is.
fn olist() -> Option<Olist> {
    let given = env::var_os("LEADLINE_OLIST").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| root().join("../shared/data/olist"));
    if folder.is_dir() {
        return Some(Olist::read(&folder));
    }
    println!(
        "skipped: the marketplace's data is not at {}; LEADLINE_OLIST says where it is",
        folder.display()
    );
    None
}

/// An unoptimised gateway takes its time over thousands of people: what it is patient with is not what is tested.
fn patient(settings: String) -> String {
    settings
        .replace("[server]", "[server]\nrequest_timeout = \"120s\"")
        .replace("side = \"sales\"", "side = \"sales\"\ntimeout = \"60s\"")
        .replace("side = \"marketing\"", "side = \"marketing\"\ntimeout = \"60s\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lead_and_every_deal_of_a_real_marketplace_is_walked_once() {
    let Some(olist) = olist() else { return };
    assert_eq!((olist.leads.len(), olist.deals.len()), (LEADS, DEALS));
    let folder = tempfile::tempdir().unwrap();
    olist.pour().write(folder.path()).unwrap();
    let running = Running::with(World::load(folder.path()).unwrap(), patient).await;
    let revops = running.viewer("revops");

    let people = revops.walk("people", PEOPLE, json!({})).await;
    assert_eq!(people.len(), LEADS);
    let ids: BTreeSet<&str> = people.iter().map(|person| person["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), LEADS, "somebody is shown twice");
    let mut records: Vec<(&str, &str)> = people
        .iter()
        .flat_map(|person| person["records"].as_array().unwrap())
        .map(|record| (record["object"].as_str().unwrap(), record["externalId"].as_str().unwrap()))
        .collect();
    let of = |object: &str| records.iter().filter(|(own, _)| *own == object).count();
    assert_eq!((of("Lead"), of("Contact"), of("contact")), (LEADS, DEALS, LEADS));
    records.sort_unstable();
    records.dedup();
    assert_eq!(records.len(), LEADS + DEALS + LEADS, "a record is shown twice");
    let without = people.iter().filter(|person| person["originalSource"] == Value::Null).count();
    assert_eq!(without, WITHOUT_ORIGIN, "what nobody noted is not made up");
    let customers = people.iter().filter(|person| person["records"].as_array().unwrap().len() == 3).count();
    assert_eq!(format!("{:.6}", customers as f64 / people.len() as f64), "0.105250");

    let deals = revops.walk("opportunities", OPPORTUNITIES, json!({})).await;
    let ids: BTreeSet<&str> = deals.iter().map(|deal| deal["id"].as_str().unwrap()).collect();
    assert_eq!((deals.len(), ids.len()), (DEALS, DEALS));
    assert!(deals.iter().all(|deal| deal["stageCategory"] == "WON"));
    let mut days: Vec<&str> = deals.iter().map(|deal| deal["closeDate"].as_str().unwrap()).collect();
    let mut known: Vec<&str> = olist.deals.iter().map(pour::Deal::won_on).collect();
    days.sort_unstable();
    known.sort_unstable();
    assert_eq!(days, known, "every deal closes on the day it was won");
    println!("walked with {:?}", running.calls_by_endpoint());
}

#[test]
fn the_same_data_makes_the_same_made_up_people() {
    let Some(olist) = olist() else { return };
    let world = olist.pour();
    assert_eq!(world, olist.pour());
    let emails: BTreeSet<String> =
        super::tables::column(&world, "hubspot", "contacts", "email").into_iter().collect();
    assert_eq!(emails.len(), LEADS, "no two of them share an address");
    let early = olist.deals.iter().filter(|deal| olist.is_won_before_first_contact(deal)).count();
    assert_eq!(early, 1, "bad data is part of real data, and is poured in with the rest");
}
