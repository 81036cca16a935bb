//! What is there before any person appears: colleagues, companies, campaigns, forms and mailings.

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::business::{COMPANY_WORDS, ENDINGS, TRADES};
use super::ids::Ids;
use super::names::{CULTURES, ascii};
use super::sheet::{At, Day};

/// A colleague, known to both vendors.
#[derive(Debug)]
pub(super) struct Colleague {
    /// Salesforce user id.
    pub(super) user: Arc<str>,
    /// HubSpot owner id, and the user id that HubSpot's history names.
    pub(super) owner: Arc<str>,
    pub(super) owner_user: Arc<str>,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) title: &'static str,
    pub(super) email: String,
}

impl Colleague {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// A company that people work for.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) culture: usize,
    pub(super) city: usize,
    pub(super) trade: usize,
    pub(super) employees: i64,
    /// Index of the colleague who looks after it.
    pub(super) owner: usize,
    /// Its Salesforce account, once somebody needs it, and since when.
    pub(super) in_sales: Option<(Arc<str>, At)>,
    /// Its HubSpot company, likewise.
    pub(super) in_marketing: Option<(Arc<str>, At)>,
    /// The contact met last, who may join a colleague's opportunity.
    pub(super) contact: Option<Arc<str>>,
    pub(super) customer: bool,
}

impl Company {
    /// Its account id; it has existed at least since `since`.
    pub(super) fn account(&mut self, ids: &mut Ids, since: At) -> Arc<str> {
        claim(&mut self.in_sales, || ids.salesforce("001"), since)
    }

    /// Its HubSpot id; it has existed at least since `since`.
    pub(super) fn company(&mut self, ids: &mut Ids, since: At) -> Arc<str> {
        claim(&mut self.in_marketing, || ids.hubspot("companies"), since)
    }

    /// How it is worked: by size.
    pub(super) fn segment(&self) -> &'static str {
        match self.employees {
            0..100 => "SMB",
            100..1000 => "Mid-Market",
            _ => "Enterprise",
        }
    }
}

fn claim(known: &mut Option<(Arc<str>, At)>, make: impl FnOnce() -> Arc<str>, since: At) -> Arc<str> {
    let (id, from) = known.get_or_insert_with(|| (make(), since));
    *from = (*from).min(since);
    Arc::clone(id)
}

/// A campaign of the sales CRM.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) id: Arc<str>,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) start: Day,
    pub(super) end: Day,
}

/// A mailing of the marketing platform.
#[derive(Debug)]
pub(super) struct Mailing {
    pub(super) id: Arc<str>,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) sent: At,
}

/// A form on the company's own pages: id, name, page.
pub(super) const FORMS: &[(&str, &str, &str)] = &[
    ("0b7f6c3e-5d1a-4a58-9a55-3f0c2f9f1a01", "Contact sales", "https://www.leadline.example/contact"),
    ("0b7f6c3e-5d1a-4a58-9a55-3f0c2f9f1a02", "Book a demo", "https://www.leadline.example/demo"),
    ("0b7f6c3e-5d1a-4a58-9a55-3f0c2f9f1a03", "Webinar registration", "https://www.leadline.example/webinar"),
    ("0b7f6c3e-5d1a-4a58-9a55-3f0c2f9f1a04", "Buyer's guide download", "https://www.leadline.example/guide"),
    ("0b7f6c3e-5d1a-4a58-9a55-3f0c2f9f1a05", "Newsletter", "https://www.leadline.example/newsletter"),
];

/// Everything a person may meet.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) as_of: At,
    /// The first is the integration user, the second the sales manager, the third marketing; the others sell.
    pub(super) colleagues: Vec<Colleague>,
    /// Queue ids and names.
    pub(super) queues: Vec<(Arc<str>, &'static str)>,
    pub(super) companies: Vec<Company>,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) mailings: Vec<Mailing>,
    /// List ids and names.
    pub(super) lists: Vec<(Arc<str>, &'static str)>,
}

/// Index of the user as whom the platforms write to each other.
pub(super) const INTEGRATION: usize = 0;
/// Index of the sales manager.
pub(super) const MANAGER: usize = 1;
/// Index of the marketer.
pub(super) const MARKETER: usize = 2;
/// Index of the first seller.
pub(super) const FIRST_SELLER: usize = 3;

/// The months a world looks back.
pub(super) const HISTORY: i64 = 540 * At::DAY;

impl Setting {
    pub(super) fn new(people: usize, as_of: At, ids: &mut Ids, rng: &mut ChaCha8Rng) -> Self {
        let colleagues = colleagues(people, ids, rng);
        let queues = ["Inbound Leads", "Partner Leads"]
            .map(|name| (ids.salesforce("00G"), name))
            .into_iter()
            .collect();
        let companies = (0..(people / 5).max(3)).map(|n| company(n, colleagues.len(), rng)).collect();
        let campaigns = campaigns(people, as_of, ids, rng);
        let mailings = mailings(as_of, ids);
        let lists = ["Newsletter subscribers", "Marketing qualified", "Webinar attendees"]
            .map(|name| (ids.hubspot("lists"), name))
            .into_iter()
            .collect();
        Self { as_of, colleagues, queues, companies, campaigns, mailings, lists }
    }

