//! `calculate`: arithmetic, exact as long as it can be.
//!
//! Grammar, loosest first: sums; products with `*`, `/`, `%`; a sign; `^`, from right to left; `n%` for hundredths, where no
//! operand follows; numbers, brackets, `sqrt(x)`, `abs(x)`, `round(x)`, `round(x, places)`. The length of the text, the depth of
//! brackets and the size of exponents are bounded, so a call takes no time to speak of.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Deepest nesting of brackets, signs and powers.
const DEEPEST: u32 = 40;
/// Largest exponent that is worked out exactly.
const LARGEST_EXPONENT: u128 = 256;
/// Longest decimal fraction that is written out in full.
const MOST_PLACES: u32 = 18;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Such as `(3 + 4.5) * 2^3 / 7`, `sqrt(2)`, `round(10/3, 2)`, `17 % 5`, `15% * 80`.
    #[schemars(length(min = 1, max = 300))]
    expression: String,
}

pub(super) fn make(_: &Means) -> Option<Arc<dyn Tool>> {
    Some(Typed::shared(
        "calculate",
        "Works out arithmetic: + - * / ^ % (remainder, or per cent after a number), brackets, sqrt, abs, round. Fractions and \
         decimals are exact.",
        Effect::Reads,
        |arguments: Arguments| calculate(&arguments.expression).map(|answer| Output::json(&answer)),
    ))
}

#[derive(Serialize, Debug, PartialEq)]
struct Answer {
    result: String,
    /// The same as a fraction in lowest terms, where the decimals do not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    fraction: Option<String>,
    exact: bool,
}

fn wrong(fault: &'static str) -> ToolError {
    ToolError::Value { argument: "expression", fault }
}

fn calculate(expression: &str) -> Result<Answer, ToolError> {
    let mut reader = Reader { rest: expression, depth: 0 };
    let value = reader.sum()?;
    reader.space();
    if !reader.rest.is_empty() {
        return Err(wrong(
            "something is left over after it; write numbers, + - * / ^ %, brackets, sqrt, abs and round",
        ));
    }
    answer(value)
}

fn answer(value: Number) -> Result<Answer, ToolError> {
    match value {
        Number::Exact(ratio) => match ratio.decimal() {
            Some(result) => Ok(Answer { result, fraction: None, exact: true }),
            None => {
                let fraction = Some(format!("{}/{}", ratio.above, ratio.below));
                Ok(Answer { result: about(ratio.float()), fraction, exact: false })
            }
        },
        Number::About(value) if value.is_finite() => Ok(Answer { result: about(value), fraction: None, exact: false }),
        Number::About(_) => Err(wrong("the result is no number, or too large a one")),
    }
}

/// Twelve digits that count.
fn about(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e15).contains(&value.abs()) {
        return format!("{value:.11e}");
    }
    let whole = if value == 0.0 { 1 } else { value.abs().log10().floor() as i32 + 1 };
    let places = usize::try_from((12 - whole).clamp(0, 17)).unwrap_or(0);
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A fraction in lowest terms; `below` is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ratio {
    above: i128,
    below: i128,
}

fn common_divisor(a: i128, b: i128) -> Option<i128> {
    let (mut a, mut b) = (a.checked_abs()?, b.checked_abs()?);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    Some(a)
}

impl Ratio {
    /// Nothing where `below` is 0 or a number gets too large.
    fn new(above: i128, below: i128) -> Option<Self> {
        let divisor = common_divisor(above, below)?;
        if below == 0 {
            return None;
        }
        let sign = below.signum();
        Some(Self {
            above: above.checked_div(divisor)?.checked_mul(sign)?,
            below: (below / divisor).checked_mul(sign)?,
        })
    }

    fn whole(n: i128) -> Self {
        Self { above: n, below: 1 }
    }

    fn add(self, other: Self) -> Option<Self> {
        let left = self.above.checked_mul(other.below)?;
        Self::new(left.checked_add(other.above.checked_mul(self.below)?)?, self.below.checked_mul(other.below)?)
    }

    fn negate(self) -> Option<Self> {
        Some(Self { above: self.above.checked_neg()?, ..self })
    }

    fn multiply(self, other: Self) -> Option<Self> {
        let a = Self::new(self.above, other.below)?;
        let b = Self::new(other.above, self.below)?;
        Self::new(a.above.checked_mul(b.above)?, a.below.checked_mul(b.below)?)
    }

    fn invert(self) -> Option<Self> {
        Self::new(self.below, self.above)
    }

    fn floor(self) -> i128 {
        self.above.div_euclid(self.below)
    }

    fn power(self, exponent: i128) -> Option<Self> {
        let base = if exponent < 0 { self.invert()? } else { self };
        let exponent = u32::try_from(exponent.unsigned_abs()).ok()?;
        Some(Self { above: base.above.checked_pow(exponent)?, below: base.below.checked_pow(exponent)? })
    }

