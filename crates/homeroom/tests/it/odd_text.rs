//! Texts that no teacher expects: each is read, and what is made from it stays whole.

use std::fs;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::class::{essay, folder, line, mark, one, summary};

/// A character that XML 1.0 forbids.
fn is_forbidden(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[test]
fn they_are_marked_like_any_other() {
    let text = fs::read_to_string(essay("S02")).unwrap();
    let with = |odd: &str| text.replacen(". ", &format!(". {odd} "), 3);
    let texts = [
        ("T01 control.txt", text.replacen(". ", ". \u{8}He \u{1b} go\u{fffe}. ", 1)),
        ("T02 markup.txt", with("</script><script>alert(1)</script> <b>he go</b> &lt; ]]> {{x}} --><!--")),
        ("T03 formula.txt", with("=HYPERLINK(\"http://x\",\"y\") +1 -1 @SUM(A1)")),
        ("T04 emoji.txt", with("👩‍👩‍👧‍👦 🇨🇳 e\u{301}\u{301}\u{301} ﷽ 😀😀 he go")),
        ("T05 right to left.txt", with("\u{202e}he go to\u{202c} مدرسة \u{200f}")),
        ("T06 one line.txt", text.replace('\n', " ").repeat(6)),
        ("T07 long word.txt", with(&"a".repeat(30_000))),
        ("T08 no stops.txt", text.replace(['.', ',', '\n'], " ")),
        ("T09 short lines.txt", text.replace(' ', "\n")),
        ("T10 brackets.txt", with(&"((((((((((\"\"''".repeat(200))),
        ("T11 capitals.txt", text.to_uppercase()),
        ("T12 wide.txt", with("Ｔｈｅ　ｂｏｏｋ，ｈｅ　ｇｏ。“he go”‘he go’")),
    ];
    let files: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let class = folder(&files);
    let out = tempfile::tempdir().unwrap();
    let ran = mark(class.path(), out.path());
    assert_eq!(ran.stderr, "");
    ran.well();
    let summary = summary(out.path());
    for (name, _) in &texts {
        let line = line(&summary, name);
        assert_ne!(line["outcome"], "failed", "{line}");
        let start = name.split(' ').next().unwrap();
        let page = fs::read_to_string(one(out.path(), start)).unwrap();
        assert_eq!(page.matches("<script").count(), 1, "{name}: a pupil's markup came to life");
        let docx = fs::read(one(&out.path().join("docx"), start)).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(docx)).unwrap();
        for n in 0..archive.len() {
            let mut part = String::new();
            archive.by_index(n).unwrap().read_to_string(&mut part).unwrap();
            assert!(!part.contains(is_forbidden), "{name}: a character that XML forbids");
        }
    }
}

/// A spreadsheet runs what begins with `=`; a file's name comes from outside.
#[test]
fn a_name_is_no_formula() {
    let text = fs::read(essay("S01")).unwrap();
    let class = folder(&[("=1+cmd.txt", &text), ("@SUM.txt", &text)]);
    let out = tempfile::tempdir().unwrap();
    mark(class.path(), out.path()).well();
    for book in ["gradebook-moodle.csv", "gradebook-canvas.csv"] {
        let text = fs::read(out.path().join(book)).unwrap();
        for row in csv::ReaderBuilder::new().flexible(true).from_reader(text.as_slice()).records() {
            let row = row.unwrap();
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '@'])), "{book}: {row:?}");
        }
    }
}
