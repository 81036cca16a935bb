#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;

use super::*;
use crate::domain::custom::CustomFieldType;
use crate::domain::lifecycle::LifecycleStage;
use crate::domain::record::Side;
use crate::domain::view::{Claims, Extent, Pii, Rows, Sight, View, Write};

const ANNOTATED: &str = include_str!("../../deploy/leadline.toml");
const DEMO: &str = include_str!("../../deploy/demo.toml");

fn env(name: &str) -> Option<String> {
    let value = match name {
        "SALESFORCE_URL" => "http://127.0.0.1:4001",
        "HUBSPOT_URL" => "http://127.0.0.1:4002",
        "DEMO_SECRET" => "0123456789abcdef0123456789abcdef",
        "LISTEN" | "ADMIN" | "DEMO_PSEUDONYM_KEY" => return None,
        _ => "something",
    };
    Some(value.to_owned())
}

fn small(more: &str) -> String {
    format!(
        r#"
[auth]
issuer = "https://id.example.com"
audience = "leadline"
hs256_secret = "0123456789abcdef0123456789abcdef"
pseudonym_key = "fixture-key"
{more}
[sources.sales]
vendor = "salesforce"
side = "sales"
[sources.sales.options]
login_url = "https://acme.my.salesforce.com"
client_id = "app"
client_secret = "secret"
"#
    )
}

fn mistakes(text: &str) -> Vec<(usize, String)> {
    load(text, &env)
        .unwrap_err()
        .into_iter()
        .map(|one| (one.line, format!("{}: {}", one.path, one.message)))
        .collect()
}

