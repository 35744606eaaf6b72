//! What a generation was built of: every file of the archive with its documents and failures. The
//! next run compares the archive with it.
//!
//! A file of JSON lines: a head, a line for each file by path, and an end with the number of files
//! and a hash of all lines above it.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::summary::FailedFile;
use crate::corpus::{Imprint, Stamp, UNREAD};
use crate::document::{Document, DocumentId};

/// Name of the file in a generation's folder.
pub(super) const MANIFEST: &str = "manifest.jsonl.zst";
/// Version of this format.
const VERSION: u32 = 1;

/// What a generation was built of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Manifest {
    pub(super) head: Head,
    /// By path.
    pub(super) files: Vec<FileRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) version: u32,
    /// Hashes of what decides how files become documents, by name.
    pub(super) fingerprint: BTreeMap<String, String>,
    /// When the run began, in nanoseconds since 1970. What was changed later may not have been read.
    pub(super) started: i64,
    /// Folders and files that could not even be listed.
    pub(super) unlisted: Vec<FailedFile>,
    /// Of a build that is not done: the generation that it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base: Option<String>,
    /// Of a build that is not done: what it has counted.
    #[serde(default, skip_serializing_if = "Counts::is_zero")]
    pub(super) counts: Counts,
}

/// Documents that a run has done something with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) added: u64,
    pub(super) changed: u64,
    pub(super) moved: u64,
    pub(super) removed: u64,
}

impl Counts {
    /// All of them.
    pub(super) fn sum(&self) -> u64 {
        self.added + self.changed + self.moved + self.removed
    }

    fn is_zero(&self) -> bool {
        self.sum() == 0
    }
}

impl Head {
    pub(super) fn new(fingerprint: BTreeMap<String, String>, started: i64) -> Self {
        Self {
            version: VERSION,
            fingerprint,
            started,
            ..Self::default()
        }
    }
}

/// One file of the archive. Names are short: there is a line for each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    #[serde(rename = "p")]
    pub(super) path: String,
    #[serde(rename = "s")]
    pub(super) size: u64,
    #[serde(rename = "m")]
    pub(super) modified: i64,
    /// xxh3-128 of its bytes, hexadecimal; empty where it could not be read.
    #[serde(rename = "h")]
    pub(super) hash: String,
    /// Size, last change and hash of its sidecar.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) sidecar: Option<(u64, i64, u64)>,
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) documents: Vec<DocumentRecord>,
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) failures: Vec<FailedFile>,
}

/// One document, with what the figures of the index are added up from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct DocumentRecord {
    /// What follows the path of its file: nothing, or `/` and the name of a member.
    #[serde(rename = "p", default, skip_serializing_if = "String::is_empty")]
    pub(super) member: String,
    #[serde(rename = "f")]
    pub(super) format: String,
    #[serde(rename = "e", default, skip_serializing_if = "String::is_empty")]
    pub(super) encoding: String,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub(super) year: Option<u16>,
    #[serde(rename = "n")]
    pub(super) paragraphs: u64,
    #[serde(rename = "c")]
    pub(super) characters: u64,
}

impl DocumentRecord {
    pub(super) fn of(document: &Document, file: &str) -> Self {
        let origin = &document.origin;
        Self {
            member: document.path.get(file.len()..).unwrap_or("").to_owned(),
            format: document.format.name().to_owned(),
            encoding: document.encoding.clone(),
            kind: origin.kind.as_ref().map(|kind| kind.value.clone()),
            year: origin.year.as_ref().map(|year| year.value),
            paragraphs: document.text.matches('\n').count() as u64 + 1,
            characters: document.text.chars().count() as u64,
        }
    }
}

impl FileRecord {
    /// The paths of its documents.
    pub(super) fn paths(&self) -> impl Iterator<Item = String> {
        let documents = self.documents.iter();
        documents.map(|document| format!("{}{}", self.path, document.member))
    }

    /// The ids of its documents.
    pub(super) fn ids(&self) -> impl Iterator<Item = DocumentId> {
        self.paths().map(|path| DocumentId::of_path(&path))
    }

    /// The same without the time of its last change, so that the next run looks at it, whatever the
    /// system says of it.
    pub(super) fn unsettled(&self) -> Self {
        Self {
            modified: 0,
            ..self.clone()
        }
    }

    /// Takes over what the file is now.
    pub(super) fn set(&mut self, stamp: Stamp, sidecar: Option<Stamp>, imprint: Option<&Imprint>) {
        let stamp = imprint.map_or(stamp, |imprint| imprint.stamp);
        self.size = stamp.size;
        self.modified = stamp.modified;
        self.hash = imprint.map_or_else(String::new, |imprint| hex(imprint.hash));
        let hash = imprint.map_or(0, |imprint| imprint.sidecar);
        self.sidecar = sidecar.map(|stamp| {
            // It may be back as it was, and then nothing but its content shows that it was not read.
            let modified = if hash == UNREAD { 0 } else { stamp.modified };
            (stamp.size, modified, hash)
        });
    }

