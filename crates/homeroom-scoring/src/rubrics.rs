use std::sync::OnceLock;

use homeroom_core::{Band, Rubric, RubricKind, Scale};
use include_dir::{Dir, include_dir};

use crate::ScoringError;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/data/rubrics");

/// Slack for sums of weights and for bounds of bands.
const EPSILON: f64 = 1e-6;

/// All shipped rubrics, by id.
///
/// Adding one means adding a file to `data/rubrics`, named by its id.
#[must_use]
pub fn rubrics() -> &'static [Rubric] {
    static RUBRICS: OnceLock<Vec<Rubric>> = OnceLock::new();
    RUBRICS.get_or_init(|| {
        let mut rubrics: Vec<Rubric> = FILES
            .files()
            .map(|file| {
                let text = file.contents_utf8().unwrap_or_default();
                parse_rubric(text).expect("invariant: a test parses every shipped rubric")
            })
            .collect();
        rubrics.sort_by(|a, b| a.id.cmp(&b.id));
        rubrics
    })
}

/// The shipped rubric with this id.
#[must_use]
pub fn rubric(id: &str) -> Option<&'static Rubric> {
    rubrics().iter().find(|r| r.id == id)
}

/// A rubric from the text of its TOML file, checked. The only criterion of a holistic rubric takes over the bands of
/// the whole where it has none of its own.
///
/// # Errors
/// [`ScoringError::RubricSyntax`], [`ScoringError::Weights`] if weights do not sum to 1, [`ScoringError::Bands`] if bands
/// do not tile a scale from its top to its bottom.
pub fn parse_rubric(text: &str) -> Result<Rubric, ScoringError> {
    let mut rubric: Rubric =
        toml::from_str(text).map_err(|source| ScoringError::RubricSyntax { source: Box::new(source) })?;
    if rubric.kind == RubricKind::Holistic {
        for criterion in &mut rubric.criteria {
            if criterion.bands.is_empty() {
                criterion.bands = rubric.bands.clone();
            }
        }
    }
    let one = |of: &str, sum: f64| {
        if (sum - 1.0).abs() > EPSILON {
            return Err(ScoringError::Weights { rubric: rubric.id.clone(), of: of.to_owned(), sum });
        }
        Ok(())
    };
    one("criteria", rubric.criteria.iter().map(|c| c.weight).sum())?;
    for criterion in &rubric.criteria {
        one(&criterion.id, criterion.traits.values().sum())?;
    }
    let tile = |of: &str, bands: &[Band], scale: Scale| {
        if tiles(bands, scale) {
            return Ok(());
        }
        Err(ScoringError::Bands { rubric: rubric.id.clone(), of: of.to_owned() })
    };
    tile("the whole", &rubric.bands, rubric.scale)?;
    for criterion in &rubric.criteria {
        tile(&criterion.id, &criterion.bands, criterion.scale)?;
    }
    Ok(rubric)
}

/// Whether bands go from the top of the scale to its bottom, each one step above the next.
fn tiles(bands: &[Band], scale: Scale) -> bool {
    let ends = bands.first().zip(bands.last());
    scale.step > 0.0
        && ends.is_some_and(|(top, bottom)| {
            (top.high - scale.max).abs() < EPSILON && (bottom.low - scale.min).abs() < EPSILON
        })
        && bands.iter().all(|b| b.low <= b.high)
        && bands.windows(2).all(|w| (w[0].low - w[1].high - scale.step).abs() < EPSILON)
}