/// The mistakes of a small settings file with these lines added, without their lines.
fn complaints(more: &str) -> Vec<String> {
    mistakes(&small(more)).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn the_annotated_settings_load() {
    let settings = load(ANNOTATED, &env).unwrap();
    let names: Vec<_> = settings.sources.iter().map(|source| source.info.name.as_str()).collect();
    assert_eq!(names, ["sales", "marketing"]);
    assert_eq!(settings.views().len(), 8);
    assert_eq!(settings.calendar.fiscal_start, 2);
    assert_eq!(settings.company().territories[0].key.as_ref(), "dach", "in the order of the file");
    let Options::Salesforce(sales) = &settings.sources[0].options else { panic!("not salesforce") };
    assert_eq!(sales.stages["Working - Contacted"].0, LifecycleStage::Sal);
    assert_eq!(sales.lead_sources["Partner"].is_marketing, Some(false));
    assert_eq!(&*sales.fields.person["tier"].field, "Tier__c");
    assert_eq!(sales.limits.call_timeout_seconds, 8);
    assert!(sales.integration_users.contains("0055e00000SyncUAAV"));
    let Options::HubSpot(marketing) = &settings.sources[1].options else { panic!("not hubspot") };
    assert_eq!(marketing.stages["51234567"], LifecycleStage::SalesReady);
    assert_eq!(marketing.stages["lead"], LifecycleStage::Inquiry, "shipped stages stay");
    assert_eq!(marketing.fields.person["tier"].kind, CustomFieldType::Text);
}

#[test]
fn the_defaults_in_the_annotated_settings_are_the_defaults() {
    let annotated = load(ANNOTATED, &env).unwrap();
    assert_eq!(annotated.limits, Limits::default());
    assert_eq!(annotated.cache, Cache::default());
    assert_eq!(annotated.server.request_timeout, Server::default().request_timeout);
    assert_eq!(annotated.server.drain, Server::default().drain);
    assert_eq!(annotated.server.listen, Server::default().listen);
    assert_eq!(annotated.server.admin, Server::default().admin);
}

#[test]
fn the_demo_settings_load_with_what_the_demo_fills_in() {
    let settings = load(DEMO, &env).unwrap();
    assert_eq!(settings.views().len(), 7);
    assert!(settings.sources.iter().all(|source| !source.writes), "read-only unless asked");
    let missing = load(DEMO, &|_| None).unwrap_err();
    assert!(missing.iter().any(|one| one.message.contains("SALESFORCE_URL")));
    assert!(missing.iter().any(|one| one.message.contains("DEMO_SECRET")));
}

#[test]
fn five_mistakes_are_told_at_once_each_with_its_line() {
    let text = r#"
[server]
listn = "127.0.0.1:8080"

[auth]
issuer = "https://id.example.com"
hs256_secret = "0123456789abcdef0123456789abcdef"
pseudonym_key = "k"

[sources.sales]
vendor = "salesfarce"
side = "sales"
timeout = "eight seconds"

[sources.marketing]
vendor = "hubspot"
side = "marketing"
writes = "no"
[sources.marketing.options]
access_token = "${HUBSPOT_TOKEN}"
"#;
    assert_eq!(
        mistakes(text),
        [
            (3, "server.listn: is no known setting; did you mean listen?".to_owned()),
            (5, "auth.audience: is missing".to_owned()),
            (11, "sources.sales.vendor: `salesfarce` is none of salesforce, hubspot".to_owned()),
            (
                13,
                "sources.sales.timeout: `eight seconds` is no length of time such as \"8s\" or \"5m\""
                    .to_owned()
            ),
            (18, "sources.marketing.writes: must be true or false, not a text".to_owned()),
        ]
    );
}

#[test]
fn a_connectors_own_mistakes_keep_their_lines_and_are_told_together() {
    let text = small("").replace(
        "client_secret = \"secret\"\n",
        "client_secrets = \"secret\"\ntime_zone = \"Mars\"\n[sources.sales.options.limits]\nconcurrency = \"many\"\n",
    );
    let found = mistakes(&text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [14, 15, 17]);
    assert!(found[0].1.starts_with("sources.sales.options.client_secrets: unknown field"), "{found:?}");
    assert!(found[1].1.contains("Mars is no time zone"), "{found:?}");
    assert!(found[2].1.starts_with("sources.sales.options.limits.concurrency"), "{found:?}");
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_lines() {
    let found = mistakes("[server\nlisten = \n[auth]\nissuer = \"a\"\nissuer = \"b\"\n");
    assert!(found.iter().any(|(line, _)| *line == 1), "{found:?}");
    assert!(found.iter().any(|(line, text)| *line == 5 && text.contains("duplicate")), "{found:?}");
}

#[test]
fn what_refers_to_nothing_is_told() {
    for (more, complaint) in [
        ("[stages.slaes]\nNew = \"MQL\"", "stages.slaes: there is no source `slaes`"),
        ("[stages.sales]\nNew = \"HOT\"", "stages.sales.New: `HOT` is none of SUBSCRIBER"),
        ("[channels.sales]\nWeb = \"WEB\"", "channels.sales.Web: `WEB` is none of ORGANIC_SEARCH"),
        ("[territories.a]\nparent = \"b\"", "territories.a.parent: there is no territory `b`"),
        ("[territories.a]\nparent = \"a\"", "territories.a.parent: leads back to the territory itself"),
        (
            "[views.sales_rep]\nterritories = [\"b\"]",
            "views.sales_rep.territories: there is no territory `b`",
        ),
        ("[views.new]\nlike = \"b\"\nteam = \"t\"\nrole = \"r\"", "views.new.like: there is no view `b`"),
        (
            "[views.new]\nlike = \"sales_rep\"\nteam = \"sales\"\nrole = \"rep\"",
            "views.new: has the team and role of the view sales_rep",
        ),
        ("[views.new]\nteam = \"t\"", "views.new.role: is missing"),
        ("[views.sales_rep]\nnotes = \"counts\"", "views.sales_rep.notes: `counts` is none of full, team"),
        (
            "[identity]\nintegration_users = [\"crm:1\"]",
            "identity.integration_users: `crm:1` is no source:id",
        ),
        ("[campaigns]\nx = [\"crm:1\"]", "campaigns.x: `crm:1` is no source:id of a configured source"),
        ("[campaigns]\nx = [\"sales:1\"]\ny = [\"sales:1\"]", "campaigns.y: `sales:1` is named twice"),
        (
            "[fields.person.x]\ntype = \"TEXT\"\nsales = \"X__c\"\nhidden_from = [\"b\"]",
            "fields.person.x.hidden_from: there is no view `b`",
        ),
        ("[fields.person.x]\ntype = \"TEXT\"", "fields.person.x: names no source"),
        ("[fields.person.x]\ntype = \"TEXT\"\ncrm = \"X__c\"", "fields.person.x.crm: is no known setting"),
        (
            "[fields.person.x]\ntype = \"WORDS\"\nsales = \"X__c\"",
            "fields.person.x.type: `WORDS` is none of TEXT",
        ),
        ("[teams.x]\nmembers = [\"somebody\"]", "teams.x.members: `somebody` is neither an e-mail address"),
        ("[money]\nhome = \"Euro\"", "money.home: `Euro` is no currency code"),
        ("[calendar]\nzone = \"Mars\"", "calendar.zone: `Mars` is no IANA time zone"),
        ("[calendar]\nfiscal_start = 13", "calendar.fiscal_start: must be a whole number from 1 to 12"),
        ("[limits]\nbody = \"1TB\"", "limits.body: `1TB` is no size"),
        ("[ledgr]\nurl = \"x\"", "ledgr: is no known setting"),
    ] {
        let found = complaints(more);
        assert!(found.iter().any(|one| one.starts_with(complaint)), "{complaint}: {found:?}");
    }
}

#[test]
fn what_is_said_twice_is_told() {
    let text = small("[stages.sales]\nNew = \"MQL\"") + "[sources.sales.options.stages]\nNew = \"SAL\"\n";
    let found = mistakes(&text);
    assert_eq!(found, [(8, ": is said twice: also in sources.sales.options.stages.New".to_owned())]);
}

#[test]
fn keys_of_tokens_must_be_safe() {
    let with = |keys: &str| small("").replace("hs256_secret = \"0123456789abcdef0123456789abcdef\"", keys);
    for (keys, complaint) in [
        ("hs256_secret = \"short\"", "auth.hs256_secret: has 5 bytes; HS256 needs at least 32"),
        ("jwks_url = \"http://id.example.com\"", "auth.jwks_url: must be https"),
        (
            "jwks_url = \"https://id.example.com\"\nalgorithms = [\"HS256\"]",
            "auth.algorithms: HS256 needs a secret",
        ),
        (
            "jwks_url = \"https://id.example.com\"\nalgorithms = [\"none\"]",
            "auth.algorithms: `none` is none of",
        ),
        ("hs256_secret_file = \"/nowhere/at/all\"", "auth.hs256_secret_file: cannot read `/nowhere/at/all`"),
        ("", "auth: has no keys"),
    ] {
        let found = mistakes(&with(keys));
        assert!(found.iter().any(|(_, one)| one.starts_with(complaint)), "{complaint}: {found:?}");
    }
    assert!(load(&with("jwks_url = \"http://127.0.0.1:9/jwks\""), &env).is_ok(), "plain on this machine");
}

#[test]
fn a_secret_may_be_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
    let text = small("").replace(
        "hs256_secret = \"0123456789abcdef0123456789abcdef\"",
        &format!("hs256_secret_file = {:?}", file.to_str().unwrap()),
    );
    let settings = load(&text, &env).unwrap();
    assert!(!format!("{:?}", settings.auth).contains("0123456789"), "and never prints");
}

#[test]
fn sources_are_ranked_sales_side_first_then_as_in_the_file() {
    let text = small("").replace("[auth]", "[sources.zeta]\nvendor = \"hubspot\"\nside = \"marketing\"\n\n[sources.alpha]\nvendor = \"hubspot\"\nside = \"marketing\"\n\n[auth]");
    let settings = load(&text, &env).unwrap();
    let order: Vec<_> = settings.sources.iter().map(|one| (one.info.name.as_str(), one.info.rank)).collect();
    assert_eq!(order, [("sales", 0), ("zeta", 1), ("alpha", 2)]);
    assert_eq!(settings.sources[0].info.side, Side::Sales);
}

#[test]
fn a_credential_travels_only_over_https() {
    let text = small("").replace("https://acme.my.salesforce.com", "http://acme.my.salesforce.com");
    assert_eq!(mistakes(&text), [(12, "sources.sales.options.login_url: must be https".to_owned())]);
}

#[test]
fn a_cross_reference_names_another_configured_source() {
    let text = small("")
        + "[sources.marketing]\nvendor = \"hubspot\"\nside = \"marketing\"\n[sources.marketing.options]\ncross_references = { source = \"crm\" }\n";
    let found = mistakes(&text);
    assert_eq!(
        found,
        [(
            19,
            "sources.marketing.options.cross_references.source: `crm` is no other configured source"
                .to_owned()
        )]
    );
}

/// The mistakes of a HubSpot source whose options have these lines, with their lines counted from `[sources.marketing]`.
fn of_marketing(options: &str) -> Vec<(usize, String)> {
    let before = small("");
    let text = format!(
        "{before}[sources.marketing]\nvendor = \"hubspot\"\nside = \"marketing\"\n[sources.marketing.options]\n{options}"
    );
    match load(&text, &env) {
        Ok(_) => Vec::new(),
        Err(_) => mistakes(&text)
            .into_iter()
            .map(|(line, told)| {
                let own = told.strip_prefix("sources.marketing.options.webhooks").unwrap_or(&told);
                (line - before.lines().count(), own.to_owned())
            })
            .collect(),
    }
}

#[test]
fn a_door_for_deliveries_has_the_address_it_is_called_by_and_a_secret() {
    let fine = "access_token = \"t\"\nwebhooks = { url = \"https://a.example/x/webhooks/marketing\", client_secret = \"s\" }\n";
    assert_eq!(of_marketing(fine), []);
    let elsewhere = "access_token = \"t\"\n[sources.marketing.options.webhooks]\nurl = \"http://a.example/webhooks/hubspot\"\n";
    assert_eq!(
        of_marketing(elsewhere),
        [
            (6, ".client_secret: is missing: the secret of the app that delivers".to_owned()),
            (7, ".url: must be https".to_owned()),
            (7, ".url: must end with `/webhooks/marketing`, the door of this source".to_owned()),
        ]
    );
    let misspelt = elsewhere.replace("url =", "ulr =");
    let told = of_marketing(&misspelt);
    assert!(told.iter().any(|(line, told)| *line == 7 && told.contains("unknown field `ulr`")), "{told:?}");
}

#[test]
fn an_oauth_app_delivers_for_many_accounts_so_that_ours_is_named() {
    let app = "client_id = \"a\"\nclient_secret = \"b\"\nrefresh_token = \"c\"\n[sources.marketing.options.webhooks]\nurl = \"https://a.example/webhooks/marketing\"\n";
    let told = of_marketing(app);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == 8 && told[0].1.starts_with(".portal_id: is missing"), "{told:?}");
    assert_eq!(of_marketing(&format!("{app}portal_id = 33\n")), [], "its own secret signs");
}

