//! Phrase rules: data files (`data/phrases/<id>.toml`) that say what learners write, what people say, and why.
//!
//! Each file carries its own tests. A pattern is a row of elements that are matched over the tokens of one sentence:
//!
//! | element | matches |
//! | --- | --- |
//! | `word` | that form, whatever its case |
//! | `<lemma>` | any inflected form |
//! | `[a\|<b>\|NOUN]` | one token out of a set |
//! | `!x` | one token that is not `x` |
//! | `DET POSS NOUN PROPN ADJ ADV VERB PRON NUM ADP INF GERUND PAST` | one token of that class |
//! | `x?` | `x` or nothing |
//! | `..3` | up to three tokens of the same clause |
//! | `^` `$` | start and end of the sentence |
//! | `{ … }` | the part that is marked, the rest being context |
//!
//! Elements are numbered from 1. In a suggestion `$2` is the text of element 2, `<turn@1>` is *turn* inflected like
//! element 1, and `<2:ing>` is element 2 in that form.

use std::sync::OnceLock;

use homeroom_core::{Analysis, Bilingual, Display, Finding, Severity, Span, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::compose;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/data/phrases");

/// A phrase rule as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhraseRule {
    /// Id, also the name of the file.
    pub id: String,
    /// Kind of phrase (`chinglish`, `collocation`, `preposition`, ...).
    pub category: String,
    /// ERRANT type.
    pub errant: String,
    /// Teacher's code.
    pub code: String,
    /// `sure`, `check` or `style`.
    pub level: Level,
    /// Probability that a careful teacher would mark a match.
    pub confidence: f64,
    /// What is matched.
    pub patterns: Vec<String>,
    /// What is suggested, best first.
    pub suggest: Vec<String>,
    /// Why, in English.
    pub en: String,
    /// Why, in Chinese.
    pub zh: String,
    /// Texts with exactly one match, and how they look put right.
    pub hit: Vec<Hit>,
    /// Texts without a match.
    pub miss: Vec<Miss>,
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A default mark.
    Sure,
    /// "Check this".
    Check,
    /// A remark on style.
    Style,
}

/// A text that the rule must put right.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// As a learner writes it.
    pub text: String,
    /// After the first suggestion.
    pub fix: String,
}

/// A text that the rule must leave alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    /// Right English.
    pub text: String,
}

