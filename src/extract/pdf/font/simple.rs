//! Fonts with one byte a character (ISO 32000-1, 9.6), and those that only say so: Chinese system
//! fonts, not embedded, whose strings are GBK.

use encoding_rs::GBK;
use hayro_cmap::CMap;
use hayro_syntax::object::{Array, Dict, Name, Object, Rect};

use super::{Code, Named, Text, base_font, is_sensible, named_glyph};

/// Width in ems of a glyph of which nothing is said.
const USUAL_WIDTH: f64 = 0.5;
/// Names of fonts, without spaces and in lower case, that hold Chinese.
const CHINESE_FONTS: [&str; 10] = [
    "simsun",
    "nsimsun",
    "simhei",
    "simfang",
    "fangsong",
    "simkai",
    "kaiti",
    "simli",
    "simyou",
    "microsoftyahei",
];

/// A font of one of the types 1, 3 and `TrueType`.
#[derive(Debug)]
pub(in super::super) struct Simple {
    texts: Vec<Option<Text>>,
    widths: Vec<f64>,
    /// Height of an em, see [`super::Font::height`].
    pub(super) height: f64,
    is_gbk: bool,
}

impl Simple {
    /// Loads it; whatever is missing in `dict` is assumed.
    pub(super) fn load(dict: &Dict<'_>, to_unicode: Option<&CMap>) -> Self {
        let (unit, height) = if dict.contains_key("FontMatrix") || dict.contains_key("CharProcs") {
            of_type_3(dict)
        } else {
            (0.001, 1.0)
        };
        Self {
            texts: texts(dict, to_unicode),
            widths: widths(dict, unit),
            height,
            is_gbk: to_unicode.is_none() && is_gbk(dict),
        }
    }

    pub(super) fn codes(&self, bytes: &[u8]) -> Vec<Code> {
        let mut codes = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            let mut width = self.width(byte);
            let mut text = self.texts.get(usize::from(byte)).cloned().flatten();
            if self.is_gbk
                && byte > 0x80
                && let Some((&second, tail)) = tail.split_first()
            {
                rest = tail;
                width += self.width(second);
                text = gbk(byte, second);
            }
            codes.push(Code {
                text: text.unwrap_or_else(Text::unknown),
                width,
                is_word_space: byte == b' ',
            });
        }
        codes
    }

    fn width(&self, code: u8) -> f64 {
        self.widths
            .get(usize::from(code))
            .copied()
            .unwrap_or(USUAL_WIDTH)
    }
}

fn gbk(first: u8, second: u8) -> Option<Text> {
    let pair = [first, second];
    let (text, _, errors) = GBK.decode(&pair);
    text.chars().next().filter(|_| !errors).map(Text::Char)
}

/// Width of a unit of the widths, and the height of an em, in the size set. The coordinates of a
/// type 3 font are its own, so the height comes from the box around its glyphs.
fn of_type_3(dict: &Dict<'_>) -> (f64, f64) {
    let matrix = dict.get::<Array<'_>>("FontMatrix");
    let matrix: Vec<f32> = matrix.iter().flat_map(Array::iter).take(6).collect();
    let &[across, _, _, up, ..] = matrix.as_slice() else {
        return (0.001, 1.0);
    };
    let tall = dict
        .get::<Rect>("FontBBox")
        .map_or(0.0, |rect| rect.height().abs());
    let height = tall * f64::from(up).abs();
    let usual = (0.2..5.0).contains(&height);
    (f64::from(across).abs(), if usual { height } else { 1.0 })
}

fn widths(dict: &Dict<'_>, unit: f64) -> Vec<f64> {
    let descriptor = dict.get::<Dict<'_>>("FontDescriptor");
    let missing = descriptor.and_then(|descriptor| descriptor.get::<f32>("MissingWidth"));
    let is_fixed = base_font(dict).starts_with(b"Courier");
    let usual = if is_fixed { 0.6 } else { USUAL_WIDTH };
    let missing = missing.map_or(usual, |width| f64::from(width) * unit);
    let mut widths = vec![missing; 256];
    let first = dict
        .get::<i32>("FirstChar")
        .and_then(|first| usize::try_from(first).ok());
    if let Some(list) = dict.get::<Array<'_>>("Widths") {
        let places = widths.iter_mut().skip(first.unwrap_or(0));
        for (place, width) in places.zip(list.iter::<f32>()) {
            *place = f64::from(width) * unit;
        }
    }
    widths
}

fn texts(dict: &Dict<'_>, to_unicode: Option<&CMap>) -> Vec<Option<Text>> {
    let encoding = dict.get::<Object<'_>>("Encoding");
    let is_true_type = dict.get::<Name<'_>>("Subtype").as_deref() == Some(b"TrueType");
    let mut base = if is_true_type {
        Named::Windows
    } else {
        Named::Standard
    };
    let mut differences = vec![None; 256];
    match encoding {
        Some(Object::Name(name)) => base = Named::from_name(&name).unwrap_or(base),
        Some(Object::Dict(encoding)) => {
            let name = encoding.get::<Name<'_>>("BaseEncoding");
            base = name
                .and_then(|name| Named::from_name(&name))
                .unwrap_or(base);
            if let Some(list) = encoding.get::<Array<'_>>("Differences") {
                differences = read_differences(&list);
            }
        }
        _ => {}
    }
    let codes = (0..=u8::MAX).zip(differences);
    codes
        .map(|(code, name)| {
            let mapped = to_unicode.and_then(|cmap| cmap.lookup_bf_string(u32::from(code)));
            let mapped = mapped.map(Text::from).filter(is_sensible);
            mapped.or_else(|| match name {
                Some(name) => named_glyph(&name).map(|text| Text::String(text.into())),
                None => base.character(code).map(Text::Char),
            })
        })
        .collect()
}

/// Codes and the names of the glyphs from there on (ISO 32000-1, 9.6.6.1).
fn read_differences(list: &Array<'_>) -> Vec<Option<Vec<u8>>> {
    let mut names = vec![None; 256];
    let mut code = 0_usize;
    for object in list.iter::<Object<'_>>() {
        match object {
            Object::Name(name) => {
                if let Some(place) = names.get_mut(code) {
                    *place = Some(name.to_vec());
                }
                code = code.saturating_add(1);
            }
            Object::Number(number) => code = usize::try_from(number.as_i64()).unwrap_or(256),
            _ => {}
        }
    }
    names
}

/// Whether it is a Chinese system font that was not embedded.
fn is_gbk(dict: &Dict<'_>) -> bool {
    let descriptor = dict.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
    if ["FontFile", "FontFile2", "FontFile3"]
        .iter()
        .any(|key| descriptor.contains_key(key))
    {
        return false;
    }
    let bytes = base_font(dict);
    let (name, _, errors) = GBK.decode(&bytes);
    let name = name.replace(' ', "").to_lowercase();
    let is_han = |character| ('\u{4e00}'..='\u{9fff}').contains(&character);
    let is_known = CHINESE_FONTS.iter().any(|known| name.starts_with(known));
    is_known || !errors && name.contains(is_han)
}
