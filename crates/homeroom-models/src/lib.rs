//! The catalogue of open models, and how they get here: fetched, checked, joined, converted, listed.
