//! The page of one pupil: a marked paper with its review.

use homeroom_core::{Bilingual, CriterionMark, Display, Document, Letter, Outcome, Span, Status, SubmissionId};
use homeroom_review::{Example, Exercise, Progress, Review, WorkItem};
use maud::{Markup, PreEscaped, html};

use crate::bundle::{ClassBundle, PageLanguage, PupilBundle};
use crate::class_page::CLASS_PAGE;
use crate::diff;
use crate::essay::{Passage, Shown, essay, shown};
use crate::kind::{code_name, kinds};
use crate::page::{badge, band_bar, shell};
use crate::wording::{
    band_words, certainty_words, confidence_words, number, place_words, reason_words, severity_words, shows_number,
    source_words, value_words,
};

const SCRIPT: &str = include_str!("../assets/pupil.js");

/// Characters of the marked words that a note's head shows.
const HEAD_CHARS: usize = 34;

/// File name of a pupil's page, in the same folder as the class page.
#[must_use]
pub fn page_file(submission: &SubmissionId) -> String {
    format!("{submission}.html")
}

/// The page of one pupil, self-contained.
#[must_use]
pub fn pupil_page(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> String {
    let name = &pupil.evidence.submission.pupil.name;
    let title = format!("{name} · {}", bundle.title);
    shell(bundle.language, &title, SCRIPT, bundle.generator, body(bundle, pupil))
}

/// Everything between the skip link and the foot.
pub(crate) fn body(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    let (evidence, mark) = (pupil.evidence, pupil.mark);
    let findings = shown(evidence, mark);
    let mut passages = Passages::default();
    let tag = evidence.document.language.tag();
    let review = review(pupil.review, language, tag, &mut passages);
    let criteria = criteria(bundle, pupil, &mut passages);
    html! {
        header.top {
            (neighbours(bundle, pupil))
            div.title {
                div {
                    h1 { (evidence.submission.pupil.name) }
                    p.quiet {
                        (bundle.title) " · " (language.say(&bundle.rubric.name)) " · "
                        (language.t(&format!("{} words", evidence.words), &format!("{} 词", evidence.words)))
                    }
                }
                (badge(mark.status, language))
            }
        }
        main #main tabindex="-1" {
            (notices(bundle, pupil))
            (scores(bundle, pupil))
            section.work aria-labelledby="h-essay" {
                h2 #h-essay { (language.t("The essay", "作文")) }
                @if let Some(prompt) = bundle.prompt {
                    details.prompt {
                        summary { (language.t("The task", "题目")) }
                        div lang=(prompt.language.tag()) {
                            @for span in prompt.paragraph_spans() { p { (span.of(&prompt.text)) } }
                        }
                    }
                }
                (toolbar(&findings, language))
                div.desk {
                    article.paper lang=(evidence.document.language.tag()) aria-labelledby="h-essay" {
                        (essay(evidence, &findings, &passages.0, language))
                    }
                    aside.notes aria-label=(language.plain_of("Notes on the essay", "批注")) {
                        ol #notes { @for s in &findings { (note(s, &evidence.document, language)) } }
                        @if findings.is_empty() {
                            p.none { (language.t("Nothing was marked.", "没有标注。")) }
                        }
                    }
                }
            }
            (review)
            (criteria)
            (background(bundle, pupil))
        }
        (help(language))
        p #say .vh role="status" {}
    }
}

/// Passages that the page points to, numbered as they come.
#[derive(Default)]
struct Passages(Vec<Passage>);

impl Passages {
    /// Keeps the spans under one name, which a button then shows.
    fn keep(&mut self, spans: &[Span]) -> String {
        let id = format!("p{}", self.0.len());
        self.0.extend(spans.iter().filter(|s| !s.is_empty()).map(|span| Passage { id: id.clone(), span: *span }));
        id
    }
}

/// A button that lights up passages of the essay.
fn show_button(id: &str, text: Markup) -> Markup {
    html! { button.show type="button" data-show=(id) aria-pressed="false" { (text) } }
}

