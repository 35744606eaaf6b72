//! Lists the files of the archive, in the order of their paths.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;
use walkdir::{DirEntry, WalkDir};

use super::{Failure, FailureCode, Root, Settings};
use crate::document::Format;
use crate::structure::SIDECAR_ENDING;

/// Most threads that ask the system about files.
const MAX_THREADS: usize = 8;
/// Files for which another is worth while.
const LEAST_SHARE: usize = 500;

/// What the system says of a file without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// In bytes.
    pub size: u64,
    /// Last change of its content, in nanoseconds since 1970; 0 where that is not known.
    pub modified: i64,
}

impl Stamp {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().map_or(0, nanoseconds),
        }
    }
}

/// Nanoseconds since 1970.
pub fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
    }
}

/// One file of the archive, not read yet.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Place in the archive: relative to the root, with `/` between the parts.
    pub path: String,
    /// Where to open it.
    pub file: PathBuf,
    /// `None` where no reader knows its ending.
    pub format: Option<Format>,
    /// Whether it is an archive of documents.
    pub is_archive: bool,
    /// Its size and its last change.
    pub stamp: Stamp,
    /// Those of the sidecar beside it, if it has one.
    pub sidecar: Option<Stamp>,
}

/// Why an archive cannot be walked, or read, at all.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The root cannot be opened.
    #[error("the archive `{path}` cannot be opened; set `[corpus] path` or mount it")]
    Root {
        /// As configured.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The root is another folder, or none, since it was first looked at.
    #[error("the archive went away while it was read; is it still mounted?")]
    Lost,
    /// The root lies in a folder of ours.
    #[error("the archive `{path}` lies in the index folder `{own}`")]
    Own {
        /// As configured.
        path: PathBuf,
        /// The folder of ours.
        own: PathBuf,
    },
    /// A pattern of `[corpus] exclude` is none.
    #[error("`{pattern}` in `[corpus] exclude` is no pattern")]
    Pattern {
        /// As configured.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
}

impl Entry {
    /// The file at `path` below `root`, which a walk has found there before.
    ///
    /// # Errors
    /// Where there is no such file, or the system does not tell.
    pub fn at(root: &Path, path: &str) -> io::Result<Self> {
        let file = root.join(path);
        let stamp = Stamp::of(&fs::metadata(&file)?);
        let sidecar = fs::metadata(root.join(format!("{path}{SIDECAR_ENDING}")));
        Ok(Self {
            sidecar: sidecar.ok().map(|metadata| Stamp::of(&metadata)),
            ..Self::new(path.to_owned(), file, stamp)
        })
    }

    fn new(path: String, file: PathBuf, stamp: Stamp) -> Self {
        let extension = file.extension().and_then(|e| e.to_str()).unwrap_or("");
        let format = Format::of_extension(extension);
        let is_archive = extension.eq_ignore_ascii_case("zip");
        Self {
            format,
            is_archive,
            path,
            file,
            stamp,
            sidecar: None,
        }
    }
}

/// What a walk found.
#[derive(Debug)]
pub struct Walk {
    /// Where, held since before it began.
    pub root: Root,
    /// Files to read, by path.
    pub entries: Vec<Entry>,
    /// Folders and files that could not even be listed.
    pub failures: Vec<Failure>,
}

impl Walk {
    /// Walks the archive of `settings`.
    ///
    /// Left out: hidden files, temporary files of editors, what `exclude` names, and what is ours.
    /// Symbolic links that lead out of the archive are failures.
    ///
    /// # Errors
    /// Those of [`WalkError`]; where the root goes away meanwhile, whatever was found until then.
    pub fn new(settings: &Settings) -> Result<Self, WalkError> {
        Self::below(Root::hold(settings)?, settings)
    }

    fn below(held: Root, settings: &Settings) -> Result<Self, WalkError> {
        let excluded = patterns(&settings.exclude)?;
        let root = held.path().to_owned();
        let own: Vec<PathBuf> = settings.own.iter().map(|path| resolved(path)).collect();
        if let Some(own) = own.iter().find(|own| root.starts_with(own)) {
            return Err(WalkError::Own {
                path: settings.path.clone(),
                own: own.clone(),
            });
        }
        let mut walk = Self {
            root: held,
            entries: Vec::new(),
            failures: Vec::new(),
        };
        let outside = RefCell::new(Vec::new());
        let files = WalkDir::new(&root)
            .follow_links(true)
            .min_depth(1)
            .into_iter()
            .filter_entry(|entry| {
                let is_excluded = || {
                    let relative = entry.path().strip_prefix(&root).unwrap_or(entry.path());
                    !excluded.is_empty() && excluded.is_match(relative)
                };
                // A sidecar is read with its document, whatever it is called.
                let belongs = is_sidecar(entry) || (!is_temporary(entry) && !is_excluded());
                belongs && !is_own(entry, &own) && stays_inside(entry, &root, &outside)
            });
        let mut listed = Vec::new();
        for found in files {
            match found {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => listed.push(entry),
                Err(error) => walk.failures.push(Failure {
                    path: shown(error.path().unwrap_or(&root), &root),
                    code: FailureCode::Unreadable,
                    detail: match error.io_error() {
                        Some(io) => io.to_string(),
                        None => "a symbolic link leads back to a folder above it".into(),
                    },
                }),
            }
        }
        walk.failures.append(&mut outside.take());
        walk.take(look_at(&listed, &root));
        if !walk.root.is_there() {
            return Err(WalkError::Lost);
        }
        // Folders are not listed in order: a comparison of whole paths is cheaper than taking names
        // out of them.
        walk.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        walk.failures.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(walk)
    }

    /// Takes what was found out of files, and gives them their sidecars.
    fn take(&mut self, looked_at: Vec<Looked>) {
        let mut sidecars = FxHashMap::default();
        for looked in looked_at {
            match looked {
                Looked::Entry(entry) => self.entries.push(entry),
                Looked::Sidecar(path, stamp) => {
                    sidecars.insert(path, stamp);
                }
                Looked::Failure(failure) => self.failures.push(failure),
            }
        }
        if !sidecars.is_empty() {
            for entry in &mut self.entries {
                entry.sidecar = sidecars.get(&entry.path).copied();
            }
        }
    }
}

/// What the system says of something in a folder.
enum Looked {
    Entry(Entry),
    /// The path of its document, and its own state.
    Sidecar(String, Stamp),
    Failure(Failure),
}

/// Asks the system about files, which takes longer than listing them: with several threads, some of
/// which may wait for a file server.
fn look_at(listed: &[DirEntry], root: &Path) -> Vec<Looked> {
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let n_threads = n_threads.clamp(2, MAX_THREADS);
    let share = listed.len().div_ceil(n_threads).max(LEAST_SHARE);
    let mut looked_at = Vec::with_capacity(listed.len());
    let look =
        |part: &[DirEntry]| -> Vec<Looked> { part.iter().map(|entry| look(entry, root)).collect() };
    thread::scope(|scope| {
        let mut parts = listed.chunks(share);
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || look(part))).collect();
        looked_at.extend(look(own));
        for other in others {
            looked_at.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
    });
    looked_at
}

