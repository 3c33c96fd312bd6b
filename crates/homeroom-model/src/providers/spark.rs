//! iFLYTEK Spark over its HTTP interface, <https://www.xfyun.cn/doc/spark/HTTP%E8%B0%83%E7%94%A8%E6%96%87%E6%A1%A3.html>.
//!
//! It speaks OpenAI's language with replies that carry `code`, `message` and `sid`; an error has a code other than 0. The API
//! password stands where other servers have a key.

use std::sync::Arc;

use super::openai::{Dialect, OpenAi};
use crate::{ConfigError, Entry, Facts, Provider};

/// Its address.
const URL: &str = "https://spark-api-open.xf-yun.com/v1";

/// Models that call no tools.
const NO_TOOLS: &[&str] = &["lite", "pro-128k"];

pub(crate) fn make(entry: &Entry, mut facts: Facts) -> Result<Arc<dyn Provider>, ConfigError> {
    let mut entry = entry.clone();
    entry.url.get_or_insert_with(|| URL.to_owned());
    if entry.model.as_deref().is_some_and(|model| NO_TOOLS.contains(&model.to_lowercase().as_str())) {
        facts.tools = Some(false);
    }
    // It keeps to JSON but to no schema, and sees nothing.
    facts.schema.get_or_insert(false);
    facts.images.get_or_insert(false);
    facts.audio.get_or_insert(false);
    facts.logprobs.get_or_insert(false);
    Ok(Arc::new(OpenAi::new(&entry, facts, Dialect { bare: true, ..Dialect::default() })?))
}
