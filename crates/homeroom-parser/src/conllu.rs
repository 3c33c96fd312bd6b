//! Reading of CoNLL-U, the file format of Universal Dependencies treebanks.

use homeroom_core::Upos;

use crate::ParserError;

/// A word of a treebank with its gold annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As written.
    pub form: String,
    /// Universal part of speech.
    pub upos: Upos,
    /// Tag of the language's own set (Penn Treebank for English).
    pub xpos: String,
    /// Index of the head in the sentence, counted from 0; `None` for the root.
    pub head: Option<usize>,
    /// Relation to the head, with its subtype.
    pub deprel: String,
}

/// A sentence of a treebank. Every head is in range; that the heads form a tree is not checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sentence {
    /// Its syntactic words, in order.
    pub words: Vec<Word>,
}

impl Sentence {
    /// The forms of the words, as [`crate::Parser::parse`] takes them.
    #[must_use]
    pub fn forms(&self) -> Vec<&str> {
        self.words.iter().map(|w| w.form.as_str()).collect()
    }
}

/// Columns of a CoNLL-U line.
const COLUMNS: usize = 10;

/// The sentences of a CoNLL-U text. Multiword-token ranges (`3-4`), empty nodes (`5.1`) and comments are skipped.
///
/// # Errors
/// A malformed line gives the [`ParserError`] that says what is wrong with it and in which line, counted from 1.
///
/// # Source
/// <https://universaldependencies.org/format.html>
pub fn read(text: &str) -> Result<Vec<Sentence>, ParserError> {
    let mut sentences = Vec::new();
    let mut current: Vec<(usize, Word)> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            finish(&mut current, &mut sentences)?;
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        if columns.len() != COLUMNS {
            return Err(ParserError::Columns { line: number, found: columns.len() });
        }
        let id = columns[0];
        if id.contains('-') || id.contains('.') {
            continue;
        }
        if id.parse::<usize>() != Ok(current.len() + 1) {
            return Err(ParserError::Id { line: number, expected: current.len() + 1 });
        }
        let upos = Upos::parse(columns[3]).ok_or(ParserError::Upos { line: number })?;
        let head: usize = columns[6].parse().map_err(|_| ParserError::Head { line: number })?;
        let word = Word {
            form: columns[1].to_owned(),
            upos,
            xpos: columns[4].to_owned(),
            head: head.checked_sub(1),
            deprel: columns[7].to_owned(),
        };
        current.push((number, word));
    }
    finish(&mut current, &mut sentences)?;
    Ok(sentences)
}

/// Checks the heads' range and moves the sentence over.
fn finish(current: &mut Vec<(usize, Word)>, sentences: &mut Vec<Sentence>) -> Result<(), ParserError> {
    let n = current.len();
    if n == 0 {
        return Ok(());
    }
    if let Some(&(line, _)) = current.iter().find(|(_, w)| w.head.is_some_and(|h| h >= n)) {
        return Err(ParserError::Head { line });
    }
    sentences.push(Sentence { words: current.drain(..).map(|(_, w)| w).collect() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# sent_id = 1\n# text = I don't.\n\
        1\tI\tI\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n\
        2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n\
        2\tdo\tdo\tVERB\tVBP\t_\t0\troot\t_\t_\n\
        2.1\tgone\tgo\tVERB\tVBN\t_\t_\t_\t_\t_\n\
        3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_\n\
        4\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_\n";

    #[track_caller]
    fn check(text: &str, expected: &Result<Vec<usize>, ParserError>) {
        let found = read(text).map(|s| s.iter().map(|s| s.words.len()).collect());
        assert_eq!(&found, expected);
    }

    #[test]
    fn reads_words_and_skips_ranges_and_empty_nodes() {
        check(GOOD, &Ok(vec![4]));
        let sentence = &read(GOOD).unwrap()[0];
        assert_eq!(sentence.forms(), ["I", "do", "n't", "."]);
        assert_eq!(sentence.words[0].head, Some(1));
        assert_eq!(sentence.words[1].head, None);
        assert_eq!(sentence.words[2].deprel, "advmod");
        assert_eq!(sentence.words[1].upos, Upos::Verb);
    }

    #[test]
    fn sentences_end_at_blank_lines_or_at_the_end() {
        check("", &Ok(vec![]));
        check("\n\n# only a comment\n\n", &Ok(vec![]));
        check(&format!("{GOOD}\n\n{GOOD}"), &Ok(vec![4, 4]));
        check(&GOOD.replace('\n', "\r\n"), &Ok(vec![4]));
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        check("1\tI\tI\n", &Err(ParserError::Columns { line: 1, found: 3 }));
        check(&GOOD.replace("4\t.", "5\t."), &Err(ParserError::Id { line: 8, expected: 4 }));
        check(&GOOD.replace("\tPRON\t", "\tPRONOUN\t"), &Err(ParserError::Upos { line: 3 }));
        check(&GOOD.replace("\t0\troot", "\t_\troot"), &Err(ParserError::Head { line: 5 }));
        check(&GOOD.replace("\t2\tpunct", "\t9\tpunct"), &Err(ParserError::Head { line: 8 }));
    }
}
