//! Trains everything above the encoder on readings that experts have scored.

mod classifier;
mod flat;
mod network;
mod states;

use std::ops::Range;
use std::path::Path;

use homeroom_core::Waveform;
use homeroom_core::ability::EncodeSpeech;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::HearingError;
use crate::acoustic::{Acoustic, Classifier, FREE, context_width, gather_context, lay, log_posteriors};
use crate::align::{Costs, End, Variants};
use crate::corpus::{Aspect, ScoredReading};
use crate::features::{Durations, Laid, from_rows, phone_features, quantile};
use crate::linear::{Blend, Projection};
use crate::model::{Heads, TrainedOn};
use crate::net::{Input, NetScores, Scorer};
use crate::phone::CLASSES;
use crate::rng::{Dice, SeedableRng};
use crate::score::{Heard, MEMBERS, PhoneScorer, Places, ReadingScorer, WordScorer, networks};
use crate::trees::Trees;
use classifier::Recipe;
pub(crate) use classifier::one_cycle;
use states::States;

/// Projected states of a frame.
const WIDTH: usize = 400;

/// A phone of at least this score was said well, by nearly all experts.
const GOOD: f32 = 1.8;

/// Networks whose mean is taken.
const NETWORKS: usize = 2;

/// Parts that the speakers are split into.
pub const FOLDS: usize = 5;

/// What training tells while it goes on.
#[derive(Debug, Clone)]
pub enum Step {
    /// So many of so many pieces of a stage are done.
    Progress {
        /// What is being done.
        stage: &'static str,
        /// Pieces done.
        done: usize,
        /// Pieces in all.
        of: usize,
    },
    /// Something that was measured.
    Note(String),
}

/// How to train.
pub struct TrainOptions<'a> {
    /// Seed of everything.
    pub seed: u64,
    /// Folder for what takes long and can be used again.
    pub work: &'a Path,
    /// What the encoder is, for the record: its hash.
    pub encoder: String,
    /// The 16 kHz sound of a recording.
    pub load: &'a (dyn Fn(&str) -> Result<Waveform, HearingError> + Sync),
    /// Told about progress.
    pub tell: &'a (dyn Fn(Step) + Sync),
}

/// Keeps what takes long to make in the work folder, so that a training that was cut off goes on where it stood.
struct Kept<'a> {
    work: &'a Path,
    /// What everything was made from: a piece made from something else is made anew.
    from: String,
}

impl Kept<'_> {
    /// The piece `name`, from the folder or newly made. What is given is always what the file holds, so that a training in one
    /// go and one in several end alike.
    fn piece<T: Serialize + DeserializeOwned>(&self, name: &str, make: impl FnOnce() -> T) -> Result<T, HearingError> {
        let path = self.work.join(format!("{name}.part"));
        let read = |bytes: &[u8]| {
            let (from, piece): (String, T) = rmp_serde::from_slice(bytes).ok()?;
            (from == self.from).then_some(piece)
        };
        if let Some(piece) = std::fs::read(&path).ok().as_deref().and_then(read) {
            return Ok(piece);
        }
        let bytes = rmp_serde::to_vec(&(&self.from, make())).expect("invariant: numbers can be written");
        let write = |source| HearingError::Write { path: path.clone(), source };
        let half = path.with_extension("half");
        std::fs::write(&half, &bytes).map_err(write)?;
        std::fs::rename(&half, &path).map_err(write)?;
        Ok(read(&bytes).expect("invariant: what was written can be read"))
    }
}

/// The fold of each reading: speakers, in the order of their age so that children are spread evenly, are dealt out.
pub fn folds(readings: &[ScoredReading]) -> Vec<usize> {
    let mut speakers: Vec<(u32, &str)> = readings.iter().map(|r| (r.age, r.speaker.as_str())).collect();
    speakers.sort_unstable();
    speakers.dedup_by_key(|(_, speaker)| *speaker);
    let fold = |reading: &ScoredReading| speakers.iter().position(|(_, s)| *s == reading.speaker).unwrap_or(0) % FOLDS;
    readings.iter().map(fold).collect()
}

