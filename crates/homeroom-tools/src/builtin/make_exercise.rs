//! `make_exercise`: exercises from a text, by rules. Equal arguments give equal exercises.

use std::collections::BTreeSet;
use std::sync::Arc;

use homeroom_core::{Analysis, Document, Language, Upos};
use homeroom_english::{English, match_case, starts_with_vowel_sound};
use homeroom_lexicon::{Form, Lexicon};
use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Items that are made where the model does not say how many.
const USUAL: u8 = 5;

/// How much likelier, in nats, the neighbours must make the text's preposition than another one, for the other one to count as
/// wrong: with less, both may be right. ln 20.
const CLEARLY: f32 = 3.0;

/// The prepositions that exercises are about: those that pupils mix up.
const PREPOSITIONS: [&str; 10] = ["in", "on", "at", "to", "for", "of", "with", "from", "by", "about"];

/// What the pupil does.
#[derive(Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Fills a gap.
    GapFill,
    /// Chooses one of several words.
    MultipleChoice,
    /// Corrects a sentence with one fault in it.
    CorrectTheSentence,
}

/// What it is about, by the teacher's code.
#[derive(Deserialize, JsonSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Code {
    /// Articles.
    Art,
    /// Prepositions.
    Prep,
    /// Forms of verbs.
    Vf,
    /// Agreement of subject and verb.
    Sv,
    /// Singular and plural.
    Pl,
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Right English text, at most 10,000 characters; exercises are made of its sentences.
    #[schemars(length(min = 1, max = 10_000))]
    text: String,
    /// What the pupil does.
    kind: Kind,
    /// What it is about: art (articles), prep (prepositions), vf (verb forms), sv (subject-verb agreement), pl (plural).
    code: Code,
    /// Most items, 1 to 20; 5 if left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    most: Option<u8>,
    /// Another number gives other items; 0 if left out.
    #[serde(default)]
    seed: u32,
}

pub(super) fn make(_: &Means) -> Option<Arc<dyn Tool>> {
    Some(Typed::shared(
        "make_exercise",
        "Makes an exercise from a text: gaps to fill, words to choose from, or sentences to correct, about one kind of error. \
         Each item has its answer.",
        Effect::Reads,
        |arguments: Arguments| exercise(&arguments).map(|exercise| Output::json(&exercise)),
    ))
}

#[derive(Serialize, Debug, PartialEq)]
struct Exercise {
    items: Vec<Item>,
    note: &'static str,
}

#[derive(Serialize, Debug, PartialEq)]
struct Item {
    /// What the pupil sees.
    task: String,
    /// What to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
    /// The word that stands in the gap in another form.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The word, or the whole right sentence.
    answer: String,
}

/// A word that an exercise can be made of.
struct Target {
    token: usize,
    /// What is wrong in its place, with its capitals.
    wrong: Vec<String>,
    hint: Option<String>,
}

fn exercise(arguments: &Arguments) -> Result<Exercise, ToolError> {
    let analysis = English::shipped().analyse(&Document::new(arguments.text.as_str(), Language::ENGLISH));
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(arguments.seed));
    let mut targets: Vec<Target> = (0..analysis.tokens.len())
        .filter_map(|token| target(&analysis, token, arguments.code, arguments.kind))
        .collect();
    targets.shuffle(&mut rng);
    // One item for each sentence: a second one would give the first away.
    let mut used = BTreeSet::new();
    targets.retain(|target| used.insert(analysis.tokens[target.token].sentence));
    targets.truncate(usize::from(arguments.most.unwrap_or(USUAL)));
    targets.sort_by_key(|target| target.token);
    if targets.is_empty() {
        return Err(ToolError::Value { argument: "text", fault: "no sentence in it is fit for this kind of error" });
    }
    let items = targets.into_iter().filter_map(|target| item(&analysis, target, arguments.kind, &mut rng)).collect();
    let note = "The answers are the words of the text; in a gap another word may be right, too. A teacher should look over it.";
    Ok(Exercise { items, note })
}

fn item(analysis: &Analysis, target: Target, kind: Kind, rng: &mut ChaCha8Rng) -> Option<Item> {
    let token = &analysis.tokens[target.token];
    let sentence = analysis.sentences[token.sentence].span;
    let text = analysis.text();
    let with = |word: &str| {
        let (before, after) = (&text[sentence.start..token.span.start], &text[token.span.end..sentence.end]);
        if word.is_empty() { format!("{before}{}", after.trim_start()) } else { format!("{before}{word}{after}") }
    };
    let right = analysis.form(target.token).to_owned();
    Some(match kind {
        Kind::GapFill => Item { task: with("____"), options: Vec::new(), hint: target.hint, answer: right },
        Kind::MultipleChoice => {
            let mut options = target.wrong;
            options.retain(|option| !option.is_empty());
            options.shuffle(rng);
            options.truncate(3);
            options.push(right.clone());
            options.sort_by_key(|option| option.to_lowercase());
            options.dedup();
            Item { task: with("____"), options, hint: None, answer: right }
        }
        Kind::CorrectTheSentence => {
            let wrong = target.wrong.choose(rng)?;
            Item { task: with(wrong), options: Vec::new(), hint: None, answer: sentence.of(text).to_owned() }
        }
    })
}

