//! What the scorers see: numbers about each phone, each word and the whole reading.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::dense::log_softmax;
use crate::phone::{CLASSES, Phone};
use crate::pitch::Contour;

/// Log-posteriors below this say nothing more.
const FLOOR: f32 = -12.0;

/// Frames a second.
pub(crate) const FRAMES_PER_SECOND: f32 = 50.0;

/// A pause of more than so many frames (100 ms) is one that a listener notices; of more than so many (300 ms), a long one.
pub(crate) const PAUSE: usize = 5;
pub(crate) const LONG_PAUSE: usize = 15;

/// A recording, laid along its text.
#[derive(Debug, Clone)]
pub(crate) struct Laid {
    /// Every phone of the text in order.
    pub(crate) phones: Vec<Phone>,
    /// The word of each phone, from 0.
    pub(crate) word: Vec<usize>,
    /// Its frames; empty where it was left out.
    pub(crate) frames: Vec<Range<usize>>,
    /// Words of the text.
    pub(crate) words: usize,
    /// Letters of each word.
    pub(crate) letters: Vec<usize>,
    /// Frames of sound that is not in the text, and of what was said again later.
    pub(crate) extra: usize,
    /// Stretches of either.
    pub(crate) extras: usize,
    /// Mean score of the path, in nats a frame.
    pub(crate) path_score: f32,
}

impl Laid {
    fn said(&self) -> impl DoubleEndedIterator<Item = &Range<usize>> {
        self.frames.iter().filter(|frames| !frames.is_empty())
    }

    /// The phones of each word.
    pub(crate) fn phones_of_words(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::with_capacity(self.words);
        let mut start = 0;
        for word in 0..self.words {
            let end = start + self.word[start..].iter().take_while(|w| **w == word).count();
            ranges.push(start..end);
            start = end;
        }
        ranges
    }
}

/// How long each phone is when it is said well: mean and deviation of the logarithm of its frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Durations(pub(crate) Vec<(f32, f32)>);

impl Durations {
    /// From phones with their numbers of frames; too rare ones get what is common.
    pub(crate) fn fit(phones: impl Iterator<Item = (Phone, usize)>) -> Durations {
        let mut logs: Vec<Vec<f32>> = vec![Vec::new(); CLASSES];
        phones.filter(|(_, n)| *n > 0).for_each(|(phone, n)| logs[phone.index()].push((n as f32).ln()));
        let statistic = |logs: Vec<f32>| {
            if logs.len() < 4 {
                return (1.5, 0.6);
            }
            (average(&logs), spread(&logs) + 0.1)
        };
        Durations(logs.into_iter().map(statistic).collect())
    }
}

/// Columns of [`PhoneFeatures::gop`].
pub(crate) const GOP: [&str; 35] = [
    "mean",
    "max",
    "min",
    "speech_mean",
    "ratio",
    "rank",
    "entropy",
    "silence",
    "share_best",
    "top",
    "near_max",
    "median",
    "log_duration",
    "relative_duration",
    "duration_z",
    "silence_before",
    "silence_after",
    "from_start",
    "from_end",
    "word_length",
    "place",
    "phones",
    "level",
    "relative_level",
    "best",
    "leak_before",
    "leak_after",
    "edge_before",
    "edge_after",
    "change",
    "vowel",
    "stress",
    "left_out",
    "voiced",
    "relative_pitch",
];

fn column(name: &str) -> usize {
    GOP.iter().position(|n| *n == name).expect("invariant: a column's name")
}

/// The numbers about each phone.
pub(crate) struct PhoneFeatures {
    /// Phones × [`GOP`]: goodness of pronunciation (Witt and Young 2000, and later forms), duration, place, loudness.
    pub(crate) gop: Array2<f32>,
    /// Phones × classes: log of the mean posterior.
    pub(crate) posteriors: Array2<f32>,
    /// Phones × (3 × states): states of the whole phone, of its first and of its second half.
    pub(crate) pooled: Array2<f32>,
}