/// Why a phrase rule can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PhraseError {
    /// The file is not a rule.
    #[error("phrase rule {file}: {source}")]
    File {
        /// Name of the file.
        file: String,
        /// What the reader of TOML says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A pattern can't be read.
    #[error("phrase rule {rule}: pattern element {element:?} can't be read")]
    Pattern {
        /// The rule.
        rule: String,
        /// The element.
        element: String,
    },
    /// A suggestion names an element that no pattern has.
    #[error("phrase rule {rule}: suggestion part {part:?} can't be read")]
    Suggestion {
        /// The rule.
        rule: String,
        /// The part.
        part: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
enum Atom {
    Word(String),
    Lemma(String),
    Class(Class),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Det,
    Poss,
    Noun,
    Propn,
    Adj,
    Adv,
    Verb,
    Pron,
    Num,
    Adp,
    Inf,
    Gerund,
    Past,
}

impl Class {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "DET" => Self::Det,
            "POSS" => Self::Poss,
            "NOUN" => Self::Noun,
            "PROPN" => Self::Propn,
            "ADJ" => Self::Adj,
            "ADV" => Self::Adv,
            "VERB" => Self::Verb,
            "PRON" => Self::Pron,
            "NUM" => Self::Num,
            "ADP" => Self::Adp,
            "INF" => Self::Inf,
            "GERUND" => Self::Gerund,
            "PAST" => Self::Past,
            _ => return None,
        })
    }

    fn matches(self, token: &Token) -> bool {
        let possessive =
            matches!(token.lower.as_str(), "my" | "your" | "his" | "her" | "its" | "our" | "their" | "one's");
        match self {
            Self::Det => token.upos == Upos::Det,
            Self::Poss => possessive,
            Self::Noun => token.upos == Upos::Noun,
            Self::Propn => token.upos == Upos::Propn,
            Self::Adj => token.upos == Upos::Adj,
            Self::Adv => token.upos == Upos::Adv,
            Self::Verb => matches!(token.upos, Upos::Verb | Upos::Aux),
            Self::Pron => token.upos == Upos::Pron && !possessive,
            Self::Num => token.upos == Upos::Num,
            Self::Adp => token.upos == Upos::Adp,
            Self::Inf => matches!(token.xpos, "VB" | "VBP"),
            Self::Gerund => token.xpos == "VBG",
            Self::Past => matches!(token.xpos, "VBD" | "VBN"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Matcher {
    One(Vec<Atom>),
    Not(Vec<Atom>),
    Gap(usize),
    Start,
    End,
}

#[derive(Debug, Clone)]
struct Element {
    matcher: Matcher,
    optional: bool,
    /// Number that a suggestion names it by; 0 for the anchors.
    number: usize,
}

#[derive(Debug, Clone)]
struct Pattern {
    elements: Vec<Element>,
    /// Elements between the braces, as indices.
    marked: std::ops::Range<usize>,
    /// How many elements a suggestion can name.
    numbers: usize,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Group(usize),
    Like(String, usize),
    Form(usize, Form),
}

/// A rule that is ready to match.
struct Compiled {
    rule: PhraseRule,
    patterns: Vec<Pattern>,
    suggestions: Vec<Vec<Part>>,
}

/// All phrase rules of the data folder.
pub struct Phrases {
    rules: Vec<Compiled>,
}

impl Phrases {
    /// The rules that are built in.
    #[must_use]
    pub fn shipped() -> &'static Phrases {
        static SHIPPED: OnceLock<Phrases> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let files = FILES.files().filter_map(|f| Some((f.path().to_str()?, f.contents_utf8()?)));
            Self::from_files(files).expect("invariant: the shipped phrase rules are readable (tested)")
        })
    }

    /// Rules from files given as name and content.
    ///
    /// # Errors
    /// [`PhraseError`] for the first file that can't be read.
    pub fn from_files<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, PhraseError> {
        let mut rules = Vec::new();
        for (file, content) in files {
            let rule: PhraseRule = toml::from_str(content)
                .map_err(|source| PhraseError::File { file: file.to_owned(), source: Box::new(source) })?;
            rules.push(compile(rule)?);
        }
        rules.sort_by(|a, b| a.rule.id.cmp(&b.rule.id));
        Ok(Self { rules })
    }

    /// The rules themselves, in order of their ids.
    pub fn rules(&self) -> impl Iterator<Item = &PhraseRule> {
        self.rules.iter().map(|r| &r.rule)
    }

    /// Adds what the rules find.
    pub fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        let lexicon = Lexicon::shipped();
        for sentence in &analysis.sentences {
            let range = sentence.tokens.clone();
            let words: Vec<Word<'_>> = analysis.tokens[range.clone()].iter().map(|t| Word::new(lexicon, t)).collect();
            for compiled in &self.rules {
                let mut next_free = 0;
                for start in 0..words.len() {
                    if start < next_free {
                        continue;
                    }
                    let Some(found) = compiled.patterns.iter().find_map(|p| run(p, &words, start)) else {
                        continue;
                    };
                    next_free = found.marked.end.max(start + 1);
                    findings.extend(report(analysis, lexicon, compiled, range.start, &found));
                }
            }
        }
    }
}

/// A token with every lemma that it may have: in learners' text the tag is often wrong.
struct Word<'a> {
    token: &'a Token,
    lemmas: [std::borrow::Cow<'a, str>; 3],
}

impl<'a> Word<'a> {
    fn new(lexicon: &'a Lexicon, token: &'a Token) -> Self {
        let lemma = |upos| lexicon.lemma(&token.lower, upos);
        Self { token, lemmas: [lemma(Upos::Verb), lemma(Upos::Noun), lemma(Upos::Adj)] }
    }

    fn is(&self, atom: &Atom) -> bool {
        match atom {
            Atom::Word(w) => self.token.lower == *w,
            Atom::Lemma(l) => {
                self.token.lemma == *l || self.token.lower == *l || self.lemmas.iter().any(|x| x == l.as_str())
            }
            Atom::Class(c) => c.matches(self.token),
        }
    }
}

/// A match: token ranges within the sentence.
struct Found {
    marked: std::ops::Range<usize>,
    groups: Vec<Option<std::ops::Range<usize>>>,
}

