//! The figures of `measure gec`: how well errors are found and corrected.
//!
//! A system's marks are compared with the edits of one or more annotators, in tokens of the annotators' sentences.
//! Marks are *selected* first (the default marks, all, or those over a confidence); every figure is about the selected
//! ones, and about the sentences as they correct them.

use crate::MeasureError;
use crate::bootstrap::{Bootstrap, Statistic, f_beta};
use crate::errant::ErrorTyper;
use crate::gleu;
use crate::m2::{self, M2Edit, M2Sentence};
use crate::maxmatch::{self, BETA};
use crate::report::{Figure, Figures};
use crate::span_score::{self, Match, touches};

/// A mark of the system on tokens `start..end`; an empty range marks the place before token `start`.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemMark {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// What the tokens should be, separated by single spaces; "" deletes. `None` where the mark offers no correction:
    /// it then counts for detection only.
    pub correction: Option<String>,
    /// ERRANT type (`R:VERB:SVA`).
    pub error_type: String,
    /// Probability that it is right, 0 to 1.
    pub confidence: f64,
    /// Whether it is shown by default.
    pub default: bool,
}

/// A sentence with the system's marks and the gold edits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// Source tokens and annotators' edits.
    pub gold: M2Sentence,
    /// The system's marks, in any order.
    pub marks: Vec<SystemMark>,
    /// Corrected sentences for GLEU. Where empty, they are made by applying each annotator's edits.
    pub references: Vec<Vec<String>>,
}

impl Item {
    /// An item for another system's output sentence: its marks are the edits that turn the source into it, all default
    /// and sure.
    #[must_use]
    pub fn from_hypothesis(gold: M2Sentence, hypothesis: &[&str], typer: &ErrorTyper<'_>) -> Self {
        let marks = typer.edits(&gold.tokens(), hypothesis).into_iter().map(|e| SystemMark {
            start: e.start,
            end: e.end,
            correction: Some(e.correction().to_owned()),
            error_type: e.error_type,
            confidence: 1.0,
            default: true,
        });
        let marks = marks.collect();
        Self { gold, marks, references: Vec::new() }
    }
}

/// Which marks are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Select {
    /// Default marks.
    Default,
    /// All marks.
    All,
    /// Marks of at least this confidence, default or not.
    Confidence(f64),
}

impl Select {
    fn takes(self, mark: &SystemMark) -> bool {
        match self {
            Select::Default => mark.default,
            Select::All => true,
            Select::Confidence(least) => mark.confidence >= least,
        }
    }
}

/// How corrections are matched for `precision`, `recall` and `f0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Span and correction, as ERRANT does: for W&I, CWEB and our own aligned gold.
    Errant,
    /// MaxMatch over the corrected sentences: for CoNLL-2014 and JFLEG.
    MaxMatch,
}

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Which marks.
    pub select: Select,
    /// How corrections are matched.
    pub method: Method,
    /// For the intervals.
    pub bootstrap: Bootstrap,
}

impl Default for Options {
    fn default() -> Self {
        Self { select: Select::Default, method: Method::Errant, bootstrap: Bootstrap::default() }
    }
}

/// Groups of ERRANT types, by the names that figures carry. The first group whose entry equals the type without its
/// operation takes it; the rest is `other`.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("spelling", &["SPELL"]),
    ("orthography", &["ORTH"]),
    ("agreement", &["VERB:SVA"]),
    ("tense", &["VERB:TENSE"]),
    ("verb_form", &["VERB:FORM", "VERB:INFL"]),
    ("verb", &["VERB"]),
    ("determiner", &["DET"]),
    ("preposition", &["PREP"]),
    ("noun_number", &["NOUN:NUM", "NOUN:INFL"]),
    ("noun", &["NOUN"]),
    ("possessive", &["NOUN:POSS"]),
    ("pronoun", &["PRON"]),
    ("adjective", &["ADJ", "ADJ:FORM"]),
    ("adverb", &["ADV"]),
    ("conjunction", &["CONJ"]),
    ("particle", &["PART"]),
    ("word_form", &["MORPH"]),
    ("contraction", &["CONTR"]),
    ("punctuation", &["PUNCT"]),
    ("word_order", &["WO"]),
    ("other", &["OTHER", "UNK"]),
];