    /// Half up, away from 0.
    fn round(self, places: u32) -> Option<Self> {
        let scale = 10_i128.checked_pow(places)?;
        let scaled = self.multiply(Self::whole(scale))?;
        let twice = scaled.above.checked_abs()?.checked_mul(2)?.checked_add(scaled.below)?;
        let rounded = twice / scaled.below.checked_mul(2)? * scaled.above.signum();
        Self::new(rounded, scale)
    }

    fn square_root(self) -> Option<Self> {
        let root = |n: i128| {
            u128::try_from(n).ok().map(u128::isqrt).and_then(|r| i128::try_from(r).ok()).filter(|r| r * r == n)
        };
        Some(Self { above: root(self.above)?, below: root(self.below)? })
    }

    fn float(self) -> f64 {
        self.above as f64 / self.below as f64
    }

    /// All its decimals; nothing where they do not end, or are too many.
    fn decimal(self) -> Option<String> {
        let places = (0..=MOST_PLACES).find(|&places| 10_i128.pow(places) % self.below == 0)?;
        let scaled = self.above.checked_mul(10_i128.pow(places) / self.below)?;
        if places == 0 {
            return Some(scaled.to_string());
        }
        let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = places as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places as usize);
        Some(format!("{}{whole}.{fraction}", if scaled < 0 { "-" } else { "" }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Exact(Ratio),
    About(f64),
}

impl Number {
    fn float(self) -> f64 {
        match self {
            Self::Exact(ratio) => ratio.float(),
            Self::About(value) => value,
        }
    }

    fn is_zero(self) -> bool {
        self.float() == 0.0
    }

    /// Exactly where both are exact and nothing gets too large.
    fn with(self, other: Self, exact: impl Fn(Ratio, Ratio) -> Option<Ratio>, float: impl Fn(f64, f64) -> f64) -> Self {
        if let (Self::Exact(a), Self::Exact(b)) = (self, other)
            && let Some(ratio) = exact(a, b)
        {
            return Self::Exact(ratio);
        }
        Self::About(float(self.float(), other.float()))
    }

    fn by(self, exact: impl Fn(Ratio) -> Option<Ratio>, float: impl Fn(f64) -> f64) -> Self {
        self.with(self, |a, _| exact(a), |a, _| float(a))
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Passes over one of `marks`, if it comes next.
    fn take(&mut self, marks: &[&str]) -> bool {
        self.space();
        let rest = marks.iter().find_map(|mark| self.rest.strip_prefix(mark));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn deeper(&mut self) -> Result<(), ToolError> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(wrong("it is nested too deeply")) } else { Ok(()) }
    }

    fn sum(&mut self) -> Result<Number, ToolError> {
        let mut left = self.product()?;
        loop {
            if self.take(&["+"]) {
                left = left.with(self.product()?, Ratio::add, |a, b| a + b);
            } else if self.take(&["-", "−", "–"]) {
                left = left.with(self.product()?, |a, b| a.add(b.negate()?), |a, b| a - b);
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Number, ToolError> {
        let mut left = self.signed()?;
        loop {
            if self.take(&["*", "×", "·"]) {
                left = left.with(self.signed()?, Ratio::multiply, |a, b| a * b);
            } else if self.take(&["/", "÷"]) {
                let right = self.signed()?;
                if right.is_zero() {
                    return Err(wrong("it divides by zero"));
                }
                left = left.with(right, |a, b| a.multiply(b.invert()?), |a, b| a / b);
            } else if self.take(&["%"]) {
                let right = self.signed()?;
                if right.is_zero() {
                    return Err(wrong("it divides by zero"));
                }
                let remainder = |a: Ratio, b: Ratio| {
                    let times = Ratio::whole(a.multiply(b.invert()?)?.floor());
                    a.add(b.multiply(times)?.negate()?)
                };
                left = left.with(right, remainder, |a, b| a - b * (a / b).floor());
            } else {
                return Ok(left);
            }
        }
    }

    fn signed(&mut self) -> Result<Number, ToolError> {
        self.deeper()?;
        let value = if self.take(&["-", "−", "–"]) {
            self.signed()?.by(Ratio::negate, |a| -a)
        } else if self.take(&["+"]) {
            self.signed()?
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn power(&mut self) -> Result<Number, ToolError> {
        let base = self.percent()?;
        if !self.take(&["^", "**"]) {
            return Ok(base);
        }
        let exponent = self.signed()?;
        if base.is_zero() && exponent.float() < 0.0 {
            return Err(wrong("it divides by zero"));
        }
        let exact = |a: Ratio, b: Ratio| {
            (b.below == 1 && b.above.unsigned_abs() <= LARGEST_EXPONENT).then(|| a.power(b.above))?
        };
        Ok(base.with(exponent, exact, f64::powf))
    }

    /// An operand, and the sign for per cent where no operand follows it.
    fn percent(&mut self) -> Result<Number, ToolError> {
        let value = self.operand()?;
        self.space();
        if let Some(after) = self.rest.strip_prefix('%') {
            let next = after.trim_start().chars().next();
            if !next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '(' || c == '.') {
                self.rest = after;
                return Ok(value.by(|a| a.multiply(Ratio { above: 1, below: 100 }), |a| a / 100.0));
            }
        }
        Ok(value)
    }

    fn operand(&mut self) -> Result<Number, ToolError> {
        self.space();
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number();
        }
        let name_end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let name = self.rest[..name_end].to_ascii_lowercase();
        self.rest = &self.rest[name_end..];
        if !self.take(&["("]) {
            return Err(wrong("a number or a bracket is missing, or a name is none of sqrt, abs and round"));
        }
        self.deeper()?;
        let value = self.sum()?;
        let places = if self.take(&[","]) { Some(self.sum()?) } else { None };
        if !self.take(&[")"]) {
            return Err(wrong("a bracket is not closed"));
        }
        self.depth -= 1;
        match (name.as_str(), places) {
            ("", None) => Ok(value),
            ("abs", None) => Ok(value.by(|a| if a.above < 0 { a.negate() } else { Some(a) }, f64::abs)),
            ("sqrt", None) if value.float() < 0.0 => Err(wrong("it takes the square root of a negative number")),
            ("sqrt", None) => Ok(value.by(Ratio::square_root, f64::sqrt)),
            ("round", None) => Ok(round(value, 0)),
            ("round", Some(Number::Exact(Ratio { above, below: 1 }))) => match u32::try_from(above) {
                Ok(places) if places <= 15 => Ok(round(value, places)),
                _ => Err(wrong("round takes 0 to 15 places")),
            },
            _ => Err(wrong("the functions are sqrt(x), abs(x), round(x) and round(x, places)")),
        }
    }

    fn number(&mut self) -> Result<Number, ToolError> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(wrong("a number has more than one point, or nothing beside it"));
        }
        self.rest = rest;
        let exact = || {
            let above = format!("{whole}{fraction}").parse().ok()?;
            Ratio::new(above, 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?)
        };
        Ok(exact().map_or_else(|| Number::About(text.parse().unwrap_or(f64::NAN)), Number::Exact))
    }
}

fn round(value: Number, places: u32) -> Number {
    let scale = 10_f64.powi(places as i32);
    value.by(|a| a.round(places), |a| (a * scale).round() / scale)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(expression: &str, result: &str) {
        assert_eq!(calculate(expression).unwrap().result, result, "{expression}");
    }

    #[track_caller]
    fn fails(expression: &str, fault: &str) {
        let error = calculate(expression).unwrap_err().to_string();
        assert!(error.contains(fault), "{expression}: {error}");
    }

    #[test]
    fn decimals_are_exact() {
        check("0.1 + 0.2", "0.3");
        check("1/3 + 1/6", "0.5");
        check("(3 + 4.5) * 2^3 / 6", "10");
        check("-2^2", "-4");
        check("2^-2", "0.25");
        check("2^3^2", "512");
        check("-7 % 3", "2");
        check("17 % 5", "2");
        check("15% * 80", "12");
        check("80 * 15%", "12");
        check("1 − 3 × 2 ÷ 4", "-0.5");
        check(".5 + 5.", "5.5");
        check("2**10", "1024");
        check("-0.05", "-0.05");
    }

    #[test]
    fn fractions_and_roots() {
        let third = calculate("10/3").unwrap();
        assert_eq!(third, Answer { result: "3.33333333333".into(), fraction: Some("10/3".into()), exact: false });
        check("sqrt(144/25)", "2.4");
        check("sqrt(2)", "1.41421356237");
        check("round(10/3, 2)", "3.33");
        check("round(-2.5)", "-3");
        check("round(1/3, 0)", "0");
        check("abs(3 - 5)", "2");
        check("2^0.5 * 2^0.5", "2");
        check("10^30", "1000000000000000000000000000000");
        check("10^100", "1.00000000000e100");
    }

    #[test]
    fn faults_are_told() {
        fails("1/0", "divides by zero");
        fails("1 % (2 - 2)", "divides by zero");
        fails("0^-1", "divides by zero");
        fails("sqrt(-1)", "negative");
        fails("(1 + 2", "not closed");
        fails("1 + ", "missing");
        fails("system(1)", "functions are");
        fails("9^9^9^9", "too large");
        fails("1.2.3", "point");
        fails("2 3", "left over");
        fails(&"(".repeat(290), "deeply");
        fails(&"-".repeat(290), "deeply");
        fails(&"2^".repeat(145), "deeply");
    }

    proptest! {
        #[test]
        fn it_never_panics(text in "[0-9+*/^%(), .a-z−×-]{0,60}|\\PC{0,40}") {
            let _ = calculate(&text);
        }

        #[test]
        fn it_agrees_with_plain_integers(a in -10_000_i64..10_000, b in 1_i64..10_000, c in -99_i64..99) {
            check(&format!("({a}) * {b} - ({c})"), &(a * b - c).to_string());
            check(&format!("({a}) % {b}"), &a.rem_euclid(b).to_string());
        }
    }
}
