use thiserror::Error;

/// Why a Word file can't be read or annotated.
#[derive(Debug, Error)]
pub enum DocxError {
    /// The bytes are no zip archive, or a broken one.
    #[error("zip archive")]
    Zip(#[source] zip::result::ZipError),
    /// A part could not be unpacked.
    #[error("part {part}")]
    Part {
        /// Its name in the archive.
        part: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part that every Word file has is not there.
    #[error("no part {part}")]
    MissingPart {
        /// Its name in the archive.
        part: String,
    },
    /// A part unpacks to more than is sensible.
    #[error("part {part}: more than {limit} bytes")]
    TooLarge {
        /// Its name in the archive.
        part: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A part is packed so tightly that it can only be an attack.
    #[error("part {part}: unpacks to more than {ratio} times its size")]
    ZipBomb {
        /// Its name in the archive.
        part: String,
        /// The limit.
        ratio: u64,
    },
    /// A part is neither UTF-8 nor UTF-16.
    #[error("part {part}: encoding")]
    Encoding {
        /// Its name in the archive.
        part: String,
    },
    /// A part is no well-formed XML.
    #[error("part {part}: XML at byte {offset}")]
    Xml {
        /// Its name in the archive.
        part: String,
        /// Where, in bytes of the unpacked part.
        offset: u64,
        /// Why. Its text may quote the file, so it is not shown.
        #[source]
        source: Box<quick_xml::Error>,
    },
    /// A part is well-formed XML with something else in it than its place calls for.
    #[error("part {part}: structure")]
    Structure {
        /// Its name in the archive.
        part: String,
    },
    /// An annotation lies outside of the text, or cuts a character.
    #[error("span {start}..{end} of {len} bytes")]
    Span {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
        /// Length of the text in bytes.
        len: usize,
    },
}
