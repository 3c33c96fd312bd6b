//! Which language a text is in.

use homeroom_core::Language;
use whichlang::Lang;

/// Characters of a Chinese word on average (jieba on news text), against which English words are counted.
const HAN_PER_WORD: f64 = 1.6;
/// Share of the words of a text that are among [`FUNCTION_WORDS`], from which on it is English whatever its letters look
/// like. English prose has .35 to .5, other languages in Latin letters under .1.
const MIN_FUNCTION_WORDS: f64 = 0.2;
/// Fewer words than this are too few for letter statistics.
const MIN_WORDS: usize = 5;

/// The commonest English words that other languages in Latin letters do not share.
const FUNCTION_WORDS: [&str; 56] = [
    "the", "and", "of", "to", "is", "are", "was", "were", "my", "i", "we", "you", "he", "she", "it", "they", "his",
    "her", "our", "their", "this", "that", "these", "there", "with", "for", "from", "have", "has", "had", "not", "but",
    "because", "when", "which", "what", "who", "how", "can", "will", "would", "should", "very", "at", "by", "be",
    "been", "do", "does", "did", "don't", "i'm", "it's", "your", "about", "like",
];

/// The language of a text, or `None` where it has no letters.
///
/// English stays English with Chinese words in it and with a learner's errors; a text counts as Chinese when more of its
/// words are Chinese than are not.
#[must_use]
pub fn detect(text: &str) -> Option<Language> {
    let han = text.chars().filter(|&c| is_han(c)).count();
    let kana = text.chars().filter(|c| matches!(c, '\u{3041}'..='\u{30FF}')).count();
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’')) || is_han(c))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect();
    if words.is_empty() && han == 0 {
        return None;
    }
    if han as f64 / HAN_PER_WORD > words.len() as f64 {
        return Some(if kana * 4 > han { Language::new("ja") } else { Language::CHINESE });
    }
    let n_words = words.len() as f64;
    let function_words = words.iter().filter(|w| FUNCTION_WORDS.contains(&w.as_str())).count();
    if function_words as f64 >= MIN_FUNCTION_WORDS * n_words {
        return Some(Language::ENGLISH);
    }
    let is_ascii = words.iter().all(|word| word.is_ascii());
    if words.len() < MIN_WORDS && is_ascii {
        return Some(Language::ENGLISH);
    }
    Some(match whichlang::detect_language(&words.join(" ")) {
        Lang::Ara => Language::new("ar"),
        Lang::Cmn => Language::CHINESE,
        Lang::Deu => Language::new("de"),
        Lang::Eng => Language::ENGLISH,
        Lang::Fra => Language::new("fr"),
        Lang::Hin => Language::new("hi"),
        Lang::Ita => Language::new("it"),
        Lang::Jpn => Language::new("ja"),
        Lang::Kor => Language::new("ko"),
        Lang::Nld => Language::new("nl"),
        Lang::Por => Language::new("pt"),
        Lang::Rus => Language::new("ru"),
        Lang::Spa => Language::new("es"),
        Lang::Swe => Language::new("sv"),
        Lang::Tur => Language::new("tr"),
        Lang::Vie => Language::new("vi"),
    })
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
