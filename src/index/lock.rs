//! The lock of the index folder. The operating system frees it when its holder ends, by a crash too;
//! what is written in the file only names the holder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::generation::now;

/// How often a run that waits looks again.
const PAUSE: Duration = Duration::from_millis(200);
/// More than this is no name of a holder.
const MAX_BYTES: u64 = 4096;

/// Who indexes into the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Number of the process.
    pub pid: u32,
    /// When it began, RFC 3339.
    pub since: String,
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    named: bool,
}

impl Lock {
    /// Takes the lock of the index folder `root`, or says who holds it still after `wait`. A holder
    /// that has nothing to write yet has no name.
    pub(super) fn take(root: &Path, wait: Duration) -> io::Result<Result<Self, Option<Holder>>> {
        fs::create_dir_all(root)?;
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(root.join("lock"))?;
        let until = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(Err(holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        // Left by one that was killed.
        if file.metadata()?.len() > 0 {
            file.set_len(0)?;
        }
        Ok(Ok(Self { file, named: false }))
    }

    /// Writes down who holds it. Not done when it is taken: a run that finds nothing to do leaves
    /// every file as it was.
    pub(super) fn sign(&mut self) -> io::Result<()> {
        if !self.named {
            let holder = Holder {
                pid: std::process::id(),
                since: now(),
            };
            self.named = true;
            self.file.rewind()?;
            self.file.write_all(&serde_json::to_vec(&holder)?)?;
        }
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.named {
            // A name that stays behind is removed by the next.
            let _ = self.file.set_len(0);
        }
    }
}

fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_holds_it() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let take = || Lock::take(dir.path(), Duration::ZERO).expect("can lock");
        let mut first = take().expect("is free");
        assert_eq!(take().expect_err("is held"), None);
        first.sign().expect("can write");
        let holder = take().expect_err("is held").expect("has signed");
        assert_eq!(holder.pid, std::process::id());
        drop(first);
        let second = take().expect("is free again");
        assert_eq!(fs::read(dir.path().join("lock")).expect("is there"), b"");
        drop(second);
        // One that was killed leaves its name, which is not that of the next holder.
        fs::write(dir.path().join("lock"), r#"{"pid":1,"since":"x"}"#).expect("can write");
        let _third = take().expect("is free");
        assert_eq!(take().expect_err("is held"), None);
    }
}
