//! The scorers: of each phone, each word, and the whole reading.

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::features::{
    Laid, PhoneFeatures, average, phone_context, phone_table, reading_features, spread, whole_states, word_features,
};
use crate::linear::{Blend, Projection, Ridge};
use crate::net::{Input, NetScores, PER_READING, PER_WORD, Scorer};
use crate::phone::CLASSES;
use crate::pitch::Contour;
use crate::trees::{Growth, Trees};

/// Directions of the pooled states that the phone's trees see.
pub(crate) const PLACES: usize = 64;

/// What the scorers need of one reading.
pub(crate) struct Heard {
    pub(crate) laid: Laid,
    pub(crate) features: PhoneFeatures,
    /// Phones × 39 log-probabilities of the classifier of whole phones.
    pub(crate) segment: Array2<f32>,
    /// What is known of each phone without its neighbours: phones × columns.
    pub(crate) table: Array2<f32>,
    pub(crate) contour: Contour,
    pub(crate) whole: Array1<f32>,
    pub(crate) n_frames: usize,
}

impl Heard {
    pub(crate) fn new(
        laid: Laid,
        features: PhoneFeatures,
        segment: Array2<f32>,
        contour: Contour,
        states: ArrayView2<'_, f32>,
    ) -> Heard {
        let whole = whole_states(states, &laid);
        let table = phone_table(&laid, &features, &segment);
        Heard { n_frames: states.nrows(), laid, features, segment, table, contour, whole }
    }

    /// As the network takes it.
    pub(crate) fn input(&self) -> Input<'_> {
        Input { laid: &self.laid, table: self.table.view(), pooled: self.features.pooled.view() }
    }
}

/// Where a phone's states lie among those of the same phone said well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Places {
    projection: Projection,
    /// For each class, mean and deviation of each direction.
    typical: Vec<Vec<(f32, f32)>>,
}

impl Places {
    /// `pooled`: phones × pooled states; `classes` and `good` for each.
    pub(crate) fn fit(
        pooled: ArrayView2<'_, f32>,
        classes: &[u8],
        good: &[bool],
        dice: &mut crate::rng::Dice,
    ) -> Places {
        let projection = Projection::fit(pooled, PLACES, dice);
        let at = projection.apply(pooled);
        let typical = (0..CLASSES)
            .map(|class| {
                let rows: Vec<usize> =
                    (0..classes.len()).filter(|i| usize::from(classes[*i]) == class && good[*i]).collect();
                (0..PLACES)
                    .map(|j| {
                        let values: Vec<f32> = rows.iter().map(|i| at[[*i, j]]).collect();
                        (average(&values), spread(&values) + 0.2)
                    })
                    .collect()
            })
            .collect();
        Places { projection, typical }
    }

    /// Phones × ([`PLACES`] + 1): the directions, and how far from the typical place.
    pub(crate) fn of(&self, laid: &Laid, pooled: ArrayView2<'_, f32>) -> Array2<f32> {
        let at = self.projection.apply(pooled);
        Array2::from_shape_fn((at.nrows(), PLACES + 1), |(i, j)| {
            if laid.frames[i].is_empty() {
                return f32::NAN;
            }
            if j < PLACES {
                return at[[i, j]];
            }
            let typical = &self.typical[laid.phones[i].index()];
            let far = typical.iter().enumerate().map(|(j, (mean, spread))| ((at[[i, j]] - mean) / spread).powi(2));
            (far.sum::<f32>() / PLACES as f32).sqrt()
        })
    }
}

/// Scores phones, 0 to 2.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PhoneScorer {
    pub(crate) places: Places,
    pub(crate) trees: Trees,
    /// Of the trees and the networks.
    pub(crate) blend: Blend,
}

impl PhoneScorer {
    pub(crate) fn rows(places: &Places, heard: &Heard) -> Array2<f32> {
        phone_context(&heard.laid, &heard.table, &places.of(&heard.laid, heard.features.pooled.view()))
    }

    pub(crate) fn growth(seed: u64) -> Growth {
        Growth { trees: 400, leaves: 32, rate: 0.05, smallest: 40.0, columns: 0.25, rows: 0.7, penalty: 5.0, seed }
    }

    pub(crate) fn score(&self, heard: &Heard, nets: &NetScores) -> Vec<f32> {
        let rows = PhoneScorer::rows(&self.places, heard);
        let trees = self.trees.predict(rows.view());
        trees.iter().zip(&nets.phones).map(|(tree, net)| self.blend.mix(&[*tree, *net]).clamp(0.0, 2.0)).collect()
    }
}