fn run(pattern: &Pattern, words: &[Word<'_>], start: usize) -> Option<Found> {
    let mut places = vec![None; pattern.elements.len()];
    if !step(pattern, words, 0, start, &mut places) {
        return None;
    }
    let inside: Vec<&std::ops::Range<usize>> = places[pattern.marked.clone()].iter().flatten().collect();
    let marked = inside.first()?.start..inside.last()?.end;
    let mut groups = vec![None; pattern.numbers + 1];
    for (element, place) in pattern.elements.iter().zip(&places) {
        if element.number > 0 {
            groups[element.number].clone_from(place);
        }
    }
    Some(Found { marked, groups })
}

fn step(
    pattern: &Pattern,
    words: &[Word<'_>],
    index: usize,
    at: usize,
    places: &mut Vec<Option<std::ops::Range<usize>>>,
) -> bool {
    let Some(element) = pattern.elements.get(index) else {
        return true;
    };
    match &element.matcher {
        Matcher::Start => at == 0 && step(pattern, words, index + 1, at, places),
        Matcher::End => {
            let at_end = words[at.min(words.len())..].iter().all(|w| w.token.upos == Upos::Punct);
            at_end && step(pattern, words, index + 1, at, places)
        }
        Matcher::Gap(most) => (0..=*most).any(|n| {
            let within = at + n <= words.len() && !words[at..at + n].iter().any(|w| is_clause_end(w.token));
            if !within {
                return false;
            }
            places[index] = (n > 0).then_some(at..at + n);
            step(pattern, words, index + 1, at + n, places)
        }),
        Matcher::One(atoms) => {
            let hit = words.get(at).is_some_and(|w| atoms.iter().any(|a| w.is(a)));
            take(pattern, words, index, at, hit, places)
        }
        Matcher::Not(atoms) => {
            let hit = words.get(at).is_some_and(|w| w.token.upos != Upos::Punct && !atoms.iter().any(|a| w.is(a)));
            take(pattern, words, index, at, hit, places)
        }
    }
}

fn take(
    pattern: &Pattern,
    words: &[Word<'_>],
    index: usize,
    at: usize,
    hit: bool,
    places: &mut Vec<Option<std::ops::Range<usize>>>,
) -> bool {
    if hit {
        places[index] = Some(at..at + 1);
        if step(pattern, words, index + 1, at + 1, places) {
            return true;
        }
    }
    places[index] = None;
    pattern.elements[index].optional && step(pattern, words, index + 1, at, places)
}

fn is_clause_end(token: &Token) -> bool {
    matches!(token.lower.as_str(), "." | "!" | "?" | ";" | ":" | "…")
}

fn report(analysis: &Analysis, lexicon: &Lexicon, compiled: &Compiled, first: usize, found: &Found) -> Option<Finding> {
    let rule = &compiled.rule;
    let marked = first + found.marked.start..first + found.marked.end;
    let span = analysis.span_of(marked.start, marked.end - 1);
    let group = |n: usize| found.groups.get(n).and_then(Option::as_ref).map(|r| first + r.start..first + r.end);
    let mut whole = None;
    let mut suggestions = Vec::new();
    for parts in &compiled.suggestions {
        let words: Option<Vec<String>> =
            parts.iter().map(|p| render(analysis, lexicon, p, &group)).collect::<Option<Vec<_>>>();
        let replacement = compose::replacement(analysis, marked.clone(), &words?);
        // All suggestions of a finding replace the same span: the widest that any of them needs.
        whole = Some(whole.map_or(replacement.span, |w: Span| w.join(replacement.span)));
        suggestions.push(replacement);
    }
    let span = whole.unwrap_or(span);
    let text = analysis.text();
    let suggestions: Vec<String> = suggestions.into_iter().map(|r| r.widened(text, span)).collect();
    let (display, severity) = match rule.level {
        Level::Sure => (Display::Sure, Severity::Major),
        Level::Check => (Display::Check, Severity::Major),
        Level::Style => (Display::Style, Severity::Minor),
    };
    if suggestions.first().is_some_and(|s| s == span.of(text)) {
        return None;
    }
    Some(Finding {
        span,
        checker: rule.id.clone(),
        source: "phrase".to_owned(),
        errant: rule.errant.clone(),
        code: rule.code.clone(),
        severity,
        display,
        confidence: rule.confidence,
        explanation: Bilingual::new(&rule.en, &rule.zh),
        suggestions,
    })
}

fn render(
    analysis: &Analysis,
    lexicon: &Lexicon,
    part: &Part,
    group: &dyn Fn(usize) -> Option<std::ops::Range<usize>>,
) -> Option<String> {
    let text_of = |r: std::ops::Range<usize>| analysis.span_of(r.start, r.end - 1).of(analysis.text()).to_owned();
    match part {
        Part::Text(word) => Some(word.clone()),
        Part::Group(n) => Some(group(*n).map_or_else(String::new, text_of)),
        Part::Like(lemma, n) => {
            let form = group(*n).map_or(Form::Base, |r| compose::form_of(lexicon, &analysis.tokens[r.start]));
            Some(compose::inflect_first_word(lexicon, lemma, form))
        }
        Part::Form(n, form) => {
            let range = group(*n)?;
            let token = &analysis.tokens[range.start];
            let upos = match form {
                Form::Plural | Form::Singular => Upos::Noun,
                Form::Comparative | Form::Superlative => Upos::Adj,
                _ => Upos::Verb,
            };
            let lemma = lexicon.lemma(&token.lower, upos).into_owned();
            Some(compose::inflect_first_word(lexicon, &lemma, *form))
        }
    }
}

fn compile(rule: PhraseRule) -> Result<Compiled, PhraseError> {
    let patterns = rule.patterns.iter().map(|p| parse_pattern(&rule.id, p)).collect::<Result<Vec<_>, _>>()?;
    let numbers = patterns.iter().map(|p| p.numbers).max().unwrap_or(0);
    let suggestions = rule
        .suggest
        .iter()
        .map(|s| s.split_whitespace().map(|w| parse_part(&rule.id, w, numbers)).collect::<Result<Vec<_>, _>>())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Compiled { rule, patterns, suggestions })
}

fn parse_pattern(rule: &str, pattern: &str) -> Result<Pattern, PhraseError> {
    let mut elements: Vec<Element> = Vec::new();
    let mut marked = None;
    let mut open = None;
    let mut number = 0;
    for word in split_elements(pattern) {
        let word = word.as_str();
        let bad = || PhraseError::Pattern { rule: rule.to_owned(), element: word.to_owned() };
        match word {
            "{" => open = Some(elements.len()),
            "}" => marked = Some(open.ok_or_else(bad)?..elements.len()),
            "^" => elements.push(Element { matcher: Matcher::Start, optional: false, number: 0 }),
            "$" => elements.push(Element { matcher: Matcher::End, optional: false, number: 0 }),
            _ => {
                number += 1;
                let (body, optional) = match word.strip_suffix('?') {
                    Some(body) if !body.is_empty() => (body, true),
                    _ => (word, false),
                };
                let matcher = if let Some(n) = body.strip_prefix("..") {
                    Matcher::Gap(n.parse().map_err(|_| bad())?)
                } else if let Some(rest) = body.strip_prefix('!').filter(|r| !r.is_empty()) {
                    Matcher::Not(parse_atoms(rest).ok_or_else(bad)?)
                } else {
                    Matcher::One(parse_atoms(body).ok_or_else(bad)?)
                };
                push_element(&mut elements, matcher, optional, number);
            }
        }
    }
    let all = 0..elements.len();
    Ok(Pattern { elements, marked: marked.unwrap_or(all), numbers: number })
}

/// A literal that the tokeniser splits (`don't`, `well-known`) becomes several elements, of which the first has the
/// number.
fn push_element(elements: &mut Vec<Element>, matcher: Matcher, optional: bool, number: usize) {
    if let Matcher::One(atoms) = &matcher
        && let [Atom::Word(word)] = atoms.as_slice()
        // A clitic that stands alone in a pattern (`'s`) is a token already.
        && !word.starts_with('\'')
    {
        let spans = crate::tokenise::tokens(word, 0..word.len());
        if spans.len() > 1 {
            for (i, span) in spans.iter().enumerate() {
                let atom = Atom::Word(span.of(word).to_owned());
                elements.push(Element {
                    matcher: Matcher::One(vec![atom]),
                    optional,
                    number: if i == 0 { number } else { 0 },
                });
            }
            return;
        }
    }
    elements.push(Element { matcher, optional, number });
}

/// Splits at white space, but not inside `[...]` or `<...>`.
fn split_elements(pattern: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut depth = 0usize;
    for c in pattern.chars() {
        match c {
            '[' | '<' => depth += 1,
            ']' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && depth == 0 {
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
            }
        } else {
            current.push(c);
        }
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}

fn parse_atoms(text: &str) -> Option<Vec<Atom>> {
    if let Some(inner) = text.strip_prefix('[') {
        return inner.strip_suffix(']')?.split('|').map(|a| parse_atom(a.trim())).collect();
    }
    Some(vec![parse_atom(text)?])
}

fn parse_atom(text: &str) -> Option<Atom> {
    if text.is_empty() {
        return None;
    }
    if let Some(lemma) = text.strip_prefix('<') {
        return Some(Atom::Lemma(lemma.strip_suffix('>')?.to_lowercase()));
    }
    if text.contains(['<', '>', '[', ']']) {
        return None;
    }
    if let Some(class) = Class::parse(text) {
        return Some(Atom::Class(class));
    }
    Some(Atom::Word(crate::tokenise::normalise(text)))
}

fn parse_part(rule: &str, word: &str, numbers: usize) -> Result<Part, PhraseError> {
    let bad = || PhraseError::Suggestion { rule: rule.to_owned(), part: word.to_owned() };
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| (1..=numbers).contains(n)).ok_or_else(bad);
    if let Some(n) = word.strip_prefix('$').filter(|n| n.starts_with(|c: char| c.is_ascii_digit())) {
        return Ok(Part::Group(number(n)?));
    }
    let Some(inner) = word.strip_prefix('<') else {
        return Ok(Part::Text(word.to_owned()));
    };
    let inner = inner.strip_suffix('>').ok_or_else(bad)?;
    if let Some((lemma, n)) = inner.split_once('@') {
        return Ok(Part::Like(lemma.to_owned(), number(n)?));
    }
    let (n, form) = inner.split_once(':').ok_or_else(bad)?;
    let form = match form {
        "base" => Form::Base,
        "s" => Form::ThirdPerson,
        "past" => Form::Past,
        "pp" => Form::PastParticiple,
        "ing" => Form::Gerund,
        "plural" => Form::Plural,
        "singular" => Form::Singular,
        _ => return Err(bad()),
    };
    Ok(Part::Form(number(n)?, form))
}

#[cfg(test)]
mod tests {
    use homeroom_core::{Document, Language};

    use super::*;
    use crate::English;

    /// Runs the cases of every rule file and reports all that fail at once.
    #[test]
    fn every_rule_passes_its_own_cases() {
        let phrases = Phrases::shipped();
        let mut failures = Vec::new();
        for compiled in &phrases.rules {
            let rule = &compiled.rule;
            let find = |text: &str| {
                let analysis = English::shipped().analyse(&Document::new(text, Language::ENGLISH));
                let mut findings = Vec::new();
                phrases.check(&analysis, &mut findings);
                findings.retain(|f| f.checker == rule.id);
                let tags: Vec<String> =
                    analysis.tokens.iter().map(|t| format!("{}/{}/{}", t.lower, t.upos.as_str(), t.xpos)).collect();
                (findings, tags.join(" "))
            };
            if rule.hit.is_empty() || rule.miss.is_empty() || rule.en.is_empty() || rule.zh.is_empty() {
                failures.push(format!("{}: incomplete", rule.id));
            }
            for hit in &rule.hit {
                let (findings, tags) = find(&hit.text);
                let fixed = match findings.as_slice() {
                    [finding] => finding.apply(&hit.text),
                    _ => None,
                };
                if fixed.as_deref() != Some(&hit.fix) || hit.fix == hit.text {
                    let n = findings.len();
                    failures.push(format!(
                        "{} HIT {:?}\n   want {:?}\n   got  {fixed:?} ({n} findings)\n   {tags}",
                        rule.id, hit.text, hit.fix
                    ));
                }
            }
            for miss in &rule.miss {
                let (findings, tags) = find(&miss.text);
                if !findings.is_empty() {
                    failures.push(format!("{} MISS {:?}\n   {tags}", rule.id, miss.text));
                }
            }
        }
        assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
    }

    #[test]
    fn there_are_at_least_150_rules_of_phrases() {
        assert!(Phrases::shipped().rules.len() >= 150);
    }

    #[test]
    fn a_file_that_is_no_rule_is_named() {
        let error = Phrases::from_files([("x.toml", "id = 3")].into_iter()).err().map(|e| e.to_string());
        assert!(error.is_some_and(|e| e.contains("x.toml")));
    }
}
