//! A verb in a form that the word before it does not allow: *can swims*, *did not went*, *want to playing*, *good at
//! play*, *enjoy to read*, *make me to feel*, *I am agree*, *have went*, *was wrote*, *want go*.
//!
//! What the form is comes from the lexicon, what hangs on what from the parse; a form that is also a noun is judged only
//! where the words around it leave no doubt.

use homeroom_core::{Analysis, Bilingual, Checker, Finding, Span, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::clause::{at, auxiliaries, inflect, word};
use super::{Draft, clause};

/// Confidence of a fault that the words alone show.
const CERTAIN: f64 = 0.92;
/// Confidence of a fault that rests on the parse.
const LIKELY: f64 = 0.82;
/// Confidence where another reading is common.
const DOUBTFUL: f64 = 0.45;

/// Verbs, nouns and adjectives whose *to* starts an infinitive, never a gerund.
const TO_INFINITIVE: [&str; 36] = [
    "want",
    "wants",
    "wanted",
    "decide",
    "decided",
    "hope",
    "hopes",
    "hoped",
    "try",
    "tries",
    "tried",
    "need",
    "needs",
    "needed",
    "plan",
    "planned",
    "able",
    "ability",
    "learn",
    "learned",
    "how",
    "easy",
    "hard",
    "difficult",
    "important",
    "necessary",
    "order",
    "going",
    "have",
    "has",
    "had",
    "expect",
    "refuse",
    "promise",
    "chance",
    "wish",
];

/// Verbs that take a gerund.
const TAKES_GERUND: [&str; 12] = [
    "enjoy", "finish", "avoid", "mind", "keep", "practise", "practice", "suggest", "imagine", "dislike", "postpone",
    "quit",
];

/// Verbs that take an infinitive with *to*.
const TAKES_TO: [&str; 15] = [
    "want", "decide", "hope", "plan", "need", "learn", "refuse", "promise", "wish", "expect", "begin", "start", "like",
    "love", "try",
];

/// Verbs that are also nouns but that learners use as verbs behind another verb.
const MAINLY_VERBS: [&str; 18] = [
    "go", "do", "make", "take", "get", "play", "buy", "find", "see", "talk", "win", "eat", "meet", "leave", "give",
    "say", "tell", "have",
];

/// Prepositions that take a gerund.
const PREPOSITIONS: [&str; 11] = ["without", "of", "by", "about", "at", "in", "for", "from", "after", "before", "with"];

/// Past forms that are also base forms of rarer verbs.
const ALSO_BASE: [&str; 4] = ["saw", "found", "felt", "left"];

/// Verbs of state: *I am agree* is *I agree*, not *I am agreeing*.
const STATES: [&str; 11] =
    ["agree", "want", "know", "think", "believe", "hope", "have", "need", "love", "disagree", "understand"];

/// Verbs without a passive, so that *was happened* is *happened*.
const NO_PASSIVE: [&str; 6] = ["happen", "occur", "disappear", "die", "belong", "exist"];

pub(super) struct VerbForms;

impl Checker for VerbForms {
    fn id(&self) -> &'static str {
        "verb_forms"
    }

    fn fault(&self) -> &'static str {
        "A verb in a form that the word before it does not allow: *can swims*, *enjoy to read*, *I am agree*, *have went*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            let found = after_modal(analysis, i)
                .or_else(|| after_do(analysis, i))
                .or_else(|| after_to(analysis, i))
                .or_else(|| after_preposition(analysis, i))
                .or_else(|| gerund_verb(analysis, i))
                .or_else(|| missing_to(analysis, i))
                .or_else(|| causative(analysis, i))
                .or_else(|| after_be(analysis, i))
                .or_else(|| participle(analysis, i));
            findings.extend(found);
        }
    }
}

/// The next word that is no adverb or negation.
fn next_verb(analysis: &Analysis, i: usize) -> Option<usize> {
    let mut k = i;
    // Two adverbs (*can not always*) are as many as occur.
    for _ in 0..3 {
        let (j, token) = at(analysis, k, 1)?;
        if matches!(token.lower.as_str(), "n't" | "not") || token.xpos == "RB" && token.upos != Upos::Verb {
            k = j;
        } else {
            return Some(j);
        }
    }
    None
}

