//! People: leads and contacts by id, by address, and by what was converted or merged into them.
//!
//! One batch is one composite call, whatever mixture of keys it holds: one query for each object by keys, which also
//! sees the deleted, and one by address, which sees live rows alone.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::email;
use crate::domain::person::{PersonField, PersonRecord, PersonRole, PersonSelect};
use crate::domain::select::Field;
use crate::source::ask::{Ask, PersonLookup};
use crate::source::error::SourceError;
use crate::source::reading::Reading;
use crate::source::walk::{Condition, Order, Page, PageAsk, Walk};

use super::id::{canonical, object_of};
use super::listing::PAGE;
use super::map::person::{CONTACT_ALWAYS, LEAD_ALWAYS, contact_columns, lead_columns};
use super::map::{Mapping, tracked_as};
use super::org::{KEYS_PER_QUERY, Org, Query};
use super::soql::{Child, Filter, Literal, Name, Soql};

const OPERATION: &str = "reading people";
const OBJECTS: &[&str] = &["Lead", "Contact"];

/// No address is longer.
const LONGEST_ADDRESS: usize = 320;

/// One of the two objects a person may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Lead,
    Contact,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Lead, Self::Contact];

    pub(super) fn object(self) -> &'static str {
        match self {
            Self::Lead => "Lead",
            Self::Contact => "Contact",
        }
    }

    pub(super) fn of(object: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.object() == object)
    }

    fn always(self) -> &'static [&'static str] {
        match self {
            Self::Lead => LEAD_ALWAYS,
            Self::Contact => CONTACT_ALWAYS,
        }
    }

    fn columns(self, field: PersonField) -> &'static [&'static str] {
        match self {
            Self::Lead => lead_columns(field),
            Self::Contact => contact_columns(field),
        }
    }

    fn history(self) -> &'static str {
        match self {
            Self::Lead => "LeadHistory",
            Self::Contact => "ContactHistory",
        }
    }
}

/// The keys of one batch, taken apart.
#[derive(Debug, Default)]
struct Keys {
    leads: BTreeSet<Arc<str>>,
    contacts: BTreeSet<Arc<str>>,
    addresses: BTreeSet<String>,
    /// Ids whose converted leads and merged rows are asked for.
    heirs: BTreeSet<Arc<str>>,
}

impl Keys {
    fn of(lookups: &[PersonLookup]) -> Self {
        let mut keys = Self::default();
        for lookup in lookups {
            match lookup {
                PersonLookup::Id { object, id } => {
                    let ids = match Kind::of(object) {
                        Some(Kind::Lead) => &mut keys.leads,
                        Some(Kind::Contact) => &mut keys.contacts,
                        None => continue,
                    };
                    ids.extend(canonical(id));
                }
                PersonLookup::Email(address) => keys.addresses.extend(spellings(address)),
                PersonLookup::ConvertedInto(id) => keys.heirs.extend(canonical(id)),
                PersonLookup::ReferringTo(_) => {}
            }
        }
        keys
    }

    /// The queries that find them all.
    fn queries(&self, kind: Kind, select: &PersonSelect, org: &Org) -> Vec<Query> {
        let soql = person_query(kind, select, org);
        let ids = match kind {
            Kind::Lead => &self.leads,
            Kind::Contact => &self.contacts,
        };
        let ids = ids.iter().collect::<Vec<_>>();
        let heirs =
            |object: &str| self.heirs.iter().filter(|id| object_of(id) == Some(object)).collect::<Vec<_>>();
        let merged = heirs(kind.object());
        // A contact brings the leads it was converted from, so that nobody need ask for them in a call of their own.
        let converted: BTreeSet<&Arc<str>> = match kind {
            Kind::Lead => heirs("Contact").into_iter().chain(&self.contacts).collect(),
            Kind::Contact => BTreeSet::new(),
        };
        let converted = converted.into_iter().collect::<Vec<_>>();
        let mut queries = Vec::new();
        let ways = [("Id", ids), ("MasterRecordId", merged), ("ConvertedContactId", converted)];
        let chunks = ways.iter().map(|(_, ids)| ids.len().div_ceil(KEYS_PER_QUERY)).max().unwrap_or(0);
        for place in 0..chunks {
            let chunks = ways.iter().filter_map(|(field, ids)| {
                let chunk = ids.chunks(KEYS_PER_QUERY).nth(place)?;
                Some(Filter::one_id_of(*field, chunk))
            });
            queries.push(Query::all_rows(soql.clone().filtered(Filter::Any(chunks.collect()))));
        }
        let addresses = self.addresses.iter().collect::<Vec<_>>();
        for chunk in addresses.chunks(KEYS_PER_QUERY) {
            let by_address = Filter::one_of("Email", chunk);
            queries.push(Query::live(soql.clone().filtered(by_address.clone())));
            if kind == Kind::Lead {
                let of_contacts = Filter::Among {
                    field: "ConvertedContactId".into(),
                    object: "Contact".into(),
                    of: "Id".into(),
                    filter: Box::new(by_address),
                };
                queries.push(Query::live(soql.clone().filtered(of_contacts)));
            }
        }
        queries
    }
}

