//! Essays that share passages: candidates by MinHash, then the passages themselves.
//!
//! # Source
//! Broder 1997 (resemblance by min-wise hashing); bands as in Leskovec, Rajaraman and Ullman, *Mining of Massive
//! Datasets*, 3.4.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use homeroom_core::{Document, Span, SubmissionId};

use crate::{SharedPassage, SharedPassages};

/// Words per shingle.
const SHINGLE: usize = 5;
/// Hash functions.
const HASHES: usize = 128;
/// Hashes per band: two essays become candidates where all hashes of a band agree. With two per band, a pair of
/// similarity .28 is found with probability .99 and one of .1 with .47.
const ROWS: usize = 2;
/// A passage that is worth showing has at least this many words.
const PASSAGE_WORDS: usize = 10;
/// A gap of up to this many words on both sides belongs to a passage: "nearly word for word".
const GAP_WORDS: usize = 3;
/// A pair is reported where its passages have at least this many words in all: one sentence may be a set phrase.
const PAIR_WORDS: usize = 20;
/// What stands in more essays than this is nobody's own, however many essays there are: it comes from a book or a lesson.
const MOST_OWNERS: usize = 30;
/// Pairs that are shown, the most similar ones: nobody compares more by hand.
const MOST_PAIRS: usize = 200;

struct Words {
    lower: Vec<String>,
    spans: Vec<Span>,
}

fn words(document: &Document) -> Words {
    let mut out = Words { lower: Vec::new(), spans: Vec::new() };
    let text = &document.text;
    let mut start = None;
    for (i, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_alphanumeric() || matches!(c, '\'' | '’');
        match (inside, start) {
            (true, None) => start = Some(i),
            (false, Some(s)) => {
                let span = Span::new(s, i);
                out.lower.push(span.of(text).to_lowercase().replace('’', "'"));
                out.spans.push(span);
                start = None;
            }
            _ => {}
        }
    }
    out
}

fn shingles(words: &Words) -> Vec<u64> {
    words
        .lower
        .windows(SHINGLE)
        .map(|w| {
            let mut hasher = DefaultHasher::new();
            w.hash(&mut hasher);
            hasher.finish()
        })
        .collect()
}

/// A well-mixed permutation of 64-bit numbers, one per `seed`.
fn mix(value: u64, seed: u64) -> u64 {
    let mut x = value ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Pairs of essays that share passages, the most similar first, at most two hundred. What stands in the prompt, or in more
/// than a fifth of a class of ten or more, or in more than thirty essays, is nobody's own and does not count.
#[must_use]
pub fn shared_passages(essays: &[(&SubmissionId, &Document)], prompt: Option<&Document>) -> Vec<SharedPassages> {
    // Words are made again for the few pairs that come near each other: kept, they would be most of a large class's memory.
    let all_shingles: Vec<Vec<u64>> = essays.iter().map(|(_, d)| shingles(&words(d))).collect();
    let mut common: HashSet<u64> = prompt.map(|p| shingles(&words(p)).into_iter().collect()).unwrap_or_default();
    if essays.len() >= 10 {
        let mut essays_with: HashMap<u64, usize> = HashMap::new();
        for list in &all_shingles {
            for shingle in list.iter().collect::<HashSet<_>>() {
                *essays_with.entry(*shingle).or_default() += 1;
            }
        }
        common
            .extend(essays_with.into_iter().filter(|(_, n)| n * 5 > essays.len() || *n > MOST_OWNERS).map(|(s, _)| s));
    }
    let signatures: Vec<Option<Vec<u64>>> = all_shingles
        .iter()
        .map(|list| {
            let own: Vec<u64> = list.iter().copied().filter(|s| !common.contains(s)).collect();
            (!own.is_empty()).then(|| {
                (0..HASHES as u64).map(|seed| own.iter().map(|s| mix(*s, seed + 1)).min().unwrap_or(u64::MAX)).collect()
            })
        })
        .collect();
    let mut candidates: HashSet<(usize, usize)> = HashSet::new();
    for band in 0..HASHES / ROWS {
        let mut buckets: HashMap<&[u64], Vec<usize>> = HashMap::new();
        for (i, signature) in signatures.iter().enumerate() {
            if let Some(signature) = signature {
                buckets.entry(&signature[band * ROWS..(band + 1) * ROWS]).or_default().push(i);
            }
        }
        for bucket in buckets.values() {
            for (k, &a) in bucket.iter().enumerate() {
                candidates.extend(bucket[k + 1..].iter().map(|&b| (a, b)));
            }
        }
    }
    let mut out: Vec<SharedPassages> = candidates
        .into_iter()
        .filter_map(|(a, b)| {
            let passages = passages(
                (&words(essays[a].1), essays[a].1, &all_shingles[a]),
                (&words(essays[b].1), essays[b].1, &all_shingles[b]),
                &common,
            );
            let shared_words: usize = passages.iter().map(|p| p.first_text.split_whitespace().count()).sum();
            let similarity = signatures[a]
                .as_ref()
                .zip(signatures[b].as_ref())
                .map(|(x, y)| x.iter().zip(y).filter(|(p, q)| p == q).count() as f64 / HASHES as f64)?;
            (shared_words >= PAIR_WORDS).then(|| SharedPassages {
                first: essays[a].0.clone(),
                second: essays[b].0.clone(),
                similarity,
                passages,
            })
        })
        .collect();
    out.sort_by(|x, y| {
        y.similarity.total_cmp(&x.similarity).then_with(|| (&x.first, &x.second).cmp(&(&y.first, &y.second)))
    });
    out.truncate(MOST_PAIRS);
    out
}

type Side<'a> = (&'a Words, &'a Document, &'a Vec<u64>);

