//! `check_text`: the checkers on a text.

use std::sync::Arc;

use homeroom_core::{Display, Document, Language};
use homeroom_english::English;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, Typed};

/// Findings that are told; more would bury the first ones.
const MOST: usize = 40;

/// The language of explanations.
#[derive(Deserialize, JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Explain {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// English text, at most 20,000 characters.
    #[schemars(length(min = 1, max = 20_000))]
    text: String,
    /// Language of the explanations: en or zh.
    #[serde(default)]
    explain_in: Explain,
}

pub(super) fn make(_: &Means) -> Option<Arc<dyn Tool>> {
    Some(Typed::shared(
        "check_text",
        "Checks English text for faults of grammar, spelling, punctuation and word choice. Gives each fault's place (in \
         characters), the teacher's code, an explanation and suggestions. It misses faults, so an empty list is no proof that \
         the text is right.",
        Effect::Reads,
        |arguments: Arguments| Ok(Output::json(&check(&arguments))),
    ))
}

#[derive(Serialize)]
struct Report {
    n_findings: usize,
    findings: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct Found {
    /// In characters.
    start: usize,
    end: usize,
    text: String,
    sentence: String,
    code: String,
    checker: String,
    sure: bool,
    explanation: String,
    suggestions: Vec<String>,
}

fn check(arguments: &Arguments) -> Report {
    let english = English::shipped();
    let analysis = english.analyse(&Document::new(arguments.text.as_str(), Language::ENGLISH));
    let text = analysis.text();
    let all: Vec<_> = english.check(&analysis).into_iter().filter(|f| f.display != Display::Style).collect();
    let n_findings = all.len();
    let characters = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let findings = all.into_iter().take(MOST).map(|finding| Found {
        start: characters(finding.span.start),
        end: characters(finding.span.end),
        text: finding.span.of(text).to_owned(),
        sentence: analysis.document.sentence_around(finding.span).of(text).to_owned(),
        code: finding.code,
        checker: finding.checker,
        sure: finding.display == Display::Sure,
        explanation: match arguments.explain_in {
            Explain::En => finding.explanation.en,
            Explain::Zh => finding.explanation.zh,
        },
        suggestions: finding.suggestions.into_iter().take(3).collect(),
    });
    let note = (n_findings > MOST).then_some("Only the first are listed.");
    Report { n_findings, findings: findings.collect(), note }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_its_place_in_characters() {
        let text = "“你好” is Chinese. He go to school every day.".to_owned();
        let report = check(&Arguments { text: text.clone(), explain_in: Explain::En });
        let found = report.findings.iter().find(|f| f.code == "sv").expect("the agreement is found");
        let marked: String = text.chars().skip(found.start).take(found.end - found.start).collect();
        assert_eq!(marked, found.text);
        assert_eq!(found.sentence, "He go to school every day.");
        assert!(found.suggestions.contains(&"goes".to_owned()));
    }

    #[test]
    fn right_text_has_no_findings_and_explanations_come_in_chinese() {
        assert_eq!(check(&Arguments { text: "She reads books.".into(), explain_in: Explain::En }).n_findings, 0);
        let report = check(&Arguments { text: "He go home.".into(), explain_in: Explain::Zh });
        assert!(report.findings[0].explanation.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
    }
}
