//! Values with their unit: `"8s"`, `"64MiB"`.

use std::time::Duration;

/// A length of time: a whole number and `ms`, `s`, `m`, `h` or `d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "h" => Some(Duration::from_secs(number.checked_mul(3_600)?)),
        "d" => Some(Duration::from_secs(number.checked_mul(86_400)?)),
        _ => None,
    }
}

/// A size in bytes: a whole number and `B`, `KiB`, `MiB` or `GiB`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number = text[..end].parse().ok()?;
    Some((number, text[end..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_with_its_unit() {
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("8s"), Some(Duration::from_secs(8)));
        assert_eq!(duration(" 2 m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("1d"), Some(Duration::from_secs(86_400)));
        for wrong in
            ["8", "s", "", "1.5s", "-1s", "8 seconds", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_size_is_a_whole_number_with_its_unit() {
        assert_eq!(size("64MiB"), Some(64 << 20));
        assert_eq!(size("1 GiB"), Some(1 << 30));
        assert_eq!(size("64MB"), None);
        assert_eq!(size("18446744073709551615KiB"), None);
    }
}
