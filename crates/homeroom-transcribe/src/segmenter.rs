//! Probabilities of speech, frame by frame, to stretches in which somebody speaks.

/// When a stretch of speech begins and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pauses {
    /// Probability from which a frame begins speech. silero's own default.
    pub on: f32,
    /// Probability from which a frame goes on with it. silero's default: .15 lower.
    pub off: f32,
    /// A pause that ends a stretch, in seconds. Shorter ones are inside it.
    pub silence: f64,
    /// A stretch with less speech than this in it is none, in seconds.
    pub least: f64,
    /// Sound that is kept before and after, in seconds: consonants are quiet.
    pub pad: f64,
    /// The longest stretch, in seconds: below what a recogniser takes. A longer one is cut at its weakest frame.
    pub longest: f64,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses { on: 0.5, off: 0.35, silence: 0.6, least: 0.2, pad: 0.25, longest: 28.0 }
    }
}

/// A stretch of speech, in samples from the start of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First sample.
    pub start: usize,
    /// Sample after the last.
    pub end: usize,
}

/// Cuts a recording into stretches of speech as the probabilities come in.
pub struct Segmenter {
    pauses: Pauses,
    /// Samples in a second and in a frame.
    rate: f64,
    frame: usize,
    /// Samples that have been seen.
    seen: usize,
    /// End of the stretch before: the next one does not overlap it.
    before: usize,
    open: Option<Open>,
}

/// A stretch that has not ended.
struct Open {
    start: usize,
    /// Frames of speech in it.
    voiced: usize,
    /// End of the last frame of speech.
    last: usize,
    /// The probability of every frame from `first` on.
    first: usize,
    probabilities: Vec<f32>,
}

impl Segmenter {
    /// `frame`: samples of a frame; `rate`: samples of a second.
    #[must_use]
    pub fn new(pauses: Pauses, frame: usize, rate: u32) -> Segmenter {
        Segmenter { pauses, rate: f64::from(rate), frame, seen: 0, before: 0, open: None }
    }

    fn samples(&self, seconds: f64) -> usize {
        (seconds * self.rate).round() as usize
    }

    /// Takes the next frame's probability; a stretch that it ends.
    pub fn push(&mut self, probability: f32) -> Option<Stretch> {
        let start = self.seen;
        self.seen += self.frame;
        let (pad, longest) = (self.samples(self.pauses.pad), self.samples(self.pauses.longest));
        let silence = self.samples(self.pauses.silence);
        let Some(open) = &mut self.open else {
            if probability >= self.pauses.on {
                self.open = Some(Open {
                    start: start.saturating_sub(pad).max(self.before),
                    voiced: 1,
                    last: self.seen,
                    first: start,
                    probabilities: vec![probability],
                });
            }
            return None;
        };
        open.probabilities.push(probability);
        if probability >= self.pauses.off {
            open.last = self.seen;
            open.voiced += 1;
        }
        if self.seen - open.last >= silence {
            return self.close(self.seen);
        }
        if self.seen - open.start >= longest {
            return self.cut();
        }
        None
    }

    /// Ends the recording; a stretch that was open.
    pub fn finish(&mut self) -> Option<Stretch> {
        self.close(self.seen)
    }

    /// Where the stretch began that is open now, if it has enough speech in it to be one.
    #[must_use]
    pub fn open(&self) -> Option<usize> {
        let least = self.samples(self.pauses.least);
        self.open.as_ref().filter(|open| open.voiced * self.frame >= least).map(|open| open.start)
    }

    /// The first sample that may still become part of a stretch.
    #[must_use]
    pub fn needed_from(&self) -> usize {
        let idle = self.seen.saturating_sub(self.samples(self.pauses.pad)).max(self.before);
        self.open.as_ref().map_or(idle, |open| open.start)
    }

    fn close(&mut self, limit: usize) -> Option<Stretch> {
        let open = self.open.take()?;
        if open.voiced * self.frame < self.samples(self.pauses.least) {
            return None;
        }
        let end = (open.last + self.samples(self.pauses.pad)).min(limit);
        self.before = end;
        Some(Stretch { start: open.start, end })
    }

    /// Cuts a stretch that is too long at the weakest frame of its second half; the rest stays open.
    fn cut(&mut self) -> Option<Stretch> {
        let open = self.open.take()?;
        let half = open.probabilities.len() / 2;
        let weakest = (half..open.probabilities.len())
            .min_by(|a, b| open.probabilities[*a].total_cmp(&open.probabilities[*b]))
            .unwrap_or(half);
        let at = open.first + weakest * self.frame;
        let rest = open.probabilities[weakest..].to_vec();
        let voiced = rest.iter().filter(|p| **p >= self.pauses.off).count();
        self.before = at;
        self.open = Some(Open { start: at, voiced, last: open.last.max(at), first: at, probabilities: rest });
        Some(Stretch { start: open.start, end: at })
    }
}
