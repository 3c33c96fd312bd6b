//! The file that a transcript is kept in beside its picture, for a person to correct and confirm.
//!
//! ```text
//! ---
//! transcript of: li_na.jpg
//! status: unconfirmed
//! picture: 5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9
//! # Compare the text with the picture ...
//! # crossed out: beautyful
//! ---
//!
//! Last spring we [planded?] a tree.
//! ```

use std::fmt::Write as _;

use homeroom_core::TranscriptStatus;

/// What a transcript's file is called: the picture's name without its extension, and this.
pub const SUFFIX: &str = ".transcript.md";
/// The name of the transcript's file of a picture.
#[must_use]
pub fn file_of(picture: &str) -> String {
    let stem = picture.rsplit_once('.').map_or(picture, |(stem, _)| if stem.is_empty() { picture } else { stem });
    format!("{stem}{SUFFIX}")
}

/// What a text ends with that does not go on over the page.
pub(crate) const SENTENCE_ENDS: [char; 5] = ['.', '!', '?', '"', '。'];

/// The line that opens and closes the head.
const RULE: &str = "---";

/// A transcript as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Whether it was confirmed.
    pub status: TranscriptStatus,
    /// Name of the picture.
    pub of: String,
    /// SHA-256 of the picture, hexadecimal; empty where somebody took it out.
    pub picture: String,
    /// The text, one line per paragraph, without the marks of doubt.
    pub text: String,
    /// How many words are still marked as doubtful.
    pub doubtful: usize,
}

/// A word that a machine has read.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftWord {
    /// The word, with the punctuation that it touches.
    pub text: String,
    /// How sure the machine is, from 0 to 1.
    pub confidence: f32,
    /// Whether a person should look at it.
    pub doubtful: bool,
}

/// A transcript that a machine has made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// The text: paragraphs of words.
    pub paragraphs: Vec<Vec<DraftWord>>,
    /// Words that were crossed out.
    pub crossed_out: Vec<String>,
    /// Lines that stand beside the text.
    pub margin: Vec<String>,
    /// Lines in red ink, as a rule a teacher's.
    pub red: Vec<String>,
    /// The large model that read it, where one did.
    pub reader: Option<String>,
}

impl Draft {
    /// The text, one line per paragraph, without marks of doubt.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |words: &Vec<DraftWord>| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        self.paragraphs.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// How many words are doubtful.
    #[must_use]
    pub fn doubtful(&self) -> usize {
        self.paragraphs.iter().flatten().filter(|w| w.doubtful).count()
    }

    /// Puts the next page after this one. A sentence that goes on over the page goes on in the text.
    pub fn append(&mut self, mut next: Draft) {
        let last = self.paragraphs.last().and_then(|p| p.last());
        let open = last.is_some_and(|w| !w.text.ends_with(SENTENCE_ENDS));
        let goes_on = |p: &Vec<DraftWord>| p.first().is_some_and(|w| w.text.starts_with(char::is_lowercase));
        if open && next.paragraphs.first().is_some_and(goes_on) {
            let rest = next.paragraphs.remove(0);
            self.paragraphs.last_mut().expect("invariant: a page that is open has a paragraph").extend(rest);
        }
        self.paragraphs.append(&mut next.paragraphs);
        self.crossed_out.append(&mut next.crossed_out);
        self.margin.append(&mut next.margin);
        self.red.append(&mut next.red);
        self.reader = self.reader.take().or(next.reader);
    }
}

