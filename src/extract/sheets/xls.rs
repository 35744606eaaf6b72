//! `.xls` (also Kingsoft's `.et`): the records of Excel 5 to 2003, alone or in an OLE container.
//!
//! Source: \[MS-XLS\], the sections named at the records; for Excel 5 and 95 the
//! "Excel 97-2007 Binary File Format Specification".

use std::collections::HashMap;

use encoding_rs::{Encoding, GBK, MACINTOSH, UTF_16LE};

use super::super::le::{f64_at, u16_at, u32_at};
use super::super::ole::Container;
use super::super::{Budget, Error, codepage};
use super::records::{Parts, Record, record, with_continuations};
use super::{Book, Sheet, format, number};

/// Whether `bytes` begin with the first record of a workbook, without a container.
pub(super) fn is_bare(bytes: &[u8]) -> bool {
    let first = bytes.get(..4).unwrap_or_default();
    matches!(first, [0x09, 0x00 | 0x02 | 0x04 | 0x08, 4..=16, 0])
}

/// Reads the sheets in the order of the workbook.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Book, Error> {
    if is_bare(bytes) {
        return workbook(bytes, budget);
    }
    let mut container = Container::open(bytes)?;
    let names = container.names();
    let find = |wanted: &str| names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    let Some(name) = find("Workbook").or_else(|| find("Book")) else {
        return Err(without_workbook(&names));
    };
    let stream = container.stream(name, budget)?.unwrap_or_default();
    let mut book = workbook(&stream, budget)?;
    book.properties = container.summary(budget)?.0;
    Ok(book)
}

fn without_workbook(names: &[String]) -> Error {
    let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    if has("EncryptedPackage") {
        return Error::Encrypted;
    }
    let detail = if has("WordDocument") {
        "a word document (doc) under the name of a workbook"
    } else if has("PowerPoint Document") {
        "a presentation (ppt) under the name of a workbook"
    } else {
        "an ole container without a workbook in it"
    };
    Error::Unsupported {
        detail: detail.to_owned(),
    }
}

/// What stands before the sheets.
struct Globals {
    /// Strings are Unicode, from Excel 97 on.
    unicode: bool,
    encoding: &'static Encoding,
    since_1904: bool,
    /// Name and place in the stream.
    sheets: Vec<(String, usize)>,
    strings: Vec<String>,
    formats: HashMap<u16, String>,
    /// The format of each cell style.
    styles: Vec<u16>,
}

fn workbook(stream: &[u8], budget: &mut Budget) -> Result<Book, Error> {
    let Some(first) = record(stream, 0) else {
        return Err(Error::broken("stream of the workbook is empty"));
    };
    if matches!(first.kind, 0x0009 | 0x0209 | 0x0409) {
        return Err(Error::Unsupported {
            detail: "a workbook of excel 4 or older".to_owned(),
        });
    }
    if first.kind != 0x0809 {
        return Err(Error::broken(
            "stream of the workbook does not begin with its first record",
        ));
    }
    let globals = globals(stream, budget)?;
    let mut book = Book::default();
    for (name, at) in &globals.sheets {
        let mut sheet = Sheet::new(name.clone());
        cells(stream, *at, &globals, &mut sheet, budget)?;
        book.sheets.push(sheet);
    }
    Ok(book)
}

