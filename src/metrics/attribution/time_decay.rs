//! TIME_DECAY: a touch is worth half as much for every half-life it lies further back.
//!
//! The weight 2^(−days ÷ half-life) is irrational, and a float's last digit depends on the machine. So powers of two
//! are computed in whole numbers of 2^-62, from a table of repeated square roots of one half, rounded down at every
//! step: the same everywhere, and each weight wrong by less than 2^-55 of the largest. From there on shares are exact
//! quotients of these whole numbers, as in every other model. A credit can differ from the ideal by a minor unit only
//! where the ideal lies within 2^-55 of the amount of a border between two; on a billion that is a millionth of a cent.

use super::Journey;

/// Binary digits after the point.
const DIGITS: usize = 62;
const ONE: u128 = 1 << DIGITS;

/// 2^(-1/2), 2^(-1/4), 2^(-1/8) …
const ROOTS: [u128; DIGITS] = {
    let mut roots = [0; DIGITS];
    let (mut last, mut place) = (ONE / 2, 0);
    while place < DIGITS {
        last = (last << DIGITS).isqrt();
        roots[place] = last;
        place += 1;
    }
    roots
};

/// Two to the power of minus the distance from the latest touch, in half-lives.
pub(super) fn weigh(journey: &Journey, half_life_seconds: u32) -> Vec<u128> {
    let half_life = i64::from(half_life_seconds.max(1)) * 1000;
    let before = journey.stops.iter().map(|stop| stop.before.num_milliseconds());
    let latest = before.clone().min().unwrap_or(0);
    before.map(|before| power((before - latest).cast_unsigned(), half_life.cast_unsigned())).collect()
}

/// 2^(−distance ÷ half-life) in whole numbers of 2^-62.
fn power(distance: u64, half_life: u64) -> u128 {
    let halvings = distance / half_life;
    if halvings >= DIGITS as u64 {
        return 0;
    }
    let rest = (u128::from(distance % half_life) << DIGITS) / u128::from(half_life);
    let mut power = ONE;
    for (place, root) in ROOTS.iter().enumerate() {
        if rest >> (DIGITS - 1 - place) & 1 == 1 {
            power = (power * root) >> DIGITS;
        }
    }
    power >> halvings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_half_lives_are_exact() {
        assert_eq!(power(0, 7), ONE);
        assert_eq!(power(7, 7), ONE / 2);
        assert_eq!(power(70, 7), ONE >> 10);
        assert_eq!(power(u64::MAX, 7), 0);
    }

    #[test]
    fn a_half_of_a_half_life_is_the_root_of_a_half() {
        // sqrt(1/2) = 0.70710678118654752440…
        let ideal = 3_260_954_456_333_195_553;
        assert!(power(1, 2).abs_diff(ideal) < 1 << 6, "{}", power(1, 2));
    }

    #[test]
    fn powers_multiply_as_powers_do() {
        for (one, two) in [(1, 2), (13, 29), (100, 1), (86_399, 604_799)] {
            let product = (power(one, 604_800) * power(two, 604_800)) >> DIGITS;
            assert!(product.abs_diff(power(one + two, 604_800)) < 1 << 7);
        }
    }
}
