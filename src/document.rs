//! Rank 0: a document as the archive gives it and the index keeps it.
//!
//! The terms of the domain and their English names: 文件 document · 段落 paragraph · 标题 title ·
//! 小标题 heading · 掩码 mask · 会议 meeting · 发言人 speaker · 档案库 archive.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64;

/// Name of a document in addresses: 16 hexadecimal digits, a hash of its path in the archive.
///
/// It stays the same for as long as the path does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(u64);

impl DocumentId {
    /// The id of the document at `path`, relative to the archive, with `/` between its parts.
    pub fn of_path(path: &str) -> Self {
        Self(xxh3_64(path.as_bytes()))
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is no [`DocumentId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a document id is 16 hexadecimal digits in lower case")]
pub struct NoDocumentId;

impl FromStr for DocumentId {
    type Err = NoDocumentId;

    fn from_str(text: &str) -> Result<Self, NoDocumentId> {
        let valid =
            text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(text, 16).map_err(|_| NoDocumentId)?;
        if valid {
            Ok(Self(number))
        } else {
            Err(NoDocumentId)
        }
    }
}

/// The kind of file that a document was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Plain text.
    Txt,
    /// Markdown, read as plain text.
    Md,
}

impl Format {
    /// The format by the ending of a file's name; `None` for one that cannot be read.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" => Some(Self::Txt),
            "md" | "markdown" => Some(Self::Md),
            _ => None,
        }
    }

    /// Name in answers and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Md => "md",
        }
    }

    /// Media type of the original file.
    pub fn media_type(self) -> &'static str {
        // Never anything that a browser would run; the encoding is told separately.
        "text/plain"
    }
}

/// A document, read and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Hash of `path`.
    pub id: DocumentId,
    /// Place in the archive, relative to its root, with `/` between the parts.
    pub path: String,
    /// First paragraph where it looks like a title, else the file's name without its ending.
    pub title: String,
    /// Whether the title is the first paragraph of the text.
    pub title_in_text: bool,
    /// Paragraphs, separated by `\n`; all offsets count characters of this.
    pub text: String,
    /// Name of the character encoding that was found, in lower case.
    pub encoding: String,
    /// Whether lines of a hard-wrapped file were joined.
    pub rejoined: bool,
    /// Kind of file.
    pub format: Format,
    /// Size of the file in bytes.
    pub size: u64,
}

/// The paragraphs of a document's text: number (from 1), first character, text.
pub fn paragraphs(text: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut start = 0;
    (1..).zip(text.split('\n')).map(move |(n, paragraph)| {
        let at = start;
        start += paragraph.chars().count() + 1;
        (n, at, paragraph)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_round_trip() {
        let id = DocumentId::of_path("2023/七月/发言.txt");

        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("3FD2000000000000".parse::<DocumentId>(), Err(NoDocumentId));
        assert_eq!("3fd2".parse::<DocumentId>(), Err(NoDocumentId));
        assert_eq!("../../etc/passwd".parse::<DocumentId>(), Err(NoDocumentId));
    }

    #[test]
    fn paragraphs_count_characters() {
        let all: Vec<_> = paragraphs("标题\n正文甲\n乙").collect();
        assert_eq!(all, [(1, 0, "标题"), (2, 3, "正文甲"), (3, 7, "乙")]);
    }
}
