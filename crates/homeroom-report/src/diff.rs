//! Word-by-word comparison of two texts, as markup.

use maud::{Markup, html};
use similar::{Algorithm, ChangeTag, DiffTag, TextDiff, capture_diff_slices};

/// `before` with what was taken out struck and what was put in underlined.
pub(crate) fn corrected(before: &str, after: &str) -> Markup {
    let diff = TextDiff::from_words(before, after);
    html! {
        @for change in diff.iter_all_changes() {
            @match change.tag() {
                ChangeTag::Equal => (change.value()),
                ChangeTag::Delete => @if change.value().trim().is_empty() { (change.value()) } @else { del { (change.value()) } },
                ChangeTag::Insert => @if change.value().trim().is_empty() { (change.value()) } @else { ins { (change.value()) } },
            }
        }
    }
}

/// Both texts with the words that they share marked; capitals and the punctuation around words make no difference.
pub(crate) fn common(first: &str, second: &str) -> (Markup, Markup) {
    let words = |text: &str| -> Vec<String> { text.split_inclusive(char::is_whitespace).map(str::to_owned).collect() };
    let plain = |words: &[String]| -> Vec<String> {
        words.iter().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect()
    };
    let (left, right) = (words(first), words(second));
    let (left_plain, right_plain) = (plain(&left), plain(&right));
    let (mut in_left, mut in_right) = (vec![false; left.len()], vec![false; right.len()]);
    for op in capture_diff_slices(Algorithm::Myers, &left_plain, &right_plain) {
        if op.tag() == DiffTag::Equal {
            in_left[op.old_range()].fill(true);
            in_right[op.new_range()].fill(true);
        }
    }
    (marked(&left, &in_left), marked(&right, &in_right))
}

/// Neighbouring shared words make one mark, so that a shared sentence is not chopped up; white space at its end stays
/// outside.
fn marked(words: &[String], shared: &[bool]) -> Markup {
    let mut runs: Vec<(bool, String)> = Vec::new();
    for (word, shared) in words.iter().zip(shared) {
        match runs.last_mut() {
            Some((s, run)) if s == shared => run.push_str(word),
            _ => runs.push((*shared, word.clone())),
        }
    }
    html! {
        @for (shared, run) in &runs {
            @let text = run.trim_end();
            @if *shared { mark { (text) } (run[text.len()..]) } @else { (run) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_changed() {
        assert_eq!(
            corrected("He go <home>.", "He goes <home>.").into_string(),
            "He <del>go</del><ins>goes</ins> &lt;home&gt;."
        );
    }

    #[test]
    fn marks_what_is_shared() {
        let (first, second) = common("We can read at night,", "and we can write at night");
        assert_eq!(first.into_string(), "<mark>We can</mark> read <mark>at night,</mark>");
        assert_eq!(second.into_string(), "and <mark>we can</mark> write <mark>at night</mark>");
    }
}
