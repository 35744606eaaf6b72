//! When a search is given up. Long loops look at it between leaves, documents and texts, so that the
//! thread of a request that nobody waits for any more is free soon.

use std::io;
use std::time::Instant;

use tantivy::TantivyError;

/// A moment, or never.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    pub(super) fn new(at: Option<Instant>) -> Self {
        Self(at)
    }

    /// Fails once the moment has passed.
    pub(super) fn is_over(self) -> bool {
        self.0.is_some_and(|at| Instant::now() >= at)
    }

    pub(super) fn check(self) -> tantivy::Result<()> {
        if self.is_over() {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        Ok(())
    }
}

/// Whether an error is that of [`Deadline::check`].
pub(super) fn is_timeout(error: &TantivyError) -> bool {
    matches!(error, TantivyError::IoError(error) if error.kind() == io::ErrorKind::TimedOut)
}