/// What can be asked of a token; nothing where it is not fit.
fn target(analysis: &Analysis, token: usize, code: Code, kind: Kind) -> Option<Target> {
    let form = analysis.form(token);
    // Parts of contractions stand close together and can't be taken out alone.
    let whole = |i: usize| i == 0 || analysis.tokens[i - 1].span.end < analysis.tokens[i].span.start;
    let at_end = analysis
        .tokens
        .get(token + 1)
        .is_none_or(|next| next.span.start > analysis.tokens[token].span.end || next.upos == Upos::Punct);
    if !whole(token) || !at_end || form.is_empty() {
        return None;
    }
    let (wrong, hint) = match code {
        Code::Art => (articles(analysis, token, kind)?, None),
        Code::Prep => (prepositions(analysis, token)?, None),
        Code::Vf => verb_forms(analysis, token)?,
        Code::Sv => agreement(analysis, token)?,
        Code::Pl => plurals(analysis, token)?,
    };
    let right = form.to_lowercase();
    let mut seen = BTreeSet::from([right]);
    let wrong: Vec<String> =
        wrong.into_iter().filter(|w| seen.insert(w.clone())).map(|w| match_case(form, &w)).collect();
    (!wrong.is_empty()).then_some(Target { token, wrong, hint })
}

/// `a` for `an` and the other way round is wrong for certain; for the rest, that an article is left out.
fn articles(analysis: &Analysis, token: usize, kind: Kind) -> Option<Vec<String>> {
    let this = &analysis.tokens[token];
    if this.upos != Upos::Det || !["a", "an", "the"].contains(&this.lower.as_str()) {
        return None;
    }
    let vowel = starts_with_vowel_sound(&analysis.tokens.get(token + 1)?.lower);
    match (kind, this.lower.as_str()) {
        (Kind::CorrectTheSentence, "the") => None,
        (Kind::CorrectTheSentence, "a") if vowel == Some(false) => Some(vec!["an".to_owned()]),
        (Kind::CorrectTheSentence, "an") if vowel == Some(true) => Some(vec!["a".to_owned()]),
        (Kind::CorrectTheSentence, _) => None,
        _ => Some(["a", "an", "the"].map(str::to_owned).to_vec()),
    }
}

/// The prepositions that the words around make much less likely than that of the text.
fn prepositions(analysis: &Analysis, token: usize) -> Option<Vec<String>> {
    let this = &analysis.tokens[token];
    if this.upos != Upos::Adp || !PREPOSITIONS.contains(&this.lower.as_str()) {
        return None;
    }
    let lexicon = Lexicon::shipped();
    let neighbour = |i: Option<usize>| i.and_then(|i| analysis.tokens.get(i)).filter(|t| t.upos != Upos::Punct);
    let (before, after) = (neighbour(token.checked_sub(1)), neighbour(Some(token + 1)));
    // A pair that nobody counted is as rare as the rarest that was.
    let fit = |word: &str| {
        let left = before.map(|b| lexicon.bigram(&b.lower, word).unwrap_or(UNCOUNTED));
        let right = after.map(|a| lexicon.bigram(word, &a.lower).unwrap_or(UNCOUNTED));
        left.unwrap_or(0.0) + right.unwrap_or(0.0)
    };
    let own = fit(&this.lower);
    let wrong: Vec<String> =
        PREPOSITIONS.iter().filter(|&&p| p != this.lower && fit(p) + CLEARLY < own).map(|&p| p.to_owned()).collect();
    (wrong.len() >= 2).then_some(wrong)
}

/// ln P of a pair that was not counted; the rarest counted ones have about -12.
const UNCOUNTED: f32 = -14.0;

fn verb_forms(analysis: &Analysis, token: usize) -> Option<(Vec<String>, Option<String>)> {
    let this = &analysis.tokens[token];
    if this.upos != Upos::Verb || this.lower == this.lemma {
        return None;
    }
    let lexicon = Lexicon::shipped();
    let inflected = |form| lexicon.inflect(&this.lemma, form);
    let forms = [Form::Base, Form::ThirdPerson, Form::Past, Form::PastParticiple, Form::Gerund];
    let all: Vec<String> = forms.into_iter().filter_map(inflected).collect();
    let known = all.contains(&this.lower);
    // Beside a subject another tense may be right; a form without a tense is surely wrong. Elsewhere each other form is.
    let (past, participle, gerund) = (inflected(Form::Past), inflected(Form::PastParticiple), inflected(Form::Gerund));
    let wrong: Vec<String> = match this.xpos {
        "VBD" => gerund.into_iter().chain(participle.filter(|p| Some(p) != past.as_ref())).collect(),
        "VBZ" | "VBP" => gerund.into_iter().collect(),
        _ => all,
    };
    known.then(|| (wrong, Some(this.lemma.clone())))
}

