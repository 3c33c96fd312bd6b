//! Gradebooks that learning platforms read.

use homeroom_core::{Mark, Outcome};

use crate::bundle::{ClassBundle, PupilBundle};
use crate::error::ReportError;
use crate::wording::{band_words, certainty_words, number, place_words, reason_words, shows_number};

/// The grade that may go into a gradebook: the score, once a teacher's marks stand behind it or the teacher has set it. A
/// draft's band is no grade.
#[must_use]
pub fn grade(mark: &Mark) -> Option<f64> {
    match &mark.outcome {
        Outcome::Scored { overall, .. } if shows_number(overall) => Some(overall.value),
        _ => None,
    }
}

/// A cell that no spreadsheet takes for a formula.
///
/// # Source
/// OWASP, CSV Injection: a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in
/// front. White space before such a sign, and the full-width forms that some spreadsheets take for it, count, too.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['\t', '\r', '\n'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// The comment for the pupil: the band, and the things to work on.
fn feedback(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> String {
    let language = bundle.language;
    let mut lines = Vec::new();
    match &pupil.mark.outcome {
        Outcome::Unscored { reason } => lines.push(language.plain(&reason_words(reason))),
        Outcome::Scored { overall, place, .. } => {
            let mut first = language.plain(&band_words(overall, &bundle.rubric.bands));
            if let Some(place) = place {
                first = format!("{first} · {}", language.plain(&place_words(*place)));
            }
            lines.push(first);
            lines.push(language.plain(&certainty_words(overall, bundle.rubric)));
        }
    }
    for (i, item) in pupil.review.work_on.iter().enumerate() {
        lines.push(format!("{}. {} – {}", i + 1, language.plain(&item.title), language.plain(&item.rule)));
    }
    lines.join("\n")
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> Result<String, ReportError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut n = 0;
    for (row, cells) in rows.enumerate() {
        writer.write_record(&cells).map_err(|source| ReportError::Csv { row, source })?;
        n = row;
    }
    let bytes =
        writer.into_inner().map_err(|e| ReportError::Csv { row: n, source: csv::Error::from(e.into_error()) })?;
    Ok(String::from_utf8(bytes).expect("invariant: every cell is a string"))
}

/// Moodle's offline grading worksheet: `Identifier`, `Full name`, `ID number`, `Grade`, `Feedback comments`.
///
/// `Identifier` and `ID number` are the pupil's id from the roster. Files that gave no text have no row with a grade, but
/// a comment that says why.
///
/// # Errors
/// [`ReportError::Csv`] if a row cannot be written.
pub fn moodle_csv(bundle: &ClassBundle<'_>) -> Result<String, ReportError> {
    let head = ["Identifier", "Full name", "ID number", "Grade", "Feedback comments"].map(str::to_owned).to_vec();
    let pupils = bundle.pupils.iter().map(|p| {
        let pupil = &p.evidence.submission.pupil;
        let id = cell(pupil.id.as_str());
        vec![
            id.clone(),
            cell(&pupil.name),
            id,
            grade(p.mark).map(number).unwrap_or_default(),
            cell(&feedback(bundle, p)),
        ]
    });
    let failed = bundle.failed.iter().filter_map(|f| {
        let id = cell(f.pupil_id.as_deref()?);
        let name = cell(f.pupil.as_deref().unwrap_or(""));
        Some(vec![id.clone(), name, id, String::new(), cell(&bundle.language.plain(&f.reason))])
    });
    table(std::iter::once(head).chain(pupils).chain(failed))
}

/// Canvas's gradebook: `Student`, `ID`, `SIS User ID`, `SIS Login ID`, `Section` and the assignment, with the row of
/// points possible.
///
/// Canvas's own `ID` is unknown here and left empty; it finds pupils by `SIS User ID`, the id from the roster.
///
/// # Errors
/// [`ReportError::Csv`] if a row cannot be written.
pub fn canvas_csv(bundle: &ClassBundle<'_>) -> Result<String, ReportError> {
    let mut head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"].map(str::to_owned).to_vec();
    head.push(cell(bundle.title));
    // Canvas knows the row by these words with four spaces in front.
    let mut points = vec!["    Points Possible".to_owned()];
    points.extend(std::iter::repeat_n(String::new(), 4));
    points.push(number(bundle.rubric.scale.max));
    let pupils = bundle.pupils.iter().map(|p| {
        let pupil = &p.evidence.submission.pupil;
        vec![
            cell(&pupil.name),
            String::new(),
            cell(pupil.id.as_str()),
            String::new(),
            pupil.class.as_ref().map(|c| cell(c.as_str())).unwrap_or_default(),
            grade(p.mark).map(number).unwrap_or_default(),
        ]
    });
    table([head, points].into_iter().chain(pupils))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused() {
        for (text, want) in [
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-Li", "'-Li"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("Li Na", "Li Na"),
            ("", ""),
        ] {
            assert_eq!(cell(text), want);
        }
    }
}
