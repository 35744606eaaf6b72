//! Runs of `index` inside the server: when an administrator asks, every so often, or when something
//! changes in the archive. One at a time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher};
use yicha::config::Config;
use yicha::corpus::resolved;
use yicha::http::Admin;
use yicha::index::{BuildError, Options, read_runs, runs_file};

use super::index::update_with_feedback;
use super::progress::Told;

/// Quiet time after a change before a run begins: files come in many pieces.
const QUIET: Duration = Duration::from_secs(2);
/// Longest time that a run is put off while changes go on.
const MOST_PUT_OFF: Duration = Duration::from_mins(1);

/// Starts runs.
pub(super) struct Reindexer {
    config: Config,
    running: AtomicBool,
}

impl Reindexer {
    pub(super) fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            config,
            running: AtomicBool::new(false),
        })
    }

    /// Runs once, unless a run of this server goes on. Gives whether it ran.
    fn run(&self) -> bool {
        if self.running.swap(true, Ordering::AcqRel) {
            return false;
        }
        self.run_on();
        true
    }

    fn run_on(&self) {
        let options = Options::default();
        match update_with_feedback(&self.config, &options, Told::Failures) {
            Ok(run) if run.published => {
                let summary = &run.summary;
                tracing::info!(
                    generation = summary.generation,
                    documents = summary.documents,
                    seconds = summary.seconds,
                    "a new generation was published"
                );
            }
            Ok(_) => tracing::debug!("nothing to index"),
            Err(BuildError::Locked { .. }) => tracing::info!("another run is indexing"),
            Err(error) => tracing::error!(%error, "the run published nothing"),
        }
        self.running.store(false, Ordering::Release);
    }

    /// Runs every so often for as long as the program does.
    pub(super) fn every(self: &Arc<Self>, pause: Duration) {
        let reindexer = Arc::clone(self);
        thread::spawn(move || {
            loop {
                thread::sleep(pause);
                reindexer.run();
            }
        });
    }

    /// Runs after changes in the archive for as long as the program does.
    ///
    /// # Errors
    /// Where the archive cannot be watched.
    pub(super) fn watch(self: &Arc<Self>) -> notify::Result<()> {
        let (sender, changes) = channel();
        // Our own runs write the index, which may lie in the archive.
        let own: Vec<PathBuf> = self
            .config
            .own()
            .iter()
            .map(|path| resolved(path))
            .collect();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // Reading the archive is no change of it, and our own runs read it.
                let is_own = |path: &PathBuf| own.iter().any(|own| path.starts_with(own));
                let is_change = event.as_ref().map_or(true, |event| {
                    let is_all_own = !event.paths.is_empty() && event.paths.iter().all(is_own);
                    !event.kind.is_access() && !is_all_own
                });
                if is_change {
                    let _ = sender.send(());
                }
            })?;
        let root = resolved(&self.config.corpus.path);
        watcher.watch(&root, RecursiveMode::Recursive)?;
        let reindexer = Arc::clone(self);
        thread::spawn(move || {
            // It watches for as long as it lives.
            let _watcher = watcher;
            while settled(&changes) {
                while !reindexer.run() {
                    thread::sleep(QUIET);
                }
            }
        });
        Ok(())
    }
}

/// Waits for a change and then for quiet; false when no more changes can come.
fn settled(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    let until = Instant::now() + MOST_PUT_OFF;
    while Instant::now() < until {
        match changes.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}

/// For the API, which knows no more of it.
pub(super) struct AdminOf(pub(super) Arc<Reindexer>);

impl Admin for AdminOf {
    fn reindex(&self) -> bool {
        let reindexer = Arc::clone(&self.0);
        if reindexer.running.swap(true, Ordering::AcqRel) {
            return false;
        }
        thread::spawn(move || reindexer.run_on());
        true
    }

    fn runs(&self) -> std::io::Result<(Vec<serde_json::Value>, bool)> {
        let runs = read_runs(&runs_file(&self.0.config.index))?;
        let runs = runs.iter().rev().map(|run| serde_json::json!(run));
        Ok((runs.collect(), self.0.running.load(Ordering::Acquire)))
    }
}

/// A time as people write it: `90s`, `15m`, `1h`, `1d`; a number alone is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` 不是时长，例如 90s、15m、1h");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let n: u64 = digits.parse().map_err(|_| wrong())?;
    match n.checked_mul(seconds) {
        Some(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("1h"), Ok(Duration::from_hours(1)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        for wrong in ["", "h", "1w", "-1s", "0", "1h30m", "99999999999999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
