//! One person before any vendor knows them: who they are, when things happened to them, and who wrote what where.

use std::collections::HashSet;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::business::TITLES;
use super::names::{CULTURES, FREE_MAIL, NICKNAMES, ascii};
use super::setting::{HISTORY, INTEGRATION, MARKETER, Setting, one, skewed};
use super::sheet::At;

/// People who are made for showing: known to both sides by one address, with one record on each.
pub(super) const SHOWCASE: usize = 30;
/// People with a long history; those beyond the showcase were converted.
pub(super) const RICH: usize = 40;

/// Where a person is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    Both,
    Sales,
    Marketing,
}

/// Where people come from: Salesforce's lead source, HubSpot's source and its detail, and whether they asked.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) lead_source: &'static str,
    pub(super) analytics: &'static str,
    pub(super) detail: &'static str,
    pub(super) inbound: bool,
}

const fn channel(
    lead_source: &'static str,
    analytics: &'static str,
    detail: &'static str,
    inbound: bool,
) -> Channel {
    Channel { lead_source, analytics, detail, inbound }
}

pub(super) const CHANNELS: &[Channel] = &[
    channel("Web", "ORGANIC_SEARCH", "google", true),
    channel("Content Download", "PAID_SEARCH", "buyers-guide", true),
    channel("Webinar", "OTHER_CAMPAIGNS", "webinar", true),
    channel("Advertisement", "PAID_SOCIAL", "linkedin", true),
    channel("Trade Show", "OFFLINE", "IMPORT", true),
    channel("Referral", "REFERRALS", "partner.example", true),
    channel("Outbound", "OFFLINE", "INTEGRATION", false),
    channel("Partner", "OFFLINE", "INTEGRATION", false),
];

/// What sales and marketing were told by people who want no more mail.
const REFUSALS: [(bool, bool); 3] = [(true, true), (true, false), (false, true)];

/// Who wrote a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// A colleague, by index.
    Colleague(usize),
    /// The other platform's copy.
    Sync,
    /// The person, in a form.
    Form,
    /// A workflow.
    Workflow,
}

/// One change of one field.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) when: At,
    pub(super) value: String,
    pub(super) by: Hand,
}

/// A field on one side: how it began, and how it changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    pub(super) first: String,
    pub(super) edits: Vec<Edit>,
}

impl Track {
    /// The value at an instant.
    pub(super) fn value_at(&self, when: At) -> &str {
        self.edits.iter().rev().find(|edit| edit.when <= when).map_or(&self.first, |edit| &edit.value)
    }

    /// The present value.
    pub(super) fn now(&self) -> &str {
        self.edits.last().map_or(&self.first, |edit| &edit.value)
    }
}

/// A field both sides keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Twin {
    pub(super) sales: Track,
    pub(super) marketing: Track,
}

/// The way from first interest to an end; what has not happened yet is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Journey {
    pub(super) began: At,
    pub(super) mql: Option<At>,
    pub(super) sal: Option<At>,
    pub(super) sql: Option<At>,
    pub(super) opportunity: Option<At>,
    /// When it closed, and whether it was won.
    pub(super) closed: Option<(At, bool)>,
    /// When sales gave the person back, and whether for good.
    pub(super) returned: Option<(At, bool)>,
}

/// A person.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) n: usize,
    pub(super) sides: Sides,
    pub(super) first: &'static str,
    /// The first name in the sales CRM.
    pub(super) called: &'static str,
    pub(super) last: String,
    pub(super) email: String,
    pub(super) second_email: Option<String>,
    pub(super) title: Twin,
    pub(super) phone: Twin,
    pub(super) mobile: Option<String>,
    pub(super) company: Option<usize>,
    pub(super) culture: usize,
    pub(super) city: usize,
    pub(super) channel: &'static Channel,
    pub(super) owner: usize,
    pub(super) tier: &'static str,
    /// Whether each side was told not to write any more: sales, marketing.
    pub(super) opted_out: (bool, bool),
    pub(super) bounced: Option<At>,
    pub(super) journey: Journey,
    /// When each side heard of the person.
    pub(super) in_sales: At,
    pub(super) in_marketing: At,
}

impl Person {
    pub(super) fn showcase(&self) -> bool {
        self.n < SHOWCASE
    }

    pub(super) fn rich(&self) -> bool {
        self.n < RICH
    }

    /// A chance that is certain for nobody made for showing.
    pub(super) fn quirk(&self, chance: f64, rng: &mut ChaCha8Rng) -> bool {
        !self.rich() && rng.random_bool(chance)
    }

