//! PP-OCR: text detection by differentiable binarisation, direction of lines, and recognition by CTC.
//!
//! The folder holds `det.onnx`, `cls.onnx` and `rec.onnx`; the last one carries its list of characters as the metadata
//! `character`. Measured with 2 threads, a page of 1,600 × 1,130 pixels and 25 lines takes about 2 s and 150 MB.
//!
//! # Source
//! PP-OCRv4 of PaddleOCR (Apache-2.0): Li et al. 2022, "PP-OCRv3"; Liao et al. 2020, "Real-time scene text detection with
//! differentiable binarization".

use std::path::Path;

use homeroom_core::Picture;
use homeroom_core::ability::{AbilityError, Glyph, Heatmap, SeeText};
use rten::Value;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use crate::runtime::{Runtime, Session, Weights, damaged};

/// Name in the catalogue.
const MODEL: &str = "pp-ocr";
/// The detector's input has sides that are multiples of this, in pixels (its deepest layer shrinks by 32).
const DETECTION_STEP: usize = 32;
/// Longest side of the detector's input, in pixels. Letters of a page are then about 15 high, as in its training data.
const DETECTION_SIDE: usize = 1600;
/// Height of a line for the recogniser and for the classifier of directions, in pixels.
const LINE_HEIGHT: usize = 48;
/// Narrowest input of the recogniser, in pixels; a shorter line is padded.
const LINE_MIN_WIDTH: usize = 320;
/// Widest input of the recogniser, in pixels; a longer line is squeezed.
const LINE_MAX_WIDTH: usize = 4_800;
/// Width of the input of the classifier of directions, in pixels.
const DIRECTION_WIDTH: usize = 192;
/// Least probability of a character that is told beside the best one.
const MIN_OTHER: f32 = 0.004;
/// Most characters that are told beside the best one.
const MAX_OTHERS: usize = 6;
/// The recogniser's first label is CTC's blank.
const BLANK: usize = 0;

/// The three networks and the list of characters.
pub struct PpOcr {
    detection: Session,
    direction: Session,
    recognition: Session,
    /// Character of each label; `None` for the blank, a space for the last.
    characters: Vec<Option<char>>,
}

impl PpOcr {
    /// Loads the networks from a folder of the store. `threads`: 0 for every free core.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where a file is missing, no ONNX graph, or without its list of characters.
    pub fn load(folder: &Path, threads: usize) -> Result<PpOcr, AbilityError> {
        let runtime = Runtime::new(threads);
        let session = |file| runtime.session(folder, file, MODEL, Weights::Repacked);
        let recognition = session("rec.onnx")?;
        let Some(list) = recognition.metadata("character") else {
            return Err(damaged(MODEL, "rec.onnx has no list of characters"));
        };
        let mut characters = vec![None];
        // A label of several characters does not occur; its first one would do.
        characters.extend(list.lines().map(|line| line.chars().next()));
        characters.push(Some(' '));
        Ok(PpOcr { detection: session("det.onnx")?, direction: session("cls.onnx")?, recognition, characters })
    }

    fn run(&self, session: &Session, input: NdTensor<f32, 4>) -> Result<Value, AbilityError> {
        let outputs = session.output_names();
        let [name] = outputs.as_slice() else {
            return Err(damaged(MODEL, "the graph has not one output"));
        };
        let [value] = session.run(vec![("x", input.into())], [name.as_str()])?;
        Ok(value)
    }

