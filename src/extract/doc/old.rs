//! Text of Word 6 and Word 95: characters of a code page, formatting not read (so deleted and hidden
//! text is not told from other text, and there are no headings).

use encoding_rs::Encoding;

use super::super::le::slice_at;
use super::super::running_text::Flow;
use super::super::{Budget, Error};
use super::fib::Fib;
use super::pieces::{Pieces, Text};
use super::story;

/// Adds all parts of the text to `flow`.
///
/// # Errors
/// [`Error::Broken`], and those of [`Budget::spend`].
pub(super) fn write(
    stream: &[u8],
    fib: &Fib<'_>,
    encoding: &'static Encoding,
    flow: &mut Flow,
    budget: &mut Budget,
) -> Result<(), Error> {
    let places = fib.word_6();
    let width = if fib.wide { 2 } else { 1 };
    let pieces = if places.pieces.1 == 0 {
        Pieces::one(places.text, u32::MAX, width)
    } else {
        let (at, len) = places.pieces;
        let clx = slice_at(stream, at as usize, len as usize)
            .ok_or_else(|| Error::broken("table of pieces stands beyond the end of the file"))?;
        Pieces::read(clx, Some(width), budget)?
    };
    for part in fib.lengths.parts() {
        let text = if fib.wide {
            pieces.text(stream, &part, budget)?
        } else {
            let mut units = Vec::new();
            let mut bytes = Vec::new();
            for (_, stretch) in pieces.bytes(stream, &part)? {
                budget.spend(stretch.len() as u64 * 3)?;
                bytes.extend(stretch);
            }
            // No second byte of a character is a control, so both kinds part at each control.
            for run in bytes.chunk_by(|left, right| *left >= 0x20 && *right >= 0x20) {
                let decoded = encoding.decode_without_bom_handling(run).0;
                units.extend(decoded.encode_utf16());
            }
            Text::new(units)
        };
        story::write(&text, None, flow, budget)?;
    }
    Ok(())
}
