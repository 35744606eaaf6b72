//! From bytes to text: which character encoding a file is in.
//!
//! Byte order marks first, then strict UTF-8, then UTF-16, then the encodings of old Chinese files,
//! told apart by a detector and by how familiar the characters are that come out. A text that no
//! encoding reads without errors is still taken if the errors are few: a damaged page should not hide a
//! document.

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::analysis::fold::fold_char;
use crate::extract::detect;

/// One undecodable place in this many characters is put up with.
const CHARS_PER_ERROR: usize = 200;

/// Decodes `bytes`; gives the text and the name of its encoding, or `None` for what is no text.
pub fn decode(bytes: &[u8]) -> Option<(String, String)> {
    if let Some((encoding, bom_len)) = Encoding::for_bom(bytes) {
        let name = if encoding == UTF_8 {
            "utf-8-bom".to_owned()
        } else {
            name_of(encoding)
        };
        return Some((tolerant(encoding, &bytes[bom_len..])?, name));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains('\0')
    {
        return Some((text.to_owned(), name_of(UTF_8)));
    }
    if let Some(text) = damaged_utf8(bytes) {
        return Some((text, name_of(UTF_8)));
    }
    let wide = [UTF_16LE, UTF_16BE];
    if let Some((text, encoding)) = best(&wide, bytes, strict)
        && familiarity(&text) > 0.1
    {
        return Some((text, name_of(encoding)));
    }
    if bytes.contains(&0) {
        return None;
    }
    let candidates = [detect(bytes), GB18030, BIG5];
    let found = best(&candidates, bytes, strict).or_else(|| best(&candidates, bytes, tolerant));
    found.map(|(text, encoding)| (text, name_of(encoding)))
}

/// Of the encodings that decode `bytes`, the one whose text looks most like Chinese; of equals the
/// first.
fn best(
    candidates: &[&'static Encoding],
    bytes: &[u8],
    decode: fn(&'static Encoding, &[u8]) -> Option<String>,
) -> Option<(String, &'static Encoding)> {
    let mut best: Option<(String, &'static Encoding)> = None;
    for &encoding in candidates {
        if let Some(text) = decode(encoding, bytes)
            && best
                .as_ref()
                .is_none_or(|(other, _)| familiarity(&text) > familiarity(other))
        {
            best = Some((text, encoding));
        }
    }
    best
}

/// A text in UTF-8 but for a few bytes. Checked before the old encodings, which read any bytes as
/// some character or other.
fn damaged_utf8(bytes: &[u8]) -> Option<String> {
    let text = tolerant(UTF_8, bytes)?;
    let n_errors = text.matches('\u{FFFD}').count();
    let n_wide = text.chars().filter(|c| !c.is_ascii()).count() - n_errors;
    (n_wide > n_errors * 20).then_some(text)
}

fn name_of(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

fn strict(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

/// Decodes with replacement characters; `None` where these are too many for a text.
fn tolerant(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let n_errors = text
        .chars()
        .filter(|c| matches!(c, '\u{FFFD}' | '\0'))
        .count();
    (n_errors <= text.chars().count() / CHARS_PER_ERROR).then(|| text.into_owned())
}

/// Characters and signs that Chinese texts of any kind are full of.
const FAMILIAR: &str = "，。、：的一是不了人在有我他这中大来上国个到说们为和地出道也时年得就那要下以生会\
    自着去之过家学对可里后小么心多天而能好都然没于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三\
    已老从动两长知民样现分将外但身些与高意进法此实回二理美点月明其种全市工业政部产重新展提建加";

/// The share of familiar characters in the first part of a text, in either script. In running text
/// it is a third and more; in bytes read in a wrong encoding one in fifty.
fn familiarity(text: &str) -> f64 {
    let (mut n_chars, mut n_familiar) = (0, 0);
    for c in text.chars().take(20_000).filter(|c| !c.is_ascii()) {
        n_chars += 1;
        let mut familiar = false;
        fold_char(c, |folded| familiar |= FAMILIAR.contains(folded));
        n_familiar += usize::from(familiar || matches!(c, '，' | '：'));
    }
    n_familiar as f64 / f64::max(n_chars as f64, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "市委八届六次全会分组讨论发言\n第一，一张蓝图绘到底，各项事业高质量发展成势见效。";
    const TRADITIONAL: &str = "主席，我動議修正議案。產業園區的發展計劃，必須與時並進。";

    fn utf16(text: &str, swap: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units
            .flat_map(|u| {
                if swap {
                    u.to_be_bytes()
                } else {
                    u.to_le_bytes()
                }
            })
            .collect()
    }

    fn check(bytes: &[u8], text: &str, encoding: &str) {
        assert_eq!(decode(bytes), Some((text.to_owned(), encoding.to_owned())));
    }

    #[test]
    fn encodings_are_told_apart() {
        check(TEXT.as_bytes(), TEXT, "utf-8");
        check(format!("\u{feff}{TEXT}").as_bytes(), TEXT, "utf-8-bom");
        check(&GB18030.encode(TEXT).0, TEXT, "gb18030");
        check(
            &GB18030.encode("短句，两年三级跳。").0,
            "短句，两年三级跳。",
            "gb18030",
        );
        check(&BIG5.encode(TRADITIONAL).0, TRADITIONAL, "big5");
        check(&GB18030.encode(TRADITIONAL).0, TRADITIONAL, "gb18030");
        check(&utf16(TEXT, false), TEXT, "utf-16le");
        check(&utf16(TEXT, true), TEXT, "utf-16be");
        check(
            &[&[0xFF, 0xFE][..], &utf16(TEXT, false)].concat(),
            TEXT,
            "utf-16le",
        );
    }

    #[test]
    fn a_damaged_place_does_not_hide_a_text() {
        let long = TEXT.repeat(20);
        let mut bytes = GB18030.encode(&long).0.into_owned();
        let last = bytes.len() - 1;
        bytes[last] = 0xFF;
        let (text, encoding) = decode(&bytes).expect("is a text");
        assert_eq!(encoding, "gb18030");
        assert!(text.starts_with(TEXT) && text.contains('\u{FFFD}'));
        let mut bytes = long.clone().into_bytes();
        bytes[40] = 0xFF;
        let (text, encoding) = decode(&bytes).expect("is a text");
        assert_eq!(encoding, "utf-8");
        assert!(text.contains("一张蓝图绘到底"), "{text}");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"), None);
        let noise: Vec<u8> = (0..4000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert_eq!(decode(&noise), None);
        check(b"", "", "utf-8");
    }
}
