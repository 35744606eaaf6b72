//! Reads one file of the archive: the document in it, or the documents if it is an archive itself.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::compose::{Kept, Source, compose};
use super::{Archive, Entry, Failure, FailureCode, Stamp, members, nanoseconds};
use crate::document::{Document, Format};
use crate::extract::{self, Extractor};
use crate::structure::{Overrides, Rules, SIDECAR_ENDING};

/// How often a file that changes while it is read is read anew.
const ATTEMPTS: usize = 3;
/// A file that was changed so shortly before may be changed again without a sign of it, within one
/// tick of its file system's clock; in nanoseconds.
const RACY: i64 = 2_000_000_000;
/// One that was changed so shortly before may still be being written; in nanoseconds.
const UNSETTLED: i64 = 50_000_000;

/// What came out of a file.
#[derive(Debug)]
pub enum Found {
    /// A document.
    Document(Box<Document>),
    /// Something that could not be read.
    Failure(Failure),
}

/// What a file was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imprint {
    /// What the system said of it.
    pub stamp: Stamp,
    /// xxh3-128 of its bytes.
    pub hash: u128,
    /// xxh3-64 of the bytes of its sidecar; 0 where it has none, [`UNREAD`] where it was not read.
    pub sidecar: u64,
}

/// What stands for the hash of a sidecar that cannot be read, is too large, or went after it was
/// listed.
pub const UNREAD: u64 = 1;

/// What is known of a file before its documents are taken out of it.
#[derive(Debug)]
pub enum Known {
    /// Nothing: it has to be read.
    Nothing,
    /// All: nothing has to be done.
    Same,
    /// What its documents were composed of: they are composed anew, and nothing is taken out of the
    /// file. The number is the caller's own; the failures are given on.
    Kept(usize, Vec<Kept>, Vec<Failure>),
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
        self.read_unknown(entry, &mut |_| Known::Nothing, each);
    }

    /// The same unless `decide`, which is asked once, knows what is in it; it is given nothing where
    /// the file cannot be read.
    pub fn read_unknown(
        &mut self,
        entry: &Entry,
        decide: &mut dyn FnMut(Option<&Imprint>) -> Known,
        each: &mut dyn FnMut(Found),
    ) {
        let failure = |(code, detail)| {
            Found::Failure(Failure {
                path: entry.path.clone(),
                code,
                detail,
            })
        };
        let limit = self.archive.corpus.max_file_size;
        let (bytes, imprint) = match read_with_imprint(entry, limit) {
            Ok(read) => read,
            Err(error) => {
                decide(None);
                return each(failure(error));
            }
        };
        let kept = match decide(Some(&imprint)) {
            Known::Same => return,
            Known::Nothing => None,
            Known::Kept(_, kept, failures) => {
                for failure in failures {
                    each(Found::Failure(failure));
                }
                Some(kept)
            }
        };
        if let Some(kept) = &kept
            && entry.is_archive
        {
            for kept in kept {
                each(self.kept(kept, Overrides::default()));
            }
            return;
        }
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
        let overrides = match entry.sidecar.map(|_| sidecar(&entry.file)) {
            None => Overrides::default(),
            Some(Ok(overrides)) => overrides,
            Some(Err((code, detail))) => {
                // The document itself can be read all the same.
                each(Found::Failure(Failure {
                    path: format!("{}{SIDECAR_ENDING}", entry.path),
                    code,
                    detail,
                }));
                Overrides::default()
            }
        };
        match kept.as_deref() {
            Some([kept, ..]) => each(self.kept(kept, overrides)),
            _ => each(self.document(entry.path.clone(), format, &bytes, overrides)),
        }
    }

    fn kept(&self, kept: &Kept, overrides: Overrides) -> Found {
        let Kept { path, size, .. } = kept;
        let source = Source::of_kept(kept, overrides);
        let document =
            source.and_then(|source| compose(path, kept.format, *size, source, self.rules));
        found(document, path.clone())
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
        found(document, path)
    }
}

fn found(document: Result<Document, Wrong>, path: String) -> Found {
    match document {
        Ok(document) => Found::Document(Box::new(document)),
        Err((code, detail)) => Found::Failure(Failure { path, code, detail }),
    }
}

