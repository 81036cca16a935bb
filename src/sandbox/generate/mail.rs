//! The mailings a person got, and what they did with them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Studio;
use super::layout::Sheet;
use super::person::Person;
use super::sheet::At;

/// How often mail was delivered, opened and clicked; none where there was no mail.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) delivered: Option<i64>,
    pub(super) opened: Option<i64>,
    pub(super) clicked: Option<i64>,
}

/// The application under which the marketing platform sends.
pub(super) const APP: &str = "113";

/// Writes the e-mail events of a person.
pub(super) fn write(studio: &mut Studio, person: &Person, rng: &mut ChaCha8Rng) -> Counted {
    let end = person.bounced.unwrap_or(studio.setting.as_of.plus(-At::DAY));
    let reached: Vec<usize> = (0..studio.setting.mailings.len())
        .filter(|&n| (person.in_marketing..end).contains(&studio.setting.mailings[n].sent))
        .collect();
    let most =
        if person.rich() { 4 } else { rng.random_range(0..3) * usize::from(rng.random_bool(studio.detail)) };
    let mut counted = Counted::default();
    let add = |count: &mut Option<i64>| *count = Some(count.unwrap_or_default() + 1);
    for chosen in rand::seq::index::sample(rng, reached.len(), most.min(reached.len())) {
        let mailing = reached[chosen];
        let sent = studio.setting.mailings[mailing].sent.plus(rng.random_range(0..10 * At::MINUTE));
        let mut send = Sending { studio, person, mailing, sent, id: String::new() };
        send.id = send.event("SENT", sent, rng, None, false);
        let delivered = sent.plus(rng.random_range(At::SECOND..At::MINUTE));
        send.event("DELIVERED", delivered, rng, None, false);
        add(&mut counted.delivered);
        if rng.random_bool(0.1) {
            // A robot that opens everything at once.
            send.event("OPEN", delivered.plus(At::SECOND), rng, None, true);
        }
        if person.rich() || rng.random_bool(0.45) {
            let opened = delivered.plus(rng.random_range(At::MINUTE..20 * At::HOUR));
            send.event("OPEN", opened, rng, None, false);
            add(&mut counted.opened);
            if rng.random_bool(0.4) {
                let clicked = opened.plus(rng.random_range(At::SECOND..At::HOUR));
                send.event("CLICK", clicked, rng, Some("https://www.leadline.example/guide"), false);
                add(&mut counted.clicked);
            }
        }
    }
    if let Some(bounced) = person.bounced {
        let before = studio.setting.mailings.iter().rposition(|mailing| mailing.sent <= bounced).unwrap_or(0);
        let mut send = Sending { studio, person, mailing: before, sent: bounced, id: String::new() };
        send.id = send.event("SENT", bounced.plus(-At::SECOND), rng, None, false);
        send.event("BOUNCE", bounced, rng, None, false);
    }
    counted
}

struct Sending<'a> {
    studio: &'a mut Studio,
    person: &'a Person,
    mailing: usize,
    sent: At,
    id: String,
}

impl Sending<'_> {
    fn event(
        &mut self,
        kind: &'static str,
        when: At,
        rng: &mut ChaCha8Rng,
        url: Option<&str>,
        robot: bool,
    ) -> String {
        let id = uuid::Builder::from_random_bytes(rng.random()).into_uuid().to_string();
        self.studio
            .book
            .row(Sheet::EmailEvents)
            .set("id", id.clone())
            .set("created", when)
            .set("type", kind)
            .set("recipient", self.person.email.clone())
            .set("email_campaign_id", &self.studio.setting.mailings[self.mailing].id)
            .set("app_id", APP)
            .set("url", url)
            .set("filtered_event", robot)
            .set("sent_id", self.id.clone())
            .set("sent_created", (!self.id.is_empty()).then_some(self.sent))
            .set("response", (kind == "BOUNCE").then_some("550 5.1.1 user unknown"))
            .put();
        id
    }
}
