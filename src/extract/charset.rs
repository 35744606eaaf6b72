//! From the bytes of a page or of a part of a mail to text: the label it carries, checked against
//! what the bytes are. It knows only where a page keeps its label, nothing else of HTML.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::{Budget, Error};

/// The label of a page stands in its first bytes. HTML says 1024, pages have more in front of it.
const LABEL_BYTES: usize = 4096;
/// Bytes that the detector looks at.
const DETECT_BYTES: usize = 1 << 18;
/// One undecodable place in this many characters does not speak against an encoding.
const CHARS_PER_ERROR: usize = 200;
/// With more than one in this many the bytes are no text.
const CHARS_PER_ERROR_AT_MOST: usize = 20;
/// Characters that are looked at to see whether a text is Chinese.
const FAMILIAR_CHARS: u32 = 20_000;

/// Decodes `bytes`, which are said to be in the encoding `label`.
///
/// A byte order mark comes first, then strict UTF-8, then UTF-16 without a mark, then the label;
/// but a label gives way where its text has undecodable places, or looks far less like Chinese than
/// that of another encoding.
///
/// # Errors
/// [`Error::Broken`] where the bytes are text in no encoding, and those of [`Budget::spend`].
pub(super) fn decode(
    bytes: &[u8],
    label: Option<&str>,
    budget: &mut Budget,
) -> Result<String, Error> {
    budget.spend(bytes.len() as u64)?;
    let text = reading_of(bytes, label);
    budget.spend(0)?;
    text.ok_or_else(|| Error::broken("text in no known encoding"))
}

/// As [`decode`], for a few bytes, such as the headers of a mail.
pub(super) fn reading_of(bytes: &[u8], label: Option<&str>) -> Option<String> {
    if let Some((encoding, bom_len)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(bom_len..).unwrap_or_default();
        return Some(encoding.decode_without_bom_handling(rest).0.into_owned());
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains('\0')
    {
        return Some(text.to_owned());
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return Some(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    let labelled = label.and_then(encoding_of);
    let mut candidates: Vec<&'static Encoding> = Vec::with_capacity(5);
    for encoding in labelled
        .into_iter()
        .chain([UTF_8, detect(bytes), GB18030, BIG5])
    {
        if !candidates.contains(&encoding) {
            candidates.push(encoding);
        }
    }
    let readings = candidates.into_iter().map(|e| Reading::of(e, bytes));
    choose(readings.collect())
}

/// The encoding a page says it is in: of the first `<meta>` with a charset, or of an XML
/// declaration, in the first 4 KB.
///
/// Source: HTML, section 13.2.3.2 (prescan of a byte stream), simplified.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..LABEL_BYTES).unwrap_or(bytes);
    let head: String = head
        .iter()
        .map(|&b| char::from(b.to_ascii_lowercase()))
        .collect();
    if let Some(declaration) = head.trim_start().strip_prefix("<?xml")
        && let Some(end) = declaration.find("?>")
        && let Some(label) = declaration
            .get(..end)
            .and_then(|text| value_after(text, "encoding"))
    {
        return Some(label);
    }
    head.split("<meta").skip(1).find_map(|tag| {
        let end = tag.find('>').unwrap_or(tag.len());
        value_after(tag.get(..end)?, "charset")
    })
}

/// The value in `… name = "value" …`.
fn value_after(text: &str, name: &str) -> Option<String> {
    for (at, _) in text.match_indices(name) {
        let rest = text.get(at + name.len()..)?.trim_start();
        let Some(rest) = rest.strip_prefix('=') else {
            continue;
        };
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/'));
        let label = rest.get(..end.unwrap_or(rest.len()))?;
        if !label.is_empty() {
            return Some(label.to_owned());
        }
    }
    None
}

/// The encoding of a label. Pages in GB 2312 and GBK hold characters of GB 18030; a label of UTF-16
/// that could be read byte by byte is wrong (HTML, section 13.2.3.2).
fn encoding_of(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.trim().as_bytes())?;
    if encoding == GBK {
        return Some(GB18030);
    }
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return Some(UTF_8);
    }
    Some(encoding)
}

/// UTF-16 shows in its zero bytes, which stand in the same half of every pair.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..LABEL_BYTES).unwrap_or(bytes);
    let (mut n_pairs, mut n_high, mut n_low) = (0, 0, 0);
    for pair in head.chunks_exact(2) {
        n_pairs += 1;
        n_high += usize::from(pair.first() == Some(&0));
        n_low += usize::from(pair.get(1) == Some(&0));
    }
    if n_low * 10 > n_pairs && n_high * 10 < n_low {
        return Some(UTF_16LE);
    }
    if n_high * 10 > n_pairs && n_low * 10 < n_high {
        return Some(UTF_16BE);
    }
    None
}

/// What the detector says, where it says one of the encodings of East Asia; GB 18030 otherwise.
pub(crate) fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = bytes.get(..DETECT_BYTES).unwrap_or(bytes);
    detector.feed(head, head.len() == bytes.len());
    let guess = detector.guess(None, Utf8Detection::Deny);
    // GB 18030 holds all of GBK. A guess of a single-byte encoding is a guess of last resort.
    if guess == GBK || guess.is_single_byte() {
        GB18030
    } else {
        guess
    }
}

/// The bytes as one encoding reads them.
struct Reading {
    text: String,
    n_chars: usize,
    n_errors: usize,
    /// Share of familiar characters among those that are not ASCII.
    familiarity: f64,
}

