//! How texts are stored: in GB 18030, which has two bytes for most characters where UTF-8 has three
//! and compresses to a seventh less. A text that would not come back the same is kept in UTF-8.

use std::sync::LazyLock;

use encoding_rs::GB18030;

/// First byte of a stored text: how the rest is encoded.
const AS_UTF8: u8 = b'u';
const AS_GB18030: u8 = b'g';

/// Two-byte codes by character of the basic plane; 0 where there is none. Made from the decoder, so
/// that what it encodes comes back; the encoder of `encoding_rs` is made for small size and takes
/// ten times as long.
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

/// Characters of the basic plane by two-byte code; 0 where there is none.
static CHARACTERS: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let mut table = vec![0; 0x1_0000].into_boxed_slice();
    for (c, code) in TWO_BYTES.iter().enumerate().filter(|(_, code)| **code != 0) {
        table[usize::from(*code)] = c as u16;
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
pub(super) fn decode(stored: &[u8]) -> Option<String> {
    let (kind, bytes) = stored.split_first()?;
    match *kind {
        AS_UTF8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        AS_GB18030 => decode_gb18030(bytes),
        _ => None,
    }
}

/// What `encoding_rs` would give; its decoder took a third of a page of long documents.
fn decode_gb18030(bytes: &[u8]) -> Option<String> {
    let table = &*CHARACTERS;
    let mut text = String::with_capacity(bytes.len() * 3 / 2 + 4);
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        if first.is_ascii() {
            text.push(char::from(first));
            rest = &rest[1..];
            continue;
        }
        let code = u16::from_be_bytes([first, *rest.get(1)?]);
        match table[usize::from(code)] {
            0 => {
                let four = rest.get(..4)?;
                text += &*GB18030.decode_without_bom_handling_and_without_replacement(four)?;
                rest = &rest[4..];
            }
            c => {
                text.push(char::from_u32(u32::from(c))?);
                rest = &rest[2..];
            }
        }
    }
    Some(text)
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
        fn any_bytes_are_decoded_as_by_others(pieces in prop::collection::vec(
            prop_oneof![
                any::<u8>().prop_map(|b| vec![b]),
                (0x81u8..=0xFE, 0x40u8..=0xFE).prop_map(|(a, b)| vec![a, b]),
                (0x81u8..=0x84, 0x30u8..=0x39, 0x81u8..=0xFE, 0x30u8..=0x39)
                    .prop_map(|(a, b, c, d)| vec![a, b, c, d]),
            ], 0..12)
        ) {
            let bytes = pieces.concat();
            let ours = decode_gb18030(&bytes);
            let theirs = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
            if ours.is_some() || theirs.is_none() {
                prop_assert_eq!(ours.as_deref(), theirs.as_deref());
            } else {
                // What cannot be written need not be read.
                let theirs = theirs.expect("is some");
                prop_assert_ne!(&encode(&theirs)[1..], &bytes);
            }
        }

        #[test]
        fn texts_come_back(text in "\\PC{0,60}") {
            let stored = encode(&text);
            let back = decode(&stored);
            prop_assert_eq!(back.as_deref(), Some(text.as_str()));
        }
    }
}
