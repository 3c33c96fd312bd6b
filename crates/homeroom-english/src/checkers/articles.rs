//! Articles: missing (*He is student*, *I bought book*, *go to library*, *in morning*, *is tallest boy*), of the wrong
//! sound (*an user*), or before a plural (*a students*).
//!
//! A missing article is marked where the noun is on a hand-made list of nouns that are never mass, stands alone (no
//! coordination, no compound, no capital, no title) and has no determiner of any kind. Roles that may stand bare (*He is
//! captain*, *by bus*, *from door to door*) are left out.

use homeroom_core::{Analysis, Checker, Finding, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use super::noun_phrase::{Countable, countable, has_determiner, is_plural, premodifiers, singular, stands_alone};
use crate::compose::match_case;

/// Nouns that have *the* after a preposition when nothing else determines them: the preposition and the noun.
const UNIQUE: [(&str, &str); 34] = [
    ("in", "morning"),
    ("in", "afternoon"),
    ("in", "evening"),
    ("in", "world"),
    ("in", "past"),
    ("in", "middle"),
    ("in", "beginning"),
    ("in", "end"),
    ("in", "sky"),
    ("in", "sun"),
    ("in", "rain"),
    ("in", "countryside"),
    ("in", "environment"),
    ("at", "beginning"),
    ("at", "end"),
    ("at", "moment"),
    ("at", "weekend"),
    ("at", "top"),
    ("at", "bottom"),
    ("all over", "world"),
    ("around", "world"),
    ("of", "world"),
    ("to", "world"),
    ("on", "internet"),
    ("from", "internet"),
    ("through", "internet"),
    ("of", "internet"),
    ("via", "internet"),
    ("of", "environment"),
    ("to", "environment"),
    ("for", "environment"),
    ("to", "countryside"),
    ("on", "ground"),
    ("from", "beginning"),
];

/// Instruments: *play the piano*.
const INSTRUMENTS: [&str; 7] = ["piano", "violin", "guitar", "flute", "drum", "cello", "trumpet"];

/// Nouns behind *only* that make *is only …* a missing article.
const ONLY: [&str; 10] =
    ["way", "reason", "person", "thing", "one", "choice", "solution", "difference", "chance", "answer"];

/// Nouns that a bare ordinal may stand before: *first class*, *second hand*.
const BARE_ORDINAL: [&str; 11] =
    ["class", "aid", "hand", "grade", "person", "year", "language", "degree", "name", "thing", "things"];

/// Nouns in -s of one form, or of which *a* before the plural is right.
const A_PLURAL: [&str; 22] = [
    "few",
    "means",
    "series",
    "species",
    "crossroads",
    "headquarters",
    "works",
    "barracks",
    "news",
    "hundreds",
    "thousands",
    "times",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
    "miles",
    "sports",
    "people",
    "dollars",
];

pub(super) struct Articles;

impl Checker for Articles {
    fn id(&self) -> &'static str {
        "articles"
    }

    fn fault(&self) -> &'static str {
        "An article that is missing, of the wrong sound or before a plural: *He is student*, *an user*, *a students*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(
                wrong_sound(analysis, i)
                    .or_else(|| before_plural(analysis, i))
                    .or_else(|| unique(analysis, i))
                    .or_else(|| same(analysis, i))
                    .or_else(|| superlative(analysis, i))
                    .or_else(|| bare(analysis, i)),
            );
        }
    }
}

/// Token `i` of the same sentence as `near`.
fn at(analysis: &Analysis, near: usize, i: usize) -> Option<&homeroom_core::Token> {
    analysis.tokens.get(i).filter(|t| t.sentence == analysis.tokens[near].sentence)
}

fn before(analysis: &Analysis, i: usize) -> Option<&homeroom_core::Token> {
    at(analysis, i, i.checked_sub(1)?)
}

