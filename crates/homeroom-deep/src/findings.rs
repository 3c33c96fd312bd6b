//! From a document to findings: two rounds over every sentence, then one with what the rules found.

use homeroom_core::{Analysis, Bilingual, Display, Finding, Severity, Span};

use crate::edit::{Edit, Words};
use crate::kind::Kind;
use crate::scan::{Change, Scan, Scored, scan};
use crate::scorer::Scorer;
use crate::select::{Chosen, select};

/// Longest sentence that is looked at, in words: a longer one is a list or lacks its full stops.
const LONGEST: usize = 90;
/// Name of the source of these findings.
pub(crate) const SOURCE: &str = "lm";

/// A change that somebody else proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What is changed, within one sentence.
    pub span: Span,
    /// What it is changed to.
    pub replacement: String,
    /// ERRANT type.
    pub errant: String,
    /// By whom: a model's name.
    pub source: String,
    /// Whether it may be a matter of taste, so that it is at most shown as "check this".
    pub doubtful: bool,
}

/// What is asked of a proposal in a text whose thresholds are raised by `shift`, in nats. On the even halves (FCE 80, JFLEG-dev
/// 60 sentences, Qwen2.5-Coder-1.5B) anything from 0 to -6 gives the same F0.5 within .01: what a large model proposes and small
/// edits bring is nearly always likelier. Native writers' text is what the threshold is for.
fn asked(shift: f32) -> f32 {
    PROPOSED + PROPOSED_SHIFT * (shift - LEAST_SHIFT)
}

const PROPOSED: f32 = 0.0;
const PROPOSED_SHIFT: f32 = 0.5;
/// What a doubtful one needs more, to be shown at all.
const DOUBTFUL: f32 = 2.0;
/// Confidence of what both find, at least.
const AGREED: f64 = 0.95;
/// Explanation of a change that no kind explains.
const PLAIN: (&str, &str, &str) = ("wc", "A more usual wording here: “{new}”.", "这里更自然的说法是“{new}”。");

