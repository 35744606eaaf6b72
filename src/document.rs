//! Rank 0: a document as the archive gives it and the index keeps it.
//!
//! The terms of the domain and their English names: 文件 document · 段落 paragraph · 标题 title ·
//! 小标题 heading · 大纲 outline · 掩码 mask · 会议 meeting · 发言人 speaker · 文种 kind · 档案库 archive.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
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

    /// The hash as a number.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id with this number.
    pub fn of_number(number: u64) -> Self {
        Self(number)
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Plain text.
    Txt,
    /// Markdown.
    Md,
    /// Word since 2007, and what WPS writes like it.
    Docx,
    /// Word 97 to 2003.
    Doc,
    /// WPS Writer; the file is one of Word's two kinds inside.
    Wps,
    /// Portable Document Format.
    Pdf,
    /// Open Fixed-layout Document, GB/T 33190.
    Ofd,
    /// A web page.
    Html,
    /// A web page saved as one file.
    Mht,
    /// Rich Text Format.
    Rtf,
    /// `OpenDocument` text.
    Odt,
    /// Excel since 2007.
    Xlsx,
    /// Excel 97 to 2003.
    Xls,
    /// `OpenDocument` spreadsheet.
    Ods,
    /// A letter.
    Eml,
}

/// Formats with the endings of their files' names, the one that names the format first, and their
/// media types.
const FORMATS: [(Format, &[&str], &str); 15] = [
    (Format::Txt, &["txt", "text"], "text/plain"),
    (Format::Md, &["md", "markdown"], "text/plain"),
    (
        Format::Docx,
        &["docx", "docm", "dotx"],
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (Format::Doc, &["doc", "dot"], "application/msword"),
    (Format::Wps, &["wps", "wpt"], "application/vnd.ms-works"),
    (Format::Pdf, &["pdf"], "application/pdf"),
    (Format::Ofd, &["ofd"], "application/ofd"),
    (
        Format::Html,
        &["html", "htm", "xhtml", "shtml"],
        "text/html",
    ),
    (Format::Mht, &["mht", "mhtml"], "multipart/related"),
    (Format::Rtf, &["rtf"], "application/rtf"),
    (
        Format::Odt,
        &["odt"],
        "application/vnd.oasis.opendocument.text",
    ),
    (
        Format::Xlsx,
        &["xlsx", "xlsm"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (Format::Xls, &["xls", "et"], "application/vnd.ms-excel"),
    (
        Format::Ods,
        &["ods"],
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    (Format::Eml, &["eml"], "message/rfc822"),
];

impl Format {
    /// The format by the ending of a file's name; `None` for one that cannot be read.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        let mut formats = FORMATS.iter();
        let found = formats.find(|(_, endings, _)| endings.contains(&&*extension));
        found.map(|(format, ..)| *format)
    }

    /// The format of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|(_, endings, _)| endings[0] == name)
            .map(|(format, ..)| *format)
    }

    fn entry(self) -> (&'static str, &'static str) {
        let mut formats = FORMATS.iter();
        let found = formats.find(|(format, ..)| *format == self);
        found.map_or(("", ""), |(_, endings, media_type)| {
            (endings[0], *media_type)
        })
    }

    /// Name in answers and filters.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Media type of the original file.
    pub fn media_type(self) -> &'static str {
        self.entry().1
    }

    /// Whether the file is text in some character encoding, read as it stands.
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Txt | Self::Md)
    }
}

/// A day, a month or a year, as exactly as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

impl Date {
    /// A date of the calendar from 1900 to 2100; `None` for any other.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let valid = (1900..=2100).contains(&year)
            && match (month, day) {
                (None, None) => true,
                (None, Some(_)) => false,
                (Some(month), day) => {
                    (1..=12).contains(&month)
                        && day.is_none_or(|day| (1..=days_of(year, month)).contains(&day))
                }
            };
        valid.then_some(Self { year, month, day })
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month from 1, if it is known.
    pub fn month(self) -> Option<u8> {
        self.month
    }

    /// The day of the month from 1, if it is known.
    pub fn day(self) -> Option<u8> {
        self.day
    }