fn shipped(key: &str) -> Policy {
    views::shipped().unwrap().into_iter().find(|policy| &*policy.key == key).unwrap()
}

#[test]
fn seven_views_are_shipped() {
    let keys: Vec<String> = views::shipped().unwrap().iter().map(|policy| policy.key.to_string()).collect();
    assert_eq!(keys, ["sales_rep", "sales_manager", "marketing", "revops", "leadership", "bi", "agency"]);
}

/// The table "Team views" of the domain guide, cell by cell.
#[test]
fn the_shipped_views_are_the_table_of_the_domain_guide() {
    use Extent::{ByScope, ChosenOnly, Counts, Denied, Full, GrantedCampaigns, Hidden, Own, Team, Total};
    let views =
        ["sales_rep", "sales_manager", "marketing", "revops", "leadership", "bi", "agency"].map(shipped);
    let [rep, manager, marketing, revops, leadership, bi, agency] = &views;
    let all = |cell: fn(&Policy) -> Extent| views.each_ref().map(cell);
    let sights = |cell: fn(&Policy) -> Sight| views.each_ref().map(cell);
    assert_eq!(
        views.each_ref().map(|view| view.people),
        [Rows::Own, Rows::Territory, Rows::All, Rows::All, Rows::All, Rows::All, Rows::GrantedCampaigns]
    );
    assert_eq!(
        views.each_ref().map(|view| view.opportunities),
        [Rows::Own, Rows::Territory, Rows::All, Rows::All, Rows::All, Rows::All, Rows::None]
    );
    assert_eq!(
        views.each_ref().map(|view| view.pii),
        [Pii::Full, Pii::Full, Pii::Full, Pii::Full, Pii::Masked, Pii::Pseudonym, Pii::Masked]
    );
    assert_eq!(marketing.mobile, Sight::Denied);
    assert_eq!(all(|view| view.marketing_history), [Full, Full, Full, Full, Counts, Full, GrantedCampaigns]);
    assert_eq!(all(|view| view.sales_activities), [Full, Full, Full, Full, Counts, Full, Hidden]);
    assert_eq!(marketing.activity_body, Sight::Denied);
    assert_eq!(bi.activity_body, Sight::Hidden);
    assert_eq!(sights(|view| view.deal_figures)[..6], [Sight::Full; 6]);
    assert_eq!(agency.deal_figures, Sight::Hidden);
    assert_eq!(all(|view| view.notes), [Own, Team, Denied, Full, Denied, Hidden, Hidden]);
    assert_eq!(all(|view| view.spend_lines), [Total, Total, Full, Full, Full, Full, GrantedCampaigns]);
    assert_eq!(all(|view| view.rep_numbers), [Own, Team, Denied, Full, Full, Full, Hidden]);
    assert_eq!(sights(|view| view.scores)[..6], [Sight::Full; 6]);
    assert_eq!(agency.scores, Sight::Hidden);
    assert_eq!(all(|view| view.provenance), [ChosenOnly, Full, Full, Full, Hidden, Full, Hidden]);
    for extent in [all(|view| view.raw_payload), all(|view| view.identity_override)] {
        assert_eq!(extent, [Hidden, Hidden, Hidden, ByScope, Hidden, Hidden, Hidden]);
    }
    assert_eq!(views.each_ref().map(|view| view.suppress_below), [0, 0, 0, 0, 0, 5, 5]);
    assert_eq!(rep.writes, BTreeSet::from([Write::Accept, Write::Reject, Write::Feedback]));
    let more = [Write::Assign, Write::Withdraw, Write::Propose, Write::ApproveForSales];
    assert_eq!(manager.writes, rep.writes.iter().copied().chain(more).collect());
    assert_eq!(
        marketing.writes,
        BTreeSet::from([Write::Offer, Write::Withdraw, Write::Propose, Write::ApproveForMarketing])
    );
    assert!(
        !revops.writes.contains(&Write::ApproveForSales)
            && !revops.writes.contains(&Write::ApproveForMarketing)
    );
    assert_eq!(revops.writes.len(), Write::ALL.len() - 2);
    assert!(leadership.writes.is_empty() && bi.writes.is_empty() && agency.writes.is_empty());
}

