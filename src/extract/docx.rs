//! Word-processing documents of Office Open XML: `.docx`, `.docm`, `.dotx`, and what Kingsoft Writer
//! stores in the same form. Finds the parts of the package and puts body, notes and properties
//! together; what the parts mean is known to the modules below.
//!
//! It does not read headers, footers, comments, drawings of other programs (charts, diagrams) and
//! files embedded in the document.

mod body;
mod numbering;
mod styles;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use self::body::{Definitions, NoteReference, Walked, walk};
use self::numbering::{Counters, Numbering};
use self::styles::Styles;
use super::opc::{properties, read, relationships, resolved, target_of};
use super::xml::{XmlReader, decode};
use super::{Block, Budget, Error, Extracted, Package, ole};

/// Reads a word-processing document.
///
/// # Errors
/// [`Error::Encrypted`] for one with a password, [`Error::NoText`] where nothing is written in it,
/// [`Error::Broken`] for what is no such document, and those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    if bytes.is_empty() {
        return Err(Error::NoText {
            detail: "the file is empty".to_owned(),
        });
    }
    if bytes.starts_with(&ole::SIGNATURE) {
        return Err(compound(bytes));
    }
    let mut package = Package::open(bytes)?;
    let root = relationships(&mut package, "", budget)?;
    let main = target_of(&root, "officeDocument", "word/document.xml");
    let Some(document) = package.part(main, budget)? else {
        return Err(Error::broken(format!(
            "no part `{main}`: not a word-processing document"
        )));
    };
    let parts = Parts::of(main, &mut package, budget)?;
    let definitions = Definitions {
        styles: read(&mut package, &parts.styles, budget, Styles::read)?,
        numbering: read(&mut package, &parts.numbering, budget, Numbering::read)?,
    };
    let mut counters = Counters::default();
    let text = decode(&document, budget)?;
    let xml = &mut XmlReader::new(&text, main);
    let walked = walk(xml, &definitions, &mut counters, budget)?;
    if walked.root != "document" {
        let detail = format!("part `{main}` is no text: it begins with `{}`", walked.root);
        return Err(Error::broken(detail));
    }
    let Walked {
        mut blocks,
        references,
        n_pictures,
        ..
    } = walked;
    for (at_end, part) in [(false, &parts.footnotes), (true, &parts.endnotes)] {
        let wanted = references.iter().filter(|wanted| wanted.at_end == at_end);
        let notes = read(&mut package, part, budget, |xml, budget| {
            walk(xml, &definitions, &mut counters, budget)
        })?;
        blocks.extend(in_order(notes.notes, wanted));
    }
    if blocks.is_empty() {
        let detail = match n_pictures {
            0 => "the document is empty".to_owned(),
            n => format!("only pictures: {n}"),
        };
        return Err(Error::NoText { detail });
    }
    let properties = properties(&mut package, &root, budget)?;
    Ok(Extracted { blocks, properties })
}

/// Names of the parts that belong to the main one.
struct Parts {
    styles: String,
    numbering: String,
    footnotes: String,
    endnotes: String,
}

impl Parts {
    fn of(main: &str, package: &mut Package<'_>, budget: &mut Budget) -> Result<Self, Error> {
        let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
        let related = relationships(package, main, budget)?;
        let part = |kind: &str| {
            let usual = resolved(folder, &format!("{kind}.xml"));
            target_of(&related, kind, &usual).to_owned()
        };
        Ok(Self {
            styles: part("styles"),
            numbering: part("numbering"),
            footnotes: part("footnotes"),
            endnotes: part("endnotes"),
        })
    }
}

/// The blocks of the notes that are referred to, each once.
fn in_order<'a>(
    notes: Vec<(String, Vec<Block>)>,
    wanted: impl Iterator<Item = &'a NoteReference>,
) -> Vec<Block> {
    let mut notes: HashMap<String, Vec<Block>> = notes.into_iter().collect();
    wanted
        .filter_map(|wanted| notes.remove(&wanted.id))
        .flatten()
        .collect()
}

/// Why a compound file is refused: with a password, the package is a stream in one.
///
/// Source: MS-OFFCRYPTO, 1.3.
fn compound(bytes: &[u8]) -> Error {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.windows(name.len()).any(|window| window == name) {
        return Error::Encrypted;
    }
    Error::broken("a compound (OLE) file, as of old .doc and .wps, instead of a zip file")
}