/// `log_posteriors`: frames × classes. `states`: frames × projected states.
pub(crate) fn phone_features(
    laid: &Laid,
    log_posteriors: ArrayView2<'_, f32>,
    states: ArrayView2<'_, f32>,
    contour: &Contour,
    durations: &Durations,
) -> PhoneFeatures {
    let (n, n_frames, width) = (laid.phones.len(), states.nrows(), states.ncols());
    let mut gop = Array2::zeros((n, GOP.len()));
    let mut posteriors = Array2::from_elem((n, CLASSES), FLOOR);
    let mut pooled = Array2::zeros((n, 3 * width));
    // Among the phones alone, silence left out.
    let mut speech = log_posteriors.slice(s![.., 1..]).to_owned();
    log_softmax(&mut speech);
    let total: usize = laid.said().map(Range::len).sum();
    let count = laid.said().count().max(1);
    let mean_length = (total as f32 / count as f32).max(1.0);
    let level_of = |frames: &Range<usize>| {
        let levels = &contour.level[frames.start.min(contour.level.len())..frames.end.min(contour.level.len())];
        levels.iter().sum::<f32>() / levels.len().max(1) as f32
    };
    let level = laid.said().map(|f| level_of(f) * f.len() as f32).sum::<f32>() / total.max(1) as f32;
    let pitches: Vec<f32> = contour.pitch.iter().flatten().map(|p| p.log2()).collect();
    let pitch = median(&pitches);
    let ranges = laid.phones_of_words();
    for i in 0..n {
        let phone = laid.phones[i];
        let class = phone.index();
        let own = &laid.frames[i];
        let word = &ranges[laid.word[i]];
        let row = &mut gop.row_mut(i);
        let mut set = |name: &str, value: f32| row[column(name)] = value;
        set("from_start", (i - word.start) as f32);
        set("from_end", (word.end - 1 - i) as f32);
        set("word_length", word.len() as f32);
        set("place", i as f32 / n as f32);
        set("phones", n as f32);
        set("vowel", f32::from(u8::from(phone.is_vowel())));
        set("stress", if phone.is_vowel() { f32::from(phone.stress as u8) } else { -1.0 });
        if own.is_empty() {
            for name in ["mean", "max", "min", "speech_mean", "ratio", "near_max", "median"] {
                set(name, FLOOR);
            }
            set("rank", CLASSES as f32);
            set("duration_z", -3.0);
            set("left_out", 1.0);
            continue;
        }
        let log = log_posteriors.slice(s![own.clone(), ..]);
        let spoken = speech.slice(s![own.clone(), ..]);
        let length = own.len() as f32;
        let mine: Vec<f32> = log.column(class).to_vec();
        let mean = mine.iter().sum::<f32>() / length;
        let means = spoken.mean_axis(Axis(0)).expect("invariant: a phone that was said has frames");
        let other = means.iter().enumerate().filter(|(c, _)| *c != class - 1).map(|(_, v)| *v);
        let best_other = other.clone().fold(f32::NEG_INFINITY, f32::max);
        let probability = log.mapv(f32::exp).mean_axis(Axis(0)).expect("invariant: as above");
        let winner = argmax(probability.iter().copied());
        let near = own.start.saturating_sub(4)..(own.end + 4).min(n_frames);
        let (typical, deviation) = durations.0[class];
        set("mean", mean.max(FLOOR));
        set("max", mine.iter().copied().fold(FLOOR, f32::max));
        set("min", mine.iter().copied().fold(0.0, f32::min).max(FLOOR));
        set("speech_mean", means[class - 1].max(FLOOR));
        set("ratio", (means[class - 1] - best_other).max(FLOOR));
        set("rank", other.filter(|v| *v > means[class - 1]).count() as f32);
        set("entropy", -probability.iter().map(|p| p * (p + 1e-9).ln()).sum::<f32>());
        set("silence", probability[0]);
        let best = log.rows().into_iter().filter(|row| argmax(row.iter().copied()) == class).count();
        set("share_best", best as f32 / length);
        set("top", probability[winner]);
        set("near_max", log_posteriors.slice(s![near, class]).iter().copied().fold(FLOOR, f32::max));
        set("median", median(&mine).max(FLOOR));
        set("log_duration", length.ln());
        set("relative_duration", length / mean_length);
        set("duration_z", (length.ln() - typical) / deviation);
        let before = laid.frames[..i].iter().rev().find(|f| !f.is_empty()).map_or(0, |f| f.end);
        let after = laid.frames[i + 1..].iter().find(|f| !f.is_empty()).map_or(own.end, |f| f.start);
        set("silence_before", own.start.saturating_sub(before) as f32);
        set("silence_after", after.saturating_sub(own.end) as f32);
        set("level", level_of(own));
        set("relative_level", level_of(own) - level);
        set("best", f32::from(u8::from(winner == class)));
        let leak =
            |other: Option<&Phone>| other.map_or(0.0, |p| log.column(p.index()).iter().copied().fold(FLOOR, f32::max));
        set("leak_before", leak(i.checked_sub(1).map(|i| &laid.phones[i])));
        set("leak_after", leak(laid.phones.get(i + 1)));
        let step = |a: usize, b: usize| {
            let near = width.min(100);
            let difference = &states.slice(s![a, ..near]) - &states.slice(s![b, ..near]);
            difference.mapv(f32::abs).mean().unwrap_or(0.0)
        };
        set("edge_before", if own.start > 0 { step(own.start, own.start - 1) } else { 0.0 });
        set("edge_after", if own.end < n_frames { step(own.end - 1, own.end) } else { 0.0 });
        let inner: f32 = (own.start + 1..own.end).map(|t| step(t, t - 1)).sum();
        set("change", if own.len() > 1 { inner / (length - 1.0) } else { 0.0 });
        let voiced: Vec<f32> = own.clone().filter_map(|t| contour.pitch.get(t).copied().flatten()).collect();
        set("voiced", voiced.len() as f32 / length);
        let own_pitch = median(&voiced.iter().map(|p| p.log2()).collect::<Vec<_>>());
        set("relative_pitch", if voiced.is_empty() { 0.0 } else { own_pitch - pitch });
        posteriors.row_mut(i).assign(&probability.mapv(|p| (p + 1e-5).ln()));
        let half = (own.len() / 2).max(1);
        let parts = [own.clone(), own.start..own.start + half, own.end - half..own.end];
        for (part, frames) in parts.into_iter().enumerate() {
            let mean = states.slice(s![frames, ..]).mean_axis(Axis(0)).expect("invariant: a half has frames");
            pooled.slice_mut(s![i, part * width..(part + 1) * width]).assign(&mean);
        }
    }
    PhoneFeatures { gop, posteriors, pooled }
}

