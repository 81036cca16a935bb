//! Signatures were computed by another implementation of HMAC (Python's, and OpenSSL's where it says so).

use chrono::{DateTime, TimeDelta, Utc};

use super::*;

const SECRET: &str = "0b1d9c2e-5f3a-4c77-9a44-3f1c2d7e8b90";
const ADDRESS: &str = "https://leadline.example.com/webhooks/marketing";
const SIGNED_AT: &str = "1774944000000";
const BODY: &str = r#"[{"eventId":3816279340,"subscriptionId":25,"portalId":33,"appId":1160452,"occurredAt":1630679000000,"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":1246965,"propertyName":"lifecyclestage","propertyValue":"lead","changeSource":"CRM_UI","sourceId":"userId:123"}]"#;
const SIGNATURE: &str = "aDpYoPXuhreHCUmw+ecPFp3NFTt1d3DnwqpwmQryc0I=";
/// Of no body at all, by `openssl dgst -sha256 -hmac`.
const OF_NOTHING: &str = "RidN1dFtAfuRPAE9XIdqhDmCc2pSHC5hEtZZmUbjQmU=";
/// Of `BODY` for an address with every character that is signed plainly, and some that are not.
const ODD_ADDRESS: &str = "https://leadline.example.com/leadline/webhooks/marketing?from=a%3Ab%2fc%40d%21%24%27%28%29%2A%2C%3b&to=%20%25%26%2B%23#here";
const OF_ODD_ADDRESS: &str = "DUFZQHGZKt99IFuVgsiUwA2jmigw8b9CFTfaptB1fiQ=";
/// What versions 1 and 2 would be of `BODY`.
const VERSION_1: &str = "9e074cb4d35edcd437acf9f03891f59b2e9c9dc01028ace3db9dcd1d99cd1c30";
const VERSION_2: &str = "a2b22a086eba6cf4ad532dbe1e581af653ced69d489af549c0604056ada92238";

/// A delivery as it arrives, signed rightly until a test says otherwise.
struct Sent {
    method: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    received_at: DateTime<Utc>,
}

impl Sent {
    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(SIGNED_AT.parse().expect("a number")).expect("an instant")
    }

    fn rightly() -> Self {
        Self::signed(BODY, SIGNATURE)
    }

    fn signed(body: &str, signature: &str) -> Self {
        let headers = vec![
            ("x-hubspot-signature-v3", signature.to_owned()),
            ("x-hubspot-request-timestamp", SIGNED_AT.to_owned()),
        ];
        Self { method: "POST", headers, body: body.into(), received_at: Self::now() }
    }

    fn read(&self, webhooks: &Webhooks) -> Result<Vec<Notice>, Refused> {
        let header = |name: &str| {
            self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
        };
        let (method, body, received_at) = (self.method, &*self.body, self.received_at);
        webhooks.read(&Delivery { method, header: &header, body, received_at })
    }
}

fn webhooks_at(address: &str, more: &str) -> Webhooks {
    let text =
        format!("{more}\n[webhooks]\nurl = \"{address}\"\nclient_secret = \"{SECRET}\"\nportal_id = 33");
    let options: HubspotOptions = toml::from_str(&text).expect("good options");
    let secret = SecretString::from(SECRET);
    Webhooks::of(&SourceName::new("marketing"), &options, &secret).expect("it has an address")
}

fn webhooks() -> Webhooks {
    webhooks_at(ADDRESS, "")
}

fn refused(change: impl FnOnce(&mut Sent)) -> Option<Refused> {
    let mut sent = Sent::rightly();
    change(&mut sent);
    sent.read(&webhooks()).err()
}

/// What one event is taken for, whatever signed it.
fn notice(event: &str) -> Result<Notice, Refused> {
    webhooks().notice(&serde_json::from_str(event).expect("an event"))
}

#[test]
fn what_the_vendor_signed_for_this_address_is_believed() {
    assert!(Sent::rightly().read(&webhooks()).is_ok());
    let empty = Sent::signed("", OF_NOTHING);
    assert_eq!(empty.read(&webhooks()), Err(Refused::Unreadable), "signed, though there is nothing to read");
}

#[test]
fn another_body_address_method_secret_or_instant_is_forged() {
    for (what, refused) in [
        ("a body with a space more", refused(|sent| sent.body.push(b' '))),
        ("no body", refused(|sent| sent.body.clear())),
        ("another method", refused(|sent| sent.method = "PUT")),
        ("an instant a millisecond later", refused(|sent| sent.headers[1].1 = "1774944000001".to_owned())),
        ("an instant spelled otherwise", refused(|sent| sent.headers[1].1 = "01774944000000".to_owned())),
        ("the signature of another body", refused(|sent| sent.headers[0].1 = OF_NOTHING.to_owned())),
        ("half a signature", refused(|sent| sent.headers[0].1.truncate(20))),
        ("no signature at all", refused(|sent| sent.headers[0].1.clear())),
        ("no base64", refused(|sent| sent.headers[0].1 = "a signature?".to_owned())),
    ] {
        assert_eq!(refused, Some(Refused::Forged), "{what}");
    }
    let elsewhere = webhooks_at("https://leadline.example.com/webhooks/marketing?", "");
    assert_eq!(Sent::rightly().read(&elsewhere), Err(Refused::Forged), "another address");
    let other = SecretString::from("another secret");
    let options: HubspotOptions =
        toml::from_str(&format!("[webhooks]\nurl = \"{ADDRESS}\"")).expect("good options");
    let other = Webhooks::of(&SourceName::new("marketing"), &options, &other).expect("it has an address");
    assert_eq!(Sent::rightly().read(&other), Err(Refused::Forged), "another secret");
}

