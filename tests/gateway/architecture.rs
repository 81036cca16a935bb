//! Who may know whom: reads every line of `src` that names another module or a crate with one place, and says in a
//! sentence which arrow is wrong. Code that is compiled for tests alone may use more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::running::root;

/// A module and those of ours it may use. `app`, the commands and `main` wire everything together and are not here.
const ARROWS: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("upstream", &[]),
    ("source", &["domain"]),
    ("ledger", &["domain"]),
    ("metrics", &["domain"]),
    ("connectors", &["source", "upstream", "domain"]),
    ("unify", &["source", "domain"]),
    ("facts", &["unify", "metrics", "ledger", "domain"]),
    ("capture", &["source", "ledger", "domain"]),
    ("auth", &["upstream", "domain"]),
    // Of `source` only the words of a question: conditions, orders, how old an answer may be, why a source is silent.
    ("graphql", &["unify", "facts", "metrics", "export", "capture", "source", "domain"]),
    ("export", &["facts", "unify", "metrics", "ledger", "domain"]),
    ("http", &["auth", "graphql", "export", "domain"]),
    // Of `upstream` only what an address is.
    ("config", &["connectors", "auth", "metrics", "upstream", "domain"]),
    ("telemetry", &[]),
    ("sandbox", &[]),
];

/// What has one place, and where that is.
const PLACES: [(&str, &[&str]); 12] = [
    // The pretend vendors open connections of their own: their deliveries, to this machine alone.
    ("reqwest::", &["upstream", "app", "sandbox"]),
    ("moka::", &["source"]),
    ("parquet::", &["export"]),
    ("sqlx::", &["ledger"]),
    ("jsonwebtoken::", &["auth", "sandbox"]),
    ("async_graphql::", &["graphql"]),
    ("axum::", &["http", "sandbox"]),
    ("toml::", &["config"]),
    ("tracing_subscriber::", &["telemetry"]),
    ("backon::", &["upstream"]),
    ("View::grant", &["auth", "app", "domain"]),
    ("View::system", &["auth", "app", "domain"]),
];

/// What the pure modules must not mention.
const PURE: [(&str, &[&str]); 3] = [
    // Its types say how they are stored, and know no format.
    ("domain", &["serde_json::", "tokio::", "async fn"]),
    ("metrics", &["serde::", "tokio::", "async fn", "Utc::now", "std::fs"]),
    ("telemetry", &["reqwest::", "tokio::"]),
];

/// A file of `src` as it is compiled for everyone.
struct Source {
    path: PathBuf,
    /// The modules it lies in, outermost first.
    modules: Vec<String>,
    code: String,
}

impl Source {
    /// The outermost module, or the file itself.
    fn module(&self) -> &str {
        &self.modules[0]
    }
}

