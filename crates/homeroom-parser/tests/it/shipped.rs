use homeroom_parser::{ParsedToken, Parser, ParserError};
use proptest::prelude::*;

/// Parses words separated by spaces and compares them with lines of `form xpos head deprel`; heads are forms, `-` for
/// the root.
#[track_caller]
fn check(text: &str, expected: &str) {
    let forms: Vec<&str> = text.split(' ').collect();
    let found: Vec<String> = Parser::shipped()
        .parse(&forms)
        .iter()
        .zip(&forms)
        .map(|(t, form)| format!("{form}/{}/{}/{}", t.xpos, t.head.map_or("-", |h| forms[h]), t.deprel))
        .collect();
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(found, expected);
}

#[test]
fn parses_simple_sentences() {
    check("She likes music .", "She/PRP/likes/nsubj likes/VBZ/-/root music/NN/likes/obj ././likes/punct");
    check(
        "I am a student .",
        "I/PRP/student/nsubj am/VBP/student/cop a/DT/student/det student/NN/-/root ././student/punct",
    );
    check("The dog is big .", "The/DT/dog/det dog/NN/big/nsubj is/VBZ/big/cop big/JJ/-/root ././big/punct");
    check("He does n't know .", "He/PRP/know/nsubj does/VBZ/know/aux n't/RB/know/advmod know/VB/-/root ././know/punct");
    check(
        "They went to the park yesterday .",
        "They/PRP/went/nsubj went/VBD/-/root to/IN/park/case the/DT/park/det park/NN/went/obl \
         yesterday/NN/went/obl:unmarked ././went/punct",
    );
    check(
        "The books were written in China .",
        "The/DT/books/det books/NNS/written/nsubj:pass were/VBD/written/aux:pass written/VBN/-/root in/IN/China/case China/NNP/written/obl ././written/punct",
    );
    check(
        "I want to go home .",
        "I/PRP/want/nsubj want/VBP/-/root to/TO/go/mark go/VB/want/xcomp home/RB/go/advmod ././want/punct",
    );
    check(
        "Cats and dogs are animals .",
        "Cats/NNS/animals/nsubj and/CC/dogs/cc dogs/NNS/Cats/conj are/VBP/animals/cop animals/NNS/-/root \
         ././animals/punct",
    );
    check(
        "There are many people .",
        "There/EX/are/expl are/VBP/-/root many/JJ/people/amod people/NNS/are/nsubj ././are/punct",
    );
    check(
        "I think that he is right .",
        "I/PRP/think/nsubj think/VBP/-/root that/IN/right/mark he/PRP/right/nsubj is/VBZ/right/cop \
         right/JJ/think/ccomp ././think/punct",
    );
    check(
        "The boy who lives here is my friend .",
        "The/DT/boy/det boy/NN/friend/nsubj who/WP/lives/nsubj lives/VBZ/boy/acl:relcl here/RB/lives/advmod \
         is/VBZ/friend/cop my/PRP$/friend/nmod:poss friend/NN/-/root ././friend/punct",
    );
    check(
        "Please open the window .",
        "Please/UH/open/discourse open/VB/-/root the/DT/window/det window/NN/open/obj ././open/punct",
    );
    check("She can swim .", "She/PRP/swim/nsubj can/MD/swim/aux swim/VB/-/root ././swim/punct");
}

/// Every head in range, no cycle, exactly one root, which is the only word labelled `root`.
#[track_caller]
fn check_tree(forms: &[&str]) {
    let parsed: Vec<ParsedToken> = Parser::shipped().parse(forms);
    assert_eq!(parsed.len(), forms.len());
    let roots = parsed.iter().filter(|t| t.head.is_none()).count();
    assert_eq!(roots, usize::from(!forms.is_empty()));
    for (i, token) in parsed.iter().enumerate() {
        assert_eq!(token.head.is_none(), token.deprel == "root");
        let (mut at, mut steps) = (i, 0);
        while let Some(head) = parsed[at].head {
            assert!(head < forms.len());
            at = head;
            steps += 1;
            assert!(steps <= forms.len(), "a cycle at word {i}");
        }
    }
}

#[test]
fn any_length_gives_a_tree() {
    check_tree(&[]);
    check_tree(&[""]);
    check_tree(&["."]);
    check_tree(&["\u{0}", "\u{FEFF}", "e\u{301}", "\u{1F600}", "汉字", " "]);
    check_tree(&[&"x".repeat(100_000)]);
    let words = ["the", "boy", ",", "sees", "(", "and", "1984"];
    let long: Vec<&str> = words.iter().copied().cycle().take(5000).collect();
    check_tree(&long);
    check_tree(&vec!["buffalo"; 5000]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_strings_give_a_tree(forms in prop::collection::vec("\\PC{0,8}|[a-z]{1,6}|[.,!?']", 0..40)) {
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        check_tree(&forms);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Parser::from_bytes(&bytes).is_err());
        let mut bytes = [b"HRPARSER\x01\0\0\0".as_slice(), &bytes].concat();
        prop_assert!(Parser::from_bytes(&bytes).is_err());
        bytes[8] = 99;
        prop_assert_eq!(Parser::from_bytes(&bytes).err(), Some(ParserError::Version { found: 99, expected: 1 }));
    }
}

#[test]
fn the_same_words_give_the_same_parse() {
    let forms = ["It", "'s", "a", "test", "of", "the", "cache", "."];
    let first = Parser::shipped().parse(&forms);
    let _ = Parser::shipped().parse(&["Something", "else"]);
    assert_eq!(Parser::shipped().parse(&forms), first);
}

#[test]
fn the_header_names_source_and_licence() {
    let header = Parser::shipped().header();
    for part in ["English EWT", "CC BY-SA 4.0", "seed", "UAS"] {
        assert!(header.contains(part), "{part} is not in: {header}");
    }
}
