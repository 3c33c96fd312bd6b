//! An adjective where an adverb belongs and the other way round: *speaks English fluent*, *feels happily*, *is
//! importantly*, *studies hardly*, *a seriously problem*.
//!
//! Only verbs of action with a listed adjective at the end of the clause are judged, and only linking verbs whose adverb
//! stands alone behind them.

use homeroom_core::{Analysis, Checker, Finding, Token, Upos};
use homeroom_lexicon::Lexicon;

use super::Draft;
use crate::compose::match_case;

/// Adjectives that learners use for adverbs, with the adverb.
const ADVERB_OF: [(&str, &str); 24] = [
    ("fluent", "fluently"),
    ("quick", "quickly"),
    ("careful", "carefully"),
    ("beautiful", "beautifully"),
    ("good", "well"),
    ("bad", "badly"),
    ("serious", "seriously"),
    ("happy", "happily"),
    ("easy", "easily"),
    ("clear", "clearly"),
    ("perfect", "perfectly"),
    ("slow", "slowly"),
    ("correct", "correctly"),
    ("quiet", "quietly"),
    ("polite", "politely"),
    ("rapid", "rapidly"),
    ("sudden", "suddenly"),
    ("effective", "effectively"),
    ("efficient", "efficiently"),
    ("proper", "properly"),
    ("independent", "independently"),
    ("safe", "safely"),
    ("successful", "successfully"),
    ("excellent", "excellently"),
];

/// Verbs of action, which an adverb describes.
const ACTIONS: [&str; 34] = [
    "hear",
    "see",
    "speak",
    "run",
    "walk",
    "write",
    "read",
    "sing",
    "dance",
    "play",
    "drive",
    "learn",
    "study",
    "work",
    "listen",
    "talk",
    "answer",
    "swim",
    "sleep",
    "develop",
    "improve",
    "increase",
    "change",
    "live",
    "finish",
    "understand",
    "treat",
    "teach",
    "behave",
    "move",
    "solve",
    "cook",
    "draw",
    "grow",
];

/// Adverbs that stand for a feeling behind *feel*; *feel strongly*, *feel deeply* are right.
const FEELINGS: [&str; 14] = [
    "happily",
    "sadly",
    "angrily",
    "nervously",
    "excitedly",
    "comfortably",
    "proudly",
    "safely",
    "warmly",
    "terribly",
    "freely",
    "luckily",
    "tiredly",
    "relaxedly",
];

/// Adverbs of degree that may stand before a noun phrase.
const BEFORE_NOUN: [&str; 12] = [
    "mainly", "mostly", "largely", "nearly", "newly", "barely", "hardly", "really", "only", "possibly", "truly",
    "formerly",
];

pub(super) struct Adverbs;

impl Checker for Adverbs {
    fn id(&self) -> &'static str {
        "adverbs"
    }

    fn fault(&self) -> &'static str {
        "An adjective where an adverb belongs and the other way round: *speaks English fluent*, *feels happily*, *studies hardly*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(
                hardly(analysis, i)
                    .or_else(|| adjective_for_adverb(analysis, i))
                    .or_else(|| adverb_for_adjective(analysis, i)),
            );
        }
    }
}

fn get(analysis: &Analysis, near: usize, i: usize) -> Option<&Token> {
    analysis.tokens.get(i).filter(|t| t.sentence == analysis.tokens[near].sentence)
}

/// Whether the clause ends, or something new begins, behind token `i`.
fn is_last(analysis: &Analysis, i: usize) -> bool {
    get(analysis, i, i + 1).is_none_or(|t| {
        t.upos == Upos::Punct && !matches!(t.lower.as_str(), "-" | "/" | "'" | "\"")
            || matches!(
                t.lower.as_str(),
                "because"
                    | "when"
                    | "if"
                    | "but"
                    | "so"
                    | "every"
                    | "in"
                    | "at"
                    | "after"
                    | "before"
                    | "now"
                    | "and"
                    | "than"
            )
    })
}

fn verb_lemma(token: &Token) -> std::borrow::Cow<'_, str> {
    Lexicon::shipped().lemma(&token.lower, Upos::Verb)
}

