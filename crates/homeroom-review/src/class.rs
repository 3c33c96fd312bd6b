//! The report on a class, from all evidence and marks.

use homeroom_core::{Bilingual, Document, Evidence, Finding, Mark, Outcome, Reason, Rubric};

use crate::order::{asides, orders};
use crate::review::{active_findings, corrected};
use crate::shared::shared_passages;
use crate::topic::{topic_of, topics};
use crate::{
    AnonymousExample, BandCount, ClassIssue, ClassReport, Lesson, LessonStep, NeedsAWord, SharedPassages, TraitMean,
};

/// Faults shown.
const ISSUES: usize = 6;
/// Sentences shown per fault.
const EXAMPLES: usize = 3;
/// An essay with more marks per 100 words than the class's mean by this many standard deviations needs a word.
const ERROR_OUTLIER_SD: f64 = 1.8;
/// Share of the rubric's scale below which a scored pupil needs a word.
const LOW_SCORE_SHARE: f64 = 0.35;

/// What a class report is made from.
#[derive(Debug, Clone, Copy)]
pub struct ClassInput<'a> {
    /// Evidence and mark of each essay that was read.
    pub pupils: &'a [(&'a Evidence, &'a Mark)],
    /// The prompt, where there was one.
    pub prompt: Option<&'a Document>,
    /// The rubric.
    pub rubric: &'a Rubric,
    /// Number of files that could not be read.
    pub failed: usize,
}

/// The report on a class.
#[must_use]
pub fn class_report(input: ClassInput<'_>) -> ClassReport {
    let issues = issues(input);
    let essays: Vec<_> = input.pupils.iter().map(|(e, _)| (&e.submission.id, &e.document)).collect();
    let shared = shared_passages(&essays, input.prompt);
    let scored = input.pupils.iter().filter(|(_, m)| matches!(m.outcome, Outcome::Scored { .. })).count();
    ClassReport {
        scored,
        unscored: input.pupils.len() - scored,
        failed: input.failed,
        bands: bands(input),
        lesson: issues.first().and_then(lesson),
        needs_a_word: needs_a_word(input, &shared),
        issues,
        shared,
        traits: trait_means(input),
    }
}

fn bands(input: ClassInput<'_>) -> Vec<BandCount> {
    input
        .rubric
        .bands
        .iter()
        .map(|band| {
            let count = input
                .pupils
                .iter()
                .filter(|(_, m)| matches!(&m.outcome, Outcome::Scored { overall, .. } if overall.band == band.name))
                .count();
            BandCount { band: band.name.clone(), count }
        })
        .collect()
}

fn trait_means(input: ClassInput<'_>) -> Vec<TraitMean> {
    input
        .rubric
        .criteria
        .iter()
        .filter_map(|criterion| {
            let shares: Vec<f64> = input
                .pupils
                .iter()
                .filter_map(|(_, m)| match &m.outcome {
                    Outcome::Scored { criteria, .. } => criteria.iter().find(|c| c.criterion == criterion.id),
                    Outcome::Unscored { .. } => None,
                })
                .map(|c| (c.score.value - criterion.scale.min) / criterion.scale.width().max(f64::MIN_POSITIVE))
                .collect();
            let low = shares.iter().copied().reduce(f64::min)?;
            let high = shares.iter().copied().reduce(f64::max)?;
            Some(TraitMean {
                id: criterion.id.clone(),
                name: criterion.name.clone(),
                mean: shares.iter().sum::<f64>() / shares.len() as f64,
                range: (low, high),
            })
        })
        .collect()
}

