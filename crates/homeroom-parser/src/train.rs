//! Training of all models from a treebank.

use homeroom_core::Upos;

use crate::arcs::{Search, Workspace, projectivize};
use crate::conllu::Sentence;
use crate::hash::Random;
use crate::labeller::{Example, Labeller, Tagged};
use crate::labels::{self, Deprel, TagSet};
use crate::lexical::{Lexical, word_hash};
use crate::model::Model;
use crate::tagger::{Dictionary, Input, Tagger};
use crate::weights::{DenseTrainer, DenseWeights};
use crate::{Parser, ParserError, evaluate};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// Seed of every random choice.
    pub seed: u64,
    /// Passes over the training data for the tagger.
    pub tagger_epochs: usize,
    /// Passes for each labeller.
    pub labeller_epochs: usize,
    /// Passes for the transitions.
    pub parser_epochs: usize,
    /// States kept by the search in training; the shipped parser keeps [`crate::BEAM`].
    pub beam: usize,
    /// Parts for jackknifing: each part's tags come from a tagger that has not seen it.
    pub folds: usize,
    /// Every how many sentences a copy is added that is written carelessly (lower case, no final full stop);
    /// 0 for none.
    pub careless_every: usize,
    /// Share of the words whose form is hidden from the transitions' features, drawn anew for each pass.
    pub hidden_words: f64,
    /// Share of the words whose form is hidden from the tagger's features.
    pub hidden_words_tagger: f64,
    /// Distributional classes of words: lines of word, coarse class, fine class (1 to 255), tab-separated. May be
    /// empty.
    pub word_classes: String,
    /// Text for the model's header: data and licence.
    pub note: String,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            tagger_epochs: 10,
            labeller_epochs: 8,
            parser_epochs: 16,
            beam: 8,
            folds: 5,
            careless_every: 6,
            hidden_words: 0.3,
            hidden_words_tagger: 0.1,
            word_classes: include_str!("../model/word-classes.tsv").to_owned(),
            note: "trained on Universal Dependencies English EWT (Silveira et al. 2014), CC BY-SA 4.0".to_owned(),
        }
    }
}

/// A step of the training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// A pass over the data is done.
    Epoch {
        /// Which model.
        stage: &'static str,
        /// Counted from 1.
        epoch: usize,
        /// Wrong decisions; for the transitions, sentences that changed the weights.
        errors: usize,
    },
    /// The development data were parsed with the model so far.
    Dev {
        /// Share of words with the right universal tag.
        upos: f64,
        /// With the right tag of the language's own set.
        xpos: f64,
        /// With the right head.
        uas: f64,
        /// With the right head and universal relation.
        las: f64,
    },
    /// Weights that the stored tables keep.
    Size {
        /// Of the tagger.
        tagger: usize,
        /// Of the transitions (features).
        arcs: usize,
        /// Of the two labellers together.
        labellers: usize,
    },
}

/// Rows of the tagger's table, 64 bytes each. The four tables together keep the model below 6 MB.
const TAGGER_ROWS: u32 = 24_000;
/// Rows of the table of the labeller of pairs, 64 bytes each.
const PAIR_ROWS: u32 = 6_000;
/// Rows of the table of the labeller of trees, 64 bytes each.
const TREE_ROWS: u32 = 10_000;
/// Sets of the transitions' table, 16 bytes each.
const ARC_SETS: u32 = 190_000;
/// Rows of the tables of jackknifed models, which are not stored.
const SCRATCH_ROWS: u32 = 1 << 16;
/// Passes over the data between two looks at the development data.
const DEV_EVERY: usize = 5;

/// A training sentence with gold annotation in the models' terms.
struct Gold {
    input: Input,
    tags: Vec<u8>,
    heads: Vec<Option<usize>>,
    projective: Vec<Option<usize>>,
    labels: Vec<Deprel>,
    /// The sentence that it is, or is a copy of: copies stay in their original's fold.
    origin: usize,
}

/// Universal tags (indices in `Upos::ALL`) of joint tags.
pub(crate) fn universal(tags: &[u8], set: &TagSet) -> Vec<u8> {
    let index = |upos: Upos| labels::narrow(Upos::ALL.iter().position(|&u| u == upos).unwrap_or(0));
    tags.iter().map(|&t| index(set.get(t).0)).collect()
}

/// A copy of a sentence as a careless writer would have it: lower case; without its last mark where it has one.
fn careless(sentence: &Sentence, variant: u64) -> Sentence {
    let mut copy = sentence.clone();
    if !variant.is_multiple_of(4) {
        for w in &mut copy.words {
            w.form = w.form.to_lowercase();
        }
    } else if let Some(w) = copy.words.first_mut() {
        w.form = w.form.to_lowercase();
    }
    let n = copy.words.len();
    let last_is_leaf = copy.words.iter().all(|w| w.head != Some(n.wrapping_sub(1)));
    let is_mark = copy.words.last().is_some_and(|w| w.upos == Upos::Punct && w.head.is_some());
    if variant.is_multiple_of(2) && n > 1 && is_mark && last_is_leaf {
        copy.words.pop();
    }
    copy
}

