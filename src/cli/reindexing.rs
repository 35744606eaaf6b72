//! Runs of `index` inside the server: when an administrator asks, every so often, or when something
//! changes in the archive. One at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use yicha::config::Config;
use yicha::http::Admin;
use yicha::index::{BuildError, Options, Run, read_runs, runs_file};

use super::index::update_with_feedback;
use super::progress::Told;
use super::watching::{LOOK, Watching};

/// Time after which a run of this server is looked for again.
const PAUSE: Duration = Duration::from_secs(2);
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
            let root = &reindexer.config.corpus.path;
            let mut is_known = false;
            loop {
                match Watching::begin(root, &reindexer.config.own()) {
                    Ok(watching) => {
                        is_known = false;
                        reindexer.follow(&watching);
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
    fn follow(&self, watching: &Watching) {
        let mut failed = self.run_after_others();
        loop {
            match watching.settled() {
                Some(true) => failed = self.run_after_others(),
                Some(false) if watching.is_over() => return,
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
            thread::sleep(PAUSE);
        }
        match self.run_on(WAIT, Told::Failures) {
            Some(Ok(_)) => None,
            Some(Err(error)) if error.is_refusal() => None,
            _ => Some(Instant::now()),
        }
    }
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
