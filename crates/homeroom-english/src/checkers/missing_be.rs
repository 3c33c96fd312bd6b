//! A clause without its *be* or *do*: *I very happy*, *She beautiful*, *He from China*, *I not like it*.
//!
//! Only personal pronouns that are always subjects are judged, right before the predicate: *he and she happy*, *made
//! him happy* and *it* as an object look the same.

use homeroom_core::{Analysis, Checker, Finding, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use super::clause::{NOMINATIVE, at, in_quotes, is_heading};

/// Confidence of a subject pronoun before an adjective, a place or *not*.
const LIKELY: f64 = 0.88;

pub(super) struct MissingBe;

impl Checker for MissingBe {
    fn id(&self) -> &'static str {
        "missing_be"
    }

    fn fault(&self) -> &'static str {
        "A clause without its *be* or *do*: *I very happy*, *He from China*, *I not like it*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(predicate(analysis, i).or_else(|| negation(analysis, i)));
        }
    }
}

/// Whether the token is a pronoun in the place of a subject, and no auxiliary stands before it.
fn is_subject(analysis: &Analysis, i: usize) -> bool {
    let token = &analysis.tokens[i];
    if !NOMINATIVE.contains(&token.lower.as_str())
        || in_quotes(analysis, i)
        || analysis.form(i) == "i" && token.upos != Upos::Pron
    {
        return false;
    }
    let Some((_, before)) = at(analysis, i, -1) else {
        return true;
    };
    // An inversion ("is he happy", "so am I"), a coordination ("you and I"), a comparison ("taller than he").
    matches!(
        before.lower.as_str(),
        "," | ";" | "because" | "that" | "but" | "if" | "when" | "although" | "so" | "think"
    ) && !matches!(before.xpos, "VBZ" | "VBD" | "MD")
        && !matches!(before.lower.as_str(), "than" | "as")
}

fn be_after(pronoun: &str) -> &'static str {
    match pronoun {
        "i" => "am",
        "he" | "she" => "is",
        _ => "are",
    }
}

fn predicate(analysis: &Analysis, i: usize) -> Option<Finding> {
    if !is_subject(analysis, i) || is_heading(analysis, analysis.tokens[i].sentence) {
        return None;
    }
    let pronoun = &analysis.tokens[i];
    let mut k = at(analysis, i, 1)?.0;
    while matches!(
        analysis.tokens[k].lower.as_str(),
        "very" | "so" | "too" | "really" | "also" | "always" | "still" | "both"
    ) {
        k = at(analysis, k, 1)?.0;
    }
    let head = &analysis.tokens[k];
    let lexicon = Lexicon::shipped();
    let set = lexicon.pos(&head.lower);
    // A word that can be a verb may be one: "I better go", "they open", "he right-clicks".
    let verb_form = [Form::Base, Form::ThirdPerson, Form::Past].iter().any(|&f| set.has(f));
    let predicate = match head.xpos {
        "JJ" => !verb_form && set.can_be(Upos::Adj) && !set.can_be(Upos::Adv),
        "VBG" => set.has(Form::Gerund) && k == i + 1,
        "IN" => matches!(head.lower.as_str(), "from" | "in" | "at") && k == i + 1,
        "DT" => k == i + 1 && matches!(head.lower.as_str(), "a" | "an"),
        _ => false,
    };
    if !predicate || pronoun.deprel != "nsubj" && pronoun.deprel != "nsubj:pass" {
        return None;
    }
    // No finite verb may follow that has this subject: "I, tired of waiting, went".
    let start = k + 1;
    let end = analysis.sentences[pronoun.sentence].tokens.end;
    let stop = (start..end)
        .find(|&j| {
            matches!(
                analysis.tokens[j].lower.as_str(),
                "," | ";" | "." | "and" | "but" | "because" | "so" | "that" | "when" | "if" | "who" | "which"
            )
        })
        .unwrap_or(end);
    if (start..stop).any(|j| matches!(analysis.tokens[j].xpos, "VBZ" | "VBP" | "VBD" | "MD")) {
        return None;
    }
    // In "... and happier still" another predicate is shared; a comma behind the predicate word shows an apposition.
    if head.xpos == "VBG" && (pronoun.head != Some(k) || stop < end && analysis.form(stop) == ",") {
        return None;
    }
    if matches!(head.xpos, "IN" | "DT") && stop < end && analysis.form(stop) == "," {
        return None;
    }
    let be = be_after(&pronoun.lower);
    let form = analysis.form(i);
    Some(
        Draft::new("missing_be", pronoun.span, "M:VERB", "vf")
            .because(
                format!("The sentence has no verb: put “{be}” after “{form}”."),
                format!("句子缺少谓语动词，“{form}”后面要加“{be}”。"),
            )
            .suggest([format!("{form} {be}"), format!("{form} {}", if matches!(be, "are") { "were" } else { "was" })])
            .confidence(LIKELY)
            .done(),
    )
}

/// "I not like it", "He not happy".
fn negation(analysis: &Analysis, i: usize) -> Option<Finding> {
    if !is_subject(analysis, i) {
        return None;
    }
    let pronoun = &analysis.tokens[i];
    let (not, token) = at(analysis, i, 1)?;
    let (_, next) = at(analysis, not, 1)?;
    let no = token.lower == "no" && matches!(next.xpos, "VB" | "VBP");
    if token.lower != "not" && !no {
        return None;
    }
    let lexicon = Lexicon::shipped();
    let verb = matches!(next.xpos, "VB" | "VBP" | "VBZ" | "VBD") && next.upos == Upos::Verb;
    let adjective = next.xpos == "JJ" && !lexicon.pos(&next.lower).has(Form::Base);
    let third = matches!(pronoun.lower.as_str(), "he" | "she");
    let form = analysis.form(not);
    let (right, base) = if verb {
        let lemma = lexicon.lemma(&next.lower, Upos::Verb);
        let past = next.xpos == "VBD" && !lexicon.pos(&next.lower).has(Form::Base);
        (
            if past {
                "did not"
            } else if third {
                "does not"
            } else {
                "do not"
            },
            lemma.into_owned(),
        )
    } else if adjective && pronoun.deprel == "nsubj" {
        let be = be_after(&pronoun.lower);
        (
            if be == "am" {
                "am not"
            } else if be == "is" {
                "is not"
            } else {
                "are not"
            },
            next.lower.clone(),
        )
    } else {
        return None;
    };
    // "She not only sings", "the subjunctive that he not go".
    if at(analysis, i, -1).is_some_and(|(_, t)| t.lower == "that") && next.xpos == "VB" {
        return None;
    }
    let why_en = format!("“{form}” needs an auxiliary: “{right} {base}”.");
    let why_zh = format!("否定句要用助动词：“{right} {base}”。");
    Some(
        Draft::new("missing_be", analysis.span_of(not, not + 1), "M:VERB", "vf")
            .because(why_en, why_zh)
            .suggest([format!("{right} {base}")])
            .confidence(LIKELY)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::MissingBe;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("I very happy today.", "I am very happy today."),
            ("She beautiful and kind.", "She is beautiful and kind."),
            ("He from China.", "He is from China."),
            ("I not like it.", "I do not like it."),
            ("They not happy.", "They are not happy."),
            ("He a good student.", "He is a good student."),
        ] {
            check(&MissingBe, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "I really like it.",
            "Is he happy?",
            "She is taller than he at least.",
            "He not only sings but also dances.",
            "They suggested that he not go.",
            "Should I not like it, I will say so.",
            "He in turn gave it to me.",
            "They all left.",
            "She, happy and tired, went home.",
        ] {
            check(&MissingBe, text, None);
        }
    }
}