/// What a transcript's file holds before anybody has looked at it. `of`: name of the picture; `picture`: its SHA-256;
/// `file`: name of the transcript's file.
#[must_use]
pub fn write(draft: &Draft, of: &str, picture: &str, file: &str) -> String {
    let mut out = format!("{RULE}\ntranscript of: {of}\nstatus: unconfirmed\npicture: {picture}\n");
    let _ = writeln!(out, "# Compare the text below with the picture and correct it; keep the pupil's own mistakes.");
    let _ = writeln!(out, "# [word?] was hard to read: put the right word in its place, without brackets.");
    let _ = writeln!(out, "# Then write `confirmed` after `status:` above, or run: homeroom read --confirm {file}");
    let _ = writeln!(out, "# 请对照图片核对下文并改正识别错误，学生自己的错误请保留。[word?] 表示难以辨认的词。");
    let _ = writeln!(out, "# 核对后把上面的 unconfirmed 改为 confirmed。这两条横线之间的内容不属于作文。");
    let mut list = |what: &str, separator: &str, items: &[String]| {
        if !items.is_empty() {
            let _ = writeln!(out, "# {what}: {}", items.join(separator));
        }
    };
    list("crossed out and left out", ", ", &draft.crossed_out);
    list("in the margin and left out", " | ", &draft.margin);
    list("in red ink and left out", " | ", &draft.red);
    // A name of the configuration, on one line.
    let reader = draft.reader.iter().map(|name| name.replace(char::is_control, " ")).collect::<Vec<_>>();
    list("read by a large model, which may have repaired mistakes of the pupil", ", ", &reader);
    let _ = writeln!(out, "{RULE}\n");
    for paragraph in &draft.paragraphs {
        let _ = writeln!(out, "{}\n", paragraph.iter().map(marked).collect::<Vec<_>>().join(" "));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A word, in brackets where it is doubtful. Punctuation at its end stays outside.
fn marked(word: &DraftWord) -> String {
    let text = &word.text;
    if !word.doubtful {
        return text.clone();
    }
    let stem = text.trim_end_matches([',', '.', ';', ':', '!', '?']);
    if stem.is_empty() { format!("[{text}?]") } else { format!("[{stem}?]{}", &text[stem.len()..]) }
}

/// Reads a transcript's file; `None` for a file that is none.
#[must_use]
pub fn parse(file: &str) -> Option<Transcript> {
    let file = file.trim_start_matches('\u{FEFF}');
    let mut lines = file.lines();
    if lines.next()?.trim() != RULE {
        return None;
    }
    let (mut of, mut status, mut picture) = (None, TranscriptStatus::Unconfirmed, String::new());
    loop {
        let line = lines.next()?.trim();
        if line == RULE {
            break;
        }
        // A full-width colon is what a Chinese keyboard types.
        let Some((key, value)) = line.split_once([':', '：']) else { continue };
        match (key.trim().to_lowercase().as_str(), value.trim()) {
            ("transcript of", value) => of = Some(value.to_owned()),
            // Only the whole word counts: `not confirmed` is not.
            ("status", value) if value.eq_ignore_ascii_case("confirmed") => status = TranscriptStatus::Confirmed,
            ("picture", value) => value.clone_into(&mut picture),
            _ => {}
        }
    }
    let (text, doubtful) = without_marks(&lines.collect::<Vec<_>>());
    Some(Transcript { status, of: of?, picture, text, doubtful })
}

/// Paragraphs are parted by empty lines; a line that was broken by hand belongs to its paragraph.
fn without_marks(lines: &[&str]) -> (String, usize) {
    let mut out = String::new();
    let mut doubtful = 0;
    let mut fresh = true;
    for line in lines {
        let line = line.trim();
        if line.is_empty() {
            fresh = true;
            continue;
        }
        if !out.is_empty() {
            out.push(if fresh { '\n' } else { ' ' });
        }
        fresh = false;
        let mut rest = line;
        while let Some(at) = rest.find('[') {
            let (before, bracket) = rest.split_at(at);
            out.push_str(before);
            // A mark holds one word.
            match bracket.find("?]").filter(|end| !bracket[1..*end].contains(['[', ' '])) {
                Some(end) => {
                    out.push_str(&bracket[1..end]);
                    doubtful += 1;
                    rest = &bracket[end + 2..];
                }
                None => {
                    out.push('[');
                    rest = &bracket[1..];
                }
            }
        }
        out.push_str(rest);
    }
    (out, doubtful)
}

/// The file with its status set to confirmed; `None` for a file that is no transcript.
#[must_use]
pub fn confirmed(file: &str) -> Option<String> {
    parse(file)?;
    // Some editors put a mark of the encoding in front.
    let file = file.trim_start_matches('\u{FEFF}');
    let mut head = 0;
    let lines: Vec<String> = file
        .lines()
        .map(|line| {
            head += usize::from(line.trim() == RULE);
            let is_status = head == 1
                && line.split_once([':', '：']).is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case("status"));
            if is_status { "status: confirmed".to_owned() } else { line.to_owned() }
        })
        .collect();
    let out = lines.join("\n") + "\n";
    // Somebody may have taken the line out.
    Some(if parse(&out)?.status == TranscriptStatus::Confirmed {
        out
    } else {
        out.replacen(RULE, &format!("{RULE}\nstatus: confirmed"), 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use TranscriptStatus::{Confirmed, Unconfirmed};

    fn words(text: &str) -> Vec<DraftWord> {
        let word = |w: &str| DraftWord {
            text: w.trim_end_matches('*').to_owned(),
            confidence: 0.5,
            doubtful: w.ends_with('*'),
        };
        text.split(' ').map(word).collect()
    }

    #[test]
    fn a_mark_of_the_encoding_in_front_changes_nothing() {
        let file = "\u{FEFF}---\ntranscript of: a.jpg\nstatus: unconfirmed\n---\nThe form said\nstatus: unconfirmed\nand so on.\n";
        let (before, after) = (parse(file).unwrap(), parse(&confirmed(file).unwrap()).unwrap());
        assert_eq!((after.status, after.text), (Confirmed, before.text));
    }

    #[test]
    fn written_corrected_confirmed() {
        let draft = Draft {
            paragraphs: vec![words("My Dog"), words("I has a dcg.*")],
            crossed_out: vec!["cat".to_owned()],
            red: vec!["good!".to_owned()],
            ..Draft::default()
        };
        let file = write(&draft, "li.jpg", "00ff", "li.transcript.md");
        assert!(file.ends_with("My Dog\n\nI has a [dcg?].\n"), "{file}");
        assert!(file.contains("# crossed out and left out: cat\n# in red ink and left out: good!\n---\n"), "{file}");
        let read = parse(&file).unwrap();
        let expected = Transcript {
            status: Unconfirmed,
            of: "li.jpg".to_owned(),
            picture: "00ff".to_owned(),
            text: "My Dog\nI has a dcg.".to_owned(),
            doubtful: 1,
        };
        assert_eq!(read, expected);
        let confirmed = confirmed(&file.replace("[dcg?]", "dog")).unwrap();
        let read = parse(&confirmed).unwrap();
        assert_eq!((read.status, read.text.as_str(), read.doubtful), (Confirmed, "My Dog\nI has a dog.", 0));
    }

    #[test]
    fn sentences_go_on_over_the_page() {
        let page = |text: &str| Draft { paragraphs: text.split('|').map(words).collect(), ..Draft::default() };
        let mut draft = page("One.|We went to");
        draft.append(page("the river.|Two."));
        draft.append(page("Three."));
        assert_eq!(draft.text(), "One.\nWe went to the river.\nTwo.\nThree.");
    }

    #[track_caller]
    fn check(file: &str, status: Option<TranscriptStatus>, text: &str) {
        let read = parse(file);
        assert_eq!(read.as_ref().map(|t| t.status), status, "{file}");
        assert_eq!(read.map_or(String::new(), |t| t.text), text);
    }

    #[test]
    fn files_that_people_changed() {
        check(
            "---\ntranscript of: a.jpg\nstatus: Confirmed\n---\nOne\ntwo.\n\nThree.",
            Some(Confirmed),
            "One two.\nThree.",
        );
        check("\u{FEFF}---\r\nstatus：confirmed\r\ntranscript of：a.jpg\r\n---\r\nOne.\r\n", Some(Confirmed), "One.");
        check("---\ntranscript of: a.jpg\n---\nA [b c?] [d?] [e", Some(Unconfirmed), "A [b c?] d [e");
        check("---\ntranscript of: a.jpg\nstatus: not confirmed\n---\n", Some(Unconfirmed), "");
        // Not a transcript: no head, a head that does not end, another file's head.
        check("An essay.", None, "");
        check("---\ntranscript of: a.jpg\nstatus: confirmed\n", None, "");
        check("---\ntitle: My dog\n---\nAn essay.", None, "");
    }
}
