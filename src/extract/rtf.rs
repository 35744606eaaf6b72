//! Rich text (`.rtf`): text, headings, rows and properties, by the RTF specification 1.9.1.
//!
//! Read are the text with the results of fields and the numbers of paragraphs, then the text boxes,
//! then footnotes and endnotes; headers, footers, comments and pictures are not. Text deleted as a
//! revision and hidden text is left out.

mod reader;
mod state;
mod styles;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod words;

use self::reader::Reader;
use super::{Budget, Error, Extracted};

/// Reads rich text.
///
/// # Errors
/// [`Error::Broken`] for what is no rich text or cut short, [`Error::NoText`], and those of
/// [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = start.trim_ascii_start();
    if !start.starts_with(b"{\\rtf") {
        return Err(Error::broken("no rich text, which begins with `{\\rtf`"));
    }
    let (blocks, properties) = Reader::default().read(start, budget)?;
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: "rich text without characters".to_owned(),
        });
    }
    Ok(Extracted { blocks, properties })
}