impl Proposal {
    /// It as a finding; `margin`: nats above what is asked of it.
    fn finding(&self, text: &str, margin: f32) -> Finding {
        let kind = crate::kind::kinds().iter().find(|kind| kind.errant == self.errant);
        let (code, en, zh) = kind.map_or(PLAIN, |k| (k.code.as_str(), k.en.as_str(), k.zh.as_str()));
        let old = self.span.of(text).trim();
        let new = self.replacement.trim();
        let fill = |template: &str| template.replace("{old}", old).replace("{new}", new);
        let sure = !self.doubtful && kind.is_none_or(|k| k.display == Display::Sure);
        Finding {
            span: self.span,
            checker: kind.map_or("wording", |k| k.id.as_str()).to_owned(),
            source: self.source.clone(),
            errant: self.errant.clone(),
            code: code.to_owned(),
            severity: if sure { Severity::Major } else { Severity::Minor },
            display: if sure { Display::Sure } else { Display::Check },
            confidence: confidence(margin).min(0.9),
            explanation: Bilingual::new(fill(en), fill(zh)),
            suggestions: vec![self.replacement.clone()],
        }
    }
}

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

    /// Everything that is found in a document, by the rules (`rules`) and by the model, in order of place, without overlaps.
    /// It cannot fail; a sentence that is too long is left to the rules.
    ///
    /// How much likelier a sentence must become depends on the text: where sure errors are frequent, the next unlikely word
    /// is an error, too; in a text without any, it is a name, a title or a turn of phrase that the model does not know.
    /// What the rules propose is weighed as well: what makes the sentence much likelier becomes a default mark, what makes
    /// it less likely becomes "check this".
    #[must_use]
    pub fn check(&self, analysis: &Analysis, rules: Vec<Finding>) -> Vec<Finding> {
        self.check_proposed(analysis, rules, &[])
    }

    /// The same with changes that somebody else proposes, such as a large language model: each is weighed, and what does not
    /// make its sentence likelier is dropped. What this crate finds by itself, too, is surest.
    #[must_use]
    pub fn check_proposed(&self, analysis: &Analysis, mut rules: Vec<Finding>, proposals: &[Proposal]) -> Vec<Finding> {
        let text = analysis.text();
        let mut gains: Vec<Option<f32>> = vec![None; rules.len()];
        let mut weights: Vec<f32> = vec![f32::NEG_INFINITY; proposals.len()];
        let mut first: Vec<(Span, &str, Vec<Scored>)> = Vec::with_capacity(analysis.sentences.len());
        for (i, sentence) in analysis.sentences.iter().enumerate() {
            let before = i.checked_sub(1).and_then(|b| analysis.sentences.get(b));
            let context = before.filter(|b| b.paragraph == sentence.paragraph).map_or("", |b| b.span.of(text));
            let here: Vec<usize> = (0..rules.len())
                .filter(|&r| sentence.span.start <= rules[r].span.start && rules[r].span.end <= sentence.span.end)
                .filter(|&r| !rules[r].suggestions.is_empty())
                .collect();
            let mut given: Vec<String> =
                here.iter().filter_map(|&r| proposal(&rules[r], text, sentence.span)).collect();
            let foreign: Vec<usize> = (0..proposals.len())
                .filter(|&p| {
                    sentence.span.start <= proposals[p].span.start && proposals[p].span.end <= sentence.span.end
                })
                .collect();
            let changed = |without: Option<usize>, only: Option<usize>| {
                let these = foreign.iter().filter(|&&p| Some(p) != without && only.is_none_or(|o| o == p));
                let changes = these.map(|&p| (proposals[p].span, proposals[p].replacement.as_str()));
                changed_by(changes, text, sentence.span)
            };
            given.extend(foreign.iter().map(|&p| changed(None, Some(p))));
            // One change may need another: each is also weighed among the others.
            if foreign.len() > 1 {
                given.push(changed(None, None));
                given.extend(foreign.iter().map(|&p| changed(Some(p), None)));
            }
            let scan = self.scan(sentence.span.of(text), context, &given);
            let mut changes = scan.given.into_iter().map(|change| change.map(Change::gain));
            for &r in &here {
                gains[r] = changes.next().flatten();
            }
            for &p in &foreign {
                weights[p] = changes.next().flatten().unwrap_or(f32::NEG_INFINITY);
            }
            if let Some(all) = changes.next().flatten() {
                for (&p, without) in foreign.iter().zip(changes) {
                    weights[p] = weights[p].max(all - without.unwrap_or(all));
                }
            }
            first.push((sentence.span, context, scan.candidates));
        }
        let n_sure: usize = first.iter().map(|(.., scored)| select(scored, sure_margin).len()).sum();
        let shift = self.shift + shift_of(n_sure, analysis.word_count());
        for (rule, gain) in rules.iter_mut().zip(gains) {
            if let Some(gain) = gain {
                weigh(rule, gain, shift);
            }
        }
        let found = first.into_iter().flat_map(|(span, context, scored)| {
            let sentence = span.of(text);
            let corrections = self.corrections(sentence, context, &scored, shift);
            corrections.into_iter().map(move |c| c.finding(sentence, span.start))
        });
        let found = merge(analysis, rules, found.collect());
        if proposals.is_empty() {
            return found;
        }
        let proposed: Vec<(Finding, f32)> = proposals
            .iter()
            .zip(weights)
            .map(|(p, gain)| {
                let margin = gain - asked(shift);
                (p.finding(text, margin), margin)
            })
            .collect();
        unite(analysis, found, proposed)
    }

    fn scan(&self, sentence: &str, context: &str, given: &[String]) -> Scan {
        let words = Words::new(sentence);
        if words.len() > LONGEST || words.len() < 2 {
            return Scan::default();
        }
        // The least that is asked of a candidate that counts for anything.
        let raise = (self.shift + LEAST_SHIFT).min(SURE_MARGIN);
        scan(self.scorer.as_ref(), &words, context, given, raise).unwrap_or_default()
    }

    fn corrections(&self, text: &str, context: &str, scored: &[Scored], shift: f32) -> Vec<Correction> {
        let first = select(scored, |s| over(s) - shift);
        if first.is_empty() {
            return Vec::new();
        }
        let corrections: Vec<Correction> = first.into_iter().map(Correction::from).collect();
        let (changed, places) = apply(text, &corrections);
        let second = select(&self.scan(&changed, context, &[]).candidates, |s| over(s) - shift);
        let mut all = second.into_iter().fold(corrections, |all, chosen| join(text, &changed, &places, all, &chosen));
        // The second round may have undone the first.
        all.retain(|c| c.span.of(text) != c.replacement);
        all.sort_by_key(|c| c.span);
        all
    }
}

