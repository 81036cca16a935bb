//! What every ledger does, whichever store keeps it.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::domain::event::{Floor, HistoryPart};
use crate::domain::person::PersonRecord;
use crate::ledger::Ledger;
use crate::ledger::entry::{CapturedRecord, Entry, Observation, RecordKind, Recorded, history_of_address};
use crate::ledger::link::Link;
use crate::ledger::state::{CapturedFloor, Counted, DecisionDraft, DecisionKind, MergeDraft};

use super::fixtures::*;
use super::{Place, on_both};

on_both!(
    a_batch_is_read_back_as_it_was_written,
    what_is_known_leaves_no_row,
    a_newer_version_stands_beside_the_older_one,
    the_state_at_a_moment_is_what_had_been_observed_by_then,
    a_listing_of_deletions_leaves_the_last_known_fields,
    a_membership_is_deleted_by_the_vendors_id_and_its_events_go,
    every_link_finds_its_records,
    a_link_that_is_no_more_finds_nobody,
    links_are_paged_by_key,
    heads_are_paged_in_order_of_sequence,
    a_walk_visits_one_object_of_one_source_in_order_of_id,
    an_event_stands_in_each_history_that_tells_it,
    an_event_told_otherwise_takes_the_place_of_the_one_before,
    events_of_an_address_wait_for_whoever_has_it,
    changes_come_in_the_order_of_commits_and_miss_nothing,
    two_writers_never_share_a_sequence,
    a_stream_knows_how_far_it_has_been_read,
    the_earliest_floor_of_a_history_stands,
    old_events_are_dropped_and_leave_a_floor,
    merges_and_decisions_are_kept_in_order,
    an_erased_person_leaves_counts_and_no_text,
    what_was_erased_does_not_come_back,
    a_privacy_delete_of_the_vendor_erases_too,
    tallies_are_what_the_tables_hold,
    one_process_captures_at_a_time,
    a_ledger_keeps_its_name_and_its_rows,
);

const CHANGES: [HistoryPart; 3] = HistoryPart::ALL;

fn sequences(entries: &[Entry]) -> Vec<i64> {
    entries.iter().map(Entry::sequence).collect()
}

fn keys(found: &[Recorded]) -> Vec<String> {
    found.iter().map(|it| it.key.to_string()).collect()
}

fn titled(id: &str, title: &str) -> PersonRecord {
    PersonRecord { title: Some(title.into()), ..person("Lead", id, "jane@example.com") }
}

fn title(recorded: &Recorded) -> Option<&str> {
    let CapturedRecord::Person(person) = &recorded.record else { return None };
    person.title.as_deref()
}

async fn a_batch_is_read_back_as_it_was_written(place: Place) {
    let ledger = place.open().await;
    let jane = person("Lead", "00Q1", "Jane@Example.com");
    let event = touch("v1", &jane.meta.key, "https://example.com/pricing", 1);
    let written = ledger.append(batch(5, vec![seen(jane.clone()), told(event.clone())])).await.unwrap();
    assert_eq!(sequences(&written.entries), [1, 2]);
    assert_eq!((written.last, written.repeated, written.refused), (2, 0, 0));

    let read = ledger.heads_of(std::slice::from_ref(&jane.meta.key)).await.unwrap();
    let mut expected = jane.clone();
    expected.meta.fetched_at = at(5);
    assert_eq!(read[0].record, CapturedRecord::Person(Arc::new(expected)));
    assert_eq!(Entry::Record(read[0].clone()), written.entries[0]);
    let events = ledger.events_of(std::slice::from_ref(&jane.meta.key), &CHANGES).await.unwrap();
    assert_eq!(Entry::Event(events[0].clone()), written.entries[1]);
    assert_eq!(*events[0].event, crate::domain::event::Event { observed_at: at(5), ..event });
    assert_eq!(ledger.changes(0, 10).await.unwrap(), written.entries);
}

