//! The XML of a document's part as a plain sequence of opened elements, closed elements and text.
//!
//! Knows no vocabulary: elements and attributes go by their local names, since the prefix is the
//! writer's choice. Entities of a document type are not expanded, so nothing can grow.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Error;

/// Bytes at the start in which the declaration of the encoding is looked for.
const DECLARATION: usize = 200;

/// Decodes the bytes of a part: by byte order mark, then by its declaration, then as UTF-8.
/// What does not decode becomes U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let head = bytes.get(..DECLARATION.min(bytes.len())).unwrap_or(bytes);
    let encoding = declared(head).unwrap_or(UTF_8);
    // The mark, if there is one, wins over the declaration.
    encoding.decode(bytes).0
}

fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head);
    let (declaration, _) = head.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let name = rest.trim_start_matches([' ', '=', '"', '\'']);
    let end = name.find(['"', '\'', ' ']).unwrap_or(name.len());
    let found = Encoding::for_label(name.get(..end)?.as_bytes())?;
    // Whoever wrote a readable declaration did not write UTF-16.
    found.is_ascii_compatible().then_some(found)
}

/// What stands in the XML, one after the other.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins; an empty element is followed by its [`Node::Close`].
    Open(Element<'a>),
    /// An element of this local name ends.
    Close(String),
    /// Text with its references resolved; one text may come in several pieces.
    Text(Cow<'a, str>),
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// The name without prefix.
    pub(super) fn name(&self) -> &str {
        let name = self.0.name().into_inner();
        name.rsplit(':').next().unwrap_or(name)
    }

    /// The value of the first attribute of this local name.
    pub(super) fn attribute(&self, local: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        attributes.flatten().find_map(|attribute| {
            let key = attribute.key.into_inner();
            if key.rsplit(':').next() != Some(local) {
                return None;
            }
            Some(match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                // A stray `&` is text to a person.
                Err(_) => attribute.value.to_string(),
            })
        })
    }
}

/// Reads the [`Node`]s of a part.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    reader: Reader<&'a [u8]>,
    part: &'a str,
}

impl<'a> Nodes<'a> {
    /// Begins at the start of `text`; `part` names it in errors.
    pub(super) fn new(text: &'a str, part: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        Self { reader, part }
    }

    /// The next node; `None` at the end, also where elements are still open.
    ///
    /// # Errors
    /// [`Error::Broken`] where it is no XML.
    pub(super) fn next(&mut self) -> Result<Option<Node<'a>>, Error> {
        loop {
            let event = self.reader.read_event().map_err(|error| {
                let at = self.reader.error_position();
                Error::broken(format!("part `{}` at byte {at}: {error}", self.part))
            })?;
            return Ok(Some(match event {
                Event::Start(start) | Event::Empty(start) => Node::Open(Element(start)),
                Event::End(end) => {
                    let name = end.name().into_inner();
                    Node::Close(name.rsplit(':').next().unwrap_or(name).to_owned())
                }
                Event::Text(text) => Node::Text(text.xml10_content()),
                Event::CData(text) => Node::Text(text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let known = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character.to_string(),
                        _ => resolve_predefined_entity(&reference)
                            .unwrap_or("")
                            .to_owned(),
                    };
                    Node::Text(Cow::Owned(known))
                }
                Event::Eof => return Ok(None),
                _ => continue,
            }));
        }
    }
}

/// Makes one line of `text`: white space runs become one space, the ends are cut off.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for piece in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece);
    }
    line
}

/// The day `YYYY-MM-DD` at the start of a point in time as XML documents write it.
pub(super) fn day(text: &str) -> Option<String> {
    let day = text.trim().get(..10)?;
    let well_formed = day.char_indices().all(|(at, character)| match at {
        4 | 7 => character == '-',
        _ => character.is_ascii_digit(),
    });
    well_formed.then(|| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(xml: &str) -> String {
        let mut nodes = Nodes::new(xml, "x");
        let mut all = String::new();
        while let Some(node) = nodes.next().expect("a document made here") {
            match node {
                Node::Text(text) => all.push_str(&text),
                Node::Open(element) => {
                    all.push('<');
                    all.push_str(element.name());
                    all.push_str(&element.attribute("k").unwrap_or_default());
                    all.push('>');
                }
                Node::Close(_) => all.push('/'),
            }
        }
        all
    }

    #[test]
    fn prefixes_and_references_are_resolved() {
        assert_eq!(
            texts("<a:b c:k='1&amp;2'>甲&lt;&#20057;<![CDATA[<丙>]]></a:b>"),
            "<b1&2>甲<乙<丙>/"
        );
    }

    #[test]
    fn an_empty_element_closes() {
        assert_eq!(texts("<a/>"), "<a>/");
    }

    #[test]
    fn unknown_entities_give_nothing() {
        assert_eq!(
            texts("<!DOCTYPE a [<!ENTITY x 'yyyy'>]><a>1&x;2</a>"),
            "<a>12/"
        );
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let mut bytes = b"<?xml version='1.0' encoding='GBK'?><a>".to_vec();
        bytes.extend([0xd2, 0xe9]);
        assert!(decode(&bytes).ends_with('议'));
        assert_eq!(decode(b"\xef\xbb\xbf<a/>"), "<a/>");
        assert_eq!(decode(b"\xff\xfe<\0a\0"), "<a");
    }

    #[test]
    fn days() {
        assert_eq!(day("2023-07-18T01:02:03Z").as_deref(), Some("2023-07-18"));
        assert_eq!(day("18.7.2023"), None);
        assert_eq!(day("二〇二三年七月"), None);
    }
}
