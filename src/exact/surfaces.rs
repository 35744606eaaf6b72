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
/// Codes between two ranks of theirs.
const CODE_SPAN: usize = 128;
/// Codes that are read at a time.
pub(super) const PACKED: usize = 15;
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

/// Writes the section of surfaces: the bitmap and its ranks, codes, their ranks, numbers.
pub(super) fn write<I: Iterator<Item = Code>>(
    out: &mut impl Write,
    surfaces: impl Fn() -> I,
) -> io::Result<()> {
    let mut ranks: Vec<u8> = Vec::new();
    let (mut word, mut in_word, mut in_span, mut n_codes) = (0u64, 0, 0, 0u32);
    for surface in surfaces() {
        if in_span == 0 {
            ranks.extend_from_slice(&n_codes.to_le_bytes());
        }
        in_span = (in_span + 1) % SPAN;
        let is_odd = surface.code != 0;
        word |= u64::from(is_odd) << in_word;
        n_codes += u32::from(is_odd);
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
    ranks.clear();
    let mut numbers: Vec<u8> = Vec::new();
    let mut low = None;
    let mut in_span = 0;
    for Code { code, number } in surfaces().filter(|surface| surface.code != 0) {
        if in_span == 0 {
            ranks.extend_from_slice(&(numbers.len() as u32).to_le_bytes());
        }
        in_span = (in_span + 1) % CODE_SPAN;
        if code >= OTHER_GAP {
            numbers.push(number);
        }
        match low.take() {
            None => low = Some(code),
            Some(low) => out.write_all(&[low | code << 4])?,
        }
    }
    out.write_all(low.as_slice())?;
    out.write_all(&ranks)?;
    out.write_all(&numbers)
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
    /// Nibbles.
    codes: &'a [u8],
    code_ranks: &'a [u8],
    numbers: &'a [u8],
}

/// Eight bytes from `at` on as a number; zeros past the end.
#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    let [word] = words(bytes, at);
    word
}

/// `N` such numbers.
#[inline]
fn words<const N: usize>(bytes: &[u8], at: usize) -> [u64; N] {
    let Some(bytes) = bytes.get(at..at + N * 8) else {
        return last_words(bytes, at);
    };
    let mut words = [0; N];
    for (word, eight) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
    }
    words
}

#[cold]
fn last_words<const N: usize>(bytes: &[u8], at: usize) -> [u64; N] {
    let mut words = [0; N];
    let rest = bytes.get(at..).unwrap_or(&[]);
    for (word, eight) in words.iter_mut().zip(rest.chunks(8)) {
        for (byte, shift) in eight.iter().zip((0..64).step_by(8)) {
            *word |= u64::from(*byte) << shift;
        }
    }
    words
}

/// The lowest bit of each nibble, and the lower nibble of each byte.
const LOW: u64 = 0x1111_1111_1111_1111;
const LOW_HALVES: u64 = 0x0F0F_0F0F_0F0F_0F0F;

/// The `n` lowest bits set, or all.
#[inline]
fn lowest(n: usize) -> u64 {
    1u64.checked_shl(n as u32).unwrap_or(0).wrapping_sub(1)
}

/// How many bits are set in each byte. Not every processor that the program is built for can count
/// them by itself.
#[inline]
fn by_byte(bits: u64) -> u64 {
    let pairs = bits - (bits >> 1 & 0x5555_5555_5555_5555);
    let nibbles = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333);
    (nibbles + (nibbles >> 4)) & LOW_HALVES
}

#[inline]
fn sum_of_bytes(bytes: u64) -> u32 {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    let pairs = (bytes & EVEN) + (bytes >> 8 & EVEN);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
}

impl<'a> Surfaces<'a> {
    pub(super) fn open(pages: &'a Pages) -> Result<Self, Corrupt> {
        let layout = &pages.layout;
        let n = layout.n_positions as usize;
        let bits = (n.div_ceil(64) * 8) as u64;
        let ranks = (n.div_ceil(SPAN) * 4) as u64;
        let (ranks_at, codes_at) = (layout.surfaces + bits, layout.surfaces + bits + ranks);
        let cut_short = Corrupt {
            what: "the surfaces are cut short",
            at: layout.surfaces,
        };
        if codes_at > layout.rarer {
            return Err(cut_short);
        }
        let mut surfaces = Self {
            bits: pages.slice(layout.surfaces..ranks_at)?,
            ranks: pages.slice(ranks_at..codes_at)?,
            codes: &[],
            code_ranks: &[],
            numbers: &[],
        };
        let n_codes = surfaces.rank(layout.n_positions as u32) as u64;
        let code_ranks_at = codes_at + n_codes.div_ceil(2);
        let numbers_at = code_ranks_at + n_codes.div_ceil(CODE_SPAN as u64) * 4;
        if numbers_at > layout.rarer {
            return Err(cut_short);
        }
        surfaces.codes = pages.slice(codes_at..code_ranks_at)?;
        surfaces.code_ranks = pages.slice(code_ranks_at..numbers_at)?;
        surfaces.numbers = pages.slice(numbers_at..layout.rarer)?;
        Ok(surfaces)
    }