/// Whether the form is a verb's and not its base form.
fn is_inflected(lower: &str) -> bool {
    let set = Lexicon::shipped().pos(lower);
    let inflected = [Form::ThirdPerson, Form::Past, Form::PastParticiple, Form::Gerund].iter().any(|&f| set.has(f));
    ALSO_BASE.contains(&lower) || inflected && !set.has(Form::Base)
}

fn base_of(lower: &str) -> Option<String> {
    match lower {
        "saw" => Some("see".into()),
        "found" => Some("find".into()),
        "felt" => Some("feel".into()),
        "left" => Some("leave".into()),
        _ => inflect(lower, Form::Base),
    }
}

fn draft(span: Span, why: Bilingual, suggestions: Vec<String>, confidence: f64) -> Finding {
    Draft::new("verb_forms", span, "R:VERB:FORM", "vf")
        .because(why.en, why.zh)
        .suggest(suggestions)
        .confidence(confidence)
        .done()
}

/// "can swims", "should studied", "must to go".
fn after_modal(analysis: &Analysis, i: usize) -> Option<Finding> {
    let modal = &analysis.tokens[i];
    let known = matches!(
        modal.lower.as_str(),
        "can" | "could" | "will" | "would" | "shall" | "should" | "may" | "might" | "must" | "ca" | "wo" | "'ll"
    );
    if !known || modal.xpos != "MD" {
        return None;
    }
    let mut verb = next_verb(analysis, i)?;
    let form = analysis.form(i);
    let why = |base: &str| {
        let name = if form.starts_with(['\'', '’']) { "will" } else { form };
        Bilingual::new(
            format!("After “{name}” the verb stands in its base form: “{base}”."),
            format!("情态动词“{name}”后面用动词原形“{base}”。"),
        )
    };
    if analysis.tokens[verb].lower == "to" {
        let (k, base) = at(analysis, verb, 1)?;
        // "We do all we can to help".
        if matches!(word(analysis, i, -2), "all" | "best" | "everything" | "what" | "whatever" | "as" | "much") {
            return None;
        }
        if verb != i + 1 || base.xpos != "VB" || !clause::is_base(&base.lower) || form.starts_with(['\'', '’']) {
            return None;
        }
        let span = analysis.span_of(i, k);
        return Some(draft(span, why(&base.lower), vec![format!("{form} {}", analysis.form(k))], CERTAIN));
    }
    // "Can he goes": the subject stands between in a question.
    if clause::SUBJECTS.contains(&analysis.tokens[verb].lower.as_str()) {
        if analysis.tokens[verb].head != modal.head {
            return None;
        }
        verb = next_verb(analysis, verb)?;
    }
    let token = &analysis.tokens[verb];
    if !matches!(token.upos, Upos::Verb | Upos::Aux) || !is_inflected(&token.lower) || token.lower.starts_with('\'') {
        return None;
    }
    // The modal belongs to this verb, or they stand side by side.
    if modal.head != Some(verb) && verb != i + 1 && token.head != modal.head {
        return None;
    }
    let base = base_of(&token.lower)?;
    let has_object = analysis.child(verb, "obj").is_some();
    let set = Lexicon::shipped().pos(&token.lower);
    let mut suggestions = vec![base.clone()];
    let passive = set.has(Form::PastParticiple) && !has_object && token.lower != "been";
    if passive || set.has(Form::Gerund) && token.lower != "being" {
        suggestions.push(format!("be {}", token.lower));
        if passive && word(analysis, verb, 1) == "by" {
            suggestions.swap(0, 1);
        }
    }
    Some(draft(token.span, why(&base), suggestions, CERTAIN))
}

