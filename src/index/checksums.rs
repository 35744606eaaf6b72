//! Size and checksum of every file of a generation, so that damage is noticed: sizes whenever it is
//! opened, checksums by `yicha check`.
//!
//! A line for each file by name, `XXH3-128 SIZE NAME`, and at the end the checksum of these lines.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::disk::NEW;
use super::generation::PARTIAL;
use super::manifest::hex;

/// Name of the file.
pub(super) const FILE: &str = "checksums";

/// Checksum and size by name.
pub(super) type Checksums = BTreeMap<String, (u128, u64)>;

/// Whether a file belongs to a generation once it is built. tantivy's lists and locks do not, nor do
/// checkpoints of the build.
fn counts(name: &str) -> bool {
    let is_unfinished = Path::new(name)
        .extension()
        .is_some_and(|ending| ending == NEW);
    !name.starts_with('.') && !name.starts_with(PARTIAL) && name != FILE && !is_unfinished
}

/// Whether a file is one of a segment's, whose names begin with its number and are never used again.
fn is_of_segment(name: &str) -> bool {
    let number = name.split('.').next().unwrap_or("");
    number.len() == 32 && number.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The checksums of all files of a folder, and of one that is not written yet. Files of segments that
/// are among `known`, which another generation has too, are not read again.
pub(super) fn of_folder(
    folder: &Path,
    known: &Checksums,
    (name, bytes): (&str, &[u8]),
) -> io::Result<Checksums> {
    let mut sums = Checksums::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if counts(&name) {
            let sum = match known.get(&name) {
                Some(known) if is_of_segment(&name) && known.1 == entry.metadata()?.len() => *known,
                _ => of_file(&entry.path())?,
            };
            sums.insert(name, sum);
        }
    }
    sums.insert(name.to_owned(), (xxh3_128(bytes), bytes.len() as u64));
    Ok(sums)
}

/// The checksum and the size of a file.
pub(super) fn of_file(path: &Path) -> io::Result<(u128, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hash.digest128(), size)),
            n => {
                hash.update(&buffer[..n]);
                size += n as u64;
            }
        }
    }
}

/// The bytes of the file.
pub(super) fn write(sums: &Checksums) -> Vec<u8> {
    let mut text = String::new();
    for (name, (sum, size)) in sums {
        for part in [&hex(*sum), " ", &size.to_string(), " ", name, "\n"] {
            text += part;
        }
    }
    let end = hex(xxh3_128(text.as_bytes()));
    (text + &end + "\n").into_bytes()
}

/// Reads the file of a folder.
///
/// # Errors
/// `InvalidData` where it is damaged.
pub(super) fn read(folder: &Path) -> io::Result<Checksums> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "`checksums` is damaged");
    let text = fs::read_to_string(folder.join(FILE))?;
    let body = text.strip_suffix('\n').ok_or_else(damaged)?;
    let at = body.rfind('\n').map_or(0, |at| at + 1);
    if body[at..] != hex(xxh3_128(&body.as_bytes()[..at])) {
        return Err(damaged());
    }
    let line = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let sum = u128::from_str_radix(parts.next()?, 16).ok()?;
        let size = parts.next()?.parse().ok()?;
        Some((parts.next()?.to_owned(), (sum, size)))
    };
    let lines = body[..at].lines().map(line);
    lines.collect::<Option<Checksums>>().ok_or_else(damaged)
}

/// Files that are missing or not as long as they were: what is cheap to find.
///
/// # Errors
/// Where the list itself cannot be read.
pub(super) fn wrong_sizes(folder: &Path) -> io::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (name, (_, size)) in read(folder)? {
        let now = fs::metadata(folder.join(&name)).map(|metadata| metadata.len());
        if now.ok() != Some(size) {
            wrong.push(name);
        }
    }
    Ok(wrong)
}
