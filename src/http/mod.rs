//! Rank 4: the HTTP API (docs/http-api.md) and the page (docs/page.md). It knows the trait [`Searcher`](crate::search::Searcher) and
//! no engine: handlers take a request apart, call, and convert what comes back.

mod address;
mod admin;
mod answers;
mod cursor;
mod error;
mod export;
mod feed;
mod handlers;
mod parameters;
mod pool;
mod raw;
mod router;
mod web;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::search::{
    Concordance, ConcordanceRequest, Counts, CountsRequest, Mask, Request, Response, SharedSearcher,
};

pub use router::router;

/// `[server]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: String,
    /// Searches that run at the same time; 0: one a core.
    pub max_searches: usize,
    /// Requests that may wait for a search to begin.
    pub max_waiting: usize,
    /// Seconds after which a request is given up.
    pub timeout_seconds: u64,
    /// Seconds that running requests are given at the end.
    pub shutdown_seconds: u64,
    /// Who sends this may start runs and see what they did; empty: nobody may.
    pub admin_key: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7171".to_owned(),
            max_searches: 0,
            max_waiting: 256,
            timeout_seconds: 10,
            shutdown_seconds: 10,
            admin_key: String::new(),
        }
    }
}

/// What an administrator may ask for. The API knows no more of it than this.
pub trait Admin: Send + Sync {
    /// Starts a run; false where one goes on already.
    fn reindex(&self) -> bool;
    /// The last runs, the newest first, as JSON without paths of the machine; and whether one goes on.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn runs(&self) -> std::io::Result<(Vec<serde_json::Value>, bool)>;
}

/// What the handlers need.
#[derive(Clone)]
pub struct Context {
    /// Who answers.
    pub searcher: SharedSearcher,
    /// Root of the archive, for the files themselves.
    pub archive: PathBuf,
    /// Whether searches that do not say so find what is under masks.
    pub mask: Mask,
    /// Largest of them that is given out, in bytes.
    pub max_file_size: u64,
    /// Limits.
    pub settings: Settings,
    /// Who starts runs; `None`: nobody does here.
    pub admin: Option<Arc<dyn Admin>>,
}

/// The API's answer to a search, as JSON: what the terminal's `--json` prints.
pub fn response_json(
    q: &str,
    request: &Request,
    response: &Response,
    took: Duration,
) -> serde_json::Value {
    wire::search(q, request, response, wire::Highlight::Html, took)
}

/// The API's answer to a count, as JSON; `qs` are the queries as typed.
pub fn counts_json(
    qs: &[String],
    request: &CountsRequest,
    counts: &Counts,
    took: Duration,
) -> serde_json::Value {
    wire::counts(qs, request, counts, took)
}

/// The API's concordance, as JSON.
pub fn concordance_json(
    q: &str,
    request: &ConcordanceRequest,
    concordance: &Concordance,
    took: Duration,
) -> serde_json::Value {
    wire::concordance(q, request, concordance, took)
}

/// One document, as JSON.
pub fn document_json(document: &crate::search::FullDocument) -> serde_json::Value {
    wire::document(document)
}

/// Figures about the index, as JSON.
pub fn stats_json(stats: &crate::search::Stats) -> serde_json::Value {
    wire::stats(stats)
}

/// Serves until `stop` resolves, then lets running requests end within the time of the settings.
///
/// # Errors
/// Those of the network.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    grace: Duration,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let signal = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(signal);
    let deadline = async move {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        done = server.into_future() => done,
        () = deadline => {
            tracing::warn!("some requests did not end in time and were cut off");
            Ok(())
        }
    }
}

/// Binds the address of the settings.
///
/// # Errors
/// Where the address cannot be bound.
pub async fn listen(address: &str) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