fn globals(stream: &[u8], budget: &mut Budget) -> Result<Globals, Error> {
    let mut globals = Globals {
        unicode: true,
        encoding: GBK,
        since_1904: false,
        sheets: Vec::new(),
        strings: Vec::new(),
        formats: HashMap::new(),
        styles: Vec::new(),
    };
    let mut at = 0;
    while let Some(Record { kind, data, next }) = record(stream, at) {
        budget.spend(0)?;
        match kind {
            // BOF, 2.4.21
            0x0809 => globals.unicode = u16_at(data, 0) != Some(0x0500),
            // EOF
            0x000a => break,
            // FilePass, 2.4.117
            0x002f => return Err(Error::Encrypted),
            // CodePage, 2.4.52
            0x0042 => globals.encoding = code_page(u16_at(data, 0).unwrap_or(0)),
            // Date1904, 2.4.77
            0x0022 => globals.since_1904 = u16_at(data, 0) == Some(1),
            // BoundSheet8, 2.4.28; only worksheets have cells.
            0x0085 => {
                let place = u32_at(data, 0).and_then(|place| usize::try_from(place).ok());
                if let Some(place) = place
                    && data.get(5) == Some(&0)
                {
                    let mut parts = Parts::new(vec![data.get(6..).unwrap_or_default()]);
                    let length = parts.byte().unwrap_or(0).into();
                    globals
                        .sheets
                        .push((globals.string(&mut parts, length).0, place));
                }
            }
            // Format, 2.4.126
            0x041e => {
                let mut parts = Parts::new(vec![data]);
                if let Some(id) = parts.u16() {
                    let length = if globals.unicode {
                        parts.u16()
                    } else {
                        parts.byte().map(u16::from)
                    };
                    let format = globals.string(&mut parts, length.unwrap_or(0).into()).0;
                    globals.formats.insert(id, format);
                }
            }
            // XF, 2.4.353
            0x00e0 => globals.styles.push(u16_at(data, 2).unwrap_or(0)),
            // SST, 2.4.265
            0x00fc => {
                let mut parts = with_continuations(stream, data, next);
                shared_strings(&mut globals, &mut parts, budget)?;
            }
            _ => {}
        }
        at = next;
    }
    Ok(globals)
}

impl Globals {
    /// The string of `length` characters, and whether it was there as a whole.
    fn string(&self, parts: &mut Parts<'_>, length: usize) -> (String, bool) {
        if self.unicode {
            let wide = parts.byte().is_some_and(|flags| flags & 1 == 1);
            return parts.characters(length, wide);
        }
        let bytes = parts.bytes(length);
        (
            self.encoding
                .decode_without_bom_handling(&bytes)
                .0
                .into_owned(),
            bytes.len() == length,
        )
    }

    fn number(&self, value: f64, style: Option<u16>) -> String {
        let format = style.and_then(|style| self.styles.get(usize::from(style)));
        let format = format.map_or("General", |format| {
            let own = self.formats.get(format).map(String::as_str);
            own.unwrap_or_else(|| format::built_in((*format).into()))
        });
        number::display(value, format, self.since_1904)
    }
}

fn code_page(number: u16) -> &'static Encoding {
    match number {
        1200 => UTF_16LE,
        32768 => MACINTOSH,
        other => codepage::by_number(other.into()).unwrap_or(GBK),
    }
}

fn shared_strings(
    globals: &mut Globals,
    parts: &mut Parts<'_>,
    budget: &mut Budget,
) -> Result<(), Error> {
    // Two counts, which are not needed.
    parts.skip(8);
    // XLUnicodeRichExtendedString, 2.5.293
    while let Some(length) = parts.u16() {
        let Some(flags) = parts.byte() else { break };
        let runs = if flags & 0x08 == 0 {
            Some(0)
        } else {
            parts.u16()
        };
        let extension = if flags & 0x04 == 0 {
            Some(0)
        } else {
            parts.u32()
        };
        let (text, whole) = parts.characters(length.into(), flags & 1 == 1);
        budget.spend(24 + text.len() as u64)?;
        globals.strings.push(text);
        if !whole {
            break;
        }
        parts.skip(usize::from(runs.unwrap_or(0)).saturating_mul(4));
        parts.skip(extension.unwrap_or(0) as usize);
    }
    Ok(())
}

