//! What the marketing platform knows of a person: the contact, every version of its properties, forms, lists, merges.

use std::fmt::Write;
use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::Studio;
use super::ids::salesforce_id;
use super::layout::Sheet;
use super::mail;
use super::names::CULTURES;
use super::opportunity::STAGES;
use super::person::{Hand, Person, Sides, Track, between};
use super::sales::InSales;
use super::setting::FORMS;
use super::sheet::At;

/// One version of a property.
struct Version {
    property: &'static str,
    when: At,
    value: String,
    by: Hand,
}

/// Writes a person's contact and what hangs on it; returns its id.
pub(super) fn write(
    studio: &mut Studio,
    person: &Person,
    known: Option<&InSales>,
    rng: &mut ChaCha8Rng,
) -> Arc<str> {
    let id = studio.ids.hubspot("contacts");
    let source = origin(person);
    let mut versions = Vec::new();
    lifecycle(person, known, &mut versions, rng);
    track("jobtitle", person, &person.title.marketing, &mut versions);
    track("phone", person, &person.phone.marketing, &mut versions);
    score(person, &mut versions, rng);
    let owner = person.journey.mql.map(|mql| mql.max(person.in_marketing).plus(At::MINUTE));
    if let Some(when) = owner {
        let value = studio.setting.colleagues[person.owner].owner.to_string();
        versions.push(Version { property: "hubspot_owner_id", when, value, by: Hand::Workflow });
    }
    versions.sort_by_key(|version| version.when);
    let submissions = submissions(studio, person, rng);
    let mail = mail::write(studio, person, rng);
    let company = company(studio, person, &id, rng);
    let merged = merge(studio, person, &id, rng);
    lists(studio, person, &id, rng);
    let (lead, contact) = known.map_or((None, None), |known| references(studio, person, known, rng));

    let changed =
        versions.iter().map(|version| version.when).chain(submissions.iter().map(|(_, when)| *when));
    let changed = changed.chain(merged.as_ref().map(|merge| merge.when));
    let modified = changed.max().unwrap_or(person.in_marketing).max(person.in_marketing);
    let now = |property: &str| {
        versions
            .iter()
            .rev()
            .find(|version| version.property == property)
            .map(|version| version.value.clone())
    };
    let place = &CULTURES[person.culture];
    let at_home = person.company.map(|company| &studio.setting.companies[company]);
    let form = |n: usize| FORMS[n].1;
    let conversions = submissions.iter().fold(String::new(), |mut joined, (form, when)| {
        let separator = if joined.is_empty() { "" } else { ";" };
        write!(joined, "{separator}{}::{}", FORMS[*form].0, when.0).expect("a string takes any text");
        joined
    });
    let others = [person.second_email.as_deref(), merged.as_ref().map(|merge| merge.email.as_str())];
    let archived = (person.quirk(0.015, rng)).then(|| between(modified, studio.setting.as_of, rng)).flatten();
    studio
        .book
        .row(Sheet::Contacts)
        .set("id", &id)
        .set("email", person.email.clone())
        .set("hs_additional_emails", others.into_iter().flatten().collect::<Vec<_>>().join(";"))
        .set("firstname", person.first)
        .set("lastname", &*person.last)
        .set("jobtitle", person.title.marketing.now())
        .set("company", at_home.map(|company| &*company.name))
        .set("phone", person.phone.marketing.now().to_owned())
        .set("mobilephone", person.mobile.clone().filter(|_| person.n.is_multiple_of(2)))
        .set("website", at_home.map(|company| &*company.domain))
        .set("city", place.cities[person.city].0)
        .set("state", place.cities[person.city].1)
        .set("country", place.country)
        .set("lifecyclestage", now("lifecyclestage").as_deref())
        .set("hs_lead_status", now("hs_lead_status").as_deref())
        .set("hubspot_owner_id", owner.map(|_| &studio.setting.colleagues[person.owner].owner))
        .set("hubspotscore", now("hubspotscore").as_deref())
        .set("icp_tier", if person.n.is_multiple_of(9) { "B" } else { person.tier })
        .set("hs_analytics_source", person.channel.analytics)
        .set("hs_analytics_source_data_1", person.channel.detail)
        .set(
            "hs_latest_source",
            if submissions.len() > 1 { "DIRECT_TRAFFIC" } else { person.channel.analytics },
        )
        .set("hs_analytics_first_url", person.channel.inbound.then_some("https://www.leadline.example/"))
        .set("hs_analytics_first_timestamp", person.channel.inbound.then_some(person.in_marketing))
        .set("hs_analytics_num_page_views", rng.random_range(0..40))
        .set("first_conversion_date", submissions.first().map(|(_, when)| *when))
        .set("first_conversion_event_name", submissions.first().map(|(n, _)| form(*n)))
        .set("recent_conversion_date", submissions.last().map(|(_, when)| *when))
        .set("recent_conversion_event_name", submissions.last().map(|(n, _)| form(*n)))
        .set("num_conversion_events", submissions.len() as i64)
        .set("hs_calculated_form_submissions", conversions)
        .set("hs_email_optout", person.opted_out.1.then_some(true))
        .set("hs_email_delivered", mail.delivered)
        .set("hs_email_open", mail.opened)
        .set("hs_email_click", mail.clicked)
        .set("hs_email_bounce", person.bounced.map(|_| 1))
        .set("hs_email_hard_bounce_reason_enum", person.bounced.map(|_| "UNKNOWN_USER"))
        .set("hs_object_source", source)
        .set("associatedcompanyid", company.as_ref())
        .set("salesforceleadid", lead)
        .set("salesforcecontactid", contact)
        .set("hs_merged_object_ids", merged.as_ref().filter(|merge| merge.marks.0).map(|merge| &merge.loser))
        .set(
            "hs_calculated_merged_vids",
            merged
                .as_ref()
                .filter(|merge| merge.marks.1)
                .map(|merge| format!("{}:{}", merge.loser, merge.when.0)),
        )
        .set("createdate", person.in_marketing)
        .set("lastmodifieddate", modified)
        .set("archived_at", archived)
        .put();
    for version in &versions {
        studio.version("contacts", &id, version.property, version.when, &version.value, version.by);
    }
    if person.sides == Sides::Both && (person.rich() || rng.random_bool(0.5)) {
        deal(studio, person, known, &id, company.as_ref());
    }
    id
}