/// "an user", "a hour".
fn wrong_sound(analysis: &Analysis, i: usize) -> Option<Finding> {
    let article = &analysis.tokens[i];
    if !matches!(article.lower.as_str(), "a" | "an") || article.xpos != "DT" {
        return None;
    }
    let next = at(analysis, i, i + 1)?;
    let form = analysis.form(i + 1);
    let plain = form.len() > 2
        && form.chars().all(|c| c.is_ascii_alphabetic())
        && form.chars().skip(1).all(|c| c.is_ascii_lowercase());
    let apart = analysis.text().get(article.span.end..next.span.start).is_some_and(|s| s == " ");
    if !plain || !apart || !Lexicon::shipped().contains(&next.lower) {
        return None;
    }
    let vowel = homeroom_harper::starts_with_vowel_sound(&next.lower)?;
    // Both are heard before these: "an historic", "a herb".
    if matches!(next.lower.as_str(), "historic" | "historical" | "hotel" | "herb" | "herbal" | "homage") {
        return None;
    }
    let right = if vowel { "an" } else { "a" };
    if article.lower == right {
        return None;
    }
    let word = &next.lower;
    let (en, zh) = if vowel {
        (
            format!("“{word}” begins with a vowel sound, so the article is “an”."),
            format!("“{word}”的读音以元音开头，前面用 an。"),
        )
    } else {
        (
            format!("“{word}” begins with a consonant sound, so the article is “a”."),
            format!("“{word}”的读音以辅音开头，前面用 a。"),
        )
    };
    let suggestion =
        if analysis.form(i).starts_with('A') { crate::compose::capitalise(right) } else { right.to_owned() };
    Some(
        Draft::new("articles", article.span, "R:DET", "art")
            .because(en, zh)
            .suggest([suggestion])
            .confidence(0.97)
            .done(),
    )
}

/// "a students": one or many.
fn before_plural(analysis: &Analysis, i: usize) -> Option<Finding> {
    let article = &analysis.tokens[i];
    if !matches!(article.lower.as_str(), "a" | "an") || article.deprel != "det" {
        return None;
    }
    let head = article.head.filter(|&h| h > i)?;
    let noun = &analysis.tokens[head];
    if !is_plural(noun) || A_PLURAL.contains(&noun.lower.as_str()) || head - i > 3 {
        return None;
    }
    // Only plain adjectives in between: "a great many students", "a number of students" and "a lot students" are
    // something else.
    let between_is_plain = (i + 1..head).all(|k| {
        let t = &analysis.tokens[k];
        matches!(t.xpos, "JJ" | "JJR" | "JJS")
            && !matches!(
                t.lower.as_str(),
                "few" | "many" | "great" | "good" | "lot" | "number" | "couple" | "dozen" | "several" | "little"
            )
    });
    let next = at(analysis, head, head + 1);
    let modifies = next.is_some_and(|t| {
        matches!(t.xpos, "NN" | "NNS" | "JJ" | "HYPH" | "POS" | "NNP") || t.lower.starts_with(['\'', '’', '-'])
    });
    if !between_is_plain || modifies {
        return None;
    }
    let lexicon = Lexicon::shipped();
    let one = singular(noun);
    if lexicon.uncountable(&one) {
        return None;
    }
    let span = analysis.span_of(i, head);
    let middle = analysis.text().get(analysis.tokens[i].span.start..noun.span.start)?.to_owned();
    let without = analysis.text().get(analysis.tokens[i + 1].span.start..noun.span.end)?.to_owned();
    let without = if analysis.form(i).starts_with('A') { crate::compose::capitalise(&without) } else { without };
    let word = &noun.lower;
    Some(
        Draft::new("articles", span, "R:NOUN:NUM", "num")
            .because(
                format!(
                    "“{}” goes with one thing only: “{one}”; or leave it out before the plural “{word}”.",
                    article.lower
                ),
                format!("“{}”只修饰单数名词：用单数“{one}”，或去掉冠词用复数“{word}”。", article.lower),
            )
            .suggest([format!("{middle}{}", match_case(analysis.form(head), &one)), without])
            .confidence(0.92)
            .done(),
    )
}

