//! What can go wrong with a tool.

use std::time::Duration;

/// Why a call gave nothing. Its text is for the model, which may call again; no argument's value stands in it.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// There is no such tool.
    #[error("there is no such tool; the tools are: {}", .known.join(", "))]
    Unknown {
        /// The names of the tools there are.
        known: Vec<String>,
    },
    /// The arguments do not keep to the schema.
    #[error("the arguments are wrong: {}; call again with arguments that keep to the tool's schema", .faults.join("; "))]
    Arguments {
        /// Each fault with the place it is at; values left out.
        faults: Vec<String>,
    },
    /// An argument is of the right type, but can't be used.
    #[error("the argument `{argument}` is wrong: {fault}")]
    Value {
        /// Its name.
        argument: &'static str,
        /// What is wrong with it, and what would be right.
        fault: &'static str,
    },
    /// Who asks may not have it.
    #[error("not allowed: {what}")]
    Denied {
        /// What is not allowed.
        what: &'static str,
    },
    /// It took too long.
    #[error("the tool took longer than {0:?} and was stopped")]
    Slow(Duration),
    /// It gave more than is taken.
    #[error("the tool gave more than {limit} bytes")]
    Huge {
        /// Most bytes.
        limit: usize,
    },
    /// The tool told of a failure of its own, in its own words.
    #[error("the tool failed")]
    Told {
        /// Its words: data, as its output is.
        words: String,
    },
    /// It can't be reached, or broke.
    #[error("the tool failed: {what}")]
    Broken {
        /// Such as `its server has ended`.
        what: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// Why tools can't be offered together.
#[derive(Debug, thiserror::Error)]
pub enum ToolboxError {
    /// A name has a character that models' servers refuse, or is too long.
    #[error("a tool's name is letters, digits, `_` and `-`, at most 64: {name:?}")]
    Name {
        /// The name.
        name: String,
    },
    /// Two tools have one name.
    #[error("two tools are called {name}")]
    Twice {
        /// The name.
        name: String,
    },
    /// Its schema is none, or not one of an object.
    #[error("the schema of the tool {name}'s arguments is none")]
    Schema {
        /// The tool.
        name: String,
        /// The cause; nothing where it is no schema of an object.
        #[source]
        source: Option<Box<jsonschema::ValidationError<'static>>>,
    },
}
