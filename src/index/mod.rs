//! Rank 4: the tantivy index. Schema, writing, reading, and what a query means in it.
//!
//! Words go into tantivy's own postings, for ranking; what matches is decided by the exact index,
//! which lies beside them in every segment (see `plugin.rs`).

mod base;
mod branches;
mod change;
mod checksums;
mod collector;
mod columns;
mod compare;
mod concordance;
mod costs;
mod counting;
mod counts;
mod deadline;
mod disk;
#[cfg(test)]
mod disk_tests;
mod evaluating;
mod exact_query;
mod filling;
mod fingerprint;
mod generation;
mod highlight;
mod hint;
mod ids;
mod live;
mod lock;
mod manifest;
mod matching;
mod outline;
mod parts;
mod placing;
mod plan;
mod planned;
mod plugin;
mod proof;
mod published;
mod ranking;
mod reader;
mod relaxing;
mod reread;
mod runs;
mod schema;
mod segments;
mod store;
mod stored;
mod suggest;
mod suggestions;
mod summary;
mod upkeep;
mod varint;
mod view;
mod writer;

use std::path::PathBuf;

use serde::Deserialize;

pub use generation::Generations;
pub use live::Live;
pub use lock::Holder;
pub use proof::{Checked, Extent, Proof, check};
pub use reader::Reader;
pub use runs::{RunRecord, keep_run, last_run, read_runs, runs_file};
pub use summary::{BuildSummary, FailedFile};
pub use upkeep::{Listed, list, remove_old, roll_back};
pub use writer::{BuildError, Options, Progress, Rebuild, Run, Step, build, preview, update};

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
    /// Percent of the documents that may be gone without being asked for.
    pub max_shrink: u8,
    /// Seconds after which what a run has done is made safe, so that it can go on from there.
    pub checkpoint_seconds: u64,
    /// File that keeps what the last runs did; empty: `runs.jsonl` in the folder of the index.
    pub log: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("index"),
            threads: 0,
            memory_mb: 512,
            keep: 2,
            max_shrink: 20,
            checkpoint_seconds: 10,
            log: PathBuf::new(),
        }
    }
}
