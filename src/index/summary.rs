//! What a run did, as it is kept beside what it built and told to whoever started it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::manifest::DocumentRecord;
use crate::corpus::Failure;

/// What a build did, kept beside what it built.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BuildSummary {
    /// Name of the generation.
    pub generation: String,
    /// Files that were looked at.
    pub scanned: u64,
    /// New documents.
    pub added: u64,
    /// Documents with a new content.
    pub changed: u64,
    /// Documents with a new path.
    pub moved: u64,
    /// Documents that are gone.
    pub removed: u64,
    /// Documents that stayed as they were.
    pub unchanged: u64,
    /// Files that could not be read.
    pub failed: Vec<FailedFile>,
    /// Documents by character encoding.
    pub encodings: BTreeMap<String, u64>,
    /// Documents by kind of file.
    pub formats: BTreeMap<String, u64>,
    /// Documents by kind, 讲话 and others.
    pub kinds: BTreeMap<String, u64>,
    /// Documents by year.
    pub years: BTreeMap<String, u64>,
    /// How long it took.
    pub seconds: f64,
    /// Size of the index on disk.
    pub bytes: u64,
    /// When it was published, RFC 3339.
    pub built_at: String,
    /// Documents in the index.
    pub documents: u64,
    /// Paragraphs of all documents.
    pub paragraphs: u64,
    /// Characters of all documents.
    pub characters: u64,
    /// Units of all documents.
    pub units: u64,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// Relative to the archive.
    pub path: String,
    /// Kind of failure.
    pub code: String,
    /// For the person who has to mend it.
    pub detail: String,
}

impl From<Failure> for FailedFile {
    fn from(failure: Failure) -> Self {
        Self {
            path: failure.path,
            code: failure.code.name().to_owned(),
            detail: failure.detail,
        }
    }
}

impl BuildSummary {
    /// Adds the figures of a document.
    pub(super) fn add(&mut self, document: &DocumentRecord) {
        self.documents += 1;
        self.paragraphs += document.paragraphs;
        self.characters += document.characters;
        let count = |counts: &mut BTreeMap<String, u64>, value: &str| {
            *counts.entry(value.to_owned()).or_default() += 1;
        };
        count(&mut self.formats, &document.format);
        if !document.encoding.is_empty() {
            count(&mut self.encodings, &document.encoding);
        }
        if let Some(kind) = &document.kind {
            count(&mut self.kinds, kind);
        }
        if let Some(year) = document.year {
            count(&mut self.years, &year.to_string());
        }
    }
}
