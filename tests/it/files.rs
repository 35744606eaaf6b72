//! Files of every format, made here as small as their readers let them be.

use std::fmt::Write as _;
use std::io::{Cursor, Write};

use encoding_rs::GBK;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip file of these members.
pub(crate) fn zip<N: AsRef<str>, B: AsRef<[u8]>>(members: &[(N, B)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer
            .start_file(name.as_ref(), options)
            .expect("is a name");
        writer.write_all(bytes.as_ref()).expect("can write");
    }
    writer.finish().expect("can write").into_inner()
}

/// A zip file of one member that is not compressed, its name in GBK as Chinese systems write it.
pub(crate) fn zip_with_gbk_name(name: &str, bytes: &[u8]) -> Vec<u8> {
    let raw = GBK.encode(name).0.into_owned();
    let placeholder = "x".repeat(raw.len());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    writer
        .start_file(placeholder.as_str(), options)
        .expect("is a name");
    writer.write_all(bytes).expect("can write");
    let mut file = writer.finish().expect("can write").into_inner();
    // The name stands before the bytes and in the directory.
    for at in 0..file.len() - raw.len() {
        if file[at..].starts_with(placeholder.as_bytes()) {
            file[at..at + raw.len()].copy_from_slice(&raw);
        }
    }
    file
}

/// A Word file whose body is this XML.
pub(crate) fn docx_of(body: &str) -> Vec<u8> {
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    zip(&[("word/document.xml", document)])
}

/// A Word file of plain paragraphs.
pub(crate) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let mut body = String::new();
    for text in paragraphs {
        let _ = write!(body, "<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    }
    docx_of(&body)
}

/// An `OpenDocument` text.
pub(crate) fn odt(paragraphs: &[&str]) -> Vec<u8> {
    let mut text = String::new();
    for paragraph in paragraphs {
        let _ = write!(text, "<text:p>{paragraph}</text:p>");
    }
    opendocument(&format!("<office:text>{text}</office:text>"), "text")
}

/// An `OpenDocument` spreadsheet, one cell a row.
pub(crate) fn ods(rows: &[&str]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        let _ = write!(
            text,
            "<table:table-row><table:table-cell><text:p>{row}</text:p></table:table-cell></table:table-row>"
        );
    }
    let sheet = format!(
        "<office:spreadsheet><table:table table:name='表'>{text}</table:table></office:spreadsheet>"
    );
    opendocument(&sheet, "spreadsheet")
}

fn opendocument(body: &str, kind: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body>{body}</office:body></office:document-content>"
    );
    let media_type = format!("application/vnd.oasis.opendocument.{kind}");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [("mimetype", media_type), ("content.xml", content)] {
        writer.start_file(name, stored).expect("is a name");
        writer.write_all(bytes.as_bytes()).expect("can write");
    }
    writer.finish().expect("can write").into_inner()
}

/// A workbook of one sheet, one cell a row.
pub(crate) fn xlsx(rows: &[&str]) -> Vec<u8> {
    let mut cells = String::new();
    for row in rows {
        let _ = write!(
            cells,
            "<row><c t='inlineStr'><is><t>{row}</t></is></c></row>"
        );
    }
    zip(&[
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name='Sheet1' id='r'/></sheets></workbook>".to_owned(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<R><Relationship Id='r' Type='worksheet' Target='sheets/1.xml'/></R>".to_owned(),
        ),
        (
            "xl/sheets/1.xml",
            format!("<worksheet><sheetData>{cells}</sheetData></worksheet>"),
        ),
    ])
}

/// An OFD file of one page, a text object a line.
pub(crate) fn ofd(lines: &[&str]) -> Vec<u8> {
    let mut objects = String::new();
    for (n, line) in lines.iter().enumerate() {
        let steps = line.chars().count().max(2) - 1;
        let _ = write!(
            objects,
            "<ofd:TextObject Boundary='20 {} 180 10' Size='4'>\
             <ofd:TextCode X='0' Y='0' DeltaX='g {steps} 4'>{line}</ofd:TextCode></ofd:TextObject>",
            40 + n * 16
        );
    }
    let entry = "<ofd:OFD xmlns:ofd='o'><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>\
                 </ofd:DocBody></ofd:OFD>";
    let document = "<ofd:Document><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297\
        </ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>\
        <ofd:Pages><ofd:Page ID='1' BaseLoc='Pages/1.xml'/></ofd:Pages></ofd:Document>";
    let page =
        format!("<ofd:Page><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>");
    zip(&[
        ("OFD.xml", entry),
        ("Doc_0/Document.xml", document),
        ("Doc_0/Pages/1.xml", &page),
    ])
}

