//! The table of pieces: where in the file each stretch of the text stands. Gives text as UTF-16
//! units with their places in the file; knows nothing of what the characters mean.

use std::ops::Range;

use encoding_rs::WINDOWS_1252;

use super::super::le::{slice_at, u16_at, u32_at};
use super::super::{Budget, Error};

/// A stretch of the text that stands in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Character positions, half-open.
    start: u32,
    end: u32,
    /// Where it begins in the stream, in bytes.
    offset: u32,
    /// Bytes of a character.
    width: u8,
    /// What it changes in the properties of its text.
    change: u16,
}

/// All pieces, and the changes of properties that they point to.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    pieces: Vec<Piece>,
    changes: Vec<&'a [u8]>,
}

/// Text with its places in the file.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) units: Vec<u16>,
    stretches: Vec<Stretch>,
}

/// Where the units from `start` on stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Index of the first unit.
    pub(super) start: usize,
    /// Its offset in the stream, in bytes.
    pub(super) offset: u32,
    /// Bytes of a unit.
    pub(super) width: u8,
    /// Its `Prm` ([MS-DOC] 2.9.209).
    pub(super) change: u16,
}

impl<'a> Pieces<'a> {
    /// Reads the `Clx` ([MS-DOC] 2.9.38). `width` is the number of bytes of a character in Word 6;
    /// `None` lets each piece say so itself, as Word 97 does.
    ///
    /// # Errors
    /// [`Error::Broken`], and those of [`Budget::spend`].
    pub(super) fn read(
        clx: &'a [u8],
        width: Option<u8>,
        budget: &mut Budget,
    ) -> Result<Self, Error> {
        let cut = || Error::broken("table of pieces is cut short");
        let mut changes = Vec::new();
        let mut at = 0;
        while clx.get(at) == Some(&1) {
            let len = u16_at(clx, at + 1).ok_or_else(cut)? as usize;
            changes.push(slice_at(clx, at + 3, len).ok_or_else(cut)?);
            at += 3 + len;
            budget.spend(16)?;
        }
        if clx.get(at) != Some(&2) {
            return Err(Error::broken("no table of pieces"));
        }
        let len = u32_at(clx, at + 1).ok_or_else(cut)? as usize;
        let table = slice_at(clx, at + 5, len).ok_or_else(cut)?;
        let count = table.len().saturating_sub(4) / 12;
        budget.spend((count * size_of::<Piece>()) as u64)?;
        let mut pieces = Vec::new();
        for index in 0..count {
            let place = (count + 1) * 4 + index * 8;
            let start = u32_at(table, index * 4).ok_or_else(cut)?;
            let end = u32_at(table, index * 4 + 4).ok_or_else(cut)?;
            let offset = u32_at(table, place + 2).ok_or_else(cut)?;
            if start > end {
                return Err(Error::broken("table of pieces goes back"));
            }
            let (offset, width) = match width {
                Some(width) => (offset, width),
                None if offset & 0x4000_0000 != 0 => ((offset & 0x3FFF_FFFF) / 2, 1),
                None => (offset & 0x3FFF_FFFF, 2),
            };
            pieces.push(Piece {
                start,
                end,
                offset,
                width,
                change: u16_at(table, place + 6).ok_or_else(cut)?,
            });
        }
        Ok(Self { pieces, changes })
    }

    /// A file in one piece.
    pub(super) fn one(offset: u32, len: u32, width: u8) -> Self {
        let piece = Piece {
            start: 0,
            end: len,
            offset,
            width,
            change: 0,
        };
        Self {
            pieces: vec![piece],
            changes: Vec::new(),
        }
    }

