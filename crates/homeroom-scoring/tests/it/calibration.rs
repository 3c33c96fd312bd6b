use homeroom_core::{Evidence, Outcome, Reason, Rubric, Scale, WordLimits};
use homeroom_scoring::{
    Calibration, Doubt, MARKS_FOR_CRITERIA, ScoredEssay, ScoringError, TeacherMark, correlation_within_prompts,
    evaluate, fit, latent, propose, quadratic_weighted_kappa, reduce_class, rubric, scale_rubric, unsure,
};

use crate::fixture::{at_level, evidence, submission};

const CLASS: usize = 60;

/// Numbers between -1 and 1 that look random and are the same in every run.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898).sin() * 43_758.545_3;
    2.0 * (x - x.floor()) - 1.0
}

fn class() -> Vec<Evidence> {
    (0..CLASS).map(|i| at_level(&format!("p{i:02}"), 1.6 * noise(i))).collect()
}

/// A teacher who is `strict` points off the prior mean and follows the latent score with some error.
fn teacher(class: &[Evidence], r: &Rubric, strict: f64) -> Vec<TeacherMark> {
    class
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let value = r.prior_mean + strict + r.prior_sd * (latent(e, r).overall + 0.6 * noise(1000 + i));
            let overall = r.scale.round(value);
            let share = (overall - r.scale.min) / r.scale.width();
            let criteria = r
                .criteria
                .iter()
                .map(|c| (c.id.clone(), c.scale.round(c.scale.min + share * c.scale.width())))
                .collect();
            TeacherMark { submission: e.submission.id.clone(), overall, criteria }
        })
        .collect()
}

fn chosen(class: &[Evidence], r: &Rubric, marks: &[TeacherMark], n: usize) -> Vec<TeacherMark> {
    let ids = propose(class, r, n);
    marks.iter().filter(|m| ids.contains(&m.submission)).cloned().collect()
}

/// Kappa of the marks for the essays that the teacher has not marked.
fn kappa(class: &[Evidence], r: &Rubric, marks: &[TeacherMark], calibration: Option<&Calibration>) -> f64 {
    let marked = calibration.map_or(&[][..], |c| &c.marks);
    let (mut p, mut s) = (Vec::new(), Vec::new());
    for (mark, truth) in reduce_class(class, r, calibration, &[]).iter().zip(marks) {
        if marked.iter().any(|m| m.submission == mark.submission) {
            continue;
        }
        let Outcome::Scored { overall, .. } = &mark.outcome else { unreachable!() };
        p.push(overall.value);
        s.push(truth.overall);
    }
    quadratic_weighted_kappa(&p, &s, r.scale).expect("some essays are not marked")
}

#[test]
fn calibration_follows_a_strict_teacher() {
    for id in ["cet4", "gaokao-continuation", "plain-100"] {
        let (r, class) = (rubric(id).unwrap(), class());
        let marks = teacher(&class, r, -1.5 * r.prior_sd);
        let before = kappa(&class, r, &marks, None);
        for n in [5, 10, 25] {
            let calibration = fit(&class, r, &chosen(&class, r, &marks, n)).unwrap();
            let after = kappa(&class, r, &marks, Some(&calibration));
            assert!(after > before + 0.1 && after > 0.6, "{id} after {n}: {before:.2} to {after:.2}");
            assert_eq!(calibration.cross_validation.n, n);
        }
    }
}

#[test]
fn the_interval_holds_most_of_the_teachers_marks() {
    let (r, class) = (rubric("cet4").unwrap(), class());
    let marks = teacher(&class, r, 2.0);
    let calibration = fit(&class, r, &chosen(&class, r, &marks, 10)).unwrap();
    let held = reduce_class(&class, r, Some(&calibration), &[])
        .iter()
        .zip(&marks)
        .filter(|(mark, truth)| match &mark.outcome {
            Outcome::Scored { overall, .. } => overall.low <= truth.overall && truth.overall <= overall.high,
            Outcome::Unscored { .. } => false,
        })
        .count();
    assert!(held as f64 >= 0.8 * CLASS as f64, "{held} of {CLASS}");
}

#[test]
fn a_marked_essay_keeps_the_teachers_mark() {
    let (r, class) = (rubric("plain-100").unwrap(), class());
    let marks = teacher(&class, r, 3.0);
    let some = chosen(&class, r, &marks, 8);
    let calibration = fit(&class, r, &some).unwrap();
    for mark in reduce_class(&class, r, Some(&calibration), &[]) {
        let Outcome::Scored { overall, .. } = &mark.outcome else { unreachable!() };
        let given = some.iter().find(|m| m.submission == mark.submission);
        assert_eq!(overall.by_teacher, given.is_some());
        assert!(overall.calibrated);
        assert!(given.is_none_or(|m| m.overall == overall.value && m.overall == overall.low));
    }
}

#[test]
fn criteria_stay_uncalibrated_below_twenty() {
    let (r, class) = (rubric("plain-100").unwrap(), class());
    let marks = teacher(&class, r, 3.0);
    for (n, expected) in [(MARKS_FOR_CRITERIA - 1, 0), (MARKS_FOR_CRITERIA, r.criteria.len())] {
        let calibration = fit(&class, r, &chosen(&class, r, &marks, n)).unwrap();
        assert_eq!(calibration.criteria.len(), expected);
        let unmarked = reduce_class(&class, r, Some(&calibration), &[]);
        let calibrated = unmarked.iter().any(|m| match &m.outcome {
            Outcome::Scored { overall, criteria, .. } => {
                !overall.by_teacher && criteria.iter().any(|c| c.score.calibrated)
            }
            Outcome::Unscored { .. } => false,
        });
        assert_eq!(calibrated, expected > 0);
    }
}

