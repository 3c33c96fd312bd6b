//! Text to phones for a voice: normalisation, pronunciation, timing, sound.
