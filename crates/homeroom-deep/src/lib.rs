//! Candidate edits of a sentence, kept where a language model finds the sentence likelier with them.
