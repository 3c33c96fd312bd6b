//! A recording and its text in, scores out.

use std::ops::Range;

use homeroom_core::ability::{EncodeSpeech, SpeechStates};
use homeroom_core::{Hz, Seconds, Waveform};
use ndarray::{Array2, Axis};
use serde::Serialize;

use crate::HearingError;
use crate::acoustic::{FREE, lay, log_posteriors};
use crate::align::{Alignment, End, Variants};
use crate::corpus::Aspect;
use crate::encode::{Growing, encode};
use crate::features::{LONG_PAUSE, from_rows, phone_features, quantile};
use crate::model::Heads;
use crate::phone::{CLASSES, Phone};
use crate::pitch::{HOP, RATE, contour, levels};
use crate::pronunciation::Dictionary;
use crate::quality::{Fault, Quality};
use crate::score::{Heard, ReadingScorer, WordScorer, networks};

/// A word whose accuracy is at most this was mispronounced: 0 to 10, as the experts' scale has it.
pub const MISPRONOUNCED: f32 = 6.0;

/// A word of the text that was to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct TextWord {
    /// As it stands in the text.
    pub text: String,
    /// The ways it may be said.
    pub variants: Vec<Vec<Phone>>,
    /// Whether it is certain that this word was to be said: one that a recogniser guessed is not scored.
    pub certain: bool,
}

/// A phone of the text, as it was said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhoneReport {
    /// ARPAbet.
    pub arpabet: &'static str,
    /// IPA.
    pub ipa: &'static str,
    /// From when.
    pub start: Seconds,
    /// To when.
    pub end: Seconds,
    /// How well it was said, 0 to 2; `None` where it cannot be told.
    pub score: Option<f32>,
    /// Whether it was said so badly that the learner should know: of well-said phones at most 1 in 20 is flagged.
    pub flagged: bool,
    /// What was heard in its place, ARPAbet and IPA, where that is clear enough to name.
    pub heard_instead: Option<(&'static str, &'static str)>,
}

/// What became of a word of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was said well enough.
    Said,
    /// It was said, but not well.
    Mispronounced,
    /// It was left out.
    Omitted,
    /// It cannot be told.
    Unscored,
}

/// A word of the text, as it was said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordReport {
    /// As it stands in the text.
    pub text: String,
    /// What became of it.
    pub verdict: Verdict,
    /// From when; `None` where it was left out.
    pub start: Option<Seconds>,
    /// To when.
    pub end: Option<Seconds>,
    /// Accuracy, 0 to 10; `None` where it cannot be told.
    pub accuracy: Option<f32>,
    /// Stress, 0 to 10; `None` for a word without two vowels, whose stress says nothing.
    pub stress: Option<f32>,
    /// Total, 0 to 10.
    pub total: Option<f32>,
    /// Its phones.
    pub phones: Vec<PhoneReport>,
}

/// A stretch of sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stretch {
    /// Words of the text before it.
    pub after_words: usize,
    /// From when.
    pub start: Seconds,
    /// To when.
    pub end: Seconds,
}

/// A scored reading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadingReport {
    /// The words of the text, in order.
    pub words: Vec<WordReport>,
    /// What was said and is not in the text.
    pub inserted: Vec<Stretch>,
    /// What was said and then said again.
    pub repeated: Vec<Stretch>,
    /// Silences of 0.3 s and more between words.
    pub pauses: Vec<Stretch>,
    /// Accuracy, fluency, prosody, completeness, total, each 0 to 10.
    pub scores: Scores,
    /// Words a minute, from the first word's start to the last one's end.
    pub words_per_minute: f32,
    /// Pitch in Hz every 20 ms, `None` where there is no voice.
    pub pitch: Vec<Option<f32>>,
    /// What the recording is like.
    pub quality: Quality,
}

impl ReadingReport {
    /// Whether so many phones are clearly others than the text's that it is not this text.
    fn is_of_another_text(&self) -> bool {
        /// Phones below which a badly read word looks the same.
        const ENOUGH: usize = 10;
        /// Shares of the phones that are badly said, and of those clearly others. Of the 25 worst readings of the training half one
        /// has .56 others, which the experts gave 0 of 10, and the rest stay below .5; of other texts and of speech played
        /// backwards most lie above, and nearly all their phones are bad.
        const BAD: f32 = 0.95;
        const OTHERS: f32 = 0.5;
        let phones: Vec<&PhoneReport> = self.words.iter().flat_map(|w| &w.phones).collect();
        let share = |of: &dyn Fn(&PhoneReport) -> bool| {
            phones.iter().filter(|p| of(p)).count() as f32 / phones.len().max(1) as f32
        };
        phones.len() >= ENOUGH && share(&|p| p.flagged) >= BAD && share(&|p| p.heard_instead.is_some()) > OTHERS
    }
}

