//! Documents by their ids, in a generation that was opened.

use rustc_hash::FxHashMap;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};

use crate::document::DocumentId;

/// The term of the document with this id.
pub(super) fn term(field: Field, id: DocumentId) -> Term {
    Term::from_field_u64(field, id.number())
}

/// The document with this id.
pub(super) fn find(
    searcher: &Searcher,
    field: Field,
    id: DocumentId,
) -> tantivy::Result<Option<DocAddress>> {
    let term = term(field, id);
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
pub(super) fn all(
    searcher: &Searcher,
    field: Field,
) -> tantivy::Result<FxHashMap<DocumentId, u32>> {
    let mut ids = FxHashMap::default();
    for reader in searcher.segment_readers() {
        let index = reader.inverted_index(field)?;
        let mut terms = index.terms().stream()?;
        while terms.advance() {
            let mut n = terms.value().doc_freq;
            if reader.has_deletes() {
                let mut postings =
                    index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
                n = 0;
                while postings.doc() != TERMINATED {
                    n += u32::from(!reader.is_deleted(postings.doc()));
                    postings.advance();
                }
            }
            if n > 0 {
                // A damaged term is none of a document that is looked for.
                let number = terms.key().try_into().map_or(0, u64::from_be_bytes);
                *ids.entry(DocumentId::of_number(number)).or_default() += n;
            }
        }
    }
    Ok(ids)
}
