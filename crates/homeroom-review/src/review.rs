//! One page for one pupil, from evidence and mark alone.

use std::sync::OnceLock;

use homeroom_core::{Bilingual, Display, Evidence, Finding, Mark, Severity, Span};
use serde::Deserialize;

use crate::advice::advice;
use crate::letter::{points, standing};
use crate::order::{asides, orders};
use crate::sentences::sentences;
use crate::topic::{Topic, topic_of, topics};
use crate::{Example, Exercise, ExerciseItem, Progress, ProgressChange, Review, Strength, WorkItem};

/// Things to work on, at most.
const WORK_ITEMS: usize = 3;
/// Sentences shown per thing.
const EXAMPLES: usize = 3;
/// Items of an exercise: about two minutes.
const EXERCISE_ITEMS: usize = 4;
/// Quotes of what is good.
const STRENGTHS: usize = 3;
/// Things to keep.
const KEEP: usize = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Praise {
    strength: Vec<StrengthRule>,
    keep: Vec<KeepRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrengthRule {
    feature: String,
    at_least: f64,
    /// The passage is a word; its sentence is quoted and the word named.
    #[serde(default)]
    word: bool,
    #[serde(default)]
    min_words: usize,
    en: String,
    zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepRule {
    feature: String,
    at_least: Option<f64>,
    at_most: Option<f64>,
    en: String,
    zh: String,
}

fn praise() -> &'static Praise {
    static PRAISE: OnceLock<Praise> = OnceLock::new();
    PRAISE.get_or_init(|| {
        toml::from_str(include_str!("../data/praise.toml")).expect("invariant: data/praise.toml parses (tested)")
    })
}

/// The review of one essay. `previous` is the evidence of the pupil's last essay, where there is one.
#[must_use]
pub fn review(evidence: &Evidence, mark: &Mark, previous: Option<&Evidence>) -> Review {
    let active = active_findings(evidence, mark);
    let sentences = sentences(&evidence.document);
    let work_on = work_items(evidence, &active, &sentences);
    let mut review = Review {
        submission: evidence.submission.id.clone(),
        good: strengths(evidence, &active, &sentences),
        keep: keep(evidence, &work_on),
        work_on,
        progress: previous.map(|p| progress(p, evidence)),
        letter: None,
    };
    review.letter = evidence.letter.as_ref().and_then(|letter| standing(letter, &points(&review)));
    review
}

/// The default marks that the teacher has not taken back.
pub(crate) fn active_findings<'a>(evidence: &'a Evidence, mark: &Mark) -> Vec<&'a Finding> {
    evidence.findings.iter().filter(|f| f.display == Display::Sure && !mark.dismissed.contains(&f.id())).collect()
}

fn severity_weight(severity: Severity) -> f64 {
    match severity {
        Severity::Minor => 0.6,
        Severity::Major => 1.0,
        Severity::Serious => 1.5,
    }
}

fn work_items(evidence: &Evidence, active: &[&Finding], sentences: &[Span]) -> Vec<WorkItem> {
    let mut by_topic: Vec<(&Topic, Vec<&Finding>, f64)> = topics()
        .iter()
        .filter_map(|topic| {
            let findings: Vec<&Finding> =
                active.iter().copied().filter(|f| topic_of(f).is_some_and(|t| t.id == topic.id)).collect();
            let weight: f64 = findings.iter().map(|f| f.confidence * severity_weight(f.severity)).sum();
            (!findings.is_empty()).then_some((topic, findings, weight * topic.weight))
        })
        .collect();
    by_topic.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.id.cmp(&b.0.id)));
    let (many, single): (Vec<_>, Vec<_>) = by_topic.into_iter().partition(|t| t.1.len() > 1);
    let mut items: Vec<WorkItem> =
        many.iter().take(WORK_ITEMS).map(|(topic, findings, _)| work_item(evidence, topic, findings, active)).collect();
    // A single slip is worth less than advice on the whole, unless there is no such advice.
    if items.len() < WORK_ITEMS {
        let needed = WORK_ITEMS - items.len();
        items.extend(advice(evidence, sentences).into_iter().take(needed));
    }
    if items.len() < WORK_ITEMS {
        let needed = WORK_ITEMS - items.len();
        items.extend(
            single.iter().take(needed).map(|(topic, findings, _)| work_item(evidence, topic, findings, active)),
        );
    }
    items
}

fn work_item(evidence: &Evidence, topic: &Topic, findings: &[&Finding], active: &[&Finding]) -> WorkItem {
    let mut shown: Vec<Span> = Vec::new();
    let mut examples = Vec::new();
    let mut ordered: Vec<&Finding> = findings.to_vec();
    ordered.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.span.cmp(&b.span)));
    for finding in &ordered {
        let sentence = evidence.document.sentence_around(finding.span);
        if examples.len() == EXAMPLES || shown.contains(&sentence) || sentence.is_empty() {
            continue;
        }
        shown.push(sentence);
        examples.push(Example {
            span: finding.span,
            sentence: sentence.of(&evidence.document.text).to_owned(),
            marked: finding.span.of(&evidence.document.text).to_owned(),
            corrected: corrected(evidence, sentence, active, None),
            why: finding.explanation.clone(),
        });
    }
    WorkItem {
        topic: topic.id.clone(),
        title: topic.title.clone(),
        rule: topic.rule.clone(),
        count: findings.len(),
        examples,
        exercise: exercise(evidence, topic, &ordered, active),
    }
}