    fn read_line(&self, line: &Picture) -> Result<Vec<Glyph>, AbilityError> {
        if line.width() == 0 || line.height() == 0 {
            return Ok(Vec::new());
        }
        let wanted = (line.width() * LINE_HEIGHT).div_ceil(line.height()).clamp(1, LINE_MAX_WIDTH);
        let padded = wanted.max(LINE_MIN_WIDTH);
        let input = tensor(&line.resized(wanted, LINE_HEIGHT), padded);
        let output = self.run(&self.recognition, input)?;
        let output: NdTensor<f32, 3> = output.try_into().map_err(|e| self.recognition.failed(e))?;
        let [_, n_frames, n_labels] = output.shape();
        if n_labels != self.characters.len() {
            return Err(damaged(MODEL, "rec.onnx has another number of labels than characters"));
        }
        let output = output.to_contiguous();
        let values = output.data();
        let frames: Vec<&[f32]> = values.chunks_exact(n_labels).take(n_frames).collect();
        // The padding has frames of its own, in which nothing stands.
        let frames_per_width = n_frames as f32 * wanted as f32 / padded as f32;
        Ok(decode(&frames, &self.characters, frames_per_width))
    }
}

/// The best label of each frame, repeats and blanks taken out.
///
/// # Source
/// Graves et al. 2006, best path decoding.
fn decode(frames: &[&[f32]], characters: &[Option<char>], width: f32) -> Vec<Glyph> {
    let space = characters.len() - 1;
    let mut glyphs: Vec<Glyph> = Vec::new();
    // Greatest probability of a space since the last character.
    let mut gap = 0.0_f32;
    let mut last = BLANK;
    let mut first_frame = 0;
    for (frame_idx, frame) in frames.iter().enumerate() {
        let (label, probability) = best(frame);
        if label == BLANK || label == space {
            gap = gap.max(frame[space]);
        } else if label == last {
            // The label's peak is where it stands most likely, its place is the middle of its run.
            if let Some(glyph) = glyphs.last_mut() {
                if probability > glyph.probability {
                    glyph.probability = probability;
                    glyph.others = others(frame, characters, label);
                }
                glyph.position = ((first_frame + frame_idx) as f32 / 2.0 + 0.5) / width;
            }
        } else if let Some(character) = characters[label] {
            first_frame = frame_idx;
            let position = (frame_idx as f32 + 0.5) / width;
            let others = others(frame, characters, label);
            glyphs.push(Glyph { character, probability, position, space: gap, others });
            gap = 0.0;
        }
        last = label;
    }
    glyphs
}

fn best(frame: &[f32]) -> (usize, f32) {
    frame.iter().enumerate().fold((BLANK, f32::MIN), |best, (label, &p)| if p > best.1 { (label, p) } else { best })
}

/// The next best characters of a frame.
fn others(frame: &[f32], characters: &[Option<char>], label: usize) -> Vec<(char, f32)> {
    let space = characters.len() - 1;
    let mut others: Vec<(char, f32)> = frame
        .iter()
        .zip(characters)
        .enumerate()
        .filter(|(other, (p, _))| **p >= MIN_OTHER && *other != label && *other != space)
        .filter_map(|(_, (p, character))| Some(((*character)?, *p)))
        .collect();
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    others.truncate(MAX_OTHERS);
    others
}

/// `[1, 3, height, width]`, blue first, values from -1 to 1; columns right of the picture are 0.
fn tensor(picture: &Picture, width: usize) -> NdTensor<f32, 4> {
    let height = picture.height();
    let mut data = vec![0.0_f32; 3 * height * width];
    for (channel, plane) in data.chunks_exact_mut(height * width).enumerate() {
        for (row, out) in picture.rgb().chunks_exact(3 * picture.width()).zip(plane.chunks_exact_mut(width)) {
            for (pixel, out) in row.chunks_exact(3).zip(out) {
                *out = f32::from(pixel[2 - channel]) / 127.5 - 1.0;
            }
        }
    }
    NdTensor::from_data([1, 3, height, width], data)
}

