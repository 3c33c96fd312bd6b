//! What callers see: a loaded model, a sentence that was read, and the prices of its variants.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;
use rayon::ThreadPool;

use crate::kernel::{self, Kernel};
use crate::map::map;
use crate::model::{Cache, Model, Ran, Run, Tail};
use crate::{Gguf, LmError, TokenId, Tokenizer};

/// Most tokens of branches that are run at once: enough to fill any processor, and 40 MB of room in SmolLM2-135M.
const BATCH: usize = 512;
/// Most tokens of branches that a trunk remembers: 47 MB in SmolLM2-135M.
const REMEMBERED: usize = 1024;

/// A variant of a trunk from some place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// How many tokens of the trunk come before it. The variant stands in place of `trunk[after..]`.
    pub after: usize,
    /// Its tokens.
    pub tokens: Vec<TokenId>,
}

/// A sentence with its context, and variants of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The context and the sentence.
    pub trunk: Vec<TokenId>,
    /// How many tokens of the trunk are given and get no log-probability, at least 1: the start of the document and
    /// the context.
    pub given: usize,
    /// The variants; each leaves the trunk at `given` or later.
    pub branches: Vec<Branch>,
}

/// Natural-log probabilities of the tokens of a [`Tree`], in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Of each token of the trunk, given those before it; 0 (certain) for the given ones.
    pub trunk: Vec<f32>,
    /// Of each token of each branch, given the trunk before the branch and the branch before the token.
    pub branches: Vec<Vec<f32>>,
}

/// A sentence that was read: the log-probabilities of its tokens, and what is needed to price variants of it.
///
/// Takes 48 KB a token for SmolLM2-135M, most of it keys and values in `f32`, and as much for each token of the branches
/// of the last call, up to a thousand of them.
#[derive(Debug)]
pub struct Trunk {
    tokens: Vec<TokenId>,
    given: usize,
    log_probabilities: Vec<f32>,
    cache: Cache,
    /// The states after `tokens[given - 1..]`, one after another.
    states: Vec<f32>,
    /// The logarithm of the sum over the vocabulary after each of those.
    log_totals: Vec<f32>,
    /// The branches that were priced last, so that longer ones need only their new tokens run.
    known: Mutex<Known>,
}

/// Branches that were priced, by where they leave the trunk and their tokens.
type Known = HashMap<(usize, Vec<TokenId>), Variant>;

/// A branch that was priced: of its tokens all but the last were run.
#[derive(Debug)]
struct Variant {
    prices: Vec<f32>,
    tail: Tail,
}

impl Trunk {
    /// Its tokens.
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    /// How many of them were given.
    pub fn given(&self) -> usize {
        self.given
    }

    /// The natural-log probability of each token given those before it, in nats; 0 (certain) for the given ones.
    pub fn log_probabilities(&self) -> &[f32] {
        &self.log_probabilities
    }
}

/// A language model that was loaded.
///
/// # Memory
/// SmolLM2-135M takes 297 MB (measured): its 135 million weights as bf16, the embedding as it is stored (30 MB) and the
/// vocabulary. The file is mapped while it loads and let go afterwards. With a trunk of 106 tokens and 300 branches of 8
/// tokens the process takes at most 415 MB.
pub struct Lm {
    tokenizer: Tokenizer,
    model: Model,
    pool: ThreadPool,
}

impl Lm {
    /// Loads a model for the fastest kernel of this machine. `threads`: at least 1; more than there are free cores
    /// make it slower.
    ///
    /// # Errors
    /// [`LmError::Read`] where the file can't be read; any of the variants about the file where it is damaged or of
    /// another kind; [`LmError::Threads`] where threads can't be started.
    pub fn load(path: &Path, threads: usize) -> Result<Self, LmError> {
        Self::with(path, threads, kernel::available()[0])
    }

    /// Loads a model for a kernel by its name (see [`kernel_names`](crate::kernel_names)).
    ///
    /// # Errors
    /// Those of [`Self::load`]; [`LmError::Kernel`] where this machine has no such kernel.
    pub fn load_with(path: &Path, threads: usize, kernel: &str) -> Result<Self, LmError> {
        let found = kernel::available().into_iter().find(|k| k.name() == kernel);
        Self::with(path, threads, found.ok_or_else(|| LmError::Kernel { name: kernel.to_owned() })?)
    }

