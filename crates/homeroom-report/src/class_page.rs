//! The page of the class.

use homeroom_core::{Bilingual, Display, Outcome, Span, Status, SubmissionId};
use homeroom_review::{
    BandCount, ClassIssue, ClassReport, Lesson, NeedsAWord, SharedPassage, SharedPassages, TraitMean,
};
use maud::{Markup, html};

use crate::bundle::{ClassBundle, FailedFile, PageLanguage, PupilBundle};
use crate::diff;
use crate::essay::shown;
use crate::page::{band_bar, shell};
use crate::pupil_page::page_file;
use crate::wording::{band_words, number, reason_words, shows_number, status_words};

/// File name of the class page.
pub const CLASS_PAGE: &str = "index.html";

const SCRIPT: &str = include_str!("../assets/class.js");

/// Characters of the essay that are shown before and after a shared passage.
const AROUND: usize = 90;

/// The page of the class, self-contained.
#[must_use]
pub fn class_page(bundle: &ClassBundle<'_>) -> String {
    shell(bundle.language, bundle.title, SCRIPT, bundle.generator, body(bundle))
}

/// Everything between the skip link and the foot.
pub(crate) fn body(bundle: &ClassBundle<'_>) -> Markup {
    let language = bundle.language;
    let report = bundle.class_report;
    let tag = bundle.rubric.language.tag();
    let sections = [
        ("h-pupils", Bilingual::new("Pupils", "学生"), true),
        ("h-issues", Bilingual::new("What the class gets wrong most", "全班常见错误"), !report.issues.is_empty()),
        ("h-lesson", Bilingual::new("Ten-minute lesson", "十分钟小课"), report.lesson.is_some()),
        ("h-shared", Bilingual::new("Shared passages", "雷同段落"), !report.shared.is_empty()),
    ];
    html! {
        header.top {
            div.title {
                div {
                    h1 { (bundle.title) }
                    p.quiet { (language.say(&bundle.rubric.name)) " · " (language.say(&tally(report))) }
                }
            }
            nav.ways aria-label=(language.plain_of("On this page", "本页内容")) {
                @for (id, name, there) in &sections {
                    @if *there { a href={ "#" (id) } { (language.say(name)) } }
                }
            }
        }
        main.class #main tabindex="-1" {
            @if let Some(prompt) = bundle.prompt {
                details.prompt {
                    summary { (language.t("The task", "题目")) }
                    div lang=(prompt.language.tag()) {
                        @for span in prompt.paragraph_spans() { p { (span.of(&prompt.text)) } }
                    }
                }
            }
            @if bundle.deep {
                @let lacking = bundle.pupils.iter().filter(|p| p.lacks_deep()).count();
                @if lacking > 0 {
                    @let essays = if lacking == 1 { "essay" } else { "essays" };
                    p.notice role="note" { (language.say(&Bilingual::new(
                        format!("The language model has not come to {lacking} {essays} yet: open this page again later."),
                        format!("还有 {lacking} 篇作文等待语言模型检查，请稍后重新打开本页。"),
                    ))) }
                }
            }
            div.glance {
                (bands(&report.bands, language))
                (needs_a_word(&report.needs_a_word, bundle))
                (traits(&report.traits, language))
            }
            (pupils(bundle))
            (issues(&report.issues, language, tag))
            @if let Some(lesson) = &report.lesson { (self::lesson(lesson, language, tag)) }
            (shared(&report.shared, bundle))
        }
        p #say .vh role="status" {}
    }
}

fn tally(report: &ClassReport) -> Bilingual {
    let (scored, unscored, failed) = (report.scored, report.unscored, report.failed);
    let (mut en, mut zh) = (format!("{scored} scored"), format!("已评 {scored} 篇"));
    if unscored > 0 {
        en += &format!(", {unscored} not scored");
        zh += &format!("，未评 {unscored} 篇");
    }
    if failed > 0 {
        en += &format!(", {failed} could not be read");
        zh += &format!("，无法读取 {failed} 个");
    }
    Bilingual::new(en, zh)
}

fn name<'a>(bundle: &ClassBundle<'a>, submission: &'a SubmissionId) -> &'a str {
    bundle.pupil(submission).map_or(submission.as_str(), |p| p.evidence.submission.pupil.name.as_str())
}

fn link(bundle: &ClassBundle<'_>, submission: &SubmissionId) -> Markup {
    html! { a href=(page_file(submission)) { (name(bundle, submission)) } }
}

fn bands(bands: &[BandCount], language: PageLanguage) -> Markup {
    let most = bands.iter().map(|b| b.count).max().unwrap_or(0).max(1);
    html! {
        @if !bands.is_empty() {
            section.panel aria-labelledby="h-bands" {
                h2 #h-bands { (language.t("Spread of bands", "档次分布")) }
                table.spread {
                    @for band in bands {
                        tr {
                            th scope="row" { (language.say(&band.band)) }
                            td {
                                svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                                    rect.track x="0" y="0" width="100" height="10" rx="1" {}
                                    rect.range x="0" y="0" width=(band.count * 100 / most) height="10" rx="1" {}
                                }
                            }
                            td.n { (band.count) }
                        }
                    }
                }
            }
        }
    }
}