/// Index into [`GROUPS`] of an ERRANT type, with or without `M:`, `U:` or `R:`.
#[must_use]
pub fn group(error_type: &str) -> usize {
    let bare = ["M:", "U:", "R:"].iter().find_map(|op| error_type.strip_prefix(op)).unwrap_or(error_type);
    GROUPS.iter().position(|(_, types)| types.contains(&bare)).unwrap_or(GROUPS.len() - 1)
}

/// Columns of a sentence's counts.
mod column {
    pub(super) const TP: usize = 0;
    pub(super) const PROPOSED: usize = 1;
    pub(super) const GOLD: usize = 2;
    pub(super) const MARKS: usize = 3;
    pub(super) const MARKS_HIT: usize = 4;
    pub(super) const EDITS: usize = 5;
    pub(super) const EDITS_FOUND: usize = 6;
    pub(super) const WORDS: usize = 7;
    pub(super) const GLEU: usize = 8;
    pub(super) const GLEU_UNCHANGED: usize = GLEU + crate::gleu::COLUMNS;
    pub(super) const GROUPS: usize = GLEU_UNCHANGED + crate::gleu::COLUMNS;
    /// Per group: marks, marks that hit, gold edits, gold edits found.
    pub(super) const PER_GROUP: usize = 4;
}

/// Whether a token is a word: it has a letter or digit and is not the second part of a split contraction.
#[must_use]
pub fn is_counted_word(token: &str) -> bool {
    let lower = token.to_lowercase();
    token.chars().any(char::is_alphanumeric)
        && !token.starts_with(['\'', '\u{2019}'])
        && !matches!(lower.as_str(), "n't" | "n\u{2019}t")
}

/// The figures of `measure gec`.
///
/// - `precision`, `recall`, `f0.5`: of corrections, by the method; for each sentence the annotator counts who gives
///   the best cumulative F0.5. Marks without a correction count for detection only.
/// - `detection_precision`: share of selected marks that touch an edit of any annotator ([`touches`]).
/// - `detection_recall`: share of the chosen annotator's edits that a selected mark touches.
/// - `gleu`: with the first of overlapping corrections applied; its `n` is the number of sentences. `gleu_unchanged` is
///   that of the sentences as written, `gleu_gain` the difference, its interval from the same resamples.
/// - `marks_per_100_words`: selected marks per 100 words ([`is_counted_word`]).
/// - `GROUP.detection_precision`: of marks whose own type is in the group, the share that touches any edit;
///   `GROUP.detection_recall`: of the chosen annotator's edits of the group, the share that a mark of any type touches.
///
/// A figure without anything under it (no mark of a group) is left out. Intervals are bootstrapped over sentences.
///
/// # Errors
/// [`MeasureError::Empty`] for no sentence.
pub fn figures(items: &[Item], options: &Options) -> Result<Figures, MeasureError> {
    use column as c;
    let rows = rows(items, options.select, options.method)?;
    let gleu_at = |sums: &[f64], at: usize| gleu::Stats::from_row(&sums[at..at + gleu::COLUMNS]).gleu();
    let gleu_of = |sums: &[f64]| Some(gleu_at(sums, c::GLEU));
    let gleu_unchanged = |sums: &[f64]| Some(gleu_at(sums, c::GLEU_UNCHANGED));
    let gleu_gain = |sums: &[f64]| Some(gleu_at(sums, c::GLEU) - gleu_at(sums, c::GLEU_UNCHANGED));
    let share = |num, den| Statistic::Ratio { num, den, scale: 1.0 };
    let mut wanted: Vec<(String, &str, Statistic<'_>)> = vec![
        ("precision".into(), "share", share(c::TP, c::PROPOSED)),
        ("recall".into(), "share", share(c::TP, c::GOLD)),
        ("f0.5".into(), "share", Statistic::FBeta { tp: c::TP, proposed: c::PROPOSED, gold: c::GOLD, beta: BETA }),
        ("detection_precision".into(), "share", share(c::MARKS_HIT, c::MARKS)),
        ("detection_recall".into(), "share", share(c::EDITS_FOUND, c::EDITS)),
        ("gleu".into(), "share", Statistic::Of(&gleu_of)),
        ("gleu_unchanged".into(), "share", Statistic::Of(&gleu_unchanged)),
        ("gleu_gain".into(), "share", Statistic::Of(&gleu_gain)),
        (
            "marks_per_100_words".into(),
            "marks per 100 words",
            Statistic::Ratio { num: c::MARKS, den: c::WORDS, scale: 100.0 },
        ),
    ];
    for (g, (name, _)) in GROUPS.iter().enumerate() {
        let at = c::GROUPS + g * c::PER_GROUP;
        wanted.push((format!("{name}.detection_precision"), "share", share(at + 1, at)));
        wanted.push((format!("{name}.detection_recall"), "share", share(at + 3, at + 2)));
    }
    let statistics: Vec<Statistic<'_>> = wanted.iter().map(|w| w.2).collect();
    let intervals = options.bootstrap.counts(&rows, &statistics)?;
    let mut figures = Figures::default();
    for ((name, unit, _), interval) in wanted.into_iter().zip(intervals) {
        if let Some(interval) = interval {
            figures.push(name, interval.figure(unit));
        }
    }
    Ok(figures)
}

