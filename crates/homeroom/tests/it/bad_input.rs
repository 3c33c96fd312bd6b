//! What can't be read or marked gets a reason of its own, and the rest of the class is marked all the same.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::class::{Ran, arg, command, essay, folder, homeroom, line, mark, marking, ran, same, samples, summary};

/// A PDF file with `pages` pages, each with `content` (PDF 1.4, no compression).
fn pdf(pages: usize, content: &str) -> Vec<u8> {
    let kids: String = (0..pages).map(|n| format!("{} 0 R ", 4 + n)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";
    let page = format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << /Font << /F1 {font} >> >> >>"
    );
    objects.resize(3 + pages, page);
    let mut out = "%PDF-1.4\n".to_owned();
    let mut table = String::new();
    for (n, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let (start, size) = (out.len(), objects.len() + 1);
    out.push_str(&format!("xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\n"));
    out.push_str(&format!("startxref\n{start}\n%%EOF\n"));
    out.into_bytes()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The mark of an OLE file, which a Word file with a password is.
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

#[test]
fn each_has_a_reason_of_its_own() {
    let text = "BT /F1 12 Tf 72 700 Td (A page of an essay.) Tj ET";
    let square = "0.8 g 0 0 595 842 re f";
    let docx = fs::read(essay("S03")).unwrap();
    let bomb = zip(&[("word/document.xml", &vec![b' '; 20 << 20])]);
    let locked = [OLE.as_slice(), &[0; 512], "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0".as_bytes()].concat();
    let chinese = "我的学校很大，同学们都很友好。".repeat(20);
    let german = "Meine Schule ist sehr groß, und meine Freunde sind alle sehr freundlich zu mir. ".repeat(8);
    let good = fs::read(essay("S01")).unwrap();
    let cases: [(&str, &[u8], &str, &str); 16] = [
        ("good.txt", &good, "marked", ""),
        ("blank.txt", b" \n\t\r\n  \n", "failed", "empty"),
        ("bomb.docx", &bomb, "failed", "zip_bomb"),
        ("chinese.txt", chinese.as_bytes(), "unscored", "wrong_language"),
        ("cut.docx", &docx[..docx.len() / 2], "failed", "broken"),
        ("empty.txt", b"", "failed", "empty"),
        ("fake.pdf", b"no pdf", "failed", "broken"),
        ("german.txt", german.as_bytes(), "unscored", "wrong_language"),
        ("letters.txt", b"aaaa bbbb cccc", "unscored", "too_short"),
        ("locked.docx", &locked, "failed", "encrypted"),
        ("long.pdf", &pdf(320, text), "failed", "too_many_pages"),
        ("old.doc", &OLE, "failed", "old_word"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "failed", "no_reader"),
        ("scan.pdf", &pdf(2, square), "failed", "no_reader"),
        ("sheet.xlsx", &zip(&[("xl/workbook.xml", b"<x/>")]), "failed", "unsupported"),
        ("song.txt", b"ID3\x03\0\0\0\0\0\x01\xff\xfb\x90\0\0\0\0", "failed", "not_text"),
    ];
    let files: Vec<(&str, &[u8])> = cases.iter().map(|(name, bytes, ..)| (*name, *bytes)).collect();
    let class = folder(&files);
    let out = tempfile::tempdir().unwrap();
    let no_models = tempfile::tempdir().unwrap();
    let said = ran(marking(class.path(), out.path()).env("HOMEROOM_MODELS", no_models.path()));
    assert_eq!(said.stderr, "");
    let table = said.well();
    let summary = summary(out.path());
    if line(&summary, "scan")["code"] == "no_pdfium" {
        println!("PDF files are skipped: libpdfium is not there (scripts/fetch-pdfium.sh)");
    }
    for (name, _, outcome, code) in cases {
        let line = line(&summary, name);
        assert_eq!(line["outcome"], outcome, "{line}");
        let is_unread_pdf = name.ends_with(".pdf") && line["code"] == "no_pdfium";
        assert!(is_unread_pdf || line["code"].as_str().unwrap_or_default() == code, "{name}: {line}");
        assert!(outcome == "marked" || table.contains(line["reason"]["en"].as_str().unwrap()), "{name}: {table}");
    }
    assert!(line(&summary, "photo")["reason"]["en"].as_str().unwrap().contains("homeroom pull pp-ocr"));
}

#[test]
fn a_zip_of_a_class_is_opened() {
    let essay = fs::read(essay("S01")).unwrap();
    let inner = zip(&[("a.txt", b"text")]);
    let entries: [(&str, &[u8]); 3] =
        [("week 3/S01_Zhang_Wei.txt", &essay), ("../escape.txt", b"out of the folder"), ("more.zip", &inner)];
    let class = folder(&[("week.zip", &zip(&entries))]);
    let out = tempfile::tempdir().unwrap();
    mark(class.path(), &out.path().join("out")).well();
    let summary = summary(&out.path().join("out"));
    let of = |part: &str| {
        let lines = summary["essays"].as_array().unwrap();
        lines.iter().find(|e| e["file"].as_str().unwrap().contains(part)).unwrap_or_else(|| panic!("no {part}"))
    };
    assert_eq!(of("S01")["outcome"], "marked");
    assert_eq!(of("S01")["pupil_id"], "S01");
    assert_eq!(of("more.zip")["code"], "nested_archive");
    assert!(!out.path().join("escape.txt").exists() && !class.path().join("escape.txt").exists());
}

#[test]
fn paths_that_are_not_there() {
    let out = tempfile::tempdir().unwrap();
    let ran = homeroom(&["mark", "no/such/folder", "--rubric", "cet4", "--out", arg(&out.path().join("out"))]);
    ran.badly(&["no/such/folder"]);
    assert!(!out.path().join("out").exists());
    let empty = tempfile::tempdir().unwrap();
    mark(empty.path(), &out.path().join("out")).badly(&["no essays in", arg(empty.path())]);
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    if is_root() {
        println!("skipped: root may read every file");
        return;
    }
    let class = folder(&[("S01_a.txt", &fs::read(essay("S01")).unwrap()), ("S02_b.txt", b"locked")]);
    fs::set_permissions(class.path().join("S02_b.txt"), fs::Permissions::from_mode(0o0)).unwrap();
    let out = tempfile::tempdir().unwrap();
    mark(class.path(), out.path()).well();
    let summary = summary(out.path());
    assert_eq!(line(&summary, "S02")["code"], "unreadable");
    assert_eq!(line(&summary, "S01")["outcome"], "marked");
}

#[test]
fn a_link_to_nothing() {
    let class = folder(&[("S01_a.txt", &fs::read(essay("S01")).unwrap())]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.txt", class.path().join("S02_b.txt")).unwrap();
    let out = tempfile::tempdir().unwrap();
    mark(class.path(), out.path()).well();
    assert_eq!(line(&summary(out.path()), "S01")["outcome"], "marked");
}

/// Marks one essay with this roster.
fn with_roster(roster: &str, out: &Path) -> Ran {
    let class = folder(&[("roster.csv", roster.as_bytes())]);
    let mut command = command();
    command.arg("mark").arg(essay("S01")).args(["--rubric", "cet4", "--out"]).arg(out);
    ran(command.arg("--roster").arg(class.path().join("roster.csv")))
}

#[test]
fn rosters() {
    let out = tempfile::tempdir().unwrap();
    with_roster("class,file\n7A,a.txt\n", out.path()).badly(&["roster.csv", "\"id\" or \"name\""]);
    with_roster("", out.path()).badly(&["roster.csv"]);
    let twice = with_roster("id,name\nS01,Zhang Wei\nS02,Liu Yang\nS01,Li Na\n,\n", out.path());
    assert!(twice.stderr.contains("line 4 repeats the id S01"), "{}", twice.stderr);
    twice.well();
    assert_eq!(line(&summary(out.path()), "S01")["pupil"], "Zhang Wei");
    homeroom(&["mark", arg(&essay("S01")), "--rubric", "cet4", "--roster", "none.csv", "--out", arg(out.path())])
        .badly(&["read the roster none.csv"]);
}

#[test]
fn two_files_of_one_pupil_are_two_submissions() {
    let text = fs::read(essay("S01")).unwrap();
    let class = folder(&[("S01_draft.txt", &text), ("S01_final.txt", &text)]);
    let out = tempfile::tempdir().unwrap();
    mark(class.path(), out.path()).well();
    let summary = summary(out.path());
    assert_ne!(line(&summary, "S01_draft")["submission"], line(&summary, "S01_final")["submission"]);
}

#[test]
fn rubrics_and_prompts_that_are_not_there() {
    let (class, out) = (samples(), tempfile::tempdir().unwrap());
    let (class, out) = (arg(&class), arg(out.path()));
    homeroom(&["mark", class, "--rubric", "nope", "--out", out]).badly(&["no rubric `nope`", "cet4"]);
    homeroom(&["mark", class, "--rubric", "my.toml", "--out", out]).badly(&["read the rubric my.toml"]);
    homeroom(&["mark", class, "--rubric", "cet4", "--prompt", "none.md", "--out", out]).badly(&["none.md"]);
    let broken = folder(&[("my.toml", b"id = [")]);
    let rubric = broken.path().join("my.toml");
    homeroom(&["mark", class, "--rubric", arg(&rubric), "--out", out]).badly(&["read the rubric", "my.toml"]);
}

#[test]
fn an_output_folder_that_can_not_be_one() {
    let taken = folder(&[("file", b"text")]);
    mark(&essay("S01"), &taken.path().join("file")).badly(&["make the folder", "file"]);
    assert_eq!(fs::read(taken.path().join("file")).unwrap(), b"text");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if is_root() {
            println!("skipped: root may write to every folder");
            return;
        }
        let out = tempfile::tempdir().unwrap();
        fs::set_permissions(out.path(), fs::Permissions::from_mode(0o555)).unwrap();
        mark(&essay("S01"), &out.path().join("out")).badly(&["make the folder"]);
    }
}

/// A limit on the size of files is what a full disk is for the program, and any user may set it.
#[test]
fn a_full_disk() {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("out");
    let few = tempfile::tempdir().unwrap();
    for id in ["S01", "S02", "S03"] {
        fs::copy(essay(id), few.path().join(essay(id).file_name().unwrap())).unwrap();
    }
    // A page has 40 kB, the evidence of an essay less.
    for blocks in [4, 60] {
        let full = marking(few.path(), &out);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]);
        shell.arg(full.get_program()).args(full.get_args()).env("SOURCE_DATE_EPOCH", "1767225600");
        ran(&mut shell).badly(&["write", "too large", "what was done before is kept"]);
        assert!(!out.join("summary.json").exists());
    }
    mark(few.path(), &out).well();
    let whole = tempfile::tempdir().unwrap();
    mark(few.path(), whole.path()).well();
    same(whole.path(), &out);
}
