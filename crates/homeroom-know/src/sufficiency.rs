use crate::search::Asked;

/// Share of a question's weight that one passage must have, for the documents to count as answering it. For questions in
/// English.
///
/// Set on the odd questions of `tests/data/questions.toml` (n = 15).
const ENOUGH_ENGLISH: f32 = 0.6;
/// As [`ENOUGH_ENGLISH`], for questions in Chinese, whose words are more often said in another way (n = 15).
const ENOUGH_CHINESE: f32 = 0.5;
/// Cosine of question and passage that is enough whatever the words: the passage says the same in other words.
///
/// Of all-MiniLM-L6-v2, cautiously: on `tests/data/questions.toml` passages that answer lie between 0.28 and 0.77, and
/// passages that are merely near between 0.22 and 0.59, so that the cosine decides nothing there. It orders passages well
/// and tells an answer from its neighbourhood badly. For another model, measure.
const ENOUGH_COSINE: f32 = 0.7;

/// Whether the documents answer a question at all.
///
/// A rule, not a proof: it errs in both directions (`tests/it/questions.rs` counts how often). It misses answers in quite
/// other words, and it takes a passage on the same things for an answer. Where `in_documents` is false, say “not in the
/// documents”, show what was found all the same, and let the reader judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Sufficiency {
    /// The verdict.
    pub in_documents: bool,
    /// Greatest share of the question's weight ([`Asked::weight`]) that one of the five best passages has, 0 to 1. A Chinese
    /// word that is not there itself counts by the characters of the words inside of it that are.
    pub coverage: f32,
    /// Greatest cosine of the question and a passage; `None` without a model, and for questions that are not English.
    pub cosine: Option<f32>,
    /// The question's words that no passage of the base has, themselves or in part.
    pub missing: Vec<String>,
}

impl Sufficiency {
    /// `matched`: for each of the best passages, which of `asked` it has.
    pub(crate) fn of(asked: &[Asked], matched: &[Vec<bool>], cosine: Option<f32>, english: bool) -> Sufficiency {
        let whole: Vec<usize> =
            (0..asked.len()).filter(|&i| !asked.iter().any(|other| within(&asked[i], other))).collect();
        let total: f32 = whole.iter().map(|&i| asked[i].weight).sum();
        let share = |has: &Vec<bool>| {
            let covered: f32 = whole.iter().map(|&i| asked[i].weight * part(asked, i, has)).sum();
            if total > 0.0 { covered / total } else { 0.0 }
        };
        let coverage = matched.iter().map(share).fold(0.0, f32::max);
        let enough = if english { ENOUGH_ENGLISH } else { ENOUGH_CHINESE };
        let in_documents = coverage >= enough || cosine.is_some_and(|cosine| cosine >= ENOUGH_COSINE);
        let known: Vec<bool> = asked.iter().map(|a| a.passages > 0).collect();
        let missing = whole.iter().filter(|&&i| part(asked, i, &known) == 0.0).map(|&i| asked[i].surface.clone());
        Sufficiency { in_documents, coverage, cosine, missing: missing.collect() }
    }
}

/// Whether `word` is a part of `other`, as 图书 is of 图书馆.
fn within(word: &Asked, other: &Asked) -> bool {
    other.span.contains(word.span) && other.span != word.span
}

/// The share of the characters of word `i` that are there, 0 to 1: all where it is there itself.
fn part(asked: &[Asked], i: usize, has: &[bool]) -> f32 {
    let word = &asked[i];
    if has[i] {
        return 1.0;
    }
    let parts: Vec<&Asked> =
        (0..asked.len()).filter(|&j| has[j] && within(&asked[j], word)).map(|j| &asked[j]).collect();
    let (mut there, mut all) = (0.0, 0.0);
    for (at, _) in word.surface.char_indices() {
        all += 1.0;
        let at = word.span.start + at;
        there += if parts.iter().any(|p| p.span.start <= at && at < p.span.end) { 1.0 } else { 0.0 };
    }
    if all > 0.0 { there / all } else { 0.0 }
}