/// "He studies hardly."
fn hardly(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let previous = get(analysis, i, i.checked_sub(1)?)?;
    let verb = matches!(
        &*verb_lemma(previous),
        "study" | "work" | "try" | "learn" | "train" | "practise" | "practice" | "think" | "fight" | "rain"
    );
    let last = is_last(analysis, i)
        || get(analysis, i, i + 1).is_some_and(|t| matches!(t.lower.as_str(), "to" | "for" | "on"));
    if token.lower != "hardly" || !verb || !last {
        return None;
    }
    let object = &previous.lower;
    Some(
        Draft::new("adverbs", token.span, "R:ADV", "wc")
            .because(
                format!("“hardly” means “almost not”; say “{object} hard”."),
                format!("hardly 意为“几乎不”，表示“努力地”用 hard:“{object} hard”。"),
            )
            .suggest([match_case(analysis.form(i), "hard")])
            .confidence(0.95)
            .done(),
    )
}

/// "He speaks English fluent."
fn adjective_for_adverb(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let adverb = ADVERB_OF.iter().find(|(adjective, _)| *adjective == token.lower)?.1;
    if !is_last(analysis, i) {
        return None;
    }
    // Back over "very", then over the object, to the verb.
    let mut k = i.checked_sub(1)?;
    let degree = |t: &Token| matches!(t.lower.as_str(), "very" | "so" | "too" | "more" | "really" | "quite" | "pretty");
    if get(analysis, i, k).is_some_and(degree) {
        k = k.checked_sub(1)?;
    }
    let most = 3;
    let behind = k;
    while get(analysis, i, k).is_some_and(|t| {
        matches!(t.xpos, "NN" | "NNS" | "NNP" | "PRP" | "PRP$" | "DT")
            && !ACTIONS.contains(&&*verb_lemma(t)) | matches!(t.xpos, "NNS" | "PRP$" | "DT" | "PRP")
    }) && behind - k < most
    {
        k = k.checked_sub(1)?;
    }
    let object = behind > k;
    let verb = get(analysis, i, k)?;
    if !verb.xpos.starts_with("VB") || !ACTIONS.contains(&&*verb_lemma(verb)) || verb.xpos == "VBN" {
        return None;
    }
    // "learn good", "read bad" may lack a noun; a determiner in front makes it one: "learn the good".
    let article = get(analysis, i, i - 1).is_some_and(|t| matches!(t.xpos, "DT" | "PRP$" | "CD" | "IN"));
    // "grow bad", "sleep easy", "live happy and free", "play it safe", "run clear", "work safe": a state, or an idiom.
    let state = matches!(
        (&*verb_lemma(verb), token.lower.as_str()),
        (
            "grow" | "run" | "sleep" | "live" | "play" | "change",
            "clear" | "easy" | "bad" | "safe" | "independent" | "slow" | "quiet"
        )
    ) || matches!(&*verb_lemma(verb), "grow" | "change" | "play")
        && !object
        && token.lower != "good"
        && token.lower != "quick"
        && token.lower != "rapid"
        || token.lower == "safe";
    if article || state {
        return None;
    }
    // "so much good": nothing; "do good".
    let comparison = get(analysis, i, i + 1).is_some_and(|t| t.lower == "than");
    if comparison {
        return None;
    }
    let verb = &verb.lower;
    let draft = Draft::new("adverbs", token.span, "R:MORPH", "wf")
        .because(
            format!("The word describes the verb “{verb}”, so it is the adverb “{adverb}”."),
            format!("修饰动词“{verb}”要用副词“{adverb}”。"),
        )
        .suggest([match_case(analysis.form(i), adverb)])
        .confidence(0.88);
    Some(draft.done())
}

/// The adjective of an adverb in -ly that is no adjective itself.
fn adjective_of(lower: &str) -> Option<String> {
    let lexicon = Lexicon::shipped();
    let stem = lower.strip_suffix("ly")?;
    if lexicon.pos(lower).can_be(Upos::Adj) || stem.len() < 3 {
        return None;
    }
    let y = stem.strip_suffix('i').map(|s| format!("{s}y"));
    let candidates = [y, Some(stem.to_owned()), Some(format!("{stem}le")), Some(format!("{stem}l"))];
    candidates.into_iter().flatten().find(|c| lexicon.pos(c).can_be(Upos::Adj) && lexicon.zipf(c) > 2.5)
}