fn passages(first: Side<'_>, second: Side<'_>, common: &HashSet<u64>) -> Vec<SharedPassage> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (j, shingle) in second.2.iter().enumerate() {
        places.entry(*shingle).or_default().push(j);
    }
    // Runs of words as (start in first, start in second, length).
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    let mut i = 0;
    while i < first.2.len() {
        let shingle = first.2[i];
        let best = places.get(&shingle).filter(|_| !common.contains(&shingle)).and_then(|js| {
            js.iter()
                .map(|&j| {
                    let n = first.0.lower[i..].iter().zip(&second.0.lower[j..]).take_while(|(a, b)| a == b).count();
                    (n, j)
                })
                .max_by_key(|(n, j)| (*n, std::cmp::Reverse(*j)))
        });
        if let Some((n, j)) = best {
            runs.push((i, j, n));
            i += n;
        } else {
            i += 1;
        }
    }
    let mut merged: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (a, b, n) in runs {
        match merged.last_mut() {
            Some((_, a_end, _, b_end)) if a - *a_end <= GAP_WORDS && b >= *b_end && b - *b_end <= GAP_WORDS => {
                *a_end = a + n;
                *b_end = b + n;
            }
            _ => merged.push((a, a + n, b, b + n)),
        }
    }
    merged
        .into_iter()
        .filter(|(a, a_end, _, _)| a_end - a >= PASSAGE_WORDS)
        .map(|(a, a_end, b, b_end)| {
            let x = first.0.spans[a].join(first.0.spans[a_end - 1]);
            let y = second.0.spans[b].join(second.0.spans[b_end - 1]);
            SharedPassage {
                first: x,
                first_text: x.of(&first.1.text).to_owned(),
                second: y,
                second_text: y.of(&second.1.text).to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use homeroom_core::Language;

    use super::*;

    fn essay(text: &str) -> (SubmissionId, Document) {
        (SubmissionId::new(&text[..8]), Document::new(text, Language::ENGLISH))
    }

    const COPIED: &str = "My cousin lost two marks in the exam because his phone rang, and the teacher took it away for a week. \
        He was so ashamed that he never brought it to school again.";

    #[test]
    fn a_copied_passage_is_found_and_a_common_one_is_not() {
        let a = essay(&format!("Phones are everywhere today. {COPIED} I think rules are needed."));
        let b = essay(&format!(
            "Let me tell a story first. {} So we must be careful.",
            COPIED.replace("for a week", "for one week")
        ));
        let c =
            essay("Other pupils write about other things, of course, and nothing here is like the two above at all.");
        let list = [(&a.0, &a.1), (&b.0, &b.1), (&c.0, &c.1)];
        let found = shared_passages(&list, None);
        assert_eq!(found.len(), 1);
        assert!(found[0].passages[0].second_text.contains("for one week"));
        let prompt = Document::new(COPIED, Language::ENGLISH);
        assert!(shared_passages(&list, Some(&prompt)).is_empty());
    }

    #[test]
    fn nothing_is_shared_with_nothing() {
        assert!(shared_passages(&[], None).is_empty());
        let (id, empty) = (SubmissionId::new("x"), Document::new("", Language::ENGLISH));
        assert!(shared_passages(&[(&id, &empty), (&id, &empty)], None).is_empty());
    }
}
