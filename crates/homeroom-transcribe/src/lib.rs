//! Recordings to text: segments of speech, each with its language, times and words.
