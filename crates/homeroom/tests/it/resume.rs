//! What is interrupted is taken up again, and what is done stays done.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::class::{copy, mark, marked, marking, same, samples, tree};

/// Files of evidence, in order.
fn evidence(out: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(out.join("evidence")) else { return Vec::new() };
    let paths = entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json"));
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    paths
}

#[test]
fn evidence_that_is_there_is_not_made_again() {
    let out = copy();
    let times = || -> Vec<SystemTime> {
        evidence(out.path()).iter().map(|p| fs::metadata(p).unwrap().modified().unwrap()).collect()
    };
    let before = times();
    mark(&samples(), out.path()).well();
    assert_eq!(times(), before);
    same(marked(), out.path());
}

#[test]
fn evidence_that_is_lost_is_made_again() {
    let out = copy();
    for path in evidence(out.path()).iter().step_by(2) {
        fs::remove_file(path).unwrap();
    }
    // A half-written file of an older program, or of a broken disk.
    let cut = &evidence(out.path())[0];
    let bytes = fs::read(cut).unwrap();
    fs::write(cut, &bytes[..bytes.len() / 2]).unwrap();
    mark(&samples(), out.path()).well();
    same(marked(), out.path());
}

/// The program at work on the sample class with one worker, as soon as it has judged three essays.
fn at_work(out: &Path) -> Child {
    let mut command = marking(&samples(), out);
    let command = command.args(["--jobs", "1"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while evidence(out).len() < 3 {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it was looked at");
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

/// What Ctrl-C sends.
fn interrupt(child: &Child) {
    let sent = Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut child = at_work(&out);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = evidence(&out);
    assert!((3..40).contains(&left.len()));
    for path in left {
        assert_eq!(
            fs::read(&path).unwrap(),
            fs::read(marked().join("evidence").join(path.file_name().unwrap())).unwrap()
        );
    }
    // As a kill between the two steps of writing a file would leave it.
    fs::write(out.join("evidence/.homeroom-x1y2.tmp"), "{").unwrap();
    mark(&samples(), &out).well();
    assert!(tree(&out).keys().all(|p| !p.to_string_lossy().ends_with(".tmp")));
    same(marked(), &out);
}

#[test]
fn ctrl_c_keeps_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let child = at_work(&out);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("essays are kept in") && said.contains("run the same command again"), "{said}");
    assert!((3..40).contains(&evidence(&out).len()));
    mark(&samples(), &out).well();
    same(marked(), &out);
}

#[test]
fn one_program_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut child = at_work(&out);
    mark(&samples(), &out).badly(&["another homeroom is working"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Printed reports take long enough to be stopped in the middle of.
#[cfg(unix)]
#[test]
fn ctrl_c_while_pages_are_written() {
    let out = copy();
    let pdf = out.path().join("pdf");
    let mut command = marking(&samples(), out.path());
    let command = command.args(["--pdf", "--jobs", "1"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    while !pdf.is_dir() {
        if child.try_wait().unwrap().is_some() {
            println!("skipped: this program was built without PDF reports");
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    mark(&samples(), out.path()).well();
    assert_eq!(fs::read_dir(pdf).unwrap().count(), 40);
    assert!(tree(out.path()).keys().all(|p| !p.to_string_lossy().ends_with(".tmp")));
}