#[test]
fn a_new_view_of_nothing_sees_nothing() {
    let settings = load(&small("[views.new]\nteam = \"t\"\nrole = \"r\""), &env).unwrap();
    let new = settings.views().iter().find(|view| &*view.key == "new").unwrap().clone();
    let view = View::grant(new, settings.company().clone(), None, Claims::default());
    for aspect in crate::domain::view::Aspect::ALL {
        assert!(view.sight(aspect) <= Sight::Denied, "{aspect:?}");
    }
}

#[test]
fn a_ledger_is_a_file_or_a_postgres_database_and_none_without_its_section() {
    use secrecy::ExposeSecret;
    let url =
        |more: &str| load(&small(more), &env).unwrap().ledger.map(|it| it.url.expose_secret().to_owned());
    assert_eq!(url(""), None);
    assert_eq!(url("[ledger]").as_deref(), Some("sqlite:leadline.db"));
    assert_eq!(url("[ledger]\nurl = \"postgres://db/${ANY}\"").as_deref(), Some("postgres://db/something"));
    for wrong in ["mysql://db", "leadline.db", "sqlite:"] {
        let said = complaints(&format!("[ledger]\nurl = \"{wrong}\""));
        assert_eq!(said, ["ledger.url: must be sqlite:FILE or postgres://USER@HOST/DATABASE"]);
    }
    assert_eq!(complaints("[ledger]\nfile = \"x\"").len(), 1);
    let checkpoint =
        |more: &str| load(&small(&format!("[ledger]\n{more}")), &env).unwrap().ledger.unwrap().checkpoint;
    assert_eq!(checkpoint(""), Some("leadline.db.facts".into()));
    assert_eq!(checkpoint("url = \"sqlite:///var/all.db\""), Some("/var/all.db.facts".into()));
    assert_eq!(checkpoint("url = \"postgres://db/x\""), None);
    assert_eq!(
        checkpoint("url = \"postgres://db/x\"\ncheckpoint = \"/var/facts\""),
        Some("/var/facts".into())
    );
    let same = complaints("[ledger]\nurl = \"sqlite:a.db\"\ncheckpoint = \"a.db\"");
    assert_eq!(same, ["ledger.checkpoint: is the ledger's own file"]);
}

