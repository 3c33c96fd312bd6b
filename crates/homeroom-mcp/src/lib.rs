//! The Model Context Protocol: other programs' tools for our models, and our tools for other programs.
//!
//! [`Connection`] is a connection to a server, whose tools become [`homeroom_tools::Tool`]s. [`serve_stdio`] and
//! [`serve_http`] offer a [`homeroom_tools::Toolbox`]. No other crate knows the protocol.

mod client;
mod error;
mod remote;
mod server;

pub use client::{Connection, Inherited, LeftOut, Limits, Reach, Server};
pub use error::{ConnectError, ServeError};
pub use server::{HttpOptions, HttpServer, serve_http, serve_over, serve_stdio};