/// Predictions for every reading by models that never heard its speaker.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct CrossFitted {
    /// For each reading, a score per phone.
    pub phones: Vec<Vec<f32>>,
    /// For each reading and word: accuracy, stress, total.
    pub words: Vec<Vec<[f32; 3]>>,
    /// For each reading, one number per aspect.
    pub readings: Vec<[f32; 5]>,
}

/// Trains the heads on `readings`.
///
/// # Errors
/// [`HearingError`] where a recording cannot be heard or the work folder not be written.
pub fn train(
    readings: &[ScoredReading],
    ear: &dyn EncodeSpeech,
    options: &TrainOptions<'_>,
) -> Result<(Heads, CrossFitted), HearingError> {
    let tell = options.tell;
    let mut figures = Vec::new();
    let mut figure = |text: String| {
        tell(Step::Note(text.clone()));
        figures.push(text);
    };
    let fold = folds(readings);
    let mut dice = Dice::seed_from_u64(options.seed);
    let states = States::extract(readings, ear, options)?;
    let projection = Projection::fit(states.sample(60_000, &mut dice)?.view(), WIDTH, &mut dice);
    let corpus = Corpus::new(readings, &states, &projection, tell)?;
    tell(Step::Note(format!(
        "{} readings, {} frames, {} numbers a frame",
        readings.len(),
        corpus.frames(),
        states.width()
    )));

    let ids: Vec<&str> = readings.iter().map(|r| r.id.as_str()).collect();
    let pieces = Kept {
        work: options.work,
        from: format!("{} {} {} {}", states.from(), options.seed, env!("CARGO_PKG_VERSION"), ids.join(" ")),
    };
    let first = pieces.piece("first-frames", || {
        let owners = flat::start(&corpus, tell);
        corpus.train_frames(&owners, |_| true, 5, options.seed, "first classifier of frames", tell)
    })?;
    let owners: Vec<Option<Laid>> = corpus.align(|_| &first, &Costs::STRICT);
    let fold_nets: Vec<Classifier> = pieces.piece("frames", || {
        in_parallel(FOLDS + 1, |k| {
            let keep = |i: usize| k == FOLDS || fold[i] != k;
            corpus.train_frames(&owners, keep, 8, options.seed + 1 + k as u64, "classifiers of frames", tell)
        })
    })?;
    let laid: Vec<Option<Laid>> = corpus.align(|i| &fold_nets[fold[i]], &FREE);
    corpus.report(&laid, |i| &fold_nets[fold[i]], tell);

    let well = |i: usize, p: usize| corpus.scores[i][p] >= GOOD;
    let durations =
        Durations::fit(laid.iter().enumerate().filter_map(|(i, l)| Some((i, l.as_ref()?))).flat_map(|(i, l)| {
            (0..l.phones.len()).filter(move |p| well(i, *p)).map(|p| (l.phones[p], l.frames[p].len()))
        }));
    let kept: Vec<usize> = (0..readings.len()).filter(|i| laid[*i].is_some()).collect();
    tell(Step::Note(format!("{} readings could be aligned", kept.len())));
    let features: Vec<_> = kept
        .par_iter()
        .map(|i| {
            let laid = laid[*i].clone().expect("invariant: kept readings are aligned");
            let posteriors = log_posteriors(&fold_nets[fold[*i]], corpus.states(*i));
            let features =
                phone_features(&laid, posteriors.view(), corpus.states(*i), &states.contours[*i], &durations);
            (laid, features)
        })
        .collect();

    let fold: Vec<usize> = kept.iter().map(|i| fold[*i]).collect();

    // The classifier of whole phones.
    let pooled: Vec<ArrayView2<'_, f32>> = features.iter().map(|(_, f)| f.pooled.view()).collect();
    let pooled = ndarray::concatenate(Axis(0), &pooled).expect("invariant: pooled states of one width");
    let starts = offsets(features.iter().map(|(l, _)| l.phones.len()));
    let classes: Vec<u8> = features.iter().flat_map(|(l, _)| l.phones.iter().map(|p| p.class)).collect();
    let scores: Vec<f32> = kept.iter().flat_map(|i| corpus.scores[*i].clone()).collect();
    let said: Vec<bool> = features.iter().flat_map(|(l, _)| l.frames.iter().map(|f| !f.is_empty())).collect();
    let phone_fold: Vec<usize> = (0..kept.len()).flat_map(|j| vec![fold[j]; starts[j + 1] - starts[j]]).collect();
    let segment_nets: Vec<Classifier> = pieces.piece("segments", || {
        in_parallel(FOLDS + 1, |k| {
            let keep: Vec<usize> = (0..classes.len())
                .filter(|r| (k == FOLDS || phone_fold[*r] != k) && scores[*r] >= GOOD && said[*r])
                .collect();
            train_segments(pooled.view(), &classes, &keep, options.seed + 20 + k as u64, tell)
        })
    })?;
    let heard: Vec<Heard> = features
        .into_iter()
        .enumerate()
        .map(|(j, (laid, features))| {
            let segment = segment_nets[fold[j]].log_probabilities(features.pooled.view());
            let states_of = corpus.states(kept[j]);
            Heard::new(laid, features, segment, states.contours[kept[j]].clone(), states_of)
        })
        .collect();
    let truth: Vec<f32> = scores.clone();
    let alone: Vec<f32> = heard
        .iter()
        .flat_map(|h| (0..h.laid.phones.len()).map(|p| h.segment[[p, h.laid.phones[p].index() - 1]]))
        .collect();
    tell(Step::Note(format!("log-posterior of the whole phone against its score: r {:.3}", pearson(&alone, &truth))));

    // The networks.
    let inputs: Vec<Input<'_>> = heard.iter().map(Heard::input).collect();
    let wanted: Vec<network::Target> = kept
        .iter()
        .map(|i| network::Target {
            phones: corpus.scores[*i].clone(),
            words: readings[*i].words.iter().map(|w| [w.accuracy, w.stress, w.total]).collect(),
            reading: readings[*i].scores,
        })
        .collect();
    let mut nets: Vec<Vec<Scorer>> = pieces.piece("networks", || {
        let job = |job: usize| {
            let (k, n) = (job / NETWORKS, job % NETWORKS);
            let keep: Vec<usize> = (0..kept.len()).filter(|j| k == FOLDS || fold[*j] != k).collect();
            let seed = options.seed + 1_000 * (n as u64 + 1) + k as u64;
            network::fit(&inputs, &wanted, &keep, seed, &|epoch, loss| {
                tell(Step::Note(format!("network {} of part {}, pass {}: loss {loss:.3}", n + 1, k + 1, epoch + 1)));
            })
        };
        in_parallel((FOLDS + 1) * NETWORKS, job).chunks(NETWORKS).map(<[Scorer]>::to_vec).collect()
    })?;
    drop(inputs);
    let net_out: Vec<NetScores> = heard.par_iter().enumerate().map(|(j, h)| networks(&nets[fold[j]], h)).collect();
    let nets = nets.pop().expect("invariant: the last were trained on all");
    let net_phones: Vec<f32> = net_out.iter().flat_map(|n| n.phones.clone()).collect();
    figure(format!(
        "networks, phones: r {:.3}, mean squared error {:.4}",
        pearson(&net_phones, &scores),
        squared(&net_phones, &scores)
    ));

    // Phones.
    let good: Vec<bool> = scores.iter().zip(&said).map(|(s, said)| *s >= GOOD && *said).collect();
    let places = Places::fit(pooled.view(), &classes, &good, &mut dice);
    drop(pooled);
    let rows: Vec<Array2<f32>> = heard.par_iter().map(|h| PhoneScorer::rows(&places, h)).collect();
    let views: Vec<ArrayView2<'_, f32>> = rows.iter().map(Array2::view).collect();
    let rows = ndarray::concatenate(Axis(0), &views).expect("invariant: rows of one width");
    tell(Step::Note(format!("{} phones, {} numbers each", rows.nrows(), rows.ncols())));
    let mut phone_trees: Vec<Trees> = pieces.piece("phone-trees", || {
        let growth = |k| PhoneScorer::growth(options.seed + k as u64);
        fit_folds(rows.view(), &scores, &phone_fold, growth, "trees of phones", tell)
    })?;
    let grown = out_of_fold(rows.view(), &phone_fold, &phone_trees);
    drop(rows);
    let both =
        Array2::from_shape_fn((grown.len(), 2), |(r, member)| if member == 0 { grown[r] } else { net_phones[r] });
    let phone_blend = Blend::fit(both.view(), &scores);
    let phone_out: Vec<f32> =
        both.rows().into_iter().map(|row| phone_blend.mix(&row.to_vec()).clamp(0.0, 2.0)).collect();
    figure(format!("trees, phones: r {:.3}; weights {:.2?}", pearson(&grown, &scores), phone_blend.weights));
    figure(format!(
        "phones: r {:.3}, mean squared error {:.4}",
        pearson(&phone_out, &scores),
        squared(&phone_out, &scores)
    ));

    // Words.
    let phones_of = |j: usize| &phone_out[starts[j]..starts[j + 1]];
    let rows: Vec<Array2<f32>> =
        heard.par_iter().enumerate().map(|(j, h)| WordScorer::rows(h, phones_of(j), &net_out[j])).collect();
    let word_starts = offsets(rows.iter().map(|r| r.nrows()));
    let word_fold: Vec<usize> = (0..kept.len()).flat_map(|j| vec![fold[j]; rows[j].nrows()]).collect();
    let views: Vec<ArrayView2<'_, f32>> = rows.iter().map(Array2::view).collect();
    let rows = ndarray::concatenate(Axis(0), &views).expect("invariant: rows of one width");
    let mut word_out = Array2::zeros((rows.nrows(), 3));
    let mut word_scorer = WordScorer { trees: Vec::new(), blends: Vec::new() };
    let net_words: Vec<f32> = net_out.iter().flat_map(|n| n.words.iter().copied()).collect();
    for (kind, name) in ["accuracy", "stress", "total"].into_iter().enumerate() {
        let targets: Vec<f32> = kept
            .iter()
            .flat_map(|i| readings[*i].words.iter().map(|w| [w.accuracy, w.stress, w.total][kind]))
            .collect();
        let mut trees = fit_folds(
            rows.view(),
            &targets,
            &word_fold,
            |k| WordScorer::growth(options.seed + k as u64),
            "trees of words",
            tell,
        );
        let grown = out_of_fold(rows.view(), &word_fold, &trees);
        let both =
            Array2::from_shape_fn(
                (grown.len(), 2),
                |(r, member)| {
                    if member == 0 { grown[r] } else { net_words[3 * r + kind] }
                },
            );
        let blend = Blend::fit(both.view(), &targets);
        let out: Vec<f32> = both.rows().into_iter().map(|row| blend.mix(&row.to_vec())).collect();
        figure(format!(
            "words, {name}: r {:.3} (trees {:.3}, networks {:.3})",
            pearson(&out, &targets),
            pearson(&grown, &targets),
            pearson(&both.column(1).to_vec(), &targets)
        ));
        word_scorer.blends.push(blend);
        word_out.column_mut(kind).assign(&ndarray::Array1::from_iter(out.into_iter().map(|s| s.clamp(0.0, 10.0))));
        word_scorer.trees.push(trees.pop().expect("invariant: the last was fitted on all"));
    }

    // Whole readings.
    let words_of = |j: usize| word_out.slice(s![word_starts[j]..word_starts[j + 1], ..]);
    let rows: Vec<Vec<f32>> =
        heard.iter().enumerate().map(|(j, h)| ReadingScorer::row(h, phones_of(j), words_of(j), &net_out[j])).collect();
    let rows = from_rows(&rows);
    let whole = from_rows(&heard.iter().map(|h| h.whole.to_vec()).collect::<Vec<_>>());
    let targets = from_rows(&kept.iter().map(|i| readings[*i].scores.to_vec()).collect::<Vec<_>>());
    let mut members = vec![Array2::zeros((kept.len(), MEMBERS)); Aspect::ALL.len()];
    for k in 0..FOLDS {
        let inside: Vec<usize> = (0..kept.len()).filter(|j| fold[*j] != k).collect();
        let outside: Vec<usize> = (0..kept.len()).filter(|j| fold[*j] == k).collect();
        let pick = |from: &Array2<f32>, rows: &[usize]| from.select(Axis(0), rows);
        let fitted = ReadingScorer::fit(
            pick(&rows, &inside).view(),
            pick(&whole, &inside).view(),
            pick(&targets, &inside).view(),
            options.seed + 100 * k as u64,
        );
        let nets: Vec<[f32; 5]> = outside.iter().map(|j| net_out[*j].reading).collect();
        let out = fitted.members(pick(&rows, &outside).view(), pick(&whole, &outside).view(), &nets);
        for (aspect, out) in out.iter().enumerate() {
            for (row, j) in out.rows().into_iter().zip(&outside) {
                members[aspect].row_mut(*j).assign(&row);
            }
        }
        tell(Step::Progress { stage: "scorers of readings", done: k + 1, of: FOLDS + 1 });
    }
    let mut blends = Vec::new();
    let mut reading_out = vec![[0.0; 5]; kept.len()];
    for (aspect, members) in members.iter().enumerate() {
        let truth = targets.column(aspect).to_vec();
        let blend = Blend::fit(members.view(), &truth);
        let out: Vec<f32> = members.rows().into_iter().map(|row| blend.mix(&row.to_vec()).clamp(0.0, 10.0)).collect();
        let alone: Vec<String> =
            members.columns().into_iter().map(|c| format!("{:.3}", pearson(&c.to_vec(), &truth))).collect();
        figure(format!(
            "readings, {:?}: r {:.3} (line, trees, states, networks: {}; weights {:.2?})",
            Aspect::ALL[aspect],
            pearson(&out, &truth),
            alone.join(", "),
            blend.weights
        ));
        out.iter().zip(&mut reading_out).for_each(|(value, row)| row[aspect] = *value);
        blends.push(blend);
    }
    let reading_scorer = ReadingScorer::fit(rows.view(), whole.view(), targets.view(), options.seed + 1_000);
    tell(Step::Progress { stage: "scorers of readings", done: FOLDS + 1, of: FOLDS + 1 });

    let mut crossed = CrossFitted {
        phones: readings.iter().map(|r| vec![f32::NAN; r.words.iter().map(|w| w.phones.len()).sum()]).collect(),
        words: readings.iter().map(|r| vec![[f32::NAN; 3]; r.words.len()]).collect(),
        readings: vec![[f32::NAN; 5]; readings.len()],
    };
    for (j, i) in kept.iter().enumerate() {
        crossed.phones[*i] = phones_of(j).to_vec();
        crossed.words[*i] = words_of(j).rows().into_iter().map(|r| [r[0], r[1], r[2]]).collect();
        crossed.readings[*i] = reading_out[j];
    }
    // Of well-said phones one in twenty may be flagged.
    let well_said: Vec<f32> = phone_out.iter().zip(&scores).filter(|(_, s)| **s >= GOOD).map(|(out, _)| *out).collect();
    let flag_below = quantile(&well_said, 0.05);
    let instead_from = instead_from(&heard, &good);
    figure(format!("flagged below {flag_below:.2}; the other phone is named from {instead_from:.2}"));
    let last = |mut nets: Vec<Classifier>| nets.pop().expect("invariant: the last was trained on all");
    let heads = Heads {
        acoustic: Acoustic { projection, frames: last(fold_nets), segments: last(segment_nets), durations },
        nets,
        phones: PhoneScorer { places, trees: phone_trees.pop().expect("invariant: as above"), blend: phone_blend },
        words: word_scorer,
        readings: reading_scorer,
        blends,
        flag_below,
        instead_from,
        figures,
        trained_on: TrainedOn::new(readings, options.encoder.clone(), options.seed),
    };
    Ok((heads, crossed))
}

