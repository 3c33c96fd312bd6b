//! The cognitive model: any large language model behind a few small traits.
//!
//! A caller holds a [`Client`] and asks; which server or file stands behind it only [`providers`] knows. One provider is one
//! file there and one line of its registry.

mod breaker;
mod chat;
mod client;
mod config;
mod doctor;
mod error;
mod http;
mod key;
mod ledger;
mod message;
mod provider;
pub mod providers;
mod structured;
mod tool_text;

pub use chat::{
    Chat, ChatRequest, Choice, Complete, Ended, Event, Events, Gap, Reply, Sampling, Schema, Stop, TokenLog, gather,
};
pub use client::{Client, Limits, Patience};
pub use config::{Config, ConfigError, Currency, Entry, Price};
pub use doctor::{Finding as DoctorFinding, Profile, examine};
pub use error::{Detail, ModelError};
pub use key::{Key, KeyError, read_private};
pub use ledger::{Call, Ledger, Totals, Usage, rough_tokens};
pub use message::{Message, Part, Role, Tool, ToolCall};
pub use provider::{Facts, Needs, Provider, Unfit};
pub use structured::{Answer, StructuredError, ask_for};
pub use tool_text::parse_tool_calls;
