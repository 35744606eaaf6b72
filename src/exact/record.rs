//! What is kept of one unit: for every unit that stands behind it somewhere the list of positions,
//! and for the commonest units the documents that hold them. `writer.rs` encodes it.
//!
//! Lists of up to [`INLINE`] positions lie in the block of their pair, longer ones behind all
//! blocks, in runs of [`RUN`] positions with a table of first positions to skip by.

use std::ops::Range;
use std::sync::Arc;

use super::bits::{BitReader, read_varint};
use super::layout::{Pages, u32_at};
use super::lists::{List, ListData, RUN, read_list, skip_list};
use super::sets::{NumberSet, sort_distinct};
use super::{Corrupt, UnitId};
use crate::analysis::surface::is_usual_writing;

mod writer;

pub(super) use writer::RecordWriter;

/// Pairs in a block; a look-up reads through one block.
const BLOCK: usize = 64;
/// Longest list inside a block.
const INLINE: usize = 16;
/// Of a unit with fewer bytes than one for so many positions a bit each is not worth it.
const SPARSE: usize = if cfg!(test) { 4 } else { 128 };
/// Units with more positions have a list of their documents; of others these are quickly gathered.
pub(super) const COMMON: usize = if cfg!(test) { 8 } else { 1 << 12 };

/// How often a document holds a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DocCount {
    pub(super) doc: u32,
    /// At least 1.
    pub(super) n: u32,
    /// How many of these are written otherwise than folded.
    pub(super) n_odd: u32,
    /// How many of these not in the way that is usual then.
    pub(super) n_unusual: u32,
}

impl DocCount {
    /// One occurrence with this writing.
    pub(super) fn one(doc: u32, writing: u8) -> Self {
        Self {
            doc,
            n: 1,
            n_odd: u32::from(writing != 0),
            n_unusual: u32::from(writing != 0 && !is_usual_writing(writing)),
        }
    }

    /// Adds one more.
    pub(super) fn add(&mut self, writing: u8) {
        let one = Self::one(self.doc, writing);
        self.n += 1;
        self.n_odd += one.n_odd;
        self.n_unusual += one.n_unusual;
    }
}

/// A record in the mapped file, its head read.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pages: &'a Pages,
    n_docs: usize,
    docs: (u64, u64),
    n_pairs: usize,
    skips: u64,
    blocks: u64,
    lists: u64,
    end: u64,
}

impl<'a> Record<'a> {
    /// Reads the head of the record at these bytes of the file.
    pub(super) fn open(pages: &'a Pages, range: Range<u64>) -> Result<Self, Corrupt> {
        let corrupt = Corrupt {
            what: "the head of a unit's record is cut short",
            at: range.start,
        };
        // Four varints, of which two lie behind the documents.
        let head = pages.slice(range.start..range.end.min(range.start + 20))?;
        let mut at = 0;
        let n_docs = read_varint(head, &mut at).ok_or(corrupt)?;
        let docs_len = match n_docs {
            0 => 0,
            _ => read_varint(head, &mut at).ok_or(corrupt)?,
        };
        let docs = range.start + at as u64;
        let docs_end = docs
            .checked_add(docs_len)
            .filter(|end| *end <= range.end)
            .ok_or(corrupt)?;
        let head = pages.slice(docs_end..range.end.min(docs_end + 20))?;
        let mut at = 0;
        let n_pairs = read_varint(head, &mut at).ok_or(corrupt)?;
        let blocks_len = read_varint(head, &mut at).ok_or(corrupt)?;
        let skips = docs_end + at as u64;
        let layout = &pages.layout;
        if n_pairs > layout.n_units() || n_docs > layout.n_docs {
            return Err(corrupt);
        }
        let n_blocks = if n_pairs > BLOCK as u64 {
            n_pairs.div_ceil(BLOCK as u64)
        } else {
            0
        };
        let blocks = skips + n_blocks * 12;
        let lists = blocks
            .checked_add(blocks_len)
            .filter(|at| *at <= range.end)
            .ok_or(corrupt)?;
        Ok(Self {
            pages,
            n_docs: n_docs as usize,
            docs: (docs, docs_end),
            n_pairs: n_pairs as usize,
            skips,
            blocks,
            lists,
            end: range.end,
        })
    }

    fn corrupt(&self, what: &'static str) -> Corrupt {
        Corrupt {
            what,
            at: self.docs.0,
        }
    }

    /// How many documents hold the unit; 0 where they are not listed.
    pub(super) fn n_docs(&self) -> usize {
        self.n_docs
    }

    /// Pairs of the unit with another behind it.
    pub(super) fn n_pairs(&self) -> usize {
        self.n_pairs
    }

    /// Bytes of all its lists.
    pub(super) fn n_bytes(&self) -> usize {
        self.end.saturating_sub(self.blocks) as usize
    }

