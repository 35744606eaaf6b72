//! Splits rich text into its tokens (RTF specification 1.9.1, "Conventions of an RTF Reader"). Knows
//! the grammar only, no word's meaning but that of `\bin`, whose bytes are no tokens.

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A backslash and letters, with the number behind them.
    Word(&'a str, Option<i32>),
    /// A backslash and another sign.
    Symbol(u8),
    /// A byte written as `\'hh`.
    Escaped(u8),
    /// A byte that stands for itself.
    Byte(u8),
}

/// The tokens of a file.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
    cut: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            cut: false,
        }
    }

    /// Takes the next byte as it is, if it may be the second byte of a character.
    pub(super) fn second_byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at).filter(|byte| **byte >= 0x30)?;
        self.at += 1;
        Some(byte)
    }

    /// Whether the file ended inside the bytes of a `\bin`.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    fn word(&mut self) -> Option<Token<'a>> {
        let first = *self.bytes.get(self.at)?;
        if !first.is_ascii_alphabetic() {
            self.at += 1;
            return Some(match first {
                b'\'' => self.escaped(),
                other => Token::Symbol(other),
            });
        }
        let name = self.take_while(u8::is_ascii_alphabetic);
        let negative = self.bytes.get(self.at) == Some(&b'-')
            && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
        self.at += usize::from(negative);
        let digits = self.take_while(u8::is_ascii_digit);
        let number = digits.bytes().fold(0i32, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(i32::from(digit - b'0'))
        });
        let number = if negative { -number } else { number };
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        if name == "bin" {
            let end = self.at.saturating_add(usize::try_from(number).unwrap_or(0));
            self.cut = end > self.bytes.len();
            self.at = end.min(self.bytes.len());
        }
        Some(Token::Word(name, (!digits.is_empty()).then_some(number)))
    }

    /// Two hexadecimal digits; damaged ones make a byte that is no text.
    fn escaped(&mut self) -> Token<'a> {
        let digits = self.bytes.get(self.at..self.at + 2);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if byte.is_some() {
            self.at += 2;
        }
        Token::Escaped(byte.unwrap_or(0))
    }

    fn take_while(&mut self, test: impl Fn(&u8) -> bool) -> &'a str {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().take_while(|byte| test(byte)).count();
        self.at += len;
        let found = rest.get(..len).unwrap_or_default();
        std::str::from_utf8(found).unwrap_or_default()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            return match byte {
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                b'\\' => self.word(),
                // Line breaks in the file are no text.
                b'\r' | b'\n' | 0 => continue,
                other => Some(Token::Byte(other)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Token::{Byte, Close, Escaped, Open, Symbol, Word};
    use super::*;

    fn check(bytes: &[u8], expected: &[Token<'_>]) {
        let tokens: Vec<_> = Tokens::new(bytes).collect();
        assert_eq!(tokens, expected);
    }

    #[test]
    fn words_take_a_number_and_one_space() {
        check(
            b"{\\u-10 \\b0x\\par\r\n}",
            &[
                Open,
                Word("u", Some(-10)),
                Word("b", Some(0)),
                Byte(b'x'),
                Word("par", None),
                Close,
            ],
        );
        check(b"\\li  -", &[Word("li", None), Byte(b' '), Byte(b'-')]);
        check(b"\\b-", &[Word("b", None), Byte(b'-')]);
        check(b"\\u99999999999", &[Word("u", Some(i32::MAX))]);
    }

    #[test]
    fn signs_and_bytes() {
        check(
            b"\\~\\'d6\\'Zz",
            &[
                Symbol(b'~'),
                Escaped(0xD6),
                Escaped(0),
                Byte(b'Z'),
                Byte(b'z'),
            ],
        );
        check(b"\\", &[]);
        check(b"\\'d", &[Escaped(0), Byte(b'd')]);
    }

    #[test]
    fn binary_bytes_are_no_tokens() {
        check(b"\\bin3 {}{x", &[Word("bin", Some(3)), Byte(b'x')]);
        let mut tokens = Tokens::new(b"\\bin4 {}{");
        assert_eq!(tokens.by_ref().count(), 1);
        assert!(tokens.is_cut());
    }
}