/// An address as the vendor may hold it: also with its domain in letters, where ours is in ASCII.
fn spellings(address: &str) -> Vec<String> {
    if address.is_empty() || address.len() > LONGEST_ADDRESS {
        return Vec::new();
    }
    let mut spellings = vec![address.to_owned()];
    if let Some((name, domain)) = address.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--")) {
        let (unicode, understood) = idna::domain_to_unicode(domain);
        spellings.extend(understood.is_ok().then(|| format!("{name}@{unicode}")));
    }
    spellings
}

/// The query for people with the fields asked for, and with their history where edits are asked for.
pub(super) fn person_query(kind: Kind, select: &PersonSelect, org: &Org) -> Soql {
    let mut soql = Soql::from(kind.object(), kind.always());
    for field in select.fields() {
        for column in kind.columns(field) {
            soql.also(*column);
        }
    }
    for key in select.custom() {
        if let Some(field) = org.options.fields.person.get(&**key) {
            soql.also(field.name());
        }
    }
    let edited = PersonField::ALL.iter().filter(|field| select.has_edit(**field));
    let columns = edited.flat_map(|field| kind.columns(*field)).copied().collect::<Vec<_>>();
    add_edits(&mut soql, kind.history(), &columns);
    soql
}

/// Adds the history of some columns, and the record's own last modification for those that have none.
pub(super) fn add_edits(soql: &mut Soql, history: &'static str, columns: &[&'static str]) {
    if columns.is_empty() {
        return;
    }
    soql.also("LastModifiedDate");
    soql.also("LastModifiedById");
    let names = columns.iter().flat_map(|column| tracked_as(column)).map(Literal::text).collect();
    soql.children.push(Child {
        object: history,
        relationship: "Histories",
        fields: ["Field", "CreatedDate", "CreatedById"].into_iter().map(Name::from).collect(),
        filter: Some(Filter::In("Field".into(), names)),
        order: Vec::new(),
    });
}

/// People found, by everything they may be asked for with.
#[derive(Default)]
struct Found {
    records: HashMap<Arc<str>, Arc<PersonRecord>>,
    addresses: HashMap<Arc<str>, Vec<Arc<PersonRecord>>>,
    heirs: HashMap<Arc<str>, Vec<Arc<PersonRecord>>>,
}

impl Found {
    fn add(&mut self, record: Arc<PersonRecord>) {
        let id = record.meta.key.id.clone();
        if self.records.contains_key(&id) {
            return;
        }
        let address = record.email.as_deref().and_then(email::normalise);
        if let Some(address) = address.filter(|_| record.meta.deleted_at.is_none()) {
            self.addresses.entry(address).or_default().push(record.clone());
        }
        let contact = record.conversion.as_ref().and_then(|conversion| conversion.contact.as_ref());
        let heirs = contact.into_iter().chain(&record.meta.merged_into).map(|key| key.id.clone());
        for heir in heirs.collect::<BTreeSet<_>>() {
            self.heirs.entry(heir).or_default().push(record.clone());
        }
        self.records.insert(id, record);
    }

