use homeroom_core::{Bilingual, Document, Evidence, Mark, Reason, Rubric, SubmissionId};
use homeroom_review::{ClassReport, Review};

/// In which language the words around the essay are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageLanguage {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
    /// English with Chinese beside or below it.
    #[default]
    Both,
}

impl PageLanguage {
    /// BCP 47 tag of the page as a whole.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            PageLanguage::En | PageLanguage::Both => "en",
            PageLanguage::Zh => "zh-Hans",
        }
    }

    /// The text as one string without markup: for attributes, CSV cells and comments in Word.
    #[must_use]
    pub fn plain(self, text: &Bilingual) -> String {
        self.plain_of(&text.en, &text.zh)
    }

    /// [`PageLanguage::plain`] of two strings.
    pub(crate) fn plain_of(self, en: &str, zh: &str) -> String {
        match self {
            _ if zh.is_empty() || zh == en => en.to_owned(),
            _ if en.is_empty() => zh.to_owned(),
            PageLanguage::En => en.to_owned(),
            PageLanguage::Zh => zh.to_owned(),
            PageLanguage::Both => format!("{en} {zh}"),
        }
    }
}

/// One pupil's work with everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct PupilBundle<'a> {
    /// What the mark rests on.
    pub evidence: &'a Evidence,
    /// The mark.
    pub mark: &'a Mark,
    /// The review.
    pub review: &'a Review,
    /// Whether the text was read from a picture and nobody has compared it with the picture yet.
    pub unconfirmed_transcript: bool,
}

/// A file that gave no text.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedFile {
    /// As the user named it.
    pub file: String,
    /// Name of the pupil, where the roster or the file name tells.
    pub pupil: Option<String>,
    /// Id of the pupil, where the roster or the file name tells.
    pub pupil_id: Option<String>,
    /// Stable code of the reason (`empty`, `encrypted`, `too_many_pages`).
    pub code: String,
    /// The reason in words.
    pub reason: Bilingual,
}

/// All that pages and exports are made from.
#[derive(Debug, Clone, Copy)]
pub struct ClassBundle<'a> {
    /// What the assignment is called.
    pub title: &'a str,
    /// What was asked, where it is known.
    pub prompt: Option<&'a Document>,
    /// The scale.
    pub rubric: &'a Rubric,
    /// Everybody whose text could be read, in the order in which they are listed.
    pub pupils: &'a [PupilBundle<'a>],
    /// Files that gave no text.
    pub failed: &'a [FailedFile],
    /// The report on the class.
    pub class_report: &'a ClassReport,
    /// Language of the words around the essays.
    pub language: PageLanguage,
    /// What a feature is called in plain words, by its id ([`crate::feature_words`] for English essays); `None` shows the
    /// id's own words.
    pub feature_name: fn(&str) -> Option<Bilingual>,
    /// Whether a language model's findings were asked for: pages say where they are still to come.
    pub deep: bool,
    /// Name and version of the program, as the pages' foot and the exports state it.
    pub generator: &'a str,
}

/// Key of [`Evidence::versions`] that says that the deep check is done with an essay, with or without success.
pub const DEEP_VERSION: &str = "deep";

/// Whether a text is one that a language model of English can look at: not blank, and not in another language.
#[must_use]
pub fn takes_deep(evidence: &Evidence) -> bool {
    !matches!(evidence.unscored, Some(Reason::Blank | Reason::WrongLanguage { .. }))
}

impl PupilBundle<'_> {
    /// Whether a language model's findings are still to come.
    pub(crate) fn lacks_deep(&self) -> bool {
        takes_deep(self.evidence) && !self.evidence.versions.contains_key(DEEP_VERSION)
    }
}

impl<'a> ClassBundle<'a> {
    /// The pupil with this submission.
    #[must_use]
    pub fn pupil(&self, submission: &SubmissionId) -> Option<&PupilBundle<'a>> {
        self.pupils.iter().find(|p| &p.evidence.submission.id == submission)
    }

    /// What a feature is called.
    pub(crate) fn feature_label(&self, id: &str) -> Bilingual {
        (self.feature_name)(id).unwrap_or_else(|| {
            let words = id.replace('_', " ");
            Bilingual::new(words.clone(), words)
        })
    }
}
