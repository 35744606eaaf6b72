//! How texts are stored: in GB 18030, which has two bytes for most characters where UTF-8 has three
//! and compresses to a seventh less. A text that would not come back the same is kept in UTF-8.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::GB18030;

/// First byte of a stored text: how the rest is encoded.
const AS_UTF8: u8 = b'u';
const AS_GB18030: u8 = b'g';

/// Two-byte codes by character of the basic plane; 0 where there is none. Made from the decoder, so
/// that what it encodes comes back; the encoder of `encoding_rs` is made for small size and takes
/// ten times as long. Only who writes an index needs it.
static TWO_BYTES: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut table = vec![0; 0x1_0000].into_boxed_slice();
    for code in 0x8140..=0xFEFEu16 {
        let bytes = code.to_be_bytes();
        if let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
            let mut chars = text.chars();
            if let (Some(c), None) = (chars.next(), chars.next()) {
                table[c as usize & 0xFFFF] = code;
            }
        }
    }
    table
});

/// The bytes to store for `text`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    encode_gb18030(text).unwrap_or_else(|| [&[AS_UTF8], text.as_bytes()].concat())
}

/// `None` where a character would not come back, or nothing is gained.
fn encode_gb18030(text: &str) -> Option<Vec<u8>> {
    let table = &*TWO_BYTES;
    let mut stored = Vec::with_capacity(text.len() * 3 / 4);
    stored.push(AS_GB18030);
    for c in text.chars() {
        if c.is_ascii() {
            stored.push(c as u8);
            continue;
        }
        match table.get(c as usize) {
            Some(&code) if code != 0 => stored.extend_from_slice(&code.to_be_bytes()),
            _ => {
                let mut buffer = [0; 4];
                let one = &*c.encode_utf8(&mut buffer);
                let (bytes, _, unmappable) = GB18030.encode(one);
                // A few private-use characters come back as others.
                let same = GB18030.decode_without_bom_handling(&bytes).0 == one;
                if unmappable || !same {
                    return None;
                }
                stored.extend_from_slice(&bytes);
            }
        }
    }
    (stored.len() <= text.len()).then_some(stored)
}

/// The text of stored bytes; `None` where they are damaged.
pub(super) fn decode(stored: &[u8]) -> Option<Cow<'_, str>> {
    let (kind, bytes) = stored.split_first()?;
    match *kind {
        AS_UTF8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        AS_GB18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chinese_is_stored_in_two_bytes() {
        assert_eq!(encode("第一，一张蓝图绘到底").len(), 21);
        assert_eq!(encode("plain").len(), 6);
        assert_eq!(decode(b""), None);
        assert_eq!(decode(b"x"), None);
    }

    #[test]
    fn every_character_comes_back() {
        for c in '\0'..=char::MAX {
            let text = format!("文{c}字");
            assert_eq!(
                decode(&encode(&text)).as_deref(),
                Some(text.as_str()),
                "U+{:04X}",
                c as u32
            );
        }
    }

    proptest! {
        #[test]
        fn texts_come_back(text in "\\PC{0,60}") {
            let stored = encode(&text);
            let back = decode(&stored);
            prop_assert_eq!(back.as_deref(), Some(text.as_str()));
        }
    }
}
