use homeroom_core::{Change, Edit, Evidence, FindingId, Mark, Outcome, Reason, Score, Status};
use homeroom_scoring::{fit, reduce_class, rubric, rubrics};
use proptest::prelude::*;

use crate::fixture::{at_level, edit, evidence, submission};

fn class() -> Vec<Evidence> {
    let mut class: Vec<Evidence> = (0..9).map(|i| at_level(&format!("p{i}"), f64::from(i) * 0.5 - 2.0)).collect();
    class.push(evidence("blank", &[], Some(Reason::Blank)));
    class
}

#[track_caller]
fn overall(mark: &Mark) -> &Score {
    match &mark.outcome {
        Outcome::Scored { overall, .. } => overall,
        Outcome::Unscored { reason } => panic!("unscored: {reason:?}"),
    }
}

#[track_caller]
fn rank(mark: &Mark) -> Option<usize> {
    match &mark.outcome {
        Outcome::Scored { place, .. } => place.map(|p| p.rank),
        Outcome::Unscored { .. } => None,
    }
}

#[test]
fn better_work_gets_a_better_place_under_every_rubric() {
    for r in rubrics() {
        let marks = reduce_class(&class(), r, None, &[]);
        let ranks: Vec<Option<usize>> = marks.iter().map(rank).collect();
        let expected: Vec<Option<usize>> = (0..9).map(|i| Some(9 - i)).chain([None]).collect();
        assert_eq!(ranks, expected, "{}", r.id);
        for mark in &marks[..9] {
            let score = overall(mark);
            assert!(score.low <= score.value && score.value <= score.high, "{}: {score:?}", r.id);
            assert!(score.low >= r.scale.min && score.high <= r.scale.max, "{}", r.id);
            assert!(!score.calibrated && !score.by_teacher);
            assert!((r.scale.round(score.value) - score.value).abs() < 1e-9);
            assert_eq!(score.band, r.band(score.value).unwrap().name);
            // Wide: at least one and a half prior standard deviations, unless the scale ends.
            let open = score.low > r.scale.min && score.high < r.scale.max;
            assert!(!open || score.high - score.low >= 1.5 * r.prior_sd, "{}: {score:?}", r.id);
        }
        assert_eq!(marks[9].outcome, Outcome::Unscored { reason: Reason::Blank });
    }
}

#[test]
fn more_errors_lower_the_score_of_grammar() {
    let r = rubric("plain-100").unwrap();
    let of = |rate: f64| {
        let marks = reduce_class(&[evidence("a", &[("grammar_error_rate", rate)], None)], r, None, &[]);
        match &marks[0].outcome {
            Outcome::Scored { criteria, .. } => criteria.iter().find(|c| c.criterion == "grammar").unwrap().score.value,
            Outcome::Unscored { .. } => unreachable!(),
        }
    };
    let scores: Vec<f64> = [0.0, 0.5, 1.5, 3.0, 6.0].into_iter().map(of).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > scores[4], "{scores:?}");
}

#[test]
fn analytic_criteria_add_up_to_the_whole() {
    for id in ["plain-100", "ielts-task2"] {
        let r = rubric(id).unwrap();
        for mark in &reduce_class(&class(), r, None, &[])[..9] {
            let Outcome::Scored { overall, criteria, .. } = &mark.outcome else { unreachable!() };
            let share: f64 = criteria
                .iter()
                .zip(&r.criteria)
                .map(|(m, c)| c.weight * (m.score.value - c.scale.min) / c.scale.width())
                .sum();
            assert!((r.scale.round(r.scale.min + share * r.scale.width()) - overall.value).abs() < 1e-9, "{id}");
            assert!(criteria.iter().all(|c| !c.features.is_empty()), "{id}");
        }
    }
}

#[test]
fn equal_work_shares_the_better_place_and_two_essays_have_none() {
    let r = rubric("cet4").unwrap();
    let twins = [at_level("a", 1.0), at_level("b", 0.0), at_level("c", 0.0), at_level("d", -1.0)];
    let ranks: Vec<Option<usize>> = reduce_class(&twins, r, None, &[]).iter().map(rank).collect();
    assert_eq!(ranks, [Some(1), Some(2), Some(2), Some(4)]);
    assert_eq!(rank(&reduce_class(&twins[..2], r, None, &[])[0]), None);
}

