use std::collections::HashMap;

use scraper::{Html, Node};

use crate::ReadError;

/// Most elements times greatest depth of a page. The HTML algorithm repeats open formatting elements in every paragraph
/// and walks up the open elements at every tag, so that this bounds its memory and time. A page saved by Word has 20,000
/// elements at a depth of 15.
const MAX_WORK: usize = 2_000_000;
/// Elements without an end tag, or whose end tag may be left out: they do not nest in themselves.
const UNNESTED: [&str; 24] = [
    "area", "base", "body", "br", "col", "dd", "dt", "embed", "head", "hr", "html", "img", "input", "li", "link",
    "meta", "option", "p", "source", "td", "th", "tr", "track", "wbr",
];

/// Elements whose content nobody sees.
const HIDDEN: [&str; 10] =
    ["head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "td",
    "th",
    "ul",
];

/// The visible text of an HTML page, one line per block, and its `title`, or else its first `h1`.
///
/// # Errors
/// [`ReadError::Broken`] if elements nest so deeply that it can only be meant to exhaust the machine.
pub fn text(html: &str) -> Result<(String, Option<String>), ReadError> {
    if work(html) > MAX_WORK {
        return Err(ReadError::broken("html"));
    }
    let page = Html::parse_document(html);
    let mut lines = Lines::default();
    let mut title = None;
    let mut heading: Option<String> = None;
    let root = page.tree.root();
    let mut at = root;
    // Without recursion: a page can nest deeper than the stack.
    loop {
        let mut enter = true;
        match at.value() {
            Node::Element(element) => {
                let name = element.name();
                if name == "title" && title.is_none() {
                    let words: String =
                        at.children().filter_map(|child| child.value().as_text().map(|t| t.to_string())).collect();
                    title = Some(words.split_whitespace().collect::<Vec<_>>().join(" "));
                }
                let hidden = HIDDEN.contains(&name) && name != "head" || element.attr("hidden").is_some();
                if hidden || name == "title" {
                    enter = false;
                } else if name == "br" {
                    lines.feed();
                } else if BLOCKS.contains(&name) {
                    lines.end();
                }
                if name == "pre" {
                    lines.preformatted += 1;
                }
                if hidden && name == "pre" {
                    lines.preformatted -= 1;
                }
            }
            Node::Text(words) => lines.push(words),
            _ => {}
        }
        if enter && let Some(child) = at.first_child() {
            at = child;
            continue;
        }
        // Up to the next sibling, leaving elements on the way.
        loop {
            if let Node::Element(element) = at.value()
                && element.attr("hidden").is_none()
            {
                let name = element.name();
                if BLOCKS.contains(&name) {
                    let line = lines.line.trim().to_owned();
                    if name == "h1" && heading.is_none() && !line.is_empty() {
                        heading = Some(line);
                    }
                    lines.end();
                }
                if name == "pre" {
                    lines.preformatted = lines.preformatted.saturating_sub(1);
                }
            }
            if let Some(sibling) = at.next_sibling() {
                at = sibling;
                break;
            }
            match at.parent() {
                Some(parent) if parent != root => at = parent,
                _ => {
                    lines.end();
                    return Ok((lines.done.join("\n"), title.filter(|t| !t.is_empty()).or(heading)));
                }
            }
        }
    }
}

/// An upper bound of what building the tree costs: start tags times the greatest depth.
fn work(html: &str) -> usize {
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut deepest, mut tags) = (0usize, 1usize, 0usize);
    for rest in html.split('<').skip(1) {
        let (closes, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let name: String =
            rest.chars().take_while(char::is_ascii_alphanumeric).take(16).map(|c| c.to_ascii_lowercase()).collect();
        if name.is_empty() {
            continue;
        }
        tags += usize::from(!closes);
        if UNNESTED.contains(&name.as_str()) {
            continue;
        }
        let count = open.entry(name).or_default();
        if !closes {
            *count += 1;
            depth += 1;
            deepest = deepest.max(depth);
        } else if *count > 0 {
            *count -= 1;
            depth -= 1;
        }
    }
    tags.saturating_mul(deepest)
}

#[derive(Default)]
struct Lines {
    done: Vec<String>,
    line: String,
    preformatted: usize,
}

impl Lines {
    fn push(&mut self, words: &str) {
        for c in words.chars() {
            if self.preformatted > 0 && c == '\n' {
                self.feed();
            } else if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}') {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else if c == '\u{A0}' {
                self.line.push(' ');
            } else if !c.is_control() {
                self.line.push(c);
            }
        }
    }

    /// Ends the line where there is one.
    fn end(&mut self) {
        let line = self.line.trim();
        if !line.is_empty() {
            self.done.push(line.to_owned());
        }
        self.line.clear();
    }

    /// Ends the line.
    fn feed(&mut self) {
        self.end();
    }
}
