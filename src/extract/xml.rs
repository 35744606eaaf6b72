//! The XML parts of packaged documents as a stream of elements and text. Names are local names: which
//! prefix a file uses, and whether it is of the strict or the transitional variant, does not matter.
//! It does not know what any element means. Entities of a document type are not expanded, so nothing
//! can grow.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::{Budget, Error};

/// Elements may be nested so deep; real documents stay below 100.
const MAX_DEPTH: usize = 1_000;

/// After so many events the clock is looked at.
const EVENTS_BETWEEN_LOOKS: u32 = 1_024;

/// Bytes at the start in which the declaration of the encoding is looked for.
const DECLARATION_BYTES: usize = 200;

/// What stands in a part.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// An element begins. An empty one is a `Start` that an `End` follows.
    Start(Element<'a>),
    /// The element that began last and has not ended ends; with loose ends, perhaps another one.
    End(End<'a>),
    /// Characters, references resolved; a text can come in several pieces.
    Text(Cow<'a, str>),
}

/// The tag that begins an element.
#[derive(Debug)]
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
}

impl Element<'_> {
    /// Its local name.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// The value of the first attribute of this local name.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        // A repeated attribute, which is no reason to refuse a document, is not looked for.
        let mut attributes = self.tag.attributes();
        attributes
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == name)
            .map(
                |attribute| match attribute.normalized_value(XmlVersion::Implicit1_0) {
                    Ok(value) => value.into_owned(),
                    // An unknown entity: better the raw value than none.
                    Err(_) => attribute.value.into_owned(),
                },
            )
    }

    /// The value of an attribute that is a whole number.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.trim().parse().ok()
    }
}

/// The tag that ends an element.
#[derive(Debug)]
pub(super) struct End<'a> {
    tag: BytesEnd<'a>,
}

impl End<'_> {
    /// Its local name.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }
}

/// Reads one part from its beginning to its end.
#[derive(Debug)]
pub(super) struct XmlReader<'a> {
    reader: quick_xml::Reader<&'a [u8]>,
    part: &'a str,
    depth: usize,
    n_events: u32,
    has_loose_ends: bool,
}

impl<'a> XmlReader<'a> {
    /// `text` is the part as [`decode`] gives it, `part` its name for messages.
    pub(super) fn new(text: &'a str, part: &'a str) -> Self {
        let mut reader = quick_xml::Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self {
            reader,
            part,
            depth: 0,
            n_events: 0,
            has_loose_ends: false,
        }
    }

    /// Puts up with elements that end under another name, more often than they begin, or not at all.
    pub(super) fn allow_loose_ends(&mut self) {
        let config = self.reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        self.has_loose_ends = true;
    }

    /// The next node; `None` at the end of the part.
    ///
    /// # Errors
    /// [`Error::Broken`] where the part is not well-formed, and those of [`Budget::spend`].
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<Node<'a>>, Error> {
        loop {
            self.n_events = self.n_events.wrapping_add(1);
            if self.n_events.is_multiple_of(EVENTS_BETWEEN_LOOKS) {
                budget.spend(0)?;
            }
            let event = self
                .reader
                .read_event()
                .map_err(|error| self.broken(&error.to_string()))?;
            let node = match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.depth = self.depth.saturating_add(1);
                    if self.depth > MAX_DEPTH {
                        return Err(
                            self.broken(&format!("elements nested deeper than {MAX_DEPTH}"))
                        );
                    }
                    Node::Start(Element { tag })
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::End(End { tag })
                }
                Event::Text(text) => Node::Text(text.xml10_content()),
                Event::CData(text) => Node::Text(text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Cow::Owned(character.to_string()),
                        Ok(None) => Cow::Borrowed(resolve_xml_entity(&reference).unwrap_or("")),
                        Err(_) => continue,
                    };
                    Node::Text(resolved)
                }
                Event::Eof if self.depth > 0 && !self.has_loose_ends => {
                    return Err(self.broken("ends inside an element"));
                }
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            };
            return Ok(Some(node));
        }
    }

    /// Passes over the rest of the element that has just begun, its end included.
    ///
    /// # Errors
    /// Those of [`XmlReader::next`].
    pub(super) fn skip(&mut self, budget: &mut Budget) -> Result<(), Error> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if self.next(budget)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The characters up to the end of the element that has just begun, without what inner elements
    /// hold.
    ///
    /// # Errors
    /// Those of [`XmlReader::next`].
    pub(super) fn text(&mut self, budget: &mut Budget) -> Result<String, Error> {
        let mut text = String::new();
        while let Some(node) = self.next(budget)? {
            match node {
                Node::Start(_) => self.skip(budget)?,
                Node::End(_) => break,
                Node::Text(piece) => text.push_str(&piece),
            }
        }
        Ok(text)
    }

    fn broken(&self, what: &str) -> Error {
        let part = self.part;
        let at = self.reader.buffer_position();
        Error::broken(format!("part `{part}`, byte {at}: {what}"))
    }
}

