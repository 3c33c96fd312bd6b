//! Texts in the languages of the report, and the words around the essays.

use std::collections::BTreeMap;

use homeroom_core::{Band, Bilingual, Outcome, Place, Rubric, Scale, Score, Status};
use homeroom_report::{PageLanguage, reason_words, status_words};
use serde::Serialize;

/// A text as a template shows it: the languages that the report is not in are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    /// English, or a text that has no language.
    en: Option<String>,
    /// Simplified Chinese.
    zh: Option<String>,
}

impl Text {
    /// `text` in the languages of the report; what is missing in the one language is shown in the other.
    pub(crate) fn new(text: &Bilingual, language: PageLanguage) -> Self {
        let (en, zh) = (clean(&text.en), clean(&text.zh));
        let (en, zh) = match language {
            _ if zh.is_empty() || zh == en => (Some(en), None),
            _ if en.is_empty() => (None, Some(zh)),
            PageLanguage::En => (Some(en), None),
            PageLanguage::Zh => (None, Some(zh)),
            PageLanguage::Both => (Some(en), Some(zh)),
        };
        Self { en, zh }
    }

    /// [`Text::new`] of two strings.
    pub(crate) fn of(en: &str, zh: &str, language: PageLanguage) -> Self {
        Self::new(&Bilingual::new(en, zh), language)
    }

    /// Several texts.
    pub(crate) fn list(texts: &[Bilingual], language: PageLanguage) -> Vec<Self> {
        texts.iter().map(|t| Self::new(t, language)).collect()
    }
}

/// The text without control characters, which no font can show; white space of every kind becomes a space.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Headings and labels: key in the templates, English, Chinese.
const WORDS: [(&str, &str, &str); 53] = [
    ("class", "Class", "班级"),
    ("words", "words", "词"),
    ("not_scored", "Not scored", "未评分"),
    ("draft_note", "A draft: the teacher decides.", "草稿：由老师决定。"),
    ("confirmed_note", "A teacher has looked at it.", "老师已看过。"),
    ("released_note", "Released by the teacher.", "由老师发布。"),
    (
        "transcript",
        "From an unconfirmed transcript: this text was read from a picture and nobody has compared it with the picture yet. Marks may rest on misread letters.",
        "这段文字由图片识别而来，尚未与原图核对。批注可能源于识别错误。",
    ),
    ("essay", "The essay", "作文"),
    ("task", "The task", "题目"),
    ("marks", "The marks", "批注"),
    ("no_marks", "Nothing was marked.", "没有标注。"),
    ("to_check", "To be checked by the teacher", "待老师核对"),
    (
        "to_check_note",
        "The machine is not sure of these. They are printed on drafts only.",
        "机器对这些没有把握，只在草稿上印出。",
    ),
    ("or", "or", "或"),
    ("leave_out", "leave it out", "删去"),
    ("criteria", "What the mark rests on", "评分依据"),
    ("criterion", "Criterion", "项目"),
    ("band", "Band", "档次"),
    ("interval", "Interval", "区间"),
    ("rests_on", "Rests on", "依据"),
    ("changed", "What the teacher changed", "老师的修改"),
    ("for_you", "For you", "写给你"),
    ("good", "What is good", "写得好的地方"),
    ("work_on", "What to work on next", "接下来练什么"),
    ("practice", "Two minutes of practice", "两分钟练习"),
    ("key", "Key", "答案"),
    ("keep", "What to keep", "继续保持"),
    ("progress", "Since your last essay", "与上一篇相比"),
    ("then", "Then", "上次"),
    ("now", "Now", "这次"),
    ("change", "Change", "变化"),
    ("better", "better", "进步"),
    ("not_yet", "not yet", "还需努力"),
    ("what", "What", "项目"),
    ("foot", "Homeroom drafts, the teacher decides.", "Homeroom 起草，由老师决定。"),
    ("page", "page", "页"),
    ("bands", "Spread of bands", "档次分布"),
    ("needs_a_word", "Who needs a word", "需要谈一谈的学生"),
    ("nobody", "Nobody stands out.", "暂无。"),
    ("pupils", "Pupils", "学生"),
    ("no_pupils", "No essay could be read.", "没有可读取的作文。"),
    ("name", "Name", "姓名"),
    ("place", "Place", "名次"),
    ("word_count", "Words", "词数"),
    ("mark_count", "Marks", "批注"),
    ("status", "Status", "状态"),
    ("unreadable", "Could not be read.", "无法读取。"),
    ("issues", "What the class gets wrong most", "全班常见错误"),
    ("lesson", "Ten-minute lesson", "十分钟小课"),
    ("minutes", "min", "分钟"),
    ("traits", "The class by criterion", "全班各项平均"),
    ("shared", "Shared passages", "雷同段落"),
    (
        "shared_note",
        "The same words in two essays. It may be a phrase learnt in class: look before you ask.",
        "两篇作文中相同的文字。也可能是课堂上学过的句子：先看，再问。",
    ),
];