/// Reads the cells of the sheet that begins at `at`.
fn cells(
    stream: &[u8],
    mut at: usize,
    globals: &Globals,
    sheet: &mut Sheet,
    budget: &mut Budget,
) -> Result<(), Error> {
    let mut depth = 0_u32;
    // The cell whose formula gives a text, which comes in a record of its own.
    let mut awaiting = None;
    while let Some(Record { kind, data, next }) = record(stream, at) {
        // Several sheets may claim the same place.
        budget.spend(4 + data.len() as u64)?;
        match kind {
            0x0809 => depth = depth.saturating_add(1),
            0x000a if depth <= 1 => break,
            0x000a => depth -= 1,
            // A chart inside the sheet has records of its own.
            _ if depth != 1 => {}
            // MulRk, 2.4.175
            0x00bd => several_numbers(data, globals, sheet, budget)?,
            // String, 2.4.268: the result of the formula before
            0x0207 => {
                if let Some((row, column)) = awaiting.take() {
                    let mut parts = with_continuations(stream, data, next);
                    let length = parts.u16().unwrap_or(0).into();
                    sheet.put(row, column, &globals.string(&mut parts, length).0, budget)?;
                }
            }
            _ => {
                let place = u16_at(data, 0).zip(u16_at(data, 2));
                if let Some((row, column)) = place {
                    let place = (u32::from(row), u32::from(column));
                    match cell(kind, data, globals) {
                        Shown::Text(text) => sheet.put(place.0, place.1, &text, budget)?,
                        Shown::Later => awaiting = Some(place),
                        Shown::Nothing => {}
                    }
                }
            }
        }
        at = next;
    }
    Ok(())
}

/// What a cell shows.
enum Shown {
    Text(String),
    /// A text in a record to come.
    Later,
    Nothing,
}

fn cell(kind: u16, data: &[u8], globals: &Globals) -> Shown {
    let style = u16_at(data, 4);
    let text = match kind {
        // LabelSst, 2.4.149
        0x00fd => {
            let index = u32_at(data, 6).and_then(|index| usize::try_from(index).ok());
            index.and_then(|index| globals.strings.get(index)).cloned()
        }
        // Label, 2.4.148, and RString of Excel 5
        0x0204 | 0x00d6 => {
            let mut parts = Parts::new(vec![data.get(6..).unwrap_or_default()]);
            let length = parts.u16().unwrap_or(0).into();
            Some(globals.string(&mut parts, length).0)
        }
        // RK, 2.4.220
        0x027e => u32_at(data, 6).map(|value| globals.number(compact(value), style)),
        // Number, 2.4.180
        0x0203 => f64_at(data, 6).map(|value| globals.number(value, style)),
        // BoolErr, 2.4.24
        0x0205 => match (data.get(6), data.get(7)) {
            (Some(value), Some(0)) => Some(truth(*value)),
            (Some(code), Some(1)) => Some(mistake(*code)),
            _ => None,
        },
        // Formula, 2.4.127; its result is a FormulaValue, 2.5.133
        0x0006 => match (data.get(6), data.get(8), u16_at(data, 12)) {
            (Some(0), _, Some(0xffff)) => return Shown::Later,
            (Some(1), Some(value), Some(0xffff)) => Some(truth(*value)),
            (Some(2), Some(code), Some(0xffff)) => Some(mistake(*code)),
            (_, _, Some(0xffff)) => None,
            _ => f64_at(data, 6).map(|value| globals.number(value, style)),
        },
        _ => None,
    };
    text.map_or(Shown::Nothing, Shown::Text)
}

fn truth(value: u8) -> String {
    if value == 0 { "FALSE" } else { "TRUE" }.to_owned()
}

/// The sign of an error (2.5.10).
fn mistake(code: u8) -> String {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
    .to_owned()
}

/// The number in an `RkNumber` (2.5.217).
fn compact(bits: u32) -> f64 {
    let value = if bits & 2 == 0 {
        f64::from_bits(u64::from(bits & !3) << 32)
    } else {
        f64::from(bits.cast_signed() >> 2)
    };
    if bits & 1 == 0 { value } else { value / 100.0 }
}

fn several_numbers(
    data: &[u8],
    globals: &Globals,
    sheet: &mut Sheet,
    budget: &mut Budget,
) -> Result<(), Error> {
    let (Some(row), Some(first)) = (u16_at(data, 0), u16_at(data, 2)) else {
        return Ok(());
    };
    let cells = data.get(4..).unwrap_or_default().chunks_exact(6);
    for (column, cell) in (u32::from(first)..).zip(cells) {
        if let Some(value) = u32_at(cell, 2) {
            let text = globals.number(compact(value), u16_at(cell, 0));
            sheet.put(row.into(), column, &text, budget)?;
        }
    }
    Ok(())
}
