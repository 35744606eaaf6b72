//! The file of suggestions of a generation: texts in order of rank, and tables of the places that
//! something typed may go on from, each sorted by what stands there.
//!
//! ```text
//! magic 8 · version u32 · crc32 u32 of all that follows · bytes of the body u32 · zstd of the body
//! body: documents u32 · changed u32 · texts of each kind u32 × 5 · rows of each table u32 × 4 · bytes of texts u32
//! documents of each text u32 · bytes of each text u16
//! characters, readings, initials: rows of text u32, start and reading u16; all first bytes, all second ones …
//! near: rows of hash u32, text u32, in the same way
//! texts, UTF-8
//! ```
//!
//! All numbers are little endian. Tables hold no keys: a key is made from the text when it is
//! compared, twenty times a question. Byte by byte rows compress to half. Damage is found by the checksum when the file is opened; what
//! is read afterwards is bounded all the same.

use std::io;
use std::ops::Range;
use std::thread;

use super::keys::{self, Keyed, Row, Table};
use crate::search::SuggestionKind;

const MAGIC: &[u8; 8] = b"YCSUGG\0\n";
/// To be raised when the format changes, or how characters are read, by which rows are sorted: indexes
/// of another version are built anew.
pub(in crate::index) const VERSION: u32 = 4;
/// Numbers between the checksum and the tables.
const N_COUNTS: usize = 2 + SuggestionKind::ALL.len() + 4 + 1;
const HEADER: usize = 20;
/// Level of the compression; higher ones gain little and cost much.
const LEVEL: i32 = 5;
/// Longest body that is read, in bytes.
const MAX_BODY: usize = 1 << 30;
/// Bytes of a row.
const ROW: usize = 6;
const NEAR_ROW: usize = 8;

/// Something that can be suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) kind: SuggestionKind,
    /// Documents that have it.
    pub(super) documents: u32,
}

/// Of what state of the archive the phrases and headings of a file are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mining {
    /// Documents that there were when the archive was mined.
    pub(super) documents: u32,
    /// Documents that were added, changed or removed since.
    pub(super) changed: u32,
}

/// Puts the first bytes of all rows first, then the second ones, and so on; with `back` the other way
/// round.
fn transpose(rows: &mut [u8], width: usize, back: bool) {
    let n = rows.len() / width;
    let old = rows.to_vec();
    for row in 0..n {
        for byte in 0..width {
            let (in_rows, in_columns) = (row * width + byte, byte * n + row);
            if back {
                rows[in_rows] = old[in_columns];
            } else {
                rows[in_columns] = old[in_rows];
            }
        }
    }
}

/// The bytes of a file of `entries`, which come by kind in the order of [`SuggestionKind::ALL`] and
/// within a kind by rank.
pub(super) fn encode(entries: &[Entry], mining: Mining) -> io::Result<Vec<u8>> {
    let entries: Vec<&Entry> = entries
        .iter()
        .filter(|entry| u16::try_from(entry.text.len()).is_ok())
        .collect();
    let texts: Vec<Keyed> = entries
        .iter()
        .map(|entry| Keyed::new(entry.kind, &entry.text))
        .collect();
    let (tables, near) = thread::scope(|scope| {
        let texts = &texts;
        let sorted = |table| scope.spawn(move || keys::sorted(texts, table));
        let running = [Table::Characters, Table::Readings, Table::Initials].map(sorted);
        let near = keys::near_rows(texts);
        // A thread that panicked leaves its table empty: nothing is suggested by it.
        let tables = running.map(|thread| thread.join().unwrap_or_default());
        (tables, near)
    });
    let mut counts = vec![mining.documents, mining.changed];
    for kind in SuggestionKind::ALL {
        counts.push(entries.iter().filter(|entry| entry.kind == kind).count() as u32);
    }
    counts.extend(tables.iter().map(|rows| rows.len() as u32));
    counts.push(near.len() as u32);
    counts.push(entries.iter().map(|entry| entry.text.len() as u32).sum());
    let mut body = Vec::new();
    let mut put = |number: u32| body.extend_from_slice(&number.to_le_bytes());
    for count in &counts {
        put(*count);
    }
    for entry in &entries {
        put(entry.documents);
    }
    for entry in &entries {
        body.extend_from_slice(&(entry.text.len() as u16).to_le_bytes());
    }
    for table in &tables {
        let start = body.len();
        for row in table {
            body.extend_from_slice(&row.text.to_le_bytes());
            body.extend_from_slice(&row.place.to_le_bytes());
        }
        transpose(&mut body[start..], ROW, false);
    }
    let start = body.len();
    for (hash, text) in &near {
        body.extend_from_slice(&hash.to_le_bytes());
        body.extend_from_slice(&text.to_le_bytes());
    }
    transpose(&mut body[start..], NEAR_ROW, false);
    for entry in &entries {
        body.extend_from_slice(entry.text.as_bytes());
    }
    let mut rest = (body.len() as u32).to_le_bytes().to_vec();
    rest.extend(zstd::bulk::compress(&body, LEVEL)?);
    let mut bytes = Vec::with_capacity(HEADER + rest.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&rest).to_le_bytes());
    bytes.extend(rest);
    Ok(bytes)
}

