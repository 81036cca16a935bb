//! Reading and writing records as the vendor's page describes it.

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::sandbox::hubspot::Options;
use crate::sandbox::hubspot::samples::{call, ids, portal};

fn company() -> Router {
    company_with(Options::default())
}

fn company_with(options: Options) -> Router {
    let contacts = "id|email|hs_additional_emails|firstname|lifecyclestage|jobtitle|hs_object_source|createdate|lastmodifieddate|archived_at
        1|ann@acme.com|ann@old.com|Ann|lead||IMPORT|2026-01-01T00:00:00Z|2026-01-10T00:00:00Z|
        2|bob@bolt.io||Bob|customer|Buyer||2026-01-02T00:00:00Z|2026-01-09T00:00:00Z|
        3|cat@acme.com||Cat|||CRM_UI|2026-01-03T00:00:00Z|2026-01-08T00:00:00Z|
        4|dan@acme.com||Dan||||2026-01-04T00:00:00Z|2026-01-07T00:00:00Z|2026-02-01T00:00:00Z";
    let deals = "id|dealname|dealstage|pipeline|createdate\n90|Pilot|closedwon|default|2026-02-01T00:00:00Z";
    let companies = "id|name|createdate\n70|Acme|2026-01-01T00:00:00Z";
    let history = "object|id|property|timestamp|value|source_type|source_id|user_id
        contacts|1|lifecyclestage|2026-01-01T00:00:00Z|subscriber|FORM||
        contacts|1|lifecyclestage|2026-01-05T00:00:00Z|lead|CRM_UI|userId:7|7";
    let merges = "object|winner|loser|merged_at\ncontacts|2|22|2026-01-05T00:00:00Z";
    let associations =
        "from_type|from_id|to_type|to_id|type_id\ncontacts|1|companies|70|1\ndeals|90|contacts|1|3";
    portal(
        &[
            ("contacts", contacts),
            ("companies", companies),
            ("deals", deals),
            ("property_history", history),
            ("merges", merges),
            ("associations", associations),
        ],
        options,
    )
}

const CONTACTS: &str = "/crm/v3/objects/contacts";

