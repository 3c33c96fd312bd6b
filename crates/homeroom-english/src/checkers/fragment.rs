//! A sentence that is no sentence: *Because I was tired.* on its own, or a group of words without a finite verb.
//!
//! Only *because* is sure; headings, greetings, lists, answers to a question and exclamations are spared.

use homeroom_core::{Analysis, Checker, Finding, Span, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::clause::{finite_verb, is_comma, is_heading, is_quote};
use super::{Draft, clause};

/// Confidence of a lone *because* clause behind a sentence of the same paragraph.
const LIKELY: f64 = 0.85;
/// Confidence of a sentence without a finite verb.
const DOUBTFUL: f64 = 0.45;
/// Fewest words of a verbless sentence that is marked; shorter ones are greetings, dates and exclamations.
const MIN_WORDS: usize = 5;

pub(super) struct Fragment;

impl Checker for Fragment {
    fn id(&self) -> &'static str {
        "fragment"
    }

    fn fault(&self) -> &'static str {
        "A sentence that is no sentence: *Because I was tired.* on its own"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for sentence in 0..analysis.sentences.len() {
            findings.extend(lone_clause(analysis, sentence).or_else(|| verbless(analysis, sentence)));
        }
    }
}

/// Whether any clause of the sentence can stand alone.
fn has_main_clause(analysis: &Analysis, sentence: usize) -> bool {
    analysis.sentences[sentence].tokens.clone().any(|i| {
        let subordinate = analysis.children(i).any(|c| {
            c < i && (analysis.tokens[c].deprel == "mark" || matches!(analysis.tokens[c].xpos, "WDT" | "WP" | "WRB"))
        });
        let inside = matches!(analysis.tokens[i].deprel, "acl:relcl" | "acl" | "csubj" | "ccomp" | "xcomp")
            || matches!(analysis.tokens[i].deprel, "aux" | "aux:pass" | "cop");
        finite_verb(analysis, i).is_some() && !subordinate && !inside && !shares_mark(analysis, i)
    })
}

/// "because he came and she left": a conjunct is as subordinate as the clause that it continues.
fn shares_mark(analysis: &Analysis, i: usize) -> bool {
    analysis.tokens[i].deprel == "conj"
        && analysis.tokens[i].head.is_some_and(|h| analysis.children(h).any(|c| analysis.tokens[c].deprel == "mark"))
        && analysis.tokens[..i].last().is_none_or(|t| t.lower != ",")
}

fn is_full_stop(analysis: &Analysis, i: usize) -> bool {
    matches!(analysis.form(i), "." | "。")
}

fn lone_clause(analysis: &Analysis, sentence: usize) -> Option<Finding> {
    let here = &analysis.sentences[sentence];
    let start = here.tokens.start;
    let opener = analysis.tokens[start].lower.as_str();
    if opener != "because" || clause::word(analysis, start, 1) == "of" {
        return None;
    }
    // A comma may end the clause with a main clause behind it; then "so" is another checker's business.
    let comma = here.tokens.clone().any(|i| is_comma(analysis, i));
    let finite = here.tokens.clone().any(|i| matches!(analysis.tokens[i].xpos, "VBZ" | "VBP" | "VBD" | "MD"));
    let full_stop = is_full_stop(analysis, here.tokens.end - 1);
    if !finite || !full_stop || comma && has_main_clause(analysis, sentence) || has_main_clause(analysis, sentence) {
        return None;
    }
    let previous = sentence.checked_sub(1).map(|p| &analysis.sentences[p]).filter(|p| p.paragraph == here.paragraph)?;
    let stop = previous.tokens.end - 1;
    if !is_full_stop(analysis, stop) || here.tokens.clone().any(|i| is_quote(analysis, i)) {
        return None;
    }
    let span = Span::new(analysis.tokens[stop].span.start, analysis.tokens[start].span.end);
    Some(
        Draft::new("fragment", span, "R:PUNCT", "frag")
            .because(
                "A clause with “because” is no sentence of its own; join it to the sentence before.",
                "“because”从句不能独立成句，要和前一句连在一起。",
            )
            .suggest([" because"])
            .confidence(LIKELY)
            .done(),
    )
}

fn verbless(analysis: &Analysis, sentence: usize) -> Option<Finding> {
    let here = &analysis.sentences[sentence];
    let words = here.tokens.clone().filter(|&i| analysis.tokens[i].upos != Upos::Punct).count();
    let verb = here.tokens.clone().any(|i| {
        matches!(analysis.tokens[i].xpos, "VBZ" | "VBP" | "VBD" | "VBN" | "MD" | "VB")
            || analysis.tokens[i].upos == Upos::Aux
            || Lexicon::shipped().pos(&analysis.tokens[i].lower).has(Form::Past)
    });
    let plain = here.tokens.clone().all(|i| {
        !is_quote(analysis, i)
            && !matches!(analysis.form(i), ":" | "!" | "?" | "-" | "—" | "(" | "/" | ";")
            && analysis.tokens[i].xpos != "CD"
            && analysis.tokens[i].upos != Upos::Sym
    });
    let full_stop = is_full_stop(analysis, here.tokens.end - 1);
    let opener = analysis.tokens[here.tokens.start].lower.as_str();
    let elliptical =
        matches!(opener, "what" | "how" | "no" | "yes" | "thanks" | "dear" | "not" | "so" | "hence" | "best" | "yours");
    if verb || !plain || !full_stop || elliptical || words < MIN_WORDS || is_heading(analysis, sentence) {
        return None;
    }
    Some(
        Draft::new("fragment", here.span, "R:OTHER", "frag")
            .because(
                "This sentence has no verb; check whether it is complete.",
                "这个句子没有谓语动词，请检查是否完整。",
            )
            .confidence(DOUBTFUL)
            .check_this()
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Fragment;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("I stayed at home. Because I was tired.", "I stayed at home because I was tired."),
            ("She is my hero. Because she helps people.", "She is my hero because she helps people."),
        ] {
            check(&Fragment, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "It was cold. Because I was tired, I stayed at home.",
            "Why did you stay? Because I was tired.",
            "Good morning, everyone!",
            "We left early. Because of the rain we were late.",
            "My Best Friend And I",
            "What a good day for all of us!",
        ] {
            check(&Fragment, text, None);
        }
    }
}
