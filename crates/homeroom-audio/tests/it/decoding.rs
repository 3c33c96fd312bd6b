//! Whole, truncated and foreign files.

use std::io::Cursor;

use homeroom_audio::{AudioError, SoundFile, decode, write_wav};
use homeroom_core::{Hz, Waveform};

use crate::resampling::{difference, tone};

fn wav(sound: &Waveform) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    write_wav(sound, &mut file).unwrap();
    file.into_inner()
}

/// A WAV file written with `spec`, `frames` frames of `value`.
fn raw(spec: hound::WavSpec, frames: usize, value: impl Fn(usize, u16) -> f32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    for frame in 0..frames {
        for channel in 0..spec.channels {
            let sample = value(frame, channel);
            match spec.sample_format {
                hound::SampleFormat::Float => writer.write_sample(sample).unwrap(),
                hound::SampleFormat::Int => {
                    let scale = (1_i64 << (spec.bits_per_sample - 1)) as f32 - 1.0;
                    writer.write_sample((sample * scale) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

#[test]
fn there_and_back() {
    let sound = tone(300.0, 2.0, 22_050);
    let back = decode(wav(&sound)).unwrap();
    assert_eq!((back.rate, back.samples.len()), (sound.rate, sound.samples.len()));
    assert!(difference(&back.samples, &sound.samples, 0) < 1e-4);
}

#[test]
fn channels_and_depths() {
    for (channels, bits, format) in [
        (1, 8, hound::SampleFormat::Int),
        (2, 16, hound::SampleFormat::Int),
        (6, 24, hound::SampleFormat::Int),
        (2, 32, hound::SampleFormat::Int),
        (2, 32, hound::SampleFormat::Float),
    ] {
        let spec = hound::WavSpec { channels, sample_rate: 48_000, bits_per_sample: bits, sample_format: format };
        let half = |_: usize, channel: u16| if channel == 0 { 0.5 } else { 0.0 };
        let sound = decode(raw(spec, 5_000, half)).unwrap();
        assert_eq!((sound.rate, sound.samples.len()), (Hz(48_000), 5_000), "{channels} channels, {bits} bits");
        let wanted = 0.5 / f32::from(channels);
        assert!((sound.samples[100] - wanted).abs() < 0.01, "{channels} channels, {bits} bits: {}", sound.samples[100]);
    }
}

#[test]
fn what_is_no_number_is_silence() {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let odd = |frame: usize, _: u16| [f32::NAN, f32::INFINITY, 7.0, -0.25][frame % 4];
    let sound = decode(raw(spec, 400, odd)).unwrap();
    assert_eq!(sound.samples[..4], [0.0, 0.0, 1.0, -0.25]);
}

#[test]
fn truncated_files_give_what_they_hold() {
    let mut bytes = wav(&tone(300.0, 2.0, 16_000));
    bytes.truncate(bytes.len() / 2);
    let mut file = SoundFile::from_bytes(bytes).unwrap();
    let n: usize = file.by_ref().map(|block| block.unwrap().samples.len()).sum();
    assert!((14_000..=16_100).contains(&n), "{n} samples");
    assert!(file.is_damaged());
}

#[test]
fn whole_files_are_not_damaged() {
    let mut file = SoundFile::from_bytes(wav(&tone(300.0, 2.0, 16_000))).unwrap();
    assert_eq!(file.stated_duration().map(|s| s.0), Some(2.0));
    let longest = file.by_ref().map(|block| block.unwrap().samples.len()).max().unwrap();
    assert!(longest < 32_000, "blocks, not the whole: {longest}");
    assert!(!file.is_damaged());
}

#[track_caller]
fn check_refused(bytes: Vec<u8>, wanted: fn(&AudioError) -> bool) {
    let error = decode(bytes).expect_err("refused");
    assert!(wanted(&error), "{error:?}");
}

#[test]
fn what_is_no_recording() {
    check_refused(Vec::new(), |e| matches!(e, AudioError::Empty));
    check_refused(b"Dear diary, today we had no school.".to_vec(), |e| matches!(e, AudioError::NotSound(_)));
    check_refused(wav(&Waveform { samples: vec![], rate: Hz(16_000) }), |e| {
        matches!(e, AudioError::Empty | AudioError::NotSound(_))
    });
    // A JPEG picture's head and noise, in which sync words of other formats occur by chance.
    let mut state = 1_u32;
    let mut noise = vec![0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, b'J', b'F', b'I', b'F', 0];
    noise.extend((0..300_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }));
    check_refused(noise, |e| matches!(e, AudioError::NotSound(_) | AudioError::NoTrack | AudioError::Codec { .. }));
    let opus = {
        // One Ogg page with an Opus head.
        let head = b"OpusHead\x01\x01\x00\x00\x80\xbb\x00\x00\x00\x00\x00";
        let mut page =
            b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
                .to_vec();
        page.push(head.len() as u8);
        page.extend_from_slice(head);
        page
    };
    check_refused(opus, |e| matches!(e, AudioError::NotSound(_) | AudioError::Codec { .. } | AudioError::NoTrack));
}
