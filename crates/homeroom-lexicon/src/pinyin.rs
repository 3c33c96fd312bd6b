const INITIALS: [&str; 24] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y",
    "w", "",
];

/// Finals that may follow each initial, for the table of Hanyu Pinyin syllables (`v` stands for `ü`).
fn finals(initial: &str) -> &'static [&'static str] {
    match initial {
        "b" => &["a", "ai", "an", "ang", "ao", "ei", "en", "eng", "i", "ian", "iao", "ie", "in", "ing", "o", "u"],
        "p" => &["a", "ai", "an", "ang", "ao", "ei", "en", "eng", "i", "ian", "iao", "ie", "in", "ing", "o", "ou", "u"],
        "m" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "i", "ian", "iao", "ie", "in", "ing", "iu", "o",
            "ou", "u",
        ],
        "f" => &["a", "an", "ang", "ei", "en", "eng", "o", "ou", "u"],
        "d" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "i", "ian", "iao", "ie", "ing", "iu", "ong", "ou",
            "u", "uan", "ui", "un", "uo",
        ],
        "t" => &[
            "a", "ai", "an", "ang", "ao", "e", "eng", "i", "ian", "iao", "ie", "ing", "ong", "ou", "u", "uan", "ui",
            "un", "uo",
        ],
        "n" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "i", "ian", "iang", "iao", "ie", "in", "ing", "iu",
            "ong", "ou", "u", "uan", "uo", "v", "ve",
        ],
        "l" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "eng", "i", "ia", "ian", "iang", "iao", "ie", "in", "ing", "iu",
            "ong", "ou", "u", "uan", "un", "uo", "v", "ve",
        ],
        "g" | "k" | "h" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "ong", "ou", "u", "ua", "uai", "uan", "uang", "ui",
            "un", "uo",
        ],
        "j" | "q" | "x" => &["i", "ia", "ian", "iang", "iao", "ie", "in", "ing", "iong", "iu", "u", "uan", "ue", "un"],
        "zh" | "ch" | "sh" => &[
            "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "i", "ong", "ou", "u", "ua", "uai", "uan", "uang",
            "ui", "un", "uo",
        ],
        "r" => &["an", "ang", "ao", "e", "en", "eng", "i", "ong", "ou", "u", "uan", "ui", "un", "uo"],
        "z" | "c" | "s" => {
            &["a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "i", "ong", "ou", "u", "uan", "ui", "un", "uo"]
        }
        "y" => &["a", "an", "ang", "ao", "e", "i", "in", "ing", "o", "ong", "ou", "u", "uan", "ue", "un"],
        "w" => &["a", "ai", "an", "ang", "ei", "en", "eng", "o", "u"],
        _ => &["a", "ai", "an", "ang", "ao", "e", "ei", "en", "er", "ou"],
    }
}

/// Lengths in bytes of the syllables that `text` can start with.
fn syllables_at(text: &str) -> impl Iterator<Item = usize> {
    INITIALS.iter().filter(|i| text.starts_with(**i)).flat_map(move |i| {
        finals(i).iter().filter(move |f| text[i.len()..].starts_with(**f)).map(move |f| i.len() + f.len())
    })
}

/// The least number of Hanyu Pinyin syllables (without tones) that `lower` is made of; `None` if it is no such
/// sequence. Apostrophes and hyphens between syllables are allowed (`xi'an`).
#[must_use]
pub fn pinyin_syllables(lower: &str) -> Option<usize> {
    if lower.is_empty() || !lower.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'' || b == b'-') {
        return None;
    }
    let mut best: Vec<Option<usize>> = vec![None; lower.len() + 1];
    best[0] = Some(0);
    for at in 0..lower.len() {
        let Some(n) = best[at] else { continue };
        let rest = &lower[at..];
        if at > 0 && matches!(rest.as_bytes()[0], b'\'' | b'-') {
            best[at + 1] = Some(best[at + 1].map_or(n, |m| m.min(n)));
            continue;
        }
        for len in syllables_at(rest) {
            let slot = &mut best[at + len];
            *slot = Some(slot.map_or(n + 1, |m| m.min(n + 1)));
        }
    }
    best[lower.len()].filter(|&n| n > 0 && !lower.ends_with(['\'', '-']))
}

/// Longest name in pinyin, in syllables: two of a double surname and two of a given name.
const LONGEST_NAME: usize = 4;

/// Whether `lower` can be a Chinese name in pinyin.
#[must_use]
pub fn is_pinyin(lower: &str) -> bool {
    pinyin_syllables(lower).is_some_and(|n| n <= LONGEST_NAME)
}
