use encoding_rs::GBK;
use homeroom_ingest::{MatchedBy, ReadError, Roster, RosterProblem};

const ROSTER: &str = "id,name,class,file\nS01,Zhang Wei 张伟,7A,\nS02,Li Na 李娜,7A,\nS03,李娜娜,7A,\nS04,Wang Fang,7A,special/first.txt\n\
                      S05,曾小贤,7A,\nS06,\"O'Brien, Mary Ann\",7B,\n";

#[track_caller]
fn check(roster: &Roster, file: &str, id: &str, name: &str, by: MatchedBy, others: &[&str]) {
    let found = roster.identify(file);
    let other_ids: Vec<&str> = found.others.iter().map(|id| id.as_str()).collect();
    assert_eq!(
        (found.pupil.id.as_str(), found.pupil.name.as_str(), found.by, other_ids.as_slice()),
        (id, name, by, others),
        "{file}"
    );
}

#[test]
fn files_find_their_pupils() {
    let roster = Roster::parse(ROSTER.as_bytes()).unwrap();
    let cases = [
        ("special/first.txt", "S04", "Wang Fang", MatchedBy::File),
        ("week1.zip/special/first.txt", "S04", "Wang Fang", MatchedBy::File),
        ("S01.txt", "S01", "Zhang Wei 张伟", MatchedBy::Id),
        ("essay_s-01_final.docx", "S01", "Zhang Wei 张伟", MatchedBy::Id),
        ("S02_Li_Na.txt", "S02", "Li Na 李娜", MatchedBy::Id),
        ("Li Na.txt", "S02", "Li Na 李娜", MatchedBy::Name),
        ("essay-NaLi.txt", "S02", "Li Na 李娜", MatchedBy::Name),
        ("李娜的作文.txt", "S02", "Li Na 李娜", MatchedBy::Name),
        ("李娜娜 作文.txt", "S03", "李娜娜", MatchedBy::Name),
        ("li_nana.pdf", "S03", "李娜娜", MatchedBy::Name),
        ("zengxiaoxian.txt", "S05", "曾小贤", MatchedBy::Name),
        ("王芳.txt", "S04", "Wang Fang", MatchedBy::Name),
        ("mary_ann_obrien.txt", "S06", "O'Brien, Mary Ann", MatchedBy::Name),
        ("Wang Fang/essay.txt", "S04", "Wang Fang", MatchedBy::Name),
    ];
    for (file, id, name, by) in cases {
        check(&roster, file, id, name, by, &[]);
    }
    // Id and name contradict one another.
    check(&roster, "S01_Wang_Fang.txt", "S01", "Zhang Wei 张伟", MatchedBy::Id, &["S04"]);
}

#[test]
fn namesakes_are_told() {
    let roster = Roster::parse("学号,姓名\n1,李娜\n2,李娜\n".as_bytes()).unwrap();
    check(&roster, "李娜.txt", "1", "李娜", MatchedBy::Name, &["2"]);
    check(&roster, "2 李娜.txt", "2", "李娜", MatchedBy::Id, &[]);
}

#[test]
fn names_from_the_file_alone() {
    let none = Roster::default();
    let cases = [
        ("S07_Li_Na.txt", "S07", "Li Na"),
        ("class/2023001李娜.docx", "2023001", "李娜"),
        ("Li_Na_S07.txt", "S07", "Li Na"),
        ("李娜.txt", "李娜", "李娜"),
        ("Li Na (1).txt", "Li Na", "Li Na"),
        ("Li Na - Copy.txt", "Li Na", "Li Na"),
        ("essay1.txt", "essay1", "essay1"),
        ("Li Na_4711_assignsubmission_file_/essay.docx", "4711", "Li Na"),
        (".txt", ".txt", "txt"),
        ("", "unnamed", "unnamed"),
    ];
    for (file, id, name) in cases {
        check(&none, file, id, name, MatchedBy::FileName, &[]);
    }
}

#[test]
fn rosters_in_every_shape() {
    let (gbk, ..) = GBK.encode("姓名;学号;班级\n张伟;01;七年级\n李娜;02;七年级\n");
    let shapes: [&[u8]; 4] = [
        &gbk,
        "\u{FEFF}Name,ID,Class\n张伟,01,七年级\n李娜,02,七年级\n".as_bytes(),
        "学号\t姓名\t班级\t备注\n01\t张伟\t七年级\tx\n02\t李娜\t七年级\n".as_bytes(),
        "id,name,class\r\n01 , 张伟,七年级\r\n\r\n02,李娜,七年级\r\n".as_bytes(),
    ];
    for bytes in shapes {
        let roster = Roster::parse(bytes).unwrap();
        let pupils: Vec<_> =
            roster.pupils().map(|p| (p.id.as_str(), p.name.as_str(), p.class.as_ref().map(|c| c.as_str()))).collect();
        assert_eq!(pupils, [("01", "张伟", Some("七年级")), ("02", "李娜", Some("七年级"))]);
    }
}

#[test]
fn rosters_with_faults() {
    let cases: [(&str, ReadError); 3] =
        [("", ReadError::Empty), ("id,name\n", ReadError::Empty), ("foo,bar\n1,2\n", ReadError::RosterColumns)];
    for (csv, expected) in cases {
        assert_eq!(Roster::parse(csv.as_bytes()).unwrap_err(), expected, "{csv}");
    }
    let roster = Roster::parse(b"id,name,class\nA,Ann,7\nA,Bob,7\n,,7\n").unwrap();
    let id = roster.pupils().next().unwrap().id.clone();
    assert_eq!(roster.problems(), [RosterProblem::RepeatedId { id, line: 3 }, RosterProblem::NoPupil { line: 4 }]);
}
