//! Words that sound or look alike, told apart by their neighbours: *its a*, *taller then*, *to loose*, *keep quite*, *a
//! happy live*, *I am boring*.
//!
//! Each pair is judged in the few surroundings that leave no choice. A wrong word misleads the tagger, so the rules go by
//! word forms first and by tags only of the neighbours.

use homeroom_core::{Analysis, Checker, Finding, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use crate::compose::match_case;

pub(super) struct Confusables;

impl Checker for Confusables {
    fn id(&self) -> &'static str {
        "confusables"
    }

    fn fault(&self) -> &'static str {
        "Words that sound or look alike: *its a*, *taller then*, *to loose*, *keep quite*, *I am boring*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            let at = Place { analysis, i };
            let found = RULES.iter().find_map(|rule| rule(&at));
            findings.extend(found.map(|change| report(analysis, i, &change)));
        }
    }
}

/// What is put in place of `width` tokens from the place on, and what both words mean.
struct Change {
    width: usize,
    right: String,
    en: &'static str,
    zh: &'static str,
}

impl Change {
    fn new(right: impl Into<String>, en: &'static str, zh: &'static str) -> Option<Self> {
        Some(Self { width: 1, right: right.into(), en, zh })
    }
}

const RULES: [fn(&Place<'_>) -> Option<Change>; 18] = [
    its_is,
    it_is_possessive,
    you_are,
    then_than,
    to_too,
    loose,
    quite_quiet,
    whether,
    advice,
    except,
    affect,
    of_off,
    were_where,
    whose,
    life,
    clothes,
    breathe,
    bored,
];

fn report(analysis: &Analysis, i: usize, change: &Change) -> Finding {
    let span = analysis.span_of(i, i + change.width - 1);
    Draft::new("confusables", span, "R:OTHER", "wc")
        .because(change.en, change.zh)
        .suggest([match_case(analysis.form(i), &change.right)])
        .confidence(0.9)
        .done()
}

/// A token and its neighbours within the sentence.
struct Place<'a> {
    analysis: &'a Analysis,
    i: usize,
}

impl<'a> Place<'a> {
    fn token(&self, offset: isize) -> Option<&'a homeroom_core::Token> {
        let k = self.i.checked_add_signed(offset)?;
        self.analysis.tokens.get(k).filter(|t| t.sentence == self.analysis.tokens[self.i].sentence)
    }

    /// The word at an offset; empty beyond the sentence.
    fn word(&self, offset: isize) -> &'a str {
        self.token(offset).map_or("", |t| t.lower.as_str())
    }

    fn tag(&self, offset: isize) -> &'static str {
        self.token(offset).map_or("", |t| t.xpos)
    }

    fn is_noun(&self, offset: isize) -> bool {
        matches!(self.tag(offset), "NN" | "NNS")
    }

    /// The end of the sentence or a mark of punctuation.
    fn is_end(&self, offset: isize) -> bool {
        self.token(offset).is_none_or(|t| t.upos == Upos::Punct && !matches!(t.lower.as_str(), "-" | "'" | "\"" | "/"))
    }

    fn is_be(&self, offset: isize) -> bool {
        matches!(self.word(offset), "am" | "is" | "are" | "was" | "were" | "be" | "been" | "'m" | "'s" | "'re")
    }

    fn is_subject_pronoun(&self, offset: isize) -> bool {
        matches!(self.word(offset), "i" | "you" | "he" | "she" | "it" | "we" | "they")
    }

    fn is_modal(&self, offset: isize) -> bool {
        matches!(
            self.word(offset),
            "will"
                | "would"
                | "can"
                | "could"
                | "may"
                | "might"
                | "must"
                | "should"
                | "'ll"
                | "to"
                | "n't"
                | "not"
                | "never"
        )
    }

    fn is_degree(&self, offset: isize) -> bool {
        matches!(self.word(offset), "very" | "so" | "really" | "too" | "quite" | "always" | "more" | "often" | "also")
    }

    fn opens_noun_phrase(&self, offset: isize) -> bool {
        matches!(self.tag(offset), "DT" | "PRP$" | "NN" | "NNS" | "JJ" | "PRP" | "NNP")
    }
}

