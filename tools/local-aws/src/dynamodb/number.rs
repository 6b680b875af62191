//! DynamoDB's decimal numbers: up to 38 digits, exact, and equal when their values are: `1.0` is `1`.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// "Numbers can have up to 38 digits of precision."
const DIGITS: u32 = 38;

/// The error for a text that is not one of these numbers.
pub(crate) const NO_NUMBER: &str = "The parameter cannot be converted to a numeric value";

/// `mantissa × 10^exponent`, the mantissa without trailing zeros, so that each value has one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Number {
    mantissa: i128,
    exponent: i32,
}

impl Number {
    fn new(mut mantissa: i128, mut exponent: i32) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self {
                mantissa,
                exponent: 0,
            });
        }
        while mantissa % 10 == 0 {
            (mantissa, exponent) = (mantissa / 10, exponent + 1);
        }
        let number = Self { mantissa, exponent };
        // "9.9999999999999999999999999999999999999E+125" to "1E-130"
        (number.digits() <= DIGITS && (-130..=125).contains(&number.magnitude())).then_some(number)
    }

    fn parse(text: &str) -> Option<Self> {
        let (plain, exponent) = match text.split_once(['e', 'E']) {
            Some((plain, exponent)) => (plain, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let fraction = fraction.trim_end_matches('0');
        let starts_well =
            whole.trim_start_matches(['+', '-']).len() + fraction.len() > 0 || plain.contains('0');
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let digits = format!("{whole}{fraction}");
        let mantissa = digits.parse().ok().filter(|_| starts_well)?;
        Self::new(mantissa, exponent)
    }

    /// The sum, unless it needs more digits than are available.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let scaled = |number: Self| {
            let factor = 10_i128.checked_pow(u32::try_from(number.exponent - exponent).ok()?)?;
            number.mantissa.checked_mul(factor)
        };
        Self::new(scaled(self)?.checked_add(scaled(other)?)?, exponent)
    }

    pub(super) fn negated(self) -> Self {
        Self {
            mantissa: -self.mantissa,
            ..self
        }
    }

    /// "(length of attribute name) + (1 byte per two significant digits) + (1 byte)"
    pub(super) fn size(&self) -> usize {
        self.digits().div_ceil(2) as usize + 1
    }

    fn digits(self) -> u32 {
        self.mantissa
            .unsigned_abs()
            .checked_ilog10()
            .map_or(1, |log| log + 1)
    }

    /// The place of the first digit: 0 for 1 to 9, 1 for 10 to 99.
    fn magnitude(self) -> i32 {
        self.exponent + self.digits().cast_signed() - 1
    }

    /// All 38 digits, so that numbers of one sign and magnitude compare by it.
    fn full(self) -> i128 {
        self.mantissa * 10_i128.pow(DIGITS - self.digits())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.mantissa.signum().cmp(&other.mantissa.signum());
        let by_magnitude = match self.mantissa.signum() {
            0 => Ordering::Equal,
            1 => self.magnitude().cmp(&other.magnitude()),
            _ => other.magnitude().cmp(&self.magnitude()),
        };
        by_sign
            .then(by_magnitude)
            .then_with(|| self.full().cmp(&other.full()))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        if let Ok(zeros) = usize::try_from(self.exponent) {
            return write!(out, "{sign}{digits}{}", "0".repeat(zeros));
        }
        let places = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(out, "{sign}{whole}.{fraction}")
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}

impl TryFrom<String> for Number {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or(NO_NUMBER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn numbers_compare_by_value_and_not_by_text() {
        let ascending = [
            "-1e3",
            "-20",
            "-3.5",
            "-0.5",
            "0",
            "0.05",
            "0.5",
            "9",
            "10",
            "10.01",
            "1767225600000",
            "2E125",
        ];
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn equal_values_have_one_form() {
        for (text, form) in [
            ("1.0", "1"),
            ("007", "7"),
            ("-0.50", "-0.5"),
            ("1e3", "1000"),
            ("0.00", "0"),
            ("-0", "0"),
        ] {
            assert_eq!(number(text).to_string(), form, "{text}");
        }
        for text in [
            "",
            "one",
            "-",
            "1.2.3",
            "1e",
            "123456789012345678901234567890123456789",
            "1E126",
            "0x1",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        for (left, right, sum) in [
            ("0.1", "0.2", "0.3"),
            ("99", "1", "100"),
            ("5", "-7.5", "-2.5"),
        ] {
            assert_eq!(
                number(left).plus(number(right)),
                Some(number(sum)),
                "{left} + {right}"
            );
        }
    }
}