/// The training's recordings with their states turned.
struct Corpus<'a> {
    readings: &'a [ScoredReading],
    /// All frames × [`WIDTH`].
    projected: Array2<f32>,
    /// Where each reading's frames begin, and the end.
    starts: Vec<usize>,
    scale: Vec<f32>,
    words: Vec<Vec<Variants>>,
    letters: Vec<Vec<usize>>,
    /// The experts' score of each phone of each reading.
    scores: Vec<Vec<f32>>,
    levels: Vec<Vec<f32>>,
}

impl<'a> Corpus<'a> {
    fn new(
        readings: &'a [ScoredReading],
        states: &States,
        projection: &Projection,
        tell: &(dyn Fn(Step) + Sync),
    ) -> Result<Corpus<'a>, HearingError> {
        let starts = states.starts().to_vec();
        let mut projected = Array2::zeros((starts[readings.len()], WIDTH));
        for i in 0..readings.len() {
            let part = projection.apply(states.of(i)?.view());
            projected.slice_mut(s![starts[i]..starts[i + 1], ..]).assign(&part);
            if i % 100 == 99 {
                tell(Step::Progress { stage: "turning the states", done: i + 1, of: readings.len() });
            }
        }
        let every: Vec<usize> = (0..projected.nrows()).step_by(37).collect();
        let deviation = projected.select(Axis(0), &every).std_axis(Axis(0), 0.0) + 1e-6;
        let mut scale = Vec::new();
        gather_context(deviation.insert_axis(Axis(0)).view(), 0, &mut scale);
        let words = readings.iter().map(|r| r.words.iter().map(|w| vec![w.phones.clone()]).collect()).collect();
        let letters = readings.iter().map(|r| r.words.iter().map(|w| w.text.chars().count()).collect()).collect();
        let scores = readings.iter().map(|r| r.words.iter().flat_map(|w| w.phone_scores.clone()).collect()).collect();
        let levels = states.contours.iter().map(|c| c.level.clone()).collect();
        Ok(Corpus { readings, projected, starts, scale, words, letters, scores, levels })
    }

    fn frames(&self) -> usize {
        self.projected.nrows()
    }

    fn range(&self, reading: usize) -> Range<usize> {
        self.starts[reading]..self.starts[reading + 1]
    }

    fn states(&self, reading: usize) -> ArrayView2<'_, f32> {
        self.projected.slice(s![self.range(reading), ..])
    }

    /// The class of each frame, and how sure it is that it sounds like it.
    fn labels(&self, laid: &[Option<Laid>]) -> (Vec<u8>, Vec<f32>) {
        let mut classes = vec![0_u8; self.frames()];
        let mut weights = vec![1.0_f32; self.frames()];
        for (i, laid) in laid.iter().enumerate() {
            let Some(laid) = laid else {
                weights[self.range(i)].fill(0.0);
                continue;
            };
            for (p, frames) in laid.frames.iter().enumerate() {
                // 2 counts fully, 1.8 as well, .8 and less not at all.
                let weight = (self.scores[i][p] - 0.8).clamp(0.0, 1.0);
                for frame in frames.clone() {
                    classes[self.starts[i] + frame] = laid.phones[p].class;
                    weights[self.starts[i] + frame] = weight;
                }
            }
        }
        (classes, weights)
    }

    fn train_frames(
        &self,
        laid: &[Option<Laid>],
        keep: impl Fn(usize) -> bool,
        epochs: usize,
        seed: u64,
        stage: &'static str,
        tell: &(dyn Fn(Step) + Sync),
    ) -> Classifier {
        let (classes, weights) = self.labels(laid);
        let mut dice = Dice::seed_from_u64(seed);
        let mut rows = Vec::new();
        let mut owner = vec![0_u32; self.frames()];
        for i in 0..self.readings.len() {
            owner[self.range(i)].fill(i as u32);
            if keep(i) {
                // Of silence, which is a third of all, two fifths are enough.
                let silent = crate::rng::mask(self.range(i).len(), 0.6, &mut dice);
                let wanted = |t: &usize| weights[*t] > 0.0 && (classes[*t] > 0 || silent[*t - self.starts[i]] > 0.0);
                rows.extend(self.range(i).filter(wanted));
            }
        }
        let recipe = Recipe {
            hidden: vec![512, 256],
            dropout: vec![0.15, 0.3, 0.2],
            classes: CLASSES,
            epochs,
            batch: 512,
            rate: 1.5e-3,
            decay: 1e-2,
            seed,
        };
        let gather = |row: usize, to: &mut Vec<f32>| {
            let reading = owner[row] as usize;
            let from = to.len();
            gather_context(self.states(reading), row - self.starts[reading], to);
            to[from..].iter_mut().zip(&self.scale).for_each(|(v, scale)| *v /= scale);
        };
        let net =
            classifier::train(&rows, &classes, &weights, context_width(WIDTH), &gather, &recipe, &|epoch, loss| {
                tell(Step::Note(format!("{stage}, seed {seed}, pass {}: loss {loss:.3}", epoch + 1)));
            });
        let mut counts = [1e-5_f32 * rows.len() as f32; CLASSES];
        rows.iter().for_each(|row| counts[usize::from(classes[*row])] += 1.0);
        let log_prior = counts.iter().map(|c| (c / rows.len() as f32).ln()).collect();
        Classifier { net, scale: self.scale.clone(), log_prior }
    }

    fn align<'b>(&self, net: impl Fn(usize) -> &'b Classifier + Sync, costs: &Costs) -> Vec<Option<Laid>> {
        (0..self.readings.len())
            .into_par_iter()
            .map(|i| {
                let posteriors = log_posteriors(net(i), self.states(i));
                lay(&posteriors, &net(i).log_prior, &self.words[i], &self.letters[i], costs, End::Text)
                    .map(|(laid, _)| laid)
            })
            .collect()
    }

    /// Says how well frames are told apart, and what the alignment left out.
    fn report<'b>(
        &self,
        laid: &[Option<Laid>],
        net: impl Fn(usize) -> &'b Classifier + Sync,
        tell: &(dyn Fn(Step) + Sync),
    ) {
        let counts: Vec<[usize; 8]> = (0..self.readings.len())
            .into_par_iter()
            .filter_map(|i| {
                let laid = laid[i].as_ref()?;
                let posteriors = log_posteriors(net(i), self.states(i));
                let mut count = [0; 8];
                for (p, frames) in laid.frames.iter().enumerate().filter(|(p, _)| self.scores[i][*p] >= GOOD) {
                    for row in frames.clone().map(|t| posteriors.row(t)) {
                        let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                        count[0] += usize::from(row[laid.phones[p].index()] == best);
                        count[1] += 1;
                    }
                }
                for (w, range) in laid.phones_of_words().into_iter().enumerate() {
                    let out = laid.frames[range].iter().all(Range::is_empty);
                    let accuracy = self.readings[i].words[w].accuracy;
                    count[2] += usize::from(out);
                    count[3] += usize::from(out && accuracy >= 7.0);
                    count[4] += usize::from(out && accuracy <= 2.0);
                    count[5] += usize::from(accuracy <= 1.0);
                }
                count[6] += laid.extras;
                count[7] += laid.extra;
                Some(count)
            })
            .collect();
        let sum = |j: usize| counts.iter().map(|c| c[j]).sum::<usize>();
        tell(Step::Note(format!(
            "frames of good phones right: {:.3}; words left out {} (of accuracy 7 and more {}, of 2 and less {}; words of accuracy 0 or 1: {}); extras {} in {} frames",
            sum(0) as f32 / sum(1).max(1) as f32,
            sum(2),
            sum(3),
            sum(4),
            sum(5),
            sum(6),
            sum(7)
        )));
    }
}