/// All that is known of each phone without its neighbours: [`GOP`], posteriors, what the classifier of whole phones says
/// (`segment`: phones × 39 log-probabilities), and three numbers of that.
pub(crate) fn phone_table(laid: &Laid, features: &PhoneFeatures, segment: &Array2<f32>) -> Array2<f32> {
    let own = Array2::from_shape_fn((laid.phones.len(), 3), |(i, j)| {
        let class = laid.phones[i].index() - 1;
        let row = segment.row(i);
        let others = row.iter().enumerate().filter(|(c, _)| *c != class).map(|(_, v)| *v);
        match j {
            0 => row[class].max(FLOOR),
            1 => (row[class] - others.fold(f32::NEG_INFINITY, f32::max)).max(FLOOR),
            _ => others.filter(|v| *v > row[class]).count() as f32,
        }
    });
    crate::trees::beside(&[
        features.gop.view(),
        features.posteriors.mapv(|v| v.max(-9.0)).view(),
        segment.mapv(|v| v.max(-9.0)).view(),
        own.view(),
    ])
}

/// Columns of [`phone_table`] that neighbours show each other.
fn shown() -> Vec<usize> {
    let segment = GOP.len() + CLASSES + CLASSES - 1;
    ["mean", "speech_mean", "ratio", "share_best", "near_max", "log_duration"]
        .into_iter()
        .map(column)
        .chain([segment, segment + 1])
        .collect()
}