#[test]
fn capture_is_on_when_its_section_is_there() {
    let with = |more: &str| load(&small(&format!("[ledger]\n{more}")), &env).unwrap().capture;
    assert_eq!(with(""), None);
    assert_eq!(with("[capture]"), Some(Capture::default()));
    let capture = with(
        "[capture]\nevery = \"90s\"\nlistings_every = \"2h\"\ncomputed_every = \"2d\"\nkeep_events_for = \"400d\"",
    );
    let capture = capture.unwrap();
    assert_eq!(capture.every, std::time::Duration::from_secs(90));
    assert_eq!(capture.listings_every, std::time::Duration::from_secs(7_200));
    assert_eq!(capture.computed_every, std::time::Duration::from_secs(2 * 86_400));
    assert_eq!(capture.keep_events_for, Some(std::time::Duration::from_secs(400 * 86_400)));
}

#[test]
fn mistakes_about_capture_are_told() {
    let told = complaints("[capture]\nevery = \"0s\"\nkeep_events_for = \"1h\"\nhistroy = true");
    assert_eq!(
        told,
        [
            "capture: needs [ledger]: what is captured is written there",
            "capture.every: must lie between 1s and 86400s",
            "capture.keep_events_for: must lie between 86400s and 3153600000s",
            "capture.histroy: is no known setting",
        ]
    );
}