/// The probability from which the best phone of a well-said one is the right one in three of four cases: what would be named
/// if the text had another phone there.
fn instead_from(heard: &[Heard], good: &[bool]) -> f32 {
    /// The issue of a wrong name is a learner who practises what was right: better than two in three.
    const RIGHT: f32 = 0.75;
    let mut best: Vec<(f32, bool)> = heard
        .iter()
        .flat_map(|h| (0..h.laid.phones.len()).map(move |p| (h, p)))
        .zip(good)
        .filter(|(_, good)| **good)
        .map(|((h, p), _)| {
            let row = h.segment.row(p);
            let top = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            (row[top].exp(), top == h.laid.phones[p].index() - 1)
        })
        .collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut lowest = 0.9;
    let mut right = 0;
    for (i, (probability, is)) in best.iter().enumerate() {
        right += usize::from(*is);
        if i >= 100 && right as f32 >= RIGHT * (i + 1) as f32 {
            lowest = *probability;
        }
    }
    lowest.max(0.4)
}

fn train_segments(
    pooled: ArrayView2<'_, f32>,
    classes: &[u8],
    keep: &[usize],
    seed: u64,
    tell: &(dyn Fn(Step) + Sync),
) -> Classifier {
    let every: Vec<usize> = keep.iter().copied().step_by(7).collect();
    let scale = (pooled.select(Axis(0), &every).std_axis(Axis(0), 0.0) + 1e-6).to_vec();
    let recipe = Recipe {
        hidden: vec![256],
        dropout: vec![0.3, 0.5],
        classes: CLASSES - 1,
        epochs: 10,
        batch: 256,
        rate: 1e-3,
        decay: 5e-2,
        seed,
    };
    let labels: Vec<u8> = classes.iter().map(|c| c - 1).collect();
    let gather = |row: usize, to: &mut Vec<f32>| {
        to.extend(pooled.row(row).iter().zip(&scale).map(|(v, scale)| v / scale));
    };
    let weights = vec![1.0; classes.len()];
    let net = classifier::train(keep, &labels, &weights, pooled.ncols(), &gather, &recipe, &|epoch, loss| {
        tell(Step::Note(format!("classifier of whole phones, seed {seed}, pass {}: loss {loss:.3}", epoch + 1)));
    });
    Classifier { net, scale, log_prior: Vec::new() }
}

