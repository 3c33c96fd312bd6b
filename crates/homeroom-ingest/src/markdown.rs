use crate::reflow::ends_sentence;

/// The plain text of a Markdown file, one line per paragraph, and its title: the front matter's, or the first heading.
///
/// Headings, lists, quotes, emphasis, links and code lose their marks and keep their words. Where blank lines separate
/// paragraphs, lines inside of one are joined, as Markdown has it; otherwise every line is a paragraph, which is how
/// pupils write.
#[must_use]
pub fn text(markdown: &str) -> (String, Option<String>) {
    let (front, body) = front_matter(markdown);
    let mut title = front;
    let joins = body.trim().contains("\n\n") || body.trim().contains("\n \n");
    let mut out: Vec<String> = Vec::new();
    // Whether the last line of `out` is a paragraph that the next line may go on.
    let mut open = false;
    let mut fenced = false;
    for line in body.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            open = false;
            continue;
        }
        if fenced {
            out.push(line.to_owned());
            continue;
        }
        if trimmed.is_empty() {
            open = false;
            continue;
        }
        if is_underline(trimmed) {
            // A rule, or the line under a heading.
            if open && title.is_none() && trimmed.starts_with(['-', '=']) {
                title = out.last().cloned();
            }
            open = false;
            continue;
        }
        let (marked, rest) = unmark(trimmed);
        let words = inline(rest);
        if words.trim().is_empty() {
            continue;
        }
        if marked == Mark::Heading && title.is_none() {
            title = Some(words.trim().to_owned());
        }
        match out.last_mut() {
            Some(last) if open && joins && marked == Mark::None && !last.ends_with('\\') => {
                let hard = line_breaks(last);
                if hard {
                    last.truncate(last.trim_end().len());
                    out.push(words);
                } else {
                    last.push(' ');
                    last.push_str(&words);
                }
            }
            _ => out.push(words),
        }
        // Two spaces at the end keep the break; they are needed only until the next line is seen.
        if line.ends_with("  ")
            && let Some(last) = out.last_mut()
        {
            last.push_str("  ");
        }
        open = marked != Mark::Heading;
    }
    let lines: Vec<&str> = out.iter().map(|line| line.trim_end().trim_end_matches('\\')).collect();
    (lines.join("\n"), title.filter(|t| !t.is_empty()))
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Mark {
    None,
    Heading,
    Item,
}

fn line_breaks(line: &str) -> bool {
    line.ends_with("  ") && ends_sentence(line)
}

fn front_matter(markdown: &str) -> (Option<String>, &str) {
    let Some(rest) = markdown.strip_prefix("---\n") else { return (None, markdown) };
    let Some(end) = rest.find("\n---\n") else { return (None, markdown) };
    let title = rest[..end].lines().find_map(|line| line.strip_prefix("title:")).map(|value| {
        let value = value.trim();
        value.trim_matches(['"', '\'']).to_owned()
    });
    (title, &rest[end + "\n---\n".len()..])
}

fn is_underline(line: &str) -> bool {
    let mut marks = line.chars().filter(|c| !c.is_whitespace());
    let Some(first) = marks.next() else { return false };
    matches!(first, '-' | '=' | '*' | '_') && line.len() >= 3 && marks.all(|c| c == first)
}

/// A line without the marks at its start.
fn unmark(line: &str) -> (Mark, &str) {
    let mut line = line;
    while let Some(quoted) = line.strip_prefix('>') {
        line = quoted.trim_start();
    }
    let hashes = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && (line.len() == hashes || line[hashes..].starts_with([' ', '\t'])) {
        return (Mark::Heading, line[hashes..].trim().trim_end_matches('#').trim_end());
    }
    for bullet in ["- [ ] ", "- [x] ", "- ", "* ", "+ "] {
        if let Some(item) = line.strip_prefix(bullet) {
            return (Mark::Item, item.trim_start());
        }
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if (1..=3).contains(&digits)
        && let Some(item) = line[digits..].strip_prefix(". ").or_else(|| line[digits..].strip_prefix(") "))
    {
        return (Mark::Item, item.trim_start());
    }
    (Mark::None, line)
}

/// A line without the marks inside of it.
fn inline(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match c {
            '\\' if next.is_some_and(|n| n.is_ascii_punctuation()) => {
                out.extend(next);
                at += 2;
            }
            '*' if next == Some(' ') && at > 0 && chars[at - 1] == ' ' => {
                out.push('*');
                at += 1;
            }
            '*' | '`' => at += 1,
            '~' if next == Some('~') => at += 2,
            '_' => {
                // Inside of a word it is a letter: snake_case.
                let before = at.checked_sub(1).and_then(|i| chars.get(i)).is_some_and(|c| c.is_alphanumeric());
                let after = next.is_some_and(char::is_alphanumeric);
                if (before && after) || next == Some('_') && chars.get(at + 2) == Some(&'_') {
                    out.push('_');
                }
                at += 1;
            }
            '!' if next == Some('[') => match link(&chars, at + 1) {
                Some((_, end)) => at = end,
                None => {
                    out.push('!');
                    at += 1;
                }
            },
            '[' => match link(&chars, at) {
                Some((words, end)) => {
                    out.push_str(&inline(&words));
                    at = end;
                }
                None => {
                    out.push('[');
                    at += 1;
                }
            },
            '<' => match tag(&chars, at) {
                Some(end) => at = end,
                None => {
                    out.push('<');
                    at += 1;
                }
            },
            c => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

/// `[words](target)` at `at`: the words and where it ends. Words hold no bracket.
fn link(chars: &[char], at: usize) -> Option<(String, usize)> {
    let close = at + 1 + chars.get(at + 1..)?.iter().position(|&c| matches!(c, '[' | ']'))?;
    if chars.get(close) != Some(&']') || chars.get(close + 1) != Some(&'(') {
        return None;
    }
    let end = close + 2 + chars.get(close + 2..)?.iter().position(|&c| c == ')')?;
    Some((chars.get(at + 1..close)?.iter().collect(), end + 1))
}

/// An HTML tag or comment at `at`: where it ends.
fn tag(chars: &[char], at: usize) -> Option<usize> {
    let first = chars.get(at + 1)?;
    if !(first.is_ascii_alphabetic() || matches!(first, '/' | '!')) {
        return None;
    }
    let end = chars.get(at..)?.iter().position(|&c| c == '>')?;
    Some(at + end + 1)
}