/// One row of the sweep over thresholds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct SweepRow {
    /// Least confidence of the marks taken.
    pub threshold: f64,
    /// Number of marks taken.
    pub marks: usize,
    /// Precision of corrections; `None` where there is no mark.
    pub precision: Option<f64>,
    /// Recall of corrections; `None` where there is nothing to find.
    pub recall: Option<f64>,
    /// F0.5 of corrections.
    pub f05: Option<f64>,
    /// Share of marks that touch an edit.
    pub detection_precision: Option<f64>,
    /// Share of edits that are touched by a mark.
    pub detection_recall: Option<f64>,
    /// Marks per 100 words; `None` where there is no word.
    pub marks_per_100_words: Option<f64>,
}

/// What each threshold of confidence would give.
///
/// # Errors
/// [`MeasureError::Empty`] for no sentence.
pub fn sweep(items: &[Item], thresholds: &[f64], method: Method) -> Result<Vec<SweepRow>, MeasureError> {
    use column as c;
    let one = |&threshold: &f64| {
        let rows = rows(items, Select::Confidence(threshold), method)?;
        let sum = |column: usize| rows.iter().map(|r| r[column]).sum::<f64>();
        let ratio = |num: usize, den: usize| Some(sum(den)).filter(|d| *d > 0.0).map(|d| sum(num) / d);
        Ok(SweepRow {
            threshold,
            marks: sum(c::MARKS) as usize,
            precision: ratio(c::TP, c::PROPOSED),
            recall: ratio(c::TP, c::GOLD),
            f05: f_beta(sum(c::TP), sum(c::PROPOSED), sum(c::GOLD), BETA),
            detection_precision: ratio(c::MARKS_HIT, c::MARKS),
            detection_recall: ratio(c::EDITS_FOUND, c::EDITS),
            marks_per_100_words: ratio(c::MARKS, c::WORDS).map(|x| 100.0 * x),
        })
    };
    thresholds.iter().map(one).collect()
}

/// The sweep as rows of a table, for [`crate::report::aligned`] or [`crate::report::markdown`].
#[must_use]
pub fn sweep_table(rows: &[SweepRow]) -> Vec<Vec<String>> {
    let header = ["confidence", "marks", "P", "R", "F0.5", "detection P", "detection R", "marks per 100 words"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    let text = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.3}"));
    for r in rows {
        table.push(vec![
            format!("{:.2}", r.threshold),
            r.marks.to_string(),
            text(r.precision),
            text(r.recall),
            text(r.f05),
            text(r.detection_precision),
            text(r.detection_recall),
            text(r.marks_per_100_words),
        ]);
    }
    table
}

/// Rank of the first right suggestion among misspellings that were marked.
///
/// `ranks`: per gold spelling edit that was marked, the place of the right word among the suggestions, from 0, or
/// `None`. Returns the share at place 0, with Wilson's interval.
///
/// # Errors
/// [`MeasureError::Empty`] for none.
pub fn first_suggestion_right(ranks: &[Option<usize>]) -> Result<Figure, MeasureError> {
    if ranks.is_empty() {
        return Err(MeasureError::Empty { what: "marked misspelling" });
    }
    let right = ranks.iter().filter(|r| **r == Some(0)).count();
    Ok(Figure::share(right, ranks.len(), "share"))
}