/// The article put in before the token `place`, with *the* as second choice where `or_the`.
fn missing(
    analysis: &Analysis,
    place: usize,
    article: &str,
    or_the: bool,
    why: (String, String),
    sure: bool,
) -> Finding {
    let span = analysis.tokens[place].span;
    let form = analysis.form(place);
    let suggestion = if place == analysis.sentences[analysis.tokens[place].sentence].tokens.start
        && form.starts_with(char::is_uppercase)
    {
        format!("{} {}", crate::compose::capitalise(article), form.to_lowercase())
    } else {
        format!("{article} {form}")
    };
    let other = (or_the && article != "the").then(|| format!("the {form}"));
    let mut draft = Draft::new("articles", span, "M:DET", "art")
        .because(why.0, why.1)
        .suggest([Some(suggestion), other].into_iter().flatten())
        .confidence(if sure { 0.87 } else { 0.6 });
    if !sure {
        draft = draft.check_this();
    }
    draft.done()
}

/// "in morning", "all over world", "play piano".
fn unique(analysis: &Analysis, i: usize) -> Option<Finding> {
    let noun = &analysis.tokens[i];
    let previous = before(analysis, i)?;
    let lower = noun.lower.as_str();
    let instrument = INSTRUMENTS.contains(&lower)
        && Lexicon::shipped().lemma(&previous.lower, Upos::Verb) == "play"
        && !previous.xpos.starts_with("NN");
    let listed = UNIQUE.iter().any(|&(preposition, unique)| {
        unique == lower
            && preposition.rsplit(' ').next() == Some(previous.lower.as_str())
            && (!preposition.contains(' ')
                || i.checked_sub(2).and_then(|k| at(analysis, i, k)).is_some_and(|t| t.lower == "all"))
    });
    let over = lower == "world" && previous.lower == "over" && i >= 2 && analysis.tokens[i - 2].lower == "all";
    if !(instrument || listed || over) {
        return None;
    }
    // "in morning traffic", "of world history", "at weekend courses", "in past-tense": the noun modifies another one.
    if let Some(next) = at(analysis, i, i + 1)
        && (matches!(next.xpos, "NN" | "NNS" | "NNP" | "HYPH" | "JJ" | "POS" | "CD" | "VBG")
            || next.lower.starts_with(['-', '\'']))
    {
        return None;
    }
    // "in end" and its like need "of"; "in middle school" is out already.
    let of = at(analysis, i, i + 1).is_some_and(|t| t.lower == "of");
    if matches!(lower, "end" | "top" | "bottom" | "middle" | "beginning" | "sun" | "past")
        && !of
        && !matches!((previous.lower.as_str(), lower), ("in", "past" | "end" | "beginning" | "middle"))
    {
        return None;
    }
    let why = (
        format!("“{lower}” takes “the” here: “{} the {lower}”.", previous.lower),
        format!("这里“{lower}”前要加 the:“{} the {lower}”。", previous.lower),
    );
    Some(missing(analysis, i, "the", false, why, true))
}

