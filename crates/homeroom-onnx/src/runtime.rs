//! Loading and running one ONNX file: the names, errors and threads that all families of models share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use homeroom_core::ability::AbilityError;
use rten::{Dimension, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};

use crate::outline;

/// How many cores this process may use, at least 1.
#[must_use]
pub fn free_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Threads that the sessions of one model share. Idle threads sleep.
#[derive(Clone)]
pub(crate) struct Runtime {
    pool: Arc<ThreadPool>,
}

impl Runtime {
    /// `threads`: how many; 0 and more than there are mean every free core.
    pub(crate) fn new(threads: usize) -> Runtime {
        let free = free_cores();
        let threads = if threads == 0 { free } else { threads.min(free) };
        Runtime { pool: Arc::new(ThreadPool::with_num_threads(threads)) }
    }

    /// Loads `file` of `folder`. `model` is its name in the catalogue, for errors.
    ///
    /// The file is read once and its weights are copied: the runtime maps only weights that lie in a file of their own into
    /// memory, and these models carry theirs inside.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where the file is missing or no ONNX graph that the runtime takes.
    pub(crate) fn session(
        &self,
        folder: &Path,
        file: &str,
        model: &'static str,
        weights: Weights,
    ) -> Result<Session, AbilityError> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(weights == Weights::Repacked);
        let path = folder.join(file);
        outline::check(&path).map_err(|source| damaged(model, source))?;
        // Nonsense inside a file that is all there may break a rule that the runtime takes for granted.
        let graph = catch_unwind(AssertUnwindSafe(|| options.load_file(&path)));
        let graph = graph.map_err(|_| damaged(model, "the runtime broke down on the file"))?;
        let graph = graph.map_err(|source| damaged(model, source))?;
        Ok(Session { graph, model, pool: Arc::clone(&self.pool) })
    }

    /// Runs `op` with this runtime's threads, for work of ours around a model.
    #[allow(dead_code, reason = "for families with heavy work before or after the network")]
    pub(crate) fn run<R: Send>(&self, op: impl FnOnce() -> R + Send) -> R {
        self.pool.run(op)
    }
}

/// How the weights lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each family takes what it needs")]
pub(crate) enum Weights {
    /// As in the file: least memory.
    Plain,
    /// A second copy in the order of the kernels: faster on matrices of many rows, up to twice the memory.
    Repacked,
}

/// One loaded graph.
pub(crate) struct Session {
    graph: rten::Model,
    model: &'static str,
    pool: Arc<ThreadPool>,
}

impl Session {
    /// Runs the graph: inputs by name, outputs by name and in the order asked for.
    ///
    /// # Errors
    /// [`AbilityError::Failed`] where a name is unknown or an input does not fit.
    pub(crate) fn run<const N: usize>(
        &self,
        inputs: Vec<(&str, ValueOrView<'_>)>,
        outputs: [&str; N],
    ) -> Result<[Value; N], AbilityError> {
        let ids = outputs.iter().map(|name| self.node(name)).collect::<Result<Vec<_>, _>>()?;
        let inputs = inputs
            .into_iter()
            .map(|(name, value)| Ok((self.node(name)?, value)))
            .collect::<Result<Vec<_>, AbilityError>>()?;
        let values = self.run_nodes(inputs, &ids)?;
        Ok(values.try_into().expect("invariant: one value for each output asked for"))
    }

    /// As [`Session::run`] by ids of [`Session::node`], for loops in which looking names up would count.
    ///
    /// # Errors
    /// [`AbilityError::Failed`] where an input does not fit.
    pub(crate) fn run_nodes(
        &self,
        inputs: Vec<(NodeId, ValueOrView<'_>)>,
        outputs: &[NodeId],
    ) -> Result<Vec<Value>, AbilityError> {
        let options = || RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let run = || self.graph.run(inputs, outputs, Some(options()));
        // A worker of another pool that waits for this one would take up other work meanwhile, one piece inside the other,
        // until its stack is full. A thread of no pool just waits.
        let result = if rayon::current_thread_index().is_some() {
            std::thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        } else {
            run()
        };
        result.map_err(|source| self.failed(source))
    }

    /// The id of an input or output.
    ///
    /// # Errors
    /// [`AbilityError::Failed`] where the graph has no such name.
    pub(crate) fn node(&self, name: &str) -> Result<NodeId, AbilityError> {
        self.graph.node_id(name).map_err(|source| self.failed(source))
    }

    /// A text that the file carries beside its graph.
    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        self.graph.metadata().get(key).map(str::to_owned)
    }

    /// Names of the graph's outputs, in its order.
    #[allow(dead_code, reason = "for families whose files differ in names")]
    pub(crate) fn output_names(&self) -> Vec<String> {
        let name = |id: &NodeId| Some(self.graph.node_info(*id)?.name()?.to_owned());
        self.graph.output_ids().iter().filter_map(name).collect()
    }

    /// Names of the graph's inputs, in its order.
    #[allow(dead_code, reason = "for families whose files differ in names")]
    pub(crate) fn input_names(&self) -> Vec<String> {
        let name = |id: &NodeId| Some(self.graph.node_info(*id)?.name()?.to_owned());
        self.graph.input_ids().iter().filter_map(name).collect()
    }

    /// The shape of an input of `N` dimensions; 0 for those that are open.
    ///
    /// # Errors
    /// [`AbilityError::Failed`] where the graph has no such name or says nothing of its shape.
    pub(crate) fn shape_of<const N: usize>(&self, name: &str) -> Result<[usize; N], AbilityError> {
        let size = |dimension: &Dimension| match dimension {
            Dimension::Fixed(size) => *size,
            Dimension::Symbolic(_) => 0,
        };
        let shape = self.graph.node_info(self.node(name)?).and_then(|node| node.shape());
        let sizes: Vec<usize> = shape.iter().flatten().map(size).collect();
        sizes.try_into().map_err(|_| self.failed(format!("the input {name} has another number of dimensions")))
    }

    /// The runtime failed, with its reason.
    pub(crate) fn failed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AbilityError {
        AbilityError::Failed { model: self.model.to_owned(), source: source.into() }
    }
}

/// The files of `model` are not what they should be, with the reason.
pub(crate) fn damaged(
    model: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> AbilityError {
    AbilityError::Damaged { model: model.to_owned(), source: source.into() }
}
