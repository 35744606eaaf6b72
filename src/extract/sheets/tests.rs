//! Workbooks made here, read back.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::{Block, Budget, Error, Extracted};
use super::extract;

fn read(bytes: &[u8]) -> Result<Extracted, Error> {
    read_within(bytes, 1 << 20)
}

fn read_within(bytes: &[u8], limit: u64) -> Result<Extracted, Error> {
    let until = Instant::now() + Duration::from_mins(10);
    extract(bytes, &mut Budget::new(limit, until))
}

/// The blocks, with `#` before headings.
fn lines(bytes: &[u8]) -> Vec<String> {
    let blocks = read(bytes).expect("a document made here").blocks;
    let line = |block: &Block| match block.level {
        Some(level) => format!("{}{}", "#".repeat(level.into()), block.text),
        None => block.text.clone(),
    };
    blocks.iter().map(line).collect()
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a document made here");
        writer
            .write_all(text.as_bytes())
            .expect("a document made here");
    }
    writer.finish().expect("a document made here").into_inner()
}

/// A workbook of these sheets (name and rows), cell styles 0 to 3 being plain, percent, date and
/// a format with 年.
fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut list = String::new();
    let mut relations = String::from(
        r#"<Relationship Id="s" Type="t/sharedStrings" Target="/xl/strings.xml"/>
        <Relationship Id="f" Type="t/styles" Target="styles.xml"/>"#,
    );
    let mut parts = Vec::new();
    for (at, (name, rows)) in sheets.iter().enumerate() {
        list.extend([format!(
            r#"<sheet name="{name}" sheetId="{at}" r:id="r{at}" state="hidden"/>"#
        )]);
        relations.extend([format!(
            r#"<Relationship Id="r{at}" Type="t/worksheet" Target="sheets/{at}.xml"/>"#
        )]);
        parts.push((
            format!("xl/sheets/{at}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    let fixed = [
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="a" Type="t/officeDocument" Target="xl/book.xml"/></Relationships>"#
                .to_owned(),
        ),
        ("xl/book.xml", format!("<workbook><sheets>{list}</sheets></workbook>")),
        (
            "xl/_rels/book.xml.rels",
            format!("<Relationships>{relations}</Relationships>"),
        ),
        (
            "xl/strings.xml",
            "<sst uniqueCount='400000000000'><si><t>项目</t></si><si><r><t>金</t></r><r><t>额\n（元）</t></r>\
             <rPh><t>かな</t></rPh></si><si><t>甲_x000D_乙</t></si></sst>"
                .to_owned(),
        ),
        (
            "xl/styles.xml",
            "<styleSheet><numFmts><numFmt numFmtId='176' formatCode='yyyy&quot;年&quot;m&quot;月&quot;'/></numFmts>\
             <cellStyleXfs><xf numFmtId='2'/></cellStyleXfs>\
             <cellXfs><xf numFmtId='0'/><xf numFmtId='10'/><xf numFmtId='14'/><xf numFmtId='176'/></cellXfs></styleSheet>"
                .to_owned(),
        ),
        (
            "docProps/core.xml",
            "<cp><dc:title>年度表</dc:title><dc:creator>办公室</dc:creator>\
             <dcterms:created>2023-07-18T08:00:00Z</dcterms:created></cp>"
                .to_owned(),
        ),
    ];
    let all: Vec<(&str, &str)> = fixed
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .chain(
            parts
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str())),
        )
        .collect();
    zipped(&all)
}

#[test]
fn xlsx_cells_are_shown_as_formatted() {
    let rows = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>\
        <row r='2'><c r='A2'><v>0.30000000000000004</v></c><c r='B2' s='1'><v>0.151</v></c>\
        <c r='C2' s='2'><v>45125</v></c><c r='D2' s='3'><v>45125</v></c><c r='E2' s='1'/></row>";
    assert_eq!(
        lines(&xlsx(&[("Sheet1", rows)])),
        ["项目\t金额 （元）", "0.3\t15.10%\t2023-07-18\t2023年7月"]
    );
}

#[test]
fn xlsx_kinds_of_cells() {
    let rows = "<row><c t='inlineStr'><is><t>内</t><rPh><t>x</t></rPh></is></c><c t='str'><f>A1</f><v>果&amp;</v></c>\
        <c t='b'><v>1</v></c><c t='e'><v>#REF!</v></c><c t='d'><v>2023-07-18T00:00:00</v></c>\
        <c t='s'><v>2</v></c><c t='s'><v>99</v></c></row>";
    assert_eq!(
        lines(&xlsx(&[("表", rows)])),
        ["内\t果&\tTRUE\t#REF!\t2023-07-18\t甲 乙"]
    );
}

