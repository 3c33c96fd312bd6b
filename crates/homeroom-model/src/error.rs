//! What can go wrong with a model.

use std::time::Duration;

use crate::Unfit;

/// Why a model gave no answer.
///
/// Nothing of what was asked or answered stands in an error's text, nor does a key. What a server said is kept apart, in
/// [`ModelError::detail`], for the one who looks after the server.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ModelError {
    /// No connection.
    #[error("no connection to {host}: is the server running, and is the address right?")]
    Unreachable {
        /// Host and port.
        host: String,
    },
    /// Nothing came for too long.
    #[error("the model gave nothing for {0:?}")]
    Stalled(Duration),
    /// The whole took too long.
    #[error("the model needed more than {0:?}")]
    Slow(Duration),
    /// The server refused.
    #[error("the server refused: HTTP {status}{}", .code.as_deref().map(|c| format!(" ({c})")).unwrap_or_default())]
    Refused {
        /// HTTP status; 200 where the refusal came within an answer.
        status: u16,
        /// The server's code for it.
        code: Option<String>,
        /// How long to wait before another try, if the server says so.
        retry_after: Option<Duration>,
        /// What the server said, for those who look after it: it may quote what was asked.
        detail: Detail,
    },
    /// The server sends elsewhere. Keys and pupils' texts do not go where nobody chose.
    #[error("the server sends elsewhere (HTTP {status}), which is not followed: set the right address")]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// The answer is larger than any that makes sense.
    #[error("the answer is larger than {limit} bytes")]
    Huge {
        /// Most bytes.
        limit: usize,
    },
    /// What came is not what such a server sends.
    #[error("the server's answer cannot be read: {what}")]
    Garbled {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The answer stopped in the middle.
    #[error("the answer was cut off")]
    Cut,
    /// The model can't do what is asked of it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Too many failures in a row: no call for a while.
    #[error("{model} failed {failures} times in a row; it is asked again in {wait:?}")]
    Resting {
        /// Name in the configuration.
        model: String,
        /// Failures in a row.
        failures: u32,
        /// How long yet.
        wait: Duration,
    },
    /// The run has used up what it may.
    #[error("the run has used up its {what} ({limit})")]
    Spent {
        /// `tokens` or `money`.
        what: &'static str,
        /// The limit.
        limit: String,
    },
    /// A replayed recording has no answer to this.
    #[error("the recording holds no answer to this request ({hash})")]
    NotRecorded {
        /// Hash of the request.
        hash: String,
    },
    /// A model in this process failed.
    #[error("the embedded model failed: {what}")]
    Embedded {
        /// What went wrong; never what was asked.
        what: String,
    },
}

/// What a server said, which is printed nowhere by accident.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Detail(pub(crate) String);

impl std::fmt::Debug for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl ModelError {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Stalled(_) | Self::Cut | Self::Garbled { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 409 | 425 | 429 | 500 | 502 | 503 | 504 | 529),
            _ => false,
        }
    }

    /// Whether it says that the server is not well, rather than that the request is wrong.
    #[must_use]
    pub fn ails(&self) -> bool {
        self.passes() || matches!(self, Self::Slow(_) | Self::Huge { .. })
    }

    /// What the server said. It may quote what was asked: for the screen of whoever looks after it, never for a log.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Refused { detail, .. } if !detail.0.is_empty() => Some(&detail.0),
            _ => None,
        }
    }
}
