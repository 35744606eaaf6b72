//! Keeps what the last runs did: a file of JSON lines, the newest last, of bounded length.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{System, replace};
use super::generation::now;
use super::{BuildError, Run, Settings};
use crate::corpus::WalkError;
use crate::search::LastRun;

/// Runs that are kept.
const MOST: usize = 100;
/// Failed files that are named for each; all of them are in the summary of the generation.
const MOST_FAILED: usize = 20;

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// When it ended, RFC 3339.
    pub ended: String,
    /// `published`, `unchanged`, or the name of what went wrong: `refused`, `failed`.
    pub outcome: String,
    /// The generation that is served since.
    pub generation: Option<String>,
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
    pub failed: u64,
    /// The first of them.
    pub failed_paths: Vec<String>,
    /// How long it took.
    pub seconds: f64,
    /// What went wrong.
    pub error: Option<String>,
}

impl RunRecord {
    /// What is to be kept of a run.
    pub fn of(result: &Result<Run, BuildError>) -> Self {
        let ended = now();
        match result {
            Ok(Run { summary, published }) => Self {
                ended,
                outcome: if *published { "published" } else { "unchanged" }.to_owned(),
                generation: Some(summary.generation.clone()),
                scanned: summary.scanned,
                added: summary.added,
                changed: summary.changed,
                moved: summary.moved,
                removed: summary.removed,
                unchanged: summary.unchanged,
                failed: summary.failed.len() as u64,
                failed_paths: summary
                    .failed
                    .iter()
                    .take(MOST_FAILED)
                    .map(|failed| failed.path.clone())
                    .collect(),
                seconds: summary.seconds,
                error: None,
            },
            Err(error) => Self {
                ended,
                outcome: if error.is_refusal() {
                    "refused"
                } else {
                    "failed"
                }
                .to_owned(),
                error: Some(told(error)),
                ..Self::default()
            },
        }
    }
}

/// What went wrong without the paths of the machine: who asks over the network reads it, too.
fn told(error: &BuildError) -> String {
    match error {
        BuildError::Walk(WalkError::Root { source, .. }) => {
            format!("the archive cannot be opened: {}", source.kind())
        }
        BuildError::Walk(WalkError::Own { .. }) => {
            "the archive lies in the index folder".to_owned()
        }
        // What is wrong may quote the system.
        BuildError::CheckFailed { problems } => {
            format!(
                "the check before publishing failed: {} problems",
                problems.len()
            )
        }
        other => other.to_string(),
    }
}

/// The file that runs are kept in.
pub fn runs_file(settings: &Settings) -> PathBuf {
    if settings.log.as_os_str().is_empty() {
        settings.path.join("runs.jsonl")
    } else {
        settings.log.clone()
    }
}

/// Adds a run. One that found nothing to do leaves every file as it was, and one that found another
/// running is no run.
///
/// # Errors
/// Where the file cannot be written.
pub fn keep_run(settings: &Settings, result: &Result<Run, BuildError>) -> io::Result<()> {
    let is_quiet = match result {
        Ok(run) => !run.published,
        Err(error) => matches!(error, BuildError::Locked { .. }),
    };
    if is_quiet {
        return Ok(());
    }
    let file = runs_file(settings);
    let old = read_runs(&file)?;
    let mut text = String::new();
    for run in old.iter().rev().take(MOST - 1).rev() {
        text += &(serde_json::to_string(run)? + "\n");
    }
    text += &(serde_json::to_string(&RunRecord::of(result))? + "\n");
    replace(&System, &file, text.as_bytes())
}

/// The runs that were kept, the oldest first; lines that are none are left out.
///
/// # Errors
/// Where the file is there but cannot be read.
pub fn read_runs(file: &Path) -> io::Result<Vec<RunRecord>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let runs = text.lines().map(serde_json::from_str);
    Ok(runs.filter_map(Result::ok).collect())
}

/// How the last of the runs that are kept in a file ended.
///
/// # Errors
/// As [`read_runs`].
pub fn last_run(file: &Path) -> io::Result<Option<LastRun>> {
    let last = read_runs(file)?.pop();
    Ok(last.map(|run| LastRun {
        ended: run.ended,
        outcome: run.outcome,
        documents: [run.added, run.changed, run.moved, run.removed],
        failed: run.failed,
        seconds: run.seconds,
    }))
}
