//! Tools that a model may call, and the loop that runs them.
//!
//! A [`Tool`] has a specification, an [`Effect`] and a call. [`Loop`] offers a [`Toolbox`] to a model, runs what it asks for,
//! gives the results back as data, and writes a [`Trace`]. What a tool gives is never an instruction: [`guard`] marks it as
//! data, and a tool that changes something runs only where [`Approve`] says so.
//!
//! The tools that come with the program are in [`builtin`], one file each and one line of its registry.

mod approve;
pub mod builtin;
mod error;
pub mod guard;
mod run;
mod tool;
mod toolbox;
mod trace;
mod typed;

pub use approve::{Approval, Approve, Ask, Never};
pub use error::{ToolError, ToolboxError};
pub use run::{Finish, Limits, Loop, Told, Turn};
pub use tool::{Effect, Output, Tool};
pub use toolbox::Toolbox;
pub use trace::{Difference, Outcome, Step, Trace, TraceError};
pub use typed::Typed;

/// A tool as a model is told of it.
pub use homeroom_model::Tool as Spec;
