//! What the codes of simple fonts mean: the named encodings and the names of glyphs
//! (ISO 32000-1, annex D; Adobe Glyph List).

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// Codes 0xA1 to 0xFB of `StandardEncoding`; a blank is no character.
const STANDARD_HIGH: &str =
    "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß";

/// Names of characters that are not spelt by [`latin`] or a hexadecimal number.
const NAMES: &[(&str, char)] = &[
    ("space", ' '),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("period", '.'),
    ("slash", '/'),
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("braceleft", '{'),
    ("bar", '|'),
    ("braceright", '}'),
    ("asciitilde", '~'),
    ("nbspace", '\u{a0}'),
    ("exclamdown", '¡'),
    ("cent", '¢'),
    ("sterling", '£'),
    ("currency", '¤'),
    ("yen", '¥'),
    ("brokenbar", '¦'),
    ("section", '§'),
    ("dieresis", '¨'),
    ("copyright", '©'),
    ("ordfeminine", 'ª'),
    ("guillemotleft", '«'),
    ("logicalnot", '¬'),
    ("sfthyphen", '\u{ad}'),
    ("registered", '®'),
    ("macron", '¯'),
    ("degree", '°'),
    ("plusminus", '±'),
    ("twosuperior", '²'),
    ("threesuperior", '³'),
    ("acute", '´'),
    ("mu", 'µ'),
    ("paragraph", '¶'),
    ("periodcentered", '·'),
    ("middot", '·'),
    ("cedilla", '¸'),
    ("onesuperior", '¹'),
    ("ordmasculine", 'º'),
    ("guillemotright", '»'),
    ("onequarter", '¼'),
    ("onehalf", '½'),
    ("threequarters", '¾'),
    ("questiondown", '¿'),
    ("AE", 'Æ'),
    ("Eth", 'Ð'),
    ("multiply", '×'),
    ("Oslash", 'Ø'),
    ("Thorn", 'Þ'),
    ("germandbls", 'ß'),
    ("ae", 'æ'),
    ("eth", 'ð'),
    ("divide", '÷'),
    ("oslash", 'ø'),
    ("thorn", 'þ'),
    ("dotlessi", 'ı'),
    ("Lslash", 'Ł'),
    ("lslash", 'ł'),
    ("OE", 'Œ'),
    ("oe", 'œ'),
    ("florin", 'ƒ'),
    ("circumflex", 'ˆ'),
    ("caron", 'ˇ'),
    ("breve", '˘'),
    ("dotaccent", '˙'),
    ("ring", '˚'),
    ("ogonek", '˛'),
    ("tilde", '˜'),
    ("hungarumlaut", '˝'),
    ("endash", '–'),
    ("emdash", '—'),
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotesinglbase", '‚'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("quotedblbase", '„'),
    ("dagger", '†'),
    ("daggerdbl", '‡'),
    ("bullet", '•'),
    ("ellipsis", '…'),
    ("perthousand", '‰'),
    ("guilsinglleft", '‹'),
    ("guilsinglright", '›'),
    ("fraction", '⁄'),
    ("Euro", '€'),
    ("trademark", '™'),
    ("minus", '−'),
    ("infinity", '∞'),
    ("lessequal", '≤'),
    ("greaterequal", '≥'),
    ("notequal", '≠'),
    ("approxequal", '≈'),
    ("summation", '∑'),
    ("radical", '√'),
    ("integral", '∫'),
    ("partialdiff", '∂'),
    ("lozenge", '◊'),
    ("arrowleft", '←'),
    ("arrowup", '↑'),
    ("arrowright", '→'),
    ("arrowdown", '↓'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    ("ff", 'ﬀ'),
    ("ffi", 'ﬃ'),
    ("ffl", 'ﬄ'),
    ("Alpha", 'Α'),
    ("Beta", 'Β'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Omega", 'Ω'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("theta", 'θ'),
    ("lambda", 'λ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("phi", 'φ'),
    ("omega", 'ω'),
];

/// Accents in glyph names (`eacute`) and the combining characters that make them.
const ACCENTS: &[(&str, char)] = &[
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circumflex", '\u{302}'),
    ("tilde", '\u{303}'),
    ("macron", '\u{304}'),
    ("breve", '\u{306}'),
    ("dotaccent", '\u{307}'),
    ("dieresis", '\u{308}'),
    ("ring", '\u{30a}'),
    ("caron", '\u{30c}'),
    ("cedilla", '\u{327}'),
];

/// Encodings that a font can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// `StandardEncoding`, that of Type 1 fonts that say nothing.
    Standard,
    /// `WinAnsiEncoding`.
    Windows,
    /// `MacRomanEncoding`.
    Macintosh,
}

impl Named {
    /// By the name in the file.
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::Windows),
            b"MacRomanEncoding" => Some(Self::Macintosh),
            _ => None,
        }
    }

    /// The character of a code.
    pub(super) fn character(self, code: u8) -> Option<char> {
        let found = match (self, code) {
            (Self::Standard, b'\'') => Some('’'),
            (Self::Standard, b'`') => Some('‘'),
            (_, 0..=0x1f | 0x7f) => None,
            (_, 0x20..0x80) => Some(char::from(code)),
            (Self::Standard, _) => {
                let place = usize::from(code).checked_sub(0xa1)?;
                STANDARD_HIGH.chars().nth(place)
            }
            (Self::Windows, _) => WINDOWS_1252
                .decode_without_bom_handling(&[code])
                .0
                .chars()
                .next(),
            (Self::Macintosh, _) => MACINTOSH
                .decode_without_bom_handling(&[code])
                .0
                .chars()
                .next(),
        };
        found.filter(|character| code == b' ' || !matches!(character, ' ' | '\u{80}'..='\u{9f}'))
    }
}