/// [`phone_table`] with what stands around each phone: two neighbours on each side, its word, the whole reading; then `places`
/// (phones × any), where its states lie, and the phone itself.
pub(crate) fn phone_context(laid: &Laid, table: &Array2<f32>, places: &Array2<f32>) -> Array2<f32> {
    let n = laid.phones.len();
    let keys = table.select(Axis(1), &shown());
    let k = keys.ncols();
    let mut around = Array2::from_elem((n, 4 * (k + 2) + 6 * k + 2), f32::NAN);
    // Mean, least and spread of the columns over some phones.
    let over = |range: Range<usize>| {
        let part = keys.slice(s![range, ..]);
        let mean = part.mean_axis(Axis(0)).expect("invariant: a word has phones");
        let least = part.fold_axis(Axis(0), f32::INFINITY, |a, b| a.min(*b));
        [mean, least, part.std_axis(Axis(0), 0.0)]
    };
    let words: Vec<_> = laid.phones_of_words().into_iter().map(over).collect();
    let whole = over(0..n);
    for i in 0..n {
        let mut row = around.row_mut(i);
        let mut at = 0;
        for shift in [-2_isize, -1, 1, 2] {
            if let Some(j) = i.checked_add_signed(shift).filter(|j| *j < n) {
                row.slice_mut(s![at..at + k]).assign(&keys.row(j));
                row[at + k] = f32::from(laid.phones[j].class);
                row[at + k + 1] = f32::from(u8::from(laid.word[j] == laid.word[i]));
            }
            at += k + 2;
        }
        for numbers in words[laid.word[i]].iter().chain(&whole) {
            row.slice_mut(s![at..at + k]).assign(numbers);
            at += k;
        }
        row[at] = f32::from(laid.phones[i].class);
        row[at + 1] = laid.path_score;
    }
    crate::trees::beside(&[table.view(), around.view(), places.view()])
}

/// The numbers about each word: from the scores of its phones, and from what stands around it. `nets`: words × any, what
/// other scorers say.
pub(crate) fn word_features(
    laid: &Laid,
    gop: ArrayView2<'_, f32>,
    scores: &[f32],
    nets: ArrayView2<'_, f32>,
) -> Array2<f32> {
    let ranges = laid.phones_of_words();
    let get = |i: usize, name: &str| gop[[i, column(name)]];
    let mut rows: Vec<Vec<f32>> = Vec::with_capacity(laid.words);
    for (w, range) in ranges.iter().enumerate() {
        let own: Vec<f32> = range.clone().map(|i| scores[i]).collect();
        let n = own.len() as f32;
        let mean = |name: &str| range.clone().map(|i| get(i, name)).sum::<f32>() / n;
        let least = |name: &str| range.clone().map(|i| get(i, name)).fold(f32::INFINITY, f32::min);
        let most = |name: &str| range.clone().map(|i| get(i, name)).fold(f32::NEG_INFINITY, f32::max);
        let of = |vowel: bool| {
            let some: Vec<f32> =
                range.clone().filter(|i| laid.phones[*i].is_vowel() == vowel).map(|i| scores[i]).collect();
            some.iter().sum::<f32>() / some.len().max(1) as f32
        };
        // How the stressed vowel stands out from the others of its word.
        let vowels: Vec<usize> = range.clone().filter(|i| laid.phones[*i].is_vowel()).collect();
        let contrast = |name: &str| {
            let (mut strong, mut weak) = (Vec::new(), Vec::new());
            for i in &vowels {
                let side = if get(*i, "stress") == 1.0 { &mut strong } else { &mut weak };
                side.push(get(*i, name));
            }
            if strong.is_empty() || weak.is_empty() { f32::NAN } else { average(&strong) - average(&weak) }
        };
        let below = |limit: f32| own.iter().filter(|s| **s < limit).count() as f32 / n;
        let mut row = vec![
            average(&own),
            own.iter().copied().fold(f32::INFINITY, f32::min),
            own.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            own[0],
            own[own.len() - 1],
            of(true),
            of(false),
            own.iter().map(|s| (s.max(0.0) + 0.2).ln()).sum::<f32>() / n,
            below(1.6),
            below(1.0),
            own.iter().map(|s| 2.0 - s).sum(),
            n,
            mean("mean"),
            least("mean"),
            mean("ratio"),
            least("ratio"),
            mean("share_best"),
            least("near_max"),
            mean("duration_z"),
            least("duration_z"),
            most("duration_z"),
            mean("log_duration"),
            get(range.start, "silence_before"),
            get(range.end - 1, "silence_after"),
            mean("level"),
            mean("relative_level"),
            mean("entropy"),
            mean("silence"),
            mean("left_out"),
            most("stress"),
            mean("voiced"),
            mean("relative_pitch"),
            vowels.len() as f32,
            contrast("relative_level"),
            contrast("log_duration"),
            contrast("relative_pitch"),
            w as f32,
            (laid.words - w) as f32,
            laid.words as f32,
            laid.letters[w] as f32,
        ];
        row.extend(nets.row(w));
        rows.push(row);
    }
    // The word before and after, and the whole reading.
    const SHOWN: [usize; 6] = [0, 1, 10, 12, 13, 26];
    let table: Vec<[f32; SHOWN.len()]> = rows.iter().map(|row| SHOWN.map(|i| row[i])).collect();
    let whole: [_; SHOWN.len()] = std::array::from_fn(|i| {
        let all: Vec<f32> = table.iter().map(|t| t[i]).collect();
        [average(&all), spread(&all)]
    });
    for (w, row) in rows.iter_mut().enumerate() {
        for (i, whole) in whole.iter().enumerate() {
            row.extend(whole);
            let neighbour = |j: Option<usize>| j.and_then(|j| table.get(j)).map_or(f32::NAN, |t| t[i]);
            row.extend([neighbour(w.checked_sub(1)), neighbour(Some(w + 1))]);
        }
    }
    from_rows(&rows)
}