/// Scores of a whole reading, 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// How well its sounds were made.
    pub accuracy: f32,
    /// Pace, pauses, hesitation.
    pub fluency: f32,
    /// Rhythm, stress, intonation.
    pub prosody: f32,
    /// How much of the text was said.
    pub completeness: f32,
    /// The whole impression.
    pub total: f32,
}

/// The bare scores of a reading, as the experts' scale has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// For each phone of the text, 0 to 2.
    pub phones: Vec<f32>,
    /// For each phone, the likeliest other one (ARPAbet) with its probability.
    pub instead: Vec<Option<(&'static str, f32)>>,
    /// For each word accuracy, stress and total, 0 to 10.
    pub words: Vec<[f32; 3]>,
    /// In the order of [`Aspect::ALL`], 0 to 10.
    pub reading: [f32; 5],
}

/// A reading with its scores, or why it has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It could be scored.
    Scored(Box<ReadingReport>),
    /// It could not: the fault of the recording, and what is known of it.
    Unscored(Fault, Quality),
}

/// Hears readings.
pub struct Hearing<'a> {
    heads: &'a Heads,
    ear: &'a dyn EncodeSpeech,
}

impl<'a> Hearing<'a> {
    /// With the shipped or other heads, and the encoder that they were trained on.
    #[must_use]
    pub fn new(heads: &'a Heads, ear: &'a dyn EncodeSpeech) -> Hearing<'a> {
        Hearing { heads, ear }
    }

    /// Scores `sound` (16 kHz) as a reading of `words`.
    ///
    /// # Errors
    /// [`HearingError`] where the encoder fails or is another one. A recording that cannot be scored is no error.
    pub fn listen(&self, sound: &Waveform, words: &[TextWord]) -> Result<Outcome, HearingError> {
        self.outcome(sound, words, || encode(self.ear, sound))
    }

    /// As [`Hearing::listen`]; `states` gives the encoder's states of `sound`, where it is fit to be judged.
    fn outcome(
        &self,
        sound: &Waveform,
        words: &[TextWord],
        states: impl FnOnce() -> Result<SpeechStates, HearingError>,
    ) -> Result<Outcome, HearingError> {
        let quality = Quality::of(sound);
        let fault = quality.fault().or(words.is_empty().then_some(Fault::NoText));
        if let Some(fault) = fault {
            return Ok(Outcome::Unscored(fault, quality));
        }
        let Some((heard, alignment, like)) = self.lay(sound, words, states()?)? else {
            return Ok(Outcome::Unscored(Fault::TooShort, quality));
        };
        if let Some(fault) = wrong_text(&alignment, like) {
            return Ok(Outcome::Unscored(fault, quality));
        }
        let report = self.report(&heard, &alignment, words, quality);
        if report.is_of_another_text() {
            return Ok(Outcome::Unscored(Fault::OtherText, quality));
        }
        Ok(Outcome::Scored(Box::new(report)))
    }

    /// The scores alone, whatever the recording is like: for measuring. `None` where the text does not fit into it.
    ///
    /// # Errors
    /// As [`Hearing::listen`].
    pub fn judge(&self, sound: &Waveform, words: &[TextWord]) -> Result<Option<Judged>, HearingError> {
        let Some((heard, ..)) = self.lay(sound, words, encode(self.ear, sound)?)? else { return Ok(None) };
        let (phones, words, reading) = self.scores(&heard);
        let instead = (0..phones.len()).map(|i| self.instead(&heard, i).map(|(phone, p)| (phone.arpabet(), p)));
        Ok(Some(Judged {
            instead: instead.collect(),
            phones,
            words: words.rows().into_iter().map(|row| [row[0], row[1], row[2]]).collect(),
            reading,
        }))
    }

    /// The recording along its text, the path, and the mean probability of the text's phones in their frames.
    fn lay(
        &self,
        sound: &Waveform,
        words: &[TextWord],
        states: SpeechStates,
    ) -> Result<Option<(Heard, Alignment, f32)>, HearingError> {
        let states = self.project(states)?;
        let variants: Vec<Variants> = words.iter().map(|w| w.variants.clone()).collect();
        let letters: Vec<usize> = words.iter().map(|w| w.text.chars().count()).collect();
        let acoustic = &self.heads.acoustic;
        if states.nrows() == 0 {
            return Ok(None);
        }
        let posteriors = log_posteriors(&acoustic.frames, states.view());
        let Some((laid, alignment)) =
            lay(&posteriors, &acoustic.frames.log_prior, &variants, &letters, &FREE, End::Text)
        else {
            return Ok(None);
        };
        let contour = contour(&sound.samples);
        let features = phone_features(&laid, posteriors.view(), states.view(), &contour, &acoustic.durations);
        let segment = acoustic.segments.log_probabilities(features.pooled.view());
        let (mut sum, mut n) = (0.0, 0);
        for (range, phone) in laid.frames.iter().zip(&laid.phones) {
            n += range.len();
            sum += range.clone().map(|frame| posteriors[[frame, phone.index()]].exp()).sum::<f32>();
        }
        let heard = Heard::new(laid, features, segment, contour, states.view());
        Ok(Some((heard, alignment, sum / n.max(1) as f32)))
    }

    /// The scores of one reading as the experts' scale has them: phones, words, the whole.
    fn scores(&self, heard: &Heard) -> (Vec<f32>, Array2<f32>, [f32; 5]) {
        let nets = networks(&self.heads.nets, heard);
        let phones = self.heads.phones.score(heard, &nets);
        let words = self.heads.words.score(WordScorer::rows(heard, &phones, &nets).view(), &nets);
        let row = from_rows(&[ReadingScorer::row(heard, &phones, words.view(), &nets)]);
        let whole = heard.whole.clone().insert_axis(Axis(0));
        let members = self.heads.readings.members(row.view(), whole.view(), &[nets.reading]);
        let mixed = members.iter().zip(&self.heads.blends).map(|(m, blend)| blend.mix(&m.row(0).to_vec()));
        let mixed: Vec<f32> = mixed.map(|s| s.clamp(0.0, 10.0)).collect();
        (phones, words, std::array::from_fn(|i| mixed[i]))
    }

    /// The likeliest phone other than the text's, and its probability among all.
    fn instead(&self, heard: &Heard, i: usize) -> Option<(Phone, f32)> {
        if heard.laid.frames[i].is_empty() {
            return None;
        }
        let own = heard.laid.phones[i].index() - 1;
        let row = heard.segment.row(i);
        let other = (0..CLASSES - 1).filter(|c| *c != own).max_by(|a, b| row[*a].total_cmp(&row[*b]))?;
        Some((Phone::of_class(other + 1)?, row[other].exp()))
    }

    fn phone_report(&self, heard: &Heard, i: usize, score: f32) -> PhoneReport {
        let phone = heard.laid.phones[i];
        let frames = &heard.laid.frames[i];
        let flagged = score < self.heads.flag_below && !frames.is_empty();
        let clear = self.instead(heard, i).filter(|(_, p)| flagged && *p >= self.heads.instead_from);
        PhoneReport {
            arpabet: phone.arpabet(),
            ipa: phone.ipa(),
            start: seconds(frames.start),
            end: seconds(frames.end),
            score: (!frames.is_empty()).then_some(score),
            flagged,
            heard_instead: clear.map(|(p, _)| (p.arpabet(), p.ipa())),
        }
    }

    fn report(&self, heard: &Heard, alignment: &Alignment, words: &[TextWord], quality: Quality) -> ReadingReport {
        let (phones, word_scores, whole) = self.scores(heard);
        let laid = &heard.laid;
        let mut reports = Vec::with_capacity(words.len());
        let mut pauses = Vec::new();
        let mut last_end = None;
        for (w, range) in laid.phones_of_words().into_iter().enumerate() {
            let said: Vec<&Range<usize>> = laid.frames[range.clone()].iter().filter(|f| !f.is_empty()).collect();
            let omitted = said.is_empty();
            let (start, end) = (said.first().map(|f| f.start), said.last().map(|f| f.end));
            if let (Some(before), Some(start)) = (last_end, start)
                && start > before + LONG_PAUSE
            {
                pauses.push(stretch(w, &(before..start)));
            }
            last_end = end.or(last_end);
            let (certain, known) = (words[w].certain, words[w].certain && !omitted);
            let vowels = range.clone().filter(|i| laid.phones[*i].is_vowel()).count();
            let phones: Vec<PhoneReport> =
                if known { range.map(|i| self.phone_report(heard, i, phones[i])).collect() } else { Vec::new() };
            // Where most phones are heard as others, another word was said. The corpus, in which nearly every word was said,
            // has taught the scorers nothing about that.
            let others = phones.iter().filter(|p| p.heard_instead.is_some()).count();
            let most = match 2 * others > phones.len() {
                _ if omitted => 0.0,
                true => MISPRONOUNCED,
                false => f32::INFINITY,
            };
            let accuracy = word_scores[[w, 0]].min(most);
            reports.push(WordReport {
                text: words[w].text.clone(),
                verdict: match accuracy {
                    _ if !certain => Verdict::Unscored,
                    _ if omitted => Verdict::Omitted,
                    low if low <= MISPRONOUNCED => Verdict::Mispronounced,
                    _ => Verdict::Said,
                },
                start: start.map(seconds),
                end: end.map(seconds),
                accuracy: certain.then_some(accuracy),
                stress: (vowels > 1 && known).then(|| word_scores[[w, 1]]),
                total: certain.then(|| word_scores[[w, 2]].min(most)),
                phones,
            });
        }
        let first = laid.frames.iter().find(|f| !f.is_empty()).map_or(0, |f| f.start);
        let last = laid.frames.iter().rev().find(|f| !f.is_empty()).map_or(0, |f| f.end);
        let said = reports.iter().filter(|w| w.verdict != Verdict::Omitted).count();
        let get = |aspect: Aspect| whole[Aspect::ALL.iter().position(|a| *a == aspect).unwrap_or(0)];
        ReadingReport {
            words: reports,
            inserted: alignment.fillers.iter().map(|(after, range)| stretch(*after, range)).collect(),
            repeated: alignment.repeated.iter().map(|(word, range)| stretch(*word, range)).collect(),
            pauses,
            scores: Scores {
                accuracy: get(Aspect::Accuracy),
                fluency: get(Aspect::Fluency),
                prosody: get(Aspect::Prosody),
                completeness: get(Aspect::Completeness),
                total: get(Aspect::Total),
            },
            words_per_minute: said as f32 * 60.0
                / (last.saturating_sub(first).max(1) as f32 * HOP as f32 / RATE as f32),
            pitch: heard.contour.pitch.clone(),
            quality,
        }
    }

    /// Projected states, frames × outputs.
    fn project(&self, states: SpeechStates) -> Result<Array2<f32>, HearingError> {
        let projection = &self.heads.acoustic.projection;
        if states.width != projection.inputs() && !states.values.is_empty() {
            return Err(HearingError::Encoder { given: states.width, expected: projection.inputs() });
        }
        let rows = Array2::from_shape_vec((states.frames(), projection.inputs()), states.values)
            .expect("invariant: width numbers a frame");
        Ok(projection.apply(rows.view()))
    }
}

