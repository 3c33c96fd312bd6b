//! `homeroom listen`: speech that the pulled voice makes is told apart by what was done to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::class::{arg, command, homeroom, ran};

const TEXT: &str = "The teacher opened the window because the room was very warm.";

/// The folder of models; says so where it lacks one that speaks or hears.
fn models() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("HOMEROOM_MODELS").map(PathBuf::from) else {
        println!("skipped: HOMEROOM_MODELS is not set");
        return None;
    };
    match ["hibari", "whisper-encoder"].into_iter().find(|m| !root.join(m).is_dir()) {
        Some(missing) => {
            println!("skipped: HOMEROOM_MODELS has no {missing}");
            None
        }
        None => Some(root),
    }
}

/// The samples of a WAV file of 16 bits and one channel, and its rate.
fn samples(path: &Path) -> (Vec<f32>, u32) {
    let bytes = fs::read(path).unwrap();
    let rate = u32::from_le_bytes(bytes[24..28].try_into().unwrap());
    let data = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    let value = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0;
    (bytes[data..].chunks_exact(2).map(value).collect(), rate)
}

fn write(path: &Path, samples: &[f32], rate: u32) {
    let bytes = 2 * samples.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((2 * rate).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()));
    fs::write(path, file).unwrap();
}

/// What `listen` says of one recording.
fn heard(recording: &Path, text: &str) -> Value {
    let all: Value =
        serde_json::from_str(&homeroom(&["listen", arg(recording), "--text", text, "--json"]).well()).unwrap();
    all[0].clone()
}

fn spoken(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("said.wav");
    homeroom(&["say", text, "--out", arg(&path)]).well();
    path
}

#[test]
fn without_the_encoder_the_command_that_gets_it_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("a.wav");
    write(&sound, &[0.1; 16_000], 16_000);
    ran(command().env("HOMEROOM_MODELS", dir.path()).args(["listen", arg(&sound), "--text", "Hello."]))
        .badly(&["homeroom pull whisper-encoder"]);
    ran(command().env("HOMEROOM_MODELS", dir.path()).args(["listen", arg(&sound)])).badly(&["--text"]);
}

#[test]
fn a_good_reading_scores_high_and_its_faults_are_told_apart() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = spoken(dir.path(), TEXT);

    let right = heard(&path, TEXT);
    let total = right["scores"]["total"].as_f64().unwrap();
    assert!(total > 7.0, "{right:#}");
    assert!(right["words"].as_array().unwrap().iter().all(|w| w["verdict"] == "said"), "{right:#}");

    // A word that is not in the recording.
    let longer = heard(&path, &TEXT.replace("very warm", "very terribly warm"));
    let words = longer["words"].as_array().unwrap();
    assert_eq!(words.iter().find(|w| w["text"] == "terribly").unwrap()["verdict"], "omitted", "{longer:#}");
    assert!(words.iter().filter(|w| w["verdict"] == "omitted").count() == 1);

    // Another word than the one that was said.
    let other = heard(&path, &TEXT.replace("window", "cupboard"));
    let word = other["words"].as_array().unwrap().iter().find(|w| w["text"] == "cupboard").unwrap().clone();
    assert!(word["verdict"] != "said", "{other:#}");

    // Another text.
    let wrong = heard(&path, "Yesterday my brother bought seven yellow balloons at the circus.");
    let low = wrong["scores"]["total"].as_f64().is_none_or(|t| t < total - 2.0);
    assert!(low, "{wrong:#}");
}

