//! Tables of cases against the embedded table.

use homeroom_core::Upos::{self, Adj, Adp, Adv, Aux, Noun, Pron, Propn, Verb};
use homeroom_lexicon::Form::{Comparative, Gerund, Past, PastParticiple, Plural, Superlative, ThirdPerson};
use homeroom_lexicon::{Cefr, Form, Lexicon, is_pinyin, pinyin_syllables};
use proptest::prelude::*;

#[track_caller]
fn check_lemmas(cases: &[(&str, Upos, &str)]) {
    let lexicon = Lexicon::shipped();
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(form, upos, lemma)| lexicon.lemma(form, *upos) != *lemma)
        .map(|(form, upos, lemma)| format!("{form} {upos:?}: {} for {lemma}", lexicon.lemma(form, *upos)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn lemmas() {
    check_lemmas(&[
        ("children", Noun, "child"),
        ("people", Noun, "people"),
        ("men", Noun, "man"),
        ("women", Noun, "woman"),
        ("feet", Noun, "foot"),
        ("teeth", Noun, "tooth"),
        ("mice", Noun, "mouse"),
        ("lives", Noun, "life"),
        ("lives", Verb, "live"),
        ("leaves", Noun, "leaf"),
        ("leaves", Verb, "leave"),
        ("knives", Noun, "knife"),
        ("wolves", Noun, "wolf"),
        ("cities", Noun, "city"),
        ("boxes", Noun, "box"),
        ("houses", Noun, "house"),
        ("buses", Noun, "bus"),
        ("glasses", Noun, "glass"),
        ("class", Noun, "class"),
        ("news", Noun, "news"),
        ("physics", Noun, "physics"),
        ("series", Noun, "series"),
        ("sheep", Noun, "sheep"),
        ("movies", Noun, "movie"),
        ("shoes", Noun, "shoe"),
        ("potatoes", Noun, "potato"),
        ("heroes", Noun, "hero"),
        ("analyses", Noun, "analysis"),
        ("crises", Noun, "crisis"),
        ("phenomena", Noun, "phenomenon"),
        ("criteria", Noun, "criterion"),
        ("countries", Noun, "country"),
        ("bus", Noun, "bus"),
        ("gas", Noun, "gas"),
        ("advice", Noun, "advice"),
        ("went", Verb, "go"),
        ("gone", Verb, "go"),
        ("goes", Verb, "go"),
        ("was", Verb, "be"),
        ("were", Aux, "be"),
        ("'s", Aux, "be"),
        ("has", Aux, "have"),
        ("had", Verb, "have"),
        ("did", Aux, "do"),
        ("does", Verb, "do"),
        ("taught", Verb, "teach"),
        ("bought", Verb, "buy"),
        ("brought", Verb, "bring"),
        ("thought", Verb, "think"),
        ("found", Verb, "find"),
        ("left", Verb, "leave"),
        ("felt", Verb, "feel"),
        ("saw", Verb, "see"),
        ("lay", Verb, "lay"),
        ("lying", Verb, "lie"),
        ("dying", Verb, "die"),
        ("studies", Verb, "study"),
        ("studied", Verb, "study"),
        ("stopped", Verb, "stop"),
        ("planning", Verb, "plan"),
        ("hoping", Verb, "hope"),
        ("hopping", Verb, "hop"),
        ("making", Verb, "make"),
        ("writing", Verb, "write"),
        ("written", Verb, "write"),
        ("began", Verb, "begin"),
        ("beginning", Verb, "begin"),
        ("travelled", Verb, "travel"),
        ("traveled", Verb, "travel"),
        ("organised", Verb, "organise"),
        ("agreed", Verb, "agree"),
        ("used", Verb, "use"),
        ("using", Verb, "use"),
        ("ate", Verb, "eat"),
        ("read", Verb, "read"),
        ("watches", Verb, "watch"),
        ("misses", Verb, "miss"),
        ("carries", Verb, "carry"),
        ("sing", Verb, "sing"),
        ("need", Verb, "need"),
        ("bring", Verb, "bring"),
        ("feed", Verb, "feed"),
        ("emailed", Verb, "email"),
        ("better", Adj, "good"),
        ("best", Adj, "good"),
        ("better", Adv, "well"),
        ("worse", Adj, "bad"),
        ("bigger", Adj, "big"),
        ("happier", Adj, "happy"),
        ("nicest", Adj, "nice"),
        ("clever", Adj, "clever"),
        ("honest", Adj, "honest"),
        ("faster", Adv, "fast"),
        ("ever", Adv, "ever"),
        ("after", Adp, "after"),
        ("them", Pron, "they"),
        ("beijing", Propn, "beijing"),
        ("texting", Verb, "text"),
        // Words that the table lacks.
        ("blorps", Noun, "blorp"),
        ("blorped", Verb, "blorp"),
        ("blorping", Verb, "blorp"),
        ("vlogged", Verb, "vlog"),
    ]);
}

#[track_caller]
fn check_forms(cases: &[(&str, Form, Option<&str>)]) {
    let lexicon = Lexicon::shipped();
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(lemma, form, right)| lexicon.inflect(lemma, *form).as_deref() != *right)
        .map(|(lemma, form, right)| format!("{lemma} {form:?}: {:?} for {right:?}", lexicon.inflect(lemma, *form)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn forms() {
    check_forms(&[
        ("child", Plural, Some("children")),
        ("person", Plural, Some("people")),
        ("man", Plural, Some("men")),
        ("city", Plural, Some("cities")),
        ("boy", Plural, Some("boys")),
        ("box", Plural, Some("boxes")),
        ("watch", Plural, Some("watches")),
        ("life", Plural, Some("lives")),
        ("leaf", Plural, Some("leaves")),
        ("roof", Plural, Some("roofs")),
        ("hero", Plural, Some("heroes")),
        ("photo", Plural, Some("photos")),
        ("piano", Plural, Some("pianos")),
        ("potato", Plural, Some("potatoes")),
        ("bus", Plural, Some("buses")),
        ("foot", Plural, Some("feet")),
        ("sheep", Plural, Some("sheep")),
        ("fish", Plural, Some("fish")),
        ("crisis", Plural, Some("crises")),
        ("phenomenon", Plural, Some("phenomena")),
        ("smartphone", Plural, Some("smartphones")),
        ("thing", Plural, Some("things")),
        ("student", Plural, Some("students")),
        ("problem", Plural, Some("problems")),
        ("homework", Plural, None),
        ("information", Plural, None),
        ("advice", Plural, None),
        ("blorp", Plural, Some("blorps")),
        ("go", Past, Some("went")),
        ("go", PastParticiple, Some("gone")),
        ("go", ThirdPerson, Some("goes")),
        ("go", Gerund, Some("going")),
        ("be", Past, Some("was")),
        ("be", PastParticiple, Some("been")),
        ("be", ThirdPerson, Some("is")),
        ("have", ThirdPerson, Some("has")),
        ("do", ThirdPerson, Some("does")),
        ("teach", Past, Some("taught")),
        ("study", Past, Some("studied")),
        ("study", ThirdPerson, Some("studies")),
        ("play", ThirdPerson, Some("plays")),
        ("stop", Past, Some("stopped")),
        ("stop", Gerund, Some("stopping")),
        ("plan", Gerund, Some("planning")),
        ("prefer", Past, Some("preferred")),
        ("begin", Gerund, Some("beginning")),
        ("visit", Past, Some("visited")),
        ("happen", Past, Some("happened")),
        ("open", Gerund, Some("opening")),
        ("listen", Past, Some("listened")),
        ("make", Gerund, Some("making")),
        ("see", Gerund, Some("seeing")),
        ("die", Gerund, Some("dying")),
        ("lie", Gerund, Some("lying")),
        ("write", PastParticiple, Some("written")),
        ("eat", PastParticiple, Some("eaten")),
        ("beat", PastParticiple, Some("beaten")),
        ("get", PastParticiple, Some("got")),
        ("show", PastParticiple, Some("shown")),
        ("learn", Past, Some("learned")),
        ("read", Past, Some("read")),
        ("put", Past, Some("put")),
        ("cost", Past, Some("cost")),
        ("wear", PastParticiple, Some("worn")),
        ("choose", Past, Some("chose")),
        ("choose", PastParticiple, Some("chosen")),
        ("fix", Past, Some("fixed")),
        ("watch", ThirdPerson, Some("watches")),
        ("try", ThirdPerson, Some("tries")),
        ("echo", ThirdPerson, Some("echoes")),
        ("look", Past, Some("looked")),
        ("agree", Past, Some("agreed")),
        ("use", Past, Some("used")),
        ("vlog", Past, Some("vlogged")),
        ("quit", Past, Some("quit")),
        ("swim", Past, Some("swam")),
        ("good", Comparative, Some("better")),
        ("good", Superlative, Some("best")),
        ("bad", Comparative, Some("worse")),
        ("big", Comparative, Some("bigger")),
        ("happy", Superlative, Some("happiest")),
        ("nice", Comparative, Some("nicer")),
        ("beautiful", Comparative, None),
        ("important", Superlative, None),
        ("fast", Comparative, Some("faster")),
        ("well", Comparative, Some("better")),
        ("easy", Comparative, Some("easier")),
        ("far", Superlative, Some("farthest")),
    ]);
}

#[track_caller]
fn check_known(known: &[&str], unknown: &[&str]) {
    let lexicon = Lexicon::shipped();
    let lacking: Vec<_> = known.iter().filter(|w| !lexicon.contains(w)).collect();
    let extra: Vec<_> = unknown.iter().filter(|w| lexicon.contains(w)).collect();
    assert!(lacking.is_empty() && extra.is_empty(), "lacking {lacking:?}, extra {extra:?}");
}

#[test]
fn known_words() {
    check_known(
        &[
            "colour",
            "color",
            "organise",
            "organize",
            "travelled",
            "traveled",
            "centre",
            "center",
            "grey",
            "gray",
            "judgement",
            "programme",
            "i",
            "a",
            "don't",
            "n't",
            "'s",
            "don’t",
            "café",
            "english",
            "china",
            "monday",
            "selfie",
            "wifi",
            "smartphone",
            "online",
            "nowadays",
            "homework",
            "recognise",
            "theatre",
            "mum",
            "mom",
            "practise",
            "licence",
            "analyse",
            "aluminium",
            "jewellery",
            "whilst",
            "learnt",
            "gotten",
            "ok",
            "tv",
            "behaviour",
            "neighbour",
            "o'clock",
            "internet",
            "email",
            "classmate",
            "deskmate",
        ],
        &[
            "becouse",
            "recieve",
            "thier",
            "wich",
            "alot",
            "teh",
            "untill",
            "realy",
            "definately",
            "enviroment",
            "goverment",
            "freind",
            "beleive",
            "wether",
            "seperate",
            "childs",
            "teached",
            "goed",
            "",
            "zzz",
            "dont",
            "cant",
            "wont",
            "writting",
            "begining",
            "tommorow",
            "studing",
        ],
    );
}

#[test]
fn parts_of_speech() {
    let lexicon = Lexicon::shipped();
    let cases: &[(&str, &[Upos], &[Form])] = &[
        ("run", &[Noun, Verb], &[Form::Base, Form::PastParticiple, Form::Singular]),
        ("children", &[Noun], &[Plural]),
        ("went", &[Verb], &[Past]),
        ("gone", &[Verb], &[PastParticiple]),
        ("playing", &[Verb], &[Gerund]),
        ("plays", &[Verb, Noun], &[ThirdPerson, Plural]),
        ("better", &[Adj, Adv], &[Comparative]),
        ("best", &[Adj], &[Superlative]),
        ("the", &[Upos::Det], &[]),
        ("because", &[Upos::Sconj], &[]),
        ("although", &[Upos::Sconj], &[]),
        ("they", &[Pron], &[]),
        ("people", &[Noun], &[Plural]),
        ("must", &[Aux], &[]),
    ];
    for (word, upos, forms) in cases {
        let set = lexicon.pos(word);
        assert!(upos.iter().all(|u| set.can_be(*u)), "{word}: {:?}", set.iter().collect::<Vec<_>>());
        assert!(forms.iter().all(|f| set.has(*f)), "{word}: {set:?}");
    }
    assert!(!lexicon.pos("children").has(Form::Singular));
    assert!(!lexicon.pos("went").has(Form::Base));
    assert!(!lexicon.pos("people").has(Form::Singular));
    assert!(lexicon.pos("qqqq").is_empty());
}

#[test]
fn levels() {
    let lexicon = Lexicon::shipped();
    for (word, upos, low, high) in [
        ("school", Some(Noun), Cefr::A1, Cefr::A1),
        ("happy", Some(Adj), Cefr::A1, Cefr::A2),
        ("children", Some(Noun), Cefr::A1, Cefr::A1),
        ("went", Some(Verb), Cefr::A1, Cefr::A2),
        ("environment", Some(Noun), Cefr::A2, Cefr::B2),
        ("sophisticated", Some(Adj), Cefr::B2, Cefr::C2),
        ("ubiquitous", None, Cefr::C1, Cefr::C2),
        ("meticulous", None, Cefr::C1, Cefr::C2),
    ] {
        let level = lexicon.level(word, upos);
        assert!(level.is_some_and(|l| (low..=high).contains(&l)), "{word}: {level:?}");
    }
    assert_eq!(lexicon.level("blorp", None), None);
}

#[test]
fn frequencies_and_neighbours() {
    let lexicon = Lexicon::shipped();
    assert!(lexicon.zipf("the") > 7.0 && lexicon.zipf("blorp") == 0.0);
    assert!(lexicon.zipf("because") > lexicon.zipf("nevertheless"));
    let of_the = lexicon.bigram("of", "the").unwrap();
    assert!((-3.0..0.0).contains(&of_the), "{of_the}");
    assert!(lexicon.bigram("of", "blorp").is_none());
    assert!(lexicon.unigram_logprob("the") > lexicon.unigram_logprob("cat"));
}

#[test]
fn names_and_pinyin() {
    let lexicon = Lexicon::shipped();
    for name in ["zhang", "xiaoming", "beijing", "chengdu", "london", "mary", "xi'an", "lihua", "wangfang", "shanghai"]
    {
        assert!(lexicon.is_name(name), "{name}");
    }
    for word in ["table", "becouse", "the", "goverment", ""] {
        assert!(!lexicon.is_name(word), "{word}");
    }
    assert_eq!(pinyin_syllables("xiaoming"), Some(2));
    assert_eq!(pinyin_syllables("zhongguo"), Some(2));
    assert!(!is_pinyin("strong"));
}

#[test]
fn uncountable_nouns() {
    let lexicon = Lexicon::shipped();
    for noun in
        ["information", "advice", "homework", "knowledge", "furniture", "equipment", "luggage", "traffic", "progress"]
    {
        assert!(lexicon.uncountable(noun), "{noun}");
    }
    for noun in ["experience", "time", "work", "paper"] {
        assert!(!lexicon.uncountable(noun) && lexicon.mostly_uncountable(noun), "{noun}");
    }
    assert!(!lexicon.uncountable("book") && !lexicon.mostly_uncountable("book"));
}

#[test]
fn every_word_is_found_at_its_rank() {
    let lexicon = Lexicon::shipped();
    let mut n = 0;
    lexicon.for_each(|id, word| {
        n += 1;
        if id.0 % 97 == 0 {
            assert_eq!(lexicon.id(word), Some(id));
            assert_eq!(lexicon.word(id), word);
        }
    });
    assert_eq!(n, lexicon.len());
}

/// Rules and exceptions agree: the lemma of every regular and irregular form that the table gives is the lemma itself
/// for nearly all verbs. Homographs (`found`, `lay`) make the rest.
#[test]
fn forms_lead_back_to_their_lemma() {
    let lexicon = Lexicon::shipped();
    let (mut n, mut right) = (0, 0);
    lexicon.for_each(|id, word| {
        if !lexicon.is_word(id) || lexicon.zipf_of(id) < 3.0 || !lexicon.pos(word).has(Form::Base) {
            return;
        }
        for form in [ThirdPerson, Past, PastParticiple, Gerund] {
            if let Some(inflected) = lexicon.inflect(word, form) {
                n += 1;
                right += usize::from(lexicon.lemma(&inflected, Verb) == word);
            }
        }
    });
    assert!(n > 10_000 && right as f64 / n as f64 > 0.96, "{right} of {n}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,24}", other in "[a-z' -]{0,12}") {
        let lexicon = Lexicon::shipped();
        for word in [&text, &other] {
            let _ = (lexicon.contains(word), lexicon.zipf(word), lexicon.pos(word), lexicon.is_name(word));
            let _ = (lexicon.level(word, None), lexicon.bigram(word, &text), lexicon.bigram(&other, word));
            for upos in Upos::ALL {
                let _ = (lexicon.lemma(word, upos), lexicon.level(word, Some(upos)));
            }
            for form in Form::ALL {
                let _ = lexicon.inflect(word, form);
            }
        }
    }
}
