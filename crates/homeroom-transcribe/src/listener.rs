//! A recording, block by block, to segments.

use homeroom_core::ability::{DetectSpeech, Heard, HeardEnd, SpeechStream, Transcribe};
use homeroom_core::{Language, Seconds, Waveform};

use crate::{Gate, Pauses, RATE, Segment, Segmenter, Simplifier, Stretch, TranscribeError, Word};

/// Who listens and how.
pub struct Abilities<'a> {
    /// Says where somebody speaks.
    pub speech: &'a dyn DetectSpeech,
    /// Writes down what is said.
    pub recogniser: &'a dyn Transcribe,
    /// The languages that may be spoken; each segment gets the likeliest of them.
    pub languages: Vec<Language>,
    /// When a stretch of speech ends.
    pub pauses: Pauses,
    /// When a text is not believed.
    pub gate: Gate,
    /// Simplified characters for Chinese.
    pub simplifier: Simplifier,
}

impl<'a> Abilities<'a> {
    /// With the thresholds of this crate.
    ///
    /// # Errors
    /// [`TranscribeError::Characters`].
    pub fn new(
        speech: &'a dyn DetectSpeech,
        recogniser: &'a dyn Transcribe,
        languages: Vec<Language>,
    ) -> Result<Abilities<'a>, TranscribeError> {
        Ok(Abilities {
            speech,
            recogniser,
            languages,
            pauses: Pauses::default(),
            gate: Gate::default(),
            simplifier: Simplifier::new()?,
        })
    }

    /// What is said in `samples`, which start at `start` in the recording; `None` where the gate does not believe it.
    pub(crate) fn hear(&self, samples: &[f32], start: usize) -> Result<Option<Segment>, TranscribeError> {
        let sound = Waveform { samples: samples.to_vec(), rate: RATE };
        let heard = self.recogniser.transcribe(&sound, &self.languages)?;
        if self.gate.silent(&heard).is_some() {
            return Ok(None);
        }
        Ok(Some(self.segment(heard, seconds(start), sound.duration())))
    }

    fn segment(&self, mut heard: Heard, start: Seconds, length: Seconds) -> Segment {
        if heard.language == Language::CHINESE {
            let mut texts: Vec<String> = heard.words.iter_mut().map(|w| std::mem::take(&mut w.text)).collect();
            self.simplifier.simplify_parts(&mut texts);
            heard.words.iter_mut().zip(texts).for_each(|(word, text)| word.text = text);
        }
        let text = heard.text();
        let shift = |time: Seconds| Seconds(start.0 + time.0);
        let language_probability =
            heard.languages.iter().find(|(language, _)| *language == heard.language).map_or(1.0, |(_, p)| *p);
        let words = heard.words.into_iter().map(|word| Word {
            text: word.text,
            spaced: word.spaced,
            start: shift(word.start),
            end: shift(word.end),
            probability: word.probability,
        });
        Segment {
            start,
            end: shift(length),
            language: heard.language,
            language_probability,
            no_speech: heard.no_speech,
            mean_log_probability: heard.mean_log_probability,
            cut_off: heard.end != HeardEnd::Complete,
            text,
            words: words.collect(),
        }
    }
}

pub(crate) fn seconds(samples: usize) -> Seconds {
    Seconds(samples as f64 / f64::from(RATE.0))
}

/// The sound that may still be needed, and where somebody speaks in it.
pub(crate) struct Ear<'a> {
    stream: Box<dyn SpeechStream + 'a>,
    pub(crate) segmenter: Segmenter,
    /// Sound from the sample `origin` on.
    kept: Vec<f32>,
    origin: usize,
}

impl<'a> Ear<'a> {
    pub(crate) fn new(abilities: &Abilities<'a>) -> Ear<'a> {
        let stream = abilities.speech.listen();
        let frame = (stream.frame().0 * f64::from(RATE.0)).round() as usize;
        let segmenter = Segmenter::new(abilities.pauses, frame, RATE.0);
        Ear { stream, segmenter, kept: Vec::new(), origin: 0 }
    }

    /// Samples that came in so far.
    pub(crate) fn heard(&self) -> usize {
        self.origin + self.kept.len()
    }

    /// The stretches that `samples` complete, each with its sound.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Result<Vec<(Stretch, Vec<f32>)>, TranscribeError> {
        self.kept.extend_from_slice(samples);
        let frames = self.stream.push(samples)?;
        let ended: Vec<Stretch> = frames.into_iter().filter_map(|p| self.segmenter.push(p)).collect();
        let out = ended.into_iter().map(|stretch| (stretch, self.sound(stretch))).collect();
        self.forget();
        Ok(out)
    }

    /// The stretch that was open when the recording ended.
    pub(crate) fn finish(&mut self) -> Option<(Stretch, Vec<f32>)> {
        let stretch = self.segmenter.finish()?;
        let stretch = Stretch { end: stretch.end.min(self.heard()), ..stretch };
        Some((stretch, self.sound(stretch)))
    }

    /// The sound of a stretch.
    pub(crate) fn sound(&self, stretch: Stretch) -> Vec<f32> {
        let index = |sample: usize| sample.saturating_sub(self.origin).min(self.kept.len());
        self.kept[index(stretch.start)..index(stretch.end)].to_vec()
    }

    /// Drops what no stretch can need.
    fn forget(&mut self) {
        let done = self.segmenter.needed_from().saturating_sub(self.origin).min(self.kept.len());
        self.kept.drain(..done);
        self.origin += done;
    }
}

/// Writes down a recording that comes in block by block. Holds no more of it than the segment that is open.
pub struct Listener<'a> {
    abilities: &'a Abilities<'a>,
    ear: Ear<'a>,
}

impl<'a> Listener<'a> {
    /// Before the first sample.
    #[must_use]
    pub fn new(abilities: &'a Abilities<'a>) -> Listener<'a> {
        Listener { abilities, ear: Ear::new(abilities) }
    }

    /// Takes more sound, at [`RATE`], and gives the segments that it completes.
    ///
    /// # Errors
    /// [`TranscribeError::Ability`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Segment>, TranscribeError> {
        let ended = self.ear.push(samples)?;
        self.hear(ended)
    }

    /// Ends the recording and gives what was left of it.
    ///
    /// # Errors
    /// [`TranscribeError::Ability`].
    pub fn finish(&mut self) -> Result<Vec<Segment>, TranscribeError> {
        let ended = self.ear.finish();
        self.hear(ended.into_iter().collect())
    }

    /// How much has come in.
    #[must_use]
    pub fn heard(&self) -> Seconds {
        seconds(self.ear.heard())
    }

    fn hear(&self, ended: Vec<(Stretch, Vec<f32>)>) -> Result<Vec<Segment>, TranscribeError> {
        let heard = ended.into_iter().map(|(stretch, sound)| self.abilities.hear(&sound, stretch.start));
        heard.filter_map(Result::transpose).collect()
    }
}
