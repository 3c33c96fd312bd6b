//! From a document to findings: two rounds over every sentence, then one with what the rules found.

use homeroom_core::{Analysis, Bilingual, Display, Finding, Severity, Span};

use crate::edit::{Edit, Words};
use crate::kind::Kind;
use crate::scan::{Scored, scan};
use crate::scorer::Scorer;
use crate::select::{Chosen, select};

/// Longest sentence that is looked at, in words: a longer one is a list or lacks its full stops.
const LONGEST: usize = 90;
/// Name of the source of these findings.
pub(crate) const SOURCE: &str = "lm";

/// The deep checker: a language model's own probabilities.
pub struct Deep {
    scorer: Box<dyn Scorer>,
    /// Added to every threshold, in nats.
    shift: f32,
}

impl Deep {
    /// With this language model.
    #[must_use]
    pub fn new(scorer: Box<dyn Scorer>) -> Self {
        Self { scorer, shift: 0.0 }
    }

    /// With every threshold raised by so many nats: fewer marks, surer ones.
    #[must_use]
    pub fn stricter(mut self, nats: f32) -> Self {
        self.shift = nats;
        self
    }

    /// What the model finds in a document, in order of place. It cannot fail; a sentence that is too long yields nothing.
    #[must_use]
    pub fn check(&self, analysis: &Analysis) -> Vec<Finding> {
        (0..analysis.sentences.len()).flat_map(|s| self.check_sentence(analysis, s)).collect()
    }

    /// The same for one sentence.
    #[must_use]
    pub fn check_sentence(&self, analysis: &Analysis, sentence: usize) -> Vec<Finding> {
        let Some(here) = analysis.sentences.get(sentence) else { return Vec::new() };
        let text = here.span.of(analysis.text());
        let before = sentence.checked_sub(1).and_then(|s| analysis.sentences.get(s));
        let context = before.map_or("", |s| s.span.of(analysis.text()));
        self.corrections(text, context)
            .into_iter()
            .map(|c| c.finding(text, here.span.start))
            .collect()
    }

    /// Every candidate that does not make a sentence less likely, scored: what thresholds and filters are made from.
    #[must_use]
    pub fn scored(&self, sentence: &str, context: &str) -> Vec<Scored> {
        let words = Words::new(sentence);
        if words.len() > LONGEST || words.len() < 2 {
            return Vec::new();
        }
        scan(self.scorer.as_ref(), &words, context).unwrap_or_default()
    }

    fn corrections(&self, text: &str, context: &str) -> Vec<Correction> {
        let first = self.chosen(text, context);
        if first.is_empty() {
            return Vec::new();
        }
        let corrections: Vec<Correction> = first.into_iter().map(Correction::from).collect();
        let (changed, places) = apply(text, &corrections);
        let second = self.chosen(&changed, context);
        second.into_iter().fold(corrections, |all, chosen| join(text, &changed, &places, all, &chosen))
    }

    fn chosen(&self, text: &str, context: &str) -> Vec<Chosen> {
        select(self.scored(text, context), |s| s.gain() - s.edit.kind.info().threshold - self.shift)
    }
}

/// A change of a sentence as the pupil wrote it.
#[derive(Debug, Clone)]
struct Correction {
    span: Span,
    replacement: String,
    new: String,
    kind: Kind,
    margin: f32,
}

impl From<Chosen> for Correction {
    fn from(chosen: Chosen) -> Self {
        let Edit { span, replacement, kind, new, .. } = chosen.scored.edit;
        Self { span, replacement, new, kind, margin: chosen.margin }
    }
}

/// Margin in nats at which a finding is as likely right as not, and the margin that multiplies its odds by e.
const EVEN_MARGIN: f32 = -1.0;
const MARGIN_SCALE: f32 = 1.5;

impl Correction {
    fn finding(&self, sentence: &str, offset: usize) -> Finding {
        let (span, suggestion) = self.shown(sentence);
        let info = self.kind.info();
        let old = span.of(sentence).trim();
        let fill = |template: &str| template.replace("{old}", old).replace("{new}", self.new.trim());
        let odds = ((self.margin - EVEN_MARGIN) / MARGIN_SCALE).exp();
        let confidence = f64::from(odds / (1.0 + odds));
        Finding {
            span: Span::new(span.start + offset, span.end + offset),
            checker: info.id.clone(),
            source: SOURCE.to_owned(),
            errant: info.errant.clone(),
            code: info.code.clone(),
            severity: if info.display == Display::Sure { Severity::Major } else { Severity::Minor },
            display: info.display,
            confidence,
            explanation: Bilingual::new(fill(&info.en), fill(&info.zh)),
            suggestions: vec![suggestion],
        }
    }