/// Ways to the class and to the neighbours; a released page is the pupil's own and names nobody else.
fn neighbours(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    if pupil.mark.status == Status::Released {
        return html! {};
    }
    let id = |p: &PupilBundle<'_>| p.evidence.submission.id.clone();
    let at = bundle.pupils.iter().position(|p| id(p) == id(pupil));
    let before = at.and_then(|i| i.checked_sub(1)).and_then(|i| bundle.pupils.get(i));
    let after = at.and_then(|i| bundle.pupils.get(i + 1));
    html! {
        nav.ways aria-label=(language.plain_of("Essays of the class", "全班作文")) {
            a href=(CLASS_PAGE) { "↑ " (language.t("Class", "班级")) }
            @if let Some(p) = before {
                a rel="prev" href=(page_file(&id(p))) { "← " (p.evidence.submission.pupil.name) }
            }
            @if let Some(p) = after {
                a rel="next" href=(page_file(&id(p))) { (p.evidence.submission.pupil.name) " →" }
            }
        }
    }
}

fn notices(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    html! {
        @if bundle.deep && pupil.lacks_deep() {
            p.notice role="note" { (language.t(
                "This is the plain result. The language model has not come to this essay yet: open the page again later.",
                "这是初步结果。语言模型还没有检查到这篇作文，请稍后重新打开本页。",
            )) }
        }
        @if pupil.unconfirmed_transcript {
            p.notice role="note" { (language.t(
                "From an unconfirmed transcript: this text was read from a picture and nobody has compared it with the picture yet. Marks may rest on misread letters.",
                "这段文字由图片识别而来，尚未与原图核对。批注可能源于识别错误。",
            )) }
        }
        @for note in &pupil.evidence.origin.notes { p.notice role="note" { (language.say(note)) } }
    }
}