/// A file of suggestions, opened.
pub(super) struct File {
    /// The body, with rows as they are used.
    bytes: Vec<u8>,
    pub(super) mining: Mining,
    /// First text of each kind, and behind the last.
    kinds: [u32; SuggestionKind::ALL.len() + 1],
    documents: usize,
    /// Where each text begins among the texts, and where the last ends.
    offsets: Vec<u32>,
    tables: [Range<usize>; 3],
    near: Range<usize>,
    texts: usize,
}

impl File {
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where the bytes are none of this version, or damaged.
    pub(super) fn open(file: &[u8]) -> io::Result<Self> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        if file.get(..8) != Some(MAGIC) || number(file, 8) != VERSION {
            return Err(invalid("no suggestions of this version"));
        }
        if crc32fast::hash(file.get(16..).unwrap_or_default()) != number(file, 12) {
            return Err(invalid("suggestions are damaged"));
        }
        let len = (number(file, 16) as usize).min(MAX_BODY);
        let mut bytes = zstd::bulk::decompress(file.get(HEADER..).unwrap_or_default(), len)?;
        let count = |n: usize| number(&bytes, 4 * n);
        let mut kinds = [0; SuggestionKind::ALL.len() + 1];
        for n in 0..SuggestionKind::ALL.len() {
            kinds[n + 1] = u32::saturating_add(kinds[n], count(2 + n));
        }
        let n_texts = kinds[SuggestionKind::ALL.len()] as usize;
        let documents = 4 * N_COUNTS;
        let lens = documents + 4 * n_texts;
        let mut at = lens + 2 * n_texts;
        let mut rows = |n: usize, len: usize| {
            let from = at;
            at += count(2 + SuggestionKind::ALL.len() + n) as usize * len;
            from..at
        };
        let tables = [rows(0, ROW), rows(1, ROW), rows(2, ROW)];
        let near = rows(3, NEAR_ROW);
        let len = at + count(N_COUNTS - 1) as usize;
        if bytes.len() != len {
            return Err(invalid("suggestions have another length"));
        }
        let mut offset = 0u32;
        let mut offsets = Vec::with_capacity(n_texts + 1);
        offsets.push(0);
        for len in bytes[lens..lens + 2 * n_texts].chunks_exact(2) {
            let len = len.try_into().map_or(0, u16::from_le_bytes);
            offset = offset.saturating_add(u32::from(len));
            offsets.push(offset);
        }
        if offset != count(N_COUNTS - 1) {
            return Err(invalid("texts of suggestions have other lengths"));
        }
        let mining = Mining {
            documents: count(0),
            changed: count(1),
        };
        for table in &tables {
            transpose(&mut bytes[table.clone()], ROW, true);
        }
        transpose(&mut bytes[near.clone()], NEAR_ROW, true);
        Ok(Self {
            mining,
            kinds,
            documents,
            offsets,
            tables,
            near,
            texts: at,
            bytes,
        })
    }

    /// Number of texts.
    pub(super) fn len(&self) -> usize {
        self.kinds[SuggestionKind::ALL.len()] as usize
    }

    pub(super) fn kind(&self, text: u32) -> SuggestionKind {
        let n = self.kinds[1..].iter().position(|end| text < *end);
        SuggestionKind::ALL[n.unwrap_or(SuggestionKind::ALL.len() - 1)]
    }

    pub(super) fn documents(&self, text: u32) -> u32 {
        number(&self.bytes, self.documents + 4 * text as usize)
    }

    pub(super) fn text(&self, text: u32) -> &str {
        let offset = |n: usize| self.texts + self.offsets.get(n).map_or(0, |at| *at as usize);
        let range = offset(text as usize)..offset(text as usize + 1);
        let bytes = self.bytes.get(range).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// All texts.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.len() as u32).map(|text| Entry {
            text: self.text(text).to_owned(),
            kind: self.kind(text),
            documents: self.documents(text),
        })
    }

    /// Rows of a table.
    pub(super) fn n_rows(&self, table: Table) -> usize {
        self.tables[table as usize].len() / ROW
    }

    pub(super) fn row(&self, table: Table, n: usize) -> Row {
        let at = self.tables[table as usize].start + ROW * n;
        let place = self.bytes.get(at + 4..at + 6);
        let place = place.and_then(|bytes| bytes.try_into().ok());
        Row {
            text: number(&self.bytes, at),
            place: place.map_or(0, u16::from_le_bytes),
        }
    }

    /// Texts that are stored under a hash (see [`keys::near_rows`]).
    pub(super) fn near(&self, hash: u32) -> impl Iterator<Item = u32> {
        let n = self.near.len() / NEAR_ROW;
        let at = |row: usize| self.near.start + NEAR_ROW * row;
        let (mut low, mut high) = (0, n);
        while low < high {
            let middle = usize::midpoint(low, high);
            if number(&self.bytes, at(middle)) < hash {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..n)
            .take_while(move |row| number(&self.bytes, at(*row)) == hash)
            .map(move |row| number(&self.bytes, at(row) + 4))
            .filter(|text| (*text as usize) < self.len())
    }
}

/// 0 where the bytes end before.
fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_le_bytes)
}
