//! Photos and scans of pages to text: straightened, lines in reading order, spaces restored, doubts marked.

mod boxes;
mod decode;
mod error;
mod geometry;
mod grey;
mod heif;
mod layout;
mod light;
mod page;
mod paragraphs;
#[cfg(any(test, feature = "render"))]
pub mod render;
mod sheet;
mod strike;
mod words;

pub use boxes::text_boxes;
pub use decode::{MAX_PIXELS, decode, encode_jpeg, encode_png};
pub use error::PageError;
pub use geometry::*;
pub use light::even_light;
pub use page::{Page, read_page};
pub use sheet::{find_sheet, straighten};
pub use words::{Letter, Word, words};
