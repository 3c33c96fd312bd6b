//! Comparison: *more better*, *more tall*, *gooder*, *is tall than*, *very better*, *as taller as*.
//!
//! Whether an adjective takes -er or *more* comes from the lexicon; only adjectives of which *more* is wrong for sure (one
//! syllable, or two with -y) are judged.

use homeroom_core::{Analysis, Checker, Finding, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use crate::compose::match_case;

/// Short adjectives that good writers also compare with *more*.
const EITHER: [&str; 34] = [
    "fun", "real", "right", "wrong", "like", "true", "free", "clear", "fair", "sure", "just", "well", "tired", "bored",
    "likely", "lively", "friendly", "lonely", "lovely", "costly", "deadly", "early", "only", "daily", "worthy", "wary",
    "apt", "prone", "ill", "worth", "alive", "shy", "sad", "open",
];

/// Forms that learners make up, with what is right.
const MADE_UP: [(&str, &str); 10] = [
    ("gooder", "better"),
    ("goodest", "best"),
    ("badder", "worse"),
    ("baddest", "worst"),
    ("worser", "worse"),
    ("worsest", "worst"),
    ("bestest", "best"),
    ("beautifuller", "more beautiful"),
    ("beautifulest", "most beautiful"),
    ("importanter", "more important"),
];

pub(super) struct Comparatives;

impl Checker for Comparatives {
    fn id(&self) -> &'static str {
        "comparatives"
    }

    fn fault(&self) -> &'static str {
        "Comparison: *more better*, *more tall*, *gooder*, *is tall than*, *very better*, *as taller as*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(
                made_up(analysis, i)
                    .or_else(|| doubled(analysis, i))
                    .or_else(|| very_better(analysis, i))
                    .or_else(|| as_as(analysis, i))
                    .or_else(|| positive_than(analysis, i)),
            );
        }
    }
}

fn next(analysis: &Analysis, i: usize, steps: usize) -> Option<&homeroom_core::Token> {
    analysis.tokens.get(i + steps).filter(|t| t.sentence == analysis.tokens[i].sentence)
}

/// The adjective or adverb of which the word is the comparative or superlative.
fn positive_of(lower: &str, form: Form) -> Option<String> {
    let lexicon = Lexicon::shipped();
    if !lexicon.pos(lower).has(form) {
        return None;
    }
    let lemma = match lower {
        "better" | "best" => "good".to_owned(),
        "worse" | "worst" => "bad".to_owned(),
        _ => lexicon.lemma(lower, Upos::Adj).into_owned(),
    };
    (lemma != lower).then_some(lemma)
}

/// The comparative of an adjective: with -er where the lexicon has it, else with *more*.
fn comparative(lower: &str) -> String {
    match lower {
        "good" | "well" => return "better".to_owned(),
        "bad" | "badly" => return "worse".to_owned(),
        "far" => return "farther".to_owned(),
        _ => {}
    }
    Lexicon::shipped().inflect(lower, Form::Comparative).unwrap_or_else(|| format!("more {lower}"))
}

/// Whether *more* before it is a fault: one syllable, or two with -y.
fn takes_ending(lower: &str) -> bool {
    let vowels = lower
        .bytes()
        .zip(std::iter::once(b' ').chain(lower.bytes()))
        .filter(|(b, before)| b"aeiouy".contains(b) && !b"aeiouy".contains(before))
        .count();
    let mute = lower.ends_with('e') && !lower.ends_with("le");
    let syllables = vowels - usize::from(mute && vowels > 1);
    let short = syllables == 1 || syllables == 2 && lower.ends_with('y') && !lower.ends_with("ly");
    short
        && !EITHER.contains(&lower)
        && !lower.ends_with("ed")
        && Lexicon::shipped().inflect(lower, Form::Comparative).is_some()
}

fn made_up(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let right = MADE_UP.iter().find(|(wrong, _)| *wrong == token.lower)?.1;
    Some(
        Draft::new("comparatives", token.span, "R:ADJ:FORM", "wf")
            .because(
                format!("The form is “{right}”; “{}” does not exist.", token.lower),
                format!("没有“{}”这种形式，正确形式是“{right}”。", token.lower),
            )
            .suggest([match_case(analysis.form(i), right)])
            .confidence(0.95)
            .done(),
    )
}

