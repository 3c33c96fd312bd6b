//! Adding, replacing, removing, locking, and bases that are damaged.

use std::fs;

use homeroom_know::{Added, Base, KnowError, Section, Source};

use crate::{empty, source};

const RULES: &str = "Rules\nA lost key costs ten dollars. Ask Mr. Tan in the office for a new one.";

#[track_caller]
fn found(base: &Base, question: &str) -> Vec<String> {
    base.search(question, None, 5).unwrap().hits.into_iter().map(|hit| hit.source).collect()
}

#[test]
fn what_was_added_is_found_and_comes_back_as_it_was() {
    let (folder, mut base) = empty();
    assert_eq!(base.add(source("rules.txt", RULES), None).unwrap(), Added::New);
    assert_eq!(base.add(source("other.txt", "Nothing of the kind stands here."), None).unwrap(), Added::New);
    assert_eq!(base.add(source("rules.txt", RULES), None).unwrap(), Added::Unchanged);
    drop(base);
    let base = Base::open(&folder.path().join("base")).unwrap();
    let names: Vec<String> = base.sources().unwrap().into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["other.txt", "rules.txt"]);
    assert_eq!(base.text("rules.txt").unwrap().as_deref(), Some(RULES));
    assert_eq!(base.text("absent.txt").unwrap(), None);
    let found = base.search("What does a lost key cost?", None, 5).unwrap();
    let hit = &found.hits[0];
    assert_eq!((hit.source.as_str(), hit.headings.as_slice()), ("rules.txt", &["Rules".to_owned()][..]));
    assert_eq!(hit.span.of(RULES), hit.text);
    assert_eq!(hit.why.terms, ["lost", "key", "cost"]);
    assert_eq!(hit.why.bm25.map(|r| r.rank), Some(1));
    assert!(hit.why.cosine.is_none());
    assert!(found.sufficiency.in_documents);
    let none = base.search("Where may dragons land?", None, 5).unwrap();
    assert!(!none.sufficiency.in_documents);
    assert_eq!(none.sufficiency.missing, ["dragons", "land"]);
}

#[test]
fn a_changed_file_replaces_its_passages() {
    let (_folder, mut base) = empty();
    base.add(source("a.txt", "The gate opens at seven."), None).unwrap();
    base.add(source("b.txt", "The library opens at eight."), None).unwrap();
    assert_eq!(base.add(source("a.txt", "The door is never locked."), None).unwrap(), Added::Replaced);
    assert_eq!(found(&base, "gate"), Vec::<String>::new());
    assert_eq!(found(&base, "door"), ["a.txt"]);
    assert_eq!(found(&base, "library"), ["b.txt"]);
    assert_eq!(base.sources().unwrap().len(), 2);
    assert!(base.remove("a.txt").unwrap());
    assert!(!base.remove("a.txt").unwrap());
    assert_eq!(found(&base, "door"), Vec::<String>::new());
    assert_eq!(base.sources().unwrap().len(), 1);
    // The same text again, after it was removed, is new.
    assert_eq!(base.add(source("a.txt", "The door is never locked."), None).unwrap(), Added::New);
    base.finish().unwrap();
}

#[test]
fn chinese_and_mixed_text_is_found() {
    let (_folder, mut base) = empty();
    base.add(source("通知.txt", "作业请用App上传，文件名写Uploading加学号。逾期不收。"), None).unwrap();
    base.add(source("其他.txt", "明天下午开家长会。"), None).unwrap();
    assert_eq!(found(&base, "怎么上传作业？"), ["通知.txt"]);
    assert_eq!(found(&base, "ＵＰＬＯＡＤ"), ["通知.txt"]);
    assert_eq!(found(&base, "家长会是哪天"), ["其他.txt"]);
}