    /// Whether the sales CRM has put an activity of that time away: after a year it does.
    pub(super) fn archives(&self, when: At) -> bool {
        when < self.as_of.plus(-365 * At::DAY)
    }

    /// A seller.
    pub(super) fn seller(&self, rng: &mut ChaCha8Rng) -> usize {
        rng.random_range(FIRST_SELLER..self.colleagues.len())
    }
}

fn colleagues(people: usize, ids: &mut Ids, rng: &mut ChaCha8Rng) -> Vec<Colleague> {
    let fixed = [
        ("HubSpot", "Integration", "Integration"),
        ("Morgan", "Hale", "Sales Manager"),
        ("Marta", "Kowalczyk", "Marketing Operations"),
        ("Dana", "Whitfield", "Account Executive"),
        ("Ravi", "Nair", "Account Executive"),
        ("Sofie", "Lindqvist", "Sales Development"),
    ];
    let mut colleagues: Vec<Colleague> = Vec::new();
    let count = (fixed.len() + people / 400).min(250);
    while colleagues.len() < count {
        let (first, last, title) = fixed.get(colleagues.len()).copied().unwrap_or_else(|| {
            let culture = &CULTURES[rng.random_range(0..CULTURES.len())];
            (one(culture.first, rng), one(culture.last, rng), "Account Executive")
        });
        let mut local = format!("{}.{}", ascii(first), ascii(last));
        if colleagues.iter().any(|colleague| colleague.email.starts_with(&format!("{local}@"))) {
            local = format!("{local}{}", colleagues.len());
        }
        if colleagues.is_empty() {
            local = "integration".into();
        }
        colleagues.push(Colleague {
            user: ids.salesforce("005"),
            owner: ids.hubspot("owners"),
            owner_user: ids.hubspot("users"),
            first: first.into(),
            last: last.into(),
            title,
            email: format!("{local}@leadline.example"),
        });
    }
    colleagues
}

fn company(n: usize, colleagues: usize, rng: &mut ChaCha8Rng) -> Company {
    let culture = skewed(CULTURES.len(), rng);
    let trade = rng.random_range(0..TRADES.len());
    let word = COMPANY_WORDS[n % COMPANY_WORDS.len()];
    // Every forty companies the words begin anew, with a town before them, so that no two share a domain.
    let round = n / COMPANY_WORDS.len();
    let (trade_name, ..) = TRADES[trade];
    let (base, slug) = if round == 0 {
        (format!("{word} {trade_name}"), format!("{}-{}", ascii(word), ascii(trade_name)))
    } else {
        let second = one(CULTURES[culture].last, rng);
        (
            format!("{word} {second} {trade_name}"),
            format!("{}-{}-{}{round}", ascii(word), ascii(second), ascii(trade_name)),
        )
    };
    let size: f64 = rng.random_range(0.8..4.6);
    Company {
        name: format!("{base} {}", one(ENDINGS, rng)),
        domain: format!("{slug}.example"),
        culture,
        city: rng.random_range(0..CULTURES[culture].cities.len()),
        trade,
        employees: 10_f64.powf(size) as i64,
        owner: rng.random_range(FIRST_SELLER..colleagues),
        in_sales: None,
        in_marketing: None,
        contact: None,
        customer: false,
    }
}

fn campaigns(people: usize, as_of: At, ids: &mut Ids, rng: &mut ChaCha8Rng) -> Vec<Campaign> {
    const KINDS: [(&str, &str); 5] = [
        ("Webinar", "Webinar: one pipeline, two teams"),
        ("Trade Show", "Revenue Summit"),
        ("Content", "Buyer's guide"),
        ("Email", "Spring nurture"),
        ("Advertisement", "Search and social"),
    ];
    (0..12 + people / 5000)
        .map(|n| {
            let (kind, theme) = KINDS[n % KINDS.len()];
            let start = Day(as_of.plus(-HISTORY).day().0 + rng.random_range(0..480));
            Campaign {
                id: ids.salesforce("701"),
                name: format!("{theme} {}", n / KINDS.len() + 1),
                kind,
                start,
                end: Day(start.0 + if kind == "Trade Show" { 3 } else { 45 }),
            }
        })
        .collect()
}

fn mailings(as_of: At, ids: &mut Ids) -> Vec<Mailing> {
    const SUBJECTS: [&str; 4] = [
        "What changed this month",
        "Five questions for your pipeline",
        "You are invited",
        "A guide for buyers",
    ];
    (0..36)
        .map(|n| Mailing {
            id: ids.hubspot("email_campaigns"),
            name: format!("Mailing {:02}", n + 1),
            subject: SUBJECTS[n as usize % SUBJECTS.len()].into(),
            sent: as_of.plus(-HISTORY + n * 15 * At::DAY).second(),
        })
        .collect()
}

/// One of several.
pub(super) fn one<T: Copy>(of: &[T], rng: &mut ChaCha8Rng) -> T {
    *of.choose(rng).expect("the lists of this module have entries")
}

/// An index below `count`, the first ones more often.
pub(super) fn skewed(count: usize, rng: &mut ChaCha8Rng) -> usize {
    let share: f64 = rng.random();
    ((share * share * count as f64) as usize).min(count - 1)
}
