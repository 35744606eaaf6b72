//! The records of an `.xls` stream, and strings that go on over the border of one. Knows no record's
//! meaning.
//!
//! Source: \[MS-XLS\] 2.1.4 (record), 2.4.58 (Continue), 2.5.293 and 2.5.294 (strings).

use super::super::le::u16_at;

/// A record, and where the one after it begins.
pub(super) struct Record<'a> {
    pub kind: u16,
    pub data: &'a [u8],
    pub next: usize,
}

/// The record at `at`; its data ends with the stream where it claims more.
pub(super) fn record(stream: &[u8], at: usize) -> Option<Record<'_>> {
    let kind = u16_at(stream, at)?;
    let start = at.checked_add(4)?;
    let next = start.checked_add(usize::from(u16_at(stream, at.checked_add(2)?)?))?;
    let data = stream.get(start..next.min(stream.len()))?;
    Some(Record { kind, data, next })
}

/// A record's data followed by that of its `Continue` records (2.4.58).
pub(super) fn with_continuations<'a>(stream: &'a [u8], data: &'a [u8], mut at: usize) -> Parts<'a> {
    let mut parts = vec![data];
    while let Some(record) = record(stream, at)
        && record.kind == 0x003c
    {
        parts.push(record.data);
        at = record.next;
    }
    Parts::new(parts)
}

/// Reads across the borders of continued records.
pub(super) struct Parts<'a> {
    current: &'a [u8],
    rest: std::vec::IntoIter<&'a [u8]>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(parts: Vec<&'a [u8]>) -> Self {
        let mut rest = parts.into_iter();
        Self {
            current: rest.next().unwrap_or_default(),
            rest,
        }
    }

    /// Goes on to the next record where this one is used up; whether it did.
    fn turn(&mut self) -> Option<bool> {
        let mut turned = false;
        while self.current.is_empty() {
            self.current = self.rest.next()?;
            turned = true;
        }
        Some(turned)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.turn()?;
        let (first, rest) = self.current.split_first()?;
        self.current = rest;
        Some(*first)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    pub(super) fn bytes(&mut self, n: usize) -> Vec<u8> {
        std::iter::from_fn(|| self.byte()).take(n).collect()
    }

    pub(super) fn skip(&mut self, mut n: usize) {
        while n > 0 && self.turn().is_some() {
            let step = n.min(self.current.len());
            self.current = self.current.get(step..).unwrap_or_default();
            n -= step;
        }
    }

    /// So many characters of one byte or, if `wide`, of two, and whether all were there. Each
    /// record after a border says anew which of both it holds.
    pub(super) fn characters(&mut self, n: usize, mut wide: bool) -> (String, bool) {
        let mut units = Vec::new();
        while units.len() < n {
            match self.turn() {
                None => break,
                Some(true) => wide = self.byte().is_some_and(|flags| flags & 1 == 1),
                Some(false) => {}
            }
            let unit = if wide {
                self.u16()
            } else {
                self.byte().map(u16::from)
            };
            let Some(unit) = unit else { break };
            units.push(unit);
        }
        (String::from_utf16_lossy(&units), units.len() == n)
    }
}