fn origin(person: &Person) -> &'static str {
    match (person.channel.inbound, person.channel.analytics) {
        (false, _) => "INTEGRATION",
        (true, "OFFLINE") => "IMPORT",
        (true, "REFERRALS") => "CRM_UI",
        (true, _) => "FORM",
    }
}

/// Who wrote what a contact began with.
fn creator(person: &Person) -> Hand {
    match origin(person) {
        "INTEGRATION" => Hand::Sync,
        "FORM" => Hand::Form,
        _ => Hand::Colleague(super::setting::MARKETER),
    }
}

fn lifecycle(person: &Person, known: Option<&InSales>, versions: &mut Vec<Version>, rng: &mut ChaCha8Rng) {
    let journey = &person.journey;
    let curious = person.channel.inbound && !person.rich() && journey.mql.is_none() && rng.random_bool(0.3);
    versions.push(Version {
        property: "lifecyclestage",
        when: person.in_marketing,
        value: if curious { "subscriber" } else { "lead" }.into(),
        by: creator(person),
    });
    let mut last = person.in_marketing;
    let mut step = |property, when: At, value: &str, by| {
        last = when.max(last.plus(At::SECOND));
        versions.push(Version { property, when: last, value: value.into(), by });
    };
    if let Some(mql) = journey.mql {
        step("lifecyclestage", mql, "marketingqualifiedlead", Hand::Workflow);
        step("hs_lead_status", mql, "NEW", Hand::Workflow);
    }
    let Some(known) = known else { return };
    if let Some((when, good)) = journey.returned {
        step("hs_lead_status", when, if good { "UNQUALIFIED" } else { "BAD_TIMING" }, Hand::Sync);
    }
    if let Some(sal) = journey.sal {
        step("hs_lead_status", sal, "IN_PROGRESS", Hand::Sync);
    }
    if let Some(sql) = journey.sql {
        step("lifecyclestage", sql, "salesqualifiedlead", Hand::Sync);
    }
    if let Some(written) = &known.opportunity {
        step("lifecyclestage", written.steps[0].when.plus(At::MINUTE), "opportunity", Hand::Sync);
        let end = written.steps[written.steps.len() - 1];
        if STAGES[end.stage].name == "Closed Won" {
            step("lifecyclestage", end.when.plus(At::MINUTE), "customer", Hand::Sync);
        }
    }
}