/// The text that a glyph's name stands for; `None` for names made up by a producer.
///
/// Source: Adobe Glyph List Specification, section 2 (of its table, Latin and common signs).
pub(super) fn named_glyph(name: &[u8]) -> Option<String> {
    let name = str::from_utf8(name).ok()?;
    let base = name.split('.').next().filter(|base| !base.is_empty())?;
    let parts = base.split('_').take(8);
    parts.map(component).collect()
}

fn component(name: &str) -> Option<String> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter.is_ascii_alphabetic().then(|| letter.into());
    }
    if let Some((_, found)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*found).into());
    }
    if let Some(digits) = name.strip_prefix("uni")
        && digits.len().is_multiple_of(4)
        && let Some(units) = hexadecimal_units(digits)
    {
        return String::from_utf16(&units).ok();
    }
    if let Some(digits) = name.strip_prefix('u')
        && (4..=6).contains(&digits.len())
        && let Ok(value) = u32::from_str_radix(digits, 16)
    {
        return char::from_u32(value).map(String::from);
    }
    latin(name)
}

fn hexadecimal_units(digits: &str) -> Option<Vec<u16>> {
    let chunks = digits.as_bytes().chunks(4);
    chunks
        .map(|chunk| u16::from_str_radix(str::from_utf8(chunk).ok()?, 16).ok())
        .collect()
}

/// A letter with an accent, as two characters; normalization puts them together.
fn latin(name: &str) -> Option<String> {
    let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
    let (_, accent) = ACCENTS
        .iter()
        .find(|(accent, _)| name.get(1..) == Some(accent))?;
    Some([letter, *accent].iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{Named, named_glyph};

    #[test]
    fn codes_of_the_encodings() {
        assert_eq!(Named::Windows.character(0x93), Some('“'));
        assert_eq!(Named::Macintosh.character(0xd0), Some('–'));
        assert_eq!(Named::Standard.character(0x27), Some('’'));
        assert_eq!(Named::Standard.character(0xb7), Some('•'));
        assert_eq!(Named::Standard.character(0xd0), Some('—'));
        assert_eq!(Named::Standard.character(0xf5), Some('ı'));
        assert_eq!(Named::Standard.character(0xfb), Some('ß'));
        assert_eq!(Named::Standard.character(0xb0), None);
        assert_eq!(Named::Windows.character(0x07), None);
    }

    #[test]
    fn names_of_glyphs() {
        let check = |name: &str, text| assert_eq!(named_glyph(name.as_bytes()).as_deref(), text);
        check("A", Some("A"));
        check("seven.oldstyle", Some("7"));
        check("uni4E2D", Some("中"));
        check("uni4E2D6587", Some("中文"));
        check("u1F600", Some("😀"));
        check("f_i", Some("fi"));
        check("eacute", Some("e\u{301}"));
        check("g123", None);
        check(".notdef", None);
        check("u", Some("u"));
        check("uniZZZZ", None);
    }
}
