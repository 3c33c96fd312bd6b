//! Text to sound, sentence by sentence.

use std::collections::VecDeque;
use std::sync::Arc;

use homeroom_core::ability::Speak;
use homeroom_core::{Hz, Seconds, Span, Waveform};

use crate::mandarin::{OtherVoice, Part, parts};
use crate::pronounce::{FrontEnd, Phones};
use crate::sentences::stretches;
use crate::timing::{self, WordTime};
use crate::{SPEEDS, VoiceError};

/// Symbols of the first stretch (about five seconds): a longer sentence begins with a clause of its own, so that the
/// first sound is there in well under 150 ms.
const FIRST_STRETCH: usize = 90;

/// How a [`Piece`] came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Spoken by the voice.
    English,
    /// Chinese, spoken by another program.
    Mandarin,
    /// Chinese that no program is there for: no sound, its words are the caption.
    Skipped,
}

/// A stretch of speech: a sentence or less.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The sound; empty where it is skipped.
    pub sound: Waveform,
    /// Its words, with times from the start of the whole speech.
    pub words: Vec<WordTime>,
    /// Which part of the text it is, in bytes.
    pub span: Span,
    /// How it came to be.
    pub kind: PieceKind,
}

/// A whole text, spoken.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// The sound.
    pub sound: Waveform,
    /// All words that are spoken, in order.
    pub words: Vec<WordTime>,
    /// Parts of the text without a sound: Chinese where no program speaks it.
    pub skipped: Vec<Span>,
}

/// Speaks English, and Chinese words inside it.
pub struct Speaker {
    front: FrontEnd,
    voice: Arc<dyn Speak>,
    rate: Hz,
    mandarin: Option<Box<dyn OtherVoice>>,
}

impl Speaker {
    /// `rate`: of the voice. `mandarin` speaks Chinese words; without it they are skipped.
    #[must_use]
    pub fn new(front: FrontEnd, voice: Arc<dyn Speak>, rate: Hz, mandarin: Option<Box<dyn OtherVoice>>) -> Speaker {
        Speaker { front, voice, rate, mandarin }
    }

    /// The text to phones part of it.
    #[must_use]
    pub fn front_end(&self) -> &FrontEnd {
        &self.front
    }

    /// Samples a second of all that it says.
    #[must_use]
    pub fn rate(&self) -> Hz {
        self.rate
    }

    /// Speaks `text` piece by piece, each as soon as it is ready. `speed`: 1 is the voice's own pace.
    ///
    /// # Errors
    /// [`VoiceError::Speed`] for a speed outside [`SPEEDS`].
    pub fn stream<'s>(&'s self, text: &'s str, speed: f32) -> Result<Stream<'s>, VoiceError> {
        if !SPEEDS.contains(&speed) {
            return Err(VoiceError::Speed { speed });
        }
        let parts = self.front.sentences(text).into_iter().flat_map(|s| parts(text, s)).collect();
        Ok(Stream { speaker: self, text, speed, parts, current: None, at: 0, first: true })
    }

    /// Speaks all of `text`.
    ///
    /// # Errors
    /// As [`Speaker::stream`], and [`VoiceError`] where a network or program fails.
    pub fn say(&self, text: &str, speed: f32) -> Result<Speech, VoiceError> {
        let mut speech =
            Speech { sound: Waveform { samples: Vec::new(), rate: self.rate }, words: Vec::new(), skipped: Vec::new() };
        for piece in self.stream(text, speed)? {
            let piece = piece?;
            speech.sound.samples.extend(piece.sound.samples);
            speech.words.extend(piece.words);
            if piece.kind == PieceKind::Skipped {
                speech.skipped.push(piece.span);
            }
        }
        Ok(speech)
    }
}

/// Speech as it is made.
pub struct Stream<'s> {
    speaker: &'s Speaker,
    text: &'s str,
    speed: f32,
    parts: VecDeque<Part>,
    /// The phones of an English part that is not said to its end, and the stretches that are left of it.
    current: Option<(Span, Phones, VecDeque<std::ops::Range<usize>>)>,
    /// Samples given so far.
    at: usize,
    /// Nothing was said yet.
    first: bool,
}

impl Stream<'_> {
    fn piece(&mut self) -> Result<Option<Piece>, VoiceError> {
        loop {
            let offset = self.now();
            if let Some((span, phones, rest)) = &mut self.current
                && let Some(stretch) = rest.pop_front()
            {
                let symbols = &phones.symbols[stretch.clone()];
                let vocabulary = self.speaker.front.vocabulary();
                let ids: Vec<u16> = symbols.iter().filter_map(|c| vocabulary.id(*c)).collect();
                let spoken = self.speaker.voice.speak(&ids, self.speed)?;
                let words = timing::of_words(&phones.words, &phones.symbols, &stretch, &spoken.times, offset);
                let span = words.iter().map(|w| w.span).reduce(Span::join).unwrap_or(*span);
                return Ok(Some(Piece { sound: spoken.sound, words, span, kind: PieceKind::English }));
            }
            self.current = None;
            match self.parts.pop_front() {
                None => return Ok(None),
                Some(Part::Chinese(span)) => return self.chinese(span).map(Some),
                Some(Part::English(span)) => {
                    let phones = self.speaker.front.phones(span.of(self.text), span.start)?;
                    // Marks alone are a pause at most; the network was never taught to say nothing.
                    if phones.words.is_empty() {
                        continue;
                    }
                    let first = if self.first { FIRST_STRETCH } else { crate::sentences::LONGEST_STRETCH };
                    let stretches = stretches(&phones.symbols, first).into();
                    self.current = Some((span, phones, stretches));
                }
            }
        }
    }

    fn chinese(&self, span: Span) -> Result<Piece, VoiceError> {
        let rate = self.speaker.rate;
        let text = span.of(self.text);
        let Some(mandarin) = &self.speaker.mandarin else {
            let sound = Waveform { samples: Vec::new(), rate };
            return Ok(Piece { sound, words: Vec::new(), span, kind: PieceKind::Skipped });
        };
        let sound = mandarin.say(text, self.speed)?;
        let sound = homeroom_audio::resample(&sound, rate)?;
        let start = self.now();
        let end = Seconds(start.0 + sound.duration().0);
        let words = vec![WordTime { text: text.to_owned(), span, start, end, phones: Vec::new() }];
        Ok(Piece { sound, words, span, kind: PieceKind::Mandarin })
    }

    fn now(&self) -> Seconds {
        Seconds(self.at as f64 / f64::from(self.speaker.rate.0))
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<Piece, VoiceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.piece().transpose()?;
        if let Ok(piece) = &piece {
            self.at += piece.sound.samples.len();
            self.first &= piece.kind == PieceKind::Skipped;
        } else {
            // After an error nothing more can be relied on.
            self.parts.clear();
            self.current = None;
        }
        Some(piece)
    }
}
