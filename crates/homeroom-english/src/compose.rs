//! Putting a suggestion together: spaces, capitals, articles, inflection.

use std::ops::Range;

use homeroom_core::{Analysis, Span, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

/// A replacement and the span that it replaces, which may be wider than what was marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// What is replaced.
    pub(crate) span: Span,
    /// By what.
    pub(crate) text: String,
}

impl Replacement {
    /// The same change as a replacement of the wider span `whole` of `text`.
    #[must_use]
    pub(crate) fn widened(&self, text: &str, whole: Span) -> String {
        let before = Span::new(whole.start, self.span.start).of(text);
        let after = Span::new(self.span.end, whole.end).of(text);
        format!("{before}{}{after}", self.text)
    }
}

/// Replaces the tokens of `marked` by `words`.
///
/// Absent words (empty strings) leave no space; a suffix (`n't`, `'s`) or a comma is attached; the capital at the
/// start of a sentence is kept; *a* and *an* before and inside are chosen anew; a deletion takes one space with it.
#[must_use]
pub(crate) fn replacement(analysis: &Analysis, marked: Range<usize>, words: &[String]) -> Replacement {
    let span = analysis.span_of(marked.start, marked.end - 1);
    let sentence = &analysis.sentences[analysis.tokens[marked.start].sentence];
    let at_start = marked.start == sentence.tokens.start;
    let mut out = join(words);
    fix_articles(&mut out);
    if out.is_empty() {
        return deletion(analysis, marked, span, at_start, sentence.tokens.end);
    }
    let first = analysis.form(marked.start);
    if at_start && first.chars().next().is_some_and(char::is_uppercase) {
        // A word that has moved away from the start loses its capital.
        if first.chars().count() > 1 && analysis.tokens[marked.start].upos != Upos::Propn && !out.starts_with(first) {
            let lower = first.to_lowercase();
            out = out.split(' ').map(|w| if w == first { lower.as_str() } else { w }).collect::<Vec<_>>().join(" ");
        }
        out = capitalise(&out);
    }
    if let Some(before) = marked.start.checked_sub(1).filter(|&i| i >= sentence.tokens.start) {
        let article = &analysis.tokens[before];
        if let Some(right) = article_for(&article.lower, &out) {
            let span = article.span.join(span);
            let right = if analysis.form(before).starts_with('A') { capitalise(right) } else { right.to_owned() };
            return Replacement { span, text: format!("{right} {out}") };
        }
    }
    Replacement { span, text: out }
}

fn deletion(analysis: &Analysis, marked: Range<usize>, span: Span, at_start: bool, end: usize) -> Replacement {
    let text = analysis.text();
    if at_start && marked.end < end {
        let next = analysis.tokens[marked.end].span;
        let follower = next.of(text);
        let capital = analysis.form(marked.start).chars().next().is_some_and(char::is_uppercase);
        let follower = if capital { capitalise(follower) } else { follower.to_owned() };
        return Replacement { span: span.join(next), text: follower };
    }
    let before = text[..span.start].chars().next_back();
    if before == Some(' ') {
        return Replacement { span: Span::new(span.start - 1, span.end), text: String::new() };
    }
    if text[span.end..].starts_with(' ') {
        return Replacement { span: Span::new(span.start, span.end + 1), text: String::new() };
    }
    Replacement { span, text: String::new() }
}

fn join(words: &[String]) -> String {
    let mut out = String::new();
    for word in words.iter().filter(|w| !w.is_empty()) {
        let attached = word.starts_with(['\'', '’', ',', '.', ';', ':', '?', '!'])
            || word.eq_ignore_ascii_case("n't")
            || word.eq_ignore_ascii_case("n’t");
        if !out.is_empty() && !attached {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// `word` with its first letter in upper case.
#[must_use]
pub fn capitalise(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// `new` with the case of `old`: all capitals, a first capital, or as it is.
#[must_use]
pub fn match_case(old: &str, new: &str) -> String {
    let letters: Vec<char> = old.chars().filter(|c| c.is_alphabetic()).collect();
    if letters.len() > 1 && letters.iter().all(|c| c.is_uppercase()) {
        return new.to_uppercase();
    }
    if letters.first().is_some_and(|c| c.is_uppercase()) { capitalise(new) } else { new.to_owned() }
}

/// The article that should stand before `next`, where `article` is *a* or *an* and is the wrong one.
fn article_for(article: &str, next: &str) -> Option<&'static str> {
    let word = next.split([' ', '-']).next()?;
    let right = if homeroom_harper::starts_with_vowel_sound(word)? { "an" } else { "a" };
    (matches!(article, "a" | "an") && article != right).then_some(right)
}

fn fix_articles(text: &mut String) {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for (i, word) in words.iter().enumerate() {
        let right = words.get(i + 1).and_then(|next| article_for(&word.to_lowercase(), next));
        out.push(right.map_or_else(|| (*word).to_owned(), |r| match_case(if *word == "A" { "Aa" } else { word }, r)));
    }
    *text = out.join(" ");
}

/// The form that a token is in, by its tag and, where the tag is of no help, by its spelling.
#[must_use]
pub(crate) fn form_of(lexicon: &Lexicon, token: &Token) -> Form {
    match token.xpos {
        "VBZ" => Form::ThirdPerson,
        "VBD" => Form::Past,
        "VBN" => Form::PastParticiple,
        "VBG" => Form::Gerund,
        "NNS" | "NNPS" => Form::Plural,
        "JJR" | "RBR" => Form::Comparative,
        "JJS" | "RBS" => Form::Superlative,
        "VB" | "VBP" | "NN" | "NNP" => {
            // "He open the light": base. But a past form that was tagged as a base is still past.
            let lemma = lexicon.lemma(&token.lower, Upos::Verb);
            if lemma != token.lower && lexicon.inflect(&lemma, Form::Past).as_deref() == Some(token.lower.as_str()) {
                Form::Past
            } else if lemma != token.lower
                && lexicon.inflect(&lemma, Form::ThirdPerson).as_deref() == Some(token.lower.as_str())
                && token.xpos != "NN"
            {
                Form::ThirdPerson
            } else {
                Form::Base
            }
        }
        _ => Form::Base,
    }
}

/// `lemma` in a form; of a lemma of several words the first is inflected, of *be* the form that fits any subject best.
#[must_use]
pub(crate) fn inflect_first_word(lexicon: &Lexicon, lemma: &str, form: Form) -> String {
    let (first, rest) = lemma.split_once(['_', ' ']).map_or((lemma, None), |(a, b)| (a, Some(b)));
    let inflected = lexicon.inflect(first, form).unwrap_or_else(|| first.to_owned());
    rest.map_or_else(|| inflected.clone(), |r| format!("{inflected} {}", r.replace('_', " ")))
}
