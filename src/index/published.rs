//! Opens what was built to its end. Nothing of it is written any more, so that readers need no lock,
//! and no right to write: the index may be another user's, or lie on a disk mounted read-only.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::{Index, ReloadPolicy, Searcher};

use super::schema::{Fields, equip};

/// Opens the index in a folder that nobody writes.
pub(super) fn open(folder: &Path) -> tantivy::Result<(Searcher, Fields)> {
    let mut index = Index::open(Published::folder(folder)?)?;
    let fields = equip(&mut index)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
    Ok((reader.try_into()?.searcher(), fields))
}

/// A folder that is only read. tantivy takes a lock while it opens segments, lest a writer remove
/// them meanwhile; to take it, it would have to write a file.
#[derive(Clone, Debug)]
pub(super) struct Published(MmapDirectory);

impl Published {
    pub(super) fn folder(folder: &Path) -> tantivy::Result<Self> {
        Ok(Self(MmapDirectory::open(folder)?))
    }
}

impl Directory for Published {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.0.get_file_handle(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.exists(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.0.atomic_read(path)
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError {
            io_error: Arc::new(read_only()),
            filepath: path.to_owned(),
        })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.to_owned()))
    }

    fn atomic_write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }
}

fn read_only() -> io::Error {
    io::ErrorKind::ReadOnlyFilesystem.into()
}
