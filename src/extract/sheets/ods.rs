//! `.ods`: `OpenDocument` spreadsheets. A cell's text is what the program that wrote it showed.
//!
//! Source: OASIS `OpenDocument` 1.3 part 3, 9.1 (tables) and 19 (attributes).

use super::super::odt::{self, MANIFEST, is_encrypted};
use super::super::opc;
use super::super::xml::{Element, Node, XmlReader};
use super::super::{Budget, Error, Package};
use super::{Book, Sheet, number};

/// Rows and columns that a sheet has at most.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: u32 = 16_384;

/// Reads the tables of the document.
pub(super) fn read(package: &mut Package<'_>, budget: &mut Budget) -> Result<Book, Error> {
    if opc::read(package, MANIFEST, budget, is_encrypted)? {
        return Err(Error::Encrypted);
    }
    let name = "content.xml";
    let Some(reader) = opc::read(package, name, budget, content)? else {
        return Err(Error::broken(format!("no part `{name}`")));
    };
    if !reader.is_spreadsheet {
        return Err(Error::Unsupported {
            detail: "an opendocument file that is no spreadsheet".to_owned(),
        });
    }
    Ok(Book {
        sheets: reader.sheets,
        properties: odt::properties(package, budget)?,
    })
}

fn content(xml: &mut XmlReader<'_>, budget: &mut Budget) -> Result<Option<Reader>, Error> {
    xml.allow_loose_ends();
    let mut reader = Reader::default();
    while let Some(node) = xml.next(budget)? {
        match node {
            Node::Start(element) => reader.open(&element),
            Node::End(end) => reader.close(end.name(), budget)?,
            Node::Text(text) => reader.text(&text),
        }
    }
    Ok(Some(reader))
}

/// A cell, and how often it stands in its row.
struct Cell {
    column: u32,
    times: u32,
    /// Its value, for the case that it shows no text.
    value: Option<f64>,
    paragraphs: Vec<String>,
    /// Under a merged cell: not to be seen.
    covered: bool,
}

#[derive(Default)]
struct Reader {
    is_spreadsheet: bool,
    sheets: Vec<Sheet>,
    /// How many tables are open; those inside cells are read as the text of the cell.
    depth: u32,
    row: u32,
    rows: u32,
    column: u32,
    /// The filled cells of the row.
    cells: Vec<(u32, u32, String)>,
    cell: Option<Cell>,
    in_paragraph: bool,
    /// How many comments are open.
    comments: u32,
}

impl Reader {
    fn open(&mut self, element: &Element<'_>) {
        let times = |name: &str| element.number(name).unwrap_or(1);
        match element.name() {
            "spreadsheet" => self.is_spreadsheet = true,
            "table" => {
                self.depth += 1;
                if self.depth == 1 {
                    let name = element.attribute("name").unwrap_or_default();
                    self.sheets.push(Sheet::new(name));
                    self.row = 0;
                }
            }
            "table-row" if self.depth == 1 => {
                self.rows = times("number-rows-repeated");
                self.column = 0;
                self.cells.clear();
            }
            name @ ("table-cell" | "covered-table-cell") if self.depth == 1 => {
                let value = element.attribute("value");
                self.cell = Some(Cell {
                    column: self.column,
                    times: times("number-columns-repeated"),
                    value: value.and_then(|value| value.parse().ok()),
                    paragraphs: Vec::new(),
                    covered: name == "covered-table-cell",
                });
            }
            "annotation" => self.comments += 1,
            "p" | "h" => {
                self.in_paragraph = true;
                if self.comments == 0
                    && let Some(cell) = &mut self.cell
                {
                    cell.paragraphs.push(String::new());
                }
            }
            "s" | "tab" | "line-break" => self.text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_paragraph
            && self.comments == 0
            && let Some(cell) = &mut self.cell
            && let Some(paragraph) = cell.paragraphs.last_mut()
        {
            paragraph.push_str(text);
        }
    }

    fn close(&mut self, name: &str, budget: &mut Budget) -> Result<(), Error> {
        match name {
            "table" => self.depth = self.depth.saturating_sub(1),
            "table-row" if self.depth == 1 => self.end_row(budget)?,
            "table-cell" | "covered-table-cell" if self.depth == 1 => {
                if let Some(cell) = self.cell.take() {
                    self.end_cell(&cell, budget)?;
                }
            }
            "annotation" => self.comments = self.comments.saturating_sub(1),
            "p" | "h" => self.in_paragraph = false,
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self, cell: &Cell, budget: &mut Budget) -> Result<(), Error> {
        self.column = cell.column.saturating_add(cell.times).min(MAX_COLUMNS);
        if cell.covered {
            return Ok(());
        }
        let mut text = cell.paragraphs.join(" ");
        if text.trim().is_empty() {
            text = cell.value.map(number::general).unwrap_or_default();
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        budget.spend(text.len() as u64)?;
        self.cells.push((cell.column, self.column, text));
        Ok(())
    }

    fn end_row(&mut self, budget: &mut Budget) -> Result<(), Error> {
        let end = self.row.saturating_add(self.rows).min(MAX_ROWS);
        if let Some(sheet) = self.sheets.last_mut() {
            for (start, until, text) in self.cells.drain(..) {
                for row in self.row..end {
                    for column in start..until {
                        sheet.put(row, column, &text, budget)?;
                    }
                }
            }
        }
        self.row = end;
        Ok(())
    }
}