/// How far a reading is that goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoFar {
    /// Words of the text that have been said, or are being said.
    pub words: usize,
    /// For each of them, the mean probability of its phones, 0 to 1; `None` for one that was left out. Scores come at the end.
    pub clarity: Vec<Option<f32>>,
    /// The turn is over: the text has been read and there is silence, or there is a long silence.
    pub ended: bool,
}

/// Sound between two looks at a reading that goes on, in samples: 0.4 s; and at least this share of what is there, since a look
/// at a long one costs more.
const LOOK: usize = 6_400;
const LOOK_SHARE: usize = 20;

/// Silence after the last word of the text that ends a turn, and silence anywhere, in frames of 20 ms: 0.6 s and 4 s.
/// A learner who searches for a word is silent for a second or two.
const END_SILENCE: usize = 30;
const LONG_SILENCE: usize = 200;

/// Loudness that counts as silence: so many dB below the loud parts.
const SILENCE_BELOW: f32 = 25.0;

/// A reading that is heard while it goes on.
pub struct Listening<'h, 'w> {
    hearing: &'h Hearing<'h>,
    words: &'w [TextWord],
    samples: Vec<f32>,
    growing: Growing,
    looked: usize,
    last: SoFar,
}

impl Hearing<'_> {
    /// Begins to listen to a reading of `words`.
    #[must_use]
    pub fn begin<'w>(&self, words: &'w [TextWord]) -> Listening<'_, 'w> {
        let last = SoFar { words: 0, clarity: Vec::new(), ended: false };
        Listening { hearing: self, words, samples: Vec::new(), growing: Growing::default(), looked: 0, last }
    }
}

