//! The form of messages (RFC 5322, MIME): headers, parts, transfer encodings, encodings of text. It
//! takes messages apart and does not know which part is worth reading.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{Address, ContentType, HeaderName, HeaderValue, Message, MessageParser};

use super::{Budget, Error, charset};

/// Longest head of a part, in bytes.
const HEAD_BYTES: usize = 1 << 20;
/// Longest encoded word, in bytes; 75 by the rule, which few keep.
const WORD_BYTES: usize = 10_000;
/// Parts of one multipart, at most.
const MAX_PARTS: usize = 1000;

/// A message, or a part of one: its headers and its body as it stands in the file.
#[derive(Debug)]
pub(super) struct Part<'a> {
    head: Head,
    body: &'a [u8],
}

/// What the headers of a part say.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) subject: Option<String>,
    pub(super) author: Option<String>,
    /// As `YYYY-MM-DD`, in the zone of who wrote it.
    pub(super) created: Option<String>,
    /// As `text/plain`, in lower case; `text/plain` where it is missing.
    pub(super) media_type: String,
    pub(super) is_attachment: bool,
    has_fields: bool,
    transfer: Transfer,
    parameters: Vec<(String, String)>,
}

/// How the bytes of a body are written (RFC 2045, section 6).
#[derive(Clone, Copy, Debug, Default)]
enum Transfer {
    /// As they are.
    #[default]
    Plain,
    Base64,
    QuotedPrintable,
}

impl<'a> Part<'a> {
    /// Takes the headers off `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Self {
        let (head, body) = split_head(bytes);
        Self {
            head: Head::parse(head),
            body,
        }
    }

    /// What the headers say.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The body without its transfer encoding.
    ///
    /// # Errors
    /// Those of [`Budget::spend`].
    pub(super) fn content(&self, budget: &mut Budget) -> Result<Cow<'a, [u8]>, Error> {
        budget.spend(self.body.len() as u64)?;
        Ok(match self.head.transfer {
            Transfer::Plain => Cow::Borrowed(self.body),
            Transfer::Base64 => Cow::Owned(from_base64(self.body)),
            Transfer::QuotedPrintable => Cow::Owned(from_quoted_printable(self.body)),
        })
    }

    /// The body as text.
    ///
    /// # Errors
    /// Those of [`Budget::spend`]. Bytes that are no text come out with signs of replacement.
    pub(super) fn text(&self, budget: &mut Budget) -> Result<String, Error> {
        let content = self.content(budget)?;
        let label = self.head.parameter("charset");
        if let Some(text) = from_seven_bits(&content, label) {
            return Ok(text);
        }
        match charset::decode(&content, label, budget) {
            Err(Error::Broken { .. }) => Ok(String::from_utf8_lossy(&content).into_owned()),
            decoded => decoded,
        }
    }

    /// The parts of a multipart, in order.
    ///
    /// # Errors
    /// Those of [`Budget::spend`].
    ///
    /// Source: RFC 2046, section 5.1.1.
    pub(super) fn parts(&self, budget: &mut Budget) -> Result<Vec<Part<'a>>, Error> {
        let Some(boundary) = self.head.parameter("boundary") else {
            return Ok(Vec::new());
        };
        let mark = format!("--{boundary}");
        let mut parts = Vec::new();
        let mut start: Option<usize> = None;
        let mut at = 0usize;
        for line in self.body.split_inclusive(|&b| b == b'\n') {
            let line_start = at;
            at = at.saturating_add(line.len());
            let Some(rest) = line.strip_prefix(mark.as_bytes()) else {
                continue;
            };
            let rest = rest.trim_ascii();
            if !rest.is_empty() && rest != b"--" {
                continue;
            }
            if let Some(part) = start.and_then(|start| self.body.get(start..line_start)) {
                parts.push(Part::parse(part));
            }
            start = (rest.is_empty() && parts.len() < MAX_PARTS).then_some(at);
            budget.spend(0)?;
            if start.is_none() {
                break;
            }
        }
        // The last boundary is missing where a message was cut off.
        if let Some(part) = start.and_then(|start| self.body.get(start..))
            && !part.is_empty()
        {
            parts.push(Part::parse(part));
        }
        Ok(parts)
    }
}