    /// The first day that it may be, as the number `YYYYMMDD`.
    pub fn first_day(self) -> u32 {
        number(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }

    /// The last day that it may be, as the number `YYYYMMDD`.
    pub fn last_day(self) -> u32 {
        let month = self.month.unwrap_or(12);
        let day = self.day.unwrap_or_else(|| days_of(self.year, month));
        number(self.year, month, day)
    }
}

fn number(year: u16, month: u8, day: u8) -> u32 {
    u32::from(year) * 10_000 + u32::from(month) * 100 + u32::from(day)
}

fn days_of(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    /// `2023-07-18`, `2023-07` or `2023`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

/// A text that is no [`Date`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a date is YYYY, YYYY-MM or YYYY-MM-DD")]
pub struct NoDate;

impl FromStr for Date {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let digits = |part: &str, len: usize| {
            let valid = part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
            valid
                .then(|| part.parse::<u16>().ok())
                .flatten()
                .ok_or(NoDate)
        };
        let mut parts = text.split('-');
        let year = digits(parts.next().unwrap_or(""), 4)?;
        let mut two = || parts.next().map(|part| digits(part, 2)).transpose();
        let (month, day) = (two()?, two()?);
        if parts.next().is_some() {
            return Err(NoDate);
        }
        Self::new(year, month.map(|m| m as u8), day.map(|d| d as u8)).ok_or(NoDate)
    }
}

impl TryFrom<String> for Date {
    type Error = NoDate;

    fn try_from(text: String) -> Result<Self, NoDate> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

/// A value that was read somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived<T> {
    /// What was read.
    pub value: T,
    /// Where, for people: `文件名：2023年7月18日`.
    pub from: String,
}

/// Where a document comes from; what its text and its place do not say stays empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its title, if it is not only the file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Derived<String>>,
    /// When it was given or signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Derived<Date>>,
    /// The year that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<Derived<u16>>,
    /// 讲话, 报告, 纪要 …: a word of a closed list, see docs/origin.md.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Derived<String>>,
    /// Name of the meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Derived<String>>,
    /// Who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Derived<String>>,
    /// Which place it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Derived<String>>,
}

/// A line of the outline: a slice of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// From 1, the outermost; a heading is at most one level below the one before it.
    pub level: u8,
    /// Number of its paragraph, from 1.
    pub paragraph: usize,
    /// First character, in the paragraph.
    pub start: usize,
    /// Behind its last character, in the paragraph.
    pub end: usize,
    /// Whether it stands inside the paragraph. Such a heading reaches no further than that.
    pub inline: bool,
}

/// A document, read and decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Hash of `path`.
    pub id: DocumentId,
    /// Place in the archive, relative to its root, with `/` between the parts.
    pub path: String,
    /// First paragraphs where they look like a title, else the file's name without its ending.
    pub title: String,
    /// How many paragraphs at the start of the text are the title; 0 where it stands elsewhere.
    pub title_paragraphs: usize,
    /// Paragraphs, separated by `\n`; all offsets count characters of this.
    pub text: String,
    /// The outline, in the order of the text.
    pub headings: Vec<Heading>,
    /// What is known of where it comes from.
    pub origin: Origin,
    /// Name of the character encoding that was found, in lower case; empty for a format that has
    /// none of its own.
    pub encoding: String,
    /// Whether lines of a hard-wrapped file were joined.
    pub rejoined: bool,
    /// Kind of file.
    pub format: Format,
    /// Size of the file in bytes.
    pub size: u64,
    /// What else it was made of, so that it can be made anew under another path; only who made it
    /// reads this.
    pub notes: String,
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
    fn dates_are_as_exact_as_they_are_known() {
        let date = |text: &str| text.parse::<Date>();
        for text in ["2023", "2023-07", "2024-02-29"] {
            assert_eq!(date(text).map(|date| date.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "23",
            "2023-7",
            "2023-13",
            "2023-02-29",
            "2023-07-18-1",
            "+202",
            "1899",
        ] {
            assert_eq!(date(text), Err(NoDate), "{text}");
        }
        let days = |text: &str| date(text).map(|date| (date.first_day(), date.last_day()));
        assert_eq!(days("2023"), Ok((20_230_101, 20_231_231)));
        assert_eq!(days("2024-02"), Ok((20_240_201, 20_240_229)));
        assert_eq!(days("2023-07-18"), Ok((20_230_718, 20_230_718)));
    }

    #[test]
    fn formats_go_by_the_ending() {
        assert_eq!(Format::of_extension("DOCX"), Some(Format::Docx));
        assert_eq!(Format::of_extension("mhtml").map(Format::name), Some("mht"));
        assert_eq!(Format::of_extension("exe"), None);
        for (format, ..) in FORMATS {
            assert_eq!(Format::of_name(format.name()), Some(format));
        }
    }

    #[test]
    fn paragraphs_count_characters() {
        let all: Vec<_> = paragraphs("标题\n正文甲\n乙").collect();
        assert_eq!(all, [(1, 0, "标题"), (2, 3, "正文甲"), (3, 7, "乙")]);
    }
}
