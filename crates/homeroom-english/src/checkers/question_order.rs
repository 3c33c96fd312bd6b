//! Word order in questions: *Why you are late?*, *What you do?*; and in clauses that only contain a question: *I don't
//! know what is it*.

use homeroom_core::{Analysis, Checker, Finding};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use super::clause::{SUBJECTS, at, in_quotes, inflect, is_comma, word};

/// Confidence of a direct question without inversion.
const LIKELY: f64 = 0.88;
/// Confidence of an indirect question with inversion.
const INDIRECT: f64 = 0.8;

/// Words that open a question that is not about the subject.
const OPENERS: [&str; 5] = ["why", "where", "when", "how", "what"];

/// Verbs behind which a question is indirect.
const GOVERNORS: [&str; 13] = [
    "know",
    "understand",
    "wonder",
    "remember",
    "tell",
    "explain",
    "forget",
    "ask",
    "imagine",
    "guess",
    "see",
    "learn",
    "show",
];

pub(super) struct QuestionOrder;

impl Checker for QuestionOrder {
    fn id(&self) -> &'static str {
        "question_order"
    }

    fn fault(&self) -> &'static str {
        "Word order in questions and in clauses that contain one: *Why you are late?*, *I don't know what is it*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            if OPENERS.contains(&analysis.tokens[i].lower.as_str()) {
                findings.extend(direct(analysis, i).or_else(|| indirect(analysis, i)));
            }
        }
    }
}

fn direct(analysis: &Analysis, i: usize) -> Option<Finding> {
    let sentence = &analysis.sentences[analysis.tokens[i].sentence];
    let start = sentence.tokens.start;
    let opens = i == start
        || i == start + 1 && matches!(word(analysis, i, -1), "so" | "but" | "and")
        || i == start + 2 && matches!(word(analysis, i, -1), "," | "，");
    // "He helps people, why he was wrong?"
    let opens = opens || analysis.tokens[i].lower == "why" && i > start && is_comma(analysis, i - 1);
    let last = analysis.tokens[sentence.tokens.clone()].last()?;
    if !opens || !matches!(last.lower.as_str(), "?" | "？") || sentence.tokens.end - i > 14 || in_quotes(analysis, i) {
        return None;
    }
    let (subject, pronoun) = at(analysis, i, 1)?;
    if !SUBJECTS.contains(&pronoun.lower.as_str()) || analysis.tokens[i].lower == "what" && word(analysis, i, 2) == "?"
    {
        return None;
    }
    let (verb, finite) = at(analysis, subject, 1)?;
    // "When you are tired, what do you do?": a clause before the question.
    if (verb + 1..sentence.tokens.end).any(|k| {
        is_comma(analysis, k)
            || SUBJECTS.contains(&analysis.tokens[k].lower.as_str()) && k > verb + 1
            || matches!(analysis.tokens[k].xpos, "VBZ" | "VBP" | "VBD" | "MD")
    }) {
        return None;
    }
    let form = analysis.form(subject);
    let verb_form = analysis.form(verb);
    let auxiliary = finite.xpos == "MD"
        || matches!(finite.lower.as_str(), "am" | "is" | "are" | "was" | "were" | "do" | "does" | "did")
            && (finite.deprel.starts_with("aux")
                || finite.deprel == "cop"
                || finite.lower.len() < 4 && finite.lower != "do");
    let third = matches!(pronoun.lower.as_str(), "he" | "she" | "it");
    let right = if auxiliary {
        if matches!(finite.lower.as_str(), "do" | "did" | "does") && !finite.deprel.starts_with("aux") {
            return None;
        }
        format!("{verb_form} {form}")
    } else if matches!(finite.xpos, "VBP" | "VBZ" | "VB" | "VBD") && !verb_form.starts_with(['\'', '’']) {
        let past = finite.xpos == "VBD" && !Lexicon::shipped().pos(&finite.lower).has(Form::Base);
        let base = inflect(&finite.lower, Form::Base).unwrap_or_else(|| finite.lower.clone());
        let auxiliary = if past {
            "did"
        } else if third {
            "does"
        } else {
            "do"
        };
        format!("{auxiliary} {form} {base}")
    } else {
        return None;
    };
    Some(
        Draft::new("question_order", analysis.span_of(subject, verb), "R:WO", "wo")
            .because(
                format!("In a question the auxiliary stands before the subject: “{right}”."),
                format!("特殊疑问句要把助动词放在主语前面：“{right}”。"),
            )
            .suggest([right])
            .confidence(LIKELY)
            .done(),
    )
}

/// "I don't know what is it", "Tell me where is the station".
fn indirect(analysis: &Analysis, i: usize) -> Option<Finding> {
    let (g, governor) = at(analysis, i, -1)?;
    let governed = GOVERNORS.contains(&governor.lower.as_str())
        || matches!(governor.lower.as_str(), "me" | "us" | "you" | "them" | "him")
            && at(analysis, g, -1)
                .is_some_and(|(_, t)| matches!(t.lower.as_str(), "tell" | "ask" | "show" | "told" | "asked"));
    if !governed || in_quotes(analysis, i) {
        return None;
    }
    let (be, finite) = at(analysis, i, 1)?;
    if !matches!(finite.lower.as_str(), "is" | "are" | "was" | "were" | "can" | "will" | "should") {
        return None;
    }
    let (subject, pronoun) = at(analysis, be, 1)?;
    // A pronoun that can only be the subject; "what is the problem" is right either way.
    if !SUBJECTS.contains(&pronoun.lower.as_str()) {
        return None;
    }
    // "Do you know what is it like" ends as a question of its own only after a comma or a colon, which can't be here.
    let right = format!("{} {}", analysis.form(subject), analysis.form(be));
    Some(
        Draft::new("question_order", analysis.span_of(be, subject), "R:WO", "wo")
            .because(
                format!("A question inside a sentence keeps the order of a statement: “{right}”."),
                format!("宾语从句用陈述语序：“{right}”。"),
            )
            .suggest([right])
            .confidence(INDIRECT)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::QuestionOrder;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("Why you are late?", "Why are you late?"),
            ("What you like?", "What do you like?"),
            ("Where he lives?", "Where does he live?"),
            ("I don't know what is it.", "I don't know what it is."),
            ("Tell me where are you.", "Tell me where you are."),
        ] {
            check(&QuestionOrder, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "Why are you late?",
            "What you need is time.",
            "When you are tired, what do you do?",
            "Do you know what it is?",
            "I know what is right.",
            "How they did it, nobody knows.",
        ] {
            check(&QuestionOrder, text, None);
        }
    }
}
