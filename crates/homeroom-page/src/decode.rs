//! From a file's bytes to an upright picture of a size that is good to read.

use std::io::Cursor;

use homeroom_core::Picture;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::PageError;
use crate::heif::{decode_heif, is_heif};

/// Most pixels of a picture that is decoded. Phones of 2025 make 50 and 108 million; 200 million take 600 MB.
pub const MAX_PIXELS: u64 = 200_000_000;
/// Most memory that a decoder may ask for, in bytes: the largest picture and the decoder's own copy of a progressive one.
const MAX_MEMORY: u64 = 1 << 30;
/// Longest side of a picture that is worked on, in pixels: a page's letters are then 25 to 40 high, as the recogniser
/// needs them.
pub(crate) const WORKING_SIDE: usize = 2600;
/// Quality of what is sent to somebody else to be read: thin strokes keep their edges.
const JPEG_QUALITY: u8 = 88;
/// Shortest side of a picture that may hold a line, in pixels.
const MIN_SIDE: usize = 16;

/// Decodes a picture file (JPEG, PNG, WebP, HEIC), turns it upright by its EXIF orientation and shrinks it where it is larger
/// than is of use.
///
/// # Errors
/// [`PageError::Unsupported`], [`PageError::Broken`], [`PageError::TooManyPixels`], [`PageError::TooSmall`].
pub fn decode(bytes: &[u8]) -> Result<Picture, PageError> {
    if is_heif(bytes) {
        return upright(decode_heif(bytes)?, Orientation::NoTransforms);
    }
    let format = format(bytes)?;
    let name = || format.extensions_str().first().map_or("unknown", |e| if *e == "jpg" { "jpeg" } else { *e });
    let broken = |source: image::ImageError| PageError::Broken { format: name().to_owned(), source: source.into() };
    if format == ImageFormat::Jpeg && is_cut_off(bytes) {
        return Err(broken(image::ImageError::IoError(std::io::ErrorKind::UnexpectedEof.into())));
    }
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PageError::TooManyPixels { width, height, limit: MAX_PIXELS });
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    decoder.set_limits(limits).map_err(broken)?;
    // A picture without or with damaged EXIF data is taken as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    upright(DynamicImage::from_decoder(decoder).map_err(broken)?, orientation)
}

/// A decoded picture on white, shrunk, and turned.
fn upright(decoded: DynamicImage, orientation: Orientation) -> Result<Picture, PageError> {
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    if width.min(height) < MIN_SIDE {
        return Err(PageError::TooSmall { width, height });
    }
    let picture = on_white(decoded);
    let small = shrink(picture, WORKING_SIDE);
    let (width, height) = (small.width() as u32, small.height() as u32);
    let rgb = image::RgbImage::from_raw(width, height, small.rgb().to_vec());
    let mut upright = DynamicImage::ImageRgb8(rgb.expect("invariant: a picture has 3 bytes a pixel"));
    upright.apply_orientation(orientation);
    let (width, height) = (upright.width() as usize, upright.height() as usize);
    Ok(Picture::from_rgb(width, height, upright.into_rgb8().into_raw()).expect("invariant: 3 bytes a pixel"))
}

/// A picture as a PNG file.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn encode_png(picture: &Picture) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let (width, height) = (picture.width() as u32, picture.height() as u32);
    image::write_buffer_with_format(
        &mut bytes,
        picture.rgb(),
        width,
        height,
        image::ExtendedColorType::Rgb8,
        ImageFormat::Png,
    )
    .expect("invariant: a picture with pixels is written to memory");
    bytes.into_inner()
}

/// A picture as a JPEG file, shrunk so that no side is longer than `side` pixels.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn encode_jpeg(picture: &Picture, side: usize) -> Vec<u8> {
    let picture = shrink(picture.clone(), side);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY)
        .encode(picture.rgb(), picture.width() as u32, picture.height() as u32, image::ExtendedColorType::Rgb8)
        .expect("invariant: a picture with pixels is written to memory");
    bytes
}

fn format(bytes: &[u8]) -> Result<ImageFormat, PageError> {
    let unsupported = |format: &str| Err(PageError::Unsupported { format: format.to_owned() });
    // Other ISO media files: pictures of another codec, and films.
    if bytes.get(4..8) == Some(b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"hevc" | b"hevx" | b"msf1") => unsupported("heif"),
            Some(b"avif" | b"avis") => unsupported("avif"),
            _ => unsupported("unknown"),
        };
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Ok(format),
        Ok(other) => unsupported(other.extensions_str().first().unwrap_or(&"unknown")),
        Err(_) => unsupported("unknown"),
    }
}

/// Whether a JPEG file ends before its picture does. The decoder fills up what is missing with grey, and an essay without
/// its second half would be marked.
///
/// # Source
/// ITU-T T.81, B.1: segments have a length up to the start of the scan; in its data, FF D9 is the end and nothing else.
fn is_cut_off(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4).and_then(|b| <&[u8; 4]>::try_from(b).ok()) {
        if marker == 0xDA {
            return !bytes[at..].windows(2).any(|pair| pair == [0xFF, 0xD9]);
        }
        // Fill bytes may stand in front of a marker.
        at += if marker == 0xFF { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
    }
    true
}

/// What is transparent shows white paper.
fn on_white(picture: DynamicImage) -> Picture {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rgb = if picture.color().has_alpha() {
        let rgba = picture.into_rgba8();
        rgba.as_raw()
            .chunks_exact(4)
            .flat_map(|p| {
                let alpha = u32::from(p[3]);
                [p[0], p[1], p[2]].map(|v| ((u32::from(v) * alpha + 255 * (255 - alpha)) / 255) as u8)
            })
            .collect()
    } else {
        picture.into_rgb8().into_raw()
    };
    Picture::from_rgb(width, height, rgb).expect("invariant: 3 bytes a pixel")
}

/// The picture with its longest side at most `side`.
pub(crate) fn shrink(picture: Picture, side: usize) -> Picture {
    let longest = picture.width().max(picture.height());
    if longest <= side {
        return picture;
    }
    let fit = |length: usize| (length * side).div_ceil(longest);
    picture.resized(fit(picture.width()), fit(picture.height()))
}