async fn get(portal: &Router, path: &str) -> Value {
    let (status, answer) = call(portal, &format!("GET {path}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

async fn post(portal: &Router, path: &str, body: Value) -> (StatusCode, Value) {
    call(portal, &format!("POST {path}"), body).await
}

#[tokio::test]
async fn lists_page_by_the_next_id_under_both_spellings() {
    let portal = company();
    for path in [CONTACTS, "/crm/objects/2026-03/0-1"] {
        let first = get(&portal, &format!("{path}?limit=2")).await;
        assert_eq!(ids(&first), ["1", "2"]);
        assert_eq!(first["paging"]["next"]["after"], "3");
        let last = get(&portal, &format!("{path}?limit=2&after=3")).await;
        assert_eq!(ids(&last), ["3"]);
        assert!(last.get("paging").is_none());
    }
    let archived = get(&portal, &format!("{CONTACTS}?archived=true")).await;
    assert_eq!(ids(&archived), ["4"]);
    assert_eq!(archived["results"][0]["archivedAt"], "2026-02-01T00:00:00.000Z");
}

#[tokio::test]
async fn unset_properties_are_null_and_unknown_ones_are_left_out() {
    let record = get(&company(), &format!("{CONTACTS}/1?properties=jobtitle,nope&properties=email")).await;
    assert_eq!(record["properties"]["jobtitle"], Value::Null);
    assert!(record["properties"].get("nope").is_none());
    assert_eq!(record["properties"]["email"], "ann@acme.com");
    assert_eq!(record["properties"]["hs_object_id"], "1");
    assert_eq!(record["createdAt"], "2026-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_contact_is_found_by_any_of_its_addresses() {
    let portal = company();
    for email in ["ann@acme.com", "ANN@OLD.COM"] {
        assert_eq!(get(&portal, &format!("{CONTACTS}/{email}?idProperty=email")).await["id"], "1");
    }
    let (status, _) =
        call(&portal, "GET /crm/v3/objects/contacts/Ann?idProperty=firstname", Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn history_is_newest_first_and_made_up_only_where_none_was_kept() {
    let record =
        get(&company(), &format!("{CONTACTS}/1?propertiesWithHistory=lifecyclestage,firstname,jobtitle"))
            .await;
    let history = &record["propertiesWithHistory"];
    assert_eq!(
        history["lifecyclestage"],
        json!([
            { "value": "lead", "timestamp": "2026-01-05T00:00:00.000Z", "sourceType": "CRM_UI",
              "sourceId": "userId:7", "updatedByUserId": 7 },
            { "value": "subscriber", "timestamp": "2026-01-01T00:00:00.000Z", "sourceType": "FORM" },
        ])
    );
    assert_eq!(
        history["firstname"],
        json!([{ "value": "Ann", "timestamp": "2026-01-01T00:00:00.000Z", "sourceType": "IMPORT" }])
    );
    assert!(history.get("jobtitle").is_none(), "what was never set has no history");
    assert_eq!(record["properties"]["lifecyclestage"], "lead");
}

#[tokio::test]
async fn stage_dates_follow_from_history() {
    let path = format!(
        "{CONTACTS}/1?properties=hs_lifecyclestage_lead_date,hs_v2_date_entered_subscriber,hs_v2_date_exited_subscriber"
    );
    let record = get(&company(), &path).await;
    assert_eq!(record["properties"]["hs_lifecyclestage_lead_date"], "2026-01-05T00:00:00.000Z");
    assert_eq!(record["properties"]["hs_v2_date_entered_subscriber"], "2026-01-01T00:00:00.000Z");
    assert_eq!(record["properties"]["hs_v2_date_exited_subscriber"], "2026-01-05T00:00:00.000Z");
}

#[tokio::test]
async fn a_deal_takes_from_its_stage_and_its_associations() {
    let path = "/crm/v3/objects/deals/90?properties=hs_is_closed_won,hs_deal_stage_probability,num_associated_contacts";
    let deal = get(&company(), path).await;
    assert_eq!(deal["properties"]["hs_is_closed_won"], "true");
    assert_eq!(deal["properties"]["hs_deal_stage_probability"], "1.0");
    assert_eq!(deal["properties"]["num_associated_contacts"], "1");
}

#[tokio::test]
async fn a_batch_tells_what_it_found_and_what_it_missed() {
    let body = json!({
        "idProperty": "email",
        "inputs": [{ "id": "ann@old.com" }, { "id": "ann@acme.com" }, { "id": "no@one.com" }],
        "properties": ["email"],
        "propertiesWithHistory": ["lifecyclestage"],
    });
    let (status, answer) = post(&company(), &format!("{CONTACTS}/batch/read"), body).await;
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!(ids(&answer), ["1"], "two addresses of one contact are one record");
    assert_eq!(answer["numErrors"], 1);
    assert_eq!(answer["errors"][0]["context"]["ids"], json!(["no@one.com"]));
    assert_eq!(answer["errors"][0]["category"], "OBJECT_NOT_FOUND");
}

#[tokio::test]
async fn batches_have_a_hundred_inputs_or_fifty_with_history() {
    let portal = company();
    let read = |inputs: usize, history: &[&str]| {
        let inputs: Vec<Value> = (0..inputs).map(|id| json!({ "id": id.to_string() })).collect();
        json!({ "inputs": inputs, "propertiesWithHistory": history })
    };
    let path = format!("{CONTACTS}/batch/read");
    assert_eq!(post(&portal, &path, read(101, &[])).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(post(&portal, &path, read(100, &[])).await.0, StatusCode::MULTI_STATUS);
    let (status, answer) = post(&portal, &path, read(51, &["email"])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer["message"],
        "The maximum number of inputs supported in a batch request for property histories is 50"
    );
}

#[tokio::test]
async fn a_merged_away_id_leads_to_the_survivor_but_not_in_a_batch() {
    let portal = company();
    assert_eq!(get(&portal, &format!("{CONTACTS}/22")).await["id"], "2");
    let record =
        get(&portal, &format!("{CONTACTS}/2?properties=hs_merged_object_ids,hs_calculated_merged_vids"))
            .await;
    assert_eq!(record["properties"]["hs_merged_object_ids"], "22");
    assert_eq!(record["properties"]["hs_calculated_merged_vids"], "22:1767571200000");
    let (status, answer) =
        post(&portal, &format!("{CONTACTS}/batch/read"), json!({ "inputs": [{ "id": "22" }] })).await;
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!(answer["errors"][0]["context"]["ids"], json!(["22"]));
}

#[tokio::test]
async fn a_merge_makes_a_new_id_and_keeps_values_addresses_past_and_associations() {
    let portal = company();
    let (status, merged) = post(
        &portal,
        &format!("{CONTACTS}/merge"),
        json!({ "primaryObjectId": "1", "objectIdToMerge": "2" }),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{merged}");
    assert_eq!(merged["id"], "5");
    let properties =
        "properties=email,firstname,jobtitle,hs_additional_emails,hs_merged_object_ids,associatedcompanyid";
    for id in ["1", "2", "22", "5"] {
        let record =
            get(&portal, &format!("{CONTACTS}/{id}?{properties}&propertiesWithHistory=lifecyclestage")).await;
        assert_eq!(record["id"], "5");
        assert_eq!(record["properties"]["email"], "ann@acme.com");
        assert_eq!(record["properties"]["jobtitle"], "Buyer");
        assert_eq!(record["properties"]["hs_additional_emails"], "ann@old.com;bob@bolt.io");
        assert_eq!(record["properties"]["hs_merged_object_ids"], "1;22;2");
        assert_eq!(record["properties"]["associatedcompanyid"], "70");
        assert_eq!(record["propertiesWithHistory"]["lifecyclestage"].as_array().map(Vec::len), Some(2));
    }
    assert_eq!(ids(&get(&portal, CONTACTS).await), ["3", "5"]);
    assert_eq!(ids(&get(&portal, &format!("{CONTACTS}?archived=true")).await), ["4"]);
    assert_eq!(get(&portal, &format!("{CONTACTS}/bob@bolt.io?idProperty=email")).await["id"], "5");
    let (_, update) = post(
        &portal,
        &format!("{CONTACTS}/batch/update"),
        json!({ "inputs": [{ "id": "1", "properties": { "firstname": "Anna" } }] }),
    )
    .await;
    assert_eq!(update["errors"][0]["context"]["ids"], json!(["1"]));
}

#[tokio::test]
async fn a_merge_may_keep_the_primary_id() {
    let portal = company_with(Options { merge_makes_a_new_id: false, ..Options::default() });
    let body = json!({ "primaryObjectId": "1", "objectIdToMerge": "3" });
    let (_, merged) = post(&portal, &format!("{CONTACTS}/merge"), body).await;
    assert_eq!(merged["id"], "1");
    assert_eq!(get(&portal, &format!("{CONTACTS}/3")).await["id"], "1");
}

#[tokio::test]
async fn a_new_contact_has_a_past_of_its_own_and_shows_in_searches_later() {
    let portal = company();
    let body = json!({
        "properties": { "email": "New@Acme.com", "lifecyclestage": "lead" },
        "associations": [{ "to": { "id": "70" }, "types": [{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279 }] }],
    });
    let (status, created) = post(&portal, CONTACTS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    assert_eq!(created["properties"]["email"], "new@acme.com");
    let id = created["id"].as_str().unwrap_or_default();
    let record =
        get(&portal, &format!("{CONTACTS}/{id}?propertiesWithHistory=lifecyclestage&associations=companies"))
            .await;
    assert_eq!(record["propertiesWithHistory"]["lifecyclestage"][0]["sourceType"], "INTEGRATION");
    assert_eq!(record["associations"]["companies"]["results"][0]["id"], "70");
    let search = json!({ "filterGroups": [{ "filters": [{ "propertyName": "email", "operator": "EQ", "value": "new@acme.com" }] }] });
    let (_, found) = post(&portal, &format!("{CONTACTS}/search"), search.clone()).await;
    assert_eq!(found["total"], 0, "the index has not seen it yet");

    let prompt = company_with(Options { indexing_delay: std::time::Duration::ZERO, ..Options::default() });
    post(&prompt, CONTACTS, json!({ "properties": { "email": "new@acme.com" } })).await;
    let (_, found) = post(&prompt, &format!("{CONTACTS}/search"), search).await;
    assert_eq!(found["total"], 1);
}

#[tokio::test]
async fn a_change_is_searched_by_its_old_value_for_a_while() {
    let portal = company();
    let (status, _) =
        call(&portal, "PATCH /crm/v3/objects/contacts/3", json!({ "properties": { "firstname": "Kit" } }))
            .await;
    assert_eq!(status, StatusCode::OK);
    let named = |name: &str| json!({ "filterGroups": [{ "filters": [{ "propertyName": "firstname", "operator": "EQ", "value": name }] }] });
    let path = format!("{CONTACTS}/search");
    assert_eq!(post(&portal, &path, named("cat")).await.1["total"], 1);
    assert_eq!(post(&portal, &path, named("kit")).await.1["total"], 0);
    let record = get(&portal, &format!("{CONTACTS}/3?propertiesWithHistory=firstname")).await;
    let values: Vec<&Value> = record["propertiesWithHistory"]["firstname"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|version| &version["value"])
        .collect();
    assert_eq!(values, ["Kit", "Cat"]);
}

#[tokio::test]
async fn the_lifecycle_moves_forward_only_unless_cleared() {
    let portal = company();
    let set = async |stage: &str| {
        let body = json!({ "properties": { "lifecyclestage": stage } });
        call(&portal, "PATCH /crm/v3/objects/contacts/2", body).await.1["properties"]["lifecyclestage"]
            .clone()
    };
    assert_eq!(set("lead").await, "customer");
    assert_eq!(set("evangelist").await, "evangelist");
    assert_eq!(set("").await, Value::Null);
    assert_eq!(set("lead").await, "lead");
}

#[tokio::test]
async fn every_bad_value_is_named() {
    let body = json!({ "properties": {
        "email": "nobody", "nope": "1", "hubspotscore": "many", "lifecyclestage": "Lead", "num_notes": "1",
    }});
    let (status, answer) = post(&company(), CONTACTS, body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let codes: Vec<&str> = answer["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        ["INVALID_EMAIL", "INVALID_NUMBER", "INVALID_OPTION", "PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"]
    );
    assert!(
        answer["message"]
            .as_str()
            .is_some_and(|message| message.starts_with("Property values were not valid: [{"))
    );
}

#[tokio::test]
async fn an_address_belongs_to_one_contact_only() {
    let portal = company();
    for email in ["ann@acme.com", "ANN@old.com"] {
        let (status, answer) = post(&portal, CONTACTS, json!({ "properties": { "email": email } })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(answer["message"], "Contact already exists. Existing ID: 1");
    }
    let (status, _) = post(&portal, CONTACTS, json!({ "properties": { "email": "dan@acme.com" } })).await;
    assert_eq!(status, StatusCode::CREATED, "an archived contact does not keep its address");
}

#[tokio::test]
async fn one_bad_row_fails_a_batch_unless_all_rows_are_traced() {
    let portal = company();
    let rows = |traced: bool| {
        let row = |email: &str| {
            let mut row = json!({ "properties": { "email": email } });
            if traced {
                row["objectWriteTraceId"] = email.into();
            }
            row
        };
        json!({ "inputs": [row("one@new.com"), row("ann@acme.com")] })
    };
    let path = format!("{CONTACTS}/batch/create");
    assert_eq!(post(&portal, &path, rows(false)).await.0, StatusCode::CONFLICT);
    let (status, answer) = post(&portal, &path, rows(true)).await;
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(1), "the first attempt wrote nothing");
    assert_eq!(answer["errors"][0]["context"]["objectWriteTraceId"], json!(["ann@acme.com"]));
}

#[tokio::test]
async fn an_upsert_says_what_is_new() {
    let body = json!({ "inputs": [
        { "id": "ann@acme.com", "idProperty": "email", "properties": { "jobtitle": "Head" } },
        { "id": "new@acme.com", "idProperty": "email", "properties": { "firstname": "New" } },
    ]});
    let (status, answer) = post(&company(), &format!("{CONTACTS}/batch/upsert"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["results"][0]["new"], false);
    assert_eq!(answer["results"][1]["new"], true);
    assert_eq!(answer["results"][1]["properties"]["email"], "new@acme.com");
}

#[tokio::test]
async fn archiving_twice_is_archiving() {
    let portal = company();
    for _ in 0..2 {
        let (status, _) = call(&portal, "DELETE /crm/v3/objects/contacts/3", Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let (status, _) = call(&portal, "GET /crm/v3/objects/contacts/3", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(get(&portal, &format!("{CONTACTS}/3?archived=true")).await["archived"], true);
}

#[tokio::test]
async fn a_forgotten_contact_is_nowhere() {
    let portal = company();
    let body = json!({ "objectId": "ann@acme.com", "idProperty": "email" });
    assert_eq!(post(&portal, &format!("{CONTACTS}/gdpr-delete"), body).await.0, StatusCode::NO_CONTENT);
    for path in ["/1", "/1?archived=true", "/ann@acme.com?idProperty=email"] {
        let (status, _) = call(&portal, &format!("GET {CONTACTS}{path}"), Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