    /// The leads of every contact found: they came with it.
    fn conversions(&self) -> impl Iterator<Item = (PersonLookup, Vec<Arc<PersonRecord>>)> {
        let contacts = self.records.values().filter(|it| it.role == PersonRole::Contact);
        contacts.filter(|it| it.meta.deleted_at.is_none()).map(|contact| {
            let heirs = self.heirs.get(&contact.meta.key.id).into_iter().flatten();
            let leads = heirs.filter(|it| it.role == PersonRole::Lead).cloned().collect();
            (PersonLookup::ConvertedInto(contact.meta.key.id.clone()), leads)
        })
    }

    fn answer(&self, lookup: &PersonLookup) -> Vec<Arc<PersonRecord>> {
        match lookup {
            PersonLookup::Id { object, id } => {
                let found = canonical(id).and_then(|id| self.records.get(&id));
                found.filter(|record| record.meta.key.object == *object).cloned().into_iter().collect()
            }
            PersonLookup::Email(address) => self.addresses.get(address).cloned().unwrap_or_default(),
            PersonLookup::ConvertedInto(id) => {
                canonical(id).and_then(|id| self.heirs.get(&id)).cloned().unwrap_or_default()
            }
            PersonLookup::ReferringTo(_) => Vec::new(),
        }
    }
}

#[async_trait]
impl Walk<PersonRecord> for Org {
    fn objects(&self) -> &'static [&'static str] {
        OBJECTS
    }

    fn page_size(&self) -> usize {
        PAGE
    }

    fn can_filter(&self, condition: &Condition) -> bool {
        self.can_filter_all(OBJECTS, condition)
    }

    fn can_order(&self, order: &Order) -> bool {
        self.can_order_all(OBJECTS, order)
    }

    async fn page(
        &self,
        ask: &PageAsk<PersonSelect>,
        reading: &Reading,
    ) -> Result<Page<PersonRecord>, SourceError> {
        // Converted leads stay in the list: whether they are shown is decided where people are joined.
        let Some(kind) = Kind::of(&ask.object) else {
            return Ok(Page { records: Vec::new(), has_more: false });
        };
        let soql = person_query(kind, &ask.select, self);
        self.listed(OPERATION, soql, ask, reading, |row| self.person(kind, row, &ask.select)).await
    }
}

#[async_trait]
impl Ask<PersonLookup> for Org {
    fn batch_size(&self) -> usize {
        KEYS_PER_QUERY
    }

    fn can_answer(&self, lookup: &PersonLookup) -> bool {
        // The org knows nothing of other systems' ids.
        !matches!(lookup, PersonLookup::ReferringTo(_))
    }

    async fn ask(
        &self,
        lookups: &[PersonLookup],
        select: &PersonSelect,
        reading: &Reading,
    ) -> Result<Vec<(PersonLookup, Vec<Arc<PersonRecord>>)>, SourceError> {
        let keys = Keys::of(lookups);
        let mut kinds = Vec::new();
        let mut queries = Vec::new();
        for kind in Kind::ALL {
            let of_kind = keys.queries(kind, select, self);
            kinds.extend(of_kind.iter().map(|_| kind));
            queries.extend(of_kind);
        }
        let answers = self.rows(OPERATION, &queries, reading).await?;
        let mut found = Found::default();
        for (kind, rows) in kinds.into_iter().zip(answers) {
            for row in rows {
                found.add(Arc::new(self.person(kind, &row, select)?));
            }
        }
        let mut answers: Vec<_> =
            lookups.iter().map(|lookup| (lookup.clone(), found.answer(lookup))).collect();
        let asked = |lookup: &PersonLookup| lookups.contains(lookup);
        answers.extend(found.conversions().filter(|(lookup, _)| !asked(lookup)));
        Ok(answers)
    }
}

impl Org {
    /// How rows read now are mapped.
    pub(super) fn mapping(&self) -> Mapping<'_> {
        Mapping { source: &self.name, options: &self.options, read_at: self.now() }
    }

    pub(super) fn person(
        &self,
        kind: Kind,
        row: &serde_json::Value,
        select: &PersonSelect,
    ) -> Result<PersonRecord, SourceError> {
        let mapping = self.mapping();
        let record = match kind {
            Kind::Lead => mapping.lead(row, select),
            Kind::Contact => mapping.contact(row, select),
        };
        record.map_err(|_| self.unreadable(OPERATION))
    }
}
