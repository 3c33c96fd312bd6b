//! Numbers as English words: cardinals, ordinals, years, decimals.
//!
//! # Source
//! After `g2p/numbers.py` of hibari 0.2.1 (Apache-2.0), which gives the same words as the Python package num2words.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [&str; 13] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
    "decillion",
    "undecillion",
];
const IRREGULAR_ORDINALS: [(&str, &str); 7] = [
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("five", "fifth"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("twelve", "twelfth"),
];

/// `index` as an index of one of the tables above.
fn at(index: u128) -> usize {
    usize::try_from(index).expect("invariant: a digit group is below 1000")
}

fn below_1000(mut n: u128) -> String {
    let mut words = Vec::new();
    if n >= 100 {
        words.push(ONES[at(n / 100)].to_owned());
        words.push("hundred".to_owned());
        n %= 100;
        if n > 0 {
            words.push("and".to_owned());
        }
    }
    if n >= 20 {
        let tens = TENS[at(n / 10)];
        words.push(if n.is_multiple_of(10) { tens.to_owned() } else { format!("{tens}-{}", ONES[at(n % 10)]) });
    } else if n > 0 || words.is_empty() {
        words.push(ONES[at(n)].to_owned());
    }
    words.join(" ")
}

/// "one thousand, two hundred and thirty-four".
pub(crate) fn cardinal(n: u128) -> String {
    if n < 1000 {
        return below_1000(n);
    }
    let mut groups = Vec::new();
    let mut rest = n;
    for scale in SCALES {
        let group = rest % 1000;
        if group > 0 {
            groups.push(if scale.is_empty() { below_1000(group) } else { format!("{} {scale}", below_1000(group)) });
        }
        rest /= 1000;
    }
    groups.reverse();
    let (last, before) = groups.split_last().expect("invariant: 1000 and above has a group");
    let simple = !last.rsplit(" and ").next().unwrap_or_default().contains(' ') && !last.contains("hundred");
    if !before.is_empty() && simple { format!("{} and {last}", before.join(", ")) } else { groups.join(", ") }
}

/// "twenty-third", "one hundred and first".
pub(crate) fn ordinal(n: u128) -> String {
    let words = cardinal(n);
    let cut = words.rfind([' ', '-']).map_or(0, |i| i + 1);
    format!("{}{}", &words[..cut], ordinal_word(&words[cut..]))
}

fn ordinal_word(word: &str) -> String {
    if let Some((_, ordinal)) = IRREGULAR_ORDINALS.iter().find(|(cardinal, _)| *cardinal == word) {
        (*ordinal).to_owned()
    } else if let Some(stem) = word.strip_suffix('y') {
        format!("{stem}ieth")
    } else {
        format!("{word}th")
    }
}

/// As a year: "nineteen oh-five", "two thousand and five", "twenty ten".
pub(crate) fn year(n: u128) -> String {
    let (high, low) = (n / 100, n % 100);
    if high == 0 || (high.is_multiple_of(10) && low < 10) || high >= 100 {
        return cardinal(n);
    }
    let low = match low {
        0 => "hundred".to_owned(),
        1..10 => format!("oh-{}", cardinal(low)),
        _ => cardinal(low),
    };
    format!("{} {low}", cardinal(high))
}

/// "three point one four" for the digits before and after the point; zeros at the end are not read. `None` where the
/// part before is no number that has a name.
pub(crate) fn decimal(digits: &str) -> Option<String> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut words = cardinal(if whole.is_empty() { 0 } else { whole.parse().ok()? });
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        words += " point";
        for digit in fraction.chars().filter_map(|c| c.to_digit(10)) {
            words += " ";
            words += ONES[at(digit.into())];
        }
    }
    Some(words)
}

/// The digits of `text`, one by one: "five five five".
pub(crate) fn digits(text: &str) -> String {
    let words: Vec<&str> = text.chars().filter_map(|c| c.to_digit(10)).map(|d| ONES[at(d.into())]).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n: u128, cardinal_words: &str, ordinal_words: &str, year_words: &str) {
        assert_eq!(cardinal(n), cardinal_words);
        assert_eq!(ordinal(n), ordinal_words);
        assert_eq!(year(n), year_words);
    }

    #[test]
    fn numbers_are_read_as_people_read_them() {
        check(0, "zero", "zeroth", "zero");
        check(12, "twelve", "twelfth", "twelve");
        check(40, "forty", "fortieth", "forty");
        check(1001, "one thousand and one", "one thousand and first", "one thousand and one");
        check(
            1234,
            "one thousand, two hundred and thirty-four",
            "one thousand, two hundred and thirty-fourth",
            "twelve thirty-four",
        );
        check(1905, "one thousand, nine hundred and five", "one thousand, nine hundred and fifth", "nineteen oh-five");
        check(2005, "two thousand and five", "two thousand and fifth", "two thousand and five");
        check(2010, "two thousand and ten", "two thousand and tenth", "twenty ten");
        check(1_000_000, "one million", "one millionth", "one million");
    }

    #[test]
    fn the_greatest_number_has_a_name() {
        assert!(cardinal(u128::MAX).starts_with("three hundred and forty undecillion"));
    }

    #[test]
    fn decimals_are_read_digit_by_digit() {
        assert_eq!(decimal("3.140").as_deref(), Some("three point one four"));
        assert_eq!(decimal(".5").as_deref(), Some("zero point five"));
        assert_eq!(decimal("2.0").as_deref(), Some("two"));
    }
}
