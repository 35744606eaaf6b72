//! Rank 1: the text of a file, by its format: paragraphs with heading levels, and the properties it
//! carries. Bytes in, text out; it knows neither archives nor indexes.
//!
//! Every reader works within a [`Budget`] of unpacked bytes and time and gives an [`Error`] with a
//! code for what it cannot read.

mod charset;
mod codepage;
mod content;
mod doc;
mod docx;
mod flow;
mod html;
mod le;
mod mail;
mod markdown;
mod mime;
mod numerals;
mod odt;
mod ofd;
mod ole;
mod opc;
mod package;
mod paragraph;
mod pdf;
mod rtf;
mod running_text;
mod sheets;
mod soft_breaks;
mod style_names;
mod worker;
mod xml;

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::document::Format;

pub(crate) use charset::detect;
pub use package::Package;
pub use worker::{Extractor, serve};

/// `[extract]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Longest time that one file may take, in seconds.
    pub timeout_seconds: u64,
    /// Memory that the reading of one file may take, in megabytes.
    pub memory_mb: u64,
    /// What one file may unpack to, in megabytes.
    pub max_unpacked_mb: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout_seconds: 60,
            memory_mb: 1024,
            max_unpacked_mb: 256,
        }
    }
}

/// The text of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// In reading order; none is empty and none holds a line break.
    pub blocks: Vec<Block>,
    /// What the file says of itself.
    pub properties: Properties,
}

/// A paragraph, or a row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its text; the cells of a table's row are separated by tabs.
    pub text: String,
    /// Level from 1 of a heading that its style marks as one (0 for the style of the title).
    pub level: Option<u8>,
}

/// What a file says of itself; empty strings are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties {
    /// Title of the document.
    pub title: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Day on which it was made, as `YYYY-MM-DD`.
    pub created: Option<String>,
}

/// Why a file gives no text. `detail` is for the person who has to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// Needs a password.
    #[error("protected by a password")]
    Encrypted,
    /// Holds no text: empty, or pictures of pages only.
    #[error("no text in it: {detail}")]
    NoText {
        /// What is there instead.
        detail: String,
    },
    /// Not what its name says, or damaged.
    #[error("damaged: {detail}")]
    Broken {
        /// What is wrong, and where.
        detail: String,
    },
    /// Unpacks to more than it may, or needs more memory.
    #[error("needs more than the limit of {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// A kind of file that cannot be read.
    #[error("cannot be read: {detail}")]
    Unsupported {
        /// Which kind.
        detail: String,
    },
    /// Took longer than it may.
    #[error("took longer than the time limit")]
    Timeout,
}

impl Error {
    /// An [`Error::Broken`] that says what is wrong.
    pub fn broken(detail: impl Into<String>) -> Self {
        Self::Broken {
            detail: detail.into(),
        }
    }
}

/// The text of a file of some format; what is inside counts more than the name.
///
/// # Errors
/// Those of [`Error`]; [`Error::NoText`] also for a file whose text is blank.
pub fn extract(format: Format, bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    let mut extracted = content::read(format, bytes, budget)?;
    for block in &mut extracted.blocks {
        // A line break would begin another paragraph.
        if block.text.contains(['\n', '\r', '\u{b}', '\u{c}']) {
            block.text = block.text.replace(['\n', '\r', '\u{b}', '\u{c}'], " ");
        }
    }
    extracted
        .blocks
        .retain(|block| !block.text.trim().is_empty());
    if extracted.blocks.is_empty() {
        return Err(Error::NoText {
            detail: "it is empty".into(),
        });
    }
    Ok(extracted)
}

/// The one place where formats meet their readers.
fn read_format(format: Format, bytes: &[u8], budget: &mut Budget) -> Result<Extracted, Error> {
    match format {
        Format::Docx => docx::extract(bytes, budget),
        Format::Doc | Format::Wps => doc::extract(bytes, budget),
        Format::Pdf => pdf::extract(bytes, budget),
        Format::Ofd => ofd::extract(bytes, budget),
        Format::Html => html::extract(bytes, budget),
        Format::Mht => mail::extract_web_archive(bytes, budget),
        Format::Eml => mail::extract(bytes, budget),
        Format::Rtf => rtf::extract(bytes, budget),
        Format::Odt => odt::extract(bytes, budget),
        Format::Xlsx | Format::Xls | Format::Ods => sheets::extract(bytes, budget),
        Format::Md => markdown::extract(&String::from_utf8_lossy(bytes), budget),
        Format::Txt => Ok(of_lines(&String::from_utf8_lossy(bytes))),
    }
}

/// Plain text is read by `corpus`, which knows encodings and hard-wrapped lines.
fn of_lines(text: &str) -> Extracted {
    let block = |line: &str| Block {
        text: line.trim().to_owned(),
        level: None,
    };
    Extracted {
        blocks: text.lines().map(block).collect(),
        properties: Properties::default(),
    }
}

/// What the reading of one file may still cost.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    left: u64,
    until: Instant,
}

impl Budget {
    /// So many bytes may be unpacked or made, until then.
    pub fn new(limit: u64, until: Instant) -> Self {
        Self {
            limit,
            left: limit,
            until,
        }
    }

    /// The error for a file that needs more than this, or more memory than there is.
    pub fn too_large(&self) -> Error {
        Error::TooLarge { limit: self.limit }
    }

    /// Bytes that may still be spent.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Takes `n` bytes off; also looks at the clock, so long loops call it with 0 now and then.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where fewer are left, [`Error::Timeout`] where the time is over.
    pub fn spend(&mut self, n: u64) -> Result<(), Error> {
        let Some(left) = self.left.checked_sub(n) else {
            return Err(self.too_large());
        };
        self.left = left;
        if Instant::now() > self.until {
            return Err(Error::Timeout);
        }
        Ok(())
    }
}
