use std::collections::HashSet;
use std::sync::LazyLock;

static LISTED: &str = include_str!("../data/uncountable.txt");
static MOSTLY: &str = include_str!("../data/mostly_uncountable.txt");

fn set(text: &'static str) -> HashSet<&'static str> {
    text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect()
}

/// Whether teachers hold this noun to have neither plural nor *a*.
pub(crate) fn always(lemma: &str) -> bool {
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| set(LISTED));
    SET.contains(lemma)
}

/// Whether this noun is uncountable in its main sense and countable in another.
pub(crate) fn mostly(lemma: &str) -> bool {
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| set(MOSTLY));
    SET.contains(lemma)
}
