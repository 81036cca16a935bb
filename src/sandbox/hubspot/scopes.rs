//! Which scope a call needs, by its path.

use axum::http::Method;

use super::kind::Kind;

/// Every scope this portal knows.
pub(crate) fn all() -> Vec<String> {
    let mut scopes: Vec<String> = ["contacts", "companies", "deals", "leads"]
        .iter()
        .flat_map(|object| {
            ["objects", "schemas"]
                .into_iter()
                .flat_map(move |family| ["read", "write"].map(|verb| format!("crm.{family}.{object}.{verb}")))
        })
        .collect();
    scopes.extend(
        [
            "oauth",
            "tickets",
            "crm.objects.owners.read",
            "crm.lists.read",
            "crm.lists.write",
            "forms",
            "content",
            "marketing-email",
            "marketing.campaigns.read",
            "marketing.campaigns.write",
            "marketing.campaigns.revenue.read",
            "sales-email-read",
        ]
        .map(str::to_owned),
    );
    scopes
}

/// The scopes of which a call needs one; none where any token will do.
pub(crate) fn needed(method: &Method, path: &str) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && !is_version(part)).collect();
    let reads = *method == Method::GET || path.ends_with("/read") || path.ends_with("/search");
    let verb = if reads { "read" } else { "write" };
    match parts.as_slice() {
        // Associations of one record and the batches between two kinds are gated by the kinds themselves.
        ["crm", "objects" | "associations", kind, ..] => object(kind, verb).into_iter().collect(),
        ["crm", "properties" | "pipelines", kind, ..] => Kind::named(kind)
            .filter(|kind| *kind != Kind::TICKETS)
            .map(|kind| {
                ["schemas", "objects"].map(|family| format!("crm.{family}.{}.{verb}", kind.scope())).to_vec()
            })
            .unwrap_or_default(),
        ["crm", "owners", ..] | ["owners", ..] => vec!["crm.objects.owners.read".into()],
        ["crm", "lists", ..] => vec![format!("crm.lists.{verb}")],
        ["marketing", "forms", ..] | ["forms" | "form-integrations", ..] => vec!["forms".into()],
        ["marketing", "emails", ..] | ["email", ..] => vec!["content".into(), "marketing-email".into()],
        ["marketing", "campaigns", ..] => vec![format!("marketing.campaigns.{verb}")],
        _ => Vec::new(),
    }
}

fn object(kind: &str, verb: &str) -> Option<String> {
    let kind = Kind::named(kind)?;
    Some(if kind == Kind::TICKETS {
        "tickets".into()
    } else {
        format!("crm.objects.{}.{verb}", kind.scope())
    })
}

/// `v3`, `2026-03`: the part of a path that says which edition of the API is meant.
fn is_version(part: &str) -> bool {
    let mut characters = part.chars();
    match characters.next() {
        Some('v') => characters.as_str().parse::<u8>().is_ok(),
        Some('2') => part.len() >= 7 && part.as_bytes()[4] == b'-',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_by_post_is_still_reading() {
        assert_eq!(needed(&Method::POST, "/crm/v3/objects/contacts/search"), ["crm.objects.contacts.read"]);
        assert_eq!(
            needed(&Method::POST, "/crm/objects/2026-03/0-2/batch/read"),
            ["crm.objects.companies.read"]
        );
        assert_eq!(needed(&Method::POST, "/crm/v3/objects/contacts"), ["crm.objects.contacts.write"]);
    }

    #[test]
    fn engagements_are_gated_by_the_contacts_scopes() {
        assert_eq!(needed(&Method::GET, "/crm/v3/objects/calls"), ["crm.objects.contacts.read"]);
    }

    #[test]
    fn account_information_needs_only_a_token() {
        assert!(needed(&Method::GET, "/account-info/v3/details").is_empty());
    }
}
