//! Where something ends, and the stretches between.

use super::sets::{NumberSet, advanced};

/// One border among so many positions is worth a bit for each position.
const MANY: usize = 256;

/// Positions at which something ends: sentences, paragraphs, documents. They part the positions into
/// stretches, numbered from 0; a border is the last position of its stretch.
#[derive(Clone, Debug)]
pub struct Borders {
    kept: Kept,
    n: u32,
}

#[derive(Clone, Debug)]
enum Kept {
    /// Ascending.
    Few(Vec<u32>),
    Many {
        bits: NumberSet,
        /// Borders before each word of the bits.
        ranks: Vec<u32>,
    },
}

impl Borders {
    /// Borders at `positions`, which are below `limit`, in any order and some perhaps twice.
    pub fn new(mut positions: Vec<u32>, limit: u32) -> Self {
        if positions.len() < limit as usize / MANY {
            positions.sort_unstable();
            positions.dedup();
            let n = positions.len() as u32;
            let kept = Kept::Few(positions);
            return Self { kept, n };
        }
        let mut bits = NumberSet::new(limit as usize);
        for position in positions {
            bits.insert(position);
        }
        let (ranks, n) = (bits.ranks(), bits.len() as u32);
        let kept = Kept::Many { bits, ranks };
        Self { kept, n }
    }

    /// How many stretches there are; what stands behind the last border is one.
    pub fn n_stretches(&self) -> u32 {
        self.n + 1
    }

    /// The stretch of a position. Of many that ascend, see [`Borders::walk`].
    pub fn stretch(&self, position: u32) -> u32 {
        self.walk().stretch(position)
    }

    /// Tells the stretches of positions that ascend.
    pub fn walk(&self) -> Walk<'_> {
        Walk {
            borders: self,
            at: 0,
        }
    }

    /// The first border that is not before a position; `u32::MAX` behind the last.
    #[inline]
    pub fn next(&self, position: u32) -> u32 {
        let next = match &self.kept {
            Kept::Few(borders) => {
                let behind = borders.partition_point(|border| *border < position);
                borders.get(behind).copied()
            }
            Kept::Many { bits, .. } => bits.next(position),
        };
        next.unwrap_or(u32::MAX)
    }

    /// The positions of the stretch around a position, half-open, without its border; `limit` is behind
    /// all positions.
    pub fn around(&self, position: u32, limit: u32) -> (u32, u32) {
        let before = match &self.kept {
            Kept::Few(borders) => {
                let before = borders.partition_point(|border| *border < position);
                before.checked_sub(1).map(|before| borders[before])
            }
            Kept::Many { bits, .. } => bits.previous(position),
        };
        let start = before.map_or(0, |border| border + 1);
        (start, self.next(position).min(limit))
    }

    /// The positions of a stretch, half-open, without its border; `limit` is behind all positions.
    pub fn range(&self, stretch: u32, limit: u32) -> (u32, u32) {
        let border = |n: u32| match &self.kept {
            Kept::Few(borders) => borders.get(n as usize).copied(),
            Kept::Many { bits, ranks } => {
                let index = ranks.partition_point(|rank| *rank <= n).checked_sub(1)?;
                let mut word = bits.words[index];
                for _ in ranks[index]..n {
                    word &= word.wrapping_sub(1);
                }
                (word != 0).then(|| index as u32 * 64 + word.trailing_zeros())
            }
        };
        let start = stretch.checked_sub(1).map(&border);
        let start = start.map_or(0, |border| border.map_or(limit, |border| border + 1));
        (start, border(stretch).unwrap_or(limit))
    }

    /// The borders as a set, if there are many.
    pub fn bits(&self) -> Option<&NumberSet> {
        match &self.kept {
            Kept::Few(_) => None,
            Kept::Many { bits, .. } => Some(bits),
        }
    }

    /// Whether no border lies in `start..end`.
    #[inline]
    pub fn is_whole(&self, start: u32, end: u32) -> bool {
        match &self.kept {
            Kept::Few(_) => self.next(start) >= end,
            Kept::Many { bits, .. } => !bits.intersects(start, end),
        }
    }
}

/// Goes through stretches from front to back.
pub struct Walk<'b> {
    borders: &'b Borders,
    /// Of few borders: how many lie before the last position.
    at: usize,
}

impl Walk<'_> {
    /// The stretch of a position, which is not before the last one that was asked for.
    #[inline]
    pub fn stretch(&mut self, position: u32) -> u32 {
        match &self.borders.kept {
            Kept::Few(borders) => {
                self.at = advanced(borders, self.at, position);
                self.at as u32
            }
            Kept::Many { bits, ranks } => {
                let index = position as usize / 64;
                let (Some(word), Some(rank)) = (bits.words.get(index), ranks.get(index)) else {
                    return self.borders.n;
                };
                let before = word & ((1 << (position % 64)) - 1);
                rank + before.count_ones()
            }
        }
    }
}
