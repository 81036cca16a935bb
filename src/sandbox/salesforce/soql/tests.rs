//! The language, asked of a small org.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use crate::sandbox::world::{Table, World};

use super::super::error::Refusal;
use super::super::store::Store;
use super::{Found, answer, page};

const ACCOUNTS: &str = "Id,Name,Industry,AnnualRevenue,OwnerId,CreatedDate
001000000000001,Acme,Energy,1000000,005000000000001,2026-01-01T00:00:00Z
001000000000002,Birch,,,005000000000002,2026-01-02T00:00:00Z";

const CONTACTS: &str = "Id,FirstName,LastName,Email,AccountId,Score__c,CreatedDate
003000000000001,Ann,Lee,ann@acme.example,001000000000001,5,2026-01-05T10:00:00Z
003000000000002,Bob,Moe,BOB@acme.example,001000000000001,,2026-02-05T10:00:00Z
003000000000003,Cid,Noa,,,7,2026-03-30T10:00:00Z";

const LEADS: &str = "Id,FirstName,LastName,Company,Email,Status,OwnerId,IsDeleted,CreatedDate,Interests__c
00Q000000000001,Dee,Ode,Ode Ltd,dee@ode.example,Open - Not Contacted,00G000000000001,false,2026-03-01T08:00:00Z,A;B
00Q000000000002,Eve,Pim,Pim GmbH,eve@pim.example,Working - Contacted,005000000000001,false,2026-03-31T08:00:00Z,B
00Q000000000003,Fay,Qin,Qin SA,,Working - Contacted,005000000000001,true,2026-03-31T09:00:00Z,";

const USERS: &str = "Id,Username,FirstName,LastName,Email,IsActive
005000000000001,integration@leadline.example,Uma,Vox,uma@us.example,true
005000000000002,vic@us.example,Vic,Wye,vic@us.example,true";

const GROUPS: &str = "Id,Name,Type
00G000000000001,Inbound,Queue";

const TASKS: &str = "Id,WhoId,WhatId,Subject,Status,IsArchived
00T000000000001,00Q000000000001,,Call Dee,Completed,false
00T000000000002,003000000000001,001000000000001,Call Ann,Not Started,false
00T000000000003,003000000000001,,Old call,Completed,true";

const FIELDS: &str = "object,name,label,type,externalId,length
Contact,Score__c,Score,double,false,
Lead,Interests__c,Interests,multipicklist,false,";

pub(in super::super) fn world() -> World {
    let tables: BTreeMap<String, Table> = [
        ("Account", ACCOUNTS),
        ("Contact", CONTACTS),
        ("Lead", LEADS),
        ("User", USERS),
        ("Group", GROUPS),
        ("Task", TASKS),
        ("fields", FIELDS),
    ]
    .into_iter()
    .map(|(name, text)| {
        let mut lines = text.lines();
        let columns = lines.next().unwrap().split(',').map(Into::into).collect();
        let cell = |cell: &str| (!cell.is_empty()).then(|| cell.into());
        let rows = lines.map(|line| line.split(',').map(cell).collect()).collect();
        (name.to_owned(), Table { columns, rows })
    })
    .collect();
    World {
        as_of: None,
        currency: "USD".into(),
        vendors: BTreeMap::from([("salesforce".to_owned(), tables)]),
        ..World::default()
    }
}

fn now() -> DateTime<Utc> {
    "2026-03-31T12:00:00Z".parse().unwrap()
}

fn run(statement: &str) -> Result<Vec<Json>, Refusal> {
    run_in(&world(), statement)
}

fn run_in(world: &World, statement: &str) -> Result<Vec<Json>, Refusal> {
    let store = Store::of(world);
    let (plan, found) = answer(&store, statement, false, now())?;
    Ok(match found {
        Found::Count(count) => vec![json!(count)],
        Found::Groups(records) => records,
        Found::Rows(rows) => page(&store, &plan, &rows, 2000, "65.0").0,
    })
}

fn ask(statement: &str) -> Vec<Json> {
    run(statement).unwrap_or_else(|refusal| panic!("{statement}: {}", refusal.message))
}

/// One field of every record found, joined.
fn column(statement: &str, field: &str) -> String {
    let values: Vec<String> = ask(statement)
        .iter()
        .map(|record| record[field].as_str().map_or_else(|| record[field].to_string(), str::to_owned))
        .collect();
    values.join(" ")
}

