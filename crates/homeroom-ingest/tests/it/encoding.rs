use encoding_rs::{BIG5, Encoding, GB18030, WINDOWS_1252};
use homeroom_ingest::{Note, ReadError, decode};

use crate::read;

const ENGLISH: &str = "My father doesn’t like “fast food”, and at the café he always asks for tea – with milk.";
const MIXED: &str =
    "In my hometown there is a famous dish called 豆腐脑, and we eat it at the Spring Festival (春节).\nI like it.";
const CHINESE: &str = "今天天气很好，我和妹妹去公园放风筝。“真高兴！”妹妹说。";

#[track_caller]
fn check(bytes: &[u8], encoding: &str, text: &str) {
    let decoded = decode(bytes, None).unwrap();
    assert_eq!((decoded.encoding.as_str(), decoded.text.as_str()), (encoding, text));
}

fn legacy(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, flawed) = encoding.encode(text);
    assert!(!flawed);
    bytes.into_owned()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn encodings() {
    for text in [ENGLISH, MIXED, CHINESE, "plain"] {
        check(text.as_bytes(), "UTF-8", text);
        check(&[b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8", text);
        check(&[b"\xFF\xFE", utf16(text, u16::to_le_bytes).as_slice()].concat(), "UTF-16LE", text);
        check(&[b"\xFE\xFF", utf16(text, u16::to_be_bytes).as_slice()].concat(), "UTF-16BE", text);
    }
    for text in [ENGLISH, MIXED] {
        check(&utf16(text, u16::to_le_bytes), "UTF-16LE", text);
        check(&utf16(text, u16::to_be_bytes), "UTF-16BE", text);
    }
    check(&legacy(WINDOWS_1252, ENGLISH), "Windows-1252", ENGLISH);
    check(&legacy(GB18030, MIXED), "GBK", MIXED);
    check(&legacy(GB18030, CHINESE), "GBK", CHINESE);
    check(&legacy(GB18030, "他说：𠮷野家和㐀很好吃，我们都喜欢。"), "GB18030", "他说：𠮷野家和㐀很好吃，我们都喜欢。");
    let traditional = "今天天氣很好，我和妹妹去公園放風箏。媽媽說晚上要早點回家，因為明天還要上學。";
    check(&legacy(BIG5, traditional), "Big5", traditional);
}

#[test]
fn line_ends_and_flaws() {
    check(b"a\r\nb\rc\x1A", "UTF-8", "a\nb\nc");
    // A multi-byte character cut in two by a bad copy.
    let mut cut = CHINESE.as_bytes().to_vec();
    cut.pop();
    let text = read("a.txt", &cut).unwrap();
    assert_eq!(text.encoding.as_deref(), Some("UTF-8"));
    assert_eq!(text.notes, [Note::Replaced { count: 1 }]);
}

#[test]
fn no_text() {
    let noise: Vec<u8> = (0..2000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [noise.as_slice(), b"ab\0cd\0\0\0\x01", b"\x01\x02\x03\x04\x05 hello"] {
        assert_eq!(decode(bytes, None).unwrap_err(), ReadError::NotText);
        assert_eq!(read("a.txt", bytes).unwrap_err(), ReadError::NotText);
    }
}