/// "go to same school", "for first time", "is only way".
fn same(analysis: &Analysis, i: usize) -> Option<Finding> {
    let word = &analysis.tokens[i];
    let previous = before(analysis, i)?;
    let next = at(analysis, i, i + 1);
    let preposition = previous.xpos == "IN"
        && matches!(
            previous.lower.as_str(),
            "in" | "on"
                | "at"
                | "to"
                | "for"
                | "from"
                | "with"
                | "of"
                | "by"
                | "during"
                | "into"
                | "about"
                | "have"
                | "as"
        );
    let verb = matches!(previous.xpos, "VB" | "VBP" | "VBZ" | "VBD" | "VBG");
    let noun_next = next.is_some_and(|t| matches!(t.xpos, "NN" | "NNS") && t.lower != "sex");
    let right = match word.lower.as_str() {
        "same" => (preposition || verb) && noun_next,
        "first" | "second" | "third" => {
            (preposition || previous.lemma == "be")
                && noun_next
                && next.is_some_and(|t| t.xpos == "NN" && !BARE_ORDINAL.contains(&t.lower.as_str()))
                && word.upos == Upos::Adj
                && word.xpos == "JJ"
                && !at(analysis, i, i + 2).is_some_and(|t| t.xpos.starts_with("NN") || t.xpos == "HYPH")
        }
        "only" => {
            previous.lemma == "be"
                && next.is_some_and(|t| ONLY.contains(&t.lower.as_str()) && t.xpos == "NN")
                && word.xpos == "JJ"
        }
        _ => return None,
    };
    if !right {
        return None;
    }
    let word = &word.lower;
    let why = (
        format!("“{word}” before a noun takes “the”: “the {word} …”."),
        format!("“{word}”修饰名词时前面要加 the:“the {word} …”。"),
    );
    Some(missing(analysis, i, "the", false, why, true))
}

/// "He is tallest boy in my class", "one of most important things".
fn superlative(analysis: &Analysis, i: usize) -> Option<Finding> {
    let word = &analysis.tokens[i];
    let previous = before(analysis, i)?;
    let most = word.lower == "most";
    let adjective = if most { i + 1 } else { i };
    let superlative = at(analysis, i, adjective)?;
    let one_of = previous.lower == "of" && i >= 2 && analysis.tokens[i - 2].lower == "one";
    let is_superlative = if most {
        superlative.xpos == "JJ" && (word.xpos == "RBS" || one_of)
    } else {
        word.xpos == "JJS" && word.lower.ends_with("est") && word.upos == Upos::Adj
    };
    if !is_superlative {
        return None;
    }
    let cop = previous.lemma == "be" || previous.lemma == "become";
    let noun = at(analysis, i, adjective + 1).filter(|t| t.xpos == "NN");
    let singular_behind = noun.is_some() && superlative.deprel == "amod" && superlative.head == Some(adjective + 1);
    let in_group = at(analysis, i, adjective + 1).is_some_and(|t| matches!(t.lower.as_str(), "in" | "of"))
        && at(analysis, i, adjective + 2)
            .is_some_and(|t| matches!(t.lower.as_str(), "my" | "our" | "his" | "her" | "the" | "all"))
        && (adjective + 3..adjective + 5).any(|k| {
            at(analysis, i, k).is_some_and(|t| {
                matches!(
                    t.lower.as_str(),
                    "class" | "family" | "world" | "school" | "three" | "group" | "city" | "us" | "country"
                )
            })
        });
    let subject = i >= 2 && matches!(analysis.tokens[i - 2].upos, Upos::Pron | Upos::Propn | Upos::Noun);
    if !(one_of || cop && (singular_behind || !most && in_group && subject)) {
        return None;
    }
    let phrase = analysis.span_of(i, adjective).of(analysis.text());
    let why =
        (format!("A superlative takes “the”: “the {phrase}”."), format!("形容词最高级前要加 the:“the {phrase}”。"));
    Some(missing(analysis, i, "the", false, why, true))
}

