//! Lists of positions: coding, decoding, and looking up places without decoding all.

use std::ops::Range;

use super::Corrupt;
use super::bits::{BitReader, BitWriter, best_rice};
use super::layout::{Pages, u32_at};

/// Positions of a long list between two entries of its skip table.
pub(super) const RUN: usize = 128;

/// Elements that are looked at one by one before a search skips.
const NEAR: usize = 6;

/// Runs that are read of a list to know it roughly.
const SAMPLED: usize = 12;

/// A list of positions, found but not decoded.
pub(super) struct List<'a> {
    /// Number of positions.
    pub(super) n: usize,
    /// Of the whole stream.
    pub(super) n_positions: u32,
    /// Byte of the file, for messages.
    pub(super) at: u64,
    pub(super) data: ListData<'a>,
}

pub(super) enum ListData<'a> {
    Short(Vec<u32>),
    Long(&'a [u8]),
}

pub(super) fn encode_list(
    positions: &[u32],
    position_bits: u32,
    out: &mut BitWriter,
    gaps: &mut Vec<u32>,
) {
    out.plain(positions[0], position_bits);
    if positions.len() > 1 {
        encode_gaps(positions, out, gaps);
    }
}

/// The distances of neighbours less one, behind their Rice parameter.
fn encode_gaps(positions: &[u32], out: &mut BitWriter, gaps: &mut Vec<u32>) {
    gaps.clear();
    // Wrapping: a merge of damaged sources must not panic, whatever it writes.
    gaps.extend(
        positions
            .windows(2)
            .map(|pair| pair[1].wrapping_sub(pair[0]).wrapping_sub(1)),
    );
    let k = best_rice(gaps);
    out.plain(k, 5);
    for &gap in gaps.iter() {
        out.rice(gap, k);
    }
}

/// A list by itself: short ones whole, others as runs behind a table of their first positions and
/// ends.
pub(super) fn encode_long(
    positions: &[u32],
    position_bits: u32,
    bits: &mut BitWriter,
    gaps: &mut Vec<u32>,
    out: &mut Vec<u8>,
) {
    if positions.len() <= RUN {
        bits.clear();
        encode_list(positions, position_bits, bits, gaps);
        out.extend_from_slice(bits.finish());
        return;
    }
    let n_runs = positions.len().div_ceil(RUN);
    let table = out.len();
    out.resize(table + n_runs * 8, 0);
    let data = out.len();
    for (index, run) in positions.chunks(RUN).enumerate() {
        bits.clear();
        encode_gaps(run, bits, gaps);
        out.extend_from_slice(bits.finish());
        let end = (out.len() - data) as u32;
        let (first_at, end_at) = (table + index * 4, table + (n_runs + index) * 4);
        out[first_at..first_at + 4].copy_from_slice(&run[0].to_le_bytes());
        out[end_at..end_at + 4].copy_from_slice(&end.to_le_bytes());
    }
}

pub(super) fn skip_list(bits: &mut BitReader<'_>, n: usize, position_bits: u32) {
    bits.plain(position_bits);
    if n > 1 {
        let k = bits.plain(5);
        let mut gaps = bits.clone().rices(k);
        for _ in 1..n {
            gaps.next();
        }
        *bits = gaps.rest();
    }
}

pub(super) fn read_list(mut bits: BitReader<'_>, n: usize, position_bits: u32, out: &mut Vec<u32>) {
    let first = bits.plain(position_bits);
    out.push(first);
    if n > 1 {
        read_gaps(bits, first, n, out);
    }
}

/// Reads `n - 1` positions behind `first`.
#[inline]
fn read_gaps(mut bits: BitReader<'_>, first: u32, n: usize, out: &mut Vec<u32>) {
    let k = bits.plain(5);
    let mut position = first;
    let mut gaps = bits.rices(k);
    out.extend((1..n).map(|_| {
        position = position.wrapping_add(gaps.next()).wrapping_add(1);
        position
    }));
}

impl<'a> List<'a> {
    /// The list of `n` positions in these bytes of the file.
    pub(super) fn open(pages: &'a Pages, n: usize, range: Range<u64>) -> Result<Self, Corrupt> {
        let layout = &pages.layout;
        let at = range.start;
        let bytes = pages.slice(range)?;
        let mut list = Self {
            n,
            n_positions: layout.n_positions as u32,
            at,
            data: ListData::Long(bytes),
        };
        if n <= RUN {
            let mut positions = Vec::with_capacity(n);
            if n > 0 {
                let bits = BitReader::new(bytes);
                read_list(bits, n, layout.position_bits(), &mut positions);
            }
            list.check(&positions)?;
            list.data = ListData::Short(positions);
        }
        Ok(list)
    }

    /// Damaged bits could give positions that are none; nothing behind this point sees such.
    pub(super) fn check(&self, positions: &[u32]) -> Result<(), Corrupt> {
        let last_ok = positions.last().is_none_or(|last| *last < self.n_positions);
        if last_ok && positions.is_sorted_by(|a, b| a < b) {
            return Ok(());
        }
        Err(Corrupt {
            what: "a list of positions runs out of order",
            at: self.at,
        })
    }

    /// Appends all positions to `out`.
    pub(super) fn decode(&self, out: &mut Vec<u32>) -> Result<(), Corrupt> {
        match &self.data {
            ListData::Short(positions) => out.extend_from_slice(positions),
            ListData::Long(bytes) => {
                let before = out.len();
                out.reserve(self.n);
                for run in 0..self.n.div_ceil(RUN) {
                    self.read_run(bytes, run, out);
                }
                self.check(&out[before..])?;
            }
        }
        Ok(())
    }

