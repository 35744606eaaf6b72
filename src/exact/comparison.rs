//! Compares how occurrences are written with how a phrase is: which of its units are plain first, and
//! codes only where that agrees.

use super::Corrupt;
use super::reader::Reader;
use super::surfaces::{Codes, PACKED, RARE, Surfaces, WINDOW};
use crate::analysis::Surface;
use crate::analysis::surface::{OTHER, OTHER_GAP};

/// What is known of one occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has the phrase's very characters.
    Exact,
    /// It is written otherwise.
    Normalized,
    /// Only the text can tell.
    Undecided,
}

/// How a phrase is written, ready to be compared in one segment.
pub(super) struct Comparison<'r, 'p> {
    reader: &'r Reader,
    stored: Surfaces<'r>,
    /// The units but the last, [`STRETCH`] at a time.
    inner: Vec<Stretch>,
    /// Of the last, what follows left out.
    last: Surface<'p>,
    /// A bit for each code below [`OTHER`] that the last may have.
    last_codes: u16,
    /// All are plain, and fit into a window: the bits that have to be unset.
    all_plain: Option<u64>,
}

/// Neighbouring units of a phrase, and how each should be written.
#[derive(Default)]
struct Stretch {
    len: u32,
    /// Which are not plain, the first the lowest bit.
    odd: u64,
    /// The codes of these, [`PACKED`] in each.
    codes: Vec<u64>,
    n_codes: usize,
    /// Of these the ones that do not say all.
    long: Vec<Long>,
}

/// A surface that needs the table.
struct Long {
    /// Which of the codes it is.
    index: usize,
    /// Its number in the table of this segment.
    number: Option<u8>,
    /// The number that it has where it found no place in a table.
    rare: u8,
}

/// Units that are compared at a time: with the last of a phrase they fit into a window.
const STRETCH: usize = WINDOW - 1;

impl Stretch {
    fn new(reader: &Reader, surfaces: &[Surface<'_>]) -> Self {
        let mut stretch = Self {
            len: surfaces.len() as u32,
            ..Self::default()
        };
        for (at, surface) in surfaces.iter().enumerate() {
            let code = surface.code();
            if code == 0 {
                continue;
            }
            stretch.odd |= 1 << at;
            let index = stretch.n_codes;
            if index.is_multiple_of(PACKED) {
                stretch.codes.push(0);
            }
            if let Some(packed) = stretch.codes.last_mut() {
                *packed |= u64::from(code) << (index % PACKED * 4);
            }
            if code >= OTHER_GAP {
                let key = surface.key();
                let number = reader.rarer().iter().position(|known| *known == key);
                stretch.long.push(Long {
                    index,
                    number: number.map(|number| number as u8),
                    rare: RARE + surface.writing(),
                });
            }
            stretch.n_codes += 1;
        }
        stretch
    }

    /// Compares the codes of units of which the same are plain.
    #[inline]
    fn compare(&self, codes: &Codes<'_>) -> Verdict {
        let mut left = self.n_codes;
        for (packed, at) in self.codes.iter().zip((0..).step_by(PACKED)) {
            let mask = (1 << (left.min(PACKED) * 4)) - 1;
            if codes.packed(at) & mask != *packed {
                return Verdict::Normalized;
            }
            left = left.saturating_sub(PACKED);
        }
        let mut verdict = Verdict::Exact;
        for long in &self.long {
            let number = codes.number(long.index);
            if long.number != Some(number) {
                if long.rare != number {
                    return Verdict::Normalized;
                }
                verdict = Verdict::Undecided;
            }
        }
        verdict
    }
}

impl<'r, 'p> Comparison<'r, 'p> {
    /// For a phrase with these surfaces.
    pub(super) fn new(reader: &'r Reader, surfaces: &[Surface<'p>]) -> Result<Self, Corrupt> {
        let (last, inner) = surfaces
            .split_last()
            .map_or((Surface::PLAIN, &[][..]), |(l, i)| (l.without_gap(), i));
        let stretches: Vec<Stretch> = inner
            .chunks(STRETCH)
            .map(|stretch| Stretch::new(reader, stretch))
            .collect();
        let may_be = |code: &u8| match *code {
            OTHER_GAP => last == Surface::PLAIN,
            code => Surface::from_code(code).is_some_and(|s| s.without_gap() == last),
        };
        let last_codes = (0..OTHER).filter(may_be).fold(0, |codes, c| codes | 1 << c);
        let is_plain = last == Surface::PLAIN
            && inner.len() <= STRETCH
            && stretches.iter().all(|stretch| stretch.odd == 0);
        Ok(Self {
            reader,
            stored: reader.surfaces()?,
            inner: stretches,
            last,
            last_codes,
            all_plain: is_plain.then(|| (2 << inner.len()) - 1),
        })
    }

    /// How many of `positions` are exact, where that needs no codes: all units of a phrase that is
    /// plain throughout and fits into a window are plain there, too. `None` elsewhere.
    #[inline]
    pub(super) fn n_exact(&self, positions: &[u32]) -> Option<u32> {
        let mask = self.all_plain?;
        let last = mask & !(mask >> 1);
        let mut n_exact = 0;
        for &position in positions {
            match self.stored.window(position) & mask {
                0 => n_exact += 1,
                // The last may be plain with something behind it.
                odd if odd == last => return None,
                _ => {}
            }
        }
        Some(n_exact)
    }

    /// Compares the occurrence at `position`.
    #[inline]
    pub(super) fn verdict(&self, position: u32) -> Verdict {
        let mut verdict = Verdict::Exact;
        let (mut at, mut window) = (position, self.stored.window(position));
        let mut codes: Option<(Codes<'_>, usize)> = None;
        for stretch in &self.inner {
            if window & ((1 << stretch.len) - 1) != stretch.odd {
                return Verdict::Normalized;
            }
            codes = None;
            if stretch.odd != 0 {
                let here = self.stored.codes(at);
                match stretch.compare(&here) {
                    Verdict::Exact => {}
                    Verdict::Undecided => verdict = Verdict::Undecided,
                    Verdict::Normalized => return Verdict::Normalized,
                }
                codes = Some((here, stretch.n_codes));
            }
            at += stretch.len;
            window = if (stretch.len as usize) < STRETCH {
                window >> stretch.len
            } else {
                self.stored.window(at)
            };
        }
        let of_last = if window & 1 == 0 {
            self.compare_last(0, || 0)
        } else {
            let (codes, n) = codes.unwrap_or_else(|| (self.stored.codes(at), 0));
            self.compare_last(codes.code(n), || codes.number(n))
        };
        match of_last {
            Verdict::Exact => verdict,
            other => other,
        }
    }

    /// Compares the code of the last unit; its number is asked for where that does not say all.
    #[inline]
    fn compare_last(&self, code: u8, number: impl Fn() -> u8) -> Verdict {
        if code < OTHER {
            return if self.last_codes >> code & 1 == 1 {
                Verdict::Exact
            } else {
                Verdict::Normalized
            };
        }
        let number = number();
        let same = if number >= RARE {
            let writing = number - RARE;
            if self.last.writing() == writing && !Surface::is_telling(writing) {
                return Verdict::Undecided;
            }
            self.last.writing() == writing
        } else {
            let key = self.reader.rarer().get(usize::from(number));
            let surface = key.and_then(|key| Surface::from_key(key));
            surface.is_some_and(|surface| surface.without_gap() == self.last)
        };
        if same {
            Verdict::Exact
        } else {
            Verdict::Normalized
        }
    }
}