/// "Its a good day."
fn its_is(at: &Place<'_>) -> Option<Change> {
    let follows = matches!(at.word(1), "a" | "an" | "the" | "not" | "been" | "because" | "going" | "too" | "very")
        || matches!(
            at.word(1),
            "important" | "necessary" | "easy" | "hard" | "difficult" | "time" | "possible" | "good"
        ) && at.word(2) == "to";
    let whole = at.word(1) == "very" && at.is_noun(3) || at.word(1) == "very" && at.word(2) == "own";
    if at.word(0) != "its" || !follows || whole {
        return None;
    }
    Change::new("it's", "“it's” is “it is”; “its” means “of it”.", "it's 等于 it is;its 表示“它的”。")
}

/// "because of it's history", "lost it's way".
fn it_is_possessive(at: &Place<'_>) -> Option<Change> {
    let governed =
        matches!(at.word(-1), "of" | "by" | "from" | "into" | "wagged" | "lost" | "lose" | "loses" | "lick" | "wash");
    let noun = at.is_noun(2) && (at.is_end(3) || matches!(at.tag(3), "IN" | "CC" | "VBZ" | "MD"))
        || at.word(2) == "own" && at.is_noun(3);
    if at.word(0) != "it" || at.word(1) != "'s" || !governed || !noun {
        return None;
    }
    let mut change =
        Change::new("its", "“its” means “of it”; “it's” is “it is”.", "its 表示“它的”；it's 等于 it is。")?;
    change.width = 2;
    Some(change)
}

/// "Your welcome", "in you're life".
fn you_are(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "your" {
        let follows = at.word(1) == "welcome" && at.is_end(2)
            || matches!(at.word(1), "right" | "wrong" | "late") && at.is_end(2) && at.token(-1).is_none()
            || matches!(at.word(1), "not" | "going" | "a" | "an" | "the") && at.token(1)?.head != Some(at.i);
        return follows.then(|| {
            Change::new(
                "you're",
                "“you're” is “you are”; “your” means “of you”.",
                "you're 等于 you are;your 表示“你的”。",
            )
        })?;
    }
    let governed = matches!(at.word(-1), "in" | "of" | "with" | "for" | "on" | "to" | "from" | "at");
    if !matches!(at.word(0), "you" | "they") || at.word(1) != "'re" || !governed || !at.is_noun(2) {
        return None;
    }
    let (right, en, zh) = if at.word(0) == "you" {
        ("your", "“your” means “of you”; “you're” is “you are”.", "your 表示“你的”；you're 等于 you are。")
    } else {
        ("their", "“their” means “of them”; “they're” is “they are”.", "their 表示“他们的”；they're 等于 they are。")
    };
    let mut change = Change::new(right, en, zh)?;
    change.width = 2;
    Some(change)
}

/// "taller then you", "and than I went".
fn then_than(at: &Place<'_>) -> Option<Change> {
    let comparative = |offset: isize| {
        matches!(at.tag(offset), "JJR" | "RBR")
            || matches!(at.word(offset), "more" | "less" | "better" | "rather" | "other")
    };
    if at.word(0) == "then" {
        let near = comparative(-1) || at.word(-2) == "more" && matches!(at.tag(-1), "JJ" | "RB" | "NN" | "NNS");
        let clause = at.is_subject_pronoun(1)
            && !matches!(at.word(1), "you" | "it")
            && !at.is_end(2)
            && !matches!(at.word(2), "is" | "am" | "are" | "was" | "were" | "do" | "does" | "did" | "have" | "has");
        let condition = (1..12).any(|k| matches!(at.word(-k), "if" | "when" | "once" | "since"));
        let follows = at.opens_noun_phrase(1) || matches!(at.tag(1), "VBG" | "CD") || at.word(1) == "before";
        if near && follows && !clause && !condition {
            return Change::new(
                "than",
                "Comparison takes “than”; “then” is about time.",
                "比较用 than;then 表示“然后”。",
            );
        }
    }
    let earlier = (1..12).any(|k| comparative(-k) || matches!(at.tag(-k), "JJR" | "RBR"));
    if at.word(0) == "than"
        && !earlier
        && at.is_subject_pronoun(1)
        && (at.token(-1).is_none() || at.word(-1) == "and" || at.word(-1) == ",")
    {
        return Change::new("then", "“then” is about time; “than” compares.", "then 表示“然后”；than 用于比较。");
    }
    None
}

