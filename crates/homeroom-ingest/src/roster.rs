use std::collections::BTreeSet;

use homeroom_core::{ClassId, Pupil, PupilId};
use pinyin::ToPinyinMulti;

use crate::ReadError;
use crate::encoding::decode;

/// Header names of the columns, in lower case.
const ID: [&str; 10] = ["id", "学号", "student id", "student_id", "studentid", "no", "number", "编号", "考号", "座号"];
const NAME: [&str; 6] = ["name", "姓名", "student", "student name", "full name", "名字"];
const CLASS: [&str; 4] = ["class", "班级", "班", "group"];
const FILE: [&str; 5] = ["file", "filename", "file name", "文件", "文件名"];
/// Longest chain of file-name parts that is read as one id or name: `Maria_del_Carmen_Garcia` has four.
const MAX_PARTS: usize = 5;

/// The pupils of a class, and the files that are theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    entries: Vec<Entry>,
    problems: Vec<RosterProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    pupil: Pupil,
    /// Names of the file column; several are separated by `;`.
    files: Vec<String>,
    /// The id as it is compared: lower case, letters and digits only.
    id_key: String,
    /// Every form of the name in Latin letters, as it is compared.
    latin_keys: Vec<String>,
    /// The name in Chinese characters.
    han: String,
}

/// A row of the roster that can't be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterProblem {
    /// Neither id nor name; the row was left out.
    NoPupil {
        /// Line number, from 1.
        line: u64,
    },
    /// The id stands in an earlier row, too; the row was left out.
    RepeatedId {
        /// The id.
        id: PupilId,
        /// Line number, from 1.
        line: u64,
    },
}

/// What told whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    /// The roster's file column.
    File,
    /// A pupil's id in the file's name.
    Id,
    /// A pupil's name in the file's name.
    Name,
    /// Nothing in the roster: id and name are what the file's name says.
    FileName,
}

/// Whose file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The pupil.
    pub pupil: Pupil,
    /// What told so.
    pub by: MatchedBy,
    /// Other pupils of the roster that it could be, as well: a teacher should look.
    pub others: Vec<PupilId>,
}

