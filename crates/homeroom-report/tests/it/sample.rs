//! A class of six with everything that pages can show: what the tests snapshot, and what the example writes.

use std::collections::BTreeMap;

use homeroom_core::{
    AssignmentId, Band, Bilingual, ClassId, Criterion, CriterionMark, Display, Document, EVIDENCE_SCHEMA, Evidence,
    Feature, Finding, Language, Letter, LetterSentence, Mark, Origin, Outcome, Place, Pupil, PupilId, Reason, Rubric,
    RubricKind, Scale, Score, Severity, Span, Status, Submission, SubmissionId, TraitId, WordLimits,
};
use homeroom_report::{ClassBundle, FailedFile, PageLanguage, PupilBundle};
use homeroom_review::{
    AnonymousExample, BandCount, ClassIssue, ClassReport, Example, Exercise, ExerciseItem, Lesson, LessonStep,
    NeedsAWord, Progress, ProgressChange, Review, SharedPassage, SharedPassages, Strength, TraitMean, WorkItem,
};

/// Time that Word comments carry.
#[allow(dead_code, reason = "the example writes no comment without it, some tests need none")]
pub(crate) const DATE: &str = "2026-03-01T08:00:00Z";

const PROMPT: &str = "For this part, you are allowed 30 minutes to write an essay on whether mobile phones should be \
allowed at school. You should write at least 120 words but no more than 180 words.";

const LI_NA: &str = "Nowadays, mobile phones play a important role in our daily life. Some people think student should \
not bring them to school. I am agree with this opinion because of three reasons.\n\
\n\
First of all, phones make students lazy. My classmate Wang Ming play games in class every day, so he can't finished \
his homework. Although he is clever, but his marks become lower and lower. He told me that he very like games and he \
recieve messages all the time.\n\
\n\
Secondly, phones is bad for our eyes. According to a report, more than half of the students in our city wear glasses, \
they look at small screens at night. If we spend less time on phones, we will have more time to do sports, make \
friends and learn knowledge.\n\
\n\
However, phones are also useful in some situations. For example, we can look up new words when we read English \
articles. What matters is not the phone itself but how we use it. In my opinion, the school should keep the phones in \
class and give back them after school. Only in this way can we study good and live a healthy life.";

const ZHANG_WEI: &str = "I think phones is good for study. We can look up new words when we read English articles, and \
we can ask the teacher question at night. But some student play with the phone too much time. My mother dont let me \
use it. In a word, every coin has two sides. We should use it in a right way.";

const HOSTILE: &str = "My phone is nice. <script>document.title='owned'</script> I likes it & \"we\" use it </textarea> \
<img src=x onerror=alert(1)>.";

/// Everything that a bundle borrows from.
pub(crate) struct Sample {
    rubric: Rubric,
    prompt: Document,
    pupils: Vec<(Evidence, Mark, Review)>,
    failed: Vec<FailedFile>,
    report: ClassReport,
}

fn at(text: &str, words: &str) -> Span {
    let start = text.find(words).unwrap_or_else(|| panic!("the sample text has no {words:?}"));
    Span::new(start, start + words.len())
}

fn both(en: &str, zh: &str) -> Bilingual {
    Bilingual::new(en, zh)
}

