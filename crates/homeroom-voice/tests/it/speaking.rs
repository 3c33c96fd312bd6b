//! Text to sound.

use std::sync::Arc;

use homeroom_core::ability::{AbilityError, Speak, Spoken};
use homeroom_core::{Hz, Seconds, Waveform};
use homeroom_onnx::Hibari;
use homeroom_voice::{Accent, OtherVoice, PieceKind, Speaker, VoiceError, Voices};

use crate::tables::{pulled, pulled_front_end, small};

/// A voice that takes 10 ms for each symbol at speed 1, at 1000 samples a second.
struct Beeps;

impl Speak for Beeps {
    fn speak(&self, symbols: &[u16], speed: f32) -> Result<Spoken, AbilityError> {
        let each = (10.0 / speed) as usize;
        let time = |i: usize| Seconds((i * each) as f64 / 1000.0);
        Ok(Spoken {
            sound: Waveform { samples: vec![0.5; symbols.len() * each], rate: Hz(1000) },
            times: (0..symbols.len()).map(|i| (time(i), time(i + 1))).collect(),
        })
    }
}

/// Chinese is a tenth of a second for each character, at another rate.
struct Gong;

impl OtherVoice for Gong {
    fn say(&self, text: &str, _speed: f32) -> Result<Waveform, VoiceError> {
        Ok(Waveform { samples: vec![0.25; 800 * text.chars().count()], rate: Hz(8000) })
    }
}

fn speaker(mandarin: bool) -> Speaker {
    let mandarin = mandarin.then(|| Box::new(Gong) as Box<dyn OtherVoice>);
    Speaker::new(small(), Arc::new(Beeps), Hz(1000), mandarin)
}

#[test]
fn words_have_times_that_go_on() {
    let text = "Hello world. The cat walked, and the dog walked.";
    let speech = speaker(false).say(text, 1.0).unwrap();
    let words: Vec<&str> = speech.words.iter().map(|w| w.span.of(text)).collect();
    assert_eq!(words, ["Hello", "world", "The", "cat", "walked", "and", "the", "dog", "walked"]);
    let mut at = Seconds(0.0);
    for word in &speech.words {
        assert!(word.start.0 >= at.0 && word.end.0 > word.start.0);
        assert_eq!(word.phones.first().unwrap().start, word.start);
        assert_eq!(word.phones.last().unwrap().end, word.end);
        at = word.end;
    }
    assert!(speech.sound.duration().0 >= at.0);
}

#[test]
fn twice_the_speed_is_half_the_time() {
    let usual = speaker(false).say("Hello world.", 1.0).unwrap();
    let fast = speaker(false).say("Hello world.", 2.0).unwrap();
    assert_eq!(usual.sound.samples.len(), 2 * fast.sound.samples.len());
    for speed in [0.0, -1.0, 0.49, 2.01, f32::NAN, f32::INFINITY] {
        assert!(matches!(speaker(false).say("Hello.", speed), Err(VoiceError::Speed { .. })));
    }
}

#[test]
fn a_long_first_sentence_begins_with_a_clause() {
    let long = format!("Hello world, {}.", "the cat walked and the dog walked ".repeat(8).trim());
    let speaker = speaker(false);
    let pieces: Vec<_> = speaker.stream(&long, 1.0).unwrap().map(Result::unwrap).collect();
    assert!(pieces.len() >= 2);
    assert_eq!(pieces[0].span.of(&long), "Hello world");
    // The same sentence later on stays whole.
    let later = format!("Hello. {long}");
    assert_eq!(speaker.stream(&later, 1.0).unwrap().count(), 2);
}

#[test]
fn chinese_is_spoken_or_skipped() {
    let text = "Hello 世界 world.";
    let spoken = speaker(true).say(text, 1.0).unwrap();
    assert!(spoken.skipped.is_empty());
    let chinese = &spoken.words[1];
    assert_eq!((chinese.text.as_str(), chinese.span.of(text)), ("世界", "世界"));
    assert!((chinese.end.0 - chinese.start.0 - 0.2).abs() < 0.01);
    assert!(spoken.words[2].start.0 >= chinese.end.0);

    let skipped = speaker(false).say(text, 1.0).unwrap();
    assert_eq!(skipped.skipped.iter().map(|s| s.of(text)).collect::<Vec<_>>(), ["世界"]);
    assert_eq!(skipped.words.len(), 2);
    let speaker = speaker(false);
    let kinds: Vec<PieceKind> = speaker.stream(text, 1.0).unwrap().map(|p| p.unwrap().kind).collect();
    assert_eq!(kinds, [PieceKind::English, PieceKind::Skipped, PieceKind::English]);
}

#[test]
fn nothing_gives_no_sound() {
    for text in ["", "  \n", "!?…", "🙂"] {
        assert!(speaker(true).say(text, 1.0).unwrap().sound.samples.is_empty(), "{text}");
    }
}

#[test]
fn the_pulled_voice_speaks() {
    let (Some(folder), Some(front)) = (pulled(), pulled_front_end(Accent::American)) else { return };
    let voices = Voices::read(&folder).unwrap();
    let voice = voices.find(None).unwrap();
    let network = Arc::new(Hibari::load(&folder, &voice.file, 2).unwrap());
    let speaker = Speaker::new(front, network, Hz(Hibari::RATE), None);
    let text = "Good morning, everyone. Please open your books at page 9.";
    let speech = speaker.say(text, 1.0).unwrap();
    let again = speaker.say(text, 1.0).unwrap();
    assert_eq!(speech, again);
    let seconds = speech.sound.duration().0;
    assert!((2.5..6.0).contains(&seconds), "{seconds}");
    assert!(speech.sound.samples.iter().all(|s| s.is_finite()));
    let words: Vec<&str> = speech.words.iter().map(|w| w.span.of(text)).collect();
    assert_eq!(words, ["Good", "morning", "everyone", "Please", "open", "your", "books", "at", "page", "9"]);
    // Where words are, it is louder than before the first.
    let power = |from: Seconds, to: Seconds| {
        let part = speech.sound.slice(from, to).samples;
        part.iter().map(|s| f64::from(s * s)).sum::<f64>() / part.len().max(1) as f64
    };
    for word in &speech.words {
        assert!(power(word.start, word.end) > 20.0 * power(Seconds(0.0), Seconds(0.1)), "{}", word.text);
    }
    let slow = speaker.say(text, 0.5).unwrap().sound.duration().0;
    assert!((1.6..2.4).contains(&(slow / seconds)), "{slow}");
    assert!(matches!(voices.find(Some("nobody")), Err(VoiceError::UnknownVoice { .. })));
}
