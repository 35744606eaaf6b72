//! The bytes of rich text as characters: which code page a font's text is in, and what the bytes say
//! in it. Knows fonts and bytes only, no place in the document.

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::super::codepage;

/// How the bytes of a font are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// In this encoding.
    Encoded(&'static Encoding),
    /// In the file's own encoding, or as Western text where the bytes are none in it: fonts without
    /// a character set are used for both.
    Own(&'static Encoding),
    /// Pictures in the places of letters.
    Symbols,
}

impl Script {
    /// The encoding, where there is one.
    pub(super) fn encoding(self) -> Option<&'static Encoding> {
        match self {
            Self::Encoded(encoding) | Self::Own(encoding) => Some(encoding),
            Self::Symbols => None,
        }
    }
}

/// The fonts of a file, and its own encoding.
#[derive(Debug, Default)]
pub(super) struct Fonts {
    by_number: HashMap<i32, Font>,
    own: Option<&'static Encoding>,
    of_language: Option<&'static Encoding>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Font {
    charset: i32,
    codepage: Option<u32>,
}

impl Fonts {
    /// Notes the file's code page (`\ansicpg`).
    pub(super) fn set_codepage(&mut self, number: i32) {
        let number = u32::try_from(number).unwrap_or_default();
        self.own = codepage::by_number(number).or(self.own);
    }

    /// Notes the file's language (`\deflang`, `\deflangfe`), which tells the code page where the file
    /// does not.
    pub(super) fn set_language(&mut self, number: i32) {
        let language = u16::try_from(number).ok();
        let found = language
            .and_then(codepage::of_language)
            .and_then(codepage::by_number);
        self.of_language = found.or(self.of_language);
    }

    /// Notes the character set of a font (`\fcharset`).
    pub(super) fn set_charset(&mut self, font: i32, charset: i32) {
        self.by_number.entry(font).or_default().charset = charset;
    }

    /// Notes the code page of a font (`\cpg`).
    pub(super) fn set_font_codepage(&mut self, font: i32, number: i32) {
        let number = u32::try_from(number).ok();
        self.by_number.entry(font).or_default().codepage = number;
    }

    /// How the text of a font is read.
    pub(super) fn script(&self, font: i32) -> Script {
        let own = self.own.or(self.of_language).unwrap_or(WINDOWS_1252);
        let Some(font) = self.by_number.get(&font) else {
            return Script::Own(own);
        };
        if font.charset == 2 {
            return Script::Symbols;
        }
        let by_charset = codepage::of_charset(font.charset);
        let number = font.codepage.filter(|number| *number != 0).or(by_charset);
        match number.and_then(codepage::by_number) {
            Some(encoding) => Script::Encoded(encoding),
            None => Script::Own(own),
        }
    }
}

/// A byte of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Byte {
    pub(super) value: u8,
    /// Written as `\'hh`.
    pub(super) escaped: bool,
}

/// What bytes say.
pub(super) fn decode(bytes: &[Byte], script: Script) -> String {
    let values = || bytes.iter().map(|byte| byte.value);
    match script {
        // Bullets; what else is text in such a font cannot be told.
        Script::Symbols => values()
            .filter(|value| *value == b' ')
            .map(char::from)
            .collect(),
        Script::Own(encoding) if codepage::is_double_byte(encoding) => pairs(bytes, encoding),
        Script::Encoded(encoding) | Script::Own(encoding) => {
            let values: Vec<u8> = values().collect();
            encoding.decode_without_bom_handling(&values).0.into_owned()
        }
    }
}

/// A character of two bytes, if they are one.
pub(super) fn pair(first: u8, second: u8, encoding: &'static Encoding) -> Option<char> {
    let bytes = [first, second];
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
    let mut characters = decoded.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Reads two bytes that are written in the same way as a character if they are one, and all other
/// bytes as Western text.
fn pairs(bytes: &[Byte], encoding: &'static Encoding) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        if first.value < 0x80 {
            text.push(char::from(first.value));
            continue;
        }
        if let [second, after @ ..] = rest
            && first.escaped == second.escaped
            && let Some(character) = pair(first.value, second.value, encoding)
        {
            text.push(character);
            rest = after;
            continue;
        }
        let single = [first.value];
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(&single).0);
    }
    text
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GBK};

    use super::*;

    fn bytes(values: &[u8], escaped: bool) -> Vec<Byte> {
        let byte = |value: &u8| Byte {
            value: *value,
            escaped,
        };
        values.iter().map(byte).collect()
    }

    #[test]
    fn a_font_has_its_own_encoding() {
        let mut fonts = Fonts::default();
        fonts.set_codepage(1252);
        fonts.set_charset(1, 134);
        fonts.set_charset(2, 2);
        fonts.set_charset(3, 0);
        fonts.set_charset(4, 0);
        fonts.set_font_codepage(4, 950);
        assert_eq!(fonts.script(1), Script::Encoded(GBK));
        assert_eq!(fonts.script(2), Script::Symbols);
        assert_eq!(fonts.script(3), Script::Own(WINDOWS_1252));
        assert_eq!(fonts.script(4), Script::Encoded(BIG5));
        assert_eq!(fonts.script(5), Script::Own(WINDOWS_1252));
    }

    #[test]
    fn the_language_tells_the_code_page_that_is_not_named() {
        let mut fonts = Fonts::default();
        fonts.set_language(0x0409);
        fonts.set_language(0x0804);
        assert_eq!(fonts.script(0), Script::Own(GBK));
        fonts.set_codepage(950);
        assert_eq!(fonts.script(0), Script::Own(BIG5));
    }

    #[test]
    fn a_font_without_character_set_is_used_for_both() {
        let own = Script::Own(GBK);
        assert_eq!(decode(&bytes(b"\xCA\xD0\xCE\xAF", true), own), "市委");
        let mixed = [
            bytes(&[0xE9], true),
            bytes(b"t", false),
            bytes(&[0xE9], true),
        ]
        .concat();
        assert_eq!(decode(&mixed, own), "été");
        let ascii_second = bytes(b"\x81\x40", false);
        assert_eq!(decode(&ascii_second, own), "丂");
    }

    #[test]
    fn symbols_are_no_text() {
        assert_eq!(decode(&bytes(b"l \xB7", true), Script::Symbols), " ");
    }
}
