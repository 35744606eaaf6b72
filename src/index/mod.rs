//! Rank 4: the tantivy index. Schema, writing, reading, and what a query means in it.
//!
//! Words go into tantivy's own postings, for ranking; what matches is decided by the exact index,
//! which lies beside them in every segment (see `plugin.rs`).

mod collector;
mod columns;
mod concordance;
mod counting;
mod counts;
mod deadline;
mod exact_query;
mod generation;
mod highlight;
mod hint;
mod live;
mod matching;
mod outline;
mod parts;
mod placing;
mod plugin;
mod ranking;
mod reader;
mod schema;
mod stored_text;
mod suggest;
mod suggestions;
mod view;
mod writer;

use std::path::PathBuf;

use serde::Deserialize;

pub use generation::{BuildSummary, Generations};
pub use live::Live;
pub use reader::Reader;
pub use writer::{BuildError, Progress, Step, build};

/// `[index]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Folder of the index.
    pub path: PathBuf,
    /// Threads that index; 0: one a core.
    pub threads: usize,
    /// Memory for indexing, in megabytes, shared by the threads.
    pub memory_mb: usize,
    /// Generations that are kept, the newest included.
    pub keep: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("index"),
            threads: 0,
            memory_mb: 512,
            keep: 2,
        }
    }
}
