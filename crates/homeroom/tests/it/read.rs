//! Photos, their transcripts, and the marks made from them.

use std::fs;
use std::path::Path;

use homeroom_core::Picture;
use homeroom_page::encode_png;
use homeroom_page::render::{Font, Setting, page as page_of};
use serde_json::Value;

use crate::class::{arg, command, homeroom, marking, ran, samples};

/// What a photo begins with; no test without a model looks further.
const PHOTO: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap()
}

/// A class of one photo with a transcript of an essay of the samples.
fn class() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let essay =
        fs::read_dir(samples()).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "txt"));
    let essay = fs::read_to_string(essay.unwrap()).unwrap();
    let head = "---\ntranscript of: S01_Li_Na.jpg\nstatus: unconfirmed\n# crossed out and left out: cat\n---\n\n";
    fs::write(folder.path().join("S01_Li_Na.jpg"), PHOTO).unwrap();
    let paragraphs: Vec<&str> = essay.lines().filter(|l| !l.trim().is_empty()).collect();
    fs::write(folder.path().join("S01_Li_Na.transcript.md"), format!("{head}{}\n", paragraphs.join("\n\n"))).unwrap();
    folder
}

#[test]
fn a_photo_needs_the_model_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("a.jpg");
    fs::write(&photo, PHOTO).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let said = ran(command().env("HOMEROOM_MODELS", empty.path()).args(["read", arg(&photo)]));
    assert_eq!(said.status.code(), Some(1));
    assert!(said.stdout.contains("homeroom pull pp-ocr"), "{}", said.stdout);
    assert!(!folder.path().join("a.transcript.md").exists());
    homeroom(&["read", arg(&folder.path().join("none.jpg"))]).badly(&["none.jpg"]);
    homeroom(&["read", "--confirm", arg(&photo)]).badly(&["homeroom read"]);
}

#[test]
fn a_transcript_stands_in_for_its_photo() {
    let class = class();
    let out = tempfile::tempdir().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let mark = || ran(marking(class.path(), out.path()).env("HOMEROOM_MODELS", empty.path())).well();
    mark();
    let line = summary(out.path())["essays"][0].clone();
    assert_eq!((line["file"].as_str(), line["outcome"].as_str()), (Some("S01_Li_Na.jpg"), Some("marked")), "{line}");
    assert_eq!(line["unconfirmed_transcript"], true);
    assert_eq!(summary(out.path())["essays"].as_array().unwrap().len(), 1, "the transcript is no second essay");
    let page = out.path().join(format!("{}.html", line["submission"].as_str().unwrap()));
    assert!(fs::read_to_string(&page).unwrap().contains("unconfirmed transcript"));

    homeroom(&["read", "--confirm", arg(&class.path().join("S01_Li_Na.jpg"))]).well();
    mark();
    let line = summary(out.path())["essays"][0].clone();
    assert_eq!(line["unconfirmed_transcript"], false);
    assert!(!fs::read_to_string(&page).unwrap().contains("unconfirmed transcript"));
}

#[test]
fn a_confirmed_transcript_of_another_photo_is_unconfirmed() {
    let class = class();
    let path = class.path().join("S01_Li_Na.transcript.md");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("status: unconfirmed", "status: confirmed\npicture: 00ff")).unwrap();
    let out = tempfile::tempdir().unwrap();
    ran(&mut marking(class.path(), out.path())).well();
    assert_eq!(summary(out.path())["essays"][0]["unconfirmed_transcript"], true);
}

/// A photo and its transcript.
fn page(folder: &Path, name: &str, text: &str, status: &str) {
    fs::write(folder.join(format!("{name}.jpg")), [PHOTO, name.as_bytes()].concat()).unwrap();
    let head = format!("---\ntranscript of: {name}.jpg\nstatus: {status}\n---\n\n");
    fs::write(folder.join(format!("{name}.transcript.md")), format!("{head}{text}\n")).unwrap();
}