/// Scores words: accuracy, stress, total, each 0 to 10.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WordScorer {
    pub(crate) trees: Vec<Trees>,
    /// Of the trees and the networks, for each of the three.
    pub(crate) blends: Vec<Blend>,
}

impl WordScorer {
    pub(crate) fn rows(heard: &Heard, phones: &[f32], nets: &NetScores) -> Array2<f32> {
        word_features(&heard.laid, heard.features.gop.view(), phones, nets.words.view())
    }

    pub(crate) fn growth(seed: u64) -> Growth {
        Growth { trees: 250, leaves: 15, rate: 0.03, smallest: 60.0, columns: 0.3, rows: 0.7, penalty: 10.0, seed }
    }

    /// Words × 3.
    pub(crate) fn score(&self, rows: ArrayView2<'_, f32>, nets: &NetScores) -> Array2<f32> {
        let columns: Vec<Vec<f32>> = self.trees.iter().map(|trees| trees.predict(rows)).collect();
        Array2::from_shape_fn((rows.nrows(), PER_WORD), |(word, kind)| {
            self.blends[kind].mix(&[columns[kind][word], nets.words[[word, kind]]]).clamp(0.0, 10.0)
        })
    }
}

/// One member of the scorers of whole readings for each aspect, and how they are mixed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadingScorer {
    /// On [`reading_features`].
    pub(crate) ridge: Ridge,
    pub(crate) trees: Vec<Vec<Trees>>,
    /// On the states of the whole reading.
    pub(crate) whole: Ridge,
}

impl ReadingScorer {
    pub(crate) fn row(heard: &Heard, phones: &[f32], words: ArrayView2<'_, f32>, nets: &NetScores) -> Vec<f32> {
        let gop = heard.features.gop.view();
        reading_features(&heard.laid, gop, phones, words, &heard.contour, heard.n_frames, &nets.reading)
    }

    pub(crate) fn growth(seed: u64) -> Growth {
        Growth { trees: 200, leaves: 8, rate: 0.03, smallest: 30.0, columns: 0.3, rows: 0.6, penalty: 10.0, seed }
    }

    pub(crate) fn fit(
        rows: ArrayView2<'_, f32>,
        whole: ArrayView2<'_, f32>,
        targets: ArrayView2<'_, f32>,
        seed: u64,
    ) -> ReadingScorer {
        let trees = targets
            .columns()
            .into_iter()
            .enumerate()
            .map(|(aspect, column)| {
                (0..3)
                    .map(|i| Trees::fit(rows, &column.to_vec(), &Self::growth(seed + 10 * aspect as u64 + i)))
                    .collect()
            })
            .collect();
        ReadingScorer { ridge: Ridge::fit(rows, targets, 100.0), trees, whole: Ridge::fit(whole, targets, 300.0) }
    }

    /// For each aspect, readings × [`MEMBERS`]. `nets`: readings × aspects.
    pub(crate) fn members(
        &self,
        rows: ArrayView2<'_, f32>,
        whole: ArrayView2<'_, f32>,
        nets: &[[f32; PER_READING]],
    ) -> Vec<Array2<f32>> {
        let (line, whole) = (self.ridge.predict(rows), self.whole.predict(whole));
        self.trees
            .iter()
            .enumerate()
            .map(|(aspect, trees)| {
                let grown: Vec<Vec<f32>> = trees.iter().map(|t| t.predict(rows)).collect();
                Array2::from_shape_fn((rows.nrows(), MEMBERS), |(i, member)| match member {
                    0 => line[[i, aspect]],
                    1 => grown.iter().map(|g| g[i]).sum::<f32>() / grown.len() as f32,
                    2 => whole[[i, aspect]],
                    _ => nets[i][aspect],
                })
            })
            .collect()
    }
}

/// Members of the scorer of whole readings: a line, trees, the states at large, the networks.
pub(crate) const MEMBERS: usize = 4;

/// How the members are mixed for each aspect.
pub(crate) type Blends = Vec<Blend>;

/// The mean of what several networks say.
pub(crate) fn networks(nets: &[Scorer], heard: &Heard) -> NetScores {
    let input = heard.input();
    let mut all: Vec<NetScores> = nets.iter().map(|net| net.score(&input)).collect();
    let mut sum = all.pop().expect("invariant: there is a network");
    for one in &all {
        sum.phones.iter_mut().zip(&one.phones).for_each(|(a, b)| *a += b);
        sum.words += &one.words;
        sum.reading.iter_mut().zip(&one.reading).for_each(|(a, b)| *a += b);
    }
    let share = 1.0 / nets.len() as f32;
    sum.phones.iter_mut().for_each(|v| *v *= share);
    sum.words *= share;
    sum.reading.iter_mut().for_each(|v| *v *= share);
    sum
}
