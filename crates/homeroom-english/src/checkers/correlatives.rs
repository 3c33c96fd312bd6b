//! Two conjunctions where one is enough, as Chinese has them: *Although ..., but ...*, *Because ..., so ...*.
//!
//! The second one is what is marked. *But* and *so* count only right behind the comma that ends the first clause and
//! before a clause of their own.

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::Draft;
use super::clause::{at, in_quotes, is_comma, is_under};

/// The two words together with a clause between them are almost never right.
const CERTAIN: f64 = 0.93;

pub(super) struct Correlatives;

impl Checker for Correlatives {
    fn id(&self) -> &'static str {
        "correlatives"
    }

    fn fault(&self) -> &'static str {
        "Two conjunctions where one is enough: *Although ..., but ...*, *Because ..., so ...*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(second_conjunction(analysis, i));
        }
    }
}

fn second_conjunction(analysis: &Analysis, i: usize) -> Option<Finding> {
    let first = analysis.tokens[i].lower.as_str();
    let concession = matches!(first, "although" | "though");
    let cause = matches!(first, "because" | "since" | "as");
    if !concession && !cause
        || at(analysis, i, -1).is_some_and(|(_, t)| matches!(t.lower.as_str(), "even" | "as")) && cause
    {
        return None;
    }
    // The first conjunction opens the sentence, or a clause behind a comma, "and" or a full stop.
    let opens = at(analysis, i, -1)
        .is_none_or(|(_, t)| matches!(t.lower.as_str(), "," | "and" | "but" | "so" | "even" | ";" | "that" | "then"));
    let start = analysis.sentences[analysis.tokens[i].sentence].tokens.start;
    let clause = analysis.tokens[i].head.filter(|&h| h > i)?;
    if !opens
        || analysis.tokens[i].deprel != "mark"
        || cause && i > start + 1
        || analysis.child(clause, "nsubj").is_none()
    {
        return None;
    }
    let (wanted, right): (&[&str], _) = if concession { (&["but", "however"], "yet") } else { (&["so"], "therefore") };
    let end = analysis.sentences[analysis.tokens[i].sentence].tokens.end;
    let second = (clause + 1..end)
        .find(|&k| wanted.contains(&analysis.tokens[k].lower.as_str()) && is_comma(analysis, k - 1))?;
    // Nothing that ends the main clause stands between: "Although it rained, we went, but he stayed".
    let commas = (clause + 1..second - 1).filter(|&k| is_comma(analysis, k)).count();
    let between_finite = (clause + 1..second).any(|k| {
        let t = &analysis.tokens[k];
        matches!(t.xpos, "VBZ" | "VBP" | "VBD" | "MD") && t.upos != Upos::Part && !is_under(analysis, k, clause)
    });
    let main = (second + 1..end.min(second + 12))
        .find(|&k| matches!(analysis.tokens[k].xpos, "VBZ" | "VBP" | "VBD" | "MD" | "VB"))?;
    let subject = (second + 1..main).any(|k| {
        matches!(analysis.tokens[k].upos, Upos::Noun | Upos::Pron | Upos::Propn) || analysis.tokens[k].lower == "there"
    });
    let after = analysis.tokens.get(second + 1)?;
    if commas > 0 || between_finite || !subject || in_quotes(analysis, second) {
        return None;
    }
    if matches!(after.lower.as_str(), "that" | "far" | "much" | "many" | "not" | "as" | ",") {
        return None;
    }
    let word = analysis.tokens[second].lower.clone();
    let opener = analysis.form(i).to_lowercase();
    let next_form = analysis.form(second + 1).to_owned();
    // The marked span takes the next word with it, so that no double space is left.
    let draft = Draft::new("correlatives", analysis.span_of(second, second + 1), "U:CONJ", "conj")
        .because(
            format!("English joins two clauses with one conjunction: “{opener}” or “{word}”, not both."),
            format!("英语里“{opener}”和“{word}”不能在同一个句子里连用，只留一个。"),
        )
        .confidence(CERTAIN);
    let mut suggestions = vec![next_form.clone()];
    if concession {
        suggestions.push(format!("{right} {next_form}"));
    }
    Some(draft.suggest(suggestions).done())
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Correlatives;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("Although I was tired, but I went on.", "Although I was tired, I went on."),
            ("Though he is young, but he knows a lot.", "Though he is young, he knows a lot."),
            ("Because it was raining, so we stayed at home.", "Because it was raining, we stayed at home."),
            ("Because I like music, so my parents bought a piano.", "Because I like music, my parents bought a piano."),
        ] {
            check(&Correlatives, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "Although it was late, we went out, but he stayed at home.",
            "I was tired, but I went on although it was late.",
            "Because he was ill, he stayed at home, so we went alone.",
            "It was raining, so we stayed at home.",
            "Although I like it, so many people do not.",
            "He is not only kind but also clever.",
        ] {
            check(&Correlatives, text, None);
        }
    }
}
