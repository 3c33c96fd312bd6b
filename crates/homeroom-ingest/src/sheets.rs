//! Pictures that are the pages of one essay, as far as their names tell.
//!
//! Joined are pictures of one folder with the same name and page numbers from 1 on, without a gap: `li-ming-1.jpg` and
//! `li-ming-2.jpg`, `Li Ming (1).jpg`, `li_ming_p1.jpg`, `李明 第1页.jpg`, or `1.jpg` and `2.jpg` in a folder `Li Ming`. The name
//! in front must be one pupil's: in the roster, where there is one, and otherwise one that looks like a person's.
//! `class3-1.jpg` may be the first pupil of a class or the first page of an essay: it is left alone, and the caller is told.

use std::collections::BTreeMap;

use crate::source::extension;
use crate::text::PICTURES;
use crate::transcript::SUFFIX;
use crate::{MatchedBy, Roster};

/// Most pages of an essay. More pictures with one name and running numbers are a class.
const MOST: u32 = 12;

/// Words that stand before a number and name no person.
const NO_NAMES: [&str; 38] = [
    "answer",
    "camera",
    "class",
    "dsc",
    "essay",
    "exam",
    "exercise",
    "file",
    "foto",
    "grade",
    "group",
    "homework",
    "image",
    "img",
    "mmexport",
    "no",
    "number",
    "page",
    "paper",
    "photo",
    "pic",
    "picture",
    "pupil",
    "scan",
    "scans",
    "screenshot",
    "sheet",
    "student",
    "task",
    "test",
    "text",
    "unit",
    "wechat",
    "week",
    "work",
    "writing",
    "pxl",
    "untitled",
];
/// The same in Chinese: a name with one of these in it is no person's.
const NO_NAMES_CHINESE: [&str; 14] =
    ["作文", "作业", "图片", "照片", "扫描", "微信", "截图", "学生", "班", "组", "年级", "试卷", "考试", "答题"];

/// Pictures that are the pages of one essay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheets {
    /// The name without page numbers, which says whose they are: `week3/li-ming.jpg`.
    pub name: String,
    /// Where the pages stand in what was given, in their order; two at least.
    pub pages: Vec<usize>,
}

/// What the names of pictures tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorted {
    /// Pages of one essay.
    pub joined: Vec<Sheets>,
    /// What may be pages of one essay, or essays of several pupils.
    pub doubtful: Vec<Sheets>,
}

/// Finds the pages of one essay among files. `names`: as in [`crate::Source::name`]; files other than pictures and
/// transcripts are passed over.
#[must_use]
pub fn sheets(names: &[&str], roster: &Roster) -> Sorted {
    let mut groups: BTreeMap<_, Vec<(Option<u32>, usize, String)>> = BTreeMap::new();
    let mut whole: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let Some(stem) = picture_stem(name) else { continue };
        let (folder, own) = stem.rsplit_once('/').unwrap_or(("", stem));
        match numbered(own) {
            Some(Numbered { base, number, says_page }) => {
                // `Li Ming/1.jpg`: the folder is the name.
                let name = match (base.is_empty(), folder.is_empty()) {
                    (true, true) => continue,
                    (true, false) => folder.to_owned(),
                    (false, true) => base.to_owned(),
                    (false, false) => format!("{folder}/{base}"),
                };
                let key = (folder.to_owned(), compared(base), says_page);
                groups.entry(key).or_default().push((Some(number), at, name));
            }
            None => {
                whole.insert((folder.to_owned(), compared(own)), at);
            }
        }
    }
    let mut sorted = Sorted::default();
    for ((folder, base, says_page), mut pages) in groups {
        if let Some(&first) = whole.get(&(folder, base)).filter(|_| !says_page) {
            let name = pages[0].2.clone();
            pages.push((None, first, name));
        }
        pages.sort();
        if pages.len() < 2 {
            continue;
        }
        let numbers: Vec<u32> = pages.iter().filter_map(|(number, ..)| *number).collect();
        // `a.jpg, a (1).jpg` and `a.jpg, a-2.jpg` both begin with the one without a number.
        let from = if numbers.len() < pages.len() && numbers.first() == Some(&2) { 2 } else { 1 };
        let running = numbers.iter().zip(from..).all(|(number, wanted)| *number == wanted);
        let name = format!("{}.jpg", pages[0].2);
        let at: Vec<usize> = pages.iter().map(|(_, at, _)| *at).collect();
        let members: Vec<&str> = at.iter().map(|&at| names[at]).collect();
        let sheets = Sheets { name, pages: at };
        match whose(&sheets.name, &members, says_page, roster) {
            Whose::One if running => sorted.joined.push(sheets),
            Whose::One | Whose::Unknown => sorted.doubtful.push(sheets),
            Whose::Several => {}
        }
    }
    sorted
}

/// Whose pictures of one name are.
enum Whose {
    One,
    Several,
    Unknown,
}