    /// How many positions before this one are not plain: where its code is.
    ///
    /// All words of the span are counted, wherever the position is: that costs less than a branch
    /// that nobody can foresee.
    #[inline]
    fn rank(&self, position: u32) -> usize {
        // Behind the last position there may be no span any more.
        let n_spans = self.ranks.len() / 4;
        let span = (position as usize / SPAN).min(n_spans.saturating_sub(1));
        let within = position as usize - span * SPAN;
        let words: [u64; SPAN / 64] = words(self.bits, span * SPAN / 8);
        let mut counts = 0;
        for (index, word) in words.iter().enumerate() {
            counts += by_byte(word & lowest(within.saturating_sub(index * 64)));
        }
        let before = if n_spans > 0 {
            u32_at(self.ranks, span)
        } else {
            0
        };
        before.wrapping_add(sum_of_bytes(counts)) as usize
    }

    /// The bits of [`WINDOW`] positions and a few more from `position` on, its own the lowest: set
    /// where one is not plain. Past the end there are zeros.
    #[inline]
    pub(super) fn window(&self, position: u32) -> u64 {
        eight(self.bits, position as usize / 8) >> (position % 8)
    }

    /// The surface of one position.
    #[inline]
    pub(super) fn get(&self, position: u32) -> Code {
        if self.window(position) & 1 == 0 {
            return Code::PLAIN;
        }
        let codes = self.codes(position);
        let code = codes.code(0);
        let number = if code >= OTHER_GAP {
            codes.number(0)
        } else {
            0
        };
        Code { code, number }
    }

    /// The codes of the positions that are not plain, from `position` on.
    #[inline]
    pub(super) fn codes(&self, position: u32) -> Codes<'_> {
        Codes {
            surfaces: self,
            first: self.rank(position),
        }
    }
}

/// Codes, one a nibble.
#[derive(Clone, Copy)]
pub(super) struct Codes<'a> {
    surfaces: &'a Surfaces<'a>,
    first: usize,
}

impl Codes<'_> {
    /// [`PACKED`] of them from the `n`-th on, the first in the lowest nibble; plain past the end of a
    /// damaged section.
    #[inline]
    pub(super) fn packed(&self, n: usize) -> u64 {
        let at = self.first.saturating_add(n);
        eight(self.surfaces.codes, at / 2) >> (at % 2 * 4)
    }

    /// The `n`-th, without its number.
    #[inline]
    pub(super) fn code(&self, n: usize) -> u8 {
        self.packed(n) as u8 & 15
    }

    /// The number of the `n`-th, which is one that needs the table.
    pub(super) fn number(&self, n: usize) -> u8 {
        let at = self.first.saturating_add(n);
        let span = at / CODE_SPAN;
        let Some(rank) = self.surfaces.code_ranks.get(span * 4..span * 4 + 4) else {
            return 0;
        };
        let within = at - span * CODE_SPAN;
        let words: [u64; CODE_SPAN / 16] = words(self.surfaces.codes, span * CODE_SPAN / 2);
        // In each nibble a number of words, which are fewer than it can count.
        let mut counts = 0;
        for (index, word) in words.iter().enumerate() {
            // The three high bits of a nibble are set in 14 and 15, the codes that need the table.
            let long = word >> 3 & word >> 2 & word >> 1 & LOW;
            counts += long & lowest(within.saturating_sub(index * 16) * 4);
        }
        let n_here = sum_of_bytes((counts & LOW_HALVES) + (counts >> 4 & LOW_HALVES));
        let n_before = u32_at(rank, 0).wrapping_add(n_here) as usize;
        self.surfaces.numbers.get(n_before).copied().unwrap_or(0)
    }
}
