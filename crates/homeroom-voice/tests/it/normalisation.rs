//! Written English into words.

use crate::tables::small;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let front = small();
    for (text, words) in cases {
        assert_eq!(front.normalized(text), *words, "{text}");
    }
}

#[test]
fn times_are_read() {
    check(&[
        ("at 9:30 pm", "at nine thirty P.M."),
        ("at 9:30 p.m. we met", "at nine thirty P.M. we met"),
        ("It ends at 9:30 pm.", "It ends at nine thirty P.M."),
        ("at 10:00", "at ten o'clock"),
        ("at 10:05", "at ten oh five"),
        ("at 9.30 am", "at nine thirty A.M."),
        ("at 7pm", "at seven P.M."),
        ("a score of 99:88", "a score of 99:88"),
        ("open 24/7", "open twenty-four seven"),
    ]);
}

#[test]
fn dates_are_read() {
    check(&[
        ("on 2024-03-05", "on March fifth, 2024"),
        ("on 03/05/2024", "on March fifth, 2024"),
        ("on 25/12/99", "on December twenty-fifth, 1999"),
        ("on March 5, 2021", "on March fifth, 2021"),
        ("on 3 May 2019", "on the third of May 2019"),
        ("The 3rd of May", "The third of May"),
        ("on Dec. 31", "on December thirty-first"),
        ("May 45", "May 45"),
    ]);
}

#[test]
fn money_units_and_shares_are_read() {
    check(&[
        ("$2.5 million", "2.5 million dollars"),
        ("£40k", "40 thousand pounds"),
        ("$1bn", "1 billion dollars"),
        ("¥50", "50 yuan"),
        ("RMB 30", "30 yuan"),
        ("50¢", "50 cents"),
        ("5 km", "5 kilometers"),
        ("1 kg", "1 kilogram"),
        ("100 m", "100 meters"),
        ("12.5 s", "12.5 seconds"),
        ("the 1990s", "the 1990s"),
        ("20 m²", "20 square meters"),
        ("-5°C", "-5 degrees Celsius"),
        ("10-20%", "10 to 20%"),
        ("5%–10%", "5 to 10%"),
    ]);
}

#[test]
fn numbers_in_other_dress_are_read() {
    check(&[
        ("1/2", "one half"),
        ("3/4.", "3 quarters."),
        ("18/20", "18 slash 20"),
        ("pages 10-15", "pages 10 to 15"),
        ("pages 10-15.", "pages 10 to 15."),
        ("Chapter IV", "Chapter 4"),
        ("Henry VIII", "Henry the eighth"),
        ("World War II.", "World War 2."),
        ("I am IV", "I am IV"),
        ("No. 5", "Number 5"),
        ("#1", "number 1"),
        ("2+2", "2+2"),
        ("+5", "plus 5"),
        ("１２３", "123"),
    ]);
}

#[test]
fn telephone_numbers_are_read_digit_by_digit() {
    check(&[
        ("555-1234", "five five five, one two three four"),
        ("+86 138 1234 5678", "plus eight six, one three eight, one two three four, five six seven eight"),
        ("(020) 7946-0958", "zero two zero, seven nine four six, zero nine five eight"),
        ("13812345678", "one three eight, one two three four, five six seven eight"),
        ("2019-2020", "2019 to 2020"),
        ("10,000,000", "10,000,000"),
    ]);
}

#[test]
fn addresses_are_read() {
    check(&[
        ("www.example.com", "W W W dot example dot com"),
        ("https://example.org/cats-dogs/", "example dot org slash cats dash dogs"),
        ("anna.li@school.edu", "anna dot li at school dot edu"),
        ("Go to bbc.co.uk now.", "Go to B B C dot co dot uk now."),
        ("end.Start", "end.Start"),
        ("[the page](http://x.com/y)", "the page"),
    ]);
}

#[test]
fn abbreviations_are_written_out() {
    check(&[
        ("Dr. Li", "Doctor Li"),
        ("St. Paul", "Saint Paul"),
        ("Park St.", "Park Street."),
        ("approx. 5", "approximately 5"),
        ("cats vs. dogs", "cats versus dogs"),
        ("a=b", "a equals b"),
        ("= 5", "= 5"),
        ("3 × 4", "3 times 4"),
    ]);
}

#[test]
fn what_has_no_sound_is_dropped() {
    check(&[
        ("", ""),
        (" \n\t ", ""),
        ("hi 😀!", "hi!"),
        ("a\u{0}b", "a b"),
        ("zero\u{200b}width", "zero width"),
        ("你好，world。", "你好, world."),
        ("‘quoted’", "‘quoted'"),
    ]);
}

#[test]
fn two_writings_of_the_same_speech_are_the_same() {
    let front = small();
    for (a, b) in [
        ("It costs $5.", "it costs five dollars"),
        ("at 9:30", "At nine thirty"),
        ("at 9:30 and 10:05", "at 9.30 and 10.05"),
        ("at 7:00", "at 7 o'clock"),
        ("in 1998", "in nineteen ninety-eight"),
        ("105 km", "one hundred and five kilometers"),
        ("45%", "forty-five percent"),
        ("Mr. Brown's e-mail", "mister brown's email"),
        ("the 3rd", "the third"),
    ] {
        assert_eq!(front.spoken_words(a), front.spoken_words(b), "{a}");
    }
    assert_ne!(front.spoken_words("four"), front.spoken_words("for"));
}