/// The numbers about a whole reading. `words`: words × (accuracy, stress, total). `nets`: what other scorers say.
pub(crate) fn reading_features(
    laid: &Laid,
    gop: ArrayView2<'_, f32>,
    scores: &[f32],
    words: ArrayView2<'_, f32>,
    contour: &Contour,
    n_frames: usize,
    nets: &[f32],
) -> Vec<f32> {
    let names = |name: &str| gop.column(column(name)).to_vec();
    let said: Vec<&Range<usize>> = laid.said().collect();
    let (first, last) = (said.first().map_or(0, |f| f.start), said.last().map_or(1, |f| f.end));
    let span = (last - first).max(1) as f32;
    let speech: usize = said.iter().map(|f| f.len()).sum();
    let ranges = laid.phones_of_words();
    let mut gaps = Vec::new();
    let mut end = None;
    for range in &ranges {
        let own: Vec<&Range<usize>> = laid.frames[range.clone()].iter().filter(|f| !f.is_empty()).collect();
        if let (Some(from), Some(to)) = (own.first(), own.last()) {
            if let Some(end) = end {
                gaps.push(from.start.saturating_sub(end) as f32);
            }
            end = Some(to.end);
        }
    }
    if gaps.is_empty() {
        gaps.push(0.0);
    }
    let share = |values: &[f32], test: &dyn Fn(f32) -> bool| {
        values.iter().filter(|v| test(**v)).count() as f32 / values.len().max(1) as f32
    };
    let (mean, duration_z, log_duration) = (names("mean"), names("duration_z"), names("log_duration"));
    let vowels = laid.phones.iter().filter(|p| p.is_vowel()).count() as f32;
    let accuracy: Vec<f32> = words.column(0).to_vec();
    let total: Vec<f32> = words.column(2).to_vec();
    let mut row = vec![average(scores), quantile(scores, 0.0), quantile(scores, 0.1), quantile(scores, 0.25)];
    row.extend([quantile(scores, 0.5), spread(scores), share(scores, &|v| v < 1.6), share(scores, &|v| v < 1.0)]);
    for column in words.columns() {
        let column = column.to_vec();
        row.extend([average(&column), quantile(&column, 0.0), quantile(&column, 0.2)]);
    }
    row.extend([spread(&accuracy), spread(&total), share(&accuracy, &|v| v < 4.0), share(&accuracy, &|v| v < 7.0)]);
    row.extend([average(&mean), quantile(&mean, 0.1), quantile(&mean, 0.25), quantile(&mean, 0.5)]);
    for name in ["ratio", "share_best", "entropy", "silence", "change", "left_out", "voiced"] {
        row.push(average(&names(name)));
    }
    let phones = laid.phones.len() as f32;
    row.extend([phones / span, phones / speech.max(1) as f32, vowels / span * FRAMES_PER_SECOND]);
    row.extend([span / FRAMES_PER_SECOND, n_frames as f32 / FRAMES_PER_SECOND, phones, laid.words as f32]);
    row.extend([gaps.iter().sum::<f32>() / span, quantile(&gaps, 1.0), average(&gaps)]);
    row.extend([share(&gaps, &|g| g > PAUSE as f32), share(&gaps, &|g| g > LONG_PAUSE as f32)]);
    row.push(gaps.iter().filter(|g| **g > LONG_PAUSE as f32).count() as f32);
    row.push(gaps.iter().map(|g| g.ln_1p()).sum::<f32>() / gaps.len() as f32);
    row.extend([average(&log_duration), spread(&log_duration), average(&duration_z), spread(&duration_z)]);
    row.push(duration_z.iter().map(|z| z.abs()).sum::<f32>() / phones);
    row.push(spread(&names("relative_level")));
    row.extend([first as f32 / FRAMES_PER_SECOND, laid.path_score]);
    row.extend([laid.extra as f32 / span, laid.extras as f32]);
    let left_out = ranges.iter().filter(|r| laid.frames[(*r).clone()].iter().all(Range::is_empty)).count() as f32;
    row.extend([left_out, left_out / laid.words as f32]);
    // Melody: how far and how often the voice moves, in octaves, and where it ends.
    let pitch: Vec<f32> = contour.pitch.iter().take(last).skip(first).flatten().map(|p| p.log2()).collect();
    let steps: Vec<f32> = contour
        .pitch
        .windows(2)
        .filter_map(|pair| Some((pair[1]?.log2() - pair[0]?.log2()).abs()))
        .filter(|step| *step < 0.5)
        .collect();
    row.extend([spread(&pitch), quantile(&pitch, 0.95) - quantile(&pitch, 0.05), average(&steps), spread(&steps)]);
    let tail = &pitch[pitch.len() - pitch.len() / 5..];
    row.push(if tail.is_empty() { 0.0 } else { average(tail) - average(&pitch) });
    row.push(pitch.len() as f32 / span);
    // Rhythm: how unlike neighbouring vowels are in length (normalised pairwise variability index, Grabe and Low 2002).
    let lengths: Vec<f32> = (0..laid.phones.len())
        .filter(|i| laid.phones[*i].is_vowel() && !laid.frames[*i].is_empty())
        .map(|i| laid.frames[i].len() as f32)
        .collect();
    let pairs: Vec<f32> = lengths.windows(2).map(|l| 2.0 * (l[0] - l[1]).abs() / (l[0] + l[1])).collect();
    row.push(average(&pairs));
    row.extend(nets);
    row
}