    fn with(path: &Path, threads: usize, kernel: &'static dyn Kernel) -> Result<Self, LmError> {
        let threads = threads.max(1);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("lm-{n}"))
            .build()
            .map_err(|source| LmError::Threads { threads, source })?;
        let file = map(path)?;
        let gguf = Gguf::parse(&file)?;
        let tokenizer = Tokenizer::read(&gguf, &file)?;
        let model = pool.install(|| Model::read(&gguf, &file, tokenizer.n_tokens(), kernel))?;
        Ok(Self { tokenizer, model, pool })
    }

    /// The name of the kernel in use.
    pub fn kernel(&self) -> &'static str {
        self.model.kernel.name()
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The tokens of a text; see [`Tokenizer::tokenize`].
    pub fn tokenize(&self, text: &str) -> Vec<TokenId> {
        self.tokenizer.tokenize(text)
    }

    /// The token with which a document starts.
    pub fn start(&self) -> TokenId {
        self.tokenizer.start()
    }

    /// Prices a trunk and its branches.
    ///
    /// # Errors
    /// Those of [`Self::read`] and [`Self::branches`].
    pub fn score(&self, tree: &Tree) -> Result<Scores, LmError> {
        Ok(self.score_all(std::slice::from_ref(tree))?.remove(0))
    }

    /// Prices several trees together, which is faster than one after another where they are small.
    ///
    /// # Errors
    /// Those of [`Self::read`] and [`Self::branches`].
    pub fn score_all(&self, trees: &[Tree]) -> Result<Vec<Scores>, LmError> {
        let trunks: Vec<(&[TokenId], usize)> = trees.iter().map(|tree| (tree.trunk.as_slice(), tree.given)).collect();
        let trunks = self.read_all(&trunks)?;
        let wanted: Vec<(&Trunk, &[Branch])> =
            trunks.iter().zip(trees).map(|(trunk, tree)| (trunk, tree.branches.as_slice())).collect();
        let branches = self.branches_all(&wanted)?;
        Ok(trunks
            .into_iter()
            .zip(branches)
            .map(|(trunk, branches)| Scores { trunk: trunk.log_probabilities, branches })
            .collect())
    }

    /// Reads a sentence with its context. `given`: how many tokens from the first are given and get no
    /// log-probability, at least 1.
    ///
    /// # Errors
    /// [`LmError::Given`] for none or too many given tokens, [`LmError::Token`] for one beyond the vocabulary,
    /// [`LmError::Long`] where the model has too few positions, [`LmError::NotFinite`] where the model is damaged.
    pub fn read(&self, tokens: &[TokenId], given: usize) -> Result<Trunk, LmError> {
        Ok(self.read_all(&[(tokens, given)])?.remove(0))
    }

    /// Reads several sentences together; see [`Self::read`].
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_all(&self, sentences: &[(&[TokenId], usize)]) -> Result<Vec<Trunk>, LmError> {
        for &(tokens, given) in sentences {
            if given == 0 || given > tokens.len() {
                return Err(LmError::Given { given, length: tokens.len() });
            }
            self.check(tokens, 0)?;
        }
        self.pool.install(|| {
            let runs: Vec<Run<'_>> =
                sentences.iter().map(|&(tokens, _)| Run { base: None, prior: None, tokens }).collect();
            let width = self.model.config.width;
            let (caches, states): (Vec<_>, Vec<_>) = self
                .model
                .forward(&runs)
                .into_iter()
                .zip(sentences)
                .map(|(Ran { cache, mut states, .. }, &(_, given))| {
                    states.drain(..(given - 1) * width);
                    (cache, states)
                })
                .unzip();
            let mut log_totals = self.model.log_totals(&states.concat()).into_iter();
            let mut room = Vec::new();
            let trunks = sentences.iter().zip(caches).zip(states).map(|((&(tokens, given), cache), states)| {
                let mut trunk = Trunk {
                    tokens: tokens.to_vec(),
                    given,
                    log_probabilities: vec![0.0; given],
                    cache,
                    known: Mutex::default(),
                    log_totals: log_totals.by_ref().take(tokens.len() - given + 1).collect(),
                    states,
                };
                for (after, &token) in tokens.iter().enumerate().skip(given) {
                    let price = self.price(&trunk, after, token, &mut room)?;
                    trunk.log_probabilities.push(price);
                }
                Ok(trunk)
            });
            trunks.collect()
        })
    }

    /// Natural-log probabilities of single tokens, each at a place of the trunk: `(after, token)` prices `token` in
    /// place of `trunk[after]`. Costs a dot product each.
    ///
    /// # Errors
    /// [`LmError::Place`] for a place within the given tokens or beyond the trunk, [`LmError::Token`] for one beyond
    /// the vocabulary, [`LmError::NotFinite`] where the model is damaged.
    pub fn first(&self, trunk: &Trunk, alternatives: &[(usize, TokenId)]) -> Result<Vec<f32>, LmError> {
        let mut room = Vec::new();
        alternatives
            .iter()
            .map(|&(after, token)| {
                trunk.check(after)?;
                self.check(&[token], after)?;
                self.price(trunk, after, token, &mut room)
            })
            .collect()
    }

    /// Natural-log probabilities of the tokens of branches of a trunk.
    ///
    /// The trunk remembers the branches of the last call, so that a ladder of calls, each with longer beginnings of
    /// fewer branches, runs each token once.
    ///
    /// # Errors
    /// [`LmError::Place`] where a branch leaves the trunk within the given tokens or beyond its end,
    /// [`LmError::Token`] for a token beyond the vocabulary, [`LmError::Long`] where the model has too few positions,
    /// [`LmError::NotFinite`] where the model is damaged.
    pub fn branches(&self, trunk: &Trunk, branches: &[Branch]) -> Result<Vec<Vec<f32>>, LmError> {
        Ok(self.branches_all(&[(trunk, branches)])?.remove(0))
    }

    /// Branches of several trunks together; see [`Self::branches`].
    ///
    /// # Errors
    /// Those of [`Self::branches`].
    pub fn branches_all(&self, wanted: &[(&Trunk, &[Branch])]) -> Result<Vec<Vec<Vec<f32>>>, LmError> {
        let pairs = || wanted.iter().flat_map(|&(trunk, branches)| branches.iter().map(move |branch| (trunk, branch)));
        for (trunk, branch) in pairs() {
            trunk.check(branch.after)?;
            self.check(&branch.tokens, branch.after)?;
        }
        // Whoever asks about the same trunk meanwhile finds nothing known, which costs time but changes no price.
        let take = |trunk: &Trunk| std::mem::take(&mut *trunk.known.lock().unwrap_or_else(PoisonError::into_inner));
        let known: Vec<Known> = wanted.iter().map(|(trunk, _)| take(trunk)).collect();
        let asked: Vec<Asked<'_>> = wanted
            .iter()
            .zip(&known)
            .flat_map(|(&(trunk, branches), known)| branches.iter().map(move |branch| Asked::new(trunk, branch, known)))
            .collect();
        let mut variants = Vec::new();
        let mut rest = asked.as_slice();
        while !rest.is_empty() {
            // Only so many rows at once, for the room that they take.
            let mut rows = 0;
            let fitting = rest.iter().take_while(|asked| {
                rows += asked.new_tokens().len();
                rows <= BATCH
            });
            let (batch, later) = rest.split_at(fitting.count().max(1));
            variants.extend(self.pool.install(|| self.batch(batch))?);
            rest = later;
        }

        let mut variants = variants.into_iter();
        let mut room = REMEMBERED;
        let answers = wanted.iter().map(|&(trunk, branches)| {
            let mut known = Known::new();
            let answer = branches.iter().zip(&mut variants).map(|(branch, variant)| {
                let prices = variant.prices.clone();
                if branch.tokens.len() <= room {
                    room -= branch.tokens.len();
                    known.insert((branch.after, branch.tokens.clone()), variant);
                }
                prices
            });
            let answer = answer.collect();
            *trunk.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
            answer
        });
        Ok(answers.collect())
    }

    /// Prices of branches that were checked.
    fn batch(&self, asked: &[Asked<'_>]) -> Result<Vec<Variant>, LmError> {
        let runs: Vec<Run<'_>> = asked
            .iter()
            .map(|asked| Run {
                base: Some((&asked.trunk.cache, asked.branch.after)),
                prior: asked.known.map(|variant| (&variant.tail, asked.priced - 1)),
                tokens: asked.new_tokens(),
            })
            .collect();
        let ran = self.model.forward(&runs);
        let states: Vec<&[f32]> = ran.iter().map(|ran| ran.states.as_slice()).collect();
        let mut log_totals = self.model.log_totals(&states.concat()).into_iter();
        let mut room = Vec::new();
        let variants = asked.iter().zip(ran).map(|(asked, ran)| {
            let tokens = &asked.branch.tokens;
            let (mut prices, tail) = match asked.known {
                Some(known) => {
                    let mut tail = known.tail.clone();
                    tail.extend(&ran.tail);
                    (known.prices.clone(), tail)
                }
                None => (Vec::new(), ran.tail),
            };
            if let (true, Some(&first)) = (prices.is_empty(), tokens.first()) {
                prices.push(self.price(asked.trunk, asked.branch.after, first, &mut room)?);
            }
            let rest = tokens.get(prices.len()..).unwrap_or_default();
            for (state, &token) in ran.states.chunks_exact(self.model.config.width).zip(rest) {
                let total = log_totals.next().expect("invariant: each state has a total");
                prices.push(finite(self.model.logit(state, token, &mut room) - total)?);
            }
            Ok(Variant { prices, tail })
        });
        variants.collect()
    }

    /// `after` was checked.
    fn price(&self, trunk: &Trunk, after: usize, token: TokenId, room: &mut Vec<f32>) -> Result<f32, LmError> {
        let width = self.model.config.width;
        let row = after - trunk.given;
        let state = &trunk.states[row * width..][..width];
        finite(self.model.logit(state, token, room) - trunk.log_totals[row])
    }

    fn check(&self, tokens: &[TokenId], before: usize) -> Result<(), LmError> {
        let vocabulary = self.tokenizer.n_tokens();
        if let Some(token) = tokens.iter().find(|token| token.0 as usize >= vocabulary) {
            return Err(LmError::Token { token: token.0, vocabulary });
        }
        let (length, limit) = (before + tokens.len(), self.model.config.context);
        if length > limit { Err(LmError::Long { length, limit }) } else { Ok(()) }
    }
}