    /// The documents that hold the unit, ascending; `None` where they are not listed.
    pub(super) fn docs(&self) -> Result<Option<Vec<DocCount>>, Corrupt> {
        if self.n_docs == 0 {
            return Ok(None);
        }
        let mut bits = BitReader::new(self.pages.slice(self.docs.0..self.docs.1)?);
        let (k_gap, k_n) = (bits.plain(5), bits.plain(5));
        let any_odd = bits.plain(1) == 1;
        let k_odd = bits.plain(5);
        let any_unusual = bits.plain(1) == 1;
        let mut docs = Vec::with_capacity(self.n_docs);
        let mut next = 0u32;
        for _ in 0..self.n_docs {
            let doc = next.wrapping_add(bits.rice(k_gap));
            let n = bits.rice(k_n).wrapping_add(1);
            let n_odd = if any_odd { bits.rice(k_odd) } else { 0 };
            let n_unusual = if any_unusual && n_odd > 0 {
                bits.rice(0)
            } else {
                0
            };
            let holds = doc >= next && n_unusual <= n_odd && n_odd <= n;
            if u64::from(doc) >= self.pages.layout.n_docs || !holds {
                return Err(self.corrupt("a list of documents runs out of order"));
            }
            next = doc + 1;
            docs.push(DocCount {
                doc,
                n,
                n_odd,
                n_unusual,
            });
        }
        if bits.overrun() {
            return Err(self.corrupt("a list of documents is cut short"));
        }
        Ok(Some(docs))
    }

