//! Kinds of findings: the one table that says how each is called, coloured and underlined.

use homeroom_core::{Display, Finding};

/// Key of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KindId {
    /// A word that is no word, or another one than was meant.
    Spelling,
    /// Tense, form and agreement of verbs.
    Verbs,
    /// Articles, number and form of nouns.
    Nouns,
    /// Prepositions, pronouns and particles.
    SmallWords,
    /// The wrong word, or words that do not go together.
    WordChoice,
    /// Run-ons, fragments, word order, conjunctions.
    Sentence,
    /// Punctuation.
    Punctuation,
    /// Capitals, spaces, hyphens.
    Capitals,
    /// Remarks on style.
    Style,
}

/// How a kind is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kind {
    /// Its key.
    pub id: KindId,
    /// Its name in class attributes and exports.
    pub slug: &'static str,
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
    /// Ink on light paper, `#rrggbb`; at least 4.5 : 1 on the pages' paper.
    pub ink_light: &'static str,
    /// Ink on dark paper, `#rrggbb`; at least 4.5 : 1 on the pages' dark paper.
    pub ink_dark: &'static str,
    /// CSS `text-decoration-style` with thickness: no two kinds have the same, so that colour is never alone.
    pub underline: &'static str,
}

/// Every kind, in the order of the filters and of their number keys.
#[must_use]
pub fn kinds() -> &'static [Kind; 9] {
    &KINDS
}

const KINDS: [Kind; 9] = [
    kind(KindId::Spelling, "spelling", "Spelling", "拼写", "#b42318", "#ff9c8f", "wavy 1.5px"),
    kind(KindId::Verbs, "verbs", "Verbs", "动词", "#1d4ed8", "#9dbcff", "solid 2px"),
    kind(KindId::Nouns, "nouns", "Nouns and articles", "名词与冠词", "#0f6b5c", "#6fd6c2", "double 2px"),
    kind(
        KindId::SmallWords,
        "small-words",
        "Prepositions and pronouns",
        "介词与代词",
        "#7a4b00",
        "#e9b866",
        "dashed 2px",
    ),
    kind(KindId::WordChoice, "word-choice", "Word choice", "用词", "#7c2d9c", "#dca6f5", "dotted 3px"),
    kind(KindId::Sentence, "sentence", "Sentence structure", "句子结构", "#a3360b", "#ffab7a", "solid 4px"),
    kind(KindId::Punctuation, "punctuation", "Punctuation", "标点", "#44546a", "#b4c3d6", "dotted 1.5px"),
    kind(KindId::Capitals, "capitals", "Capitals and spaces", "大小写与空格", "#3f5c0e", "#b9d67e", "dashed 1px"),
    kind(KindId::Style, "style", "Style", "文体", "#5f5a52", "#c9c2b6", "solid 1px"),
];

const fn kind(
    id: KindId,
    slug: &'static str,
    en: &'static str,
    zh: &'static str,
    ink_light: &'static str,
    ink_dark: &'static str,
    underline: &'static str,
) -> Kind {
    Kind { id, slug, en, zh, ink_light, ink_dark, underline }
}

/// Teachers' codes: code, kind, English, Chinese. A code says more than an ERRANT type, so it is looked up first.
const CODES: [(&str, KindId, &str, &str); 34] = [
    ("sp", KindId::Spelling, "spelling", "拼写"),
    ("sv", KindId::Verbs, "subject and verb agree", "主谓一致"),
    ("vt", KindId::Verbs, "verb tense", "动词时态"),
    ("vf", KindId::Verbs, "verb form", "动词形式"),
    ("v", KindId::Verbs, "verb missing", "缺动词"),
    ("art", KindId::Nouns, "article", "冠词"),
    ("det", KindId::Nouns, "determiner", "限定词"),
    ("pl", KindId::Nouns, "singular or plural", "单复数"),
    ("num", KindId::Nouns, "singular or plural", "单复数"),
    ("poss", KindId::Nouns, "possessive", "所有格"),
    ("prep", KindId::SmallWords, "preposition", "介词"),
    ("pron", KindId::SmallWords, "pronoun", "代词"),
    ("wc", KindId::WordChoice, "word choice", "用词"),
    ("ww", KindId::WordChoice, "wrong word", "错词"),
    ("wf", KindId::WordChoice, "word form", "词形"),
    ("col", KindId::WordChoice, "words that go together", "搭配"),
    ("chin", KindId::WordChoice, "Chinglish", "中式英语"),
    ("red", KindId::WordChoice, "redundant word", "多余的词"),
    ("xw", KindId::WordChoice, "one word too many", "多了一个词"),
    ("rep", KindId::WordChoice, "repeated word", "重复的词"),
    ("adj", KindId::WordChoice, "adjective or adverb", "形容词或副词"),
    ("wo", KindId::Sentence, "word order", "语序"),
    ("ro", KindId::Sentence, "run-on sentence", "连写句"),
    ("cs", KindId::Sentence, "comma splice", "逗号粘连"),
    ("frag", KindId::Sentence, "not a whole sentence", "残缺句"),
    ("conj", KindId::Sentence, "conjunction", "连词"),
    ("gr", KindId::Sentence, "grammar", "语法"),
    ("ss", KindId::Sentence, "sentence structure", "句子结构"),
    ("mw", KindId::Sentence, "missing word", "缺词"),
    ("p", KindId::Punctuation, "punctuation", "标点"),
    ("punct", KindId::Punctuation, "punctuation", "标点"),
    ("cap", KindId::Capitals, "capital letter", "大小写"),
    ("sty", KindId::Style, "style", "文体"),
    ("style", KindId::Style, "style", "文体"),
];