/// The corrections of a sentence's selected marks, sorted by place and without those that overlap one before; of two
/// that start at one place the surer one stays. Insertions at one place are all made, as in an ERRANT hypothesis:
/// rival ones are for the system to settle.
fn corrections(item: &Item, select: Select) -> Vec<M2Edit> {
    let fits = |m: &&SystemMark| m.start <= m.end && m.end <= item.gold.source.len();
    let mut marks: Vec<&SystemMark> = item.marks.iter().filter(|m| select.takes(m)).filter(fits).collect();
    let place = |m: &SystemMark| (m.start, m.start < m.end);
    marks.sort_by(|a, b| place(a).cmp(&place(b)).then(b.confidence.total_cmp(&a.confidence)));
    let mut kept: Vec<M2Edit> = Vec::new();
    for mark in marks {
        let Some(correction) = &mark.correction else { continue };
        if kept.last().is_none_or(|last| mark.start >= last.end) {
            kept.push(M2Edit::new(mark.start, mark.end, &mark.error_type, correction));
        }
    }
    kept
}

/// One row of counts per sentence.
fn rows(items: &[Item], select: Select, method: Method) -> Result<Vec<Vec<f64>>, MeasureError> {
    use column as c;
    let gold: Vec<M2Sentence> = items.iter().map(|i| i.gold.clone()).collect();
    let edits: Vec<Vec<M2Edit>> = items.iter().map(|i| corrections(i, select)).collect();
    let corrected: Vec<Vec<String>> = items.iter().zip(&edits).map(|(i, e)| m2::apply(&i.gold.source, e)).collect();
    // Per sentence: correct, proposed, gold, annotator.
    let counts: Vec<(usize, usize, usize, u32)> = match method {
        Method::Errant => span_score::score(&gold, &edits, Match::Correction)?
            .into_iter()
            .map(|k| (k.tp, k.tp + k.fp, k.tp + k.fn_, k.annotator))
            .collect(),
        Method::MaxMatch => maxmatch::score(&gold, &corrected)?
            .sentences
            .into_iter()
            .map(|k| (k.correct, k.proposed, k.gold, k.annotator))
            .collect(),
    };
    let mut rows = Vec::with_capacity(items.len());
    for ((item, hypothesis), (tp, proposed, n_gold, annotator)) in items.iter().zip(&corrected).zip(counts) {
        let mut row = vec![0.0; c::GROUPS + GROUPS.len() * c::PER_GROUP];
        row[c::TP] = tp as f64;
        row[c::PROPOSED] = proposed as f64;
        row[c::GOLD] = n_gold as f64;
        row[c::WORDS] = item.gold.source.iter().filter(|t| is_counted_word(t)).count() as f64;
        let selected: Vec<&SystemMark> = item.marks.iter().filter(|m| select.takes(m)).collect();
        for mark in &selected {
            let hit =
                item.gold.annotators.values().flatten().any(|e| touches((mark.start, mark.end), (e.start, e.end)));
            let at = c::GROUPS + group(&mark.error_type) * c::PER_GROUP;
            row[c::MARKS] += 1.0;
            row[at] += 1.0;
            if hit {
                row[c::MARKS_HIT] += 1.0;
                row[at + 1] += 1.0;
            }
        }
        for edit in item.gold.annotators.get(&annotator).into_iter().flatten() {
            let found = selected.iter().any(|m| touches((m.start, m.end), (edit.start, edit.end)));
            let at = c::GROUPS + group(&edit.error_type) * c::PER_GROUP;
            row[c::EDITS] += 1.0;
            row[at + 2] += 1.0;
            if found {
                row[c::EDITS_FOUND] += 1.0;
                row[at + 3] += 1.0;
            }
        }
        let built;
        let references = if item.references.is_empty() {
            built = item.gold.references();
            &built
        } else {
            &item.references
        };
        if let Some(stats) = gleu::mean_stats(&item.gold.source, hypothesis, references) {
            row[c::GLEU..c::GLEU + gleu::COLUMNS].copy_from_slice(&stats.to_row());
        }
        if let Some(stats) = gleu::mean_stats(&item.gold.source, &item.gold.source, references) {
            row[c::GLEU_UNCHANGED..c::GLEU_UNCHANGED + gleu::COLUMNS].copy_from_slice(&stats.to_row());
        }
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(start: usize, end: usize, correction: &str, error_type: &str, confidence: f64) -> SystemMark {
        let default = confidence >= 0.5;
        SystemMark {
            start,
            end,
            correction: Some(correction.into()),
            error_type: error_type.into(),
            confidence,
            default,
        }
    }

    /// He go to the school yesterday .  ->  He went to school yesterday .
    fn item(marks: Vec<SystemMark>) -> Item {
        let text = "S He go to the school yesterday .\n\
            A 1 2|||R:VERB:TENSE|||went|||REQUIRED|||-NONE-|||0\n\
            A 3 4|||U:DET||||||REQUIRED|||-NONE-|||0\n\
            A 1 2|||R:VERB:SVA|||goes|||REQUIRED|||-NONE-|||1\n";
        Item { gold: m2::read(text).unwrap().remove(0), marks, references: Vec::new() }
    }

    #[track_caller]
    fn check(marks: Vec<SystemMark>, want: &[(&str, Option<f64>)]) {
        let figures = figures(&[item(marks)], &Options::default()).unwrap();
        for (name, value) in want {
            let got = figures.get(name).map(|f| f.value);
            match (got, value) {
                (Some(g), Some(v)) => assert!((g - v).abs() < 1e-9, "{name}: got {g}, want {v}"),
                _ => assert_eq!(got, *value, "{name}"),
            }
        }
        for (name, f) in figures.iter() {
            assert!(f.low <= f.value + 1e-9 && f.value <= f.high + 1e-9 && f.n > 0, "{name}: {f:?}");
        }
    }

    #[test]
    fn figures_by_hand() {
        check(
            vec![
                mark(1, 2, "goes", "R:VERB:SVA", 0.9),
                mark(4, 5, "a school", "M:DET", 0.8),
                mark(3, 4, "", "U:DET", 0.2),
            ],
            &[
                ("precision", Some(0.5)),
                ("recall", Some(1.0)),
                ("detection_precision", Some(0.5)),
                ("detection_recall", Some(1.0)),
                ("marks_per_100_words", Some(200.0 / 6.0)),
                ("agreement.detection_precision", Some(1.0)),
                ("agreement.detection_recall", Some(1.0)),
                ("determiner.detection_precision", Some(0.0)),
                ("determiner.detection_recall", None),
                ("tense.detection_precision", None),
            ],
        );
    }

    #[test]
    fn no_marks_have_no_precision() {
        check(
            vec![],
            &[("precision", None), ("recall", Some(0.0)), ("f0.5", Some(0.0)), ("marks_per_100_words", Some(0.0))],
        );
        assert!(figures(&[], &Options::default()).is_err());
    }

    #[test]
    fn the_sweep_selects_by_confidence() {
        let items = [item(vec![mark(1, 2, "went", "R:VERB:TENSE", 0.9), mark(3, 4, "", "U:DET", 0.2)])];
        for method in [Method::Errant, Method::MaxMatch] {
            let rows = sweep(&items, &[0.0, 0.5, 1.0], method).unwrap();
            assert_eq!(rows.iter().map(|r| r.marks).collect::<Vec<_>>(), [2, 1, 0]);
            assert_eq!((rows[0].recall, rows[0].f05), (Some(1.0), Some(1.0)), "{method:?}");
            assert_eq!((rows[1].precision, rows[1].recall), (Some(1.0), Some(0.5)), "{method:?}");
            assert_eq!(rows[2].precision, None);
            assert_eq!(sweep_table(&rows).len(), 4);
        }
    }

    #[test]
    fn overlapping_corrections_are_not_both_applied() {
        let items = item(vec![mark(1, 3, "went to", "R:VERB:TENSE", 0.9), mark(2, 3, "into", "R:PREP", 0.9)]);
        assert_eq!(corrections(&items, Select::All).len(), 1);
    }

    #[test]
    fn every_errant_type_has_a_group() {
        for (error_type, want) in
            [("R:VERB:SVA", "agreement"), ("M:DET", "determiner"), ("U:PUNCT", "punctuation"), ("#Rp#", "other")]
        {
            assert_eq!(GROUPS[group(error_type)].0, want);
        }
        assert_eq!(first_suggestion_right(&[Some(0), Some(1), None, Some(0)]).unwrap().value, 0.5);
    }
}
