//! Reads one file of the archive: the document in it, or the documents if it is an archive itself.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::compose::{Source, compose};
use super::{Archive, Entry, Failure, FailureCode, members};
use crate::document::{Document, Format};
use crate::extract::{self, Extractor};
use crate::structure::{Overrides, Rules, SIDECAR_ENDING};

/// How often a file that changes while it is read is read anew.
const ATTEMPTS: usize = 3;

/// What came out of a file.
#[derive(Debug)]
pub enum Found {
    /// A document.
    Document(Box<Document>),
    /// Something that could not be read.
    Failure(Failure),
}

/// Reads files, one at a time; each thread has its own.
pub struct FileReader<'a> {
    archive: &'a Archive,
    rules: &'a Rules,
    extractor: Extractor,
}

impl<'a> FileReader<'a> {
    /// A reader of this archive's files.
    pub fn new(archive: &'a Archive, rules: &'a Rules) -> Self {
        Self {
            archive,
            rules,
            extractor: Extractor::new(&archive.extract, archive.worker.clone()),
        }
    }

    /// Reads a file; `each` is given its document, or its documents, and whatever could not be read.
    pub fn read(&mut self, entry: &Entry, each: &mut dyn FnMut(Found)) {
        let failure = |(code, detail)| {
            Found::Failure(Failure {
                path: entry.path.clone(),
                code,
                detail,
            })
        };
        let bytes = match read_file(&entry.file, self.archive.corpus.max_file_size) {
            Ok(bytes) => bytes,
            Err(error) => return each(failure(error)),
        };
        if entry.is_archive {
            let found =
                members::for_each(
                    &entry.path,
                    &bytes,
                    self.archive,
                    &mut |path, bytes| match bytes {
                        Ok((format, bytes)) => {
                            each(self.document(path, format, &bytes, Overrides::default()));
                        }
                        Err((code, detail)) => each(Found::Failure(Failure { path, code, detail })),
                    },
                );
            return found.unwrap_or_else(|error| each(failure(error)));
        }
        let Some(format) = entry.format else {
            let detail = "no reader for this kind of file".to_owned();
            return each(failure((FailureCode::Unsupported, detail)));
        };
        let overrides = match sidecar(&entry.file) {
            Ok(overrides) => overrides,
            Err(detail) => {
                // The document itself can be read all the same.
                each(Found::Failure(Failure {
                    path: format!("{}{SIDECAR_ENDING}", entry.path),
                    code: FailureCode::Broken,
                    detail,
                }));
                Overrides::default()
            }
        };
        each(self.document(entry.path.clone(), format, &bytes, overrides));
    }

    fn document(
        &mut self,
        path: String,
        format: Format,
        bytes: &[u8],
        overrides: Overrides,
    ) -> Found {
        let source = if format == Format::Txt {
            Source::of_text(bytes, overrides)
        } else if format == Format::Md {
            Source::of_markdown(bytes, overrides, &mut self.extractor)
        } else {
            let extracted = self.extractor.extract(format, bytes);
            extracted
                .map(|extracted| Source::of_extracted(extracted, overrides))
                .map_err(|error| (code(&error), error.to_string()))
        };
        let size = bytes.len() as u64;
        let document = source.and_then(|source| compose(&path, format, size, source, self.rules));
        match document {
            Ok(document) => Found::Document(Box::new(document)),
            Err((code, detail)) => Found::Failure(Failure { path, code, detail }),
        }
    }
}

/// The one place where errors of extraction become codes.
pub(super) fn code(error: &extract::Error) -> FailureCode {
    match error {
        extract::Error::Encrypted => FailureCode::Encrypted,
        extract::Error::NoText { .. } => FailureCode::NoText,
        extract::Error::Broken { .. } => FailureCode::Broken,
        extract::Error::TooLarge { .. } => FailureCode::TooLarge,
        extract::Error::Unsupported { .. } => FailureCode::Unsupported,
        extract::Error::Timeout => FailureCode::Timeout,
    }
}

/// Largest sidecar, in bytes.
const MAX_SIDECAR: u64 = 64 << 10;

/// What the file beside a document says of it.
fn sidecar(file: &Path) -> Result<Overrides, String> {
    let mut name = file.as_os_str().to_owned();
    name.push(SIDECAR_ENDING);
    let bytes = match read_at_most(Path::new(&name), MAX_SIDECAR) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(format!("larger than {MAX_SIDECAR} bytes")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Overrides::default()),
        Err(error) => return Err(error.kind().to_string()),
    };
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Overrides::from_sidecar(&text).map_err(|error| error.to_string())
}

/// A reason and a detail.
pub(super) type Wrong = (FailureCode, String);

/// The bytes of a file as they were at one moment.
fn read_file(file: &Path, limit: u64) -> Result<Vec<u8>, Wrong> {
    let unreadable = |error: io::Error| (FailureCode::Unreadable, error.kind().to_string());
    let state = || fs::metadata(file).and_then(|m| Ok((m.len(), m.modified()?)));
    for _ in 0..ATTEMPTS {
        let before = state().map_err(unreadable)?;
        if before.0 > limit {
            return Err(too_large(limit));
        }
        let bytes = read_at_most(file, limit).map_err(unreadable)?;
        let bytes = bytes.ok_or_else(|| too_large(limit))?;
        let after = state().map_err(unreadable)?;
        if before == after && bytes.len() as u64 == after.0 {
            return Ok(bytes);
        }
    }
    let detail = "it was changing while it was read".to_owned();
    Err((FailureCode::Unreadable, detail))
}

pub(super) fn too_large(limit: u64) -> Wrong {
    let detail = format!("larger than max_file_size = {limit} bytes");
    (FailureCode::TooLarge, detail)
}

/// The bytes of a file; `None` where there are more than `limit`, however large it said it was.
fn read_at_most(file: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let opened = File::open(file)?;
    let mut bytes = Vec::new();
    opened
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}
