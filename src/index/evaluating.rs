//! The documents that hold what is wanted.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

use super::columns::Columns;
use super::ids;
use super::matching::{DocSets, Matching, Wanted, damaged, stream_of, title_skip};
use super::parts::Sought;
use crate::document::DocumentId;
use crate::exact::{NumberSet, Within, intersect};
use crate::query::Condition;
use crate::search::{Mask, Zone};

impl Matching<'_> {
    /// The documents that match.
    pub(super) fn docs(&self, wanted: &Wanted) -> tantivy::Result<DocSets> {
        self.by_segment(|ord| self.docs_in(ord, wanted))
    }

    /// The same in one segment.
    pub(super) fn docs_in(&self, ord: usize, wanted: &Wanted) -> tantivy::Result<Vec<u32>> {
        let mut docs = self.eval(ord, wanted, None)?;
        let reader = self.searcher.segment_reader(ord as u32);
        if let Some(alive) = reader.alive_bitset() {
            docs.retain(|doc| alive.is_alive(*doc));
        }
        Ok(docs)
    }

    pub(super) fn eval(
        &self,
        ord: usize,
        wanted: &Wanted,
        within: Option<&[u32]>,
    ) -> tantivy::Result<Vec<u32>> {
        self.deadline.check()?;
        match wanted {
            Wanted::Sought(zone, sought) if within.is_none() => {
                let found = self.sought(ord, *zone, sought, None)?;
                Ok(found.iter().map(|found| found.doc).collect())
            }
            Wanted::Sought(zone, sought) => self.holding(ord, *zone, sought, within),
            Wanted::Condition(Condition::Path(prefix)) => {
                let mut docs = self.in_folder(ord, prefix)?;
                if let Some(within) = within {
                    intersect(&mut docs, within);
                }
                Ok(docs)
            }
            Wanted::Condition(condition) => {
                let mut docs = self.everything(ord, within);
                Columns::of(self.searcher, ord).retain(condition, &mut docs)?;
                Ok(docs)
            }
            Wanted::All(all) => {
                let mut held: Option<Vec<u32>> = None;
                for one in all {
                    let narrower = held.as_deref().or(within);
                    held = Some(self.eval(ord, one, narrower)?);
                    if held.as_ref().is_some_and(Vec::is_empty) {
                        break;
                    }
                }
                Ok(held.unwrap_or_else(|| self.everything(ord, within)))
            }
            Wanted::Any(any) => {
                let mut docs = NumberSet::new(self.segments[ord].text.n_docs() as usize);
                for one in any {
                    for doc in self.eval(ord, one, within)? {
                        docs.insert(doc);
                    }
                }
                Ok(docs.to_vec())
            }
            Wanted::Not(inner) => {
                let mut docs = self.everything(ord, within);
                let excluded = self.eval(ord, inner, Some(&docs))?;
                let mut rest = excluded.iter().peekable();
                docs.retain(|doc| {
                    while rest.next_if(|other| *other < doc).is_some() {}
                    rest.peek() != Some(&doc)
                });
                Ok(docs)
            }
            Wanted::Most(words, enough) => self.holding_most(ord, words, *enough, within),
        }
    }

    fn everything(&self, ord: usize, within: Option<&[u32]>) -> Vec<u32> {
        match within {
            Some(within) => within.to_vec(),
            None => (0..self.segments[ord].text.n_docs()).collect(),
        }
    }

    pub(super) fn holding(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
        within: Option<&[u32]>,
    ) -> tantivy::Result<Vec<u32>> {
        self.deadline.check()?;
        let exact = self.segments[ord].stream(stream_of(zone));
        let masked = !self.masked(ord, zone, sought)?.is_empty();
        let plain = sought.only_phrase();
        let Some(phrase) = plain.filter(|_| !masked && sought.mask != Mask::Only) else {
            let found = self.sought(ord, zone, sought, within)?;
            let mut docs: Vec<u32> = found.iter().map(|found| found.doc).collect();
            if let Some(within) = within {
                intersect(&mut docs, within);
            }
            return Ok(docs);
        };
        let is_spared = match within {
            Some(docs) => exact.is_spared(phrase, docs.len()).map_err(damaged)?,
            None => false,
        };
        if !is_spared {
            // The occurrences will be counted, too.
            let found = self.find(ord, zone, phrase, None)?;
            let mut docs: Vec<u32> = found.iter().map(|found| found.doc).collect();
            if let Some(within) = within {
                intersect(&mut docs, within);
            }
            return Ok(docs);
        }
        let skip = title_skip(self.searcher, ord, zone)?;
        let within = Within {
            docs: within,
            skip: skip.as_deref(),
            ..Within::default()
        };
        exact.docs(phrase, within).map_err(damaged)
    }

    /// The documents of a segment that are in this folder, or at this path.
    pub(super) fn in_folder(&self, ord: usize, prefix: &str) -> tantivy::Result<Vec<u32>> {
        let folder = Term::from_field_text(self.fields.folder, prefix);
        let document = ids::term(self.fields.id, DocumentId::of_path(prefix));
        let reader = &self.searcher.segment_readers()[ord];
        let mut docs = Vec::new();
        for term in [folder, document] {
            let index = reader.inverted_index(term.field())?;
            if let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? {
                while postings.doc() != TERMINATED {
                    docs.push(postings.doc());
                    postings.advance();
                }
            }
        }
        docs.sort_unstable();
        docs.dedup();
        Ok(docs)
    }
}
