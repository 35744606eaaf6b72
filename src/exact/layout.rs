//! The sections of the file, its footer, and checksums by page.
//!
//! A reader maps the file and touches little of it, so a checksum of the whole would cost more than
//! any query. Each page of 64 KiB has its own, verified the first time something is read from it.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Bytes, Corrupt};

/// First and last bytes of a file; the digit is the version of the format.
const MAGIC: &[u8; 8] = b"YCEXACT4";
/// Bytes under one checksum.
const PAGE: usize = 1 << 16;
/// The fixed-size end of the file: the layout's numbers, a checksum of them, the magic.
const FOOTER_LEN: usize = N_NUMBERS * 8 + 4 + 8;
/// Numbers in the footer.
const N_NUMBERS: usize = 10;

/// Where the sections are, and how many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) n_docs: u64,
    /// Positions, the empty ones behind documents included.
    pub(super) n_positions: u64,
    /// Chinese characters in the unit table.
    pub(super) n_han: u64,
    /// Runs in the unit table.
    pub(super) n_runs: u64,
    /// Section of document starts: `n_docs + 1` × u32. Records of units lie before it.
    pub(super) starts: u64,
    /// Section of surfaces.
    pub(super) surfaces: u64,
    /// Section of the table of rarer surfaces.
    pub(super) rarer: u64,
    /// Section of the ends of sentences and paragraphs.
    pub(super) breaks: u64,
    /// Section of the unit table.
    pub(super) units: u64,
    /// Section of page checksums, u32 each: the end of what they cover.
    pub(super) checksums: u64,
}

impl Layout {
    fn numbers(&self) -> [u64; N_NUMBERS] {
        [
            self.n_docs,
            self.n_positions,
            self.n_han,
            self.n_runs,
            self.starts,
            self.surfaces,
            self.rarer,
            self.breaks,
            self.units,
            self.checksums,
        ]
    }

    /// Units of the segment, END, STOP and MASK included.
    pub(super) fn n_units(&self) -> u64 {
        u64::from(super::FIRST_HAN) + self.n_han + self.n_runs
    }

    /// Bits that hold any position.
    pub(super) fn position_bits(&self) -> u32 {
        position_bits(self.n_positions)
    }

    fn parse(footer: &[u8], file_len: u64) -> Option<Self> {
        let (numbers, rest) = footer.split_at_checked(N_NUMBERS * 8)?;
        let (checksum, magic) = rest.split_at_checked(4)?;
        if magic != MAGIC || crc32fast::hash(numbers).to_le_bytes() != *checksum {
            return None;
        }
        let mut values = numbers
            .chunks_exact(8)
            .map(|eight| u64::from_le_bytes(eight.try_into().unwrap_or_default()));
        let mut next = || values.next().unwrap_or(u64::MAX);
        let layout = Self {
            n_docs: next(),
            n_positions: next(),
            n_han: next(),
            n_runs: next(),
            starts: next(),
            surfaces: next(),
            rarer: next(),
            breaks: next(),
            units: next(),
            checksums: next(),
        };
        let n_pages = layout.checksums.div_ceil(PAGE as u64);
        let ordered = layout.starts <= layout.surfaces
            && layout.surfaces <= layout.rarer
            && layout.rarer <= layout.breaks
            && layout.breaks <= layout.units
            && layout.units <= layout.checksums
            && layout
                .checksums
                .checked_add(n_pages * 4 + FOOTER_LEN as u64)
                == Some(file_len)
            && layout.n_docs < u64::from(u32::MAX)
            && layout.n_positions < u64::from(u32::MAX)
            && layout.n_han <= file_len
            && layout.n_runs <= file_len;
        ordered.then_some(layout)
    }
}

/// Bits that hold any position of a stream of `n_positions`.
pub(super) fn position_bits(n_positions: u64) -> u32 {
    64 - n_positions.leading_zeros()
}

/// Writes a file front to back and computes its page checksums on the way.
pub(super) struct PageWriter<W> {
    out: W,
    hasher: crc32fast::Hasher,
    in_page: usize,
    checksums: Vec<u8>,
    at: u64,
}