impl SeeText for PpOcr {
    fn text_map(&self, page: &Picture) -> Result<Heatmap, AbilityError> {
        let scale = (DETECTION_SIDE as f32 / page.width().max(page.height()).max(1) as f32).min(1.0);
        let fit = |side: usize| {
            let steps = (side as f32 * scale / DETECTION_STEP as f32).round() as usize;
            steps.max(1) * DETECTION_STEP
        };
        let (width, height) = (fit(page.width()), fit(page.height()));
        let output = self.run(&self.detection, tensor(&page.resized(width, height), width))?;
        let output: NdTensor<f32, 4> = output.try_into().map_err(|e| self.detection.failed(e))?;
        let [_, _, height, width] = output.shape();
        Ok(Heatmap { width, height, values: output.to_vec() })
    }

    fn upside_down(&self, lines: &[Picture]) -> Result<Vec<f32>, AbilityError> {
        let mut turned = Vec::with_capacity(lines.len());
        for line in lines {
            let wanted = (line.width() * LINE_HEIGHT).div_ceil(line.height().max(1)).clamp(1, DIRECTION_WIDTH);
            let output = self.run(&self.direction, tensor(&line.resized(wanted, LINE_HEIGHT), DIRECTION_WIDTH))?;
            let output: NdTensor<f32, 2> = output.try_into().map_err(|e| self.direction.failed(e))?;
            // Labels: 0°, 180°.
            turned.push(output.to_vec().get(1).copied().unwrap_or(0.0));
        }
        Ok(turned)
    }

    fn read_lines(&self, lines: &[Picture]) -> Result<Vec<Vec<Glyph>>, AbilityError> {
        lines.iter().map(|line| self.read_line(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames as `(label, probability)`, the rest on the blank; labels: blank, a, b, space.
    #[track_caller]
    fn check(path: &[(usize, f32)], expected: &[(char, f32, f32, f32)]) {
        let frames: Vec<Vec<f32>> = path
            .iter()
            .map(|&(label, probability)| {
                let mut frame = vec![0.0; 4];
                frame[BLANK] = 1.0 - probability;
                frame[label] = probability;
                frame
            })
            .collect();
        let frames: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
        let glyphs = decode(&frames, &[None, Some('a'), Some('b'), Some(' ')], frames.len() as f32);
        let found: Vec<_> = glyphs.iter().map(|g| (g.character, g.probability, g.position, g.space)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn other_characters_by_probability() {
        let frame = [0.05, 0.2, 0.7, 0.05];
        assert_eq!(others(&frame, &[None, Some('a'), Some('b'), Some(' ')], 2), [('a', 0.2)]);
    }

    #[test]
    fn best_path() {
        check(&[], &[]);
        check(&[(0, 1.0), (0, 1.0)], &[]);
        check(&[(1, 0.6), (1, 0.9), (0, 1.0), (1, 0.8)], &[('a', 0.9, 0.25, 0.0), ('a', 0.8, 0.875, 0.0)]);
        check(&[(1, 0.9), (3, 0.3), (3, 0.7), (2, 0.8)], &[('a', 0.9, 0.125, 0.0), ('b', 0.8, 0.875, 0.7)]);
    }

    #[test]
    fn channels_are_blue_first_and_padded() {
        let input = tensor(&Picture::filled(1, 1, [255, 0, 0]), 2);
        assert_eq!(input.to_vec(), [-1.0, 0.0, -1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_blank_page_has_no_text() {
        let Some(store) = std::env::var_os("HOMEROOM_MODELS") else {
            println!("skipped: HOMEROOM_MODELS is not set");
            return;
        };
        let ocr = PpOcr::load(&Path::new(&store).join(MODEL), 0).unwrap();
        let blank = Picture::filled(200, 100, [250; 3]);
        let map = ocr.text_map(&blank).unwrap();
        assert_eq!((map.width, map.height), (192, 96));
        assert!(map.values.iter().all(|&v| v < 0.3));
        assert_eq!(ocr.read_lines(&[blank]).unwrap(), [Vec::new()]);
    }

    #[test]
    fn damaged_files_say_so() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rec.onnx"), b"no graph").unwrap();
        assert!(matches!(PpOcr::load(folder.path(), 1), Err(AbilityError::Damaged { .. })));
    }
}
