//! One file per command.

pub(crate) mod calibrate;
pub(crate) mod chat;
pub(crate) mod decide;
pub(crate) mod know;
pub(crate) mod list;
pub(crate) mod listen;
pub(crate) mod mark;
pub(crate) mod mcp;
pub(crate) mod measure;
pub(crate) mod model;
pub(crate) mod models;
pub(crate) mod pull;
pub(crate) mod read;
pub(crate) mod reference;
pub(crate) mod remark;
pub(crate) mod say;
pub(crate) mod schema;
pub(crate) mod serve_model;
pub(crate) mod trace;
pub(crate) mod train;
pub(crate) mod transcribe;

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

/// Prints to standard output; a closed pipe is an error that `main` knows.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("write to standard output")
}

/// Prints JSON and a line end.
pub(crate) fn print_json<T: serde::Serialize>(value: &T) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("write JSON")?;
    print(&format!("{text}\n"))
}

/// The time, RFC 3339 in UTC. `SOURCE_DATE_EPOCH`, in seconds, stands in for the clock where it is set, so that two runs
/// write the same bytes (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub(crate) fn now() -> String {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|s| s.parse().ok());
    let time = fixed.map_or_else(SystemTime::now, |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    humantime::format_rfc3339_seconds(time).to_string()
}
