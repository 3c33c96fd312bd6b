//! Sound files of any common format to blocks of one channel.

use std::io::{Cursor, ErrorKind};
use std::path::Path;

use homeroom_core::{Hz, Seconds, Waveform};
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use crate::AudioError;

/// Packets are gathered to blocks of at least this many samples: small enough to stream, large enough that what is done per
/// block does not count.
const BLOCK: usize = 8_192;

/// Decoding stops after this many packets in a row that cannot be decoded: what follows is no sound.
const BAD_PACKETS: usize = 256;

/// A sound file that is decoded as it is read; an iterator over blocks of mixed-down sound.
///
/// Where the file ends too early, what could be decoded is given and [`SoundFile::is_damaged`] says so afterwards.
pub struct SoundFile {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    duration: Option<Seconds>,
    expected_frames: Option<u64>,
    frames: u64,
    damaged: bool,
    ended: bool,
    interleaved: Vec<f32>,
    /// Decoded, of another rate than the block before it (chained Ogg streams).
    pending: Option<Waveform>,
}

impl SoundFile {
    /// Opens the file at `path`. What it is called does not matter.
    ///
    /// # Errors
    /// [`AudioError`] where it cannot be read or is no sound file.
    pub fn open(path: &Path) -> Result<SoundFile, AudioError> {
        SoundFile::new(Box::new(std::fs::File::open(path).map_err(AudioError::Read)?))
    }

    /// Opens a file that is in memory.
    ///
    /// # Errors
    /// [`AudioError`] where it is no sound file.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<SoundFile, AudioError> {
        SoundFile::new(Box::new(Cursor::new(bytes)))
    }

    fn new(source: Box<dyn MediaSource>) -> Result<SoundFile, AudioError> {
        if source.byte_len() == Some(0) {
            return Err(AudioError::Empty);
        }
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| AudioError::NotSound(Some(error)))?;
        let (track, decoder) = open_track(format.as_ref())?;
        let info = format.default_track(TrackType::Audio).ok_or(AudioError::NoTrack)?;
        let rate = info.codec_params.as_ref().and_then(|p| p.audio()).and_then(|p| p.sample_rate);
        let expected_frames = info.num_frames;
        let by_frames = expected_frames.zip(rate).map(|(n, rate)| n as f64 / f64::from(rate.max(1)));
        let by_time = info.time_base.zip(info.duration).and_then(|(base, length)| base.calc_duration(length));
        let duration = by_frames.or(by_time.map(|t| t.as_secs_f64())).map(Seconds);
        Ok(SoundFile {
            format,
            decoder,
            track,
            duration,
            expected_frames,
            frames: 0,
            damaged: false,
            ended: false,
            interleaved: Vec::new(),
            pending: None,
        })
    }

    /// How long the file says it is; not all say so, and a truncated one is shorter.
    #[must_use]
    pub fn stated_duration(&self) -> Option<Seconds> {
        self.duration
    }

    /// Whether some of it could not be decoded, or it ended before its stated length. Known once it has been read.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        // Coders may state a length with their own padding, which is cut: a tenth of a second is no loss.
        let short = self.expected_frames.is_some_and(|n| self.ended && self.frames + u64::from(self.tolerance()) < n);
        self.damaged || short
    }

    fn tolerance(&self) -> u32 {
        self.decoder.codec_params().sample_rate.unwrap_or(0) / 10
    }

    /// The next decoded packet, mixed down; `None` at the end.
    fn packet(&mut self) -> Result<Option<Waveform>, AudioError> {
        let mut bad = 0;
        while !self.ended {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => break,
                Err(Error::ResetRequired) => {
                    // The next stream of a chained file.
                    let Ok((track, decoder)) = open_track(self.format.as_ref()) else { break };
                    (self.track, self.decoder) = (track, decoder);
                    continue;
                }
                // Inside a file that is on a disk or in memory, the end of the bytes is a truncation.
                Err(Error::IoError(error)) if error.kind() != ErrorKind::UnexpectedEof => {
                    self.ended = true;
                    return Err(AudioError::Read(error));
                }
                Err(_) => {
                    self.damaged = true;
                    break;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(sound) => {
                    let (rate, channels) = (Hz(sound.spec().rate()), sound.num_planes());
                    self.interleaved.resize(sound.samples_interleaved(), 0.0);
                    sound.copy_to_slice_interleaved(&mut self.interleaved);
                    if self.interleaved.is_empty() || channels == 0 {
                        continue;
                    }
                    AudioError::check(rate)?;
                    let samples: Vec<f32> = self.interleaved.chunks_exact(channels).map(mix_down).collect();
                    self.frames += samples.len() as u64;
                    return Ok(Some(Waveform { samples, rate }));
                }
                Err(_) if bad < BAD_PACKETS => {
                    bad += 1;
                    self.damaged = true;
                }
                Err(_) => break,
            }
        }
        self.ended = true;
        Ok(None)
    }

    fn block(&mut self) -> Result<Option<Waveform>, AudioError> {
        let first = match self.pending.take() {
            Some(pending) => Some(pending),
            None => self.packet()?,
        };
        let Some(mut block) = first else {
            return if self.frames == 0 { Err(self.nothing()) } else { Ok(None) };
        };
        while block.samples.len() < BLOCK {
            match self.packet()? {
                Some(more) if more.rate == block.rate => block.samples.extend(more.samples),
                Some(other) => {
                    self.pending = Some(other);
                    break;
                }
                None => break,
            }
        }
        Ok(Some(block))
    }

    /// Why not one sample came. Bytes that only look like packets of some format are no sound file.
    fn nothing(&mut self) -> AudioError {
        // Said once; a second call ends the iteration.
        self.frames = 1;
        if self.damaged { AudioError::NotSound(None) } else { AudioError::Empty }
    }
}

impl Iterator for SoundFile {
    type Item = Result<Waveform, AudioError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.block().transpose()
    }
}

fn open_track(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), AudioError> {
    let track = format
        .default_track(TrackType::Audio)
        .or_else(|| format.first_track(TrackType::Audio))
        .ok_or(AudioError::NoTrack)?;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(AudioError::NoTrack)?;
    if let Some(rate) = parameters.sample_rate {
        AudioError::check(Hz(rate))?;
    }
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|_| AudioError::Codec {
            codec: match parameters.codec {
                CODEC_ID_OPUS => "Opus".to_owned(),
                other => format!("codec {other}"),
            },
        })?;
    Ok((track.id, decoder))
}

/// The mean of the channels. A sample that is no number is silence.
fn mix_down(frame: &[f32]) -> f32 {
    let mean = frame.iter().sum::<f32>() / frame.len() as f32;
    if mean.is_finite() { mean.clamp(-1.0, 1.0) } else { 0.0 }
}

/// Decodes a whole file in memory, at its own rate (the first, where a chained file changes it).
///
/// # Errors
/// [`AudioError`] where it is no sound file or holds no sound. What could be read of a truncated file is no error.
pub fn decode(bytes: Vec<u8>) -> Result<Waveform, AudioError> {
    let mut file = SoundFile::from_bytes(bytes)?;
    let mut whole = file.next().ok_or(AudioError::Empty)??;
    for block in file {
        let block = crate::resample(&block?, whole.rate)?;
        whole.samples.extend(block.samples);
    }
    Ok(whole)
}
