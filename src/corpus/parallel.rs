//! Reads many files at once: formats take long to read, and readers of their own processes wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::{Archive, Entry, FileReader, Found, Imprint, Known};
use crate::structure::Rules;

/// Documents that may wait to be taken.
const WAITING: usize = 16;

/// Something of one file of the list.
#[derive(Debug)]
pub enum Read {
    /// It was looked at, and what is to be done with it is decided.
    Begun(usize, Option<Imprint>, Verdict),
    /// A document of it, or what could not be read.
    Found(usize, Found),
    /// It was read to its end.
    Done(usize),
}

/// What is done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is read.
    Read,
    /// Nothing: what it holds is known.
    Same,
    /// Its documents are composed anew out of what was kept of a file, whose number this is.
    Kept(usize),
}

/// Remembers what files held before.
pub trait Memory: Sync {
    /// What is known of `entries[n]`, which looks like `imprint` now. Asked once for each file.
    fn known(&self, n: usize, imprint: &Imprint) -> Known;
}

/// Remembers nothing.
struct Nothing;

impl Memory for Nothing {
    fn known(&self, _: usize, _: &Imprint) -> Known {
        Known::Nothing
    }
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
    each: impl FnMut(Read) -> Result<(), E>,
) -> Result<(), E> {
    read_unknown(archive, rules, entries, n_threads, &Nothing, each)
}

/// The same, but for what `memory` knows already.
///
/// # Errors
/// The first error of `each`, after which no more files are read.
pub fn read_unknown<E>(
    archive: &Archive,
    rules: &Rules,
    entries: &[Entry],
    n_threads: usize,
    memory: &dyn Memory,
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
                    if read_one(&mut reader, n, entry, memory, &sender).is_none() {
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
    memory: &dyn Memory,
    sender: &SyncSender<Read>,
) -> Option<()> {
    let mut taken = true;
    let mut decide = |imprint: Option<&Imprint>| {
        let known = imprint.map_or(Known::Nothing, |imprint| memory.known(n, imprint));
        let verdict = match &known {
            Known::Nothing => Verdict::Read,
            Known::Same => Verdict::Same,
            Known::Kept(file, ..) => Verdict::Kept(*file),
        };
        // Where nobody takes it, what comes next is not taken either.
        let _ = sender.send(Read::Begun(n, imprint.copied(), verdict));
        known
    };
    reader.read_unknown(entry, &mut decide, &mut |found| {
        taken &= sender.send(Read::Found(n, found)).is_ok();
    });
    (taken && sender.send(Read::Done(n)).is_ok()).then_some(())
}
