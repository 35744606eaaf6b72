//! Rank 1: from files to documents. Walks the archive, decodes what it finds, makes paragraphs.
//!
//! It knows nothing of indexes. What cannot be read is a [`Failure`] with a code and the file's
//! path; nothing that a file holds stops a run.

mod decode;
mod lines;
mod walk;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::analysis::{fold, units};
use crate::document::{Document, DocumentId, Format};

pub use decode::decode;
pub use lines::{Paragraphs, paragraphs_of};
pub use walk::{Entry, Walk, WalkError};

/// `[corpus]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Root of the archive.
    pub path: PathBuf,
    /// Patterns of paths to leave out, relative to the root, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Largest file that is read, in bytes.
    pub max_file_size: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("corpus"),
            exclude: Vec::new(),
            max_file_size: 64 << 20,
        }
    }
}

/// Why a file is not in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureCode {
    /// The system would not let it be read.
    Unreadable,
    /// No reader for files of its name.
    Unsupported,
    /// Larger than `max_file_size`.
    TooLarge,
    /// No text of any known encoding.
    Broken,
    /// Nothing to find in it.
    NoText,
}

impl FailureCode {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
            Self::NoText => "no_text",
        }
    }
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Relative to the archive; characters that are no Unicode replaced.
    pub path: String,
    /// What kind of failure.
    pub code: FailureCode,
    /// For the person who has to mend it.
    pub detail: String,
}

/// Reads the document of one entry.
pub fn read(entry: &Entry, settings: &Settings) -> Result<Document, Failure> {
    let fail = |code, detail: String| Failure {
        path: entry.path.clone(),
        code,
        detail,
    };
    let Some(format) = entry.format else {
        return Err(fail(
            FailureCode::Unsupported,
            "no reader for this kind of file".into(),
        ));
    };
    let limit = settings.max_file_size;
    let bytes = read_at_most(&entry.file, limit)
        .map_err(|error| fail(FailureCode::Unreadable, error.kind().to_string()))?;
    let Some(bytes) = bytes else {
        let detail = format!("larger than max_file_size = {limit} bytes");
        return Err(fail(FailureCode::TooLarge, detail));
    };
    let (text, encoding) = decode(&bytes)
        .ok_or_else(|| fail(FailureCode::Broken, "no text in any known encoding".into()))?;
    let Paragraphs { text, rejoined } = paragraphs_of(&text);
    if !text.chars().any(|c| fold::is_han(c) || c.is_alphanumeric()) && units::count(&text) == 0 {
        return Err(fail(
            FailureCode::NoText,
            "holds no letters, digits or characters".into(),
        ));
    }
    let (title, title_in_text) = title_of(&text, &entry.path, format);
    Ok(Document {
        id: DocumentId::of_path(&entry.path),
        path: entry.path.clone(),
        title,
        title_in_text,
        text,
        encoding,
        rejoined,
        format,
        size: bytes.len() as u64,
    })
}

/// The bytes of a file; `None` where there are more than `limit`, however large it said it was.
fn read_at_most(file: &Path, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let opened = fs::File::open(file)?;
    let mut bytes = Vec::new();
    opened
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Longest first line that is taken for a title, in characters.
const MAX_TITLE_CHARS: usize = 60;

fn title_of(text: &str, path: &str, format: Format) -> (String, bool) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = match format {
        Format::Md => first.trim_start_matches('#').trim(),
        Format::Txt => first,
    };
    if !rest.is_empty() && looks_like_title(line) {
        return (line.to_owned(), true);
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (stem.to_owned(), false)
}

/// Whether a first line is a title rather than a sentence, a heading or an address.
fn looks_like_title(line: &str) -> bool {
    let n_chars = line.chars().count();
    let n_han = line.chars().filter(|c| fold::is_han(*c)).count();
    let sentence = line.chars().any(|c| matches!(c, '。' | '；' | '，' | ','));
    let opened = line.ends_with(['：', ':', '、', '！']);
    (2..=MAX_TITLE_CHARS).contains(&n_chars)
        && n_han >= 2
        && (!sentence || line.starts_with('《'))
        && !opened
        && !starts_enumeration(line)
}

fn starts_enumeration(line: &str) -> bool {
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let rest = line.trim_start_matches(['（', '(', '第']);
    let behind = rest.trim_start_matches(numeral);
    behind.len() < rest.len()
        && behind.starts_with(['、', '.', '．', '）', ')', '章', '条', '节', '，'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_not_a_sentence() {
        assert!(looks_like_title("市委八届六次全会分组讨论发言"));
        assert!(looks_like_title("《若干意见，试行》说明"));
        assert!(!looks_like_title("主席，我動議修正議案。"));
        assert!(!looks_like_title("各位代表："));
        assert!(!looks_like_title("一、去年"));
        assert!(!looks_like_title("第一章 总则"));
        assert!(!looks_like_title("----"));
        assert!(looks_like_title("第一届运动会总结"));
    }

    #[test]
    fn without_a_title_the_name_serves() {
        let named = |text, path, format| title_of(text, path, format);
        assert_eq!(
            named("标题行\n正文。", "a/b.txt", Format::Txt),
            ("标题行".into(), true)
        );
        assert_eq!(
            named("# 标题行\n正文。", "b.md", Format::Md),
            ("标题行".into(), true)
        );
        assert_eq!(
            named("各位同志：\n正文。", "a/讲话.v2.txt", Format::Txt),
            ("讲话.v2".into(), false)
        );
        assert_eq!(
            named("只有一行", "独行.txt", Format::Txt),
            ("独行".into(), false)
        );
    }
}
