//! Which reader a file needs: by what is inside it. Office files often have the wrong name: a web page
//! saved as `.doc`, a `.wps` of either of Word's kinds.

use super::ole::{self, Container};
use super::{Budget, Error, Extracted, Package};
use crate::document::Format;

/// Reads a file with the reader that its content needs.
pub(super) fn read(format: Format, bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    if bytes.is_empty() {
        return Err(Error::NoText {
            detail: "the file is empty".into(),
        });
    }
    match inside(format, bytes) {
        Inside::Format(format) => super::read_format(format, bytes, budget),
        Inside::Encrypted => Err(Error::Encrypted),
        Inside::Other(what) => Err(Error::Broken {
            detail: format!("named as {} but {what} inside", format.name()),
        }),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Inside {
    Format(Format),
    Encrypted,
    Other(&'static str),
}

/// How far signatures are looked for, in bytes.
const HEAD: usize = 4096;

fn inside(format: Format, bytes: &[u8]) -> Inside {
    if format.is_plain() || format == Format::Eml {
        return Inside::Format(format);
    }
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if head.starts_with(b"PK\x03\x04") {
        return in_zip(format, bytes);
    }
    if head.starts_with(&ole::SIGNATURE) {
        return in_ole(bytes);
    }
    if holds(head.get(..1024).unwrap_or(head), b"%PDF-") {
        return Inside::Format(Format::Pdf);
    }
    let start = trimmed(head);
    if start.starts_with(b"{\\rtf") {
        return Inside::Format(Format::Rtf);
    }
    let lower = start.to_ascii_lowercase();
    if lower.starts_with(b"mime-version:") || holds(&lower, b"content-type: multipart/related") {
        return Inside::Format(Format::Mht);
    }
    let is_page = lower.starts_with(b"<!doctype html")
        || (lower.starts_with(b"<")
            && (holds(&lower, b"<html") || holds(&lower, b"<body") || holds(&lower, b"<table")));
    if is_page {
        return Inside::Format(Format::Html);
    }
    match format {
        Format::Html | Format::Mht | Format::Pdf => Inside::Format(format),
        _ => Inside::Other("something unknown is"),
    }
}

/// The rest behind a byte order mark and blanks.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start()
}

fn in_zip(format: Format, bytes: &[u8]) -> Inside {
    let Ok(package) = Package::open(bytes) else {
        // The reader of the format says what is wrong.
        return Inside::Format(format);
    };
    let (mut docx, mut xlsx, mut ofd, mut odf) = (false, false, false, false);
    for name in package.names() {
        let name = name.replace('\\', "/");
        docx |= name.starts_with("word/");
        xlsx |= name.starts_with("xl/");
        ofd |= name.trim_start_matches('/').eq_ignore_ascii_case("OFD.xml");
        odf |= name == "content.xml";
    }
    let is_first = |kind: &str| holds(bytes.get(..200).unwrap_or(bytes), kind.as_bytes());
    match (docx, xlsx, ofd, odf) {
        (true, ..) => Inside::Format(Format::Docx),
        (_, true, ..) => Inside::Format(Format::Xlsx),
        (_, _, true, _) => Inside::Format(Format::Ofd),
        // Both kinds have the same parts. The first one says which it is, or else the name.
        (.., true) if is_first("opendocument.spreadsheet") => Inside::Format(Format::Ods),
        (.., true) if format == Format::Ods && !is_first("opendocument.text") => {
            Inside::Format(Format::Ods)
        }
        (.., true) => Inside::Format(Format::Odt),
        _ if matches!(
            format,
            Format::Docx | Format::Xlsx | Format::Ofd | Format::Odt | Format::Ods
        ) =>
        {
            Inside::Format(format)
        }
        _ => Inside::Other("a zip archive is"),
    }
}

/// By the streams at the root: a document embedded in another one lies deeper.
fn in_ole(bytes: &[u8]) -> Inside {
    let names = Container::open(bytes).map_or(Vec::new(), |container| container.names());
    let has = |name: &str| {
        // In a damaged directory, names are looked for as they are written there, in UTF-16.
        let written = || name.encode_utf16().flat_map(u16::to_le_bytes);
        names.iter().any(|found| found == name)
            || names.is_empty() && holds(bytes, &written().collect::<Vec<u8>>())
    };
    if has("EncryptedPackage") {
        return Inside::Encrypted;
    }
    if has("WordDocument") || has("WPSDocument") {
        return Inside::Format(Format::Doc);
    }
    if has("Workbook") || has("Book") {
        return Inside::Format(Format::Xls);
    }
    Inside::Other("a container of another program is")
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::ole::tests::container;
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default())
                .expect("is a name");
            zip.write_all(b"<x/>").expect("can write");
        }
        zip.finish().expect("can write").into_inner()
    }

    fn ole(name: &str) -> Vec<u8> {
        let mut bytes = ole::SIGNATURE.to_vec();
        bytes.extend(utf_16(name));
        bytes
    }

    fn utf_16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_content_decides() {
        let format = |named, bytes: &[u8]| match inside(named, bytes) {
            Inside::Format(format) => format.name(),
            Inside::Encrypted => "encrypted",
            Inside::Other(_) => "other",
        };
        assert_eq!(format(Format::Wps, &zip(&["word/document.xml"])), "docx");
        assert_eq!(format(Format::Wps, &ole("WordDocument")), "doc");
        assert_eq!(format(Format::Doc, &ole("Workbook")), "xls");
        assert_eq!(format(Format::Docx, &ole("EncryptedPackage")), "encrypted");
        let workbook = container(&[("Workbook", &utf_16("WordDocument"))]);
        assert_eq!(format(Format::Xls, &workbook), "xls");
        assert_eq!(format(Format::Ods, &zip(&["content.xml"])), "ods");
        assert_eq!(format(Format::Odt, &zip(&["content.xml"])), "odt");
        assert_eq!(format(Format::Doc, b"{\\rtf1 x}"), "rtf");
        assert_eq!(
            format(Format::Doc, b"\xef\xbb\xbf\r\n<HTML><body>x"),
            "html"
        );
        assert_eq!(format(Format::Xls, b"<table><tr><td>1"), "html");
        assert_eq!(
            format(
                Format::Doc,
                b"MIME-Version: 1.0\r\nContent-Type: multipart/related"
            ),
            "mht"
        );
        assert_eq!(format(Format::Doc, b"\n%PDF-1.4"), "pdf");
        assert_eq!(format(Format::Pdf, &zip(&["OFD.xml"])), "ofd");
        assert_eq!(format(Format::Doc, &zip(&["a.txt"])), "other");
        assert_eq!(format(Format::Doc, b"plain"), "other");
        assert_eq!(format(Format::Txt, b"%PDF-1.4"), "txt");
    }
}
