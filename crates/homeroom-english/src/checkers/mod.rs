//! Checkers of our own: one file each, named after the fault, and one line in [`registry`].

mod clause;
mod draft;
mod noun_phrase;

mod adverbs;
mod agreement;
mod articles;
mod comma_splice;
mod comparatives;
mod confusables;
mod correlatives;
mod double_subject;
mod fragment;
mod mass_nouns;
mod missing_be;
mod missing_subject;
mod pronoun_case;
mod proper_adjectives;
mod punctuation_marks;
mod quantifiers;
mod question_order;
mod run_on;
mod spelling;
mod tense_time;
mod there_have;
mod verb_forms;

use homeroom_core::Checker;

use crate::phrases::Phrases;

pub(crate) use draft::Draft;

/// All checkers of English. The order has no meaning: `resolve` decides between findings of the same place.
#[must_use]
pub fn registry() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(PhraseRules),
        Box::new(agreement::Agreement),
        Box::new(articles::Articles),
        Box::new(mass_nouns::MassNouns),
        Box::new(quantifiers::Quantifiers),
        Box::new(comparatives::Comparatives),
        Box::new(adverbs::Adverbs),
        Box::new(confusables::Confusables),
        Box::new(proper_adjectives::ProperAdjectives),
        Box::new(punctuation_marks::PunctuationMarks),
        Box::new(spelling::Spelling),
        Box::new(correlatives::Correlatives),
        Box::new(double_subject::DoubleSubject),
        Box::new(missing_be::MissingBe),
        Box::new(question_order::QuestionOrder),
        Box::new(tense_time::TenseTime),
        Box::new(there_have::ThereHave),
        Box::new(comma_splice::CommaSplice),
        Box::new(fragment::Fragment),
        Box::new(missing_subject::MissingSubject),
        Box::new(pronoun_case::PronounCase),
        Box::new(run_on::RunOn),
        Box::new(verb_forms::VerbForms),
    ]
}

/// The shipped phrase rules as a checker.
struct PhraseRules;

impl Checker for PhraseRules {
    fn id(&self) -> &'static str {
        "phrases"
    }

    fn fault(&self) -> &'static str {
        "Chinglish and collocations, one data file each (below)"
    }

    fn check(&self, analysis: &homeroom_core::Analysis, findings: &mut Vec<homeroom_core::Finding>) {
        Phrases::shipped().check(analysis, findings);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use homeroom_core::{Checker, Display, Document, Finding, Language};

    use crate::English;

    /// Checks `text` with one checker. `expected` is the text after the first suggestion of each finding, last first;
    /// `None` is a near miss: nothing may be found.
    #[track_caller]
    pub(crate) fn check(checker: &dyn Checker, text: &str, expected: Option<&str>) {
        let analysis = English::shipped().analyse(&Document::new(text, Language::ENGLISH));
        let mut findings = Vec::new();
        checker.check(&analysis, &mut findings);
        findings.sort_by_key(|f| f.span);
        let parse = || {
            analysis
                .tokens
                .iter()
                .enumerate()
                .map(|(i, t)| format!("{i}:{}/{}/{}<-{:?}", t.lower, t.xpos, t.deprel, t.head))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let Some(expected) = expected else {
            assert!(findings.is_empty(), "{text}\nfound {findings:#?}\n{}", parse());
            return;
        };
        assert_ne!(text, expected, "a fix must change its input");
        assert!(!findings.is_empty(), "{text}\nnothing found\n{}", parse());
        let mut fixed = text.to_owned();
        for finding in findings.iter().rev() {
            well_formed(finding, text);
            fixed = finding.apply(&fixed).unwrap_or(fixed);
        }
        assert_eq!(fixed, expected, "{}", parse());
        // A fix is a fixed point: nothing is found in it any more.
        let analysis = English::shipped().analyse(&Document::new(fixed.as_str(), Language::ENGLISH));
        let mut again = Vec::new();
        checker.check(&analysis, &mut again);
        again.retain(|f| f.display == Display::Sure && !f.suggestions.is_empty());
        assert!(again.is_empty(), "{fixed}\nstill found {again:#?}");
    }

    #[track_caller]
    fn well_formed(finding: &Finding, text: &str) {
        assert!(finding.span.fits(text) && (0.0..=1.0).contains(&finding.confidence), "{finding:?}");
        assert!(!finding.explanation.en.is_empty() && !finding.explanation.zh.is_empty(), "{finding:?}");
        assert!(finding.suggestions.iter().all(|s| s != finding.span.of(text)), "{finding:?}");
    }
}
