//! Reads many files at once: formats take long to read, and readers of their own processes wait.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Archive, Entry, FileReader, Found, Imprint, Known};
use crate::structure::Rules;

/// Parcels that may wait to be taken.
const WAITING: usize = 4;
/// Bytes of text that make a parcel full: waking a thread costs as much as reading a short file.
const PARCEL_BYTES: usize = 256 << 10;
/// What a parcel holds at most.
const PARCEL_LEN: usize = 256;
/// Time after which what was read is given on before the next file is read.
const PATIENCE: Duration = Duration::from_millis(20);

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
                let mut outbox = Outbox::new(sender);
                while !outbox.is_shut {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = entries.get(n) else { break };
                    read_one(&mut reader, n, entry, memory, &mut outbox);
                }
                outbox.send();
            });
        }
        drop(sender);
        // The threads end when nobody takes what they read.
        receiver.into_iter().flatten().try_for_each(&mut each)
    })
}

/// What a thread has read and not given on yet.
struct Outbox {
    sender: SyncSender<Vec<Read>>,
    parcel: Vec<Read>,
    /// Of the texts in it.
    n_bytes: usize,
    sent: Instant,
    /// Nobody takes it any more.
    is_shut: bool,
}

impl Outbox {
    fn new(sender: SyncSender<Vec<Read>>) -> Self {
        Self {
            sender,
            parcel: Vec::new(),
            n_bytes: 0,
            sent: Instant::now(),
            is_shut: false,
        }
    }

    fn push(&mut self, read: Read) {
        if let Read::Found(_, Found::Document(document)) = &read {
            self.n_bytes += document.text.len();
        }
        self.parcel.push(read);
        if self.n_bytes >= PARCEL_BYTES || self.parcel.len() >= PARCEL_LEN {
            self.send();
        }
    }

    fn send(&mut self) {
        if !self.parcel.is_empty() {
            let parcel = std::mem::take(&mut self.parcel);
            self.is_shut |= self.sender.send(parcel).is_err();
        }
        self.n_bytes = 0;
        self.sent = Instant::now();
    }
}

fn read_one(
    reader: &mut FileReader<'_>,
    n: usize,
    entry: &Entry,
    memory: &dyn Memory,
    outbox: &mut Outbox,
) {
    let outbox = RefCell::new(outbox);
    let mut decide = |imprint: Option<&Imprint>| {
        let known = imprint.map_or(Known::Nothing, |imprint| memory.known(n, imprint));
        let verdict = match &known {
            Known::Nothing => Verdict::Read,
            Known::Same => Verdict::Same,
            Known::Kept(file, ..) => Verdict::Kept(*file),
        };
        let begun = Read::Begun(n, imprint.copied(), verdict);
        outbox.borrow_mut().push(begun);
        known
    };
    reader.read_unknown(entry, &mut decide, &mut |found| {
        outbox.borrow_mut().push(Read::Found(n, found));
    });
    let outbox = outbox.into_inner();
    outbox.push(Read::Done(n));
    if outbox.sent.elapsed() >= PATIENCE {
        outbox.send();
    }
}