fn rubric() -> Rubric {
    let band = |low: f64, high: f64, name: &str, en: &str, zh: &str| Band {
        low,
        high,
        name: both(&format!("Band {name}"), &format!("{name} 分档")),
        descriptor: both(en, zh),
    };
    let bands = vec![
        band(13.0, 15.0, "14", "To the point, clear and fluent; few errors.", "切题，表达清楚，文字通顺，基本无错误。"),
        band(10.0, 12.0, "11", "To the point, clear; a few errors.", "切题，表达清楚，有少量错误。"),
        band(
            7.0,
            9.0,
            "8",
            "To the point, clear in places; quite a few errors.",
            "基本切题，有些地方不够清楚，错误较多。",
        ),
        band(4.0, 6.0, "5", "Clear only in part; many serious errors.", "基本切题，表达不清，有较多严重错误。"),
        band(0.0, 3.0, "2", "Muddled; most sentences have errors.", "条理不清，大部分句子有错误。"),
    ];
    let scale = Scale { min: 0.0, max: 15.0, step: 1.0 };
    let criteria = [
        ("task", "Task", "内容切题"),
        ("organisation", "Organisation", "结构与衔接"),
        ("vocabulary", "Vocabulary", "词汇"),
        ("sentences", "Sentences", "句式"),
        ("accuracy", "Accuracy", "准确性"),
        ("conventions", "Conventions", "书写规范"),
    ]
    .map(|(id, en, zh)| Criterion {
        id: id.into(),
        name: both(en, zh),
        weight: 1.0 / 6.0,
        scale,
        traits: BTreeMap::from([(id.to_owned(), 1.0)]),
        bands: bands.clone(),
    });
    Rubric {
        id: "cet4".into(),
        version: "1".into(),
        language: Language::ENGLISH,
        name: both("CET-4 writing", "大学英语四级写作"),
        source: both("Outline of the College English Test.", "《全国大学英语四、六级考试大纲》。"),
        kind: RubricKind::Analytic,
        scale,
        words: WordLimits { scorable: 40, min: 120, max: Some(180) },
        prior_mean: 8.5,
        prior_sd: 2.5,
        criteria: criteria.to_vec(),
        bands,
    }
}

struct Fault<'a> {
    words: &'a str,
    marked: &'a str,
    errant: &'a str,
    code: &'a str,
    display: Display,
    confidence: f64,
    source: &'a str,
    en: &'a str,
    zh: &'a str,
    to: &'a [&'a str],
}

