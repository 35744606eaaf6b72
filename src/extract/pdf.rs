//! Text of PDF files (ISO 32000-1): the pages' glyphs, put back into lines and paragraphs.
//!
//! Parsing, repair and decryption are the crate `hayro-syntax`'s, the predefined `CMap`s
//! `hayro-cmap`'s; content streams are interpreted here, for text alone. It knows nothing of
//! colours, clipping, annotations or form fields, and does not recognise characters in pictures.

mod content;
mod encoding;
mod font;
mod geometry;
mod info;
mod inline;
mod layout;
mod line;
mod operands;
mod outline;
mod paragraph;
mod running;
mod stream;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::{Block, Budget, Error, Extracted};
use content::Painted;
use font::Fonts;

/// More characters on one page are taken for an attack.
const PAGE_CHARACTERS: usize = 1_000_000;

/// Reads the text and the properties of a PDF file.
///
/// An empty user password is tried on encrypted files. The structure (cross-reference and object
/// streams) is unpacked by `hayro-syntax` without a bound, so files from outside are best read in a
/// process with a limit on memory and time; everything else stays within `budget`.
///
/// # Errors
/// [`Error::Encrypted`] where a password is needed, [`Error::NoText`] where the pages hold pictures
/// only or most characters have no Unicode value, [`Error::Broken`], [`Error::Unsupported`], and
/// those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    // The parser is not ours; a panic in it must not end the reading of all other files.
    catch_unwind(AssertUnwindSafe(|| read(bytes, budget)))
        .unwrap_or_else(|_| Err(Error::broken("pdf: its structure cannot be followed")))
}

fn read(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    budget.spend(bytes.len() as u64)?;
    let pdf = Pdf::new(bytes.to_vec()).map_err(unreadable)?;
    let mut fonts = Fonts::default();
    let mut pages = Vec::new();
    let mut count = Count::default();
    for (number, page) in pdf.pages().iter().enumerate() {
        let painted = content::paint(page, &mut fonts, budget)?;
        if painted.glyphs.len() >= PAGE_CHARACTERS {
            let detail = format!(
                "page {}: more than {PAGE_CHARACTERS} characters",
                number + 1
            );
            return Err(Error::broken(detail));
        }
        count.add(&painted);
        pages.push(layout::arrange(painted, budget)?);
    }
    count.check(pages.len())?;
    running::drop_running(&mut pages);
    let headings = outline::headings(&pdf, budget)?;
    let blocks: Vec<Block> = paragraph::blocks(&pages, &headings, budget)?;
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: format!("nothing but page numbers on {} pages", pages.len()),
        });
    }
    let properties = info::properties(&pdf, budget)?;
    Ok(Extracted { blocks, properties })
}

fn unreadable(error: LoadPdfError) -> Error {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Error::Encrypted,
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => Error::Unsupported {
            detail: "pdf with an unknown kind of encryption".into(),
        },
        LoadPdfError::Decryption(_) => Error::broken("pdf: encryption dictionary"),
        LoadPdfError::Invalid => Error::broken("pdf: no pages found"),
    }
}

/// What the pages hold, to tell why there is no text.
#[derive(Default)]
struct Count {
    known: usize,
    unknown: usize,
    pictures: usize,
}

impl Count {
    fn add(&mut self, painted: &Painted) {
        self.pictures += usize::from(painted.pictures);
        for glyph in &painted.glyphs {
            if glyph.text.is_unknown() {
                self.unknown += 1;
            } else if !glyph.text.is_space() {
                self.known += 1;
            }
        }
    }

    fn check(&self, pages: usize) -> Result<(), Error> {
        let detail = if pages == 0 {
            "no pages".into()
        } else if self.unknown > self.known {
            let all = self.unknown.saturating_add(self.known);
            let unknown = self.unknown;
            format!("{unknown} of {all} characters cannot be mapped to unicode")
        } else if self.known > 0 {
            return Ok(());
        } else if self.pictures > 0 {
            format!("pages are pictures only, {pages} pages")
        } else {
            format!("pages are empty, {pages} pages")
        };
        Err(Error::NoText { detail })
    }
}
