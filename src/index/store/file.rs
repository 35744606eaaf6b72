//! The file of a segment's records: compressed in blocks of a few, with a dictionary of its own.
//!
//! ```text
//! magic 8 · dictionary
//! blocks: zstd of, for each record, a varint of its bytes and these
//! rows of 20 bytes, one a block: first record u32, where it begins u64, bytes when read u32, crc32 u32
//! records u32 · rows u32 · bytes of the dictionary u32 · crc32 u32 of these, the dictionary and all rows · magic 8
//! ```
//!
//! All numbers are little endian. A block is read for a hit, so it is small; what many blocks have in
//! common stands in the dictionary, which makes up for it: slices of the records themselves, which
//! cost nothing to choose and bring nearly as much as a trained one.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use tantivy::directory::OwnedBytes;
use zstd::bulk::Compressor;
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::DCtx;

use crate::index::varint::{put, take};

const MAGIC: &[u8; 8] = b"YCSTORE1";
/// Bytes that end a block: more is smaller, and slower to read one record of.
const BLOCK: usize = 16 << 10;
/// Level of the compression; higher ones gain little and cost much.
const LEVEL: i32 = 6;
/// Most bytes of a dictionary, those of one slice in it, and the least share of the records that it may be.
const DICTIONARY: u64 = 110 << 10;
const SLICE: usize = 256;
const PART: u64 = 64;
/// Bytes of a row, and of the end of the file.
const ROW: usize = 20;
const FOOTER: usize = 24;
/// A read block that is larger is not kept for the next who reads.
const MAX_KEPT: usize = 1 << 20;

/// Chooses a dictionary: slices out of what passes, evenly.
pub(super) struct Sampler {
    dictionary: Vec<u8>,
    /// Bytes from one slice to the next; 0 for no dictionary at all.
    step: u64,
    /// Where the next slice begins, from what has passed.
    next: u64,
}

impl Sampler {
    /// For `total` bytes that are going to pass.
    pub(super) fn new(total: u64) -> Self {
        let n_slices = DICTIONARY.min(total / PART) / SLICE as u64;
        Self {
            dictionary: Vec::with_capacity(n_slices as usize * SLICE),
            step: total.checked_div(n_slices).unwrap_or(0),
            next: 0,
        }
    }

    /// Whether a slice begins in the next `len` bytes. If not they may be skipped.
    pub(super) fn wants(&mut self, len: usize) -> bool {
        let wants = self.step > 0 && self.next < len as u64;
        if !wants {
            self.next = self.next.saturating_sub(len as u64);
        }
        wants
    }

    pub(super) fn take(&mut self, piece: &[u8]) {
        let len = piece.len() as u64;
        while self.step > 0 && self.next < len {
            let start = self.next as usize;
            let slice = &piece[start..piece.len().min(start + SLICE)];
            self.dictionary.extend_from_slice(slice);
            self.next += self.step;
        }
        self.next = self.next.saturating_sub(len);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.dictionary
    }
}

/// Writes records one behind the other.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    compressor: Compressor<'a>,
    dictionary: &'a [u8],
    rows: Vec<u8>,
    block: Vec<u8>,
    /// First record of the block.
    first: u32,
    n_records: u32,
    at: u64,
}

/// A dictionary as [`Writer`] needs it.
pub(super) fn prepared(dictionary: &[u8]) -> EncoderDictionary<'static> {
    EncoderDictionary::copy(dictionary, LEVEL)
}