    /// Whether the system says the same of the file as it said then.
    pub(super) fn looks_like(&self, stamp: Stamp, sidecar: Option<Stamp>) -> bool {
        let beside = self.sidecar.map(|(size, modified, _)| (size, modified));
        (self.size, self.modified) == (stamp.size, stamp.modified)
            && beside == sidecar.map(|stamp| (stamp.size, stamp.modified))
    }

    /// Hash of its sidecar, 0 where it has none.
    pub(super) fn sidecar_hash(&self) -> u64 {
        self.sidecar.map_or(0, |(_, _, hash)| hash)
    }
}

/// A hash as it is written.
pub(super) fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}

/// Level of its compression; higher ones gain little and cost much.
const LEVEL: i32 = 6;
/// Most bytes that it unpacks to.
const MAX_BYTES: u64 = 4 << 30;

#[derive(Serialize, Deserialize)]
struct End {
    end: usize,
    xxh3: String,
}

impl Manifest {
    /// The bytes of the file.
    pub(super) fn write(&self) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(&self.head)?;
        bytes.push(b'\n');
        for file in &self.files {
            serde_json::to_writer(&mut bytes, file)?;
            bytes.push(b'\n');
        }
        let end = End {
            end: self.files.len(),
            xxh3: hex(xxh3_128(&bytes)),
        };
        serde_json::to_writer(&mut bytes, &end)?;
        bytes.push(b'\n');
        // Paths and hashes of every file are a tenth of an index; half of that is repetition.
        zstd::encode_all(&bytes[..], LEVEL)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `InvalidData` where it is damaged or of another version.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let decoder = zstd::Decoder::new(std::fs::File::open(path)?)?;
        decoder.take(MAX_BYTES).read_to_end(&mut bytes)?;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the manifest is damaged");
        let body = bytes.strip_suffix(b"\n").ok_or_else(damaged)?;
        let at = body.iter().rposition(|b| *b == b'\n').ok_or_else(damaged)? + 1;
        let end: End = serde_json::from_slice(&body[at..])?;
        if end.xxh3 != hex(xxh3_128(&body[..at])) {
            return Err(damaged());
        }
        let mut lines = body[..at - 1].split(|b| *b == b'\n');
        let head: Head = serde_json::from_slice(lines.next().ok_or_else(damaged)?)?;
        if head.version != VERSION {
            return Err(damaged());
        }
        let files: Vec<FileRecord> = lines
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?;
        let ordered = files.windows(2).all(|pair| pair[0].path < pair[1].path);
        if files.len() != end.end || !ordered {
            return Err(damaged());
        }
        Ok(Self { head, files })
    }

    /// Number of documents.
    pub(super) fn n_documents(&self) -> u64 {
        let n_documents = self.files.iter().map(|file| file.documents.len() as u64);
        n_documents.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_that_was_not_read_is_looked_at_again() {
        let stamp = Stamp {
            size: 7,
            modified: 9,
        };
        for (sidecar, is_known) in [(UNREAD, false), (77, true)] {
            let imprint = Imprint {
                stamp,
                hash: 3,
                sidecar,
            };
            let mut record = FileRecord::default();
            record.set(stamp, Some(stamp), Some(&imprint));
            assert_eq!(record.looks_like(stamp, Some(stamp)), is_known);
        }
    }

    #[test]
    fn it_comes_back_and_damage_is_noticed() {
        let file = |path: &str| FileRecord {
            path: path.to_owned(),
            size: 7,
            modified: -5,
            hash: hex(3),
            sidecar: Some((1, 2, u64::MAX)),
            documents: vec![DocumentRecord::default()],
            failures: Vec::new(),
        };
        let manifest = Manifest {
            head: Head::new(BTreeMap::from([("a".into(), "b".into())]), 9),
            files: vec![file("甲.txt"), file("甲/乙.txt")],
        };
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join(MANIFEST);
        let bytes = manifest.write().expect("can be written");
        std::fs::write(&path, &bytes).expect("can write");
        assert_eq!(Manifest::read(&path).expect("is whole"), manifest);
        for n in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[n] ^= 1;
            std::fs::write(&path, &bad).expect("can write");
            // A few bits of a compressed file mean nothing.
            if let Ok(read) = Manifest::read(&path) {
                assert_eq!(read, manifest, "byte {n}");
            }
            std::fs::write(&path, &bytes[..n]).expect("can write");
            assert!(
                Manifest::read(&path).is_err(),
                "short by {}",
                bytes.len() - n
            );
        }
    }
}