/// How far a candidate is above what its kind needs, in nats.
fn over(scored: &Scored) -> f32 {
    scored.change.gain() - scored.edit.kind.info().threshold
}

/// The margin of an edit that counts for the density of errors of a text: commas and capitals are a matter of taste and of
/// titles.
fn sure_margin(scored: &Scored) -> f32 {
    if scored.edit.kind.info().display == Display::Sure { over(scored) - SURE_MARGIN } else { 0.0 }
}

/// Margin in nats from which an edit counts for the density of errors of a text.
const SURE_MARGIN: f32 = 1.5;
/// Densities, in sure edits per 100 words: with the lower one and below, thresholds are raised by [`MOST_SHIFT`] nats, with
/// the higher one and above by nothing. From the even halves of learners' and of native writers' text
/// (`homeroom measure gec --deep`).
const FEW_ERRORS: f32 = 1.0;
const MANY_ERRORS: f32 = 3.0;
const MOST_SHIFT: f32 = 6.0;
/// What every threshold is raised by.
const LEAST_SHIFT: f32 = 0.5;
/// A short text says little of itself: so many words of middling density are thought to go with it.
const WORDS_BEFORE: f32 = 30.0;
const DENSITY_BEFORE: f32 = 2.5;

/// What a text's thresholds are raised by, in nats. `n_sure`: sure edits in its `n_words` words.
fn shift_of(n_sure: usize, n_words: usize) -> f32 {
    let before = DENSITY_BEFORE * WORDS_BEFORE / 100.0;
    let density = 100.0 * (n_sure as f32 + before) / (n_words as f32 + WORDS_BEFORE);
    let few = ((MANY_ERRORS - density) / (MANY_ERRORS - FEW_ERRORS)).clamp(0.0, 1.0);
    MOST_SHIFT.mul_add(few, LEAST_SHIFT)
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
        let Edit { span, replacement, kind, new, .. } = chosen.edit;
        Self { span, replacement, new, kind, margin: chosen.margin }
    }
}

/// Margin in nats at which a finding is as likely right as not, and the margin that multiplies its odds by e.
const EVEN_MARGIN: f32 = -1.0;
const MARGIN_SCALE: f32 = 1.5;

/// How likely a finding is right whose change is so many nats above what is asked of it.
fn confidence(margin: f32) -> f64 {
    let odds = ((margin - EVEN_MARGIN) / MARGIN_SCALE).exp();
    f64::from(odds / (1.0 + odds))
}

impl Correction {
    fn finding(&self, sentence: &str, offset: usize) -> Finding {
        let (span, suggestion) = self.shown(sentence);
        let info = self.kind.info();
        let old = span.of(sentence).trim();
        let fill = |template: &str| template.replace("{old}", old).replace("{new}", self.new.trim());
        Finding {
            span: Span::new(span.start + offset, span.end + offset),
            checker: info.id.clone(),
            source: SOURCE.to_owned(),
            errant: info.errant.clone(),
            code: info.code.clone(),
            severity: if info.display == Display::Sure { Severity::Major } else { Severity::Minor },
            display: info.display,
            confidence: confidence(self.margin),
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
        let after = &sentence[at..];
        if let (true, Some(next)) = (self.replacement.ends_with(' '), after.chars().next()) {
            // A mark stands for the word where there is none.
            let len = after.find(|c: char| !is_word(c)).unwrap_or(after.len()).max(next.len_utf8());
            return (Span::new(at, at + len), format!("{}{}", self.replacement, &after[..len]));
        }
        let before = &sentence[..at];
        let last = before.char_indices().next_back().map_or(0, |(i, _)| i);
        let start =
            before.rfind(|c: char| !is_word(c)).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let start = start.min(last);
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
    let edit = &chosen.edit;
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
            all[i] = Correction {
                replacement: String::new(),
                span: Span::new(all[first].span.end, all[first].span.end),
                ..all[i].clone()
            };
        }
    }
    all
}