fn look(entry: &DirEntry, root: &Path) -> Looked {
    let mut path = shown(entry.path(), root);
    if is_sidecar(entry) {
        let stamp = entry.metadata().map(|metadata| Stamp::of(&metadata));
        path.truncate(path.len() - SIDECAR_ENDING.len());
        return Looked::Sidecar(path, stamp.unwrap_or_default());
    }
    let fail = |path, code, detail: &str| {
        Looked::Failure(Failure {
            path,
            code,
            detail: detail.into(),
        })
    };
    if entry.path().to_str().is_none() {
        let detail = "the file's name is not UTF-8";
        return fail(path, FailureCode::Unsupported, detail);
    }
    let Ok(metadata) = entry.metadata() else {
        return fail(path, FailureCode::Unreadable, "its size cannot be read");
    };
    if !metadata.is_file() {
        let detail = "neither a file nor a folder";
        return fail(path, FailureCode::Unsupported, detail);
    }
    let stamp = Stamp::of(&metadata);
    Looked::Entry(Entry::new(path, entry.path().to_owned(), stamp))
}

fn shown(path: &Path, root: &Path) -> String {
    // The same as below, for nearly all names.
    if std::path::MAIN_SEPARATOR == '/'
        && let (Some(path), Some(root)) = (path.to_str(), root.to_str())
        && let Some(relative) = path.strip_prefix(root)
        && (root.ends_with('/') || relative.is_empty() || relative.starts_with('/'))
    {
        return relative.trim_start_matches('/').to_owned();
    }
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn is_sidecar(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_str();
    !entry.file_type().is_dir() && name.is_some_and(|name| name.ends_with(SIDECAR_ENDING))
}

fn is_temporary(entry: &DirEntry) -> bool {
    is_temporary_name(&entry.file_name().to_string_lossy())
}

/// Hidden files, and what editors and office programs leave beside a file while it is open; also
/// the sidecars of documents, which are read with these.
pub(super) fn is_temporary_name(name: &str) -> bool {
    let system = ["Thumbs.db", "desktop.ini"]
        .iter()
        .any(|n| name.eq_ignore_ascii_case(n));
    name.starts_with('.')
        || name.starts_with("~$")
        || name.starts_with(".~")
        || name.ends_with('~')
        || name.to_ascii_lowercase().ends_with(".tmp")
        || name.ends_with(SIDECAR_ENDING)
        || system
}

/// The one path of a file or folder, whether it exists or not, if the folder that it is in does.
pub fn resolved(path: &Path) -> PathBuf {
    let beside = || {
        let name = path.file_name()?;
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let parent = fs::canonicalize(parent.unwrap_or(Path::new("."))).ok()?;
        Some(parent.join(name))
    };
    fs::canonicalize(path)
        .ok()
        .or_else(beside)
        .or_else(|| std::path::absolute(path).ok())
        .unwrap_or_else(|| path.to_owned())
}

/// Whether it is a folder or file of ours, by whatever way it is reached.
fn is_own(entry: &DirEntry, own: &[PathBuf]) -> bool {
    own.iter().any(|own| {
        let may_be = entry.path_is_symlink() || own.file_name() == Some(entry.file_name());
        may_be && fs::canonicalize(entry.path()).is_ok_and(|path| path == *own)
    })
}

fn stays_inside(entry: &DirEntry, root: &Path, outside: &RefCell<Vec<Failure>>) -> bool {
    if !entry.path_is_symlink() {
        return true;
    }
    let inside = fs::canonicalize(entry.path()).is_ok_and(|target| target.starts_with(root));
    if !inside {
        outside.borrow_mut().push(Failure {
            path: shown(entry.path(), root),
            code: FailureCode::Unsupported,
            detail: "a symbolic link leads out of the archive; it is not followed".to_owned(),
        });
    }
    inside
}

fn patterns(exclude: &[String]) -> Result<GlobSet, WalkError> {
    let mut set = GlobSetBuilder::new();
    for pattern in exclude {
        let invalid = |source| WalkError::Pattern {
            pattern: pattern.clone(),
            source,
        };
        // As in .gitignore: without a slash inside, a pattern holds at any depth.
        let trimmed = pattern.trim_end_matches('/');
        let anywhere = !trimmed.contains('/');
        let full = if anywhere {
            format!("**/{trimmed}")
        } else {
            trimmed.trim_start_matches('/').to_owned()
        };
        let glob = GlobBuilder::new(&full).literal_separator(true).build();
        set.add(glob.map_err(invalid)?);
    }
    set.build().map_err(|source| WalkError::Pattern {
        pattern: exclude.join(", "),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(dir: &Path, exclude: &[&str]) -> Vec<String> {
        let settings = Settings {
            path: dir.to_owned(),
            exclude: exclude.iter().map(|p| (*p).to_owned()).collect(),
            ..Settings::default()
        };
        let walk = Walk::new(&settings).expect("is a folder");
        assert_eq!(walk.failures, []);
        walk.entries.into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn leaves_out_what_is_no_document() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for file in [
            "b/正文.txt",
            "a.txt",
            ".隐.txt",
            "~$a.txt",
            "b/x.tmp",
            "草稿/c.txt",
            "b/草稿/d.txt",
            ".git/e.txt",
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("has one")).expect("can write");
            fs::write(path, "文").expect("can write");
        }
        assert_eq!(
            walk(dir.path(), &[]),
            ["a.txt", "b/正文.txt", "b/草稿/d.txt", "草稿/c.txt"]
        );
        assert_eq!(walk(dir.path(), &["草稿/"]), ["a.txt", "b/正文.txt"]);
        assert_eq!(
            walk(dir.path(), &["/草稿", "b/*.txt"]),
            ["a.txt", "b/草稿/d.txt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_inside() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().expect("temporary folder");
        fs::write(outside.path().join("秘密.txt"), "文").expect("can write");
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir(dir.path().join("甲")).expect("can write");
        fs::write(dir.path().join("甲/文.txt"), "文").expect("can write");
        symlink(outside.path(), dir.path().join("外")).expect("can link");
        symlink(dir.path().join("甲"), dir.path().join("乙")).expect("can link");
        symlink(outside.path().join("秘密.txt"), dir.path().join("丙.txt")).expect("can link");
        let settings = Settings {
            path: dir.path().to_owned(),
            ..Settings::default()
        };
        let walk = Walk::new(&settings).expect("is a folder");
        let entries: Vec<&str> = walk.entries.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(entries, ["乙/文.txt", "甲/文.txt"]);
        let failures: Vec<&str> = walk.failures.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(failures, ["丙.txt", "外"]);
        assert_eq!(walk.failures[0].code, FailureCode::Unsupported);
    }

    #[test]
    fn what_is_ours_is_left_out_however_it_is_reached() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for file in ["a.txt", "库/b.txt", "卷/库/c.txt"] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("has one")).expect("can write");
            fs::write(path, "文").expect("can write");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("库"), dir.path().join("别名"))
            .expect("can link");
        let mut settings = Settings {
            path: dir.path().to_owned(),
            own: vec![dir.path().join("库"), dir.path().join("不存在")],
            ..Settings::default()
        };
        let walk = Walk::new(&settings).expect("is a folder");
        let entries: Vec<&str> = walk.entries.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(
            (entries, walk.failures),
            (vec!["a.txt", "卷/库/c.txt"], vec![])
        );
        settings.path = dir.path().join("库");
        assert!(matches!(Walk::new(&settings), Err(WalkError::Own { .. })));
        settings.path = dir.path().join("a.txt");
        assert!(matches!(Walk::new(&settings), Err(WalkError::Root { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_named() {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::os::unix::fs::symlink("不存在", dir.path().join("丁.txt")).expect("can link");
        let settings = Settings {
            path: dir.path().to_owned(),
            ..Settings::default()
        };
        let walk = Walk::new(&settings).expect("is a folder");
        assert_eq!(walk.failures[0].path, "丁.txt");
        assert_eq!(walk.failures[0].code, FailureCode::Unreadable);
    }

    #[test]
    fn an_archive_that_goes_away_meanwhile_is_lost() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let settings = Settings {
            path: dir.path().join("档案"),
            ..Settings::default()
        };
        fs::create_dir_all(settings.path.join("甲")).expect("can write");
        let held = || Root::hold(&settings).expect("is a folder");
        assert!(Walk::below(held(), &settings).is_ok());
        let root = held();
        fs::rename(&settings.path, dir.path().join("别处")).expect("can be renamed");
        assert!(matches!(Walk::below(root, &settings), Err(WalkError::Lost)));
        // What an unmounted share leaves.
        fs::create_dir(&settings.path).expect("can write");
        let root = held();
        fs::remove_dir(&settings.path).expect("is empty");
        fs::rename(dir.path().join("别处"), &settings.path).expect("can be renamed");
        assert!(matches!(Walk::below(root, &settings), Err(WalkError::Lost)));
    }

    #[test]
    fn a_missing_archive_and_a_bad_pattern_are_errors() {
        let missing = Settings {
            path: "/nowhere/at/all".into(),
            ..Settings::default()
        };
        assert!(matches!(Walk::new(&missing), Err(WalkError::Root { .. })));
        let bad = Settings {
            path: ".".into(),
            exclude: vec!["[".into()],
            ..Settings::default()
        };
        assert!(matches!(Walk::new(&bad), Err(WalkError::Pattern { .. })));
    }
}