/// "did not went", "does he likes".
fn after_do(analysis: &Analysis, i: usize) -> Option<Finding> {
    let auxiliary = &analysis.tokens[i];
    if !matches!(auxiliary.lower.as_str(), "do" | "does" | "did") || auxiliary.deprel != "aux" {
        return None;
    }
    let verb = auxiliary.head.filter(|&h| h > i && h - i <= 5)?;
    let token = &analysis.tokens[verb];
    if token.upos != Upos::Verb || !is_inflected(&token.lower) || token.lower == "used" {
        return None;
    }
    // "do climbing": a gerund is an object. A preposition or a comma between shows that the verb belongs to another
    // clause.
    let negated = (i + 1..verb).any(|k| matches!(analysis.tokens[k].lower.as_str(), "n't" | "not"));
    if Lexicon::shipped().pos(&token.lower).has(Form::Gerund) && !negated
        || (i + 1..verb).any(|k| analysis.tokens[k].upos == Upos::Adp)
        || !negated && analysis.child(verb, "nsubj").is_none_or(|s| s < i)
    {
        return None;
    }
    if auxiliaries(analysis, verb).count() > 1 || (i + 1..verb).any(|k| analysis.form(k) == ",") {
        return None;
    }
    let base = base_of(&token.lower)?;
    let form = analysis.form(i);
    let why = Bilingual::new(
        format!("After “{form}” the verb stands in its base form: “{base}”."),
        format!("助动词“{form}”后面用动词原形“{base}”。"),
    );
    Some(draft(token.span, why, vec![base], CERTAIN))
}

/// "to went", "want to playing".
fn after_to(analysis: &Analysis, i: usize) -> Option<Finding> {
    let to = &analysis.tokens[i];
    if to.lower != "to" {
        return None;
    }
    let verb = next_verb(analysis, i).filter(|&v| v <= i + 2)?;
    let token = &analysis.tokens[verb];
    if token.upos != Upos::Verb && token.upos != Upos::Aux || !is_inflected(&token.lower) {
        return None;
    }
    let governed = TO_INFINITIVE.contains(&word(analysis, i, -1));
    let set = Lexicon::shipped().pos(&token.lower);
    let infinitive = to.xpos == "TO" && to.head == Some(verb) && to.deprel == "mark";
    // "have to do with", "has to go" are sure; "to" before a gerund may be a preposition: "look forward to meeting".
    let gerund_only = set.has(Form::Gerund);
    let followed_by_noun = at(analysis, verb, 1).is_some_and(|(_, t)| matches!(t.upos, Upos::Noun | Upos::Propn));
    let sure = if gerund_only {
        governed && (infinitive || !matches!(word(analysis, i, -1), "how" | "order" | "chance"))
    } else {
        infinitive && (!set.has(Form::PastParticiple) || !followed_by_noun || governed)
    };
    if !sure || word(analysis, i, -1) == "from" {
        return None;
    }
    let base = base_of(&token.lower)?;
    let why = Bilingual::new(
        format!("After “to” the verb stands in its base form: “{base}”."),
        format!("不定式“to”后面用动词原形“{base}”。"),
    );
    let mut suggestions = vec![base];
    if set.has(Form::PastParticiple) && analysis.child(verb, "obj").is_none() {
        suggestions.push(format!("be {}", token.lower));
    }
    Some(draft(token.span, why, suggestions, LIKELY))
}

