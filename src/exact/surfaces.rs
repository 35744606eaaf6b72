//! How each position is written in the source: a bit for every position, codes for those that are
//! not plain, and a table of the rarer surfaces that have no code of their own.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::Corrupt;
use super::bits::{read_varint, write_varint};
use super::layout::{Pages, u32_at};
use crate::analysis::Surface;
use crate::analysis::surface::{N_WRITINGS, OTHER_GAP};

/// Positions between two ranks of the bitmap.
const SPAN: usize = 256;
/// Positions that a window shows at least.
pub(super) const WINDOW: usize = 57;
/// Numbers from here on are those of surfaces that found no place in the table: of each only its
/// writing is known.
pub(super) const RARE: u8 = u8::MAX - N_WRITINGS + 1;

/// A surface as it is stored: its code, and its number in the table if the code does not say all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) code: u8,
    pub(super) number: u8,
}

impl Code {
    pub(super) const PLAIN: Self = Self { code: 0, number: 0 };
}

/// Chooses the table: the commonest keys, and of equally common ones the first.
pub(super) fn choose_table(counts: impl IntoIterator<Item = (String, u64)>) -> Vec<String> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().filter(|(_, n)| *n > 0).collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(usize::from(RARE));
    counts.into_iter().map(|(key, _)| key).collect()
}

/// The number of each key of a table.
pub(super) fn numbers(table: &[String]) -> FxHashMap<&str, u8> {
    table.iter().map(String::as_str).zip(0..).collect()
}

/// The number of the surface with this key.
pub(super) fn number(numbers: &FxHashMap<&str, u8>, key: &str) -> u8 {
    let writing = || Surface::from_key(key).map_or(0, Surface::writing);
    numbers
        .get(key)
        .copied()
        .unwrap_or_else(|| RARE + writing())
}

/// Writes the section of surfaces: the bitmap, ranks, codes.
pub(super) fn write<I: Iterator<Item = Code>>(
    out: &mut impl Write,
    surfaces: impl Fn() -> I,
) -> io::Result<()> {
    let mut ranks: Vec<u8> = Vec::new();
    let (mut word, mut in_word, mut in_span, mut n_nibbles) = (0u64, 0, 0, 0u32);
    for surface in surfaces() {
        if in_span == 0 {
            ranks.extend_from_slice(&n_nibbles.to_le_bytes());
        }
        in_span = (in_span + 1) % SPAN;
        word |= u64::from(surface.code != 0) << in_word;
        n_nibbles += match surface.code {
            0 => 0,
            code if code < OTHER_GAP => 1,
            _ => 3,
        };
        in_word += 1;
        if in_word == 64 {
            out.write_all(&word.to_le_bytes())?;
            (word, in_word) = (0, 0);
        }
    }
    if in_word > 0 {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(&ranks)?;
    let mut nibbles = Nibbles { out, low: None };
    for surface in surfaces().filter(|surface| surface.code != 0) {
        nibbles.push(surface.code)?;
        if surface.code >= OTHER_GAP {
            nibbles.push(surface.number & 15)?;
            nibbles.push(surface.number >> 4)?;
        }
    }
    nibbles.finish()
}

struct Nibbles<'w, W> {
    out: &'w mut W,
    low: Option<u8>,
}

impl<W: Write> Nibbles<'_, W> {
    fn push(&mut self, nibble: u8) -> io::Result<()> {
        match self.low.take() {
            None => self.low = Some(nibble),
            Some(low) => self.out.write_all(&[low | nibble << 4])?,
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.low.map_or(Ok(()), |low| self.out.write_all(&[low]))
    }
}

/// Writes the table of rarer surfaces.
pub(super) fn write_table(out: &mut impl Write, table: &[String]) -> io::Result<()> {
    let mut bytes = Vec::new();
    write_varint(&mut bytes, table.len() as u64);
    for key in table {
        write_varint(&mut bytes, key.len() as u64);
        bytes.extend_from_slice(key.as_bytes());
    }
    out.write_all(&bytes)
}

/// Reads the table of rarer surfaces.
pub(super) fn read_table(pages: &Pages) -> Result<Vec<String>, Corrupt> {
    let corrupt = Corrupt {
        what: "the table of surfaces is damaged",
        at: pages.layout.rarer,
    };
    let bytes = pages.slice(pages.layout.rarer..pages.layout.breaks)?;
    let mut at = 0;
    let n = read_varint(bytes, &mut at)
        .filter(|n| *n <= u64::from(RARE))
        .ok_or(corrupt)?;
    let mut table = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let len = read_varint(bytes, &mut at).ok_or(corrupt)? as usize;
        let key = bytes.get(at..at.saturating_add(len)).ok_or(corrupt)?;
        let key = std::str::from_utf8(key).map_err(|_| corrupt)?;
        if Surface::from_key(key).is_none() {
            return Err(corrupt);
        }
        table.push(key.to_owned());
        at += len;
    }
    Ok(table)
}