impl Roster {
    /// Reads a roster: CSV with a header line, separated by commas, semicolons or tabs, in any encoding.
    ///
    /// The columns `id`, `name`, `class` and `file` (or 学号, 姓名, 班级, 文件) stand in any order; others are passed
    /// over. One of `id` and `name` is needed; a pupil without an id gets the name as id.
    ///
    /// # Errors
    /// [`ReadError::Empty`], [`ReadError::NotText`], [`ReadError::RosterColumns`], [`ReadError::RosterRow`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = decode(bytes, None)?.text;
        let Some(header) = text.lines().find(|line| !line.trim().is_empty()) else { return Err(ReadError::Empty) };
        let count = |separator: char| header.matches(separator).count();
        let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|&c| count(c)).unwrap_or(',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(u8::try_from(separator).unwrap_or(b','))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|_| ReadError::RosterColumns)?.clone();
        let column = |names: &[&str]| headers.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
        let (id, name, class, file) = (column(&ID), column(&NAME), column(&CLASS), column(&FILE));
        if id.is_none() && name.is_none() {
            return Err(ReadError::RosterColumns);
        }
        let mut roster = Self::default();
        let mut ids = BTreeSet::new();
        for record in reader.records() {
            let record =
                record.map_err(|e| ReadError::RosterRow { line: e.position().map_or(0, csv::Position::line) })?;
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |column: Option<usize>| {
                column.and_then(|c| record.get(c)).map(str::trim).filter(|value| !value.is_empty())
            };
            let (Some(id), Some(name)) = (cell(id).or(cell(name)), cell(name).or(cell(id))) else {
                if record.iter().any(|value| !value.is_empty()) {
                    roster.problems.push(RosterProblem::NoPupil { line });
                }
                continue;
            };
            let pupil_id = PupilId::new(id);
            if !ids.insert(pupil_id.clone()) {
                roster.problems.push(RosterProblem::RepeatedId { id: pupil_id, line });
                continue;
            }
            let han: String = name.chars().filter(|&c| is_han(c)).collect();
            roster.entries.push(Entry {
                files: cell(file).map_or(Vec::new(), |files| files.split(';').map(file_key).collect()),
                id_key: key(id),
                latin_keys: latin_keys(name, &han),
                pupil: Pupil { id: pupil_id, name: name.to_owned(), class: cell(class).map(ClassId::new) },
                han,
            });
        }
        if roster.entries.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(roster)
    }

    /// The pupils, in the order of the roster.
    pub fn pupils(&self) -> impl Iterator<Item = &Pupil> {
        self.entries.iter().map(|entry| &entry.pupil)
    }

    /// Rows that could not be used as they are.
    #[must_use]
    pub fn problems(&self) -> &[RosterProblem] {
        &self.problems
    }

    /// Whose file `file` is, a name as in [`crate::Source::name`].
    ///
    /// The file column decides; then an id in the file's name, then a name (in Latin letters, either way round, or in
    /// Chinese, with pinyin for either), each first in the file's own name and then in its folders'. What nobody in the
    /// roster fits is taken apart: `S07_Li_Na.txt` is `Li Na` with the id `S07`.
    #[must_use]
    pub fn identify(&self, file: &str) -> Identified {
        let wanted = file_key(file);
        let by_file = |entry: &&Entry| {
            entry.files.iter().any(|f| !f.is_empty() && (wanted == *f || wanted.ends_with(&format!("/{f}"))))
        };
        if let Some(found) = pick(self.entries.iter().filter(by_file).collect(), MatchedBy::File) {
            return found;
        }
        let steps: Vec<&str> = file.rsplit('/').collect();
        for (depth, step) in steps.iter().enumerate() {
            let stem = if depth == 0 { stem(step) } else { step };
            let parts = parts(stem);
            let windows = windows(&parts);
            // A folder `Unit 2` is not pupil 2's.
            let tells = |e: &&Entry| {
                let is_short = e.id_key.len() < 3 && e.id_key.chars().all(|c| c.is_ascii_digit());
                !e.id_key.is_empty() && (depth == 0 || !is_short) && windows.contains(&e.id_key)
            };
            let by_id: Vec<&Entry> = self.entries.iter().filter(tells).collect();
            let by_name = self.by_name(stem, &windows);
            if let Some(mut found) = pick(by_id, MatchedBy::Id) {
                // The name says someone else: both are told.
                let contradicts = !by_name.is_empty() && by_name.iter().all(|e| e.pupil.id != found.pupil.id);
                if contradicts {
                    found.others.extend(by_name.iter().map(|e| e.pupil.id.clone()));
                }
                return found;
            }
            if let Some(found) = pick(by_name, MatchedBy::Name) {
                return found;
            }
        }
        Identified { pupil: derive(&steps), by: MatchedBy::FileName, others: Vec::new() }
    }

    /// The pupils whose name stands in a file's name; of several the longest, as 李娜 is part of 李娜娜.
    fn by_name(&self, stem: &str, windows: &BTreeSet<String>) -> Vec<&Entry> {
        let mut best = 0;
        let mut found: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            let han = if entry.han.chars().count() > 1 && stem.contains(&entry.han) { entry.han.len() * 4 } else { 0 };
            let latin = entry.latin_keys.iter().filter(|k| windows.contains(*k)).map(String::len).max().unwrap_or(0);
            let length = han.max(latin);
            if length == 0 || length < best {
                continue;
            }
            if length > best {
                found.clear();
                best = length;
            }
            found.push(entry);
        }
        found
    }
}

/// The first of several, with the others named.
fn pick(mut found: Vec<&Entry>, by: MatchedBy) -> Option<Identified> {
    if found.is_empty() {
        return None;
    }
    let first = found.remove(0);
    let others = found.into_iter().map(|entry| entry.pupil.id.clone()).collect();
    Some(Identified { pupil: first.pupil.clone(), by, others })
}

/// Id and name as a file's name gives them. `steps`: the path from its end.
fn derive(steps: &[&str]) -> Pupil {
    // Moodle packs submissions as `NAME_NUMBER_assignsubmission_file_/FILE`.
    for step in steps {
        if let Some((who, _)) = step.split_once("_assignsubmission_")
            && let Some((name, number)) = who.rsplit_once('_')
        {
            return pupil(number, name);
        }
    }
    let stem = stem(steps.first().copied().unwrap_or_default());
    let parts = parts(stem);
    // An id is the first part that has a digit, if it stands at either end.
    let has_digit = |part: &String| part.chars().any(|c| c.is_ascii_digit());
    let at = match (parts.first(), parts.last()) {
        (Some(first), _) if has_digit(first) => Some(0),
        (_, Some(last)) if has_digit(last) => Some(parts.len() - 1),
        _ => None,
    };
    let whole = || if stem.trim().is_empty() { "unnamed".to_owned() } else { stem.trim().to_owned() };
    match at {
        Some(at) if parts.len() > 1 => {
            let name: Vec<&str> =
                parts.iter().enumerate().filter(|(idx, _)| *idx != at).map(|(_, part)| part.as_str()).collect();
            pupil(&parts[at], &name.join(" "))
        }
        _ => {
            let name = parts.join(" ");
            pupil(&whole(), if name.is_empty() { stem } else { &name })
        }
    }
}