    pub(super) fn draw(n: usize, setting: &Setting, taken: &mut HashSet<u64>, rng: &mut ChaCha8Rng) -> Self {
        let sides = match rng.random_range(0..100) {
            _ if n < RICH => Sides::Both,
            0..50 => Sides::Both,
            50..78 => Sides::Marketing,
            _ => Sides::Sales,
        };
        let company = (n < RICH || rng.random_bool(0.85)).then(|| company(n, setting, rng));
        let at_home = company.map(|company| &setting.companies[company]);
        let culture = match at_home {
            Some(company) if rng.random_bool(0.8) => company.culture,
            _ => skewed(CULTURES.len(), rng),
        };
        let people = &CULTURES[culture];
        let first = one(people.first, rng);
        let called = NICKNAMES.iter().find(|(name, _)| *name == first && rng.random_bool(0.3));
        let mut last = one(people.last, rng).to_owned();
        if rng.random_bool(0.04) {
            last = format!("{last}-{}", one(people.last, rng));
        }
        let host = at_home.map_or_else(|| one(FREE_MAIL, rng), |company| &company.domain);
        let role = (n >= RICH && at_home.is_some() && rng.random_bool(0.015))
            .then(|| format!("{}@{host}", one(&["info", "sales", "office"], rng)))
            .filter(|role| taken.insert(fingerprint(role)));
        let email = role.unwrap_or_else(|| address(first, &last, host, taken, rng));
        let second_email = (n >= RICH && rng.random_bool(0.06))
            .then(|| address(first, &last, one(FREE_MAIL, rng), taken, rng));
        let channel =
            if n < RICH { &CHANNELS[rng.random_range(0..4)] } else { &CHANNELS[skewed(CHANNELS.len(), rng)] };
        let journey = Journey::draw(n, channel, setting.as_of, rng);
        let (in_sales, in_marketing) = arrivals(&journey, channel, setting.as_of, rng);
        let owner = at_home.map_or_else(|| setting.seller(rng), |company| company.owner);
        let mut person = Self {
            n,
            sides,
            first,
            called: called.map_or(first, |(_, nickname)| nickname),
            last,
            email,
            second_email,
            title: Twin::default(),
            phone: Twin::default(),
            mobile: rng.random_bool(0.3).then(|| number(people.dial, rng)),
            company,
            culture,
            city: at_home.map_or_else(|| rng.random_range(0..people.cities.len()), |company| company.city),
            channel,
            owner,
            tier: one(&["A", "B", "B", "C"], rng),
            opted_out: one(if rng.random_bool(0.94) { &[(false, false)] } else { &REFUSALS }, rng),
            bounced: (n >= RICH && rng.random_bool(0.02))
                .then(|| between(in_sales.max(in_marketing).plus(At::HOUR), setting.as_of, rng))
                .flatten()
                .map(At::second),
            journey,
            in_sales: in_sales.second(),
            in_marketing,
        };
        if let Some(company) = at_home {
            person.culture = company.culture;
        }
        person.write_title(setting.as_of, rng);
        person.write_phone(setting.as_of, rng);
        person
    }

    fn write_title(&mut self, as_of: At, rng: &mut ChaCha8Rng) {
        let (ours, theirs, next) = one(TITLES, rng);
        self.title = Twin {
            sales: Track { first: ours.into(), edits: Vec::new() },
            marketing: Track { first: ours.into(), edits: Vec::new() },
        };
        if self.rich() || rng.random_bool(0.25) {
            let value = if rng.random_bool(0.5) { theirs } else { next };
            self.edit(|person| &mut person.title, value, as_of, rng);
        }
    }

    fn write_phone(&mut self, as_of: At, rng: &mut ChaCha8Rng) {
        let dial = CULTURES[self.culture].dial;
        let plain = number(dial, rng);
        let spaced =
            format!("{} {} {}", dial.0, &plain[dial.0.len()..dial.0.len() + 3], &plain[dial.0.len() + 3..]);
        let known = |chance, rng: &mut ChaCha8Rng| rng.random_bool(chance);
        self.phone = Twin {
            sales: Track { first: if known(0.7, rng) { spaced } else { String::new() }, edits: Vec::new() },
            marketing: Track {
                first: if known(0.6, rng) { plain } else { String::new() },
                edits: Vec::new(),
            },
        };
        if rng.random_bool(0.06) {
            self.edit(|person| &mut person.phone, &number(dial, rng), as_of, rng);
        }
    }

    /// A change on one side, half of the time carried over to the other within minutes.
    fn edit(
        &mut self,
        field: impl FnOnce(&mut Self) -> &mut Twin,
        value: &str,
        as_of: At,
        rng: &mut ChaCha8Rng,
    ) {
        let earliest = self.in_sales.max(self.in_marketing).plus(At::HOUR);
        let Some(when) = between(earliest, as_of.plus(-At::HOUR), rng) else { return };
        let when = when.second();
        let copied = when.plus(rng.random_range(30..240) * At::SECOND);
        let carried = self.sides == Sides::Both && rng.random_bool(0.5);
        let in_sales = match self.sides {
            Sides::Both => rng.random_bool(0.5),
            Sides::Sales => true,
            Sides::Marketing => false,
        };
        let seller = Hand::Colleague(self.owner);
        let visitor = if rng.random_bool(0.4) { Hand::Form } else { Hand::Colleague(MARKETER) };
        let twin = field(self);
        let write = |when, by| vec![Edit { when, value: value.to_owned(), by }];
        if in_sales {
            twin.sales.edits = write(when, seller);
            twin.marketing.edits = if carried { write(copied, Hand::Sync) } else { Vec::new() };
        } else {
            twin.marketing.edits = write(when, visitor);
            twin.sales.edits = if carried { write(copied, Hand::Sync) } else { Vec::new() };
        }
    }
}