fn whose(name: &str, members: &[&str], says_page: bool, roster: &Roster) -> Whose {
    if roster.pupils().next().is_none() {
        let own = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".jpg");
        // `class3_p1` may be a pupil's number; a `page` is a page.
        return if says_page || is_persons(own) { Whose::One } else { Whose::Unknown };
    }
    let base = roster.identify(name);
    let each: Vec<_> = members.iter().map(|member| roster.identify(member)).collect();
    if each.iter().any(|e| e.by == MatchedBy::File) {
        // The roster names the files: those of one pupil are pages of one essay.
        let one = each.iter().all(|e| e.by == MatchedBy::File && e.pupil.id == each[0].pupil.id);
        return if one { Whose::One } else { Whose::Several };
    }
    if base.by != MatchedBy::FileName {
        // The numbers may be other pupils' ids as well, but it is the name that is written out.
        return if base.others.is_empty() { Whose::One } else { Whose::Unknown };
    }
    let known = each.iter().filter(|e| e.by != MatchedBy::FileName).count();
    match known {
        0 if says_page => Whose::One,
        n if n == members.len() => Whose::Several,
        _ => Whose::Unknown,
    }
}

/// Whether a name looks like a person's: letters, and no word of those that cameras and teachers give files.
fn is_persons(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).peekable();
    words.peek().is_some()
        && !name.chars().any(|c| c.is_numeric())
        && name.chars().filter(|c| c.is_alphabetic()).count() > 1
        && !NO_NAMES_CHINESE.iter().any(|no| name.contains(no))
        && words.all(|word| !NO_NAMES.contains(&word.to_lowercase().as_str()))
}

/// The name of a picture, or of a transcript, without its extension.
fn picture_stem(name: &str) -> Option<&str> {
    if let Some(stem) = name.strip_suffix(SUFFIX) {
        return Some(stem);
    }
    let extension = extension(name);
    PICTURES.contains(&extension.as_str()).then(|| &name[..name.len() - extension.len() - 1])
}

fn compared(base: &str) -> String {
    base.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Numbered<'a> {
    base: &'a str,
    number: u32,
    /// Whether the name says that it is a page, not just a number.
    says_page: bool,
}