impl Head {
    fn parse(head: &[u8]) -> Self {
        let head = with_joined_words(&in_utf8(head));
        let Some(message) = MessageParser::default().parse_headers(head.as_bytes()) else {
            return Self {
                media_type: "text/plain".to_owned(),
                ..Self::default()
            };
        };
        let content_type = content_type(&message, &HeaderName::ContentType);
        let media_type = content_type.map_or_else(
            || "text/plain".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()),
        );
        let transfer = match message.header(HeaderName::ContentTransferEncoding) {
            Some(HeaderValue::Text(transfer)) => transfer.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        let parameters = content_type.and_then(ContentType::attributes);
        let parameters = parameters.unwrap_or_default().iter();
        Self {
            subject: message.subject().and_then(clean),
            author: message.from().and_then(name_in),
            created: message
                .date()
                .filter(|date| date.is_valid())
                .map(|date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)),
            media_type: media_type.to_ascii_lowercase(),
            is_attachment: says_attachment(&message),
            has_fields: !message.headers().is_empty(),
            transfer: match transfer.as_str() {
                "base64" => Transfer::Base64,
                "quoted-printable" => Transfer::QuotedPrintable,
                _ => Transfer::Plain,
            },
            parameters: parameters
                .map(|a| (a.name.to_ascii_lowercase(), a.value.to_string()))
                .collect(),
        }
    }

    /// Whether there are headers at all.
    pub(super) fn has_fields(&self) -> bool {
        self.has_fields
    }

    /// A parameter of the content type, by its name in lower case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn content_type<'m>(
    message: &'m Message<'_>,
    name: &HeaderName<'static>,
) -> Option<&'m ContentType<'m>> {
    message
        .header(name.clone())
        .and_then(HeaderValue::as_content_type)
}

fn says_attachment(message: &Message<'_>) -> bool {
    content_type(message, &HeaderName::ContentDisposition).is_some_and(ContentType::is_attachment)
}

/// The name of the first address, or the address where it has none.
fn name_in(address: &Address<'_>) -> Option<String> {
    let first = address.first()?;
    let name = first.name.as_deref().and_then(clean);
    name.or_else(|| first.address.as_deref().and_then(clean))
}

fn clean(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The headers, and the body behind the first empty line. An envelope line of a mailbox file and
/// empty lines in front do not count.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Only a message can begin with empty lines; a part that does has no headers.
    if bytes.starts_with(b"From ") {
        let end = bytes.iter().position(|&b| b == b'\n');
        bytes = end.and_then(|end| bytes.get(end + 1..)).unwrap_or_default();
    }
    let mut at = 0usize;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if line.trim_ascii().is_empty() || at > HEAD_BYTES {
            let body = bytes.get(at.saturating_add(line.len())..);
            return (
                bytes.get(..at).unwrap_or_default(),
                body.unwrap_or_default(),
            );
        }
        at = at.saturating_add(line.len());
    }
    (bytes, &[])
}

/// Headers in UTF-8: those with raw bytes of another encoding, mostly GBK, are decoded.
fn in_utf8(head: &[u8]) -> Cow<'_, str> {
    if let Ok(head) = std::str::from_utf8(head) {
        return Cow::Borrowed(head);
    }
    match charset::reading_of(head, None) {
        Some(head) => Cow::Owned(head),
        None => String::from_utf8_lossy(head),
    }
}

