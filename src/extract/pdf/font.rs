//! Fonts: how the bytes of a shown string part into codes, and each code's text and width
//! (ISO 32000-1, 9.5 to 9.10). Outlines are never looked at.

use std::collections::HashMap;
use std::rc::Rc;

use encoding_rs::{BIG5, Encoding, GBK};
use hayro_cmap::{BfString, CMap, CMapName, CidFamily, WritingMode, load_embedded};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

use super::super::{Budget, Error};
use super::encoding::{Named, named_glyph};
use super::stream::decode;

mod simple;
mod width;

use simple::Simple;
use width::Widths;

/// Stands for a glyph whose text is not known.
const UNKNOWN: char = '\u{fffd}';

/// What a glyph stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// One character.
    Char(char),
    /// A ligature, or a replacement for several glyphs.
    String(Rc<str>),
}

impl Text {
    /// Whether it is not known what the glyph stands for.
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::Char(UNKNOWN)
    }

    /// Whether there is nothing to see.
    pub(super) fn is_space(&self) -> bool {
        match self {
            Self::Char(character) => character.is_whitespace(),
            Self::String(text) => text.chars().all(char::is_whitespace),
        }
    }

    fn unknown() -> Self {
        Self::Char(UNKNOWN)
    }
}

impl From<BfString> for Text {
    fn from(text: BfString) -> Self {
        match text {
            BfString::Char(character) => Self::Char(character),
            BfString::String(text) => Self::String(text.into()),
        }
    }
}

/// A code of a shown string.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Code {
    /// What it stands for.
    pub(super) text: Text,
    /// How far it moves the pen, in ems: to the right, or down in vertical writing.
    pub(super) width: f64,
    /// Whether word spacing applies: a single byte 32.
    pub(super) is_word_space: bool,
}

/// A font as far as text needs it.
#[derive(Debug)]
pub(super) enum Font {
    /// One byte a character.
    Simple(Simple),
    /// By way of a `CMap` and character identifiers.
    Composite(Box<Composite>),
}

impl Font {
    /// The codes of a shown string.
    pub(super) fn codes(&self, bytes: &[u8]) -> Vec<Code> {
        match self {
            Self::Simple(font) => font.codes(bytes),
            Self::Composite(font) => font.codes(bytes),
        }
    }

    /// Whether it is written from top to bottom.
    pub(super) fn is_vertical(&self) -> bool {
        matches!(self, Self::Composite(font) if font.vertical)
    }

    /// Height of an em, where the font's own matrix makes it other than the size set.
    pub(super) fn height(&self) -> f64 {
        match self {
            Self::Simple(font) => font.height,
            Self::Composite(_) => 1.0,
        }
    }
}

/// The fonts and predefined `CMap`s of a document, each loaded once.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    /// By the place of the font's dictionary in memory, which tells inline ones apart too.
    loaded: HashMap<usize, Rc<Font>>,
    predefined: HashMap<Vec<u8>, Option<Rc<CMap>>>,
}

impl Fonts {
    /// Loads a font, or gives it again.
    pub(super) fn load(&mut self, dict: &Dict<'_>, budget: &mut Budget) -> Result<Rc<Font>, Error> {
        let place = dict.data().as_ptr().addr();
        if let Some(font) = self.loaded.get(&place) {
            return Ok(Rc::clone(font));
        }
        let to_unicode = Self::to_unicode(dict, budget)?;
        let descendant = dict
            .get::<Array<'_>>("DescendantFonts")
            .and_then(|list| list.iter::<Dict<'_>>().next());
        let font = Rc::new(match descendant {
            Some(descendant) => Font::Composite(Box::new(self.composite(
                dict,
                &descendant,
                to_unicode,
                budget,
            )?)),
            None => Font::Simple(Simple::load(dict, to_unicode.as_ref())),
        });
        self.loaded.insert(place, Rc::clone(&font));
        Ok(font)
    }

    fn to_unicode(dict: &Dict<'_>, budget: &mut Budget) -> Result<Option<CMap>, Error> {
        let Some(stream) = dict.get::<Stream<'_>>("ToUnicode") else {
            return Ok(None);
        };
        let bytes = decode(&stream, budget)?;
        Ok(CMap::parse(&bytes, load_embedded))
    }

    fn composite(
        &mut self,
        dict: &Dict<'_>,
        descendant: &Dict<'_>,
        to_unicode: Option<CMap>,
        budget: &mut Budget,
    ) -> Result<Composite, Error> {
        let mut name = Vec::new();
        let mut cmap = None;
        let mut n_bytes = 2;
        match dict.get::<Object<'_>>("Encoding") {
            Some(Object::Name(found)) => {
                name = found.to_vec();
                cmap = self.predefined(&name);
            }
            Some(Object::Stream(stream)) => {
                let bytes = decode(&stream, budget)?;
                n_bytes = shortest_code(&bytes);
                cmap = CMap::parse(&bytes, load_embedded).map(Rc::new);
            }
            _ => {}
        }
        let identity = cmap.is_none() || name.starts_with(b"Identity");
        let family = cmap.as_ref().and_then(|cmap| {
            let collection = cmap.metadata().character_collection.as_ref()?;
            collection.family.ucs2_cmap()?;
            Some(collection.family.clone())
        });
        let family = family.or_else(|| collection(descendant));
        let unicode_name = family.and_then(|family| family.ucs2_cmap());
        let cid_to_unicode = unicode_name.and_then(|name| self.predefined(name.to_bytes()));
        let vertical = name.ends_with(b"-V")
            || name == b"V"
            || cmap
                .as_ref()
                .is_some_and(|cmap| cmap.metadata().writing_mode == Some(WritingMode::Vertical));
        let widths = Widths::of_cids(descendant);
        budget.spend(widths.cost())?;
        Ok(Composite {
            cmap: cmap.filter(|_| !identity),
            n_bytes,
            to_unicode,
            cid_to_unicode,
            charset: charset(&name),
            widths,
            vertical,
        })
    }

    fn predefined(&mut self, name: &[u8]) -> Option<Rc<CMap>> {
        if let Some(found) = self.predefined.get(name) {
            return found.clone();
        }
        let bytes = load_embedded(CMapName::from_bytes(name));
        let cmap = bytes
            .and_then(|bytes| CMap::parse(bytes, load_embedded))
            .map(Rc::new);
        self.predefined.insert(name.to_vec(), cmap.clone());
        cmap
    }
}