fn issues(input: ClassInput<'_>) -> Vec<ClassIssue> {
    let names = names(input);
    let mut out: Vec<(f64, ClassIssue)> = topics()
        .iter()
        .filter_map(|topic| {
            let mut essays = 0;
            let mut count = 0;
            let mut examples: Vec<(f64, AnonymousExample)> = Vec::new();
            for (evidence, mark) in input.pupils {
                let active = active_findings(evidence, mark);
                let mine: Vec<&Finding> =
                    active.iter().copied().filter(|f| topic_of(f).is_some_and(|t| t.id == topic.id)).collect();
                if mine.is_empty() {
                    continue;
                }
                essays += 1;
                count += mine.len();
                // One example per essay: the surest finding in a sentence that fits on a slide.
                let best = mine.iter().max_by(|a, b| a.confidence.total_cmp(&b.confidence).then(b.span.cmp(&a.span)));
                if let Some(finding) = best {
                    let sentence = evidence.document.sentence_around(finding.span);
                    let written = sentence.of(&evidence.document.text);
                    let n_words = written.split_whitespace().count();
                    if (4..=25).contains(&n_words) {
                        let fixed = corrected(evidence, sentence, &active, None);
                        let others = active.iter().filter(|f| sentence.contains(f.span)).count();
                        examples.push((
                            finding.confidence - 0.1 * others as f64,
                            AnonymousExample {
                                sentence: anonymise(written, &names),
                                corrected: fixed.map(|f| anonymise(&f, &names)),
                            },
                        ));
                    }
                }
            }
            examples.sort_by(|a, b| b.0.total_cmp(&a.0));
            (essays > 0).then(|| {
                let issue = ClassIssue {
                    topic: topic.id.clone(),
                    title: topic.title.clone(),
                    essays,
                    count,
                    examples: examples.into_iter().take(EXAMPLES).map(|e| e.1).collect(),
                };
                (essays as f64 * topic.weight, issue)
            })
        })
        .collect();
    out.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.topic.cmp(&b.1.topic)));
    out.into_iter().take(ISSUES).map(|(_, issue)| issue).collect()
}

/// Every name in the class, and its parts, longest first. Parts of one letter, or of one Han character, are too
/// short to be told from ordinary words.
fn names(input: ClassInput<'_>) -> Vec<String> {
    let mut out: Vec<String> = input
        .pupils
        .iter()
        .flat_map(|(e, _)| {
            let name = &e.submission.pupil.name;
            let parts = name.split_whitespace().filter(|p| p.chars().count() > 2 || !p.is_ascii());
            std::iter::once(name.clone()).chain(parts.map(str::to_owned)).collect::<Vec<_>>()
        })
        .filter(|n| n.chars().count() > 1)
        .collect();
    out.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    out.dedup();
    out
}

fn anonymise(sentence: &str, names: &[String]) -> String {
    let mut out = sentence.to_owned();
    for name in names {
        let mut from = 0;
        while let Some(at) = out.get(from..).and_then(|rest| rest.find(name.as_str())) {
            let (start, end) = (from + at, from + at + name.len());
            let before = out[..start].chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
            let after = out[end..].chars().next().is_some_and(|c| c.is_ascii_alphabetic());
            if (before || after) && name.is_ascii() {
                from = end;
                continue;
            }
            out.replace_range(start..end, "N.");
            from = start + 2;
        }
    }
    out
}

fn needs_a_word(input: ClassInput<'_>, shared: &[SharedPassages]) -> Vec<NeedsAWord> {
    let mut out: Vec<NeedsAWord> = Vec::new();
    let rates: Vec<f64> = input
        .pupils
        .iter()
        .map(|(e, m)| 100.0 * active_findings(e, m).len() as f64 / (e.words.max(1)) as f64)
        .collect();
    let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let variance = rates.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / rates.len().max(1) as f64;
    let limit = mean + ERROR_OUTLIER_SD * variance.sqrt();
    for ((evidence, mark), rate) in input.pupils.iter().zip(&rates) {
        let id = &evidence.submission.id;
        let mut say = |en: String, zh: String| {
            out.push(NeedsAWord { submission: id.clone(), why: Bilingual::new(en, zh) });
        };
        match &mark.outcome {
            Outcome::Unscored { reason } => {
                let reason = explain(reason);
                say(format!("Not scored: {}", reason.en), format!("未评分：{}", reason.zh));
            }
            Outcome::Scored { overall, .. } => {
                let scale = &input.rubric.scale;
                let share = (overall.value - scale.min) / scale.width().max(f64::MIN_POSITIVE);
                if share < LOW_SCORE_SHARE {
                    say(
                        format!("The draft lies in the band “{}”.", overall.band.en),
                        format!("草评落在“{}”档。", overall.band.zh),
                    );
                } else if *rate > limit && rates.len() >= 5 {
                    say(
                        format!("{rate:.1} marks per 100 words; the class has {mean:.1}."),
                        format!("每百词 {rate:.1} 处错误，全班平均 {mean:.1} 处。"),
                    );
                }
                if evidence.words < input.rubric.words.min {
                    say(
                        format!("{} words; the task asks for {}.", evidence.words, input.rubric.words.min),
                        format!("只写了 {} 个词，题目要求 {} 个词。", evidence.words, input.rubric.words.min),
                    );
                }
            }
        }
        if let Some(share) = evidence.feature("repeated_share").filter(|s| *s >= 0.15) {
            let percent = (100.0 * share).round();
            say(
                format!("{percent} % of the text repeats earlier sentences; the repetition was not counted."),
                format!("{percent}% 的内容是重复前文，重复部分未计入。"),
            );
        }
        for order in orders(&evidence.document) {
            let quote = order.of(&evidence.document.text);
            say(
                format!("Speaks to whoever marks it: “{quote}” No text can order a score; read it yourself."),
                format!("文中有写给阅卷者的话：“{quote}”任何文字都不能左右评分，请老师查看。"),
            );
        }
        for quote in not_counted(evidence) {
            say(
                format!("Not counted, as it seems to be written to the marker or for a machine: “{quote}”"),
                format!("这句话像是写给阅卷者或机器的，未计入评分：“{quote}”"),
            );
        }
        if shared.iter().any(|s| s.first == *id || s.second == *id) {
            say(
                "Shares passages with another essay; see below.".to_owned(),
                "与另一篇作文有相同段落，见下文。".to_owned(),
            );
        }
    }
    out
}