/// The labels in the languages of the report.
pub(crate) fn words(language: PageLanguage) -> BTreeMap<&'static str, Text> {
    WORDS.iter().map(|(key, en, zh)| (*key, Text::of(en, zh, language))).collect()
}

/// A number without needless digits: at most one after the point.
pub(crate) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

/// A feature's value with its unit.
pub(crate) fn value_words(value: f64, unit: &str) -> Bilingual {
    let plain = |value: String| Bilingual::new(value.clone(), value);
    match unit {
        "share" => plain(format!("{:.0} %", value * 100.0)),
        "words" => Bilingual::new(format!("{} words", number(value)), format!("{} 词", number(value))),
        "letters" => Bilingual::new(format!("{} letters", number(value)), format!("{} 个字母", number(value))),
        "per noun" => Bilingual::new(format!("{value:.1} per noun"), format!("每个名词 {value:.1}")),
        "per 100 words" => {
            Bilingual::new(format!("{} per 100 words", number(value)), format!("每 100 词 {}", number(value)))
        }
        // The feature's name says already what is counted or on which scale it is.
        _ => plain(number(value)),
    }
}

/// Whether a score may be shown as a number: somebody's marks stand behind it.
fn shows_number(score: &Score) -> bool {
    score.calibrated || score.by_teacher
}

/// The band, or the bands that the interval reaches over while the score is not calibrated.
fn band_words(score: &Score, bands: &[Band]) -> Bilingual {
    if shows_number(score) {
        return score.band.clone();
    }
    // The scale is a sum of decimal steps, so that a bound may miss its band by a rounding error.
    let band = |v: f64| bands.iter().find(|b| v >= b.low - 1e-9).or(bands.last());
    match (band(score.low), band(score.high)) {
        (Some(low), Some(high)) if low.name != high.name => Bilingual::new(
            format!("{} to {}", low.name.en, high.name.en),
            format!("{} 至 {}", low.name.zh, high.name.zh),
        ),
        _ => score.band.clone(),
    }
}

/// How certain a score is, in one sentence.
fn certainty_words(score: &Score, rubric: &Rubric) -> Bilingual {
    let (low, high, max) = (number(score.low), number(score.high), number(rubric.scale.max));
    if score.by_teacher {
        Bilingual::new("Set by the teacher.", "由老师评定。")
    } else if score.calibrated {
        Bilingual::new(
            format!("Eight times out of ten the teacher's mark lies between {low} and {high} of {max}."),
            format!("老师的评分十次有八次落在 {low} 到 {high} 之间（满分 {max}）。"),
        )
    } else {
        Bilingual::new(
            format!("Not calibrated: a band, not a score. Probably between {low} and {high} of {max}."),
            format!("未校准：这是档次，不是分数。大致在 {low} 到 {high} 之间（满分 {max}）。"),
        )
    }
}

/// A score as the templates draw it. Shares are of the scale's width, 0 to 1.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreView {
    /// `12`, where a number may be shown.
    number: Option<String>,
    /// Highest number of the scale.
    max: String,
    /// Lowest number of the scale.
    min: String,
    /// The band, or from which to which.
    band: Text,
    /// What work in the band is like, where the interval lies in one band.
    descriptor: Option<Text>,
    /// Ends of the interval as numbers: `7.2–11.5`.
    range: String,
    /// Ends of the interval as shares.
    low: f64,
    /// See `low`.
    high: f64,
    /// The score as a share, where a number may be shown.
    at: Option<f64>,
    /// Where a band begins, without the lowest, as shares.
    ticks: Vec<f64>,
}