#[test]
fn a_reporting_schema_needs_capture_and_a_ledger_in_postgresql() {
    let postgres = "[ledger]\nurl = \"postgres://db/x\"\n[capture]\n[reporting]\n";
    let with = |more: &str| load(&small(&format!("{postgres}{more}")), &env).unwrap().reporting;
    assert_eq!(with(""), Some(Reporting::default()));
    let changed = with("prefix = \"staging\"\nevery = \"5s\"\nwhole_every = \"1h\"").unwrap();
    assert_eq!((&*changed.prefix, changed.every.as_secs()), ("staging", 5));
    assert_eq!(changed.whole_every.as_secs(), 3_600);
    let needs = "reporting: needs a [ledger] in PostgreSQL: url = \"postgres://USER@HOST/DATABASE\"";
    assert_eq!(complaints("[ledger]\n[capture]\n[reporting]"), [needs]);
    let both = ["reporting: needs [capture]: the tables are made of what is captured", needs];
    assert_eq!(complaints("[reporting]"), both);
    let name = "reporting.prefix: must be at most 20 small letters, digits and _, a letter first";
    for wrong in ["1a", "a b", "Leadline", "a_name_longer_than_is_allowed"] {
        assert_eq!(complaints(&format!("{postgres}prefix = \"{wrong}\"")), [name]);
    }
    let long = format!("{postgres}[views.{}]\nlike = \"bi\"\nteam = \"a\"\nrole = \"b\"", "v".repeat(39));
    assert!(complaints(&long)[0].contains("a name too long for a table"));
}

