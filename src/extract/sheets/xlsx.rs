//! `.xlsx` and `.xlsm`: Office Open XML workbooks, one pass over each sheet.
//!
//! Source: ECMA-376 part 1, 18.2 to 18.4 and 18.8.

use std::collections::HashMap;

use super::super::xml_part::{self, Node, Nodes};
use super::super::{Budget, Error, Package, Properties};
use super::{Book, Sheet, format, number};

/// Columns of a sheet at most (XFD); cells said to be beyond are put there.
const MAX_COLUMN: u32 = 16_383;

/// Reads the sheets in the order of the workbook.
pub(super) fn read(package: &mut Package<'_>, budget: &mut Budget) -> Result<Book, Error> {
    let root = relations(package, "", budget)?;
    let workbook = root
        .iter()
        .find(|relation| relation.kind == "officeDocument")
        .map_or_else(
            || "xl/workbook.xml".to_owned(),
            |relation| relation.target.clone(),
        );
    let Some(bytes) = package.part(&workbook, budget)? else {
        return Err(Error::broken(format!("no part `{workbook}`")));
    };
    let relations = relations(package, &workbook, budget)?;
    let (listed, since_1904) = sheets(&xml_part::decode(&bytes), &workbook)?;
    let by_kind = |kind: &str| {
        let found = relations.iter().find(|relation| relation.kind == kind);
        found.map(|relation| relation.target.clone())
    };
    let mut tables = Tables {
        since_1904,
        ..Tables::default()
    };
    if let Some(name) = by_kind("sharedStrings")
        && let Some(bytes) = package.part(&name, budget)?
    {
        tables.strings = strings(&xml_part::decode(&bytes), &name, budget)?;
    }
    if let Some(name) = by_kind("styles")
        && let Some(bytes) = package.part(&name, budget)?
    {
        tables.formats = formats(&xml_part::decode(&bytes), &name, budget)?;
    }
    let mut book = Book {
        properties: properties(package, budget)?,
        ..Book::default()
    };
    for (name, id) in listed {
        let found = relations
            .iter()
            .find(|relation| relation.id == id && relation.kind == "worksheet");
        // Charts and dialogs are sheets without cells.
        let Some(relation) = found else { continue };
        let Some(bytes) = package.part(&relation.target, budget)? else {
            return Err(Error::broken(format!("no part `{}`", relation.target)));
        };
        let xml = xml_part::decode(&bytes);
        book.sheets
            .push(cells(name, &xml, &relation.target, &tables, budget)?);
    }
    Ok(book)
}

/// What the cells refer to by number.
#[derive(Default)]
struct Tables {
    strings: Vec<String>,
    /// The number format of each cell style.
    formats: Vec<String>,
    since_1904: bool,
}

struct Relation {
    id: String,
    /// Last segment of the type, which is the same in the strict and the transitional form.
    kind: String,
    target: String,
}

/// The relations of a part; of the package where `part` is empty.
fn relations(
    package: &mut Package<'_>,
    part: &str,
    budget: &mut Budget,
) -> Result<Vec<Relation>, Error> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let name = format!("{folder}/_rels/{file}.rels");
    let Some(bytes) = package.part(&name, budget)? else {
        return Ok(Vec::new());
    };
    let mut relations = Vec::new();
    let xml = xml_part::decode(&bytes);
    let mut nodes = Nodes::new(&xml, &name);
    while let Some(node) = nodes.next()? {
        let Node::Open(element) = node else { continue };
        if element.name() != "Relationship" {
            continue;
        }
        let attribute = |name| element.attribute(name).unwrap_or_default();
        let kind = attribute("Type");
        relations.push(Relation {
            id: attribute("Id"),
            kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
            target: resolve(folder, &attribute("Target")),
        });
    }
    Ok(relations)
}

/// The name of the part to which `target` points, seen from `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut segments: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').collect(),
    };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments.join("/")
}

