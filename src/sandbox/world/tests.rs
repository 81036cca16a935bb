#![expect(clippy::unwrap_used, reason = "a test that cannot write its folder has failed")]

use std::fs;

use super::*;

/// A folder with these files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// What loading says about a folder whose `world.json` is right.
fn complaint(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    if !folder.path().join("world.json").exists() {
        fs::write(folder.path().join("world.json"), "{}").unwrap();
    }
    World::load(folder.path()).unwrap_err().to_string()
}

const LEADS: &str = "\u{feff}Id,LastName,Email,HasOptedOutOfEmail,CreatedDate,Note\n\
    00Q5e000001AbCdEAK,Ünlü,,TRUE,2026-01-31T08:00:00.000+0000,\"two\nlines, and \"\"quotes\"\"\"\n\
    00Q000000000001EAA,Poe,p@x.example,false,2026-01-31T09:00:00+01:00,\n";

#[test]
fn a_folder_becomes_tables_with_nulls_and_instants_in_utc() {
    let folder = folder(&[
        ("world.json", r#"{"as_of": "2026-03-31T08:00:00Z", "currency": "EUR"}"#),
        ("README.md", "kept beside the data"),
        ("salesforce/Lead.csv", LEADS),
        ("hubspot/pipelines.json", r#"{"deals": []}"#),
    ]);
    let world = World::load(folder.path()).unwrap();
    assert_eq!(world.currency, "EUR");
    assert_eq!(world.as_of.unwrap().to_rfc3339(), "2026-03-31T08:00:00+00:00");
    assert_eq!(world.document("hubspot", "pipelines").unwrap()["deals"], serde_json::json!([]));
    let leads = world.table("salesforce", "Lead").unwrap();
    let [first, second] = leads.rows.as_slice() else { panic!("two leads") };
    assert_eq!(leads.value(first, "LastName"), Some("Ünlü"));
    assert_eq!(leads.value(first, "Email"), None);
    assert_eq!(leads.value(first, "HasOptedOutOfEmail"), Some("true"));
    assert_eq!(leads.value(first, "Note"), Some("two\nlines, and \"quotes\""));
    assert_eq!(leads.value(second, "CreatedDate"), Some("2026-01-31T08:00:00.000Z"));
    assert_eq!(leads.value(second, "NoSuchColumn"), None);
}

#[test]
fn what_was_written_is_read_back() {
    let first = folder(&[("world.json", "{}"), ("salesforce/Lead.csv", LEADS)]);
    let world = World::load(first.path()).unwrap();
    let second = tempfile::tempdir().unwrap();
    world.write(second.path()).unwrap();
    assert_eq!(World::load(second.path()).unwrap(), world);
}

#[test]
fn every_mistake_is_a_sentence_with_file_and_line() {
    let lead =
        |rows: &str| complaint(&[("salesforce/Lead.csv", &format!("Id,LastName,CreatedDate\n{rows}"))]);
    let good = "00Q5e000001AbCdEAK,Poe,2026-01-31T08:00:00Z\n";
    assert_eq!(
        lead(&format!("{good}00Q000000000001EAA,Poe,yesterday\n")),
        "salesforce/Lead.csv, line 3: CreatedDate \"yesterday\" is no instant such as 2026-01-31T08:00:00Z"
    );
    assert_eq!(
        lead(&format!("{good}{good}")),
        "salesforce/Lead.csv, line 3: 00Q5e000001AbCdEAK is there twice"
    );
    assert_eq!(
        lead("00Q5e000001AbCd,Poe,2026-01-31T08:00:00Z\n"),
        "salesforce/Lead.csv, line 2: 00Q5e000001AbCd is no Salesforce id of 18 characters with its checksum"
    );
    assert_eq!(
        lead("00Q5e000001AbCdEAK,,2026-01-31T08:00:00Z\n"),
        "salesforce/Lead.csv, line 2: LastName is empty"
    );
    assert_eq!(
        lead("00Q5e000001AbCdEAK,Poe\n"),
        "salesforce/Lead.csv, line 2: 2 cells where the header has 3"
    );
    assert_eq!(
        complaint(&[("salesforce/Lead.csv", "Id,LastName\n")]),
        "salesforce/Lead.csv, line 1: the column CreatedDate is missing"
    );
    assert_eq!(
        complaint(&[("salesforce/Lead.csv", "Id,LastName,Id\n")]),
        "salesforce/Lead.csv, line 1: the column Id is there twice"
    );
    assert_eq!(
        complaint(&[("hubspot/contacts.csv", "id,createdate\nx7,2026-01-31T08:00:00Z\n")]),
        "hubspot/contacts.csv, line 2: x7 is no HubSpot id: those are digits"
    );
    assert_eq!(
        complaint(&[(
            "salesforce/Task.csv",
            "Id,CreatedDate,ActivityDate\n00T000000000001EAA,2026-01-31T08:00:00Z,soon\n"
        )]),
        "salesforce/Task.csv, line 2: ActivityDate \"soon\" is no date such as 2026-01-31"
    );
    assert!(
        complaint(&[("hubspot/contact.csv", "")])
            .starts_with("hubspot/contact.csv: no such table; its tables are contacts,")
    );
    assert_eq!(
        complaint(&[("marketo/leads.csv", "")]),
        "marketo: no such table; a world has world.json, settings.toml and the folders salesforce and hubspot"
    );
    assert_eq!(
        complaint(&[("world.json", "{\n  \"as_at\": 1\n}")]),
        "world.json, line 2: no settings of a world: unknown field `as_at`, expected `as_of` or `currency` at line 2 column 9"
    );
    assert_eq!(
        complaint(&[("world.json", r#"{"currency": "euro"}"#)]),
        "world.json, line 1: currency \"euro\" is no ISO 4217 code such as USD"
    );
    assert!(
        complaint(&[("hubspot/pipelines.json", "{\n  oops\n}")])
            .starts_with("hubspot/pipelines.json, line 2: no JSON:")
    );
}

#[test]
fn a_folder_without_world_json_is_no_world() {
    let folder = tempfile::tempdir().unwrap();
    let said = World::load(folder.path()).unwrap_err().to_string();
    assert!(said.ends_with("is no world: it has no world.json"), "{said}");
}

#[test]
fn salesforce_ids_end_in_the_checksum_of_their_capitals() {
    for id in ["001D000000IqhSLIAZ", "00Q5e000001AbCdEAK", "003000000000001AAA", "0035e00000XyZaBAAV"] {
        assert_eq!(salesforce_checksum(&id[..15]), id[15..]);
    }
}

#[test]
fn a_world_may_carry_settings_which_are_no_part_of_its_data() {
    let with = folder(&[("world.json", "{}"), (SETTINGS, "for a gateway = to read")]);
    assert_eq!(
        World::load(with.path()).unwrap(),
        World::load(folder(&[("world.json", "{}")]).path()).unwrap()
    );
}

#[test]
fn the_identity_cases_are_a_world() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/identity");
    let world = World::load(&folder).unwrap();
    let count = |vendor, name| world.table(vendor, name).unwrap().rows.len();
    assert_eq!(count("salesforce", "Lead"), 8);
    assert_eq!(count("salesforce", "Contact"), 7);
    assert_eq!(count("hubspot", "contacts"), 10);
    assert_eq!(count("hubspot", "merges"), 3);
}