/// A PDF file of these objects, of which the first is the catalog.
pub(crate) fn pdf_of(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).into_bytes());
    }
    let (start, n) = (file.len(), places.len() + 1);
    file.extend(format!("xref\n0 {n}\n0000000000 65535 f \n").into_bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let end = format!("trailer << /Size {n} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF");
    file.extend(end.into_bytes());
    file
}

/// A stream of a PDF file.
pub(crate) fn pdf_stream(entries: &str, content: &str) -> String {
    format!(
        "<< {entries} /Length {} >> stream\n{content}\nendstream",
        content.len()
    )
}

/// A PDF file of one page, its lines well apart, in a font that is not embedded.
pub(crate) fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut content = String::new();
    for (n, line) in lines.iter().enumerate() {
        let mut digits = String::new();
        for byte in &*GBK.encode(line).0 {
            let _ = write!(digits, "{byte:02x}");
        }
        let size = if n == 0 { 16 } else { 10 };
        let _ = writeln!(
            content,
            "BT /F1 {size} Tf 1 0 0 1 50 {} Tm <{digits}> Tj ET",
            700 - n * 40
        );
    }
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /Made /Encoding /GBK-EUC-H /DescendantFonts \
        [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Made /CIDSystemInfo << /Registry (Adobe) \
        /Ordering (GB1) /Supplement 2 >> /DW 1000 /W [814 939 500] >>] >>";
    pdf_of(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        pdf_stream("", &content),
        font.to_owned(),
    ])
}

/// A file in Rich Text Format.
pub(crate) fn rtf(paragraphs: &[&str]) -> Vec<u8> {
    let mut text = String::from("{\\rtf1\\ansi\\uc0 ");
    for paragraph in paragraphs {
        for unit in paragraph.encode_utf16() {
            let _ = write!(text, "\\u{} ", unit.cast_signed());
        }
        text.push_str("\\par\n");
    }
    text.push('}');
    text.into_bytes()
}

/// A Word file of before 2007: the text in one piece, without formatting.
pub(crate) fn doc(paragraphs: &[&str]) -> Vec<u8> {
    const TEXT_AT: usize = 2048;
    let text = paragraphs.join("\r") + "\r";
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut word = vec![0; TEXT_AT];
    word.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    let n = (units.len() as u32).to_le_bytes();
    // The piece table behind four bytes: one piece, its places, where its text begins.
    let mut table = vec![0, 0, 0, 0, 2, 16, 0, 0, 0, 0, 0, 0, 0];
    table.extend(n);
    table.extend([0, 0]);
    table.extend((TEXT_AT as u32).to_le_bytes());
    table.extend([0, 0]);
    let mut put = |at: usize, bytes: &[u8]| word[at..at + bytes.len()].copy_from_slice(bytes);
    for (at, value) in [
        (0, 0xA5EC_u16),
        (2, 0xC1),
        (0x0A, 0x0200),
        (0x20, 14),
        (0x3E, 22),
        (0x98, 93),
    ] {
        put(at, &value.to_le_bytes());
    }
    put(0x4C, &n);
    put(0x1A2, &4_u32.to_le_bytes());
    put(0x1A6, &((table.len() - 4) as u32).to_le_bytes());
    container(&[("WordDocument", &word), ("1Table", &table)])
}

/// A container of OLE with these streams.
pub(crate) fn container(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("can write");
    for (name, bytes) in streams {
        let mut stream = file
            .create_stream(format!("/{name}"))
            .expect("can be written");
        stream.write_all(bytes).expect("can be written");
    }
    file.flush().expect("can be written");
    file.into_inner().into_inner()
}