/// "It is to hot."
fn to_too(at: &Place<'_>) -> Option<Change> {
    let adjective = matches!(
        at.word(1),
        "hot"
            | "cold"
            | "late"
            | "difficult"
            | "expensive"
            | "big"
            | "small"
            | "old"
            | "young"
            | "busy"
            | "tired"
            | "hard"
            | "heavy"
            | "long"
            | "much"
            | "many"
            | "tall"
            | "fat"
            | "high"
            | "noisy"
            | "dangerous"
            | "bad"
    );
    let follows = at.is_end(2)
        || matches!(at.word(2), "to" | "for" | "and" | "that")
        || matches!(at.word(1), "much" | "many") && at.is_noun(2) && at.word(-2) == "there";
    if at.word(0) != "to" || !at.is_be(-1) || !adjective || !follows {
        return None;
    }
    Change::new(
        "too",
        "“too” means “more than is good”; “to” shows direction.",
        "too 表示“太”；to 是介词或不定式符号。",
    )
}

/// "I will loose the game."
fn loose(at: &Place<'_>) -> Option<Change> {
    let verb = at.is_modal(-1) || matches!(at.word(-1), "i" | "we" | "they" | "you");
    let object = matches!(at.tag(1), "DT" | "PRP$" | "PRP")
        || matches!(at.word(1), "weight" | "money" | "confidence" | "time" | "interest" | "face");
    if at.word(0) != "loose" || !verb || !object {
        return None;
    }
    Change::new("lose", "The verb is “lose”; “loose” means “not tight”.", "动词“失去”是 lose;loose 意为“松的”。")
}

/// "keep quite", "quiet different".
fn quite_quiet(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "quite" {
        let alone = at.is_end(1) || matches!(at.word(1), "in" | "and" | "when" | "at");
        let governed = matches!(at.word(-1), "very" | "keep" | "kept" | "be" | "stay" | "so" | "too" | "more")
            || matches!(at.word(-1), "is" | "was" | "are" | "were") && at.is_end(1);
        let before_noun = matches!(at.word(-1), "a")
            && matches!(at.word(1), "place" | "room" | "street" | "village" | "town" | "girl" | "boy" | "night");
        if alone && governed && at.word(1) != "and" || before_noun {
            return Change::new(
                "quiet",
                "“quiet” means “without noise”; “quite” means “rather”.",
                "quiet 意为“安静的”；quite 意为“相当”。",
            );
        }
    }
    if at.word(0) == "quiet" {
        let follows = matches!(
            at.word(1),
            "different"
                | "good"
                | "difficult"
                | "important"
                | "easy"
                | "hard"
                | "expensive"
                | "interesting"
                | "useful"
                | "popular"
                | "common"
                | "similar"
                | "sure"
                | "boring"
                | "well"
                | "often"
        ) && at.is_be(-1)
            || matches!((at.word(1), at.word(2)), ("a", "lot" | "few" | "bit"));
        if follows {
            return Change::new(
                "quite",
                "“quite” means “rather”; “quiet” means “without noise”.",
                "quite 意为“相当”；quiet 意为“安静的”。",
            );
        }
    }
    None
}

/// "I don't know weather he will come."
fn whether(at: &Place<'_>) -> Option<Change> {
    let clause = at.is_subject_pronoun(1) && !at.is_end(2) || at.word(1) == "or" && at.word(2) == "not";
    let bare = !matches!(at.tag(-1), "DT" | "PRP$" | "JJ" | "NN" | "POS" | "IN") || at.word(-1) == "about";
    if at.word(0) != "weather" || !clause || !bare {
        return None;
    }
    Change::new(
        "whether",
        "“whether” means “if”; “weather” is sun and rain.",
        "whether 意为“是否”；weather 意为“天气”。",
    )
}

/// "some good advise", "I advice you to go".
fn advice(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "advise" {
        let noun = matches!(
            at.word(-1),
            "some" | "good" | "useful" | "an" | "my" | "your" | "his" | "her" | "their" | "much" | "of" | "more"
        ) && !matches!(at.tag(1), "PRP" | "NNS");
        return noun.then(|| {
            Change::new("advice", "The noun is “advice”; “advise” is the verb.", "名词是 advice;advise 是动词。")
        })?;
    }
    let verb =
        matches!(at.word(-1), "i" | "we" | "will" | "would" | "to" | "strongly" | "can" | "should" | "they" | "'d");
    let object = matches!(at.word(1), "you" | "him" | "them" | "us" | "me" | "students" | "everyone");
    if at.word(0) != "advice" || !verb || !object {
        return None;
    }
    Change::new("advise", "The verb is “advise”; “advice” is the noun.", "动词是 advise;advice 是名词。")
}

