//! Evidence made by hand.

use std::collections::BTreeMap;

use homeroom_core::{
    AssignmentId, Change, Document, EVIDENCE_SCHEMA, Edit, Evidence, Feature, Language, Origin, Pupil, PupilId, Reason,
    Submission, SubmissionId, TraitId,
};

pub(crate) fn submission(pupil: &str) -> SubmissionId {
    SubmissionId::derive(&PupilId::new(pupil), &AssignmentId::new("week-3"))
}

/// Evidence of a pupil with these features; the trait of a feature is found in the weights, so any will do here.
pub(crate) fn evidence(pupil: &str, features: &[(&str, f64)], unscored: Option<Reason>) -> Evidence {
    Evidence {
        schema: EVIDENCE_SCHEMA,
        submission: Submission {
            id: submission(pupil),
            pupil: Pupil { id: PupilId::new(pupil), name: pupil.to_owned(), class: None },
            assignment: AssignmentId::new("week-3"),
            file: format!("{pupil}.txt"),
        },
        origin: Origin {
            sha256: String::new(),
            format: "txt".into(),
            encoding: None,
            notes: Vec::new(),
            transcript: None,
        },
        document: Document::new("", Language::ENGLISH),
        words: 120,
        unscored,
        findings: Vec::new(),
        features: features
            .iter()
            .map(|(id, value)| Feature {
                id: (*id).to_owned(),
                trait_id: TraitId::TASK,
                value: *value,
                unit: String::new(),
                passages: Vec::new(),
            })
            .collect(),
        judgements: Vec::new(),
        letter: None,
        versions: BTreeMap::new(),
    }
}

/// A pupil whose work is `level` standard deviations better than usual, in a way that all traits show.
pub(crate) fn at_level(pupil: &str, level: f64) -> Evidence {
    evidence(
        pupil,
        &[
            ("developed_words", 120.0 + 25.0 * level),
            ("connective_types", 10.0 + 4.0 * level),
            ("root_ttr", 7.2 + level),
            ("subordinators", 5.0 + 2.5 * level),
            ("grammar_error_rate", (0.9 - 0.5 * level).exp() - 1.0),
            ("spelling_error_rate", (0.8 - 0.5 * level).exp() - 1.0),
        ],
        None,
    )
}

pub(crate) fn edit(pupil: &str, change: Change) -> Edit {
    Edit {
        submission: submission(pupil),
        author: "Ms Wang".into(),
        time: "2026-01-05T08:00:00Z".into(),
        reason: "read it again".into(),
        change,
    }
}