/// One model per fold, fitted on the others, then one fitted on all.
fn fit_folds(
    rows: ArrayView2<'_, f32>,
    targets: &[f32],
    fold: &[usize],
    growth: impl Fn(usize) -> crate::trees::Growth + Sync,
    stage: &'static str,
    tell: &(dyn Fn(Step) + Sync),
) -> Vec<Trees> {
    (0..=FOLDS)
        .map(|k| {
            let inside: Vec<usize> = (0..fold.len()).filter(|r| k == FOLDS || fold[*r] != k).collect();
            let own: Vec<f32> = inside.iter().map(|r| targets[*r]).collect();
            let trees = Trees::fit(rows.select(Axis(0), &inside).view(), &own, &growth(k));
            tell(Step::Progress { stage, done: k + 1, of: FOLDS + 1 });
            trees
        })
        .collect()
}

fn out_of_fold(rows: ArrayView2<'_, f32>, fold: &[usize], trees: &[Trees]) -> Vec<f32> {
    let mut out = vec![0.0; fold.len()];
    for (k, trees) in trees.iter().take(FOLDS).enumerate() {
        let outside: Vec<usize> = (0..fold.len()).filter(|r| fold[*r] == k).collect();
        let predicted = trees.predict(rows.select(Axis(0), &outside).view());
        outside.iter().zip(predicted).for_each(|(r, p)| out[*r] = p);
    }
    out
}

fn in_parallel<T: Send>(n: usize, make: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    (0..n).into_par_iter().with_max_len(1).map(make).collect()
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut sum = 0;
    for length in lengths {
        sum += length;
        starts.push(sum);
    }
    starts
}

/// Pearson's correlation.
fn pearson(a: &[f32], b: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().map(|x| f64::from(*x)).sum::<f64>() / v.len().max(1) as f64;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        a.iter().zip(b).map(|(x, y)| f(f64::from(*x) - ma, f64::from(*y) - mb)).sum::<f64>()
    };
    (sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()) as f32
}

fn squared(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f32>() / a.len().max(1) as f32
}
