//! Workbooks: `.xlsx`, `.xlsm`, `.xls` and `.ods` as rows of cells, told apart by their content.
//!
//! A sheet is kept as its filled cells only, so a cell in row 1,048,576 costs no more than one in
//! row 1. Formulas are not calculated: what the file holds as their result is taken. Comments, text
//! boxes, charts, headers and footers are not read.
//!
//! Own readers instead of the crate calamine, because it does not give the number formats of `.xls`
//! nor the shown text of `.ods`, and because a damaged file can make it ask for more memory than
//! there is (dense ranges, `uniqueCount`, cyclic sector chains), which ends the process and cannot
//! be caught.

mod calendar;
mod format;
mod number;
mod ods;
mod records;
#[cfg(test)]
mod tests;
mod xls;
mod xlsx;

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Budget, Error, Extracted, Package, ole};

/// Bytes at the start that tell the kind of a file.
const SNIFFED: usize = 4096;
/// What a cell costs beside its text, in bytes.
const CELL: u64 = 32;

/// Reads a workbook: for each sheet its name as a heading of level 1 (where more than one sheet is
/// filled, and the name is not one that the program gave), then each filled row as a block with its
/// cells separated by tabs. Hidden sheets, rows and columns are read too; columns that are empty in
/// the whole sheet, and empty cells at the end of a row, are left out.
///
/// # Errors
/// [`Error::Encrypted`]; [`Error::NoText`] where no cell is filled; [`Error::Unsupported`] for
/// anything else that goes by the name of a workbook (HTML, XML of Excel 2003, `.xlsb`, BIFF 2 to 4);
/// [`Error::Broken`]; and those of [`Budget::spend`].
pub(super) fn extract(bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let book = if bytes.starts_with(b"PK") {
        let mut package = Package::open(bytes)?;
        match kind_of_package(&package)? {
            Kind::Ods => ods::read(&mut package, budget)?,
            Kind::Xlsx => xlsx::read(&mut package, budget)?,
        }
    } else if bytes.starts_with(&ole::SIGNATURE) || xls::is_bare(bytes) {
        xls::read(bytes, budget)?
    } else {
        return Err(foreign(bytes));
    };
    let n_sheets = book.sheets.len();
    let extracted = book.into_extracted(budget)?;
    if extracted.blocks.is_empty() {
        return Err(Error::NoText {
            detail: format!("no filled cell in {n_sheets} sheets"),
        });
    }
    Ok(extracted)
}

/// What a file holds.
#[derive(Debug, Default)]
struct Book {
    sheets: Vec<Sheet>,
    properties: super::Properties,
}

/// The filled cells of a sheet.
#[derive(Debug, Default)]
struct Sheet {
    name: String,
    /// By row and column, from 0.
    cells: BTreeMap<(u32, u32), String>,
}

impl Sheet {
    fn new(name: String) -> Self {
        Self {
            name,
            cells: BTreeMap::new(),
        }
    }

    /// Fills a cell; text without a visible character leaves it empty.
    fn put(&mut self, row: u32, column: u32, text: &str, budget: &mut Budget) -> Result<(), Error> {
        let text = in_one_line(text);
        budget.spend(text.len() as u64)?;
        if !text.is_empty() {
            budget.spend(CELL)?;
            self.cells.insert((row, column), text);
        }
        Ok(())
    }

    /// Adds a block for each filled row.
    fn rows(self, blocks: &mut Vec<Block>, budget: &mut Budget) -> Result<(), Error> {
        let columns: BTreeSet<u32> = self.cells.keys().map(|(_, column)| *column).collect();
        let columns: BTreeMap<u32, usize> = columns.into_iter().zip(0..).collect();
        let mut current = None;
        let mut filled = 0;
        for ((row, column), text) in self.cells {
            let place = columns.get(&column).copied().unwrap_or_default();
            if current != Some(row) {
                current = Some(row);
                filled = 0;
                blocks.push(Block::default());
            }
            let tabs = place.saturating_sub(filled);
            budget.spend((tabs + text.len()) as u64)?;
            if let Some(block) = blocks.last_mut() {
                block.text.extend(std::iter::repeat_n('\t', tabs));
                block.text.push_str(&text);
            }
            filled = place;
        }
        Ok(())
    }
}

