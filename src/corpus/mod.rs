//! Rank 3: from files to documents. Walks the archive, decodes or extracts what it finds, makes
//! paragraphs, finds title, outline and origin.
//!
//! It knows nothing of indexes. What cannot be read is a [`Failure`] with a code and the file's
//! path; nothing that a file holds stops a run.

mod compose;
mod decode;
mod lines;
mod members;
mod parallel;
mod read;
mod root;
mod walk;

use std::path::PathBuf;

use serde::Deserialize;

use crate::{extract, structure};

pub use compose::Kept;
pub use decode::decode;
pub use lines::{Paragraphs, paragraphs_of};
pub use members::original;
pub use parallel::{Memory, Read, Verdict, read_all, read_unknown};
pub use read::{FileReader, Found, Imprint, Known, UNREAD, imprint_of};
pub use root::Root;
pub use walk::{Entry, Stamp, Walk, WalkError, nanoseconds, resolved};

/// To be raised with every change of what documents are made of the same files: an index of another
/// version is built anew.
pub const VERSION: u32 = 2;

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
    /// Folders and files of ours, which are no documents wherever they lie: the index.
    #[serde(skip)]
    pub own: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("corpus"),
            exclude: Vec::new(),
            max_file_size: 64 << 20,
            own: Vec::new(),
        }
    }
}

/// All that it takes to read an archive.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// Where it is and what belongs to it.
    pub corpus: Settings,
    /// Limits of the readers of formats.
    pub extract: extract::Settings,
    /// Local habits of naming.
    pub derive: structure::Settings,
    /// The program, with arguments, that serves as a reader in a process of its own; `None`: files
    /// are read in this process, where a hostile one may take it down.
    pub worker: Option<(PathBuf, Vec<String>)>,
}

/// Why a file is not in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureCode {
    /// The system would not let it be read.
    Unreadable,
    /// No reader for files of its name.
    Unsupported,
    /// Larger than `max_file_size`, or than the limits of `[extract]` when it is unpacked.
    TooLarge,
    /// Damaged, or not what its name says.
    Broken,
    /// Nothing to find in it.
    NoText,
    /// Protected by a password.
    Encrypted,
    /// It took too long to read.
    Timeout,
}

impl FailureCode {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Unreadable,
        Self::Unsupported,
        Self::TooLarge,
        Self::Broken,
        Self::NoText,
        Self::Encrypted,
        Self::Timeout,
    ];

    /// The code of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
            Self::NoText => "no_text",
            Self::Encrypted => "encrypted",
            Self::Timeout => "timeout",
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
