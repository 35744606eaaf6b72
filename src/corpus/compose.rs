//! Makes a document out of what a reader has read: paragraphs, title, outline, origin.

use serde::{Deserialize, Serialize};

use super::read::{Wrong, code};
use super::{FailureCode, Paragraphs, decode, paragraphs_of};
use crate::analysis::{fold, units};
use crate::document::{Document, DocumentId, Format};
use crate::extract::{Extracted, Extractor, Properties};
use crate::structure::{self, Overrides, Rules};

/// What was read of a file.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Paragraphs, separated by `\n`.
    text: String,
    /// The level that the style of each paragraph gives it; empty where there are no styles.
    levels: Vec<Option<u8>>,
    properties: Properties,
    overrides: Overrides,
    encoding: String,
    rejoined: bool,
    /// The front matter as it stands.
    front: String,
}

/// What was kept of a document that was composed before.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Where it is now.
    pub path: String,
    /// Kind of file.
    pub format: Format,
    /// Size of the file in bytes.
    pub size: u64,
    /// Its text.
    pub text: String,
    /// Name of the character encoding.
    pub encoding: String,
    /// Whether lines were joined.
    pub rejoined: bool,
    /// Its [`Document::notes`].
    pub notes: String,
}

/// What a document is composed of beside its text.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    /// Paragraphs, from 0, whose style gives them a level.
    levels: Vec<(usize, u8)>,
    properties: Properties,
    front: String,
}

impl Notes {
    fn write(self) -> String {
        let nothing = self.levels.is_empty()
            && self.properties == Properties::default()
            && self.front.is_empty();
        if nothing {
            String::new()
        } else {
            serde_json::json!(self).to_string()
        }
    }
}

impl Source {
    /// Reads plain text. What its front matter says stands above `overrides`.
    pub(super) fn of_text(bytes: &[u8], overrides: Overrides) -> Result<Self, Wrong> {
        let (text, encoding) = decoded(bytes)?;
        let (overrides, rest) = front_matter(&text, overrides)?;
        let front = text[..text.len() - rest.len()].to_owned();
        let Paragraphs { text, rejoined } = paragraphs_of(rest);
        Ok(Self {
            text,
            overrides,
            encoding,
            rejoined,
            front,
            ..Self::default()
        })
    }

    /// Takes what was kept of a document.
    pub(super) fn of_kept(kept: &Kept, overrides: Overrides) -> Result<Self, Wrong> {
        let notes = match kept.notes.as_str() {
            "" => Notes::default(),
            notes => serde_json::from_str(notes)
                .map_err(|error| (FailureCode::Broken, error.to_string()))?,
        };
        let (overrides, _) = front_matter(&notes.front, overrides)?;
        let mut levels = Vec::new();
        let n_paragraphs = kept.text.matches('\n').count() + 1;
        for (n, level) in notes.levels {
            if n < n_paragraphs {
                levels.resize(levels.len().max(n + 1), None);
                levels[n] = Some(level);
            }
        }
        Ok(Self {
            text: kept.text.clone(),
            levels,
            properties: notes.properties,
            overrides,
            encoding: kept.encoding.clone(),
            rejoined: kept.rejoined,
            front: notes.front,
        })
    }

    /// Reads Markdown.
    pub(super) fn of_markdown(
        bytes: &[u8],
        overrides: Overrides,
        extractor: &mut Extractor,
    ) -> Result<Self, Wrong> {
        let (text, encoding) = decoded(bytes)?;
        let (overrides, rest) = front_matter(&text, overrides)?;
        let extracted = extractor.extract(Format::Md, rest.as_bytes());
        let extracted = extracted.map_err(|error| (code(&error), error.to_string()))?;
        let front = text[..text.len() - rest.len()].to_owned();
        Ok(Self {
            encoding,
            front,
            ..Self::of_extracted(extracted, overrides)
        })
    }

    /// Takes what the reader of a format gives.
    pub(super) fn of_extracted(extracted: Extracted, overrides: Overrides) -> Self {
        let mut text = String::new();
        let mut levels = Vec::with_capacity(extracted.blocks.len());
        for block in &extracted.blocks {
            if !levels.is_empty() {
                text.push('\n');
            }
            text.push_str(block.text.trim());
            levels.push(block.level);
        }
        Self {
            text,
            levels,
            properties: extracted.properties,
            overrides,
            ..Self::default()
        }
    }
}

fn decoded(bytes: &[u8]) -> Result<(String, String), Wrong> {
    if bytes.is_empty() {
        return Err((FailureCode::NoText, "the file is empty".to_owned()));
    }
    decode(bytes).ok_or_else(|| {
        let detail = "no text in any known encoding".to_owned();
        (FailureCode::Broken, detail)
    })
}

/// What the front matter of a text says, and the text behind it.
fn front_matter(text: &str, sidecar: Overrides) -> Result<(Overrides, &str), Wrong> {
    match structure::split_front_matter(text) {
        (None, rest) => Ok((sidecar, rest)),
        (Some(Ok(overrides)), rest) => Ok((overrides.or(sidecar), rest)),
        (Some(Err(error)), _) => {
            let detail = format!("its front matter is wrong: {error}");
            Err((FailureCode::Broken, detail))
        }
    }
}

/// First paragraphs among which a title is looked for.
const TITLE_PARAGRAPHS: usize = 12;

/// Makes the document at `path`.
///
/// # Errors
/// [`FailureCode::NoText`] where there is nothing to find.
pub(super) fn compose(
    path: &str,
    format: Format,
    size: u64,
    source: Source,
    rules: &Rules,
) -> Result<Document, Wrong> {
    let Source {
        text,
        levels,
        properties,
        overrides,
        encoding,
        rejoined,
        front,
    } = source;
    if !text.chars().any(|c| fold::is_han(c) || c.is_alphanumeric()) && units::count(&text) == 0 {
        let detail = "holds no letters, digits or characters".to_owned();
        return Err((FailureCode::NoText, detail));
    }
    let level = |n: usize| levels.get(n).copied().flatten();
    let paragraphs: Vec<&str> = text.split('\n').collect();
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let styled: Vec<(&str, Option<u8>)> = paragraphs
        .iter()
        .take(TITLE_PARAGRAPHS)
        .zip(0..)
        .map(|(text, n)| (*text, level(n)))
        .collect();
    let found = structure::title_of(&styled, &properties, stem);
    let source = structure::Source {
        path,
        title: &found,
        paragraphs: &paragraphs,
        properties: &properties,
        overrides: &overrides,
    };
    let origin = structure::derive(&source, rules);
    let headings = structure::outline(&paragraphs, level, found.paragraphs.end);
    let title = match &origin.title {
        Some(title) => title.value.clone(),
        None => found.text,
    };
    let styled = levels.iter().zip(0..);
    let notes = Notes {
        levels: styled
            .filter_map(|(level, n)| Some((n, (*level)?)))
            .collect(),
        properties,
        front,
    };
    Ok(Document {
        notes: notes.write(),
        id: DocumentId::of_path(path),
        path: path.to_owned(),
        title,
        title_paragraphs: found.paragraphs.end,
        text,
        headings,
        origin,
        encoding,
        rejoined,
        format,
        size,
    })
}