/// A font of type 0.
#[derive(Debug)]
pub(super) struct Composite {
    /// From codes to character identifiers; `None` where they are the same.
    cmap: Option<Rc<CMap>>,
    /// Bytes of a code that the `CMap` does not know.
    n_bytes: usize,
    to_unicode: Option<CMap>,
    cid_to_unicode: Option<Rc<CMap>>,
    /// What the codes are outside the `CMap`'s ranges.
    charset: Option<&'static Encoding>,
    widths: Widths,
    vertical: bool,
}

impl Composite {
    fn codes(&self, bytes: &[u8]) -> Vec<Code> {
        let mut codes = Vec::with_capacity(bytes.len() / 2 + 1);
        let mut rest = bytes;
        while !rest.is_empty() {
            let (n_bytes, cid) = self.next_code(rest);
            let (code, tail) = rest.split_at(n_bytes.clamp(1, rest.len()));
            rest = tail;
            let text = self.text(code, cid).unwrap_or_else(Text::unknown);
            let width = if self.vertical {
                1.0
            } else {
                self.widths.of(cid.unwrap_or(0))
            };
            codes.push(Code {
                text,
                width,
                is_word_space: code == b" ",
            });
        }
        codes
    }

    /// Length in bytes of the first code, and its character identifier.
    fn next_code(&self, bytes: &[u8]) -> (usize, Option<u32>) {
        let Some(cmap) = &self.cmap else {
            return (2, Some(value(bytes.get(..2).unwrap_or(bytes))));
        };
        for n_bytes in 1..=4_u8 {
            let Some(code) = bytes.get(..usize::from(n_bytes)) else {
                break;
            };
            if let Some(cid) = cmap.lookup_cid_code(value(code), n_bytes) {
                return (usize::from(n_bytes), Some(cid));
            }
        }
        let is_single = self.charset.is_some() && bytes.first().is_some_and(u8::is_ascii);
        (if is_single { 1 } else { self.n_bytes }, None)
    }

    fn text(&self, code: &[u8], cid: Option<u32>) -> Option<Text> {
        let by_code = self
            .to_unicode
            .as_ref()
            .and_then(|cmap| cmap.lookup_bf_string(value(code)));
        let by_cid = || self.cid_to_unicode.as_ref()?.lookup_bf_string(cid?);
        let known = by_code.or_else(by_cid).map(Text::from).filter(is_sensible);
        known.or_else(|| {
            let (text, _, errors) = self.charset?.decode(code);
            let mut characters = text.chars();
            let single = characters.next().filter(|_| characters.next().is_none());
            single.filter(|_| !errors).map(Text::Char)
        })
    }
}

/// Producers write 0 or U+FFFF where they do not know.
fn is_sensible(text: &Text) -> bool {
    !matches!(text, Text::Char('\0' | '\u{ffff}' | '\u{fffe}'))
}

fn value(code: &[u8]) -> u32 {
    code.iter()
        .take(4)
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// The character collection that the identifiers of a font belong to (ISO 32000-1, 9.7.3).
fn collection(descendant: &Dict<'_>) -> Option<CidFamily> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    Some(CidFamily::from_registry_ordering(&registry, &ordering))
}

fn charset(name: &[u8]) -> Option<&'static Encoding> {
    if name.starts_with(b"GB") {
        Some(GBK)
    } else if name.starts_with(b"ETen") || name.starts_with(b"B5") || name.starts_with(b"HKscs") {
        Some(BIG5)
    } else {
        None
    }
}

/// Bytes of the shortest code in the code space ranges of an embedded `CMap`; 2 where it has none.
fn shortest_code(cmap: &[u8]) -> usize {
    let marker = b"begincodespacerange";
    let start = cmap
        .windows(marker.len())
        .position(|window| window == marker);
    let ranges = start
        .and_then(|start| cmap.get(start..))
        .unwrap_or_default();
    let ranges = ranges.get(marker.len()..).unwrap_or_default();
    let end = ranges.windows(3).position(|window| window == b"end");
    let ranges = ranges.get(..end.unwrap_or(0)).unwrap_or_default();
    let codes = ranges.split(|byte| *byte == b'<').skip(1);
    let lengths = codes.map(|code| {
        let digits = code.iter().take_while(|byte| **byte != b'>');
        digits
            .filter(|byte| byte.is_ascii_hexdigit())
            .count()
            .div_ceil(2)
    });
    lengths.min().unwrap_or(2).clamp(1, 4)
}

/// The name of the base font, as bytes: Chinese names are often written in GBK.
fn base_font(dict: &Dict<'_>) -> Vec<u8> {
    dict.get::<Name<'_>>("BaseFont")
        .map(|name| name.to_vec())
        .unwrap_or_default()
}
