//! OFD, the fixed-layout format of Chinese government documents: places of characters on pages.
//!
//! This module walks the package and puts pages together; `page` reads what is painted on a page,
//! `layout` makes lines and paragraphs of it. Annotations (watermarks and stamps among them),
//! signatures, attachments, forms and text inside pictures are not read.
//!
//! Source: GB/T 33190-2016, sections 7.4 (OFD.xml), 7.5 (Document.xml), 7.7 (pages).

mod layout;
mod margins;
mod page;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::opc::day;
use super::soft_breaks::clean;
use super::xml::{Node, XmlReader, decode};
use super::{Budget, Error, Extracted, Package, Properties};
use page::{Page, Run};

/// Reads the text of all documents of the package in their order, paragraph by paragraph; running
/// headers and footers, page numbers, invisible text and second copies of a text at the same place
/// are left out. A large centred title has level 0.
///
/// # Errors
/// [`Error::NoText`] where no page has text; [`Error::Encrypted`]; [`Error::Broken`] where the
/// package lacks `OFD.xml` or all of its pages; and those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let mut package = Package::open(bytes)?;
    let Some(root) = package.part("OFD.xml", budget)? else {
        return Err(Error::broken("no part `OFD.xml`"));
    };
    let entry = entry(&root, budget)?;
    if entry.roots.is_empty() {
        return Err(Error::broken("`OFD.xml` names no document"));
    }
    let mut extracted = Extracted {
        properties: entry.properties,
        ..Extracted::default()
    };
    let mut n_pages = 0;
    let mut n_missing = 0;
    let mut pictures = false;
    for root in &entry.roots {
        let document = document(&mut package, root, budget)?;
        n_pages += document.pages.len();
        n_missing += document.n_missing;
        pictures |= document.pages.iter().any(|page| page.pictures);
        layout::blocks(document.pages, &mut extracted.blocks, budget)?;
    }
    if !extracted.blocks.is_empty() {
        return Ok(extracted);
    }
    // The form of encryption of GM/T 0099-2020: the parts are replaced by sealed ones.
    if package
        .names()
        .any(|name| name.to_lowercase().ends_with("encryptions.xml"))
    {
        return Err(Error::Encrypted);
    }
    if n_pages == 0 && n_missing > 0 {
        return Err(Error::broken(format!(
            "all {n_missing} pages are missing from the package"
        )));
    }
    let detail = if pictures {
        format!("{n_pages} pages are pictures only")
    } else {
        format!("{n_pages} pages without text")
    };
    Err(Error::NoText { detail })
}

/// Writers of this format are many, and not all of them close what they open.
fn loose<'a>(xml: &'a str, part: &'a str) -> XmlReader<'a> {
    let mut xml = XmlReader::new(xml, part);
    xml.allow_loose_ends();
    xml
}

/// What `OFD.xml` says.
#[derive(Default)]
struct Entry {
    /// The part of each document.
    roots: Vec<String>,
    /// Of the first document.
    properties: Properties,
}

fn entry(bytes: &[u8], budget: &mut Budget) -> Result<Entry, Error> {
    let mut entry = Entry::default();
    let mut text = String::new();
    let xml = decode(bytes, budget)?;
    let mut xml = loose(&xml, "OFD.xml");
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(_) => text.clear(),
            Node::Text(piece) => text.push_str(&piece),
            Node::End(end) => {
                let value = clean(&text);
                text.clear();
                if value.is_empty() {
                    continue;
                }
                let properties = &mut entry.properties;
                let first = entry.roots.is_empty();
                match end.name() {
                    "DocRoot" => entry.roots.push(value),
                    "Title" if first => properties.title = Some(value),
                    "Author" if first => properties.author = Some(value),
                    "CreationDate" if first => properties.created = day(&value),
                    _ => {}
                }
            }
        }
    }
    Ok(entry)
}

/// The pages of a document.
struct Document {
    pages: Vec<Page>,
    /// Pages that the document names but the package does not have.
    n_missing: usize,
}

fn document(package: &mut Package<'_>, root: &str, budget: &mut Budget) -> Result<Document, Error> {
    let Some((root, bytes)) = find(package, "", root, budget)? else {
        return Err(Error::broken(format!("no part `{root}`")));
    };
    let outline = outline(&bytes, &root, budget)?;
    let mut document = Document {
        pages: Vec::new(),
        n_missing: 0,
    };
    let mut used = HashSet::new();
    for place in &outline.pages {
        let Some((name, bytes)) = find(package, &root, place, budget)? else {
            document.n_missing += 1;
            continue;
        };
        let mut page = page::read(&bytes, &name, budget)?;
        page.height = page.height.or(outline.height);
        page.width = page.width.or(outline.width);
        for id in std::mem::take(&mut page.templates) {
            // A template is painted on every page that names it; its text is said once.
            let template = outline.templates.iter().find(|(known, _)| *known == id);
            if let Some((_, place)) = template
                && used.insert(id)
                && let Some((name, bytes)) = find(package, &root, place, budget)?
            {
                let template = page::read(&bytes, &name, budget)?;
                page.pictures |= template.pictures;
                let mut runs: Vec<Run> = template.runs;
                runs.append(&mut page.runs);
                page.runs = runs;
            }
        }
        document.pages.push(page);
    }
    Ok(document)
}

/// What `Document.xml` says.
#[derive(Default)]
struct Outline {
    /// Where the pages are, in their order.
    pages: Vec<String>,
    /// Ids of the templates, and where they are.
    templates: Vec<(String, String)>,
    /// Size of a page that does not say its own, in millimetres.
    width: Option<f64>,
    height: Option<f64>,
}

fn outline(bytes: &[u8], part: &str, budget: &mut Budget) -> Result<Outline, Error> {
    let mut outline = Outline::default();
    let mut text = String::new();
    let xml = decode(bytes, budget)?;
    let mut xml = loose(&xml, part);
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => {
                text.clear();
                let place = element.attribute("BaseLoc");
                match (element.name(), place) {
                    ("Page", Some(place)) => outline.pages.push(place),
                    ("TemplatePage", Some(place)) => {
                        let id = element.attribute("ID").unwrap_or_default();
                        outline.templates.push((id, place));
                    }
                    _ => {}
                }
            }
            Node::Text(piece) => text.push_str(&piece),
            Node::End(end) => {
                if end.name() == "PhysicalBox" {
                    (outline.width, outline.height) = page::size_of_box(&text);
                }
            }
        }
    }
    Ok(outline)
}

/// The part to which `place` points, seen from the part `from`: by the rules (7.3, `ST_Loc`), and
/// then as writers have misread them.
fn find(
    package: &mut Package<'_>,
    from: &str,
    place: &str,
    budget: &mut Budget,
) -> Result<Option<(String, Vec<u8>)>, Error> {
    let place = place.trim().replace('\\', "/");
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut candidates = vec![resolve("", &place), resolve(folder, &place)];
    if !place.starts_with('/') {
        candidates.reverse();
    }
    // Also where the place is only the page's folder.
    candidates.push(format!("{}/Content.xml", resolve(folder, &place)));
    for name in candidates {
        if let Some(bytes) = package.part(&name, budget)? {
            return Ok(Some((name, bytes)));
        }
    }
    Ok(None)
}

fn resolve(folder: &str, place: &str) -> String {
    let mut segments: Vec<&str> = folder.split('/').collect();
    for segment in place.split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments.join("/")
}
