//! Pours the marketplace's two files into a world. Names and addresses are not in them: they are made up of each lead's
//! id, the same whenever it is done.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use leadline::sandbox::credentials::SALESFORCE_USERNAME;
use leadline::sandbox::world::{Row, Table, World};

const AS_OF: &str = "2018-12-01T00:00:00Z";
const FOUNDED: &str = "2017-01-01T00:00:00.000Z";
/// The form of every landing page.
const FORM: &str = "b1000000-0000-4000-8000-000000000001";
/// As whom the platforms write to each other, and who owns what nobody took.
const INTEGRATION: &str = "005000000000001AAA";

const GIVEN: [&str; 16] = [
    "Ana", "Bruno", "Camila", "Diego", "Elisa", "Felipe", "Gabriela", "Hugo", "Isabela", "Joaquim",
    "Larissa", "Mateus", "Natalia", "Otavio", "Priscila", "Rafael",
];
const FAMILY: [&str; 16] = [
    "Almeida",
    "Barbosa",
    "Cardoso",
    "Duarte",
    "Esteves",
    "Ferreira",
    "Gomes",
    "Henriques",
    "Lopes",
    "Martins",
    "Nogueira",
    "Oliveira",
    "Pereira",
    "Ribeiro",
    "Santos",
    "Teixeira",
];

/// The marketplace's leads and deals.
pub(crate) struct Olist {
    pub(crate) leads: Vec<Lead>,
    pub(crate) deals: Vec<Deal>,
}

/// A line of the leads.
pub(crate) struct Lead {
    id: String,
    first_contact: String,
    landing_page: String,
    origin: Option<String>,
}

/// A line of the deals.
pub(crate) struct Deal {
    lead: String,
    qualified_by: String,
    closed_by: String,
    won: String,
    segment: String,
    revenue: String,
}

impl Deal {
    /// The day it was won.
    pub(crate) fn won_on(&self) -> &str {
        self.won.split_once(' ').map_or(&self.won, |(day, _)| day)
    }

    fn won_at(&self) -> String {
        format!("{}.000Z", self.won.replace(' ', "T"))
    }
}

impl Olist {
    /// Reads the two files.
    pub(crate) fn read(folder: &Path) -> Self {
        let rows = |name: &str| -> Vec<HashMap<String, String>> {
            let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
            reader.deserialize().map(Result::unwrap).collect()
        };
        let leads = rows("olist_marketing_qualified_leads_dataset.csv").into_iter().map(|mut row| {
            let mut take = |name: &str| row.remove(name).unwrap();
            let origin = Some(take("origin")).filter(|origin| !origin.is_empty());
            Lead {
                id: take("mql_id"),
                first_contact: take("first_contact_date"),
                landing_page: take("landing_page_id"),
                origin,
            }
        });
        let deals = rows("olist_closed_deals_dataset.csv").into_iter().map(|mut row| {
            let mut take = |name: &str| row.remove(name).unwrap();
            Deal {
                lead: take("mql_id"),
                qualified_by: take("sdr_id"),
                closed_by: take("sr_id"),
                won: take("won_date"),
                segment: take("business_segment"),
                revenue: take("declared_monthly_revenue"),
            }
        });
        Self { leads: leads.collect(), deals: deals.collect() }
    }

    /// Data that cannot be true.
    pub(crate) fn is_won_before_first_contact(&self, deal: &Deal) -> bool {
        let lead = self.leads.iter().find(|lead| lead.id == deal.lead);
        lead.is_some_and(|lead| deal.won_on() < lead.first_contact.as_str())
    }

    /// The world: on the marketing side a contact for every lead and the form they sent from their landing page; on the
    /// sales side a lead, and for every deal what a conversion makes.
    pub(crate) fn pour(&self) -> World {
        let sellers = self.sellers();
        let deals: HashMap<&str, (usize, &Deal)> =
            self.deals.iter().enumerate().map(|(place, deal)| (deal.lead.as_str(), (place, deal))).collect();
        let mut sheets = Sheets::default();
        sheets.users(&sellers);
        sheets.form();
        for (place, lead) in self.leads.iter().enumerate() {
            let deal = deals.get(lead.id.as_str()).copied();
            sheets.lead(place, lead, deal, &sellers);
            sheets.contact_of_marketing(place, lead, deal.is_some());
            if let Some((number, deal)) = deal {
                sheets.conversion(number, lead, deal, &sellers);
            }
        }
        sheets.into_world()
    }