async fn what_is_known_leaves_no_row(place: Place) {
    let ledger = place.open().await;
    let jane = person("Lead", "00Q1", "jane@example.com");
    let both = || vec![seen(jane.clone()), told(task("00T1", &jane.meta.key, "Call", 1))];
    ledger.append(batch(1, both())).await.unwrap();
    let again = ledger.append(batch(2, both())).await.unwrap();
    assert_eq!((again.entries.len(), again.repeated, again.last), (0, 2, 2));
    // Twice in one batch is as good as in two.
    let doubled = [both(), both()].concat();
    assert_eq!(ledger.append(batch(3, doubled)).await.unwrap().repeated, 4);
    assert_eq!(ledger.last_sequence().await.unwrap(), 2);
    assert_eq!(ledger.versions(&jane.meta.key, 0, 10).await.unwrap().len(), 1);
}

async fn a_newer_version_stands_beside_the_older_one(place: Place) {
    let ledger = place.open().await;
    let (old, new) = (titled("00Q1", "Buyer"), titled("00Q1", "Head of Buying"));
    let key = old.meta.key.clone();
    ledger.append(batch(1, vec![seen(old.clone())])).await.unwrap();
    ledger.append(batch(2, vec![seen(new), seen(old)])).await.unwrap();
    let versions = ledger.versions(&key, 0, 10).await.unwrap();
    assert_eq!(
        versions.iter().map(title).collect::<Vec<_>>(),
        [Some("Buyer"), Some("Head of Buying"), Some("Buyer")]
    );
    assert_eq!(ledger.versions(&key, 1, 1).await.unwrap()[0].sequence, 2);
    let heads = ledger.heads(RecordKind::Person, 0, 10).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.sequence).collect::<Vec<_>>(), [3]);
}

async fn the_state_at_a_moment_is_what_had_been_observed_by_then(place: Place) {
    let ledger = place.open().await;
    let key = key("Lead", "00Q1");
    ledger.append(batch(10, vec![seen(titled("00Q1", "Buyer"))])).await.unwrap();
    ledger.append(batch(20, vec![seen(titled("00Q1", "Head of Buying"))])).await.unwrap();
    for (minute, expected) in
        [(9, None), (10, Some("Buyer")), (19, Some("Buyer")), (20, Some("Head of Buying"))]
    {
        let then = ledger.heads_as_of(std::slice::from_ref(&key), at(minute)).await.unwrap();
        assert_eq!(then.first().and_then(title), expected, "at {minute}");
    }
}

async fn a_listing_of_deletions_leaves_the_last_known_fields(place: Place) {
    let ledger = place.open().await;
    let jane = person("Lead", "00Q1", "jane@example.com");
    let key = jane.meta.key.clone();
    let gone = |key| Observation::Gone { key, at: at(7) };
    ledger.append(batch(1, vec![seen(jane.clone()), told(touch("v1", &key, "/", 1))])).await.unwrap();
    let unknown = super::fixtures::key("Lead", "never seen");
    let written = ledger.append(batch(8, vec![gone(key.clone()), gone(unknown)])).await.unwrap();
    let [Entry::Record(tombstone)] = written.entries.as_slice() else { panic!("{written:?}") };
    assert_eq!(tombstone.deleted_at, Some(at(7)));
    assert_eq!(tombstone.record.meta().unwrap().deleted_at, Some(at(7)));
    assert!(!tombstone.is_live());
    let CapturedRecord::Person(person) = &tombstone.record else { panic!("not a person") };
    assert_eq!(person.first_name.as_deref(), Some("Jane"));
    // The history stays, the links of the living go, and a second listing says nothing new.
    assert_eq!(ledger.events_of(std::slice::from_ref(&key), &CHANGES).await.unwrap().len(), 1);
    let by_address = [Link::Email("jane@example.com".into())];
    assert!(ledger.linked(&by_address, RecordKind::Person).await.unwrap().is_empty());
    assert!(ledger.append(batch(9, vec![gone(key.clone())])).await.unwrap().entries.is_empty());
    // What the vendor restores is there again.
    ledger.append(batch(10, vec![seen(jane)])).await.unwrap();
    assert_eq!(ledger.linked(&by_address, RecordKind::Person).await.unwrap().len(), 1);
}

