use std::collections::BTreeMap;

use homeroom_core::Upos;
use homeroom_lexicon::{Form, Lexicon, WordId};

use crate::channel::Channel;
use crate::index::Index;

/// Words from this many letters on are also compared at a distance of 3.
const LONG_WORD: usize = 8;
/// Candidates within a distance of 2 from which on a distance of 3 is not tried.
const ENOUGH: usize = 1;
/// Highest cost of a candidate found by its sound, in nats for each letter of the misspelling.
const SOUND_COST_PER_LETTER: f32 = 1.4;
/// Cost of inflecting an irregular word regularly (`teached`), in nats.
const REGULARISED: f32 = 1.0;
/// Cost of leaving out a space, in nats.
const NO_SPACE: f32 = 4.0;
/// Cost of a needless space, in nats.
const NEEDLESS_SPACE: f32 = 1.5;
/// Cost of an abbreviation of chat language, in nats.
const CHAT: f32 = 0.0;
/// Zipf frequency that each part of a split word must have.
const PART_ZIPF: f32 = 4.0;

/// Abbreviations of chat language.
pub(crate) const CHAT_WORDS: [(&str, &str); 19] = [
    ("u", "you"),
    ("im", "i'm"),
    ("ive", "i've"),
    ("ur", "your"),
    ("pls", "please"),
    ("plz", "please"),
    ("thx", "thanks"),
    ("cuz", "because"),
    ("coz", "because"),
    ("bcoz", "because"),
    ("bcz", "because"),
    ("becuz", "because"),
    ("becoz", "because"),
    ("ppl", "people"),
    ("dunno", "don't know"),
    ("tmr", "tomorrow"),
    ("yr", "year"),
    ("thru", "through"),
    ("tho", "though"),
];

/// What was written for what, and at which cost in nats.
pub(crate) type Found = BTreeMap<String, f32>;

/// All candidates for `word`, in lower case.
pub(crate) fn collect(lexicon: &Lexicon, index: &Index, word: &str) -> Found {
    let mut found = Found::new();
    let mut offer = |text: String, cost: f32| {
        if text != word && cost.is_finite() {
            let old = found.entry(text).or_insert(f32::INFINITY);
            *old = old.min(cost);
        }
    };
    let bytes = word.as_bytes();
    if let Some((_, meant)) = CHAT_WORDS.iter().find(|(w, _)| *w == word) {
        offer((*meant).to_owned(), CHAT);
    }
    if word.contains([' ', '-']) {
        let joined = word.replace([' ', '-'], "");
        if lexicon.contains(&joined) {
            offer(joined, NEEDLESS_SPACE);
        }
        if word.contains('-') {
            offer_parts(lexicon, index, word, &mut offer);
        }
        return found;
    }
    let channel = Channel::new(bytes);
    let mut near: Vec<WordId> = Vec::new();
    index.within(bytes, 2, |id, _| near.push(id));
    if near.len() < ENOUGH && bytes.len() >= LONG_WORD {
        index.within(bytes, 3, |id, _| near.push(id));
    }
    for id in near {
        let meant = lexicon.word(id);
        let cost = channel.cost(meant.as_bytes());
        offer(meant, cost);
    }
    for id in index.sounding(bytes) {
        let meant = lexicon.word(id);
        let cost = channel.cost(meant.as_bytes());
        if cost <= SOUND_COST_PER_LETTER * bytes.len() as f32 {
            offer(meant, cost);
        }
    }
    // Letters drawn out for effect: "soooo".
    let mut short = String::new();
    let mut drawn_out = false;
    let (mut last, mut run) = ('\0', 0);
    for c in word.chars() {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        if run <= 1 {
            short.push(c);
        } else {
            drawn_out |= run > 2;
        }
    }
    if drawn_out && lexicon.contains(&short) {
        offer(short, CHAT);
    }
    for (upos, forms) in [
        (Upos::Verb, &[Form::Past, Form::PastParticiple, Form::ThirdPerson, Form::Gerund][..]),
        (Upos::Noun, &[Form::Plural][..]),
        (Upos::Adj, &[Form::Comparative, Form::Superlative][..]),
    ] {
        let lemma = lexicon.lemma(word, upos);
        if lemma == word || !lexicon.contains(&lemma) {
            continue;
        }
        for &form in forms {
            let suffix: &[&str] = match form {
                Form::Past | Form::PastParticiple => &["ed", "d"],
                Form::ThirdPerson | Form::Plural => &["s"],
                Form::Gerund => &["ing"],
                Form::Comparative => &["er"],
                Form::Superlative => &["est"],
                Form::Base | Form::Singular => &[],
            };
            if suffix.iter().any(|s| word.ends_with(s))
                && let Some(meant) = lexicon.inflect(&lemma, form)
            {
                // The past tense is meant more often than the participle.
                let rarer = if form == Form::PastParticiple { 1.0 } else { 0.0 };
                offer(meant, REGULARISED + rarer);
            }
        }
    }
    for at in 1..word.len() {
        if !word.is_char_boundary(at) {
            continue;
        }
        let (a, b) = word.split_at(at);
        let part = |p: &str| match p.len() {
            1 => p == "a" || p == "i",
            _ => lexicon.contains(p) && lexicon.zipf(p) >= PART_ZIPF,
        };
        if part(a) && part(b) {
            offer(format!("{a} {b}"), NO_SPACE);
        }
    }
    found
}

/// A hyphenated word with one misspelt part.
fn offer_parts(lexicon: &Lexicon, index: &Index, word: &str, offer: &mut impl FnMut(String, f32)) {
    let parts: Vec<&str> = word.split('-').collect();
    let unknown: Vec<usize> = (0..parts.len()).filter(|&i| !lexicon.contains(parts[i])).collect();
    let [at] = unknown.as_slice() else { return };
    for (meant, cost) in collect(lexicon, index, parts[*at]) {
        let mut new = parts.clone();
        new[*at] = &meant;
        offer(new.join("-"), cost);
    }
}