fn refusal(statement: &str) -> (String, String) {
    let refusal = run(statement).expect_err("the statement is wrong");
    (refusal.code.into_owned(), refusal.message)
}

#[test]
fn names_and_keywords_have_no_case_and_answers_keep_the_schemas() {
    let records = ask("select id, fIRSTname from LEAD where lastname = 'ODE'");
    assert_eq!(records[0]["FirstName"], "Dee");
    assert_eq!(records[0]["Id"], "00Q000000000001EAA");
    assert_eq!(records[0]["attributes"]["url"], "/services/data/v65.0/sobjects/Lead/00Q000000000001EAA");
}

#[test]
fn instants_have_no_colon_in_their_offset_and_names_are_made_of_their_parts() {
    let records = ask("SELECT Name, CreatedDate, SystemModstamp FROM Contact WHERE Name = 'ann lee'");
    assert_eq!(records[0]["CreatedDate"], "2026-01-05T10:00:00.000+0000");
    assert_eq!(records[0]["SystemModstamp"], "2026-01-05T10:00:00.000+0000");
}

#[test]
fn unequal_and_not_in_keep_nulls_and_comparisons_drop_them() {
    assert_eq!(
        column("SELECT LastName FROM Contact WHERE Email != 'ann@acme.example'", "LastName"),
        "Moe Noa"
    );
    assert_eq!(
        column("SELECT LastName FROM Contact WHERE Email NOT IN ('ann@acme.example')", "LastName"),
        "Moe Noa"
    );
    assert_eq!(column("SELECT LastName FROM Contact WHERE Score__c < 6", "LastName"), "Lee");
    assert_eq!(column("SELECT LastName FROM Contact WHERE NOT Score__c < 6", "LastName"), "Moe Noa");
    assert_eq!(column("SELECT LastName FROM Contact WHERE Email = null", "LastName"), "Noa");
    assert_eq!(column("SELECT LastName FROM Contact WHERE Email = ''", "LastName"), "Noa");
    assert_eq!(column("SELECT LastName FROM Contact WHERE Account.Name != 'Acme'", "LastName"), "Noa");
    assert_eq!(column("SELECT LastName FROM Contact WHERE AccountId IN (null)", "LastName"), "Noa");
}

#[test]
fn texts_compare_and_match_without_case() {
    assert_eq!(column("SELECT LastName FROM Contact WHERE Email = 'bob@ACME.example'", "LastName"), "Moe");
    assert_eq!(column("SELECT LastName FROM Contact WHERE Email LIKE 'b_b@%'", "LastName"), "Moe");
    assert_eq!(
        column("SELECT LastName FROM Contact WHERE Email IN ('x@y.z', 'BOB@acme.example')", "LastName"),
        "Moe"
    );
}

#[test]
fn and_and_or_at_one_level_need_parentheses() {
    let mixed = "SELECT Id FROM Lead WHERE LastName = 'a' AND Email = 'b' OR Email = 'c'";
    assert_eq!(refusal(mixed).0, "MALFORMED_QUERY");
    let clear = "SELECT LastName FROM Lead WHERE LastName = 'Ode' AND (Email = 'b' OR Email != null)";
    assert_eq!(column(clear, "LastName"), "Ode");
    let not = "SELECT LastName FROM Contact WHERE NOT LastName = 'Lee' AND Email != null";
    assert_eq!(column(not, "LastName"), "Moe", "NOT binds tighter than AND");
}

#[test]
fn parents_nest_and_are_null_when_there_is_none() {
    let records = ask("SELECT LastName, Account.Owner.Name, Account.Name FROM Contact ORDER BY Id");
    assert_eq!(records[0]["Account"]["Owner"]["Name"], "Uma Vox");
    assert_eq!(records[0]["Account"]["attributes"]["type"], "Account");
    assert_eq!(records[2]["Account"], Json::Null);
}