impl ScoreView {
    /// A score on its scale.
    pub(crate) fn new(score: &Score, scale: Scale, bands: &[Band], language: PageLanguage) -> Self {
        let share = |v: f64| {
            let share = (v - scale.min) / scale.width().max(f64::EPSILON);
            if share.is_finite() { (share.clamp(0.0, 1.0) * 1e4).round() / 1e4 } else { 0.0 }
        };
        let shown = shows_number(score);
        let band = band_words(score, bands);
        let descriptor = bands
            .iter()
            .find(|b| shown || band == b.name)
            .and_then(|_| bands.iter().find(|b| b.name == score.band))
            .map(|b| Text::new(&b.descriptor, language));
        Self {
            number: shown.then(|| number(score.value)),
            max: number(scale.max),
            min: number(scale.min),
            band: Text::new(&band, language),
            descriptor,
            range: format!("{}–{}", number(score.low), number(score.high)),
            low: share(score.low),
            high: share(score.high),
            at: shown.then(|| share(score.value)),
            ticks: bands.iter().filter(|b| b.low > scale.min).map(|b| share(b.low)).collect(),
        }
    }
}

/// The whole mark as the templates draw it.
#[derive(Debug, Serialize)]
pub(crate) struct OverallView {
    /// The score; absent where there is none.
    score: Option<ScoreView>,
    /// Why there is none.
    reason: Option<Text>,
    /// How certain it is.
    certainty: Option<Text>,
    /// The place in the class in words.
    place: Option<Text>,
    /// The place as `2/30`.
    rank: Option<String>,
}

impl OverallView {
    /// An outcome under its rubric.
    pub(crate) fn new(outcome: &Outcome, rubric: &Rubric, language: PageLanguage) -> Self {
        match outcome {
            Outcome::Unscored { reason } => Self {
                score: None,
                reason: Some(Text::new(&reason_words(reason), language)),
                certainty: None,
                place: None,
                rank: None,
            },
            Outcome::Scored { overall, place, .. } => Self {
                score: Some(ScoreView::new(overall, rubric.scale, &rubric.bands, language)),
                reason: None,
                certainty: Some(Text::new(&certainty_words(overall, rubric), language)),
                place: place.map(|Place { rank, of }| {
                    Text::of(&format!("place {rank} of {of}"), &format!("第 {rank} 名，共 {of} 篇"), language)
                }),
                rank: place.map(|p| format!("{}/{}", p.rank, p.of)),
            },
        }
    }
}

/// Where a mark stands: key of its note and colour in the templates, and in one word.
#[derive(Debug, Serialize)]
pub(crate) struct StatusView {
    /// `draft`, `confirmed` or `released`.
    key: &'static str,
    /// In one word.
    word: Text,
}

impl StatusView {
    /// A status in words.
    pub(crate) fn new(status: Status, language: PageLanguage) -> Self {
        let key = match status {
            Status::Draft => "draft",
            Status::Confirmed => "confirmed",
            Status::Released => "released",
        };
        Self { key, word: Text::new(&status_words(status), language) }
    }
}

/// A piece of a sentence, and what happened to it: `same`, `out` or `in`.
pub(crate) type Piece = (&'static str, String);

/// `before` with what was taken out and put in on the way to `after`, word by word.
pub(crate) fn corrected(before: &str, after: Option<&str>) -> Vec<Piece> {
    let before = clean(before);
    let Some(after) = after.map(clean) else { return vec![("same", before)] };
    let mut pieces: Vec<Piece> = Vec::new();
    for change in similar::TextDiff::from_words(before.as_str(), after.as_str()).iter_all_changes() {
        let kind = match change.tag() {
            _ if change.value().trim().is_empty() => "same",
            similar::ChangeTag::Equal => "same",
            similar::ChangeTag::Delete => "out",
            similar::ChangeTag::Insert => "in",
        };
        match pieces.last_mut() {
            Some((last, text)) if *last == kind => text.push_str(change.value()),
            _ => pieces.push((kind, change.value().to_owned())),
        }
    }
    pieces
}
