//! Words that pages, gradebooks and Word files share.

use homeroom_core::{Band, Bilingual, Place, Reason, Rubric, Score, Severity, Status};

/// From here on a finding is called almost certain. Ours: the aim for default marks is 0.75.
const ALMOST_CERTAIN: f64 = 0.9;
/// From here on a finding is called sure: the precision that default marks must reach.
const SURE: f64 = 0.75;
/// From here on a finding is called likely: more often right than wrong.
const LIKELY: f64 = 0.5;

/// A text with fixed words.
pub(crate) fn text(en: &str, zh: &str) -> Bilingual {
    Bilingual::new(en, zh)
}

/// A number without needless digits: at most one after the point.
pub(crate) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

/// The confidence in a finding, 0 to 1, in words.
#[must_use]
pub fn confidence_words(confidence: f64) -> Bilingual {
    if confidence >= ALMOST_CERTAIN {
        text("almost certain", "几乎肯定")
    } else if confidence >= SURE {
        text("sure", "比较肯定")
    } else if confidence >= LIKELY {
        text("likely", "很可能")
    } else {
        text("worth a look", "值得再看一眼")
    }
}

/// The severity of a finding in words.
pub(crate) fn severity_words(severity: Severity) -> Bilingual {
    match severity {
        Severity::Minor => text("a slip", "小错"),
        Severity::Major => text("a fault", "错误"),
        Severity::Serious => text("the meaning suffers", "影响理解"),
    }
}

/// Where a finding comes from, in words; an unknown source is taken for the name of a model.
#[must_use]
pub fn source_words(source: &str) -> Bilingual {
    match source {
        "homeroom" => text("Homeroom's grammar check", "Homeroom 语法检查"),
        "harper" => text("Harper's rules", "Harper 规则"),
        "phrase" => text("Homeroom's list of phrases", "Homeroom 短语库"),
        "speller" => text("Homeroom's spelling check", "Homeroom 拼写检查"),
        "lm" => text("a small language model on this computer", "本机的小型语言模型"),
        "teacher" => text("the teacher", "老师"),
        model => Bilingual::new(format!("the model {model}"), format!("模型 {model}")),
    }
}

/// Why a text was given no score, in words.
#[must_use]
pub fn reason_words(reason: &Reason) -> Bilingual {
    match reason {
        Reason::Blank => text("The page is blank.", "没有内容。"),
        Reason::TooShort { words, needed } => Bilingual::new(
            format!("Too short to judge: {words} words, at least {needed} are needed."),
            format!("太短，无法评分：{words} 词，至少需要 {needed} 词。"),
        ),
        Reason::OffTopic { .. } => text("It does not speak about what the task asks.", "内容与题目要求无关。"),
        Reason::CopiedPrompt { share } => Bilingual::new(
            format!("Most of it is the task's own wording ({:.0} %).", share * 100.0),
            format!("大部分文字抄自题目（{:.0} %）。", share * 100.0),
        ),
        Reason::WrongLanguage { found } => Bilingual::new(
            format!("It is not in the language of the task (it seems to be “{found}”)."),
            format!("不是题目要求的语言（看起来是“{found}”）。"),
        ),
    }
}

/// The stable code of a reason, as JSON has it.
pub(crate) fn reason_code(reason: &Reason) -> &'static str {
    match reason {
        Reason::Blank => "blank",
        Reason::TooShort { .. } => "too_short",
        Reason::OffTopic { .. } => "off_topic",
        Reason::CopiedPrompt { .. } => "copied_prompt",
        Reason::WrongLanguage { .. } => "wrong_language",
    }
}

/// Where a mark stands, in one word.
#[must_use]
pub fn status_words(status: Status) -> Bilingual {
    match status {
        Status::Draft => text("Draft", "草稿"),
        Status::Confirmed => text("Confirmed", "已确认"),
        Status::Released => text("Released", "已发布"),
    }
}

/// What the status means for who reads the page.
pub(crate) fn status_note(status: Status) -> Bilingual {
    match status {
        Status::Draft => text("The machine drafts, the teacher decides.", "机器起草，由老师决定。"),
        Status::Confirmed => text("A teacher has looked at it.", "老师已看过。"),
        Status::Released => text("Released by the teacher.", "由老师发布。"),
    }
}

/// The place in the class in words.
pub(crate) fn place_words(place: Place) -> Bilingual {
    Bilingual::new(format!("place {} of {}", place.rank, place.of), format!("第 {} 名，共 {} 篇", place.rank, place.of))
}

/// Whether a score may be shown as a number.
pub(crate) fn shows_number(score: &Score) -> bool {
    score.calibrated || score.by_teacher
}

/// The band of a score, or the bands that its interval reaches over while it is not calibrated.
#[must_use]
pub fn band_words(score: &Score, bands: &[Band]) -> Bilingual {
    if shows_number(score) {
        return score.band.clone();
    }
    let band = |v: f64| bands.iter().find(|b| v >= b.low - 1e-9).or(bands.last());
    match (band(score.low), band(score.high)) {
        (Some(low), Some(high)) if low.name != high.name => Bilingual::new(
            format!("{} to {}", low.name.en, high.name.en),
            format!("{} 至 {}", low.name.zh, high.name.zh),
        ),
        _ => score.band.clone(),
    }
}

/// What a score's certainty is, in one sentence.
pub(crate) fn certainty_words(score: &Score, rubric: &Rubric) -> Bilingual {
    let (low, high, max) = (number(score.low), number(score.high), number(rubric.scale.max));
    if score.by_teacher {
        text("Set by the teacher.", "由老师评定。")
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

/// A feature's value with its unit, in words.
pub(crate) fn value_words(value: f64, unit: &str) -> Bilingual {
    let plain = |value: String| Bilingual::new(value.clone(), value);
    match unit {
        "share" => plain(format!("{:.0} %", value * 100.0)),
        "words" => Bilingual::new(format!("{} words", number(value)), format!("{} 词", number(value))),
        // The label says already what is counted.
        "count" | "" | "paragraphs" | "types" | "kinds" | "classes" | "clauses" => plain(number(value)),
        "Zipf" | "cosine" | "nats" | "types per root word" | "types per root sentence" => plain(format!("{value:.1}")),
        "letters" => Bilingual::new(format!("{} letters", number(value)), format!("{} 个字母", number(value))),
        "per noun" => Bilingual::new(format!("{value:.1} per noun"), format!("每个名词 {value:.1}")),
        "per 100 words" => {
            Bilingual::new(format!("{} per 100 words", number(value)), format!("每 100 词 {}", number(value)))
        }
        other => Bilingual::new(format!("{} {other}", number(value)), format!("{} {other}", number(value))),
    }
}
