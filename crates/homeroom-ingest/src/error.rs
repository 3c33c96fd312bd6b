use std::io;

use homeroom_core::Bilingual;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a file gives no text.
///
/// `Display` is for logs; a person gets [`ReadError::explain`].
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ReadError {
    /// There is no character in it but white space.
    #[error("empty")]
    Empty,
    /// The system would not let it be read.
    #[error("unreadable: {kind}")]
    Unreadable {
        /// The system's reason, for example `NotFound`.
        kind: String,
    },
    /// A kind of file that is not read.
    #[error("unsupported: {kind}")]
    Unsupported {
        /// The extension or the name of the format.
        kind: String,
    },
    /// A Word file in the format from before 2007.
    #[error("old Word file")]
    OldWord,
    /// A rich text file.
    #[error("rich text file")]
    RichText,
    /// A picture of a text.
    #[error("photo: {format}")]
    Photo {
        /// Format (`jpeg`, `png`, ...).
        format: String,
    },
    /// A picture or a scan, and the model that reads them is not there.
    #[error("no model that reads pictures")]
    NoReader,
    /// The model that reads pictures is damaged or broke down.
    #[error("the model that reads pictures failed")]
    ReaderFailed,
    /// A large model that was to read a picture gave no copy of it.
    #[error("{model} gave no transcript: {why}")]
    ModelFailed {
        /// Name in the configuration.
        model: String,
        /// What went wrong.
        why: String,
    },
    /// A file with text of its own, where a picture was wanted.
    #[error("has text")]
    HasText,
    /// A picture with more pixels than any camera makes.
    #[error("{width} × {height} pixels")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A picture of something else than writing.
    #[error("no text in the picture")]
    NoTextInPicture,
    /// Writing that can't be read.
    #[error("illegible")]
    Illegible,
    /// An archive inside of an archive.
    #[error("archive in an archive")]
    NestedArchive,
    /// An archive of another kind than zip.
    #[error("archive: {kind}")]
    OtherArchive {
        /// Its extension.
        kind: String,
    },
    /// Pages that are pictures.
    #[error("scanned without text: {pages} pages")]
    ScannedWithoutText {
        /// Number of pages, 0 where the format has none.
        pages: usize,
    },
    /// More pages than an essay has.
    #[error("{pages} pages, limit {limit}")]
    TooManyPages {
        /// Number of pages.
        pages: usize,
        /// [`crate::Limits::pdf_pages`].
        limit: usize,
    },
    /// More bytes than an essay has.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: u64,
    },
    /// More entries than an archive may have.
    #[error("{entries} entries, limit {limit}")]
    TooManyEntries {
        /// Number of entries.
        entries: usize,
        /// [`crate::Limits::archive_entries`].
        limit: usize,
    },
    /// Packed so tightly that it can only be meant to exhaust the machine.
    #[error("zip bomb")]
    ZipBomb,
    /// Locked with a password.
    #[error("encrypted {format}")]
    Encrypted {
        /// Format (`pdf`, `docx`, ...).
        format: String,
    },
    /// Damaged, or not what its name says.
    #[error("broken {format}")]
    Broken {
        /// Format (`pdf`, `docx`, ...).
        format: String,
    },
    /// A text file by its name, but not by what is in it.
    #[error("not text")]
    NotText,
    /// Reading took too long.
    #[error("not read in {seconds} s")]
    TimedOut {
        /// [`crate::Limits::pdf_time`], in seconds.
        seconds: u64,
    },
    /// The library that reads PDF files is not there.
    #[error("no libpdfium")]
    NoPdfium,
    /// A roster without a column for the pupil's id or name.
    #[error("roster: no column id or name")]
    RosterColumns,
    /// A row of a roster that is no CSV.
    #[error("roster: line {line}")]
    RosterRow {
        /// Line number, from 1.
        line: u64,
    },
}

impl ReadError {
    pub(crate) fn io(error: &io::Error) -> Self {
        Self::Unreadable { kind: format!("{:?}", error.kind()) }
    }

    pub(crate) fn broken(format: &str) -> Self {
        Self::Broken { format: format.to_owned() }
    }

