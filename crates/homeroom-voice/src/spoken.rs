//! Words as they are said, to compare two writings of the same speech.

use fancy_regex::Captures;

use crate::numbers;

/// Writings of the same word; the second is taken.
const SAME: [(&str, &str); 24] = [
    ("mr", "mister"),
    ("mrs", "missus"),
    ("dr", "doctor"),
    ("ok", "okay"),
    ("favourite", "favorite"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
    ("colour", "color"),
    ("apologised", "apologized"),
    ("organised", "organized"),
    ("theatre", "theater"),
    ("centre", "center"),
    ("cancelled", "canceled"),
    ("travelling", "traveling"),
    ("licence", "license"),
    ("programme", "program"),
    ("practise", "practice"),
    ("grey", "gray"),
    ("maths", "math"),
    ("metre", "meter"),
    ("metres", "meters"),
    ("kilometre", "kilometer"),
    ("kilometres", "kilometers"),
    ("litres", "liters"),
];

/// What takes a sign of money or of a share, digits and a suffix; or letters.
pub(crate) const TOKENS: &str =
    r"([$£€])?([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)(st|nd|rd|th|s\b)?(%)?|[^\W\d_]+(?:['’][^\W\d_]+)*";

/// The words of a normalised text.
pub(crate) fn words<'t>(tokens: impl Iterator<Item = Captures<'t>>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for token in tokens {
        let group = |i: usize| token.get(i).map(|m| m.as_str());
        match group(2) {
            None => {
                let word = group(0).unwrap_or_default().to_lowercase().replace('’', "'");
                // "e-mail" is "email".
                if word == "mail" && words.last().is_some_and(|w| w == "e") {
                    words.pop();
                    words.push("email".to_owned());
                    continue;
                }
                if word == "o'clock" {
                    words.extend(["o".to_owned(), "clock".to_owned()]);
                    continue;
                }
                let same = SAME.iter().find(|(other, _)| *other == word).map(|(_, taken)| (*taken).to_owned());
                words.push(same.unwrap_or(word));
            }
            Some(digits) => number(digits, group(1), group(3), group(4).is_some(), &mut words),
        }
    }
    // "one hundred and five" and "105" are the same.
    let big = |w: &str| ["hundred", "thousand", "million"].contains(&w);
    let keep: Vec<bool> = (0..words.len())
        .map(|i| words[i] != "and" || i == 0 || !big(&words[i - 1]) || !is_number_after(&words, i))
        .collect();
    let mut keep = keep.into_iter();
    words.retain(|_| keep.next().unwrap_or(true));
    words
}

fn is_number_after(words: &[String], i: usize) -> bool {
    let Some(next) = words.get(i + 1) else { return false };
    (1..100).any(|n| numbers::cardinal(n).split('-').next() == Some(next) || &numbers::ordinal(n) == next)
}

fn number(digits: &str, money: Option<&str>, suffix: Option<&str>, share: bool, words: &mut Vec<String>) {
    let plain = digits.replace(',', "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let Ok(n) = whole.parse::<u128>() else {
        words.push(plain.clone());
        return;
    };
    let year = digits.len() == 4 && (1100..2100).contains(&n) && money.is_none() && fraction.is_empty() && !share;
    // A recogniser may write the time with a full stop: "9.30".
    let minutes = fraction.parse::<u128>().ok().filter(|m| fraction.len() == 2 && *m < 60 && n <= 24);
    let said = match suffix {
        Some("st" | "nd" | "rd" | "th") => numbers::ordinal(n),
        _ if year => numbers::year(n),
        _ if money.is_none() && !share && minutes.is_some() => match minutes {
            Some(0) => format!("{} o clock", numbers::cardinal(n)),
            Some(minutes @ 1..10) => format!("{} oh {}", numbers::cardinal(n), numbers::cardinal(minutes)),
            minutes => format!("{} {}", numbers::cardinal(n), numbers::cardinal(minutes.unwrap_or(0))),
        },
        _ if money.is_none() && !fraction.is_empty() => {
            format!("{} point {}", numbers::cardinal(n), numbers::digits(fraction))
        }
        _ => numbers::cardinal(n),
    };
    let said = if suffix == Some("s") { format!("{said}s") } else { said };
    words.extend(said.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).map(str::to_owned));
    let units = match money {
        Some("$") => Some((["dollar", "dollars"], ["cent", "cents"])),
        Some("£") => Some((["pound", "pounds"], ["pence", "pence"])),
        Some(_) => Some((["euro", "euros"], ["cent", "cents"])),
        None => None,
    };
    if let Some((great, small)) = units {
        words.push(great[usize::from(n != 1)].to_owned());
        if let Ok(cents) = fraction.parse::<u128>() {
            words.push("and".to_owned());
            words.extend(numbers::cardinal(cents).split('-').map(str::to_owned));
            words.push(small[usize::from(cents != 1)].to_owned());
        }
    }
    if share {
        words.push("percent".to_owned());
    }
}