impl<'a> Writer<'a> {
    /// `prepared` is `dictionary`, [prepared].
    pub(super) fn new(
        out: &'a mut dyn Write,
        dictionary: &'a [u8],
        prepared: &'a EncoderDictionary<'static>,
    ) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        out.write_all(dictionary)?;
        Ok(Self {
            out,
            compressor: Compressor::with_prepared_dictionary(prepared)?,
            dictionary,
            rows: Vec::new(),
            block: Vec::with_capacity(2 * BLOCK),
            first: 0,
            n_records: 0,
            at: (MAGIC.len() + dictionary.len()) as u64,
        })
    }

    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        put(&mut self.block, record.len());
        self.block.extend_from_slice(record);
        self.n_records += 1;
        if self.block.len() >= BLOCK {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.first == self.n_records {
            return Ok(());
        }
        let too_large = |_| io::Error::new(io::ErrorKind::InvalidInput, "a record is too large");
        let len = u32::try_from(self.block.len()).map_err(too_large)?;
        let bytes = self.compressor.compress(&self.block)?;
        self.rows.extend_from_slice(&self.first.to_le_bytes());
        self.rows.extend_from_slice(&self.at.to_le_bytes());
        self.rows.extend_from_slice(&len.to_le_bytes());
        let checksum = crc32fast::hash(&bytes);
        self.rows.extend_from_slice(&checksum.to_le_bytes());
        self.out.write_all(&bytes)?;
        self.at += bytes.len() as u64;
        self.first = self.n_records;
        self.block.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.end_block()?;
        self.out.write_all(&self.rows)?;
        let mut footer = Vec::with_capacity(FOOTER);
        for number in [
            self.n_records as usize,
            self.rows.len() / ROW,
            self.dictionary.len(),
        ] {
            footer.extend_from_slice(&(number as u32).to_le_bytes());
        }
        let checksum = checksum(&footer, self.dictionary, &self.rows);
        footer.extend_from_slice(&checksum.to_le_bytes());
        footer.extend_from_slice(MAGIC);
        self.out.write_all(&footer)
    }
}

fn checksum(numbers: &[u8], dictionary: &[u8], rows: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in [numbers, dictionary, rows] {
        hasher.update(part);
    }
    hasher.finalize()
}

/// A file of records, opened.
pub(in crate::index) struct Reader {
    /// Of this reader alone in this process.
    number: u64,
    bytes: OwnedBytes,
    dictionary: DecoderDictionary<'static>,
    n_records: u32,
    n_rows: usize,
    /// Where the rows begin, and the blocks end.
    rows: usize,
}

/// Where a block lies.
struct Row {
    first: u32,
    start: usize,
    len: usize,
    checksum: u32,
}