#[test]
fn exports_into_files_are_on_when_their_section_is_there() {
    let with = |more: &str| load(&small(&format!("[ledger]\n[capture]\n{more}")), &env).unwrap().exports;
    assert_eq!(with(""), None);
    let exports = with("[exports]\ndirectory = \"files\"").unwrap();
    assert_eq!(
        (&*exports.directory.to_string_lossy(), exports.at_once, exports.per_subject),
        ("files", 2, 100)
    );
    assert_eq!(exports.keep_for, std::time::Duration::from_secs(7 * 86_400));
    let exports = with(
        "[exports]\ndirectory = \"f\"\nat_once = 1\nper_subject = 5\nsize = \"1GiB\"\nkeep_for = \"36h\"",
    )
    .unwrap();
    assert_eq!((exports.at_once, exports.per_subject, exports.size), (1, 5, 1 << 30));
    assert_eq!(exports.keep_for, std::time::Duration::from_secs(36 * 3_600));
}

#[test]
fn mistakes_about_exports_are_told() {
    let told =
        complaints("[exports]\nat_once = 0\nper_subject = \"many\"\nkeep_for = \"1m\"\ndirctory = \"x\"");
    assert_eq!(
        told,
        [
            "exports: needs [capture]: exports are made of what is captured",
            "exports.directory: is missing",
            "exports.at_once: must be a whole number from 1 to 64",
            "exports.per_subject: must be a whole number from 1 to 100000",
            "exports.keep_for: must lie between 3600s and 31536000s",
            "exports.dirctory: is no known setting; did you mean directory?",
        ]
    );
}

#[test]
fn the_views_that_see_every_row_are_those_that_no_claim_narrows() {
    let settings = load(&small(""), &env).unwrap();
    let every: Vec<&str> =
        settings.views().iter().filter(|it| it.sees_every_row()).map(|it| &*it.key).collect();
    assert_eq!(every, ["marketing", "revops", "leadership", "bi"]);
}

#[test]
fn the_annotated_settings_have_costs_a_target_and_an_agreement() {
    let books = load(ANNOTATED, &env).unwrap().books;
    assert_eq!((books.spend.len(), books.targets.len()), (1, 1));
    let agreement = &books.agreements[0];
    assert_eq!((&*agreement.key, agreement.terms.model.name()), ("2026", "CUSTOM"));
    assert!(agreement.terms.custom.are_whole());
    assert_eq!(agreement.effective_from.to_rfc3339(), "2025-12-31T23:00:00+00:00", "midnight in Berlin");
}

/// One agreement with these lines changed or added.
fn agreed(lines: &str) -> String {
    let usual = [
        ("key", "\"one\""),
        ("model", "\"W_SHAPED\""),
        ("agreed_at", "2024-12-01"),
        ("effective_from", "2025-01-01"),
        ("locked_until", "2025-07-01"),
    ];
    let is_said = |key: &str| lines.lines().any(|line| line.starts_with(&format!("{key} ")));
    let kept = usual.iter().filter(|(key, _)| !is_said(key)).map(|(key, value)| format!("{key} = {value}\n"));
    format!("[[attribution]]\n{}{lines}\n", kept.collect::<String>())
}

#[test]
fn an_agreement_is_locked_for_two_quarters_and_its_weights_are_whole() {
    assert_eq!(load(&small(&agreed("")), &env).unwrap().books.agreements.len(), 1);
    for (lines, complaint) in [
        (
            "locked_until = 2025-06-30",
            "attribution.locked_until: must lie at least two quarters after effective_from",
        ),
        (
            "agreed_at = 2025-01-02",
            "attribution.effective_from: lies before agreed_at; nothing is in force before it is agreed on",
        ),
        ("effective_to = 2025-01-01", "attribution.effective_to: does not lie after effective_from"),
        ("model = \"CUSTOM\"", "attribution.weights: is missing; the model CUSTOM has no weights of its own"),
        (
            "model = \"CUSTOM\"\nweights = { first_touch = 50, middle = 49.9 }",
            "attribution.weights: must add up to exactly 100",
        ),
        (
            "weights = { first_touch = 100 }",
            "attribution.weights: belongs to the model CUSTOM; the others have weights of their own",
        ),
        ("half_life_days = 7", "attribution.half_life_days: belongs to the model TIME_DECAY"),
        (
            "effective_from = \"soon\"",
            "attribution.effective_from: must be a day such as 2025-01-01, or an instant such as 2025-01-01T09:00:00Z",
        ),
    ] {
        assert_eq!(complaints(&agreed(lines)), [complaint], "{lines}");
    }
    let two = format!(
        "{}{}",
        agreed(""),
        agreed("key = \"two\"\neffective_from = 2025-02-01\nlocked_until = 2026-01-01")
    );
    assert_eq!(
        complaints(&two),
        [
            "attribution.effective_from: `one` is still in force then; give it an effective_to, so that one agreement \
          is in force at a time"
        ]
    );
}

