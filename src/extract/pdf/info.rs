//! What a PDF says of itself: the information dictionary (ISO 32000-1, 14.3.3), and where that is
//! silent the XMP packet.

use encoding_rs::{GBK, UTF_16BE, UTF_16LE, WINDOWS_1252};
use hayro_syntax::Pdf;
use hayro_syntax::object::{DateTime, Dict, Stream};

use super::super::{Budget, Error, Properties};
use super::stream::decode;

/// Title, author and day of creation.
pub(super) fn properties(pdf: &Pdf, budget: &mut Budget) -> Result<Properties, Error> {
    let metadata = pdf.metadata();
    let text =
        |bytes: &Option<Box<[u8]>>| bytes.as_ref().and_then(|bytes| filled(&text_string(bytes)));
    let mut properties = Properties {
        title: text(&metadata.title),
        author: text(&metadata.author),
        created: metadata.creation_date.as_ref().and_then(day),
    };
    let Properties {
        title,
        author,
        created,
    } = &mut properties;
    if title.is_some() && author.is_some() && created.is_some() {
        return Ok(properties);
    }
    let xref = pdf.xref();
    let catalog = xref.get::<Dict<'_>>(xref.root_id());
    if let Some(stream) = catalog.and_then(|catalog| catalog.get::<Stream<'_>>("Metadata")) {
        let bytes = decode(&stream, budget)?;
        let xml = String::from_utf8_lossy(&bytes);
        *title = title.take().or_else(|| xmp_value(&xml, "dc:title"));
        *author = author.take().or_else(|| xmp_value(&xml, "dc:creator"));
        *created = created.take().or_else(|| xmp_day(&xml));
    }
    Ok(properties)
}

/// Decodes a text string (ISO 32000-1, 7.9.2.2), and the UTF-8 and GBK that some producers write
/// in its place. `PDFDocEncoding` is taken for Windows-1252, which it nearly is.
pub(super) fn text_string(bytes: &[u8]) -> String {
    let decoded = match bytes {
        [0xfe, 0xff, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0,
        [0xff, 0xfe, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0,
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            if let Ok(text) = str::from_utf8(bytes) {
                text.into()
            } else {
                let (text, _, errors) = GBK.decode(bytes);
                let is_han = |character| ('\u{4e00}'..='\u{9fff}').contains(&character);
                if errors || !text.contains(is_han) {
                    WINDOWS_1252.decode_without_bom_handling(bytes).0
                } else {
                    text
                }
            }
        }
    };
    decoded.into_owned()
}

fn filled(text: &str) -> Option<String> {
    let is_blank = |character: char| character.is_whitespace() || character.is_control();
    let text = text.trim_matches(is_blank);
    let words: Vec<&str> = text
        .split(is_blank)
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn day(date: &DateTime) -> Option<String> {
    let DateTime {
        year, month, day, ..
    } = date;
    let is_day = (1..=12).contains(month) && (1..=31).contains(day) && (1000..=9999).contains(year);
    is_day.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The first text within an element, past the list that XMP puts around it.
fn xmp_value(xml: &str, element: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{element}"))?;
    let (inside, _) = rest.split_once(&format!("</{element}>"))?;
    let mut texts = inside
        .split('>')
        .skip(1)
        .filter_map(|part| part.split('<').next());
    let text = texts.find_map(filled)?;
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    Some(text.replace("&apos;", "'").replace("&amp;", "&"))
}

fn xmp_day(xml: &str) -> Option<String> {
    // Either an element or an attribute.
    let (_, rest) = xml.split_once("xmp:CreateDate")?;
    let day = rest
        .trim_start_matches(['>', '=', '"', '\'', ' '])
        .get(..10)?;
    let shape = day.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shape.then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{text_string, xmp_day, xmp_value};

    #[test]
    fn encodings_of_text_strings() {
        assert_eq!(text_string(b"\xfe\xff\x4e\x2d\x65\x87"), "中文");
        assert_eq!(text_string(b"\xff\xfe\x2d\x4e"), "中");
        assert_eq!(text_string("\u{feff}中文".as_bytes()), "中文");
        assert_eq!(text_string(b"\xd6\xd0\xce\xc4"), "中文");
        assert_eq!(text_string(b"caf\xe9"), "café");
        assert_eq!(text_string(b"plain"), "plain");
    }

    #[test]
    fn values_of_xmp() {
        let xml = "<dc:title><rdf:Alt><rdf:li xml:lang=\"x\">甲 &amp; 乙</rdf:li></rdf:Alt></dc:title>\
                   <xmp:CreateDate>2023-04-05T06:07:08</xmp:CreateDate>";
        assert_eq!(xmp_value(xml, "dc:title").as_deref(), Some("甲 & 乙"));
        assert_eq!(xmp_value(xml, "dc:creator"), None);
        assert_eq!(xmp_day(xml).as_deref(), Some("2023-04-05"));
        assert_eq!(xmp_day("xmp:CreateDate=\"2023\""), None);
    }
}