/// Sentences that were not counted as a part of the essay, beside those that order a mark. They may be long or many.
fn not_counted(evidence: &Evidence) -> Vec<String> {
    const SHOWN: usize = 2;
    const LETTERS: usize = 120;
    let orders = orders(&evidence.document);
    let others = asides(evidence).filter(|p| !orders.iter().any(|o| o.overlaps(*p))).take(SHOWN);
    let short = |text: &str| match text.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    others.map(|p| short(p.of(&evidence.document.text))).collect()
}

/// A reason for not scoring, in words.
#[must_use]
pub fn explain(reason: &Reason) -> Bilingual {
    match reason {
        Reason::Blank => Bilingual::new("there is no text.", "没有文字。"),
        Reason::TooShort { words, needed } => Bilingual::new(
            format!("{words} words are too few to judge; {needed} are needed."),
            format!("只有 {words} 个词，至少要 {needed} 个词才能评分。"),
        ),
        Reason::OffTopic { .. } => {
            Bilingual::new("it does not speak about what the prompt asks.", "内容与题目要求无关。")
        }
        Reason::CopiedPrompt { share } => Bilingual::new(
            format!("{:.0} % of it is copied from the prompt.", 100.0 * share),
            format!("{:.0}% 的内容抄自题目。", 100.0 * share),
        ),
        Reason::WrongLanguage { found } => Bilingual::new(
            format!("it is not in the language of the task (found: {found})."),
            format!("所用语言与题目要求不符(检测为 {found})。"),
        ),
    }
}

fn lesson(issue: &ClassIssue) -> Option<Lesson> {
    let topic = topics().iter().find(|t| t.id == issue.topic)?;
    let wrong: Vec<String> = issue.examples.iter().map(|e| e.sentence.clone()).collect();
    let right: Vec<String> = issue.examples.iter().filter_map(|e| e.corrected.clone()).collect();
    let step =
        |minutes, en: &str, zh: &str, board: Vec<String>| LessonStep { minutes, what: Bilingual::new(en, zh), board };
    Some(Lesson {
        title: topic.title.clone(),
        steps: vec![
            step(
                2,
                "Put these sentences on the board. What would an editor change? Pairs, no names.",
                "把这些句子写在黑板上，同桌讨论：编辑会改哪里?不点名。",
                wrong,
            ),
            step(
                3,
                &format!("Let the class find the rule, then say it: {}", topic.rule.en),
                &format!("让学生自己归纳规则，再总结：{}", topic.rule.zh),
                Vec::new(),
            ),
            step(
                3,
                "Compare with these versions; each pupil then looks for one such place in the own essay.",
                "对照正确的句子，每人再在自己的作文里找一处同类问题。",
                right,
            ),
            step(
                2,
                "Exit ticket: three items on a slip of paper.",
                "下课小测：三道题。",
                topic.practice.iter().map(|p| p.task.clone()).collect(),
            ),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_of_sentences() {
        let names = vec!["Li Na 李娜".to_owned(), "Zhang".to_owned(), "李娜".to_owned()];
        assert_eq!(
            anonymise("Zhang told me and 李娜 about Zhangjiajie.", &names),
            "N. told me and N. about Zhangjiajie."
        );
    }
}
