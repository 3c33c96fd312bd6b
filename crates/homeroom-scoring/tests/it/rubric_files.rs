use homeroom_core::{Band, Bilingual, Rubric, RubricKind, Scale, TraitId};
use homeroom_scoring::{ScoringError, parse_rubric, rubric, rubrics};

const IDS: [&str; 9] = [
    "cefr",
    "cet4",
    "cet6",
    "gaokao-continuation",
    "gaokao-practical",
    "ielts-task2",
    "plain-100",
    "toefl",
    "zhongkao",
];

fn bilingual(text: &Bilingual, what: &str) {
    assert!(!text.en.trim().is_empty(), "{what}: no English");
    assert!(!text.zh.trim().is_empty(), "{what}: no Chinese");
}

#[track_caller]
fn check_bands(bands: &[Band], scale: Scale, what: &str) {
    assert!(bands.len() > 1, "{what}");
    for band in bands {
        bilingual(&band.name, what);
        bilingual(&band.descriptor, what);
        assert!(band.descriptor.zh.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "{what}");
    }
    // Every score of the scale lies in exactly one band.
    let steps = (scale.width() / scale.step).round() as usize;
    for k in 0..=steps {
        let score = scale.min + k as f64 * scale.step;
        let holding = bands.iter().filter(|b| score >= b.low - 1e-9 && score <= b.high + 1e-9).count();
        assert_eq!(holding, 1, "{what}: {score}");
    }
}

#[track_caller]
fn check_rubric(r: &Rubric) {
    for text in [&r.name, &r.source] {
        bilingual(text, &r.id);
    }
    assert!(r.prior_mean > r.scale.min && r.prior_mean < r.scale.max && r.prior_sd > 0.0, "{}", r.id);
    assert!(r.words.scorable <= r.words.min && r.words.max.is_none_or(|max| max > r.words.min), "{}", r.id);
    check_bands(&r.bands, r.scale, &r.id);
    assert!((r.criteria.iter().map(|c| c.weight).sum::<f64>() - 1.0).abs() < 1e-9, "{}", r.id);
    match r.kind {
        RubricKind::Holistic => assert_eq!(r.criteria.len(), 1, "{}", r.id),
        RubricKind::Analytic => assert!(r.criteria.len() > 1, "{}", r.id),
    }
    for c in &r.criteria {
        bilingual(&c.name, &c.id);
        check_bands(&c.bands, c.scale, &c.id);
        assert!((c.traits.values().sum::<f64>() - 1.0).abs() < 1e-9, "{}: {}", r.id, c.id);
        for id in c.traits.keys() {
            assert!(TraitId::ALL.iter().any(|t| t.as_str() == id), "{}: {id}", r.id);
        }
    }
}

#[test]
fn every_shipped_rubric_is_whole() {
    let ids: Vec<&str> = rubrics().iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, IDS);
    for r in rubrics() {
        check_rubric(r);
        assert_eq!(rubric(&r.id), Some(r));
    }
    assert_eq!(rubric("no-such"), None);
}

#[test]
fn a_faulty_rubric_is_refused() {
    let good = include_str!("../../data/rubrics/toefl.toml");
    assert!(parse_rubric(good).is_ok());
    let weights = parse_rubric(&good.replacen("weight = 1.0", "weight = 0.9", 1));
    assert!(matches!(weights, Err(ScoringError::Weights { .. })), "{weights:?}");
    let gap = parse_rubric(&good.replacen("low = 4.0\nhigh = 4.0", "low = 4.5\nhigh = 4.5", 1));
    assert!(matches!(gap, Err(ScoringError::Bands { .. })), "{gap:?}");
    assert!(matches!(parse_rubric("id = 3"), Err(ScoringError::RubricSyntax { .. })));
}