#[test]
fn every_arrow_between_modules_is_one_the_map_allows() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = ARROWS.iter().find(|(module, _)| *module == source.module()) else {
            continue;
        };
        for used in used_modules(&source) {
            if used != source.module() && !allowed.contains(&used.as_str()) {
                wrong.push(format!(
                    "{} uses `{used}`, but `{}` may use {}.",
                    source.path.display(),
                    source.module(),
                    in_words(allowed)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_is_on_the_map() {
    let known: BTreeSet<&str> = ARROWS.iter().map(|(module, _)| *module).collect();
    for source in sources() {
        let module = source.module();
        assert!(
            known.contains(module) || ["app", "command", "lib", "main"].contains(&module),
            "`{module}` is new: say in tests/gateway/architecture.rs whom it may use"
        );
    }
}

#[test]
fn what_has_one_place_is_mentioned_nowhere_else() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (what, places) in PLACES {
            let is_theirs =
                places.contains(&source.module()) || ["command", "main"].contains(&source.module());
            if !is_theirs && mentions(&source.code, what) {
                let path = source.path.display();
                wrong.push(format!("{path} mentions `{what}`, whose place is {}.", in_words(places)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_words_of_the_business_know_no_wire_and_no_clock() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (module, banned) in PURE {
            for what in banned.iter().filter(|what| source.module() == module && mentions(&source.code, what))
            {
                wrong.push(format!("{} mentions `{what}`; `{module}` is pure.", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_opens_with_a_story() {
    let mut without = Vec::new();
    for source in sources() {
        let opens = source.code.starts_with("//!") || source.code.starts_with("#![doc");
        if !opens {
            without.push(format!("{} does not say what it is for.", source.path.display()));
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

#[test]
fn every_folder_is_one_whole_thing_to_add_or_delete() {
    let mut without = Vec::new();
    for source in sources() {
        let folder = source.path.parent().unwrap();
        let is_whole = folder.ends_with("src") || folder.join("mod.rs").exists();
        if !is_whole {
            without.push(format!("{} lies in a folder without a mod.rs.", source.path.display()));
        }
    }
    assert!(without.is_empty(), "{}", without.join("\n"));
}

/// Every file that is compiled for everyone, with what is compiled for tests cut off.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    read(&src, &src, &mut found);
    let for_tests: Vec<PathBuf> = found.iter().flat_map(modules_for_tests).collect();
    found.retain(|source| {
        !for_tests.iter().any(|test| source.path == *test || source.path.starts_with(test.with_extension("")))
    });
    for source in &mut found {
        // An inline test module stands last, by custom; a file that breaks it is checked in vain and says so here.
        if let Some(place) = source.code.find("#[cfg(test)]\nmod tests {") {
            source.code.truncate(place);
        }
    }
    assert!(found.len() > 100, "the sources are not where they were");
    found
}

fn read(folder: &Path, src: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, src, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inner = path.strip_prefix(src).unwrap().with_extension("");
            let mut modules: Vec<String> =
                inner.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
            if modules.last().is_some_and(|last| last == "mod") {
                modules.pop();
            }
            found.push(Source { code: fs::read_to_string(&path).unwrap(), modules, path });
        }
    }
}

/// The files of the modules a file declares for tests alone; the folder of the same name goes with each.
fn modules_for_tests(source: &Source) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut lines = source.code.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            continue;
        }
        let declared = lines
            .next()
            .unwrap_or_default()
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ");
        let Some(name) = declared.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) else {
            continue;
        };
        let is_root =
            source.path.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib" || stem == "main");
        let folder =
            if is_root { source.path.parent().unwrap().to_owned() } else { source.path.with_extension("") };
        files.push(folder.join(name).with_extension("rs"));
    }
    files
}

/// The modules of ours a file names: by `crate::`, or by going up to the root with `super::`.
fn used_modules(source: &Source) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for line in code_lines(&source.code) {
        for (place, _) in line.match_indices("crate::") {
            let rest = &line[place + "crate::".len()..];
            assert!(!rest.starts_with('{'), "{}: write one `use` for each module", source.path.display());
            used.insert(identifier(rest));
        }
        let Some(mut rest) = line.trim().strip_prefix("use ").filter(|rest| rest.starts_with("super::"))
        else {
            continue;
        };
        let mut ups = 0;
        while let Some(above) = rest.strip_prefix("super::") {
            (rest, ups) = (above, ups + 1);
        }
        if ups >= source.modules.len() {
            used.insert(identifier(rest));
        }
    }
    // Names of the root that are no modules: macros and the like.
    used.retain(|name| {
        root().join("src").join(name).exists() || root().join("src").join(format!("{name}.rs")).exists()
    });
    used
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Whether code says this, as a word of its own.
fn mentions(code: &str, what: &str) -> bool {
    code_lines(code).any(|line| {
        line.match_indices(what).any(|(place, _)| {
            let before = line[..place].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
        })
    })
}

fn code_lines(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn in_words(modules: &[&str]) -> String {
    match modules {
        [] => "nothing of ours".to_owned(),
        [one] => format!("`{one}`"),
        [most @ .., last] => format!("`{}` and `{last}`", most.join("`, `")),
    }
}