/// Makes one of encoded words that stand side by side in the same charset. Many programs cut between
/// the bytes of a character, which RFC 2047 (section 5) forbids. All are written anew in UTF-8, for
/// labels of charsets are as often wrong here as in pages.
fn with_joined_words(head: &str) -> String {
    let mut joined = String::with_capacity(head.len());
    let mut rest = head;
    let mut last: Option<Word<'_>> = None;
    while let Some(at) = rest.find("=?") {
        let (before, tail) = rest.split_at(at);
        let Some((word, after)) = Word::parse(tail) else {
            flush(&mut last, &mut joined);
            let (mark, after) = tail.split_at(2);
            joined.push_str(before);
            joined.push_str(mark);
            rest = after;
            continue;
        };
        let continues = before.chars().all(char::is_whitespace);
        match &mut last {
            Some(last) if continues && last.charset.eq_ignore_ascii_case(word.charset) => {
                last.bytes.extend(word.bytes);
            }
            _ => {
                flush(&mut last, &mut joined);
                joined.push_str(before);
                last = Some(word);
            }
        }
        rest = after;
    }
    flush(&mut last, &mut joined);
    joined.push_str(rest);
    joined
}

fn flush(word: &mut Option<Word<'_>>, joined: &mut String) {
    if let Some(word) = word.take() {
        let text = from_seven_bits(&word.bytes, Some(word.charset))
            .or_else(|| charset::reading_of(&word.bytes, Some(word.charset)))
            .unwrap_or_else(|| String::from_utf8_lossy(&word.bytes).into_owned());
        joined.push_str("=?utf-8?Q?");
        for byte in text.bytes() {
            joined.push('=');
            for digit in [byte >> 4, byte & 15] {
                joined.extend(char::from_digit(digit.into(), 16));
            }
        }
        joined.push_str("?=");
    }
}

/// An encoded word of a header.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

impl<'a> Word<'a> {
    /// Reads the word that `text` begins with; gives what follows too.
    fn parse(text: &'a str) -> Option<(Self, &'a str)> {
        let near = text.get(..text.floor_char_boundary(WORD_BYTES))?;
        let (charset, rest) = near.strip_prefix("=?")?.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let (encoded, _) = rest.split_once("?=")?;
        let behind = near.len() - rest.len() + encoded.len() + "?=".len();
        // A word is short and holds no spaces; programs that forget it still stay in one line.
        if charset.len() > 40 || encoded.contains('\n') || charset.contains(char::is_whitespace) {
            return None;
        }
        let bytes = match encoding {
            "b" | "B" => from_base64(encoded.as_bytes()),
            "q" | "Q" => from_quoted_printable(encoded.replace('_', " ").as_bytes()),
            _ => return None,
        };
        Some((Self { charset, bytes }, text.get(behind..)?))
    }
}

/// What is not of base64 is skipped, as RFC 2045 (section 6.8) says.
fn from_base64(bytes: &[u8]) -> Vec<u8> {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let clean: Vec<u8> = bytes.iter().copied().filter(is_base64).collect();
    base64_decode(&clean).unwrap_or_default()
}

/// An `=` that begins no code stands for itself, as RFC 2045 (section 6.7) advises.
fn from_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let content = line.trim_ascii_end();
        let (content, is_soft) = match content.strip_suffix(b"=") {
            Some(content) => (content, true),
            None => (content, false),
        };
        let mut rest = content;
        while let Some((&byte, tail)) = rest.split_first() {
            let code = match (byte, tail) {
                (b'=', [high, low, ..]) => hex(*high).zip(hex(*low)),
                _ => None,
            };
            if let Some((high, low)) = code {
                decoded.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            } else {
                decoded.push(byte);
                rest = tail;
            }
        }
        if !is_soft && line.ends_with(b"\n") {
            decoded.push(b'\n');
        } else if !is_soft {
            // White space at the end of what is not a whole line counts, as in an encoded word.
            decoded.extend_from_slice(line.get(content.len()..).unwrap_or_default());
        }
    }
    decoded
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// Text in an encoding whose bytes all look like ASCII, which only the label tells.
fn from_seven_bits(bytes: &[u8], label: Option<&str>) -> Option<String> {
    let label = label?.to_ascii_lowercase();
    let is_known = matches!(
        label.as_str(),
        "utf-7" | "unicode-1-1-utf-7" | "iso-2022-jp"
    );
    if !is_known || !bytes.is_ascii() {
        return None;
    }
    Some(charset_decoder(label.as_bytes())?(bytes))
}