#[test]
fn empty_columns_rows_and_ends_are_left_out() {
    let rows = "<row r='3'><c r='C3'><v>1</v></c><c r='E3'><v>2</v></c><c r='F3' t='str'><v> </v></c></row>\
        <row r='9'><c r='E9'><v>3</v></c></row>";
    assert_eq!(lines(&xlsx(&[("Sheet1", rows)])), ["1\t2", "\t3"]);
}

#[test]
fn a_cell_in_the_last_row_costs_no_more() {
    let rows = "<row r='1'><c r='A1'><v>1</v></c></row>\
        <row r='1048576'><c r='XFD1048576'><v>2</v></c></row>";
    let extracted = read_within(&xlsx(&[("Sheet1", rows)]), 1 << 13).expect("a document made here");
    assert_eq!(extracted.blocks.len(), 2);
}

#[test]
fn sheets_are_named_where_there_are_several() {
    let row = "<row><c><v>1</v></c></row>";
    assert_eq!(
        lines(&xlsx(&[("收入", row), ("空", ""), ("Sheet3", row)])),
        ["#收入", "1", "1"]
    );
    assert_eq!(lines(&xlsx(&[("收入", row), ("空", "")])), ["1"]);
}

#[test]
fn default_names() {
    for name in ["Sheet1", "sheet 12", "工作表1", "表2", "Sheet1 (2)", ""] {
        assert!(super::is_default_name(name), "{name}");
    }
    for name in ["表决结果", "Sheets", "工作表说明", "一季度"] {
        assert!(!super::is_default_name(name), "{name}");
    }
}

#[test]
fn properties_of_xlsx() {
    let properties = read(&xlsx(&[("a", "<row><c><v>1</v></c></row>")]))
        .expect("a document made here")
        .properties;
    assert_eq!(properties.title.as_deref(), Some("年度表"));
    assert_eq!(properties.author.as_deref(), Some("办公室"));
    assert_eq!(properties.created.as_deref(), Some("2023-07-18"));
}

#[test]
fn a_workbook_without_cells_has_no_text() {
    let error = read(&xlsx(&[("a", ""), ("b", "")])).expect_err("it cannot be read");
    assert_eq!(
        error,
        Error::NoText {
            detail: "no filled cell in 2 sheets".to_owned()
        }
    );
}

#[test]
fn a_missing_sheet_is_named() {
    let parts = [
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name='a' id='r'/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<R><Relationship Id='r' Type='worksheet' Target='sheets/1.xml'/></R>",
        ),
    ];
    assert_eq!(
        read(&zipped(&parts)).expect_err("it cannot be read"),
        Error::broken("no part `xl/sheets/1.xml`")
    );
}

#[test]
fn rows_wider_than_the_budget_are_too_large() {
    let mut rows = String::new();
    for row in 1..400 {
        let column = char::from(b'A' + (row % 26) as u8);
        let wide = char::from(b'A' + (row / 26 % 26) as u8);
        rows.extend([format!(
            "<row r='{row}'><c r='{wide}{column}{row}'><v>1</v></c></row>"
        )]);
    }
    let error = read_within(&xlsx(&[("a", &rows)]), 80_000).expect_err("it cannot be read");
    assert_eq!(error, Error::TooLarge { limit: 80_000 });
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:spreadsheet><table:table table:name='表决'>{rows}</table:table>\
         </office:spreadsheet></office:document-content>"
    );
    zipped(&[
        ("content.xml", &content),
        ("meta.xml", "<m><dc:title>题</dc:title></m>"),
    ])
}

#[test]
fn ods_shows_what_was_shown() {
    let rows = "<table:table-row><table:table-cell office:value='0.151'><text:p>15.1%</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated='2' office:value='2.50'/>\
        <table:covered-table-cell><text:p>盖</text:p></table:covered-table-cell>\
        <table:table-cell><office:annotation><text:p>批</text:p></office:annotation><text:p>甲<text:s/>乙</text:p>\
        <text:p>丙</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated='16380'/></table:table-row>\
        <table:table-row table:number-rows-repeated='1048570'><table:table-cell/></table:table-row>\
        <table:table-row table:number-rows-repeated='2'><table:table-cell><text:p>末</text:p></table:table-cell></table:table-row>";
    assert_eq!(lines(&ods(rows)), ["15.1%\t2.5\t2.5\t甲 乙 丙", "末", "末"]);
    assert_eq!(
        read(&ods(rows))
            .expect("a document made here")
            .properties
            .title
            .as_deref(),
        Some("题")
    );
}

