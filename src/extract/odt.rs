//! Text documents of `OpenDocument`: `.odt`, and templates of the same form. Finds the parts of the
//! package and puts body, notes and properties together.
//!
//! It does not read headers, footers, comments, deleted text, formulas and embedded documents.

mod body;
mod lists;
mod styles;
#[cfg(test)]
mod tests;

use self::body::walk;
use self::lists::ListStyles;
use self::styles::Styles;
use super::opc::{day, read};
use super::soft_breaks::clean;
use super::xml::{Node, XmlReader, decode};
use super::{Budget, Error, Extracted, Package, Properties};

/// The part that lists the parts.
pub(super) const MANIFEST: &str = "META-INF/manifest.xml";

/// What the styles of a document say.
#[derive(Debug, Default)]
struct Definitions {
    styles: Styles,
    lists: ListStyles,
}

/// Reads an `OpenDocument` text.
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
    let mut package = Package::open(bytes)?;
    if read(&mut package, MANIFEST, budget, is_encrypted)? {
        return Err(Error::Encrypted);
    }
    let part = "content.xml";
    let Some(content) = package.part(part, budget)? else {
        return Err(Error::broken(format!(
            "no part `{part}`: not an OpenDocument text"
        )));
    };
    let content = decode(&content, budget)?;
    let mut definitions = Definitions::default();
    if let Some(common) = package.part("styles.xml", budget)? {
        let common = decode(&common, budget)?;
        definitions.read(&mut XmlReader::new(&common, "styles.xml"), budget)?;
    }
    definitions.read(&mut XmlReader::new(&content, part), budget)?;
    let walked = walk(&mut XmlReader::new(&content, part), &definitions, budget)?;
    if !walked.is_text {
        return Err(Error::broken(format!(
            "part `{part}` is not that of a text document"
        )));
    }
    let mut blocks = walked.blocks;
    blocks.extend(walked.footnotes);
    blocks.extend(walked.endnotes);
    if blocks.is_empty() {
        let detail = match walked.n_pictures {
            0 => "the document is empty".to_owned(),
            n => format!("only pictures: {n}"),
        };
        return Err(Error::NoText { detail });
    }
    let properties = properties(&mut package, budget)?;
    Ok(Extracted { blocks, properties })
}

impl Definitions {
    /// Adds the styles of a part; they come before the text. Those of headers and footers, which
    /// have their own names, are passed over.
    fn read(&mut self, xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<(), Error> {
        let mut in_common = false;
        let mut depth = 0_usize;
        while let Some(node) = xml.next(budget)? {
            match node {
                Node::Text(_) => {}
                Node::End(_) => depth = depth.saturating_sub(1),
                Node::Start(element) => {
                    if depth == 0 {
                        in_common = element.name() == "document-styles";
                    }
                    let is_other = match element.name() {
                        "body" | "master-styles" | "font-face-decls" => true,
                        "automatic-styles" => in_common,
                        _ => false,
                    };
                    if is_other {
                        xml.skip(budget)?;
                        continue;
                    }
                    depth = depth.saturating_add(1);
                    self.styles.element(&element);
                    self.lists.element(&element);
                }
            }
        }
        Ok(())
    }
}

/// Whether the manifest says that the parts are encrypted.
///
/// Source: `OpenDocument` 1.3, part 2, 3.4.
pub(super) fn is_encrypted(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<bool, Error> {
    while let Some(node) = xml.next(budget)? {
        if let Node::Start(element) = node
            && element.name() == "encryption-data"
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Title, author and day. Where they are damaged, there are none: a document is worth having without
/// them.
pub(super) fn properties(
    package: &mut Package<'_>,
    budget: &mut Budget,
) -> Result<Properties, Error> {
    match read(package, "meta.xml", budget, meta) {
        Err(Error::Broken { .. }) => Ok(Properties::default()),
        read => read,
    }
}

/// Source: `OpenDocument` 1.3, part 3, 4.3.
fn meta(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Properties, Error> {
    let mut properties = Properties::default();
    let mut last_author = None;
    while let Some(node) = xml.next(budget)? {
        let Node::Start(element) = node else {
            continue;
        };
        let name = element.name().to_owned();
        if !matches!(
            name.as_str(),
            "title" | "initial-creator" | "creator" | "creation-date"
        ) {
            continue;
        }
        let text = clean(&xml.text(budget)?);
        if text.is_empty() {
            continue;
        }
        match name.as_str() {
            "title" => properties.title = Some(text),
            "initial-creator" => properties.author = Some(text),
            "creator" => last_author = Some(text),
            _ => properties.created = day(&text),
        }
    }
    properties.author = properties.author.or(last_author);
    Ok(properties)
}