fn agreement(analysis: &Analysis, token: usize) -> Option<(Vec<String>, Option<String>)> {
    let this = &analysis.tokens[token];
    let subject = analysis.child(token, "nsubj").or_else(|| {
        let head = this.head.filter(|_| this.upos == Upos::Aux)?;
        analysis.child(head, "nsubj")
    })?;
    if subject > token {
        return None;
    }
    let other = match this.lower.as_str() {
        "is" => "are".to_owned(),
        "are" if analysis.tokens[subject].lower != "you" => "is".to_owned(),
        "was" => "were".to_owned(),
        "were" if analysis.tokens[subject].lower != "you" => "was".to_owned(),
        "has" => "have".to_owned(),
        "have" if this.xpos == "VBP" => "has".to_owned(),
        "am" | "are" | "were" => return None,
        _ if this.upos != Upos::Verb => return None,
        _ => match this.xpos {
            "VBZ" => this.lemma.clone(),
            "VBP" => Lexicon::shipped().inflect(&this.lemma, Form::ThirdPerson)?,
            _ => return None,
        },
    };
    Some((
        vec![other],
        Some(if this.upos == Upos::Aux && this.lemma == "be" { "be".to_owned() } else { this.lemma.clone() }),
    ))
}

fn plurals(analysis: &Analysis, token: usize) -> Option<(Vec<String>, Option<String>)> {
    let this = &analysis.tokens[token];
    let lexicon = Lexicon::shipped();
    if this.upos != Upos::Noun || lexicon.uncountable(&this.lemma) {
        return None;
    }
    // The number shows only beside a word that asks for it.
    let asks =
        |words: &[&str]| analysis.children(token).any(|child| words.contains(&analysis.tokens[child].lower.as_str()));
    let counted = analysis.children(token).any(|child| {
        analysis.tokens[child].upos == Upos::Num
            && analysis.tokens[child].lower != "one"
            && analysis.tokens[child].lower != "1"
    });
    let plural = lexicon.inflect(&this.lemma, Form::Plural)?;
    let wrong = match this.xpos {
        "NNS" if counted || asks(&["many", "these", "those", "several", "few", "both"]) => this.lemma.clone(),
        "NN" if asks(&["a", "an", "this", "that", "every", "each", "one"]) => plural,
        _ => return None,
    };
    Some((vec![wrong], Some(this.lemma.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "My sister goes to school by bus. She has two cats and a dog. Yesterday we played football in the park. \
        He is interested in music. There is an apple on the table. My parents work in a hospital. I depend on my friends.";

    fn arguments(kind: Kind, code: Code, seed: u32) -> Arguments {
        Arguments { text: TEXT.to_owned(), kind, code, most: None, seed }
    }

    #[test]
    fn equal_seeds_give_equal_exercises_and_answers_are_those_of_the_text() {
        for kind in [Kind::GapFill, Kind::MultipleChoice, Kind::CorrectTheSentence] {
            for code in [Code::Art, Code::Prep, Code::Vf, Code::Sv, Code::Pl] {
                let first = exercise(&arguments(kind, code, 7)).unwrap();
                assert_eq!(first, exercise(&arguments(kind, code, 7)).unwrap());
                assert!(!first.items.is_empty());
                for item in &first.items {
                    let mended = if kind == Kind::CorrectTheSentence {
                        assert_ne!(item.task, item.answer);
                        item.answer.clone()
                    } else {
                        item.task.replacen("____", &item.answer, 1)
                    };
                    assert!(TEXT.contains(&mended), "{item:?}");
                    if kind == Kind::MultipleChoice {
                        assert!(item.options.contains(&item.answer) && item.options.len() > 1, "{item:?}");
                    }
                }
            }
        }
    }

    #[track_caller]
    fn check(code: Code, wrong: &str) {
        let all: Vec<String> = (0..20)
            .flat_map(|seed| exercise(&arguments(Kind::CorrectTheSentence, code, seed)).unwrap().items)
            .map(|i| i.task)
            .collect();
        assert!(all.iter().any(|task| task.contains(wrong)), "{all:?}");
    }

    #[test]
    fn faults_are_those_of_the_code() {
        check(Code::Sv, "My sister go to school");
        check(Code::Art, "There is a apple");
        check(Code::Pl, "two cat and");
        check(Code::Vf, "we playing football");
    }

    #[test]
    fn a_text_that_is_not_fit_is_refused() {
        let arguments = Arguments { text: "Hello!".into(), kind: Kind::GapFill, code: Code::Pl, most: None, seed: 0 };
        assert!(exercise(&arguments).is_err());
    }
}