/// "without think", "good at play basketball", "by use phones".
fn after_preposition(analysis: &Analysis, i: usize) -> Option<Finding> {
    let preposition = &analysis.tokens[i];
    let lower = preposition.lower.as_str();
    if !PREPOSITIONS.contains(&lower) || !matches!(preposition.upos, Upos::Adp | Upos::Sconj) {
        return None;
    }
    let (verb, token) = at(analysis, i, 1)?;
    if !clause::is_base(&token.lower) || analysis.child(verb, "nsubj").is_some() {
        return None;
    }
    let noun = Lexicon::shipped().pos(&token.lower).can_be(Upos::Noun);
    let next = at(analysis, verb, 1).map(|(_, t)| t);
    let before_phrase = next.is_some_and(|t| {
        matches!(t.xpos, "DT" | "PRP$") || matches!(t.lower.as_str(), "me" | "them" | "him" | "us" | "it")
    });
    let tagged = matches!(token.xpos, "VB" | "VBP") && token.upos == Upos::Verb;
    let belongs = preposition.head == Some(verb);
    // A noun that a determiner follows ("of use the phone") is no noun.
    let transitive = matches!(token.lower.as_str(), "use" | "play" | "make" | "do" | "take" | "watch" | "read" | "eat");
    let before_noun = next.is_some_and(|t| matches!(t.upos, Upos::Noun | Upos::Propn | Upos::Adj));
    if noun && before_noun && !before_phrase && token.lower != "play" {
        return None;
    }
    // "What I look for include": the preposition belongs to the verb before it.
    if at(analysis, i, -1).is_some_and(|(_, t)| t.upos == Upos::Verb || t.xpos == "RP") && lower == "for" {
        return None;
    }
    let sure = tagged
        && belongs
        && (!noun || before_phrase || preposition.deprel == "mark" || MAINLY_VERBS.contains(&token.lower.as_str()))
        || transitive && before_phrase && matches!(lower, "by" | "without" | "of" | "at" | "in")
        || token.lower == "play"
            && matches!(lower, "at" | "of" | "in")
            && next.is_some_and(|t| matches!(t.upos, Upos::Noun) && t.lower != "time");
    if !sure || matches!(token.lower.as_str(), "let" | "like" | "be") && lower == "of" {
        return None;
    }
    // "a place to live in go": a preposition at the end of a clause takes nothing.
    if at(analysis, i, -1).is_some_and(|(_, t)| matches!(t.xpos, "WDT" | "WP" | "WRB" | "VB")) && !tagged {
        return None;
    }
    let gerund = inflect(&token.lower, Form::Gerund)?;
    let why = Bilingual::new(
        format!("After the preposition “{lower}” the verb takes -ing: “{gerund}”."),
        format!("介词“{lower}”后面用动名词“{gerund}”。"),
    );
    Some(draft(token.span, why, vec![gerund], LIKELY))
}

/// "enjoy to play", "finish do".
fn gerund_verb(analysis: &Analysis, i: usize) -> Option<Finding> {
    let governor = &analysis.tokens[i];
    if governor.upos != Upos::Verb || !TAKES_GERUND.contains(&governor.lemma.as_str()) {
        return None;
    }
    let (k, next) = at(analysis, i, 1)?;
    let (verb, marked) = if next.lower == "to" && next.xpos == "TO" { (at(analysis, k, 1)?.0, k) } else { (k, k) };
    let token = &analysis.tokens[verb];
    if !matches!(token.xpos, "VB" | "VBP") || !clause::is_base(&token.lower) || token.head != Some(i) {
        return None;
    }
    let set = Lexicon::shipped().pos(&token.lower);
    let noun_or_adjective = set.can_be(Upos::Noun) || set.can_be(Upos::Adj);
    if marked == verb && (noun_or_adjective || matches!(governor.lemma.as_str(), "suggest" | "imagine" | "mind")) {
        return None;
    }
    if governor.xpos == "VBN" && auxiliaries(analysis, i).any(|a| analysis.tokens[a].deprel == "aux:pass") {
        return None;
    }
    let gerund = inflect(&token.lower, Form::Gerund)?;
    let lemma = &governor.lemma;
    let why = Bilingual::new(
        format!("After “{lemma}” the verb takes -ing: “{gerund}”."),
        format!("“{lemma}”后面接动名词“{gerund}”。"),
    );
    Some(draft(analysis.span_of(marked, verb), why, vec![gerund], CERTAIN))
}

