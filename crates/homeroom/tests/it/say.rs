//! `homeroom say`: sound and times where the voice is pulled, a clear word where it is not.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::class::{Ran, arg, command, homeroom, ran};

/// The folder of models; says so where there is none with a voice.
fn models() -> Option<PathBuf> {
    let root = std::env::var_os("HOMEROOM_MODELS").map(PathBuf::from);
    match root {
        None => println!("skipped: HOMEROOM_MODELS is not set"),
        Some(root) if !root.join("hibari").is_dir() => println!("skipped: HOMEROOM_MODELS has no hibari"),
        root => return root,
    }
    None
}

/// `homeroom say` with `input` on standard input.
fn say_input(args: &[&str], input: &[u8]) -> Ran {
    let mut child = command()
        .arg("say")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Where the program takes no more, the pipe is closed: that is its outcome, not ours.
    let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Samples of a WAV file of one channel with 16 bits.
fn samples(path: &Path) -> usize {
    let bytes = fs::read(path).unwrap();
    assert_eq!((&bytes[..4], &bytes[8..12]), (b"RIFF".as_slice(), b"WAVE".as_slice()));
    assert_eq!(u32::from_le_bytes(bytes[24..28].try_into().unwrap()), 24_000);
    (bytes.len() - 44) / 2
}

#[test]
fn without_the_voice_the_command_that_gets_it_is_named() {
    let empty = tempfile::tempdir().unwrap();
    ran(command().env("HOMEROOM_MODELS", empty.path()).args(["say", "Hello"])).badly(&["homeroom pull hibari"]);
}

#[test]
fn a_text_becomes_sound_and_times() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("hello.wav");
    let text = "Good morning. It costs $5.";
    let json = homeroom(&["say", text, "--out", arg(&out), "--json"]).well();
    let times: Value = serde_json::from_str(&json).unwrap();
    let seconds = times["duration"].as_f64().unwrap();
    // Times are in whole milliseconds: nothing like 0.30000000000000004.
    assert!((samples(&out) as f64 / 24_000.0 - seconds).abs() <= 0.000_5, "{seconds}");
    let decimals = |line: &str| line.trim_end_matches(',').split_once('.').map_or(0, |(_, digits)| digits.len());
    let is_time = |line: &&str| ["\"start\"", "\"end\"", "\"duration\""].iter().any(|key| line.contains(key));
    let times_of: Vec<&str> = json.lines().filter(is_time).filter(|line| line.contains('.')).collect();
    assert!(times_of.len() > 30 && times_of.iter().all(|line| decimals(line) <= 3), "{json}");
    let words: Vec<&str> = times["words"].as_array().unwrap().iter().map(|w| w["text"].as_str().unwrap()).collect();
    assert_eq!(words, ["Good", "morning", "It", "costs", "5"]);
    assert!(times["words"][0]["phones"][0]["start"].as_f64().unwrap() > 0.0);
    assert_eq!(times["skipped"].as_array().unwrap().len(), 0);
    // The folder holds the sound and nothing unfinished.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

    let again = dir.path().join("again.wav");
    say_input(&["-", "--out", arg(&again)], text.as_bytes()).well();
    assert_eq!(fs::read(&out).unwrap(), fs::read(&again).unwrap());
    let fast = dir.path().join("fast.wav");
    homeroom(&["say", text, "--out", arg(&fast), "--speed", "2"]).well();
    assert!(samples(&fast) < samples(&out) * 6 / 10);
    let british = dir.path().join("british.wav");
    homeroom(&["say", text, "--out", arg(&british), "--lang", "en-GB"]).well();
    assert_ne!(fs::read(&out).unwrap(), fs::read(&british).unwrap());
}

#[test]
fn odd_texts_have_clear_outcomes() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.wav");
    for (text, said) in
        [("", "empty"), (" \n ", "empty"), ("🙂 !?", "nothing in the text"), ("---", "nothing in the text")]
    {
        homeroom(&["say", text, "--out", arg(&out)]).badly(&[said]);
    }
    say_input(&["-", "--out", arg(&out)], b"").badly(&["empty"]);
    assert!(!out.exists());
    say_input(&["-", "--out", arg(&out)], b"\x07Hello\x1b[0m\xff there\x00.").well();
    assert!(samples(&out) > 10_000);
    homeroom(&["say", "-5 degrees", "--out", arg(&out)]).well();
    let long = "a".repeat(500_001);
    say_input(&["-", "--out", arg(&out)], long.as_bytes()).badly(&["500000 characters"]);
    homeroom(&["say", "Hi.", "--out", arg(&dir.path().join("no/such/folder.wav"))]).badly(&["folder.wav"]);
}

#[test]
fn voices_and_speeds_that_there_are_not_are_told() {
    if models().is_none() {
        return;
    }
    homeroom(&["say", "Hi.", "--voice", "nobody"]).badly(&["no voice `nobody`", "heart"]);
    homeroom(&["say", "Hi.", "--voice", "emma"]).badly(&["emma", "not on this computer", "heart"]);
    homeroom(&["say", "Hi.", "--speed", "3", "--out", "x.wav"]).badly(&["speed 3"]);
    homeroom(&["say", "Hi.", "--speed", "NaN", "--out", "x.wav"]).badly(&["speed"]);
    assert!(homeroom(&["say", "--voices"]).well().contains("heart"));
}
