//! Pictures, scans and transcripts, with a reader that knows what it will see.

use homeroom_core::{Picture, TranscriptStatus};
use homeroom_ingest::transcript::{Draft, DraftWord};
use homeroom_ingest::{Limits, Note, ReadError, ReadPictures, Text, draft, read_with};

use crate::child;
use crate::pdf::{Page, pdf};

/// Sees one sentence in every picture file, and on a page how grey it is.
struct Reader;

fn seen(text: &str) -> Draft {
    let word = |w: &str| DraftWord { text: w.to_owned(), confidence: 0.5, doubtful: w == "brwn" };
    Draft {
        paragraphs: vec![text.split(' ').map(word).collect()],
        crossed_out: vec!["red".to_owned()],
        ..Draft::default()
    }
}

impl ReadPictures for Reader {
    fn file(&self, bytes: &[u8]) -> Result<Draft, ReadError> {
        if bytes.len() < 8 { Err(ReadError::NoTextInPicture) } else { Ok(seen("The brwn dog.")) }
    }

    fn page(&self, page: &Picture) -> Result<Draft, ReadError> {
        // The longest side is 300 dots an inch of A4 at most, and 2,600 pixels.
        assert_eq!((page.width(), page.height()), (1837, 2600));
        match page.pixel(900, 1300)[0] {
            255 => Err(ReadError::NoTextInPicture),
            grey => Ok(seen(&format!("Page {grey}."))),
        }
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<Text, ReadError> {
    read_with(name, bytes, &Limits::default(), &child(), Some(&Reader))
}

#[test]
fn a_photo_is_read_by_the_reader() {
    let text = read("a.jpg", b"\xFF\xD8\xFF\xE0 and so on").unwrap();
    assert_eq!((text.text.as_str(), text.format), ("The brwn dog.", "picture"));
    assert_eq!(text.transcript, Some(TranscriptStatus::Unconfirmed));
    assert_eq!(text.notes, [Note::Doubtful { count: 1 }, Note::LeftOut { crossed_out: 1, aside: 0 }]);
    assert_eq!(read("a.jpg", b"\xFF\xD8\xFF").unwrap_err(), ReadError::NoTextInPicture);
}

#[test]
fn the_pages_of_a_scan_are_read_one_by_one() {
    let bytes = pdf(&[Page::Picture, Page::Nothing, Page::Picture]);
    let result = read("a.pdf", &bytes);
    if result == Err(ReadError::NoPdfium) {
        println!("skipped: libpdfium is not there (scripts/fetch-pdfium.sh)");
        return;
    }
    let text = result.unwrap();
    assert_eq!((text.text.as_str(), text.format), ("Page 126.\nPage 126.", "pdf"));
    assert_eq!(text.transcript, Some(TranscriptStatus::Unconfirmed));
    let made = draft("a.pdf", &bytes, &Limits::default(), &child(), &Reader).unwrap();
    assert_eq!(made.text(), text.text);
}

#[test]
fn a_transcript_is_its_text() {
    let file = "---\ntranscript of: a.jpg\nstatus: confirmed\npicture: 00\n---\n\nMy dog.\n\nIt is [big?].\n";
    let text = read("a.transcript.md", file.as_bytes()).unwrap();
    assert_eq!((text.text.as_str(), text.format), ("My dog.\nIt is big.", "picture"));
    assert_eq!(text.transcript, Some(TranscriptStatus::Confirmed));
    assert_eq!(text.notes, [Note::Doubtful { count: 1 }]);
}

#[test]
fn a_text_needs_no_transcript() {
    let made = draft("a.txt", b"My dog is big.", &Limits::default(), &child(), &Reader);
    assert_eq!(made.unwrap_err(), ReadError::HasText);
}