impl Listening<'_, '_> {
    /// Takes more sound at 16 kHz, any number of samples; says how far the reading is.
    ///
    /// # Errors
    /// [`HearingError`] where the encoder fails.
    pub fn push(&mut self, samples: &[f32]) -> Result<&SoFar, HearingError> {
        self.samples.extend_from_slice(samples);
        if self.samples.len() >= self.looked + LOOK.max(self.looked / LOOK_SHARE) {
            self.looked = self.samples.len();
            self.look()?;
        }
        Ok(&self.last)
    }

    fn look(&mut self) -> Result<(), HearingError> {
        let states = self.growing.hear(self.hearing.ear, &self.samples)?;
        let states = self.hearing.project(states)?;
        let acoustic = &self.hearing.heads.acoustic;
        let posteriors = log_posteriors(&acoustic.frames, states.view());
        let variants: Vec<Variants> = self.words.iter().map(|w| w.variants.clone()).collect();
        let letters = vec![0; self.words.len()];
        let prior = &acoustic.frames.log_prior;
        let Some((laid, _)) = lay(&posteriors, prior, &variants, &letters, &FREE, End::Anywhere) else { return Ok(()) };
        let ranges = laid.phones_of_words();
        let said = |range: &Range<usize>| range.clone().any(|i| !laid.frames[i].is_empty());
        let words = ranges.iter().rposition(said).map_or(0, |w| w + 1);
        let clarity = |range: &Range<usize>| {
            let frames = range.clone().flat_map(|i| laid.frames[i].clone().map(move |t| (i, t)));
            let likely: Vec<f32> = frames.map(|(i, t)| posteriors[[t, laid.phones[i].index()]].exp()).collect();
            (!likely.is_empty()).then(|| crate::features::average(&likely))
        };
        let loudness = levels(&self.samples);
        let loud = quantile(&loudness, 0.9);
        let silent = loudness.iter().rev().take_while(|l| **l < loud - SILENCE_BELOW).count();
        let whole = words == self.words.len();
        let begun = words > 0;
        let ended = begun && (whole && silent >= END_SILENCE || silent >= LONG_SILENCE);
        self.last = SoFar { words, clarity: ranges[..words].iter().map(clarity).collect(), ended };
        Ok(())
    }