async fn a_membership_is_deleted_by_the_vendors_id_and_its_events_go(place: Place) {
    let ledger = place.open().await;
    let (lead, contact) = (key("Lead", "00Q1"), key("Contact", "0031"));
    let joined = |person: &crate::domain::id::RecordKey| {
        let mut event = touch("00v1", person, "", 1);
        event.source = key("CampaignMember", "00v1");
        told(event)
    };
    let (of_lead, of_contact) =
        (membership("00v1", "7011", lead.clone()), membership("00v1", "7011", contact.clone()));
    let told_twice = vec![seen(of_lead), seen(of_contact), joined(&lead), joined(&contact)];
    assert_eq!(ledger.append(batch(1, told_twice)).await.unwrap().entries.len(), 4);
    let members = [Link::OfCampaign(key("Campaign", "7011"))];
    assert_eq!(ledger.linked(&members, RecordKind::Membership).await.unwrap().len(), 2);

    let gone = Observation::Gone { key: key("CampaignMember", "00v1"), at: at(2) };
    let written = ledger.append(batch(3, vec![gone])).await.unwrap();
    let ends = written.entries.iter().filter(|entry| matches!(entry, Entry::EventGone { .. })).count();
    assert_eq!((written.entries.len(), ends), (4, 2));
    assert!(ledger.linked(&members, RecordKind::Membership).await.unwrap().is_empty());
    assert!(ledger.events_of(&[lead.clone(), contact], &CHANGES).await.unwrap().is_empty());
    // The feed tells of the end alone, and the event may come back.
    assert_eq!(ledger.changes(2, 10).await.unwrap(), written.entries);
    ledger.append(batch(4, vec![joined(&lead)])).await.unwrap();
    assert_eq!(ledger.events_of(&[lead], &CHANGES).await.unwrap().len(), 1);
}

async fn every_link_finds_its_records(place: Place) {
    let ledger = place.open().await;
    let mut contact = person("Contact", "0031", "Jane@Example.com");
    contact.account = Some(key("Account", "0011"));
    contact.other_emails = vec!["jane.doe@example.com".into()];
    contact.meta.merged_ids = vec!["0039".into()];
    contact.cross_references = vec![key("contact", "77")];
    let mut loser = person("Contact", "0032", "old@example.com");
    loser.meta.merged_into = Some(key("Contact", "0031"));
    let mut lead = converted("00Q1", "0031");
    lead.meta.deleted_at = Some(at(0));
    lead.conversion.as_mut().unwrap().opportunity = Some(key("Opportunity", "0061"));
    ledger
        .append(batch(
            1,
            vec![
                seen(contact),
                seen(loser),
                seen(lead),
                seen(account("0011", "https://www.example.com")),
                seen(opportunity("0061", "0011", "0031")),
                seen(membership("00v1", "7011", key("Contact", "0031"))),
            ],
        ))
        .await
        .unwrap();
    let contact = key("Contact", "0031");
    let cases = [
        (Link::Email("jane@example.com".into()), RecordKind::Person, "sales:Contact:0031"),
        (Link::OtherEmail("jane.doe@example.com".into()), RecordKind::Person, "sales:Contact:0031"),
        (Link::RefersTo(key("contact", "77")), RecordKind::Person, "sales:Contact:0031"),
        (Link::ConvertedInto(contact.clone()), RecordKind::Person, "sales:Lead:00Q1"),
        (Link::Opened(key("Opportunity", "0061")), RecordKind::Person, "sales:Lead:00Q1"),
        (Link::MergedInto(contact.clone()), RecordKind::Person, "sales:Contact:0032"),
        (Link::AliasOf(key("Contact", "0039")), RecordKind::Person, "sales:Contact:0031"),
        (Link::OfAccount(key("Account", "0011")), RecordKind::Person, "sales:Contact:0031"),
        (Link::OfAccount(key("Account", "0011")), RecordKind::Opportunity, "sales:Opportunity:0061"),
        (Link::OfPerson(contact.clone()), RecordKind::Opportunity, "sales:Opportunity:0061"),
        (Link::OfPerson(contact), RecordKind::Membership, "sales:membership:00v1/Contact:0031"),
        (
            Link::OfCampaign(key("Campaign", "7011")),
            RecordKind::Membership,
            "sales:membership:00v1/Contact:0031",
        ),
        (Link::Domain("example.com".into()), RecordKind::Account, "sales:Account:0011"),
    ];
    for (link, kind, expected) in &cases {
        let found = ledger.linked(std::slice::from_ref(link), *kind).await.unwrap();
        let found: Vec<String> = found.iter().map(|(_, it)| it.key.to_string()).collect();
        assert_eq!(found, [*expected], "{link:?}");
        let page = ledger.linked_page(link, *kind, None, 10).await.unwrap();
        assert_eq!(keys(&page), [*expected], "{link:?}");
    }
    // All at once, each with the link that found it.
    let people: Vec<Link> =
        cases.iter().filter(|case| case.1 == RecordKind::Person).map(|case| case.0.clone()).collect();
    let found = ledger.linked(&people, RecordKind::Person).await.unwrap();
    assert_eq!(found.len(), people.len());
    // Of those that find the living, none finds the merged-away or the deleted.
    let dead = [Link::Email("old@example.com".into())];
    assert!(ledger.linked(&dead, RecordKind::Person).await.unwrap().is_empty());
}