/// A sentence with the first suggestion of every default mark in it; `skip` is left as `____`.
pub(crate) fn corrected(
    evidence: &Evidence,
    sentence: Span,
    active: &[&Finding],
    skip: Option<&Finding>,
) -> Option<String> {
    let text = &evidence.document.text;
    let mut out = String::new();
    let mut at = sentence.start;
    let mut changed = false;
    for finding in active.iter().filter(|f| sentence.contains(f.span)) {
        if finding.span.start < at {
            continue;
        }
        out.push_str(Span::new(at, finding.span.start).of(text));
        if skip.is_some_and(|s| s.span == finding.span) {
            out.push_str("____");
            changed = true;
        } else if let Some(suggestion) = finding.suggestions.first() {
            out.push_str(suggestion);
            changed = true;
        } else {
            out.push_str(finding.span.of(text));
        }
        at = finding.span.end;
    }
    out.push_str(Span::new(at, sentence.end).of(text));
    changed.then_some(out)
}

fn exercise(evidence: &Evidence, topic: &Topic, findings: &[&Finding], active: &[&Finding]) -> Exercise {
    let text = &evidence.document.text;
    let mut items: Vec<ExerciseItem> = Vec::new();
    let mut answers: Vec<&str> = Vec::new();
    for finding in findings {
        if items.len() == EXERCISE_ITEMS {
            break;
        }
        let Some(answer) = finding.suggestions.first() else {
            continue;
        };
        if answers.contains(&answer.as_str()) && topic.id == "spelling" {
            continue;
        }
        let sentence = evidence.document.sentence_around(finding.span);
        let wrong = finding.span.of(text);
        let short = |s: &str| (1..=4).contains(&s.split_whitespace().count());
        let item = if topic.id == "spelling" && short(answer) {
            corrected(evidence, sentence, active, Some(finding))
                .map(|s| ExerciseItem { task: s.replacen("____", &masked(answer), 1), answer: answer.clone() })
        } else if short(answer) && short(wrong) {
            // The right form stands first in every second item, so that its place gives nothing away.
            let (a, b) = if finding.span.start.is_multiple_of(2) {
                (wrong.trim(), answer.trim())
            } else {
                (answer.trim(), wrong.trim())
            };
            corrected(evidence, sentence, active, Some(finding)).map(|s| ExerciseItem {
                task: s.replacen("____", &format!("____ ({a} / {b})"), 1),
                answer: answer.trim().to_owned(),
            })
        } else {
            let others: Vec<&Finding> = active.iter().copied().filter(|f| f.span != finding.span).collect();
            let task = corrected(evidence, sentence, &others, None).unwrap_or_else(|| sentence.of(text).to_owned());
            corrected(evidence, sentence, active, None)
                .filter(|key| *key != task)
                .map(|key| ExerciseItem { task: format!("{task} → put it right"), answer: key })
        };
        if let Some(item) = item.filter(|i| !items.contains(i)) {
            answers.push(answer);
            items.push(item);
        }
    }
    let own = items.len();
    for practice in &topic.practice {
        if items.len() >= EXERCISE_ITEMS - 1 {
            break;
        }
        items.push(ExerciseItem { task: practice.task.clone(), answer: practice.answer.clone() });
    }
    let instruction = if own > 0 {
        Bilingual::new(
            "Complete these sentences; the first ones are your own.",
            "完成下面的句子，前面的句子来自你的作文。",
        )
    } else {
        Bilingual::new("Complete these sentences.", "完成下面的句子。")
    };
    Exercise { instruction, items }
}

/// A word with its middle left out: `b_____e (7 letters)`.
fn masked(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let n = chars.len();
    if n < 3 {
        return format!("{} ({n} letters)", "_".repeat(n));
    }
    let middle: String = chars[1..n - 1].iter().map(|c| if c.is_alphabetic() { '_' } else { *c }).collect();
    format!("{}{middle}{} ({n} letters)", chars[0], chars[n - 1])
}

fn fill(template: &str, value: f64, quote: &str, words: usize) -> String {
    template
        .replace("{value}", &format!("{}", value.round()))
        .replace("{quote}", quote)
        .replace("{words}", &words.to_string())
}