/// "want go", "decide do".
fn missing_to(analysis: &Analysis, i: usize) -> Option<Finding> {
    let governor = &analysis.tokens[i];
    if governor.upos != Upos::Verb || !TAKES_TO.contains(&governor.lemma.as_str()) {
        return None;
    }
    let (verb, token) = at(analysis, i, 1)?;
    let base = matches!(token.xpos, "VB" | "VBP") && token.upos == Upos::Verb && clause::is_base(&token.lower);
    if !base || token.head != Some(i) || !matches!(token.deprel, "xcomp" | "ccomp" | "compound") {
        return None;
    }
    let set = Lexicon::shipped().pos(&token.lower);
    let other = set.can_be(Upos::Noun) || set.can_be(Upos::Adj) || set.can_be(Upos::Adp);
    let before_phrase =
        at(analysis, verb, 1).is_some_and(|(_, t)| matches!(t.xpos, "DT" | "PRP$" | "PRP" | "IN" | "TO"));
    let before_object = at(analysis, verb, 1).is_some_and(|(_, t)| matches!(t.xpos, "DT" | "PRP$" | "PRP"));
    let plainly_verb = MAINLY_VERBS.contains(&token.lower.as_str()) && before_phrase
        || matches!(token.lower.as_str(), "go" | "do" | "eat");
    if other && !before_object && !plainly_verb {
        return None;
    }
    // "need not", "all he need do" and "to try do" aside, the object clause has no subject of its own.
    if analysis.child(verb, "nsubj").is_some() || token.deprel == "conj" {
        return None;
    }
    let lemma = &governor.lemma;
    let base = analysis.form(verb);
    let why = Bilingual::new(
        format!("After “{lemma}” another verb takes “to”: “to {base}”."),
        format!("“{lemma}”后面接动词要用不定式“to {base}”。"),
    );
    let form = analysis.form(i);
    let mut suggestions = vec![format!("{form} to {base}")];
    if matches!(lemma.as_str(), "like" | "love" | "begin" | "start") {
        suggestions.extend(inflect(&token.lower, Form::Gerund).map(|g| format!("{form} {g}")));
    }
    Some(draft(analysis.span_of(i, verb), why, suggestions, LIKELY))
}

/// "make me to feel", "let him goes".
fn causative(analysis: &Analysis, i: usize) -> Option<Finding> {
    let governor = &analysis.tokens[i];
    let lemma = governor.lemma.as_str();
    if governor.upos != Upos::Verb || !matches!(lemma, "make" | "let") || governor.xpos == "VBN" {
        return None;
    }
    // A person, so that "make a plan to improve" is not meant.
    let (object, person) = at(analysis, i, 1)?;
    let pronoun = matches!(person.lower.as_str(), "me" | "him" | "her" | "us" | "them" | "you" | "people" | "students");
    if !pronoun {
        return None;
    }
    let (k, next) = at(analysis, object, 1)?;
    let (verb, token) = if next.lower == "to" && next.xpos == "TO" { at(analysis, k, 1)? } else { (k, next) };
    let base = if verb == k {
        // Participles ("made them interested") are right; endings of the third person and the plain past are not.
        let set = Lexicon::shipped().pos(&token.lower);
        let wrong = matches!(token.xpos, "VBZ" | "VBD") && token.upos == Upos::Verb && is_inflected(&token.lower);
        if !wrong || set.has(Form::PastParticiple) || set.can_be(Upos::Adj) || person.lower == "her" {
            return None;
        }
        base_of(&token.lower)?
    } else {
        if token.xpos != "VB" || !clause::is_base(&token.lower) {
            return None;
        }
        analysis.form(verb).to_owned()
    };
    let why = Bilingual::new(
        format!("After “{lemma}” and a person the verb stands in its base form: “{lemma} {} {base}”.", person.lower),
        format!("“{lemma} + 宾语”后面用不带 to 的动词原形：“{lemma} {} {base}”。", person.lower),
    );
    let mut finding = draft(analysis.span_of(k, verb), why, vec![base], LIKELY);
    if verb != k && !matches!(person.lower.as_str(), "me" | "him" | "us" | "them" | "people") {
        finding.display = homeroom_core::Display::Check;
        finding.confidence = DOUBTFUL;
    }
    Some(finding)
}