fn scores(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    html! {
        section.scores aria-labelledby="h-score" {
            h2 #h-score .vh { (language.t("The mark", "评分")) }
            @match &pupil.mark.outcome {
                Outcome::Unscored { reason } => {
                    p.band { (language.t("Not scored", "未评分")) }
                    (language.paragraphs(&reason_words(reason)))
                }
                Outcome::Scored { overall, place, .. } => {
                    div.headline {
                        @if shows_number(overall) {
                            p.number { (number(overall.value)) span.of { "/" (number(bundle.rubric.scale.max)) } }
                        }
                        p.band { (language.say(&band_words(overall, &bundle.rubric.bands))) }
                        @if let Some(place) = place { p.place { (language.say(&place_words(*place))) } }
                    }
                    div.interval {
                        (band_bar(overall, bundle.rubric.scale, &bundle.rubric.bands, true, language))
                        p.quiet { (language.say(&certainty_words(overall, bundle.rubric))) }
                        @if shows_number(overall) || band_name_is_single(overall, bundle) {
                            @if let Some(band) = bundle.rubric.band(overall.value) {
                                p.descriptor { (language.say(&band.descriptor)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the whole interval lies in one band, so that its descriptor may be shown.
fn band_name_is_single(score: &homeroom_core::Score, bundle: &ClassBundle<'_>) -> bool {
    band_words(score, &bundle.rubric.bands) == score.band
}

fn toolbar(findings: &[Shown<'_>], language: PageLanguage) -> Markup {
    let count = |display: Display| findings.iter().filter(|s| s.finding.display == display).count();
    let (check, style) = (count(Display::Check), count(Display::Style));
    html! {
        div.tools role="group" aria-label=(language.plain_of("Which marks are shown", "显示哪些批注")) {
            @for (i, kind) in kinds().iter().enumerate() {
                @let n = findings.iter().filter(|s| s.kind.id == kind.id && s.finding.display == Display::Sure).count();
                @let all = findings.iter().filter(|s| s.kind.id == kind.id).count();
                @if all > 0 && kind.slug != "style" {
                    button.chip.{ "k-" (kind.slug) } type="button" aria-pressed="true" data-kind=(kind.slug) data-key=(i + 1) {
                        span.sample aria-hidden="true" { "ab" }
                        span { (language.t(kind.en, kind.zh)) }
                        span.n { (n) }
                    }
                }
            }
            @if check > 0 {
                button.chip.fold type="button" aria-pressed="false" data-display="check" data-key="c" {
                    span { (language.t("Check this", "请核对")) } span.n { (check) }
                }
            }
            @if style > 0 {
                button.chip.fold.k-style type="button" aria-pressed="false" data-display="style" data-key="9" {
                    span { (language.t("Style", "文体")) } span.n { (style) }
                }
            }
            span.steps {
                button type="button" #prev aria-label=(language.plain_of("Previous mark", "上一处")) { "‹" }
                span #at aria-hidden="true" {}
                button type="button" #next aria-label=(language.plain_of("Next mark", "下一处")) { "›" }
                button type="button" #ask aria-label=(language.plain_of("Keys", "快捷键")) { "?" }
            }
        }
    }
}

/// At most [`HEAD_CHARS`] characters of a text.
fn head(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(HEAD_CHARS).collect();
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

fn note(s: &Shown<'_>, document: &Document, language: PageLanguage) -> Markup {
    let finding = s.finding;
    let marked = finding.span.of(&document.text);
    let tag = document.language.tag();
    let display = match finding.display {
        Display::Sure => "sure",
        Display::Check => "check",
        Display::Style => "style",
    };
    let name = code_name(&finding.code).unwrap_or((s.kind.en, s.kind.zh));
    let (confidence, source) = (confidence_words(finding.confidence), source_words(&finding.source));
    html! {
        li.card.{ "k-" (s.kind.slug) } .inline[s.inline] #{ "f" (s.index) } data-f=(s.index) data-kind=(s.kind.slug)
            data-display=(display) hidden[finding.display != Display::Sure] {
            button.head type="button" aria-expanded="true" aria-controls={ "b" (s.index) } {
                span.code { (finding.code) }
                span.change lang=(tag) { (change(marked, finding.suggestions.first().map(String::as_str))) }
            }
            div.body #{ "b" (s.index) } {
                p.what {
                    (language.t(name.0, name.1))
                    @if finding.display == Display::Check { " · " (language.t("check this", "请核对")) }
                }
                (language.paragraphs(&finding.explanation))
                @if finding.suggestions.len() > 1 {
                    p.or {
                        (language.t("Also possible:", "也可以：")) " "
                        @for (i, other) in finding.suggestions.iter().skip(1).enumerate() {
                            @if i > 0 { ", " }
                            span.suggestion lang=(tag) {
                                @if other.is_empty() { (language.t("leave it out", "删去")) } @else { (other.trim()) }
                            }
                        }
                    }
                }
                p.meta {
                    (language.plain(&source)) " · " (language.plain(&confidence)) " · "
                    (language.plain(&severity_words(finding.severity)))
                }
            }
        }
    }
}

/// What is to be changed, in one line.
fn change(marked: &str, suggestion: Option<&str>) -> Markup {
    html! {
        @match suggestion {
            _ if marked.is_empty() => { ins { "+ " (suggestion.unwrap_or("…").trim()) } },
            None => (head(marked)),
            Some("") => del { (head(marked)) },
            Some(s) => { del { (head(marked)) } " → " ins { (head(s)) } },
        }
    }
}

fn review(review: &Review, language: PageLanguage, tag: &str, passages: &mut Passages) -> Markup {
    if review.good.is_empty() && review.work_on.is_empty() && review.keep.is_empty() && review.progress.is_none() {
        return html! {};
    }
    html! {
        section.review aria-labelledby="h-review" {
            h2 #h-review { (language.t("For you", "写给你")) }
            @if let Some(letter) = &review.letter { (self::letter(letter, language)) }
            @if !review.good.is_empty() {
                h3 { (language.t("What is good", "写得好的地方")) }
                ul.good {
                    @for strength in &review.good {
                        @let id = passages.keep(&[strength.span]);
                        li {
                            blockquote lang=(tag) { "“" (strength.quote) "”" }
                            (language.paragraphs(&strength.why))
                            (show_button(&id, language.t("Show in the essay", "在文中显示")))
                        }
                    }
                }
            }
            @if !review.work_on.is_empty() {
                h3 { (language.t("What to work on next", "接下来练什么")) }
                ol.work-on { @for item in &review.work_on { (work_item(item, language, tag, passages)) } }
            }
            @if !review.keep.is_empty() {
                h3 { (language.t("What to keep", "继续保持")) }
                ul.keep { @for keep in &review.keep { li { (language.say(keep)) } } }
            }
            @if let Some(p) = &review.progress { (progress(p, language)) }
        }
    }
}

fn letter(letter: &Letter, language: PageLanguage) -> Markup {
    let joined = |text: fn(&Bilingual) -> &str, between: &str| {
        letter.sentences.iter().map(|s| text(&s.text)).collect::<Vec<_>>().join(between)
    };
    let whole = Bilingual::new(joined(|t| &t.en, " "), joined(|t| &t.zh, ""));
    let dropped = letter.dropped;
    html! {
        div.letter {
            (language.paragraphs(&whole))
            p.meta {
                (language.t(
                    &format!("Written by {}; each sentence rests on a point below ({dropped} left out).", letter.source),
                    &format!("由 {} 撰写，每句话都以下面的内容为依据（略去 {dropped} 句）。", letter.source),
                ))
            }
        }
    }
}

fn work_item(item: &WorkItem, language: PageLanguage, tag: &str, passages: &mut Passages) -> Markup {
    html! {
        li {
            h4 {
                (language.say(&item.title))
                @if item.count > 0 { span.times { "× " (item.count) } }
            }
            div.rule { (language.paragraphs(&item.rule)) }
            @if !item.examples.is_empty() {
                ul.examples { @for e in &item.examples { (example(e, language, tag, passages)) } }
            }
            @if !item.exercise.items.is_empty() { (exercise(&item.exercise, language, tag)) }
        }
    }
}

fn example(example: &Example, language: PageLanguage, tag: &str, passages: &mut Passages) -> Markup {
    let id = passages.keep(&[example.span]);
    html! {
        li {
            p.sentence lang=(tag) {
                @match &example.corrected {
                    Some(corrected) => (diff::corrected(&example.sentence, corrected)),
                    None => (example.sentence),
                }
            }
            div.why { (language.paragraphs(&example.why)) }
            (show_button(&id, language.t("Show in the essay", "在文中显示")))
        }
    }
}

fn exercise(exercise: &Exercise, language: PageLanguage, tag: &str) -> Markup {
    html! {
        div.exercise {
            p.label { (language.t("Two minutes of practice", "两分钟练习")) }
            (language.paragraphs(&exercise.instruction))
            ol lang=(tag) { @for item in &exercise.items { li { (item.task) } } }
            details.key {
                summary { (language.t("Show the key", "查看答案")) }
                ol lang=(tag) { @for item in &exercise.items { li { (item.answer) } } }
            }
        }
    }
}

fn progress(progress: &Progress, language: PageLanguage) -> Markup {
    html! {
        h3 { (language.t("Since your last essay", "与上一篇相比")) span.times { (progress.previous_assignment) } }
        table.progress {
            thead { tr {
                th scope="col" { (language.t("What", "项目")) }
                th scope="col" { (language.t("Then", "上次")) }
                th scope="col" { (language.t("Now", "这次")) }
                th scope="col" { (language.t("Change", "变化")) }
            } }
            tbody {
                @for change in &progress.changes {
                    tr {
                        th scope="row" { (language.say(&change.what)) }
                        td { (number(change.before)) }
                        td { (number(change.now)) }
                        td { @match change.better {
                            Some(true) => span.up { "▲ " (language.t("better", "进步")) },
                            Some(false) => span.down { "▼ " (language.t("not yet", "还需努力")) },
                            None => "–",
                        } }
                    }
                }
            }
        }
    }
}

fn criteria(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>, passages: &mut Passages) -> Markup {
    let language = bundle.language;
    let Outcome::Scored { criteria, .. } = &pupil.mark.outcome else { return html! {} };
    if criteria.is_empty() {
        return html! {};
    }
    html! {
        section.criteria aria-labelledby="h-criteria" {
            h2 #h-criteria { (language.t("What the mark rests on", "评分依据")) }
            div.grid { @for criterion in criteria { (criterion_card(bundle, pupil, criterion, passages)) } }
        }
    }
}

fn criterion_card(
    bundle: &ClassBundle<'_>,
    pupil: &PupilBundle<'_>,
    criterion: &CriterionMark,
    passages: &mut Passages,
) -> Markup {
    let language = bundle.language;
    let definition = bundle.rubric.criteria.iter().find(|c| c.id == criterion.criterion);
    let (scale, bands) =
        definition.map_or((bundle.rubric.scale, &bundle.rubric.bands[..]), |c| (c.scale, &c.bands[..]));
    let features = criterion.features.iter().filter_map(|id| pupil.evidence.features.iter().find(|f| &f.id == id));
    let judgements = pupil.evidence.judgements.iter().filter(|j| j.criterion == criterion.criterion);
    html! {
        article.criterion {
            h3 { (language.say(&criterion.name)) }
            p.band {
                @if shows_number(&criterion.score) {
                    strong { (number(criterion.score.value)) } "/" (number(scale.max)) " · "
                }
                (language.say(&band_words(&criterion.score, bands)))
            }
            (band_bar(&criterion.score, scale, bands, false, language))
            ul.features {
                @for feature in features {
                    li {
                        span.label { (language.say(&bundle.feature_label(&feature.id))) }
                        span.value { (language.plain(&value_words(feature.value, &feature.unit))) }
                        @if feature.passages.iter().any(|s| !s.is_empty()) {
                            @let id = passages.keep(&feature.passages);
                            (show_button(&id, html! {
                                (language.t("Show", "显示"))
                                span.vh { ": " (language.say(&bundle.feature_label(&feature.id))) }
                            }))
                        }
                    }
                }
                @for judgement in judgements {
                    li.judgement {
                        (language.paragraphs(&judgement.rationale))
                        p.meta { (judgement.source) }
                        @if !judgement.quotes.is_empty() {
                            @let id = passages.keep(&judgement.quotes);
                            (show_button(&id, language.t("Show", "显示")))
                        }
                    }
                }
            }
        }
    }
}

fn background(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Markup {
    let language = bundle.language;
    let submission = &pupil.evidence.submission;
    html! {
        section.background aria-labelledby="h-about" {
            h2 #h-about .vh { (language.t("About this page", "关于本页")) }
            @if !pupil.mark.edits.is_empty() {
                details open {
                    summary { (language.t("What the teacher changed", "老师的修改")) }
                    ul { @for edit in &pupil.mark.edits { li { (edit.author) ", " (edit.time) ": " (edit.reason) } } }
                }
            }
            details {
                summary { (language.t("Where this comes from", "来源")) }
                dl {
                    dt { (language.t("Scale", "评分标准")) }
                    dd { (language.say(&bundle.rubric.name)) " (" (bundle.rubric.id) " " (bundle.rubric.version) "). "
                        (language.say(&bundle.rubric.source)) }
                    dt { (language.t("File", "文件")) }
                    dd { (submission.file) }
                    @for (what, version) in &pupil.evidence.versions { dt { (what) } dd { (version) } }
                }
            }
        }
    }
}

fn help(language: PageLanguage) -> Markup {
    let key =
        |keys: &str, what: Bilingual| html! { tr { th scope="row" { kbd { (keys) } } td { (language.say(&what)) } } };
    html! {
        dialog #help aria-labelledby="h-help" {
            h2 #h-help { (language.t("Keys", "快捷键")) }
            table {
                (key("n  →", Bilingual::new("next mark", "下一处")))
                (key("p  ←", Bilingual::new("previous mark", "上一处")))
                (key("1 – 9", Bilingual::new("show or hide a kind of mark", "显示或隐藏一类批注")))
                (key("0", Bilingual::new("show every kind", "显示全部类别")))
                (key("c", Bilingual::new("show or hide “check this”", "显示或隐藏“请核对”")))
                (key("Esc", Bilingual::new("close the note", "关闭批注")))
                (key("?", Bilingual::new("this list", "本列表")))
            }
            p { label { input type="checkbox" #keys checked; " " (language.t("Keys are on", "启用快捷键")) } }
            button type="button" #close { (language.t("Close", "关闭")) }
        }
        noscript { style { (PreEscaped(".tools,.show{display:none}")) } }
    }
}