fn strengths(evidence: &Evidence, active: &[&Finding], sentences: &[Span]) -> Vec<Strength> {
    let text = &evidence.document.text;
    let unfit: Vec<Span> = orders(&evidence.document).into_iter().chain(asides(evidence)).collect();
    // What is only "check this" is doubtful enough not to be held up as good.
    let doubtful = |s: Span| evidence.findings.iter().any(|f| f.display == Display::Check && f.span.overlaps(s));
    let clean =
        |s: Span| !doubtful(s) && !active.iter().any(|f| f.span.overlaps(s)) && !unfit.iter().any(|o| o.overlaps(s));
    let mut out: Vec<Strength> = Vec::new();
    let mut quoted: Vec<Span> = Vec::new();
    for rule in &praise().strength {
        if out.len() == STRENGTHS {
            break;
        }
        let Some(feature) = evidence.features.iter().find(|f| f.id == rule.feature && f.value >= rule.at_least) else {
            continue;
        };
        for passage in &feature.passages {
            let sentence = evidence.document.sentence_around(*passage);
            let n_words = sentence.of(text).split_whitespace().count();
            let fits = clean(sentence) && n_words >= rule.min_words.max(4) && n_words <= 45;
            if !fits || quoted.iter().any(|q| q.overlaps(sentence)) {
                continue;
            }
            quoted.push(sentence);
            let quote = if rule.word { passage.of(text) } else { sentence.of(text) };
            out.push(Strength {
                span: sentence,
                quote: sentence.of(text).to_owned(),
                why: Bilingual::new(
                    fill(&rule.en, feature.value, quote, evidence.words),
                    fill(&rule.zh, feature.value, quote, evidence.words),
                ),
            });
            break;
        }
    }
    // A weak essay has no such passage: then its longest sentence without a mark is what went right.
    if out.is_empty()
        && let Some(best) =
            sentences.iter().copied().filter(|s| clean(*s)).max_by_key(|s| (s.len(), std::cmp::Reverse(s.start)))
        && best.of(text).split_whitespace().count() >= 4
    {
        out.push(Strength {
            span: best,
            quote: best.of(text).to_owned(),
            why: Bilingual::new("Nothing was found to correct in this sentence.", "这个句子没有发现错误。"),
        });
    }
    out
}

fn keep(evidence: &Evidence, work_on: &[WorkItem]) -> Vec<Bilingual> {
    let clashes = |feature: &str| {
        work_on.iter().any(|w| match w.topic.as_str() {
            "spelling" => feature == "spelling_error_rate",
            "agreement" | "tense" | "verb_form" => feature == "verb_error_rate",
            "paragraphs" => feature == "paragraphs",
            "joining" => feature == "connective_types" || feature == "subordination_kinds",
            _ => false,
        })
    };
    praise()
        .keep
        .iter()
        .filter_map(|rule| {
            let value = evidence.feature(&rule.feature)?;
            let fits = rule.at_least.is_none_or(|x| value >= x) && rule.at_most.is_none_or(|x| value <= x);
            (fits && !clashes(&rule.feature)).then(|| {
                Bilingual::new(fill(&rule.en, value, "", evidence.words), fill(&rule.zh, value, "", evidence.words))
            })
        })
        .take(KEEP)
        .collect()
}

fn per_100_words(evidence: &Evidence, n: usize) -> f64 {
    if evidence.words == 0 { 0.0 } else { (1000.0 * n as f64 / evidence.words as f64).round() / 10.0 }
}

fn progress(previous: &Evidence, now: &Evidence) -> Progress {
    let sure = |e: &Evidence, topic: Option<&str>| {
        let wanted = |f: &&Finding| topic.is_none_or(|t| topic_of(f).is_some_and(|x| x.id == t));
        e.findings.iter().filter(|f| f.display == Display::Sure).filter(wanted).count()
    };
    let change = |what: Bilingual, before: f64, now: f64, lower_is_better: Option<bool>| ProgressChange {
        what,
        before,
        now,
        better: lower_is_better
            .and_then(|lower| if (before - now).abs() < 1e-9 { None } else { Some((now < before) == lower) }),
    };
    let mut changes = vec![change(
        Bilingual::new("marks per 100 words", "每百词标出的错误"),
        per_100_words(previous, sure(previous, None)),
        per_100_words(now, sure(now, None)),
        Some(true),
    )];
    let mut by_topic: Vec<ProgressChange> = topics()
        .iter()
        .filter(|t| sure(previous, Some(&t.id)) + sure(now, Some(&t.id)) > 0)
        .map(|t| {
            let rate = |e: &Evidence| per_100_words(e, sure(e, Some(&t.id)));
            let what = Bilingual::new(format!("{} (per 100 words)", t.title.en), format!("{}(每百词)", t.title.zh));
            change(what, rate(previous), rate(now), Some(true))
        })
        .collect();
    by_topic.sort_by(|a, b| (b.before - b.now).abs().total_cmp(&(a.before - a.now).abs()));
    changes.extend(by_topic.into_iter().take(2));
    changes.push(change(Bilingual::new("words", "词数"), previous.words as f64, now.words as f64, None));
    Progress { previous_assignment: previous.submission.assignment.as_str().to_owned(), changes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn praise_is_complete() {
        for rule in &praise().strength {
            assert!(!rule.en.is_empty() && !rule.zh.is_empty(), "{}", rule.feature);
        }
        for rule in &praise().keep {
            assert!(rule.at_least.is_some() || rule.at_most.is_some(), "{}", rule.feature);
        }
    }

    #[test]
    fn a_masked_word_keeps_its_ends_and_counts_its_letters() {
        assert_eq!(masked("because"), "b_____e (7 letters)");
        assert_eq!(masked("an"), "__ (2 letters)");
    }
}