/// ERRANT categories without their operation (`R:`, `M:`, `U:`); a longer entry wins over its prefix.
const ERRANT: [(&str, KindId); 22] = [
    ("SPELL", KindId::Spelling),
    ("VERB:SVA", KindId::Verbs),
    ("VERB:TENSE", KindId::Verbs),
    ("VERB:FORM", KindId::Verbs),
    ("VERB:INFL", KindId::Verbs),
    ("NOUN:NUM", KindId::Nouns),
    ("NOUN:INFL", KindId::Nouns),
    ("NOUN:POSS", KindId::Nouns),
    ("DET", KindId::Nouns),
    ("PREP", KindId::SmallWords),
    ("PART", KindId::SmallWords),
    ("PRON", KindId::SmallWords),
    ("WO", KindId::Sentence),
    ("CONJ", KindId::Sentence),
    ("PUNCT", KindId::Punctuation),
    ("ORTH", KindId::Capitals),
    ("NOUN", KindId::WordChoice),
    ("VERB", KindId::WordChoice),
    ("ADJ", KindId::WordChoice),
    ("ADV", KindId::WordChoice),
    ("MORPH", KindId::WordChoice),
    ("CONTR", KindId::Punctuation),
];

fn by_id(id: KindId) -> &'static Kind {
    // `KINDS` lists the variants in the order of their declaration; a test holds them together.
    &KINDS[id as usize]
}

/// The kind of a finding: a remark on style is style; else its code decides, else its ERRANT type, else it is a matter of
/// word choice.
#[must_use]
pub fn kind_of(finding: &Finding) -> &'static Kind {
    if finding.display == Display::Style {
        return by_id(KindId::Style);
    }
    if let Some((_, id, _, _)) = CODES.iter().find(|(code, ..)| *code == finding.code) {
        return by_id(*id);
    }
    let category = match finding.errant.split_once(':') {
        Some(("R" | "M" | "U", rest)) => rest,
        _ => finding.errant.as_str(),
    };
    let head = category.split(':').next().unwrap_or(category);
    let found = ERRANT.iter().find(|(c, _)| *c == category).or_else(|| ERRANT.iter().find(|(c, _)| *c == head));
    by_id(found.map_or(KindId::WordChoice, |(_, id)| *id))
}

/// What a teacher's code stands for, in English and in Chinese; `None` for a code that the table does not have.
#[must_use]
pub fn code_name(code: &str) -> Option<(&'static str, &'static str)> {
    CODES.iter().find(|(c, ..)| *c == code).map(|(_, _, en, zh)| (*en, *zh))
}

#[cfg(test)]
mod tests {
    use homeroom_core::{Bilingual, Severity, Span};

    use super::*;

    #[track_caller]
    fn check(errant: &str, code: &str, display: Display, slug: &str) {
        let finding = Finding {
            span: Span::new(0, 1),
            checker: "x".into(),
            source: "homeroom".into(),
            errant: errant.into(),
            code: code.into(),
            severity: Severity::Minor,
            display,
            confidence: 0.5,
            explanation: Bilingual::default(),
            suggestions: vec![],
        };
        assert_eq!(kind_of(&finding).slug, slug);
    }

    #[test]
    fn code_decides_then_errant() {
        check("R:SPELL", "sp", Display::Sure, "spelling");
        check("R:VERB:SVA", "?", Display::Sure, "verbs");
        check("R:VERB", "?", Display::Sure, "word-choice");
        check("R:PUNCT", "cs", Display::Sure, "sentence");
        check("M:DET", "", Display::Check, "nouns");
        check("R:NOUN:NEW", "", Display::Check, "word-choice");
        check("UNK", "", Display::Check, "word-choice");
        check("R:SPELL", "sp", Display::Style, "style");
    }

    #[test]
    fn the_table_is_in_order_and_every_underline_is_its_own() {
        for (i, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.id as usize, i);
            assert_eq!(KINDS.iter().filter(|k| k.underline == kind.underline).count(), 1, "{}", kind.slug);
        }
    }

    /// Relative luminance, WCAG 2.2.
    fn luminance(hex: &str) -> f64 {
        let channel = |i: usize| {
            let v = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).unwrap()) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn inks_are_readable_on_their_paper() {
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(a), luminance(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        let css = include_str!("../assets/page.css");
        let paper = |name: &str| {
            let at = css.find(name).unwrap() + name.len();
            css[at..].trim_start_matches([':', ' ']).get(..7).unwrap().to_owned()
        };
        for kind in &KINDS {
            assert!(contrast(kind.ink_light, &paper("--paper-light")) >= 4.5, "{} on light paper", kind.slug);
            assert!(contrast(kind.ink_dark, &paper("--paper-dark")) >= 4.5, "{} on dark paper", kind.slug);
        }
    }
}
