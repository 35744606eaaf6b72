//! `.xlsx` and `.xlsm`: Office Open XML workbooks, one pass over each sheet.
//!
//! Source: ECMA-376 part 1, 18.2 to 18.4 and 18.8.

use std::collections::HashMap;

use super::super::opc::{self, relationships, target_of};
use super::super::xml::{Node, XmlReader};
use super::super::{Budget, Error, Package};
use super::{Book, Sheet, format, number};

/// Columns of a sheet at most (XFD); cells said to be beyond are put there.
const MAX_COLUMN: u32 = 16_383;

/// Reads the sheets in the order of the workbook.
pub(super) fn read(package: &mut Package<'_>, budget: &mut Budget) -> Result<Book, Error> {
    let root = relationships(package, "", budget)?;
    let workbook = target_of(&root, "officeDocument", "xl/workbook.xml");
    let missing = |part: &str| Error::broken(format!("no part `{part}`"));
    let listed = opc::read(package, workbook, budget, sheets)?;
    let (listed, since_1904) = listed.ok_or_else(|| missing(workbook))?;
    let related = relationships(package, workbook, budget)?;
    // A name that no part has stands for one that is not referred to.
    let strings_of = target_of(&related, "sharedStrings", "");
    let styles = target_of(&related, "styles", "");
    let tables = Tables {
        strings: opc::read(package, strings_of, budget, strings)?,
        formats: opc::read(package, styles, budget, formats)?,
        since_1904,
    };
    let mut book = Book {
        properties: opc::properties(package, &root, budget)?,
        ..Book::default()
    };
    for (name, id) in listed {
        // Charts and dialogs are sheets without cells.
        let is_sheet = |found: &&opc::Relationship| found.id == id && found.is("worksheet");
        let Some(sheet) = related.iter().find(is_sheet) else {
            continue;
        };
        let read = opc::read(package, &sheet.target, budget, |xml, budget| {
            cells(name, xml, &tables, budget).map(Some)
        })?;
        book.sheets
            .push(read.ok_or_else(|| missing(&sheet.target))?);
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

/// The sheets of a workbook by name and relationship, and whether days count from 1904.
type Listed = (Vec<(String, String)>, bool);

fn sheets(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Option<Listed>, Error> {
    xml.allow_loose_ends();
    let mut sheets = Vec::new();
    let mut since_1904 = false;
    while let Some(node) = xml.next(budget)? {
        let Node::Start(element) = node else { continue };
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
    Ok(Some((sheets, since_1904)))
}

/// The shared strings, without the readings of characters (`rPh`).
fn strings(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Vec<String>, Error> {
    xml.allow_loose_ends();
    let mut strings = Vec::new();
    let mut rich = Rich::default();
    while let Some(node) = xml.next(budget)? {
        rich.take(&node);
        if matches!(&node, Node::End(end) if end.name() == "si") {
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
            Node::Start(element) => match element.name() {
                "t" => self.in_text = true,
                "rPh" => self.in_reading = true,
                _ => {}
            },
            Node::End(end) => match end.name() {
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
fn formats(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Vec<String>, Error> {
    xml.allow_loose_ends();
    let mut own = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cells = false;
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => match element.name() {
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
            Node::End(end) if end.name() == "cellXfs" => in_cells = false,
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
    xml: &mut XmlReader<'_>,
    tables: &Tables,
    budget: &mut Budget,
) -> Result<Sheet, Error> {
    xml.allow_loose_ends();
    let mut sheet = Sheet::new(name);
    let mut next_row = 0_u32;
    let mut row = 0_u32;
    let mut column = 0_u32;
    let mut cell = None;
    let mut rich = Rich::default();
    let mut in_value = false;
    while let Some(node) = xml.next(budget)? {
        rich.take(&node);
        match node {
            Node::Start(element) => match element.name() {
                "row" => {
                    row = element
                        .number("r")
                        .map_or(next_row, |number| number.saturating_sub(1));
                    next_row = row.saturating_add(1);
                    column = 0;
                }
                "c" => {
                    let place = element.attribute("r").and_then(|place| place_of(&place));
                    let (row, at) = place.unwrap_or((row, column));
                    column = at.saturating_add(1);
                    rich.text.clear();
                    cell = Some(Cell {
                        row,
                        column: at,
                        kind: element.attribute("t").unwrap_or_default(),
                        style: element.number("s").unwrap_or(0) as usize,
                        value: String::new(),
                    });
                }
                "v" => in_value = true,
                _ => {}
            },
            Node::End(end) => match end.name() {
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
        "d" => opc::day(&cell.value).unwrap_or_else(|| cell.value.clone()),
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
