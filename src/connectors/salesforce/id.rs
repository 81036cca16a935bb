//! Salesforce ids: their one form is [`case_safe`](crate::domain::case_safe)'s; their first characters tell the object.

pub(super) use crate::domain::case_safe::{canonical, is_id};

/// The object an id is of, told by its first three characters; none for objects we never name.
pub(super) fn object_of(id: &str) -> Option<&'static str> {
    Some(match id.get(..3)? {
        "001" => "Account",
        "003" => "Contact",
        "005" => "User",
        "006" => "Opportunity",
        "00G" => "Group",
        "00Q" => "Lead",
        "701" => "Campaign",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_characters_tell_the_object() {
        assert_eq!(object_of("00Q5e000001AbCdEAK"), Some("Lead"));
        assert_eq!(object_of("00G5e000001AbCdEAK"), Some("Group"));
        assert_eq!(object_of("a0"), None);
    }
}