/// A listed noun that stands bare: "He is student", "I bought book", "go to library".
fn bare(analysis: &Analysis, i: usize) -> Option<Finding> {
    let noun = &analysis.tokens[i];
    let kind = countable(&noun.lower)?;
    // The tagger takes "to library" for an adjective at times.
    let misread = kind == Countable::Place && noun.xpos == "JJ" && noun.deprel == "obl";
    if !misread && (noun.xpos != "NN" || noun.upos != Upos::Noun) {
        return None;
    }
    if has_determiner(analysis, i) || !stands_alone(analysis, i) {
        return None;
    }
    let sentence = &analysis.sentences[noun.sentence].tokens;
    let first = premodifiers(analysis, i).start;
    // A verb form in front is a sign that the tags are wrong: "playing piano" apart, "need car".
    let previous = before(analysis, first);
    let adjective_is_odd = (first..i).any(|k| {
        let t = &analysis.tokens[k];
        matches!(t.xpos, "VBG" | "RBS" | "JJS" | "JJR" | "NN" | "RB" | "NNP" | "HYPH")
            && !matches!(t.lower.as_str(), "very")
    });
    if adjective_is_odd
        || (first..i).any(|k| {
            matches!(
                analysis.tokens[k].lower.as_str(),
                "first" | "second" | "only" | "full" | "wrong" | "online" | "single"
            )
        })
    {
        return None;
    }
    let copula = analysis.child(i, "cop");
    let pattern = match noun.deprel {
        _ if copula.is_some() => {
            let verb = &analysis.tokens[copula?];
            let subject = analysis.child(i, "nsubj")?;
            let one =
                matches!(analysis.tokens[subject].lower.as_str(), "i" | "he" | "she" | "it" | "this" | "that" | "who")
                    || matches!(analysis.tokens[subject].xpos, "NN" | "NNP");
            (one && subject < copula?
                && copula? < first
                && !matches!(verb.lower.as_str(), "are" | "were")
                && kind != Countable::Place)
                .then_some(Pattern::Predicate)?
        }
        "obj" => {
            let verb = &analysis.tokens[noun.head?];
            // "Living room with a fireplace": a heading.
            let heading = verb.xpos == "VBG" && noun.head? == sentence.start && first == sentence.start + 1;
            let governs = noun.head? < first && verb.xpos.starts_with("VB") && !heading;
            // "become" takes a predicate; "play guitar" has its own rule; the others make set phrases.
            let fits = !matches!(
                verb.lemma.as_str(),
                "play"
                    | "go"
                    | "call"
                    | "name"
                    | "teach"
                    | "study"
                    | "take"
                    | "change"
                    | "lose"
                    | "watch"
                    | "own"
                    | "man"
                    | "say"
                    | "be"
                    | "leave"
                    | "enter"
                    | "turn"
                    | "follow"
                    | "come"
                    | "type"
                    | "title"
                    | "keep"
            );
            (governs && fits).then_some(Pattern::Object)?
        }
        "xcomp" if analysis.tokens[noun.head?].lemma == "become" && kind == Countable::Person => Pattern::Predicate,
        "obl" | "nmod" => {
            let case = analysis.child(i, "case")?;
            let preposition = &analysis.tokens[case];
            let near = case + 1 == first;
            // "from door to door", "as teacher", "by car", "per person", "without book", "of book": idiom or style.
            let place = kind == Countable::Place
                && matches!(preposition.lower.as_str(), "in" | "at" | "to" | "into" | "from" | "near" | "on");
            let with = kind != Countable::Place
                && matches!(preposition.lower.as_str(), "with" | "in" | "on" | "into" | "for" | "like" | "about")
                && noun.deprel == "obl";
            let twin = sentence.clone().any(|k| k != i && analysis.tokens[k].lower == noun.lower);
            if !near || twin || !(place || with) {
                return None;
            }
            if place { Pattern::Place } else { Pattern::Oblique }
        }
        "nsubj" => {
            let verb = &analysis.tokens[noun.head?];
            let finite = analysis.child(noun.head?, "cop").is_some() || matches!(verb.xpos, "VBZ" | "VBD");
            let modal = analysis.children(noun.head?).any(|c| analysis.tokens[c].xpos == "MD");
            let opens = previous.is_none_or(|t| {
                (matches!(t.xpos, "IN" | "CC" | "," | "RB" | "WRB") || t.xpos.starts_with("VB"))
                    && !t.lower.contains('.')
            });
            if noun.head? < i || !opens || !(finite || modal) || first != i {
                return None;
            }
            if modal { Pattern::Subjects } else { Pattern::Subject }
        }
        _ => return None,
    };
    let word = &noun.lower;
    // "Living room with a fireplace": the start of a heading.
    let after_heading = first == sentence.start && !matches!(pattern, Pattern::Subject | Pattern::Subjects);
    if after_heading || previous.is_some_and(|t| t.lower == ".") {
        return None;
    }
    let article_word = analysis.tokens[first].lower.as_str();
    let vowel = homeroom_harper::starts_with_vowel_sound(article_word).unwrap_or(false);
    let a = if vowel { "an" } else { "a" };
    let (article, sure) = match pattern {
        Pattern::Predicate => (a, true),
        Pattern::Object => (a, true),
        Pattern::Place => ("the", true),
        Pattern::Oblique => (a, kind == Countable::Person),
        Pattern::Subject | Pattern::Subjects => ("the", true),
    };
    let why = (
        format!(
            "“{word}” is a countable noun in the singular: it needs an article or another determiner (“{article}”)."
        ),
        format!("“{word}”是可数名词单数，前面要有冠词或其他限定词(如 {article})。"),
    );
    let mut finding = missing(analysis, first, article, true, why, sure);
    if let Some(plural) = Lexicon::shipped().inflect(word, Form::Plural).filter(|_| first == i) {
        let plural = match_case(analysis.form(i), &plural);
        let place = if pattern == Pattern::Subjects { 0 } else { finding.suggestions.len() };
        finding.suggestions.insert(place, plural);
    }
    Some(finding)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Predicate,
    Object,
    Place,
    Oblique,
    Subject,
    /// Before a modal, where the plural needs no other form of the verb.
    Subjects,
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Articles;

    #[test]
    fn hits() {
        check(&Articles, "He is student.", Some("He is a student."));
        check(&Articles, "She is very good teacher.", Some("She is a very good teacher."));
        check(&Articles, "I bought book yesterday.", Some("I bought a book yesterday."));
        check(&Articles, "I want to buy new car.", Some("I want to buy a new car."));
        check(&Articles, "We often go to library after class.", Some("We often go to the library after class."));
        check(&Articles, "I get up early in morning.", Some("I get up early in the morning."));
        check(&Articles, "He is famous all over world.", Some("He is famous all over the world."));
        check(&Articles, "My sister can play piano.", Some("My sister can play the piano."));
        check(&Articles, "We study in same school.", Some("We study in the same school."));
        check(&Articles, "I saw snow for first time.", Some("I saw snow for the first time."));
        check(&Articles, "He is tallest boy in my class.", Some("He is the tallest boy in my class."));
        check(&Articles, "It is one of most important things.", Some("It is one of the most important things."));
        check(&Articles, "I met an user of the phone.", Some("I met a user of the phone."));
        check(&Articles, "He is a honest man.", Some("He is an honest man."));
        check(&Articles, "We waited for a hour.", Some("We waited for an hour."));
        check(&Articles, "I think student can help others.", Some("I think students can help others."));
        check(&Articles, "I think phone is useful.", Some("I think the phone is useful."));
        check(&Articles, "He is a students of our school.", Some("He is a student of our school."));
    }

    #[test]
    fn near_misses() {
        check(&Articles, "He goes to work by car.", None);
        check(&Articles, "She works as a teacher in a hotel.", None);
        check(&Articles, "He is captain of the team.", None);
        check(&Articles, "They went from door to door.", None);
        check(&Articles, "I want to read books and be a good student.", None);
        check(&Articles, "We sat at home in morning traffic.", None);
        check(&Articles, "Mother and child are well.", None);
        check(&Articles, "He is a good player and team leader.", None);
        check(&Articles, "I bought a few books.", None);
        check(&Articles, "It is an hour away from a university.", None);
        check(&Articles, "A great many students like a sports club.", None);
        check(&Articles, "My car and his car are the same.", None);
        check(&Articles, "It is best to go first thing.", None);
        check(&Articles, "The river is deepest in the middle.", None);
        check(&Articles, "I read this book in class and at school.", None);
        check(&Articles, "He had no idea and no other book.", None);
    }
}