/// Names and relation ids of the sheets, and whether days count from 1904.
fn sheets(xml: &str, part: &str) -> Result<(Vec<(String, String)>, bool), Error> {
    let mut sheets = Vec::new();
    let mut since_1904 = false;
    let mut nodes = Nodes::new(xml, part);
    while let Some(node) = nodes.next()? {
        let Node::Open(element) = node else { continue };
        match element.name() {
            "sheet" => {
                let attribute = |name| element.attribute(name).unwrap_or_default();
                sheets.push((attribute("name"), attribute("id")));
            }
            "workbookPr" => {
                let flag = element.attribute("date1904");
                since_1904 |= flag.is_some_and(|flag| flag == "1" || flag == "true");
            }
            _ => {}
        }
    }
    Ok((sheets, since_1904))
}

/// The shared strings, without the readings of characters (`rPh`).
fn strings(xml: &str, part: &str, budget: &mut Budget) -> Result<Vec<String>, Error> {
    let mut strings = Vec::new();
    let mut rich = Rich::default();
    let mut nodes = Nodes::new(xml, part);
    while let Some(node) = nodes.next()? {
        rich.take(&node);
        if matches!(&node, Node::Close(name) if name == "si") {
            budget.spend(CELL_TEXT + rich.text.len() as u64)?;
            strings.push(unescape(&std::mem::take(&mut rich.text)));
        }
    }
    Ok(strings)
}

/// Bytes that a string costs beside its text.
const CELL_TEXT: u64 = 24;

/// Collects the text of a string item out of its runs.
#[derive(Default)]
struct Rich {
    text: String,
    in_text: bool,
    in_reading: bool,
}

impl Rich {
    fn take(&mut self, node: &Node<'_>) {
        match node {
            Node::Open(element) => match element.name() {
                "t" => self.in_text = true,
                "rPh" => self.in_reading = true,
                _ => {}
            },
            Node::Close(name) => match name.as_str() {
                "t" => self.in_text = false,
                "rPh" => self.in_reading = false,
                _ => {}
            },
            Node::Text(text) if self.in_text && !self.in_reading => self.text.push_str(text),
            Node::Text(_) => {}
        }
    }
}

/// Resolves `_xHHHH_`, the form for characters that XML cannot hold (ECMA-376 part 1, 22.9.2.19).
fn unescape(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        all.push_str(before);
        let code = from.get(2..6).filter(|_| from.get(6..7) == Some("_"));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        let (escaped, length) = match code.and_then(char::from_u32) {
            Some(character) => (Some(character), 7),
            None => (None, 2),
        };
        match escaped {
            Some(character) => all.push(character),
            None => all.push_str("_x"),
        }
        rest = from.get(length..).unwrap_or_default();
    }
    all.push_str(rest);
    all
}

/// The number format of each cell style, in the order of `cellXfs`.
fn formats(xml: &str, part: &str, budget: &mut Budget) -> Result<Vec<String>, Error> {
    let mut own = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    let mut nodes = Nodes::new(xml, part);
    while let Some(node) = nodes.next()? {
        match node {
            Node::Open(element) => match element.name() {
                "numFmt" => {
                    let id = element.attribute("numFmtId").unwrap_or_default();
                    own.insert(id, element.attribute("formatCode").unwrap_or_default());
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = element.attribute("numFmtId").unwrap_or_default();
                    let built_in = || format::built_in(id.trim().parse().unwrap_or(0)).to_owned();
                    let format = own.get(&id).cloned().unwrap_or_else(built_in);
                    budget.spend(CELL_TEXT + format.len() as u64)?;
                    formats.push(format);
                }
                _ => {}
            },
            Node::Close(name) if name == "cellXfs" => in_cells = false,
            _ => {}
        }
    }
    Ok(formats)
}

/// What is known of the cell that is being read.
#[derive(Default)]
struct Cell {
    row: u32,
    column: u32,
    kind: String,
    style: usize,
    value: String,
}

