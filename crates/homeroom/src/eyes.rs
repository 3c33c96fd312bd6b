//! What reads pictures: the pulled model and the geometry of pages, as the rest of the program knows it.

use std::sync::OnceLock;

use homeroom_core::Picture;
use homeroom_ingest::transcript::{Draft, DraftWord};
use homeroom_ingest::{ReadError, ReadPictures};
use homeroom_lexicon::Lexicon;
use homeroom_onnx::PpOcr;
use homeroom_page::{Page, PageError, decode, read_page};

use crate::commands::models::store;
use crate::sight::Sight;

/// Name of the model in the catalogue.
pub(crate) const MODEL: &str = "pp-ocr";

/// The model, loaded when the first picture comes.
#[derive(Default)]
pub(crate) struct Eyes {
    model: OnceLock<Result<PpOcr, ReadError>>,
    /// A large model that reads in its place.
    sight: Option<Sight>,
}

impl Eyes {
    /// Eyes that read with a large model; what the small one makes of a page, where it was pulled, is laid beside it.
    pub(crate) fn seeing(sight: Sight) -> Self {
        Self { sight: Some(sight), ..Self::default() }
    }

    /// The large model that reads, where there is one.
    pub(crate) fn sight(&self) -> Option<&Sight> {
        self.sight.as_ref()
    }

    /// The model.
    ///
    /// # Errors
    /// [`ReadError::NoReader`] where it was not pulled, [`ReadError::ReaderFailed`] where its files are damaged.
    pub(crate) fn model(&self) -> Result<&PpOcr, ReadError> {
        let load = || {
            let folder = store().ok().and_then(|store| store.folder(MODEL).ok()).ok_or(ReadError::NoReader)?;
            PpOcr::load(&folder, 0).map_err(|_| ReadError::ReaderFailed)
        };
        self.model.get_or_init(load).as_ref().map_err(Clone::clone)
    }

    fn read(&self, picture: &Picture) -> Result<Draft, ReadError> {
        let small = || read_page(picture, self.model()?, Lexicon::shipped()).map(draft).map_err(refused);
        match &self.sight {
            None => small(),
            // Where the small one sees nothing, the large one may.
            Some(sight) => sight.read(picture, small().ok().as_ref()),
        }
    }
}

impl ReadPictures for Eyes {
    fn file(&self, bytes: &[u8]) -> Result<Draft, ReadError> {
        // Without a model there is no use in decoding, and the reason that helps is that there is none.
        let decodes = decode(bytes).map_err(refused);
        if self.sight.is_none() && !matches!(decodes, Err(ReadError::Photo { .. })) {
            self.model()?;
        }
        self.read(&decodes?)
    }

    fn page(&self, page: &Picture) -> Result<Draft, ReadError> {
        self.read(page)
    }
}

/// Why a picture gives no text, as the rest of the program says it.
fn refused(error: PageError) -> ReadError {
    match error {
        PageError::Unsupported { format } => ReadError::Photo { format },
        PageError::Broken { format, .. } => ReadError::Broken { format },
        PageError::TooManyPixels { width, height, .. } => ReadError::TooManyPixels { width, height },
        PageError::TooSmall { .. } | PageError::NoText => ReadError::NoTextInPicture,
        PageError::Illegible { .. } => ReadError::Illegible,
        PageError::Model(_) => ReadError::ReaderFailed,
    }
}

fn draft(page: Page) -> Draft {
    let word = |w: homeroom_page::Word| DraftWord { text: w.text, confidence: w.confidence, doubtful: w.doubtful };
    Draft {
        paragraphs: page.paragraphs.into_iter().map(|p| p.into_iter().map(word).collect()).collect(),
        crossed_out: page.crossed_out,
        margin: page.margin,
        red: page.red,
        reader: None,
    }
}