impl<W: Write> PageWriter<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut writer = Self {
            out,
            hasher: crc32fast::Hasher::new(),
            in_page: 0,
            checksums: Vec::new(),
            at: 0,
        };
        writer.write_all(MAGIC)?;
        Ok(writer)
    }

    /// Bytes written so far.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    fn end_page(&mut self) {
        let hasher = std::mem::take(&mut self.hasher);
        self.checksums
            .extend_from_slice(&hasher.finalize().to_le_bytes());
        self.in_page = 0;
    }

    /// Writes the checksums and the footer; `layout.checksums` is set here.
    pub(super) fn finish(mut self, mut layout: Layout) -> io::Result<()> {
        layout.checksums = self.at;
        if self.in_page > 0 {
            self.end_page();
        }
        let mut footer = Vec::with_capacity(FOOTER_LEN);
        for number in layout.numbers() {
            footer.extend_from_slice(&number.to_le_bytes());
        }
        let checksum = crc32fast::hash(&footer);
        footer.extend_from_slice(&checksum.to_le_bytes());
        footer.extend_from_slice(MAGIC);
        self.out.write_all(&self.checksums)?;
        self.out.write_all(&footer)
    }
}

impl<W: Write> Write for PageWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(PAGE - self.in_page);
        self.out.write_all(&bytes[..n])?;
        self.hasher.update(&bytes[..n]);
        self.in_page += n;
        self.at += n as u64;
        if self.in_page == PAGE {
            self.end_page();
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The file's bytes, given out only within bounds and with their checksums verified.
pub(super) struct Pages {
    bytes: Bytes,
    pub(super) layout: Layout,
    /// A bit a page: its checksum has been verified.
    verified: Vec<AtomicU64>,
}

impl Pages {
    pub(super) fn open(bytes: Bytes) -> Result<Self, Corrupt> {
        let all: &[u8] = (*bytes).as_ref();
        let footer_at = all.len().saturating_sub(FOOTER_LEN);
        let layout = Layout::parse(&all[footer_at..], all.len() as u64).ok_or(Corrupt {
            what: "the footer is not one of this version",
            at: footer_at as u64,
        })?;
        let n_pages = (layout.checksums as usize).div_ceil(PAGE);
        let verified = (0..n_pages.div_ceil(64))
            .map(|_| AtomicU64::new(0))
            .collect();
        Ok(Self {
            bytes,
            layout,
            verified,
        })
    }

    /// These bytes of the file.
    #[inline]
    pub(super) fn slice(&self, range: Range<u64>) -> Result<&[u8], Corrupt> {
        let (start, end) = (range.start as usize, range.end as usize);
        let all: &[u8] = (*self.bytes).as_ref();
        if range.end > self.layout.checksums || start > end {
            return Err(Corrupt {
                what: "something lies outside its section",
                at: range.start,
            });
        }
        for page in start / PAGE..end.div_ceil(PAGE) {
            let bit = 1 << (page % 64);
            if self.verified[page / 64].load(Ordering::Relaxed) & bit == 0 {
                self.verify(all, page)?;
                self.verified[page / 64].fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(&all[start..end])
    }

    #[cold]
    fn verify(&self, all: &[u8], page: usize) -> Result<(), Corrupt> {
        let covered = self.layout.checksums as usize;
        let start = page * PAGE;
        let bytes = &all[start..covered.min(start + PAGE)];
        let stored = &all[covered + page * 4..covered + page * 4 + 4];
        if crc32fast::hash(bytes).to_le_bytes() == *stored {
            return Ok(());
        }
        Err(Corrupt {
            what: "a page does not have its checksum",
            at: start as u64,
        })
    }

    /// Verifies every page.
    pub(super) fn verify_all(&self) -> Result<(), Corrupt> {
        self.slice(0..self.layout.checksums).map(|_| ())
    }
}

/// Reads the u32 at `index` of a table; 0 past its end.
#[inline]
pub(super) fn u32_at(table: &[u8], index: usize) -> u32 {
    table.get(index * 4..index * 4 + 4).map_or(0, |four| {
        u32::from_le_bytes(four.try_into().unwrap_or_default())
    })
}