fn findings(text: &str, faults: &[Fault<'_>]) -> Vec<Finding> {
    let mut out: Vec<Finding> = faults
        .iter()
        .map(|f| {
            let around = at(text, f.words);
            let inside = f.words.find(f.marked).unwrap_or_else(|| panic!("{:?} is not in {:?}", f.marked, f.words));
            let start = around.start + inside;
            Finding {
                span: Span::new(start, start + f.marked.len()),
                checker: f.code.to_owned(),
                source: f.source.to_owned(),
                errant: f.errant.to_owned(),
                code: f.code.to_owned(),
                severity: if f.code == "chin" { Severity::Serious } else { Severity::Major },
                display: f.display,
                confidence: f.confidence,
                explanation: both(f.en, f.zh),
                suggestions: f.to.iter().map(|s| (*s).to_owned()).collect(),
            }
        })
        .collect();
    out.sort_by_key(|f| f.span);
    out
}

fn li_na_findings() -> Vec<Finding> {
    use Display::{Check, Style, Sure};
    let fault = |words, marked, errant, code, display, confidence, source, en, zh, to| Fault {
        words,
        marked,
        errant,
        code,
        display,
        confidence,
        source,
        en,
        zh,
        to,
    };
    let mut found = findings(
        LI_NA,
        &[
            fault(
                "a important",
                "a",
                "R:DET",
                "art",
                Sure,
                0.97,
                "homeroom",
                "Before a vowel sound the article is “an”.",
                "元音发音前用 an。",
                &["an"],
            ),
            fault(
                "think student should",
                "student",
                "R:NOUN:NUM",
                "pl",
                Sure,
                0.88,
                "homeroom",
                "“Student” can be counted: without an article it needs the plural.",
                "student 是可数名词，没有冠词时要用复数。",
                &["students", "a student"],
            ),
            fault(
                "I am agree with",
                "am agree",
                "R:VERB:FORM",
                "vf",
                Sure,
                0.96,
                "phrase",
                "“Agree” is a verb already; it takes no “am”.",
                "agree 本身就是动词，前面不加 am。",
                &["agree"],
            ),
            fault(
                "because of three reasons",
                "because of",
                "R:PREP",
                "prep",
                Check,
                0.55,
                "harper",
                "One says “for three reasons”.",
                "习惯说 for three reasons。",
                &["for"],
            ),
            fault(
                "Wang Ming play games",
                "play",
                "R:VERB:SVA",
                "sv",
                Sure,
                0.93,
                "homeroom",
                "“My classmate Wang Ming” is one person: the verb takes -s.",
                "主语 My classmate Wang Ming 是单数，动词加 -s。",
                &["plays"],
            ),
            fault(
                "can't finished",
                "finished",
                "R:VERB:FORM",
                "vf",
                Sure,
                0.95,
                "homeroom",
                "After “can't” the verb stands in its base form.",
                "情态动词后用动词原形。",
                &["finish"],
            ),
            fault(
                "clever, but his",
                "but ",
                "U:CONJ",
                "conj",
                Sure,
                0.94,
                "homeroom",
                "“Although” and “but” do the same work: one of them is enough.",
                "although 和 but 不能同时用，留一个即可。",
                &[""],
            ),
            fault(
                "he very like games",
                "very like",
                "R:WO",
                "chin",
                Sure,
                0.96,
                "phrase",
                "“Very” cannot stand before a verb; say “likes … very much”.",
                "very 不能直接修饰动词，应说 likes … very much。",
                &["really likes", "likes"],
            ),
            fault(
                "recieve",
                "recieve",
                "R:SPELL",
                "sp",
                Sure,
                0.99,
                "speller",
                "It is spelt “receive”: e before i after c.",
                "拼写应为 receive。",
                &["receives", "receive"],
            ),
            fault(
                "phones is bad",
                "is",
                "R:VERB:SVA",
                "sv",
                Sure,
                0.97,
                "homeroom",
                "“Phones” is more than one: the verb is “are”.",
                "主语 phones 是复数，动词用 are。",
                &["are"],
            ),
            fault(
                "glasses, they look",
                ", they",
                "R:PUNCT",
                "cs",
                Sure,
                0.82,
                "homeroom",
                "Two whole sentences are joined by a comma alone.",
                "两个完整的句子不能只用逗号连接。",
                &[" because they", ". They", "; they"],
            ),
            fault(
                "learn knowledge",
                "learn knowledge",
                "R:VERB",
                "chin",
                Sure,
                0.9,
                "phrase",
                "Knowledge is gained or acquired; a subject is learnt.",
                "“学知识”说 gain/acquire knowledge。",
                &["gain knowledge", "acquire knowledge", "learn new things"],
            ),
            fault(
                "give back them",
                "back them",
                "R:WO",
                "wo",
                Sure,
                0.91,
                "homeroom",
                "A pronoun stands between the verb and “back”.",
                "代词要放在 give 和 back 之间。",
                &["them back"],
            ),
            fault(
                "study good",
                "good",
                "R:ADJ",
                "wf",
                Sure,
                0.92,
                "homeroom",
                "How one studies is said with an adverb: “well”.",
                "修饰动词用副词 well。",
                &["well"],
            ),
            fault(
                "become lower and lower",
                "become",
                "R:VERB:TENSE",
                "vt",
                Check,
                0.48,
                "homeroom",
                "If it is still going on, the present progressive fits better.",
                "若仍在持续，用现在进行时更合适。",
                &["are becoming"],
            ),
            fault(
                "First of all",
                "First of all",
                "R:OTHER",
                "style",
                Style,
                0.6,
                "harper",
                "“First” says the same in one word.",
                "用 First 更简洁。",
                &["First"],
            ),
        ],
    );
    let gap = at(LI_NA, "keep the phones in").end - 3;
    found.push(Finding {
        span: Span::new(gap, gap),
        checker: "missing_away".into(),
        source: "homeroom".into(),
        errant: "M:PART".into(),
        code: "ww".into(),
        severity: Severity::Minor,
        display: Display::Check,
        confidence: 0.51,
        explanation: both("Perhaps “keep … away” is meant.", "也许想说 keep … away。"),
        suggestions: vec![" away".into()],
    });
    found.sort_by_key(|f| f.span);
    found
}

fn features(text: &str, quotes: &[&str]) -> Vec<Feature> {
    let feature = |id: &str, trait_id: TraitId, value: f64, unit: &str, words: &[&str]| Feature {
        id: id.into(),
        trait_id,
        value,
        unit: unit.into(),
        passages: words.iter().filter(|w| text.contains(**w)).map(|w| at(text, w)).collect(),
    };
    vec![
        feature("prompt_similarity", TraitId::TASK, 0.62, "share", &quotes[..1]),
        feature(
            "connectives",
            TraitId::ORGANISATION,
            4.3,
            "per 100 words",
            &["First of all", "Secondly", "However", "For example"],
        ),
        feature("paragraphs", TraitId::ORGANISATION, 4.0, "count", &[]),
        feature(
            "b2_word_share",
            TraitId::VOCABULARY,
            0.071,
            "share",
            &["role", "opinion", "situations", "According to a report"],
        ),
        feature(
            "clauses_per_sentence",
            TraitId::SENTENCES,
            1.83,
            "",
            &["What matters is not the phone itself but how we use it"],
        ),
        feature("grammar_errors", TraitId::ACCURACY, 5.1, "per 100 words", &["phones is"]),
        feature("spelling_errors", TraitId::CONVENTIONS, 0.5, "per 100 words", &["recieve"]),
    ]
}

fn feature_name(id: &str) -> Option<Bilingual> {
    Some(match id {
        "prompt_similarity" => both("How closely it speaks about the task", "与题目的贴合程度"),
        "connectives" => both("Linking words", "连接词"),
        "paragraphs" => both("Paragraphs", "段落数"),
        "b2_word_share" => both("Words of level B2 and above", "B2 及以上词汇占比"),
        "clauses_per_sentence" => both("Clauses in a sentence", "每句从句数"),
        "grammar_errors" => both("Errors of grammar", "语法错误"),
        "spelling_errors" => both("Spelling errors", "拼写错误"),
        _ => return None,
    })
}

fn evidence(pupil: &str, name: &str, file: &str, text: &str, findings: Vec<Finding>) -> Evidence {
    let pupil_id = PupilId::new(pupil);
    let assignment = AssignmentId::new("phones");
    Evidence {
        schema: EVIDENCE_SCHEMA,
        submission: Submission {
            id: SubmissionId::derive(&pupil_id, &assignment),
            pupil: Pupil { id: pupil_id, name: name.into(), class: Some(ClassId::new("8B")) },
            assignment,
            file: file.into(),
        },
        origin: Origin {
            sha256: "0".repeat(64),
            format: "txt".into(),
            encoding: Some("UTF-8".into()),
            notes: vec![],
            transcript: None,
        },
        document: Document::new(text, Language::ENGLISH),
        words: text.split_whitespace().count(),
        unscored: None,
        findings,
        features: features(text, &[text.split('.').next().unwrap_or("")]),
        judgements: vec![],
        letter: None,
        versions: BTreeMap::from([("homeroom".to_owned(), "0.1.0".to_owned())]),
    }
}

fn mark(evidence: &Evidence, rubric: &Rubric, value: Option<(f64, f64, f64)>, place: usize, status: Status) -> Mark {
    let score = |value: f64, low: f64, high: f64| Score {
        value,
        low,
        high,
        band: rubric.band(value).map(|b| b.name.clone()).unwrap_or_default(),
        calibrated: false,
        by_teacher: false,
    };
    let outcome = match value {
        None => Outcome::Unscored { reason: Reason::TooShort { words: evidence.words, needed: 40 } },
        Some((v, low, high)) => Outcome::Scored {
            overall: score(v, low, high),
            criteria: rubric
                .criteria
                .iter()
                .zip([1.0, 0.5, -0.5, 0.0, -1.5, 0.5])
                .map(|(c, shift)| CriterionMark {
                    criterion: c.id.clone(),
                    name: c.name.clone(),
                    score: score(v + shift, low + shift, high + shift),
                    features: evidence
                        .features
                        .iter()
                        .filter(|f| f.trait_id.as_str() == c.id)
                        .map(|f| f.id.clone())
                        .collect(),
                })
                .collect(),
            place: Some(Place { rank: place, of: 4 }),
        },
    };
    Mark {
        submission: evidence.submission.id.clone(),
        rubric: rubric.reference(),
        status,
        outcome,
        dismissed: vec![],
        edits: vec![],
    }
}

fn li_na_review(submission: SubmissionId) -> Review {
    let example = |marked: &str, sentence: &str, corrected: &str, en: &str, zh: &str| Example {
        span: at(LI_NA, marked),
        sentence: sentence.into(),
        marked: marked.into(),
        corrected: Some(corrected.into()),
        why: both(en, zh),
    };
    let item = |task: &str, answer: &str| ExerciseItem { task: task.into(), answer: answer.into() };
    let good = "What matters is not the phone itself but how we use it";
    Review {
        submission,
        good: vec![
            Strength {
                span: at(LI_NA, good),
                quote: good.into(),
                why: both(
                    "“Not A but B” puts your main idea into one strong sentence.",
                    "用 not A but B 把中心思想凝成一句有力的话。",
                ),
            },
            Strength {
                span: at(LI_NA, "Only in this way can we"),
                quote: "Only in this way can we".into(),
                why: both(
                    "After “Only in this way” you turned verb and subject round, as one should.",
                    "Only in this way 开头后用了倒装，正确。",
                ),
            },
        ],
        work_on: vec![
            WorkItem {
                topic: "agreement".into(),
                title: both("Subject and verb", "主谓一致"),
                rule: both(
                    "Find the person or thing that does it. One: the verb takes -s (is, has, plays). More than one: no -s (are, have, play).",
                    "先找主语。单数第三人称，动词加 -s（is, has, plays）；复数，动词不加 -s（are, have, play）。",
                ),
                count: 2,
                examples: vec![
                    example(
                        "phones is bad",
                        "Secondly, phones is bad for our eyes.",
                        "Secondly, phones are bad for our eyes.",
                        "“Phones” is more than one.",
                        "phones 是复数。",
                    ),
                    example(
                        "Wang Ming play",
                        "My classmate Wang Ming play games in class every day.",
                        "My classmate Wang Ming plays games in class every day.",
                        "Wang Ming is one person.",
                        "Wang Ming 是一个人。",
                    ),
                ],
                exercise: Exercise {
                    instruction: both("Put the verb into the right form.", "用动词的正确形式填空。"),
                    items: vec![
                        item("My classmates ____ (play) games in class every day.", "play"),
                        item("A phone ____ (be) bad for our eyes.", "is"),
                        item("More than half of the students ____ (wear) glasses.", "wear"),
                    ],
                },
            },
            WorkItem {
                topic: "verb_form".into(),
                title: both("The verb after can, will, should", "情态动词后的动词"),
                rule: both(
                    "After can, can't, will, should, must the verb has no ending.",
                    "can、can't、will、should、must 后用动词原形。",
                ),
                count: 2,
                examples: vec![example(
                    "can't finished",
                    "He can't finished his homework.",
                    "He can't finish his homework.",
                    "“Can't” already carries the tense.",
                    "can't 已经表示了时态。",
                )],
                exercise: Exercise {
                    instruction: both("Take out what is too much.", "划去多余的部分。"),
                    items: vec![
                        item("He can't finished it in time.", "finish"),
                        item("I am agree with you.", "I agree with you."),
                    ],
                },
            },
            WorkItem {
                topic: "chinglish".into(),
                title: both("Say it the English way", "地道表达"),
                rule: both(
                    "Some words go together in English that do not in Chinese. Learn them as one piece.",
                    "有些搭配中英文不同，要整块记忆。",
                ),
                count: 2,
                examples: vec![example(
                    "learn knowledge",
                    "We will have more time to learn knowledge.",
                    "We will have more time to gain knowledge.",
                    "Knowledge is gained.",
                    "“获得知识”用 gain。",
                )],
                exercise: Exercise { instruction: both("", ""), items: vec![] },
            },
        ],
        keep: vec![
            both(
                "Clear paragraphs: one reason in each, with a linking word in front.",
                "段落清楚：每段一个理由，开头有连接词。",
            ),
            both("Examples from your own class.", "用身边的例子来说明。"),
        ],
        letter: Some(Letter {
            source: "qwen3-4b".into(),
            sentences: vec![
                LetterSentence {
                    text: both(
                        "You made the village come alive for me with what you saw and heard there.",
                        "你写下的所见所闻让这个村庄在我眼前活了起来。",
                    ),
                    rests_on: vec!["good:0-1".into()],
                },
                LetterSentence {
                    text: both(
                        "Next time, look at each verb once more and ask who does it.",
                        "下次请再看一遍每个动词，问问是谁做的。",
                    ),
                    rests_on: vec!["work:agreement".into()],
                },
            ],
            dropped: 1,
        }),
        progress: Some(Progress {
            previous_assignment: "My hometown".into(),
            changes: vec![
                ProgressChange {
                    what: both("Spelling errors per 100 words", "每百词拼写错误"),
                    before: 2.4,
                    now: 0.5,
                    better: Some(true),
                },
                ProgressChange {
                    what: both("Agreement errors per 100 words", "每百词主谓一致错误"),
                    before: 0.8,
                    now: 1.1,
                    better: Some(false),
                },
                ProgressChange { what: both("Words", "词数"), before: 142.0, now: 186.0, better: None },
            ],
        }),
    }
}

fn empty_review(submission: SubmissionId) -> Review {
    Review { submission, good: vec![], work_on: vec![], keep: vec![], progress: None, letter: None }
}

fn class_report(pupils: &[(Evidence, Mark, Review)], rubric: &Rubric) -> ClassReport {
    let id = |n: usize| pupils[n].0.submission.id.clone();
    let words = "we can look up new words when we read English articles";
    let upper = "We can look up new words when we read English articles";
    let board = |s: &str| s.to_owned();
    ClassReport {
        scored: 4,
        unscored: 1,
        failed: 1,
        bands: rubric
            .bands
            .iter()
            .zip([0, 1, 2, 1, 0])
            .map(|(b, count)| BandCount { band: b.name.clone(), count })
            .collect(),
        issues: vec![
            ClassIssue {
                topic: "agreement".into(),
                title: both("Subject and verb", "主谓一致"),
                essays: 3,
                count: 5,
                examples: vec![
                    AnonymousExample {
                        sentence: "I think phones is good for study.".into(),
                        corrected: Some("I think phones are good for study.".into()),
                    },
                    AnonymousExample {
                        sentence: "My classmate [name] play games in class.".into(),
                        corrected: Some("My classmate [name] plays games in class.".into()),
                    },
                ],
            },
            ClassIssue {
                topic: "number".into(),
                title: both("One or more than one", "名词单复数"),
                essays: 2,
                count: 3,
                examples: vec![AnonymousExample {
                    sentence: "But some student play with the phone.".into(),
                    corrected: Some("But some students play with the phone.".into()),
                }],
            },
        ],
        needs_a_word: vec![
            NeedsAWord { submission: id(3), why: both("Only 21 words.", "只写了 21 词。") },
            NeedsAWord {
                submission: id(1), why: both("Three places below the last essay.", "比上一篇下降三名。")
            },
        ],
        lesson: Some(Lesson {
            title: both("One phone is, two phones are", "主谓一致：单数与复数"),
            steps: vec![
                LessonStep {
                    minutes: 2,
                    what: both("Write two sentences on the board. Which is right?", "板书两个句子，让学生判断对错。"),
                    board: vec![board("Phones is bad for our eyes."), board("Phones are bad for our eyes.")],
                },
                LessonStep {
                    minutes: 3,
                    what: both("Underline the subject, count it, choose the verb.", "划出主语，判断单复数，再选动词。"),
                    board: vec![board("More than half of the students ____ glasses.")],
                },
                LessonStep {
                    minutes: 5,
                    what: both(
                        "In pairs: find and mend one such sentence in your own essay.",
                        "两人一组，在自己的作文中找一句并改正。",
                    ),
                    board: vec![],
                },
            ],
        }),
        shared: vec![SharedPassages {
            first: id(0),
            second: id(1),
            similarity: 0.21,
            passages: vec![SharedPassage {
                first: at(LI_NA, words),
                first_text: words.into(),
                second: at(ZHANG_WEI, upper),
                second_text: upper.into(),
            }],
        }],
        traits: rubric
            .criteria
            .iter()
            .zip([0.61, 0.55, 0.48, 0.52, 0.41, 0.66])
            .map(|(c, mean)| TraitMean {
                id: c.id.clone(),
                name: c.name.clone(),
                mean,
                range: (mean - 0.2, mean + 0.17),
            })
            .collect(),
    }
}

impl Sample {
    /// The class.
    pub(crate) fn new() -> Self {
        let rubric = rubric();
        let zhang = findings(
            ZHANG_WEI,
            &[
                Fault {
                    words: "phones is good",
                    marked: "is",
                    errant: "R:VERB:SVA",
                    code: "sv",
                    display: Display::Sure,
                    confidence: 0.97,
                    source: "homeroom",
                    en: "“Phones” is more than one: the verb is “are”.",
                    zh: "主语 phones 是复数，动词用 are。",
                    to: &["are"],
                },
                Fault {
                    words: "dont",
                    marked: "dont",
                    errant: "R:ORTH",
                    code: "p",
                    display: Display::Sure,
                    confidence: 0.98,
                    source: "harper",
                    en: "“Don't” has an apostrophe.",
                    zh: "don't 要加撇号。",
                    to: &["doesn't", "don't"],
                },
            ],
        );
        let hostile = findings(
            HOSTILE,
            &[Fault {
                words: "I likes",
                marked: "likes",
                errant: "R:VERB:SVA",
                code: "sv",
                display: Display::Sure,
                confidence: 0.95,
                source: "<b>model</b>",
                en: "“I” <i>takes</i> no -s.",
                zh: "I 后不加 -s。",
                to: &["like", "<script>alert(1)</script>"],
            }],
        );
        let essays = [
            evidence("S07", "Li Na 李娜", "week3.zip/li_na.txt", LI_NA, li_na_findings()),
            evidence("S01", "Zhang Wei", "zhang_wei.docx", ZHANG_WEI, zhang),
            evidence("S09", "=HYPERLINK(\"x\")", "mallory.txt", HOSTILE, hostile),
            evidence("S12", "Ma Chao", "ma_chao.txt", "I like phone. It is good and nice.", vec![]),
            evidence("S20", "Zheng Yi", "zheng_yi.jpg", ZHANG_WEI, vec![]),
        ];
        let marks = [
            (Some((9.4, 7.2, 11.5)), 2, Status::Draft),
            (Some((6.1, 4.0, 8.4)), 3, Status::Confirmed),
            (Some((5.0, 3.1, 6.9)), 4, Status::Released),
            (None, 0, Status::Draft),
            (Some((11.0, 9.0, 13.0)), 1, Status::Draft),
        ];
        let mut pupils: Vec<(Evidence, Mark, Review)> = essays
            .into_iter()
            .zip(marks)
            .map(|(e, (value, place, status))| {
                let mark = mark(&e, &rubric, value, place, status);
                let review = empty_review(e.submission.id.clone());
                (e, mark, review)
            })
            .collect();
        pupils[0].2 = li_na_review(pupils[0].0.submission.id.clone());
        if let Outcome::Scored { overall, .. } = &mut pupils[4].1.outcome {
            overall.by_teacher = true;
            overall.value = 12.0;
        }
        let report = class_report(&pupils, &rubric);
        Self {
            prompt: Document::new(PROMPT, Language::ENGLISH),
            failed: vec![FailedFile {
                file: "S42_broken.docx".into(),
                pupil: Some("Broken, \"File\"".into()),
                pupil_id: Some("S42".into()),
                code: "broken".into(),
                reason: both("The Word file is damaged.", "Word 文件已损坏。"),
            }],
            rubric,
            pupils,
            report,
        }
    }

    /// Runs `f` on the class's bundle.
    pub(crate) fn with<T>(&self, language: PageLanguage, f: impl FnOnce(&ClassBundle<'_>) -> T) -> T {
        let pupils: Vec<PupilBundle<'_>> = self
            .pupils
            .iter()
            .map(|(evidence, mark, review)| PupilBundle {
                evidence,
                mark,
                review,
                unconfirmed_transcript: evidence.submission.file.ends_with(".jpg"),
            })
            .collect();
        f(&ClassBundle {
            title: "Phones at school",
            prompt: Some(&self.prompt),
            rubric: &self.rubric,
            pupils: &pupils,
            failed: &self.failed,
            class_report: &self.report,
            language,
            feature_name,
            deep: false,
            generator: "homeroom 0.1.0",
        })
    }
}