    /// A stable name for the reason, in snake case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Unreadable { .. } => "unreadable",
            Self::Unsupported { .. } => "unsupported",
            Self::OldWord => "old_word",
            Self::RichText => "rich_text",
            Self::Photo { .. } => "photo",
            Self::NoReader => "no_reader",
            Self::ReaderFailed => "reader_failed",
            Self::ModelFailed { .. } => "model_failed",
            Self::HasText => "has_text",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::NoTextInPicture => "no_text_in_picture",
            Self::Illegible => "illegible",
            Self::NestedArchive => "nested_archive",
            Self::OtherArchive { .. } => "other_archive",
            Self::ScannedWithoutText { .. } => "scanned_without_text",
            Self::TooManyPages { .. } => "too_many_pages",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyEntries { .. } => "too_many_entries",
            Self::ZipBomb => "zip_bomb",
            Self::Encrypted { .. } => "encrypted",
            Self::Broken { .. } => "broken",
            Self::NotText => "not_text",
            Self::TimedOut { .. } => "timed_out",
            Self::NoPdfium => "no_pdfium",
            Self::RosterColumns => "roster_columns",
            Self::RosterRow { .. } => "roster_row",
        }
    }

    /// What is wrong and what to do next, in one sentence.
    #[must_use]
    pub fn explain(&self) -> Bilingual {
        match self {
            Self::Empty => Bilingual::new(
                "The file has no text in it: ask the pupil to hand it in again.",
                "文件里没有文字，请让学生重新提交。",
            ),
            Self::Unreadable { kind } => Bilingual::new(
                format!("The computer could not open the file ({kind}): check that it is there and may be read."),
                format!("计算机无法打开该文件（{kind}），请检查文件是否存在、是否有读取权限。"),
            ),
            Self::Unsupported { kind } => Bilingual::new(
                format!("Files of this kind ({kind}) are not read: save it as .docx, .pdf or .txt."),
                format!("不支持这种文件（{kind}），请另存为 .docx、.pdf 或 .txt。"),
            ),
            Self::OldWord => Bilingual::new(
                "This is an old Word or WPS file: open it and save it as .docx.",
                "这是旧版 Word 或 WPS 文件，请打开后另存为 .docx。",
            ),
            Self::RichText => Bilingual::new(
                "This is a rich text file: open it in Word or WPS and save it as .docx.",
                "这是 RTF 文件，请用 Word 或 WPS 打开后另存为 .docx。",
            ),
            Self::Photo { format } if matches!(format.as_str(), "heic" | "jpeg" | "png" | "webp") => Bilingual::new(
                "This is a picture, and a text is wanted here: `homeroom read` makes a text of it.",
                "这是图片，此处需要文字，可先用 `homeroom read` 转成文字。",
            ),
            Self::Photo { format } => Bilingual::new(
                format!("This is a picture ({format}) of a kind that is not read: save it as JPEG or PNG."),
                format!("不支持这种图片（{format}），请另存为 JPEG 或 PNG。"),
            ),
            Self::NoReader => Bilingual::new(
                "This is a picture of a page; the model that reads them is not here: run `homeroom pull pp-ocr` once, then \
                 mark again.",
                "这是页面图片，识别模型尚未下载，请运行一次 `homeroom pull pp-ocr`，然后重新批改。",
            ),
            Self::ReaderFailed => Bilingual::new(
                "The model that reads pictures broke down: run `homeroom pull pp-ocr --again`, then mark again.",
                "图片识别模型出错，请运行 `homeroom pull pp-ocr --again`，然后重新批改。",
            ),
            Self::ModelFailed { model, why } => Bilingual::new(
                format!("{model} gave no transcript of this picture ({why}): try again, or without --model."),
                format!("{model} 没有给出这张图片的文字（{why}），请重试，或不用 --model。"),
            ),
            Self::HasText => Bilingual::new(
                "This is no picture but a file with text: `homeroom mark` reads it as it is.",
                "这不是图片，而是带文字的文件，`homeroom mark` 可直接读取。",
            ),
            Self::TooManyPixels { width, height } => Bilingual::new(
                format!("The picture claims {width} × {height} pixels, more than any camera makes; it was left alone."),
                format!("图片声称有 {width} × {height} 像素，远超任何相机，已跳过。"),
            ),
            Self::NoTextInPicture => Bilingual::new(
                "The picture shows no writing: ask the pupil for a picture of the page.",
                "图片里没有文字，请让学生重新拍摄作文页面。",
            ),
            Self::Illegible => Bilingual::new(
                "The writing in the picture can't be read: take it again in good light, straight from above, or type the \
                 text.",
                "图片中的字迹无法辨认，请在光线充足处正对页面重拍，或录入文字。",
            ),
            Self::NestedArchive => Bilingual::new(
                "This is an archive inside of another archive: unpack it and add its files.",
                "这是压缩包里的压缩包，请先解压，再添加其中的文件。",
            ),
            Self::OtherArchive { kind } => Bilingual::new(
                format!("Archives of this kind ({kind}) are not read: unpack it, or pack the files as .zip."),
                format!("不支持这种压缩包（{kind}），请先解压，或改用 .zip 打包。"),
            ),
            Self::ScannedWithoutText { .. } => Bilingual::new(
                "The pages are pictures without text (a scan): run `homeroom pull pp-ocr` once, then mark again, or ask for \
                 the file that it was made from.",
                "页面是扫描图片，没有文字，请运行一次 `homeroom pull pp-ocr` 后重新批改，或索取原始文档。",
            ),
            Self::TooManyPages { pages, limit } => Bilingual::new(
                format!("The file has {pages} pages, more than the {limit} that are read: cut it down to the essay."),
                format!("文件有 {pages} 页，超过上限 {limit} 页，请只保留作文部分。"),
            ),
            Self::TooLarge { limit } => {
                let size =
                    if *limit >= 1 << 20 { format!("{} MB", limit >> 20) } else { format!("{} kB", limit >> 10) };
                Bilingual::new(
                    format!("The file holds more than {size}, far more than an essay: hand in the essay alone."),
                    format!("文件超过 {size}，远大于一篇作文，请只提交作文本身。"),
                )
            }
            Self::TooManyEntries { entries, limit } => Bilingual::new(
                format!("The archive has {entries} files, more than the {limit} that are read: split it."),
                format!("压缩包里有 {entries} 个文件，超过上限 {limit} 个，请分成几个压缩包。"),
            ),
            Self::ZipBomb => Bilingual::new(
                "The file would unpack to a size that no essay has (a zip bomb); it was left alone: ask where it came from.",
                "该文件解压后会异常巨大（压缩炸弹），已跳过，请查明来源。",
            ),
            Self::Encrypted { format } => Bilingual::new(
                format!("The file ({format}) is locked with a password: save it without one."),
                format!("文件（{format}）有密码保护，请去掉密码后重新提交。"),
            ),
            Self::Broken { format } => Bilingual::new(
                format!("The file is damaged or no {format} file: open it, save it again, and hand in the new file."),
                format!("文件已损坏或不是 {format} 文件，请打开后重新保存并提交。"),
            ),
            Self::NotText => Bilingual::new(
                "The file is called a text but holds other data: ask the pupil for the right file.",
                "文件名是文本，内容却不是文字，请让学生提交正确的文件。",
            ),
            Self::TimedOut { seconds } => Bilingual::new(
                format!("The file was not read within {seconds} seconds: save it as .docx or .txt."),
                format!("文件在 {seconds} 秒内未能读完，请另存为 .docx 或 .txt。"),
            ),
            Self::NoPdfium => Bilingual::new(
                "The library that reads PDF files is missing: run scripts/fetch-pdfium.sh once, then mark again.",
                "缺少读取 PDF 的程序库，请运行一次 scripts/fetch-pdfium.sh，然后重新批改。",
            ),
            Self::RosterColumns => Bilingual::new(
                "The roster has no column \"id\" or \"name\" in its first line: add the line \"id,name,class,file\".",
                "名单第一行没有“学号”或“姓名”列，请加上“学号，姓名，班级，文件”。",
            ),
            Self::RosterRow { line } => Bilingual::new(
                format!("Line {line} of the roster can't be read: save the roster as CSV again."),
                format!("名单第 {line} 行无法读取，请重新另存为 CSV。"),
            ),
        }
    }
}