#[test]
fn pages_of_one_essay_are_joined_in_order_and_told() {
    let class = tempfile::tempdir().unwrap();
    page(class.path(), "li-na-2", "river with our parents. It was very hot, and the water was cold.", "confirmed");
    page(class.path(), "li-na-1", "Last summer my brother and I went to the", "confirmed");
    page(class.path(), "class3-1", "My name is Tom and I like to play football with my friends.", "confirmed");
    page(class.path(), "class3-2", "My name is Ann and I like to read books in the library.", "confirmed");
    let out = tempfile::tempdir().unwrap();
    let said = ran(&mut marking(class.path(), out.path())).well();
    assert!(said.contains("li-na-1.jpg, li-na-2.jpg: joined as 2 pages of one essay"), "{said}");
    assert!(said.contains("class3-1.jpg, class3-2.jpg: each taken as an essay"), "{said}");
    let essays = summary(out.path())["essays"].as_array().unwrap().clone();
    assert_eq!(essays.len(), 3, "{essays:?}");
    let one = essays.iter().find(|e| e["file"] == "li-na-1.jpg, li-na-2.jpg").unwrap();
    assert_eq!(one["unconfirmed_transcript"], false);
    let page_of = |essay: &Value| {
        fs::read_to_string(out.path().join(format!("{}.html", essay["submission"].as_str().unwrap()))).unwrap()
    };
    let html = page_of(one);
    assert!(html.contains("Joined from 2 pictures"), "{html}");
    let evidence = out.path().join(format!("evidence/{}.json", one["submission"].as_str().unwrap()));
    let evidence: Value = serde_json::from_slice(&fs::read(evidence).unwrap()).unwrap();
    let text = evidence["document"]["text"].as_str().unwrap();
    assert!(text.starts_with("Last summer my brother and I went to the river with our parents."), "{text}");

    // One page that nobody has confirmed makes the essay an unconfirmed one.
    page(class.path(), "li-na-2", "river with our parents. It was very hot.", "unconfirmed");
    ran(&mut marking(class.path(), out.path())).well();
    let essays = summary(out.path())["essays"].as_array().unwrap().clone();
    let one = essays.iter().find(|e| e["file"] == "li-na-1.jpg, li-na-2.jpg").unwrap();
    assert_eq!(one["unconfirmed_transcript"], true);

    let apart = tempfile::tempdir().unwrap();
    let said = ran(marking(class.path(), apart.path()).arg("--separate")).well();
    assert!(!said.contains("joined as"), "{said}");
    assert_eq!(summary(apart.path())["essays"].as_array().unwrap().len(), 4);
}

#[test]
fn drawn_pages_are_read() {
    let Some(store) = std::env::var_os("HOMEROOM_MODELS") else {
        println!("skipped: HOMEROOM_MODELS is not set");
        return;
    };
    if !Path::new(&store).join("pp-ocr").is_dir() {
        println!("skipped: HOMEROOM_MODELS has no pp-ocr");
        return;
    }
    let kept = tempfile::tempdir().unwrap();
    let args = ["measure", "ocr", "--limit", "4", "--json", "--keep", arg(kept.path())];
    let said = ran(command().args(args));
    if said.stderr.contains("none of the fonts is installed") {
        println!("skipped: no font of `homeroom measure ocr` is installed");
        return;
    }
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["measure"], "ocr");
    if let Some(rate) = report["figures"]["print_cer_no_spaces"]["value"].as_f64() {
        assert!(rate < 0.02, "{report}");
    }
    // The same photos by the command that teachers use.
    let read: Value = serde_json::from_str(&homeroom(&["read", "--json", arg(kept.path())]).well()).unwrap();
    let transcripts = read["transcripts"].as_array().unwrap();
    assert_eq!(transcripts.len(), 4);
    for transcript in transcripts {
        let file = fs::read_to_string(transcript["transcript"].as_str().unwrap()).unwrap();
        assert!(file.starts_with("---\ntranscript of: ") && file.contains("\nstatus: unconfirmed\n"), "{file}");
        assert!(transcript["words"].as_u64().unwrap() > 10);
    }
}

/// A page of print.
fn drawn(text: &str) -> Option<Picture> {
    use fontdb::{Database, Family, Query};
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let face = fonts.face(fonts.query(&Query { families: &[Family::Name("Noto Serif")], ..Query::default() })?)?;
    let (fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _)) = &face.source else { return None };
    let font = Font::parse(fs::read(path).ok()?, face.index)?;
    let (ink, paper) = ([40, 40, 60], [245, 243, 238]);
    Some(
        page_of(&font, text, Setting { width: 1200, size: 34.0, pitch: 1.7, margin: 110.0, indent: 0.0, ink, paper }).0,
    )
}