impl Reading {
    fn of(encoding: &'static Encoding, bytes: &[u8]) -> Self {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        let (mut n_chars, mut n_errors) = (0, 0);
        let (mut n_wide, mut n_familiar) = (0, 0);
        for c in text.chars() {
            n_chars += 1;
            n_errors += usize::from(is_error(c));
            if n_wide < FAMILIAR_CHARS && !c.is_ascii() {
                n_wide += 1;
                n_familiar += u32::from(FAMILIAR.contains(c));
            }
        }
        Self {
            text: text.into_owned(),
            n_chars,
            n_errors,
            familiarity: f64::from(n_familiar) / f64::from(n_wide).max(1.0),
        }
    }

    fn is_clean(&self) -> bool {
        self.n_errors.saturating_mul(CHARS_PER_ERROR) <= self.n_chars
    }
}

/// A sign of replacement, or a control character, as no text has them.
fn is_error(c: char) -> bool {
    c == '\u{FFFD}' || c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C')
}

/// The first clean reading, unless a later clean one looks far more like Chinese; where none is
/// clean, the one with the fewest errors.
fn choose(readings: Vec<Reading>) -> Option<String> {
    let (clean, damaged): (Vec<_>, Vec<_>) = readings.into_iter().partition(Reading::is_clean);
    let chosen = clean.into_iter().reduce(|first, other| {
        if other.familiarity > first.familiarity * 2.0 + 0.02 {
            other
        } else {
            first
        }
    });
    if let Some(reading) = chosen {
        return Some(reading.text);
    }
    let best = damaged.into_iter().min_by_key(|reading| reading.n_errors)?;
    let is_text = best.n_errors.saturating_mul(CHARS_PER_ERROR_AT_MOST) <= best.n_chars;
    is_text.then_some(best.text)
}

/// Characters that Chinese texts of any kind are full of, in either script.
const FAMILIAR: &str =
    "，。、：的一是在不了有和人这這中大为為上个個国國我以要时時来來发發会會对對工作年民全市";

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const TEXT: &str = "会议要求，各单位要把这一工作抓好，全年的目标是不变的。";
    const TRADITIONAL: &str = "會議要求，各單位要把這一工作抓好，全年的目標是不變的。";

    fn check(bytes: &[u8], label: Option<&str>, expected: &str) {
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        assert_eq!(
            decode(bytes, label, &mut budget).as_deref(),
            Ok(expected),
            "{label:?}"
        );
    }

    fn utf16le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn labels_are_believed_where_they_are_true() {
        check(&GB18030.encode(TEXT).0, Some("gb2312"), TEXT);
        check(&GB18030.encode("镕基〇㐂").0, Some("GB2312"), "镕基〇㐂");
        check(&BIG5.encode(TRADITIONAL).0, Some("big5"), TRADITIONAL);
        check(
            &encoding_rs::WINDOWS_1252.encode("déjà vu, naïve").0,
            Some("iso-8859-1"),
            "déjà vu, naïve",
        );
    }

    #[test]
    fn a_wrong_label_gives_way() {
        check(TEXT.as_bytes(), Some("gb2312"), TEXT);
        check(&GB18030.encode(TEXT).0, Some("utf-8"), TEXT);
        check(&GB18030.encode(TEXT).0, Some("iso-8859-1"), TEXT);
        check(&GB18030.encode(TEXT).0, Some("big5"), TEXT);
        check(&BIG5.encode(TRADITIONAL).0, Some("gb2312"), TRADITIONAL);
        check(&GB18030.encode(TEXT).0, None, TEXT);
        check(&GB18030.encode(TEXT).0, Some("no-such-label"), TEXT);
    }

    #[test]
    fn unicode_with_and_without_a_mark() {
        check(&utf16le(&format!("\u{feff}{TEXT}")), Some("gbk"), TEXT);
        let page = format!("<html><body>{TEXT}</body></html>");
        check(&utf16le(&page), None, &page);
        let swapped: Vec<u8> = page.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&swapped, Some("utf-16"), &page);
        let mut damaged = TEXT.repeat(20).into_bytes();
        damaged.pop();
        let expected = TEXT.repeat(20).trim_end_matches('。').to_owned() + "\u{FFFD}";
        check(&damaged, Some("utf-8"), &expected);
    }

    #[test]
    fn noise_is_no_text() {
        let noise: Vec<u8> = (0..4000u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut budget = Budget::new(1 << 20, Instant::now() + Duration::from_mins(1));
        assert_eq!(
            decode(&noise, None, &mut budget),
            Err(Error::broken("text in no known encoding"))
        );
    }

    #[test]
    fn labels_are_found_in_the_head() {
        let declared = |page: &str| declared(page.as_bytes());
        assert_eq!(declared("<meta charset='GBK'>").as_deref(), Some("gbk"));
        assert_eq!(
            declared("<META name=x content=charset><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\" />").as_deref(),
            Some("gb2312")
        );
        assert_eq!(
            declared("<?xml version=\"1.0\" encoding=\"big5\"?><html>").as_deref(),
            Some("big5")
        );
        assert_eq!(declared("<meta charset= ><p>charset=x"), None);
        assert_eq!(
            declared(&format!("{}<meta charset=gbk>", " ".repeat(5000))),
            None
        );
    }
}
