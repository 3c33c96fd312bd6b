//! A person's word before something is changed.

use futures::future::BoxFuture;
use homeroom_model::ToolCall;
use serde::{Deserialize, Serialize};

/// What a person is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What the model wants to call, and with what.
    pub call: ToolCall,
    /// Whether the model has read a tool's output before: the wish may be that of whoever wrote it.
    pub after_data: bool,
}

/// What the person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// This once.
    Once,
    /// This tool, until the person speaks again or a tool's output has been read, whichever comes first.
    Always,
    /// No.
    No,
}

/// Asks a person whether something may be changed.
pub trait Approve: Send + Sync {
    /// The answer; the loop waits for it as long as its seconds last.
    fn approve<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Approval>;
}

/// Where there is nobody to ask: nothing is changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Never;

impl Approve for Never {
    fn approve<'a>(&'a self, _ask: &'a Ask) -> BoxFuture<'a, Approval> {
        Box::pin(std::future::ready(Approval::No))
    }
}

impl<F> Approve for F
where
    F: Fn(&Ask) -> Approval + Send + Sync,
{
    fn approve<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Approval> {
        Box::pin(std::future::ready(self(ask)))
    }
}
