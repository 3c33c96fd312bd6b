//! Languages, peoples, countries, weekdays and months without their capital: *english*, *china*, *monday*.
//!
//! Only words that are nothing else in lower case are listed (*may*, *march*, *polish*, *turkey* are not).

use homeroom_core::{Analysis, Checker, Finding, Severity};

use super::Draft;
use crate::compose::capitalise;

const ALWAYS: [&str; 64] = [
    "english",
    "chinese",
    "japanese",
    "american",
    "american's",
    "americans",
    "french",
    "german",
    "germans",
    "british",
    "russian",
    "korean",
    "italian",
    "spanish",
    "indian",
    "indians",
    "canadian",
    "australian",
    "european",
    "europeans",
    "african",
    "asian",
    "america",
    "england",
    "japan",
    "canada",
    "australia",
    "india",
    "russia",
    "france",
    "germany",
    "britain",
    "korea",
    "italy",
    "spain",
    "europe",
    "asia",
    "africa",
    "beijing",
    "shanghai",
    "london",
    "paris",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mondays",
    "saturdays",
    "sundays",
    "january",
    "february",
    "april",
    "june",
    "july",
    "september",
    "october",
    "november",
    "december",
    "christmas",
    "easter",
    "halloween",
];

/// Words in front of *china* that make it the country; fine china is a ware.
const BEFORE_CHINA: [&str; 10] = ["in", "to", "from", "of", "modern", "ancient", "for", "across", "leave", "visit"];

pub(super) struct ProperAdjectives;

impl Checker for ProperAdjectives {
    fn id(&self) -> &'static str {
        "proper_adjectives"
    }

    fn fault(&self) -> &'static str {
        "Languages, peoples, countries, weekdays and months without their capital: *english*, *china*, *monday*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for (i, token) in analysis.tokens.iter().enumerate() {
            findings.extend(lower_case(analysis, i, token));
        }
    }
}

fn lower_case(analysis: &Analysis, i: usize, token: &homeroom_core::Token) -> Option<Finding> {
    let form = analysis.form(i);
    if form != token.lower {
        return None;
    }
    let before = i.checked_sub(1).map_or("", |k| analysis.tokens[k].lower.as_str());
    let country = token.lower == "china" && BEFORE_CHINA.contains(&before);
    if !country && !ALWAYS.contains(&token.lower.as_str()) {
        return None;
    }
    // Part of an address, a tag or a file name.
    let text = analysis.text();
    let touches =
        |c: Option<char>| c.is_some_and(|c| matches!(c, '@' | '/' | '#' | '_' | '\\' | '=') || c.is_ascii_digit());
    let next = text[token.span.end..].chars().next();
    let dotted =
        text[token.span.end..].starts_with('.') && text[token.span.end + 1..].starts_with(char::is_alphanumeric);
    let behind = text[..token.span.start].chars().next_back();
    if touches(next) || touches(behind) || behind == Some('.') || dotted {
        return None;
    }
    let right = capitalise(form);
    Some(
        Draft::new("proper_adjectives", token.span, "R:ORTH", "cap")
            .because(
                format!("“{right}” is a proper name or comes from one, so it has a capital letter."),
                format!("“{right}”是专有名词或由其派生，首字母要大写。"),
            )
            .suggest([right])
            .severity(Severity::Minor)
            .confidence(0.97)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::ProperAdjectives;

    #[test]
    fn hits() {
        check(&ProperAdjectives, "I like english very much.", Some("I like English very much."));
        check(&ProperAdjectives, "We met on monday in china.", Some("We met on Monday in China."));
        check(&ProperAdjectives, "It is cold in january.", Some("It is cold in January."));
    }

    #[test]
    fn near_misses() {
        check(&ProperAdjectives, "She may march in May.", None);
        check(&ProperAdjectives, "My mother collects fine china.", None);
        check(&ProperAdjectives, "See www.english.com or #english for more.", None);
        check(&ProperAdjectives, "I speak English and Chinese.", None);
    }
}
