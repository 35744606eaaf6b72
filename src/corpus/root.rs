//! Whether the archive that was listed is still the one at its path: a share may be unmounted while
//! it is read, and what is left then is an empty folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Settings, WalkError};

/// The root of an archive, held for as long as it is read.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    /// Open, so that its number on the disk is not given to another folder, and a share that is
    /// mounted on demand stays mounted. Some systems open no folders.
    folder: Option<File>,
}

impl Root {
    /// Holds the root of the archive of `settings`.
    ///
    /// # Errors
    /// [`WalkError::Root`] where there is none.
    pub fn hold(settings: &Settings) -> Result<Self, WalkError> {
        let none = |source| WalkError::Root {
            path: settings.path.clone(),
            source,
        };
        let path = fs::canonicalize(&settings.path).map_err(none)?;
        if !path.is_dir() {
            return Err(none(io::ErrorKind::NotADirectory.into()));
        }
        let folder = File::open(&path).ok();
        Ok(Self { path, folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is still there, and no other folder in its place.
    pub fn is_there(&self) -> bool {
        let Ok(now) = fs::metadata(&self.path) else {
            return false;
        };
        match self.folder.as_ref().map(File::metadata) {
            Some(Ok(held)) => is_same(&held, &now),
            Some(Err(_)) => false,
            None => now.is_dir(),
        }
    }
}

#[cfg(unix)]
fn is_same(held: &fs::Metadata, now: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (held.dev(), held.ino()) == (now.dev(), now.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, now: &fs::Metadata) -> bool {
    now.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_folder_in_its_place_is_not_it() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("档案");
        let settings = Settings {
            path: path.clone(),
            ..Settings::default()
        };
        assert!(Root::hold(&settings).is_err());
        fs::create_dir(&path).expect("can write");
        let root = Root::hold(&settings).expect("is there");
        assert!(root.is_there());
        fs::rename(&path, dir.path().join("别处")).expect("can be renamed");
        assert!(!root.is_there());
        if cfg!(unix) {
            fs::create_dir(&path).expect("can write");
            assert!(!root.is_there());
        }
    }
}
