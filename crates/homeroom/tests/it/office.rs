//! What other programs make of our files: LibreOffice opens the Word file, Chromium the page. Without them on the machine
//! the tests say so and pass.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use zip::ZipArchive;

use crate::class::{json, marked, one};

/// Runs a program that may not be there.
fn run(program: &str, command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            println!("skipped: {program} is not installed");
            None
        }
    }
}

/// The default marks of a pupil in the marked class.
fn marks(id: &str) -> Vec<Value> {
    let export = json(&one(&marked().join("json"), id));
    export["findings"].as_array().unwrap().iter().filter(|f| f["display"] == "sure").cloned().collect()
}

#[test]
fn libreoffice_shows_the_comments() {
    // One of ours, and a pupil's own Word file.
    let ids = ["S02", "S08"];
    let folder = tempfile::tempdir().unwrap();
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let mut command = Command::new("soffice");
    command.args([profile.as_str(), "--headless", "--convert-to", "odt", "--outdir"]).arg(folder.path());
    command.args(ids.map(|id| one(&marked().join("docx"), id)));
    let Some(output) = run("soffice", &mut command) else { return };
    for id in ids {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let odt = fs::read(one(folder.path(), id)).unwrap_or_else(|_| panic!("{id} was not opened: {said}"));
        let mut archive = ZipArchive::new(Cursor::new(odt)).unwrap();
        let mut content = String::new();
        archive.by_name("content.xml").unwrap().read_to_string(&mut content).unwrap();
        let comments = content.matches("<office:annotation ").count();
        let marks = marks(id);
        assert!(!marks.is_empty() && comments >= marks.len(), "{id}: {comments} comments, {} marks", marks.len());
        for mark in marks {
            let why = mark["explanation"]["zh"].as_str().unwrap().replace('\'', "&apos;").replace('"', "&quot;");
            assert!(content.contains(&why), "{id}: LibreOffice lost a comment ({})", mark["id"]);
        }
        assert!(content.contains("<text:changed-region"), "{id}: no tracked suggestion");
    }
}

/// Chromium on a page, with these switches.
fn chromium(profile: &Path, switches: &[&str], url: &str) -> Option<Output> {
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1200,1600",
        "--virtual-time-budget=3000",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display())).args(switches).arg(url);
    run("chromium", &mut command)
}

#[test]
fn chromium_shows_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    let shot = |name: &str| folder.path().join(name);
    for page in [one(marked(), "S02"), marked().join("index.html")] {
        let url = format!("file://{}", page.display());
        let png = shot("page.png");
        let switches =
            ["--enable-logging=stderr", "--dump-dom", &format!("--screenshot={}", png.display())].map(str::to_owned);
        let switches: Vec<&str> = switches.iter().map(String::as_str).collect();
        let Some(output) = chromium(&profile, &switches, &url) else { return };
        let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{log}");
        let console: Vec<&str> = log.lines().filter(|l| l.contains("CONSOLE")).collect();
        assert!(console.is_empty(), "{console:?}");
        assert!(dom.contains("</html>"), "{}: {log}", page.display());
        if page.ends_with("index.html") {
            assert!(dom.contains("Li Na 李娜"));
        } else {
            let shown = dom.matches("class=\"mk ").count();
            assert!(shown >= marks("S02").len(), "{shown} marks are shown");
        }
        let size = fs::metadata(&png).unwrap().len();
        let blank = shot("blank.png");
        let switch = format!("--screenshot={}", blank.display());
        chromium(&profile, &[&switch], "about:blank").unwrap();
        let empty = fs::metadata(&blank).unwrap().len();
        assert!(size > 5 * empty, "the picture of {} has {size} bytes, an empty one {empty}", page.display());
    }
}
