//! How long a class takes, how much memory, and both against plain Harper on the same text.
//!
//! `cargo bench -p homeroom --bench class [-- --essays N --rounds R]`: writes N essays (40) of about 300 words, made of the
//! sample class's sentences, to a temporary folder; then runs, in turn, `homeroom mark` on them and Harper as it comes on
//! them, each as a process of its own from start to end, R times (5). With `--essays 5000` it shows whether memory stays
//! flat.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Words of an essay.
const WORDS: usize = 300;
/// How often a process is asked for its memory.
const POLL: Duration = Duration::from_millis(2);

/// Seconds from start to end and the most memory resident, in MiB.
struct Cost {
    seconds: f64,
    mebibytes: f64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(folder) = value(&args, "--plain-harper") {
        plain_harper(Path::new(folder));
        return;
    }
    let n = value(&args, "--essays").map_or(40, |v| v.parse().expect("a number of essays"));
    let rounds = value(&args, "--rounds").map_or(5, |v| v.parse().expect("a number of rounds"));
    let work = tempfile::tempdir().expect("a temporary folder");
    let essays = work.path().join("essays");
    std::fs::create_dir(&essays).expect("a folder for the essays");
    let n_words = write_class(&essays, n);
    let (mut ours, mut harper) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let out = work.path().join(format!("out{round}"));
        let mut mark = Command::new(env!("CARGO_BIN_EXE_homeroom"));
        mark.arg("mark").arg(&essays).args(["--rubric", "cet4", "--out"]).arg(&out);
        ours.push(run(&mut mark));
        let mut plain = Command::new(std::env::current_exe().expect("this program's own path"));
        plain.arg("--plain-harper").arg(&essays);
        harper.push(run(&mut plain));
    }
    let ratios: Vec<f64> = ours.iter().zip(&harper).map(|(a, b)| a.seconds / b.seconds).collect();
    println!("{n} essays, {n_words} words, {rounds} rounds; median (least to most)");
    show("homeroom mark, from start to end, s", ours.iter().map(|c| c.seconds));
    show("harper as it comes, one thread, s", harper.iter().map(|c| c.seconds));
    show("homeroom / harper, pairs of one round", ratios.into_iter());
    show("homeroom mark, most memory, MiB", ours.iter().map(|c| c.mebibytes));
    show("harper as it comes, most memory, MiB", harper.iter().map(|c| c.mebibytes));
}

fn value<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).map(String::as_str)
}

fn show(what: &str, values: impl Iterator<Item = f64>) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[0], values[values.len() - 1]);
    println!("{what:40} {:8.2}  ({low:.2} to {high:.2})", values[values.len() / 2]);
}

/// Essays of [`WORDS`] words from the sentences of the sample class, each starting at another one; returns all words.
fn write_class(folder: &Path, n: usize) -> usize {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/class");
    let mut files: Vec<_> = std::fs::read_dir(samples)
        .expect("the sample class")
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    let texts: Vec<String> = files.iter().filter_map(|p| std::fs::read_to_string(p).ok()).collect();
    let sentences: Vec<&str> = texts.iter().flat_map(|t| t.split_inclusive(['.', '!', '?'])).collect();
    let mut all = 0;
    for i in 0..n {
        let mut out =
            BufWriter::new(std::fs::File::create(folder.join(format!("{i:05}.txt"))).expect("an essay's file"));
        let mut words = 0;
        // A step that shares no factor with the number of sentences gives every essay its own order.
        let mut at = i * 37;
        while words < WORDS {
            let sentence = sentences[at % sentences.len()];
            words += sentence.split_whitespace().count();
            write!(out, "{}{}", sentence.trim(), if at % 6 == 5 { "\n\n" } else { " " }).expect("an essay is written");
            at += 7;
        }
        all += words;
    }
    all
}

fn run(command: &mut Command) -> Cost {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the process starts");
    let status_file = format!("/proc/{}/status", child.id());
    let mut kibibytes = 0.0f64;
    let status = loop {
        if let Some(status) = child.try_wait().expect("the process can be waited for") {
            break status;
        }
        // The high-water mark only grows, so the last look before the end is the figure.
        if let Some(mark) = std::fs::read_to_string(&status_file).ok().and_then(|text| {
            text.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok())
        }) {
            kibibytes = kibibytes.max(mark);
        }
        sleep(POLL);
    };
    assert!(status.success(), "{status}");
    Cost { seconds: start.elapsed().as_secs_f64(), mebibytes: kibibytes / 1024.0 }
}

fn plain_harper(folder: &Path) {
    let mut lints = 0;
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the essays").filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.sort();
    let mut harper = homeroom_harper::AsItComes::new();
    for file in files {
        lints += harper.lints(&std::fs::read_to_string(file).expect("an essay"));
    }
    println!("{lints}");
}
