//! `homeroom transcribe`: what is said is written down where the models are pulled, a clear word where they are not.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::class::{arg, command, homeroom, ran};

/// The folder of models; says so where it lacks one that speaks or listens.
fn models() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("HOMEROOM_MODELS").map(PathBuf::from) else {
        println!("skipped: HOMEROOM_MODELS is not set");
        return None;
    };
    let missing =
        ["hibari", "silero-vad", "whisper-encoder", "whisper-base"].into_iter().find(|m| !root.join(m).is_dir());
    if let Some(missing) = missing {
        println!("skipped: HOMEROOM_MODELS has no {missing}");
        return None;
    }
    Some(root)
}

/// A WAV file of one channel, 16 kHz.
fn wav(path: &Path, samples: &[i16]) {
    let bytes = 2 * samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(16_000_u32.to_le_bytes());
    file.extend(32_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    fs::write(path, file).unwrap();
}

#[test]
fn without_the_models_the_command_that_gets_them_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("a.wav");
    wav(&sound, &[0; 1_600]);
    ran(command().env("HOMEROOM_MODELS", dir.path()).args(["transcribe", arg(&sound)]))
        .badly(&["homeroom pull silero-vad whisper-encoder whisper-base"]);
}

#[test]
fn what_is_no_recording_is_told_without_any_model() {
    let dir = tempfile::tempdir().unwrap();
    let (text, empty) = (dir.path().join("a.wav"), dir.path().join("b.mp3"));
    fs::write(&text, "Dear diary, this is my secret.").unwrap();
    fs::write(&empty, "").unwrap();
    let result = ran(command().env("HOMEROOM_MODELS", dir.path()).args(["transcribe", arg(&text), arg(&empty)]));
    assert!(
        result.stderr.contains("not a sound file") && result.stderr.contains("holds no sound"),
        "{}",
        result.stderr
    );
    assert!(!result.stderr.contains("secret"));
    result.badly(&["no recording could be read"]);
    homeroom(&["transcribe", "--srt", arg(&text), arg(&empty)]).badly(&["--out"]);
}

#[test]
fn what_is_said_is_written_down() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (said, silence) = (dir.path().join("said.wav"), dir.path().join("silence.wav"));
    homeroom(&["say", "Good morning. Our school has a big library.", "--out", arg(&said)]).well();
    wav(&silence, &[0; 48_000]);
    let out = dir.path().join("out");
    homeroom(&["transcribe", "--lang", "en", "--json", arg(&said), arg(&silence), "--out", arg(&out)]).well();
    let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap() };
    let transcript = read("said.json")["transcripts"][0].clone();
    let text: Vec<&str> =
        transcript["segments"].as_array().unwrap().iter().filter_map(|s| s["text"].as_str()).collect();
    let text = text.join(" ").to_lowercase();
    assert!(text.contains("good morning") && text.contains("big library"), "{text}");
    assert_eq!(read("silence.json")["transcripts"][0]["segments"], Value::Array(Vec::new()));
    let srt = homeroom(&["transcribe", "--srt", arg(&said)]);
    assert!(srt.stdout.starts_with("1\n00:00:0") && srt.stdout.contains(" --> "), "{}", srt.stdout);
}
