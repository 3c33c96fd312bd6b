use std::collections::{BTreeMap, BTreeSet};

use homeroom_core::{
    Band, Bilingual, Criterion, Evidence, Language, Rubric, RubricKind, Scale, SubmissionId, WordLimits,
};

use crate::{ScoringError, TeacherMark, agreement, fit, latent, propose};

/// Essays left over after calibration below which a prompt says too little.
const MIN_LEFT: usize = 5;

/// Essays of a prompt below which its correlation says too little.
const MIN_PROMPT: usize = 10;

/// An essay with a human score, one of a class that wrote to the same prompt.
#[derive(Debug, Clone)]
pub struct ScoredEssay {
    /// Names the class: the prompt.
    pub prompt: String,
    /// What the machine saw.
    pub evidence: Evidence,
    /// The human score.
    pub score: f64,
}

/// A prediction beside the human score.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The class.
    pub prompt: String,
    /// The machine's score before rounding; before calibration by the rubric's priors.
    pub predicted: f64,
    /// The human score.
    pub score: f64,
}

/// What measuring needs: predictions before calibration, and after a teacher marked so many essays of each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Of all scored essays.
    pub before: Vec<Prediction>,
    /// By number of marked essays: of the essays that were not marked, in classes that are large enough.
    pub after: BTreeMap<usize, Vec<Prediction>>,
    /// Essays without a score.
    pub unscored: usize,
}

/// Plays the teacher: for each prompt, marks the proposed essays with their human scores, fits, and predicts the rest.
///
/// `sizes`: numbers of essays to mark. Nothing but the marks of its own class goes into a prediction.
///
/// # Errors
/// [`ScoringError::Pairs`] for no essays at all, and whatever [`fit`] says.
pub fn evaluate(essays: &[ScoredEssay], rubric: &Rubric, sizes: &[usize]) -> Result<Evaluation, ScoringError> {
    if essays.is_empty() {
        return Err(ScoringError::Pairs { left: 0, right: 0 });
    }
    let mut classes: BTreeMap<&str, Vec<&ScoredEssay>> = BTreeMap::new();
    for essay in essays.iter().filter(|e| e.evidence.unscored.is_none()) {
        classes.entry(&essay.prompt).or_default().push(essay);
    }
    let scored: usize = classes.values().map(Vec::len).sum();
    let mut result = Evaluation { before: Vec::new(), after: BTreeMap::new(), unscored: essays.len() - scored };
    for (prompt, class) in classes {
        let evidence: Vec<Evidence> = class.iter().map(|e| e.evidence.clone()).collect();
        for essay in &class {
            result.before.push(Prediction {
                prompt: prompt.to_owned(),
                predicted: rubric.prior_mean + rubric.prior_sd * latent(&essay.evidence, rubric).overall,
                score: essay.score,
            });
        }
        for &n in sizes {
            if class.len() < n + MIN_LEFT {
                continue;
            }
            let chosen: BTreeSet<SubmissionId> = propose(&evidence, rubric, n).into_iter().collect();
            let marks: Vec<TeacherMark> = class
                .iter()
                .filter(|e| chosen.contains(&e.evidence.submission.id))
                .map(|e| TeacherMark {
                    submission: e.evidence.submission.id.clone(),
                    overall: e.score,
                    criteria: BTreeMap::new(),
                })
                .collect();
            let calibration = fit(&evidence, rubric, &marks)?;
            let list = result.after.entry(n).or_default();
            for essay in class.iter().filter(|e| !chosen.contains(&e.evidence.submission.id)) {
                let essay_latent = latent(&essay.evidence, rubric);
                list.push(Prediction {
                    prompt: prompt.to_owned(),
                    predicted: calibration.overall.predict(&essay_latent, essay_latent.overall).value,
                    score: essay.score,
                });
            }
        }
    }
    Ok(result)
}

/// Pearson's correlation within prompts: the mean over prompts with at least ten essays, weighted by their number.
///
/// # Errors
/// [`ScoringError::Pairs`] where no prompt is large enough.
pub fn correlation_within_prompts(predictions: &[Prediction]) -> Result<f64, ScoringError> {
    let mut prompts: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for p in predictions {
        let (predicted, scores) = prompts.entry(&p.prompt).or_default();
        predicted.push(p.predicted);
        scores.push(p.score);
    }
    let (mut sum, mut n) = (0.0, 0usize);
    for (predicted, scores) in prompts.values().filter(|(p, _)| p.len() >= MIN_PROMPT) {
        sum += agreement::correlation(predicted, scores)? * predicted.len() as f64;
        n += predicted.len();
    }
    if n == 0 {
        return Err(ScoringError::Pairs { left: predictions.len(), right: 0 });
    }
    Ok(sum / n as f64)
}

/// A holistic rubric for a corpus's own scale, with the traits weighted as in the shipped holistic ones. For measuring.
#[must_use]
pub fn scale_rubric(id: &str, scale: Scale, prior_mean: f64, prior_sd: f64, words: WordLimits) -> Rubric {
    let name = Bilingual::new(id, id);
    let bands = vec![Band { low: scale.min, high: scale.max, name: name.clone(), descriptor: name.clone() }];
    let traits = [
        ("task", 0.15),
        ("organisation", 0.1),
        ("vocabulary", 0.25),
        ("sentences", 0.17),
        ("accuracy", 0.2),
        ("conventions", 0.13),
    ];
    Rubric {
        id: id.to_owned(),
        version: "1".to_owned(),
        language: Language::ENGLISH,
        name: name.clone(),
        source: name.clone(),
        kind: RubricKind::Holistic,
        scale,
        words,
        prior_mean,
        prior_sd,
        criteria: vec![Criterion {
            id: "writing".to_owned(),
            name,
            weight: 1.0,
            scale,
            traits: traits.into_iter().map(|(id, w)| (id.to_owned(), w)).collect(),
            bands: bands.clone(),
        }],
        bands,
    }
}
