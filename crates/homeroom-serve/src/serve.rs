//! Listens, and says goodbye.

use std::collections::HashSet;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::gate::{Shared, router};
use crate::{Service, models};

/// How long a client may take to send a request's head, and an open connection may stay without one.
const HEAD: Duration = Duration::from_secs(60);

/// How long a client may take nothing of an answer that is there.
const UNREAD: Duration = Duration::from_secs(60);

/// How long to wait when no connection can be taken, which happens when the system is out of files.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a service can't be.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach it, and nobody would be asked for a key.
    #[error("{address} can be reached from elsewhere, and there is no key: set one, or listen on 127.0.0.1")]
    Open {
        /// Where it listens.
        address: SocketAddr,
    },
    /// Two models would go by one name.
    #[error("two models are called `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
    /// Two keys would go by one name, so that the log could not tell them apart.
    #[error("two keys are called `{name}`")]
    KeyTwice {
        /// The name.
        name: String,
    },
    /// The listener does not say where it listens.
    #[error("where does it listen")]
    Listener(#[source] std::io::Error),
}

/// Answers on `listener` until `shutdown` is done; then takes no more, lets what is under way come to its end for as long as
/// [`crate::Limits::farewell`] says, and stops the rest. Dropping the future stops everything at once.
///
/// # Errors
/// [`ServeError`], before the first connection is taken.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    if service.keys.is_empty() && !address.ip().is_loopback() {
        return Err(ServeError::Open { address });
    }
    if let Some(name) = twice(models::all(&service)) {
        return Err(ServeError::Twice { name });
    }
    if let Some(name) = twice(service.keys.iter().map(crate::ApiKey::name)) {
        return Err(ServeError::KeyTwice { name });
    }
    let farewell = service.limits.farewell;
    let seats = Arc::new(Semaphore::new(service.limits.connections.max(1)));
    let router = router(Arc::new(Shared::new(service)));
    let (stop, stopped) = watch::channel(false);
    let mut open = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let seat = tokio::select! {
            () = &mut shutdown => break,
            seat = Arc::clone(&seats).acquire_owned() => seat.expect("invariant: the semaphore is never closed"),
        };
        let stream = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let (router, stopped) = (router.clone(), stopped.clone());
        open.spawn(async move {
            connection(stream, router, stopped).await;
            drop(seat);
        });
        // Those that are over are forgotten.
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    let _ = stop.send(true);
    let _ = tokio::time::timeout(farewell, async { while open.join_next().await.is_some() {} }).await;
    open.shutdown().await;
    Ok(())
}

async fn connection(stream: TcpStream, router: axum::Router, mut stopped: watch::Receiver<bool>) {
    // Tokens are small, and each is to be seen when it is there.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(UNREAD));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router));
    tokio::pin!(connection);
    // What goes wrong with a connection is its client's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopping(&mut stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn stopping(stopped: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut seen = HashSet::new();
    names.filter(|name| !seen.insert(*name)).map(str::to_owned).next()
}