#[test]
fn pages_and_sections_that_are_known_are_told() {
    let (_folder, mut base) = empty();
    let text =
        format!("FEES\n{}\nFOOD\n{}", "Fees are paid in May. ".repeat(40), "Soup is served at noon. ".repeat(40));
    let food = text.find("FOOD").unwrap();
    let sections = [
        Section { at: 0, level: 1, title: "Fees".to_owned() },
        Section { at: food, level: 2, title: "Meals".to_owned() },
    ];
    let pages = [0, food];
    base.add(
        Source { name: "x.pdf", title: Some("Guide"), text: &text, hash: "1", pages: &pages, sections: &sections },
        None,
    )
    .unwrap();
    let hits = base.search("soup", None, 1).unwrap().hits;
    assert_eq!(hits[0].headings, ["Fees", "Meals"]);
    assert_eq!((hits[0].page, hits[0].title.as_deref()), (Some(2), Some("Guide")));
    // The title is a word to search for, too.
    assert!(base.search("guide", None, 1).unwrap().hits[0].why.bm25.is_some());
}

#[test]
fn two_do_not_write_at_once_and_many_read() {
    let (folder, mut first) = empty();
    first.add(source("a.txt", "The gate opens at seven."), None).unwrap();
    let path = folder.path().join("base");
    let mut second = Base::open(&path).unwrap();
    assert!(matches!(second.add(source("b.txt", "No."), None), Err(KnowError::Busy { .. })));
    assert!(matches!(second.remove("a.txt"), Err(KnowError::Busy { .. })));
    assert_eq!(found(&second, "gate"), ["a.txt"]);
    first.add(source("c.txt", "The shed is green."), None).unwrap();
    assert_eq!(found(&second, "shed"), ["c.txt"], "what another process adds is seen");
    drop(first);
    assert_eq!(second.add(source("b.txt", "Bells ring at noon."), None).unwrap(), Added::New);
    assert_eq!(found(&second, "bells gate shed").len(), 3);
}

#[test]
fn damage_is_told_and_says_what_to_do() {
    let (folder, mut base) = empty();
    base.add(source("a.txt", &"The gate opens at seven. ".repeat(200)), None).unwrap();
    base.finish().unwrap();
    let path = folder.path().join("base");
    let files: Vec<_> = fs::read_dir(&path)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| !p.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    assert!(files.len() > 3);
    let whole_base = Base::open(&path).unwrap().search("gate", None, 50).unwrap();
    // Somebody copied the folder without its hidden files: that alone does no harm, and hides none.
    fs::remove_file(path.join(".managed.json")).unwrap();
    let mut seen = 0;
    for file in files {
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0xff;
        for bad in [flipped, whole[..whole.len() / 2].to_vec(), Vec::new()] {
            fs::write(&file, bad).unwrap();
            match Base::open(&path).and_then(|b| b.search("gate", None, 1).map(drop)) {
                Err(error @ (KnowError::Damaged { .. } | KnowError::OtherVersion { .. })) => {
                    assert!(error.to_string().contains("add the documents again"), "{error}");
                    seen += 1;
                }
                other => panic!("{}: {other:?}", file.display()),
            }
        }
        fs::remove_file(&file).unwrap();
        // A file that nothing is read from may be absent.
        match Base::open(&path).and_then(|b| b.search("gate", None, 50)) {
            Err(KnowError::Damaged { .. }) => {}
            // Without it and the hidden list nothing tells a base from another folder.
            Err(KnowError::NotABase { .. }) if file.ends_with("meta.json") => {}
            gone => assert_eq!(gone.unwrap(), whole_base, "{} is gone", file.display()),
        }
        fs::write(&file, whole).unwrap();
        Base::open(&path).unwrap();
    }
    assert!(seen > 6);
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("essay.docx"), "x").unwrap();
    assert!(matches!(Base::open(folder.path()), Err(KnowError::NotABase { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(matches!(Base::open(&folder.path().join("essay.docx")), Err(KnowError::Folder { .. })));
}

#[test]
fn a_base_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let (_folder, base) = empty();
    shared(&base);
    assert!(!base.search("gate", None, 3).unwrap().sufficiency.in_documents, "an empty base answers nothing");
}
