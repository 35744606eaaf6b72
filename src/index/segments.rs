//! The segments of a generation: shared with the one before as far as they are the same, and merged
//! when there are too many of them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use tantivy::index::SegmentId;
use tantivy::{Index, IndexWriter, TantivyError};

use super::disk::Disk;
use super::generation::LISTS;
use super::published::Published;

/// A new index has no more segments than this: a phrase is looked up in each.
const MAX_NEW: usize = 2;
/// More than this are merged after a run that added to an index.
const MAX_SEGMENTS: usize = 8;
/// As many are left then, if small ones can be merged.
const WANTED: usize = 4;
/// A segment is written anew when more than one in so many of its documents are deleted.
const DELETED: u32 = 5;

/// Makes `new` the same index as that in the folder `old`, by links to its files. Neither index ever
/// changes a file of a segment; lists of files are copied, because tantivy replaces them.
pub(super) fn share(disk: &dyn Disk, old: &Path, new: &Path) -> Result<(), TantivyError> {
    let [list, managed_list] = LISTS;
    let index = Index::open(Published::folder(old)?)?;
    let files = index.load_metas()?.list_segment_files();
    let mut managed = BTreeSet::from([list.to_owned()]);
    for file in files {
        // Some components of a segment need not exist.
        if file.as_os_str() != list && old.join(&file).exists() {
            disk.link(&old.join(&file), &new.join(&file))?;
            managed.insert(file.to_string_lossy().into_owned());
        }
    }
    disk.write(&new.join(list), &fs::read(old.join(list))?)?;
    let managed = serde_json::to_vec(&managed).map_err(io::Error::from)?;
    disk.write(&new.join(managed_list), &managed)?;
    Ok(())
}

/// Merges what should be merged. A run that changed little has to write little: large segments are
/// left alone until many of their documents are deleted.
pub(super) fn tidy(index: &Index, writer: &mut IndexWriter, is_new: bool) -> tantivy::Result<()> {
    let metas = index.searchable_segment_metas()?;
    if is_new {
        if metas.len() > MAX_NEW || metas.iter().any(|meta| meta.num_deleted_docs() > 0) {
            let all: Vec<SegmentId> = metas.iter().map(tantivy::SegmentMeta::id).collect();
            writer.merge(&all).wait()?;
        }
        return Ok(());
    }
    for meta in &metas {
        if meta.num_deleted_docs() > meta.max_doc() / DELETED {
            writer.merge(&[meta.id()]).wait()?;
        }
    }
    let metas = index.searchable_segment_metas()?;
    let mut sizes: Vec<(u64, SegmentId)> = metas
        .iter()
        .map(|meta| (u64::from(meta.num_docs()), meta.id()))
        .collect();
    sizes.sort_unstable_by_key(|(size, _)| *size);
    let lens: Vec<u64> = sizes.iter().map(|(size, _)| *size).collect();
    let n = n_to_merge(&lens);
    if n > 1 {
        let ids: Vec<SegmentId> = sizes[..n].iter().map(|(_, id)| *id).collect();
        writer.merge(&ids).wait()?;
    }
    Ok(())
}

/// How many of the smallest segments become one; `sizes` in documents, ascending.
fn n_to_merge(sizes: &[u64]) -> usize {
    if sizes.len() <= MAX_SEGMENTS {
        return 0;
    }
    let mut n = sizes.len() - WANTED + 1;
    let mut sum: u64 = sizes[..n].iter().sum();
    while n < sizes.len() && sizes[n] <= sum {
        sum += sizes[n];
        n += 1;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_segments_are_left_alone() {
        assert_eq!(n_to_merge(&[1; 8]), 0);
        assert_eq!(n_to_merge(&[1, 1, 1, 1, 1, 1, 1, 1, 20_000]), 8);
        assert_eq!(n_to_merge(&[1, 1, 1, 1, 1, 1, 50, 5_000, 20_000]), 6);
        assert_eq!(n_to_merge(&[9; 9]), 9);
    }
}