/// A branch that is to be priced.
struct Asked<'a> {
    trunk: &'a Trunk,
    branch: &'a Branch,
    /// The longest beginning of it that was priced before, and how many tokens that has.
    known: Option<&'a Variant>,
    priced: usize,
}

impl<'a> Asked<'a> {
    fn new(trunk: &'a Trunk, branch: &'a Branch, known: &'a Known) -> Self {
        let beginnings = (1..=branch.tokens.len()).rev().filter(|_| !known.is_empty());
        let found =
            beginnings.filter_map(|n| Some((known.get(&(branch.after, branch.tokens[..n].to_vec()))?, n))).next();
        Self { trunk, branch, known: found.map(|(known, _)| known), priced: found.map_or(0, |(_, n)| n) }
    }

    /// What has to be run: the last token of a branch is priced by the state before it, and so is not run itself.
    fn new_tokens(&self) -> &'a [TokenId] {
        let end = self.branch.tokens.len().saturating_sub(1);
        &self.branch.tokens[self.priced.saturating_sub(1).min(end)..end]
    }
}

impl Trunk {
    fn check(&self, after: usize) -> Result<(), LmError> {
        let (given, length) = (self.given, self.tokens.len());
        if (given..=length).contains(&after) { Ok(()) } else { Err(LmError::Place { after, given, length }) }
    }
}

fn finite(price: f32) -> Result<f32, LmError> {
    if price.is_finite() { Ok(price) } else { Err(LmError::NotFinite) }
}