async fn a_link_that_is_no_more_finds_nobody(place: Place) {
    let ledger = place.open().await;
    ledger.append(batch(1, vec![seen(person("Lead", "00Q1", "old@example.com"))])).await.unwrap();
    ledger.append(batch(2, vec![seen(person("Lead", "00Q1", "new@example.com"))])).await.unwrap();
    let both = [Link::Email("new@example.com".into()), Link::Email("old@example.com".into())];
    let found = ledger.linked(&both, RecordKind::Person).await.unwrap();
    let found: Vec<&Link> = found.iter().map(|(link, _)| link).collect();
    assert_eq!(found, [&both[0]]);
}

async fn links_are_paged_by_key(place: Place) {
    let ledger = place.open().await;
    // Bytes decide, whatever the locale: capitals before small letters.
    let ids = ["0031", "003A", "003Z", "003a", "003z"];
    let of_account = |id: &&str| {
        let mut contact = person("Contact", id, "");
        contact.account = Some(key("Account", "0011"));
        seen(contact)
    };
    ledger.append(batch(1, ids.iter().rev().map(of_account).collect())).await.unwrap();
    let link = Link::OfAccount(key("Account", "0011"));
    let (mut visited, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.linked_page(&link, RecordKind::Person, after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        visited.extend(page.iter().map(|it| it.key.id.to_string()));
    }
    assert_eq!(visited, ids);
}

async fn heads_are_paged_in_order_of_sequence(place: Place) {
    let ledger = place.open().await;
    let people = (0..5).map(|n| seen(titled(&format!("00Q{n}"), "Buyer"))).collect();
    ledger.append(batch(1, people)).await.unwrap();
    ledger.append(batch(1, vec![seen(account("0011", "example.com"))])).await.unwrap();
    let first = ledger.heads(RecordKind::Person, 0, 2).await.unwrap();
    // What changes between two pages comes again, at its new place, and nothing is left out.
    ledger.append(batch(2, vec![seen(titled("00Q0", "Head")), seen(titled("00Q3", "Head"))])).await.unwrap();
    let rest = ledger.heads(RecordKind::Person, first[1].sequence, 10).await.unwrap();
    assert_eq!(keys(&first), ["sales:Lead:00Q0", "sales:Lead:00Q1"]);
    assert_eq!(keys(&rest), ["sales:Lead:00Q2", "sales:Lead:00Q4", "sales:Lead:00Q0", "sales:Lead:00Q3"]);
}

async fn a_walk_visits_one_object_of_one_source_in_order_of_id(place: Place) {
    let ledger = place.open().await;
    let mut gone = person("Lead", "00Q2", "");
    gone.meta.deleted_at = Some(at(0));
    let records = vec![
        seen(person("Lead", "00Qb", "")),
        seen(person("Lead", "00QB", "")),
        seen(gone),
        seen(person("Lead", "00Q1", "")),
        seen(person("Contact", "0031", "")),
        seen(person("LeadX", "00Q0", "")),
    ];
    ledger.append(batch(1, records)).await.unwrap();
    let first = ledger.walk(&sales(), "Lead", None, 2).await.unwrap();
    assert_eq!(keys(&first), ["sales:Lead:00Q1", "sales:Lead:00QB"]);
    let rest = ledger.walk(&sales(), "Lead", Some("00QB"), 2).await.unwrap();
    assert_eq!(keys(&rest), ["sales:Lead:00Qb"]);
}

async fn an_event_stands_in_each_history_that_tells_it(place: Place) {
    let ledger = place.open().await;
    let (lead, deal) = (key("Lead", "00Q1"), key("Opportunity", "0061"));
    let call = Arc::new(task("00T1", &lead, "Call", 1));
    let told = [&lead, &deal].map(|of| Observation::Event { of: of.clone(), event: call.clone() });
    assert_eq!(ledger.append(batch(1, told.to_vec())).await.unwrap().entries.len(), 2);
    let of_deal = ledger.events_of(std::slice::from_ref(&deal), &[HistoryPart::Activities]).await.unwrap();
    assert_eq!((of_deal.len(), &of_deal[0].of), (1, &deal));
    assert_eq!(ledger.events_of(&[lead.clone(), deal.clone()], &CHANGES).await.unwrap().len(), 2);
    assert!(ledger.events_of(std::slice::from_ref(&lead), &[HistoryPart::Touches]).await.unwrap().is_empty());
    // The task deleted, it is gone from both.
    let gone = Observation::Gone { key: key("Task", "00T1"), at: at(2) };
    ledger.append(batch(2, vec![gone])).await.unwrap();
    assert!(ledger.events_of(&[lead, deal], &CHANGES).await.unwrap().is_empty());
}

async fn an_event_told_otherwise_takes_the_place_of_the_one_before(place: Place) {
    let ledger = place.open().await;
    let lead = key("Lead", "00Q1");
    ledger.append(batch(1, vec![told(task("00T1", &lead, "Call", 1))])).await.unwrap();
    let edits = vec![told(task("00T1", &lead, "Call back", 1)), told(task("00T1", &lead, "Call again", 5))];
    let written = ledger.append(batch(2, edits)).await.unwrap();
    assert_eq!(sequences(&written.entries), [2, 3]);
    let events = ledger.events_of(std::slice::from_ref(&lead), &CHANGES).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].sequence, events[0].restated, events[0].event.occurred_at), (3, true, at(5)));
    assert_eq!(sequences(&ledger.changes(0, 10).await.unwrap()), [3]);
    let events = ledger.tallies().await.unwrap().into_iter().find(|tally| tally.of == Counted::Events);
    assert_eq!(events.unwrap().rows, 1);
}