#[test]
fn a_repeated_cell_cannot_outgrow_the_budget() {
    let rows = "<table:table-row table:number-rows-repeated='1000000'>\
        <table:table-cell table:number-columns-repeated='16000'><text:p>满</text:p></table:table-cell></table:table-row>";
    assert_eq!(
        read(&ods(rows)).expect_err("it cannot be read"),
        Error::TooLarge { limit: 1 << 20 }
    );
}

#[test]
fn encrypted_ods() {
    let parts = [
        ("content.xml", "x"),
        (
            "META-INF/manifest.xml",
            "<m:file-entry><m:encryption-data/></m:file-entry>",
        ),
    ];
    assert_eq!(
        read(&zipped(&parts)).expect_err("it cannot be read"),
        Error::Encrypted
    );
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((data.len() as u16).to_le_bytes());
    bytes.extend(data);
    bytes
}

fn begin(version: u16) -> Vec<u8> {
    let mut data = version.to_le_bytes().to_vec();
    data.resize(16, 0);
    record(0x0809, &data)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The place, style and rest of a cell.
fn at(row: u16, column: u16, style: u16, rest: &[u8]) -> Vec<u8> {
    let head = [row, column, style].map(u16::to_le_bytes).concat();
    [&head, rest].concat()
}

/// A stream of Excel 97 with one sheet of these records after `globals`.
fn stream(globals: &[Vec<u8>], cells: &[Vec<u8>]) -> Vec<u8> {
    let mut before = begin(0x0600);
    before.extend(globals.concat());
    let name = [&[2, 1][..], &utf16("收支")].concat();
    let place = before.len() + 4 + 6 + name.len() + 4;
    let sheet = [&(place as u32).to_le_bytes()[..], &[0, 0], &name].concat();
    before.extend(record(0x0085, &sheet));
    before.extend(record(0x000a, &[]));
    before.extend(begin(0x0600));
    before.extend(cells.concat());
    before.extend(record(0x000a, &[]));
    before
}

fn contained(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut container =
        cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("a document made here");
    container
        .create_stream(name)
        .expect("a document made here")
        .write_all(stream)
        .expect("a document made here");
    container.into_inner().into_inner()
}

fn everything() -> Vec<u8> {
    let format = [&176_u16.to_le_bytes()[..], &[4, 0, 0], b"0.0%"].concat();
    let style = |id: u16| record(0x00e0, &[&[0, 0][..], &id.to_le_bytes(), &[0; 16]].concat());
    // A string with runs, one that goes over the border of its record, one of single bytes.
    let first = [&[1, 0, 0b1001, 1, 0][..], &utf16("甲"), &[0; 4]].concat();
    let second = [&[3, 0, 1][..], &utf16("乙丙")].concat();
    let table = [&[0; 8][..], &first, &second].concat();
    let rest = [&[1][..], &utf16("丁"), &[2, 0, 0], b"ab"].concat();
    let globals = [
        record(0x041e, &format),
        style(0),
        style(176),
        style(14),
        record(0x00fc, &table),
        record(0x003c, &rest),
    ];
    let rk = |value: i32| ((value << 2) | 2).to_le_bytes();
    let formula = |row, column, result: [u8; 8]| record(0x0006, &at(row, column, 0, &result));
    let cells = [
        record(0x00fd, &at(0, 0, 0, &0_u32.to_le_bytes())),
        record(0x00fd, &at(0, 1, 0, &1_u32.to_le_bytes())),
        record(0x00fd, &at(0, 2, 0, &2_u32.to_le_bytes())),
        record(0x00fd, &at(0, 3, 0, &77_u32.to_le_bytes())),
        record(0x0203, &at(1, 0, 1, &0.151_f64.to_le_bytes())),
        record(0x027e, &at(1, 1, 2, &rk(45_125))),
        record(0x027e, &at(1, 2, 0, &((314 << 2 | 3_i32).to_le_bytes()))),
        record(
            0x00bd,
            &at(2, 0, 0, &[&rk(5)[..], &[0, 0], &rk(6), &[1, 0]].concat()),
        ),
        record(0x0205, &at(2, 2, 0, &[1, 0])),
        formula(3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        record(0x0207, &[&[2, 0, 1][..], &utf16("合计")].concat()),
        formula(3, 1, 2.5_f64.to_le_bytes()),
        formula(3, 2, [2, 0, 7, 0, 0, 0, 0xff, 0xff]),
        record(
            0x0204,
            &at(4, 0, 0, &[&[1, 0, 1][..], &utf16("注")].concat()),
        ),
    ];
    stream(&globals, &cells)
}

#[test]
fn xls_records() {
    let expect = [
        "甲\t乙丙丁\tab",
        "15.1%\t2023-07-18\t3.14",
        "5\t6\tTRUE",
        "合计\t2.5\t#DIV/0!",
        "注",
    ];
    assert_eq!(lines(&contained("Workbook", &everything())), expect);
    assert_eq!(lines(&everything()), expect);
}

#[test]
fn xls_of_excel_95_is_in_its_code_page() {
    let mut stream = begin(0x0500);
    stream.extend(record(0x0042, &936_u16.to_le_bytes()));
    let place = stream.len() + 4 + 8 + 4;
    let sheet = [&(place as u32).to_le_bytes()[..], &[0, 0, 1, b'a']].concat();
    stream.extend(record(0x0085, &sheet));
    stream.extend(record(0x000a, &[]));
    stream.extend(begin(0x0500));
    stream.extend(record(0x0204, &at(0, 0, 0, &[2, 0, 0xd2, 0xe9])));
    stream.extend(record(0x000a, &[]));
    assert_eq!(lines(&contained("Book", &stream)), ["议"]);
}

#[test]
fn a_chart_inside_a_sheet_is_not_read() {
    let label = |row, sign: u8| record(0x0204, &at(row, 0, 0, &[1, 0, 0, sign]));
    let chart = [begin(0x0600), label(1, b'c'), record(0x000a, &[])].concat();
    let cells = [label(0, b'a'), chart, label(2, b'b')];
    assert_eq!(
        lines(&contained("Workbook", &stream(&[], &cells))),
        ["a", "b"]
    );
}

#[test]
fn encrypted_workbooks() {
    let sealed = stream(&[record(0x002f, &[1, 0])], &[]);
    assert_eq!(
        read(&contained("Workbook", &sealed)).expect_err("it cannot be read"),
        Error::Encrypted
    );
    assert_eq!(
        read(&contained("EncryptedPackage", b"x")).expect_err("it cannot be read"),
        Error::Encrypted
    );
}

#[test]
fn other_files_are_told_apart() {
    let unsupported = |bytes: &[u8], expect: &str| match read(bytes).expect_err("it cannot be read")
    {
        Error::Unsupported { detail } => assert!(detail.contains(expect), "{detail}"),
        other => panic!("{other}"),
    };
    unsupported(b"\n<html><table><tr><td>1</td></tr></table></html>", "html");
    unsupported(
        b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
        "xml of excel 2003",
    );
    unsupported("姓名\t票数\n".as_bytes(), "plain text");
    unsupported(b"%PDF-1.4", "pdf");
    unsupported(&zipped(&[("word/document.xml", "")]), "docx");
    unsupported(&zipped(&[("xl/workbook.bin", "")]), "xlsb");
    unsupported(&zipped(&[("a.txt", "")]), "zip");
    unsupported(&contained("WordDocument", b"x"), "doc");
    unsupported(&record(0x0009, &[2, 0, 0x10, 0]), "excel 4");
    assert!(matches!(
        read(b"").expect_err("it cannot be read"),
        Error::NoText { .. }
    ));
    assert!(matches!(
        read(b"\0\x01\xff\xfe").expect_err("it cannot be read"),
        Error::Broken { .. }
    ));
}

#[test]
fn no_damage_panics() {
    let rows = "<row r='1'><c r='A1' t='s'><v>1</v></c><c s='2'><v>45125.5</v></c></row>";
    let made = [
        xlsx(&[("一", rows)]),
        ods(
            "<table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>",
        ),
        everything(),
        contained("Workbook", &everything()),
    ];
    for whole in made {
        for length in (0..whole.len()).step_by(31) {
            let _ = read(&whole[..length]);
        }
        for place in (0..whole.len()).step_by(5) {
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << (place % 8);
            let _ = read(&damaged);
        }
    }
    // The records without their container: every byte counts.
    let whole = everything();
    for place in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut damaged = whole.clone();
            damaged[place] = value;
            let _ = read(&damaged);
        }
    }
}

#[test]
fn no_damaged_xml_panics() {
    let rows = "<row r='1'><c r='A1' t='s'><v>1</v></c><c s='2'><v>45125.5</v></c></row>";
    for place in 0..rows.len() {
        for sign in ["<", "&", "9"] {
            let mut damaged = rows.to_owned();
            damaged.replace_range(place..=place, sign);
            let _ = read(&xlsx(&[("一", &damaged)]));
        }
    }
}