/// What a file is at this moment; `None` where it cannot be read.
pub fn imprint_of(entry: &Entry, limit: u64) -> Option<Imprint> {
    read_with_imprint(entry, limit)
        .ok()
        .map(|(_, imprint)| imprint)
}

fn read_with_imprint(entry: &Entry, limit: u64) -> Result<(Vec<u8>, Imprint), Wrong> {
    let (bytes, stamp) = read_file(&entry.file, limit)?;
    let sidecar = match &entry.sidecar {
        None => 0,
        // One that cannot be read is noticed when it is needed.
        Some(_) => read_at_most(&sidecar_of(&entry.file), MAX_SIDECAR)
            .ok()
            .flatten()
            .map_or(UNREAD, |content| xxh3_64(&content.bytes)),
    };
    let imprint = Imprint {
        stamp,
        hash: xxh3_128(&bytes),
        sidecar,
    };
    Ok((bytes, imprint))
}

fn sidecar_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(SIDECAR_ENDING);
    PathBuf::from(name)
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
fn sidecar(file: &Path) -> Result<Overrides, Wrong> {
    let broken = |detail| (FailureCode::Broken, detail);
    let bytes = match read_at_most(&sidecar_of(file), MAX_SIDECAR) {
        Ok(Some(content)) => content.bytes,
        Ok(None) => return Err(broken(format!("larger than {MAX_SIDECAR} bytes"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Overrides::default()),
        Err(error) => return Err((FailureCode::Unreadable, error.to_string())),
    };
    let text = String::from_utf8(bytes).map_err(|error| broken(error.to_string()))?;
    Overrides::from_sidecar(&text).map_err(|error| broken(error.to_string()))
}

/// A reason and a detail.
pub(super) type Wrong = (FailureCode, String);

/// The bytes of a file, between two looks at what the system says of it.
struct Content {
    before: Stamp,
    bytes: Vec<u8>,
    after: Stamp,
}

/// The bytes of a file as they were at one moment.
fn read_file(file: &Path, limit: u64) -> Result<(Vec<u8>, Stamp), Wrong> {
    unchanged(|| read_at_most(file, limit), thread::sleep, limit)
}

/// What `read` gives, if the file's state is the same before and behind that; a file that has just
/// been changed is read twice, with a pause if it may still be being written.
fn unchanged(
    mut read: impl FnMut() -> io::Result<Option<Content>>,
    mut pause: impl FnMut(Duration),
    limit: u64,
) -> Result<(Vec<u8>, Stamp), Wrong> {
    let mut read = || match read() {
        Ok(content) => content.ok_or_else(|| too_large(limit)),
        Err(error) => Err((FailureCode::Unreadable, error.to_string())),
    };
    for _ in 0..ATTEMPTS {
        let Content {
            before,
            bytes,
            after,
        } = read()?;
        let age = nanoseconds(SystemTime::now()).saturating_sub(before.modified);
        // Not for each file that a wrong clock has put far into the future.
        if (-RACY..UNSETTLED).contains(&age) {
            pause(Duration::from_nanos(UNSETTLED.unsigned_abs()));
        }
        let mut is_same = before == after && bytes.len() as u64 == after.size;
        if age <= RACY {
            let again = read()?;
            is_same &= again.before == before && again.after == before && again.bytes == bytes;
        }
        if is_same {
            return Ok((bytes, after));
        }
    }
    let detail = "it was changing while it was read".to_owned();
    Err((FailureCode::Unreadable, detail))
}

pub(super) fn too_large(limit: u64) -> Wrong {
    let detail = format!("larger than max_file_size = {limit} bytes");
    (FailureCode::TooLarge, detail)
}

/// Reads a file; `None` where it has more bytes than `limit`, however many it said it had.
fn read_at_most(file: &Path, limit: u64) -> io::Result<Option<Content>> {
    // A pipe that took its place would be waited for without end.
    let metadata = fs::metadata(file)?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let before = Stamp::of(&metadata);
    if before.size > limit {
        return Ok(None);
    }
    let mut opened = File::open(file)?;
    let most = limit.saturating_add(1);
    // One byte more than there should be, so that the end is seen at once.
    let mut bytes = vec![0; before.size as usize + 1];
    let mut len = 0;
    while (len as u64) < most {
        if len == bytes.len() {
            let longer = (2 * bytes.len() as u64).min(most);
            bytes.resize(longer as usize, 0);
        }
        match opened.read(&mut bytes[len..]) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    // Of what is open, whose path need not be looked up again. A file that has taken its place has
    // another state, which the next run sees.
    let after = Stamp::of(&opened.metadata()?);
    let content = Content {
        before,
        bytes,
        after,
    };
    Ok((len as u64 <= limit).then_some(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 100;

    /// A file whose content is the next of these each time it is read, last changed at `modified`:
    /// what is read, how often it was read, and whether that was waited for.
    fn read_one_of(contents: &[&str], modified: i64) -> (Result<String, FailureCode>, usize, bool) {
        let (mut n_read, mut waited) = (0, false);
        let at = std::cell::Cell::new(0);
        let content = || contents[at.get().min(contents.len() - 1)];
        let state = || Stamp {
            size: content().len() as u64,
            modified,
        };
        let read = || {
            let (before, bytes) = (state(), content().as_bytes().to_vec());
            if before.size > LIMIT {
                return Ok(None);
            }
            n_read += 1;
            at.set(at.get() + 1);
            let after = state();
            Ok(Some(Content {
                before,
                bytes,
                after,
            }))
        };
        let found = unchanged(read, |_| waited = true, LIMIT);
        let found = found.map(|(bytes, _)| String::from_utf8(bytes).expect("is text"));
        (found.map_err(|(code, _)| code), n_read, waited)
    }

    #[test]
    fn a_file_that_stays_as_it_is_is_read_once() {
        assert_eq!(read_one_of(&["水渠"], 1), (Ok("水渠".to_owned()), 1, false));
    }

    #[test]
    fn a_file_that_grows_is_read_again_until_it_stays() {
        let grown = ["水", "水渠", "水渠通", "水渠通"];
        assert_eq!(read_one_of(&grown, 1), (Ok("水渠通".to_owned()), 3, false));
        let growing = ["一", "一二", "一二三", "一二三四", "一二三四五"];
        assert_eq!(
            read_one_of(&growing, 1),
            (Err(FailureCode::Unreadable), ATTEMPTS, false)
        );
    }

    #[test]
    fn a_change_that_the_clock_does_not_show_is_noticed() {
        let a_second_ago = nanoseconds(SystemTime::now()) - 1_000_000_000;
        // Clocks of file servers go before ours at times.
        let now = nanoseconds(SystemTime::now()) + 1_000_000_000;
        let contents = ["水渠", "水坝", "水坝"];
        for (modified, waited) in [(a_second_ago, false), (now, true)] {
            let expected = (Ok("水坝".to_owned()), 4, waited);
            assert_eq!(read_one_of(&contents, modified), expected);
        }
        let contents = ["一", "二", "三", "四", "五", "六"];
        let expected = (Err(FailureCode::Unreadable), 2 * ATTEMPTS, true);
        assert_eq!(read_one_of(&contents, now), expected);
    }

    #[test]
    fn a_file_that_outgrows_the_limit_is_too_large() {
        let long = "水".repeat(40);
        assert_eq!(
            read_one_of(&["水", &long], 1),
            (Err(FailureCode::TooLarge), 1, false)
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let entry = |path: &str| Entry {
            path: path.to_owned(),
            file: folder.path().join(path),
            format: Some(Format::Txt),
            is_archive: false,
            stamp: Stamp::default(),
            sidecar: None,
        };
        fs::create_dir(folder.path().join("夹.txt")).expect("can write");
        let (archive, rules) = (Archive::default(), Rules::default());
        let mut reader = FileReader::new(&archive, &rules);
        let mut codes = Vec::new();
        // A folder that took a file's place, and a file that went after the walk.
        for path in ["夹.txt", "无.txt"] {
            reader.read(&entry(path), &mut |found| match found {
                Found::Failure(failure) => codes.push((failure.path, failure.code)),
                Found::Document(_) => panic!("{path} was read"),
            });
        }
        let code = FailureCode::Unreadable;
        assert_eq!(codes, [("夹.txt".into(), code), ("无.txt".into(), code)]);
    }
}