async fn events_of_an_address_wait_for_whoever_has_it(place: Place) {
    let ledger = place.open().await;
    let of = history_of_address(&sales(), "jane@example.com");
    let mut opened = touch("e1", &key("contact", "jane@example.com"), "", 1);
    opened.person = None;
    let told = Observation::Event { of: of.clone(), event: Arc::new(opened) };
    ledger.append(batch(1, vec![told])).await.unwrap();
    assert_eq!(ledger.events_of(&[of], &CHANGES).await.unwrap().len(), 1);
}

async fn changes_come_in_the_order_of_commits_and_miss_nothing(place: Place) {
    let ledger = place.open().await;
    let lead = key("Lead", "00Q1");
    ledger
        .append(batch(1, vec![seen(titled("00Q1", "Buyer")), told(touch("v1", &lead, "/", 1))]))
        .await
        .unwrap();
    let merge = MergeDraft {
        previous: lead.clone(),
        current: key("Contact", "0031"),
        rule: "CONVERSION".into(),
        at: at(2),
    };
    ledger.log_merges(&[merge]).await.unwrap();
    ledger
        .append(batch(3, vec![told(touch("v2", &lead, "/", 1)), seen(titled("00Q1", "Head"))]))
        .await
        .unwrap();
    let whole = ledger.changes(0, 100).await.unwrap();
    assert_eq!(sequences(&whole), [1, 2, 3, 4, 5]);
    let (mut visited, mut after) = (Vec::new(), 0);
    loop {
        let page = ledger.changes(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.sequence();
        visited.extend(page);
    }
    assert_eq!(visited, whole);
}

async fn two_writers_never_share_a_sequence(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    let write = |ledger: Arc<dyn Ledger>, name: &'static str| async move {
        let mut runs = Vec::new();
        for n in 0..20 {
            let people = (0..3).map(|m| seen(person("Lead", &format!("{name}{n}-{m}"), ""))).collect();
            // Both bring this one, too: whoever comes second adds nothing.
            let shared = seen(person("Lead", &format!("shared{n}"), ""));
            let batch = batch(n, [vec![shared], people].concat());
            runs.push(sequences(&ledger.append(batch).await.unwrap().entries));
        }
        runs
    };
    let (left, right) = tokio::join!(tokio::spawn(write(one.clone(), "a")), tokio::spawn(write(other, "b")));
    let mut all = Vec::new();
    for run in left.unwrap().into_iter().chain(right.unwrap()) {
        assert!(run.windows(2).all(|pair| pair[1] == pair[0] + 1), "interleaved: {run:?}");
        all.extend(run);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=140).collect::<Vec<i64>>());
    assert_eq!(sequences(&one.changes(0, 1000).await.unwrap()), all);
}

