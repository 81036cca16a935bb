//! Phone numbers in the form in which they are compared. Source: domain guide §9.

/// The digits of a number with its country code, `+` first: `+442079460958`. A number written without a country code
/// keeps its digits without the `+`, because which country it belongs to is not known. None where there are no digits.
pub fn comparable(raw: &str) -> Option<String> {
    let without_trunk = raw.replace("(0)", "");
    let text = without_trunk.trim();
    let is_international = text.starts_with('+');
    let digits: String =
        text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
    if digits.is_empty() {
        return None;
    }
    if is_international {
        return Some(format!("+{digits}"));
    }
    match digits.strip_prefix("00") {
        Some(rest) if !rest.is_empty() => Some(format!("+{rest}")),
        _ => Some(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_and_the_way_of_writing_the_country_code_do_not_matter() {
        for raw in ["+44 20 7946 0958", "+44 (0)20-7946-0958", "0044 20 7946 0958", "+442079460958"] {
            assert_eq!(comparable(raw).as_deref(), Some("+442079460958"), "{raw}");
        }
    }

    #[test]
    fn another_country_code_is_another_number() {
        assert_ne!(comparable("+44 20 7946 0958"), comparable("+49 20 7946 0958"));
    }

    #[test]
    fn what_has_no_digits_is_no_number() {
        assert_eq!(comparable("n/a"), None);
    }
}