/// "feels happily", "is importantly", "a seriously problem".
fn adverb_for_adjective(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if !matches!(token.upos, Upos::Adv | Upos::Adj) || !token.lower.ends_with("ly") {
        return None;
    }
    let adjective = adjective_of(&token.lower)?;
    let mut k = i.checked_sub(1)?;
    if get(analysis, i, k)
        .is_some_and(|t| matches!(t.lower.as_str(), "very" | "so" | "too" | "really" | "more" | "quite"))
    {
        k = k.checked_sub(1)?;
    }
    let before = get(analysis, i, k)?;
    let noun = get(analysis, i, i + 1);
    let attributive = k + 1 == i
        && matches!(before.lower.as_str(), "a" | "an")
        && noun.is_some_and(|t| t.xpos == "NN" && t.upos == Upos::Noun)
        && get(analysis, i, i + 2).is_none_or(|t| !matches!(t.xpos, "HYPH" | "VBN" | "VBG" | "JJ"))
        && !BEFORE_NOUN.contains(&token.lower.as_str());
    let alone = noun.is_none_or(|t| t.upos == Upos::Punct && !matches!(t.lower.as_str(), "-" | "\"" | ":" | "("))
        || noun.is_some_and(|t| matches!(t.lower.as_str(), "because" | "when" | "but" | "for" | "that"));
    let linking = match before.lemma.as_str() {
        "feel" => FEELINGS.contains(&token.lower.as_str()) && alone,
        "sound" | "taste" | "smell" | "seem" | "become" => {
            alone
                && before.upos == Upos::Verb
                && !matches!(noun.map(|t| t.lower.as_str()), Some("," | "when" | "because"))
        }
        "be" => {
            alone
                && analysis.child(i, "cop") == Some(k)
                && analysis.child(i, "nsubj").is_some_and(|s| s < k)
                && !matches!(
                    token.lower.as_str(),
                    "really"
                        | "daily"
                        | "exactly"
                        | "possibly"
                        | "probably"
                        | "definitely"
                        | "certainly"
                        | "actually"
                        | "namely"
                        | "currently"
                        | "mainly"
                        | "usually"
                        | "only"
                        | "simply"
                        | "absolutely"
                        | "clearly"
                        | "apparently"
                        | "obviously"
                )
                && !noun.is_some_and(|t| matches!(t.lower.as_str(), "that" | "," | "when" | "because"))
        }
        _ => false,
    };
    if !(attributive || linking) {
        return None;
    }
    let (en, zh) = if attributive {
        (
            format!("The word describes a noun, so it is the adjective “{adjective}”."),
            format!("修饰名词要用形容词“{adjective}”。"),
        )
    } else {
        let verb = &before.lower;
        (
            format!("After the linking verb “{verb}” stands the adjective “{adjective}”."),
            format!("系动词“{verb}”后面用形容词“{adjective}”作表语。"),
        )
    };
    Some(
        Draft::new("adverbs", token.span, "R:MORPH", "wf")
            .because(en, zh)
            .suggest([match_case(analysis.form(i), &adjective)])
            .confidence(0.88)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Adverbs;

    #[test]
    fn hits() {
        check(&Adverbs, "He speaks English fluent.", Some("He speaks English fluently."));
        check(&Adverbs, "She sings very beautiful.", Some("She sings very beautifully."));
        check(&Adverbs, "He plays football very good.", Some("He plays football very well."));
        check(&Adverbs, "I can't hear clear.", Some("I can't hear clearly."));
        check(&Adverbs, "I feel happily.", Some("I feel happy."));
        check(&Adverbs, "English is very importantly for us.", Some("English is very important for us."));
        check(&Adverbs, "He studies hardly every day.", Some("He studies hard every day."));
        check(&Adverbs, "It is a seriously problem.", Some("It is a serious problem."));
    }

    #[test]
    fn near_misses() {
        check(&Adverbs, "I can hardly study at night.", None);
        check(&Adverbs, "He works hard and does good.", None);
        check(&Adverbs, "I feel strongly about it.", None);
        check(&Adverbs, "It is usually a good idea.", None);
        check(&Adverbs, "The book is easy to read.", None);
        check(&Adverbs, "She looked happily at me.", None);
        check(&Adverbs, "They live happily ever after.", None);
        check(&Adverbs, "He is friendly and lives near the good school.", None);
    }
}
