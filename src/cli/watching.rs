//! Watches an archive for `serve --watch`: tells when something has changed in it, and when what is
//! watched is not the archive any more.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use yicha::corpus::resolved;

/// How often it is looked whether the archive is still the one that is watched; also the time after
/// which one that cannot be watched is tried again.
pub(super) const LOOK: Duration = Duration::from_secs(20);
/// Quiet time after a change before a run begins: files come in many pieces.
const QUIET: Duration = Duration::from_secs(2);
/// Longest time that a run is put off while changes go on.
const MOST_PUT_OFF: Duration = Duration::from_mins(1);

/// An archive that is being watched.
pub(super) struct Watching {
    root: PathBuf,
    changes: Receiver<()>,
    place: Option<(u64, u64)>,
    end: end::End,
    /// It watches for as long as it lives.
    _watcher: RecommendedWatcher,
}

impl Watching {
    /// `own` is what our own runs write, which may lie in the archive.
    pub(super) fn begin(root: &Path, own: &[PathBuf]) -> notify::Result<Self> {
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
        let end = end::End::of(root);
        watcher.watch(&resolved(root), RecursiveMode::Recursive)?;
        Ok(Self {
            root: root.to_owned(),
            changes,
            place,
            end,
            _watcher: watcher,
        })
    }

    /// Waits for a change and then for quiet; false when there was none for a while, and nothing
    /// when none can come any more.
    pub(super) fn settled(&self) -> Option<bool> {
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

    /// Whether what is watched is not what lies at the archive's path any more.
    pub(super) fn is_over(&self) -> bool {
        self.place != place_of(&self.root) || self.end.has_come()
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

/// A disk that is unmounted and mounted again, and a folder that is removed and made anew, are where
/// they were and have the numbers that they had, but nobody watches them any more. The kernel says so,
/// once, and `notify` does not hand it on.
#[cfg(target_os = "linux")]
mod end {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    /// Bytes for an event; the name that some have is as long as a file's at most.
    const EVENT: usize = 512;

    /// Where the kernel says that a folder is gone; nowhere if it does not watch it.
    pub(super) struct End(Option<OwnedFd>);

    impl End {
        pub(super) fn of(folder: &Path) -> Self {
            let watched = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).and_then(|queue| {
                let gone = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
                add_watch(&queue, folder, gone).map(|_| queue)
            });
            Self(watched.ok())
        }

        /// Whether it has said so. Whatever it says, that it is unmounted too, means the end.
        pub(super) fn has_come(&self) -> bool {
            let mut buffer = [MaybeUninit::uninit(); EVENT];
            let events = self.0.as_ref();
            events.is_some_and(|queue| Reader::new(queue, &mut buffer).next().is_ok())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod end {
    pub(super) struct End;

    impl End {
        pub(super) fn of(_: &std::path::Path) -> Self {
            Self
        }

        pub(super) fn has_come(&self) -> bool {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_archive_that_was_removed_and_made_anew_is_another() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let root = dir.path().join("档案");
        fs::create_dir(&root).expect("can write");
        let watching = Watching::begin(&root, &[]).expect("can be watched");
        fs::write(root.join("甲.txt"), "文").expect("can write");
        fs::remove_file(root.join("甲.txt")).expect("can remove");
        assert!(!watching.is_over());
        fs::remove_dir(&root).expect("is empty");
        // Many systems give the number of what is removed to what is made next.
        for n in 0..100 {
            let made = dir.path().join(n.to_string());
            fs::create_dir(&made).expect("can write");
            if place_of(&made) == watching.place || n == 99 {
                fs::rename(made, &root).expect("can be renamed");
                break;
            }
        }
        assert!(watching.is_over());
    }

    #[test]
    fn an_archive_that_another_took_the_place_of_is_another() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let root = dir.path().join("档案");
        fs::create_dir(&root).expect("can write");
        let watching = Watching::begin(&root, &[]).expect("can be watched");
        fs::rename(&root, dir.path().join("别处")).expect("can be renamed");
        assert!(watching.is_over());
    }
}
