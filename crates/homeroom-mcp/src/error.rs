//! What can go wrong before a tool is called.

use std::net::SocketAddr;
use std::time::Duration;

/// The cause of an error, whatever it is.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no connection to a server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Its name can't begin the names of tools.
    #[error("a server's name is 1 to 24 letters, digits, `_` and `-`: {name:?}")]
    Name {
        /// The name.
        name: String,
    },
    /// Its address is none.
    #[error("the address of the server {server} is no http or https address")]
    Address {
        /// The server's name.
        server: String,
    },
    /// Its program can't be started.
    #[error("start the server {server}")]
    Start {
        /// The server's name.
        server: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It does not speak the protocol, or refuses.
    #[error("the server {server} did not come to terms with us")]
    Handshake {
        /// The server's name.
        server: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// It does not say which tools it has.
    #[error("the server {server} does not tell its tools")]
    Tools {
        /// The server's name.
        server: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// It took too long.
    #[error("the server {server} did not answer within {after:?}")]
    Slow {
        /// The server's name.
        server: String,
        /// How long was waited.
        after: Duration,
    },
}

/// Why tools are not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The other side does not speak the protocol, or went away.
    #[error("the client did not come to terms with us")]
    Handshake {
        /// Why.
        #[source]
        source: Cause,
    },
    /// The address can't be listened on.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others can reach the address, and anybody might call.
    #[error("{address} can be reached from other machines: set a key, and the names under which it is called")]
    Open {
        /// The address.
        address: SocketAddr,
    },
}