    /// Everybody who qualified or closed, each with the id of a user.
    fn sellers(&self) -> BTreeMap<&str, String> {
        let all: BTreeSet<&str> = self
            .deals
            .iter()
            .flat_map(|deal| [deal.qualified_by.as_str(), deal.closed_by.as_str()])
            .collect();
        all.into_iter().enumerate().map(|(place, id)| (id, user(place + 2))).collect()
    }
}

fn user(number: usize) -> String {
    format!("005{number:012}AAA")
}

fn lead_id(place: usize) -> String {
    format!("00Q{place:012}EAA")
}

fn converted(prefix: &str, number: usize) -> String {
    format!("{prefix}{number:012}AAA")
}

/// Given and family name, made up of the id's digits.
fn name(id: &str) -> (&'static str, &'static str) {
    let digit = |place: usize| {
        id[place..=place].chars().next().and_then(|digit| digit.to_digit(16)).unwrap() as usize
    };
    (GIVEN[digit(0)], FAMILY[digit(1)])
}

fn domain(id: &str) -> String {
    format!("shop-{}.example", &id[..12])
}

fn email(id: &str) -> String {
    let (given, family) = name(id);
    format!("{given}.{family}@{}", domain(id)).to_lowercase()
}

/// The marketing platform's word for where a lead came from.
fn analytics_source(origin: &str) -> &'static str {
    match origin {
        "organic_search" => "ORGANIC_SEARCH",
        "paid_search" => "PAID_SEARCH",
        "social" => "SOCIAL_MEDIA",
        "direct_traffic" => "DIRECT_TRAFFIC",
        "email" => "EMAIL_MARKETING",
        "referral" => "REFERRALS",
        _ => "OTHER_CAMPAIGNS",
    }
}

/// Tables being filled.
#[derive(Default)]
struct Sheets(BTreeMap<&'static str, BTreeMap<&'static str, Table>>);

impl Sheets {
    /// One row, by the names of its columns; the first row of a table says which it has.
    fn put<const N: usize>(&mut self, vendor: &'static str, table: &'static str, cells: [(&str, &str); N]) {
        let table = self.0.entry(vendor).or_default().entry(table).or_default();
        if table.columns.is_empty() {
            table.columns = cells.iter().map(|(column, _)| Arc::from(*column)).collect();
        }
        let row: Row =
            cells.iter().map(|(_, value)| Some(Arc::from(*value)).filter(|_| !value.is_empty())).collect();
        table.rows.push(row);
    }

    fn users(&mut self, sellers: &BTreeMap<&str, String>) {
        self.user(INTEGRATION, SALESFORCE_USERNAME, "Integration", "User");
        for (seller, id) in sellers {
            let (given, family) = name(seller);
            self.user(id, &format!("{}@seller.example", &seller[..12]), given, family);
        }
    }

    fn user(&mut self, id: &str, email: &str, given: &str, family: &str) {
        self.put(
            "salesforce",
            "User",
            [
                ("Id", id),
                ("Username", email),
                ("Email", email),
                ("FirstName", given),
                ("LastName", family),
                ("IsActive", "true"),
                ("CreatedDate", FOUNDED),
            ],
        );
    }

    fn lead(
        &mut self,
        place: usize,
        lead: &Lead,
        deal: Option<(usize, &Deal)>,
        sellers: &BTreeMap<&str, String>,
    ) {
        let (given, family) = name(&lead.id);
        let created = format!("{}T00:00:00.000Z", lead.first_contact);
        let of_deal = |prefix: &str| deal.map(|(number, _)| converted(prefix, number)).unwrap_or_default();
        self.put(
            "salesforce",
            "Lead",
            [
                ("Id", lead_id(place).as_str()),
                ("FirstName", given),
                ("LastName", family),
                ("Company", &domain(&lead.id)),
                ("Email", &email(&lead.id)),
                ("LeadSource", lead.origin.as_deref().unwrap_or_default()),
                ("Status", if deal.is_some() { "Closed - Converted" } else { "Open - Not Contacted" }),
                ("OwnerId", deal.map_or(INTEGRATION, |(_, deal)| &sellers[deal.qualified_by.as_str()])),
                ("IsConverted", if deal.is_some() { "true" } else { "false" }),
                ("ConvertedDate", deal.map(|(_, deal)| deal.won_on()).unwrap_or_default()),
                ("ConvertedAccountId", &of_deal("001")),
                ("ConvertedContactId", &of_deal("003")),
                ("ConvertedOpportunityId", &of_deal("006")),
                ("CreatedById", INTEGRATION),
                ("CreatedDate", &created),
            ],
        );
    }

