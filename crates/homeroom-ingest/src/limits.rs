use std::time::Duration;

/// How much a file may ask for.
///
/// The defaults leave an essay of any kind ten times the room that it needs and keep a file that was made to exhaust the
/// machine from doing so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes, in a folder or unpacked from an archive. A Word file with a few photographs has 20 MB.
    pub file_bytes: u64,
    /// Most bytes that an archive's entries may unpack to in sum.
    pub archive_bytes: u64,
    /// Most entries in an archive.
    pub archive_entries: usize,
    /// An entry may unpack to this many times its packed size; deflate on English text reaches about 4, a zip bomb 1000.
    pub ratio: u64,
    /// Longest text, in bytes of UTF-8: 50 pages of 500 English words are about 150,000.
    pub text_bytes: usize,
    /// Most pages of a PDF file.
    pub pdf_pages: usize,
    /// Longest time for one PDF file, wall clock.
    pub pdf_time: Duration,
    /// Address space of the process that reads one PDF file, in bytes.
    pub pdf_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 32 << 20,
            archive_bytes: 4 << 30,
            archive_entries: 20_000,
            ratio: 200,
            text_bytes: 256 << 10,
            pdf_pages: 50,
            pdf_time: Duration::from_secs(20),
            pdf_memory: 1 << 30,
        }
    }
}