    /// The list of changes with this number.
    pub(super) fn change(&self, index: usize) -> &'a [u8] {
        self.changes.get(index).copied().unwrap_or_default()
    }

    /// The text at these character positions.
    ///
    /// # Errors
    /// [`Error::Broken`] where it stands beyond the end of the stream or in no piece, and those of
    /// [`Budget::spend`].
    pub(super) fn text(
        &self,
        stream: &[u8],
        range: &Range<u64>,
        budget: &mut Budget,
    ) -> Result<Text, Error> {
        let mut text = Text::default();
        for (stretch, bytes) in self.bytes(stream, range)? {
            let units = bytes.len() / usize::from(stretch.width.max(1));
            budget.spend((units * 2 + size_of::<Stretch>()) as u64)?;
            text.stretches.push(Stretch {
                start: text.units.len(),
                ..stretch
            });
            if stretch.width == 1 {
                // The table in [MS-DOC] 2.9.73 is this code page without its later signs.
                let decoded = WINDOWS_1252.decode_without_bom_handling(bytes).0;
                text.units.extend(decoded.encode_utf16());
            } else {
                let (units, _) = bytes.as_chunks();
                let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
                text.units.extend(units);
            }
        }
        Ok(text)
    }

    /// The bytes at these character positions, piece by piece; each stretch has `start` 0.
    ///
    /// # Errors
    /// [`Error::Broken`] where they stand beyond the end of the stream or in no piece.
    pub(super) fn bytes<'s>(
        &self,
        stream: &'s [u8],
        range: &Range<u64>,
    ) -> Result<Vec<(Stretch, &'s [u8])>, Error> {
        let mut found = Vec::new();
        let mut at = range.start;
        let first = self
            .pieces
            .partition_point(|piece| u64::from(piece.end) <= at);
        for piece in self.pieces.iter().skip(first) {
            if at >= range.end || u64::from(piece.start) > at {
                break;
            }
            let end = u64::from(piece.end).min(range.end);
            let width = u64::from(piece.width);
            let offset = u64::from(piece.offset) + (at - u64::from(piece.start)) * width;
            let len = end.saturating_sub(at) * width;
            let place = usize::try_from(offset).ok().zip(usize::try_from(len).ok());
            let bytes = place
                .and_then(|(offset, len)| slice_at(stream, offset, len))
                .ok_or_else(|| {
                    let detail =
                        format!("text at character {at} stands beyond the end of the file");
                    Error::broken(detail)
                })?;
            let stretch = Stretch {
                start: 0,
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
                width: piece.width,
                change: piece.change,
            };
            found.push((stretch, bytes));
            at = end;
        }
        if at < range.end {
            let detail = format!("text from character {at} to {} is missing", range.end);
            return Err(Error::broken(detail));
        }
        Ok(found)
    }
}

impl Text {
    /// Text that stands nowhere in the file.
    pub(super) fn new(units: Vec<u16>) -> Self {
        Self {
            units,
            stretches: Vec::new(),
        }
    }

    /// The stretch of the unit with this index, and the unit's own offset in the stream.
    pub(super) fn place(&self, index: usize) -> Option<(Stretch, u32)> {
        let after = self
            .stretches
            .partition_point(|stretch| stretch.start <= index);
        let stretch = *self.stretches.get(after.checked_sub(1)?)?;
        let units = u32::try_from(index - stretch.start).ok()?;
        let offset = stretch
            .offset
            .checked_add(units.checked_mul(stretch.width.into())?)?;
        Some((stretch, offset))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    /// A table of pieces of (length in characters, offset as written).
    fn clx(pieces: &[(u32, u32)]) -> Vec<u8> {
        let mut bytes = vec![1, 2, 0, 0xAA, 0xBB, 2];
        bytes.extend((pieces.len() as u32 * 12 + 4).to_le_bytes());
        let mut at = 0u32;
        bytes.extend(at.to_le_bytes());
        for (len, _) in pieces {
            at += len;
            bytes.extend(at.to_le_bytes());
        }
        for (_, offset) in pieces {
            bytes.extend([0, 0]);
            bytes.extend(offset.to_le_bytes());
            bytes.extend([1, 0]);
        }
        bytes
    }

    #[test]
    fn narrow_and_wide_pieces_join() {
        let stream = [0x2D, 0x4E, 0x87, 0x65, 0x93, b'a', 0x94];
        let clx = clx(&[(3, 8 | 0x4000_0000), (2, 0)]);
        let pieces = Pieces::read(&clx, None, &mut budget()).expect("made by the test");
        assert_eq!(pieces.change(0), [0xAA, 0xBB]);
        let text = pieces
            .text(&stream, &(0..5), &mut budget())
            .expect("made by the test");
        assert_eq!(String::from_utf16_lossy(&text.units), "“a”中文");
        let (stretch, offset) = text.place(4).expect("made by the test");
        assert_eq!((stretch.start, stretch.width, offset), (3, 2, 2));
        let text = pieces
            .text(&stream, &(2..4), &mut budget())
            .expect("made by the test");
        assert_eq!(String::from_utf16_lossy(&text.units), "”中");
    }

    #[test]
    fn missing_text_is_an_error() {
        let clx = clx(&[(3, 0)]);
        let pieces = Pieces::read(&clx, None, &mut budget()).expect("made by the test");
        let read = |stream: &[u8], range| {
            let text = pieces.text(stream, &range, &mut budget());
            text.expect_err("refused").to_string()
        };
        let beyond = "damaged: text at character 0 stands beyond the end of the file";
        assert_eq!(read(&[0; 4], 0..3), beyond);
        let missing = "damaged: text from character 3 to 4 is missing";
        assert_eq!(read(&[0; 6], 0..4), missing);
    }

    #[test]
    fn a_cut_table_is_an_error() {
        let whole = clx(&[(3, 0), (4, 8)]);
        for end in 0..whole.len() {
            assert!(Pieces::read(&whole[..end], None, &mut budget()).is_err());
        }
    }
}
