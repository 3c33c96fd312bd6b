//! Photos of phones in HEIF files (`.heic`): the only file that knows `heifer`.

use heifer::heifer_isobmff::HeifFile;
use heifer::{Error, Options};
use image::{DynamicImage, RgbaImage};

use crate::PageError;
use crate::decode::MAX_PIXELS;

/// Threads that decode tiles.
const THREADS: usize = 2;

/// Whether a file is HEIF by its first bytes, and coded as phones do (HEVC).
///
/// # Source
/// ISO/IEC 23008-12, B.4.1: brands. `mif1` leaves the codec open.
pub(crate) fn is_heif(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
        && matches!(bytes.get(8..12), Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"mif2"))
}

/// Decodes the main picture of a HEIF file, turned and cut as the file says.
///
/// # Errors
/// [`PageError::Unsupported`] for other codecs than HEVC, [`PageError::Broken`], [`PageError::TooManyPixels`].
pub(crate) fn decode_heif(bytes: &[u8]) -> Result<DynamicImage, PageError> {
    let file = HeifFile::parse(bytes).map_err(|e| fault(e.into()))?;
    if let Ok(Some((width, height))) = file.image_size(file.primary_id)
        && u64::from(width) * u64::from(height) > MAX_PIXELS
    {
        return Err(PageError::TooManyPixels { width, height, limit: MAX_PIXELS });
    }
    let options = Options { max_threads: THREADS, max_pixels: MAX_PIXELS };
    let image = heifer::decode_rgba8(bytes, &options).map_err(fault)?;
    let opaque = !image.has_alpha;
    let pixels = RgbaImage::from_raw(image.width, image.height, image.data)
        .ok_or_else(|| fault(Error::Invalid("fewer pixels than it says")))?;
    let image = DynamicImage::ImageRgba8(pixels);
    Ok(if opaque { DynamicImage::ImageRgb8(image.into_rgb8()) } else { image })
}

fn fault(error: Error) -> PageError {
    match error {
        Error::Unsupported(_) => PageError::Unsupported { format: "heif".to_owned() },
        error => PageError::Broken { format: "heic".to_owned(), source: error.into() },
    }
}
