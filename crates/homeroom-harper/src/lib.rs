//! The one home of `harper-core`: its rules as a source of findings.
//!
//! Harper was written for native writers. Which of its rules are switched off or demoted for learners' text is data
//! (`data/rules.toml`). No crate but this one knows about Harper's types.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use harper_core::linting::{Lint, LintGroup, LintKind, Suggestion};
use harper_core::parsers::PlainEnglish;
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document as HarperDocument, InitialSound};
use homeroom_core::{Bilingual, Display, Document, Finding, Severity, Span};
use serde::Deserialize;

/// Harper keeps the lints of every clause that it has seen. Building the rules anew after this many bytes of text
/// keeps memory flat; it costs about as much as checking twenty essays.
const BYTES_BEFORE_REBUILD: usize = 400_000;

/// Probability that a teacher marks what a default rule found, before any measurement of the single rule.
const SURE_CONFIDENCE: f64 = 0.85;
/// The same for a demoted rule.
const CHECK_CONFIDENCE: f64 = 0.5;

/// As many as a page shows.
const MOST_SUGGESTIONS: usize = 5;

#[derive(Deserialize)]
struct RuleFile {
    off: HashMap<String, Vec<String>>,
    check: HashMap<String, Vec<String>>,
    style: HashMap<String, Vec<String>>,
}

/// Display of each rule that the data file names; `None` is off.
fn rules() -> &'static HashMap<String, Option<Display>> {
    static RULES: OnceLock<HashMap<String, Option<Display>>> = OnceLock::new();
    RULES.get_or_init(|| {
        let file: RuleFile =
            toml::from_str(include_str!("../data/rules.toml")).expect("invariant: data/rules.toml parses (tested)");
        let mut map = HashMap::new();
        let lists = [(file.off, None), (file.check, Some(Display::Check)), (file.style, Some(Display::Style))];
        for (group, display) in lists {
            for rule in group.into_values().flatten() {
                map.insert(rule, display);
            }
        }
        map
    })
}

/// What a kind of lint is in our terms.
struct Kind {
    errant: &'static str,
    code: &'static str,
    display: Display,
    severity: Severity,
    zh: &'static str,
}

fn kind(kind: LintKind) -> Kind {
    let k = |errant, code, display, severity, zh| Kind { errant, code, display, severity, zh };
    use Display::{Check, Style, Sure};
    use Severity::{Major, Minor};
    match kind {
        LintKind::Agreement => k("R:VERB:SVA", "sv", Sure, Major, "词与词之间的数或人称要一致。"),
        LintKind::BoundaryError => k("R:ORTH", "sp", Sure, Minor, "这里的词应当分开写或连在一起写。"),
        LintKind::Capitalization => k("R:ORTH", "cap", Sure, Minor, "注意大小写。"),
        LintKind::Eggcorn => k("R:OTHER", "wc", Sure, Major, "这是一个音近而误的说法。"),
        LintKind::Grammar => k("R:OTHER", "gr", Sure, Major, "这里的语法不对。"),
        LintKind::Malapropism => k("R:OTHER", "wc", Sure, Major, "这两个词读音相近，这里用错了词。"),
        LintKind::Nonstandard => k("R:OTHER", "wc", Check, Minor, "这不是标准的写法。"),
        LintKind::Punctuation => k("R:PUNCT", "p", Check, Minor, "注意标点符号的用法。"),
        LintKind::Repetition => k("U:OTHER", "rep", Sure, Minor, "这个词重复了。"),
        LintKind::Spelling => k("R:SPELL", "sp", Sure, Minor, "这个词拼写有误。"),
        LintKind::Typo => k("R:SPELL", "sp", Sure, Minor, "这里可能是笔误。"),
        LintKind::Usage => k("R:OTHER", "wc", Sure, Major, "英语里习惯上不这样说。"),
        LintKind::WordChoice => k("R:OTHER", "wc", Check, Major, "这里换一个词更合适。"),
        LintKind::WordOrder => k("R:WO", "wo", Sure, Major, "词序不对。"),
        LintKind::Redundancy => k("U:OTHER", "red", Style, Minor, "意思重复，可以删去多余的词。"),
        LintKind::Miscellaneous => k("R:OTHER", "wc", Check, Minor, "请检查这里的写法。"),
        _ => k("R:OTHER", "style", Style, Minor, "这是关于文体的建议。"),
    }
}

/// Harper's rules, ready to check. Not shared between threads: each thread has its own.
pub struct Harper {
    dictionary: Arc<FstDictionary>,
    group: LintGroup,
    bytes: usize,
}

impl Default for Harper {
    fn default() -> Self {
        Self::new()
    }
}

fn group(dictionary: &Arc<FstDictionary>) -> LintGroup {
    let mut group = LintGroup::new_curated(dictionary.clone(), Dialect::American);
    for (rule, display) in rules() {
        if display.is_none() {
            group.config.set_rule_enabled(rule, false);
        }
    }
    group
}

