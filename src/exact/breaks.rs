//! Where sentences and paragraphs end: two lists of positions for the whole segment, so that what
//! has to stand in one sentence, or between whose parts no stop may be, is found without a text.

use std::io::{self, Write};

use super::Corrupt;
use super::bits::BitWriter;
use super::layout::{Pages, u32_at};
use super::lists::{List, encode_long};

/// What a stop ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Break {
    /// A sentence: every stop does.
    Sentence,
    /// A paragraph.
    Paragraph,
}

/// Bytes before each list: how many positions, how many bytes.
const HEAD: u64 = 8;

/// Writes the section: all stops, then those that end paragraphs. Both ascend.
pub(super) fn write(
    out: &mut impl Write,
    stops: &[u32],
    ends: &[u32],
    position_bits: u32,
) -> io::Result<()> {
    let (mut bits, mut gaps) = (BitWriter::default(), Vec::new());
    for positions in [stops, ends] {
        let mut bytes = Vec::new();
        if !positions.is_empty() {
            encode_long(positions, position_bits, &mut bits, &mut gaps, &mut bytes);
        }
        out.write_all(&(positions.len() as u32).to_le_bytes())?;
        out.write_all(&(bytes.len() as u32).to_le_bytes())?;
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// The list of one kind of break.
pub(super) fn list(pages: &Pages, kind: Break) -> Result<List<'_>, Corrupt> {
    let layout = &pages.layout;
    let head = |at: u64| {
        let head = pages.slice(at..at + HEAD)?;
        Ok((u32_at(head, 0) as usize, u64::from(u32_at(head, 1))))
    };
    let mut at = layout.breaks;
    let (mut n, mut len) = head(at)?;
    if kind == Break::Paragraph {
        at += HEAD + len;
        (n, len) = head(at)?;
    }
    let start = at + HEAD;
    if start + len > layout.units || n as u64 > layout.n_positions {
        return Err(Corrupt {
            what: "the list of stops lies outside its section",
            at,
        });
    }
    List::open(pages, n, start..start + len)
}