/// The characters of a part: UTF-8, else UTF-16 as its first bytes say, else as it declares. What is
/// not valid becomes U+FFFD.
///
/// Source: XML 1.0, appendix F; packages of Office Open XML allow UTF-8 and UTF-16 only (ECMA-376
/// part 2, 6.2.5).
///
/// # Errors
/// Those of [`Budget::spend`].
pub(super) fn decode<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Cow<'a, str>, Error> {
    let wide = match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    };
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if wide.is_none()
        && let Ok(text) = std::str::from_utf8(bare)
    {
        return Ok(Cow::Borrowed(text));
    }
    let encoding = wide.or_else(|| declared(bytes)).unwrap_or(UTF_8);
    // A byte order mark, if there is one, wins over all else.
    let text = encoding.decode(bytes).0;
    budget.spend(text.len() as u64)?;
    Ok(text)
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..DECLARATION_BYTES).unwrap_or(bytes));
    let (declaration, _) = head.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let name = rest.trim_start_matches([' ', '=', '"', '\'']);
    let end = name.find(['"', '\'', ' ']).unwrap_or(name.len());
    let found = Encoding::for_label(name.get(..end)?.as_bytes())?;
    // Whoever wrote a readable declaration did not write UTF-16.
    found.is_ascii_compatible().then_some(found)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn budget() -> Budget {
        Budget::new(1 << 20, Instant::now() + Duration::from_mins(1))
    }

    fn nodes(xml: &str) -> Result<String, Error> {
        read(XmlReader::new(xml, "a.xml"))
    }

    fn read(mut reader: XmlReader<'_>) -> Result<String, Error> {
        let mut budget = budget();
        let mut out = String::new();
        while let Some(node) = reader.next(&mut budget)? {
            match node {
                Node::Start(element) => {
                    out.push('<');
                    out.push_str(element.name());
                    if let Some(value) = element.attribute("v") {
                        out.push('=');
                        out.push_str(&value);
                    }
                    out.push('>');
                }
                Node::End(_) => out.push_str("</>"),
                Node::Text(text) => out.push_str(&text),
            }
        }
        Ok(out)
    }

    #[test]
    fn names_are_local() {
        assert_eq!(
            nodes("<q:a q:v='1'><b/></q:a>").expect("can be read"),
            "<a=1><b></></>"
        );
    }

    #[test]
    fn references_and_cdata_are_text() {
        let xml = "<a v='&lt;&#x4e00;'>&amp;&#20108;<![CDATA[<三>&lt;]]>&unknown;</a>";
        assert_eq!(nodes(xml).expect("can be read"), "<a=<一>&二<三>&lt;</>");
    }

    #[test]
    fn cut_parts_are_broken() {
        for xml in ["<a><b>", "<a", "<a></b>", "<a>&#x4e"] {
            let error = nodes(xml).expect_err("is refused").to_string();
            assert!(error.starts_with("damaged: part `a.xml`, byte"), "{error}");
        }
    }

    #[test]
    fn loose_ends_are_put_up_with_where_that_was_said() {
        for (xml, expected) in [
            ("<a><b>", "<a><b>"),
            ("<a></b></a>", "<a></></>"),
            ("</a>x", "</>x"),
        ] {
            let mut reader = XmlReader::new(xml, "a.xml");
            reader.allow_loose_ends();
            assert_eq!(read(reader).expect("can be read"), expected);
        }
    }

    #[test]
    fn entities_of_a_document_type_give_nothing() {
        let xml = "<!DOCTYPE a [<!ENTITY x 'yyyy'>]><a>1&x;2</a>";
        assert_eq!(nodes(xml).expect("can be read"), "<a>12</>");
    }

    #[test]
    fn endless_nesting_is_refused() {
        let xml = "<a>".repeat(MAX_DEPTH + 1);
        let error = nodes(&xml).expect_err("is refused").to_string();
        assert!(error.ends_with("nested deeper than 1000"), "{error}");
    }

    #[test]
    fn skipping_ends_behind_the_element() {
        let mut budget = budget();
        let mut reader = XmlReader::new("<a><b><b>x</b></b>y<c/></a>", "a.xml");
        reader.next(&mut budget).expect("can be read");
        reader.next(&mut budget).expect("can be read");
        reader.skip(&mut budget).expect("can be read");
        let next = reader.next(&mut budget).expect("can be read");
        assert!(matches!(next, Some(Node::Text(text)) if text == "y"));
    }

    #[test]
    fn the_declared_encoding_is_used_where_it_is_true() {
        let mut bytes = b"<?xml version='1.0' encoding='GBK'?><a>".to_vec();
        let utf_8 = [&bytes[..], "议".as_bytes()].concat();
        bytes.extend([0xd2, 0xe9]);
        for bytes in [bytes, utf_8] {
            let text = decode(&bytes, &mut budget()).expect("can be read");
            assert!(text.ends_with("<a>议"), "{text}");
        }
    }

    #[test]
    fn wide_parts_are_decoded() {
        let little: Vec<u8> = "\u{feff}<a>会</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = "<a>会</a>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(
            decode(&little, &mut budget()).expect("can be read"),
            "<a>会</a>"
        );
        assert_eq!(
            decode(&big, &mut budget()).expect("can be read"),
            "<a>会</a>"
        );
        assert_eq!(
            decode("\u{feff}<a/>".as_bytes(), &mut budget()).expect("can be read"),
            "<a/>"
        );
    }
}
