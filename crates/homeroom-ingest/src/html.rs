use scraper::{Html, Node};

/// Elements whose content nobody sees.
const HIDDEN: [&str; 10] =
    ["head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 34] = [
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "ol", "p", "pre", "section", "td", "th", "ul",
];

/// The visible text of an HTML page, one line per block, and its `title`, or else its first `h1`.
#[must_use]
pub fn text(html: &str) -> (String, Option<String>) {
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
                    return (lines.done.join("\n"), title.filter(|t| !t.is_empty()).or(heading));
                }
            }
        }
    }
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