/// "Please except my apology."
fn except(at: &Place<'_>) -> Option<Change> {
    let verb = at.is_modal(-1) && !matches!(at.word(-1), "not" | "never") || matches!(at.word(-1), "please");
    let object = matches!(at.tag(1), "PRP$" | "DT" | "PRP");
    if at.word(0) != "except" || !verb || !object {
        return None;
    }
    Change::new(
        "accept",
        "“accept” means “take”; “except” means “but not”.",
        "accept 意为“接受”；except 意为“除……之外”。",
    )
}

/// "It will effect my study", "a big affect on".
fn affect(at: &Place<'_>) -> Option<Change> {
    let word = at.word(0);
    if matches!(word, "effect" | "effects") {
        let verb = at.is_modal(-1) || matches!(at.word(-1), "it" | "which" | "also" | "they");
        let object = matches!(at.tag(1), "PRP$" | "DT" | "PRP") && !matches!(at.word(2), "change" | "changes" | "a");
        return (verb && object && at.word(1) != "a").then(|| {
            Change::new(
                word.replace('e', "a").replacen("affact", "affect", 1),
                "The verb is “affect”; “effect” is the noun.",
                "动词“影响”是 affect;effect 是名词。",
            )
        })?;
    }
    if matches!(word, "affect" | "affects") {
        let noun = matches!(
            at.word(-1),
            "an" | "the"
                | "a"
                | "bad"
                | "good"
                | "big"
                | "great"
                | "positive"
                | "negative"
                | "huge"
                | "no"
                | "some"
                | "side"
        ) && matches!(at.word(1), "on" | "of" | "to" | "in" | "." | ",");
        return noun.then(|| {
            Change::new(
                word.replacen('a', "e", 1),
                "The noun is “effect”; “affect” is the verb.",
                "名词“影响”是 effect;affect 是动词。",
            )
        })?;
    }
    None
}

/// "most off the students", "turn of the light".
fn of_off(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "off" {
        let governed = matches!(
            at.word(-1),
            "most"
                | "some"
                | "many"
                | "all"
                | "lot"
                | "lots"
                | "kind"
                | "because"
                | "instead"
                | "each"
                | "none"
                | "part"
                | "number"
        );
        let follows = matches!(at.tag(1), "DT" | "PRP$" | "PRP" | "NNS" | "NN");
        let governed = governed && (at.word(-1) != "lot" || at.word(-2) == "a");
        return (governed && follows).then(|| {
            Change::new(
                "of",
                "“of” joins the part to the whole; “off” means “away”.",
                "of 表示“……的”；off 表示“离开、关掉”。",
            )
        })?;
    }
    let verb = matches!(at.word(-1), "turn" | "turned" | "turning" | "switch" | "switched");
    let device = (2..4).any(|k| {
        matches!(
            at.word(k),
            "light" | "lights" | "phone" | "phones" | "tv" | "computer" | "television" | "radio" | "alarm"
        )
    });
    let coat = matches!(at.word(-1), "take" | "took")
        && matches!(at.tag(1), "PRP$")
        && matches!(at.word(2), "coat" | "shoes" | "hat" | "clothes" | "jacket");
    if at.word(0) != "of" || !(verb && device || coat) {
        return None;
    }
    Change::new("off", "“turn off”, “take off”: with “off”.", "“关掉”“脱下”用 off，不用 of。")
}

/// "the school were I study".
fn were_where(at: &Place<'_>) -> Option<Change> {
    let place = matches!(
        at.word(-1),
        "place" | "school" | "city" | "country" | "town" | "village" | "house" | "room" | "world" | "know"
    );
    let clause = at.is_subject_pronoun(1) && (at.tag(2).starts_with("VB") || at.tag(2) == "MD");
    let conditional = (2..8).any(|k| matches!(at.word(-k), "if" | "wish" | "as"));
    if at.word(0) != "were" || !place || !clause || conditional {
        return None;
    }
    Change::new("where", "“where” is for a place; “were” is a form of “be”.", "where 指地点；were 是 be 的过去式。")
}