    /// The end of the recording: its scores, the same as [`Hearing::listen`] gives of the whole.
    ///
    /// # Errors
    /// [`HearingError`] where the encoder fails.
    pub fn finish(mut self) -> Result<Outcome, HearingError> {
        let sound = Waveform { samples: std::mem::take(&mut self.samples), rate: Hz(RATE as u32) };
        let (hearing, growing) = (self.hearing, &mut self.growing);
        hearing.outcome(&sound, self.words, || growing.hear(hearing.ear, &sound.samples))
    }
}

/// The words of a text, with the ways they may be said.
///
/// `spoken`: what each is in words ("nine thirty" for "9:30"); `guess`: the phones of a word that no dictionary has.
///
/// # Errors
/// [`HearingError::Pronunciation`] where a word has none.
pub fn text_words(
    words: &[String],
    dictionary: &Dictionary,
    guess: &dyn Fn(&str) -> Option<Vec<Phone>>,
) -> Result<Vec<TextWord>, HearingError> {
    let sounds = |word: &&String| word.chars().any(char::is_alphanumeric);
    words
        .iter()
        .filter(sounds)
        .map(|word| Ok(TextWord { text: word.clone(), variants: dictionary.variants(word, guess)?, certain: true }))
        .collect()
}

/// Whether what was said is another text or no English at all. `like`: the mean probability of the text's phones.
fn wrong_text(alignment: &Alignment, like: f32) -> Option<Fault> {
    /// Share of the words left out from which a reading is one of another text.
    const LEFT_OUT: f32 = 0.6;
    /// Mean probability of the text's phones below which nothing of it was said.
    const UNLIKE: f32 = 0.18;
    let left_out = alignment.words.iter().filter(|w| w.phones.is_empty()).count() as f32;
    (left_out / alignment.words.len() as f32 > LEFT_OUT || like < UNLIKE).then_some(Fault::OtherText)
}

fn stretch(after_words: usize, range: &Range<usize>) -> Stretch {
    Stretch { after_words, start: seconds(range.start), end: seconds(range.end) }
}

fn seconds(frame: usize) -> Seconds {
    // Twentieths of a second are exact to the millisecond.
    Seconds((frame * HOP * 1_000 / RATE) as f64 / 1_000.0)
}
