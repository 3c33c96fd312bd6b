//! Picture files: turned, huge, cut off, of other formats.

use homeroom_core::Picture;
use homeroom_page::{PageError, decode, encode_png};
use image::codecs::jpeg::JpegEncoder;

fn jpeg(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode(picture.rgb(), picture.width() as u32, picture.height() as u32, image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// A JPEG file with this EXIF orientation (TIFF 6.0, tag 274).
fn oriented(picture: &Picture, orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = jpeg(picture);
    let mut segment = vec![0xFF, 0xE1];
    segment.extend(((exif.len() + 2) as u16).to_be_bytes());
    segment.extend(exif);
    bytes.splice(2..2, segment);
    bytes
}

/// White, with one dark quarter at the top left.
fn marked(width: usize, height: usize) -> Picture {
    let mut picture = Picture::filled(width, height, [250; 3]);
    for y in 0..height / 2 {
        (0..width / 2).for_each(|x| picture.set_pixel(x, y, [20; 3]));
    }
    picture
}

/// `corner`: right and bottom.
#[track_caller]
fn check_orientation(orientation: u8, size: (usize, usize), corner: (bool, bool)) {
    let upright = decode(&oriented(&marked(96, 64), orientation)).unwrap();
    assert_eq!((upright.width(), upright.height()), size);
    for right in [false, true] {
        for bottom in [false, true] {
            let at = |far: bool, side: usize| if far { side * 3 / 4 } else { side / 4 };
            let dark = upright.pixel(at(right, size.0), at(bottom, size.1))[0] < 128;
            assert_eq!(dark, (right, bottom) == corner, "orientation {orientation}");
        }
    }
}

#[test]
fn exif_orientations() {
    check_orientation(1, (96, 64), (false, false));
    check_orientation(2, (96, 64), (true, false));
    check_orientation(3, (96, 64), (true, true));
    check_orientation(4, (96, 64), (false, true));
    check_orientation(5, (64, 96), (false, false));
    check_orientation(6, (64, 96), (true, false));
    check_orientation(7, (64, 96), (true, true));
    check_orientation(8, (64, 96), (false, true));
    // No such orientation: as it lies.
    check_orientation(77, (96, 64), (false, false));
}

#[test]
fn fifty_megapixels_are_shrunk() {
    let picture = decode(&jpeg(&marked(8192, 6144))).unwrap();
    assert_eq!((picture.width(), picture.height()), (2600, 1950));
    assert!(picture.pixel(100, 100)[0] < 60 && picture.pixel(2500, 100)[0] > 200);
}

/// A PNG file that claims a size and holds next to nothing.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encode_png(&Picture::filled(4, 4, [0; 3]));
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The check sum of PNG chunks (ISO 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let error = decode(&bomb(60_000, 60_000)).unwrap_err();
    assert!(matches!(error, PageError::TooManyPixels { width: 60_000, height: 60_000, .. }), "{error:?}");
    // Within the limit, but without the pixels.
    assert!(matches!(decode(&bomb(2_000, 2_000)).unwrap_err(), PageError::Broken { .. }));
}

#[test]
fn damaged_and_other_files() {
    let whole = jpeg(&marked(640, 480));
    for share in [3, 20, 60] {
        let cut = &whole[..whole.len() * share / 100];
        let error = decode(cut).unwrap_err();
        assert!(matches!(&error, PageError::Broken { format, .. } if format == "jpeg"), "{share} %: {error:?}");
    }
    for (bytes, expected) in [
        (b"\0\0\0\x18ftyphevc\0\0\0\0".as_slice(), "heif"),
        (b"\0\0\0\x18ftypavif\0\0\0\0".as_slice(), "avif"),
        (b"GIF89a\x01\0\x01\0".as_slice(), "gif"),
        (b"no picture at all".as_slice(), "unknown"),
        (b"".as_slice(), "unknown"),
    ] {
        let error = decode(bytes).unwrap_err();
        assert!(matches!(&error, PageError::Unsupported { format } if format == expected), "{error:?}");
    }
    let tiny = encode_png(&Picture::filled(5, 400, [255; 3]));
    assert!(matches!(decode(&tiny).unwrap_err(), PageError::TooSmall { .. }));
}

/// A page of print as a phone writes it: in tiles of 512 pixels, stored on its side. Made by us, with libheif and x265.
const TURNED: &[u8] = include_bytes!("../fixtures/turned.heic");

#[test]
fn photos_of_phones_are_decoded_upright() {
    let picture = decode(TURNED).unwrap();
    assert_eq!((picture.width(), picture.height()), (1400, 1000));
    let ink = |x: std::ops::Range<usize>, y: std::ops::Range<usize>| {
        y.flat_map(|y| x.clone().map(move |x| (x, y))).filter(|&(x, y)| picture.pixel(x, y)[1] < 90).count()
    };
    // Five lines from the left; nothing below them.
    assert!(ink(150..700, 120..560) > 4000 && ink(150..700, 620..1000) == 0);
    assert!(picture.pixel(20, 20).iter().all(|v| *v > 225), "{:?}", picture.pixel(20, 20));
}

#[test]
fn damaged_photos_of_phones() {
    for share in [0, 1, 5, 20, 60, 95] {
        let error = decode(&TURNED[..12 + (TURNED.len() - 12) * share / 100]).unwrap_err();
        assert!(matches!(&error, PageError::Broken { format, .. } if format == "heic"), "{share} %: {error:?}");
    }
    // The size of the whole, 1000 by 1400 as it is stored: stands in the properties and in the grid.
    let mut bomb = TURNED.to_vec();
    let size = [1000_u32.to_be_bytes(), 1400_u32.to_be_bytes()].concat();
    let at = bomb.windows(8).position(|w| w == size).expect("a size");
    bomb[at..at + 8].copy_from_slice(&[60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes()].concat());
    assert!(matches!(decode(&bomb).unwrap_err(), PageError::TooManyPixels { width: 60_000, .. }));
    // Many bytes of the head in turn: an error or a picture.
    for at in (8..700.min(TURNED.len())).step_by(3) {
        let mut odd = TURNED.to_vec();
        odd[at] ^= 0x55;
        let _ = decode(&odd);
    }
}

#[test]
fn transparent_paper_is_white() {
    let rgba = image::RgbaImage::from_fn(40, 40, |x, _| image::Rgba([0, 0, 0, if x < 20 { 255 } else { 0 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    rgba.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let picture = decode(&bytes.into_inner()).unwrap();
    assert_eq!((picture.pixel(5, 5), picture.pixel(35, 5)), ([0; 3], [255; 3]));
}
