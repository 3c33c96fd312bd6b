//! Word error rate: what a recogniser wrote against what was said.

/// Words below twenty, at their value.
const UNITS: [&str; 20] = [
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
/// Words for tens, from twenty on.
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// One way of writing for words that are written in several, none of which can be heard.
const SPELLINGS: [(&str, &str); 12] = [
    ("ok", "okay"),
    ("mr", "mister"),
    ("mrs", "missus"),
    ("dr", "doctor"),
    ("st", "saint"),
    ("ms", "miss"),
    ("tv", "t v"),
    ("colour", "color"),
    ("favourite", "favorite"),
    ("grey", "gray"),
    ("mum", "mom"),
    ("oclock", "o clock"),
];

/// The words of an English text as they are heard: lower case, no punctuation, numbers as single digits.
///
/// "Nine six six one", "9661" and "9-6-6-1" are the same, and so are "twenty-one" and "21"; "one hundred and five" is 105.
/// Both sides of a comparison must go through here.
///
/// # Source
/// After the normaliser of Radford et al. 2022 (appendix C), which unites more spellings.
#[must_use]
pub fn normalise(text: &str) -> Vec<String> {
    let mut lower = String::new();
    let characters: Vec<char> = text.to_lowercase().chars().collect();
    for (i, c) in characters.iter().enumerate() {
        let digit_before = i > 0 && characters[i - 1].is_ascii_digit();
        let digit_after = characters.get(i + 1).is_some_and(char::is_ascii_digit);
        match c {
            // "don't" is one word however its apostrophe is written, "1,000" one number.
            '\'' | '’' | '‘' | 'ʼ' => {}
            ',' if digit_before && digit_after => {}
            c if c.is_alphanumeric() => lower.push(*c),
            _ => lower.push(' '),
        }
    }
    let lower: Vec<&str> = lower.split_whitespace().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while at < lower.len() {
        if let Some((value, used)) = number(&lower[at..]) {
            words.extend(value.to_string().chars().map(String::from));
            at += used;
            continue;
        }
        let word = lower[at];
        at += 1;
        if word.chars().all(|c| c.is_ascii_digit()) {
            words.extend(word.chars().map(String::from));
        } else {
            let spelt = SPELLINGS.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to);
            words.extend(spelt.split(' ').map(str::to_owned));
        }
    }
    words
}

/// The number that `words` begin with, below a million, and how many of them it takes.
fn number(words: &[&str]) -> Option<(u32, usize)> {
    let (mut value, mut used) = hundreds(words)?;
    if words.get(used) == Some(&"thousand") {
        value *= 1_000;
        used += 1;
        let joined = usize::from(words.get(used) == Some(&"and"));
        if let Some((rest, more)) = hundreds(&words[used + joined..]) {
            value += rest;
            used += joined + more;
        }
    }
    Some((value, used))
}

fn hundreds(words: &[&str]) -> Option<(u32, usize)> {
    let (mut value, mut used) = below_hundred(words)?;
    if value < 100 && words.get(used) == Some(&"hundred") {
        value *= 100;
        used += 1;
        let joined = usize::from(words.get(used) == Some(&"and"));
        if let Some((rest, more)) = below_hundred(&words[used + joined..]) {
            value += rest;
            used += joined + more;
        }
    }
    Some((value, used))
}

fn below_hundred(words: &[&str]) -> Option<(u32, usize)> {
    let first = *words.first()?;
    let place = |list: &[&str], word: &str| list.iter().position(|w| *w == word).map(|i| i as u32);
    if let Some(tens) = place(&TENS, first) {
        let unit = words.get(1).and_then(|w| place(&UNITS[..10], w)).filter(|unit| *unit > 0);
        return Some((20 + 10 * tens + unit.unwrap_or(0), 1 + usize::from(unit.is_some())));
    }
    Some((place(&UNITS, first)?, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit_distance;

    #[track_caller]
    fn check(said: &str, heard: &str, errors: usize) {
        let (said, heard) = (normalise(said), normalise(heard));
        assert_eq!(edit_distance(&said, &heard), errors, "{said:?} {heard:?}");
    }

    #[test]
    fn the_same_however_it_is_written() {
        check("NINE SIX SIX ONE", "9-6-6-1.", 0);
        check("FOUR THREE FOUR TWO", "4342", 0);
        check("TWENTY ONE", "21", 0);
        check("one hundred and five", "105", 0);
        check("two thousand and ten", "2,010", 0);
        check("IT'S OK, MR BROWN", "It’s okay, mister Brown!", 0);
        check("a hundred", "a hundred", 0);
        check("", "", 0);
    }

    #[test]
    fn errors_are_counted() {
        check("I LIKE APPLES", "I like apple", 1);
        check("I LIKE APPLES", "", 3);
        check("", "thank you", 2);
        check("A B C", "A X B C", 1);
        check("NINE ONE", "9 2", 1);
    }
}