/// "Whose going?", "Who's book is this?"
fn whose(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "whose" {
        let follows = at.tag(1) == "VBG"
            && (at.is_end(2) || matches!(at.word(2), "to" | "with" | "in"))
            && at.token(1)?.lower != "being"
            || matches!(at.word(1), "the" | "not" | "been" | "there");
        return follows.then(|| {
            Change::new(
                "who's",
                "“who's” is “who is”; “whose” means “of whom”.",
                "who's 等于 who is;whose 表示“谁的”。",
            )
        })?;
    }
    let noun = at.is_noun(2) && matches!(at.word(3), "is" | "was" | "are" | "were");
    if at.word(0) != "who" || at.word(1) != "'s" || !noun {
        return None;
    }
    let mut change =
        Change::new("whose", "“whose” means “of whom”; “who's” is “who is”.", "whose 表示“谁的”；who's 等于 who is。")?;
    change.width = 2;
    Some(change)
}

/// "a happy live", "I life in a town".
fn life(at: &Place<'_>) -> Option<Change> {
    if at.word(0) == "live" {
        let noun = matches!(
            at.word(-1),
            "my" | "your"
                | "his"
                | "our"
                | "their"
                | "happy"
                | "daily"
                | "school"
                | "healthy"
                | "whole"
                | "real"
                | "human"
                | "everyday"
                | "colorful"
                | "busy"
                | "better"
        );
        let end = at.is_end(1) || matches!(at.tag(1), "IN" | "CC" | "VBZ" | "MD") || at.is_be(1);
        return (noun && end && !(at.word(-1) == "better" && at.tag(1) == "IN")).then(|| {
            Change::new("life", "The noun is “life”; “live” is the verb.", "名词“生活”是 life;live 是动词。")
        })?;
    }
    let subject = matches!(at.word(-1), "i" | "we" | "they")
        || matches!(at.word(-2), "i" | "we" | "they") && at.word(-1) == "can";
    if at.word(0) != "life"
        || !subject
        || !matches!(at.word(1), "in" | "with" | "on" | "at" | "near" | "here" | "there")
    {
        return None;
    }
    Change::new("live", "The verb is “live”; “life” is the noun.", "动词“居住、生活”是 live;life 是名词。")
}

/// "He bought new cloths."
fn clothes(at: &Place<'_>) -> Option<Change> {
    let worn = (1..4).any(|k| {
        matches!(
            at.word(-k),
            "wear"
                | "wears"
                | "wearing"
                | "wore"
                | "buy"
                | "bought"
                | "buying"
                | "change"
                | "wash"
                | "washing"
                | "washed"
                | "put"
                | "beautiful"
                | "warm"
                | "new"
                | "school"
                | "my"
                | "your"
                | "his"
                | "her"
                | "our"
                | "their"
        )
    });
    let kitchen = (1..4).any(|k| matches!(at.word(-k), "table" | "cleaning" | "dish" | "wet"));
    if at.word(0) != "cloths" || !worn || kitchen {
        return None;
    }
    Change::new(
        "clothes",
        "What one wears is “clothes”; “cloths” are pieces of material.",
        "“衣服”是 clothes;cloth 是“布”。",
    )
}

/// "I can't breath", "you can chose".
fn breathe(at: &Place<'_>) -> Option<Change> {
    if !at.is_modal(-1) || matches!(at.word(-1), "not" | "never") {
        return None;
    }
    match at.word(0) {
        "breath"
            if at.tag(-2) != "JJ"
                && (at.word(-1) != "to" || at.is_end(1) || matches!(at.word(1), "fresh" | "in" | "the")) =>
        {
            Change::new(
                "breathe",
                "The verb is “breathe”; “breath” is the noun.",
                "动词“呼吸”是 breathe;breath 是名词。",
            )
        }
        "chose" => {
            Change::new("choose", "The base form is “choose”; “chose” is the past.", "原形是 choose;chose 是过去式。")
        }
        _ => None,
    }
}