#[test]
fn a_teachers_edits_are_applied_in_order_and_kept() {
    let r = rubric("plain-100").unwrap();
    let value = |v: f64| Change::Overall { value: v };
    let status = |status: Status| Change::Status { status };
    let finding = FindingId("agreement@3-5".into());
    let edits = [
        edit("p0", value(91.0)),
        edit("p0", value(95.4)),
        edit("p1", Change::Criterion { criterion: "content".into(), value: 25.0 }),
        edit("p1", Change::Criterion { criterion: "no-such".into(), value: 1.0 }),
        edit("p2", Change::Unscored { reason: Reason::OffTopic { similarity: 0.0 } }),
        edit("p3", Change::Dismiss { finding: finding.clone() }),
        edit("p4", Change::Dismiss { finding: finding.clone() }),
        edit("p4", Change::Restore { finding: finding.clone() }),
        edit("p5", status(Status::Released)),
        edit("p6", status(Status::Confirmed)),
        edit("p6", status(Status::Released)),
        edit("blank", value(40.0)),
        edit("p7", value(f64::NAN)),
        edit("p8", value(400.0)),
    ];
    let plain = reduce_class(&class(), r, None, &[]);
    let marks = reduce_class(&class(), r, None, &edits);
    assert_eq!((overall(&marks[0]).value, overall(&marks[0]).by_teacher, rank(&marks[0])), (95.0, true, Some(2)));
    assert_eq!(marks[0].edits, edits[..2]);
    assert!(overall(&marks[1]).value > overall(&plain[1]).value && !overall(&marks[1]).by_teacher);
    assert_eq!(marks[1].edits.len(), 2);
    assert!(matches!(marks[2].outcome, Outcome::Unscored { reason: Reason::OffTopic { .. } }));
    assert_eq!(marks[3].dismissed, [finding]);
    assert!(marks[4].dismissed.is_empty() && marks[4].edits.len() == 2);
    assert_eq!((marks[5].status, marks[6].status), (Status::Draft, Status::Released));
    assert_eq!((overall(&marks[9]).value, rank(&marks[9]).is_some()), (40.0, true));
    assert_eq!(overall(&marks[7]).value, overall(&plain[7]).value);
    assert_eq!(overall(&marks[8]).value, 100.0);
}

#[test]
fn a_word_on_the_whole_outlasts_one_on_a_criterion() {
    let r = rubric("plain-100").unwrap();
    let edits = [
        edit("p0", Change::Overall { value: 88.0 }),
        edit("p0", Change::Criterion { criterion: "content".into(), value: 1.0 }),
    ];
    assert_eq!(overall(&reduce_class(&class(), r, None, &edits)[0]).value, 88.0);
}

#[test]
fn a_calibration_of_another_rubric_has_no_effect() {
    let r = rubric("cet4").unwrap();
    let marks: Vec<_> = (0..5)
        .map(|i| homeroom_scoring::TeacherMark {
            submission: submission(&format!("p{i}")),
            overall: 14.0,
            criteria: Default::default(),
        })
        .collect();
    let calibration = fit(&class(), r, &marks).unwrap();
    assert_ne!(reduce_class(&class(), r, Some(&calibration), &[]), reduce_class(&class(), r, None, &[]));
    let other = rubric("cet6").unwrap();
    assert_eq!(reduce_class(&class(), other, Some(&calibration), &[]), reduce_class(&class(), other, None, &[]));
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let change = prop_oneof![
        (-5.0..20.0f64).prop_map(|value| Change::Overall { value }),
        (-5.0..20.0f64).prop_map(|value| Change::Criterion { criterion: "writing".into(), value }),
        Just(Change::Unscored { reason: Reason::Blank }),
        Just(Change::Status { status: Status::Confirmed }),
        Just(Change::Status { status: Status::Released }),
    ];
    (0..6usize, change).prop_map(|(i, change)| edit(&format!("p{i}"), change))
}

proptest! {
    #[test]
    fn a_mark_is_a_pure_function_of_its_evidence(
        levels in proptest::collection::vec(-6.0..6.0f64, 1..8),
        edits in proptest::collection::vec(any_edit(), 0..6),
        turn in 0usize..8,
    ) {
        let r = rubric("cet4").unwrap();
        let class: Vec<Evidence> =
            levels.iter().enumerate().map(|(i, l)| at_level(&format!("p{i}"), *l)).collect();
        let marks = reduce_class(&class, r, None, &edits);
        prop_assert_eq!(&marks, &reduce_class(&class, r, None, &edits));

        // Whatever the order of the evidence, each submission gets the same mark.
        let mut turned = class.clone();
        turned.rotate_left(turn % class.len());
        turned.reverse();
        let mut again = reduce_class(&turned, r, None, &edits);
        again.reverse();
        again.rotate_right(turn % class.len());
        prop_assert_eq!(&marks, &again);

        // Through the stored form, too.
        let stored: Vec<Evidence> =
            class.iter().map(|e| serde_json::from_str(&serde_json::to_string(e).unwrap()).unwrap()).collect();
        prop_assert_eq!(&marks, &reduce_class(&stored, r, None, &edits));

        for mark in &marks {
            if let Outcome::Scored { overall, .. } = &mark.outcome {
                prop_assert!(overall.low <= overall.value && overall.value <= overall.high);
                prop_assert!(overall.value >= r.scale.min && overall.value <= r.scale.max);
            }
            let of_it = edits.iter().filter(|e| e.submission == mark.submission).count();
            prop_assert_eq!(mark.edits.len(), of_it);
        }
    }
}