fn pupil(id: &str, name: &str) -> Pupil {
    let name = if name.trim().is_empty() { id } else { name.trim() };
    Pupil { id: PupilId::new(id), name: name.to_owned(), class: None }
}

/// A file's name without extension and without the marks of a copy: `essay (1).txt`, `essay - Copy.txt`.
fn stem(file: &str) -> &str {
    let stem = match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 8 => stem,
        _ => file,
    };
    let mut stem = stem.trim();
    for mark in [" - Copy", " - 副本", "-副本", " copy", "副本"] {
        stem = stem.strip_suffix(mark).unwrap_or(stem).trim_end();
    }
    if let Some(open) = stem.rfind(['(', '（'])
        && open > 0
        && stem[open..].chars().skip(1).all(|c| c.is_ascii_digit() || matches!(c, ')' | '）'))
    {
        stem = stem[..open].trim_end();
    }
    stem
}

/// A name in parts: at separators, and between Chinese characters and others.
fn parts(stem: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last: Option<bool> = None;
    for c in stem.chars() {
        if !c.is_alphanumeric() {
            last = None;
            continue;
        }
        let han = is_han(c);
        match parts.last_mut() {
            Some(part) if last == Some(han) => part.push(c),
            _ => parts.push(c.to_string()),
        }
        last = Some(han);
    }
    parts
}

/// Every chain of neighbouring parts, as it is compared.
fn windows(parts: &[String]) -> BTreeSet<String> {
    let mut windows = BTreeSet::new();
    for start in 0..parts.len() {
        for end in start + 1..=parts.len().min(start + MAX_PARTS) {
            let joined = key(&parts[start..end].concat());
            if joined.len() <= 64 {
                windows.insert(joined);
            }
        }
        // A Chinese name in the file, written in pinyin in the roster.
        if let Some(part) = parts.get(start).filter(|p| p.chars().all(is_han)) {
            let chars: Vec<char> = part.chars().collect();
            for length in 2..=4 {
                windows.extend(chars.windows(length).flat_map(|name| readings(&name.iter().collect::<String>())));
            }
        }
    }
    windows
}

/// Lower case, letters and digits only.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn file_key(file: &str) -> String {
    file.trim().replace('\\', "/").to_lowercase()
}

/// The forms of a name in Latin letters: as written, the other way round, and a Chinese name's pinyin in both orders.
fn latin_keys(name: &str, han: &str) -> Vec<String> {
    let name = name.replace(['\'', '’'], "");
    let latin: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric() || is_han(c)).filter(|part| !part.is_empty()).collect();
    let mut keys = BTreeSet::new();
    if latin.len() > 1 || latin.first().is_some_and(|part| part.len() > 3) {
        keys.insert(key(&latin.concat()));
        let (first, rest) = latin.split_first().expect("invariant: not empty");
        keys.insert(key(&format!("{}{first}", rest.concat())));
        if let Some((last, rest)) = latin.split_last() {
            keys.insert(key(&format!("{last}{}", rest.concat())));
        }
    }
    if (2..=4).contains(&han.chars().count()) {
        keys.extend(readings(han));
        let mut chars = han.chars();
        if let Some(surname) = chars.next() {
            let given: String = chars.collect();
            keys.extend(readings(&format!("{given}{surname}")));
        }
    }
    keys.into_iter().filter(|k| !k.is_empty()).collect()
}

/// Pinyin without tones, in every combination of the characters' readings: 曾 is `zeng` and `ceng`.
fn readings(han: &str) -> BTreeSet<String> {
    /// More combinations than this belong to no name.
    const MOST: usize = 64;
    if han.chars().count() > 4 {
        return BTreeSet::new();
    }
    let mut all = BTreeSet::from([String::new()]);
    for c in han.chars() {
        let Some(multi) = c.to_pinyin_multi() else { return BTreeSet::new() };
        let syllables: BTreeSet<String> = multi.into_iter().map(|p| p.plain().replace('ü', "v")).collect();
        all = all.iter().flat_map(|start| syllables.iter().map(move |s| format!("{start}{s}"))).take(MOST).collect();
    }
    all
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
