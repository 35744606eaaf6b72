//! Documents by their ids, in a generation that was opened.

use rustc_hash::FxHashMap;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};

/// The document with this id.
pub(super) fn find(
    searcher: &Searcher,
    field: Field,
    id: &str,
) -> tantivy::Result<Option<DocAddress>> {
    let term = Term::from_field_text(field, id);
    for (ord, reader) in (0..).zip(searcher.segment_readers()) {
        let postings = reader
            .inverted_index(field)?
            .read_postings(&term, IndexRecordOption::Basic)?;
        let Some(mut postings) = postings else {
            continue;
        };
        while postings.doc() != TERMINATED {
            if !reader.is_deleted(postings.doc()) {
                return Ok(Some(DocAddress::new(ord, postings.doc())));
            }
            postings.advance();
        }
    }
    Ok(None)
}

/// Every id with the number of documents that have it.
pub(super) fn all(searcher: &Searcher, field: Field) -> tantivy::Result<FxHashMap<String, u32>> {
    let mut ids = FxHashMap::default();
    for reader in searcher.segment_readers() {
        let index = reader.inverted_index(field)?;
        let mut terms = index.terms().stream()?;
        while terms.advance() {
            let mut postings =
                index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            let mut n = 0;
            while postings.doc() != TERMINATED {
                n += u32::from(!reader.is_deleted(postings.doc()));
                postings.advance();
            }
            if n > 0 {
                let id = String::from_utf8_lossy(terms.key()).into_owned();
                *ids.entry(id).or_default() += n;
            }
        }
    }
    Ok(ids)
}