    /// An insertion is shown on a word next to it, so that there is something to see.
    fn shown(&self, sentence: &str) -> (Span, String) {
        if !self.span.is_empty() {
            return (self.span, self.replacement.clone());
        }
        let at = self.span.start;
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}' | '-');
        if self.replacement.ends_with(' ') {
            let after = &sentence[at..];
            let len = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
            return (Span::new(at, at + len), format!("{}{}", self.replacement, &after[..len]));
        }
        let before = &sentence[..at];
        let start = before.rfind(|c: char| !is_word(c)).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        (Span::new(start, at), format!("{}{}", &before[start..], self.replacement))
    }
}

/// The text with corrections made, which are in order and apart, and where each of them is in it.
fn apply(text: &str, corrections: &[Correction]) -> (String, Vec<Span>) {
    let mut out = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(corrections.len());
    let mut at = 0;
    for c in corrections {
        out.push_str(&text[at..c.span.start]);
        places.push(Span::new(out.len(), out.len() + c.replacement.len()));
        out.push_str(&c.replacement);
        at = c.span.end;
    }
    out.push_str(&text[at..]);
    (out, places)
}

/// Adds a correction of the corrected text, in terms of the text as written. What it touches becomes one with it.
fn join(text: &str, changed: &str, places: &[Span], mut all: Vec<Correction>, chosen: &Chosen) -> Vec<Correction> {
    let edit = &chosen.scored.edit;
    let touched: Vec<usize> =
        (0..places.len()).filter(|&i| places[i].start <= edit.span.end && edit.span.start <= places[i].end).collect();
    // A second change of one place is kept together with the first; the number of first-round corrections is known by
    // `places`, those of this round follow behind.
    let wide = touched.iter().fold(edit.span, |s, &i| s.join(places[i]));
    let back = |at: usize| {
        // How much longer or shorter the text became before this place.
        let done = places.iter().take_while(|p| p.end <= at).count();
        let (mut old, mut new) = (0, 0);
        for (place, correction) in places.iter().zip(&all).take(done) {
            (old, new) = (correction.span.end, place.end);
        }
        old + (at - new)
    };
    let (start, end) = match (touched.first(), touched.last()) {
        (Some(&first), Some(&last)) => {
            let start = if wide.start == places[first].start { all[first].span.start } else { back(wide.start) };
            let end = if wide.end == places[last].end { all[last].span.end } else { back(wide.end) };
            (start, end)
        }
        _ => (back(wide.start), back(wide.end)),
    };
    let replacement =
        format!("{}{}{}", &changed[wide.start..edit.span.start], edit.replacement, &changed[edit.span.end..wide.end]);
    let joined = Correction {
        span: Span::new(start, end),
        new: if touched.is_empty() { edit.new.clone() } else { replacement.trim().to_owned() },
        kind: touched.first().map_or(edit.kind, |&i| all[i].kind),
        margin: chosen.margin,
        replacement,
    };
    // Two corrections of this round that touch one of the first: the second is left out.
    let clash = all.iter().enumerate().any(|(i, c)| {
        (i >= places.len() || touched.contains(&i) && c.span.is_empty() && c.replacement.is_empty())
            && c.span.start <= joined.span.end
            && joined.span.start <= c.span.end
    });
    let nothing = joined.span.of(text) == joined.replacement;
    if clash || nothing {
        return all;
    }
    if touched.is_empty() {
        all.push(joined);
    } else {
        // Its place is kept in the list, so that `places` still fits.
        let first = touched[0];
        let margin = all[first].margin.max(joined.margin);
        all[first] = Correction { margin, ..joined };
        for &i in &touched[1..] {
            all[i] = Correction { replacement: String::new(), span: Span::new(all[first].span.end, all[first].span.end), ..all[i].clone() };
        }
    }
    all
}

/// The findings of the rules and those of the model as one.
///
/// Where both mark the same place and the best suggestion is the same, the rule's finding stays, surer than either, and a
/// "check this" of the rules becomes a default mark. Everything else is left to [`homeroom_english::resolve`].
#[must_use]
pub fn merge(analysis: &Analysis, mut rules: Vec<Finding>, mut deep: Vec<Finding>) -> Vec<Finding> {
    let text = analysis.text();
    for rule in &mut rules {
        let Some(fixed) = rule.apply(text) else { continue };
        let same = |f: &Finding| f.apply(text).as_deref() == Some(fixed.as_str());
        if let Some(agreeing) = deep.iter().position(same) {
            let found = deep.remove(agreeing);
            rule.confidence = 1.0 - (1.0 - rule.confidence) * (1.0 - found.confidence);
            if rule.display == Display::Check && found.display == Display::Sure {
                rule.display = Display::Sure;
            }
        }
    }
    rules.extend(deep);
    homeroom_english::resolve(analysis, rules)
}
