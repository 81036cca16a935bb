//! `${VAR}` and `${VAR:-default}` inside texts. `$${` stands for `${` itself.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::book::Book;

/// Fills in every text of the table. A variable that is not set and has no default is noted.
pub(super) fn expand(
    table: &mut Spanned<DeTable<'_>>,
    env: &dyn Fn(&str) -> Option<String>,
    book: &Book<'_>,
) {
    expand_table(table.get_mut(), env, book, "");
}

fn expand_table(table: &mut DeTable<'_>, env: &dyn Fn(&str) -> Option<String>, book: &Book<'_>, path: &str) {
    for (key, value) in table.iter_mut() {
        let path =
            if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        expand_value(value, env, book, &path);
    }
}

fn expand_value(
    value: &mut Spanned<DeValue<'_>>,
    env: &dyn Fn(&str) -> Option<String>,
    book: &Book<'_>,
    path: &str,
) {
    let place = value.span();
    match value.get_mut() {
        DeValue::String(text) if text.contains("${") => match fill(text, env) {
            Ok(filled) => *text = filled.into(),
            Err(message) => book.note(place, path.to_owned(), message),
        },
        DeValue::Array(entries) => {
            for entry in entries.iter_mut() {
                expand_value(entry, env, book, path);
            }
        }
        DeValue::Table(table) => expand_table(table, env, book, path),
        _ => {}
    }
}

fn fill(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('$') {
            filled.push_str(before);
            filled.push_str("${");
            rest = &from[2..];
            continue;
        }
        filled.push_str(before);
        let end = from.find('}').ok_or("a `${` is never closed")?;
        let (name, default) = match from[2..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&from[2..end], None),
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("`{name}` is no name of an environment variable"));
        }
        let set = env(name).filter(|value| !value.is_empty() || default.is_none());
        match (&set, default) {
            (Some(value), _) => filled.push_str(value),
            (None, Some(default)) => filled.push_str(default),
            (None, None) => return Err(format!("the environment variable {name} is not set")),
        }
        rest = &from[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        fill(text, &|name| match name {
            "HOST" => Some("crm.example.com".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn variables_are_filled_in_and_may_have_defaults() {
        assert_eq!(filled("https://${HOST}/x").as_deref(), Ok("https://crm.example.com/x"));
        assert_eq!(filled("${PORT:-8080}/${HOST}").as_deref(), Ok("8080/crm.example.com"));
        assert_eq!(filled("${EMPTY:-a}${EMPTY}").as_deref(), Ok("a"));
        assert_eq!(filled("$${HOST} costs $5").as_deref(), Ok("${HOST} costs $5"));
    }

    #[test]
    fn a_missing_variable_and_a_broken_reference_are_told() {
        assert!(filled("${MISSING}").is_err_and(|message| message.contains("MISSING")));
        assert!(filled("${HOST").is_err());
        assert!(filled("${A B}").is_err());
    }

    #[test]
    fn what_a_variable_holds_is_not_read_again() {
        assert_eq!(fill("${A}", &|_| Some("${B}".to_owned())).as_deref(), Ok("${B}"));
    }
}
