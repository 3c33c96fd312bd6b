//! From a template and its data to the bytes of a PDF: the only place that runs Typst.

use std::sync::OnceLock;

use serde::Serialize;
use typst::foundations::{Dict, IntoValue as _, Smart};
use typst_as_lib::{TypstAsLibError, TypstEngine};
use typst_pdf::{PdfOptions, pdf};

use crate::PdfError;
use crate::fonts::{Families, Fonts};

/// File names and sources of the templates. They are fixed: a report is data and never becomes source.
const TEMPLATES: [(&str, &str); 3] = [
    ("common.typ", include_str!("../assets/common.typ")),
    (PUPIL, include_str!("../assets/pupil.typ")),
    (CLASS, include_str!("../assets/class.typ")),
];
/// The template of a pupil's report.
pub(crate) const PUPIL: &str = "pupil.typ";
/// The template of a class's report.
pub(crate) const CLASS: &str = "class.typ";

/// How many runs a cached part of a layout is kept unused. The templates themselves are evaluated anew for every pupil,
/// but fonts and line breaking share much.
const KEPT_RUNS: usize = 2;

/// Typst with the templates and fonts.
pub(crate) struct Typesetter {
    engine: TypstEngine,
    families: Families,
}

/// What a template reads.
#[derive(Serialize)]
struct Data<'a, T> {
    fonts: &'a Families,
    report: &'a T,
}

impl Typesetter {
    /// The process's own, made at the first use.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Typesetter> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(Fonts::search()))
    }

    /// With these fonts.
    pub(crate) fn new(fonts: Fonts) -> Self {
        let engine = TypstEngine::builder()
            .fonts(fonts.loaded)
            .with_static_source_file_resolver(TEMPLATES)
            .comemo_evict_max_age(Some(KEPT_RUNS))
            .build();
        Self { engine, families: fonts.families }
    }

    /// The report as a PDF. The same report gives the same bytes: no clock is read, and `ident` names the document.
    ///
    /// # Errors
    /// [`PdfError::MissingCjkFont`] if the report holds Chinese and there is no font for it; the others are faults of a
    /// template.
    pub(crate) fn run<T: Serialize>(
        &self,
        template: &'static str,
        report: &T,
        ident: String,
        generator: &str,
    ) -> Result<Vec<u8>, PdfError> {
        let data = Data { fonts: &self.families, report };
        let json = serde_json::to_string(&data).map_err(|source| PdfError::Data { template, source })?;
        if !self.families.cjk && json.chars().any(is_han) {
            return Err(PdfError::MissingCjkFont);
        }
        let mut inputs = Dict::new();
        inputs.insert("data".into(), json.into_value());
        let document = self.engine.compile_with_input(template, inputs).output.map_err(|error| PdfError::Typeset {
            template,
            errors: match &error {
                TypstAsLibError::TypstSource(list) => list.len(),
                _ => 1,
            },
        })?;
        let options = PdfOptions {
            ident: Smart::Custom(ident),
            creator: Smart::Custom(Some(generator.to_owned())),
            ..PdfOptions::default()
        };
        pdf(&document, &options).map_err(|list| PdfError::Write { template, errors: list.len() })
    }
}

/// Whether a character needs a Chinese font.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field that the class template reads, empty.
    fn report(title: &str) -> serde_json::Value {
        let text = |s: &str| serde_json::json!({ "en": s, "zh": null });
        serde_json::json!({
            "lang": "en", "title": title, "rubric": text("R"), "tally": text("none"), "generator": "g", "prompt": [],
            "bands": [], "needs_a_word": [], "pupils": [], "failed": [], "issues": [], "lesson": null, "shared": [],
            "traits": [], "words": crate::words::words(homeroom_report::PageLanguage::En),
        })
    }

    #[test]
    fn works_with_the_fonts_of_the_program_alone_but_for_chinese() {
        let typesetter = Typesetter::new(Fonts::built_in());
        let bytes = typesetter.run(CLASS, &report("Phones"), "x".into(), "g").unwrap();
        assert!(bytes.starts_with(b"%PDF"));
        let error = typesetter.run(CLASS, &report("手机"), "x".into(), "g").unwrap_err();
        assert!(error.to_string().contains("fonts-noto-cjk"), "{error}");
    }
}