/// Reads the cells of a sheet.
fn cells(
    name: String,
    xml: &str,
    part: &str,
    tables: &Tables,
    budget: &mut Budget,
) -> Result<Sheet, Error> {
    let mut sheet = Sheet::new(name);
    let mut next_row = 0_u32;
    let mut row = 0_u32;
    let mut column = 0_u32;
    let mut cell = None;
    let mut rich = Rich::default();
    let mut in_value = false;
    let mut nodes = Nodes::new(xml, part);
    while let Some(node) = nodes.next()? {
        rich.take(&node);
        match node {
            Node::Open(element) => match element.name() {
                "row" => {
                    let number = element.attribute("r").and_then(|r| r.trim().parse().ok());
                    row = number.map_or(next_row, |number: u32| number.saturating_sub(1));
                    next_row = row.saturating_add(1);
                    column = 0;
                }
                "c" => {
                    let place = element.attribute("r").and_then(|place| place_of(&place));
                    let (row, at) = place.unwrap_or((row, column));
                    column = at.saturating_add(1);
                    let style = element.attribute("s");
                    rich.text.clear();
                    cell = Some(Cell {
                        row,
                        column: at,
                        kind: element.attribute("t").unwrap_or_default(),
                        style: style
                            .and_then(|style| style.trim().parse().ok())
                            .unwrap_or(0),
                        value: String::new(),
                    });
                }
                "v" => in_value = true,
                _ => {}
            },
            Node::Close(name) => match name.as_str() {
                "c" => {
                    if let Some(cell) = cell.take() {
                        let text = shown(&cell, &rich.text, tables);
                        sheet.put(cell.row, cell.column, &text, budget)?;
                    }
                }
                "v" => in_value = false,
                _ => {}
            },
            Node::Text(text) => {
                if in_value && let Some(cell) = &mut cell {
                    cell.value.push_str(&text);
                }
            }
        }
    }
    Ok(sheet)
}

/// Row and column, from 0, of a place such as `B3`.
fn place_of(place: &str) -> Option<(u32, u32)> {
    let place = place.trim();
    let border = place.find(|character: char| character.is_ascii_digit())?;
    let (letters, digits) = place.split_at_checked(border)?;
    let mut column = 0_u32;
    for letter in letters.bytes() {
        let letter = letter.to_ascii_uppercase();
        if !letter.is_ascii_uppercase() {
            return None;
        }
        let value = u32::from(letter - b'A') + 1;
        column = column.saturating_mul(26).saturating_add(value);
    }
    let row: u32 = digits.parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?.min(MAX_COLUMN)))
}

/// The text that a cell shows; `inline` is the text of its own string.
fn shown(cell: &Cell, inline: &str, tables: &Tables) -> String {
    match cell.kind.as_str() {
        "s" => {
            let index = cell.value.trim().parse::<usize>().ok();
            let found = index.and_then(|index| tables.strings.get(index));
            found.cloned().unwrap_or_default()
        }
        "inlineStr" | "is" => unescape(inline),
        "str" => unescape(&cell.value),
        "b" => match cell.value.trim() {
            "1" | "true" => "TRUE".to_owned(),
            "0" | "false" => "FALSE".to_owned(),
            _ => String::new(),
        },
        "e" => cell.value.clone(),
        "d" => xml_part::day(&cell.value).unwrap_or_else(|| cell.value.clone()),
        _ => match cell.value.trim().parse::<f64>() {
            Ok(value) => {
                let format = tables
                    .formats
                    .get(cell.style)
                    .map_or("General", String::as_str);
                number::display(value, format, tables.since_1904)
            }
            Err(_) => cell.value.clone(),
        },
    }
}

/// The properties in `docProps/core.xml`, if there.
fn properties(package: &mut Package<'_>, budget: &mut Budget) -> Result<Properties, Error> {
    let mut properties = Properties::default();
    let name = "docProps/core.xml";
    let Some(bytes) = package.part(name, budget)? else {
        return Ok(properties);
    };
    let xml = xml_part::decode(&bytes);
    let mut nodes = Nodes::new(&xml, name);
    let mut text = String::new();
    while let Some(node) = nodes.next()? {
        match node {
            Node::Open(_) => text.clear(),
            Node::Text(piece) => text.push_str(&piece),
            Node::Close(name) => {
                let value = xml_part::one_line(&text);
                let value = (!value.is_empty()).then_some(value);
                match name.as_str() {
                    "title" => properties.title = value,
                    "creator" => properties.author = value,
                    "created" => properties.created = value.as_deref().and_then(xml_part::day),
                    _ => {}
                }
                text.clear();
            }
        }
    }
    Ok(properties)
}