/// The section of surfaces, read.
pub(super) struct Surfaces<'a> {
    /// The bitmap.
    bits: &'a [u8],
    ranks: &'a [u8],
    codes: &'a [u8],
}

impl<'a> Surfaces<'a> {
    pub(super) fn open(pages: &'a Pages) -> Result<Self, Corrupt> {
        let layout = &pages.layout;
        let n = layout.n_positions as usize;
        let bits = (n.div_ceil(64) * 8) as u64;
        let ranks = (n.div_ceil(SPAN) * 4) as u64;
        let (ranks_at, codes_at) = (layout.surfaces + bits, layout.surfaces + bits + ranks);
        if codes_at > layout.rarer {
            return Err(Corrupt {
                what: "the surfaces are cut short",
                at: layout.surfaces,
            });
        }
        Ok(Self {
            bits: pages.slice(layout.surfaces..ranks_at)?,
            ranks: pages.slice(ranks_at..codes_at)?,
            codes: pages.slice(codes_at..layout.rarer)?,
        })
    }

    /// The word of the bitmap with this number; zero past its end.
    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.eight(index * 8)
    }

    #[inline]
    fn eight(&self, at: usize) -> u64 {
        match self.bits.get(at..at + 8) {
            Some(eight) => u64::from_le_bytes(eight.try_into().unwrap_or_default()),
            None => self.tail(at),
        }
    }

    #[cold]
    fn tail(&self, at: usize) -> u64 {
        let mut eight = [0; 8];
        let rest = self.bits.get(at..).unwrap_or(&[]);
        eight[..rest.len()].copy_from_slice(rest);
        u64::from_le_bytes(eight)
    }

    /// The bits of [`WINDOW`] positions and a few more from `position` on, its own the lowest: set
    /// where one is not plain. Past the end there are zeros.
    #[inline]
    pub(super) fn window(&self, position: u32) -> u64 {
        self.eight(position as usize / 8) >> (position % 8)
    }

    /// The surface of one position.
    #[inline]
    pub(super) fn get(&self, position: u32) -> Code {
        if self.window(position) & 1 == 0 {
            return Code::PLAIN;
        }
        self.codes(position).next()
    }

    /// The codes of the positions that are not plain, from `position` on.
    #[inline]
    pub(super) fn codes(&self, position: u32) -> Codes<'a> {
        let (index, bit) = (position as usize / 64, position % 64);
        let span = position as usize / SPAN;
        let mut n_before = (self.word(index) & ((1 << bit) - 1)).count_ones();
        for before in span * SPAN / 64..index {
            n_before += self.word(before).count_ones();
        }
        let mut codes = Codes {
            bytes: self.codes,
            at: u32_at(self.ranks, span) as usize,
        };
        codes.skip(n_before);
        codes
    }
}

/// Codes, one after the other: nibbles, of which three make up one that needs the table.
pub(super) struct Codes<'a> {
    bytes: &'a [u8],
    /// In nibbles.
    at: usize,
}

impl Codes<'_> {
    #[inline]
    fn nibble(&mut self) -> u8 {
        let byte = self.bytes.get(self.at / 2).copied().unwrap_or(0);
        self.at += 1;
        if self.at % 2 == 1 {
            byte & 15
        } else {
            byte >> 4
        }
    }

    /// The next one; plain past the end of a damaged section.
    #[inline]
    pub(super) fn next(&mut self) -> Code {
        let code = self.nibble();
        let number = if code >= OTHER_GAP {
            self.nibble() | self.nibble() << 4
        } else {
            0
        };
        Code { code, number }
    }

    /// Passes `n` codes over, up to fifteen at a time where none of them needs the table.
    #[inline]
    fn skip(&mut self, mut n: u32) {
        /// The lowest bit of each nibble.
        const LOW: u64 = 0x1111_1111_1111_1111;
        while n > 0 {
            let byte = self.at / 2;
            let Some(eight) = self.bytes.get(byte..byte + 8) else {
                self.next();
                n -= 1;
                continue;
            };
            let odd = self.at as u32 % 2;
            let word = u64::from_le_bytes(eight.try_into().unwrap_or_default()) >> (odd * 4);
            // The three high bits of a nibble are set in 14 and 15, the codes that need the table.
            let long = word >> 3 & word >> 2 & word >> 1 & LOW;
            let short = (long.trailing_zeros() / 4).min(16 - odd).min(n);
            self.at += short as usize;
            n -= short;
            if n > 0 && short < 16 - odd {
                self.next();
                n -= 1;
            }
        }
    }
}
