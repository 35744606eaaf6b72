//! The few operations that make a build durable, in one place, so that a test can record their order,
//! stop between any two of them, or let one fail.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What publishing does to the disk. Segment files are written by tantivy, which syncs each.
pub(super) trait Disk: Debug + Send + Sync {
    /// Writes a file anew; it is on the disk when this returns, its name is not.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Gives a file the name of another, which it replaces in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Brings the names in a folder to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct System;

impl Disk for System {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// Writes a file under another name first, so that it is there whole or not at all.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    disk.write(new, bytes)?;
    disk.rename(new, path)?;
    disk.sync_folder(path.parent().unwrap_or(Path::new(".")))
}
