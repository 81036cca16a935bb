//! Typed settings: one TOML file in, everything the gateway needs out, or every mistake at once with its line.
//!
//! A serde deserializer stops at its first error, and an operator would meet ten mistakes in ten starts. So the file
//! is parsed once into a table that knows where each value stands, `${VAR}` is filled in inside texts (never
//! before parsing, so that no value can change the file's structure), and each section is read by a plain function
//! that notes what is wrong and goes on. What only a connector understands is left to the connector's own serde
//! type, which keeps its lines. Uses `connectors`, `auth` and `domain`; the only place for `toml`.

mod auth;
mod book;
mod books;
mod capture;
mod company;
mod expand;
mod exports;
mod fields;
mod gateway;
mod ledger;
mod reporting;
mod section;
mod sources;
#[cfg(test)]
mod tests;
mod units;
mod views;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::auth::AuthSettings;
use crate::domain::territory::Company;
use crate::domain::view::Policy;
use crate::metrics::books::Books;

pub use capture::Capture;
pub use exports::Exports;
pub use fields::{CustomField, CustomFields};
pub use gateway::{Cache, Calendar, CampaignGroup, Identity, Limits, Log, LogFormat, Money, Server};
pub use ledger::Ledger;
pub use reporting::Reporting;
pub use sources::{Options, SourceSettings};

use book::Book;
use section::Section;

/// Everything the settings say.
#[derive(Debug)]
pub struct Settings {
    /// Where and how the gateway listens.
    pub server: Server,
    /// What is logged.
    pub log: Log,
    /// How tokens are checked; holds the views and the company too.
    pub auth: AuthSettings,
    /// The configured sources, sales side first, then in the order of the file.
    pub sources: Vec<SourceSettings>,
    /// What links records and what does not.
    pub identity: Identity,
    /// Fields of the company's own.
    pub fields: CustomFields,
    /// Campaigns that are one campaign in several sources.
    pub campaigns: Vec<CampaignGroup>,
    /// The zone and year reports go by.
    pub calendar: Calendar,
    /// Currencies.
    pub money: Money,
    /// Rates, costs, targets and attribution agreements.
    pub books: Books,
    /// What one request may cost.
    pub limits: Limits,
    /// What may be kept in memory.
    pub cache: Cache,
    /// Where captured records and events are kept; none where the gateway is live only.
    pub ledger: Option<Ledger>,
    /// How the sources are captured into the ledger; they are not when there is none.
    pub capture: Option<Capture>,
    /// What is kept in the reporting schema beside the ledger; there is none when it is not said.
    pub reporting: Option<Reporting>,
    /// Where files are written that are made while nobody waits; none are where it is not said.
    pub exports: Option<Exports>,
}

impl Settings {
    /// The views a token may be given.
    pub fn views(&self) -> &[Arc<Policy>] {
        &self.auth.views
    }

    /// Territories and teams.
    pub fn company(&self) -> &Arc<Company> {
        &self.auth.company
    }
}

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line it is on, from 1; 0 for what is missing from the whole file.
    pub line: usize,
    /// The setting, e.g. `sources.sales.timeout`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Reads settings. `env` answers `${VAR}`; files named by `*_file` are read from disk, relative to the working
/// directory; the tables that `rates_file` and `spend_file` name, too.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn load(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Settings, Vec<Mistake>> {
    load_beside(Path::new(""), text, env)
}

/// The same for settings that lie in this folder: tables they name are read from there.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn load_beside(
    folder: &Path,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Settings, Vec<Mistake>> {
    let book = Book::beside(folder, text);
    let mut table = book.parse();
    expand::expand(&mut table, env, &book);
    let settings = read(&book.section("", &table));
    book.verdict(settings)
}

fn read(root: &Section<'_>) -> Option<Settings> {
    let names = sources::names(root);
    let company = Arc::new(company::read(root));
    let views = views::read(root, &company);
    let fields = fields::read(root, &names, &views);
    let identity = gateway::identity(root, &names);
    let campaigns = gateway::campaigns(root, &names);
    let sources = sources::read(root, &fields, &identity);
    let ledger = ledger::ledger(root);
    let reporting = reporting::reporting(root, ledger.as_ref(), &views);
    let auth = auth::read(root, views, company);
    let (calendar, money) = (gateway::calendar(root), gateway::money(root));
    let books = books::read(root, calendar, &money, &names);
    Some(Settings {
        server: gateway::server(root),
        log: gateway::log(root),
        auth: auth?,
        sources,
        identity,
        fields,
        campaigns,
        calendar,
        money,
        books,
        limits: gateway::limits(root),
        cache: gateway::cache(root),
        ledger,
        capture: capture::capture(root),
        reporting,
        exports: exports::exports(root),
    })
}