#[test]
fn costs_and_targets_are_read_and_their_mistakes_told() {
    let text = small(
        "[[spend]]\nside = \"marketing\"\nfrom = 2025-01-01\nto = \"2025-03-31\"\namount = 27000.50\ncampaign = \"sales:701\"\n\
         [[targets]]\nfrom = 2025-04-01\nto = 2025-06-30\namount = \"150000\"\nowner = \"Dana@Acme.com\"",
    );
    let books = load(&text, &env).unwrap().books;
    assert_eq!(books.spend[0].amount.to_string(), "27000.50");
    assert_eq!(books.targets[0].whose, crate::metrics::books::NamedWhose::Owner("dana@acme.com".into()));
    let wrong = "[[spend]]\nside = \"both\"\nfrom = 2025-02-01\nto = 2025-01-01\namount = -1\ncampaign = \"crm:1\"\n\
                 [[targets]]\nfrom = 2025-04-01\nto = 2025-06-30\nteam = \"nobody\"";
    let mut told = complaints(wrong);
    told.sort();
    assert_eq!(
        told,
        [
            "spend.amount: must not be negative",
            "spend.campaign: `crm:1` is no source:id of a configured source",
            "spend.side: `both` is none of marketing, sales",
            "spend.to: lies before from",
            "targets.amount: is missing",
            "targets.team: there is no team `nobody`",
        ]
    );
}

#[test]
fn tables_lie_beside_the_settings_and_their_mistakes_have_lines_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let text = small("[money]\nhome = \"USD\"\nrates_file = \"rates.csv\"");
    let text = format!("spend_file = \"spend.csv\"\n{text}");
    put("rates.csv", "day,currency,rate,source\n2025-02-01,EUR,1.0500,ECB\n");
    put(
        "spend.csv",
        "from,to,side,channel,campaign,amount,currency\n2025-01-01,2025-01-31,sales,,,100,EUR\n",
    );
    let books = load_beside(folder.path(), &text, &env).unwrap().books;
    assert_eq!((books.spend.len(), &*books.spend[0].currency), (1, "EUR"));
    put("rates.csv", "day,currency,rate\n2025-02-01,EUR,0\nsoon,EURO,x\n");
    put("spend.csv", "from,to,side,amount,who\n2025-01-01,2025-01-31,neither,,me\n");
    let mistakes = load_beside(folder.path(), &text, &env).unwrap_err();
    let told: Vec<String> = mistakes.iter().map(|one| format!("{}: {}", one.path, one.message)).collect();
    assert_eq!(
        told,
        [
            "spend_file: spend.csv line 1: `who` is none of from, to, side, channel, campaign, amount, currency",
            "spend_file: spend.csv line 2: amount is missing",
            "spend_file: spend.csv line 2: side must be marketing or sales",
            "money.rates_file: rates.csv line 2: a rate must be greater than 0",
            "money.rates_file: rates.csv line 3: `EURO` is no currency code such as EUR",
            "money.rates_file: rates.csv line 3: `x` is no rate such as 1.0500",
            "money.rates_file: rates.csv line 3: day must be a day such as 2025-01-01",
        ]
    );
    assert!(mistakes.iter().all(|one| one.line > 0));
}