#[test]
fn a_calibration_survives_storage_and_any_order() {
    let (r, class) = (rubric("cet6").unwrap(), class());
    let marks = chosen(&class, r, &teacher(&class, r, 0.0), 12);
    let calibration = fit(&class, r, &marks).unwrap();
    let stored: Calibration = serde_json::from_str(&serde_json::to_string(&calibration).unwrap()).unwrap();
    assert_eq!(reduce_class(&class, r, Some(&stored), &[]), reduce_class(&class, r, Some(&calibration), &[]));
    let (mut turned, mut turned_marks) = (class.clone(), marks.clone());
    turned.reverse();
    turned_marks.reverse();
    assert_eq!(fit(&turned, r, &turned_marks).unwrap(), calibration);
}

#[test]
fn proposed_essays_span_the_class() {
    let (r, mut class) = (rubric("cet4").unwrap(), class());
    class.push(evidence("blank", &[], Some(Reason::Blank)));
    let ids = propose(&class, r, 5);
    let of = |id| latent(class.iter().find(|e| e.submission.id == id).unwrap(), r).overall;
    let levels: Vec<f64> = ids.into_iter().map(of).collect();
    assert!(levels.is_sorted() && levels[0] < -0.7 && levels[4] > 0.7, "{levels:?}");
    assert_eq!(propose(&class, r, 500).len(), CLASS);
    assert!(propose(&class, r, 0).is_empty() && propose(&[], r, 3).is_empty());
}

#[test]
fn faulty_marks_are_refused() {
    let (r, class) = (rubric("plain-100").unwrap(), class());
    let good = chosen(&class, r, &teacher(&class, r, 0.0), 6);
    let with = |change: &dyn Fn(&mut Vec<TeacherMark>)| {
        let mut marks = good.clone();
        change(&mut marks);
        fit(&class, r, &marks).unwrap_err()
    };
    assert!(matches!(with(&|m| m.truncate(2)), ScoringError::TooFewMarks { found: 2, needed: 3 }));
    assert!(matches!(with(&|m| m[0].overall = 101.0), ScoringError::OffScale { .. }));
    assert!(matches!(with(&|m| m[0].overall = f64::NAN), ScoringError::OffScale { .. }));
    assert!(matches!(with(&|m| m[0].submission = submission("x")), ScoringError::UnknownSubmission { .. }));
    assert!(matches!(with(&|m| m[1] = m[0].clone()), ScoringError::MarkedTwice { .. }));
    assert!(matches!(with(&|m| m[0].criteria.extend([("x".into(), 1.0)])), ScoringError::UnknownCriterion { .. }));
}

#[test]
fn doubtful_essays_are_named() {
    let (r, mut class) = (rubric("cet4").unwrap(), class());
    let marks = chosen(&class, r, &teacher(&class, r, 0.0), 10);
    class.push(evidence("odd", &[("root_ttr", 30.0)], None));
    class.push(evidence("blank", &[], Some(Reason::Blank)));
    let calibration = fit(&class, r, &marks).unwrap();
    let list = unsure(&class, r, &calibration);
    let odd = list.iter().find(|u| u.submission == submission("odd")).unwrap();
    assert!(odd.doubts.iter().any(|d| matches!(d, Doubt::OutOfRange { feature, .. } if feature == "root_ttr")));
    assert!(list.iter().any(|u| matches!(u.doubts[0], Doubt::BetweenBands { .. })));
    assert!(list.iter().all(|u| u.submission != submission("blank")));
    assert!(list.iter().all(|u| marks.iter().all(|m| m.submission != u.submission)));
}

#[test]
fn evaluation_plays_the_teacher_class_by_class() {
    let scale = Scale { min: 1.0, max: 5.0, step: 0.5 };
    let r = scale_rubric("corpus", scale, 3.0, 0.7, WordLimits { scorable: 20, min: 100, max: None });
    let mut essays = Vec::new();
    for (prompt, strict) in [("one", -0.8), ("two", 0.8)] {
        let class: Vec<Evidence> = (0..40).map(|i| at_level(&format!("{prompt}{i}"), 1.6 * noise(i))).collect();
        for (e, mark) in class.iter().zip(teacher(&class, &r, strict)) {
            essays.push(ScoredEssay { prompt: prompt.into(), evidence: e.clone(), score: mark.overall });
        }
    }
    let result = evaluate(&essays, &r, &[5, 10, 40]).unwrap();
    assert_eq!(result.before.len(), 80);
    assert_eq!(result.after.keys().copied().collect::<Vec<_>>(), [5, 10]);
    assert_eq!(result.after[&10].len(), 60);
    assert!(correlation_within_prompts(&result.before).unwrap() > 0.8);
    let pairs: (Vec<f64>, Vec<f64>) = result.after[&10].iter().map(|p| (p.predicted, p.score)).unzip();
    assert!(quadratic_weighted_kappa(&pairs.0, &pairs.1, scale).unwrap() > 0.8);
    assert!(evaluate(&[], &r, &[5]).is_err());
}