impl Harper {
    /// Loads the dictionary and builds the rules: a few tenths of a second the first time.
    #[must_use]
    pub fn new() -> Self {
        let dictionary = FstDictionary::curated();
        let group = group(&dictionary);
        Self { dictionary, group, bytes: 0 }
    }

    /// The version of harper-core.
    #[must_use]
    pub fn version() -> &'static str {
        harper_core::core_version()
    }

    /// What Harper finds in a document, in order of place.
    pub fn check(&mut self, document: &Document) -> Vec<Finding> {
        if self.bytes > BYTES_BEFORE_REBUILD {
            self.group = group(&self.dictionary);
            self.bytes = 0;
        }
        self.bytes += document.text.len();
        let text = &document.text;
        let harper_document = HarperDocument::new(text, &PlainEnglish, self.dictionary.as_ref());
        let offsets: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let mut findings = Vec::new();
        for (rule, lints) in self.group.organized_lints(&harper_document) {
            for lint in lints {
                findings.extend(finding(text, &offsets, &rule, &lint));
            }
        }
        findings.sort_by(|a, b| (a.span, &a.checker).cmp(&(b.span, &b.checker)));
        findings
    }
}

/// Harper with the rules and the dialect that it comes with: what a benchmark compares with.
pub struct AsItComes {
    dictionary: Arc<FstDictionary>,
    group: LintGroup,
}

impl Default for AsItComes {
    fn default() -> Self {
        Self::new()
    }
}

impl AsItComes {
    /// Loads the dictionary and builds the rules.
    #[must_use]
    pub fn new() -> Self {
        let dictionary = FstDictionary::curated();
        let group = LintGroup::new_curated(dictionary.clone(), Dialect::American);
        Self { dictionary, group }
    }

    /// Number of lints in a text.
    pub fn lints(&mut self, text: &str) -> usize {
        let document = HarperDocument::new(text, &PlainEnglish, self.dictionary.as_ref());
        self.group.organized_lints(&document).values().map(Vec::len).sum()
    }
}

/// Whether a word begins with a vowel sound, so that *an* goes before it; `None` where that can't be told.
#[must_use]
pub fn starts_with_vowel_sound(word: &str) -> Option<bool> {
    let chars: Vec<char> = word.chars().collect();
    match harper_core::starts_with_vowel(&chars, Dialect::American)? {
        InitialSound::Vowel => Some(true),
        InitialSound::Consonant => Some(false),
        InitialSound::Either => None,
    }
}

fn finding(text: &str, offsets: &[usize], rule: &str, lint: &Lint) -> Option<Finding> {
    let (start, end) = (*offsets.get(lint.span.start)?, *offsets.get(lint.span.end)?);
    let span = Span::new(start, end);
    if !span.fits(text) || span.is_empty() {
        return None;
    }
    let marked = span.of(text);
    let kind = kind(lint.lint_kind);
    let display = match rules().get(rule) {
        Some(None) => return None,
        Some(Some(display)) => *display,
        None => kind.display,
    };
    let mut suggestions: Vec<String> = Vec::new();
    let offered = lint
        .suggestions
        .iter()
        .map(|s| match s {
            Suggestion::ReplaceWith(chars) => chars.iter().collect(),
            Suggestion::InsertAfter(chars) => marked.chars().chain(chars.iter().copied()).collect(),
            Suggestion::Remove => String::new(),
        })
        .filter(|s: &String| s != marked);
    // Some rules offer the same change twice.
    for suggestion in offered {
        if suggestions.len() < MOST_SUGGESTIONS && !suggestions.contains(&suggestion) {
            suggestions.push(suggestion);
        }
    }
    let en: String = lint.message.chars().filter(|c| *c != '`' && *c != '*').collect();
    Some(Finding {
        span,
        checker: snake_case(rule),
        source: "harper".to_owned(),
        errant: kind.errant.to_owned(),
        code: kind.code.to_owned(),
        severity: kind.severity,
        display,
        confidence: if display == Display::Sure { SURE_CONFIDENCE } else { CHECK_CONFIDENCE },
        explanation: Bilingual::new(en, kind.zh),
        suggestions,
    })
}

fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 6);
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use homeroom_core::Language;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let mut harper = Harper::new();
        let findings = harper.check(&Document::new(text, Language::ENGLISH));
        let found: Vec<(&str, &str)> = findings
            .iter()
            .filter(|f| f.display == Display::Sure)
            .map(|f| (f.span.of(text), f.suggestions.first().map_or("", String::as_str)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn finds_what_its_rules_find_at_the_right_bytes() {
        check("“Café” said that i was right.", &[("i", "I")]);
    }

    #[test]
    fn spares_regional_spellings() {
        check("The colour of the centre is my favourite.", &[]);
    }

    #[test]
    fn every_rule_that_the_data_names_exists() {
        let harper = Harper::new();
        let unknown: Vec<&String> = rules().keys().filter(|r| !harper.group.contains_key(r)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
