//! Archives of documents: a zip file in the archive is a folder with its members, one level deep.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::GB18030;
use zip::ZipArchive;
use zip::result::ZipError;

use super::read::{Wrong, too_large};
use super::walk::is_temporary_name;
use super::{Archive, FailureCode};
use crate::document::Format;

/// Most members that are looked at.
const MAX_MEMBERS: usize = 100_000;

/// What is given for each member: its path in the archive, with its format and bytes, or with what
/// is wrong with it.
pub(super) type Each<'e> = dyn FnMut(String, Result<(Format, Vec<u8>), Wrong>) + 'e;

/// Unpacks the documents of a zip file at `path`.
///
/// What all of them unpack to together is limited.
///
/// # Errors
/// Where the file as a whole cannot be read; what is wrong with a member is given to `each`.
pub(super) fn for_each(
    path: &str,
    bytes: &[u8],
    archive: &Archive,
    each: &mut Each<'_>,
) -> Result<(), Wrong> {
    let mut zip = open(bytes)?;
    let limit = archive.corpus.max_file_size;
    let mut left = (archive.extract.max_unpacked_mb << 20).max(limit);
    let mut names = HashSet::new();
    for index in 0..zip.len().min(MAX_MEMBERS) {
        // Also of a member that cannot be opened.
        let raw = zip.by_index_raw(index).map(|raw| raw.name_raw().to_vec());
        let raw = raw.unwrap_or_else(|_| format!("#{}", index + 1).into_bytes());
        let Some(name) = name_of(&raw) else {
            continue;
        };
        let path = format!("{path}/{name}");
        if !names.insert(name.clone()) {
            let detail = "another member of the zip archive has this name".to_owned();
            each(path, Err((FailureCode::Broken, detail)));
            continue;
        }
        let mut member = match zip.by_index(index) {
            Ok(member) => member,
            Err(error) => {
                each(path, Err(wrong(&error)));
                continue;
            }
        };
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let Some(format) = Format::of_extension(extension) else {
            let detail = "no reader for this kind of file".to_owned();
            each(path, Err((FailureCode::Unsupported, detail)));
            continue;
        };
        if member.size() > limit {
            each(path, Err(too_large(limit)));
            continue;
        }
        let mut unpacked = Vec::new();
        // What the directory says about the size is not believed.
        let most = limit.min(left).saturating_add(1);
        match member.by_ref().take(most).read_to_end(&mut unpacked) {
            Ok(n) if n as u64 > left => {
                let detail = "the zip archive unpacks to more than max_unpacked_mb".to_owned();
                each(path, Err((FailureCode::TooLarge, detail)));
                return Ok(());
            }
            Ok(n) if n as u64 > limit => {
                // It costs what it took: many such members must not cost more than others.
                left -= n as u64;
                each(path, Err(too_large(limit)));
            }
            Ok(n) => {
                left -= n as u64;
                each(path, Ok((format, unpacked)));
            }
            Err(error) => each(path, Err((FailureCode::Broken, error.to_string()))),
        }
    }
    if zip.len() > MAX_MEMBERS {
        let detail = format!("it has more than {MAX_MEMBERS} members; the rest was left out");
        return Err((FailureCode::TooLarge, detail));
    }
    Ok(())
}

/// The bytes of the file that a document at `path` below `root` was read from, also if that is a
/// member of a zip file.
///
/// # Errors
/// Where there is no such file inside of `root`, or it is larger than `limit`.
pub fn original(root: &Path, path: &str, limit: u64) -> io::Result<Vec<u8>> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let root = fs::canonicalize(root)?;
    let inside = |path: &str| {
        let file = fs::canonicalize(root.join(path)).ok()?;
        // A link may have been put in its place since it was indexed.
        (file.starts_with(&root) && file.is_file()).then_some(file)
    };
    let read = |from: &mut dyn Read| {
        let mut bytes = Vec::new();
        from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    };
    if let Some(file) = inside(path) {
        return read(&mut fs::File::open(file)?);
    }
    let mut borders = path.match_indices('/').map(|(at, _)| at);
    let (file, member) = borders
        .find_map(|at| Some((inside(&path[..at])?, &path[at + 1..])))
        .ok_or_else(missing)?;
    let bytes = read(&mut fs::File::open(file)?)?;
    let mut zip = open(&bytes).map_err(|_| missing())?;
    for index in 0..zip.len().min(MAX_MEMBERS) {
        let Ok(mut found) = zip.by_index(index) else {
            continue;
        };
        if name_of(found.name_raw()).as_deref() == Some(member) {
            return read(&mut found);
        }
    }
    Err(missing())
}

fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Wrong> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| wrong(&error))
}

fn wrong(error: &ZipError) -> Wrong {
    let code = match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => FailureCode::Encrypted,
        ZipError::UnsupportedArchive(_) => FailureCode::Unsupported,
        _ => FailureCode::Broken,
    };
    (code, error.to_string())
}

/// The name of a member as a path; `None` for what is no file or a temporary one.
///
/// Chinese systems write names in GBK without saying so.
fn name_of(raw: &[u8]) -> Option<String> {
    let decoded = match std::str::from_utf8(raw) {
        Ok(name) => name.into(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0,
    };
    let name = decoded.replace('\\', "/");
    if name.ends_with('/') {
        return None;
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    let hidden = parts
        .iter()
        .any(|part| is_temporary_name(part) || *part == "__MACOSX");
    (!parts.is_empty() && !hidden).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_paths_inside() {
        let name = |raw: &[u8]| name_of(raw);
        assert_eq!(
            name("会议/讲话.docx".as_bytes()),
            Some("会议/讲话.docx".into())
        );
        assert_eq!(name(b"../../etc\\a.txt"), Some("etc/a.txt".into()));
        assert_eq!(name(&GB18030.encode("讲话.txt").0), Some("讲话.txt".into()));
        for left_out in [
            &b"folder/"[..],
            b"__MACOSX/a.txt",
            b"a/~$b.docx",
            b".hidden",
            b"/",
        ] {
            assert_eq!(name(left_out), None);
        }
    }
}
