//! The phones of American English, as the ear tells them apart.

use serde::{Deserialize, Serialize};

/// Classes of sound: silence and the 39 phones.
pub(crate) const CLASSES: usize = 40;

/// ARPAbet name, IPA, whether it is a vowel. The first is silence.
const TABLE: [(&str, &str, bool); CLASSES] = [
    ("SIL", "", false),
    ("AA", "ɑ", true),
    ("AE", "æ", true),
    ("AH", "ʌ", true),
    ("AO", "ɔ", true),
    ("AW", "aʊ", true),
    ("AY", "aɪ", true),
    ("B", "b", false),
    ("CH", "tʃ", false),
    ("D", "d", false),
    ("DH", "ð", false),
    ("EH", "ɛ", true),
    ("ER", "ɝ", true),
    ("EY", "eɪ", true),
    ("F", "f", false),
    ("G", "ɡ", false),
    ("HH", "h", false),
    ("IH", "ɪ", true),
    ("IY", "i", true),
    ("JH", "dʒ", false),
    ("K", "k", false),
    ("L", "l", false),
    ("M", "m", false),
    ("N", "n", false),
    ("NG", "ŋ", false),
    ("OW", "oʊ", true),
    ("OY", "ɔɪ", true),
    ("P", "p", false),
    ("R", "ɹ", false),
    ("S", "s", false),
    ("SH", "ʃ", false),
    ("T", "t", false),
    ("TH", "θ", false),
    ("UH", "ʊ", true),
    ("UW", "u", true),
    ("V", "v", false),
    ("W", "w", false),
    ("Y", "j", false),
    ("Z", "z", false),
    ("ZH", "ʒ", false),
];

/// Stress of a vowel in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stress {
    /// None (ARPAbet 0), and every consonant.
    None,
    /// The word's main stress (1).
    Primary,
    /// A lesser one (2).
    Secondary,
}

/// A phone with its stress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// 1 to 39: its class. 0 is silence, which is no phone.
    pub(crate) class: u8,
    /// Its stress.
    pub stress: Stress,
}

impl Phone {
    /// The phone of an ARPAbet name with or without the digit of its stress; `None` for anything else.
    #[must_use]
    pub fn from_arpabet(name: &str) -> Option<Phone> {
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let class = TABLE.iter().skip(1).position(|(arpabet, ..)| *arpabet == bare)? + 1;
        let stress = match &name[bare.len()..] {
            "" | "0" => Stress::None,
            "1" => Stress::Primary,
            "2" => Stress::Secondary,
            _ => return None,
        };
        Some(Phone { class: class as u8, stress })
    }

    /// Its ARPAbet name, without stress.
    #[must_use]
    pub fn arpabet(self) -> &'static str {
        TABLE[usize::from(self.class)].0
    }

    /// Its IPA symbol; the unstressed `AH` is ə and the unstressed `ER` ɚ.
    #[must_use]
    pub fn ipa(self) -> &'static str {
        match (self.arpabet(), self.stress) {
            ("AH", Stress::None) => "ə",
            ("ER", Stress::None) => "ɚ",
            _ => TABLE[usize::from(self.class)].1,
        }
    }

    /// Whether it is a vowel.
    #[must_use]
    pub fn is_vowel(self) -> bool {
        TABLE[usize::from(self.class)].2
    }

    /// Its class among [`CLASSES`].
    pub(crate) fn index(self) -> usize {
        usize::from(self.class)
    }

    /// The phone of a class; `None` for silence.
    pub(crate) fn of_class(class: usize) -> Option<Phone> {
        (1..CLASSES).contains(&class).then_some(Phone { class: class as u8, stress: Stress::None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(&str, &str, bool)>) {
        let phone = Phone::from_arpabet(name);
        assert_eq!(phone.map(|p| (p.arpabet(), p.ipa(), p.is_vowel())), expected, "{name}");
    }

    #[test]
    fn names_are_read() {
        check("TH", Some(("TH", "θ", false)));
        check("AH0", Some(("AH", "ə", true)));
        check("AH1", Some(("AH", "ʌ", true)));
        check("IY2", Some(("IY", "i", true)));
        check("SIL", None);
        check("XX", None);
        check("AH7", None);
        check("", None);
    }
}