async fn a_stream_knows_how_far_it_has_been_read(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.position(&sales(), "leads").await.unwrap(), None);
    let step = |minutes, progress| {
        let ledger = ledger.clone();
        async move {
            let batch = crate::ledger::entry::Batch { progress: Some(progress), ..batch(minutes, vec![]) };
            ledger.append(batch).await.unwrap();
            ledger.position(&sales(), "leads").await.unwrap().unwrap()
        }
    };
    let first = step(1, progress("p1", 100, Some(250), false)).await;
    assert_eq!((first.rows, first.total, first.caught_up_at), (100, Some(250), None));
    let second = step(2, progress("p2", 100, Some(150), false)).await;
    assert_eq!((second.rows, second.total, second.began_at), (200, Some(250), at(1)));
    let last = step(3, progress("p3", 50, None, true)).await;
    assert_eq!(
        (last.rows, last.total, last.caught_up, last.caught_up_at),
        (250, Some(250), true, Some(at(3)))
    );
    let next = step(4, progress("p4", 7, None, false)).await;
    assert_eq!((next.rows, next.total, next.began_at, next.caught_up_at), (7, None, at(4), Some(at(3))));
    assert_eq!(&*next.position, "p4");
    assert_eq!(ledger.positions().await.unwrap(), [next]);
    ledger.forget_position(&sales(), "leads").await.unwrap();
    assert_eq!(ledger.positions().await.unwrap(), []);
}

async fn the_earliest_floor_of_a_history_stands(place: Place) {
    let ledger = place.open().await;
    let lead = key("Lead", "00Q1");
    let floor = |id: Option<&str>, minutes| CapturedFloor {
        source: Some(sales()),
        object: Some("Lead".into()),
        id: id.map(Into::into),
        part: Some(HistoryPart::Changes),
        floor: Floor { from: at(minutes), reason: "kept for 18 months".into() },
    };
    for minutes in [10, 5, 20] {
        ledger.append(batch(1, vec![Observation::Floor(floor(None, minutes))])).await.unwrap();
    }
    ledger.append(batch(1, vec![Observation::Floor(floor(Some("00Q1"), 7))])).await.unwrap();
    assert_eq!(ledger.floors(&[]).await.unwrap(), [floor(None, 5)]);
    let found = ledger.floors(std::slice::from_ref(&lead)).await.unwrap();
    assert_eq!(found, [floor(None, 5), floor(Some("00Q1"), 7)]);
    assert!(found.iter().all(|floor| floor.is_about(&lead, HistoryPart::Changes)));
    assert!(!found[1].is_about(&key("Lead", "00Q2"), HistoryPart::Changes));
    assert!(!found[0].is_about(&lead, HistoryPart::Touches));
}

async fn old_events_are_dropped_and_leave_a_floor(place: Place) {
    const DAY: i64 = 24 * 60;
    let ledger = place.open().await;
    let lead = key("Lead", "00Q1");
    // Over two years, told in no order, and two of them before 1970.
    let days = (0..100).map(|n| n * 37 % 100 * 7).chain([-30_000, -30_001]);
    let events = days.map(|day| told(touch(&format!("v{day}"), &lead, "/", day * DAY)));
    ledger.append(batch(20, events.collect())).await.unwrap();
    for (day, dropped) in [(-30_000, 1), (0, 1), (0, 0), (7, 1), (350, 49), (351, 1), (351, 0)] {
        assert_eq!(ledger.drop_events_before(at(day * DAY)).await.unwrap(), dropped, "before day {day}");
    }
    let left = ledger.events_of(&[lead], &CHANGES).await.unwrap();
    assert_eq!(left.len(), 49);
    assert!(left.iter().all(|event| event.event.occurred_at >= at(351 * DAY)));
    let floors = ledger.floors(&[]).await.unwrap();
    assert_eq!((floors.len(), floors[0].floor.from, &floors[0].source), (1, at(351 * DAY), &None));
}

