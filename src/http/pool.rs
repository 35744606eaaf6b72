//! Runs searches on blocking threads: so many at a time, so many waiting, so long each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::Settings;
use super::error::Problem;

/// A day: more is not meant, and no clock reaches the end of the largest number.
const MAX_SECONDS: u64 = 86_400;

pub(super) struct Pool {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
    timeout: Duration,
}

impl Pool {
    pub(super) fn new(settings: &Settings) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let n = if settings.max_searches == 0 {
            cores
        } else {
            settings.max_searches
        };
        Self {
            running: Arc::new(Semaphore::new(n.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            max_waiting: settings.max_waiting,
            timeout: Duration::from_secs(settings.timeout_seconds.clamp(1, MAX_SECONDS)),
        }
    }

    /// When a request that begins now is given up. Who works for it has to end soon after.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// How long a request may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Runs `work` off the async threads. A search that is given up keeps its place until it has
    /// looked at its deadline and ended.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = async {
            let permit = match Arc::clone(&self.running).try_acquire_owned() {
                Ok(permit) => permit,
                Err(_) => self.wait().await?,
            };
            let task = tokio::task::spawn_blocking(move || {
                let result = work();
                drop(permit);
                result
            });
            task.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a search ended abnormally");
                Err(Problem::internal())
            })
        };
        let done = tokio::time::timeout(self.timeout, turn).await;
        done.unwrap_or_else(|_| Err(Problem::timeout()))
    }

    async fn wait(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        struct Place<'a>(&'a AtomicUsize);
        impl Drop for Place<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _place = Place(&self.waiting);
        if before >= self.max_waiting {
            return Err(Problem::too_busy());
        }
        let permit = Arc::clone(&self.running).acquire_owned().await;
        permit.map_err(|_| Problem::too_busy())
    }
}