/// Trains tagger, labellers and transitions; returns the bytes of the model file.
///
/// The parser learns on tags that a tagger gave which had not seen the sentence, so that it can live with wrong tags.
/// `dev` is only measured, for `progress` and for the header. Equal input gives equal bytes on the same platform.
///
/// # Errors
/// [`ParserError::NoData`] without training sentences; [`ParserError::UnknownLabel`] for a tag or relation that
/// English treebanks don't use; [`ParserError::WordClasses`] for malformed word classes.
pub fn train(
    train: &[Sentence],
    dev: &[Sentence],
    options: &TrainOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, ParserError> {
    if train.is_empty() {
        return Err(ParserError::NoData);
    }
    let classes = word_classes(&options.word_classes)?;
    let mut random = Random(options.seed);
    let mut sentences: Vec<(usize, Sentence)> = train.iter().cloned().enumerate().collect();
    if let Some(step) = std::num::NonZeroUsize::new(options.careless_every) {
        let copies: Vec<_> =
            train.iter().enumerate().step_by(step.get()).map(|(i, s)| (i, careless(s, random.next()))).collect();
        sentences.extend(copies);
    }
    let words = || sentences.iter().flat_map(|(_, s)| &s.words);
    let set = TagSet::new(words().map(|w| (w.upos, w.xpos.as_str())))?;
    let dictionary_of = |golds: &mut dyn Iterator<Item = &Gold>| {
        let pairs: Vec<(Lexical, u8)> =
            golds.flat_map(|g| g.input.words.iter().copied().zip(g.tags.iter().copied())).collect();
        Dictionary::new(pairs.iter().map(|(l, t)| (l, *t)), &classes)
    };
    let empty = Dictionary::default();
    let mut golds = Vec::with_capacity(sentences.len());
    for (origin, s) in &sentences {
        golds.push(gold(*origin, s, &set, &empty)?);
    }
    let n_tags = set.tags.len();

    // Each fold's tags and pair labels come from models of the other folds.
    let folds = options.folds.max(2);
    let mut tags: Vec<Vec<u8>> = vec![Vec::new(); golds.len()];
    let mut pair_labellers = Vec::with_capacity(folds);
    let mut inputs: Vec<Input> = vec![Input::default(); golds.len()];
    for fold in 0..folds {
        let dictionary = dictionary_of(&mut golds.iter().filter(|g| g.origin % folds != fold));
        for (g, input) in golds.iter().zip(&mut inputs) {
            *input = with_entries(&g.input, &dictionary);
        }
        let inside: Vec<usize> = (0..golds.len()).filter(|&i| golds[i].origin % folds == fold).collect();
        let outside: Vec<usize> = (0..golds.len()).filter(|&i| golds[i].origin % folds != fold).collect();
        let data: Vec<(&Input, &[u8])> = outside.iter().map(|&i| (&inputs[i], golds[i].tags.as_slice())).collect();
        let epochs = options.tagger_epochs.div_ceil(2);
        let tagger = Tagger::train(
            &data,
            dictionary,
            n_tags,
            epochs,
            SCRATCH_ROWS,
            options.hidden_words_tagger,
            &mut random,
            |epoch, errors| {
                progress(Progress::Epoch { stage: "fold tagger", epoch, errors });
            },
        );
        for &i in &inside {
            tags[i] = tagger.tag(&inputs[i]);
        }
        // A fold's labeller only serves the transitions' features, for which gold tags are near enough.
        let upos: Vec<Vec<u8>> = outside.iter().map(|&i| universal(&golds[i].tags, &set)).collect();
        let examples: Vec<Example<'_>> = outside
            .iter()
            .zip(&upos)
            .map(|(&i, upos)| {
                let tagged = Tagged { input: &inputs[i], tags: &golds[i].tags, upos };
                (tagged, golds[i].heads.as_slice(), golds[i].labels.as_slice())
            })
            .collect();
        let epochs = options.labeller_epochs.div_ceil(2);
        pair_labellers.push(Labeller::train(&examples, false, epochs, SCRATCH_ROWS, &mut random, |epoch, errors| {
            progress(Progress::Epoch { stage: "fold labeller", epoch, errors });
        }));
    }

    // The models that are stored are trained on everything.
    let dictionary = dictionary_of(&mut golds.iter());
    for (g, input) in golds.iter().zip(&mut inputs) {
        *input = with_entries(&g.input, &dictionary);
    }
    let data: Vec<(&Input, &[u8])> = inputs.iter().zip(&golds).map(|(i, g)| (i, g.tags.as_slice())).collect();
    let epochs = options.tagger_epochs;
    let tagger = Tagger::train(
        &data,
        dictionary,
        n_tags,
        epochs,
        TAGGER_ROWS,
        options.hidden_words_tagger,
        &mut random,
        |epoch, errors| {
            progress(Progress::Epoch { stage: "tagger", epoch, errors });
        },
    );
    let upos: Vec<Vec<u8>> = tags.iter().map(|t| universal(t, &set)).collect();
    let tagged: Vec<Tagged<'_>> =
        inputs.iter().zip(tags.iter().zip(&upos)).map(|(input, (tags, upos))| Tagged { input, tags, upos }).collect();
    let examples: Vec<Example<'_>> =
        tagged.iter().zip(&golds).map(|(&t, g)| (t, g.heads.as_slice(), g.labels.as_slice())).collect();
    let mut labeller = |with_tree, rows, stage| {
        Labeller::train(&examples, with_tree, options.labeller_epochs, rows, &mut random, |epoch, errors| {
            progress(Progress::Epoch { stage, epoch, errors });
        })
    };
    let pair_labeller = labeller(false, PAIR_ROWS, "pair labeller");
    let tree_labeller = labeller(true, TREE_ROWS, "tree labeller");

    let mut model =
        Model { header: String::new(), tags: set, tagger, arcs: DenseWeights::empty(), pair_labeller, tree_labeller };
    let mut arcs = DenseTrainer::new();
    let mut order: Vec<usize> = (0..golds.len()).collect();
    let mut workspace = Workspace::default();
    for epoch in 1..=options.parser_epochs {
        random.shuffle(&mut order);
        let mut errors = 0;
        for &i in &order {
            let labeller = &pair_labellers[golds[i].origin % folds];
            let changed = workspace.learn(tagged[i], &golds[i].projective, &mut arcs, labeller, options.beam, || {
                random.chance(options.hidden_words)
            });
            errors += usize::from(changed);
        }
        progress(Progress::Epoch { stage: "transitions", epoch, errors });
        if epoch % DEV_EVERY == 0 || epoch == options.parser_epochs {
            model.arcs = arcs.pack(ARC_SETS);
            model = measure(model, dev, options, progress);
        }
    }
    progress(Progress::Size {
        tagger: model.tagger.len(),
        arcs: model.arcs.len(),
        labellers: model.pair_labeller.weights.len() + model.tree_labeller.weights.len(),
    });
    Ok(model.write())
}

/// Measures on the development data and writes the header.
#[allow(clippy::cast_precision_loss, reason = "counts of words")]
fn measure(model: Model, dev: &[Sentence], options: &TrainOptions, progress: &mut dyn FnMut(Progress)) -> Model {
    let parser = Parser { model };
    let totals = evaluate(&parser, dev).totals();
    let mut model = parser.model;
    model.header = format!("{}; seed {}", options.note, options.seed);
    if totals.n_tokens > 0 {
        let share = |n: usize| n as f64 / totals.n_tokens as f64;
        let (upos, xpos) = (share(totals.upos), share(totals.xpos));
        let (uas, las) = (share(totals.uas), share(totals.las));
        progress(Progress::Dev { upos, xpos, uas, las });
        model.header += &format!("; dev: UPOS {upos:.4}, XPOS {xpos:.4}, UAS {uas:.4}, LAS {las:.4}");
    }
    model
}

/// The same words with another dictionary's entries.
fn with_entries(input: &Input, dictionary: &Dictionary) -> Input {
    Input { words: input.words.clone(), entries: input.words.iter().map(|w| dictionary.get(w.word)).collect() }
}

fn gold(origin: usize, s: &Sentence, set: &TagSet, dictionary: &Dictionary) -> Result<Gold, ParserError> {
    let input = Input::new(s.words.iter().map(|w| w.form.as_str()), dictionary);
    let (mut tags, mut labels) = (Vec::new(), Vec::new());
    for w in &s.words {
        let unknown = |label: &str| ParserError::UnknownLabel { label: label.to_owned() };
        tags.push(set.index(w.upos, &w.xpos).ok_or_else(|| unknown(&w.xpos))?);
        labels.push(labels::deprel(&w.deprel).ok_or_else(|| unknown(&w.deprel))?);
    }
    let heads: Vec<Option<usize>> = s.words.iter().map(|w| w.head).collect();
    let mut projective = heads.clone();
    projectivize(&mut projective);
    Ok(Gold { input, tags, heads, projective, labels, origin })
}

/// Reads lines of word, coarse class, fine class.
fn word_classes(text: &str) -> Result<Vec<(u32, u8, u8)>, ParserError> {
    let mut classes = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let error = || ParserError::WordClasses { line: number };
        let mut columns = line.split('\t');
        let (Some(word), Some(coarse), Some(fine), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            return Err(error());
        };
        let class = |c: &str| c.parse::<u8>().ok().filter(|&c| c > 0).ok_or_else(error);
        classes.push((word_hash(word), class(coarse)?, class(fine)?));
    }
    Ok(classes)
}

/// The search over a model's transitions.
pub(crate) fn search(model: &Model, width: usize) -> Search<'_, DenseWeights> {
    Search { weights: &model.arcs, labeller: &model.pair_labeller, width }
}