/// "I am agree", "he is go", "it was happened".
fn after_be(analysis: &Analysis, i: usize) -> Option<Finding> {
    let be = &analysis.tokens[i];
    if !matches!(be.lower.as_str(), "am" | "is" | "are" | "was" | "were" | "'m" | "'re") {
        return None;
    }
    let verb = next_verb(analysis, i)?;
    let token = &analysis.tokens[verb];
    if token.upos != Upos::Verb || be.head != Some(verb) {
        return None;
    }
    let set = Lexicon::shipped().pos(&token.lower);
    let negated = (i + 1..verb).any(|k| matches!(analysis.tokens[k].lower.as_str(), "not" | "n't"));
    if NO_PASSIVE.contains(&token.lemma.as_str()) && set.has(Form::PastParticiple) && verb == i + 1 && !negated {
        let past = token.lower.clone();
        let right = if matches!(be.lower.as_str(), "was" | "were") { past } else { return None };
        let why = Bilingual::new(
            format!("“{}” has no passive: “{right}”, without “{}”.", token.lemma, be.lower),
            format!("“{}”是不及物动词，没有被动语态，去掉“{}”。", token.lemma, be.lower),
        );
        return Some(draft(analysis.span_of(i, verb), why, vec![right], LIKELY));
    }
    if !set.has(Form::Base) || set.has(Form::PastParticiple) || set.has(Form::Gerund) {
        return None;
    }
    // The tagger names the form that should stand there: "was criticize/VBN by", "was cry/VBG".
    let wanted = match token.xpos {
        "VBN" => Some(Form::PastParticiple),
        "VBG" => Some(Form::Gerund),
        "VB" | "VBP" => None,
        _ => return None,
    };
    if let Some(wanted) = wanted {
        if set.can_be(Upos::Adj) {
            return None;
        }
        let right = inflect(&token.lower, wanted)?;
        let be_form = analysis.form(i);
        let (en, zh) = if wanted == Form::Gerund {
            ("the -ing form", "现在分词")
        } else {
            ("the past participle", "过去分词")
        };
        let why = Bilingual::new(
            format!("After “{be_form}” stands {en}: “{right}”."),
            format!("be 动词“{be_form}”后面用{zh}“{right}”。"),
        );
        let other = inflect(&token.lower, if wanted == Form::Gerund { Form::PastParticiple } else { Form::Gerund });
        return Some(draft(token.span, why, [right].into_iter().chain(other).collect(), LIKELY));
    }
    let subject = analysis.child(verb, "nsubj").filter(|&s| s < i)?;
    let pronoun = matches!(analysis.tokens[subject].lower.as_str(), "i" | "he" | "she" | "we" | "they" | "you");
    if !pronoun || i > subject + 2 || set.can_be(Upos::Adj) || negated {
        return None;
    }
    // "What he does is go": the pronoun belongs to another clause.
    let start = analysis.sentences[be.sentence].tokens.start;
    if (start..subject).any(|k| matches!(analysis.tokens[k].lower.as_str(), "what" | "all" | "thing")) {
        return None;
    }
    let third = matches!(analysis.tokens[subject].lower.as_str(), "he" | "she");
    let past = matches!(be.lower.as_str(), "was" | "were");
    let finite = match (past, third) {
        (true, _) => inflect(&token.lower, Form::Past)?,
        (false, true) => inflect(&token.lower, Form::ThirdPerson)?,
        (false, false) => token.lower.clone(),
    };
    let subject_form = analysis.form(subject);
    let be_form = analysis.form(i);
    let glued = be_form.starts_with(['\'', '’']);
    let between = Span::new(be.span.end, token.span.start).of(analysis.text());
    let finite = if glued || between.trim() != "" { format!("{between}{finite}") } else { finite };
    let finite = if glued { finite } else { finite.trim_start().to_owned() };
    let gerund = inflect(&token.lower, Form::Gerund).map(|g| format!("{be_form}{between}{g}"));
    let participle = inflect(&token.lower, Form::PastParticiple).map(|p| format!("{be_form}{between}{p}"));
    let mut suggestions = vec![finite];
    if !STATES.contains(&token.lower.as_str()) {
        suggestions.extend(gerund);
        suggestions.extend(participle);
    }
    let why = Bilingual::new(
        format!(
            "“{be_form}” can't stand before a base form: “{subject_form}{}{}”.",
            if glued { "" } else { " " },
            suggestions[0]
        ),
        format!("be 动词“{be_form}”后面不能直接跟动词原形“{}”。", token.lower),
    );
    Some(draft(analysis.span_of(i, verb), why, suggestions, LIKELY))
}