pub(crate) fn from_rows(rows: &[Vec<f32>]) -> Array2<f32> {
    let width = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), width), rows.iter().flatten().copied().collect())
        .expect("invariant: rows of one length")
}

/// Mean and deviation of the states over the frames of speech, side by side: how somebody sounds at large.
pub(crate) fn whole_states(states: ArrayView2<'_, f32>, laid: &Laid) -> Array1<f32> {
    let first = laid.said().next().map_or(0, |f| f.start);
    let last = laid.said().next_back().map_or(states.nrows(), |f| f.end).max(first + 1);
    let part = states.slice(s![first..last.min(states.nrows()), ..]);
    let mean = part.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(states.ncols()));
    ndarray::concatenate(Axis(0), &[mean.view(), part.std_axis(Axis(0), 0.0).view()])
        .expect("invariant: two vectors make one")
}

pub(crate) fn average(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

pub(crate) fn spread(values: &[f32]) -> f32 {
    let mean = average(values);
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len().max(1) as f32).sqrt()
}

pub(crate) fn median(values: &[f32]) -> f32 {
    quantile(values, 0.5)
}

/// The value that a share of the others lies below; 0 of nothing.
pub(crate) fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let at = share * sorted.len().saturating_sub(1) as f32;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(a), Some(b)) => a + (b - a) * (at - low as f32),
        _ => 0.0,
    }
}

fn argmax(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().fold((0, f32::NEG_INFINITY), |best, (i, v)| if v > best.1 { (i, v) } else { best }).0
}
