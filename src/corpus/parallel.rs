//! Reads many files at once: formats take long to read, and readers of their own processes wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::{Archive, Entry, FileReader, Found};
use crate::structure::Rules;

/// Documents that may wait to be taken.
const WAITING: usize = 16;

/// Something of one file of the list.
#[derive(Debug)]
pub enum Read {
    /// A document of it, or what could not be read.
    Found(usize, Found),
    /// It was read to its end.
    Done(usize),
}

/// Reads `entries` with `n_threads` threads and gives what is found to `each`, in no certain order
/// but that of one file's own documents. The numbers are places in `entries`.
///
/// # Errors
/// The first error of `each`, after which no more files are read.
pub fn read_all<E>(
    archive: &Archive,
    rules: &Rules,
    entries: &[Entry],
    n_threads: usize,
    mut each: impl FnMut(Read) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = sync_channel(WAITING);
    thread::scope(|scope| {
        for _ in 0..n_threads.clamp(1, entries.len().max(1)) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                let mut reader = FileReader::new(archive, rules);
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = entries.get(n) else { return };
                    if read_one(&mut reader, n, entry, &sender).is_none() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // The threads end when nobody takes what they read.
        receiver.into_iter().try_for_each(&mut each)
    })
}

/// `None` where nobody takes it any more.
fn read_one(
    reader: &mut FileReader<'_>,
    n: usize,
    entry: &Entry,
    sender: &SyncSender<Read>,
) -> Option<()> {
    let mut taken = true;
    reader.read(entry, &mut |found| {
        taken &= sender.send(Read::Found(n, found)).is_ok();
    });
    (taken && sender.send(Read::Done(n)).is_ok()).then_some(())
}