fn traits(traits: &[TraitMean], language: PageLanguage) -> Markup {
    let percent = |share: f64| (share.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
    html! {
        @if !traits.is_empty() {
            section.panel aria-labelledby="h-traits" {
                h2 #h-traits { (language.t("The class by criterion", "全班各项平均")) }
                table.spread {
                    @for t in traits {
                        @let (low, high, mean) = (percent(t.range.0), percent(t.range.1), percent(t.mean));
                        tr {
                            th scope="row" { (language.say(&t.name)) }
                            td {
                                svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=(language.plain_of(
                                    &format!("mean {mean:.0} %, from {low:.0} to {high:.0} % of the scale"),
                                    &format!("平均 {mean:.0} %，从 {low:.0} 到 {high:.0} %"),
                                )) {
                                    rect.track x="0" y="2" width="100" height="6" rx="1" {}
                                    rect.spanned x=(low) y="2" width=((high - low).max(1.0)) height="6" {}
                                    line.value x1=(mean) x2=(mean) y1="0" y2="10" {}
                                }
                            }
                            td.n { (format!("{mean:.0}")) span.quiet { " %" } }
                        }
                    }
                }
                p.quiet { (language.t("Mean and range, as a share of each criterion's scale.", "平均值与范围，占各项满分的比例。")) }
            }
        }
    }
}

fn needs_a_word(list: &[NeedsAWord], bundle: &ClassBundle<'_>) -> Markup {
    let language = bundle.language;
    html! {
        @if !list.is_empty() {
            section.panel aria-labelledby="h-word" {
                h2 #h-word { (language.t("Who needs a word", "需要谈一谈的学生")) }
                ul.word {
                    @for item in list { li { (link(bundle, &item.submission)) (language.paragraphs(&item.why)) } }
                }
            }
        }
    }
}

fn pupils(bundle: &ClassBundle<'_>) -> Markup {
    let language = bundle.language;
    let column = |en: &str, zh: &str, key: &str| {
        html! {
            th scope="col" aria-sort=(if key == "name" { "ascending" } else { "none" }) {
                button type="button" data-sort=(key) { (language.t(en, zh)) span.arrow aria-hidden="true" {} }
            }
        }
    };
    let mut listed: Vec<&PupilBundle<'_>> = bundle.pupils.iter().collect();
    listed.sort_by(|a, b| a.evidence.submission.pupil.name.cmp(&b.evidence.submission.pupil.name));
    html! {
        section.pupils {
            h2 #h-pupils { (language.t("Pupils", "学生")) }
            p.find {
                label for="find" { (language.t("Find a name", "查找姓名")) } " "
                input #find type="search" autocomplete="off";
            }
            div.wide tabindex="0" role="region" aria-labelledby="h-pupils" {
                table.roster #roster {
                    thead { tr {
                        (column("Name", "姓名", "name"))
                        (column("Band", "档次", "score"))
                        th scope="col" { (language.t("Interval", "区间")) }
                        (column("Place", "名次", "place"))
                        (column("Words", "词数", "words"))
                        (column("Marks", "批注", "marks"))
                        (column("Status", "状态", "status"))
                    } }
                    tbody {
                        @for pupil in &listed { (row(bundle, pupil)) }
                        @for file in bundle.failed { (failed_row(file, language)) }
                    }
                }
            }
        }
    }
}

fn row(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    let (evidence, mark) = (pupil.evidence, pupil.mark);
    let marks = shown(evidence, mark).iter().filter(|s| s.finding.display == Display::Sure).count();
    let status = match mark.status {
        Status::Draft => "0",
        Status::Confirmed => "1",
        Status::Released => "2",
    };
    let name = &evidence.submission.pupil.name;
    let (score, rank) = match &mark.outcome {
        Outcome::Scored { overall, place, .. } => (Some(overall.value), place.map(|p| p.rank)),
        Outcome::Unscored { .. } => (None, None),
    };
    html! {
        tr data-name=(name) data-score=[score] data-place=[rank] data-words=(evidence.words) data-marks=(marks)
            data-status=(status) {
            th scope="row" {
                a href=(page_file(&evidence.submission.id)) { (name) }
                @if pupil.unconfirmed_transcript { " " span.flag { (language.t("from an unconfirmed transcript", "识别结果未核对")) } }
            }
            @match &mark.outcome {
                Outcome::Scored { overall, place, .. } => {
                    td {
                        @if shows_number(overall) { strong { (number(overall.value)) } " · " }
                        (language.say(&band_words(overall, &bundle.rubric.bands)))
                    }
                    td.graph { (band_bar(overall, bundle.rubric.scale, &bundle.rubric.bands, false, language)) }
                    td.n { @if let Some(place) = place { (place.rank) span.quiet { "/" (place.of) } } @else { "–" } }
                }
                Outcome::Unscored { reason } => {
                    td.why colspan="3" {
                        strong { (language.t("Not scored.", "未评分。")) } " " (language.say(&reason_words(reason)))
                    }
                }
            }
            td.n { (evidence.words) }
            td.n { (marks) }
            td { (language.say(&status_words(mark.status))) }
        }
    }
}