/// "more easier", "most biggest", "more tall".
fn doubled(analysis: &Analysis, i: usize) -> Option<Finding> {
    let more = &analysis.tokens[i];
    let form = match more.lower.as_str() {
        "more" => Form::Comparative,
        "most" => Form::Superlative,
        _ => return None,
    };
    let word = next(analysis, i, 1)?;
    if !matches!(word.upos, Upos::Adj | Upos::Adv)
        || !matches!(
            word.deprel,
            "amod" | "root" | "advmod" | "acl" | "conj" | "xcomp" | "ccomp" | "acl:relcl" | "advcl" | "parataxis"
        )
    {
        return None;
    }
    // "no more better books", "more later": *more* must belong to the word.
    let belongs = more.head == Some(i + 1);
    let previous = i.checked_sub(1).map_or("", |k| analysis.tokens[k].lower.as_str());
    let right = if positive_of(&word.lower, form).is_some() {
        let wrong_use = matches!(
            word.lower.as_str(),
            "later"
                | "further"
                | "less"
                | "more"
                | "most"
                | "fewer"
                | "latest"
                | "rather"
                | "latter"
                | "former"
                | "inner"
                | "outer"
                | "upper"
                | "elder"
        );
        if wrong_use || !belongs || matches!(word.xpos, "NN" | "VB") {
            return None;
        }
        word.lower.clone()
    } else {
        // "more tall": not in "more big cars" (a greater number), "more hot than cold", "once more hard work".
        if !belongs
            || !takes_ending(&word.lower)
            || !matches!(word.deprel, "root" | "ccomp" | "conj" | "advcl" | "xcomp")
            || word.xpos != "JJ"
            || more.lower == "most"
        {
            return None;
        }
        if next(analysis, i, 2).is_some_and(|t| matches!(t.xpos, "NN" | "NNS" | "JJ" | "CC" | "HYPH"))
            || matches!(previous, "no" | "any" | "or" | "not" | "once" | "much" | "far")
                && !matches!(previous, "much" | "far")
        {
            return None;
        }
        // "more dead than alive" compares two adjectives.
        if next(analysis, i, 2).is_some_and(|t| t.lower == "than")
            && next(analysis, i, 3).is_some_and(|t| t.upos == Upos::Adj)
        {
            return None;
        }
        Lexicon::shipped().inflect(&word.lower, form)?
    };
    let span = analysis.span_of(i, i + 1);
    Some(
        Draft::new("comparatives", span, "R:ADJ:FORM", "wf")
            .because(
                format!("“{right}” is already the whole form; it takes no “{}”.", more.lower),
                format!("“{right}”本身就是比较等级形式，前面不再加 {}。", more.lower),
            )
            .suggest([match_case(analysis.form(i), &right)])
            .confidence(0.93)
            .done(),
    )
}

/// "very better", "so taller than".
fn very_better(analysis: &Analysis, i: usize) -> Option<Finding> {
    let very = &analysis.tokens[i];
    if very.lower != "very" && very.lower != "quite" {
        return None;
    }
    let word = next(analysis, i, 1)?;
    let comparative = matches!(word.xpos, "JJR" | "RBR")
        && (word.lower == "more" || positive_of(&word.lower, Form::Comparative).is_some());
    // "He is quite better" is said of health; "the very best" is right.
    if !comparative || very.lower == "quite" || matches!(word.lower.as_str(), "later" | "further" | "upper" | "inner") {
        return None;
    }
    Some(
        Draft::new("comparatives", very.span, "R:ADV", "wc")
            .because(
                format!("Before the comparative “{}” stands “much”, not “very”.", word.lower),
                format!("比较级“{}”前用 much 修饰，不用 very。", word.lower),
            )
            .suggest([match_case(analysis.form(i), "much")])
            .confidence(0.9)
            .done(),
    )
}

