//! Encodes what is kept of a unit.

use super::{BLOCK, DocCount, INLINE};
use crate::exact::UnitId;
use crate::exact::bits::{BitWriter, best_rice, write_varint};
use crate::exact::lists::{encode_list, encode_long};

/// Encodes the record of one unit, pair by pair, into buffers that are used again.
#[derive(Default)]
pub(in crate::exact) struct RecordWriter {
    position_bits: u32,
    docs: BitWriter,
    block: BitWriter,
    list: BitWriter,
    gaps: Vec<u32>,
    /// Pairs of the block being collected: second unit, number of positions.
    pairs: Vec<(UnitId, u32)>,
    /// Their positions, one list behind the other.
    positions: Vec<u32>,
    n_pairs: u64,
    skips: Vec<u8>,
    blocks: Vec<u8>,
    lists: Vec<u8>,
}

impl RecordWriter {
    pub(in crate::exact) fn new(position_bits: u32) -> Self {
        Self {
            position_bits,
            ..Self::default()
        }
    }

    /// Adds the pair with `second`, whose positions ascend; seconds come in ascending order.
    pub(in crate::exact) fn pair(
        &mut self,
        second: UnitId,
        positions: impl IntoIterator<Item = u32>,
    ) {
        let before = self.positions.len();
        self.positions.extend(positions);
        let n = self.positions.len() - before;
        if n == 0 {
            return;
        }
        self.pairs.push((second, n as u32));
        self.n_pairs += 1;
        if self.pairs.len() == BLOCK {
            self.end_block();
        }
    }

    /// Appends the record to `out` and starts the next. `docs` are given for common units only.
    pub(in crate::exact) fn finish(&mut self, docs: &[DocCount], out: &mut Vec<u8>) {
        self.end_block();
        write_varint(out, docs.len() as u64);
        if !docs.is_empty() {
            let encoded = encode_docs(docs, &mut self.docs, &mut self.gaps);
            write_varint(out, encoded.len() as u64);
            out.extend_from_slice(encoded);
        }
        write_varint(out, self.n_pairs);
        write_varint(out, self.blocks.len() as u64);
        if self.n_pairs > BLOCK as u64 {
            out.extend_from_slice(&self.skips);
        }
        out.extend_from_slice(&self.blocks);
        out.extend_from_slice(&self.lists);
        self.n_pairs = 0;
        self.skips.clear();
        self.blocks.clear();
        self.lists.clear();
    }

    fn end_block(&mut self) {
        let Some(&(first, _)) = self.pairs.first() else {
            return;
        };
        for number in [first, self.blocks.len() as u32, self.lists.len() as u32] {
            self.skips.extend_from_slice(&number.to_le_bytes());
        }
        // The first block cannot know whether others, and with them a skip table, will follow.
        let base = if self.blocks.is_empty() { 0 } else { first };
        self.gaps.clear();
        let mut previous = base;
        for &(second, _) in &self.pairs {
            self.gaps.push(second.wrapping_sub(previous));
            previous = second;
        }
        let k = best_rice(&self.gaps);
        let steps = std::mem::take(&mut self.gaps);
        self.block.clear();
        self.block.plain(k, 5);
        let mut at = 0;
        for (step, pair) in steps.iter().zip(0..) {
            let n = self.pairs[pair].1 as usize;
            self.block.rice(*step, k);
            self.block.gamma(n as u32);
            let list = at..at + n;
            at += n;
            if n <= INLINE {
                encode_list(
                    &self.positions[list],
                    self.position_bits,
                    &mut self.block,
                    &mut self.gaps,
                );
            } else {
                let before = self.lists.len();
                encode_long(
                    &self.positions[list],
                    self.position_bits,
                    &mut self.list,
                    &mut self.gaps,
                    &mut self.lists,
                );
                self.block.gamma((self.lists.len() - before) as u32);
            }
        }
        self.blocks.extend_from_slice(self.block.finish());
        self.gaps = steps;
        self.pairs.clear();
        self.positions.clear();
    }
}

fn encode_docs<'w>(docs: &[DocCount], out: &'w mut BitWriter, values: &mut Vec<u32>) -> &'w [u8] {
    out.clear();
    let mut parameter = |of: &mut dyn Iterator<Item = u32>| {
        values.clear();
        values.extend(of);
        best_rice(values)
    };
    let mut previous = u32::MAX;
    let gap = |doc: u32, previous: &mut u32| {
        let gap = doc.wrapping_sub(*previous) - 1;
        *previous = doc;
        gap
    };
    let k_gap = parameter(&mut docs.iter().map(|d| gap(d.doc, &mut previous)));
    let k_n = parameter(&mut docs.iter().map(|d| d.n - 1));
    let k_odd = parameter(&mut docs.iter().map(|d| d.n_odd));
    let any_odd = docs.iter().any(|d| d.n_odd > 0);
    let any_unusual = docs.iter().any(|d| d.n_unusual > 0);
    for (value, width) in [
        (k_gap, 5),
        (k_n, 5),
        (u32::from(any_odd), 1),
        (k_odd, 5),
        (u32::from(any_unusual), 1),
    ] {
        out.plain(value, width);
    }
    let mut previous = u32::MAX;
    for d in docs {
        out.rice(gap(d.doc, &mut previous), k_gap);
        out.rice(d.n - 1, k_n);
        if any_odd {
            out.rice(d.n_odd, k_odd);
        }
        if any_unusual && d.n_odd > 0 {
            out.rice(d.n_unusual, 0);
        }
    }
    out.finish()
}