/// The sentence as a rule would have it; the rule's span is inside of it.
fn proposal(rule: &Finding, text: &str, sentence: Span) -> Option<String> {
    let suggestion = rule.suggestions.first()?;
    Some(changed_by(std::iter::once((rule.span, suggestion.as_str())), text, sentence))
}

/// A sentence with these changes made; their spans are inside of it, in order and apart.
fn changed_by<'a>(changes: impl Iterator<Item = (Span, &'a str)>, text: &str, sentence: Span) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut at = sentence.start;
    for (span, replacement) in changes.filter(|(span, _)| span.fits(text)) {
        if span.start < at {
            continue;
        }
        out.push_str(&text[at..span.start]);
        out.push_str(replacement);
        at = span.end;
    }
    out.push_str(&text[at..sentence.end]);
    out
}

/// A "check this" of the rules becomes a default mark where it makes the sentence likelier by so many nats more than what
/// thresholds are raised by in this text.
const PROMOTED: f32 = 3.0;
/// A default mark of the rules becomes "check this" where the change is lower than this and what thresholds are raised by.
const DEMOTED: f32 = -5.0;

/// Teacher's code of a misspelling. A rare word always gives way to a common one: in a text without errors it takes more.
const SPELLING: &str = "sp";
const SPELLING_SHIFT: f32 = 2.5;

fn weigh(rule: &mut Finding, gain: f32, shift: f32) {
    let weight = if rule.code == SPELLING { SPELLING_SHIFT } else { 1.0 };
    match rule.display {
        Display::Check if gain > PROMOTED + shift => {
            rule.display = Display::Sure;
            rule.confidence = rule.confidence.max(SURE_CONFIDENCE);
        }
        Display::Sure if gain < DEMOTED + shift * weight => {
            rule.display = Display::Check;
            rule.confidence = rule.confidence.min(CHECK_CONFIDENCE);
        }
        _ => {}
    }
}

/// Confidence of a rule's finding that the model bears out, at least, and of one that it speaks against, at most.
const SURE_CONFIDENCE: f64 = 0.85;
const CHECK_CONFIDENCE: f64 = 0.5;

/// What was found here, and what somebody else proposes, as one. `proposed`: with the nats above what is asked of each.
///
/// A proposal that does what a finding does bears it out. One that touches a finding without doing the same gives way.
fn unite(analysis: &Analysis, mut found: Vec<Finding>, proposed: Vec<(Finding, f32)>) -> Vec<Finding> {
    let text = analysis.text();
    for (proposal, margin) in proposed {
        let Some(changed) = proposal.apply(text) else { continue };
        if let Some(same) = found.iter_mut().find(|f| f.apply(text).as_deref() == Some(changed.as_str())) {
            same.confidence = same.confidence.max(AGREED);
            same.source = format!("{}+{}", same.source, proposal.source);
            if same.display == Display::Check && !is_small(same) {
                same.display = Display::Sure;
            }
            continue;
        }
        let near = |f: &Finding| f.span.start <= proposal.span.end && proposal.span.start <= f.span.end;
        let needed = if proposal.display == Display::Sure { 0.0 } else { DOUBTFUL };
        if margin > needed && !found.iter().any(|f| f.display != Display::Style && near(f)) {
            found.push(proposal);
        }
    }
    homeroom_english::resolve(analysis, found)
}

/// Commas and capitals stay a matter of "check this".
fn is_small(finding: &Finding) -> bool {
    finding.errant.ends_with("PUNCT") || finding.errant.ends_with("ORTH")
}

/// The findings of the rules and those of the model as one.
///
/// Where both mark the same place and the best suggestion is the same, the rule's finding stays, surer than either, and a
/// "check this" of the rules becomes a default mark. Everything else is left to [`homeroom_english::resolve`].
fn merge(analysis: &Analysis, mut rules: Vec<Finding>, mut deep: Vec<Finding>) -> Vec<Finding> {
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
