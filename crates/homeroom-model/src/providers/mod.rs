//! The providers, one file each.

#[cfg(feature = "embedded")]
pub mod embedded;
pub mod openai;
pub mod recorded;
pub mod spark;
pub mod stub;

use std::sync::Arc;

use crate::{ConfigError, Entry, Facts, Provider};

/// Makes a provider from an entry of the configuration.
pub(crate) type Make = fn(&Entry, Facts) -> Result<Arc<dyn Provider>, ConfigError>;

/// What an entry's `provider` may name, by alphabet. The embedded one is added by the program, which knows where models lie.
pub(crate) const REGISTRY: &[(&str, Make)] =
    &[("openai", openai::make), ("recorded", recorded::make), ("spark", spark::make), ("stub", stub::make)];