    /// Appends the positions of [`SAMPLED`] runs of a list of very many; `false` where there are fewer.
    pub(super) fn sample(&self, out: &mut Vec<u32>) -> Result<bool, Corrupt> {
        let n_runs = self.n.div_ceil(RUN);
        let ListData::Long(bytes) = &self.data else {
            return Ok(false);
        };
        if n_runs <= SAMPLED {
            return Ok(false);
        }
        for index in 0..SAMPLED {
            self.read_run(bytes, index * (n_runs - 1) / SAMPLED, out);
        }
        self.check(out)?;
        Ok(true)
    }

    /// Appends the positions of run `run` of a long list.
    #[inline]
    fn read_run(&self, bytes: &[u8], run: usize, out: &mut Vec<u32>) {
        let n_runs = self.n.div_ceil(RUN);
        let data = bytes.get(n_runs * 8..).unwrap_or(&[]);
        let start = if run == 0 {
            0
        } else {
            u32_at(bytes, n_runs + run - 1) as usize
        };
        let first = u32_at(bytes, run);
        out.push(first);
        let n = (self.n - run * RUN).min(RUN);
        // To the end of the list, not of the run: the reader then need not mind its last bytes.
        read_gaps(
            BitReader::new(data.get(start..).unwrap_or(&[])),
            first,
            n,
            out,
        );
    }

    /// Appends the positions that lie within `ranges`, which ascend and do not overlap.
    pub(super) fn decode_within(
        &self,
        ranges: impl Iterator<Item = (u32, u32)>,
        out: &mut Vec<u32>,
    ) -> Result<(), Corrupt> {
        let bytes = match &self.data {
            ListData::Short(positions) => {
                let mut rest = &positions[..];
                for (start, end) in ranges {
                    rest = &rest[rest.partition_point(|p| *p < start)..];
                    let n = rest.partition_point(|p| *p < end);
                    out.extend_from_slice(&rest[..n]);
                    rest = &rest[n..];
                }
                return Ok(());
            }
            ListData::Long(bytes) => *bytes,
        };
        let n_runs = self.n.div_ceil(RUN);
        let mut current: Vec<u32> = Vec::with_capacity(RUN);
        let mut decoded = usize::MAX;
        let mut run = 0;
        for (start, end) in ranges {
            run = gallop(run, n_runs, |r| u32_at(bytes, r) <= start);
            loop {
                if decoded != run {
                    current.clear();
                    self.read_run(bytes, run, &mut current);
                    self.check(&current)?;
                    decoded = run;
                }
                let first = current.partition_point(|p| *p < start);
                let last = current.partition_point(|p| *p < end);
                out.extend_from_slice(&current[first..last.max(first)]);
                if run + 1 == n_runs || u32_at(bytes, run + 1) >= end {
                    break;
                }
                run += 1;
            }
        }
        Ok(())
    }

    /// Keeps of `candidates`, which ascend, those that have a position `offset` behind them.
    pub(super) fn retain(&self, candidates: &mut Vec<u32>, offset: u32) -> Result<(), Corrupt> {
        match &self.data {
            ListData::Short(positions) => {
                let mut rest = &positions[..];
                candidates.retain(|c| contains(&mut rest, c.wrapping_add(offset)));
                Ok(())
            }
            ListData::Long(bytes) => self.retain_long(bytes, candidates, offset),
        }
    }

    fn retain_long(
        &self,
        bytes: &[u8],
        candidates: &mut Vec<u32>,
        offset: u32,
    ) -> Result<(), Corrupt> {
        let n_runs = self.n.div_ceil(RUN);
        let mut run = 0;
        let mut current: Vec<u32> = Vec::with_capacity(RUN);
        let mut decoded = usize::MAX;
        let (mut at, mut n_kept) = (0, 0);
        for index in 0..candidates.len() {
            let wanted = candidates[index].wrapping_add(offset);
            run = gallop(run, n_runs, |r| u32_at(bytes, r) <= wanted);
            if decoded != run {
                current.clear();
                self.read_run(bytes, run, &mut current);
                self.check(&current)?;
                (decoded, at) = (run, 0);
            }
            let mut rest = &current[at..];
            if contains(&mut rest, wanted) {
                candidates[n_kept] = candidates[index];
                n_kept += 1;
            }
            at = current.len() - rest.len();
        }
        candidates.truncate(n_kept);
        Ok(())
    }
}

/// The last index of `from..end` that holds, where those that hold come first; `from` if none does.
#[inline]
pub(super) fn gallop(from: usize, end: usize, holds: impl Fn(usize) -> bool) -> usize {
    let mut low = from;
    let mut step = 1;
    while low + step < end && holds(low + step) {
        low += step;
        step *= 2;
    }
    let mut high = end.min(low + step);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Whether `wanted` is in `rest`, which is moved on to the first element not below it.
#[inline]
pub(super) fn contains(rest: &mut &[u32], wanted: u32) -> bool {
    // Of lists that are alike it is one of the next few.
    for near in 0..rest.len().min(NEAR) {
        if rest[near] >= wanted {
            *rest = &rest[near..];
            return rest[0] == wanted;
        }
    }
    *rest = &rest[rest.len().min(NEAR)..];
    let mut step = 1;
    while step < rest.len() && rest[step] < wanted {
        *rest = &rest[step..];
        step *= 2;
    }
    let within = step.min(rest.len().saturating_sub(1)) + 1;
    let skip = rest[..within.min(rest.len())].partition_point(|p| *p < wanted);
    *rest = &rest[skip..];
    rest.first() == Some(&wanted)
}
