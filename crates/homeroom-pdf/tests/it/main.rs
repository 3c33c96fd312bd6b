//! Printed reports of a small class, as a reader of the PDF finds them.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

#[path = "../../../homeroom-report/tests/it/sample.rs"]
mod sample;

use std::fs;
use std::process::Command;

use homeroom_core::{Document, Finding, Language, Outcome, Reason, Span};
use homeroom_pdf::{class_pdf, pupil_pdf};
use homeroom_report::{ClassBundle, PageLanguage, PupilBundle};
use homeroom_review::ClassReport;
use sample::Sample;

const LANGUAGES: [PageLanguage; 3] = [PageLanguage::En, PageLanguage::Zh, PageLanguage::Both];

/// What Typst would act on, were it read as markup, and what breaks JSON.
const MARKUP: &str = r#"I write #strong[x] $x$ \ @ref and <tag> *bold* `code` "quoted" #import "a.typ" // end."#;

/// Width and height of A4 in points, and what rounding may add.
const A4: (f64, f64, f64) = (595.3, 841.9, 0.1);

/// The text of a PDF without white space and break opportunities, and whether all of its words stand on the page; `None`
/// where poppler's `pdftotext` is not installed.
fn read(pdf: &[u8], name: &str) -> Option<(String, bool)> {
    let path = std::env::temp_dir().join(format!("homeroom-pdf-{}-{name}.pdf", std::process::id()));
    fs::write(&path, pdf).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new("pdftotext").args(["-enc", "UTF-8"]).args(args).arg(&path).arg("-").output().ok()?;
        assert!(output.status.success(), "pdftotext fails on {name}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    // In the order in which it was set: cells of a table stay whole.
    let text = run(&["-raw"]);
    let boxes = run(&["-bbox"]);
    fs::remove_file(&path).unwrap();
    let (Some(text), Some(boxes)) = (text, boxes) else {
        println!("skipped: pdftotext is not installed");
        return None;
    };
    Some((squeezed(&text), boxes.lines().filter(|l| l.contains("<word ")).all(on_page)))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{2060}')).collect()
}

/// Whether a line of `pdftotext -bbox` names a box within A4.
fn on_page(line: &str) -> bool {
    let value = |key: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{key}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let (width, height, slack) = A4;
    value("xMin") >= -slack
        && value("yMin") >= -slack
        && value("xMax") <= width + slack
        && value("yMax") <= height + slack
}

/// Checks that a PDF is one, holds the texts and nothing outside of its pages.
#[track_caller]
fn check(name: &str, pdf: &[u8], holds: &[&str], lacks: &[&str]) {
    assert!(pdf.starts_with(b"%PDF"), "{name} is no PDF");
    let Some((text, inside)) = read(pdf, name) else { return };
    assert!(inside, "{name} has words outside of its pages");
    for part in holds {
        assert!(text.contains(&squeezed(part)), "{name} lacks {part:?}");
    }
    for part in lacks {
        assert!(!text.contains(&squeezed(part)), "{name} holds {part:?}");
    }
}

/// The report of the sample's second pupil with this text instead of hers, under these findings.
fn with_text(text: &str, findings: Vec<Finding>, language: PageLanguage) -> Vec<u8> {
    Sample::new().with(language, |bundle| {
        let mut evidence = bundle.pupils[1].evidence.clone();
        evidence.document = Document::new(text, Language::ENGLISH);
        evidence.findings = findings;
        pupil_pdf(bundle, &PupilBundle { evidence: &evidence, ..bundle.pupils[1] }).unwrap()
    })
}

/// A finding of the sample, moved to `span`.
fn finding_at(span: Span) -> Finding {
    let finding = Sample::new().with(PageLanguage::En, |bundle| bundle.pupils[1].evidence.findings[0].clone());
    Finding { span, ..finding }
}

#[test]
fn a_marked_essay_in_every_language() {
    let cases = [
        (PageLanguage::En, vec!["Band 8 to Band 11", "The marks", "spelling", "For you"], vec!["批注", "写给你"]),
        (PageLanguage::Zh, vec!["8 分档 至 11 分档", "批注", "拼写", "写给你"], vec!["The marks", "For you"]),
        (PageLanguage::Both, vec!["Band 8 to Band 11", "8 分档 至 11 分档", "The marks 批注", "拼写"], vec![]),
    ];
    for (language, mut holds, lacks) in cases {
        let pdf = Sample::new().with(language, |b| pupil_pdf(b, &b.pupils[0]).unwrap());
        holds.extend([
            "Li Na 李娜",
            "recieve → receives",
            "learn knowledge → gain knowledge",
            "My hometown",
            "^ → away",
        ]);
        check(&format!("essay-{}-{language:?}", language.tag()), &pdf, &holds, &lacks);
    }
}

#[test]
fn a_class_in_every_language() {
    let cases = [
        (PageLanguage::En, vec!["Spread of bands", "5 times in 3 essays"], vec!["档次分布"]),
        (PageLanguage::Zh, vec!["档次分布", "3 篇中共 5 次"], vec!["Spread of bands"]),
        (PageLanguage::Both, vec!["Spread of bands 档次分布", "5 times in 3 essays 3 篇中共 5 次"], vec![]),
    ];
    for (language, mut holds, lacks) in cases {
        let pdf = Sample::new().with(language, |b| class_pdf(b).unwrap());
        holds.extend(["Zhang Wei", "=HYPERLINK(\"x\")", "Broken, \"File\"", "Phones are bad for our eyes."]);
        check(&format!("class-{language:?}"), &pdf, &holds, &lacks);
    }
}

#[test]
fn the_same_bundle_gives_the_same_bytes() {
    let make =
        || Sample::new().with(PageLanguage::Both, |b| (class_pdf(b).unwrap(), pupil_pdf(b, &b.pupils[0]).unwrap()));
    assert!(make() == make());
}

#[test]
fn a_pupils_markup_is_inert() {
    let quoted = MARKUP.find("*bold*").map(|start| finding_at(Span::new(start, start + "*bold*".len()))).unwrap();
    let pdf = with_text(MARKUP, vec![], PageLanguage::En);
    check("markup", &pdf, &[MARKUP], &[]);
    let pdf = with_text(MARKUP, vec![quoted], PageLanguage::Both);
    check("marked markup", &pdf, &[r"#strong[x] $x$ \ @ref", "*bold* → are"], &[]);
}

#[test]
fn a_released_essay_shows_no_doubts_and_a_confirmed_one_its_note() {
    let released = Sample::new().with(PageLanguage::En, |b| pupil_pdf(b, &b.pupils[2]).unwrap());
    check("released", &released, &["Released by the teacher.", "document.title='owned'"], &["To be checked", "Li Na"]);
    let confirmed = Sample::new().with(PageLanguage::En, |b| pupil_pdf(b, &b.pupils[1]).unwrap());
    check("confirmed", &confirmed, &["A teacher has looked at it.", "is → are"], &["A draft"]);
}

#[test]
fn a_score_is_a_number_only_where_marks_stand_behind_it() {
    let by_teacher = Sample::new().with(PageLanguage::En, |b| pupil_pdf(b, &b.pupils[4]).unwrap());
    check("by teacher", &by_teacher, &["12 / 15", "Set by the teacher.", "read from a picture"], &["Not calibrated"]);
    let estimated = Sample::new().with(PageLanguage::En, |b| pupil_pdf(b, &b.pupils[0]).unwrap());
    check("estimated", &estimated, &["Not calibrated", "7.2–11.5"], &["9.4"]);
}

#[test]
fn an_unscored_essay_says_why() {
    let pdf = Sample::new().with(PageLanguage::Both, |bundle| {
        let mut mark = bundle.pupils[0].mark.clone();
        mark.outcome = Outcome::Unscored { reason: Reason::TooShort { words: 8, needed: 40 } };
        pupil_pdf(bundle, &PupilBundle { mark: &mark, ..bundle.pupils[0] }).unwrap()
    });
    check(
        "unscored",
        &pdf,
        &["Not scored 未评分", "8 words, at least 40"],
        &["Not calibrated", "What the mark rests on"],
    );
}

#[test]
fn an_empty_class_has_a_report() {
    let report = ClassReport {
        scored: 0,
        unscored: 0,
        failed: 0,
        bands: vec![],
        issues: vec![],
        needs_a_word: vec![],
        lesson: None,
        shared: vec![],
        traits: vec![],
    };
    for language in LANGUAGES {
        let pdf = Sample::new().with(language, |bundle| {
            let empty =
                ClassBundle { pupils: &[], failed: &[], prompt: None, class_report: &report, title: "", ..*bundle };
            class_pdf(&empty).unwrap()
        });
        let holds = if language == PageLanguage::Zh { "没有可读取的作文" } else { "No essay could be read." };
        check(&format!("empty-{language:?}"), &pdf, &[holds], &["Zhang Wei"]);
    }
}

#[test]
fn texts_without_spaces_stay_on_the_page() {
    let letters = "abcdefghij".repeat(2000);
    let marks = (0..50).map(|n| finding_at(Span::new(n * 300, n * 300 + 15))).collect();
    let url = format!("See https://example.org/{}.", "a-very-long-path/".repeat(30));
    let han = "学而时习之".repeat(400);
    let cases = [
        ("letters", letters.as_str(), vec![], letters.len()),
        ("marked letters", letters.as_str(), marks, 0),
        ("punctuation", &"a,b;c.d!".repeat(250), vec![], 0),
        ("url", &url, vec![finding_at(Span::new(4, url.len() - 1))], 0),
        ("chinese", &han, vec![], 0),
    ];
    for (name, text, findings, whole) in cases {
        let pdf = with_text(text, findings, PageLanguage::Both);
        check(name, &pdf, &[], &[]);
        if let Some((text, _)) = read(&pdf, name) {
            // What is wholly outside of its page is not in the text at all.
            assert!(text.chars().filter(char::is_ascii_lowercase).count() >= whole, "{name} has lost letters");
        }
    }
}

#[test]
fn odd_names_and_long_texts_stay_on_the_page() {
    Sample::new().with(PageLanguage::Both, |bundle| {
        let mut evidence = bundle.pupils[0].evidence.clone();
        evidence.submission.pupil.name = "Hubert\u{0}Wolfeschlegelsteinhausenbergerdorff".repeat(8);
        for finding in &mut evidence.findings {
            finding.suggestions = vec!["x".repeat(300), "y ".repeat(200), "z/".repeat(90)];
            finding.explanation.en = "https://example.org/".repeat(120);
        }
        let mut review = bundle.pupils[0].review.clone();
        for item in &mut review.work_on {
            item.title.en = "Longtitle".repeat(30);
            item.examples[0].sentence = "word ".repeat(1500);
            if let Some(exercise) = item.exercise.items.first_mut() {
                exercise.answer = "answer".repeat(400);
                exercise.task = "task".repeat(2000);
            }
        }
        let pupil = PupilBundle { evidence: &evidence, review: &review, ..bundle.pupils[0] };
        let pdf = pupil_pdf(bundle, &pupil).unwrap();
        check("long", &pdf, &["Wolfeschlegel"], &[]);
        if let Some((text, _)) = read(&pdf, "long") {
            // A page's foot may cut some in two.
            for (word, least) in [("word", 1480), ("task", 1980), ("answer", 380)] {
                let count = text.matches(word).count();
                assert!(count >= least, "{word:?} stands {count} times");
            }
        }
        let class = class_pdf(&ClassBundle { pupils: &[pupil], ..*bundle }).unwrap();
        check("long class", &class, &["Wolfeschlegel"], &[]);
    });
}