#[test]
fn references_with_several_targets_know_their_type() {
    let owners = ask("SELECT Owner.Name, Owner.Type FROM Lead ORDER BY Id");
    assert_eq!(owners[0]["Owner"]["Type"], "Group");
    assert_eq!(owners[1]["Owner"]["Name"], "Uma Vox");
    assert_eq!(column("SELECT Subject FROM Task WHERE Who.Type = 'Lead'", "Subject"), "Call Dee");
    assert_eq!(column("SELECT Subject FROM Task WHERE What.Name = 'acme'", "Subject"), "Call Ann");
    let typed =
        ask("SELECT TYPEOF Who WHEN Lead THEN Company WHEN Contact THEN AccountId END FROM Task ORDER BY Id");
    assert_eq!(typed[0]["Who"]["Company"], "Ode Ltd");
    assert_eq!(typed[1]["Who"]["AccountId"], "001000000000001AAA");
}

#[test]
fn children_come_as_a_result_of_their_own_or_null() {
    let records =
        ask("SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC LIMIT 1) FROM Account");
    assert_eq!(records[0]["Contacts"]["totalSize"], 1);
    assert_eq!(records[0]["Contacts"]["records"][0]["LastName"], "Moe");
    assert_eq!(records[1]["Contacts"], Json::Null);
}

#[test]
fn deleted_and_archived_rows_show_only_when_all_rows_are_asked_for() {
    assert_eq!(ask("SELECT COUNT() FROM Lead"), [json!(2)]);
    assert_eq!(ask("SELECT COUNT() FROM Lead ALL ROWS"), [json!(3)]);
    assert_eq!(ask("SELECT COUNT() FROM Task"), [json!(2)]);
    assert_eq!(column("SELECT LastName FROM Lead WHERE IsDeleted = true ALL ROWS", "LastName"), "Qin");
}

#[test]
fn ids_compare_in_both_lengths_and_page_by_key() {
    assert_eq!(column("SELECT LastName FROM Contact WHERE Id = '003000000000002AAA'", "LastName"), "Moe");
    assert_eq!(
        column("SELECT LastName FROM Contact WHERE Id > '003000000000001' ORDER BY Id LIMIT 1", "LastName"),
        "Moe"
    );
    assert_eq!(
        column("SELECT LastName FROM Contact WHERE AccountId IN ('001000000000001')", "LastName"),
        "Lee Moe"
    );
    assert_eq!(refusal("SELECT Id FROM Contact WHERE Id = 'nonsense'").0, "INVALID_QUERY_FILTER_OPERATOR");
}

#[test]
fn date_literals_and_instants_filter() {
    assert_eq!(column("SELECT LastName FROM Lead WHERE CreatedDate = TODAY", "LastName"), "Pim");
    assert_eq!(column("SELECT LastName FROM Lead WHERE CreatedDate < LAST_N_DAYS:7", "LastName"), "Ode");
    assert_eq!(
        column("SELECT LastName FROM Lead WHERE CreatedDate >= 2026-03-31T10:00:00+02:00", "LastName"),
        "Pim"
    );
}

#[test]
fn nulls_sort_first_unless_told_otherwise() {
    assert_eq!(column("SELECT LastName FROM Contact ORDER BY Score__c", "LastName"), "Moe Lee Noa");
    assert_eq!(
        column("SELECT LastName FROM Contact ORDER BY Score__c DESC NULLS LAST", "LastName"),
        "Noa Lee Moe"
    );
    assert_eq!(
        column("SELECT LastName FROM Contact ORDER BY Account.Name NULLS LAST, LastName DESC", "LastName"),
        "Moe Lee Noa"
    );
    assert_eq!(column("SELECT LastName FROM Contact ORDER BY LastName LIMIT 1 OFFSET 1", "LastName"), "Moe");
}

#[test]
fn aggregates_group_count_and_filter_groups() {
    let groups = ask(
        "SELECT AccountId, COUNT(Id) n, MAX(Score__c), SUM(Score__c) s FROM Contact GROUP BY AccountId ORDER BY COUNT(Id) DESC",
    );
    assert_eq!(
        groups[0],
        json!({
            "attributes": { "type": "AggregateResult" }, "AccountId": "001000000000001AAA", "n": 2, "expr0": 5.0, "s": 5.0,
        })
    );
    assert_eq!(groups[1]["AccountId"], Json::Null);
    let having = ask(
        "SELECT CALENDAR_MONTH(CreatedDate) m, COUNT(Id) FROM Contact GROUP BY CALENDAR_MONTH(CreatedDate) HAVING COUNT(Id) > 0 ORDER BY CALENDAR_MONTH(CreatedDate)",
    );
    assert_eq!(having.len(), 3);
    assert_eq!(having[0]["m"], 1);
    assert_eq!(ask("SELECT COUNT(Id) FROM Contact WHERE LastName = 'nobody'")[0]["expr0"], 0);
    assert_eq!(refusal("SELECT LastName, COUNT(Id) FROM Contact").0, "MALFORMED_QUERY");
}