impl Hand {
    /// The colleague who stands behind it in the sales CRM.
    pub(super) fn user(self) -> usize {
        match self {
            Self::Colleague(colleague) => colleague,
            Self::Sync | Self::Form | Self::Workflow => INTEGRATION,
        }
    }
}

impl Journey {
    fn draw(n: usize, channel: &Channel, as_of: At, rng: &mut ChaCha8Rng) -> Self {
        let rich = n < RICH;
        let days = |days: std::ops::Range<f64>, rng: &mut ChaCha8Rng| {
            (rng.random_range(days) * At::DAY as f64) as i64
        };
        let ago =
            if rich { rng.random_range(150..300) * At::DAY } else { rng.random_range(At::DAY..HISTORY) };
        let began = as_of.plus(-ago + rng.random_range(0..At::DAY / 2));
        let chance = |chance: f64, rng: &mut ChaCha8Rng| rich || rng.random_bool(chance);
        let past = |when: At| (when < as_of.plus(-2 * At::HOUR)).then_some(when);

        let mut journey =
            Self { began, mql: None, sal: None, sql: None, opportunity: None, closed: None, returned: None };
        let offered = if channel.inbound && chance(0.5, rng) {
            journey.mql = past(began.plus(days(0.05..30.0, rng)));
            journey.mql
        } else {
            (!channel.inbound).then_some(began)
        };
        let Some(offered) = offered else { return journey };
        if !chance(0.75, rng) {
            journey.returned =
                past(offered.plus(days(0.2..10.0, rng))).map(|when| (when, rng.random_bool(0.4)));
            return journey;
        }
        journey.sal = past(offered.plus(days(0.01..2.5, rng)));
        let Some(sal) = journey.sal.filter(|_| chance(0.55, rng)) else { return journey };
        journey.sql = past(sal.plus(days(0.5..15.0, rng)));
        let converts = if rich { n >= SHOWCASE || n % 2 == 1 } else { rng.random_bool(0.7) };
        let Some(sql) = journey.sql.filter(|_| converts) else { return journey };
        journey.opportunity = past(sql.plus(days(0.1..8.0, rng)));
        let Some(opportunity) = journey.opportunity.filter(|_| rng.random_bool(0.8)) else { return journey };
        let won = rng.random_bool(0.45);
        journey.closed = past(opportunity.plus(days(15.0..90.0, rng))).map(|when| (when, won));
        journey
    }
}

/// When sales and marketing each heard of the person: who was asked first tells the other within minutes.
fn arrivals(journey: &Journey, channel: &Channel, as_of: At, rng: &mut ChaCha8Rng) -> (At, At) {
    let minutes = rng.random_range(2..15) * At::MINUTE;
    let told = journey.mql.unwrap_or(journey.began).plus(minutes).min(as_of.plus(-At::MINUTE));
    if channel.inbound { (told, journey.began) } else { (journey.began, journey.began.plus(minutes)) }
}

fn company(n: usize, setting: &Setting, rng: &mut ChaCha8Rng) -> usize {
    // People made for showing work at companies of their own, as far as there are enough.
    if n < RICH && setting.companies.len() > 2 * RICH {
        n
    } else {
        rng.random_range(0..setting.companies.len())
    }
}

fn address(first: &str, last: &str, host: &str, taken: &mut HashSet<u64>, rng: &mut ChaCha8Rng) -> String {
    let (first, last) = (ascii(first), ascii(last));
    let local = match rng.random_range(0..10) {
        0..6 => format!("{first}.{last}"),
        6..8 => format!("{}{last}", &first[..1]),
        _ => format!("{first}_{last}"),
    };
    let mut address = format!("{local}@{host}");
    let mut more = 1;
    while !taken.insert(fingerprint(&address)) {
        more += 1;
        address = format!("{local}{more}@{host}");
        if more > 20 {
            more = rng.random_range(100..1_000_000);
        }
    }
    address
}

/// FNV-1a: the same on every machine, and small enough to remember a million addresses.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn number((code, digits): (&str, u32), rng: &mut ChaCha8Rng) -> String {
    let low = 2 * 10_u64.pow(digits - 1);
    format!("{code}{}", rng.random_range(low..low * 4))
}

/// An instant between two, if there is room.
pub(super) fn between(from: At, to: At, rng: &mut ChaCha8Rng) -> Option<At> {
    (from < to).then(|| At(rng.random_range(from.0..to.0)))
}
