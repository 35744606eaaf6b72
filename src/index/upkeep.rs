//! Looks after generations that were built: lists them, goes back to the one before, drops old ones.

use std::path::Path;
use std::time::Duration;

use super::generation::Generations;
use super::lock::Lock;
use super::reader::Reader;
use super::writer::BuildError;

/// A generation in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it is the one being served.
    pub is_current: bool,
    /// When it was published, RFC 3339.
    pub built_at: String,
    /// Documents in it.
    pub documents: u64,
    /// Size on disk in bytes; files that generations share count in each.
    pub bytes: u64,
}

/// The generations of the index folder `root` that were built to their end, the newest first.
///
/// # Errors
/// Where the folder cannot be read.
pub fn list(root: &Path) -> std::io::Result<Vec<Listed>> {
    let generations = Generations::new(root);
    let current = generations.current()?;
    let mut listed = Vec::new();
    for name in generations.names()?.into_iter().rev() {
        if !generations.is_whole(&name) {
            continue;
        }
        // One that cannot be read is listed all the same: a person looks for what is there.
        let summary = generations.summary(&name).unwrap_or_default();
        listed.push(Listed {
            is_current: current.as_ref() == Some(&name),
            name,
            built_at: summary.built_at,
            documents: summary.documents,
            bytes: summary.bytes,
        });
    }
    Ok(listed)
}

/// Serves the newest generation before the present one that can be opened again; gives its name, or
/// `None` where there is none.
///
/// # Errors
/// Where a run holds the lock, or the folder cannot be written.
pub fn roll_back(root: &Path) -> Result<Option<String>, BuildError> {
    let Some((generations, _lock)) = locked(root)? else {
        return Ok(None);
    };
    let opens = |name: &str| Reader::open_generation(&generations, name).is_ok();
    Ok(generations.roll_back(opens)?)
}

/// Removes all generations but the `keep` newest and the one being served; gives their names. A
/// server that still reads one of them goes on with it.
///
/// # Errors
/// As [`roll_back`].
pub fn remove_old(root: &Path, keep: usize) -> Result<Vec<String>, BuildError> {
    let Some((generations, _lock)) = locked(root)? else {
        return Ok(Vec::new());
    };
    Ok(generations.remove_old(keep)?)
}

/// `None` where there is nothing yet, and so nothing is made.
fn locked(root: &Path) -> Result<Option<(Generations, Lock)>, BuildError> {
    let generations = Generations::new(root);
    if generations.current()?.is_none() {
        return Ok(None);
    }
    let lock = Lock::take(&generations, Duration::ZERO)?;
    let mut lock = lock.map_err(|holder| BuildError::Locked { holder })?;
    lock.sign()?;
    Ok(Some((generations, lock)))
}
