//! A loaded model: its tokens, what its file says of it, and room to run them in.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llguidance::ParserFactory;

use crate::template::{ChatTemplate, TemplateError};
use crate::{Context, LlamaError, Settings, gguf, processor};

/// llama.cpp, which is started once in a process. Its own log is silenced.
fn backend() -> &'static LlamaBackend {
    static BACKEND: OnceLock<LlamaBackend> = OnceLock::new();
    BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().expect("invariant: llama.cpp is started here alone");
        backend.void_logs();
        backend
    })
}

/// Control tokens that models begin a call of a tool with. Other control tokens are no text, but without these a call could
/// not be told from prose.
const MARKS_OF_TOOLS: [&str; 8] = [
    "[TOOL_CALLS]",
    "[ARGS]",
    "<|python_tag|>",
    "<tool_call>",
    "</tool_call>",
    "<|tool_call|>",
    "<|tool_call_start|>",
    "<|tool_call_end|>",
];

/// A language model in a GGUF file.
pub struct Llama {
    pub(crate) model: LlamaModel,
    threads: u32,
    /// Control tokens whose text is shown.
    marks: HashMap<u32, Vec<u8>>,
    /// Makes the parsers that hold answers to a schema; it takes half a second, so it is made once and when it is needed.
    parsers: OnceLock<Result<ParserFactory, String>>,
    /// llama.cpp changes the model when it makes room to run it.
    making_room: Mutex<()>,
}

impl Llama {
    /// Loads a model; the file is mapped. `threads`: at least 1; more than there are free cores make it many times slower.
    ///
    /// # Errors
    /// [`LlamaError::File`] where the file is not there, is damaged or cut short, or is no language model;
    /// [`LlamaError::Load`] where llama.cpp does not take it, [`LlamaError::Processor`] where it was built for another
    /// processor.
    pub fn load(path: &Path, threads: u32) -> Result<Self, LlamaError> {
        if let Some(instructions) = processor::lacking() {
            return Err(LlamaError::Processor { instructions });
        }
        gguf::check(path).map_err(|source| LlamaError::File { path: path.to_owned(), source })?;
        let model = LlamaModel::load_from_file(backend(), path, &LlamaModelParams::default())
            .map_err(|source| LlamaError::Load { path: path.to_owned(), source })?;
        let mut llama = Self {
            model,
            threads: threads.max(1),
            marks: HashMap::new(),
            parsers: OnceLock::new(),
            making_room: Mutex::new(()),
        };
        for mark in MARKS_OF_TOOLS {
            if let [token] = llama.tokens_with_special(mark)[..]
                && llama.is_control(token)
            {
                llama.marks.insert(token, mark.into());
            }
        }
        Ok(llama)
    }

