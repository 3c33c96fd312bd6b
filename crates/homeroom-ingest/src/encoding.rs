//! Which characters the bytes of a text file stand for.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::ReadError;

/// Share of characters of a text in UTF-16 without a byte order mark that must be ordinary ones (letters, Han, common
/// punctuation). Bytes paired the wrong way give nearly none.
const MIN_ORDINARY: f64 = 0.9;
/// Share of control characters, or of bytes without a meaning, from which on a file is no text.
const MAX_GARBAGE: f64 = 0.01;
/// Share of the runs of non-ASCII bytes that are one byte long, from which on a text is in a single-byte encoding: the
/// apostrophe in *don’t* stands alone, a Chinese character never does.
const MIN_ISOLATED: f64 = 0.9;
/// Valid multi-byte sequences per invalid byte, from which on a file is damaged UTF-8 rather than something else.
const UTF8_PER_FLAW: usize = 9;

/// Share of double bytes in rows 1 to 3 (punctuation) and 16 to 55 (the 3,755 commonest characters) of GB2312, from which
/// on a text is Chinese. Chinese prose has .97 and more; Big5, read this way, half of that.
const MIN_COMMON: f64 = 0.85;

/// A text and how it was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without byte order mark, with `\n` as line end.
    pub text: String,
    /// Name of the encoding as people know it (`UTF-8`, `UTF-16LE`, `GBK`, `GB18030`, `Windows-1252`, ...).
    pub encoding: String,
    /// Characters that could not be decoded and became U+FFFD.
    pub replaced: usize,
}

/// Decodes a text file.
///
/// In turn: byte order mark, UTF-16 by its shape, UTF-8, `declared` (what an HTML page says of itself), Windows-1252 by
/// its lone bytes, and what `chardetng` takes it for.
///
/// # Errors
/// [`ReadError::NotText`] if the bytes are no text in any of these.
pub fn decode(bytes: &[u8], declared: Option<&'static Encoding>) -> Result<Decoded, ReadError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return finish(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = utf16(bytes) {
        return finish(encoding, bytes);
    }
    if bytes.contains(&0) {
        return Err(ReadError::NotText);
    }
    if is_utf8(bytes) {
        return finish(UTF_8, bytes);
    }
    if let Some(encoding) = declared
        && !encoding.decode_without_bom_handling(bytes).1
    {
        return finish(encoding, bytes);
    }
    finish(legacy(bytes), bytes)
}

fn finish(encoding: &'static Encoding, bytes: &[u8]) -> Result<Decoded, ReadError> {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let mut text = text.into_owned();
    let n_chars = text.chars().count().max(1);
    let replaced = text.matches('\u{FFFD}').count();
    let control = text.chars().filter(|&c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{C}' | '\u{1A}'));
    // One flaw is a file that was cut off inside of a character, however short it is.
    let flaws = if replaced > 1 { replaced } else { 0 };
    if (flaws + control.count()) as f64 / n_chars as f64 > MAX_GARBAGE {
        return Err(ReadError::NotText);
    }
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    // An end-of-file mark of old editors, and form feeds between pages.
    if text.contains(['\u{1A}', '\u{C}', '\0']) {
        text = text.replace(['\u{1A}', '\0'], "").replace('\u{C}', "\n");
    }
    Ok(Decoded { text, encoding: name(encoding, bytes), replaced })
}

fn name(encoding: &'static Encoding, bytes: &[u8]) -> String {
    if encoding == GBK || encoding == GB18030 {
        // The decoders are the same; four-byte sequences tell the newer standard.
        let four = bytes.windows(4).any(|w| matches!(w, [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39]));
        return if four { "GB18030" } else { "GBK" }.to_owned();
    }
    if encoding == WINDOWS_1252 {
        return "Windows-1252".to_owned();
    }
    encoding.name().to_owned()
}

/// UTF-16 without a byte order mark: it has zero bytes, and one way of pairing gives ordinary characters.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.len() < 4 || !bytes.contains(&0) {
        return None;
    }
    let even = &bytes[..bytes.len() & !1];
    [UTF_16LE, UTF_16BE].into_iter().find(|encoding| {
        let (text, flawed) = encoding.decode_without_bom_handling(even);
        let ordinary = text.chars().filter(|&c| is_ordinary(c)).count();
        !flawed && ordinary as f64 >= MIN_ORDINARY * text.chars().count() as f64
    })
}

fn is_ordinary(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{A0}'..='\u{17F}' | '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{303F}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FF65}')
}

fn is_utf8(bytes: &[u8]) -> bool {
    let mut valid = 0;
    let mut flaws = 0;
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        flaws += usize::from(!chunk.invalid().is_empty());
    }
    flaws == 0 || (valid > 0 && valid >= flaws * UTF8_PER_FLAW)
}

/// The encoding of bytes that are neither UTF-8 nor UTF-16.
fn legacy(bytes: &[u8]) -> &'static Encoding {
    let runs: Vec<usize> = bytes.split(u8::is_ascii).map(<[u8]>::len).filter(|&len| len > 0).collect();
    let isolated = runs.iter().filter(|&&len| len == 1).count();
    if isolated as f64 >= MIN_ISOLATED * runs.len() as f64 {
        return WINDOWS_1252;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let is_clean = !GB18030.decode_without_bom_handling(bytes).1;
    if guess == GBK || (is_clean && is_common_chinese(bytes)) {
        return GB18030;
    }
    if [BIG5, SHIFT_JIS, EUC_JP, EUC_KR].contains(&guess) || !is_clean { guess } else { GB18030 }
}

/// Whether nearly all double bytes are what GB2312 has for common characters and punctuation.
///
/// A few Chinese words in an English text are too few to tell from Korean ones; Big5 has other second bytes.
fn is_common_chinese(bytes: &[u8]) -> bool {
    let (mut pairs, mut common) = (0usize, 0usize);
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        if lead.is_ascii() {
            at += 1;
            continue;
        }
        pairs += 1;
        let trail = bytes.get(at + 1).copied().unwrap_or(0);
        common += usize::from(matches!(lead, 0xA1..=0xA3 | 0xB0..=0xD7) && trail >= 0xA1);
        at += 2;
    }
    common as f64 >= MIN_COMMON * pairs as f64
}