/// The versions of a field that changed; one that never did needs none.
fn track(property: &'static str, person: &Person, track: &Track, versions: &mut Vec<Version>) {
    if track.edits.is_empty() {
        return;
    }
    if !track.first.is_empty() {
        let (when, by) = (person.in_marketing, creator(person));
        versions.push(Version { property, when, value: track.first.clone(), by });
    }
    for edit in &track.edits {
        versions.push(Version { property, when: edit.when, value: edit.value.clone(), by: edit.by });
    }
}

fn score(person: &Person, versions: &mut Vec<Version>, rng: &mut ChaCha8Rng) {
    let mut score = rng.random_range(0..25);
    let mut step = |when: At, score: i32| {
        let by = Hand::Workflow;
        versions.push(Version { property: "hubspotscore", when, value: score.to_string(), by });
    };
    step(person.in_marketing, score);
    if let Some(mql) = person.journey.mql {
        score += rng.random_range(30..60);
        step(mql.max(person.in_marketing.plus(At::SECOND)), score);
    }
}

/// The forms a person filled in, oldest first.
fn submissions(studio: &mut Studio, person: &Person, rng: &mut ChaCha8Rng) -> Vec<(usize, At)> {
    let mut submissions = Vec::new();
    if origin(person) == "FORM" {
        let first = match person.channel.lead_source {
            "Webinar" => 2,
            "Content Download" => 3,
            _ => rng.random_range(0..2),
        };
        submissions.push((first, person.in_marketing));
    }
    let more = if person.rich() { 3 } else { usize::from(person.channel.inbound && rng.random_bool(0.3)) };
    let end = studio.setting.as_of.min(person.in_marketing.plus(120 * At::DAY));
    for _ in 0..more {
        submissions.extend(
            between(person.in_marketing, end, rng).map(|when| (rng.random_range(0..FORMS.len()), when)),
        );
    }
    submissions.sort_by_key(|(_, when)| *when);
    for (form, when) in &submissions {
        let (form, _, page) = FORMS[*form];
        let mut values = vec![
            json!({ "name": "email", "value": person.email }),
            json!({ "name": "firstname", "value": person.first }),
            json!({ "name": "lastname", "value": person.last }),
        ];
        if page.ends_with("contact") || page.ends_with("demo") {
            let said = super::setting::one(WISHES, rng);
            values.push(json!({ "name": "message", "value": said }));
        }
        studio
            .book
            .row(Sheet::FormSubmissions)
            .set("form_id", form)
            .set("submitted_at", *when)
            .set("email", person.email.clone())
            .set("page_url", page)
            .set("values_json", json!(values).to_string())
            .put();
    }
    submissions
}

const WISHES: &[&str] = &[
    "Our two systems never agree on who is a lead.",
    "We want one view of the pipeline before the next quarter.",
    "Please show us pricing for forty seats.",
    "How long does it take to connect Salesforce?",
    "We lose track of webinar attendees.",
];

/// A contact that was merged into this one.
struct Merge {
    loser: Arc<str>,
    email: String,
    when: At,
    /// Whether each of the two properties names it: not every one does.
    marks: (bool, bool),
}