async fn merges_and_decisions_are_kept_in_order(place: Place) {
    let ledger = place.open().await;
    let merge = |previous: &str, minutes| MergeDraft {
        previous: key("Lead", previous),
        current: key("Contact", "0031"),
        rule: "EMAIL".into(),
        at: at(minutes),
    };
    let logged = ledger.log_merges(&[merge("00Q1", 1), merge("00Q2", 1), merge("00Q1", 2)]).await.unwrap();
    assert_eq!(logged.iter().map(|merge| merge.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(ledger.merges(1, 10).await.unwrap(), logged[1..]);
    let decision = |kind, minutes| DecisionDraft {
        kind,
        left: key("Lead", "00Q1"),
        right: key("Contact", "0031"),
        note: "two people at one desk".into(),
        by: "olivia".into(),
        at: at(minutes),
    };
    let first = ledger.decide(decision(DecisionKind::Split, 3)).await.unwrap();
    let second = ledger.decide(decision(DecisionKind::Withdrawn, 4)).await.unwrap();
    assert_eq!((first.sequence, second.sequence), (3, 4));
    assert_eq!(ledger.decisions().await.unwrap(), [first, second]);
}

/// A person with everything that must go, and what stays beside them.
async fn with_jane(ledger: &Arc<dyn Ledger>) -> crate::domain::id::RecordKey {
    let jane = person("Lead", "00Q1", "jane@example.com");
    let key = jane.meta.key.clone();
    let of_address = history_of_address(&sales(), "jane@example.com");
    let mut opened = touch("e1", &super::fixtures::key("contact", "jane@example.com"), "", 1);
    opened.person = None;
    let meeting = task("00U1", &key, "Lunch with Jane", 2);
    let deal = super::fixtures::key("Opportunity", "0061");
    let observations = vec![
        seen(jane),
        seen(PersonRecord { first_name: Some("Janet".into()), ..person("Lead", "00Q1", "jane@example.com") }),
        seen(PersonRecord {
            first_name: Some("John".into()),
            phone: None,
            ..person("Lead", "00Q2", "john@example.com")
        }),
        seen(membership("00v1", "7011", key.clone())),
        told(touch("v1", &key, "/hello?name=Jane", 1)),
        told(touch("v2", &super::fixtures::key("Lead", "00Q2"), "/", 1)),
        Observation::Event { of: of_address, event: Arc::new(opened) },
        Observation::Event { of: deal, event: Arc::new(meeting) },
    ];
    ledger.append(batch(3, observations)).await.unwrap();
    key
}

async fn an_erased_person_leaves_counts_and_no_text(place: Place) {
    let ledger = place.open().await;
    let jane = with_jane(&ledger).await;
    let before = ledger.last_sequence().await.unwrap();
    let erasure = ledger.erase(std::slice::from_ref(&jane), at(9)).await.unwrap();
    assert_eq!((erasure.records, erasure.events), (2, 3));
    assert!(ledger.heads_of(std::slice::from_ref(&jane)).await.unwrap().is_empty());
    assert!(ledger.versions(&jane, 0, 10).await.unwrap().is_empty());
    assert!(ledger.heads(RecordKind::Membership, 0, 10).await.unwrap().is_empty());
    assert!(ledger.events_of(std::slice::from_ref(&jane), &CHANGES).await.unwrap().is_empty());

    let told = ledger.changes(before, 100).await.unwrap();
    let erased =
        told.iter().filter(|entry| matches!(entry, Entry::Erased { key, .. } if *key == jane)).count();
    assert_eq!((told.len(), erased), (5, 1));
    let changes = ledger.changes(0, 100).await.unwrap();
    let everything = format!("{changes:?}");
    for word in ["Jane", "jane", "7946"] {
        assert!(!everything.contains(word), "{word} in {everything}");
    }
    // What happened still counts, in the history of the opportunity too.
    assert_eq!(changes.iter().filter(|it| matches!(it, Entry::Event(_))).count(), 4);
    let of_deal = ledger.events_of(&[key("Opportunity", "0061")], &CHANGES).await.unwrap();
    assert_eq!((of_deal.len(), of_deal[0].event.occurred_at, &of_deal[0].event.person), (1, at(2), &None));
    assert_eq!(ledger.heads(RecordKind::Person, 0, 10).await.unwrap().len(), 1);
}

async fn what_was_erased_does_not_come_back(place: Place) {
    let ledger = place.open().await;
    let jane = with_jane(&ledger).await;
    ledger.erase(std::slice::from_ref(&jane), at(9)).await.unwrap();
    let of_address = history_of_address(&sales(), "jane@example.com");
    let again = vec![
        seen(person("Lead", "00Q1", "jane@example.com")),
        seen(membership("00v1", "7011", jane.clone())),
        told(touch("v9", &jane, "/", 1)),
        Observation::Event { of: of_address, event: Arc::new(touch("e9", &jane, "", 1)) },
        seen(person("Lead", "00Q3", "jim@example.com")),
    ];
    let written = ledger.append(batch(10, again)).await.unwrap();
    assert_eq!((written.refused, written.entries.len()), (4, 1));
    // Erased before it was ever seen, it is kept out as well.
    ledger.erase(&[key("Lead", "00Q4")], at(11)).await.unwrap();
    let late = ledger.append(batch(12, vec![seen(person("Lead", "00Q4", ""))])).await.unwrap();
    assert_eq!(late.refused, 1);
}

async fn a_privacy_delete_of_the_vendor_erases_too(place: Place) {
    let ledger = place.open().await;
    let jane = with_jane(&ledger).await;
    let observations = vec![
        seen(person("Lead", "00Q3", "")),
        Observation::Erased { key: jane.clone() },
        told(touch("v8", &jane, "/", 1)),
    ];
    let written = ledger.append(batch(10, observations)).await.unwrap();
    assert_eq!((written.entries.len(), written.refused), (6, 1));
    assert_eq!(written.last, ledger.last_sequence().await.unwrap());
    assert_eq!(sequences(&written.entries), (9..=14).collect::<Vec<i64>>());
    assert!(ledger.heads_of(&[jane]).await.unwrap().is_empty());
    assert_eq!(ledger.heads_of(&[key("Lead", "00Q3")]).await.unwrap().len(), 1);
}

async fn tallies_are_what_the_tables_hold(place: Place) {
    let ledger = place.open().await;
    let jane = with_jane(&ledger).await;
    let edited = told(touch("v1", &jane, "/otherwise", 1));
    ledger.append(batch(4, vec![edited, seen(titled("00Q2", "Head"))])).await.unwrap();
    let counted = |kind| {
        let ledger = ledger.clone();
        async move {
            let tallies = ledger.tallies().await.unwrap();
            tallies.into_iter().find(|tally| tally.of == kind).map_or(0, |tally| tally.rows)
        }
    };
    let (people, members) = (Counted::Records(RecordKind::Person), Counted::Records(RecordKind::Membership));
    assert_eq!([counted(people).await, counted(members).await], [2, 1]);
    assert_eq!([counted(Counted::Versions).await, counted(Counted::Events).await], [5, 4]);
    ledger.erase(&[jane], at(9)).await.unwrap();
    assert_eq!([counted(people).await, counted(members).await], [1, 0]);
    assert_eq!([counted(Counted::Versions).await, counted(Counted::Events).await], [2, 4]);
}

async fn one_process_captures_at_a_time(place: Place) {
    let (one, other) = (place.open().await, place.open().await);
    let mut held = one.capture_lock().await.unwrap().expect("nobody captures yet");
    assert!(other.capture_lock().await.unwrap().is_none());
    assert!(held.is_held().await);
    drop(held);
    // PostgreSQL notices the end of a session a moment later.
    let mut again = None;
    for _ in 0..100 {
        again = other.capture_lock().await.unwrap();
        if again.is_some() {
            break;
        }
        tokio::time::sleep(TimeDelta::milliseconds(20).to_std().unwrap()).await;
    }
    assert!(again.is_some());
}

async fn a_ledger_keeps_its_name_and_its_rows(place: Place) {
    let ledger = place.open().await;
    let name = ledger.id().to_owned();
    ledger.append(batch(1, vec![seen(person("Lead", "00Q1", ""))])).await.unwrap();
    drop(ledger);
    let again = place.open().await;
    assert_eq!(again.id(), name);
    assert_eq!(again.last_sequence().await.unwrap(), 1);
    assert_eq!(again.heads(RecordKind::Person, 0, 10).await.unwrap().len(), 1);
}