    fn conversion(&mut self, number: usize, lead: &Lead, deal: &Deal, sellers: &BTreeMap<&str, String>) {
        let (given, family) = name(&lead.id);
        let (account, contact, won) = (converted("001", number), converted("003", number), deal.won_at());
        let (qualified_by, closed_by) =
            (sellers[deal.qualified_by.as_str()].as_str(), sellers[deal.closed_by.as_str()].as_str());
        self.put(
            "salesforce",
            "Account",
            [
                ("Id", account.as_str()),
                ("Name", &domain(&lead.id)),
                ("Website", &domain(&lead.id)),
                ("Industry", &deal.segment),
                ("OwnerId", closed_by),
                ("CreatedById", qualified_by),
                ("CreatedDate", &won),
            ],
        );
        self.put(
            "salesforce",
            "Contact",
            [
                ("Id", contact.as_str()),
                ("AccountId", &account),
                ("FirstName", given),
                ("LastName", family),
                ("Email", &email(&lead.id)),
                ("LeadSource", lead.origin.as_deref().unwrap_or_default()),
                ("OwnerId", closed_by),
                ("CreatedById", qualified_by),
                ("CreatedDate", &won),
            ],
        );
        self.put(
            "salesforce",
            "Opportunity",
            [
                ("Id", converted("006", number).as_str()),
                ("Name", &format!("{} {}", deal.segment, domain(&lead.id))),
                ("AccountId", &account),
                ("StageName", "Closed Won"),
                ("Amount", &deal.revenue),
                ("CloseDate", deal.won_on()),
                ("LeadSource", lead.origin.as_deref().unwrap_or_default()),
                ("OwnerId", closed_by),
                ("CreatedById", qualified_by),
                ("CreatedDate", &won),
            ],
        );
        self.put(
            "salesforce",
            "OpportunityContactRole",
            [
                ("Id", converted("00K", number).replace("AAA", "EAA").as_str()),
                ("OpportunityId", &converted("006", number)),
                ("ContactId", &contact),
                ("IsPrimary", "true"),
                ("CreatedDate", &won),
            ],
        );
    }

    /// Their first contact was the form they sent; of its instant the day is known, which begins at midnight.
    fn contact_of_marketing(&mut self, place: usize, lead: &Lead, is_customer: bool) {
        let (given, family) = name(&lead.id);
        let created = format!("{}T00:00:00.000Z", lead.first_contact);
        let sent = created.parse::<DateTime<Utc>>().unwrap().timestamp_millis();
        self.put(
            "hubspot",
            "contacts",
            [
                ("id", (100_001 + place).to_string().as_str()),
                ("email", &email(&lead.id)),
                ("firstname", given),
                ("lastname", family),
                ("lifecyclestage", if is_customer { "customer" } else { "lead" }),
                ("hs_analytics_source", lead.origin.as_deref().map(analytics_source).unwrap_or_default()),
                ("hs_analytics_source_data_1", lead.origin.as_deref().unwrap_or_default()),
                ("hs_analytics_first_url", &format!("https://landing.example/{}", lead.landing_page)),
                ("hs_calculated_form_submissions", &format!("{FORM}::{sent}")),
                ("salesforceleadid", &lead_id(place)),
                ("createdate", &created),
                ("lastmodifieddate", &created),
            ],
        );
    }

    fn form(&mut self) {
        let cells =
            [("id", FORM), ("name", "Sell with us"), ("created_at", FOUNDED), ("updated_at", FOUNDED)];
        self.put("hubspot", "forms", cells);
    }

    fn into_world(self) -> World {
        let owned = |tables: BTreeMap<&'static str, Table>| {
            tables.into_iter().map(|(name, table)| (name.to_owned(), table)).collect()
        };
        World {
            as_of: Some(AS_OF.parse().unwrap()),
            currency: "BRL".to_owned(),
            vendors: self.0.into_iter().map(|(vendor, tables)| (vendor.to_owned(), owned(tables))).collect(),
            documents: BTreeMap::new(),
        }
    }
}