    /// Where the list of the pair with `second` is.
    pub(super) fn locate(&self, second: UnitId) -> Result<Located, Corrupt> {
        let (mut block, mut list_at, mut base) = (self.blocks, self.lists, 0);
        let mut n_left = self.n_pairs;
        if self.n_pairs > BLOCK {
            let n_blocks = self.n_pairs.div_ceil(BLOCK);
            let table = self.pages.slice(self.skips..self.blocks)?;
            let (mut low, mut high) = (0, n_blocks);
            while high - low > 1 {
                let middle = low.midpoint(high);
                if u32_at(table, middle * 3) <= second {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            base = if low == 0 { 0 } else { u32_at(table, low * 3) };
            block += u64::from(u32_at(table, low * 3 + 1));
            list_at += u64::from(u32_at(table, low * 3 + 2));
            n_left = (self.n_pairs - low * BLOCK).min(BLOCK);
        }
        let mut found = None;
        self.read_block(block, list_at, base, n_left, &mut |unit, n, data| {
            if unit == second {
                found = Some((n, data));
            }
            unit < second
        })?;
        Ok(match found {
            None => Located::Nowhere,
            Some((n, Found::Long(range))) => {
                self.list_bytes(range.clone())?;
                Located::At(n, range)
            }
            Some((n, found)) => {
                let mut positions = Vec::with_capacity(n);
                self.decode(n, found, &mut positions)?;
                Located::Few(positions.into())
            }
        })
    }

    /// Calls `each` with every pair's second unit and positions, in order.
    pub(super) fn for_each_pair(
        &self,
        each: &mut dyn FnMut(UnitId, &[u32]),
    ) -> Result<(), Corrupt> {
        let mut positions = Vec::new();
        self.for_each_list(&mut |unit, n, found| {
            positions.clear();
            self.decode(n, found, &mut positions)?;
            each(unit, &positions);
            Ok(())
        })
    }

    /// Every position of the unit, ascending.
    pub(super) fn sorted_positions(&self) -> Result<Vec<u32>, Corrupt> {
        let limit = self.pages.layout.n_positions as usize;
        let mut positions = Vec::new();
        if self.n_bytes() < limit / SPARSE {
            self.positions(None, &mut positions)?;
            sort_distinct(&mut positions, limit);
            return Ok(positions);
        }
        let mut all = NumberSet::new(limit);
        self.for_each_list(&mut |_, n, found| {
            positions.clear();
            self.decode(n, found, &mut positions)?;
            for position in &positions {
                all.insert(*position);
            }
            Ok(())
        })?;
        Ok(all.to_vec())
    }

    /// Appends the positions of the unit, those of each pair ascending; if there are `ranges`, which
    /// ascend, only what lies within them.
    pub(super) fn positions(
        &self,
        ranges: Option<&[(u32, u32)]>,
        out: &mut Vec<u32>,
    ) -> Result<(), Corrupt> {
        let mut short = Vec::new();
        self.for_each_list(&mut |_, n, found| match ranges {
            None => self.decode(n, found, out),
            Some(ranges) => {
                if n > RUN
                    && let Found::Long(range) = found
                {
                    let list = self.long_list(n, range)?;
                    return list.decode_within(ranges.iter().copied(), out);
                }
                short.clear();
                self.decode(n, found, &mut short)?;
                let inside = |position: &&u32| {
                    let behind = ranges.partition_point(|range| range.1 <= **position);
                    ranges
                        .get(behind)
                        .is_some_and(|range| range.0 <= **position)
                };
                out.extend(short.iter().filter(inside));
                Ok(())
            }
        })
    }

    /// Calls `each` with every pair's second unit, number of positions, and where these are.
    fn for_each_list(
        &self,
        each: &mut dyn FnMut(UnitId, usize, Found<'a>) -> Result<(), Corrupt>,
    ) -> Result<(), Corrupt> {
        let mut pairs = Vec::with_capacity(BLOCK);
        for index in 0..self.n_pairs.div_ceil(BLOCK) {
            let (mut block, mut list_at, mut base) = (self.blocks, self.lists, 0);
            if self.n_pairs > BLOCK {
                let table = self.pages.slice(self.skips..self.blocks)?;
                base = if index == 0 {
                    0
                } else {
                    u32_at(table, index * 3)
                };
                block += u64::from(u32_at(table, index * 3 + 1));
                list_at += u64::from(u32_at(table, index * 3 + 2));
            }
            let n = (self.n_pairs - index * BLOCK).min(BLOCK);
            pairs.clear();
            self.read_block(block, list_at, base, n, &mut |unit, n, data| {
                pairs.push((unit, n, data));
                true
            })?;
            for (unit, n, data) in pairs.drain(..) {
                each(unit, n, data)?;
            }
        }
        Ok(())
    }

    /// Appends all positions of a pair.
    fn decode(&self, n: usize, found: Found<'a>, out: &mut Vec<u32>) -> Result<(), Corrupt> {
        let bits = match found {
            Found::Long(range) if n > RUN => return self.long_list(n, range)?.decode(out),
            Found::Long(range) => BitReader::new(self.list_bytes(range)?),
            Found::Inline(bits) => bits,
        };
        let before = out.len();
        read_list(bits, n, self.pages.layout.position_bits(), out);
        let list = List {
            n,
            n_positions: self.pages.layout.n_positions as u32,
            at: self.lists,
            data: ListData::Short(Vec::new()),
        };
        list.check(&out[before..])
    }

    /// A list that does not lie in its block.
    fn long_list(&self, n: usize, range: Range<u64>) -> Result<List<'a>, Corrupt> {
        self.list_bytes(range.clone())?;
        List::open(self.pages, n, range)
    }

    /// The bytes of a list that does not lie in its block.
    fn list_bytes(&self, range: Range<u64>) -> Result<&'a [u8], Corrupt> {
        if range.end > self.end {
            return Err(self.corrupt("a list lies outside its record"));
        }
        self.pages.slice(range)
    }

    /// Reads pairs from a block until `each` says false.
    fn read_block(
        &self,
        block: u64,
        mut list_at: u64,
        base: UnitId,
        n_pairs: usize,
        each: &mut dyn FnMut(UnitId, usize, Found<'a>) -> bool,
    ) -> Result<(), Corrupt> {
        let layout = &self.pages.layout;
        let position_bits = layout.position_bits();
        let mut bits = BitReader::new(self.pages.slice(block..self.lists)?);
        let k = bits.plain(5);
        let mut second = base;
        for _ in 0..n_pairs {
            second = second.wrapping_add(bits.rice(k));
            let n = bits.gamma() as usize;
            if bits.overrun() || n == 0 || n as u64 > layout.n_positions {
                return Err(self.corrupt("a block of pairs is cut short"));
            }
            let found = if n <= INLINE {
                let list = bits.clone();
                skip_list(&mut bits, n, position_bits);
                Found::Inline(list)
            } else {
                let start = list_at;
                list_at += u64::from(bits.gamma());
                Found::Long(start..list_at)
            };
            if !each(second, n, found) {
                break;
            }
        }
        Ok(())
    }
}

/// Where the list of a pair is.
#[derive(Clone)]
pub(super) enum Located {
    /// The two never stand together.
    Nowhere,
    /// In its block: these are its positions.
    Few(Arc<[u32]>),
    /// So many positions, in these bytes of the file.
    At(usize, Range<u64>),
}

impl Located {
    /// Number of positions.
    pub(super) fn n(&self) -> usize {
        match self {
            Self::Nowhere => 0,
            Self::Few(positions) => positions.len(),
            Self::At(n, _) => *n,
        }
    }

    /// The list itself; `None` where there is none.
    pub(super) fn list<'a>(&self, pages: &'a Pages) -> Result<Option<List<'a>>, Corrupt> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Few(positions) => Ok(Some(List {
                n: positions.len(),
                n_positions: pages.layout.n_positions as u32,
                at: 0,
                data: ListData::Short(positions.to_vec()),
            })),
            Self::At(n, range) => List::open(pages, *n, range.clone()).map(Some),
        }
    }
}

/// A list as it stands in a block: its bits, or where its bytes are.
enum Found<'a> {
    Inline(BitReader<'a>),
    Long(Range<u64>),
}
