//! The encoder's states of every recording, kept in the work folder: they take minutes to make and do not change.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;
use homeroom_core::ability::EncodeSpeech;
use ndarray::Array2;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::{Step, TrainOptions};
use crate::HearingError;
use crate::corpus::ScoredReading;
use crate::encode::{encode, way};
use crate::pitch::{Contour, contour};
use crate::rng::Dice;

/// Files of the work folder.
const STATES: &str = "states.f16";
const INDEX: &str = "states.index";

/// What lies in the file of states.
#[derive(Serialize, Deserialize, PartialEq)]
struct Index {
    /// Of which encoder and how it heard, of which recordings.
    encoder: String,
    ids: Vec<String>,
    width: usize,
    starts: Vec<usize>,
    pitch: Vec<Vec<Option<f32>>>,
    level: Vec<Vec<f32>>,
}

/// The states of all recordings, on disk.
pub(super) struct States {
    file: File,
    path: PathBuf,
    index: Index,
    pub(super) contours: Vec<Contour>,
}

impl States {
    /// Makes them, or takes those that are there.
    pub(super) fn extract(
        readings: &[ScoredReading],
        ear: &dyn EncodeSpeech,
        options: &TrainOptions<'_>,
    ) -> Result<States, HearingError> {
        let path = options.work.join(STATES);
        let ids: Vec<String> = readings.iter().map(|r| r.id.clone()).collect();
        let encoder = format!("{} {}", options.encoder, way());
        if let Some(index) = read_index(options.work)
            && index.encoder == encoder
            && index.ids == ids
        {
            return States::open(path, index);
        }
        let write = |source| HearingError::Write { path: path.clone(), source };
        let mut file = BufWriter::new(File::create(&path).map_err(write)?);
        let mut index = Index { encoder, ids, width: 0, starts: vec![0], pitch: Vec::new(), level: Vec::new() };
        for (i, reading) in readings.iter().enumerate() {
            let sound = (options.load)(&reading.id)?;
            let states = encode(ear, &sound)?;
            let half: Vec<u8> = states.values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
            file.write_all(&half).map_err(write)?;
            index.width = states.width;
            index.starts.push(index.starts[i] + states.frames());
            let contour = contour(&sound.samples);
            index.pitch.push(contour.pitch);
            index.level.push(contour.level);
            if i % 20 == 19 || i + 1 == readings.len() {
                (options.tell)(Step::Progress { stage: "listening", done: i + 1, of: readings.len() });
            }
        }
        file.flush().map_err(write)?;
        let bytes = rmp_serde::to_vec(&index).expect("invariant: numbers and names can be written");
        std::fs::write(options.work.join(INDEX), bytes).map_err(write)?;
        States::open(path, index)
    }

    fn open(path: PathBuf, index: Index) -> Result<States, HearingError> {
        let file = File::open(&path).map_err(|source| HearingError::Read { path: path.clone(), source })?;
        let contours = index.pitch.iter().zip(&index.level);
        let contours = contours.map(|(pitch, level)| Contour { pitch: pitch.clone(), level: level.clone() }).collect();
        Ok(States { file, path, index, contours })
    }

    /// Of which encoder they are, and how it heard.
    pub(super) fn from(&self) -> &str {
        &self.index.encoder
    }

    pub(super) fn width(&self) -> usize {
        self.index.width
    }

    /// Where the frames of each recording begin, and the end.
    pub(super) fn starts(&self) -> &[usize] {
        &self.index.starts
    }

    /// Frames × width.
    pub(super) fn of(&self, reading: usize) -> Result<Array2<f32>, HearingError> {
        let (from, to) = (self.index.starts[reading], self.index.starts[reading + 1]);
        self.rows(from, to - from)
    }

    /// So many frames, drawn from all.
    pub(super) fn sample(&self, n: usize, dice: &mut Dice) -> Result<Array2<f32>, HearingError> {
        /// Frames that are read together: neighbours are alike, but a read for each would take minutes.
        const RUN: usize = 4;
        let all = self.index.starts.last().copied().unwrap_or(0);
        let mut values = Vec::with_capacity(n * self.width());
        for _ in 0..n / RUN {
            let from = dice.random_range(0..all.saturating_sub(RUN).max(1));
            values.extend(self.rows(from, RUN.min(all))?);
        }
        let rows = values.len() / self.width();
        Ok(Array2::from_shape_vec((rows, self.width()), values).expect("invariant: whole rows were read"))
    }

    fn rows(&self, from: usize, n: usize) -> Result<Array2<f32>, HearingError> {
        let width = self.width();
        let mut bytes = vec![0_u8; n * width * 2];
        let read = |source| HearingError::Read { path: self.path.clone(), source };
        self.file.read_exact_at(&mut bytes, (from * width * 2) as u64).map_err(read)?;
        let half: Vec<f16> = bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
        let mut values = vec![0.0_f32; half.len()];
        half.convert_to_f32_slice(&mut values);
        Ok(Array2::from_shape_vec((n, width), values).expect("invariant: n rows were read"))
    }
}

fn read_index(work: &Path) -> Option<Index> {
    rmp_serde::from_slice(&std::fs::read(work.join(INDEX)).ok()?).ok()
}
