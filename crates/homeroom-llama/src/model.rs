//! A loaded model: its tokens, and room to run them in.

use std::path::Path;
use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;

use crate::{Context, LlamaError, Settings};

/// llama.cpp, which is started once in a process. Its own log is silenced.
pub(crate) fn backend() -> &'static LlamaBackend {
    static BACKEND: OnceLock<LlamaBackend> = OnceLock::new();
    BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().expect("invariant: llama.cpp is started here alone");
        backend.void_logs();
        backend
    })
}

/// A language model in a GGUF file.
pub struct Llama {
    pub(crate) model: LlamaModel,
    pub(crate) threads: u32,
}

impl Llama {
    /// Loads a model; the file is mapped. `threads`: at least 1; more than there are free cores make it many times slower.
    ///
    /// # Errors
    /// [`LlamaError::Load`] where the file is not there or is not a model that llama.cpp knows.
    pub fn load(path: &Path, threads: u32) -> Result<Self, LlamaError> {
        let model = LlamaModel::load_from_file(backend(), path, &LlamaModelParams::default())
            .map_err(|source| LlamaError::Load { path: path.to_owned(), source })?;
        Ok(Self { model, threads: threads.max(1) })
    }

    /// The tokens of a text, without any that start or end a document. What looks like a special token is text.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let tokens = self.model.vocab().tokenize(text.as_bytes(), false, false);
        tokens.into_iter().map(|token| token.0.cast_unsigned()).collect()
    }

    /// The natural-log probability of each token given those before it, in nats; 0 (certain) for the first. `tokens`: at
    /// least one, and at most as many as the model has positions.
    ///
    /// # Errors
    /// Those of [`Self::context`] and [`Context::score`].
    pub fn log_probabilities(&self, tokens: &[u32]) -> Result<Vec<f32>, LlamaError> {
        let positions = u32::try_from(tokens.len()).unwrap_or(u32::MAX).max(1);
        let mut context = self.context(Settings { positions, sequences: 1, batch: positions })?;
        Ok(context.score(tokens, 1, &[])?.trunk)
    }

    /// Room to run tokens in.
    ///
    /// # Errors
    /// [`LlamaError::Context`] where llama.cpp can't make it, [`LlamaError::Long`] where the model has fewer positions.
    pub fn context(&self, settings: Settings) -> Result<Context<'_>, LlamaError> {
        Context::new(self, settings)
    }
}