impl Book {
    fn into_extracted(self, budget: &mut Budget) -> Result<Extracted, Error> {
        let filled = self.sheets.iter().filter(|sheet| !sheet.cells.is_empty());
        let named = filled.count() > 1;
        let mut blocks = Vec::new();
        for sheet in self.sheets {
            if sheet.cells.is_empty() {
                continue;
            }
            let name = in_one_line(&sheet.name);
            if named && !is_default_name(&name) {
                blocks.push(Block {
                    text: name,
                    level: Some(1),
                });
            }
            sheet.rows(&mut blocks, budget)?;
        }
        Ok(Extracted {
            blocks,
            properties: self.properties,
        })
    }
}

/// Whether a program gave this name to a sheet: `Sheet1`, `工作表 2`, `Sheet1 (2)`.
fn is_default_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    let numbered = [
        "sheet",
        "工作表",
        "表格",
        "表",
        "table",
        "macro",
        "宏",
        "chart",
        "图表",
    ]
    .iter()
    .find_map(|stem| lower.strip_prefix(stem));
    name.is_empty()
        || numbered.is_some_and(|number| {
            number
                .chars()
                .all(|character| character.is_ascii_digit() || " ()（）_".contains(character))
        })
}

/// Turns line breaks and tabs into single spaces and cuts white space off the ends.
fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for piece in text
        .split(|character: char| character.is_control() || "\u{2028}\u{2029}".contains(character))
    {
        let piece = piece.trim();
        if !line.is_empty() && !piece.is_empty() {
            line.push(' ');
        }
        line.push_str(piece);
    }
    line
}

enum Kind {
    Xlsx,
    Ods,
}

/// Tells the kind of workbook by the names of its parts.
fn kind_of_package(package: &Package<'_>) -> Result<Kind, Error> {
    let names: Vec<String> = package
        .names()
        .map(|name| name.to_lowercase().replace('\\', "/"))
        .collect();
    let has = |wanted: &str| {
        names
            .iter()
            .any(|name| name.trim_start_matches('/') == wanted)
    };
    let unsupported = |detail: &str| {
        Err(Error::Unsupported {
            detail: detail.to_owned(),
        })
    };
    if has("content.xml") {
        Ok(Kind::Ods)
    } else if has("xl/workbook.bin") {
        unsupported("a binary workbook (xlsb)")
    } else if has("word/document.xml") {
        unsupported("a word document (docx) under the name of a workbook")
    } else if has("ppt/presentation.xml") {
        unsupported("a presentation (pptx) under the name of a workbook")
    } else if has("ofd.xml") {
        unsupported("an ofd document under the name of a workbook")
    } else if has("_rels/.rels") || has("xl/workbook.xml") {
        Ok(Kind::Xlsx)
    } else {
        unsupported("a zip file without a workbook in it")
    }
}

/// Says what a file is that is no workbook.
fn foreign(bytes: &[u8]) -> Error {
    let head = bytes.get(..SNIFFED.min(bytes.len())).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
    let unsupported = |detail: &str| Error::Unsupported {
        detail: format!("{detail} under the name of a workbook"),
    };
    if bytes.is_empty() {
        Error::NoText {
            detail: "the file is empty".to_owned(),
        }
    } else if text.contains("urn:schemas-microsoft-com:office:spreadsheet")
        && text.starts_with("<?xml")
    {
        unsupported("xml of excel 2003")
    } else if text.starts_with('<')
        && ["<html", "<table", "<!doctype html"]
            .iter()
            .any(|tag| text.contains(tag))
    {
        unsupported("an html page")
    } else if text.starts_with('<') {
        unsupported("xml")
    } else if text.starts_with("mime-version:") {
        unsupported("a web archive (mht)")
    } else if text.starts_with("%pdf") {
        unsupported("a pdf file")
    } else if text.starts_with("{\\rtf") {
        unsupported("an rtf file")
    } else if !head.contains(&0) && !text.contains('\u{fffd}') {
        unsupported("plain text")
    } else {
        Error::broken("neither a zip file nor an ole container")
    }
}
