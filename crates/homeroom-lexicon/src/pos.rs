use homeroom_core::Upos;

use crate::Form;

/// What a word form can be: parts of speech, inflected forms, and a few facts about the word.
///
/// Layout of the bits: 0 to 16 one per [`Upos`] in the order of [`Upos::ALL`]; 17 to 25 one per [`Form`] in the order
/// of [`Form::ALL`]; then the flags below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PosSet(pub(crate) u32);

const FORM_SHIFT: u32 = 17;

impl PosSet {
    /// Nothing.
    pub const EMPTY: PosSet = PosSet(0);
    /// Stands in a dictionary of one of the main dialects.
    pub(crate) const KNOWN: PosSet = PosSet(1 << 26);
    /// A proper name.
    pub(crate) const NAME: PosSet = PosSet(1 << 27);
    /// An adjective or adverb with forms in -er and -est.
    pub(crate) const GRADABLE: PosSet = PosSet(1 << 28);
    /// A noun that dictionaries give no plural.
    pub(crate) const NO_PLURAL: PosSet = PosSet(1 << 29);

    /// The set with one part of speech.
    #[must_use]
    pub fn of(upos: Upos) -> PosSet {
        PosSet(1 << upos as u32)
    }

    /// The set with one form.
    #[must_use]
    pub fn of_form(form: Form) -> PosSet {
        PosSet(1 << (FORM_SHIFT + form as u32))
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: PosSet) -> PosSet {
        PosSet(self.0 | other.0)
    }

    /// Whether the word can be this part of speech.
    #[must_use]
    pub fn can_be(self, upos: Upos) -> bool {
        self.has_all(PosSet::of(upos))
    }

    /// Whether the word can be this form of some lemma. `Base` means a verb, `Singular` a noun.
    #[must_use]
    pub fn has(self, form: Form) -> bool {
        self.has_all(PosSet::of_form(form))
    }

    /// Whether no part of speech is known for the word.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 & ((1 << FORM_SHIFT) - 1) == 0
    }

    /// The parts of speech, in the order of [`Upos::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Upos> {
        Upos::ALL.into_iter().filter(move |&u| self.can_be(u))
    }

    pub(crate) fn has_all(self, other: PosSet) -> bool {
        self.0 & other.0 == other.0
    }
}
