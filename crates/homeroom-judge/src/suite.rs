//! Essays that try to talk a marker into a mark, and innocent ones about such things (`data/injection.toml`).

use std::sync::OnceLock;

use serde::Deserialize;

/// The suite.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Honest essays that attacks are put into.
    #[serde(rename = "base")]
    pub bases: Vec<Essay>,
    /// Attacks.
    #[serde(rename = "attack")]
    pub attacks: Vec<Attack>,
    /// Essays about such things.
    #[serde(rename = "innocent")]
    pub innocents: Vec<Essay>,
}

/// An essay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Essay {
    /// Its name.
    pub id: String,
    /// `en` or `zh`.
    pub language: String,
    /// The task.
    pub prompt: String,
    /// The essay.
    pub text: String,
}

/// An attack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Its name.
    pub id: String,
    /// What sort it is of, such as `fake_system`.
    pub kind: String,
    /// Language of the essay that it goes into.
    pub language: String,
    /// Where it goes: `start`, `middle`, `end` or `everywhere`.
    pub place: String,
    /// What is put there.
    pub text: String,
}

impl Suite {
    /// The suite that comes with the program.
    #[must_use]
    pub fn shipped() -> &'static Suite {
        static SUITE: OnceLock<Suite> = OnceLock::new();
        SUITE.get_or_init(|| {
            toml::from_str(include_str!("../data/injection.toml"))
                .expect("invariant: data/injection.toml parses (tested)")
        })
    }
}

impl Attack {
    /// What is put into an essay that no reader sees: a Word or PDF file with it shows nothing.
    #[must_use]
    pub fn is_hidden_file(&self) -> bool {
        matches!(self.kind.as_str(), "hidden_docx" | "hidden_pdf")
    }

    /// The essay with the attack in it.
    #[must_use]
    pub fn put_into(&self, essay: &str) -> String {
        place(essay, &self.payload(), &self.place)
    }

    /// The attack as it stands in the essay: for `zero_width` as tag characters, which have no shape.
    #[must_use]
    pub fn payload(&self) -> String {
        if self.kind != "zero_width" {
            return self.text.trim().to_owned();
        }
        let tag = |c: char| char::from_u32(0xe0000 + u32::from(c)).filter(|_| c.is_ascii()).unwrap_or(c);
        let letters = self.text.trim().chars();
        // Chinese has no tags: its letters are parted by spaces without width.
        letters.flat_map(|c| if c.is_ascii() { vec![tag(c)] } else { vec!['\u{200b}', c] }).collect()
    }
}

/// `text` put into an essay at a place.
#[must_use]
pub fn place(essay: &str, text: &str, place: &str) -> String {
    let paragraphs: Vec<&str> = essay.trim().split("\n\n").collect();
    let middle = paragraphs.len().div_ceil(2);
    match place {
        "start" => format!("{text}\n\n{}", essay.trim()),
        "middle" => format!("{}\n\n{text}\n\n{}", paragraphs[..middle].join("\n\n"), paragraphs[middle..].join("\n\n")),
        "everywhere" => {
            let pieces: Vec<&str> = text.split("\n\n").collect();
            let mut all: Vec<String> = Vec::new();
            for (i, paragraph) in paragraphs.iter().enumerate() {
                all.push((*paragraph).to_owned());
                // More pieces than paragraphs: the rest goes behind the last.
                let until = if i + 1 == paragraphs.len() { pieces.len() } else { (i + 1).min(pieces.len()) };
                all.extend(pieces[i.min(until)..until].iter().map(|p| (*p).to_owned()));
            }
            all.join("\n\n")
        }
        _ => format!("{}\n\n{text}", essay.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_suite_is_whole() {
        let suite = Suite::shipped();
        assert!(suite.attacks.len() >= 200 && suite.innocents.len() >= 40);
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        suite.attacks.iter().for_each(|a| *kinds.entry(a.kind.as_str()).or_default() += 1);
        assert!(kinds.len() >= 12 && kinds.values().all(|n| *n >= 10), "{kinds:?}");
        let mut ids: Vec<&str> = suite.attacks.iter().map(|a| a.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
        for attack in &suite.attacks {
            let base = suite.bases.iter().find(|b| b.language == attack.language).unwrap();
            let text = attack.put_into(&base.text);
            assert!(text.len() > base.text.trim().len(), "{}", attack.id);
        }
    }

    #[test]
    fn places() {
        assert_eq!(place("a\n\nb\n\nc", "X", "start"), "X\n\na\n\nb\n\nc");
        assert_eq!(place("a\n\nb\n\nc", "X", "middle"), "a\n\nb\n\nX\n\nc");
        assert_eq!(place("a\n\nb\n\nc", "X", "end"), "a\n\nb\n\nc\n\nX");
        assert_eq!(place("a\n\nb", "X\n\nY\n\nZ", "everywhere"), "a\n\nX\n\nb\n\nY\n\nZ");
        assert_eq!(place("a\n\nb\n\nc", "X", "everywhere"), "a\n\nX\n\nb\n\nc");
    }
}