fn merge(studio: &mut Studio, person: &Person, id: &Arc<str>, rng: &mut ChaCha8Rng) -> Option<Merge> {
    if !person.quirk(0.04, rng) {
        return None;
    }
    let when = between(person.in_marketing.plus(At::DAY), studio.setting.as_of, rng)?;
    let loser = studio.ids.hubspot("contacts");
    studio
        .book
        .row(Sheet::Merges)
        .set("object", "contacts")
        .set("winner", id)
        .set("loser", &loser)
        .set("merged_at", when)
        .put();
    let email = format!("{loser}.old@mail.example");
    let marks = match rng.random_range(0..10) {
        0 => (true, false),
        1 => (false, true),
        _ => (true, true),
    };
    Some(Merge { loser, email, when, marks })
}

/// What the contact says of its Salesforce records: mostly the truth.
fn references(
    studio: &Studio,
    person: &Person,
    known: &InSales,
    rng: &mut ChaCha8Rng,
) -> (Option<Arc<str>>, Option<Arc<str>>) {
    let truth = (known.lead.clone(), known.contact.clone());
    if person.rich() {
        return truth;
    }
    match rng.random_range(0..1000) {
        0..120 => (None, None),
        // Nobody has this id: the counter will not reach it in a thousand years.
        120..130 => (Some(salesforce_id("00Q", 62_u64.pow(10) - 1 - person.n as u64)), None),
        130..137 => (studio.earlier_lead.clone(), None),
        137..300 if known.lead.is_some() => (known.lead.clone(), None),
        _ => truth,
    }
}

fn company(studio: &mut Studio, person: &Person, id: &Arc<str>, rng: &mut ChaCha8Rng) -> Option<Arc<str>> {
    let company = person.company.filter(|_| person.rich() || rng.random_bool(0.85))?;
    let company = studio.setting.companies[company].company(&mut studio.ids, person.in_marketing);
    for kind in ["279", "1"] {
        studio.associate(("contacts", id), ("companies", &company), kind);
    }
    Some(company)
}

fn lists(studio: &mut Studio, person: &Person, id: &Arc<str>, rng: &mut ChaCha8Rng) {
    let joined = [
        (person.channel.inbound && rng.random_bool(0.4)).then_some(person.in_marketing),
        person.journey.mql,
        (person.channel.lead_source == "Webinar").then_some(person.in_marketing),
    ];
    for (list, when) in joined.into_iter().enumerate() {
        let Some(when) = when else { continue };
        studio
            .book
            .row(Sheet::ListMemberships)
            .set("list_id", &studio.setting.lists[list].0)
            .set("record_id", id)
            .set("added_at", when.max(person.in_marketing))
            .put();
    }
}

/// The marketing side's copy of an opportunity.
fn deal(
    studio: &mut Studio,
    person: &Person,
    known: Option<&InSales>,
    contact: &Arc<str>,
    company: Option<&Arc<str>>,
) {
    let Some(written) = known.and_then(|known| known.opportunity.as_ref()) else { return };
    let id = studio.ids.hubspot("deals");
    let last = written.steps[written.steps.len() - 1];
    let created = written.steps[0].when.plus(2 * At::MINUTE);
    let copied = |when: At| when.plus(2 * At::MINUTE);
    studio
        .book
        .row(Sheet::Deals)
        .set("id", &id)
        .set("dealname", &*written.name)
        .set("amount", last.amount)
        .set("dealstage", STAGES[last.stage].in_deals)
        .set("pipeline", "default")
        .set("closedate", At(last.close.0 * At::DAY))
        .set("dealtype", "newbusiness")
        .set("hubspot_owner_id", &studio.setting.colleagues[person.owner].owner)
        .set("hs_analytics_source", person.channel.analytics)
        .set("closed_lost_reason", written.lost_because)
        .set("salesforceopportunityid", &written.id)
        .set("createdate", created)
        .set("hs_lastmodifieddate", copied(last.when))
        .put();
    let mut stage = "";
    for step in &written.steps {
        let next = STAGES[step.stage].in_deals;
        if next != stage {
            studio.version("deals", &id, "dealstage", copied(step.when), next, Hand::Sync);
            stage = next;
        }
    }
    studio.associate(("deals", &id), ("contacts", contact), "3");
    for kind in company.map_or(&[] as &[&str], |_| &["341", "5"]) {
        studio.associate(("deals", &id), ("companies", company.expect("only then are there kinds")), kind);
    }
}