#[test]
fn semi_joins_narrow_and_anti_joins_exclude() {
    let with = "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Lee')";
    assert_eq!(column(with, "Name"), "Acme");
    let without = "SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)";
    assert_eq!(column(without, "Name"), "Birch");
    let within_or = "SELECT Name FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)";
    assert_eq!(refusal(within_or).0, "MALFORMED_QUERY");
}

#[test]
fn several_choices_are_asked_for_with_includes() {
    assert_eq!(column("SELECT LastName FROM Lead WHERE Interests__c INCLUDES ('A;B')", "LastName"), "Ode");
    assert_eq!(
        column("SELECT LastName FROM Lead WHERE Interests__c INCLUDES ('A','B')", "LastName"),
        "Ode Pim"
    );
    assert_eq!(column("SELECT LastName FROM Lead WHERE Interests__c EXCLUDES ('A')", "LastName"), "Pim");
}

#[test]
fn mistakes_carry_their_code_their_place_and_a_caret() {
    let (code, message) = refusal("SELECT Id, Nope FROM Lead");
    assert_eq!(code, "INVALID_FIELD");
    assert_eq!(
        message.lines().take(4).collect::<Vec<_>>(),
        ["", "SELECT Id, Nope FROM Lead", "           ^", "ERROR at Row:1:Column:12"]
    );
    assert!(
        message
            .contains("No such column 'Nope' on entity 'Lead'. If you are attempting to use a custom field")
    );
    for (statement, code) in [
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id, Id FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsConverted > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Nope.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT (SELECT Id FROM Nopes) FROM Lead", "INVALID_TYPE"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 'a\\q'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 'a", "MALFORMED_QUERY"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY"),
    ] {
        assert_eq!(refusal(statement).0, code, "{statement}");
    }
}

#[test]
fn all_fields_can_be_asked_for_with_a_limit() {
    let records = ask("SELECT FIELDS(ALL) FROM Contact LIMIT 200");
    assert_eq!(records[0]["Score__c"], 5.0);
    let custom = ask("SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1");
    assert_eq!(custom[0].as_object().unwrap().len(), 2);
}

#[test]
fn a_formula_shows_the_field_of_another_record_and_one_that_leads_back_to_itself_nothing() {
    let mut world = world();
    let fields = world.vendors.get_mut("salesforce").unwrap().get_mut("fields").unwrap();
    fields.columns = ["object", "name", "type", "formula"].map(Into::into).into();
    fields.rows = [
        ["Contact", "Industry__c", "string", "Account.Industry"],
        ["Contact", "Again__c", "string", "ReportsTo.Again__c"],
        ["Contact", "Nowhere__c", "string", "Account.Nowhere__c"],
    ]
    .map(|row| row.map(|cell| Some(cell.into())).into())
    .into();
    let contacts = world.vendors.get_mut("salesforce").unwrap().get_mut("Contact").unwrap();
    contacts.columns.push("ReportsToId".into());
    for row in &mut contacts.rows {
        // Each is their own superior.
        *row = row.iter().cloned().chain([row[0].clone()]).collect();
    }
    let ask = |statement| run_in(&world, statement).map_err(|refusal| refusal.message).unwrap();
    let all = ask("SELECT Industry__c, Again__c, Nowhere__c FROM Contact ORDER BY Id");
    let shown: Vec<&Json> = all.iter().map(|record| &record["Industry__c"]).collect();
    assert_eq!(shown, [&json!("Energy"), &json!("Energy"), &Json::Null]);
    assert!(all.iter().all(|record| record["Again__c"].is_null() && record["Nowhere__c"].is_null()));
    assert_eq!(ask("SELECT Id FROM Contact WHERE Industry__c = 'Energy'").len(), 2);
}

#[test]
fn escapes_keep_a_text_inside_its_quotes() {
    assert!(ask("SELECT Id FROM Contact WHERE LastName = 'O\\'Brien\\\\ \\u0041'").is_empty());
}