#[test]
fn a_model_that_sees_reads_and_what_it_repaired_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let Some(drawn) =
        drawn("Yesterday I go to the libary with my freind. We readed three books there and it were quiet.")
    else {
        println!("skipped: the font Noto Serif is not installed");
        return;
    };
    let photo = folder.path().join("a.png");
    fs::write(&photo, encode_png(&drawn)).unwrap();
    let config = folder.path().join("config");
    let repaired = "Yesterday I went to the library with my friend. We read[?] three books there and it were quiet.";
    let run = |models: &std::ffi::OsStr, args: &[&str]| {
        ran(command().env("HOMEROOM_CONFIG", &config).env("HOMEROOM_MODELS", models).args(args))
    };
    let none = tempfile::tempdir().unwrap();
    let none = none.path().as_os_str();
    for (name, says) in
        [("seer", repaired), ("shy", "I am sorry, but I cannot help with this picture."), ("blind", "NO TEXT")]
    {
        run(none, &["model", "add", name, "--provider", "stub", "--model", says]).well();
    }
    let read = |models: &std::ffi::OsStr, name: &str| {
        run(models, &["read", arg(&photo), "--model", name, "--again", "--json"])
    };
    let doubtful = |said: &str| -> Vec<String> {
        let report: Value = serde_json::from_str(said).unwrap();
        assert_eq!(report["transcripts"][0]["reader"], "seer", "{report}");
        let words = report["transcripts"][0]["paragraphs"][0].as_array().unwrap();
        words.iter().filter(|w| w["doubtful"] == true).map(|w| w["text"].as_str().unwrap().to_owned()).collect()
    };
    // Alone, it is in doubt where it says so.
    assert_eq!(doubtful(&read(none, "seer").well()), ["read"]);
    let file = fs::read_to_string(folder.path().join("a.transcript.md")).unwrap();
    assert!(
        file.contains("status: unconfirmed") && file.contains(": seer\n") && file.contains("We [read?] three"),
        "{file}"
    );
    let failed = |said: crate::class::Ran| -> String {
        let report: Value = serde_json::from_str(&said.stdout).unwrap();
        report["failed"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(failed(read(none, "blind")), "no_text_in_picture");
    run(none, &["read", arg(&photo), "--model", "nobody"]).badly(&["no model is called `nobody`"]);
    let Some(store) = std::env::var_os("HOMEROOM_MODELS").filter(|s| Path::new(s).join("pp-ocr").is_dir()) else {
        println!("skipped: HOMEROOM_MODELS has no pp-ocr");
        return;
    };
    // Beside the small reader, what it repaired is in doubt, and what is no copy is told.
    let doubts = doubtful(&read(&store, "seer").well());
    for word in ["went", "library", "friend.", "read"] {
        assert!(doubts.contains(&word.to_owned()), "{doubts:?}");
    }
    assert!(doubts.len() <= 6, "{doubts:?}");
    assert_eq!(failed(read(&store, "shy")), "model_failed");
}

/// A cat on a carpet, seen from the front.
fn cat() -> Picture {
    let mut picture = Picture::filled(1200, 900, [120, 90, 70]);
    let mut fill = |colour: [u8; 3], inside: &dyn Fn(f32, f32) -> bool| {
        for y in 0..900 {
            (0..1200).filter(|&x| inside(x as f32, y as f32)).for_each(|x| picture.set_pixel(x, y, colour));
        }
    };
    let oval = |cx: f32, cy: f32, rx: f32, ry: f32| {
        move |x: f32, y: f32| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
    };
    fill([150, 115, 85], &|x, y| ((x * 0.11).sin() * (y * 0.13).cos()) > 0.6);
    fill([210, 150, 80], &oval(600.0, 650.0, 260.0, 220.0));
    fill([220, 160, 90], &oval(600.0, 360.0, 190.0, 160.0));
    // Ears, eyes, nose, stripes and whiskers.
    fill([220, 160, 90], &|x, y| (y - 130.0) * 0.55 > (x - 470.0).abs() && y < 300.0);
    fill([220, 160, 90], &|x, y| (y - 130.0) * 0.55 > (x - 730.0).abs() && y < 300.0);
    fill([40, 120, 60], &oval(530.0, 340.0, 36.0, 26.0));
    fill([40, 120, 60], &oval(670.0, 340.0, 36.0, 26.0));
    fill([20, 20, 20], &oval(530.0, 340.0, 10.0, 25.0));
    fill([20, 20, 20], &oval(670.0, 340.0, 10.0, 25.0));
    fill([230, 120, 120], &oval(600.0, 410.0, 18.0, 12.0));
    fill([90, 60, 30], &|x, y| (500.0..800.0).contains(&y) && (430.0..770.0).contains(&x) && (x * 0.05).sin() > 0.9);
    for whisker in [-0.15, 0.0, 0.15] {
        fill([240; 3], &move |x, y| {
            (170.0..380.0).contains(&(x - 600.0).abs())
                && (y - 430.0 - whisker * ((x - 600.0).abs() - 150.0)).abs() < 2.0
        });
    }
    picture
}

#[test]
fn a_cat_is_no_essay() {
    let Some(store) = std::env::var_os("HOMEROOM_MODELS").filter(|s| Path::new(s).join("pp-ocr").is_dir()) else {
        println!("skipped: HOMEROOM_MODELS has no pp-ocr");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("cat.png");
    fs::write(&photo, encode_png(&cat())).unwrap();
    let said = ran(command().env("HOMEROOM_MODELS", store).args(["read", "--json", arg(&photo)]));
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["failed"][0]["code"], "no_text_in_picture", "{report}");
}
