//! A small language model as a scorer of edits: one forward pass over a sentence and all its variants.