    /// The tokens of a text, without any that start or end a document. What looks like a control token is text.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        self.tokenize(text, false)
    }

    /// The tokens of a text, without any that start or end a document. The names of control tokens stand for them: this is
    /// for what a program has written, never for what a user has.
    pub fn tokens_with_special(&self, text: &str) -> Vec<u32> {
        self.tokenize(text, true)
    }

    fn tokenize(&self, text: &str, special: bool) -> Vec<u32> {
        let tokens = self.model.vocab().tokenize(text.as_bytes(), false, special);
        tokens.into_iter().map(|token| token.0.cast_unsigned()).collect()
    }

    /// The bytes of a token's text, which may be a part of a character; none for control tokens but those that mark a call
    /// of a tool, and none beyond the vocabulary.
    pub fn bytes(&self, token: u32) -> Vec<u8> {
        if let Some(mark) = self.marks.get(&token) {
            return mark.clone();
        }
        if token as usize >= self.vocabulary() {
            return Vec::new();
        }
        self.model.vocab().token_to_piece(id(token), false, None)
    }

    /// The text of tokens; what is no UTF-8 in it is replaced.
    pub fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|&token| self.bytes(token)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How many tokens there are; the first is 0.
    pub fn vocabulary(&self) -> usize {
        usize::try_from(self.model.n_vocab()).unwrap_or(0)
    }

    /// Whether a token ends an answer.
    pub fn is_end(&self, token: u32) -> bool {
        (token as usize) < self.vocabulary() && self.model.vocab().is_eog(id(token))
    }

    /// Whether a token is a sign to the model and no text.
    pub fn is_control(&self, token: u32) -> bool {
        (token as usize) < self.vocabulary() && self.model.vocab().is_control(id(token))
    }

    /// The names of control tokens, as they would stand in a text.
    pub(crate) fn control_names(&self) -> Vec<String> {
        let vocab = self.model.vocab();
        let controls = vocab.tokens().filter(|&token| vocab.is_control(token));
        let names = controls.filter_map(|token| String::from_utf8(vocab.token_to_piece(token, true, None)).ok());
        names.filter(|name| !name.trim().is_empty()).collect()
    }

    /// How many tokens a text may have that this model can read.
    pub fn positions(&self) -> u32 {
        self.model.n_ctx_train()
    }

    /// How many numbers the model consists of.
    pub fn parameters(&self) -> u64 {
        self.model.n_params()
    }

    /// What the file calls the model, where it does.
    pub fn name(&self) -> Option<String> {
        self.entry("general.name")
    }

    /// The kind of network, as llama.cpp names it: `llama`, `qwen2`.
    pub fn architecture(&self) -> Option<String> {
        self.entry("general.architecture")
    }

    /// The Jinja template of chats, where the file has one.
    pub fn chat_template(&self) -> Option<String> {
        self.entry("tokenizer.chat_template")
    }

    fn entry(&self, name: &str) -> Option<String> {
        self.model.meta_val_str(name).ok().filter(|text| !text.is_empty())
    }

    /// The template of chats, ready to be filled: that of the file, or [`ChatTemplate::CHATML`] where it has none.
    ///
    /// # Errors
    /// [`TemplateError::Parse`] where the file's is no template.
    pub fn chat(&self) -> Result<ChatTemplate, TemplateError> {
        let source = self.chat_template().unwrap_or_else(|| ChatTemplate::CHATML.to_owned());
        let vocab = self.model.vocab();
        let name = |token: LlamaToken| {
            let known = (0..self.model.n_vocab()).contains(&token.0);
            let bytes = if known { vocab.token_to_piece(token, true, None) } else { Vec::new() };
            String::from_utf8(bytes).unwrap_or_default()
        };
        ChatTemplate::new(&source, &name(vocab.bos()), &name(vocab.eos()))
    }

    /// A prompt after which the model writes what stands between two texts, ended by [`Self::is_end`]; nothing where the
    /// model did not learn to. What looks like a control token in the texts is text.
    ///
    /// # Source
    /// Bavarian et al. 2022, "Efficient training of language models to fill in the middle": the order prefix, suffix,
    /// middle. llama.cpp knows the names of the signs in the vocabularies of Qwen, StarCoder, CodeLlama and others.
    pub fn fill_in_the_middle(&self, prefix: &str, suffix: &str) -> Option<Vec<u32>> {
        let vocab = self.model.vocab();
        let sign = |token: LlamaToken| u32::try_from(token.0).ok();
        let (before, after, middle) = (sign(vocab.fim_pre())?, sign(vocab.fim_suf())?, sign(vocab.fim_mid())?);
        let start = if vocab.should_add_bos() { sign(vocab.bos()) } else { None };
        let mut prompt: Vec<u32> = start.into_iter().collect();
        prompt.push(before);
        prompt.extend(self.tokens(prefix));
        prompt.push(after);
        prompt.extend(self.tokens(suffix));
        prompt.push(middle);
        Some(prompt)
    }

    /// The natural-log probability of each token given those before it, in nats; 0 (certain) for the first. `tokens`: at
    /// least one, and at most as many as the model has positions.
    ///
    /// # Errors
    /// Those of [`Self::context`] and [`Context::score`].
    pub fn log_probabilities(&self, tokens: &[u32]) -> Result<Vec<f32>, LlamaError> {
        let positions = u32::try_from(tokens.len()).unwrap_or(u32::MAX).max(1);
        let mut context = self.context(Settings { positions, sequences: 1, batch: positions.min(ROWS) })?;
        Ok(context.score(tokens, 1, &[])?.trunk)
    }

    /// Room to score texts and variants of them in.
    ///
    /// # Errors
    /// [`LlamaError::Context`] where llama.cpp can't make it, [`LlamaError::Long`] where the model has fewer positions,
    /// [`LlamaError::Room`] for none.
    pub fn context(&self, settings: Settings) -> Result<Context<'_>, LlamaError> {
        Context::new(self, settings)
    }

    /// Room for keys and values of `positions` tokens, which any of the sequences share.
    pub(crate) fn room(&self, settings: Settings) -> Result<LlamaContext<'_>, LlamaError> {
        let Settings { positions, sequences, batch } = settings;
        let most = i32::MAX.cast_unsigned() / 2;
        if positions == 0
            || positions > most
            || batch == 0
            || batch > most
            || !(1..=MOST_SEQUENCES).contains(&sequences)
        {
            return Err(LlamaError::Room { positions, sequences, batch });
        }
        let threads = i32::try_from(self.threads).unwrap_or(i32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(std::num::NonZeroU32::new(positions))
            .with_n_seq_max(sequences)
            // llama.cpp ends the process where a batch could not hold a token of each sequence.
            .with_n_batch(batch.max(sequences))
            .with_n_ubatch(batch.max(sequences))
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            // Sequences that share a beginning share its keys and values only where all lie in one place.
            .with_kv_unified(true);
        let _one_at_a_time = self.making_room.lock().unwrap_or_else(PoisonError::into_inner);
        self.model.new_context(backend(), params).map_err(|source| LlamaError::Context { positions, sequences, source })
    }

    /// Whether keys and values are held for each token. Other models hold one state for all tokens of a text, which can't be
    /// cut back to a beginning.
    pub(crate) fn can_cut(&self) -> bool {
        !self.model.is_recurrent() && !self.model.is_hybrid()
    }

    /// Makes parsers of answers.
    pub(crate) fn parsers(&self) -> Result<&ParserFactory, LlamaError> {
        let made = self.parsers.get_or_init(|| {
            let tokens = LlamaSampler::llguidance_tok_env(&self.model);
            let mut parsers = ParserFactory::new_simple(&tokens).map_err(|error| error.to_string())?;
            parsers.quiet();
            // Its errors would carry what was written.
            parsers.limits_mut().verbose_errors = false;
            Ok(parsers)
        });
        made.as_ref().map_err(|reason| LlamaError::Constraint { reason: reason.clone() })
    }
}

/// Tokens of a text that are scored at once. For each of them there is a number for each token of the vocabulary, 600 kB with
/// the larger vocabularies.
pub(crate) const ROWS: u32 = 64;

/// Most sequences that llama.cpp has (`LLAMA_MAX_SEQ`).
pub(crate) const MOST_SEQUENCES: u32 = 256;

pub(crate) fn id(token: u32) -> LlamaToken {
    LlamaToken(token.cast_signed())
}
