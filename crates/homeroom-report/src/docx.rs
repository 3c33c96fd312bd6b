//! The pupil's own Word file with comments and suggestions in it.

use homeroom_core::{Display, Outcome, Span};
use homeroom_docx::{Annotation, annotate, create, read};

use crate::bundle::{ClassBundle, PageLanguage, PupilBundle};
use crate::error::ReportError;
use crate::essay::{Shown, shown};
use crate::kind::code_name;
use crate::wording::{band_words, certainty_words, confidence_words, reason_words, source_words, status_words};

/// Who writes the comments.
const AUTHOR: &str = "Homeroom";
/// The same in short.
const INITIALS: &str = "H";

/// The essay as a Word file: a comment per default mark, with the first suggestion as a tracked change, and in front a
/// comment with the band and the things to work on.
///
/// `original` is the pupil's own file, where it is a Word file that says what the evidence says; otherwise a plain file is
/// made from the text. `date` is the time of the comments, RFC 3339 with `Z`: there is no clock in here.
///
/// # Errors
/// [`ReportError::Docx`] if the file cannot be read, annotated or made.
pub fn annotated_docx(
    original: Option<&[u8]>,
    bundle: &ClassBundle<'_>,
    pupil: &PupilBundle<'_>,
    date: &str,
) -> Result<Vec<u8>, ReportError> {
    let evidence = pupil.evidence;
    let text = evidence.document.text.as_str();
    let error = |source| ReportError::Docx { submission: evidence.submission.id.to_string(), source };

    // Reading may have taken white space off the ends; then spans stand a few bytes further back in the file.
    let own = match original {
        Some(bytes) => {
            let read = read(bytes).map_err(error)?;
            read.text.find(text).filter(|_| !text.is_empty()).map(|offset| (bytes.to_vec(), offset, read.text))
        }
        None => None,
    };
    let (file, offset, inside) = match own {
        Some(own) => own,
        None => {
            let title = format!("{} · {}", evidence.submission.pupil.name, bundle.title);
            let file = create(Some(&title), text).map_err(error)?;
            let inside = read(&file).map_err(error)?.text;
            let offset = inside.find(text).unwrap_or(0);
            (file, offset, inside)
        }
    };
    let mut annotations = vec![Annotation {
        span: first_word(text, offset),
        comment: opening(bundle, pupil),
        author: AUTHOR.to_owned(),
        initials: INITIALS.to_owned(),
        replacement: None,
    }];
    annotations.extend(shown(evidence, pupil.mark).iter().filter(|s| s.finding.display == Display::Sure).map(|s| {
        let span = Span::new(s.finding.span.start + offset, s.finding.span.end + offset);
        // Two suggestions for the same letters cannot both be tracked: the one that is only listed stays a comment.
        let replacement = s.finding.suggestions.first().filter(|_| s.inline).cloned();
        Annotation {
            span,
            comment: comment(s, bundle),
            author: AUTHOR.to_owned(),
            initials: INITIALS.to_owned(),
            replacement,
        }
    }));
    annotations.retain(|a| a.span.fits(&inside));
    annotate(&file, &annotations, date).map_err(error)
}

/// The first word of the text, on which the opening comment hangs.
fn first_word(text: &str, offset: usize) -> Span {
    let start = text.len() - text.trim_start().len();
    let word = text[start..].split(char::is_whitespace).next().unwrap_or("");
    Span::new(offset + start, offset + start + word.len())
}

fn opening(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> String {
    let language = bundle.language;
    let mut lines = vec![language.plain(&status_words(pupil.mark.status))];
    if pupil.unconfirmed_transcript {
        lines.push(language.plain_of("From an unconfirmed transcript of a picture.", "依据未核对的图片识别结果。"));
    }
    match &pupil.mark.outcome {
        Outcome::Unscored { reason } => lines.push(language.plain(&reason_words(reason))),
        Outcome::Scored { overall, .. } => {
            lines.push(language.plain(&band_words(overall, &bundle.rubric.bands)));
            lines.push(language.plain(&certainty_words(overall, bundle.rubric)));
        }
    }
    for (i, item) in pupil.review.work_on.iter().enumerate() {
        lines.push(format!("{}. {} – {}", i + 1, language.plain(&item.title), language.plain(&item.rule)));
    }
    lines.join("\n")
}

fn comment(s: &Shown<'_>, bundle: &ClassBundle<'_>) -> String {
    let (language, finding) = (bundle.language, s.finding);
    let (en, zh) = code_name(&finding.code).unwrap_or((s.kind.en, s.kind.zh));
    let mut lines = vec![format!("{} · {}", finding.code, language.plain_of(en, zh))];
    if language != PageLanguage::Zh || finding.explanation.zh.is_empty() {
        lines.push(finding.explanation.en.clone());
    }
    if language != PageLanguage::En && !finding.explanation.zh.is_empty() {
        lines.push(finding.explanation.zh.clone());
    }
    let others: Vec<&str> = finding.suggestions.iter().map(|s| s.trim()).filter(|s| !s.is_empty()).collect();
    if !others.is_empty() {
        lines.push(format!("→ {}", others.join(" / ")));
    }
    lines.push(format!(
        "{} · {}",
        language.plain(&source_words(&finding.source)),
        language.plain(&confidence_words(finding.confidence))
    ));
    lines.join("\n")
}
