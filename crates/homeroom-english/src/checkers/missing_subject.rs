//! A clause without its subject *it*: *I think is not fair*, *Is very interesting.*
//!
//! A question, and a relative clause around *I think* (*which I think is good*), look the same and are spared.

use homeroom_core::{Analysis, Checker, Finding};

use super::Draft;
use super::clause::{at, in_quotes, is_comma, word};

/// Confidence behind a verb of thinking.
const LIKELY: f64 = 0.85;

pub(super) struct MissingSubject;

impl Checker for MissingSubject {
    fn id(&self) -> &'static str {
        "missing_subject"
    }

    fn fault(&self) -> &'static str {
        "A clause without its subject *it*: *I think is not fair*, *Is very interesting.*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(behind_thinking(analysis, i).or_else(|| at_start(analysis, i)));
        }
    }
}

fn report(analysis: &Analysis, i: usize, suggestion: String) -> Finding {
    let form = analysis.form(i).to_lowercase();
    Draft::new("missing_subject", analysis.tokens[i].span, "M:PRON", "pron")
        .because(
            format!("The verb has no subject: “it {form}”."),
            format!("英语句子不能没有主语，要加上“it”：“it {form}”。"),
        )
        .suggest([suggestion])
        .confidence(LIKELY)
        .done()
}

/// "I think is not fair".
fn behind_thinking(analysis: &Analysis, i: usize) -> Option<Finding> {
    if !matches!(analysis.tokens[i].lower.as_str(), "is" | "was") || in_quotes(analysis, i) {
        return None;
    }
    let (t, thinking) = at(analysis, i, -1)?;
    let (s, _) = at(analysis, t, -1)?;
    if !matches!(thinking.lower.as_str(), "think" | "believe" | "hope" | "feel")
        || !matches!(word(analysis, i, -2), "i" | "we" | "they")
    {
        return None;
    }
    // "what I think is", "the one I hope is": nothing but an opening stands before.
    let start = analysis.sentences[analysis.tokens[i].sentence].tokens.start;
    let opens = s == start
        || (is_comma(analysis, s - 1) || matches!(analysis.tokens[s - 1].lower.as_str(), "so" | "but" | "and"))
            && (start..s).all(|k| {
                !matches!(analysis.tokens[k].xpos, "WDT" | "WP" | "VBZ" | "VBP" | "VBD")
                    && analysis.tokens[k].lower != "that"
            });
    // "What is wrong, I think, is": a comma behind the comment.
    opens.then(|| report(analysis, i, format!("it {}", analysis.form(i))))
}

/// "Is very interesting."
fn at_start(analysis: &Analysis, i: usize) -> Option<Finding> {
    let sentence = &analysis.sentences[analysis.tokens[i].sentence];
    if i != sentence.tokens.start || !matches!(analysis.form(i), "Is" | "Was") {
        return None;
    }
    let stop = analysis.form(sentence.tokens.end - 1);
    let (_, next) = at(analysis, i, 1)?;
    let predicate =
        matches!(next.lower.as_str(), "very" | "a" | "an" | "not" | "so" | "too" | "really") || next.xpos == "JJ";
    let question = sentence.tokens.clone().any(|k| matches!(analysis.form(k), "?" | "？"));
    // "Is a phone useful" without its question mark.
    let subject = analysis.tokens[i].head.and_then(|h| analysis.child(h, "nsubj")).is_some_and(|s| s > i);
    if !matches!(stop, "." | "。") || !predicate || question || subject {
        return None;
    }
    Some(report(analysis, i, format!("It {}", analysis.form(i).to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::MissingSubject;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("I think is not fair.", "I think it is not fair."),
            ("Is very interesting.", "It is very interesting."),
            ("So I think is a good way.", "So I think it is a good way."),
        ] {
            check(&MissingSubject, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "What I think is not important.",
            "I read a book which I think is good.",
            "Is it very interesting?",
            "I think it is fair.",
            "The plan, I think, is good.",
        ] {
            check(&MissingSubject, text, None);
        }
    }
}