/// "as taller as".
fn as_as(analysis: &Analysis, i: usize) -> Option<Finding> {
    let word = next(analysis, i, 1)?;
    if analysis.tokens[i].lower != "as" || next(analysis, i, 2).is_none_or(|t| t.lower != "as") {
        return None;
    }
    let positive = positive_of(&word.lower, Form::Comparative)?;
    Some(
        Draft::new("comparatives", word.span, "R:ADJ:FORM", "wf")
            .because(
                format!("Between “as … as” stands the plain form: “{positive}”."),
                format!("as … as 中间用形容词或副词原级：“{positive}”。"),
            )
            .suggest([match_case(analysis.form(i + 1), &positive)])
            .confidence(0.93)
            .done(),
    )
}

/// "He is tall than me", "It is important than money".
fn positive_than(analysis: &Analysis, i: usize) -> Option<Finding> {
    let word = &analysis.tokens[i];
    if !matches!(word.xpos, "JJ" | "RB") || next(analysis, i, 1).is_none_or(|t| t.lower != "than") {
        return None;
    }
    if matches!(
        word.lower.as_str(),
        "other"
            | "rather"
            | "different"
            | "elsewhere"
            | "otherwise"
            | "same"
            | "else"
            | "less"
            | "more"
            | "sooner"
            | "differently"
            | "hardly"
            | "inferior"
            | "superior"
            | "twice"
            | "fewer"
    ) || word.lower.ends_with("er") && !Lexicon::shipped().pos(&word.lower).can_be(Upos::Adj)
    {
        return None;
    }
    // Something earlier may carry the comparison: "more … than", "rather … than", "a better chance today than".
    let sentence = &analysis.sentences[word.sentence].tokens;
    let compared = (sentence.start..i).any(|k| {
        let t = &analysis.tokens[k];
        matches!(t.xpos, "JJR" | "RBR")
            || matches!(
                t.lower.as_str(),
                "more"
                    | "less"
                    | "rather"
                    | "other"
                    | "no"
                    | "sooner"
                    | "different"
                    | "elder"
                    | "prefer"
                    | "fewer"
                    | "else"
            )
            || positive_of(&t.lower, Form::Comparative).is_some()
    });
    let copula = analysis.child(i, "cop").is_some()
        || i.checked_sub(1).is_some_and(|k| {
            matches!(analysis.tokens[k].lemma.as_str(), "be" | "much" | "even" | "far" | "become" | "look")
        });
    if compared || !copula || !Lexicon::shipped().pos(&word.lower).can_be(Upos::Adj) {
        return None;
    }
    let right = comparative(&word.lower);
    Some(
        Draft::new("comparatives", word.span, "R:ADJ:FORM", "wf")
            .because(
                format!("“than” needs a comparative before it: “{right}”."),
                format!("than 前面要用比较级：“{right}”。"),
            )
            .suggest([match_case(analysis.form(i), &right)])
            .confidence(0.9)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Comparatives;

    #[test]
    fn hits() {
        check(&Comparatives, "This way is more easier.", Some("This way is easier."));
        check(&Comparatives, "He is more tall than me.", Some("He is taller than me."));
        check(&Comparatives, "My cake is gooder than yours.", Some("My cake is better than yours."));
        check(&Comparatives, "He is tall than me.", Some("He is taller than me."));
        check(&Comparatives, "Health is important than money.", Some("Health is more important than money."));
        check(&Comparatives, "He is very better now.", Some("He is much better now."));
        check(&Comparatives, "He is the most tallest boy.", Some("He is the tallest boy."));
        check(&Comparatives, "I am as taller as my father.", Some("I am as tall as my father."));
    }

    #[test]
    fn near_misses() {
        check(&Comparatives, "We need more big rooms.", None);
        check(&Comparatives, "He was more dead than alive.", None);
        check(&Comparatives, "It is more fun than work.", None);
        check(&Comparatives, "I would rather be poor than rich.", None);
        check(&Comparatives, "It is the very best.", None);
        check(&Comparatives, "More importantly, she is much better.", None);
        check(&Comparatives, "There is more traffic today than before.", None);
        check(&Comparatives, "It is more likely than not.", None);
        check(&Comparatives, "Some are different than others.", None);
    }
}