#[test]
fn recordings_that_cannot_be_judged_get_no_score() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (sound, rate) = samples(&spoken(dir.path(), TEXT));
    let path = dir.path().join("changed.wav");
    let check = |samples: Vec<f32>, reasons: &[&str]| {
        write(&path, &samples, rate);
        let heard = heard(&path, TEXT);
        let reason = heard["reason"].as_str().unwrap_or("scored");
        assert!(reasons.contains(&reason), "{reason} is none of {reasons:?}");
    };
    check(vec![0.0; sound.len()], &["silence"]);
    check(sound.iter().map(|v| v * 0.002).collect(), &["too_quiet", "silence"]);
    check(sound.iter().map(|v| (v * 40.0).clamp(-1.0, 1.0)).collect(), &["clipped"]);
    check(sound[..rate as usize / 8].to_vec(), &["too_short"]);
    check(sound.iter().rev().copied().collect(), &["other_text"]);
    let mut state = 3_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    check(sound.iter().map(|v| v * 0.3 + 0.3 * noise()).collect(), &["noise"]);
    // A chord with a beat.
    let music = |i: usize| {
        let t = i as f32 / rate as f32;
        let chord: f32 = [220.0, 277.2, 329.6].iter().map(|f| (t * f * std::f32::consts::TAU).sin()).sum();
        chord * 0.1 * (1.2 - (t * 2.0).fract())
    };
    check((0..sound.len()).map(music).collect(), &["no_speech"]);
    // Another text in English, and another language.
    homeroom(&["say", "My uncle sells fresh fish at the old harbour every morning.", "--out", arg(&path)]).well();
    assert_eq!(heard(&path, TEXT)["reason"], "other_text");
    let mut espeak = Command::new("espeak-ng");
    espeak.args(["-v", "cmn", "-w", arg(&path), "我今天早上和朋友一起去学校，下午我们去公园玩。"]);
    match espeak.status() {
        // Its Mandarin is a machine's: the recogniser does not always take it for Chinese, but nobody takes it for this text.
        Ok(status) if status.success() => {
            let reason = heard(&path, TEXT)["reason"].clone();
            assert!(reason == "other_language" || reason == "other_text", "{reason}");
        }
        _ => eprintln!("skipped: another language (espeak-ng does not speak Mandarin here)"),
    }
}

#[test]
fn silence_at_the_ends_changes_nothing() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = spoken(dir.path(), TEXT);
    let (sound, rate) = samples(&path);
    let before = heard(&path, TEXT);
    let silence = vec![0.0; rate as usize / 2];
    write(&path, &[silence.clone(), sound, silence].concat(), rate);
    let after = heard(&path, TEXT);
    let total = |v: &Value| v["scores"]["total"].as_f64().unwrap();
    assert!((total(&before) - total(&after)).abs() < 0.5, "{} and {}", total(&before), total(&after));
    for (a, b) in before["words"].as_array().unwrap().iter().zip(after["words"].as_array().unwrap()) {
        let (a, b) = (a["start"].as_f64().unwrap(), b["start"].as_f64().unwrap());
        assert!((b - a - 0.5).abs() < 0.08, "{a} became {b}");
    }
}

#[test]
fn a_folder_and_a_table_give_a_table_and_one_recording_a_page() {
    if models().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("recordings");
    fs::create_dir(&folder).unwrap();
    for (name, text) in [("li.wav", "Good morning, everyone."), ("wang.wav", "I like reading books.")] {
        homeroom(&["say", text, "--out", arg(&folder.join(name))]).well();
    }
    fs::write(folder.join("zhao.wav"), "no sound at all").unwrap();
    let texts = dir.path().join("texts.csv");
    fs::write(&texts, "file,text\nli.wav,\"Good morning, everyone.\"\nwang,I like reading books.\nzhao,Hello.\n")
        .unwrap();
    let out = dir.path().join("scores.csv");
    let run = homeroom(&["listen", arg(&folder), "--csv", arg(&texts), "--out", arg(&out)]);
    assert!(run.stdout.contains("zhao.wav\n  failed"), "{}", run.stdout);
    let table = fs::read_to_string(&out).unwrap();
    assert_eq!(table.lines().filter(|l| l.contains(",scored,")).count(), 2, "{table}");

    let pages = dir.path().join("pages");
    homeroom(&["listen", arg(&folder), "--csv", arg(&texts), "--html", arg(&pages)]);
    let list = fs::read_to_string(pages.join("index.html")).unwrap();
    assert!(list.contains("href=\"001.html\">li.wav") && list.contains("zhao.wav"), "{list}");
    assert!(
        fs::read_to_string(pages.join("002.html")).unwrap().contains("wang.wav") && !pages.join("003.html").exists()
    );

    let page = dir.path().join("li.html");
    let recording = folder.join("li.wav");
    homeroom(&["listen", arg(&recording), "--text", "Good morning, <everyone>.", "--html", arg(&page)]).well();
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("data:audio/wav;base64,") && html.contains("class=\"pitch\""));
    assert!(html.contains("&lt;everyone&gt;") && !html.contains("<everyone>"), "a text is data");
}
