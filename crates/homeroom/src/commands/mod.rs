//! One file per command.

pub(crate) mod calibrate;
pub(crate) mod decide;
pub(crate) mod list;
pub(crate) mod mark;
pub(crate) mod measure;
pub(crate) mod remark;
pub(crate) mod schema;
pub(crate) mod train;

use std::io::{self, Write};

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

/// The time, RFC 3339 in UTC.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()
}
