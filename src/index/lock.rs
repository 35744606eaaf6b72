//! The lock of the index folder. The operating system frees it when its holder ends, by a crash too;
//! what is written in the file only names the holder.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk::create_folders;
use super::generation::{Generations, now};

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
    /// Takes the lock of the index folder, which it makes if need be, or says who holds it still after
    /// `wait`, as far as that is known.
    pub(super) fn take(
        generations: &Generations,
        wait: Duration,
    ) -> io::Result<Result<Self, Option<Holder>>> {
        let root = generations.root();
        create_folders(generations.disk(), root)?;
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(root.join("lock"))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if started.elapsed() < wait => thread::sleep(PAUSE),
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

/// What the holder has written, or, while it has nothing to write, what the system knows of it.
fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text)
        .ok()
        .or_else(|| process::holder(file))
}

#[cfg(target_os = "linux")]
mod process {
    use std::fs::{self, File};
    use std::os::unix::fs::MetadataExt;

    use tantivy::time::OffsetDateTime;

    use super::Holder;
    use crate::index::generation::in_rfc3339;

    /// Parts of a second in which the kernel tells starts: the same on every machine of today.
    const TICKS: u64 = 100;

    /// The process that the kernel has on its list of locks for a file.
    pub(super) fn holder(file: &File) -> Option<Holder> {
        let metadata = file.metadata().ok()?;
        let (device, inode) = (metadata.dev(), metadata.ino());
        let major = (device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000);
        let minor = (device & 0xff) | (device >> 12 & 0xffff_ff00);
        let place = format!("{major:02x}:{minor:02x}:{inode}");
        let locks = fs::read_to_string("/proc/locks").ok()?;
        // 1: FLOCK  ADVISORY  WRITE 4242 fe:00:1234 0 EOF
        let pid = locks.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace().skip(1);
            let is_lock = words.next() == Some("FLOCK");
            let pid = words.nth(2)?.parse().ok()?;
            (is_lock && words.next()? == place).then_some(pid)
        })?;
        Some(Holder {
            pid,
            since: began(pid)?,
        })
    }

    /// When a process began.
    fn began(pid: u32) -> Option<String> {
        let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may have blanks in it; the start is the 20th number behind it.
        let behind = line.rsplit_once(") ")?.1;
        let ticks: u64 = behind.split(' ').nth(19)?.parse().ok()?;
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let boot = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
        let boot: u64 = boot.trim().parse().ok()?;
        let seconds = boot + ticks / TICKS;
        let began = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
        Some(in_rfc3339(began))
    }
}

#[cfg(not(target_os = "linux"))]
mod process {
    use super::Holder;

    pub(super) fn holder(_: &std::fs::File) -> Option<Holder> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_second_one_is_told_who_holds_it() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let generations = Generations::new(dir.path());
        let take = || Lock::take(&generations, Duration::ZERO).expect("can lock");
        let mut first = take().expect("is free");
        let pid = || take().expect_err("is held").map(|holder| holder.pid);
        // One that has not signed is known to some systems.
        let is_right = |pid: Option<u32>| pid.is_none_or(|pid| pid == std::process::id());
        assert!(is_right(pid()));
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
        assert!(is_right(pid()));
    }
}
