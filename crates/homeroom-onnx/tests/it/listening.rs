//! Speech detection and recognition, without speech: what is said is tested with the voice, in the program's own tests.

use homeroom_core::ability::{AbilityError, DetectSpeech, Transcribe};
use homeroom_core::{Hz, Language, Waveform};
use homeroom_onnx::{Vad, Whisper};

use crate::models;

fn noise(seconds: f64) -> Waveform {
    let mut state = 1_u32;
    let sample = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 * 0.2 - 0.1
    };
    Waveform { samples: (0..(seconds * 16_000.0) as usize).map(sample).collect(), rate: Hz(16_000) }
}

#[test]
fn nobody_speaks() {
    let Some(models) = models() else { return };
    let vad = Vad::load(&models.join("silero-vad"), 1).unwrap();
    for sound in [noise(3.0), Waveform { samples: vec![0.0; 50_000], rate: Hz(16_000) }] {
        let (frames, length) = vad.speech(&sound).unwrap();
        assert_eq!(frames.len(), sound.samples.len().div_ceil(512));
        assert!((length.0 - 0.032).abs() < 1e-9);
        assert!(frames.iter().all(|p| *p < 0.5), "{frames:?}");
    }
    assert!(vad.speech(&noise(0.0)).unwrap().0.is_empty());
    // The same, however it comes in.
    let sound = noise(2.0);
    let mut stream = vad.listen();
    let mut pieces = Vec::new();
    for block in sound.samples.chunks(333) {
        pieces.extend(stream.push(block).unwrap());
    }
    assert_eq!(pieces[..], vad.speech(&sound).unwrap().0[..pieces.len()]);
}

#[test]
fn odd_sounds_give_some_result() {
    let Some(models) = models() else { return };
    let whisper = Whisper::load(&models.join("whisper-encoder"), &models.join("whisper-base"), 0).unwrap();
    let both = [Language::ENGLISH, Language::CHINESE];
    for sound in [noise(0.0), noise(0.01), noise(2.0), noise(31.0)] {
        let heard = whisper.transcribe(&sound, &both).unwrap();
        let sum: f32 = heard.languages.iter().map(|(_, p)| p).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        assert!((0.0..=1.0).contains(&heard.no_speech));
        assert!(heard.words.len() <= 224);
        assert!(heard.words.iter().all(|w| w.start.0 <= w.end.0 && w.end.0 <= 30.0));
    }
    let unknown = whisper.transcribe(&noise(1.0), &[Language::new("tlh")]);
    assert!(matches!(unknown, Err(AbilityError::Failed { .. })));
    assert!(whisper.transcribe(&noise(1.0), &[]).is_err());
}
