//! Word 97 to 2003 files (`.doc`), and what WPS Writer writes in the same form (`.wps`, `.wpt`): from
//! the container to text, headings, rows and properties. Word 6 and 95 as far as their plain text.
//!
//! Read are the text, then the text boxes, the footnotes and the endnotes; headers, footers and
//! comments are not. Text deleted as a revision, hidden text and the instructions of fields are left
//! out. Numbers in section signs are those of [MS-DOC].

mod fib;
mod format;
mod lists;
mod old;
mod pieces;
mod sprm;
mod story;
mod styles;
#[cfg(test)]
mod tests;

use encoding_rs::WINDOWS_1252;

use self::fib::{Fib, Place, Version};
use self::lists::Lists;
use self::pieces::Pieces;
use self::story::Formatting;
use self::styles::Styles;
use super::le::{slice_at, u16_at};
use super::ole::{self, Container};
use super::running_text::Flow;
use super::{Budget, Error, Extracted, codepage};

/// The stream of the text.
const TEXT: &str = "WordDocument";

/// Reads a Word file.
///
/// # Errors
/// [`Error::Encrypted`]; [`Error::Unsupported`] for versions before Word 6 and for Works files;
/// [`Error::Broken`] for damaged files and for what is no Word file, with what it is;
/// [`Error::NoText`]; and those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    if !bytes.starts_with(&ole::SIGNATURE) {
        return Err(foreign(bytes));
    }
    let mut container = Container::open(bytes)?;
    let stream = text_stream(&mut container, budget)?;
    let fib = Fib::read(&stream)?;
    let (properties, page_of_summary) = container.summary(budget)?;
    let mut flow = Flow::default();
    match fib.version {
        Version::Word6 => {
            let by_language = codepage::of_language(fib.language);
            let page = by_language.or(page_of_summary).unwrap_or_default();
            let encoding = codepage::by_number(page).unwrap_or(WINDOWS_1252);
            old::write(&stream, &fib, encoding, &mut flow, budget)?;
        }
        Version::Word97 => {
            let table = table_stream(&mut container, &fib, budget)?;
            let data = container.stream("Data", budget);
            let data = unless_broken(data)?.flatten().unwrap_or_default();
            write(&stream, &table, &data, &fib, &mut flow, budget)?;
        }
    }
    let blocks = flow.finish(budget)?;
    if blocks.is_empty() {
        return Err(Error::NoText {
            detail: "word file without characters".to_owned(),
        });
    }
    Ok(Extracted { blocks, properties })
}

/// Adds all parts of the text of a Word 97 file to `flow`.
fn write(
    stream: &[u8],
    table: &[u8],
    data: &[u8],
    fib: &Fib<'_>,
    flow: &mut Flow,
    budget: &mut Budget,
) -> Result<(), Error> {
    let at = |place| {
        let (at, len) = fib.place(place);
        slice_at(table, at, len)
    };
    let clx = at(Place::Clx)
        .ok_or_else(|| Error::broken("table of pieces stands beyond the end of its stream"))?;
    let pieces = Pieces::read(clx, None, budget)?;
    let or_none = |place| at(place).unwrap_or_default();
    // The levels of the lists follow the table, and are not counted in its length.
    let lists = match fib.place(Place::PlfLst) {
        (_, 0) => &[],
        (start, _) => table.get(start..).unwrap_or_default(),
    };
    let mut formatting = Formatting {
        pieces: &pieces,
        paragraphs: format::paragraphs(stream, data, or_none(Place::PlcfBtePapx), budget)?,
        characters: format::characters(stream, or_none(Place::PlcfBteChpx), budget)?,
        styles: Styles::read(or_none(Place::Stshf), budget)?,
        lists: Lists::read(lists, or_none(Place::PlfLfo), budget)?,
    };
    for part in fib.lengths.parts() {
        let text = pieces.text(stream, &part, budget)?;
        story::write(&text, Some(&mut formatting), flow, budget)?;
    }
    Ok(())
}

/// The stream of the text, under whatever name it has.
fn text_stream(container: &mut Container<'_>, budget: &mut Budget) -> Result<Vec<u8>, Error> {
    if let Some(stream) = container.stream(TEXT, budget)? {
        return Ok(stream);
    }
    let names = container.names();
    let has = |name: &str| names.iter().any(|found| found == name);
    // A modern file under a password lies in such a container.
    if has("EncryptedPackage") {
        return Err(Error::Encrypted);
    }
    for name in &names {
        let Some(stream) = unless_broken(container.stream(name, budget))?.flatten() else {
            continue;
        };
        if u16_at(&stream, 0) == Some(0xA5EC) {
            return Ok(stream);
        }
        if stream.starts_with(b"CHNKWKS") || has("MatOST") || has("MM") {
            return Err(Error::Unsupported {
                detail: "works file, which is no word file".to_owned(),
            });
        }
    }
    let what = if has("Workbook") || has("Book") {
        "an excel workbook, not a word file"
    } else if has("PowerPoint Document") {
        "a powerpoint file, not a word file"
    } else {
        "compound file without stream `WordDocument`"
    };
    Err(Error::broken(what))
}

/// The stream of the tables; where the named one is missing, the other.
fn table_stream(
    container: &mut Container<'_>,
    fib: &Fib<'_>,
    budget: &mut Budget,
) -> Result<Vec<u8>, Error> {
    let names = if fib.second_table {
        ["1Table", "0Table"]
    } else {
        ["0Table", "1Table"]
    };
    for name in names {
        if let Some(stream) = container.stream(name, budget)? {
            return Ok(stream);
        }
    }
    Err(Error::broken(format!("no stream `{}`", names[0])))
}

/// `None` for what is damaged; other errors stay.
fn unless_broken<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Broken { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Says what a file is that is no compound file.
fn foreign(bytes: &[u8]) -> Error {
    let start = bytes.trim_ascii_start();
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let begins = |with: &str| {
        let found = start.get(..with.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(with.as_bytes()))
    };
    if let Some(0xA5DB | 0xA5DC | 0xA59B | 0xA59C | 0xBE31 | 0xBE32) = u16_at(bytes, 0) {
        return Error::Unsupported {
            detail: "word file from before word 6, or write file".to_owned(),
        };
    }
    let what = if bytes.is_empty() {
        "empty file"
    } else if begins("{\\rtf") {
        "rich text, not a word file"
    } else if begins("PK\x03\x04") {
        "zip file (perhaps docx), not a word file"
    } else if begins("%PDF") {
        "pdf, not a word file"
    } else if begins("<?xml") {
        "xml, not a word file"
    } else if begins("<html") || begins("<!doctype") {
        "html, not a word file"
    } else if begins("MIME-Version") {
        "mhtml, not a word file"
    } else {
        "no compound file"
    };
    Error::broken(what)
}
