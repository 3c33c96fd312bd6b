//! Photos and scans of pages to text: straightened, lines in reading order, spaces restored, doubts marked.
