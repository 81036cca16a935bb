#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::*;

/// Where lines go in a test.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_carries_the_fields_of_its_request() {
    let kept = Kept::default();
    let writer = kept.clone();
    let lines =
        fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(parse("info").unwrap()).with(lines);
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", request.id = "r-1");
        let _entered = span.enter();
        tracing::info!(source.name = "sales", wait_ms = 7, "sales asks to wait 7 ms");
        tracing::debug!("not to be seen");
    });
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["message"], "sales asks to wait 7 ms");
    assert_eq!((&line["source.name"], &line["wait_ms"]), (&"sales".into(), &7.into()));
    assert_eq!(line["span"]["request.id"], "r-1");
}

#[test]
fn a_filter_that_is_none_is_told() {
    assert!(parse("info,leadline::upstream=debug").is_ok());
    assert!(parse("leadline=shout").unwrap_err().to_string().contains("leadline=shout"));
}

#[test]
fn every_field_of_a_log_line_is_in_the_dictionary() {
    let known: BTreeSet<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(known.len(), FIELDS.len(), "a field is in the dictionary twice");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    assert!(files.len() > 50, "the source was not found");
    for file in files {
        for field in fields_of(&std::fs::read_to_string(&file).unwrap()) {
            assert!(known.contains(&*field), "{}: `{field}` is not in telemetry::FIELDS", file.display());
        }
    }
}

#[test]
fn the_reader_of_the_source_sees_every_way_to_write_a_field() {
    let text = r#"
        warn!(source.name = %name, bucket, error = ?cause(a, b), "text with = and, commas {}", x = y);
        info!(target: "audit", { request.id = id, codes = codes.join(" "), }, "{operation}");
        tracing::info_span!("request", request.id = id, page);
    "#;
    let expected = ["request.id", "codes", "source.name", "bucket", "error", "request.id", "page"];
    assert_eq!(fields_of(text), expected);
}

/// Every Rust file of ours but tests and the pretend vendors, which are no part of a gateway.
fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "sandbox" && name != "tests" {
                source_files(&path, files);
            }
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// The fields given to logging macros in this source: those before the message.
fn fields_of(text: &str) -> Vec<String> {
    const MACROS: [&str; 8] =
        ["trace!(", "debug!(", "info!(", "warn!(", "error!(", "info_span!(", "debug_span!(", "warn_span!("];
    let mut fields = Vec::new();
    for line_start in
        MACROS.iter().flat_map(|name| text.match_indices(name).map(|(at, found)| (at, at + found.len())))
    {
        let (at, inside) = line_start;
        let before = text[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == '_' {
            continue;
        }
        let is_span = text[at..inside].contains("span");
        for (nth, argument) in arguments(&text[inside..]).into_iter().enumerate() {
            if argument.starts_with('"') {
                if is_span && nth == 0 {
                    continue;
                }
                break;
            }
            if let Some(block) = argument.strip_prefix('{') {
                fields.extend(arguments(block).iter().map(|argument| name_of(argument)));
            } else if !argument.starts_with("target:") {
                fields.push(name_of(&argument));
            }
        }
    }
    fields
}

fn name_of(argument: &str) -> String {
    argument.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']).to_owned()
}

/// The arguments of a call whose opening parenthesis was just read.
fn arguments(text: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for c in text.chars() {
        let quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        in_text ^= quote;
        if !in_text && !quote {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    arguments.push(String::new());
                    continue;
                }
                _ => {}
            }
        }
        arguments.last_mut().expect("it begins with one").push(c);
    }
    arguments
        .iter()
        .map(|argument| argument.trim().to_owned())
        .filter(|argument| !argument.is_empty())
        .collect()
}
