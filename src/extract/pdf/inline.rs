//! Takes pictures that stand within a content stream (ISO 32000-1, 8.9.7) out of it.
//!
//! Looking for the end of such a picture, the parser of content calls itself for the rest of the
//! stream; a stream made for it runs it out of stack. So it never gets to see one.

/// Bytes after a picture that must look like text for it to be the end.
const LOOK_AHEAD: usize = 12;

/// The content without its pictures, and whether there were any.
///
/// An unfinished string takes the rest of the stream with it.
pub(super) fn without_pictures(content: Vec<u8>) -> (Vec<u8>, bool) {
    let is_suspect = |pair: &[u8]| pair == b"BI" || pair.contains(&b'#');
    if !content.windows(2).any(is_suspect) {
        return (content, false);
    }
    let mut kept = Vec::with_capacity(content.len());
    let mut rest = content.as_slice();
    let mut found = false;
    while let Some(length) = token_length(rest) {
        let (token, tail) = rest.split_at(length.min(rest.len()));
        rest = tail;
        if token == b"BI" {
            found = true;
            kept.push(b' ');
            rest = after_picture(rest);
        } else if !is_escaped_word(token) {
            kept.extend_from_slice(token);
        }
    }
    (kept, found)
}

/// Length of the string, the comment, the name, the word or the single byte at the beginning; `None`
/// at the end and for an unfinished string.
fn token_length(bytes: &[u8]) -> Option<usize> {
    let length = match bytes.first()? {
        b'(' => string_length(bytes)?,
        b'%' => bytes
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n'))
            .unwrap_or(bytes.len()),
        b'/' => 1 + word_length(bytes.get(1..)?),
        _ => word_length(bytes).max(1),
    };
    Some(length)
}

/// The parser of content takes `B#49` for `BI`; no operator has a `#`.
fn is_escaped_word(token: &[u8]) -> bool {
    let is_other = token.first().is_some_and(|byte| b"(/%".contains(byte));
    !is_other && token.contains(&b'#')
}

fn word_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !is_regular(*byte))
        .unwrap_or(bytes.len())
}

fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !b"()<>[]{}/%".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0xc | b'\r' | b' ')
}

fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (place, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'(' => depth += 1,
            b')' if depth <= 1 => return Some(place + 1),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What follows `EI`: the word between blanks with something like text behind it.
fn after_picture(bytes: &[u8]) -> &[u8] {
    let mut places = bytes.windows(3).enumerate();
    let end = places.find_map(|(place, window)| {
        let &[before, b'E', b'I'] = window else {
            return None;
        };
        let after = bytes.get(place + 3..)?;
        let mut ahead = after.iter().take(LOOK_AHEAD);
        let is_text = |byte: &u8| (0x20..0x7f).contains(byte) || is_blank(*byte) && *byte != 0;
        let is_word = after.first().is_none_or(|byte| is_blank(*byte));
        (is_blank(before) && is_word && ahead.all(is_text)).then_some(after)
    });
    end.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::without_pictures;

    fn check(content: &[u8], expect: &[u8], pictures: bool) {
        let (kept, found) = without_pictures(content.to_vec());
        assert_eq!((kept.as_slice(), found), (expect, pictures));
    }

    #[test]
    fn pictures_go() {
        check(
            b"q BI /W 1 ID \x00\xff EI\x01\x02 EI Q BT",
            b"q   Q BT",
            true,
        );
        check(b"BI /W 1 ID x", b" ", true);
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        check(
            b"(BI ID EI) Tj /BI gs % BI\nABI q",
            b"(BI ID EI) Tj /BI gs % BI\nABI q",
            false,
        );
        check(
            b"(a\\) BI (b)) Tj <4249>",
            b"(a\\) BI (b)) Tj <4249>",
            false,
        );
        check(b"q Q", b"q Q", false);
    }

    #[test]
    fn nor_do_they_hide_behind_an_escape() {
        check(b"q B#49 ID EI (#) /a#20", b"q  ID EI (#) /a#20", false);
    }

    #[test]
    fn an_unfinished_string_ends_all() {
        check(b"q (abc BI EI", b"q ", false);
    }
}