/// "I am very boring in class", "The film is interested".
fn bored(at: &Place<'_>) -> Option<Change> {
    let mut verb = -1;
    if at.is_degree(verb) || at.word(verb) == "not" {
        verb -= 1;
    }
    let linking =
        at.is_be(verb) || matches!(at.word(verb), "feel" | "felt" | "get" | "got" | "become" | "became" | "feels");
    if !linking {
        return None;
    }
    let subject = at.word(verb - 1);
    if matches!(
        at.word(0),
        "boring" | "interesting" | "exciting" | "surprising" | "disappointing" | "frightening" | "tiring"
    ) {
        // An object makes it a verb ("We are tiring them"), a noun an attribute.
        let free = at.is_end(1)
            || matches!(at.word(1), "about" | "in" | "at" | "when" | "because" | "with" | "by" | "and" | "that");
        let first = matches!(subject, "i" | "we") && free;
        let third = matches!(subject, "he" | "she" | "they" | "people" | "students")
            && matches!(at.word(1), "about" | "by" | "that");
        if !(first || third) || at.word(-1) == "more" && at.word(1) == "and" {
            return None;
        }
        let verb = Lexicon::shipped().lemma(at.word(0), Upos::Verb);
        let right = Lexicon::shipped().inflect(&verb, Form::PastParticiple)?;
        return Change::new(
            right,
            "A person's feeling takes the -ed form; the -ing form describes its cause.",
            "人的感受用 -ed 形式；-ing 形式描述引起感受的事物。",
        );
    }
    if matches!(at.word(0), "interested" | "bored" | "excited" | "disappointed") {
        let thing = matches!(
            subject,
            "book"
                | "movie"
                | "film"
                | "story"
                | "game"
                | "lesson"
                | "trip"
                | "games"
                | "books"
                | "movies"
                | "stories"
                | "lessons"
                | "news"
                | "homework"
        );
        let free = at.is_end(1) || matches!(at.word(1), "and" | "because" | "for" | "but");
        if !thing || !free {
            return None;
        }
        let verb = Lexicon::shipped().lemma(at.word(0), Upos::Verb);
        let right = Lexicon::shipped().inflect(&verb, Form::Gerund)?;
        return Change::new(
            right,
            "A thing that causes a feeling takes the -ing form; the -ed form is for people.",
            "描述引起感受的事物用 -ing 形式；-ed 形式说明人的感受。",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Confusables;

    #[test]
    fn hits() {
        let cases = [
            ("Its a good day.", "It's a good day."),
            ("The city is famous because of it's history.", "The city is famous because of its history."),
            ("Your welcome.", "You're welcome."),
            ("It is important in you're life.", "It is important in your life."),
            ("I am taller then you.", "I am taller than you."),
            ("I got up and than I washed my face.", "I got up and then I washed my face."),
            ("It is to hot.", "It is too hot."),
            ("I will loose the game.", "I will lose the game."),
            ("Please keep quite in class.", "Please keep quiet in class."),
            ("Life is quiet different now.", "Life is quite different now."),
            ("I don't know weather he will come.", "I don't know whether he will come."),
            ("He gave me some advise.", "He gave me some advice."),
            ("I advice you to go.", "I advise you to go."),
            ("I can except the gift.", "I can accept the gift."),
            ("It will effect my study.", "It will affect my study."),
            ("It has a bad affect on us.", "It has a bad effect on us."),
            ("Most off the students like it.", "Most of the students like it."),
            ("Turn of the light, please.", "Turn off the light, please."),
            ("This is the school were I study.", "This is the school where I study."),
            ("Who's book is this?", "Whose book is this?"),
            ("I want to live a happy live.", "I want to live a happy life."),
            ("He bought new cloths.", "He bought new clothes."),
            ("You can chose a book.", "You can choose a book."),
            ("I am very boring in class.", "I am very bored in class."),
            ("The film is very interested.", "The film is very interesting."),
        ];
        for (wrong, right) in cases {
            check(&Confusables, wrong, Some(right));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "The dog wagged its tail.",
            "It's important to know its own rules.",
            "I like the idea of it being late.",
            "Your right hand is cold.",
            "He felt better then.",
            "If you get taller then you can play.",
            "She is older than I am, and then she left.",
            "It is to many people a dream.",
            "We talked to old friends.",
            "The screw is loose and a loose shirt is fine.",
            "It is quite quiet here.",
            "A quiet old man lives here.",
            "The weather is fine and the weather he likes is hot.",
            "I advise you to take my advice.",
            "Everyone except the boy came.",
            "The effect of it affects us.",
            "At the turn of the century we took off.",
            "We were in the school.",
            "The boy whose book I read is the one who's ill.",
            "They live in a live show.",
            "She came to life in my arms.",
            "I clean the table with cloths.",
            "He took a deep breath and chose a book.",
            "I am boring a hole and he is boring.",
            "The boy is interested in the game.",
        ] {
            check(&Confusables, text, None);
        }
    }
}
