//! Runs of `index` inside the server: when an administrator asks, every so often, or when something
//! changes in the archive. One at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use yicha::config::Config;
use yicha::corpus::resolved;
use yicha::http::Admin;
use yicha::index::{BuildError, Options, Run, read_runs, runs_file};

use super::index::update_with_feedback;
use super::progress::Told;

/// Quiet time after a change before a run begins: files come in many pieces.
const QUIET: Duration = Duration::from_secs(2);
/// Longest time that a run is put off while changes go on.
const MOST_PUT_OFF: Duration = Duration::from_mins(1);
/// How often it is looked whether the archive is still the one that is watched; also the time after
/// which one that cannot be watched is tried again.
const LOOK: Duration = Duration::from_secs(20);
/// Time after which a run that failed is tried again though nothing has changed.
const AGAIN: Duration = Duration::from_mins(10);
/// Longest time that a run which was started by a change waits for one of another process.
const WAIT: Duration = Duration::from_hours(1);

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

    /// Runs once; `None` where a run of this server goes on, or this one broke off.
    pub(super) fn run(&self, wait: Duration, told: Told) -> Option<Result<Run, BuildError>> {
        if self.running.swap(true, Ordering::AcqRel) {
            return None;
        }
        self.run_on(wait, told)
    }

    fn run_on(&self, wait: Duration, told: Told) -> Option<Result<Run, BuildError>> {
        let options = Options {
            wait,
            ..Options::default()
        };
        // A run that breaks off must not be the last one.
        let run = || update_with_feedback(&self.config, &options, told);
        let result = catch_unwind(AssertUnwindSafe(run)).ok();
        self.running.store(false, Ordering::Release);
        match &result {
            Some(Ok(run)) if run.published => {
                let summary = &run.summary;
                tracing::info!(
                    generation = summary.generation,
                    documents = summary.documents,
                    seconds = summary.seconds,
                    "a new generation was published"
                );
            }
            Some(Ok(_)) => tracing::debug!("nothing to index"),
            Some(Err(BuildError::Locked { .. })) => tracing::info!("another run is indexing"),
            Some(Err(error)) => tracing::error!(%error, "the run published nothing"),
            None => tracing::error!("the run broke off and published nothing"),
        }
        result
    }

    /// Runs now and then every so often for as long as the program does.
    pub(super) fn every(self: &Arc<Self>, pause: Duration) {
        let reindexer = Arc::clone(self);
        thread::spawn(move || {
            loop {
                reindexer.run(Duration::ZERO, Told::Failures);
                thread::sleep(pause);
            }
        });
    }

    /// Runs now and after changes in the archive for as long as the program does. An archive that
    /// cannot be watched, or goes away, is looked for again: it may be a share that is mounted
    /// later.
    pub(super) fn watch(self: &Arc<Self>) {
        let reindexer = Arc::clone(self);
        thread::spawn(move || {
            let root: &Path = &reindexer.config.corpus.path;
            let mut is_known = false;
            loop {
                match Watching::begin(root, &reindexer.config.own()) {
                    Ok(watching) => {
                        is_known = false;
                        reindexer.follow(root, &watching);
                        tracing::warn!("the archive is not watched any more; looking for it");
                    }
                    Err(error) if !is_known => {
                        tracing::error!(%error, "the archive cannot be watched; trying again");
                        is_known = true;
                    }
                    Err(_) => {}
                }
                thread::sleep(LOOK);
            }
        });
    }

    /// Runs once, for what changed while nobody watched, and after changes until the archive is
    /// another one.
    fn follow(&self, root: &Path, watching: &Watching) {
        let mut failed = self.run_after_others();
        loop {
            match watching.settled() {
                Some(true) => failed = self.run_after_others(),
                Some(false) if watching.place != place_of(root) => return,
                Some(false) => {
                    if failed.is_some_and(|at| at.elapsed() >= AGAIN) {
                        failed = self.run_after_others();
                    }
                }
                None => return,
            }
        }
    }

    /// Runs as soon as no other run goes on, so that no change is missed; gives when it failed. One
    /// that was refused is no failure: a person has to look at the archive.
    fn run_after_others(&self) -> Option<Instant> {
        while self.running.swap(true, Ordering::AcqRel) {
            thread::sleep(QUIET);
        }
        match self.run_on(WAIT, Told::Failures) {
            Some(Ok(_)) => None,
            Some(Err(error)) if error.is_refusal() => None,
            _ => Some(Instant::now()),
        }
    }
}

/// An archive that is being watched.
struct Watching {
    changes: Receiver<()>,
    place: Option<(u64, u64)>,
    /// It watches for as long as it lives.
    _watcher: RecommendedWatcher,
}

impl Watching {
    /// `own` is what our own runs write, which may lie in the archive.
    fn begin(root: &Path, own: &[PathBuf]) -> notify::Result<Self> {
        let (sender, changes) = channel();
        let own: Vec<PathBuf> = own.iter().map(|path| resolved(path)).collect();
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
        let place = place_of(root);
        watcher.watch(&resolved(root), RecursiveMode::Recursive)?;
        Ok(Self {
            changes,
            place,
            _watcher: watcher,
        })
    }

    /// Waits for a change and then for quiet; false when there was none for a while, and nothing
    /// when none can come any more.
    fn settled(&self) -> Option<bool> {
        match self.changes.recv_timeout(LOOK) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Some(false),
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        let started = Instant::now();
        while started.elapsed() < MOST_PUT_OFF {
            match self.changes.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        Some(true)
    }
}

/// Device and number of a folder, which are others when something is mounted over it. It is not
/// held open: that would keep a share from being unmounted.
#[cfg(unix)]
fn place_of(folder: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(folder).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn place_of(folder: &Path) -> Option<(u64, u64)> {
    folder.is_dir().then_some((0, 0))
}

/// For the API, which knows no more of it.
pub(super) struct AdminOf(pub(super) Arc<Reindexer>);

impl Admin for AdminOf {
    fn reindex(&self) -> bool {
        let reindexer = Arc::clone(&self.0);
        if reindexer.running.swap(true, Ordering::AcqRel) {
            return false;
        }
        thread::spawn(move || reindexer.run_on(Duration::ZERO, Told::Failures));
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