fn failed_row(file: &FailedFile, language: PageLanguage) -> Markup {
    let name = file.pupil.as_deref().unwrap_or(&file.file);
    html! {
        tr.failed data-name=(name) {
            th scope="row" { (name) @if file.pupil.is_some() { span.file { (file.file) } } }
            td.why colspan="6" {
                strong { (language.t("Could not be read.", "无法读取。")) } " " (language.say(&file.reason))
            }
        }
    }
}

fn issues(issues: &[ClassIssue], language: PageLanguage, tag: &str) -> Markup {
    html! {
        @if !issues.is_empty() {
            section aria-labelledby="h-issues" {
                h2 #h-issues { (language.t("What the class gets wrong most", "全班常见错误")) }
                ol.issues {
                    @for issue in issues {
                        li {
                            h3 { (language.say(&issue.title)) }
                            p.quiet { (language.say(&Bilingual::new(
                                format!("{} times in {} essays", issue.count, issue.essays),
                                format!("{} 篇中共 {} 次", issue.essays, issue.count),
                            ))) }
                            ul.examples {
                                @for example in &issue.examples {
                                    li { p.sentence lang=(tag) {
                                        @match &example.corrected {
                                            Some(corrected) => (diff::corrected(&example.sentence, corrected)),
                                            None => (example.sentence),
                                        }
                                    } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lesson(lesson: &Lesson, language: PageLanguage, tag: &str) -> Markup {
    html! {
        section.lesson aria-labelledby="h-lesson" {
            h2 #h-lesson { (language.t("Ten-minute lesson", "十分钟小课")) }
            p.lead { (language.say(&lesson.title)) }
            ol.plan {
                @for step in &lesson.steps {
                    li {
                        p.minutes { (step.minutes) " " (language.t("min", "分钟")) }
                        div {
                            (language.paragraphs(&step.what))
                            @if !step.board.is_empty() {
                                ul.board lang=(tag) { @for sentence in &step.board { li { (sentence) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn shared(pairs: &[SharedPassages], bundle: &ClassBundle<'_>) -> Markup {
    let language = bundle.language;
    html! {
        @if !pairs.is_empty() {
            section.shared aria-labelledby="h-shared" {
                h2 #h-shared { (language.t("Shared passages", "雷同段落")) }
                p.quiet { (language.t(
                    "The same words in two essays. It may be a phrase learnt in class: look before you ask.",
                    "两篇作文中相同的文字。也可能是课堂上学过的句子：先看，再问。",
                )) }
                @for pair in pairs {
                    h3 { (link(bundle, &pair.first)) " · " (link(bundle, &pair.second)) }
                    @for passage in &pair.passages { (side_by_side(pair, passage, bundle)) }
                }
            }
        }
    }
}

fn side_by_side(pair: &SharedPassages, passage: &SharedPassage, bundle: &ClassBundle<'_>) -> Markup {
    let (first, second) = diff::common(&passage.first_text, &passage.second_text);
    let side = |submission: &SubmissionId, span: Span, marked: Markup| {
        let text = bundle.pupil(submission).map_or("", |p| p.evidence.document.text.as_str());
        let (before, after) = if span.fits(text) { around(text, span) } else { Default::default() };
        html! {
            figure {
                figcaption { (name(bundle, submission)) }
                blockquote lang=(bundle.rubric.language.tag()) { span.context { (before) } (marked) span.context { (after) } }
            }
        }
    };
    html! {
        div.pair { (side(&pair.first, passage.first, first)) (side(&pair.second, passage.second, second)) }
    }
}

/// Up to [`AROUND`] characters of the same paragraph on both sides, cut between words.
fn around(text: &str, span: Span) -> (String, String) {
    let before = text[..span.start].rsplit('\n').next().unwrap_or("");
    let after = text[span.end..].split('\n').next().unwrap_or("");
    let before = match before.char_indices().rev().nth(AROUND) {
        None => before.to_owned(),
        Some((i, _)) => format!("… {}", before[i..].split_once(char::is_whitespace).map_or("", |(_, rest)| rest)),
    };
    let after = match after.char_indices().nth(AROUND) {
        None => after.to_owned(),
        Some((i, _)) => format!("{} …", after[..i].rsplit_once(char::is_whitespace).map_or("", |(rest, _)| rest)),
    };
    (before, after)
}
