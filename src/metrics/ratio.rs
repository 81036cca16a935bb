//! Exact arithmetic: counts and sums are integers, ratios are rational until the last step. Source: domain guide §11.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// An exact quotient of integers, in lowest terms, the denominator positive. Beyond 127 bits both sides lose low bits
/// together; no sum of a company's amounts comes near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// The whole.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den`; none for a denominator of zero.
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let shared = gcd(num.unsigned_abs(), den.unsigned_abs()).cast_signed().max(1) * den.signum();
        Some(Self { num: num / shared, den: den / shared })
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self { num: number, den: 1 }
    }

    /// A decimal, exactly.
    pub fn of(decimal: Decimal) -> Self {
        Self::new(decimal.mantissa(), 10_i128.pow(decimal.scale())).expect("a power of ten is not zero")
    }

    /// The numerator in lowest terms.
    pub fn num(self) -> i128 {
        self.num
    }

    /// The denominator in lowest terms.
    pub fn den(self) -> i128 {
        self.den
    }

    /// True for nothing.
    pub fn is_zero(self) -> bool {
        self.num == 0
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let shared = gcd(self.den.unsigned_abs(), other.den.unsigned_abs()).cast_signed();
        let (left, right) = (other.den / shared, self.den / shared);
        let sum = self.num.checked_mul(left).zip(other.num.checked_mul(right));
        match sum.and_then(|(one, two)| one.checked_add(two)).zip(self.den.checked_mul(left)) {
            Some((num, den)) => Self::new(num, den).unwrap_or(Self::ZERO),
            None => self.coarser().plus(other.coarser()),
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { num: -other.num, den: other.den })
    }

    /// The product.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let (one, two) = (Self::new(self.num, other.den), Self::new(other.num, self.den));
        let (one, two) = (one.unwrap_or(Self::ZERO), two.unwrap_or(Self::ZERO));
        match one.num.checked_mul(two.num).zip(one.den.checked_mul(two.den)) {
            Some((num, den)) => Self { num, den },
            None => one.coarser().times(two.coarser()),
        }
    }

    /// The quotient; none by zero.
    pub fn by(self, other: Self) -> Option<Self> {
        Self::new(other.den, other.num).map(|inverse| self.times(inverse))
    }

    /// The smallest whole number not below.
    pub fn rounded_up(self) -> i128 {
        self.num.div_euclid(self.den) + i128::from(self.num.rem_euclid(self.den) != 0)
    }

    /// The nearest whole number, half to even.
    pub fn rounded(self) -> i128 {
        let (floor, rest) = (self.num.div_euclid(self.den), self.num.rem_euclid(self.den));
        let up = match rest.cmp(&(self.den - rest)) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => floor.rem_euclid(2) == 1,
        };
        floor + i128::from(up)
    }

    /// The value with so many decimals, half to even; none for a number no decimal holds.
    pub fn decimal(self, places: u32) -> Option<Decimal> {
        let scaled = self.times(Self::whole(10_i128.pow(places))).rounded();
        Decimal::try_from_i128_with_scale(scaled, places).ok()
    }

    fn coarser(self) -> Self {
        Self { num: self.num >> 16, den: (self.den >> 16).max(1) }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        self.minus(*other).num.cmp(&0)
    }
}

fn gcd(mut one: u128, mut two: u128) -> u128 {
    while two != 0 {
        (one, two) = (two, one % two);
    }
    one
}

/// The value below which this share of the sorted values lies, between two of them by linear interpolation, as SQL's
/// `percentile_cont`. The median of an even count is the mean of the middle two.
pub fn percentile(sorted: &[i64], share: Ratio) -> Option<Ratio> {
    let last = i128::try_from(sorted.len()).ok()? - 1;
    let place = share.times(Ratio::whole(last.max(0)));
    let below = usize::try_from(place.num.div_euclid(place.den)).ok()?;
    let low = Ratio::whole(i128::from(*sorted.get(below)?));
    let high = sorted.get(below + 1).map_or(low, |value| Ratio::whole(i128::from(*value)));
    let rest = place.minus(Ratio::whole(below as i128));
    Some(low.plus(high.minus(low).times(rest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(num: i128, den: i128) -> Ratio {
        Ratio::new(num, den).expect("not by zero")
    }

    fn text(value: Option<Decimal>) -> String {
        value.expect("a value").to_string()
    }

    #[test]
    fn a_ratio_is_rounded_half_to_even_at_the_end() {
        assert_eq!(text(ratio(2, 3).decimal(6)), "0.666667");
        assert_eq!(text(ratio(1, 2).decimal(0)), "0");
        assert_eq!(text(ratio(3, 2).decimal(0)), "2");
        assert_eq!(text(ratio(-1, 3).decimal(6)), "-0.333333");
        assert_eq!(text(ratio(-5, 2).decimal(0)), "-2");
    }

    #[test]
    fn percentiles_lie_between_the_values_by_linear_interpolation() {
        // Response times in seconds: 20 min, 1 h, 2 h, 5.5 h, 17 h, 24 h, 24 h and a second, 44 h.
        let sorted = [1200, 3600, 7200, 19_800, 61_200, 86_400, 86_401, 158_400];
        let hours = |share| percentile(&sorted, share).expect("values").times(ratio(1, 3600));
        assert_eq!(text(hours(ratio(1, 2)).decimal(4)), "11.2500");
        assert_eq!(text(hours(ratio(9, 10)).decimal(4)), "30.0002");
        assert_eq!(percentile(&[], ratio(1, 2)), None);
        assert_eq!(percentile(&[7], ratio(9, 10)), Some(Ratio::whole(7)));
    }

    proptest! {
        #[test]
        fn sums_and_products_are_exact(a in -9999_i128..9999, b in 1_i128..9999, c in -9999_i128..9999, d in 1_i128..9999) {
            prop_assert_eq!(ratio(a, b).plus(ratio(c, d)), ratio(a * d + c * b, b * d));
            prop_assert_eq!(ratio(a, b).times(ratio(c, d)), ratio(a * c, b * d));
            prop_assert_eq!(ratio(a, b).cmp(&ratio(c, d)), (a * d).cmp(&(c * b)));
        }
    }
}