/// Takes a page's number off the end of a name.
fn numbered(stem: &str) -> Option<Numbered<'_>> {
    let is_separator = |c: char| matches!(c, '-' | '_' | '.' | ' ' | '–');
    let stem = stem.trim();
    let found = |base: &str, digits: &str, says_page: bool| {
        // A year or a camera's counter is no page.
        let number = digits.parse::<u32>().ok().filter(|n| digits.len() <= 2 && (1..=MOST).contains(n))?;
        Some((base.len(), number, says_page))
    };
    let digits_of = |text: &str| text.chars().rev().take_while(char::is_ascii_digit).count();
    let (base, number, says_page) = if let Some(inside) = stem.strip_suffix(['页', '頁']) {
        let inside = inside.trim_end();
        let (before, digits) = inside.split_at(inside.len() - digits_of(inside));
        found(before.trim_end().strip_suffix('第')?, digits, true)?
    } else if let Some(inside) = stem.strip_suffix([')', '）']) {
        let (before, digits) = inside.split_at(inside.len() - digits_of(inside));
        found(before.strip_suffix(['(', '（'])?, digits, false)?
    } else {
        let (before, digits) = stem.split_at(stem.len() - digits_of(stem));
        let trimmed = before.trim_end_matches(is_separator);
        let lower = trimmed.to_ascii_lowercase();
        let word = ["page", "pg", "p"].into_iter().find(|word| {
            let rest = lower.strip_suffix(word);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(is_separator) || rest.ends_with(['(', '（']))
        });
        let parted = trimmed.len() < before.len() || before.is_empty() || before.ends_with(|c: char| !c.is_ascii());
        match word {
            // A single letter may stand for a pupil where no name is before it.
            Some(word) => {
                let base = &trimmed[..trimmed.len() - word.len()];
                found(base, digits, word != "p" || is_persons(base))?
            }
            None if parted => found(before, digits, false)?,
            None => return None,
        }
    };
    Some(Numbered { base: stem[..base].trim_end_matches(is_separator).trim(), number, says_page })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: &str = "id,name,file\nS07,Li Ming,\nS08,李娜,\n1,Wang Fang,\n2,Zhao Lei,\nS09,Tom Hill,a-1.jpg;a-2.jpg\n\
        S10,Ann Lee,b-1.jpg\nS11,Bob Ray,b-2.jpg\nS12,Chen Chen,\nS13,Chen Chen,\n";

    /// `joined` and `doubtful`: groups of names in their order, parted by `|`.
    #[track_caller]
    fn check(roster: &str, names: &[&str], joined: &str, doubtful: &str) {
        let roster = if roster.is_empty() { Roster::default() } else { Roster::parse(roster.as_bytes()).unwrap() };
        let sorted = sheets(names, &roster);
        let said = |all: &[Sheets]| {
            let group = |s: &Sheets| s.pages.iter().map(|&at| names[at]).collect::<Vec<_>>().join(", ");
            all.iter().map(group).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!((said(&sorted.joined).as_str(), said(&sorted.doubtful).as_str()), (joined, doubtful), "{names:?}");
    }

    #[test]
    fn names_of_persons_are_joined() {
        check("", &["li-ming-2.jpg", "li-ming-1.jpg", "han-mei.jpg"], "li-ming-1.jpg, li-ming-2.jpg", "");
        check("", &["Li Ming (1).jpg", "li ming (2).PNG"], "Li Ming (1).jpg, li ming (2).PNG", "");
        check("", &["li-ming_p1.jpg", "li-ming_p2.jpg"], "li-ming_p1.jpg, li-ming_p2.jpg", "");
        check("", &["li-ming-p1.jpg", "li-ming-p2.jpg"], "li-ming-p1.jpg, li-ming-p2.jpg", "");
        check("", &["li ming page 1.jpg", "li ming page 2.jpg"], "li ming page 1.jpg, li ming page 2.jpg", "");
        check("", &["李明1.jpg", "李明2.jpg"], "李明1.jpg, 李明2.jpg", "");
        check("", &["李明 第1页.jpg", "李明 第2页.jpg"], "李明 第1页.jpg, 李明 第2页.jpg", "");
        check("", &["Li Ming.jpg", "Li Ming (1).jpg"], "Li Ming.jpg, Li Ming (1).jpg", "");
        check("", &["li-ming.jpg", "li-ming-2.jpg"], "li-ming.jpg, li-ming-2.jpg", "");
        check("", &["w/Li Ming/2.jpg", "w/Li Ming/1.jpg"], "w/Li Ming/1.jpg, w/Li Ming/2.jpg", "");
        check("", &["li-1.transcript.md", "li-2.transcript.md"], "li-1.transcript.md, li-2.transcript.md", "");
        let ten: Vec<String> = (1..=10).map(|n| format!("mei-{n}.jpg")).collect();
        let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
        check("", &ten, &ten.join(", "), "");
    }

    #[test]
    fn what_may_be_several_pupils_is_told() {
        check("", &["class3-1.jpg", "class3-2.jpg"], "", "class3-1.jpg, class3-2.jpg");
        check("", &["IMG-1.jpg", "IMG-2.jpg"], "", "IMG-1.jpg, IMG-2.jpg");
        check("", &["作文1.jpg", "作文2.jpg"], "", "作文1.jpg, 作文2.jpg");
        check("", &["class3_p1.jpg", "class3_p2.jpg"], "", "class3_p1.jpg, class3_p2.jpg");
        // A page is missing, or stands there twice.
        check("", &["li-ming-1.jpg", "li-ming-3.jpg"], "", "li-ming-1.jpg, li-ming-3.jpg");
        check("", &["li-ming-1.jpg", "li-ming-1.png"], "", "li-ming-1.jpg, li-ming-1.png");
        check("", &["scan page 1.jpg", "scan page 2.jpg"], "scan page 1.jpg, scan page 2.jpg", "");
    }

    #[test]
    fn what_is_no_page_is_left_alone() {
        check("", &["essay-2024.jpg", "essay-2025.jpg"], "", "");
        check("", &["IMG_0001.jpg", "IMG_0002.jpg"], "", "");
        check("", &["li-ming.jpg", "han-mei.jpg", "li-ming-1.txt", "li-ming-2.txt"], "", "");
        check("", &["a/li-1.jpg", "b/li-2.jpg", "li-ming-1.jpg", "1.jpg", "2.jpg"], "", "");
        check("", &["", "/", ".jpg", "-1.jpg", "(1).jpg", "p1.jpg", "第1页.jpg"], "", "");
    }

    #[test]
    fn the_roster_decides_where_there_is_one() {
        check(ROSTER, &["li-ming-1.jpg", "li-ming-2.jpg"], "li-ming-1.jpg, li-ming-2.jpg", "");
        check(ROSTER, &["s07-1.jpg", "s07-2.jpg"], "s07-1.jpg, s07-2.jpg", "");
        check(ROSTER, &["李娜1.jpg", "李娜2.jpg"], "李娜1.jpg, 李娜2.jpg", "");
        // Pupils 1 and 2 are two pupils; 3 and 4 nobody knows.
        check(ROSTER, &["class3-1.jpg", "class3-2.jpg"], "", "");
        check(
            ROSTER,
            &["class3-1.jpg", "class3-2.jpg", "class3-3.jpg"],
            "",
            "class3-1.jpg, class3-2.jpg, class3-3.jpg",
        );
        check(ROSTER, &["han-mei-1.jpg", "han-mei-2.jpg"], "", "");
        check(ROSTER, &["a-1.jpg", "a-2.jpg", "b-1.jpg", "b-2.jpg"], "a-1.jpg, a-2.jpg", "");
        // Two pupils have the name.
        check(ROSTER, &["chen-chen-1.jpg", "chen-chen-2.jpg"], "", "chen-chen-1.jpg, chen-chen-2.jpg");
    }
}
