//! Shares as whole minor units: nothing lost, nothing invented. Source: domain guide §7.

/// Divides an amount by weights: each part rounded down, the units left over to the largest remainders, ties to the
/// earlier place. A negative amount is divided like the positive one. A weight is below 2^64;
/// weights without a sum get nothing.
pub fn split(minor: i64, weights: &[u128]) -> Vec<i64> {
    let whole: u128 = weights.iter().sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let amount = u128::from(minor.unsigned_abs());
    // amount × weight ÷ whole, where the product of the two might not fit: whole units first, then the rest.
    let (units, rest) = (amount / whole, amount % whole);
    let mut parts: Vec<u128> = Vec::with_capacity(weights.len());
    let mut remainders: Vec<(u128, usize)> = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let product = rest * weight;
        parts.push(units * weight + product / whole);
        remainders.push((product % whole, place));
    }
    let left = amount - parts.iter().sum::<u128>();
    // The sort is stable: of equal remainders the earlier place comes first.
    remainders.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for (_, place) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    let sign = minor.signum();
    parts.into_iter().map(|part| sign * i64::try_from(part).unwrap_or(i64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn left_over_cents_go_to_the_largest_remainders_and_ties_to_the_earlier() {
        assert_eq!(split(10_000, &[1, 1, 1]), [3334, 3333, 3333]);
        assert_eq!(split(1, &[1, 1, 1]), [1, 0, 0]);
        assert_eq!(split(10, &[1, 2, 3]), [2, 3, 5]);
        assert_eq!(split(-1, &[1, 1, 1]), [-1, 0, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_none_is_a_cent_off(
            minor in -1_000_000_000_000_i64..1_000_000_000_000,
            weights in proptest::collection::vec(0_u128..1 << 62, 1..40),
        ) {
            let whole: u128 = weights.iter().sum();
            prop_assume!(whole > 0);
            let parts = split(minor, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), minor);
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = i128::from(minor) * weight.cast_signed();
                let given = i128::from(*part) * whole.cast_signed();
                prop_assert!((exact - given).abs() < whole.cast_signed());
            }
        }
    }
}
