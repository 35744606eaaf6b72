//! Zip files as documents use them: parts by name, unpacked within the budget.

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Budget, Error};

/// A zip file whose members are the parts of one document.
#[derive(Debug)]
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Package<'a> {
    /// Reads the list of parts.
    ///
    /// # Errors
    /// [`Error::Broken`] where `bytes` are no zip file.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        Ok(Self { archive })
    }

    /// The names of all parts that are text, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.archive.file_names().filter_map(Result::ok)
    }

    /// The bytes of a part; `None` if there is none of this name. Case, a leading `/`, and `\` in place
    /// of `/`, as some writers have it, do not matter.
    ///
    /// # Errors
    /// [`Error::Encrypted`], [`Error::Broken`], and those of [`Budget::spend`].
    pub fn part(&mut self, name: &str, budget: &mut Budget) -> Result<Option<Vec<u8>>, Error> {
        // Also where nothing is unpacked: a document may name very many parts.
        budget.spend(0)?;
        let name = name.trim_start_matches('/');
        let is_it = |found: &str| {
            let found = found.trim_start_matches(['/', '\\']);
            found.len() == name.len()
                && found.bytes().zip(name.bytes()).all(|(found, wanted)| {
                    found.eq_ignore_ascii_case(&wanted) || (found, wanted) == (b'\\', b'/')
                })
        };
        let found = self.archive.index_for_name(name).or_else(|| {
            (0..self.archive.len()).find(|index| {
                let found = self.archive.name_for_index(*index);
                found.is_some_and(|found| found.is_ok_and(|found| is_it(&found)))
            })
        });
        let Some(index) = found else {
            return Ok(None);
        };
        let file = self.archive.by_index(index).map_err(broken)?;
        let mut bytes = Vec::new();
        // What the directory says about the size is not believed.
        let limit = budget.left();
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::OutOfMemory => budget.too_large(),
                _ => Error::broken(format!("part `{name}`: {error}")),
            })?;
        budget.spend(bytes.len() as u64)?;
        Ok(Some(bytes))
    }
}

fn broken(error: ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Error::Encrypted,
        other => Error::broken(other.to_string()),
    }
}