/// What a thread needs to read blocks, with the block that it read last.
struct Scratch {
    context: DCtx<'static>,
    /// Reader and number of the block.
    of: (u64, usize),
    block: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

static READERS: AtomicU64 = AtomicU64::new(1);

fn damaged(what: &str) -> io::Error {
    let detail = format!("stored documents are damaged: {what}");
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

impl Reader {
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where the bytes are no such file, or damaged.
    pub(super) fn open(bytes: OwnedBytes) -> io::Result<Self> {
        let end = bytes.len().checked_sub(FOOTER);
        let end = end.ok_or_else(|| damaged("cut off"))?;
        let (all, footer) = bytes.split_at(end);
        if bytes.get(..MAGIC.len()) != Some(MAGIC) || footer.get(16..) != Some(MAGIC) {
            return Err(damaged("no such file"));
        }
        let [n_records, n_rows, n_dictionary, expected] =
            [0, 4, 8, 12].map(|at| u32_at(footer, at));
        let n_rows = n_rows as usize;
        let rows = end.checked_sub(n_rows.saturating_mul(ROW));
        let rows = rows.ok_or_else(|| damaged("rows"))?;
        let dictionary = all.get(MAGIC.len()..MAGIC.len() + n_dictionary as usize);
        let dictionary = dictionary.ok_or_else(|| damaged("dictionary"))?;
        if checksum(&footer[..12], dictionary, &all[rows..]) != expected {
            return Err(damaged("checksum"));
        }
        Ok(Self {
            number: READERS.fetch_add(1, Ordering::Relaxed),
            dictionary: DecoderDictionary::copy(dictionary),
            n_records,
            n_rows,
            rows,
            bytes,
        })
    }

    pub(super) fn n_records(&self) -> u32 {
        self.n_records
    }

    /// Number of blocks.
    pub(super) fn n_blocks(&self) -> usize {
        self.n_rows
    }

    /// Bytes of a block when it is read.
    pub(super) fn block_len(&self, n: usize) -> usize {
        self.row(n).len
    }

    fn row(&self, n: usize) -> Row {
        let at = self.rows + ROW * n;
        let low = u64::from(u32_at(&self.bytes, at + 4));
        let high = u64::from(u32_at(&self.bytes, at + 8));
        Row {
            first: u32_at(&self.bytes, at),
            start: (high << 32 | low) as usize,
            len: u32_at(&self.bytes, at + 12) as usize,
            checksum: u32_at(&self.bytes, at + 16),
        }
    }

    /// The block of a record.
    fn block_of(&self, record: u32) -> usize {
        let (mut low, mut high) = (0, self.n_rows);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if self.row(middle).first <= record {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Gives a block to `read`. One that was read last by this thread is not read again.
    pub(super) fn with_block<T>(
        &self,
        n: usize,
        read: impl FnOnce(u32, &[u8]) -> io::Result<T>,
    ) -> io::Result<T> {
        let row = self.row(n);
        SCRATCH.with_borrow_mut(|scratch| {
            let scratch = scratch.get_or_insert_with(|| Scratch {
                context: DCtx::create(),
                of: (0, 0),
                block: Vec::new(),
            });
            if scratch.of != (self.number, n) {
                scratch.of = (0, 0);
                self.read_block(n, &row, scratch)?;
                scratch.of = (self.number, n);
            }
            let result = read(row.first, &scratch.block);
            if scratch.block.capacity() > MAX_KEPT {
                scratch.of = (0, 0);
                scratch.block = Vec::new();
            }
            result
        })
    }

    fn read_block(&self, n: usize, row: &Row, scratch: &mut Scratch) -> io::Result<()> {
        let end = if n + 1 < self.n_rows {
            self.row(n + 1).start
        } else {
            self.rows
        };
        let bytes = self.bytes.get(row.start..end);
        let bytes = bytes.filter(|bytes| crc32fast::hash(bytes) == row.checksum);
        let bytes = bytes.ok_or_else(|| damaged("block"))?;
        scratch.block.clear();
        scratch.block.reserve(row.len);
        let dictionary = self.dictionary.as_ddict();
        let context = &mut scratch.context;
        let read = context.decompress_using_ddict(&mut scratch.block, bytes, dictionary);
        match read {
            Ok(len) if len == row.len => Ok(()),
            _ => Err(damaged("block")),
        }
    }

    /// Gives the bytes of a record to `read`.
    pub(super) fn with<T>(
        &self,
        record: u32,
        read: impl FnOnce(&[u8]) -> io::Result<T>,
    ) -> io::Result<T> {
        if record >= self.n_records || self.n_rows == 0 {
            return Err(damaged("no such record"));
        }
        self.with_block(self.block_of(record), |first, block| {
            let mut records = records(block);
            let place = record.checked_sub(first).map(|n| n as usize);
            let bytes = place.and_then(|place| records.nth(place));
            read(bytes.ok_or_else(|| damaged("record"))?)
        })
    }
}

/// The records of a block; ends where it is damaged.
pub(super) fn records(mut block: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let len = take(&mut block)?;
        let (record, rest) = block.split_at_checked(len)?;
        block = rest;
        Some(record)
    })
}

/// 0 where the bytes end before.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(records: &[Vec<u8>]) -> Vec<u8> {
        let total = records.iter().map(|record| record.len() as u64).sum();
        let mut sampler = Sampler::new(total);
        for record in records {
            if sampler.wants(record.len()) {
                sampler.take(record);
            }
        }
        let dictionary = sampler.finish();
        let prepared = prepared(&dictionary);
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, &dictionary, &prepared).expect("can write");
        for record in records {
            writer.push(record).expect("can write");
        }
        writer.finish().expect("can write");
        bytes
    }

    fn opened(bytes: Vec<u8>) -> io::Result<Reader> {
        Reader::open(OwnedBytes::new(bytes))
    }

    /// Texts that repeat each other in part, as those of an archive do.
    fn texts(n: usize) -> Vec<Vec<u8>> {
        let text = |n: usize| {
            let words: Vec<String> = (0..n % 90)
                .map(|m| format!("词{}，", (n * m) % 101))
                .collect();
            format!("关于第{n}项工作的报告。{}", words.concat()).into_bytes()
        };
        (0..n).map(text).collect()
    }

    #[test]
    fn every_record_is_read_in_any_order() {
        let records = texts(3_000);
        let bytes = written(&records);
        let total: usize = records.iter().map(Vec::len).sum();
        assert!(bytes.len() < total / 3, "{} of {total}", bytes.len());
        let reader = opened(bytes).expect("is whole");
        assert_eq!(reader.n_records(), 3_000);
        assert!(reader.n_blocks() > 20);
        for n in (0..3_000u32).rev().chain(0..3_000) {
            let same = reader.with(n, |bytes| Ok(bytes == records[n as usize]));
            assert!(same.expect("is there"), "{n}");
        }
        assert!(reader.with(3_000, |_| Ok(())).is_err());
    }

    #[test]
    fn two_readers_do_not_take_each_others_blocks() {
        let one = opened(written(&[b"one".to_vec()])).expect("is whole");
        let two = opened(written(&[b"two".to_vec()])).expect("is whole");
        for (reader, expected) in [(&one, b"one"), (&two, b"two"), (&one, b"one")] {
            assert!(
                reader
                    .with(0, |bytes| Ok(bytes == expected))
                    .expect("is there")
            );
        }
    }

    #[test]
    fn no_records_are_a_file() {
        let reader = opened(written(&[])).expect("is whole");
        assert_eq!((reader.n_records(), reader.n_blocks()), (0, 0));
        assert!(reader.with(0, |_| Ok(())).is_err());
    }

    #[test]
    fn a_flipped_bit_is_noticed_wherever_it_is() {
        let records = texts(400);
        let whole = written(&records);
        for at in (0..whole.len()).step_by(37) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let Ok(reader) = opened(bytes) else { continue };
            let all = (0..400).map(|n| reader.with(n, |bytes| Ok(bytes.to_vec())));
            let all: io::Result<Vec<Vec<u8>>> = all.collect();
            assert!(all.is_err(), "byte {at}");
        }
        for len in (0..whole.len()).step_by(41) {
            assert!(opened(whole[..len].to_vec()).is_err(), "{len} bytes");
        }
    }

    proptest! {
        #[test]
        fn any_records_come_back(records in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..3_000), 0..40)
        ) {
            let reader = opened(written(&records)).expect("is whole");
            for (n, record) in (0..).zip(&records) {
                prop_assert!(reader.with(n, |bytes| Ok(bytes == record)).expect("is there"));
            }
        }

        #[test]
        fn slices_are_taken_evenly(pieces in prop::collection::vec(1usize..9_000, 0..300)) {
            let total: usize = pieces.iter().sum();
            let mut sampler = Sampler::new(total as u64);
            let mut skipped = Sampler::new(total as u64);
            for len in &pieces {
                sampler.take(&vec![1; *len]);
                if skipped.wants(*len) {
                    skipped.take(&vec![1; *len]);
                }
            }
            let (sampler, skipped) = (sampler.finish(), skipped.finish());
            prop_assert_eq!(&sampler, &skipped);
            prop_assert!(sampler.len() as u64 <= DICTIONARY.min(total as u64 / PART) + SLICE as u64);
        }
    }
}
