use homeroom_lexicon::{Lexicon, WordId};

use crate::sound::{hash, sound_key};

/// Zipf frequency from which a word is offered at all: about one in thirty thousand million words is never meant.
const OFFERED_ZIPF: f32 = 1.5;
/// Zipf frequency from which a name is offered.
const OFFERED_NAME_ZIPF: f32 = 3.5;
/// Zipf frequency from which a word is offered for its sound alone.
const SOUND_ZIPF: f32 = 2.5;
/// Longest word that is compared, in letters.
pub(crate) const LONGEST: usize = 30;
/// Stands for a distance beyond every limit.
const OUT_OF_REACH: u8 = 100;
/// Marks a node at which no word ends.
const NO_WORD: u32 = u32::MAX;

/// The words that can be offered: a prefix tree in preorder, and the words by their sound.
#[derive(Debug)]
pub(crate) struct Index {
    letters: Vec<u8>,
    depths: Vec<u8>,
    /// Index of the first node behind the subtree.
    behind: Vec<u32>,
    words: Vec<u32>,
    /// (hash of the sound key, word), sorted.
    sounds: Vec<(u32, u32)>,
}

impl Index {
    pub(crate) fn new(lexicon: &Lexicon) -> Index {
        let mut index = Index {
            letters: Vec::new(),
            depths: Vec::new(),
            behind: Vec::new(),
            words: Vec::new(),
            sounds: Vec::new(),
        };
        // Nodes of the path to the word before, by depth.
        let mut path: Vec<u32> = Vec::new();
        let mut previous: Vec<u8> = Vec::new();
        let mut key = Vec::new();
        lexicon.for_each(|id, word| {
            let bytes = word.as_bytes();
            let zipf = lexicon.zipf_of(id);
            let contraction = zipf == 0.0 && word.contains('\'') && !word.starts_with('\'');
            let offered =
                if lexicon.is_word(id) { zipf >= OFFERED_ZIPF || contraction } else { zipf >= OFFERED_NAME_ZIPF };
            if !offered || bytes.len() > LONGEST || word.contains(['.', '-']) {
                return;
            }
            let shared = bytes.iter().zip(&previous).take_while(|(a, b)| a == b).count();
            index.close(&mut path, shared);
            for (depth, &letter) in bytes.iter().enumerate().skip(shared) {
                path.push(index.letters.len() as u32);
                index.letters.push(letter);
                index.depths.push(depth as u8);
                index.behind.push(0);
                index.words.push(NO_WORD);
            }
            if let Some(&last) = path.last() {
                index.words[last as usize] = id.0;
            }
            previous.clear();
            previous.extend_from_slice(bytes);
            if zipf >= SOUND_ZIPF {
                sound_key(bytes, &mut key);
                index.sounds.push((hash(&key), id.0));
            }
        });
        index.close(&mut path, 0);
        index.sounds.sort_unstable();
        index
    }

    fn close(&mut self, path: &mut Vec<u32>, keep: usize) {
        let end = self.letters.len() as u32;
        for node in path.drain(keep.min(path.len())..) {
            self.behind[node as usize] = end;
        }
    }

    /// Words whose optimal string alignment distance to `word` is at most `limit`.
    pub(crate) fn within(&self, word: &[u8], limit: u8, mut found: impl FnMut(WordId, u8)) {
        let m = word.len();
        if m > LONGEST {
            return;
        }
        // One row per depth; row 0 stands before the first letter.
        let mut rows = [[0_u8; LONGEST + 1]; LONGEST + 1];
        for (j, cell) in rows[0].iter_mut().enumerate() {
            *cell = j as u8;
        }
        let mut path = [0_u8; LONGEST];
        let mut i = 0;
        while i < self.letters.len() {
            let depth = self.depths[i] as usize;
            let letter = self.letters[i];
            path[depth] = letter;
            let (before, rest) = rows.split_at_mut(depth + 1);
            let (above, row) = (&before[depth], &mut rest[0]);
            // Only the cells near the diagonal can stay within the limit.
            let r = depth + 1;
            let (low, high) = (r.saturating_sub(limit as usize).max(1), (r + limit as usize).min(m));
            row[low - 1] = if low == 1 { r as u8 } else { OUT_OF_REACH };
            let mut least = row[low - 1];
            for j in low..=high {
                let mut cost = (above[j - 1] + u8::from(word[j - 1] != letter)).min(above[j] + 1).min(row[j - 1] + 1);
                if depth > 0 && j > 1 && word[j - 1] == path[depth - 1] && word[j - 2] == letter {
                    cost = cost.min(before[depth - 1][j - 2] + 1);
                }
                row[j] = cost;
                least = least.min(cost);
            }
            if high < m {
                row[high + 1] = OUT_OF_REACH;
            }
            if least > limit {
                i = self.behind[i] as usize;
                continue;
            }
            if self.words[i] != NO_WORD && high == m && row[m] <= limit {
                found(WordId(self.words[i]), row[m]);
            }
            i += 1;
        }
    }

    /// Words that share the sound key of `word`.
    pub(crate) fn sounding(&self, word: &[u8]) -> impl Iterator<Item = WordId> + '_ {
        let mut key = Vec::new();
        sound_key(word, &mut key);
        let wanted = hash(&key);
        let start = self.sounds.partition_point(|&(h, _)| h < wanted);
        self.sounds[start..].iter().take_while(move |&&(h, _)| h == wanted).map(|&(_, id)| WordId(id))
    }
}