/// "have went", "has finish", "was wrote".
fn participle(analysis: &Analysis, i: usize) -> Option<Finding> {
    let auxiliary = &analysis.tokens[i];
    let have = matches!(auxiliary.lower.as_str(), "have" | "has" | "had" | "'ve" | "having");
    let be = matches!(auxiliary.lower.as_str(), "is" | "are" | "was" | "were" | "been" | "be" | "being");
    if !have && !be || !auxiliary.deprel.starts_with("aux") {
        return None;
    }
    let verb = auxiliary.head.filter(|&h| h > i)?;
    if next_verb(analysis, i) != Some(verb) {
        return None;
    }
    let token = &analysis.tokens[verb];
    let set = Lexicon::shipped().pos(&token.lower);
    if token.upos != Upos::Verb || set.has(Form::PastParticiple) || set.has(Form::Gerund) {
        return None;
    }
    // A regular past is its own participle, whichever spelling the lexicon prefers.
    if token.lower.ends_with("ed") {
        return None;
    }
    let past = set.has(Form::Past);
    // "had better go", "have yet to", "rather" are adverbs before a base form.
    let between =
        (i + 1..verb).any(|k| matches!(analysis.tokens[k].lower.as_str(), "better" | "rather" | "best" | "yet"));
    let base = have && !past && set.has(Form::Base) && !between && verb == i + 1 && !set.can_be(Upos::Adj);
    if !past && !base || be && (set.can_be(Upos::Adj) || ALSO_BASE.contains(&token.lower.as_str())) {
        return None;
    }
    let right = if token.lower == "saw" { "seen".to_owned() } else { inflect(&token.lower, Form::PastParticiple)? };
    let form = analysis.form(i).trim_start_matches(['\'', '’']);
    let why = Bilingual::new(
        format!("After “{form}” stands the past participle: “{right}”."),
        format!("“{form}”后面用过去分词“{right}”。"),
    );
    Some(draft(token.span, why, vec![right], if past { CERTAIN } else { LIKELY }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::VerbForms;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("He can swims very fast.", "He can swim very fast."),
            ("You should studied harder.", "You should study harder."),
            ("We must to go now.", "We must go now."),
            ("I did not went there.", "I did not go there."),
            ("Does he likes music?", "Does he like music?"),
            ("Does she has a brother?", "Does she have a brother?"),
            ("I want to playing football.", "I want to play football."),
            ("They ate dinner without think about it.", "They ate dinner without thinking about it."),
            ("He is good at play basketball.", "He is good at playing basketball."),
            ("I enjoy to play football.", "I enjoy playing football."),
            ("She made me to feel happy.", "She made me feel happy."),
            ("I am agree with you.", "I agree with you."),
            ("I am also agree with you.", "I also agree with you."),
            ("I have went there twice.", "I have gone there twice."),
            ("The book was wrote by him.", "The book was written by him."),
            ("I want go home.", "I want to go home."),
            ("He was criticize by the teacher.", "He was criticized by the teacher."),
            ("I need borrow a phone.", "I need to borrow a phone."),
            ("The accident was happened last week.", "The accident happened last week."),
        ] {
            check(&VerbForms, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "I look forward to meeting you.",
            "He is used to getting up early.",
            "We made a plan to improve it.",
            "You had better go home.",
            "The can was left on the table.",
            "He was made to work at night.",
            "They need help with their homework.",
            "What he does is go to work.",
            "Did you enjoy the trip?",
            "The work must be done by Monday.",
            "She kept quiet and finished work.",
            "It can be used by everyone.",
            "He is at work in the library.",
            "I have work to do and I had a rest.",
            "Let me show you how to use it.",
            "The people I live with go to work early.",
            "He devoted his life to teaching.",
            "Tom is married and he is tired of waiting.",
        ] {
            check(&VerbForms, text, None);
        }
    }
}