#[test]
fn a_delivery_is_stale_beyond_five_minutes_either_way() {
    let after = |apart: i64| refused(|sent| sent.received_at = Sent::now() + TimeDelta::milliseconds(apart));
    assert_eq!(after(300_000), None);
    assert_eq!(after(-300_000), None);
    assert_eq!(after(300_001), Some(Refused::Stale));
    assert_eq!(after(-300_001), Some(Refused::Stale));
}

#[test]
fn older_versions_of_the_signature_stand_for_nothing() {
    for (version, signature) in [("v1", VERSION_1), ("v2", VERSION_2)] {
        let older = vec![
            ("x-hubspot-signature", signature.to_owned()),
            ("x-hubspot-signature-version", version.to_owned()),
            ("x-hubspot-request-timestamp", SIGNED_AT.to_owned()),
        ];
        assert_eq!(refused(|sent| sent.headers = older.clone()), Some(Refused::Unsigned), "{version}");
        let as_newest = |sent: &mut Sent| sent.headers[0].1 = signature.to_owned();
        assert_eq!(refused(as_newest), Some(Refused::Forged), "{version}");
    }
    assert_eq!(refused(|sent| sent.headers.truncate(1)), Some(Refused::Unsigned), "without its instant");
}

#[test]
fn of_the_address_some_characters_are_signed_plainly_and_no_others() {
    let sent = Sent::signed(BODY, OF_ODD_ADDRESS);
    assert!(sent.read(&webhooks_at(ODD_ADDRESS, "")).is_ok());
    let space = webhooks_at(&ODD_ADDRESS.replace("%20", " "), "");
    assert_eq!(sent.read(&space), Err(Refused::Forged));
}

#[test]
fn a_privacy_delete_is_an_order_to_erase_the_contact_and_nothing_else() {
    let erased = Ok(Notice::Erased(RecordKey::new(&SourceName::new("marketing"), "contact", "51")));
    let told = r#"{"subscriptionType": "contact.privacyDeletion", "objectId": 51, "portalId": 33}"#;
    assert_eq!(notice(told), erased);
    assert_eq!(notice(&told.replace("subscriptionType", "eventType")), erased, "as older samples name it");
    assert_eq!(notice(&told.replace("51", "\"51\"")), erased, "a number or a text");
    let generic = told.replace("contact.", "object.");
    assert_eq!(notice(&generic), Ok(Notice::Other), "of an object that is not said");
    assert_eq!(notice(&generic.replace("51", "51, \"objectTypeId\": \"0-1\"")), erased);
    assert_eq!(notice(&told.replace("contact.", "conversation.")), Ok(Notice::Other));
    assert_eq!(notice(&told.replace("33", "34")), Ok(Notice::Other), "another account of the same app");
    for nonsense in [told.replace("51", "null"), told.replace("51", "\"x:1\""), told.replace("51", "[]")] {
        assert_eq!(notice(&nonsense), Err(Refused::Unreadable), "{nonsense}");
    }
}

#[test]
fn every_other_event_names_the_records_to_ask_again() {
    let changed = |ids: &[&str], found_otherwise| {
        let ids = ids.iter().map(|id| Arc::from(*id)).collect();
        Ok(Notice::Changed { ids, found_otherwise })
    };
    let told = |kind: &str, more: &str| notice(&format!(r#"{{"subscriptionType": "{kind}", {more}}}"#));
    assert_eq!(told("deal.creation", r#""objectId": 7"#), changed(&["7"], true));
    assert_eq!(told("company.deletion", r#""objectId": 7"#), changed(&["7"], false));
    assert_eq!(told("contact.restore", r#""objectId": 7"#), changed(&["7"], true));
    let score = r#""objectId": 7, "propertyName": "hubspotscore", "propertyValue": "12""#;
    assert_eq!(told("contact.propertyChange", score), changed(&["7"], false));
    assert_eq!(told("object.propertyChange", &score.replace("hubspotscore", "email")), changed(&["7"], true));
    let merged = r#""primaryObjectId": 7, "mergedObjectIds": [8, 9], "newObjectId": 10"#;
    assert_eq!(told("contact.merge", merged), changed(&["7", "8", "9", "10"], true));
    let linked = r#""fromObjectId": 7, "toObjectId": 8, "associationType": "CONTACT_TO_COMPANY""#;
    assert_eq!(told("contact.associationChange", linked), changed(&["7", "8"], true));
    assert_eq!(told("contact.levitation", r#""objectId": 7"#), Ok(Notice::Other));
    assert_eq!(told("conversation.newMessage", r#""objectId": 7"#), Ok(Notice::Other));
    assert_eq!(told("contact.deletion", r#""objectId": "../7""#), Ok(Notice::Other));
    assert_eq!(told("contact.deletion", r#""objectId": {}"#), Ok(Notice::Other));
}

#[test]
fn a_property_that_names_records_of_the_sales_system_changes_who_is_found() {
    let webhooks = webhooks_at(ADDRESS, "cross_references = { source = \"sales\" }");
    let told = r#"{"subscriptionType": "contact.propertyChange", "objectId": 7, "propertyName": "salesforceleadid"}"#;
    let notice = webhooks.notice(&serde_json::from_str(told).expect("an event"));
    assert_eq!(notice, Ok(Notice::Changed { ids: vec!["7".into()], found_otherwise: true }));
}
